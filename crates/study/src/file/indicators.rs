//! `[[indicator]]`: figures of the user's own, as SQL over the tables of a run.

use crate::OwnIndicator;
use indicators::DEFINITIONS;
use keys::Table;

/// An indicator of one's own; none after a report.
pub(super) fn indicator(t: &mut Table<'_>) -> Option<OwnIndicator> {
    let name = t.required_text("name", "its name, in small letters, digits and _");
    let unit = t.text("unit", "1", "its unit");
    let sql = t.required_text(
        "sql",
        "a SELECT of one number over the tables of a run (`gridflock schema tables`), in SQLite's dialect; instants are microseconds since 1970 UTC, flags 0 and 1",
    );
    let (name, sql) = (name?, sql?);
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.is_empty() || !name.chars().all(plain) || name.starts_with(|c: char| c.is_ascii_digit())
    {
        t.refuse("name", format!("`{name}` is no name"), "write it like `fined_share`");
        return None;
    }
    if DEFINITIONS.iter().any(|d| d.name == name) {
        t.refuse("name", format!("`{name}` is an indicator already"), "choose another name");
        return None;
    }
    let indicator = OwnIndicator { name, unit, sql };
    if let Err(why) = indicator.check() {
        t.refuse("sql", why, "try it on the tables of a run with DuckDB or SQLite");
        return None;
    }
    Some(indicator)
}

/// Reports names that are given twice.
pub(super) fn check(t: &Table<'_>, own: &[OwnIndicator]) {
    for (k, indicator) in own.iter().enumerate() {
        if own[..k].iter().any(|other| other.name == indicator.name) {
            let message = format!("two indicators are called `{}`", indicator.name);
            t.refuse(&format!("indicator[{k}].name"), message, "give each a name of its own");
        }
    }
}
