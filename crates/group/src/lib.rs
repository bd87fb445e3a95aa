//! A group of microgrids with electric vehicles under time-of-use prices, in two layers of planning
//! ("P4" in the code).
//!
//! Pure functions over plain values: no files, no clock, no agents. Randomness comes in as a source
//! of uniform numbers in (0, 1). Curves of several areas are one slice, area after area, one value
//! a period.
//!
//! | noun | what it is |
//! |---|---|
//! | [`Horizon`], [`Cell`] | the periods of a day, cyclic or open; the part of a period that a stay covers |
//! | [`Microgrid`], [`PvPlant`], [`WindPlant`] | load, PV (eq. 1), wind (eq. 2), exchange limit and power balance (eq. 14-17) |
//! | [`Stay`], [`GroupEv`], [`participants`] | declared stays, the drawn fleet (eq. 3-7), who takes part (eq. 8) |
//! | [`unordered_kw`] | charging on arrival at full power |
//! | [`AffinePrice`], [`PriceForm`], [`PriceParams`], [`Prices`] | tariff and load make the price (eq. 9-10) |
//! | [`Loads`], [`Schedule`], [`Filling`] | stays over a horizon, their set points, and the exact placement at least cost |
//! | [`load_variance`], [`peak_valley_kw`] | what a day is judged by (eq. 11-12) |
//! | [`DayView`], [`plan_day`], [`DayPlan`] | forecasts and declared stays in, set points out |
//! | [`UpperParams`], [`Front`], [`exact_front`], [`nsga2_front`] | the upper layer: load variance against cost |
//! | [`LowerParams`], [`Sharing`], [`share_exactly`], [`share_by_swarm`] | the lower layer: a profile shared among EVs (eq. 18-20) |
//! | [`GroupParams`] | a group as a whole; the published case |

mod error;
mod figures;
mod filling;
mod fleet;
mod horizon;
mod loads;
mod lower;
mod microgrid;
mod params;
mod plan_day;
mod plants;
mod price;
mod stay;
#[cfg(test)]
mod tests;
mod unordered;
mod upper;

pub use error::GroupError;
pub use figures::{load_variance, network_kw, peak_valley_kw};
pub use filling::{Filling, Stop};
pub use fleet::{
    GroupEv, HIGHEST_SOC, NUMBERS_PER_EV, draw_fleet, most_eager, participants, stays_of,
};
pub use horizon::{Cell, Ends, Horizon};
pub use loads::{Loads, Schedule};
pub use lower::{LowerParams, LowerSolver, Sharing, share_by_swarm, share_exactly, share_profile};
pub use microgrid::{Balance, COMMERCIAL_KW, Microgrid, OFFICE_KW, RESIDENTIAL_KW, Weather};
pub use params::GroupParams;
pub use plan_day::{DayPlan, plan_day};
pub use plants::{PvPlant, WindPlant};
pub use price::{AffinePrice, PriceForm, PriceParams, Prices, TariffPrice, group_tou};
pub use stay::Stay;
pub use unordered::unordered_kw;
pub use upper::{
    DayView, Front, Nsga2Layer, Solution, UpperParams, UpperSolver, exact_front, nsga2_front,
};
