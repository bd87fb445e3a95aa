//! Scheduling many energy stores against a curve of power.
//!
//! A *store* is anything with a power, an energy and a deadline; it may give energy back. A
//! [`Problem`] sets many of them against a curve of surplus. Four policies answer it: [`rule`] (one
//! period, causal, microseconds), [`lp`] (the benchmark, whole horizon), [`fast`] (the same
//! programme by its structure) and [`mpc`] (squared tracking error plus ageing).
//!
//! Conventions, everywhere below this module: powers are in kW on the metered side (at the pile),
//! positive when the store takes energy; energies of a store are in kWh inside the battery; `mu_c`
//! and `mu_d` lead from one to the other, battery change = `mu_c * charge * h - discharge * h /
//! mu_d`. Period 0 is the current one.

#[cfg(test)]
mod comparison;
mod conic;
mod corridor;
mod error;
mod plan;
mod problem;
mod reach;
#[cfg(test)]
mod samples;
mod taper;

pub mod fast;
pub mod lp;
pub mod mpc;
pub mod rule;

pub use error::StoresError;
pub use plan::Plan;
pub use problem::{Permits, Problem, Span, Store, THROUGHPUT_WEIGHT};
pub use taper::{Cut, Taper};
