//! Files that a scenario names must be there.

use crate::scenario::Scenario;
use crate::series::SeriesSource;
use keys::{Code, Table};
use std::path::Path;

pub(crate) fn check_files(t: &Table<'_>, s: &Scenario) {
    for spec in s.series.all() {
        let (key, path) = match &spec.source {
            SeriesSource::Builtin(_) => continue,
            SeriesSource::Csv(path) => ("csv", path),
            SeriesSource::Parquet(path) => ("parquet", path),
            SeriesSource::Fmu { path, .. } => ("fmu", path),
        };
        check(t, s, &format!("series.{}.{key}", spec.name), path);
    }
    if let Some(path) = &s.fleet.people {
        check(t, s, "fleet.table", path);
    }
    if let Some(replay) = &s.fleet.replay {
        check(t, s, "fleet.replay.file", &replay.file);
    }
}

fn check(t: &Table<'_>, s: &Scenario, key: &str, path: &Path) {
    if path.as_os_str().is_empty() {
        return; // reported as missing already
    }
    let whole = s.folder.join(path);
    if !whole.is_file() {
        let message = format!("`{key}` names {}, which is no file", whole.display());
        t.refuse_as(Code::MissingFile, key, message, "paths are relative to the scenario's folder");
    }
}
