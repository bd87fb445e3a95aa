//! Scenarios that are part of the program, and what can be made of them: listing, showing, copying.

use crate::blank::{PEOPLE_FILE, write_files};
use crate::loading::Loaded;
use crate::scenario::{Scenario, scenario};
use keys::{Document, Entry, Kind, Origin, Problems, json_schema};
use market::{Acts, PolicyKey};
use record::InputFile;
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

/// A built-in scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Builtin {
    /// Its name.
    pub name: &'static str,
    /// One line about it.
    pub about: &'static str,
    /// Its text.
    pub toml: &'static str,
    /// Source, table, what to look for.
    pub readme: &'static str,
}

macro_rules! builtin {
    ($name:literal, $about:literal) => {
        Builtin {
            name: $name,
            about: $about,
            toml: include_str!(concat!("../../../scenarios/", $name, "/scenario.toml")),
            readme: include_str!(concat!("../../../scenarios/", $name, "/README.md")),
        }
    };
}

/// All built-in scenarios.
pub const BUILTINS: &[Builtin] = &[
    builtin!(
        "park",
        "industrial park with wind, PV, a battery and a turbine: 318 EVs book 48 piles, one day"
    ),
    builtin!("park-small", "the same park with a fifth of everything: 60 EVs, 9 piles"),
    builtin!(
        "feeder",
        "IEEE 33-bus feeder with 3,000 EVs, PV, wind and diesel: partition, dispatch, zonal trades, one day"
    ),
    builtin!("feeder-small", "the same feeder with 300 EVs"),
    builtin!("group", "three microgrids under time-of-use prices: 500 EVs, two layers, one day"),
    builtin!("group-small", "the same group with 100 EVs"),
    builtin!("park-million", "1,000,000 EVs in 256 parks of one price area, one day"),
];

impl Builtin {
    /// The scenario of a name, if there is one.
    pub fn named(name: &str) -> Option<&'static Self> {
        BUILTINS.iter().find(|b| b.name == name)
    }
}

/// Names of the built-in scenarios.
pub fn builtin_names() -> Vec<&'static str> {
    BUILTINS.iter().map(|b| b.name).collect()
}

/// A built-in scenario with every key at its value, each with its unit and meaning. The text
/// validates in any folder.
///
/// # Errors
/// When there is no such scenario.
pub fn show(name: &str) -> Result<String, Problems> {
    let loaded = Scenario::load(name, &[])?;
    let about = Builtin::named(name).map_or("", |b| b.about);
    Ok(format!("# {name}: {about}\n\n{}", loaded.sheet().toml(meaning)))
}

/// Copy a built-in scenario to `dir/scenario.toml` with its README and a sample of a table of people;
/// it is named after the folder. Existing files are kept and refused.
///
/// # Errors
/// When there is no such scenario, a file exists already, or the folder cannot be written.
pub fn init(name: &str, dir: &Path) -> Result<Vec<PathBuf>, InitError> {
    let builtin = Builtin::named(name)
        .ok_or_else(|| InitError::Unknown(Scenario::load(name, &[]).err().unwrap_or_default()))?;
    let files = [("scenario.toml", builtin.toml), ("README.md", builtin.readme), PEOPLE_FILE];
    write_files(dir, name, &files)
}

