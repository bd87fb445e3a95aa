//! How a run or study ended.

/// How a run or study ended, as its page says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It got to its end.
    Complete,
    /// The user ended it.
    Interrupted,
    /// It could not go on.
    Failed(String),
}

impl Ending {
    /// In a sentence.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Complete => "It has ended; its tables are complete.".to_owned(),
            Self::Interrupted => {
                "It was interrupted; its tables hold what was finished.".to_owned()
            }
            Self::Failed(why) => format!("It has failed: {why}"),
        }
    }
}
