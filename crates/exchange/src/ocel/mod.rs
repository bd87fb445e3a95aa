//! An object-centric event log: OCEL 2.0 as a bundle of Parquet files.
//!
//! Event types are the kinds of facts. Object types are `ev`, `reservation` (a booking with the
//! request that it began as; a request without a booking is one too), `slot` (a charge point in a
//! period), `ticket` and `zone`.

mod events;
mod objects;

use crate::plain::{Cell, PlainTable, Type};
use crate::source::{new_directory, write_text};
use crate::{ExchangeError, Source, Written};
use events::Events;
use objects::{Objects, Thing};
use serde_json::{Value, json};
use std::path::Path;

/// Which events are exported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OcelFilter {
    /// The run of a study; needed where the table of facts holds several.
    pub run: Option<i64>,
    /// Kinds of facts; all if there is none.
    pub kinds: Vec<String>,
    /// A zone.
    pub zone: Option<i64>,
}

/// Writes an object-centric event log of a run into a new directory.
///
/// # Errors
/// [`ExchangeError::Missing`] without a table of facts, [`ExchangeError::Asked`] where a filter
/// fits nothing, [`ExchangeError::Exists`], [`ExchangeError::Io`].
pub fn write_ocel(
    source: &Source,
    filter: &OcelFilter,
    to: &Path,
) -> Result<Vec<Written>, ExchangeError> {
    let objects = Objects::read(source, filter.run)?;
    let (events, objects) = Events::read(source, filter, objects)?;
    new_directory(to)?;
    for folder in ["events", "objects", "object_changes", "relations"] {
        new_directory(&to.join(folder))?;
    }
    let mut written = Vec::new();
    let mut note = |file: &str, rows: u64| {
        written.push(Written { file: file.to_owned(), rows });
    };
    let mut event_types = serde_json::Map::new();
    for (kind, described, table) in events.tables() {
        let file = format!("events/event_{kind}.parquet");
        note(&file, table.write(&to.join(&file))?);
        event_types.insert(kind, json!({ "file": file, "attributes": described }));
    }
    let mut object_types = serde_json::Map::new();
    for (name, attributes, table) in objects.tables() {
        let file = format!("objects/object_{name}.parquet");
        note(&file, table.write(&to.join(&file))?);
        let changes_file = format!("object_changes/object_changes_{name}.parquet");
        let fixed = [
            ("ocel_id", Type::Text),
            ("ocel_time", Type::Time),
            ("ocel_changed_field", Type::Text),
        ];
        let changes = PlainTable::new(&fixed, attributes);
        note(&changes_file, changes.write(&to.join(&changes_file))?);
        object_types.insert(
            name.to_owned(),
            json!({ "file": file, "changesFile": changes_file, "attributes": describe(attributes) }),
        );
    }
    let relation = |columns: [&str; 2], rows: &[(String, String, &'static str)]| {
        let [a, b] = columns.map(|c| (c, Type::Text));
        let mut table = PlainTable::new(&[a, b, ("ocel_qualifier", Type::Text)], &[]);
        for (from, onto, how) in rows {
            let cells = [from.clone(), onto.clone(), (*how).to_owned()].map(Cell::Text);
            table.push(&cells);
        }
        table
    };
    let e2o = relation(["ocel_event_id", "ocel_object_id"], events.relations());
    note("relations/e2o.parquet", e2o.write(&to.join("relations/e2o.parquet"))?);
    let o2o = relation(["ocel_source_id", "ocel_target_id"], &objects.relations());
    note("relations/o2o.parquet", o2o.write(&to.join("relations/o2o.parquet"))?);
    let meta = json!({
        "ocelVersion": "2.0",
        "bundleFormatVersion": "1.0",
        "storageFormat": "parquet",
        "eventTypes": event_types,
        "objectTypes": object_types,
        "relations": { "e2o": "relations/e2o.parquet", "o2o": "relations/o2o.parquet" },
    });
    write_text(&to.join("ocel-meta.json"), &format!("{meta:#}\n"))?;
    Ok(written)
}

/// Attributes as the bundle's metadata lists them.
fn describe(attributes: &[(&str, Type)]) -> Vec<Value> {
    attributes.iter().map(|(name, kind)| json!({ "name": name, "type": kind.word() })).collect()
}
