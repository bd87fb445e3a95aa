//! Breach grades and the penalty of P3 eq. 2.

use crate::{BreachRules, PenaltyRules};
use domain::{BreachGrade, Cny, Kwh, Price, Span, Time};

/// The instants that grade a booking `[start, start + length)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// Plugged in until here: no breach.
    pub none: Time,
    /// Plugged in until here: minor.
    pub minor: Time,
    /// Plugged in until here: moderate. Later, or never: severe, declared at this instant.
    pub moderate: Time,
}

impl BreachRules {
    /// The deadlines of a booking.
    ///
    /// ```
    /// # use domain::{Span, Time}; use market::BreachRules;
    /// let d = BreachRules::default().deadlines(Time::from_hours(10.0), Span::from_hours(2.0));
    /// assert_eq!(d.none, Time::from_hours(9.75));
    /// assert_eq!(d.minor, Time::from_hours(10.4));
    /// assert_eq!(d.moderate, Time::from_hours(11.0));
    /// ```
    pub fn deadlines(&self, start: Time, length: Span) -> Deadlines {
        Deadlines {
            none: start - self.margin,
            minor: start + length.share(self.minor_share),
            moderate: start + length.share(self.moderate_share),
        }
    }
}

impl Deadlines {
    /// The grade of plugging in at an instant; a deadline that falls on its instant is met.
    pub fn grade(&self, plugged: Time) -> BreachGrade {
        if plugged <= self.none {
            BreachGrade::None
        } else if plugged <= self.minor {
            BreachGrade::Minor
        } else if plugged <= self.moderate {
            BreachGrade::Moderate
        } else {
            BreachGrade::Severe
        }
    }
}

impl PenaltyRules {
    /// k of a grade; 0 without a breach.
    pub fn k_of(&self, grade: BreachGrade) -> f64 {
        match grade {
            BreachGrade::None => 0.0,
            BreachGrade::Minor => self.k[0],
            BreachGrade::Moderate => self.k[1],
            BreachGrade::Severe => self.k[2],
        }
    }
    /// alpha of a period.
    pub fn alpha(&self, peak: bool) -> f64 {
        if peak { self.alpha_peak } else { self.alpha_off_peak }
    }
    /// Flat fee of a severe breach \[CNY\]; nothing where lateness is not graded.
    pub fn no_show_fee_cny(&self, breach: &BreachRules) -> f64 {
        if self.enabled && breach.enabled { self.no_show_cny } else { 0.0 }
    }
    /// Penalty of one booked period (P3 eq. 2): `scale k alpha B x reserved`.
    ///
    /// ```
    /// # use domain::{BreachGrade, Kwh, Price}; use market::PenaltyRules;
    /// let p = PenaltyRules::default().amount(BreachGrade::Moderate, true, Price(1.0), Kwh(10.0), 1.0);
    /// assert!((p.value() - 2.1).abs() < 1e-12); // 0.3 x 0.7 x 1.0 x 10
    /// ```
    pub fn amount(
        &self,
        grade: BreachGrade,
        peak: bool,
        base: Price,
        reserved: Kwh,
        own_scale: f64,
    ) -> Cny {
        if !self.enabled {
            return Cny::ZERO;
        }
        reserved * base * (self.scale * own_scale * self.k_of(grade) * self.alpha(peak))
    }
}
