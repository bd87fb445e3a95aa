//! Whether the confidence intervals are narrow enough.

use super::contrasts::{at_point, differences_of, pair_means};
use super::figures::Figures;
use crate::Plan;
use crate::file::{StopRule, StopTarget};
use crate::stats::{half_width, summary};

/// Whether the interval of the rule's indicator is narrow enough at every point, or for every
/// contrast. An indicator that has no value in at least two runs of a point is never narrow.
pub(crate) fn is_narrow_enough(
    plan: &Plan,
    stop: &StopRule,
    figures: &Figures,
    replications: u32,
) -> bool {
    let Some(values) = figures.of_run(&stop.indicator) else { return false };
    let narrow = |sd: f64, n: usize| half_width(sd, n, stop.confidence) <= stop.half_width;
    match stop.target {
        StopTarget::Mean => (0..plan.points.len() as u32).all(|point| {
            let values = at_point(plan, values, point, replications);
            let values =
                if plan.study.replications.antithetic { pair_means(&values) } else { values };
            let s = summary(&values, stop.confidence);
            narrow(s.sd, s.n)
        }),
        StopTarget::Contrast => {
            differences_of(plan, values, replications).iter().all(|d| narrow(d.sd, d.n))
        }
    }
}
