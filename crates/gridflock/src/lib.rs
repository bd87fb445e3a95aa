//! The public library of gridflock: one run of a scenario, from its text to its tables.
//!
//! - [`Simulation`]: one run, driven by hand: advance, look, save, fork, finish.
//! - [`Run`]: a scenario that is ready to run, and where it goes. - [`Begun`]: one that is driven by
//!   hand. - [`Outcome`]: what came of it. - [`Viewer`]: who [looks](Look) at it while it goes.
//! - [`Fork`], [`ForkOptions`]: one day, several futures. [`Change`]: a policy that changes during a
//!   run, for [`Simulation::amend`].
//! - [`Needs`], [`in_words`]: what a run will take.
//! - [`Failure`]: why something did not work, with its exit code. - [`software`]: what manifests
//!   say of this program.
//!
//! ```no_run
//! use gridflock::{Run, RunOptions};
//! let run = Run::load("park", &RunOptions::default()).unwrap();
//! let outcome = run.execute(&mut |_| true).unwrap();
//! println!("{} tables in {}", outcome.tables.len(), outcome.directory.display());
//! ```

mod checkpoint;
mod failure;
mod fork;
mod journal;
mod room;
mod run;

pub use failure::{Code, Failure};
pub use fork::{Fork, ForkOptions};
pub use room::in_words;
pub use run::{Begun, Look, Outcome, Run, RunOptions, Viewer, software};
pub use simulation::{
    Applies, Change, Finished, Input, InputRow, Needs, Notice, Opening, Output, Part, PolicySet,
    Prepared, Progress, Recording, Simulation, SimulationError, Snapshot, parse_input, read_inputs,
    value_text,
};

/// The version of this program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
