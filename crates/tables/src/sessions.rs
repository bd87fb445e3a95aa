//! A user's own charging sessions, the input of fitting.

use crate::instant::{self, Moment};
use crate::{Cell, DataTable, TableError};
use std::path::Path;

/// One charging session.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionRecord {
    /// Line in the file.
    pub line: u64,
    /// Who, if the file says so.
    pub user: Option<String>,
    /// Plugged in.
    pub plug_in: Moment,
    /// Unplugged.
    pub plug_out: Moment,
    /// Departure that the driver stated beforehand.
    pub stated_departure: Option<Moment>,
    /// Energy charged (kWh).
    pub energy_kwh: f64,
}

/// Names under which a column is looked for, the first one found is taken.
const PLUG_IN: &[&str] = &["plug_in", "plug_in_utc", "plug_in_local", "arrival"];
const PLUG_OUT: &[&str] = &["plug_out", "plug_out_utc", "plug_out_local", "departure"];
const STATED: &[&str] = &["stated_departure", "first_requested_departure_utc", "planned_departure"];
const ENERGY: &[&str] = &["energy_kwh", "energy_charged_kwh"];
const USER: &[&str] = &["user_id", "ev_id", "user"];

/// Reads sessions from a `.csv` or `.parquet` file; also the `sessions` table of a run.
///
/// Columns: `plug_in` (or `plug_in_utc`, `plug_in_local`, `arrival`), `plug_out` (likewise, or
/// `departure`), `energy_kwh` (or `energy_charged_kwh`), and if there are any `stated_departure`
/// (or `first_requested_departure_utc`, `planned_departure`) and `user_id` (or `ev_id`). Instants
/// are RFC 3339; without an offset they are local time of `zone` (`+08:00`, or a name such as
/// `America/Los_Angeles`), or UTC where the column's name ends in `_utc`. Rows without plug-in,
/// plug-out or energy are left out.
///
/// # Errors
/// [`TableError::Content`] with line and column of the first cell that is no instant or number, of
/// a session that ends before it begins, or of negative energy; with the names that are looked for
/// if a column is missing.
pub fn read_sessions(path: &Path, zone: &str) -> Result<Vec<SessionRecord>, TableError> {
    sessions(&DataTable::read(path)?, zone)
}

/// Reads sessions from CSV text; `name` names it in errors.
///
/// # Errors
/// As for [`read_sessions`].
///
/// ```
/// let csv = "plug_in,plug_out,energy_kwh\n2026-03-02T08:30+08:00,2026-03-02T17:00+08:00,12.5\n";
/// let sessions = tables::parse_sessions("mine.csv", csv, "+08:00").unwrap();
/// assert_eq!(sessions[0].plug_in.hour_of_day(), 8.5);
/// assert_eq!(sessions[0].plug_in.hours_to(sessions[0].plug_out), 8.5);
/// ```
pub fn parse_sessions(name: &str, csv: &str, zone: &str) -> Result<Vec<SessionRecord>, TableError> {
    sessions(&DataTable::parse_csv(Path::new(name), csv)?, zone)
}

