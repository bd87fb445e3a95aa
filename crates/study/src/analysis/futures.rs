//! Levers crossed with futures: contrasts averaged over futures, regret, and where rankings flip.

use super::contrasts::{ContrastPair, ContrastRow, at_point};
use super::figures::{Figure, Figures};
use super::inference::{Inference, is_other_reading};
use crate::design::Design;
use crate::plan::contrasts_of;
use crate::stats::{
    MeanInterval, PrimBox, PrimRule, mean, mean_interval, paired_difference, prim, quantile,
};
use crate::{Contrast, Plan, Role, Setting};
use domain::Scope;
use indicators::{Better, Definition};
use std::sync::Arc;

/// What a policy gives away in the futures against the best policy of each.
#[derive(Clone, Debug, PartialEq)]
pub struct RegretRow {
    /// Number of the policy among the combinations of levers.
    pub policy: u32,
    /// The policy in words.
    pub label: String,
    /// The indicator.
    pub figure: Figure,
    /// Mean over futures of the indicator.
    pub mean: f64,
    /// Mean regret, in the indicator's unit.
    pub regret: f64,
    /// Its interval.
    pub interval: MeanInterval,
    /// 95 % quantile of the regret.
    pub regret_p95: f64,
    /// Largest regret.
    pub regret_max: f64,
    /// Share of futures in which no policy is better.
    pub wins: f64,
    /// Futures that count.
    pub n: usize,
}

/// Where a difference has the sign that it has in fewer futures.
#[derive(Clone, Debug, PartialEq)]
pub struct FlipRow {
    /// The sides.
    pub pair: Arc<ContrastPair>,
    /// The indicator.
    pub figure: Figure,
    /// Share of futures in which b is above a.
    pub share_above: f64,
    /// Whether the box holds the futures in which b is above a, or those in which it is below.
    pub above: bool,
    /// The box over the uncertainties that are numbers, with their names; none where no box is
    /// found.
    pub found: Option<(Vec<String>, PrimBox)>,
    /// Futures that count.
    pub n: usize,
}

/// The points of a cross design as futures and policies.
struct Futures<'p> {
    plan: &'p Plan,
    number: usize,
    policies: usize,
    replications: u32,
}

impl<'p> Futures<'p> {
    fn of(plan: &'p Plan, replications: u32) -> Option<Self> {
        let Design::Cross { futures, .. } = plan.study.design else { return None };
        Some(Self { plan, number: futures, policies: plan.points.len() / futures, replications })
    }

    /// A policy's values by future: means over replications.
    fn values(&self, values: &[f64], policy: usize) -> Vec<f64> {
        (0..self.number)
            .map(|future| {
                let point = (future * self.policies + policy) as u32;
                let own: Vec<f64> = at_point(self.plan, values, point, self.replications)
                    .into_iter()
                    .filter(|x| x.is_finite())
                    .collect();
                mean(&own)
            })
            .collect()
    }

    /// A policy in words, one of its levers left out.
    fn label(&self, policy: usize, without: Option<usize>) -> String {
        let settings = &self.plan.points[policy].settings;
        let named: Vec<String> = self
            .plan
            .study
            .factors
            .iter()
            .zip(settings)
            .enumerate()
            .filter(|(k, (f, _))| f.role == Role::Lever && Some(*k) != without)
            .map(|(_, (f, x))| format!("{} = {x}", f.name))
            .collect();
        named.join(", ")
    }

    /// Pairs of policies that differ in lever k alone, the first at its baseline.
    fn pairs(&self, k: usize, baseline: &Setting) -> Vec<(usize, usize, Arc<ContrastPair>)> {
        let lever = |j: usize| self.plan.study.factors[j].role == Role::Lever;
        let settings = |policy: usize| &self.plan.points[policy].settings;
        let like = |a: usize, b: usize| {
            (0..self.plan.study.factors.len())
                .filter(|&j| j != k && lever(j))
                .all(|j| settings(a)[j].is_same(&settings(b)[j]))
        };
        let name = &self.plan.study.factors[k].name;
        let side = |policy: usize| format!("{name} = {}", settings(policy)[k]);
        let at_baseline = |policy: &usize| settings(*policy)[k].is_same(baseline);
        (0..self.policies)
            .filter(|b| !at_baseline(b))
            .filter_map(|b| {
                let a = (0..self.policies).find(|a| at_baseline(a) && like(*a, b))?;
                let pair = ContrastPair {
                    contrast: name.clone(),
                    point_a: a as u32,
                    point_b: b as u32,
                    common: self.label(b, Some(k)),
                    side_a: side(a),
                    side_b: side(b),
                    label_a: self.label(a, None),
                    label_b: self.label(b, None),
                };
                Some((a, b, Arc::new(pair)))
            })
            .collect()
    }

    fn all_pairs(&self) -> Vec<(usize, usize, Arc<ContrastPair>)> {
        let factors = &self.plan.study.factors;
        contrasts_of(&self.plan.study)
            .into_iter()
            .filter_map(|contrast| match contrast {
                Contrast::Factor { factor, baseline } => {
                    let k =
                        factors.iter().position(|f| f.name == factor && f.role == Role::Lever)?;
                    let first = factors[k].list().into_iter().next();
                    Some(self.pairs(k, &baseline.or(first)?))
                }
                Contrast::Point { .. } | Contrast::Segments { .. } => None,
            })
            .flatten()
            .collect()
    }
}

