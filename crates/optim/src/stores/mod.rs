//! Scheduling many energy stores against a curve of power.
//!
//! A *store* is anything with a power, an energy and a deadline. Two families of problems live
//! here:
//!
//! * [`Problem`]: stores that may give energy back follow a surplus curve. Four policies answer it:
//!   [`rule`] (one period, causal, microseconds), [`lp`] (the benchmark, whole horizon), [`fast`]
//!   (the same programme by its structure) and [`mpc`] (squared tracking error plus ageing).
//! * [`valley`]: deferrable loads that only take energy fill the valleys of a base curve, and
//!   [`allocation`] shares a given profile of power among them.
//!
//! Conventions, everywhere below this module: powers are in kW on the metered side (at the pile),
//! positive when the store takes energy; energies of a store are in kWh inside the battery; `mu_c`
//! and `mu_d` lead from one to the other, battery change = `mu_c * charge * h - discharge * h /
//! mu_d`. Period 0 is the current one.

mod conic;
mod corridor;
mod error;
mod plan;
mod problem;
mod reach;
#[cfg(test)]
mod samples;
mod taper;

pub mod allocation;
pub mod fast;
pub mod lp;
pub mod mpc;
pub mod rule;
pub mod valley;

pub use error::StoresError;
pub use plan::Plan;
pub use problem::{Problem, Span, Store};
pub use taper::{Cut, Taper};
