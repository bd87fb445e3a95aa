//! Ratios and odds ratios of policies with their intervals, beside what a source says.

use super::contrasts::{ContrastPair, at_point, factor_pairs, pair_means};
use super::figures::Figures;
use crate::Plan;
use crate::file::{Ratio, RatioKind};
use crate::stats::{half_width, mean, variance};
use std::sync::Arc;

/// A ratio of two points.
#[derive(Clone, Debug, PartialEq)]
pub struct RatioRow {
    /// The points.
    pub pair: Arc<ContrastPair>,
    /// The ratio as the study asks for it.
    pub asked: Ratio,
    /// Replications in which all of its figures exist; antithetic pairs count once.
    pub n: usize,
    /// The figure of a: a mean, or a ratio of means where the study divides.
    pub a: f64,
    /// The figure of b.
    pub b: f64,
    /// The ratio.
    pub ratio: f64,
    /// Lower end of its interval; NaN if there is none.
    pub ci_low: f64,
    /// Upper end of it.
    pub ci_high: f64,
}

impl RatioRow {
    /// How the interval lies to what is expected, in words; none where nothing is expected.
    pub fn verdict(&self) -> Option<&'static str> {
        let [low, high] = self.asked.within?;
        Some(if self.ci_low >= low && self.ci_high <= high {
            "inside"
        } else if self.ci_low > high || self.ci_high < low || !self.ci_low.is_finite() {
            "outside"
        } else if (low..=high).contains(&self.ratio) {
            "inside, its interval reaches out"
        } else {
            "outside, its interval reaches in"
        })
    }
}

/// All ratios of a study over its first `replications`.
pub(crate) fn ratio_rows(plan: &Plan, figures: &Figures, replications: u32) -> Vec<RatioRow> {
    let of_ratio = |asked: &Ratio| {
        let k = plan.study.factors.iter().position(|f| f.name == asked.factor)?;
        let first = || plan.study.factors[k].list().into_iter().next();
        let baseline = asked.baseline.clone().or_else(first)?;
        let wanted = |pair: &ContrastPair| {
            let at_b = &plan.points[pair.point_b as usize].settings[k];
            asked.value.as_ref().is_none_or(|value| value.is_same(at_b))
        };
        let pairs = factor_pairs(plan, k, &baseline).into_iter().filter(wanted);
        Some(pairs.map(|p| row(plan, figures, replications, asked, p)).collect::<Vec<_>>())
    };
    plan.study.ratios.iter().filter_map(of_ratio).flatten().collect()
}

/// One side: its figure and what is divided by, replication by replication.
struct Side {
    figure: Vec<f64>,
    divisor: Vec<f64>,
}

fn side(plan: &Plan, figures: &Figures, n: u32, asked: &Ratio, names: &[String], at: u32) -> Side {
    let absent = vec![f64::NAN; n as usize];
    let of = |name: &str| {
        figures.of_run(name).map_or_else(|| absent.clone(), |v| at_point(plan, v, at, n))
    };
    let mut figure = vec![0.0; n as usize];
    for name in names {
        figure.iter_mut().zip(of(name)).for_each(|(sum, x)| *sum += x);
    }
    let divisor = asked.per.as_ref().map_or_else(|| vec![1.0; n as usize], |per| of(per));
    let pairs = |values: Vec<f64>| {
        if plan.study.replications.antithetic { pair_means(&values) } else { values }
    };
    Side { figure: pairs(figure), divisor: pairs(divisor) }
}

fn row(
    plan: &Plan,
    figures: &Figures,
    replications: u32,
    asked: &Ratio,
    pair: ContrastPair,
) -> RatioRow {
    let of = |names: &[String], at: u32| side(plan, figures, replications, asked, names, at);
    let (a, b) = (of(&asked.to, pair.point_a), of(&asked.of, pair.point_b));
    let whole = |i: &usize| {
        [a.figure[*i], a.divisor[*i], b.figure[*i], b.divisor[*i]].iter().all(|x| x.is_finite())
    };
    let kept: Vec<usize> = (0..a.figure.len()).filter(whole).collect();
    let [a, b] = [a, b].map(|s| Side {
        figure: kept.iter().map(|i| s.figure[*i]).collect(),
        divisor: kept.iter().map(|i| s.divisor[*i]).collect(),
    });
    let r = log_ratio(&a, &b, asked.kind, plan.study.output.confidence);
    RatioRow {
        pair: Arc::new(pair),
        asked: asked.clone(),
        n: kept.len(),
        a: quotient(&a),
        b: quotient(&b),
        ratio: r[0].exp(),
        ci_low: r[1].exp(),
        ci_high: r[2].exp(),
    }
}

