//! What the replications of each point say about each indicator.

use super::contrasts::{at_point, pair_means};
use super::figures::{Figure, Figures};
use crate::Plan;
use crate::design::Design;
use crate::stats::{Summary, cvar, quantile, summary};

/// Quantiles that are given, by name.
pub const QUANTILES: [(&str, f64); 7] = [
    ("min", 0.0),
    ("p05", 0.05),
    ("p25", 0.25),
    ("p50", 0.5),
    ("p75", 0.75),
    ("p95", 0.95),
    ("max", 1.0),
];

/// One indicator at one point, or over all points of a sampled design.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// The point; none for all points together.
    pub point: Option<u32>,
    /// The indicator.
    pub figure: Figure,
    /// Mean, spread, interval.
    pub summary: Summary,
    /// In the order of [`QUANTILES`].
    pub quantiles: [f64; 7],
    /// Mean of the largest runs.
    pub cvar: f64,
}

/// All estimates, point by point, then over all points where they are a sample of the factors'
/// space.
pub(crate) fn estimates<'f>(
    plan: &'f Plan,
    figures: &'f Figures,
    replications: u32,
) -> impl Iterator<Item = Estimate> {
    let points = (0..plan.points.len() as u32).map(Some).chain(is_sample(plan).then_some(None));
    points.flat_map(move |point| of_point(plan, point, figures, replications))
}

/// The estimates that say all of a study in one table: those of its only point, or over a sample of
/// points. None for other designs.
pub fn overview(plan: &Plan, figures: &Figures, replications: u32) -> Vec<Estimate> {
    let point = match plan.points.len() {
        1 => Some(0),
        _ if is_sample(plan) => None,
        _ => return Vec::new(),
    };
    of_point(plan, point, figures, replications).collect()
}

fn is_sample(plan: &Plan) -> bool {
    matches!(plan.study.design, Design::LatinHypercube { .. } | Design::Sobol { .. })
}

fn of_point<'f>(
    plan: &'f Plan,
    point: Option<u32>,
    figures: &'f Figures,
    replications: u32,
) -> impl Iterator<Item = Estimate> {
    figures.iter().map(move |(figure, values)| {
        let values = match point {
            Some(point) => at_point(plan, values, point, replications),
            None => values.to_vec(),
        };
        estimate(plan, point, figure, &values)
    })
}

fn estimate(plan: &Plan, point: Option<u32>, figure: &Figure, values: &[f64]) -> Estimate {
    let output = &plan.study.output;
    let mut of_mean = summary(values, output.confidence);
    if plan.study.replications.antithetic && point.is_some() {
        // Mirrored replications are not independent: the interval of the mean comes from the means
        // of pairs.
        let pairs = summary(&pair_means(values), output.confidence);
        of_mean = Summary { ci_low: pairs.ci_low, ci_high: pairs.ci_high, ..of_mean };
    }
    let quantiles = QUANTILES.map(|(_, p)| quantile(values, p));
    Estimate {
        point,
        figure: figure.clone(),
        summary: of_mean,
        quantiles,
        cvar: cvar(values, output.tail),
    }
}
