//! What a study asks of whoever runs it: one run, from a job to its result.

use crate::PersonRow;
use clock::Seeds;
use domain::{IndicatorRow, Names, Rows};

/// One run of a study.
#[derive(Clone, Copy)]
pub struct Job<'p> {
    /// Number of the run.
    pub run_id: u64,
    /// Point of the design.
    pub point_id: u32,
    /// Replication of the point.
    pub replication: u32,
    /// Where its block of days begins in the scenario's series, if days are drawn.
    pub position: Option<u32>,
    /// Overrides `key.path=VALUE` of the study's scenario at this point.
    pub sets: &'p [String],
    /// Seeds of the run.
    pub seeds: Seeds,
    /// Asked now and then: whether the run may go on.
    pub goes_on: &'p (dyn Fn() -> bool + Sync),
}

/// What a run leaves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunResult {
    /// Its indicators.
    pub indicators: Vec<IndicatorRow>,
    /// Rows of the tables that the study keeps; empty if it keeps none.
    pub rows: Rows,
    /// What became of each person, if the study keeps it.
    pub persons: Vec<PersonRow>,
}

/// Why a run left nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunFailure {
    /// It failed, and would fail again.
    Failed(String),
    /// It was told to end.
    Aborted,
}

impl From<String> for RunFailure {
    fn from(reason: String) -> Self {
        Self::Failed(reason)
    }
}

/// Runs jobs, from several threads at once. The result must depend on the job alone.
pub trait Runner: Sync {
    /// Runs a job on the calling thread.
    ///
    /// # Errors
    /// Why it failed, or that it was told to end.
    fn run(&self, job: &Job<'_>) -> Result<RunResult, RunFailure>;

    /// What the numbers in the kept rows are called.
    fn names(&self) -> Names {
        Names::default()
    }
}
