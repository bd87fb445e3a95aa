//! The fleet: segments and how many EVs each has.

use crate::{SegmentSize, SegmentSpec};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A fleet of segments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FleetSpec {
    /// EVs in all (P3: 318).
    pub evs: u32,
    /// Segments.
    pub segments: Vec<SegmentSpec>,
}

/// Why a fleet has no head count.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum FleetError {
    /// Nobody drives.
    #[error("the fleet is empty: evs = {evs}, {segments} segments")]
    Empty {
        /// EVs asked for.
        evs: u32,
        /// Segments given.
        segments: usize,
    },
    /// Shares that do not sum to 1.
    #[error("the shares of the segments sum to {sum}, not to 1")]
    ShareSum {
        /// Their sum.
        sum: f64,
    },
    /// A share outside 0..1.
    #[error("segment {segment}: share = {share} must lie in [0, 1]")]
    Share {
        /// Its name.
        segment: String,
        /// Its share.
        share: f64,
    },
    /// More EVs are named in segments than the fleet has.
    #[error("the segments name {named} EVs, the fleet has {evs}")]
    TooMany {
        /// Sum over segments.
        named: u64,
        /// EVs of the fleet.
        evs: u32,
    },
    /// EVs are left over and no segment has a share.
    #[error("the segments name {named} of {evs} EVs and none has a share for the rest")]
    TooFew {
        /// Sum over segments.
        named: u64,
        /// EVs of the fleet.
        evs: u32,
    },
}

impl FleetSpec {
    /// EVs of each segment: named numbers first, then the rest by shares with the method of the
    /// largest remainder (ties: the earlier segment).
    ///
    /// # Errors
    /// When nobody drives, shares do not sum to 1, or named numbers do not fit the total.
    ///
    /// ```
    /// assert_eq!(population::FleetSpec::default().head_counts().unwrap(), [159, 159]);
    /// ```
    pub fn head_counts(&self) -> Result<Vec<u32>, FleetError> {
        if self.evs == 0 || self.segments.is_empty() {
            return Err(FleetError::Empty { evs: self.evs, segments: self.segments.len() });
        }
        let shares = self.shares()?;
        let named: u64 = self
            .segments
            .iter()
            .map(|s| if let SegmentSize::Evs(n) = s.size { u64::from(n) } else { 0 })
            .sum();
        if named > u64::from(self.evs) {
            return Err(FleetError::TooMany { named, evs: self.evs });
        }
        let rest = self.evs - named as u32;
        if rest > 0 && shares.iter().all(Option::is_none) {
            return Err(FleetError::TooFew { named, evs: self.evs });
        }
        let mut by_share =
            largest_remainder(rest, &shares.iter().map(|s| s.unwrap_or(0.0)).collect::<Vec<_>>());
        for (count, segment) in by_share.iter_mut().zip(&self.segments) {
            if let SegmentSize::Evs(n) = segment.size {
                *count = n;
            }
        }
        Ok(by_share)
    }

    fn shares(&self) -> Result<Vec<Option<f64>>, FleetError> {
        let mut shares = Vec::with_capacity(self.segments.len());
        for s in &self.segments {
            match s.size {
                SegmentSize::Share(share) if !(0.0..=1.0).contains(&share) => {
                    return Err(FleetError::Share { segment: s.name.clone(), share });
                }
                SegmentSize::Share(share) => shares.push(Some(share)),
                SegmentSize::Evs(_) => shares.push(None),
            }
        }
        let sum: f64 = shares.iter().flatten().sum();
        if shares.iter().any(Option::is_some) && (sum - 1.0).abs() > 1e-6 {
            Err(FleetError::ShareSum { sum })
        } else {
            Ok(shares)
        }
    }
}

/// Splits a whole number by shares that sum to 1: floors first, then one each to the largest
/// remainders (ties: the earlier one).
///
/// ```
/// assert_eq!(population::largest_remainder(10, &[0.5, 0.33, 0.17]), [5, 3, 2]); // 5.0, 3.3, 1.7
/// ```
pub fn largest_remainder(total: u32, shares: &[f64]) -> Vec<u32> {
    let exact: Vec<f64> = shares.iter().map(|s| s * f64::from(total)).collect();
    // A product such as 0.29 x 100 may fall a rounding error below its whole number.
    let mut counts: Vec<u32> = exact.iter().map(|e| (e + 1e-9).floor() as u32).collect();
    let given: u32 = counts.iter().sum();
    let mut order: Vec<usize> = (0..shares.len()).filter(|&i| shares[i] > 0.0).collect();
    order.sort_by(|&a, &b| {
        (exact[b] - f64::from(counts[b])).total_cmp(&(exact[a] - f64::from(counts[a])))
    });
    for &i in order.iter().take(total.saturating_sub(given) as usize) {
        counts[i] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fleet(evs: u32, sizes: &[SegmentSize]) -> FleetSpec {
        FleetSpec {
            evs,
            segments: sizes
                .iter()
                .map(|&size| SegmentSpec { size, ..SegmentSpec::workers() })
                .collect(),
        }
    }

    #[test]
    fn named_numbers_come_first_and_shares_split_the_rest() {
        use SegmentSize::{Evs, Share};
        assert_eq!(
            fleet(500, &[Evs(225), Evs(167), Evs(108)]).head_counts().unwrap(),
            [225, 167, 108]
        );
        assert_eq!(fleet(11, &[Evs(1), Share(0.7), Share(0.3)]).head_counts().unwrap(), [1, 7, 3]);
        assert_eq!(
            fleet(0, &[Share(1.0)]).head_counts(),
            Err(FleetError::Empty { evs: 0, segments: 1 })
        );
        assert_eq!(
            fleet(5, &[Evs(6)]).head_counts(),
            Err(FleetError::TooMany { named: 6, evs: 5 })
        );
        assert_eq!(fleet(5, &[Evs(4)]).head_counts(), Err(FleetError::TooFew { named: 4, evs: 5 }));
        assert_eq!(
            fleet(5, &[Share(0.7), Share(0.7)]).head_counts(),
            Err(FleetError::ShareSum { sum: 1.4 })
        );
        assert!(matches!(
            fleet(5, &[Share(-0.1), Share(1.1)]).head_counts(),
            Err(FleetError::Share { .. })
        ));
    }

    proptest! {
        #[test]
        fn head_counts_sum_to_the_fleet(evs in 1_u32..10_000, a in 0.0_f64..1.0, b in 0.0_f64..1.0) {
            let (low, high) = (a.min(b), a.max(b));
            let shares = [low, high - low, 1.0 - high];
            let counts = largest_remainder(evs, &shares);
            prop_assert_eq!(counts.iter().sum::<u32>(), evs);
            for (count, share) in counts.iter().zip(shares) {
                prop_assert!((f64::from(*count) - share * f64::from(evs)).abs() <= 1.0 + 1e-6);
            }
        }
    }
}
