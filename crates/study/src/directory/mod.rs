//! What a study directory holds besides the joined tables: runs, contrasts, estimates,
//! sensitivities and descriptions.

mod contrasts_table;
mod crate_metadata;
mod descriptions;
mod estimates_table;
mod futures_tables;
mod odd;
mod persons_table;
mod ratios_table;
mod runs_table;
mod sensitivity_table;
mod wide_table;

pub(crate) use contrasts_table::write_contrasts;
pub(crate) use descriptions::write_descriptions;
pub(crate) use estimates_table::write_estimates;
pub(crate) use futures_tables::{write_flips, write_regret};
pub(crate) use persons_table::PersonsTable;
pub(crate) use ratios_table::write_ratios;
pub(crate) use runs_table::write_runs;
pub(crate) use sensitivity_table::write_sensitivity;
pub(crate) use wide_table::write_wide;

use crate::analysis::Figure;
use crate::{Plan, StudyError};
use domain::{Names, Scope};
use record::{ColumnSpec, OwnTable, Value};

/// An empty table of a study.
pub(crate) fn own_table(
    plan: &Plan,
    name: &str,
    row_doc: &str,
    columns: Vec<ColumnSpec>,
    sorted_by: &[&str],
) -> Result<OwnTable, StudyError> {
    Ok(OwnTable::new(name, row_doc, columns, sorted_by, &plan.provenance(Names::default()))?)
}

/// The name of the segment that a figure is about; null for the run.
fn segment_of<'a>(plan: &'a Plan, figure: &Figure) -> Value<'a> {
    let segments = &plan.base.scenario.fleet.spec.segments;
    let named = segments.get(figure.scope_id as usize).filter(|_| figure.scope == Scope::Segment);
    named.map_or(Value::Null, |segment| Value::Text(&segment.name))
}
