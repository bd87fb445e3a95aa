//! Scenarios to begin with: without the plant of any paper, with sample files, and the keys that
//! matter as comments.

use crate::builtin::InitError;
use std::path::{Path, PathBuf};

/// A blank scenario with its sample files.
struct Blank {
    name: &'static str,
    files: &'static [(&'static str, &'static str)],
}

const PEOPLE: (&str, &str) = ("people.csv", include_str!("blank/people.csv"));

const BLANKS: [Blank; 3] = [
    Blank {
        name: "park",
        files: &[
            ("scenario.toml", include_str!("blank/park.toml")),
            PEOPLE,
            ("load.csv", include_str!("blank/load.csv")),
        ],
    },
    Blank {
        name: "feeder",
        files: &[
            ("scenario.toml", include_str!("blank/feeder.toml")),
            ("buses.csv", include_str!("blank/buses.csv")),
            ("branches.csv", include_str!("blank/branches.csv")),
            PEOPLE,
        ],
    },
    Blank { name: "group", files: &[("scenario.toml", include_str!("blank/group.toml")), PEOPLE] },
];

/// A sample of a table of people, for any scenario.
pub(crate) const PEOPLE_FILE: (&str, &str) = PEOPLE;

/// Names of the blank scenarios.
pub fn blank_names() -> Vec<&'static str> {
    BLANKS.iter().map(|b| b.name).collect()
}

/// Writes a blank scenario of a model into a folder, with its sample files. Existing files are kept
/// and refused.
///
/// # Errors
/// No such model, a file that exists already, a folder that cannot be written.
pub fn init_blank(model: &str, dir: &Path) -> Result<Vec<PathBuf>, InitError> {
    let blank = BLANKS
        .iter()
        .find(|b| b.name == model)
        .ok_or_else(|| InitError::NoBlank(model.to_owned(), blank_names().join(", ")))?;
    write_files(dir, model, blank.files)
}

/// Writes files into a folder; the scenario among them is named after it.
pub(crate) fn write_files(
    dir: &Path,
    name: &str,
    files: &[(&str, &str)],
) -> Result<Vec<PathBuf>, InitError> {
    let paths: Vec<PathBuf> = files.iter().map(|(file, _)| dir.join(file)).collect();
    if let Some(path) = paths.iter().find(|path| path.exists()) {
        return Err(InitError::Exists(path.clone()));
    }
    let written = |error| InitError::Write { dir: dir.to_path_buf(), error };
    std::fs::create_dir_all(dir).map_err(written)?;
    let own = std::path::absolute(dir).ok().and_then(|d| Some(d.file_name()?.to_str()?.to_owned()));
    let own = own.filter(|n| {
        n.len() <= 64
            && !n.starts_with('.')
            && n.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    });
    for (path, (file, text)) in paths.iter().zip(files) {
        let old = format!("name = \"{name}\"");
        let text = match &own {
            Some(own) if *file == "scenario.toml" => {
                text.replacen(&old, &format!("name = \"{own}\""), 1)
            }
            _ => (*text).to_owned(),
        };
        std::fs::write(path, text).map_err(written)?;
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Scenario;

    #[test]
    fn blank_scenarios_are_valid_named_after_their_folder_and_have_no_plant() {
        let dir = tempfile::tempdir().unwrap();
        for model in blank_names() {
            let folder = dir.path().join(format!("my-{model}"));
            init_blank(model, &folder).unwrap();
            let path = folder.join("scenario.toml");
            let loaded =
                Scenario::load(path.to_str().unwrap(), &[]).unwrap_or_else(|p| panic!("{p}"));
            assert_eq!(loaded.scenario.name, format!("my-{model}"));
            assert!(loaded.scenario.plant.spec.battery.is_none() || model != "park");
            assert!(matches!(init_blank(model, &folder), Err(InitError::Exists(_))));
        }
        assert!(matches!(init_blank("town", dir.path()), Err(InitError::NoBlank(..))));
    }
}
