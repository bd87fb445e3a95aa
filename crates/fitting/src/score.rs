//! How laws do on sessions that they have not seen.
//!
//! | figure | formula |
//! |---|---|
//! | log-likelihood | mean `ln f(x)` |
//! | CRPS | mean of `2 (1{x < q(t)} - t) (q(t) - x)` over levels t, in the unit of the quantity |
//! | KS | largest distance of the distribution functions; p by samples of the law of the same size |
//! | PIT | shares of `F(x)` in ten equal parts: 0.1 each for a law that is right |

use crate::candidate::{Candidate, Quantity, moments};
use crate::kinds::KindFit;
use crate::load_curve::Coverage;
use crate::uniforms::Uniforms;
use population::Law;

/// Levels of the quantiles behind a CRPS.
const LEVELS: usize = 99;
/// Samples behind a KS p-value.
const SAMPLES: usize = 199;
/// Sessions of a KS test: beyond, every law is refused.
const KS_SESSIONS: usize = 1000;

/// The score of one quantity on one kind of day.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantityScore {
    /// Which.
    pub quantity: Quantity,
    /// Mean log-likelihood of the fitted law, and of a single normal law.
    pub log_likelihood: [f64; 2],
    /// CRPS of the fitted law, of a single normal law, and of the recorded values of the fitted
    /// part.
    pub crps: [f64; 3],
    /// Kolmogorov-Smirnov distance, and its p-value by bootstrap.
    pub ks: [f64; 2],
    /// Shares of the probability integral transform in ten equal parts.
    pub pit: [f64; 10],
}

/// The score of one kind of day.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreCard {
    /// `workday` or `weekend`.
    pub kind: &'static str,
    /// Held-out sessions.
    pub sessions: usize,
    /// Arrival, stay, energy.
    pub quantities: Vec<QuantityScore>,
    /// Mean log-likelihood of whole sessions under the joint law, and under three normal laws.
    pub joint_log_likelihood: [f64; 2],
    /// Hours of held-out days inside the 80 % band of their load.
    pub coverage: Coverage,
}

pub(crate) fn score(
    kind: &KindFit,
    train: &[[f64; 3]],
    held: &[[f64; 3]],
    coverage: Coverage,
) -> ScoreCard {
    let law = &kind.joint.law;
    let laws = [law.arrival(), law.stay(), law.energy()];
    let mut naive_total = 0.0;
    let mut quantities = Vec::new();
    for (k, fitted) in laws.iter().enumerate() {
        let values: Vec<f64> = held.iter().map(|x| x[k]).collect();
        let trained: Vec<f64> = train.iter().map(|x| x[k]).collect();
        let (mean, sd) = moments(&trained);
        let normal = Law::normal(mean, sd);
        let naive = mean_density(&values, |x| normal_ln(x, mean, sd));
        naive_total += naive;
        let pit: Vec<f64> = values.iter().map(|x| fitted.cdf(*x)).collect();
        quantities.push(QuantityScore {
            quantity: Quantity::ALL[k],
            log_likelihood: [mean_density(&values, |x| marginal_ln(law, k, x)), naive],
            crps: [
                crps(fitted, &values),
                crps(&normal, &values),
                crps(&Law::empirical(trained), &values),
            ],
            ks: ks(&pit),
            pit: histogram(&pit),
        });
    }
    let joint = held.iter().map(|x| joint_ln(law, x)).sum::<f64>() / held.len() as f64;
    ScoreCard {
        kind: kind.name,
        sessions: held.len(),
        quantities,
        joint_log_likelihood: [joint, naive_total],
        coverage,
    }
}

fn mean_density(values: &[f64], ln: impl Fn(f64) -> f64) -> f64 {
    values.iter().map(|x| ln(*x)).sum::<f64>() / values.len() as f64
}

fn normal_ln(x: f64, mean: f64, sd: f64) -> f64 {
    let z = (x - mean) / sd;
    -0.5 * (z * z + std::f64::consts::TAU.ln()) - sd.ln()
}

/// `ln sum of exp`.
fn ln_sum(terms: impl Iterator<Item = f64>) -> f64 {
    let all: Vec<f64> = terms.collect();
    let top = all.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if top.is_finite() { top + all.iter().map(|x| (x - top).exp()).sum::<f64>().ln() } else { -1e3 }
}

