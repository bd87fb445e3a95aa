//! `ratios.parquet`: ratios and odds ratios of policies, beside what a source says.

use super::own_table;
use crate::analysis::RatioRow;
use crate::{Plan, StudyError};
use record::{ColumnSpec, Kind, TableFile, Value};
use std::path::Path;

fn text(name: &'static str, doc: &'static str) -> ColumnSpec {
    ColumnSpec::new(name, Kind::Text, "", doc).required()
}

fn real(name: &'static str, doc: &'static str) -> ColumnSpec {
    ColumnSpec::new(name, Kind::Float64, "1", doc)
}

/// Writes the ratios.
pub(crate) fn write_ratios(
    plan: &Plan,
    directory: &Path,
    rows: &[RatioRow],
) -> Result<TableFile, StudyError> {
    let columns = vec![
        text("name", "What the study calls it."),
        text("kind", "ratio, or odds for an odds ratio."),
        ColumnSpec::new("point_a", Kind::Int32, "", "Point that is divided by.").required(),
        ColumnSpec::new("point_b", Kind::Int32, "", "Point that is divided.").required(),
        text("label_a", "What a is."),
        text("label_b", "What b is."),
        ColumnSpec::new("n", Kind::Int64, "", "Replications in which all figures exist.")
            .required(),
        ColumnSpec::new("a", Kind::Float64, "", "The figure of a."),
        ColumnSpec::new("b", Kind::Float64, "", "The figure of b."),
        real("ratio", "The ratio of b to a."),
        real("ci_low", "Lower end of its interval (t on the logarithm); null if there is none."),
        real("ci_high", "Upper end of it."),
        real("confidence", "Confidence level."),
        real("within_low", "What is expected, at the least."),
        real("within_high", "What is expected, at most."),
        text("source", "Where that is from."),
    ];
    let mut table = own_table(plan, "ratios", "ratio and pair of points", columns, &[])?;
    for r in rows {
        let [low, high] = r.asked.within.unwrap_or([f64::NAN; 2]);
        table.push(&[
            Value::Text(&r.asked.name),
            Value::Text(r.asked.kind.word()),
            Value::Int(i64::from(r.pair.point_a)),
            Value::Int(i64::from(r.pair.point_b)),
            Value::Text(&r.pair.label_a),
            Value::Text(&r.pair.label_b),
            Value::Int(r.n as i64),
            Value::Real(r.a),
            Value::Real(r.b),
            Value::Real(r.ratio),
            Value::Real(r.ci_low),
            Value::Real(r.ci_high),
            Value::Real(plan.study.output.confidence),
            Value::Real(low),
            Value::Real(high),
            Value::Text(&r.asked.source),
        ])?;
    }
    Ok(table.write(&directory.join(record::names::RATIOS))?)
}