/// Differences of policies over the futures; none unless the design is a cross one. Futures are
/// independent draws of everything: uncertainties, people, days.
pub(super) fn future_contrasts(
    plan: &Plan,
    figures: &Figures,
    replications: u32,
) -> Option<Vec<ContrastRow>> {
    let f = Futures::of(plan, replications)?;
    let mut rows = Vec::new();
    for (a, b, pair) in f.all_pairs() {
        rows.extend(figures.iter().map(|(figure, values)| ContrastRow {
            pair: pair.clone(),
            figure: figure.clone(),
            difference: paired_difference(
                &f.values(values, a),
                &f.values(values, b),
                plan.study.output.confidence,
            ),
            inference: Inference::NONE,
        }));
    }
    Some(rows)
}

/// Regret of every policy, for indicators that are better in one direction.
pub(crate) fn regrets(plan: &Plan, figures: &Figures, replications: u32) -> Vec<RegretRow> {
    let Some(f) = Futures::of(plan, replications) else { return Vec::new() };
    let mut rows = Vec::new();
    for (figure, values) in figures.iter().filter(|(x, _)| x.scope == Scope::Run) {
        let better = Definition::of(&figure.name).map_or(Better::Neither, Definition::better);
        if better == Better::Neither || is_other_reading(&figure.name) {
            continue;
        }
        let sign = if better == Better::Less { -1.0 } else { 1.0 };
        let by_policy: Vec<Vec<f64>> = (0..f.policies).map(|p| f.values(values, p)).collect();
        let whole: Vec<usize> =
            (0..f.number).filter(|&k| by_policy.iter().all(|v| v[k].is_finite())).collect();
        let best =
            |k: usize| by_policy.iter().map(|v| sign * v[k]).fold(f64::NEG_INFINITY, f64::max);
        for (policy, own) in by_policy.iter().enumerate() {
            let regret: Vec<f64> = whole.iter().map(|&k| best(k) - sign * own[k]).collect();
            let of_whole: Vec<f64> = whole.iter().map(|&k| own[k]).collect();
            rows.push(RegretRow {
                policy: policy as u32,
                label: f.label(policy, None),
                figure: figure.clone(),
                mean: mean(&of_whole),
                regret: mean(&regret),
                interval: mean_interval(&regret, plan.study.output.confidence),
                regret_p95: quantile(&regret, 0.95),
                regret_max: quantile(&regret, 1.0),
                wins: regret.iter().filter(|r| **r == 0.0).count() as f64 / regret.len() as f64,
                n: regret.len(),
            });
        }
    }
    rows
}

/// Where the differences of the primary outcome (of all indicators without one) change their sign.
pub(crate) fn flips(plan: &Plan, figures: &Figures, replications: u32) -> Vec<FlipRow> {
    let Some(f) = Futures::of(plan, replications) else { return Vec::new() };
    let primary = plan.study.output.primary.as_deref();
    let wanted = |x: &Figure| {
        x.scope == Scope::Run
            && primary.map_or(!is_other_reading(&x.name), |primary| x.name == primary)
    };
    let numbers: Vec<usize> = plan
        .study
        .factors
        .iter()
        .enumerate()
        .filter(|(k, x)| {
            x.role == Role::Uncertainty
                && plan.points.iter().all(|p| p.settings[*k].number().is_some())
        })
        .map(|(k, _)| k)
        .collect();
    let coordinates = |future: usize| -> Vec<f64> {
        let settings = &plan.points[future * f.policies].settings;
        numbers.iter().filter_map(|&k| settings[k].number()).collect()
    };
    let mut rows = Vec::new();
    for (a, b, pair) in f.all_pairs() {
        for (figure, values) in figures.iter().filter(|(x, _)| wanted(x)) {
            let (of_a, of_b) = (f.values(values, a), f.values(values, b));
            let whole: Vec<usize> =
                (0..f.number).filter(|&k| (of_b[k] - of_a[k]).is_finite()).collect();
            let points: Vec<Vec<f64>> = whole.iter().map(|&k| coordinates(k)).collect();
            let above: Vec<bool> = whole.iter().map(|&k| of_b[k] > of_a[k]).collect();
            let share = above.iter().filter(|x| **x).count() as f64 / above.len().max(1) as f64;
            // The fewer futures are the ones to describe.
            let rare_above = share <= 0.5;
            let below: Vec<bool> = whole.iter().map(|&k| of_b[k] < of_a[k]).collect();
            let interest = if rare_above { &above } else { &below };
            let found = prim(&points, interest, PrimRule::default()).map(|found| {
                (numbers.iter().map(|&k| plan.study.factors[k].name.clone()).collect(), found)
            });
            rows.push(FlipRow {
                pair: pair.clone(),
                figure: figure.clone(),
                share_above: share,
                above: rare_above,
                found,
                n: whole.len(),
            });
        }
    }
    rows
}
