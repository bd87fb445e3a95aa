//! What a partner gave a run so far, beside its checkpoint: a run that was killed goes on from both.
//! Once the run is over table `inputs` holds the same.

use crate::failure::Failure;
use record::names;
use simulation::{InputRow, Simulation, value_text};
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// A text file that grows with the inputs of a run.
pub struct Journal {
    path: PathBuf,
    /// Open from the first input on.
    file: Option<File>,
    /// How many inputs it holds.
    written: usize,
}

impl Journal {
    /// A journal in a directory; nothing is written yet.
    pub fn new(directory: &Path) -> Self {
        Self { path: directory.join(names::INPUTS_SO_FAR), file: None, written: 0 }
    }

    /// Adds what was accepted since.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn keep(&mut self, simulation: &Simulation) -> Result<(), Failure> {
        let fresh = &simulation.inputs()[self.written..];
        if fresh.is_empty() {
            return Ok(());
        }
        let start_us = simulation.prepared().table_options().provenance.start_utc_us;
        let mut text = String::new();
        if self.file.is_none() {
            text.push_str("t,zone_id,name,value\n");
        }
        fresh.iter().for_each(|row| write_row(row, start_us, &mut text));
        let failed = |e: std::io::Error| {
            let message = format!("{} cannot be written: {e}", self.path.display());
            Failure::new(crate::Code::Failed, message)
        };
        let file = match &mut self.file {
            Some(file) => file,
            empty => empty.insert(File::create(&self.path).map_err(failed)?),
        };
        file.write_all(text.as_bytes()).map_err(failed)?;
        self.written += fresh.len();
        Ok(())
    }
}

fn write_row(row: &InputRow, start_us: i64, text: &mut String) {
    let us = row.at.0 + start_us;
    let at = jiff::Timestamp::from_microsecond(us).map_or(us.to_string(), |at| at.to_string());
    let value = value_text(&row.input).replace('"', "\"\"");
    // Writing to a string does not fail.
    let _ = writeln!(text, "{at},{},{},\"{value}\"", row.zone.0, row.input.name());
}
