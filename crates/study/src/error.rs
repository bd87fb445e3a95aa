//! Why a study did not work, and which kind of failure that is.

use record::RecordError;
use scenario::Problems;

/// What a caller makes of a failure: the exit code of the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorClass {
    /// Files or runs failed.
    Failed = 1,
    /// What was asked for makes no sense.
    Usage = 2,
    /// Study or scenario are invalid, missing, unknown or not those of before.
    Invalid = 3,
}

/// Why a study did not work.
#[derive(Debug, thiserror::Error)]
pub enum StudyError {
    /// Problems of the study or its scenario, all at once.
    #[error("{0}")]
    Problems(Problems),
    /// Not the study that it should be.
    #[error("{message}")]
    Invalid {
        /// What is wrong.
        message: String,
        /// What to do.
        help: String,
    },
    /// Asked for in a way that makes no sense.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to do.
        help: String,
    },
    /// Something went wrong on the way.
    #[error("{message}")]
    Failed {
        /// What went wrong.
        message: String,
        /// What to do.
        help: String,
    },
    /// A file or directory.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A table of a user's.
    #[error(transparent)]
    Table(#[from] tables::TableError),
}

impl StudyError {
    /// The exit code's class.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Problems(_) | Self::Invalid { .. } | Self::Table(_) => ErrorClass::Invalid,
            Self::Usage { .. } => ErrorClass::Usage,
            Self::Failed { .. } | Self::Record(_) => ErrorClass::Failed,
        }
    }

    /// What to do; empty if the message says it all.
    pub fn help(&self) -> &str {
        match self {
            Self::Invalid { help, .. } | Self::Usage { help, .. } | Self::Failed { help, .. } => {
                help
            }
            Self::Problems(_) | Self::Record(_) | Self::Table(_) => "",
        }
    }

    pub(crate) fn invalid(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Invalid { message: message.into(), help: help.into() }
    }

    pub(crate) fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), help: help.into() }
    }

    pub(crate) fn failed(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Failed { message: message.into(), help: help.into() }
    }

    /// An I/O error of a file.
    pub(crate) fn io(
        action: &'static str,
        path: &std::path::Path,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Record(RecordError::Io { action, path, source })
    }
}

impl From<Problems> for StudyError {
    fn from(problems: Problems) -> Self {
        Self::Problems(problems)
    }
}
