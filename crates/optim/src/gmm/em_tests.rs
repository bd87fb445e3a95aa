//! EM against known mixtures.

use super::{
    Component, Convergence, Covariance, CovarianceForm, Fit, FitError, FitParams, Mixture, fit,
    fit_by_bic,
};
use crate::uniforms::uniforms;

fn known() -> Mixture {
    let part = |weight, mean: [f64; 2], full: [f64; 4]| Component {
        weight,
        mean: mean.to_vec(),
        covariance: Covariance::Full(full.to_vec()),
    };
    Mixture::new(vec![
        part(0.2, [0.0, 0.0], [1.0, 0.6, 0.6, 1.0]),
        part(0.5, [6.0, 1.0], [2.0, -0.8, -0.8, 1.0]),
        part(0.3, [2.0, 8.0], [0.5, 0.0, 0.0, 3.0]),
    ])
    .unwrap()
}

fn draw(mixture: &Mixture, n: usize, seed: u64) -> Vec<f64> {
    let mut uniform = uniforms(seed);
    (0..n).flat_map(|_| mixture.sample(&mut uniform)).collect()
}

fn sorted(fit: &Fit) -> Vec<Component> {
    let mut parts = fit.mixture.components().to_vec();
    parts.sort_by(|a, b| a.weight.total_cmp(&b.weight));
    parts
}

#[test]
fn recovers_a_known_mixture_with_full_covariances() {
    let points = draw(&known(), 20_000, 11);
    let fitted = fit(&points, 2, 3, &FitParams::default(), uniforms(12)).unwrap();
    assert_eq!(fitted.convergence, Convergence::Converged);
    let parts = sorted(&fitted);
    let expected = [
        (0.2, [0.0, 0.0], [1.0, 0.6, 1.0]),
        (0.3, [2.0, 8.0], [0.5, 0.0, 3.0]),
        (0.5, [6.0, 1.0], [2.0, -0.8, 1.0]),
    ];
    for (part, (weight, mean, [xx, xy, yy])) in parts.iter().zip(expected) {
        // Sampling errors with some 4,000 points a component: at most about 0.06.
        assert!((part.weight - weight).abs() < 0.015, "{part:?}");
        assert!(part.mean.iter().zip(mean).all(|(a, b)| (a - b).abs() < 0.08), "{part:?}");
        let Covariance::Full(c) = &part.covariance else {
            panic!("a full fit gives full covariances")
        };
        assert!(
            (c[0] - xx).abs() < 0.1 && (c[1] - xy).abs() < 0.1 && (c[3] - yy).abs() < 0.15,
            "{part:?}"
        );
    }
}

#[test]
fn likelihood_never_falls() {
    let points = draw(&known(), 1_500, 21);
    for form in [CovarianceForm::Diagonal, CovarianceForm::Full] {
        for components in 1..=5 {
            let params = FitParams { form, ..FitParams::default() };
            let fitted = fit(&points, 2, components, &params, uniforms(components as u64)).unwrap();
            let scale = fitted.log_likelihood.abs();
            assert!(
                fitted.history.windows(2).all(|w| w[1] >= w[0] - 1e-10 * scale),
                "{:?}",
                fitted.history
            );
        }
    }
}

#[test]
fn bic_finds_three_components() {
    let points = draw(&known(), 3_000, 31);
    let (best, criteria) = fit_by_bic(&points, 2, 6, &FitParams::default(), uniforms(32)).unwrap();
    assert_eq!(best.mixture.components().len(), 3, "{criteria:?}");
    assert_eq!(criteria.len(), 6);
}

#[test]
fn one_component_is_the_sample_mean_and_variance() {
    // Points 1, 2, 3, 4: mean 2.5, variance 1.25.
    let fitted = fit(&[1.0, 2.0, 3.0, 4.0], 1, 1, &FitParams::default(), uniforms(1)).unwrap();
    let part = &fitted.mixture.components()[0];
    assert!((part.mean[0] - 2.5).abs() < 1e-14);
    assert!((part.covariance.variance(0, 1) - 1.25).abs() < 1e-14);
}

#[test]
fn repeated_points_meet_the_floor_instead_of_collapsing() {
    let mut points = vec![1.0; 50];
    points.extend((0..50).map(|k| 5.0 + f64::from(k) * 0.02));
    let fitted = fit(&points, 1, 2, &FitParams::default(), uniforms(4)).unwrap();
    let least =
        sorted(&fitted).iter().map(|c| c.covariance.variance(0, 1)).fold(f64::INFINITY, f64::min);
    assert!(least > 0.0 && fitted.log_likelihood.is_finite());
}

#[test]
fn malformed_points_are_refused() {
    let go = |points: &[f64], d, k| fit(points, d, k, &FitParams::default(), || 0.3).unwrap_err();
    assert!(matches!(go(&[1.0, 2.0, 3.0], 2, 1), FitError::Shape { .. }));
    assert!(matches!(go(&[1.0, 2.0, 3.0], 1, 2), FitError::TooFewPoints { points: 3, .. }));
    assert!(matches!(go(&[1.0, f64::NAN], 1, 1), FitError::NotFinite { point: 1, .. }));
    assert!(matches!(go(&[1.0, 1.0], 1, 1), FitError::NoSpread { axis: 0 }));
}
