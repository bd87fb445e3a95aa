//! Texts beside the tables: the study, the resolved scenario, the ODD description, the RO-Crate
//! metadata.

use super::{crate_metadata, odd};
use crate::{Plan, StudyError};
use record::{TableFile, names, write_atomically};
use scenario::resolved_toml;
use std::path::Path;

/// Writes the descriptions of a complete study.
pub(crate) fn write_descriptions(
    plan: &Plan,
    directory: &Path,
    tables: &[TableFile],
    replications: u32,
    begun: &str,
) -> Result<(), StudyError> {
    let write = |name: &str, text: &str| write_atomically(&directory.join(name), text.as_bytes());
    write(names::STUDY, &plan.study.origin.text)?;
    write(names::RESOLVED, &resolved_toml(&plan.base))?;
    write(names::ODD, &odd::odd(plan))?;
    let mut metadata =
        serde_json::to_string_pretty(&crate_metadata::metadata(plan, tables, replications, begun))
            .expect("invariant: texts and numbers only");
    metadata.push('\n');
    write(names::RO_CRATE, &metadata)?;
    Ok(())
}
