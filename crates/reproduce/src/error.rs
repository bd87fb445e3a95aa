//! Why there is no reproduction.

use scenario::Problems;
use simulation::AssembleError;

/// Why there is no reproduction.
#[derive(Debug, thiserror::Error)]
pub enum ReproduceError {
    /// The scenario of a variant is invalid.
    #[error("{0}")]
    Problems(Problems),
    /// A scenario's data do not fit together.
    #[error(transparent)]
    Assemble(AssembleError),
    /// A run, or a plan without agents, failed.
    #[error("{0}")]
    Failed(String),
    /// The watch ended it.
    #[error("interrupted before all runs were done")]
    Interrupted,
}

impl From<Problems> for ReproduceError {
    fn from(problems: Problems) -> Self {
        Self::Problems(problems)
    }
}

impl From<AssembleError> for ReproduceError {
    fn from(error: AssembleError) -> Self {
        match error {
            AssembleError::Problems(problems) => Self::Problems(problems),
            other => Self::Assemble(other),
        }
    }
}

impl From<::group::GroupError> for ReproduceError {
    fn from(error: ::group::GroupError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<study::RunFailure> for ReproduceError {
    fn from(failure: study::RunFailure) -> Self {
        match failure {
            study::RunFailure::Failed(reason) => Self::Failed(reason),
            study::RunFailure::Aborted => Self::Interrupted,
        }
    }
}
