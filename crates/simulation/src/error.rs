//! Why a simulation does not do what it is asked for.

use crate::assemble::AssembleError;
use crate::world::RunError;
use domain::Time;
use record::RecordError;

/// Why a simulation does not do what it is asked for.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// The scenario makes no world.
    #[error(transparent)]
    Assemble(#[from] AssembleError),
    /// The run ended before its end.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A file of inputs cannot be used.
    #[error(transparent)]
    Table(#[from] tables::TableError),
    /// A table cannot be written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The operating system refused worker threads.
    #[error(transparent)]
    Threads(#[from] clock::ThreadsError),
    /// Time does not go back.
    #[error("{until} us lies before {now} us, up to which the simulation has come")]
    Past {
        /// The instant that was asked for.
        until: i64,
        /// How far the simulation has come.
        now: i64,
    },
    /// The run is over.
    #[error("the run is over: it ended at {} us", .0.0)]
    Over(Time),
    /// The run has failed before, and cannot go on.
    #[error("the run has failed: {0}")]
    Failed(String),
    /// There is no such zone.
    #[error("there is no zone {zone}; the zones are 1 to {zones}")]
    NoZone {
        /// The zone that was asked for.
        zone: u16,
        /// How many there are.
        zones: u16,
    },
    /// An input means nothing.
    #[error("{0}")]
    BadInput(String),
    /// An input comes after its instant has been handled, or lies beyond the end.
    #[error("an input at {at} us comes too late: everything before {done} us has been handled")]
    TooLate {
        /// The instant of the input.
        at: i64,
        /// Everything before this instant has been handled.
        done: i64,
    },
    /// There is no such figure in this kind of model, or under this recording.
    #[error("{0}")]
    NotThere(String),
    /// The saved state is damaged.
    #[error("the saved state is damaged: {0}")]
    Damaged(String),
    /// The saved state is of another version.
    #[error("the state was saved by gridflock {saved}, this is {}", crate::VERSION)]
    OtherVersion {
        /// The version that wrote it.
        saved: String,
    },
    /// The saved state is of another scenario.
    #[error("the state was saved by a run of another scenario")]
    OtherScenario,
    /// The saved state was recorded in another way.
    #[error("the state was saved with {saved}, and is to go on with {wanted}")]
    OtherRecording {
        /// How it was recorded.
        saved: &'static str,
        /// How it is to be recorded.
        wanted: &'static str,
    },
}
