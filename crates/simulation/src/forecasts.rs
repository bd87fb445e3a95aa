//! Errors of forecasts, drawn once for the run.

use agents::{ForecastError, Nowcast, Purpose, stream};
use clock::{Group, Seeds};
use scenario::Scenario;

/// Errors of forecasts and nowcasts: a part common to all zones plus the zone's own, each
/// first-order autoregressive.
pub(crate) fn forecast_error(
    e: &scenario::ForecastError,
    kind: u64,
    zone: u16,
    s: &Scenario,
    seeds: Seeds,
) -> ForecastError {
    let days = i64::from(s.days) + i64::from(s.warmup_days) + 2;
    let first_day = -i64::from(s.warmup_days);
    let path = |purpose: Purpose,
                (common_sd, zone_sd): (f64, f64),
                correlation: f64,
                count: i64| {
        if common_sd == 0.0 && zone_sd == 0.0 {
            return Vec::new();
        }
        let walk = |who: u64, sd: f64| {
            let draws = (0..count).map(|n| {
                let key = (who << 8 | kind, n as u64);
                let mut u =
                    seeds.draws(Group::Exogenous, stream::EXOGENOUS, purpose as u16, key.0, key.1);
                optim::normal::quantile(u.uniform())
            });
            autoregressive(draws, sd, correlation)
        };
        let (common, own) = (walk(0, common_sd), walk(u64::from(zone), zone_sd));
        common.iter().zip(&own).map(|(a, b)| a + b).collect()
    };
    let per_day = i64::from(s.periods_per_day);
    let period_h = 24.0 / per_day as f64;
    let steps = Nowcast::steps_in(period_h);
    let step_correlation = e.correlation.powf(period_h / steps as f64);
    ForecastError {
        by_hour: path(Purpose::Forecast, (e.common_sd, e.zone_sd), e.correlation, days * 24),
        first_hour: first_day * 24,
        intraday_share: e.intraday_share,
        nowcast: Nowcast {
            by_step: path(
                Purpose::Nowcast,
                e.nowcast_sds(),
                step_correlation,
                days * per_day * steps,
            ),
            steps_per_period: steps,
            first_period: first_day * per_day,
            sd: e.nowcast_sds().0.hypot(e.nowcast_sds().1),
            correlation: step_correlation,
        },
    }
}

/// A stationary first-order autoregressive course of this standard deviation from standard normal
/// numbers.
fn autoregressive(normals: impl Iterator<Item = f64>, sd: f64, correlation: f64) -> Vec<f64> {
    let mut level = 0.0;
    normals
        .enumerate()
        .map(|(n, z)| {
            let fresh = if n == 0 { 1.0 } else { (1.0 - correlation * correlation).sqrt() };
            level = correlation * level + fresh * sd * z;
            level
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Standard normal numbers by inversion of a congruential generator (Knuth's MMIX constants).
    fn normals() -> impl Iterator<Item = f64> {
        let mut state = 7_u64;
        std::iter::repeat_with(move || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            optim::normal::quantile(((state >> 11) as f64 + 0.5) / (1_u64 << 53) as f64)
        })
    }

    #[test]
    fn an_error_keeps_its_standard_deviation_and_correlation() {
        let n = 40_000;
        let course = autoregressive(normals().take(n), 0.1, 0.8);
        let mean_of = |f: &dyn Fn(usize) -> f64| (0..n - 1).map(f).sum::<f64>() / (n - 1) as f64;
        let variance = mean_of(&|i| course[i] * course[i]);
        let beside = mean_of(&|i| course[i] * course[i + 1]);
        assert!((variance.sqrt() - 0.1).abs() < 0.003, "{variance}");
        assert!((beside / variance - 0.8).abs() < 0.01, "{}", beside / variance);
    }
}
