//! Sessions in JSON: ACN-Data (`_items`), and sessions or CDRs of OCPI (a list, or under `data`).

use crate::FittingError;
use crate::rows::{RawRow, Source, columns, local_zone, when};
use serde_json::{Map, Value};
use tables::{Cell, TimeZone, zone};

/// The rows of a JSON file, and how it was understood.
pub(crate) fn rows(source: &Source<'_>) -> Result<(Vec<RawRow>, Vec<String>), FittingError> {
    let file = source.path.display();
    let text =
        std::fs::read_to_string(source.path).map_err(|e| format!("cannot read {file}: {e}"))?;
    let root: Value =
        serde_json::from_str(&text).map_err(|e| format!("{file}:{}: {e}", e.line()))?;
    let list = ["_items", "data", "sessions", "cdrs"]
        .iter()
        .find_map(|key| root.get(*key))
        .unwrap_or(&root);
    let Some(list) = list.as_array() else {
        return Err(format!(
            "{file}: no list of sessions (ACN-Data has `_items`, OCPI a list or `data`)"
        ));
    };
    let records: Vec<&Map<String, Value>> = list.iter().filter_map(Value::as_object).collect();
    let mut names: Vec<&str> = Vec::new();
    for record in records.iter().take(100) {
        for name in
            record.keys().map(String::as_str).filter(|n| !names.contains(n)).collect::<Vec<_>>()
        {
            names.push(name);
        }
    }
    // What stands inside other records.
    names.extend(["requestedDeparture", "uid", "contract_id"]);
    let columns = columns(source, names)?;
    let local = local_zone(source)?;
    let mut rows = Vec::with_capacity(records.len());
    for (k, record) in records.iter().enumerate() {
        rows.push(row(k as u64 + 1, record, &columns, source, &local.0)?);
    }
    let said = columns.iter().flatten().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", ");
    Ok((rows, vec![format!("fields {said}"), local.1]))
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
