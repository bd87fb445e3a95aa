//! Which of the three systems a scenario runs.

use crate::reader::Table;

/// The kind of system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelKind {
    /// An industrial park with a reservation market (P3).
    Park,
    /// A distribution feeder with aggregation zones (P0).
    Feeder,
    /// A group of microgrids under time-of-use prices (P4).
    Group,
}

impl ModelKind {
    /// The word in scenario files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Park => "park",
            Self::Feeder => "feeder",
            Self::Group => "group",
        }
    }
}

pub(crate) fn model(t: &mut Table<'_>) -> ModelKind {
    let words = [
        ("park", ModelKind::Park, "an industrial park with a reservation market"),
        ("feeder", ModelKind::Feeder, "a distribution feeder with aggregation zones"),
        ("group", ModelKind::Group, "a group of microgrids under time-of-use prices"),
    ];
    t.required_word("model", &words, "which system is simulated: \"park\", \"feeder\" or \"group\"").unwrap_or(ModelKind::Park)
}
