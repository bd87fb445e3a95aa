//! Sobol' sequences: low-discrepancy points of the unit cube (Sobol' 1967), in the Gray-code order
//! of Antonov and Saleev (1979), with the direction numbers of Joe and Kuo (2008), search criterion
//! D(6).

use super::{DRAWS, Purpose};
use clock::{Group, Seeds};

/// Bits of a coordinate.
const BITS: usize = 32;

/// The direction numbers' table, with its source and licence at its head.
const TABLE: &str = include_str!("../../data/joe-kuo-d6.txt");

/// Points x_0, x_1, ... of a Sobol' sequence; x_0 is the origin unless the sequence is scrambled.
///
/// ```
/// use study::design::SobolSequence;
/// let first: Vec<Vec<f64>> = SobolSequence::new(3, None).take(4).collect();
/// assert_eq!(first[1], [0.5, 0.5, 0.5]);
/// assert_eq!(first[2], [0.75, 0.25, 0.25]);
/// assert_eq!(first[3], [0.25, 0.75, 0.75]);
/// ```
#[derive(Clone, Debug)]
pub struct SobolSequence {
    /// By dimension: direction numbers as binary fractions, most significant bit first.
    directions: Vec<[u32; BITS]>,
    point: Vec<u32>,
    shift: Vec<u32>,
    index: u64,
}

impl SobolSequence {
    /// Largest number of dimensions.
    pub const MAX_DIMENSIONS: usize = 256;

    /// The sequence in `dimensions` dimensions, at most [`Self::MAX_DIMENSIONS`]. With a seed it is
    /// scrambled by a random digital shift (every coordinate XORed with a random number of its
    /// dimension), which keeps its uniformity and makes it unbiased.
    pub fn new(dimensions: usize, scramble: Option<u64>) -> Self {
        assert!(
            dimensions <= Self::MAX_DIMENSIONS,
            "invariant: the study checks that the direction numbers suffice"
        );
        let directions = std::iter::once(van_der_corput())
            .chain(rows().map(|(a, m)| directions(a, &m)))
            .take(dimensions)
            .collect();
        let shift = match scramble {
            None => vec![0; dimensions],
            Some(seed) => {
                let word = |d| {
                    Seeds::new(seed)
                        .draws(Group::Optimiser, DRAWS, Purpose::Scramble as u16, d as u64, 0)
                        .word()
                };
                (0..dimensions).map(word).collect()
            }
        };
        Self { directions, point: vec![0; dimensions], shift, index: 0 }
    }
}

impl Iterator for SobolSequence {
    type Item = Vec<f64>;

    fn next(&mut self) -> Option<Vec<f64>> {
        const SCALE: f64 = 1.0 / (1u64 << BITS) as f64;
        let current =
            self.point.iter().zip(&self.shift).map(|(x, s)| f64::from(x ^ s) * SCALE).collect();
        // Antonov and Saleev: the next point differs by the direction number of the lowest zero bit
        // of the index.
        let bit = self.index.trailing_ones() as usize;
        if bit >= BITS {
            return None;
        }
        for (x, v) in self.point.iter_mut().zip(&self.directions) {
            *x ^= v[bit];
        }
        self.index += 1;
        Some(current)
    }
}

/// Dimension 1: v_k = 2^-k.
fn van_der_corput() -> [u32; BITS] {
    std::array::from_fn(|k| 1 << (BITS - 1 - k))
}

/// The table's rows: coefficients a and initial numbers m_1 ... m_s.
fn rows() -> impl Iterator<Item = (u32, Vec<u32>)> {
    TABLE.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let mut numbers = line
            .split(' ')
            .skip(2)
            .map(|n| n.parse::<u32>().expect("invariant: the table holds whole numbers"));
        let a = numbers.next().unwrap_or(0);
        (a, numbers.collect())
    })
}

/// Direction numbers from a primitive polynomial x^s + a_1 x^(s-1) + ... + 1 and m_1 ... m_s: m_k =
/// 2 a_1 m_(k-1) xor ... xor 2^(s-1) a_(s-1) m_(k-s+1) xor 2^s m_(k-s) xor m_(k-s), v_k = m_k 2^-k.
fn directions(a: u32, m: &[u32]) -> [u32; BITS] {
    let s = m.len();
    let mut v = [0_u32; BITS];
    for k in 0..BITS {
        v[k] = if k < s {
            m[k] << (BITS - 1 - k)
        } else {
            let mut x = v[k - s] ^ (v[k - s] >> s);
            for j in 1..s {
                if a >> (s - 1 - j) & 1 == 1 {
                    x ^= v[k - j];
                }
            }
            x
        };
    }
    v
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dimension_is_a_net_in_base_two() {
        // The first 2^m points have one coordinate in each of 2^m equal intervals, in every
        // dimension, scrambled or not.
        for scramble in [None, Some(3)] {
            let points: Vec<Vec<f64>> =
                SobolSequence::new(SobolSequence::MAX_DIMENSIONS, scramble).take(64).collect();
            for d in 0..SobolSequence::MAX_DIMENSIONS {
                let mut cells: Vec<usize> = points.iter().map(|x| (x[d] * 64.0) as usize).collect();
                cells.sort_unstable();
                assert_eq!(cells, (0..64).collect::<Vec<_>>(), "dimension {d}");
            }
        }
    }

    #[test]
    fn the_table_covers_all_dimensions_with_odd_numbers() {
        assert_eq!(rows().count(), SobolSequence::MAX_DIMENSIONS - 1);
        for (k, (_, m)) in rows().enumerate() {
            assert!(
                m.iter().enumerate().all(|(i, m)| m % 2 == 1 && *m < 2 << i),
                "dimension {}",
                k + 2
            );
        }
    }

    #[test]
    fn the_shift_depends_on_the_seed() {
        let first = |seed| SobolSequence::new(5, Some(seed)).next();
        assert_eq!(first(1), first(1));
        assert_ne!(first(1), first(2));
    }
}
