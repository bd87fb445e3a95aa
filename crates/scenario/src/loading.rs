//! From a path or a name to a checked scenario.

use crate::builtin::{Builtin, builtin_names};
use crate::feeder::Network;
use crate::files::check_files;
use crate::idle::idle_keys;
use crate::scenario::{Scenario, scenario};
use keys::{Code, Document, Origin, Problem, Problems, Sheet, nearest, quoted};
use record::InputFile;
use std::path::Path;

/// Keys that name files, beside `csv`, `parquet` and `fmu`.
const PATH_KEYS: [&str; 5] =
    ["fleet.table", "feeder.buses", "feeder.branches", "feeder.network", "fleet.replay.file"];

/// The key of a file with laws of behaviour, the keys of which complete the scenario's.
const BEHAVIOUR: &str = "fleet.behaviour";

/// A checked scenario with what was declared on the way.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The scenario.
    pub scenario: Scenario,
    /// Things that are allowed but probably not meant.
    pub warnings: Vec<Problem>,
    /// The files that it reads, as they were when it was loaded.
    pub inputs: Vec<InputFile>,
    sheet: Sheet,
    document: Document,
}

impl Scenario {
    /// Load a file or a built-in scenario. `sets` are overrides `key.path=VALUE`; later ones win. A
    /// path wins over a name when both exist; a folder's path stands for its `scenario.toml`.
    /// Series files are checked for existence; [`crate::load_series`] reads them.
    ///
    /// # Errors
    /// Everything that is wrong with the scenario, with places and remedies.
    pub fn load(path_or_name: &str, sets: &[String]) -> Result<Loaded, Problems> {
        let path = Path::new(path_or_name);
        if path.is_file() {
            return Self::load_file(path, sets);
        }
        let inside = path.join("scenario.toml");
        if path_or_name.contains(['/', '\\']) && inside.is_file() {
            return Self::load_file(&inside, sets);
        }
        match Builtin::named(path_or_name) {
            Some(builtin) => Self::parse(builtin.name, builtin.toml, Path::new(""), sets),
            None => Err(unknown(path_or_name).into()),
        }
    }

    fn load_file(path: &Path, sets: &[String]) -> Result<Loaded, Problems> {
        let name = path.display().to_string();
        let unreadable = |message: String, help: &str| {
            Problems::one(Problem::whole_file(Code::MissingFile, &name, message, help))
        };
        let bytes = std::fs::read(path)
            .map_err(|error| unreadable(format!("cannot read the file: {error}"), ""))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let good =
                String::from_utf8_lossy(&error.as_bytes()[..error.utf8_error().valid_up_to()]);
            let line = good.matches('\n').count() + 1;
            let mut problem = Problem::whole_file(
                Code::Syntax,
                &name,
                format!("line {line} is not UTF-8 text"),
                "save the file as UTF-8",
            );
            problem.line = line;
            Problems::one(problem)
        })?;
        Self::parse(&name, &text, path.parent().unwrap_or(Path::new("")), sets)
    }

    /// Check the text of a scenario; `name` is how messages call it, `folder` where its relative
    /// paths start.
    ///
    /// # Errors
    /// Everything that is wrong with the scenario, with places and remedies.
    pub fn parse(
        name: &str,
        text: &str,
        folder: &Path,
        sets: &[String],
    ) -> Result<Loaded, Problems> {
        let mut document = Document::new(name, text, sets).with_paths_in("timeline", "set");
        let both = include_behaviour(&mut document, folder)?;
        let reading = document.read(|t| {
            let scenario = scenario(t, folder);
            check_files(t, &scenario);
            scenario
        });
        if !reading.problems.is_empty() {
            return Err(reading.problems);
        }
        let mut scenario = reading.value;
        let inputs = input_files(&reading.sheet, &document, folder)?;
        scenario.hash = hash(&reading.sheet, &inputs);
        let mut loaded =
            Loaded { scenario, warnings: Vec::new(), inputs, sheet: reading.sheet, document };
        loaded.warnings = idle_keys(&loaded);
        let told = both.iter().map(|path| {
            let message = format!(
                "`{path}` is given here and by the file of `fleet.behaviour`; this one holds"
            );
            loaded.problem_at(path, Code::Inconsistent, message, "leave one of them out")
        });
        let told: Vec<Problem> = told.collect();
        loaded.warnings.extend(told);
        loaded.warnings.extend(foreign_money(&loaded));
        Ok(loaded)
    }
}

impl Loaded {
    /// All declared keys with values and origins.
    pub fn sheet(&self) -> &Sheet {
        &self.sheet
    }

    /// The keys that the file or an override gives.
    pub fn given(&self) -> impl Iterator<Item = &str> {
        let given = self.sheet.entries.iter().filter(|e| e.origin != Origin::Default);
        given.map(|e| e.path.as_str())
    }

    /// The sheet with the files that it reads where `place` says.
    pub(crate) fn resolved_sheet(&self, place: impl Fn(&InputFile) -> String) -> Sheet {
        let mut sheet = self.sheet.clone();
        for entry in &mut sheet.entries {
            // What stands in the file stands in the sheet.
            if entry.path == BEHAVIOUR {
                entry.value = None;
            } else if let Some(input) = self.inputs.iter().find(|input| input.key == entry.path) {
                entry.value = Some(quoted(&place(input)));
            }
        }
        sheet
    }

