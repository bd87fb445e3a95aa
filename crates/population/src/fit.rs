//! Segments fitted to recorded charging sessions.
//!
//! Sessions are points (arrival \[h\], length of stay \[h\], ln energy); a Gaussian mixture over
//! them is fitted by EM with k-means++ seeds and the number of components by BIC. Each component
//! becomes a segment with a normal arrival, a truncated normal stay and a lognormal need, and its
//! weight becomes the segment's share; or the whole set becomes one segment with empirical laws.

use crate::{DepartureLaw, Law, NeedLaw, SegmentSize, SegmentSpec};
use optim::gmm::{Component, CovarianceForm, FitError as GmmError, FitParams, fit, fit_by_bic};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A recorded session.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// Arrival [local hour of the day], `[0, 24)`.
    pub arrival_h: f64,
    /// Departure, counted from the midnight of the arrival's day \[h\].
    pub departure_h: f64,
    /// Energy charged, metered \[kWh\].
    pub energy_kwh: f64,
    /// Departure that the driver stated beforehand, counted alike \[h\].
    pub stated_departure_h: Option<f64>,
}

/// What to fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FitForm {
    /// So many Gaussian components.
    Gmm {
        /// Number of components, 1 or more.
        components: usize,
    },
    /// Up to so many Gaussian components, the number with the least BIC.
    GmmByBic {
        /// Most components, 1 or more.
        most: usize,
    },
    /// One segment with the observed values themselves.
    Empirical,
}

/// Fitted segments and how well they fit.
#[derive(Clone, Debug, PartialEq)]
pub struct FittedSegments {
    /// Segments; their shares sum to 1.
    pub segments: Vec<SegmentSpec>,
    /// Actual departure minus stated departure \[h\], where sessions state one: negative is leaving
    /// early.
    pub departure_deviation: Option<Law>,
    /// Bayesian information criterion of the mixture; `None` for empirical laws.
    pub bic: Option<f64>,
    /// Sessions used.
    pub used: usize,
    /// Sessions left out because they have no energy.
    pub without_energy: usize,
}

/// Why sessions cannot be fitted.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum FitError {
    /// Nothing to fit.
    #[error("no session with energy: {given} given, {without_energy} without energy")]
    Empty {
        /// Sessions given.
        given: usize,
        /// Of them without energy.
        without_energy: usize,
    },
    /// A number that is none, or a departure before its arrival.
    #[error(
        "session {index}: arrival {arrival_h} h, departure {departure_h} h, energy {energy_kwh} kWh is no session"
    )]
    BadSession {
        /// Which, from 1.
        index: usize,
        /// Its arrival.
        arrival_h: f64,
        /// Its departure.
        departure_h: f64,
        /// Its energy.
        energy_kwh: f64,
    },
    /// The mixture could not be fitted.
    #[error("the mixture could not be fitted: {0}")]
    Gmm(#[from] GmmError),
}

/// Fits segments; everything that sessions do not tell (vehicles, tastes, lead, ...) is taken from
/// `base`, as is the charging efficiency that turns metered into stored energy. `u` seeds the
/// mixture.
///
/// # Errors
/// No usable session, a session that is none, or a mixture that cannot be fitted (too few points,
/// no spread).
pub fn fit_segments(
    sessions: &[Session],
    form: FitForm,
    base: &SegmentSpec,
    u: &mut impl FnMut() -> f64,
) -> Result<FittedSegments, FitError> {
    let used = usable(sessions)?;
    let efficiency = base.vehicle.charge_efficiency;
    let (segments, bic) = match form {
        FitForm::Empirical => (vec![empirical_segment(&used, base, efficiency)], None),
        FitForm::Gmm { components } => gmm_segments(&used, base, efficiency, |points, p| {
            fit(points, 3, components, p, &mut *u)
        })?,
        FitForm::GmmByBic { most } => gmm_segments(&used, base, efficiency, |points, p| {
            fit_by_bic(points, 3, most, p, &mut *u).map(|chosen| chosen.0)
        })?,
    };
    Ok(FittedSegments {
        segments,
        departure_deviation: departure_deviation(&used),
        bic,
        used: used.len(),
        without_energy: sessions.len() - used.len(),
    })
}

