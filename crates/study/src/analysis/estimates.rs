//! What the replications of each point say about each indicator.

use super::contrasts::{at_point, pair_means};
use super::figures::{Figure, Figures};
use crate::Plan;
use crate::design::Design;
use crate::stats::{
    IntervalKind, Summary, cvar, cvar_interval, cvar_lower, quantile, quantile_interval, summary,
};
use indicators::{Better, Definition};

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
    /// Intervals of the 5 %, 50 % and 95 % quantiles; NaN where the sample is too small.
    pub quantile_intervals: [[f64; 2]; 3],
    /// Mean of the worst runs, of what neither way is worse of the largest.
    pub cvar: f64,
    /// Its bootstrap interval; NaN where the tail holds fewer than five runs.
    pub cvar_interval: [f64; 2],
    /// Which tail that is.
    pub tail: Tail,
}

/// An end of a distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// The smallest values.
    Lower,
    /// The largest values.
    Upper,
}

impl Tail {
    /// The worse tail of an indicator.
    pub fn worse(indicator: &str) -> Self {
        match Definition::of(indicator).map(Definition::better) {
            Some(Better::More) => Self::Lower,
            _ => Self::Upper,
        }
    }

    /// The word in the tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Lower => "lower",
            Self::Upper => "upper",
        }
    }
}

/// Quantiles that have an interval.
const WITH_INTERVAL: [f64; 3] = [0.05, 0.5, 0.95];

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

/// Independent randomisations from which a sampled design has intervals.
pub(super) const RANDOMISATIONS: usize = 10;

fn estimate(plan: &Plan, point: Option<u32>, figure: &Figure, values: &[f64]) -> Estimate {
    let output = &plan.study.output;
    let mut of_mean = summary(values, output.confidence);
    let antithetic = plan.study.replications.antithetic;
    // What is independent of each other: pairs of mirrored replications, or randomisations of a
    // sampled design, whose points follow each other.
    let blocks = match point {
        Some(_) if antithetic => Some(pair_means(values)),
        Some(_) => None,
        None => Some(randomisation_means(plan, values)),
    };
    if let Some(blocks) = blocks {
        let enough = point.is_some() || blocks.len() >= RANDOMISATIONS;
        let s = summary(&blocks, output.confidence);
        of_mean = if enough {
            Summary { ci_low: s.ci_low, ci_high: s.ci_high, interval: s.interval, ..of_mean }
        } else {
            let (ci_low, ci_high) = (f64::NAN, f64::NAN);
            Summary { ci_low, ci_high, interval: IntervalKind::None, ..of_mean }
        };
    }
    // Points of a sampled design and mirrored replications are no independent draws.
    let independent = point.is_some() && !antithetic;
    let tail = Tail::worse(&figure.name);
    let of_tail = |values: &[f64]| match tail {
        Tail::Lower => cvar_lower(values, output.tail),
        Tail::Upper => cvar(values, output.tail),
    };
    Estimate {
        point,
        figure: figure.clone(),
        summary: of_mean,
        quantiles: QUANTILES.map(|(_, p)| quantile(values, p)),
        quantile_intervals: WITH_INTERVAL.map(|p| {
            if independent {
                quantile_interval(values, p, output.confidence)
            } else {
                [f64::NAN; 2]
            }
        }),
        cvar: of_tail(values),
        cvar_interval: if independent {
            cvar_interval(values, output.tail, output.confidence, of_tail)
        } else {
            [f64::NAN; 2]
        },
        tail,
    }
}

/// Mean of each randomisation of a sampled design over its points and replications.
fn randomisation_means(plan: &Plan, values: &[f64]) -> Vec<f64> {
    let count = plan.study.design.randomisations();
    let (points, each) = (plan.points.len(), plan.points.len() / count.max(1));
    (0..count)
        .map(|r| {
            let own = |(run, _): &(usize, &f64)| (run % points) / each.max(1) == r;
            let of_run: Vec<f64> = values.iter().enumerate().filter(own).map(|(_, x)| *x).collect();
            summary(&of_run, 0.95).mean
        })
        .collect()
}