/// Why a scenario was not copied.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// No such scenario.
    #[error("{0}")]
    Unknown(Problems),
    /// No blank scenario of this model.
    #[error("there is no blank scenario \"{0}\"; there are {1}")]
    NoBlank(String, String),
    /// A file is there already.
    #[error("{} exists already; nothing was written", .0.display())]
    Exists(PathBuf),
    /// The folder cannot be written.
    #[error("cannot write to {}: {error}", dir.display())]
    Write {
        /// The folder.
        dir: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

/// JSON Schema (2020-12) of scenario files; a key that may change during a run has `x-amendable`
/// and, in `x-acts`, when a change acts.
pub fn schema_json() -> serde_json::Value {
    let sheet = Document::describe(|t| scenario(t, Path::new("")));
    let mut schema = json_schema(&sheet, "gridflock scenario");
    for key in PolicyKey::ALL {
        let (table, name) = key.path().split_once('.').unwrap_or(("", key.path()));
        let property = &mut schema["properties"][table]["properties"][name];
        property["x-amendable"] = true.into();
        property["x-acts"] = match key.acts() {
            Acts::AtConfirmation => "for bookings confirmed from then on, or all",
            Acts::AtOnce => "at once",
            Acts::AtPublication => "from the next period on",
        }
        .into();
    }
    schema
}

/// All keys as a page of Markdown: a section per table, a line per key with default, allowed
/// values, unit and meaning.
pub fn keys_markdown() -> String {
    let sheet = Document::describe(|t| scenario(t, Path::new("")));
    let mut page = String::from("# Keys of a scenario\n");
    let mut section = String::from("-");
    for entry in sheet.entries.iter().filter(|e| !matches!(e.kind, Kind::Table | Kind::Tables)) {
        let table = entry.path.rsplit_once('.').map_or("", |(table, _)| table);
        if table != section {
            table.clone_into(&mut section);
            let title = if table.is_empty() { "top".to_owned() } else { format!("[{table}]") };
            let _ = write!(
                page,
                "\n## {title}\n\n| key | default | allowed | unit | meaning |\n|---|---|---|---|---|\n"
            );
        }
        let default =
            entry.default.as_deref().unwrap_or(if entry.required { "required" } else { "none" });
        let cells = [entry.key(), default, &allowed(entry), entry.unit, &entry.doc]
            .map(|cell| cell.replace('|', "\\|"));
        let _ = writeln!(page, "| {} |", cells.join(" | "));
    }
    page
}

fn allowed(entry: &Entry) -> String {
    match &entry.kind {
        Kind::Number(limits)
        | Kind::Count(limits)
        | Kind::Numbers(limits, ..)
        | Kind::Counts(limits, ..)
        | Kind::Rows(limits, _) => limits.to_string(),
        Kind::Word(words) => {
            words.iter().map(|(word, _)| word.as_str()).collect::<Vec<_>>().join(", ")
        }
        Kind::Words(words) => format!("all, or a list of {}", words.join(", ")),
        Kind::Flag => "true, false".into(),
        _ => String::new(),
    }
}

/// Every value in force and where it came from. The text is a scenario itself; paths are made
/// absolute, so that it can be run from any folder.
pub fn resolved_toml(loaded: &Loaded) -> String {
    packed_toml(loaded, |input| input.path.display().to_string())
}

/// The same with the files that it reads where `place` says, for whoever moves them with it.
pub fn packed_toml(loaded: &Loaded, place: impl Fn(&InputFile) -> String) -> String {
    let head = format!(
        "# {}, every value in force and where it came from; hash {}\n\n",
        loaded.scenario.name, loaded.scenario.hash
    );
    head + &loaded.resolved_sheet(place).toml(origin)
}

fn meaning(entry: &Entry) -> String {
    if matches!(entry.kind, Kind::Table | Kind::Tables) {
        return entry.doc.clone();
    }
    let unit = if entry.unit.is_empty() || entry.unit == "1" {
        String::new()
    } else {
        format!("[{}] ", entry.unit)
    };
    let words = match &entry.kind {
        Kind::Word(words) => format!(
            " ({})",
            words.iter().map(|(word, _)| word.as_str()).collect::<Vec<_>>().join(", ")
        ),
        _ => String::new(),
    };
    format!("{unit}{}{words}", entry.doc)
}

fn origin(entry: &Entry) -> String {
    let header = matches!(entry.kind, Kind::Table | Kind::Tables);
    if header || (entry.value.is_none() && entry.origin == Origin::Default) {
        String::new()
    } else {
        entry.origin.to_string()
    }
}
