//! What files are called in the directory of a run or study, beside its tables
//! ([`Table::file_name`](crate::Table::file_name)).

use crate::Table;

/// Every value of the scenario in force.
pub const RESOLVED: &str = "scenario.resolved.toml";
/// The whole state of a run under way.
pub const CHECKPOINT: &str = "checkpoint.bin";
/// The folder of what is joined in the end: row groups of a run, blocks of a study.
pub const PARTS: &str = "parts";
/// Which study a directory belongs to.
pub const STUDY_STATE: &str = "study.json";
/// The study as it was run.
pub const STUDY: &str = "study.toml";
/// The description after the ODD protocol.
pub const ODD: &str = "ODD.md";
/// The description after RO-Crate, which prescribes the name.
pub const RO_CRATE: &str = "ro-crate-metadata.json";
/// The runs of a study.
pub const RUNS: &str = "runs.parquet";
/// What each point of a study gave.
pub const ESTIMATES: &str = "estimates.parquet";
/// Differences between points.
pub const CONTRASTS: &str = "contrasts.parquet";
/// What became of each person in each run of a study.
pub const PERSONS: &str = "persons.parquet";
/// Ratios of policies.
pub const RATIOS: &str = "ratios.parquet";
/// What the inputs of a study account for.
pub const SENSITIVITY: &str = "sensitivity.parquet";
/// What policies give away over the futures of a cross design.
pub const REGRET: &str = "regret.parquet";
/// Where rankings of policies flip.
pub const FLIPS: &str = "flips.parquet";
/// Parameters that meet the targets of a calibration.
pub const POSTERIOR: &str = "posterior.parquet";
/// The best values of levers, and what was run to find them.
pub const OPTIMUM: &str = "optimum.parquet";
/// Runs in wide form.
pub const WIDE: &str = "wide.parquet";
/// What a run was given from outside.
pub const INPUTS: &str = "inputs.parquet";
/// What a run that a partner feeds was given so far; there as long as it goes on.
pub const INPUTS_SO_FAR: &str = "inputs.csv";
/// In a directory while a process writes there: names it.
pub const DIRECTORY_LOCK: &str = ".lock";
/// In [`PARTS`]: held by the process that writes there.
pub const LOCK: &str = "lock";
/// In [`PARTS`]: how the names of a study's blocks begin.
pub const BLOCK: &str = "block-";

/// The name of row group `number` of a table of a run.
pub(crate) fn row_group(table: &str, number: usize) -> String {
    format!("{table}.{number:06}.part")
}

/// The name of a table's part from block `number` of a study.
pub(crate) fn block_part(table: Table, number: u64) -> String {
    format!("{}.{number:06}.parquet", table.name())
}

/// Whether a file of [`PARTS`] is one that gridflock makes, the lock excepted.
pub(crate) fn is_part(name: &str) -> bool {
    let of_table = |name: &str| {
        let mut pieces = name.split('.');
        let known = pieces.next().is_some_and(|table| Table::ALL.iter().any(|t| t.name() == table));
        let numbered = pieces
            .next()
            .is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()));
        known
            && numbered
            && matches!(pieces.next(), Some("part" | "parquet"))
            && pieces.next().is_none()
    };
    let name = name.strip_suffix(".tmp").unwrap_or(name);
    name.starts_with(BLOCK) || of_table(name)
}
