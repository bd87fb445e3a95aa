//! Files of sessions: CSV, Parquet, JSON of ACN-Data, sessions and CDRs of OCPI.

use crate::cleaning::{Cleaned, cleaned};
use crate::{FittingError, json};
use std::path::Path;
use tables::{Cell, DataTable, Moment, TimeZone, did_you_mean, moment, zone};

/// Where sessions come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source<'a> {
    /// The file.
    pub path: &'a Path,
    /// Columns of the file under the name that is looked for: (theirs, ours).
    pub map: &'a [(String, String)],
    /// Zone of local times, and of the hours that are fitted.
    pub time_zone: Option<&'a str>,
}

/// A row before it is checked.
#[derive(Clone, Debug)]
pub(crate) struct RawRow {
    pub line: u64,
    pub user: Option<String>,
    pub plug_in: Instant,
    pub plug_out: Instant,
    pub stated: Instant,
    pub booked: Instant,
    pub energy_kwh: Result<Option<f64>, ()>,
    pub power_kw: Option<f64>,
    /// Why it is no session, where the file says so itself.
    pub void: Option<&'static str>,
}

/// An instant, nothing, or something else.
type Instant = Result<Option<Moment>, ()>;

/// A quantity with the names under which columns carry it.
pub(crate) struct Known {
    pub name: &'static str,
    pub others: &'static [&'static str],
    required: bool,
}

pub(crate) const KNOWN: [Known; 7] = [
    Known {
        name: "plug_in",
        others: &[
            "plug_in_utc",
            "plug_in_local",
            "arrival",
            "connectionTime",
            "start_date_time",
            "start_datetime",
            "start_plugin",
            "start_time",
            "start",
            "ConnectionStartDateTime",
        ],
        required: true,
    },
    Known {
        name: "plug_out",
        others: &[
            "plug_out_utc",
            "plug_out_local",
            "departure",
            "disconnectTime",
            "end_date_time",
            "end_datetime",
            "stop_date_time",
            "end_plugout",
            "end_time",
            "end",
            "ConnectionEndDateTime",
        ],
        required: true,
    },
    Known {
        name: "energy_kwh",
        others: &["energy_charged_kwh", "kWhDelivered", "kwh", "total_energy", "energy", "El_kWh"],
        required: true,
    },
    Known {
        name: "user_id",
        others: &["ev_id", "user", "userID", "auth_id", "contract_id", "uid"],
        required: false,
    },
    Known { name: "power_kw", others: &["max_power_kw", "charging_power_kw"], required: false },
    Known {
        name: "stated_departure",
        others: &["first_requested_departure_utc", "planned_departure", "requestedDeparture"],
        required: false,
    },
    Known { name: "booked_start", others: &["booked_start_utc", "period_start"], required: false },
];

/// Reads and cleans the sessions of a file; also the table `sessions` of a run.
///
/// # Errors
/// A file that cannot be read, a column that is not there, no usable session.
pub fn read_sessions(source: &Source<'_>) -> Result<Cleaned, FittingError> {
    let json = ["json", "jsonl", "ndjson"];
    let extension = source.path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    let is_json = json.contains(&extension.as_str());
    let (rows, columns) = if is_json { json::rows(source)? } else { table_rows(source)? };
    if rows.is_empty() {
        return Err(format!("{}: the file has no sessions", source.path.display()));
    }
    let done = cleaned(rows, columns);
    if done.sessions.is_empty() {
        let why: Vec<String> =
            done.cleaning.dropped.iter().map(|d| format!("{} {}", d.rows, d.reason)).collect();
        return Err(format!("{}: no usable session ({})", source.path.display(), why.join(", ")));
    }
    Ok(done)
}

