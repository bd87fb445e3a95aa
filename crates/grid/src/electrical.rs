//! Electrical distance between buses and the weight that it gives to branches (P0 eq. 12).
//!
//! | paper | here |
//! |---|---|
//! | `d_ij`, voltage coupling of source i and bus j | `-log10(X_ij / X_jj)`, X the reactance of the path shared from the substation |
//! | `s_ij = sqrt(sum_n (d_in - d_jn)^2)` (eq. 12) | [`ElectricalDistance::between`], n over all buses but the substation |
//! | edge weight of the modularity | `1 - s / max s` on the closed branches between those buses |
//!
//! Our reading: every bus but the substation counts as a reactive source, the edges of the
//! modularity are the branches of the feeder (weights between all pairs make the partition
//! unstable), and the largest distance of all pairs is the scale.

use crate::feeder::Feeder;

/// Largest coupling distance [decades]: buses that share no reactance would be infinitely far
/// apart.
const FARTHEST: f64 = 6.0;

/// Distances between all buses but the substation.
#[derive(Clone, Debug, PartialEq)]
pub struct ElectricalDistance {
    buses: usize,
    s: Vec<f64>,
    largest: f64,
}

impl ElectricalDistance {
    /// Distances of a feeder.
    ///
    /// ```
    /// let feeder = grid::ieee33();
    /// let distance = grid::ElectricalDistance::of(&feeder);
    /// // Neighbours far out couple more closely than the feeder's two ends.
    /// assert!(distance.between(16, 17) < distance.between(1, 17));
    /// ```
    pub fn of(feeder: &Feeder) -> Self {
        let buses = feeder.buses().len();
        let coupling = coupling_distances(feeder);
        let mut s = vec![0.0; buses * buses];
        // The substation's column is zero in every row.
        for i in 0..buses {
            for j in i + 1..buses {
                let (a, b) = (&coupling[i * buses..][..buses], &coupling[j * buses..][..buses]);
                let sum: f64 = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum();
                (s[i * buses + j], s[j * buses + i]) = (sum.sqrt(), sum.sqrt());
            }
        }
        let slack = feeder.slack();
        let counts = |at: usize| at / buses != slack && at % buses != slack;
        let largest =
            s.iter().enumerate().filter(|(at, _)| counts(*at)).map(|(_, &s)| s).fold(0.0, f64::max);
        Self { buses, s, largest }
    }

    /// Electrical distance of two buses (by position), neither the substation (P0 eq. 12).
    pub fn between(&self, a: usize, b: usize) -> f64 {
        self.s[a * self.buses + b]
    }

    /// Weight of a branch between two buses: 1 for the same place, 0 for the feeder's farthest
    /// pair.
    pub fn weight(&self, a: usize, b: usize) -> f64 {
        if self.largest > 0.0 { 1.0 - self.between(a, b) / self.largest } else { 1.0 }
    }
}

/// `d_ij` of all pairs, row after row; zero in the substation's row and column.
fn coupling_distances(feeder: &Feeder) -> Vec<f64> {
    let buses = feeder.buses().len();
    let all = feeder.shared_paths_ohm();
    let own: Vec<f64> = (0..buses).map(|j| all[j * buses + j].1).collect();
    let mut d = vec![0.0; buses * buses];
    for i in (0..buses).filter(|&i| i != feeder.slack()) {
        for j in (0..buses).filter(|&j| j != feeder.slack()) {
            let shared = all[i * buses + j].1;
            let ratio = if own[j] > 0.0 { shared / own[j] } else { 1.0 };
            d[i * buses + j] = (-ratio.log10()).clamp(0.0, FARTHEST);
        }
    }
    d
}
