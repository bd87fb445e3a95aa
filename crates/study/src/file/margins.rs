//! `[[margin]]`.

use indicators::{Better, Definition};
use keys::{ABOVE_ZERO, Table};

/// What a margin is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarginKind {
    /// Differences within the margin on both sides do not matter.
    Equivalence,
    /// Being worse by less than the margin does not matter.
    NonInferiority,
}

impl MarginKind {
    /// The word in study files and tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Equivalence => "equivalence",
            Self::NonInferiority => "non_inferiority",
        }
    }
}

/// A difference of an indicator that does not matter.
#[derive(Clone, Debug, PartialEq)]
pub struct Margin {
    /// The indicator.
    pub indicator: String,
    /// On both sides, or on the worse one.
    pub kind: MarginKind,
    /// The margin, above 0, in the indicator's unit.
    pub margin: f64,
}

/// A margin; none after a report.
pub(super) fn margin(t: &mut Table<'_>) -> Option<Margin> {
    let indicator =
        t.required_text("indicator", "indicator whose differences are tested against it");
    let chosen = t.one_of(&["equivalence", "non_inferiority"], "equivalence").to_owned();
    let kinds = [MarginKind::Equivalence, MarginKind::NonInferiority];
    let mut found = None;
    for kind in kinds {
        if kind.word() == chosen || t.is_describing() {
            let doc = match kind {
                MarginKind::Equivalence => {
                    "a difference that does not matter on either side, in the indicator's unit"
                }
                MarginKind::NonInferiority => {
                    "a loss that does not matter, in the indicator's unit; in the place of `equivalence`"
                }
            };
            found =
                t.required_number(kind.word(), ABOVE_ZERO, "", doc).map(|margin| (kind, margin));
        }
    }
    let indicator = indicator?;
    let Some(definition) = Definition::of(&indicator) else {
        super::output::refuse_indicator(t, "indicator", &indicator);
        return None;
    };
    let (kind, margin) = found?;
    if kind == MarginKind::NonInferiority && definition.better() == Better::Neither {
        t.refuse(
            "non_inferiority",
            format!("neither more nor less of `{indicator}` is better"),
            "give `equivalence` in its place",
        );
        return None;
    }
    Some(Margin { indicator, kind, margin })
}
