//! The drawn days on which a difference of the primary outcome has the other sign.

use super::contrasts::{ContrastPair, ContrastRow, at_point};
use super::figures::{Figure, Figures};
use crate::Plan;
use crate::design::Design;
use domain::Scope;
use std::sync::Arc;

/// A difference whose interval excludes 0, and the days that say the opposite.
#[derive(Clone, Debug, PartialEq)]
pub struct OppositeDays {
    /// The points.
    pub pair: Arc<ContrastPair>,
    /// The primary outcome.
    pub figure: Figure,
    /// The mean difference \[unit of the figure\].
    pub difference: f64,
    /// Days on which both sides have the figure.
    pub n: usize,
    /// Those of the other sign, by date: the day as in column `day_drawn`, and its difference. Each
    /// has people of its own, too.
    pub days: Vec<(u32, f64)>,
}

/// All differences of the primary outcome that are shown, where replications draw their days and
/// points are compared replication by replication.
pub(crate) fn opposite_days(
    plan: &Plan,
    figures: &Figures,
    contrasts: &[ContrastRow],
    replications: u32,
) -> Vec<OppositeDays> {
    let by_replication =
        !matches!(plan.study.design, Design::Saturation { .. } | Design::Cross { .. });
    let primary = plan.study.output.primary.as_deref();
    let Some(values) = primary.and_then(|name| figures.of_run(name)) else { return Vec::new() };
    if plan.days.is_none() || !by_replication {
        return Vec::new();
    }
    let shown = |r: &&ContrastRow| {
        let (d, p) = (&r.difference, &r.pair);
        Some(r.figure.name.as_str()) == primary
            && r.figure.scope == Scope::Run
            && p.point_a != p.point_b
            && (d.ci_low > 0.0 || d.ci_high < 0.0)
    };
    let of = |r: &ContrastRow| {
        let [a, b] =
            [r.pair.point_a, r.pair.point_b].map(|at| at_point(plan, values, at, replications));
        let day = |k: u32| plan.day_drawn(plan.run_of(r.pair.point_a, k));
        let all: Vec<(u32, f64)> = (0..replications)
            .zip(a.iter().zip(&b))
            .filter_map(|(k, (a, b))| Some((day(k)?, b - a)))
            .filter(|(_, x)| x.is_finite())
            .collect();
        let contrary = |(_, x): &(u32, f64)| x * r.difference.difference < 0.0;
        let mut days: Vec<(u32, f64)> = all.iter().copied().filter(contrary).collect();
        days.sort_by_key(|(day, _)| *day);
        OppositeDays {
            pair: r.pair.clone(),
            figure: r.figure.clone(),
            difference: r.difference.difference,
            n: all.len(),
            days,
        }
    };
    contrasts.iter().filter(shown).map(of).collect()
}
