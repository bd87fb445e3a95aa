//! What the replications of each point say about each indicator.

use super::contrasts::{at_point, pair_means};
use super::figures::{Figure, Figures};
use crate::Plan;
use crate::design::Design;
use crate::stats::{Summary, cvar, quantile, summary};

/// Quantiles that are given.
pub(crate) const QUANTILES: [(&str, f64); 7] =
    [("min", 0.0), ("p05", 0.05), ("p25", 0.25), ("p50", 0.5), ("p75", 0.75), ("p95", 0.95), ("max", 1.0)];

/// One indicator at one point, or over all points of a sampled design.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Estimate<'f> {
    /// The point; none for all points together.
    pub point: Option<u32>,
    pub figure: &'f Figure,
    pub summary: Summary,
    /// In the order of [`QUANTILES`].
    pub quantiles: [f64; 7],
    pub cvar: f64,
}

/// All estimates, point by point, then over all points where they are a sample of the factors' space.
pub(crate) fn estimates<'f>(plan: &'f Plan, figures: &'f Figures, replications: u32) -> impl Iterator<Item = Estimate<'f>> {
    let sampled = matches!(plan.study.design, Design::LatinHypercube { .. } | Design::Sobol { .. });
    let points = (0..plan.points.len() as u32).map(Some).chain(sampled.then_some(None));
    points.flat_map(move |point| {
        figures.iter().map(move |(figure, values)| {
            let values = match point {
                Some(point) => at_point(plan, values, point, replications),
                None => values.to_vec(),
            };
            estimate(plan, point, figure, &values)
        })
    })
}

fn estimate<'f>(plan: &Plan, point: Option<u32>, figure: &'f Figure, values: &[f64]) -> Estimate<'f> {
    let output = &plan.study.output;
    let mut of_mean = summary(values, output.confidence);
    if plan.study.replications.antithetic && point.is_some() {
        // Mirrored replications are not independent: the interval of the mean comes from the means of pairs.
        let pairs = summary(&pair_means(values), output.confidence);
        of_mean = Summary { ci_low: pairs.ci_low, ci_high: pairs.ci_high, ..of_mean };
    }
    Estimate { point, figure, summary: of_mean, quantiles: QUANTILES.map(|(_, p)| quantile(values, p)), cvar: cvar(values, output.tail) }
}
