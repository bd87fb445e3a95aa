//! The standard normal law N(0, 1): density, distribution, survival and quantile.
//!
//! * density `phi(z) = exp(-z^2 / 2) / sqrt(2 pi)`,
//! * distribution `Phi(z) = erfc(-z / sqrt 2) / 2`, with the error function of the C mathematics
//!   library (below one unit in the last place), so that both tails keep their relative accuracy,
//! * quantile `Phi^-1(p)` by the rational approximations of Wichura, *Algorithm AS 241: the
//!   percentage points of the normal distribution*, Applied Statistics 37 (1988), routine PPND16:
//!   about 1e-16 relative.
//!
//! A uniform number in `(0, 1)` becomes a normal draw by [`quantile`] alone: one number in, one
//! number out, which is what counter-based random streams need.

use std::f64::consts::SQRT_2;

/// `ln sqrt(2 pi)`: the normalising constant of the standard normal density on the log scale.
pub const LN_SQRT_2PI: f64 = 0.918_938_533_204_672_8;

/// `1 / sqrt(2 pi)`: the standard normal density at zero.
const INV_SQRT_2PI: f64 = 0.398_942_280_401_432_7;

/// Density `phi(z)` of the standard normal law.
///
/// ```
/// assert!((optim::normal::pdf(1.0) - 0.241_970_724_519_143_4).abs() < 1e-15);
/// ```
pub fn pdf(z: f64) -> f64 {
    INV_SQRT_2PI * (-0.5 * z * z).exp()
}

/// Probability `Phi(z)` that a standard normal variable is at most `z`.
///
/// ```
/// assert!((optim::normal::cdf(1.96) - 0.975_002_104_851_779_5).abs() < 1e-15);
/// ```
pub fn cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z / SQRT_2)
}

/// Probability `1 - Phi(z)` that a standard normal variable exceeds `z`, accurate in the far tail.
///
/// ```
/// assert!((optim::normal::survival(10.0) / 7.619_853_024_160_527e-24 - 1.0).abs() < 1e-12);
/// ```
pub fn survival(z: f64) -> f64 {
    0.5 * libm::erfc(z / SQRT_2)
}

/// The `z` with `Phi(z) = p`. Infinite at 0 and 1, NaN outside `[0, 1]`.
///
/// ```
/// assert!((optim::normal::quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-14);
/// ```
pub fn quantile(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * ratio(r, &CENTRE_NUMERATOR, &CENTRE_DENOMINATOR);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    let magnitude = tail_magnitude(tail);
    if q < 0.0 { -magnitude } else { magnitude }
}

/// The `z` with `1 - Phi(z) = p`: the quantile seen from the upper tail, accurate for tiny `p`.
///
/// ```
/// assert!((optim::normal::survival_quantile(1e-20) - 9.262_340_089_798_409).abs() < 1e-13);
/// ```
pub fn survival_quantile(p: f64) -> f64 {
    -quantile(p)
}

/// `|Phi^-1(tail)|` for a tail probability below 0.075.
fn tail_magnitude(tail: f64) -> f64 {
    if tail == 0.0 {
        return f64::INFINITY;
    }
    if tail.is_nan() || tail < 0.0 {
        return f64::NAN;
    }
    let r = (-tail.ln()).sqrt();
    if r <= 5.0 {
        ratio(r - 1.6, &MIDDLE_NUMERATOR, &MIDDLE_DENOMINATOR)
    } else {
        ratio(r - 5.0, &FAR_NUMERATOR, &FAR_DENOMINATOR)
    }
}

/// Quotient of two polynomials of degree seven, lowest coefficient first, by Horner's rule.
fn ratio(r: f64, numerator: &[f64; 8], denominator: &[f64; 8]) -> f64 {
    let horner = |c: &[f64; 8]| c.iter().rev().fold(0.0, |sum, &k| sum * r + k);
    horner(numerator) / horner(denominator)
}

