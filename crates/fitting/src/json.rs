//! Sessions in JSON and JSON Lines: ACN-Data (`_items`), and sessions or CDRs of OCPI (2.1.1, 2.2.1,
//! 2.3.0; a list, under `data`, or one a line).

use crate::FittingError;
use crate::ocpi;
use crate::rows::{RawRow, Source, columns, local_zone, when};
use serde_json::{Deserializer, Map, Value};
use tables::{Cell, TimeZone, zone};

/// A record and where it stands: its line in JSON Lines, its number in a list.
type Record = (u64, Map<String, Value>);

/// The rows of a JSON file, and how it was understood.
pub(crate) fn rows(source: &Source<'_>) -> Result<(Vec<RawRow>, Vec<String>), FittingError> {
    let records = records(source)?;
    let mut names: Vec<&str> = Vec::new();
    for (_, record) in &records {
        let new = |n: &&str| !names.contains(n);
        let more: Vec<&str> = record.keys().map(String::as_str).filter(new).collect();
        names.extend(more);
    }
    // What stands inside other records.
    names.extend(["requestedDeparture", "uid", "contract_id"]);
    let mut columns = columns(source, names)?;
    let sessions = records.iter().any(|(_, r)| ocpi::is_session(r) || ocpi::is_cdr(r));
    if sessions && columns[6].as_deref() == Some("period_start") {
        columns[6] = None;
    }
    let local = local_zone(source)?;
    let credited = ocpi::credited(records.iter().map(|(_, record)| record));
    let row = |(line, record): &Record| {
        let mut row = row(*line, record, &columns, source, &local.0)?;
        ocpi::correct(&mut row, record, &credited, &local.0);
        Ok::<_, FittingError>(row)
    };
    let rows = records.iter().map(row).collect::<Result<Vec<_>, _>>()?;
    let said = columns.iter().flatten().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", ");
    Ok((rows, vec![format!("fields {said}"), local.1]))
}

/// All records of a file: of a list, or one value after the other.
fn records(source: &Source<'_>) -> Result<Vec<Record>, FittingError> {
    let file = source.path.display();
    let text =
        std::fs::read_to_string(source.path).map_err(|e| format!("cannot read {file}: {e}"))?;
    let mut stream = Deserializer::from_str(&text).into_iter::<Value>();
    let (mut values, mut line, mut counted) = (Vec::new(), 1, 0);
    loop {
        // A value begins behind the white space after the one before it.
        let rest = text.get(stream.byte_offset()..).unwrap_or_default();
        let begins = text.len() - rest.trim_start().len();
        line += text[counted..begins].matches('\n').count() as u64;
        counted = begins;
        match stream.next() {
            None => break,
            Some(Err(e)) => return Err(format!("{file}:{}: {e}", e.line())),
            Some(Ok(value)) => values.push((line, value)),
        }
    }
    if let [(_, root)] = values.as_slice() {
        let inside = ["_items", "data", "sessions", "cdrs"].iter().find_map(|k| root.get(*k));
        if let Some(list) = inside.unwrap_or(root).as_array() {
            let numbered = list.iter().zip(1..);
            let record = |(value, k): (&Value, u64)| Some((k, value.as_object()?.clone()));
            return Ok(numbered.filter_map(record).collect());
        }
    }
    let record = |(line, value): (u64, Value)| match value {
        Value::Object(record) => Ok((line, record)),
        _ => Err(format!("{file}:{line}: this is no record of a session")),
    };
    let records = values.into_iter().map(record).collect::<Result<Vec<Record>, _>>()?;
    if records.len() == 1 && !records.iter().any(|(_, r)| ocpi::is_session(r) || ocpi::is_cdr(r)) {
        return Err(format!(
            "{file}: no list of sessions (ACN-Data has `_items`, OCPI a list, `data`, or one object a line)"
        ));
    }
    Ok(records)
}

fn row(
    line: u64,
    record: &Map<String, Value>,
    columns: &[Option<String>],
    source: &Source<'_>,
    local: &TimeZone,
) -> Result<RawRow, FittingError> {
    // A record's own zone holds where none was asked for.
    let own = match (source.time_zone, record.get("timezone").and_then(Value::as_str)) {
        (None, Some(name)) => Some(zone(name)?),
        _ => None,
    };
    let local = own.as_ref().unwrap_or(local);
    let value = |k: usize| field(record, columns[k].as_deref()?);
    let instant = |k: usize| match value(k) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => {
            // OCPI's times without an offset are UTC.
            let column = if text.contains('T') && !text.contains(',') { "_utc" } else { "" };
            when(&Cell::Text(text.clone()), column, local)
        }
        Some(_) => Err(()),
    };
    let number = |k: usize| match value(k) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(x)) => Ok(x.as_f64()),
        Some(Value::String(text)) => text.trim().parse().map(Some).map_err(|_| ()),
        Some(_) => Err(()),
    };
    let user = value(3).and_then(|v| match v {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(x) => Some(x.to_string()),
        _ => None,
    });
    Ok(RawRow {
        line,
        user,
        plug_in: instant(0),
        plug_out: instant(1),
        stated: instant(5),
        booked: instant(6),
        energy_kwh: number(2),
        power_kw: number(4).ok().flatten(),
        void: None,
    })
}

/// A field of a record, or of the records that ACN-Data and OCPI put inside it.
fn field<'a>(record: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let inside = |outer: &str| {
        let outer = record.get(outer)?;
        let first = outer.as_array().and_then(|list| list.first()).unwrap_or(outer);
        first.get(name)
    };
    record.get(name).or_else(|| inside("userInputs")).or_else(|| inside("cdr_token"))
}
