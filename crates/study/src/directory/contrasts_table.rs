//! `contrasts.parquet`: paired differences with their intervals.

use super::{own_table, segment_of};
use crate::analysis::ContrastRow;
use crate::stats::detectable;
use crate::{Plan, StudyError};
use domain::Scope;
use record::{ColumnSpec, Kind, TableFile, Value};
use std::path::Path;

/// Power of the differences that are said to be detectable.
const POWER: f64 = 0.8;

/// The columns of `contrasts.parquet`.
pub(crate) fn columns() -> Vec<ColumnSpec> {
    let real = |name: &'static str, unit: &'static str, doc: &'static str| {
        ColumnSpec::new(name, Kind::Float64, unit, doc)
    };
    let text = |name: &'static str, doc: &'static str| {
        ColumnSpec::new(name, Kind::Text, "", doc).required()
    };
    vec![
        text("contrast", "The factor, `point`, or the treatment arms."),
        ColumnSpec::new("point_a", Kind::Int32, "", "Point of the design that is compared with.")
            .required(),
        ColumnSpec::new("point_b", Kind::Int32, "", "Point of the design that is compared.")
            .required(),
        text("label_a", "What a is."),
        text("label_b", "What b is."),
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
        ColumnSpec::new(
            "n",
            Kind::Int64,
            "",
            "Pairs in which both values exist; antithetic replications are one pair together.",
        )
        .required(),
        real("mean_a", "", "Mean of a, in `unit`."),
        real("mean_b", "", "Mean of b, in `unit`."),
        real("difference", "", "Mean of b - a, in `unit`."),
        real("sd", "", "Standard deviation of b - a over pairs, in `unit`."),
        real(
            "ci_low",
            "",
            "Lower end of the confidence interval of the difference, in `unit`; null if there is none.",
        ),
        real(
            "ci_high",
            "",
            "Upper end of the confidence interval of the difference, in `unit`; null if there is none.",
        ),
        real("confidence", "1", "Confidence level."),
        text(
            "interval",
            "How the interval was made: t, bootstrap (skewed differences), none (fewer than two pairs, or a rare event).",
        ),
        real(
            "detectable",
            "",
            "Least difference that so many pairs of this spread detect with a power of 80 %, in `unit`.",
        ),
        real("p", "1", "Two-sided p value of no difference (Student's t)."),
        text(
            "family",
            "primary (the declared outcome), secondary (all others that are printed), or empty.",
        ),
        real("p_holm", "1", "`p` adjusted by Holm over the family; null outside of one."),
        real(
            "p_fdr",
            "1",
            "`p` adjusted for the false discovery rate over the family; null outside of one.",
        ),
        text("margin_kind", "equivalence, non_inferiority, or empty."),
        real("margin", "", "Margin of the study for this indicator, in `unit`."),
        real("p_margin", "1", "p value of lying within the margin."),
        real(
            "variance_reduction",
            "1",
            "(var a + var b) / var(b - a): gain of common random numbers; null where nothing varies.",
        ),
    ]
}

/// Writes the contrasts.
pub(crate) fn write_contrasts(
    plan: &Plan,
    directory: &Path,
    rows: &[ContrastRow],
) -> Result<TableFile, StudyError> {
    let mut table =
        own_table(plan, "contrasts", "indicator and pair of points or arms", columns(), &[])?;
    for r in rows {
        let d = &r.difference;
        // Infinity (the same difference in every pair) is no number of the table.
        let reduction =
            if d.variance_reduction.is_finite() { d.variance_reduction } else { f64::NAN };
        table.push(&[
            Value::Text(&r.pair.contrast),
            Value::Int(i64::from(r.pair.point_a)),
            Value::Int(i64::from(r.pair.point_b)),
            Value::Text(&r.pair.label_a),
            Value::Text(&r.pair.label_b),
            Value::Text(&r.figure.name),
            Value::Text(&r.figure.unit),
            Value::Text(r.figure.scope.word()),
            if r.figure.scope == Scope::Segment {
                Value::Int(i64::from(r.figure.scope_id))
            } else {
                Value::Null
            },
            segment_of(plan, &r.figure),
            Value::Int(d.n as i64),
            Value::Real(d.mean_a),
            Value::Real(d.mean_b),
            Value::Real(d.difference),
            Value::Real(d.sd),
            Value::Real(d.ci_low),
            Value::Real(d.ci_high),
            Value::Real(plan.study.output.confidence),
            Value::Text(d.interval.word()),
            Value::Real(detectable(d.sd, d.n, plan.study.output.confidence, POWER)),
            Value::Real(d.p),
            Value::Text(r.inference.family.word()),
            Value::Real(r.inference.p_holm),
            Value::Real(r.inference.p_fdr),
            Value::Text(r.inference.margin.map_or("", |m| m.kind.word())),
            Value::Real(r.inference.margin.map_or(f64::NAN, |m| m.margin)),
            Value::Real(r.inference.margin.map_or(f64::NAN, |m| m.p)),
            Value::Real(reduction),
        ])?;
    }
    Ok(table.write(&directory.join(record::names::CONTRASTS))?)
}
