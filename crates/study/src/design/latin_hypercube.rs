//! Latin hypercube sampling (McKay, Beckman and Conover 1979).

use super::{DRAWS, Purpose, shuffled};
use clock::{Group, Seeds};

/// `n` points of the unit cube: in each dimension every one of n equal intervals holds one point,
/// at its centre or at random in it.
///
/// ```
/// let points = study::design::latin_hypercube(2, 4, true, 1);
/// let mut first: Vec<f64> = points.iter().map(|x| x[0]).collect();
/// first.sort_by(f64::total_cmp);
/// assert_eq!(first, [0.125, 0.375, 0.625, 0.875]);
/// ```
pub fn latin_hypercube(dimensions: usize, n: usize, centred: bool, seed: u64) -> Vec<Vec<f64>> {
    let mut points = vec![vec![0.0; dimensions]; n];
    for d in 0..dimensions {
        // A dimension has draws of its own: another factor does not move the others.
        let mut draws = Seeds::new(seed).draws(
            Group::Optimiser,
            DRAWS,
            Purpose::LatinHypercube as u16,
            d as u64,
            0,
        );
        let mut uniform = || draws.uniform();
        let order = shuffled(n, &mut uniform);
        for (point, cell) in points.iter_mut().zip(order) {
            let within = if centred { 0.5 } else { uniform() };
            point[d] = (cell as f64 + within) / n as f64;
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_interval_of_every_dimension_holds_one_point(dimensions in 1usize..6, n in 1usize..60, centred: bool, seed: u64) {
            let points = latin_hypercube(dimensions, n, centred, seed);
            for d in 0..dimensions {
                let mut cells: Vec<usize> = points.iter().map(|x| (x[d] * n as f64) as usize).collect();
                cells.sort_unstable();
                prop_assert_eq!(cells, (0..n).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn a_further_dimension_leaves_the_others() {
        let (two, three) = (latin_hypercube(2, 10, false, 4), latin_hypercube(3, 10, false, 4));
        assert!(two.iter().zip(&three).all(|(a, b)| a[..] == b[..2]));
    }
}
