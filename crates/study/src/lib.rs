//! How often: designs, replications under common random numbers, stopping, shards, resume, and the
//! statistics over runs.
//!
//! - [`StudyFile`]: a checked STUDY.toml; [`Base`], [`Replications`] with [`Days`], [`StopRule`], [`StopTarget`],
//!   [`Output`], [`Contrast`], [`Origin`] are its parts; [`study_schema_json`] is its JSON Schema.
//!   [`BuiltinStudy`], [`BUILTIN_STUDIES`]: ready questions.
//! - [`Factor`], [`Levels`], [`FactorOption`], [`Role`], [`Scale`], [`Setting`]; [`Distribution`],
//!   [`Truncated`]: what is varied, and how likely it is.
//! - [`design`]: which points are run.
//! - [`OwnIndicator`]: a figure of the user's own, by SQL; [`PersonRow`]: what became of a person.
//! - [`Plan`], [`Point`]: the list of runs; [`DrawnDays`]: which days each replication sees.
//! - [`Runner`], [`Job`], [`RunResult`], [`RunFailure`]: what is asked of whoever runs a run;
//!   [`SimulationRunner`] and [`run_prepared`] do it on the simulation.
//! - [`execute`] runs a plan into a directory: [`ExecuteOptions`], [`Shard`], [`Progress`],
//!   [`Outcome`], [`RunCount`]; [`reopen`] takes up an interrupted one, [`merge`] joins shards,
//!   [`status`] tells a [`StudyStatus`], [`cost`] a [`Cost`] beforehand.
//! - [`compare`]: two policies side by side: [`CompareRequest`], [`Until`], [`Comparison`],
//!   [`plan_runs`], [`RunsNeeded`].
//! - [`fork`]: one day, several futures: a [`ForkRequest`] of [`Arm`]s becomes [`Forked`] with an
//!   [`PersonOutcome`] of every person and an [`Effect`] of every figure of [`FORK_FIGURES`];
//!   [`IDENTIFIED`] says what they mean.
//! - [`Calibration`] with its [`CalibrationTarget`]s, [`Optimisation`]: what is looked for.
//! - [`Margin`], [`MarginKind`]: differences that do not matter; [`Inference`] of a [`Family`] of
//!   tests, [`MarginTest`], [`is_other_reading`].
//! - [`ContrastRow`] of a [`ContrastPair`], [`Figure`], [`Figures`], [`contrast_rows`]: differences
//!   between points or treatment arms; [`Estimate`] with its [`QUANTILES`] and worse [`Tail`],
//!   [`overview`]: what replications say; [`SensitivityRow`]: Sobol', Morris, rank correlations;
//!   [`RegretRow`], [`FlipRow`]: policies over futures; [`RatioRow`]: a [`Ratio`] of a [`RatioKind`]
//!   with its interval; [`OppositeDays`]: drawn days that say the opposite.
//! - [`stats`]: statistics as plain functions; [`search`]: searches over runs, of which
//!   [`calibrate`] gives a [`Calibrated`] and [`optimise_levers`] an [`Optimised`] study.
//! - [`settling`]: from which day on the primary outcome has settled, a [`Settling`] a point.
//! - [`StudyError`], [`ErrorClass`]: what can go wrong.

mod analysis;
mod builtin;
mod compare;
mod days;
pub mod design;
mod directory;
mod distribution;
mod error;
mod estimate;
mod execute;
mod factor;
mod file;
mod fork;
mod own_indicator;
mod persons;
mod plan;
mod runner;
pub mod search;
mod searching;
mod setting;
mod shard;
mod simulation_runner;
pub mod stats;
mod warmup;

#[cfg(test)]
mod tests;

/// Version of the results: part of every plan's hash.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

pub use analysis::{
    ContrastPair, ContrastRow, Estimate, Family, Figure, Figures, FlipRow, Inference, MarginTest,
    OppositeDays, QUANTILES, RatioRow, RegretRow, SensitivityRow, Tail, contrast_rows,
    is_other_reading, overview,
};
pub use builtin::{BUILTIN_STUDIES, BuiltinStudy};
pub use compare::{CompareRequest, Comparison, RunsNeeded, Until, compare, plan_runs};
pub use days::DrawnDays;
pub use distribution::{Distribution, Truncated};
pub use error::{ErrorClass, StudyError};
pub use estimate::{Cost, cost};
pub use execute::{
    ExecuteOptions, Outcome, Progress, RunCount, StudyStatus, execute, is_of, merge, reopen, status,
};
pub use factor::{Factor, FactorOption, Levels, Role, Scale};
pub use file::{
    Base, Calibration, CalibrationTarget, Contrast, Days, Margin, MarginKind, Optimisation, Origin,
    Output, Ratio, RatioKind, Replications, StopRule, StopTarget, StudyFile, study_schema_json,
};
pub use fork::{
    Arm, Effect, FIGURES as FORK_FIGURES, ForkRequest, Forked, IDENTIFIED,
    Outcome as PersonOutcome, fork,
};
pub use own_indicator::OwnIndicator;
pub use persons::PersonRow;
pub use plan::{Plan, Point};
pub use runner::{Job, RunFailure, RunResult, Runner};
pub use searching::{Calibrated, Optimised, calibrate, optimise_levers};
pub use setting::Setting;
pub use shard::Shard;
pub use simulation_runner::{SimulationRunner, run_prepared};
pub use warmup::{Settling, settling};
