//! Paired differences between points, and between treatment arms inside the runs.

use super::figures::{Figure, Figures};
use super::futures::future_contrasts;
use super::inference::{Inference, infer};
use super::saturation::saturation_contrasts;
use crate::file::Contrast;
use crate::stats::{PairedDifference, paired_difference};
use crate::{Plan, Setting};
use domain::Scope;
use indicators::Definition;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Two sides that are compared: two points, or two segments at one point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContrastPair {
    /// Which contrast: the factor's name, `point`, or the segments' names.
    pub contrast: String,
    /// Point a.
    pub point_a: u32,
    /// Point b; the same as a for segments.
    pub point_b: u32,
    /// What both sides have in common: the values of the other factors; empty if there are none.
    pub common: String,
    /// What a is: its value of the factor, its point or segment.
    pub side_a: String,
    /// What b is.
    pub side_b: String,
    /// The same with what is in common.
    pub label_a: String,
    /// The same with what is in common.
    pub label_b: String,
}

/// One indicator's difference between the sides of a pair (b - a).
#[derive(Clone, Debug, PartialEq)]
pub struct ContrastRow {
    /// The sides.
    pub pair: Arc<ContrastPair>,
    /// The indicator. Between segments it is about the run.
    pub figure: Figure,
    /// The difference over replications that share their random numbers.
    pub difference: PairedDifference,
    /// What is inferred from it beside its interval.
    pub inference: Inference,
}

/// All contrasts of a study over its first `replications`.
pub fn contrast_rows(plan: &Plan, figures: &Figures, replications: u32) -> Vec<ContrastRow> {
    let special = future_contrasts(plan, figures, replications)
        .or_else(|| saturation_contrasts(plan, figures, replications));
    if let Some(mut rows) = special {
        infer(plan, &mut rows);
        return rows;
    }
    let mut rows = Vec::new();
    for contrast in plan.contrasts() {
        match &contrast {
            Contrast::Segments { control, treated } => {
                arms(plan, figures, replications, control, treated, &mut rows);
            }
            _ => {
                for pair in pairs(plan, &contrast) {
                    let pair = Arc::new(pair);
                    rows.extend(
                        figures
                            .iter()
                            .map(|(figure, values)| row(plan, &pair, figure, values, replications)),
                    );
                    rows.extend(figures.iter().filter_map(|(figure, values)| {
                        elasticity(plan, &pair, figure, values, replications)
                    }));
                }
            }
        }
    }
    infer(plan, &mut rows);
    rows
}

fn row(
    plan: &Plan,
    pair: &Arc<ContrastPair>,
    figure: &Figure,
    values: &[f64],
    replications: u32,
) -> ContrastRow {
    let (a, b) = (
        at_point(plan, values, pair.point_a, replications),
        at_point(plan, values, pair.point_b, replications),
    );
    ContrastRow {
        pair: pair.clone(),
        figure: figure.clone(),
        difference: difference(plan, &a, &b),
        inference: Inference::NONE,
    }
}

/// `penalty_elasticity` of a pair whose penalties differ: the arc elasticity of `no_show_rate`,
/// ((r_b - r_a) / (r_a + r_b)) / ((s_b - s_a) / (s_a + s_b)), s being `penalty.scale`, in each
/// replication; -1 means that no-shows fall in proportion. Replications without a no-show on either
/// side tell nothing and are left out.
fn elasticity(
    plan: &Plan,
    pair: &Arc<ContrastPair>,
    figure: &Figure,
    values: &[f64],
    replications: u32,
) -> Option<ContrastRow> {
    let scale = |point: u32| {
        let set = plan.points[point as usize]
            .sets
            .iter()
            .rev()
            .find_map(|set| set.strip_prefix("penalty.scale="));
        set.and_then(|value| value.trim().parse::<f64>().ok())
    };
    let (s_a, s_b) = (scale(pair.point_a)?, scale(pair.point_b)?);
    if figure.name != "no_show_rate" || s_a == s_b {
        return None;
    }
    let of_scale = (s_b - s_a) / (s_a + s_b);
    let (a, b) = (
        at_point(plan, values, pair.point_a, replications),
        at_point(plan, values, pair.point_b, replications),
    );
    let arcs: Vec<f64> = a.iter().zip(&b).map(|(a, b)| (b - a) / (a + b) / of_scale).collect();
    let of_rates = difference(plan, &a, &b);
    let difference = difference(plan, &vec![0.0; arcs.len()], &arcs);
    let figure = Figure { name: "penalty_elasticity".into(), unit: "1".into(), ..figure.clone() };
    let difference = PairedDifference {
        // The sides are rates of no-shows; what lies between them is no difference whose variance
        // could be reduced.
        mean_a: of_rates.mean_a,
        mean_b: of_rates.mean_b,
        variance_reduction: f64::NAN,
        ..difference
    };
    Some(ContrastRow { pair: pair.clone(), figure, difference, inference: Inference::NONE })
}

/// The paired difference. Antithetic replications are one observation together: their mean.
pub(super) fn difference(plan: &Plan, a: &[f64], b: &[f64]) -> PairedDifference {
    let confidence = plan.study.output.confidence;
    if plan.study.replications.antithetic {
        return paired_difference(&pair_means(a), &pair_means(b), confidence);
    }
    paired_difference(a, b, confidence)
}

/// Means of consecutive pairs: replications 2k and 2k + 1 mirror each other and are not
/// independent.
pub(super) fn pair_means(values: &[f64]) -> Vec<f64> {
    values.chunks_exact(2).map(|pair| f64::midpoint(pair[0], pair[1])).collect()
}