fn table_rows(source: &Source<'_>) -> Result<(Vec<RawRow>, Vec<String>), FittingError> {
    let table = DataTable::read(source.path).map_err(|e| e.to_string())?;
    let columns = columns(source, table.names().collect())?;
    let local = local_zone(source)?;
    let mut found = Vec::with_capacity(columns.len());
    for name in &columns {
        let column = name.as_deref().map(|name| table.column(name)).transpose();
        found.push(column.map_err(|e| e.to_string())?);
    }
    let instant = |k: usize, row: usize| -> Instant {
        let Some(column) = found[k] else { return Ok(None) };
        when(&column.cells[row], &column.name, &local.0)
    };
    let number = |k: usize, row: usize| {
        let Some(column) = found[k] else { return Ok(None) };
        table.number(row, &column.name, &column.cells[row]).map_err(|_| ())
    };
    let row = |row: usize| RawRow {
        line: table.line(row),
        user: found[3].map(|c| c.cells[row].text()).filter(|u| !u.is_empty()),
        plug_in: instant(0, row),
        plug_out: instant(1, row),
        stated: instant(5, row),
        booked: instant(6, row),
        energy_kwh: number(2, row),
        power_kw: number(4, row).ok().flatten(),
        void: None,
    };
    let mut said: Vec<String> = KNOWN
        .iter()
        .zip(&columns)
        .filter_map(|(known, column)| Some(format!("{} = `{}`", known.name, column.as_ref()?)))
        .collect();
    said.push(local.1);
    Ok(((0..table.rows()).map(row).collect(), said))
}

/// An instant; without an offset it is of UTC where the column's name says so, else local time.
pub(crate) fn when(cell: &Cell, column: &str, local: &TimeZone) -> Instant {
    if let Cell::Text(text) = cell {
        if text.trim().is_empty() {
            return Ok(None);
        }
        if column.ends_with("_utc")
            && !text.ends_with(['Z', 'z'])
            && let Ok(found) = moment(&Cell::Text(format!("{text}Z")), local)
        {
            return Ok(found);
        }
    }
    moment(cell, local).map_err(|_| ())
}

/// The zone of local times, and a word about it.
pub(crate) fn local_zone(source: &Source<'_>) -> Result<(TimeZone, String), FittingError> {
    let name = source.time_zone.unwrap_or("UTC");
    let said = match source.time_zone {
        Some(name) => format!("hours are local time of {name}"),
        None => "hours are UTC; give --time-zone for local ones".to_owned(),
    };
    Ok((zone(name)?, said))
}

/// For each known quantity the column that carries it.
pub(crate) fn columns(
    source: &Source<'_>,
    names: Vec<&str>,
) -> Result<Vec<Option<String>>, FittingError> {
    let file = source.path.display();
    for (theirs, ours) in source.map {
        if !KNOWN.iter().any(|k| k.name == ours) {
            let known: Vec<&str> = KNOWN.iter().map(|k| k.name).collect();
            let turned = KNOWN.iter().any(|k| k.name == theirs);
            let hint = if turned {
                format!("; write --map {ours}={theirs}")
            } else {
                did_you_mean(ours, known.iter().copied())
            };
            return Err(format!(
                "--map {theirs}={ours}: `{ours}` is none of {}{hint}",
                known.join(", ")
            ));
        }
        if !names.contains(&theirs.as_str()) {
            let hint = did_you_mean(theirs, names.iter().copied());
            return Err(format!(
                "{file}: there is no column `{theirs}`{hint}; there are {}",
                names.join(", ")
            ));
        }
    }
    let mut found = Vec::with_capacity(KNOWN.len());
    for known in &KNOWN {
        let mapped = source
            .map
            .iter()
            .find(|(_, ours)| ours == known.name)
            .map(|(theirs, _)| theirs.clone());
        let taken = |name: &str| {
            source.map.iter().any(|(theirs, ours)| theirs == name && ours != known.name)
        };
        let by_name = || {
            let mut all = std::iter::once(known.name).chain(known.others.iter().copied());
            all.find(|name| names.contains(name) && !taken(name)).map(str::to_owned)
        };
        let column = mapped.or_else(by_name);
        if column.is_none() && known.required {
            return Err(format!(
                "{file}: no column for `{}` (looked for {}); there are {}; say which with --map COLUMN={}",
                known.name,
                known.others.join(", "),
                names.join(", "),
                known.name
            ));
        }
        found.push(column);
    }
    Ok(found)
}
