//! `sensitivity.parquet`: Sobol' indices or Morris measures of every indicator.

use super::own_table;
use crate::analysis::SensitivityRow;
use crate::design::Design;
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
        text("measure", "first_order, total, second_order (of Sobol', without unit), mu, mu_star, sigma (of Morris, in `unit`).")
            .required(),
        ColumnSpec::new("value", Kind::Float64, "", "The measure."),
        ColumnSpec::new("half_width", Kind::Float64, "", "Half-width of its bootstrap confidence interval; null where none is made."),
        ColumnSpec::new("n", Kind::Int64, "", "Base rows or trajectories without failed runs.").required(),
    ]
}

/// Writes the measures; nothing unless the design is a Sobol' or Morris one.
pub(crate) fn write_sensitivity(
    plan: &Plan,
    directory: &Path,
    rows: &[SensitivityRow],
) -> Result<Option<TableFile>, StudyError> {
    if !matches!(plan.study.design, Design::Sobol { .. } | Design::Morris { .. }) {
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
