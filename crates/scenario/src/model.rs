//! Which of the three systems a scenario runs.

use crate::feeder::{FeederRules, feeder};
use crate::microgrids::{GroupRules, microgrid_group};
use keys::Table;
use std::path::Path;

/// The system and what only it has.
#[derive(Clone, Debug, PartialEq)]
pub enum Model {
    /// An industrial park with a reservation market (P3).
    Park,
    /// A distribution feeder with aggregation zones (P0).
    Feeder(Box<FeederRules>),
    /// A group of microgrids under time-of-use prices (P4).
    Group(Box<GroupRules>),
}

/// The kind of system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelKind {
    /// [`Model::Park`].
    Park,
    /// [`Model::Feeder`].
    Feeder,
    /// [`Model::Group`].
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

impl Model {
    /// The kind of system.
    pub const fn kind(&self) -> ModelKind {
        match self {
            Self::Park => ModelKind::Park,
            Self::Feeder(_) => ModelKind::Feeder,
            Self::Group(_) => ModelKind::Group,
        }
    }
}

pub(crate) fn model_kind(t: &mut Table<'_>) -> ModelKind {
    let words = [
        ("park", ModelKind::Park, "an industrial park with a reservation market"),
        ("feeder", ModelKind::Feeder, "a distribution feeder with aggregation zones"),
        ("group", ModelKind::Group, "a group of microgrids under time-of-use prices"),
    ];
    t.required_word("model", &words, "which system is simulated: \"park\", \"feeder\" or \"group\"")
        .unwrap_or(ModelKind::Park)
}

const FEEDER_TABLES: [&str; 6] =
    ["feeder", "partition", "dispatch", "carbon", "elasticity", "trades"];
const GROUP_TABLES: [&str; 6] = ["microgrid", "participation", "travel", "price", "upper", "lower"];

/// The tables that only one system has; those of the others are refused.
pub(crate) fn model(
    t: &mut Table<'_>,
    kind: ModelKind,
    periods_per_day: u32,
    folder: &Path,
) -> Model {
    if t.is_describing() {
        let _ = (feeder(t, folder), microgrid_group(t, periods_per_day));
        return Model::Park;
    }
    let foreign = |t: &mut Table<'_>, tables: &[&str], owner: &str| {
        for table in tables {
            t.reject(
                table,
                &format!(
                    "[{table}] belongs to model = \"{owner}\", this is model = \"{}\"",
                    kind.word()
                ),
                "leave the table out, or change the model",
            );
        }
    };
    if kind != ModelKind::Feeder {
        foreign(t, &FEEDER_TABLES, "feeder");
    }
    if kind != ModelKind::Group {
        foreign(t, &GROUP_TABLES, "group");
    }
    match kind {
        ModelKind::Park => Model::Park,
        ModelKind::Feeder => Model::Feeder(Box::new(feeder(t, folder))),
        ModelKind::Group => Model::Group(Box::new(microgrid_group(t, periods_per_day))),
    }
}