// The coefficients stand as Wichura prints them, a digit or two beyond what f64 holds.
#[allow(clippy::excessive_precision)]
const CENTRE_NUMERATOR: [f64; 8] = [
    3.387_132_872_796_366_608_0,
    1.331_416_678_917_843_774_5e2,
    1.971_590_950_306_551_442_7e3,
    1.373_169_376_550_946_112_5e4,
    4.592_195_393_154_987_145_7e4,
    6.726_577_092_700_870_085_3e4,
    3.343_057_558_358_812_810_5e4,
    2.509_080_928_730_122_672_7e3,
];
#[allow(clippy::excessive_precision)]
const CENTRE_DENOMINATOR: [f64; 8] = [
    1.0,
    4.231_333_070_160_091_125_2e1,
    6.871_870_074_920_579_083_0e2,
    5.394_196_021_424_751_107_7e3,
    2.121_379_430_158_659_586_7e4,
    3.930_789_580_009_271_061_0e4,
    2.872_908_573_572_194_267_4e4,
    5.226_495_278_852_854_561_0e3,
];
#[allow(clippy::excessive_precision)]
const MIDDLE_NUMERATOR: [f64; 8] = [
    1.423_437_110_749_683_577_34,
    4.630_337_846_156_545_295_90,
    5.769_497_221_460_691_405_50,
    3.647_848_324_763_204_605_04,
    1.270_458_252_452_368_382_58,
    2.417_807_251_774_506_117_70e-1,
    2.272_384_498_926_918_458_33e-2,
    7.745_450_142_783_414_076_40e-4,
];
#[allow(clippy::excessive_precision)]
const MIDDLE_DENOMINATOR: [f64; 8] = [
    1.0,
    2.053_191_626_637_758_821_87,
    1.676_384_830_183_803_849_40,
    6.897_673_349_851_000_045_50e-1,
    1.481_039_764_274_800_745_90e-1,
    1.519_866_656_361_645_719_66e-2,
    5.475_938_084_995_344_946_00e-4,
    1.050_750_071_644_416_843_24e-9,
];
#[allow(clippy::excessive_precision)]
const FAR_NUMERATOR: [f64; 8] = [
    6.657_904_643_501_103_777_20,
    5.463_784_911_164_114_369_90,
    1.784_826_539_917_291_335_80,
    2.965_605_718_285_048_912_30e-1,
    2.653_218_952_657_612_309_30e-2,
    1.242_660_947_388_078_438_60e-3,
    2.711_555_568_743_487_578_15e-5,
    2.010_334_399_292_288_132_65e-7,
];
#[allow(clippy::excessive_precision)]
const FAR_DENOMINATOR: [f64; 8] = [
    1.0,
    5.998_322_065_558_879_376_90e-1,
    1.369_298_809_227_358_053_10e-1,
    1.487_536_129_085_061_485_25e-2,
    7.868_691_311_456_132_591_00e-4,
    1.846_318_317_510_054_681_80e-5,
    1.421_511_758_316_445_888_70e-7,
    2.044_263_103_389_939_785_64e-15,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distribution_matches_tabulated_values() {
        // Abramowitz and Stegun, table 26.1, and the 16-digit values of mpmath.ncdf.
        for (z, p) in [
            (0.0, 0.5),
            (1.0, 0.841_344_746_068_542_9),
            (-1.0, 0.158_655_253_931_457_05),
            (3.0, 0.998_650_101_968_369_9),
            (-6.0, 9.865_876_450_376_98e-10),
        ] {
            assert!((cdf(z) / p - 1.0).abs() < 2e-14, "Phi({z}) = {}", cdf(z));
            assert!((cdf(z) + survival(z) - 1.0).abs() < 1e-15);
        }
    }

    #[test]
    fn quantile_inverts_distribution_over_the_whole_range() {
        for k in -3700..=800 {
            let z = f64::from(k) / 100.0;
            let p = cdf(z);
            // Above the middle, p itself carries a rounding error of 1e-16, which the quantile
            // divides by the density.
            let rounding = 2.3e-16 * (1.0 - 0.5 * survival(z)) / pdf(z).max(1e-300);
            let allowed = if z > 0.0 { 1e-13 + rounding } else { 2e-13 };
            assert!((quantile(p) - z).abs() < allowed, "z = {z}, back = {}", quantile(p));
        }
    }

    #[test]
    fn quantile_is_infinite_at_the_ends_and_nan_outside() {
        assert_eq!(quantile(0.0), f64::NEG_INFINITY);
        assert_eq!(quantile(1.0), f64::INFINITY);
        assert!(quantile(1.5).is_nan());
        assert!(quantile(-0.1).is_nan());
        assert!(quantile(f64::NAN).is_nan());
    }
}
