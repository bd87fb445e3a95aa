//! What it costs: the rules of the reservation market and everything that puts a price on energy.
//!
//! - [`rules`]: parameters of booking, cancellation, reminder, breach, penalty, refund, walk-in and
//!   tickets.
//! - [`breach`]: how late is how bad, and what it costs (P3 section 2 and eq. 2).
//! - [`settlement`]: what becomes of a prepayment (P3 eq. 1).
//! - [`real_price`]: what a period's energy has really cost (P3 eq. 17).
//! - [`pricing`]: reservation, discharge and ticket prices by interval optimisation and a particle
//!   swarm (P3 section 3.1.4).
//! - [`policy`]: which rules may change during a run, and what a change is.
//! - [`clearing`]: trades between neighbouring zones (P0 eq. 11).
//! - [`elastic`]: how parked vehicles answer to time-of-use prices (P0 eq. 24-26).
//! - [`ledger`]: double-entry accounts in micro-CNY.

pub mod breach;
pub mod clearing;
pub mod elastic;
pub mod ledger;
pub mod policy;
pub mod pricing;
pub mod real_price;
pub mod rules;
pub mod settlement;

pub use ledger::{Account, Ledger};
pub use policy::{Acts, Applies, Change, ChangeError, PolicyKey, Reach, Setting, Terms};
pub use rules::*;
