//! Whether the confidence intervals are narrow enough.

use super::contrasts::{at_point, differences_of, pair_means};
use super::figures::Figures;
use crate::Plan;
use crate::file::{StopRule, StopTarget};
use crate::stats::{half_width, summary};

/// Values from which an interval is trusted to end a study; below, t intervals that end it by
/// chance cover too little.
pub(crate) const LEAST: usize = 10;

/// Whether the interval of the rule's indicator is narrow enough at every point, or for every
/// contrast. Nothing is narrow before ten values of each are there, or where they do not vary.
pub(crate) fn is_narrow_enough(
    plan: &Plan,
    stop: &StopRule,
    figures: &Figures,
    replications: u32,
) -> bool {
    let Some(values) = figures.of_run(&stop.indicator) else { return false };
    // A spread of zero says that nothing has been seen yet, not that nothing is there.
    let narrow = |sd: f64, n: usize| {
        n >= LEAST && sd > 0.0 && half_width(sd, n, stop.confidence) <= stop.half_width
    };
    match stop.target {
        StopTarget::Mean => (0..plan.points.len() as u32).all(|point| {
            let values = at_point(plan, values, point, replications);
            let values =
                if plan.study.replications.antithetic { pair_means(&values) } else { values };
            let s = summary(&values, stop.confidence);
            narrow(s.sd, s.n)
        }),
        StopTarget::Contrast => {
            let differences = differences_of(plan, values, replications);
            !differences.is_empty() && differences.iter().all(|d| narrow(d.sd, d.n))
        }
    }
}