fn quotient(s: &Side) -> f64 {
    mean(&s.figure) / mean(&s.divisor)
}

/// Logarithm of the ratio and the ends of its interval: Student's t over the replications' first
/// order contributions (the delta method), which are paired.
fn log_ratio(a: &Side, b: &Side, kind: RatioKind, confidence: f64) -> [f64; 3] {
    let (p_a, p_b) = (quotient(a), quotient(b));
    // d log(p) = dp / p; d log(p / (1 - p)) = dp / (p (1 - p)).
    let (log, slope): (fn(f64) -> f64, fn(f64) -> f64) = match kind {
        RatioKind::Ratio => (f64::ln, |p| 1.0 / p),
        RatioKind::Odds => (|p| (p / (1.0 - p)).ln(), |p| 1.0 / (p * (1.0 - p))),
    };
    let part =
        |s: &Side, p: f64, i: usize| slope(p) * (s.figure[i] - p * s.divisor[i]) / mean(&s.divisor);
    let parts: Vec<f64> = (0..a.figure.len()).map(|i| part(b, p_b, i) - part(a, p_a, i)).collect();
    let middle = log(p_b) - log(p_a);
    let half = half_width(variance(&parts).sqrt(), parts.len(), confidence);
    [middle, middle - half, middle + half]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(figure: &[f64], divisor: &[f64]) -> Side {
        Side { figure: figure.to_vec(), divisor: divisor.to_vec() }
    }

    #[test]
    fn ratios_and_odds_are_those_of_the_pooled_counts() {
        // 6 of 40 against 9 of 40.
        let (a, b) = (of(&[4.0, 5.0], &[20.0, 20.0]), of(&[2.0, 4.0], &[20.0, 20.0]));
        let ratio = log_ratio(&a, &b, RatioKind::Ratio, 0.95);
        assert!((ratio[0].exp() - 6.0 / 9.0).abs() < 1e-12);
        let odds = log_ratio(&a, &b, RatioKind::Odds, 0.95);
        assert!((odds[0].exp() - (6.0 / 34.0) / (9.0 / 31.0)).abs() < 1e-12);
        assert!(odds[1] < odds[0] && odds[0] < odds[2]);
    }

    #[test]
    fn what_is_in_proportion_has_no_spread() {
        let (a, b) = (of(&[1.0, 2.0, 4.0], &[1.0; 3]), of(&[2.0, 4.0, 8.0], &[1.0; 3]));
        let r = log_ratio(&a, &b, RatioKind::Ratio, 0.95);
        assert!((r[1].exp() - 2.0).abs() < 1e-9 && (r[2].exp() - 2.0).abs() < 1e-9);
        // A figure of 0 has no ratio.
        let none = of(&[0.0, 0.0, 0.0], &[1.0; 3]);
        assert!(!log_ratio(&none, &b, RatioKind::Ratio, 0.95)[1].is_finite());
    }

    #[test]
    fn the_interval_of_an_odds_ratio_is_that_of_many_draws() {
        // Two rates that vary by replication together: the spread of the log odds ratio over many
        // samples of thirty is what one sample's interval says.
        let draw = |k: u64| {
            let u =
                |j: u64| clock::Seeds::new(k).draws(clock::Group::Behaviour, 1, 1, j, 1).uniform();
            let [mut a, mut b] = [Vec::new(), Vec::new()];
            for i in 0..30 {
                let day = 0.1 * (u(3 * i) - 0.5);
                a.push(0.3 + day + 0.05 * (u(3 * i + 1) - 0.5));
                b.push(0.2 + day + 0.05 * (u(3 * i + 2) - 0.5));
            }
            (of(&a, &[1.0; 30]), of(&b, &[1.0; 30]))
        };
        let truth = (0.2 / 0.8_f64).ln() - (0.3 / 0.7_f64).ln();
        let covered = (0..400)
            .filter(|k| {
                let (a, b) = draw(*k);
                let [_, low, high] = log_ratio(&a, &b, RatioKind::Odds, 0.95);
                (low..=high).contains(&truth)
            })
            .count();
        assert!((370..=390).contains(&covered), "{covered} of 400");
    }
}
