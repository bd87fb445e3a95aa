//! What a day's load is judged by: the two objectives of the upper layer and the difference of peak
//! and valley (P4 eq. 11-13).

/// f1: sum over areas and time of the squared deviation from the area's mean, `h sum_k sum_t
/// (X_k(t) - mean_k)^2` \[kW^2 h\] (P4 eq. 11-12). With hourly periods it is the published sum; the
/// period's length keeps finer periods comparable (our reading).
///
/// ```
/// // Deviations -1, 1 and -2, 2: 1 + 1 + 4 + 4, over half hours.
/// assert_eq!(group::load_variance(&[1.0, 3.0, 0.0, 4.0], 2, 0.5), 5.0);
/// ```
pub fn load_variance(net_kw: &[f64], periods: usize, period_h: f64) -> f64 {
    let of_area = |kw: &[f64]| {
        let mean = kw.iter().sum::<f64>() / kw.len() as f64;
        kw.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>()
    };
    net_kw.chunks(periods).map(of_area).sum::<f64>() * period_h
}

/// Difference of the highest and the lowest value of a curve \[kW\]; 0 for an empty one.
///
/// ```
/// assert_eq!(group::peak_valley_kw(&[3.0, -1.0, 2.0]), 4.0);
/// ```
pub fn peak_valley_kw(kw: &[f64]) -> f64 {
    let high = kw.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let low = kw.iter().copied().fold(f64::INFINITY, f64::min);
    (high - low).max(0.0)
}

/// Sum over areas of curves given area after area \[kW\].
///
/// ```
/// assert_eq!(group::network_kw(&[1.0, 2.0, 10.0, 20.0], 2), [11.0, 22.0]);
/// ```
pub fn network_kw(by_area_kw: &[f64], periods: usize) -> Vec<f64> {
    let mut sum = vec![0.0; periods];
    for area in by_area_kw.chunks(periods) {
        for (total, value) in sum.iter_mut().zip(area) {
            *total += value;
        }
    }
    sum
}
