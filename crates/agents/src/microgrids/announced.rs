//! What an EV tells its aggregator of a stay to come.

use crate::environment::Environment;
use domain::{StayId, Time};
use group::{Horizon, Stay};
use serde::{Deserialize, Serialize};

/// A stay as announced.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Announced {
    /// Place of the EV in the zone.
    pub place: u32,
    /// Its number in the tables.
    pub id: StayId,
    /// Whether it will follow set points.
    pub participates: bool,
    /// When it means to come.
    pub arrival: Time,
    /// When it means to leave.
    pub departure: Time,
    /// The rest, with hours that count from the arrival.
    pub stay: Stay,
}

impl Announced {
    /// The stay in an area, with hours that count from `midnight`.
    pub fn stay_from(&self, midnight: Time, area: usize) -> Stay {
        let hours = |t: Time| (t - midnight).hours().value();
        Stay {
            area,
            arrival_h: hours(self.arrival),
            departure_h: hours(self.departure),
            ..self.stay
        }
    }
}

/// The periods of a plan made in period `from`: the rest of its day and the next one. Hours count
/// from the day's midnight.
pub fn plan_horizon(from: i64, env: &Environment) -> Horizon {
    let begin = env.grid.start(from);
    let periods = 2 * env.grid.per_day - env.grid.of_day(from) as i64;
    Horizon::open(begin.hour_of_day(), periods as usize, env.grid.hours().value())
}

/// The midnight that begins a period's day.
pub fn midnight_of(from: i64, env: &Environment) -> Time {
    Time::midnight(env.grid.start(from).day())
}