    /// A problem at the value of a key, for what is found after loading.
    pub fn problem_at(
        &self,
        key: &str,
        code: Code,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Problem {
        self.document.problem_at(key, code, message.into(), help.into())
    }
}

/// Whether the value of a key path is the name of a file that is read.
pub fn names_file(path: &str) -> bool {
    matches!(path.rsplit('.').next(), Some("csv" | "parquet" | "fmu")) || PATH_KEYS.contains(&path)
}

/// Amounts of money that stay at the papers' CNY under another currency.
fn foreign_money(loaded: &Loaded) -> Option<Problem> {
    let currency = &loaded.scenario.currency;
    if currency == "CNY" {
        return None;
    }
    let zero = |text: &str| text.parse::<f64>().is_ok_and(|x| x == 0.0);
    let left: Vec<&str> = loaded
        .sheet
        .entries
        .iter()
        .filter(|e| e.unit.contains("CNY") && e.origin == Origin::Default)
        .filter(|e| e.value.as_deref().is_some_and(|value| !zero(value)))
        .map(|e| e.path.as_str())
        .collect();
    if left.is_empty() {
        return None;
    }
    let message = format!(
        "`currency` = \"{currency}\" converts nothing; these amounts stay at their defaults, which are CNY: {}",
        left.join(", ")
    );
    Some(loaded.problem_at(
        "currency",
        Code::Inconsistent,
        message,
        "give those that matter in your currency",
    ))
}

/// Completes a document by the file of `fleet.behaviour`, if it names one; the paths of keys that
/// both give.
fn include_behaviour(document: &mut Document, folder: &Path) -> Result<Vec<String>, Problems> {
    let Some(name) = document.text_at(BEHAVIOUR).map(str::to_owned) else { return Ok(Vec::new()) };
    let path = folder.join(&name);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(document.include(&path.display().to_string(), &text)),
        Err(error) => {
            let message =
                format!("`{BEHAVIOUR}` names {}, which cannot be read: {error}", path.display());
            let help = "write it by `gridflock fit SESSIONS -o FILE`; paths are relative to the scenario's folder";
            Err(Problems::one(document.problem_at(
                BEHAVIOUR,
                Code::MissingFile,
                message,
                help.to_owned(),
            )))
        }
    }
}

/// The files that the keys in force name.
fn input_files(
    sheet: &Sheet,
    document: &Document,
    folder: &Path,
) -> Result<Vec<InputFile>, Problems> {
    let (mut inputs, mut problems) = (Vec::new(), Vec::new());
    for entry in sheet.entries.iter().filter(|e| names_file(&e.path)) {
        let Some(name) = document.text_at(&entry.path) else { continue };
        if entry.path == "feeder.network" && Network::BUILTIN.contains(&name) {
            continue;
        }
        let path = folder.join(name);
        let path = std::path::absolute(&path).unwrap_or(path);
        match std::fs::read(&path) {
            Ok(bytes) => {
                let key = || entry.path.clone();
                // What a network's file takes in belongs to it.
                let included = network::includes(&path);
                inputs.push(InputFile { key: key(), path, sha256: record::sha256(&bytes) });
                inputs.extend(included.into_iter().map(|file| InputFile {
                    key: key(),
                    path: file.path,
                    sha256: record::sha256(&file.bytes),
                }));
            }
            Err(error) => {
                let message = format!(
                    "`{}` names {}, which cannot be read: {error}",
                    entry.path,
                    path.display()
                );
                let help = "paths are relative to the scenario's folder".to_owned();
                problems.push(document.problem_at(&entry.path, Code::MissingFile, message, help));
            }
        }
    }
    if problems.is_empty() { Ok(inputs) } else { Err(Problems { list: problems }) }
}

/// SHA-256 over all values in force. A file stands for its content: moving it changes nothing,
/// editing it does.
fn hash(sheet: &Sheet, inputs: &[InputFile]) -> String {
    let mut sheet = sheet.clone();
    sheet.entries.iter_mut().filter(|e| e.path == BEHAVIOUR).for_each(|e| e.value = None);
    for entry in &mut sheet.entries {
        let own = inputs.iter().filter(|input| input.key == entry.path);
        let own: Vec<&str> = own.map(|input| input.sha256.as_str()).collect();
        if !own.is_empty() {
            entry.value = Some(quoted(&own.join(" ")));
        }
    }
    record::sha256(sheet.plain_toml().as_bytes())
}

fn unknown(path_or_name: &str) -> Problem {
    let names: Vec<&str> = builtin_names();
    let looks_like_path =
        path_or_name.contains(['/', '\\']) || Path::new(path_or_name).extension().is_some();
    let message = if looks_like_path {
        format!("there is no file {path_or_name}")
    } else {
        format!("\"{path_or_name}\" is neither a file nor a built-in scenario")
    };
    let near = nearest(path_or_name, names.iter().copied())
        .map_or_else(String::new, |near| format!("the nearest name is `{near}`; "));
    Problem::whole_file(
        Code::UnknownScenario,
        path_or_name,
        message,
        format!("{near}built-in scenarios: {}", names.join(", ")),
    )
}
