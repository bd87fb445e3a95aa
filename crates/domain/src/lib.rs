//! The nouns of gridflock. No I/O, no randomness, no clock, no other crate.
//!
//! - [`time`]: simulated instants, spans, phases of an instant, the settlement-period grid.
//! - [`units`]: power, energy, money, price; one line per conversion rule.
//! - [`ids`]: who and what, as small integers.
//! - [`vehicle`]: a vehicle and its battery's limits.
//! - [`battery`]: what a battery does with a period of power: SOC, taper, temperature, ageing.
//! - [`tariff`]: prices by hour of the day.
//! - [`plant`]: what a zone owns besides piles: battery, turbine, diesel, wind, PV.
//! - [`fact`]: what happened, written once.
//! - [`rows`]: one row type per table, and the batch in which they travel.

pub mod battery;
pub mod fact;
pub mod ids;
mod latency;
mod nearest;
mod outage;
pub mod plant;
pub mod rows;
pub mod tariff;
pub mod time;
pub mod units;
pub mod vehicle;

pub use battery::{Ageing, CalendarAgeing, CycleAgeing, Taper, TemperatureLimit};
pub use fact::{Actor, Detail, Direction, Fact, FactKind};
pub use ids::*;
pub use latency::{Latency, Link};
pub use outage::PileOutage;
pub use plant::{GasTurbine, PlantPolicy, PlantSpec, StationaryBattery};
pub use rows::*;
pub use tariff::Tariff;
pub use time::{PeriodGrid, Phase, Span, Time};
pub use units::*;
pub use vehicle::Vehicle;
