//! Johnson's S_U law by maximum likelihood: shape in closed form given location and scale, those by
//! a simplex search (Nelder and Mead).

use population::Law;

const STEPS: usize = 200;

/// The law, and its log-likelihood; none without spread.
pub(crate) fn fit(values: &[f64]) -> Option<(Law, f64)> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let sd = (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
    if !(sd > 0.0 && sd.is_finite()) || values.len() < 8 {
        return None;
    }
    // Where the search goes, a few thousand values say as much as all.
    let step = values.len().div_ceil(2000);
    let some: Vec<f64> = values.iter().copied().step_by(step).collect();
    let cost = |p: [f64; 2]| -likelihood(&some, mean + sd * p[0], sd * p[1].exp());
    let [xi, lambda] = simplex(&cost, [[0.0, 0.0], [0.5, 0.0], [0.0, 0.5]]);
    let (xi, lambda) = (mean + sd * xi, sd * lambda.exp());
    let (gamma, delta) = shape(values, xi, lambda)?;
    let law = Law::JohnsonSu { gamma, delta, xi, lambda };
    law.check().ok()?;
    Some((law, likelihood(values, xi, lambda)))
}

/// `gamma` and `delta` that make `gamma + delta asinh((x - xi) / lambda)` standard normal.
fn shape(values: &[f64], xi: f64, lambda: f64) -> Option<(f64, f64)> {
    let n = values.len() as f64;
    let z = |x: &f64| ((x - xi) / lambda).asinh();
    let mean = values.iter().map(z).sum::<f64>() / n;
    let sd = (values.iter().map(|x| (z(x) - mean).powi(2)).sum::<f64>() / n).sqrt();
    (sd > 1e-9).then(|| (-mean / sd, 1.0 / sd))
}

fn likelihood(values: &[f64], xi: f64, lambda: f64) -> f64 {
    let Some((_, delta)) = shape(values, xi, lambda) else { return f64::NEG_INFINITY };
    let n = values.len() as f64;
    let bend = |x: &f64| 0.5 * (1.0 + ((x - xi) / lambda).powi(2)).ln();
    // The squares of the standardised values sum to n.
    n * (delta.ln() - lambda.ln() - 0.5 * (1.0 + std::f64::consts::TAU.ln()))
        - values.iter().map(bend).sum::<f64>()
}

fn simplex(cost: &impl Fn([f64; 2]) -> f64, start: [[f64; 2]; 3]) -> [f64; 2] {
    let mut points = start.map(|p| (cost(p), p));
    for _ in 0..STEPS {
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let [best, good, worst] = points;
        if (worst.0 - best.0).abs() < 1e-7 * (1.0 + best.0.abs()) {
            break;
        }
        let centre = [0.5 * (best.1[0] + good.1[0]), 0.5 * (best.1[1] + good.1[1])];
        let along = |t: f64| {
            let p = [
                centre[0] + t * (worst.1[0] - centre[0]),
                centre[1] + t * (worst.1[1] - centre[1]),
            ];
            (cost(p), p)
        };
        let mirrored = along(-1.0);
        let next = if mirrored.0 < best.0 {
            let further = along(-2.0);
            if further.0 < mirrored.0 { further } else { mirrored }
        } else if mirrored.0 < good.0 {
            mirrored
        } else {
            along(if mirrored.0 < worst.0 { -0.5 } else { 0.5 })
        };
        if next.0 < worst.0 {
            points[2] = next;
        } else {
            for point in &mut points[1..] {
                let p = [0.5 * (point.1[0] + best.1[0]), 0.5 * (point.1[1] + best.1[1])];
                *point = (cost(p), p);
            }
        }
    }
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    points[0].1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uniforms::Uniforms;

    #[test]
    fn a_law_is_found_again_from_its_draws() {
        let law = Law::JohnsonSu { gamma: -1.0, delta: 1.5, xi: 8.0, lambda: 2.0 };
        let mut u = Uniforms::seeded(3);
        let values: Vec<f64> = (0..4000).map(|_| law.quantile(u.draw())).collect();
        let (found, _) = fit(&values).expect("spread");
        for share in [0.05, 0.25, 0.5, 0.75, 0.95] {
            let (a, b) = (law.quantile(share), found.quantile(share));
            assert!((a - b).abs() < 0.25, "{share}: {a} {b}");
        }
    }

    #[test]
    fn values_without_spread_have_no_law() {
        assert!(fit(&[3.0; 20]).is_none());
    }
}
