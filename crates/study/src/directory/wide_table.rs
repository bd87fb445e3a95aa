//! `wide.parquet`: a row per run with its factors and figures beside each other, as R, pandas and
//! spreadsheets like them.

use super::own_table;
use super::runs_table::{cell, kind};
use crate::analysis::Figures;
use crate::{Plan, StudyError};
use domain::Scope;
use record::{ColumnSpec, Kind, TableFile, Value};
use std::path::Path;

/// Writes the runs in wide form.
pub(crate) fn write_wide(
    plan: &Plan,
    directory: &Path,
    figures: &Figures,
    runs: u64,
) -> Result<TableFile, StudyError> {
    let whole = |name: &'static str, doc: &'static str| {
        ColumnSpec::new(name, Kind::Int64, "", doc).required()
    };
    let factors = &plan.study.factors;
    let mut columns = vec![
        whole("run_id", "Run."),
        whole("point_id", "Point of the design."),
        whole("replication", "Replication of the point."),
        ColumnSpec::new("day_drawn", Kind::Int32, "d", "First recorded day, if days are drawn."),
    ];
    let kinds: Vec<Kind> = factors.iter().map(|f| kind(f, plan)).collect();
    columns.extend(factors.iter().zip(&kinds).map(|(f, kind)| {
        ColumnSpec::new(f.name.clone(), *kind, "", "Value of the factor.").required()
    }));
    let of_run: Vec<_> = figures
        .iter()
        .filter(|(f, _)| f.scope == Scope::Run && !factors.iter().any(|x| x.name == f.name))
        .collect();
    columns.extend(of_run.iter().map(|(f, _)| {
        ColumnSpec::new(f.name.clone(), Kind::Float64, f.unit.clone(), "Indicator of the run.")
    }));
    let mut table = own_table(plan, "wide", "run", columns, &["run_id"])?;
    for run in 0..runs {
        let point = plan.point_of(run);
        let texts: Vec<String> = point.settings.iter().map(ToString::to_string).collect();
        let mut row = vec![
            Value::Int(run as i64),
            Value::Int(i64::from(point.id)),
            Value::Int(i64::from(plan.replication_of(run))),
            plan.day_drawn(run).map_or(Value::Null, |day| Value::Int(i64::from(day))),
        ];
        row.extend(
            point
                .settings
                .iter()
                .zip(&texts)
                .zip(&kinds)
                .map(|((x, text), kind)| cell(*kind, x, text)),
        );
        row.extend(of_run.iter().map(|(_, values)| Value::Real(values[run as usize])));
        table.push(&row)?;
    }
    Ok(table.write(&directory.join(record::names::WIDE))?)
}
