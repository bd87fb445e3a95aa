//! The nouns of gridflock. No I/O, no randomness, no clock, no other crate.
//!
//! - [`time`]: simulated instants, spans, the settlement-period grid.
//! - [`units`]: power, energy, money, price; one line per conversion rule.
//! - [`ids`]: who and what, as small integers.

pub mod ids;
pub mod time;
pub mod units;

pub use ids::*;
pub use time::{PeriodGrid, Phase, Span, Time};
pub use units::*;
