//! The taper: how charging slows down as the battery fills (f(SOC) of P3 eq. 18).

use super::StoresError;

/// One straight upper bound of the charging power: `at_empty_kw + slope_kw_per_kwh * energy_kwh`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cut {
    /// Bound at an empty battery \[kW, metered side\].
    pub at_empty_kw: f64,
    /// Change of the bound with the battery's energy \[kW/kWh\], never positive.
    pub slope_kw_per_kwh: f64,
}

impl Cut {
    /// The bound \[kW\] at this battery energy \[kWh\].
    pub fn at(&self, energy_kwh: f64) -> f64 {
        self.at_empty_kw + self.slope_kw_per_kwh * energy_kwh
    }
}

/// Falling part of a concave charging limit, as at most [`Taper::MAX_CUTS`] straight cuts; without
/// cuts the power is free.
///
/// Our reading \[I\]: a set point holds through its whole period, so the limit that counts is the
/// one at the energy with which the period *ends*. A plan made so is never cut down by a battery
/// that looks at its present SOC, and more energy now never means less energy later, whatever the
/// slope (the reading "at the start" lets a small battery overshoot its taper).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Taper {
    cuts: [Cut; Taper::MAX_CUTS],
    count: usize,
}

impl Taper {
    /// The most straight pieces a taper can have.
    pub const MAX_CUTS: usize = 3;

    /// No taper: the charging power does not depend on the energy.
    pub const NONE: Taper = Taper {
        cuts: [Cut { at_empty_kw: 0.0, slope_kw_per_kwh: 0.0 }; Taper::MAX_CUTS],
        count: 0,
    };

    /// The taper through `points` = (state of charge 0..1, share of the power), for a battery of
    /// `capacity_kwh` and a charging power of `power_kw`. Flat pieces at full share cost nothing;
    /// the rest must fall and be concave.
    ///
    /// # Errors
    /// [`StoresError::Taper`] when the points are not ordered, not concave, rise, or have more than
    /// three falling pieces.
    ///
    /// ```
    /// use schedule::stores::Taper;
    /// // Full power up to 80 %, then straight down to a tenth: 40 kW on 50 kWh.
    /// let taper = Taper::through(&[(0.0, 1.0), (0.8, 1.0), (1.0, 0.1)], 50.0, 40.0).unwrap();
    /// assert!((taper.limit_kw(45.0) - 22.0).abs() < 1e-9); // SOC 0.9: 0.55 * 40
    /// ```
    pub fn through(
        points: &[(f64, f64)],
        capacity_kwh: f64,
        power_kw: f64,
    ) -> Result<Taper, StoresError> {
        let mut taper = Taper::NONE;
        let mut steepest = 0.0;
        for pair in points.windows(2) {
            let ((soc0, share0), (soc1, share1)) = (pair[0], pair[1]);
            let finite =
                [soc0, share0, soc1, share1, power_kw].iter().all(|value| value.is_finite());
            if !finite || soc1 <= soc0 || capacity_kwh.is_nan() || capacity_kwh <= 0.0 {
                return Err(StoresError::Taper {
                    reason: "the points must be finite, their states of charge must rise and the capacity be positive",
                });
            }
            let slope = (share1 - share0) / (soc1 - soc0);
            if slope > 1e-12 || share1 < 0.0 {
                return Err(StoresError::Taper {
                    reason: "the shares must not rise with the state of charge, nor become negative",
                });
            }
            if slope > steepest + 1e-9 {
                return Err(StoresError::Taper {
                    reason: "the curve must be concave: every piece at least as steep as the one before",
                });
            }
            steepest = slope;
            if slope < 0.0 || share0 < 1.0 {
                let slope_kw_per_kwh = slope * power_kw / capacity_kwh;
                taper.push(Cut {
                    at_empty_kw: share0 * power_kw - slope_kw_per_kwh * soc0 * capacity_kwh,
                    slope_kw_per_kwh,
                })?;
            }
        }
        Ok(taper)
    }

    fn push(&mut self, cut: Cut) -> Result<(), StoresError> {
        if self.count == Taper::MAX_CUTS {
            return Err(StoresError::Taper { reason: "at most three falling pieces" });
        }
        self.cuts[self.count] = cut;
        self.count += 1;
        Ok(())
    }

    /// The straight cuts.
    pub fn cuts(&self) -> &[Cut] {
        &self.cuts[..self.count]
    }

    /// The limit \[kW\] at this battery energy \[kWh\], infinite without cuts, never negative.
    pub fn limit_kw(&self, energy_kwh: f64) -> f64 {
        let mut limit = f64::INFINITY;
        for cut in self.cuts() {
            limit = limit.min(cut.at(energy_kwh));
        }
        limit.max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rising_curve_is_refused() {
        let found = Taper::through(&[(0.0, 0.5), (1.0, 1.0)], 50.0, 40.0);
        assert!(found.unwrap_err().to_string().contains("must not rise"));
    }

    #[test]
    fn a_convex_curve_is_refused() {
        let found = Taper::through(&[(0.0, 1.0), (0.5, 0.2), (1.0, 0.1)], 50.0, 40.0);
        assert!(found.unwrap_err().to_string().contains("concave"));
    }

    #[test]
    fn the_limit_is_the_least_of_the_cuts() {
        let points = [(0.0, 1.0), (0.5, 1.0), (0.8, 0.7), (1.0, 0.1)];
        let taper = Taper::through(&points, 100.0, 10.0).unwrap();
        // SOC 0.65: halfway between 1.0 and 0.7; SOC 0.9: halfway between 0.7 and 0.1.
        assert!((taper.limit_kw(65.0) - 8.5).abs() < 1e-9);
        assert!((taper.limit_kw(90.0) - 4.0).abs() < 1e-9);
        assert_eq!(taper.cuts().len(), 2);
    }
}