/// The values of a point, by replication.
pub(super) fn at_point(plan: &Plan, values: &[f64], point: u32, replications: u32) -> Vec<f64> {
    (0..replications).map(|r| values[plan.run_of(point, r) as usize]).collect()
}

/// The differences of one indicator that a stopping rule looks at.
pub(super) fn differences_of(
    plan: &Plan,
    values: &[f64],
    replications: u32,
) -> Vec<PairedDifference> {
    let pairs = plan.contrasts().into_iter().flat_map(|contrast| pairs(plan, &contrast));
    pairs
        .map(|p| {
            difference(
                plan,
                &at_point(plan, values, p.point_a, replications),
                &at_point(plan, values, p.point_b, replications),
            )
        })
        .collect()
}

/// Two points with their names.
fn pair(
    plan: &Plan,
    contrast: String,
    a: (u32, String),
    b: (u32, String),
    common: String,
) -> ContrastPair {
    let (label_a, label_b) = (plan.label(a.0), plan.label(b.0));
    ContrastPair {
        contrast,
        point_a: a.0,
        point_b: b.0,
        common,
        side_a: a.1,
        side_b: b.1,
        label_a,
        label_b,
    }
}

/// The pairs of points of a contrast; none for segments.
fn pairs(plan: &Plan, contrast: &Contrast) -> Vec<ContrastPair> {
    match contrast {
        Contrast::Segments { .. } => Vec::new(),
        Contrast::Point { baseline } => (0..plan.points.len() as u32)
            .filter(|b| b != baseline)
            .map(|b| {
                pair(
                    plan,
                    "point".into(),
                    (*baseline, plan.label(*baseline)),
                    (b, plan.label(b)),
                    String::new(),
                )
            })
            .collect(),
        Contrast::Factor { factor, baseline } => {
            let Some(k) = plan.study.factors.iter().position(|f| f.name == *factor) else {
                return Vec::new();
            };
            let first = || plan.study.factors[k].list().into_iter().next();
            let Some(baseline) = baseline.clone().or_else(first) else { return Vec::new() };
            factor_pairs(plan, k, &baseline)
        }
    }
}

/// Each point whose factor k is not at its baseline, with the point that is like it but for that.
pub(super) fn factor_pairs(plan: &Plan, k: usize, baseline: &Setting) -> Vec<ContrastPair> {
    let others = |settings: &[Setting]| -> String {
        let rest: Vec<String> =
            settings.iter().enumerate().filter(|(i, _)| *i != k).map(|(_, x)| x.toml()).collect();
        rest.join("\u{0}")
    };
    let at_baseline: BTreeMap<String, u32> = plan
        .points
        .iter()
        .filter(|p| p.settings[k].is_same(baseline))
        .map(|p| (others(&p.settings), p.id))
        .collect();
    let name = &plan.study.factors[k].name;
    let side =
        |point: u32| (point, format!("{name} = {}", plan.points[point as usize].settings[k]));
    let pair_of = |b: &crate::Point| {
        let a = *at_baseline.get(&others(&b.settings))?;
        Some(pair(plan, name.clone(), side(a), side(b.id), plan.label_without(b.id, Some(k))))
    };
    plan.points.iter().filter(|p| !p.settings[k].is_same(baseline)).filter_map(pair_of).collect()
}

/// Treated against control, segment by segment inside each run, at every point.
fn arms(
    plan: &Plan,
    figures: &Figures,
    replications: u32,
    control: &str,
    treated: &str,
    rows: &mut Vec<ContrastRow>,
) {
    let segments = &plan.base.scenario.fleet.spec.segments;
    let number = |name: &str| segments.iter().position(|s| s.name == name).map(|k| k as u32);
    let (Some(c), Some(t)) = (number(control), number(treated)) else { return };
    for point in 0..plan.points.len() as u32 {
        let common = if plan.study.factors.is_empty() { String::new() } else { plan.label(point) };
        let at = |segment: &str| {
            if common.is_empty() { segment.to_owned() } else { format!("{segment} at {common}") }
        };
        let pair = Arc::new(ContrastPair {
            contrast: format!("{treated} against {control}"),
            point_a: point,
            point_b: point,
            label_a: at(control),
            label_b: at(treated),
            side_a: format!("segment = {control}"),
            side_b: format!("segment = {treated}"),
            common: common.clone(),
        });
        for (figure, values) in
            figures.iter().filter(|(f, _)| f.scope == Scope::Segment && f.scope_id == c)
        {
            let Some(others) = figures.of_segment(&figure.name, t) else { continue };
            let at = |values: &[f64]| at_point(plan, values, point, replications);
            let by = |name: &str, segment: u32| figures.of_segment(name, segment).map(at);
            // Totals of arms of different sizes are compared per EV and per booking.
            let shares: &[(&str, &str)] =
                if Definition::of(&figure.name).is_some_and(Definition::is_total) {
                    &[("evs", "EV"), ("bookings", "booking")]
                } else {
                    &[("", "")]
                };
            for (size, what) in shares {
                let (mut a, mut b) = (at(values), at(others));
                let mut of = Figure { scope: Scope::Run, scope_id: 0, ..figure.clone() };
                if !size.is_empty() {
                    let (Some(of_a), Some(of_b)) = (by(size, c), by(size, t)) else { continue };
                    a.iter_mut().zip(&of_a).for_each(|(x, n)| *x /= n);
                    b.iter_mut().zip(&of_b).for_each(|(x, n)| *x /= n);
                    of.name = format!("{}_per_{}", figure.name, what.to_lowercase());
                    of.unit = format!("{}/{what}", figure.unit);
                }
                rows.push(ContrastRow {
                    pair: pair.clone(),
                    figure: of,
                    difference: difference(plan, &a, &b),
                    inference: Inference::NONE,
                });
            }
        }
    }
}
