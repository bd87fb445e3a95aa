//! Paired differences between points, and between treatment arms inside the runs.

use super::figures::{Figure, Figures};
use crate::file::Contrast;
use crate::stats::{PairedDifference, paired_difference};
use crate::{Plan, Setting};
use domain::Scope;
use std::collections::BTreeMap;

/// One indicator's difference between two points (b - a), or between two segments at one point.
#[derive(Clone, Debug, PartialEq)]
pub struct ContrastRow {
    /// Which contrast: the factor's name, `point`, or the segments' names.
    pub contrast: String,
    /// Point a.
    pub point_a: u32,
    /// Point b; the same as a for segments.
    pub point_b: u32,
    /// What a is.
    pub label_a: String,
    /// What b is.
    pub label_b: String,
    /// The indicator. Between segments it is about the run.
    pub figure: Figure,
    /// The difference over replications that share their random numbers.
    pub difference: PairedDifference,
}

/// Two points to compare.
pub(super) struct Pair {
    contrast: String,
    a: u32,
    b: u32,
    label_a: String,
    label_b: String,
}

/// All contrasts of a study over its first `replications`.
pub fn contrast_rows(plan: &Plan, figures: &Figures, replications: u32) -> Vec<ContrastRow> {
    let mut rows = Vec::new();
    for contrast in plan.contrasts() {
        match &contrast {
            Contrast::Segments { control, treated } => arms(plan, figures, replications, control, treated, &mut rows),
            _ => {
                for pair in pairs(plan, &contrast) {
                    rows.extend(figures.iter().map(|(figure, values)| row(plan, &pair, figure, values, replications)));
                }
            }
        }
    }
    rows
}

fn row(plan: &Plan, pair: &Pair, figure: &Figure, values: &[f64], replications: u32) -> ContrastRow {
    let (a, b) = (at_point(plan, values, pair.a, replications), at_point(plan, values, pair.b, replications));
    ContrastRow {
        contrast: pair.contrast.clone(),
        point_a: pair.a,
        point_b: pair.b,
        label_a: pair.label_a.clone(),
        label_b: pair.label_b.clone(),
        figure: figure.clone(),
        difference: difference(plan, &a, &b),
    }
}

/// The paired difference. Antithetic replications are one observation together: their mean.
fn difference(plan: &Plan, a: &[f64], b: &[f64]) -> PairedDifference {
    let confidence = plan.study.output.confidence;
    if plan.study.replications.antithetic {
        return paired_difference(&pair_means(a), &pair_means(b), confidence);
    }
    paired_difference(a, b, confidence)
}

/// Means of consecutive pairs: replications 2k and 2k + 1 mirror each other and are not independent.
pub(super) fn pair_means(values: &[f64]) -> Vec<f64> {
    values.chunks_exact(2).map(|pair| f64::midpoint(pair[0], pair[1])).collect()
}

/// The values of a point, by replication.
pub(super) fn at_point(plan: &Plan, values: &[f64], point: u32, replications: u32) -> Vec<f64> {
    (0..replications).map(|r| values[plan.run_of(point, r) as usize]).collect()
}

/// The differences of one indicator that a stopping rule looks at.
pub(super) fn differences_of(plan: &Plan, values: &[f64], replications: u32) -> Vec<PairedDifference> {
    let pairs = plan.contrasts().into_iter().flat_map(|contrast| pairs(plan, &contrast));
    pairs.map(|p| difference(plan, &at_point(plan, values, p.a, replications), &at_point(plan, values, p.b, replications))).collect()
}

/// The pairs of points of a contrast; none for segments.
fn pairs(plan: &Plan, contrast: &Contrast) -> Vec<Pair> {
    match contrast {
        Contrast::Segments { .. } => Vec::new(),
        Contrast::Point { baseline } => (0..plan.points.len() as u32)
            .filter(|b| b != baseline)
            .map(|b| Pair { contrast: "point".into(), a: *baseline, b, label_a: plan.label(*baseline), label_b: plan.label(b) })
            .collect(),
        Contrast::Factor { factor, baseline } => {
            let Some(k) = plan.study.factors.iter().position(|f| f.name == *factor) else { return Vec::new() };
            let first = || plan.study.factors[k].list().into_iter().next();
            let Some(baseline) = baseline.clone().or_else(first) else { return Vec::new() };
            factor_pairs(plan, k, &baseline)
        }
    }
}

/// Each point whose factor k is not at its baseline, with the point that is like it but for that.
fn factor_pairs(plan: &Plan, k: usize, baseline: &Setting) -> Vec<Pair> {
    let others = |settings: &[Setting]| -> String {
        let rest: Vec<String> = settings.iter().enumerate().filter(|(i, _)| *i != k).map(|(_, x)| x.toml()).collect();
        rest.join("\u{0}")
    };
    let at_baseline: BTreeMap<String, u32> =
        plan.points.iter().filter(|p| p.settings[k].is_same(baseline)).map(|p| (others(&p.settings), p.id)).collect();
    let name = &plan.study.factors[k].name;
    let pair = |b: &crate::Point| {
        let a = *at_baseline.get(&others(&b.settings))?;
        Some(Pair { contrast: name.clone(), a, b: b.id, label_a: plan.label(a), label_b: plan.label(b.id) })
    };
    plan.points.iter().filter(|p| !p.settings[k].is_same(baseline)).filter_map(pair).collect()
}

/// Treated against control, segment by segment inside each run, at every point.
fn arms(plan: &Plan, figures: &Figures, replications: u32, control: &str, treated: &str, rows: &mut Vec<ContrastRow>) {
    let segments = &plan.base.scenario.fleet.spec.segments;
    let number = |name: &str| segments.iter().position(|s| s.name == name).map(|k| k as u32);
    let (Some(c), Some(t)) = (number(control), number(treated)) else { return };
    for point in 0..plan.points.len() as u32 {
        for (figure, values) in figures.iter().filter(|(f, _)| f.scope == Scope::Segment && f.scope_id == c) {
            let Some(others) = figures.of_segment(&figure.name, t) else { continue };
            let (a, b) = (at_point(plan, values, point, replications), at_point(plan, others, point, replications));
            let at = if plan.study.factors.is_empty() { String::new() } else { format!(" at {}", plan.label(point)) };
            rows.push(ContrastRow {
                contrast: format!("{treated} against {control}"),
                point_a: point,
                point_b: point,
                label_a: format!("{control}{at}"),
                label_b: format!("{treated}{at}"),
                figure: Figure { scope: Scope::Run, scope_id: 0, ..figure.clone() },
                difference: difference(plan, &a, &b),
            });
        }
    }
}
