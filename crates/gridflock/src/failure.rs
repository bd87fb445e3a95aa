//! Why something did not work, and the exit code that says so.

use scenario::Problems;

/// Exit codes, as scripts read them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The run failed: I/O, infeasible, a directory that exists or cannot be written.
    Failed = 1,
    /// The command line is wrong.
    Usage = 2,
    /// The scenario or study is invalid, missing or unknown.
    Scenario = 3,
    /// An invariant broke, or an assertion does not hold.
    Broken = 4,
    /// Ended by Ctrl-C.
    Interrupted = 130,
    /// Ended by SIGTERM.
    Terminated = 143,
}

/// A failure with its exit code.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Problems in a scenario or study, all at once.
    #[error("{0}")]
    Problems(Problems),
    /// Anything else.
    #[error("{message}")]
    Plain {
        /// The exit code.
        code: Code,
        /// What happened.
        message: String,
        /// What to do.
        help: String,
    },
}

impl Failure {
    /// A failure without a remedy of its own.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self::Plain { code, message: message.into(), help: String::new() }
    }
    /// A failure with a remedy.
    pub fn with_help(code: Code, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Plain { code, message: message.into(), help: help.into() }
    }
    /// Its exit code.
    pub fn code(&self) -> Code {
        match self {
            Self::Problems(_) => Code::Scenario,
            Self::Plain { code, .. } => *code,
        }
    }
}

impl From<Problems> for Failure {
    fn from(p: Problems) -> Self {
        Self::Problems(p)
    }
}

impl From<record::RecordError> for Failure {
    fn from(e: record::RecordError) -> Self {
        Self::new(Code::Failed, e.to_string())
    }
}

impl From<simulation::AssembleError> for Failure {
    fn from(e: simulation::AssembleError) -> Self {
        match e {
            simulation::AssembleError::Problems(p) => Self::Problems(p),
            other => Self::new(Code::Scenario, other.to_string()),
        }
    }
}

impl From<simulation::RunError> for Failure {
    fn from(e: simulation::RunError) -> Self {
        let code =
            if matches!(e, simulation::RunError::Broken(_)) { Code::Broken } else { Code::Failed };
        Self::new(code, e.to_string())
    }
}

impl From<study::StudyError> for Failure {
    fn from(e: study::StudyError) -> Self {
        use study::{ErrorClass, StudyError};
        let code = match e.class() {
            ErrorClass::Failed => Code::Failed,
            ErrorClass::Usage => Code::Usage,
            ErrorClass::Invalid => Code::Scenario,
        };
        match e {
            StudyError::Problems(problems) => Self::Problems(problems),
            other => Self::with_help(code, other.to_string(), other.help().to_owned()),
        }
    }
}

impl From<simulation::SimulationError> for Failure {
    fn from(e: simulation::SimulationError) -> Self {
        use simulation::SimulationError as E;
        match e {
            E::Assemble(e) => e.into(),
            E::Run(e) => e.into(),
            E::Record(e) => e.into(),
            E::Table(_) | E::BadInput(_) | E::TooLate { .. } | E::NoZone { .. } => {
                let help =
                    "inputs have columns t, zone_id, name, value; output/README.md lists them";
                Self::with_help(Code::Scenario, e.to_string(), help)
            }
            E::OtherScenario => {
                let help = "resume takes scenario and data as they were: undo the change, or start a new run";
                Self::with_help(Code::Scenario, e.to_string(), help)
            }
            other => Self::new(Code::Failed, other.to_string()),
        }
    }
}
