//! How one run is put together: scenario -> world -> windows of time -> rows.
//!
//! - [`Prepared`]: a scenario with its data read, ready to make worlds.
//! - [`Simulation`]: one run, driven by hand or to its end: the only run loop there is.
//! - [`Recording`], [`Finished`]: what is kept of it, and what is left at the end.
//! - [`Input`], [`Output`]: what a partner outside gives to a zone and reads off it; [`FeederReading`]:
//!   what it reads off a feeder; [`InputRow`]: a row of table `inputs`.
//! - [`Change`]: a policy that changes during a run; [`Applies`] says to which bookings.
//! - [`SimulationError`]: why it does not do what it is asked for.
//! - [`Part`], [`Carrier`]: one of several processes that hold the zones of one run between them.
//! - [`World`]: all partitions, to look at.
//! - [`FeederCase`]: what is known of a distribution feeder.
//! - [`Shared`]: what never changes during a run.

mod assemble;
mod belief;
mod cell;
mod centre;
mod error;
mod feeder;
mod forecasts;
mod group_case;
#[cfg(test)]
mod ids_tests;
mod inputs;
mod merge;
mod needs;
mod outputs;
mod parts;
#[cfg(test)]
mod parts_tests;
mod people;
#[cfg(test)]
mod people_tests;
mod recording;
mod replay;
mod simulation;
mod world;

pub use agents::{
    BusReading, FeederCase, FeederReading, Holder, Input, Notice, PenaltyView, Policies, PolicySet,
    Snapshot,
};
pub use assemble::{AssembleError, Prepared};
pub use belief::fleet_belief;
pub use cell::Shared;
pub use error::SimulationError;
pub use inputs::{InputRow, check_input, inputs_in_memory, parse_input, read_inputs, value_text};
pub use market::pricing::Steering;
pub use market::{Applies, Change};
pub use needs::{Needs, needs};
pub use outputs::Output;
pub use parts::{Carrier, Part};
pub use recording::{Finished, Recording, Watcher, forget_others};
pub use simulation::{Opening, Progress, Simulation};
pub use world::{RunError, World};

/// The version of this program, as tables and saved states name it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
