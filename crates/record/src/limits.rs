//! Limits that the operating system sets a process.

/// Makes a write beyond the process's file size limit (`ulimit -f`) fail with an error, which
/// closes the run properly, instead of ending the process by the signal `SIGXFSZ`. The binary calls
/// this once at its start. Does nothing where there is no such signal.
///
/// # Errors
/// [`std::io::Error`] if the signal cannot be handled.
pub fn outlive_file_size_limit() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        // Any handler will do: with one, the system call returns EFBIG.
        let unused = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        signal_hook::flag::register(signal_hook::consts::signal::SIGXFSZ, unused)?;
    }
    Ok(())
}
