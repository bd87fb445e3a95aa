//! What many differences say together: p values adjusted over their family, margins.

use super::contrasts::ContrastRow;
use crate::file::{Margin, MarginKind};
use crate::stats::{false_discovery, holm, p_equivalent, p_not_inferior};
use crate::{Plan, StudyFile};
use domain::Scope;
use indicators::{Better, Definition};

/// Which family of tests a difference belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Differences of the declared primary outcome.
    Primary,
    /// All others that are printed.
    Secondary,
    /// Of no family: segments, other readings, differences without a test.
    None,
}

impl Family {
    /// The word in the tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Secondary => "secondary",
            Self::None => "",
        }
    }
}

/// What a margin says of a difference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MarginTest {
    /// Equivalence or non-inferiority.
    pub kind: MarginKind,
    /// The margin, in the indicator's unit.
    pub margin: f64,
    /// p value of lying within it.
    pub p: f64,
}

/// What is inferred from a difference beside its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Inference {
    /// The family it belongs to.
    pub family: Family,
    /// p value adjusted by Holm over the family; NaN outside of families.
    pub p_holm: f64,
    /// p value adjusted for the false discovery rate over the family; NaN outside of families.
    pub p_fdr: f64,
    /// What its margin says, if the indicator has one.
    pub margin: Option<MarginTest>,
}

impl Inference {
    /// Nothing inferred yet.
    pub const NONE: Self =
        Self { family: Family::None, p_holm: f64::NAN, p_fdr: f64::NAN, margin: None };
}

/// Whether an indicator is another reading of one that stands beside it: such a figure is shown in
/// tables, but is no finding of its own.
pub fn is_other_reading(indicator: &str) -> bool {
    ["_paper", "_unclipped", "_all_periods", "_available", "_served", "_before_refunds_cny"]
        .iter()
        .any(|end| indicator.ends_with(end))
}

/// Fills in what follows from all rows together.
pub(super) fn infer(plan: &Plan, rows: &mut [ContrastRow]) {
    let study = &plan.study;
    for row in rows.iter_mut() {
        row.inference.family = family(study, row);
        row.inference.margin = study
            .margins
            .iter()
            .find(|m| m.indicator == row.figure.name)
            .map(|m| margin_test(m, row));
    }
    for wanted in [Family::Primary, Family::Secondary] {
        let of_family: Vec<usize> =
            (0..rows.len()).filter(|&i| rows[i].inference.family == wanted).collect();
        let p: Vec<f64> = of_family.iter().map(|&i| rows[i].difference.p).collect();
        for ((&i, holm), fdr) in of_family.iter().zip(holm(&p)).zip(false_discovery(&p)) {
            (rows[i].inference.p_holm, rows[i].inference.p_fdr) = (holm, fdr);
        }
    }
}

fn family(study: &StudyFile, row: &ContrastRow) -> Family {
    let d = &row.difference;
    // What is the same on both sides by construction is no test.
    let tested = d.p.is_finite() && (d.sd > 0.0 || d.difference != 0.0);
    if row.figure.scope != Scope::Run || !tested || is_other_reading(&row.figure.name) {
        Family::None
    } else if study.output.primary.as_ref() == Some(&row.figure.name) {
        Family::Primary
    } else {
        Family::Secondary
    }
}

fn margin_test(m: &Margin, row: &ContrastRow) -> MarginTest {
    let d = &row.difference;
    let p = match m.kind {
        MarginKind::Equivalence => p_equivalent(m.margin, d.difference, d.sd, d.n),
        MarginKind::NonInferiority => {
            let better = Definition::of(&m.indicator).map_or(Better::More, Definition::better);
            let gain = if better == Better::Less { -d.difference } else { d.difference };
            p_not_inferior(m.margin, gain, d.sd, d.n)
        }
    };
    MarginTest { kind: m.kind, margin: m.margin, p }
}
