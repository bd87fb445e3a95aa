//! The published study: fleets without EVs, with unordered charging, and with rising participation
//! (P4 section 3, Tables 2 and 3).
//!
//! [`study_fleet`] plans one drawn fleet in all cases; fleets are independent, so a caller may run
//! them side by side. [`summarise`] puts them beside the published figures; [`probe`] compares the
//! paper's methods with the exact ones on one fleet. [`study`] does all of it.

mod fleet_outcome;
mod probe;
mod report;
mod statistics;

pub use fleet_outcome::{CaseFigures, FleetOutcome, study_fleet};
pub use probe::{LowerProbe, MethodProbe, UpperProbe, probe};
pub use report::{CASE_NAMES, Figure, GroupStudy, OrderCheck, StudyPlan, study, summarise};
pub use statistics::Estimate;
