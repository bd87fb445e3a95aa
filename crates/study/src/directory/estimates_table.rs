//! `estimates.parquet`: mean, spread, interval and quantiles of every indicator at every point.

use super::{own_table, segment_of};
use crate::analysis::{Estimate, Figures, QUANTILES, estimates};
use crate::{Plan, StudyError};
use domain::Scope;
use record::{ColumnSpec, Kind, TableFile, Value};
use std::path::Path;

/// The columns of `estimates.parquet`.
pub(crate) fn columns() -> Vec<ColumnSpec> {
    let real =
        |name: &'static str, doc: &'static str| ColumnSpec::new(name, Kind::Float64, "", doc);
    let text = |name: &'static str, doc: &'static str| {
        ColumnSpec::new(name, Kind::Text, "", doc).required()
    };
    let mut columns = vec![
        ColumnSpec::new(
            "point_id",
            Kind::Int32,
            "",
            "Point of the design; null for all points of a sampled design together.",
        ),
        text("name", "Indicator."),
        text("unit", "Its unit."),
        text("scope", "run or segment."),
        ColumnSpec::new(
            "scope_id",
            Kind::Int32,
            "",
            "Number of the segment from 0; null for the run.",
        ),
        ColumnSpec::new("segment", Kind::Text, "", "Name of the segment; null for the run."),
        ColumnSpec::new("n", Kind::Int64, "", "Runs in which the indicator has a value.")
            .required(),
        real("mean", "Mean over runs, in `unit`."),
        real("sd", "Standard deviation over runs (n - 1), in `unit`."),
        real(
            "ci_low",
            "Lower end of the confidence interval of the mean, in `unit`; null if there is none.",
        ),
        real(
            "ci_high",
            "Upper end of the confidence interval of the mean, in `unit`; null if there is none.",
        ),
        ColumnSpec::new("confidence", Kind::Float64, "1", "Confidence level."),
        text(
            "interval",
            "How the interval was made: t, bootstrap (skewed values), none (fewer than two values, a rare event, or fewer than ten randomisations of a sampled design).",
        ),
    ];
    columns
        .extend(QUANTILES.map(|(name, _)| real(name, "Quantile over runs (type 7), in `unit`.")));
    for (low, high) in [("p05_low", "p05_high"), ("p50_low", "p50_high"), ("p95_low", "p95_high")] {
        columns.push(real(low, "Lower end of the quantile's interval (order statistics), in `unit`; null where the sample is too small."));
        columns.push(real(high, "Upper end of it."));
    }
    columns.push(real("cvar", "Mean of the worst 1 - `tail` share of the runs, in `unit`: of the smallest where more is better, else of the largest."));
    columns.push(real(
        "cvar_low",
        "Lower end of its bootstrap interval; null where the tail holds fewer than five runs.",
    ));
    columns.push(real("cvar_high", "Upper end of it."));
    columns.push(text("cvar_tail", "lower or upper."));
    columns.push(ColumnSpec::new("tail", Kind::Float64, "1", "Level of `cvar`."));
    columns
}

/// Writes the estimates.
pub(crate) fn write_estimates(
    plan: &Plan,
    directory: &Path,
    figures: &Figures,
    replications: u32,
) -> Result<TableFile, StudyError> {
    let mut table = own_table(plan, "estimates", "point and indicator", columns(), &[])?;
    for e in estimates(plan, figures, replications) {
        let Estimate { point, figure, summary, .. } = &e;
        let mut row = vec![
            point.map_or(Value::Null, |p| Value::Int(i64::from(p))),
            Value::Text(&figure.name),
            Value::Text(&figure.unit),
            Value::Text(figure.scope.word()),
            if figure.scope == Scope::Segment {
                Value::Int(i64::from(figure.scope_id))
            } else {
                Value::Null
            },
            segment_of(plan, figure),
            Value::Int(summary.n as i64),
            Value::Real(summary.mean),
            Value::Real(summary.sd),
            Value::Real(summary.ci_low),
            Value::Real(summary.ci_high),
            Value::Real(plan.study.output.confidence),
            Value::Text(summary.interval.word()),
        ];
        row.extend(e.quantiles.map(Value::Real));
        row.extend(e.quantile_intervals.as_flattened().iter().map(|x| Value::Real(*x)));
        row.push(Value::Real(e.cvar));
        row.extend(e.cvar_interval.map(Value::Real));
        row.extend([Value::Text(e.tail.word()), Value::Real(plan.study.output.tail)]);
        table.push(&row)?;
    }
    Ok(table.write(&directory.join(record::names::ESTIMATES))?)
}
