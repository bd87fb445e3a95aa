//! Warm-up of a series by MSER-5 (White, Cobb and Spratt 2000, A comparison of five steady-state
//! truncation heuristics).

/// Where a series has settled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mser {
    /// Values to drop from the beginning; a multiple of 5.
    pub drop: usize,
    /// Whether the least standard error lies before the middle: otherwise the series is too short
    /// to tell.
    pub settled: bool,
}

/// Length of the batches whose means are looked at.
const BATCH: usize = 5;

/// The truncation that minimises sum (x_i - mean)^2 / m^2 over the m batch means left, batches of
/// five; only the first half is searched. None for fewer than ten values.
///
/// ```
/// // Ten values at 10 while it warms up, then a hundred around 0.
/// let series: Vec<f64> = (0..110).map(|i| if i < 10 { 10.0 } else { f64::from(i % 2) - 0.5 }).collect();
/// assert_eq!(indicators::mser5(&series).map(|m| (m.drop, m.settled)), Some((10, true)));
/// ```
pub fn mser5(series: &[f64]) -> Option<Mser> {
    let batches: Vec<f64> = series.chunks_exact(BATCH).map(mean).collect();
    if batches.len() < 2 {
        return None;
    }
    let error = |from: usize| {
        let rest = &batches[from..];
        let mean = mean(rest);
        rest.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (rest.len() * rest.len()) as f64
    };
    // The last few truncations leave so little that they look good by chance: they only tell
    // whether the series has settled.
    let candidates = 0..batches.len().saturating_sub(BATCH).max(1);
    let best = candidates.min_by(|&a, &b| error(a).total_cmp(&error(b)))?;
    let half = batches.len() / 2;
    let within = (0..=half).min_by(|&a, &b| error(a).total_cmp(&error(b)))?;
    Some(Mser { drop: within * BATCH, settled: best < half })
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_settled_series_loses_nothing_and_a_rising_one_never_settles() {
        let flat: Vec<f64> = (0..60).map(|i| f64::from(i % 5)).collect();
        assert_eq!(mser5(&flat), Some(Mser { drop: 0, settled: true }));
        let rising: Vec<f64> = (0..100).map(f64::from).collect();
        assert!(!mser5(&rising).expect("long enough").settled);
        assert_eq!(mser5(&[1.0; 9]), None);
    }
}
