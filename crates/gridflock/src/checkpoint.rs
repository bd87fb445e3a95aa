//! Checkpoints: the whole state of a run in one file, so that it can go on in another process and
//! end with the same tables.

use crate::failure::{Code, Failure};
use indicators::Accumulator;
use record::WriterState;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What a checkpoint holds.
#[derive(Serialize, Deserialize)]
pub struct Checkpoint {
    /// Version of the program that wrote it.
    pub version: String,
    /// Hash of the scenario.
    pub scenario_hash: String,
    /// The world.
    pub world: Vec<u8>,
    /// The tables.
    pub writer: WriterState,
    /// The indicators.
    pub indicators: Accumulator,
}

/// Where the checkpoint of a run lies.
pub fn path(directory: &Path) -> PathBuf {
    directory.join(record::names::CHECKPOINT)
}

impl Checkpoint {
    /// Writes it in one step: a reader sees the old one or the new one.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, directory: &Path) -> Result<(), Failure> {
        let bytes = postcard::to_stdvec(self).map_err(|e| {
            Failure::new(Code::Failed, format!("the checkpoint cannot be made: {e}"))
        })?;
        Ok(record::write_atomically(&path(directory), &bytes)?)
    }
    /// Reads it.
    ///
    /// # Errors
    /// If there is none, or it is damaged or of another version.
    pub fn read(directory: &Path) -> Result<Self, Failure> {
        let path = path(directory);
        let bytes = std::fs::read(&path).map_err(|e| {
            let help = "only runs that were started with --checkpoint-every can be resumed";
            Failure::with_help(
                Code::Failed,
                format!("{} cannot be read: {e}", path.display()),
                help,
            )
        })?;
        let damaged = |e| Failure::new(Code::Failed, format!("{} is damaged: {e}", path.display()));
        // The version stands first, so that it can be told whatever follows.
        let (version, _) = postcard::take_from_bytes::<String>(&bytes).map_err(damaged)?;
        if version != crate::VERSION {
            let message = format!(
                "{} was written by gridflock {version}, this is {}",
                path.display(),
                crate::VERSION
            );
            return Err(Failure::with_help(Code::Failed, message, "resume with the same version"));
        }
        postcard::from_bytes(&bytes).map_err(damaged)
    }
}
