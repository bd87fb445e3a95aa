//! Dispatch of a storage and a switchable unit against a residual demand, by dynamic programming
//! over a horizon (P3 section 3.2.2, eq. 23-26).
//!
//! Each period a residual power (demand after free production; negative = surplus) is met by the
//! storage, the unit and import; what is left over is curtailed. The state is (storage level, unit
//! on or off, periods in that mode, capped at the minimum on or off time); the action is (change of
//! level, unit on or off). For a given action the unit's power is the cheapest of the breakpoints
//! of a piecewise linear cost, so it need not be discretised.
//!
//! Cost of one period (eq. 23), the sum of, with `dt` in hours:
//!
//! | part | cost |
//! |---|---|
//! | unit | `dt` x unit price x unit power, and a cost per start |
//! | import | `dt` x import price x import |
//! | storage wear | `dt` x (charge price x charging + discharge price x discharging) |
//! | what is left | `dt` x (curtailment price x curtailed + shortage price x unserved) |
//!
//! The horizon ends with a value per stored kWh; a level may be pinned at the end of any period
//! (the day must end with the charge that it began with). Equal costs are settled by the priority
//! of eq. 26 ([`Priority`]).
//!
//! Powers are in kW at the connection, energies in kWh inside the storage, prices per kWh, in any
//! one currency.

mod dispatch;
mod period;
mod priority;
mod problem;

pub use dispatch::{Outcome, Plan, Step, dispatch};
pub use priority::{Priority, Source, dispatch_by_priority, merit_order};
pub use problem::{Horizon, PinnedLevel, PlantError, State, Storage, Unit};

#[cfg(test)]
mod tests;
