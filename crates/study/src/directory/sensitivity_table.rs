//! `sensitivity.parquet`: Sobol' indices or Morris measures of every indicator.

use super::own_table;
use crate::analysis::SensitivityRow;
use crate::{Plan, StudyError};
use record::{ColumnSpec, Kind, TableFile, Value};
use std::path::Path;

/// The columns of `sensitivity.parquet`.
pub(crate) fn columns() -> Vec<ColumnSpec> {
    let text = |name: &'static str, doc: &'static str| ColumnSpec::new(name, Kind::Text, "", doc);
    vec![
        text("name", "Indicator.").required(),
        text("unit", "Its unit.").required(),
        text("factor", "Factor.").required(),
        text("factor_b", "Second factor of a second-order index; null otherwise."),
        text("measure", "first_order, total, second_order (of Sobol', without unit), mu, mu_star, sigma (of Morris, in `unit`), prcc, prcc_p, src, r_squared (of a Latin hypercube: partial rank correlation, its p value, standardised regression coefficient, share of variance explained).")
            .required(),
        ColumnSpec::new("value", Kind::Float64, "", "The measure."),
        ColumnSpec::new("half_width", Kind::Float64, "", "Half-width of its confidence interval (bootstrap; prcc by Fisher, src by least squares); null where none is made."),
        ColumnSpec::new("n", Kind::Int64, "", "Base rows or trajectories without failed runs.").required(),
    ]
}

/// Writes the measures; nothing where there are none.
pub(crate) fn write_sensitivity(
    plan: &Plan,
    directory: &Path,
    rows: &[SensitivityRow],
) -> Result<Option<TableFile>, StudyError> {
    if rows.is_empty() {
        return Ok(None);
    }
    let mut table =
        own_table(plan, "sensitivity", "indicator, factor and measure", columns(), &[])?;
    for r in rows {
        table.push(&[
            Value::Text(&r.figure.name),
            Value::Text(&r.figure.unit),
            Value::Text(&r.factor),
            r.factor_b.as_deref().map_or(Value::Null, Value::Text),
            Value::Text(r.measure),
            Value::Real(r.value),
            Value::Real(r.half_width),
            Value::Int(r.n as i64),
        ])?;
    }
    Ok(Some(table.write(&directory.join(record::names::SENSITIVITY))?))
}