fn sessions(table: &DataTable, zone: &str) -> Result<Vec<SessionRecord>, TableError> {
    let zone = instant::zone(zone)
        .map_err(|message| TableError::content(table.path(), None, None, message))?;
    let plug_in = moments(table, required(table, PLUG_IN)?, &zone)?;
    let plug_out_column = required(table, PLUG_OUT)?;
    let plug_out = moments(table, plug_out_column, &zone)?;
    let energy_column = required(table, ENERGY)?;
    let energy = table.optional_numbers(energy_column)?;
    let stated = found(table, STATED).map(|name| moments(table, name, &zone)).transpose()?;
    let users = found(table, USER).map(|name| table.texts(name)).transpose()?;
    let mut sessions = Vec::with_capacity(table.rows());
    for row in 0..table.rows() {
        let (Some(plug_in), Some(plug_out), Some(energy_kwh)) =
            (plug_in[row], plug_out[row], energy[row])
        else {
            continue;
        };
        if plug_out.utc_us < plug_in.utc_us {
            return Err(table.error(row, plug_out_column, "the session ends before it begins"));
        }
        if energy_kwh < 0.0 {
            return Err(table.error(
                row,
                energy_column,
                format!("{energy_kwh} kWh; energy must be 0 or more"),
            ));
        }
        let user = users.as_ref().map(|u| u[row].clone()).filter(|u| !u.is_empty());
        let stated_departure = stated.as_ref().and_then(|s| s[row]);
        sessions.push(SessionRecord {
            line: table.line(row),
            user,
            plug_in,
            plug_out,
            stated_departure,
            energy_kwh,
        });
    }
    if sessions.is_empty() {
        return Err(TableError::content(
            table.path(),
            None,
            None,
            "no complete session (plug-in, plug-out, energy)",
        ));
    }
    Ok(sessions)
}

fn found(table: &DataTable, names: &'static [&'static str]) -> Option<&'static str> {
    names.iter().copied().find(|n| table.has(n))
}

fn required(table: &DataTable, names: &'static [&'static str]) -> Result<&'static str, TableError> {
    found(table, names).ok_or_else(|| {
        let message = format!(
            "needs a column `{}` (or {}); there are {}",
            names[0],
            names[1..].join(", "),
            table.listed()
        );
        TableError::content(table.path(), None, None, message)
    })
}

fn moments(
    table: &DataTable,
    name: &str,
    zone: &jiff::tz::TimeZone,
) -> Result<Vec<Option<Moment>>, TableError> {
    let in_utc = name.ends_with("_utc");
    let moment = |cell: &Cell| match cell {
        // `2019-03-01T14:20` in a column of UTC.
        Cell::Text(text)
            if in_utc
                && text.parse::<jiff::civil::DateTime>().is_ok()
                && text.parse::<jiff::Timestamp>().is_err() =>
        {
            instant::moment(&Cell::Text(format!("{text}Z")), zone)
        }
        other => instant::moment(other, zone),
    };
    let cells = table.column(name)?.cells.iter().enumerate();
    cells
        .map(|(row, cell)| moment(cell).map_err(|message| table.error(row, name, message)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(csv: &str, part: &str) {
        let error = parse_sessions("s.csv", csv, "UTC").unwrap_err().to_string();
        assert!(error.contains(part), "`{error}` lacks `{part}`");
    }

    #[test]
    fn bad_sessions_are_named() {
        check("plug_in,plug_out\n", "needs a column `energy_kwh`");
        check(
            "plug_in,plug_out,energy_kwh\n2026-03-02T08:30Z,2026-03-02T08:00Z,1\n",
            "s.csv:2 column `plug_out`: the session ends before",
        );
        check(
            "plug_in,plug_out,energy_kwh\n2026-03-02T08:30Z,soon,1\n",
            "s.csv:2 column `plug_out`: `soon` is not an instant",
        );
        check("plug_in,plug_out,energy_kwh\n2026-03-02T08:30Z,2026-03-02T09:00Z,-1\n", "0 or more");
        check("plug_in,plug_out,energy_kwh\n2026-03-02T08:30Z,,1\n", "no complete session");
    }

    #[test]
    fn columns_of_published_data_sets_are_understood() {
        let csv = "session_id,user_id,plug_in_utc,plug_out_utc,energy_kwh,first_requested_departure_utc\n\
                   S1,000000365,2018-10-08T13:25,2018-10-09T00:06:00Z,6.31,2018-10-08T23:00:00Z\n";
        let s = parse_sessions("s.csv", csv, "America/Los_Angeles").unwrap();
        assert_eq!(s[0].user.as_deref(), Some("000000365"));
        assert!((s[0].plug_in.hour_of_day() - 6.416_666_666).abs() < 1e-6);
        assert!((s[0].stated_departure.unwrap().hours_to(s[0].plug_out) - 1.1).abs() < 1e-9);
    }
}