/// Lognormal law by the maximum likelihood of positive values: the median is `exp(mean ln x)`,
/// sigma the standard deviation of ln x. `None` without two different positive values.
///
/// ```
/// let e = std::f64::consts::E;
/// let law = population::fit_lognormal(&[1.0, e * e]).unwrap(); // ln x = 0 and 2: mean 1, standard deviation 1
/// assert!((law.quantile(0.5) - e).abs() < 1e-12);
/// ```
pub fn fit_lognormal(values: &[f64]) -> Option<Law> {
    let logs: Vec<f64> =
        values.iter().filter(|x| **x > 0.0 && x.is_finite()).map(|x| x.ln()).collect();
    let n = logs.len() as f64;
    let mean = logs.iter().sum::<f64>() / n;
    let variance = logs.iter().map(|l| (l - mean) * (l - mean)).sum::<f64>() / n;
    (variance > 0.0).then(|| Law::lognormal_median(mean.exp(), variance.sqrt()))
}

fn usable(sessions: &[Session]) -> Result<Vec<Session>, FitError> {
    for (i, s) in sessions.iter().enumerate() {
        let finite =
            s.arrival_h.is_finite() && s.departure_h.is_finite() && s.energy_kwh.is_finite();
        if !finite || s.departure_h <= s.arrival_h || s.energy_kwh < 0.0 {
            let Session { arrival_h, departure_h, energy_kwh, .. } = *s;
            return Err(FitError::BadSession { index: i + 1, arrival_h, departure_h, energy_kwh });
        }
    }
    let used: Vec<Session> = sessions.iter().filter(|s| s.energy_kwh > 0.0).copied().collect();
    if used.is_empty() {
        return Err(FitError::Empty { given: sessions.len(), without_energy: sessions.len() });
    }
    Ok(used)
}

fn departure_deviation(sessions: &[Session]) -> Option<Law> {
    let deviations: Vec<f64> = sessions
        .iter()
        .filter_map(|s| s.stated_departure_h.map(|stated| s.departure_h - stated))
        .collect();
    (!deviations.is_empty()).then(|| Law::empirical(deviations))
}

fn empirical_segment(sessions: &[Session], base: &SegmentSpec, efficiency: f64) -> SegmentSpec {
    let of = |value: fn(&Session) -> f64| Law::empirical(sessions.iter().map(value).collect());
    let stored = Law::empirical(sessions.iter().map(|s| s.energy_kwh * efficiency).collect());
    SegmentSpec {
        name: "sessions".to_owned(),
        size: SegmentSize::Share(1.0),
        arrival: of(|s| s.arrival_h),
        departure: DepartureLaw::Stay(of(|s| s.departure_h - s.arrival_h)),
        need: NeedLaw::EnergyKwh(stored),
        ..base.clone()
    }
}

fn gmm_segments(
    sessions: &[Session],
    base: &SegmentSpec,
    efficiency: f64,
    mut run: impl FnMut(&[f64], &FitParams) -> Result<optim::gmm::Fit, GmmError>,
) -> Result<(Vec<SegmentSpec>, Option<f64>), FitError> {
    let points: Vec<f64> = sessions
        .iter()
        .flat_map(|s| [s.arrival_h, s.departure_h - s.arrival_h, (s.energy_kwh * efficiency).ln()])
        .collect();
    let fitted =
        run(&points, &FitParams { form: CovarianceForm::Diagonal, ..FitParams::default() })?;
    let mut components: Vec<&Component> = fitted.mixture.components().iter().collect();
    components.sort_by(|a, b| a.mean[0].total_cmp(&b.mean[0]));
    let total: f64 = components.iter().map(|c| c.weight).sum();
    let segments = components
        .iter()
        .enumerate()
        .map(|(i, c)| component_segment(i + 1, c, total, base))
        .collect();
    Ok((segments, Some(fitted.bic)))
}

