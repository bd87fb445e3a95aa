//! Checkpoints: the whole state of a run in one file, so that it can go on in another process and
//! end with the same tables. The file begins with a line that names the SHA-256 of the rest.

use crate::failure::{Code, Failure};
use simulation::{Prepared, Recording, Simulation, SimulationError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where the checkpoint of a run lies.
pub fn path(directory: &Path) -> PathBuf {
    directory.join(record::names::CHECKPOINT)
}

/// Writes a state in one step: a reader sees the old one or the new one.
///
/// # Errors
/// If it cannot be written.
pub fn write(directory: &Path, state: &[u8]) -> Result<(), Failure> {
    let mut content = format!("{MARK}{}\n", record::sha256(state)).into_bytes();
    content.extend_from_slice(state);
    Ok(record::write_atomically(&path(directory), &content)?)
}

/// How a checkpoint begins.
const MARK: &str = "gridflock checkpoint ";

/// The state in a checkpoint whose sum is right.
fn verified(content: &[u8]) -> Option<&[u8]> {
    let line = content.iter().position(|b| *b == b'\n')?;
    let sum = content[..line].strip_prefix(MARK.as_bytes())?;
    let state = &content[line + 1..];
    (record::sha256(state).as_bytes() == sum).then_some(state)
}

/// Reads the state in a directory.
///
/// # Errors
/// If there is none, or any bit of it has changed.
pub fn read(directory: &Path) -> Result<Vec<u8>, Failure> {
    let path = path(directory);
    let content = std::fs::read(&path).map_err(|e| {
        let help = "only runs that were started with --checkpoint-every can be resumed";
        let message = format!("{} cannot be read: {e}", path.display());
        Failure::with_help(Code::Failed, message, help)
    })?;
    verified(&content).map(<[u8]>::to_vec).ok_or_else(|| {
        let message = format!("{} is damaged: its checksum is wrong", path.display());
        Failure::with_help(Code::Failed, message, "run the scenario again from its beginning")
    })
}

/// The run that a state is of.
///
/// # Errors
/// If it is damaged, or of another version or scenario.
pub fn restore(
    prepared: Arc<Prepared>,
    directory: &Path,
    state: &[u8],
    threads: usize,
) -> Result<Simulation, Failure> {
    let recording = Recording::Directory { path: directory.to_owned(), resumable: true };
    let path = path(directory);
    Simulation::restore(prepared, state, &recording, threads).map_err(|e| match e {
        SimulationError::Damaged(e) => {
            Failure::new(Code::Failed, format!("{} is damaged: {e}", path.display()))
        }
        SimulationError::OtherVersion { saved } => {
            let this = simulation::VERSION;
            let message =
                format!("{} was written by gridflock {saved}, this is {this}", path.display());
            Failure::with_help(Code::Failed, message, "resume with the same version")
        }
        other => other.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bit_that_changes_is_noticed() {
        let dir = tempfile::tempdir().expect("a folder");
        write(dir.path(), b"the state of a run").expect("writes");
        assert_eq!(read(dir.path()).expect("whole"), b"the state of a run");
        let whole = std::fs::read(path(dir.path())).expect("reads");
        for bit in 0..whole.len() * 8 {
            let mut changed = whole.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(verified(&changed), None, "bit {bit}");
        }
        assert_eq!(verified(&whole[..whole.len() - 1]), None);
    }
}
