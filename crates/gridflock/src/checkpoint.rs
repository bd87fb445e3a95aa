//! Checkpoints: the whole state of a run in one file, so that it can go on in another process and
//! end with the same tables.

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
    Ok(record::write_atomically(&path(directory), state)?)
}

/// Reads the state in a directory.
///
/// # Errors
/// If there is none.
pub fn read(directory: &Path) -> Result<Vec<u8>, Failure> {
    let path = path(directory);
    std::fs::read(&path).map_err(|e| {
        let help = "only runs that were started with --checkpoint-every can be resumed";
        let message = format!("{} cannot be read: {e}", path.display());
        Failure::with_help(Code::Failed, message, help)
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