/// A component as a segment. Stays cannot be negative, so their normal law is cut at a quarter of
/// an hour.
fn component_segment(
    number: usize,
    component: &Component,
    total: f64,
    base: &SegmentSpec,
) -> SegmentSpec {
    let sd = |axis| component.covariance.variance(axis, 3).sqrt();
    SegmentSpec {
        name: format!("sessions {number}"),
        size: SegmentSize::Share(component.weight / total),
        arrival: Law::normal(component.mean[0], sd(0)),
        departure: DepartureLaw::Stay(Law::TruncatedNormal {
            mean: component.mean[1],
            sd: sd(1),
            low: 0.25,
            high: f64::INFINITY,
        }),
        need: NeedLaw::EnergyKwh(Law::lognormal_median(component.mean[2].exp(), sd(2))),
        ..base.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FleetSpec;

    fn uniforms(seed: u64) -> impl FnMut() -> f64 {
        let mut state = seed;
        move || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            ((state >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
        }
    }

    /// 600 workers (8.2 h, stay 9.4 h, median 20 kWh) and 400 residents (17.6 h, stay 13.9 h,
    /// median 10 kWh).
    fn sessions() -> Vec<Session> {
        let mut u = uniforms(7);
        let mut draw = |n, arrival: Law, stay: Law, energy: Law| -> Vec<Session> {
            (0..n)
                .map(|_| {
                    let arrival_h = arrival.sample(&mut u);
                    let departure_h = arrival_h + stay.sample(&mut u);
                    Session {
                        arrival_h,
                        departure_h,
                        energy_kwh: energy.sample(&mut u),
                        stated_departure_h: Some(departure_h + 1.0),
                    }
                })
                .collect()
        };
        let mut all = draw(
            600,
            Law::normal(8.2, 0.9),
            Law::normal(9.4, 1.0),
            Law::lognormal_median(20.0, 0.5),
        );
        all.extend(draw(
            400,
            Law::normal(17.6, 1.6),
            Law::normal(13.9, 1.2),
            Law::lognormal_median(10.0, 0.3),
        ));
        all
    }

    #[test]
    fn two_kinds_of_users_are_found_again() {
        let fitted = fit_segments(
            &sessions(),
            FitForm::GmmByBic { most: 3 },
            &SegmentSpec::workers(),
            &mut uniforms(3),
        )
        .expect("fits");
        assert_eq!(fitted.segments.len(), 2);
        let fleet = FleetSpec { evs: 1000, segments: fitted.segments.clone() };
        let counts = fleet.head_counts().expect("shares sum to 1");
        assert!(counts[0].abs_diff(600) < 10, "{counts:?}");
        assert!(
            (fitted.segments[0].arrival.mean() - 8.2).abs() < 0.15
                && (fitted.segments[1].arrival.mean() - 17.6).abs() < 0.3
        );
        // 20 kWh metered are 19 kWh stored.
        assert!(
            matches!(&fitted.segments[0].need, NeedLaw::EnergyKwh(law) if (law.quantile(0.5) - 19.0).abs() < 1.0)
        );
        assert_eq!(fitted.segments[0].problems(), []);
    }

    #[test]
    fn empirical_laws_give_the_sessions_back() {
        let fitted = fit_segments(
            &sessions(),
            FitForm::Empirical,
            &SegmentSpec::workers(),
            &mut uniforms(3),
        )
        .expect("fits");
        assert_eq!((fitted.used, fitted.without_energy, fitted.segments.len()), (1000, 0, 1));
        let deviation = fitted.departure_deviation.expect("stated");
        assert!(
            (deviation.quantile(0.5) + 1.0).abs() < 1e-9,
            "all left an hour before the stated departure"
        );
    }

    #[test]
    fn what_is_no_session_is_refused() {
        let bad =
            Session { arrival_h: 9.0, departure_h: 8.0, energy_kwh: 5.0, stated_departure_h: None };
        let base = SegmentSpec::workers();
        assert!(matches!(
            fit_segments(&[bad], FitForm::Empirical, &base, &mut || 0.5),
            Err(FitError::BadSession { index: 1, departure_h: 8.0, .. })
        ));
        assert_eq!(
            fit_segments(
                &[Session { departure_h: 10.0, energy_kwh: 0.0, ..bad }],
                FitForm::Empirical,
                &base,
                &mut || 0.5
            ),
            Err(FitError::Empty { given: 1, without_energy: 1 })
        );
    }
}
