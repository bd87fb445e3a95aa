//! One EV in two areas over a day (our option; the published figures fit without it): by night it
//! parks in its home zone, by day in another one.
//!
//! The EV stays in the partition of its home zone; where it is, is a field of its plan. The zone
//! where it parks by day has it as a guest: its aggregator plugs it in, schedules it like any other
//! and counts its energy; what it owes is paid at home when it has left. Everything between the two
//! zones is a letter, so a guest is plugged in and unplugged `floor` after it comes and leaves.

use super::Announced;
use crate::aggregator::Declared;
use crate::environment::Environment;
use crate::message::Letter;
use crate::outbox::Outbox;
use domain::{EvId, MicroCny, StayId, ZoneId};
use serde::{Deserialize, Serialize};

/// Where an EV that travels parks by day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayPlace {
    /// The zone.
    pub zone: ZoneId,
    /// The segment like whose people it comes and goes there.
    pub segment: u16,
}

/// What a home zone and the zone of a guest write to each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum GuestLetter {
    /// Home to host: it will come.
    Announced(ZoneId, Announced),
    /// Home to host: it is there.
    Arrived(ZoneId, Declared),
    /// Home to host: it leaves.
    Leaves(EvId),
    /// Host to home: it is unplugged.
    Left(Visit),
}

/// What a visit has come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Visit {
    /// Place of the EV in its home zone.
    pub home_place: u32,
    /// Its stay.
    pub stay: StayId,
    /// Energy in the battery \[kWh\].
    pub energy_kwh: f64,
    /// Charged \[kWh at the pile\].
    pub charged_kwh: f64,
    /// Discharged \[kWh at the pile\].
    pub discharged_kwh: f64,
    /// Time in the queue for a pile \[min\].
    pub waited_min: f64,
    /// What it owes.
    pub bill: MicroCny,
}

/// A guest of a zone.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Guest {
    /// The vehicle.
    pub ev: EvId,
    /// Its home zone.
    pub home: ZoneId,
    /// The visit at hand, or the last one.
    pub visit: Visit,
}

impl GuestLetter {
    /// Writes it to a zone.
    pub fn write(self, to: ZoneId, env: &Environment, out: &mut Outbox) {
        out.write(out.now + env.latency.floor, to, Letter::Guest(Box::new(self)));
    }
}
