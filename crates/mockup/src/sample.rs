//! Stepping a unit from time 0 on and reading one of its outputs.

use crate::error::UnitError;
use crate::quantity::{Conversion, Quantity};
use crate::unzip::{MOST_BYTES, unzip};
use crate::{three, two};
use fmi_rs::model_description::{FMIMajorVersion, ModelDescriptionError, peek_fmi_major_version};
use std::path::Path;
use std::sync::Mutex;

/// What is read of a unit.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The variable.
    pub output: &'a str,
    /// Length of a step \[s\].
    pub step_s: f64,
    /// Steps before the first that is kept.
    pub skipped: usize,
    /// Steps that are kept.
    pub kept: usize,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampled {
    /// A value for each step that is kept: the mean of the output at its beginning and its end, or,
    /// if the output is discrete, what it is at the beginning.
    pub values: Vec<f64>,
    /// What the values are.
    pub quantity: Quantity,
}

/// The output of a unit, as its description has it.
pub(crate) struct Found {
    /// Its number.
    pub number: u32,
    /// Whether it keeps its value between events.
    pub discrete: bool,
    /// What its numbers are.
    pub quantity: Quantity,
    /// How they become what the quantity says.
    pub conversion: Conversion,
}

/// A unit that stands at time 0.
pub(crate) trait Stepper {
    /// The value of a variable, or why there is none.
    fn value(&self, number: u32) -> Result<f64, String>;
    /// Goes on, or says why not.
    fn step(&self, from_s: f64, length_s: f64) -> Result<(), String>;
}

/// Steps a unit from time 0 on and reads one of its outputs.
///
/// # Errors
/// What is wrong with the unit, what it says itself, and what to do.
pub fn sample(path: &Path, ask: &Ask<'_>) -> Result<Sampled, UnitError> {
    let wrong = |message: String| {
        let help = "give a unit of FMI 2.0 or 3.0: a zip archive with modelDescription.xml";
        UnitError::new(path, message, help)
    };
    let folder = tempfile::tempdir().map_err(|e| {
        let help = "a unit is unzipped into the folder of temporary files; make room there";
        UnitError::new(path, format!("it cannot be unzipped: {e}"), help)
    })?;
    unzip(path, folder.path(), MOST_BYTES).map_err(wrong)?;
    let description = folder.path().join("modelDescription.xml");
    if !description.is_file() {
        return Err(wrong("it has no modelDescription.xml".to_owned()));
    }
    let version = peek_fmi_major_version(&description).map_err(|e| wrong(of_description(&e)))?;
    match version {
        FMIMajorVersion::V2 => two::sample(path, folder.path(), ask),
        FMIMajorVersion::V3 => three::sample(path, folder.path(), ask),
    }
}

/// What is wrong with a description, in our words where the library has none of its own.
pub(crate) fn of_description(e: &ModelDescriptionError) -> String {
    match e {
        ModelDescriptionError::UnsupportedVersion(v) | ModelDescriptionError::UnknownVersion(v) => {
            format!("it is of FMI {v}")
        }
        other => format!("its modelDescription.xml cannot be read: {}", with_cause(other)),
    }
}

/// A unit that cannot be instantiated, with what it said.
pub(crate) fn not_made(path: &Path, e: &dyn std::error::Error, said: &Said) -> UnitError {
    let message = format!("it cannot be instantiated: {}{}", with_cause(e), said.text());
    UnitError::new(path, message, "export the unit anew for this platform; see what it says")
}

/// A unit that cannot be started, with what it said.
pub(crate) fn not_begun(path: &Path, why: &str, said: &Said) -> UnitError {
    let help = "a unit is started at time 0 with its own parameters";
    UnitError::new(path, format!("{why}{}", said.text()), help)
}

/// An error with what is behind it.
fn with_cause(e: &dyn std::error::Error) -> String {
    let mut text = e.to_string();
    let mut cause = e.source();
    while let Some(e) = cause {
        let more = e.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = e.source();
    }
    text
}

/// The library of this platform must be there.
pub(crate) fn check_library(
    path: &Path,
    folder: &Path,
    platform: &str,
    identifier: &str,
) -> Result<(), UnitError> {
    let name = format!("{identifier}{}", std::env::consts::DLL_SUFFIX);
    if folder.join("binaries").join(platform).join(&name).is_file() {
        return Ok(());
    }
    let folders = std::fs::read_dir(folder.join("binaries"));
    let mut there: Vec<String> = folders
        .map(|all| all.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect())
        .unwrap_or_default();
    there.sort();
    let there = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
    let message = format!("it has no binaries/{platform}/{name}; it has binaries for {there}");
    Err(UnitError::new(path, message, "compile or export the unit for this platform"))
}

/// A variable that is not there, with those that are.
pub(crate) fn no_output(path: &Path, wanted: &str, outputs: &[&str]) -> UnitError {
    const SHOWN: usize = 20;
    let mut list = outputs.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    if outputs.len() > SHOWN {
        list = format!("{list} and {} more", outputs.len() - SHOWN);
    }
    let message = format!("it has no output `{wanted}`");
    UnitError::new(path, message, format!("its real outputs are: {list}"))
}

/// Steps a unit and keeps what is asked for. `said`: what the unit has told so far.
pub(crate) fn collect(
    path: &Path,
    unit: &impl Stepper,
    found: Found,
    ask: &Ask<'_>,
    said: &Said,
) -> Result<Sampled, UnitError> {
    let failed = |at_s: f64, why: String| {
        let message = format!("at {at_s} s {why}{}", said.text());
        UnitError::new(path, message, "try the unit in the program that made it, over this time")
    };
    let read = |at_s: f64| {
        let value = unit.value(found.number).map_err(|why| failed(at_s, why))?;
        if !value.is_finite() {
            return Err(failed(at_s, format!("`{}` is {value}, which is no number", ask.output)));
        }
        Ok(value * found.conversion.factor + found.conversion.offset)
    };
    let mut values = Vec::with_capacity(ask.kept);
    let mut before = read(0.0)?;
    for row in 0..ask.skipped + ask.kept {
        let from_s = row as f64 * ask.step_s;
        unit.step(from_s, ask.step_s).map_err(|why| failed(from_s, why))?;
        let after = read(from_s + ask.step_s)?;
        if row >= ask.skipped {
            values.push(if found.discrete { before } else { f64::midpoint(before, after) });
        }
        before = after;
    }
    Ok(Sampled { values, quantity: found.quantity })
}

/// What a unit says while it works.
#[derive(Debug, Default)]
pub(crate) struct Said(Mutex<Vec<String>>);

impl Said {
    /// The unit says something.
    pub fn hear(&self, message: &str) {
        let mut all = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if all.len() < 100 {
            all.push(message.trim().to_owned());
        }
    }

    /// The last it said, to be put behind a message.
    pub fn text(&self) -> String {
        let all = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        all.last().map_or_else(String::new, |last| format!("; the unit says: {last}"))
    }
}
