//! The scenario that a study varies.

use crate::Setting;
use keys::{Code, Node, Problem, Problems, Table, Value};
use scenario::{Builtin, Loaded, Scenario, builtin_names};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A scenario's text: read once, so that an edit in the middle of a study changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// How messages call it: the path, or the name of a built-in one.
    pub name: String,
    /// Its text.
    pub text: String,
    /// The folder that its relative paths start from.
    pub folder: PathBuf,
}

impl Base {
    /// The scenario file of a path (or the `scenario.toml` of a folder) relative to `folder`, or
    /// the built-in one of a name. None if there is neither.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn find(path_or_name: &str, folder: &Path) -> std::io::Result<Option<Self>> {
        let path = folder.join(path_or_name);
        let path =
            if path.join("scenario.toml").is_file() { path.join("scenario.toml") } else { path };
        if path.is_file() {
            let text = std::fs::read_to_string(&path)?;
            let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
            return Ok(Some(Self { name: path.display().to_string(), text, folder }));
        }
        Ok(Builtin::named(path_or_name).map(|b| Self {
            name: b.name.to_owned(),
            text: b.toml.to_owned(),
            folder: PathBuf::new(),
        }))
    }

    /// The scenario with overrides.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn load(&self, sets: &[String]) -> Result<Loaded, Problems> {
        Scenario::parse(&self.name, &self.text, &self.folder, sets)
    }
}

pub(super) fn base(t: &mut Table<'_>, folder: &Path, given: Option<&Base>) -> Option<Base> {
    let wanted = t.required_text(
        "base",
        "path of a scenario (relative to the study) or name of a built-in one",
    )?;
    if let Some(given) = given {
        return Some(given.clone());
    }
    match Base::find(&wanted, folder) {
        Ok(Some(base)) => Some(base),
        Ok(None) => {
            let near = keys::nearest(&wanted, builtin_names());
            let near =
                near.map_or_else(String::new, |near| format!("the nearest name is `{near}`; "));
            let help = format!("{near}built-in scenarios: {}", builtin_names().join(", "));
            t.refuse_as(
                Code::UnknownScenario,
                "base",
                format!("\"{wanted}\" is neither a file nor a built-in scenario"),
                help,
            );
            None
        }
        Err(error) => {
            t.refuse_as(
                Code::MissingFile,
                "base",
                format!("cannot read the scenario \"{wanted}\": {error}"),
                "",
            );
            None
        }
    }
}

/// Overrides written as a table (`{ "penalty.scale" = 2.0 }`, nested tables too) or as a list of
/// texts (`["penalty.scale=2"]`).
pub(super) fn overrides(t: &mut Table<'_>, key: &str) -> Vec<String> {
    let Some(node) = t.any(key, "values of scenario keys: a table { \"penalty.scale\" = 2.0 }, or a list [\"penalty.scale=2\"]") else {
        return Vec::new();
    };
    let mut sets = Vec::new();
    if flatten("", &node, &mut sets) {
        return sets;
    }
    t.refuse_as(
        Code::WrongType,
        key,
        format!("`{key}` must hold values of scenario keys"),
        "write { \"penalty.scale\" = 2.0 }, or [\"penalty.scale=2\"]",
    );
    Vec::new()
}

/// Whether the node could be read.
fn flatten(path: &str, node: &Node, sets: &mut Vec<String>) -> bool {
    match &node.value {
        // A table with a law in it is a value; other tables are parts of a path.
        Value::Table(branch) if path.is_empty() || !branch.entries.contains_key("law") => {
            branch.entries.iter().all(|(key, leaf)| {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                flatten(&path, &leaf.node, sets)
            })
        }
        Value::List(items) if path.is_empty() => items.iter().all(|item| match &item.value {
            Value::Text(text) => {
                sets.push(text.clone());
                true
            }
            _ => false,
        }),
        _ if path.is_empty() => false,
        _ => {
            sets.extend(Setting::of(node).map(|value| value.set(path)));
            true
        }
    }
}

/// The problems of a scenario that an override caused: those at the override's own text.
pub(super) fn caused_by<'p>(problems: &'p Problems, set: &str) -> Option<&'p Problem> {
    problems.list.iter().find(|p| p.file == format!("--set {set}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use keys::Document;

    /// The overrides of a study's text, and how many problems there were.
    fn read(text: &str) -> (Vec<String>, usize) {
        let reading = Document::new("s", text, &[]).read(|t| overrides(t, "overrides"));
        (reading.value, reading.problems.list.len())
    }

    #[test]
    fn overrides_may_be_written_in_three_ways() {
        let expected = (
            vec![
                "fleet.need={ law = \"fixed\", value = 9 }".to_owned(),
                "penalty.scale=2.0".to_owned(),
            ],
            0,
        );
        assert_eq!(
            read(
                "overrides = { 'fleet.need' = { law = 'fixed', value = 9 }, 'penalty.scale' = 2.0 }"
            ),
            expected
        );
        assert_eq!(
            read("[overrides]\nfleet.need = { law = 'fixed', value = 9 }\npenalty.scale = 2.0"),
            expected
        );
        assert_eq!(
            read("overrides = ['penalty.scale=2']"),
            (vec!["penalty.scale=2".to_owned()], 0)
        );
        assert_eq!(read("overrides = 3").1, 1);
        assert_eq!(read("overrides = [3]").1, 1);
    }
}
