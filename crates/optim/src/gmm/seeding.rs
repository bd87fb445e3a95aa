//! Where EM starts: k-means++ seeds and a few Lloyd steps, in coordinates scaled by their spread.

/// Lloyd steps after seeding: enough to move the seeds into their clusters, EM does the rest.
const LLOYD_STEPS: usize = 10;

/// Cluster number of each point. `points` is row-major with `spread.len()` columns, `spread` the
/// columns' standard deviations.
pub(super) fn cluster(
    points: &[f64],
    spread: &[f64],
    clusters: usize,
    uniform: &mut impl FnMut() -> f64,
) -> Vec<usize> {
    let d = spread.len();
    let mut centres = plus_plus(points, spread, clusters, uniform);
    let mut labels = nearest_of_all(points, spread, &centres);
    for _ in 0..LLOYD_STEPS {
        let mut sums = vec![0.0; clusters * d];
        let mut counts = vec![0_usize; clusters];
        for (x, &label) in points.chunks_exact(d).zip(&labels) {
            counts[label] += 1;
            for (sum, x) in sums[label * d..].iter_mut().zip(x) {
                *sum += x;
            }
        }
        for (k, &count) in counts.iter().enumerate().filter(|&(_, &count)| count > 0) {
            for i in k * d..(k + 1) * d {
                centres[i] = sums[i] / count as f64;
            }
        }
        let moved = nearest_of_all(points, spread, &centres);
        if moved == labels {
            break;
        }
        labels = moved;
    }
    labels
}

/// Seeds by k-means++: each next seed is a point drawn with probability proportional to its squared
/// distance from the nearest seed so far.
fn plus_plus(
    points: &[f64],
    spread: &[f64],
    clusters: usize,
    uniform: &mut impl FnMut() -> f64,
) -> Vec<f64> {
    let d = spread.len();
    let n = points.len() / d;
    let point = |i: usize| &points[i * d..(i + 1) * d];
    let first = ((uniform() * n as f64) as usize).min(n - 1);
    let mut centres = point(first).to_vec();
    let mut nearest: Vec<f64> = (0..n).map(|i| squared(point(i), point(first), spread)).collect();
    while centres.len() < clusters * d {
        let total: f64 = nearest.iter().sum();
        let mut left = uniform() * total;
        let drawn = nearest.iter().position(|&w| {
            left -= w;
            left < 0.0
        });
        let next = drawn.unwrap_or(n - 1);
        centres.extend_from_slice(point(next));
        for (i, near) in nearest.iter_mut().enumerate() {
            *near = near.min(squared(point(i), point(next), spread));
        }
    }
    centres
}

fn nearest_of_all(points: &[f64], spread: &[f64], centres: &[f64]) -> Vec<usize> {
    let d = spread.len();
    let nearest = |x: &[f64]| {
        let mut best = (0, f64::INFINITY);
        for (k, centre) in centres.chunks_exact(d).enumerate() {
            let distance = squared(x, centre, spread);
            if distance < best.1 {
                best = (k, distance);
            }
        }
        best.0
    };
    points.chunks_exact(d).map(nearest).collect()
}

fn squared(x: &[f64], y: &[f64], spread: &[f64]) -> f64 {
    let term = |((x, y), s): ((&f64, &f64), &f64)| ((x - y) / s) * ((x - y) / s);
    x.iter().zip(y).zip(spread).map(term).sum()
}
