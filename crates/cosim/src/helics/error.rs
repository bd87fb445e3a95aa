//! Why a federate ended early.

use ::helics::{HelicsError, OpenError};
use simulation::{RunError, SimulationError};

/// Why a federate ended early.
#[derive(Debug, thiserror::Error)]
pub enum FederationError {
    /// There is no HELICS.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// HELICS refused something, or another federate has failed.
    #[error(transparent)]
    Helics(#[from] HelicsError),
    /// Somebody did not come in time.
    #[error("waiting for {what} took more than {seconds} s: {missing}")]
    Waiting {
        /// What was waited for.
        what: String,
        /// How long.
        seconds: u64,
        /// Who is missing.
        missing: String,
    },
    /// Somebody has gone without a word.
    #[error("{0} has gone without a word: there is no answer any more")]
    Gone(String),
    /// The zones of the scenario are not all there, or are there twice.
    #[error("{0}")]
    Roster(String),
    /// A partner said what cannot be understood.
    #[error("{from} says what cannot be used: {why}")]
    Said {
        /// Who.
        from: String,
        /// What is wrong with it.
        why: String,
    },
    /// A process of the run has ended.
    #[error("{0}")]
    Process(String),
    /// The user ended it while it waited.
    #[error("interrupted while it waited for {0}")]
    Interrupted(String),
    /// The run refused, or cannot go on.
    #[error(transparent)]
    Simulation(#[from] SimulationError),
}

impl FederationError {
    /// Whether it came from the federation itself, which need not be told of it.
    pub fn is_heard(&self) -> bool {
        matches!(self, Self::Helics(_))
    }

    /// Whether all parts of a run know of it: they were told at a meeting.
    pub fn is_known_to_all_parts(&self) -> bool {
        matches!(
            self,
            Self::Simulation(SimulationError::Run(RunError::Broken(_) | RunError::Agent(_)))
        )
    }
}
