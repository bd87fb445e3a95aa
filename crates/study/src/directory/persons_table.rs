//! `persons.parquet`: what became of each person in each run.

use super::own_table;
use crate::fork::FIGURES;
use crate::persons::PersonRow;
use crate::{Plan, StudyError};
use domain::Names;
use record::{ColumnSpec, Kind, OwnTable, TableFile, Value};
use std::path::Path;

/// The table of persons while it grows.
pub(crate) struct PersonsTable<'p> {
    plan: &'p Plan,
    names: Names,
    table: OwnTable,
}

impl<'p> PersonsTable<'p> {
    /// An empty table; `names` is what segments and classes are called.
    pub fn new(plan: &'p Plan, names: Names) -> Result<Self, StudyError> {
        let whole = |name: &'static str, kind: Kind, doc: &'static str| {
            ColumnSpec::new(name, kind, "", doc).required()
        };
        let mut columns = vec![
            whole("run_id", Kind::Int64, "Run."),
            whole("point_id", Kind::Int32, "Point of the design."),
            whole("replication", Kind::Int32, "Replication of the point."),
            whole("ev_id", Kind::Int32, "The person's EV."),
            ColumnSpec::new("segment", Kind::Text, "", "Its segment of the fleet."),
            ColumnSpec::new("vehicle_class", Kind::Text, "", "Its class of vehicles."),
            ColumnSpec::new(
                "need_kwh",
                Kind::Float64,
                "kWh",
                "What was missing to its targets when it arrived.",
            )
            .required(),
        ];
        columns.extend(FIGURES.iter().map(|(name, unit, doc)| {
            let kind = if unit.is_empty() { Kind::Int32 } else { Kind::Float64 };
            ColumnSpec::new(*name, kind, *unit, *doc).required()
        }));
        let doc = "person and run: what became of the person during the record";
        let table = own_table(plan, "persons", doc, columns, &["run_id", "ev_id"])?;
        Ok(Self { plan, names, table })
    }

    /// Adds the persons of a run, in the order of runs.
    pub fn add(&mut self, run: u64, persons: &[PersonRow]) -> Result<(), StudyError> {
        let (point, replication) = (self.plan.point_of(run).id, self.plan.replication_of(run));
        for p in persons {
            let segment = word(&self.names.segments, p.segment);
            let class = word(&self.names.vehicle_classes, p.vehicle_class);
            let mut row = vec![
                Value::Int(run as i64),
                Value::Int(i64::from(point)),
                Value::Int(i64::from(replication)),
                Value::Int(i64::from(p.ev)),
                segment.map_or(Value::Null, Value::Text),
                class.map_or(Value::Null, Value::Text),
                Value::Real(p.need_kwh),
            ];
            row.extend(FIGURES.iter().zip(p.figures).map(|((_, unit, _), x)| {
                if unit.is_empty() { Value::Int(x as i64) } else { Value::Real(x) }
            }));
            self.table.push(&row)?;
        }
        Ok(())
    }

    /// Writes it.
    pub fn write(self, directory: &Path) -> Result<TableFile, StudyError> {
        Ok(self.table.write(&directory.join(record::names::PERSONS))?)
    }
}

/// The name with a number, if there is one.
fn word(list: &[String], number: u16) -> Option<&str> {
    list.get(usize::from(number)).map(String::as_str)
}
