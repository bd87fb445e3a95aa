//! Why an environment does not do what it is asked for.

use scenario::Problems;
use simulation::SimulationError;

/// Why an environment does not do what it is asked for.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    /// The scenario is wrong.
    #[error("{0}")]
    Problems(Problems),
    /// The environment is asked for something that makes no sense.
    #[error("{0}")]
    Spec(String),
    /// The simulation does not go on.
    #[error(transparent)]
    Simulation(#[from] SimulationError),
    /// An action has the wrong length.
    #[error("an action has {wanted} numbers, not {given}")]
    ActionLength {
        /// Its length.
        wanted: usize,
        /// What was given.
        given: usize,
    },
    /// An action has something that is no number.
    #[error("an action has the number {0}; its numbers lie between -1 and 1")]
    ActionNumber(f32),
    /// The episode is over.
    #[error("the episode is over; reset the environment first")]
    Over,
    /// No episode has begun.
    #[error("no episode has begun; reset the environment first")]
    NotReset,
    /// The operating system refused worker threads.
    #[error("{count} threads cannot be started: {why}")]
    Threads {
        /// How many were asked for.
        count: usize,
        /// What the system said.
        why: String,
    },
}

impl From<Problems> for EnvironmentError {
    fn from(problems: Problems) -> Self {
        Self::Problems(problems)
    }
}
