//! How one run is put together: scenario -> world -> windows of time -> rows.
//!
//! - [`Prepared`]: a scenario with its data read, ready to make worlds.
//! - [`World`]: all partitions; run, snapshot, restore, clone.
//! - [`FeederCase`]: what is known of a distribution feeder.
//! - [`Sink`]: who takes the rows. - [`Shared`]: what never changes during a run.

mod assemble;
mod belief;
mod cell;
mod feeder;
mod group_case;
mod merge;
mod world;

pub use agents::FeederCase;
pub use assemble::{AssembleError, Prepared};
pub use belief::fleet_belief;
pub use cell::Shared;
pub use clock::Threads;
pub use world::{Memory, RunError, Sink, World};