/// Density of one of the three numbers, of stay and energy in their own unit.
fn marginal_ln(law: &population::JointLaw, k: usize, x: f64) -> f64 {
    let at = if k == 0 { x } else { x.ln() };
    let jacobian = if k == 0 { 0.0 } else { x.ln() };
    ln_sum(law.parts.iter().map(|p| p.weight.ln() + normal_ln(at, p.mean[k], p.sd[k]))) - jacobian
}

fn joint_ln(law: &population::JointLaw, x: &[f64; 3]) -> f64 {
    let at = [x[0], x[1].ln(), x[2].ln()];
    let part = |p: &population::JointPart| {
        let z: [f64; 3] = std::array::from_fn(|k| (at[k] - p.mean[k]) / p.sd[k]);
        let [r12, r13, r23] = p.correlation;
        let left = 1.0 - r12 * r12;
        let (b1, b2) = ((r13 - r12 * r23) / left, (r23 - r12 * r13) / left);
        let rest = 1.0 - b1 * r13 - b2 * r23;
        p.weight.ln()
            + normal_ln(z[0], 0.0, 1.0)
            + normal_ln(z[1], r12 * z[0], left.sqrt())
            + normal_ln(z[2], b1 * z[0] + b2 * z[1], rest.sqrt())
            - p.sd.iter().map(|sd| sd.ln()).sum::<f64>()
    };
    ln_sum(law.parts.iter().map(part)) - at[1] - at[2]
}

fn crps(law: &Law, values: &[f64]) -> f64 {
    let levels: Vec<(f64, f64)> = (0..LEVELS)
        .map(|k| (k as f64 + 0.5) / LEVELS as f64)
        .map(|t| (t, law.quantile(t)))
        .collect();
    let one = |x: f64| {
        let sum = |(t, q): &(f64, f64)| 2.0 * (f64::from(u8::from(x < *q)) - t) * (q - x);
        levels.iter().map(sum).sum::<f64>() / LEVELS as f64
    };
    values.iter().map(|x| one(*x)).sum::<f64>() / values.len() as f64
}

/// Distance of `F(x)` from the uniform law, and how often samples of the law are as far.
fn ks(pit: &[f64]) -> [f64; 2] {
    let distance = |sorted: &[f64]| {
        let n = sorted.len() as f64;
        let gap = |(k, u): (usize, &f64)| (u - k as f64 / n).max((k as f64 + 1.0) / n - u);
        sorted.iter().enumerate().map(gap).fold(0.0, f64::max)
    };
    let step = pit.len().div_ceil(KS_SESSIONS).max(1);
    let mut some: Vec<f64> = pit.iter().copied().step_by(step).collect();
    some.sort_by(f64::total_cmp);
    let found = distance(&some);
    let mut u = Uniforms::seeded(17);
    let as_far = (0..SAMPLES)
        .filter(|_| {
            let mut sample: Vec<f64> = some.iter().map(|_| u.draw()).collect();
            sample.sort_by(f64::total_cmp);
            distance(&sample) >= found
        })
        .count();
    [found, (as_far as f64 + 1.0) / (SAMPLES as f64 + 1.0)]
}

fn histogram(pit: &[f64]) -> [f64; 10] {
    let mut shares = [0.0; 10];
    for u in pit {
        shares[((u * 10.0) as usize).min(9)] += 1.0 / pit.len() as f64;
    }
    shares
}

/// The best candidate's name, for a report.
pub(crate) fn best(list: &[Candidate]) -> &str {
    list.first().map_or("none", |c| c.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_law_scores_best_and_is_not_refused() {
        let law = Law::normal(10.0, 2.0);
        let mut u = Uniforms::seeded(5);
        let values: Vec<f64> = (0..800).map(|_| law.quantile(u.draw())).collect();
        // sd (1 / sqrt(pi)) = 2 x 0.5642 is the least CRPS of a normal law.
        let own = crps(&law, &values);
        assert!((own - 2.0 * 0.5642).abs() < 0.06, "{own}");
        assert!(crps(&Law::normal(12.0, 2.0), &values) > own + 0.2);
        let pit: Vec<f64> = values.iter().map(|x| law.cdf(*x)).collect();
        assert!(ks(&pit)[1] > 0.05);
        let off: Vec<f64> = values.iter().map(|x| Law::normal(11.0, 2.0).cdf(*x)).collect();
        assert!(ks(&off)[1] < 0.02);
        assert!(histogram(&pit).iter().all(|share| (0.06..0.14).contains(share)));
    }
}
