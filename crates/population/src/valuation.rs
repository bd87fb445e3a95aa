//! How gains and losses of money are felt.

use serde::{Deserialize, Serialize};

/// The value of a gain or loss against the reference point, which is the prepaid price (our reading
/// of studies with prepayment).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Valuation {
    /// One CNY is one CNY.
    #[default]
    Linear,
    /// Prospect theory (Kahneman & Tversky 1979; Tversky & Kahneman 1992): `x^a` for gains,
    /// `-lambda (-x)^a` for losses, `unit_cny` being the amount at which a gain is worth itself.
    Prospect {
        /// Loss aversion lambda (1.1 to 2.25 in field and laboratory).
        loss_aversion: f64,
        /// Curvature a (0.88).
        curvature: f64,
        /// Amount that is worth itself as a gain \[CNY\] (our reading: 10, about half a
        /// prepayment).
        unit_cny: f64,
    },
}

impl Valuation {
    /// Tversky & Kahneman's estimates, lambda 2.25 and a 0.88.
    pub const TVERSKY_KAHNEMAN: Self =
        Self::Prospect { loss_aversion: 2.25, curvature: 0.88, unit_cny: 10.0 };

    /// The felt value of an amount \[CNY\].
    ///
    /// ```
    /// let v = population::Valuation::TVERSKY_KAHNEMAN;
    /// assert!((v.of(10.0) - 10.0).abs() < 1e-12);
    /// assert!((v.of(-10.0) + 22.5).abs() < 1e-12);
    /// assert!((v.of(20.0) - 18.4038).abs() < 1e-4); // 10 x 2^0.88
    /// ```
    pub fn of(&self, cny: f64) -> f64 {
        match *self {
            Self::Linear => cny,
            Self::Prospect { loss_aversion, curvature, unit_cny } => {
                let size = unit_cny * (cny.abs() / unit_cny).powf(curvature);
                if cny < 0.0 { -loss_aversion * size } else { size }
            }
        }
    }
}
