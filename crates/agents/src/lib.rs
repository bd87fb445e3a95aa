//! Who decides when. Each agent is a synchronous state machine: a handler takes a message and fills
//! an [`Outbox`] with messages, letters, facts and rows; it is tested by comparing the outbox,
//! without a clock.
//!
//! - [`Ev`]: a user and a vehicle. - [`Aggregator`]: piles, bookings, walk-ins, tickets of a zone.
//! - [`Generation`]: a zone's plant. - [`Pricing`]: a price area.
//! - [`Zone`]: an aggregator with its users and its plant, the unit that runs on one thread.
//! - [`Dso`]: dispatch, targets, trades of a feeder; [`FeederCase`] is what is known of it.
//! - [`Coordinator`]: the day's plan of a group of microgrids; [`MicrogridCase`] is what is known
//!   of it.
//! - [`Message`], [`Letter`]: what they say inside a zone, and between zones.
//! - [`Input`]: what a partner outside puts in the place of the scenario's values; [`Outside`] is what
//!   a partition knows of it.
//! - [`Policy`]: the rules in force, as one agent knows them.
//! - [`Policies`]: policies of whoever uses the library; [`PolicySet`] are those of a run.
//! - [`Environment`]: what never changes during a run.

pub mod aggregator;
mod digest;
pub mod dso;
pub mod environment;
pub mod ev;
mod expected_count;
pub mod generation;
pub mod message;
pub mod meter;
pub mod microgrids;
mod nowcast;
pub mod outbox;
pub mod outside;
pub mod policies;
pub mod policy;
pub mod pricing;
pub mod slab;
#[cfg(test)]
mod tests;
mod trade;
pub mod users;
pub mod zone;
mod zone_guests;
mod zone_inputs;
mod zone_messages;
mod zone_periods;
mod zone_policy;

pub use aggregator::{Aggregator, Broken};
pub use dso::Dso;
pub use dso::case::{BusLoads, BusPlant, DsoConduct, FeederCase, StayOutlook};
pub use dso::reading::{BusReading, FeederReading};
pub use environment::{
    DayTariff, Environment, ForecastError, GridPrice, Log, ModelCase, Purpose, RecordedStay,
    ScheduleSpec, Series, ZoneSeries, stable_id, stream,
};
pub use ev::Ev;
pub use generation::Generation;
pub use message::{CentreTimer, Ended, Letter, Message, Publication, ZoneEvent, ZoneReport};
pub use meter::{Meter, Snapshot};
pub use microgrids::travel::{DayPlace, Visit};
pub use microgrids::{Coordinator, MicrogridCase, OthersKnown};
pub use nowcast::{ExpectedError, Nowcast};
pub use outbox::{Outbox, Sent, sender};
pub use outside::{Input, Notice, Outside};
pub use policies::{Holder, PenaltyView, Policies, PolicySet};
pub use policy::Policy;
pub use pricing::{FleetBelief, Pricing};
pub use zone::Zone;
