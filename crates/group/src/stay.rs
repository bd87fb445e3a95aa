//! A declared stay: who is where from when to when, how full, and what is expected (P4 section
//! 1.3-1.4).

use crate::{Cell, GroupError, Horizon};
use domain::EvId;
use serde::{Deserialize, Serialize};

/// A stay of an EV at a pile of an area, as declared on arrival or forecast.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stay {
    /// The vehicle.
    pub ev: EvId,
    /// Area, from 0 (0 residential, 1 office, 2 commercial in the published case).
    pub area: usize,
    /// Arrival \[h\], on the horizon's axis.
    pub arrival_h: f64,
    /// Departure \[h\], later than the arrival.
    pub departure_h: f64,
    /// State of charge on arrival, S, 0..1.
    pub soc: f64,
    /// State of charge expected at departure, S_expect, 0..1.
    pub expected_soc: f64,
    /// Highest state of charge, S_max, 0..1 (P4 Table 1: 0.95).
    pub highest_soc: f64,
    /// Battery capacity E \[kWh\].
    pub capacity_kwh: f64,
    /// Highest charging power P_max at the pile \[kW\].
    pub power_kw: f64,
    /// Charging efficiency eta, in (0, 1].
    pub efficiency: f64,
}

impl Stay {
    /// Energy to be metered so that the expected state of charge is reached \[kWh\].
    pub fn need_kwh(&self) -> f64 {
        ((self.expected_soc - self.soc) * self.capacity_kwh).max(0.0) / self.efficiency
    }

    /// Charging time at full power \[h\]: `(S_expect - S) E / (P eta)` (P4 eq. 4, to the expected
    /// instead of the full charge).
    ///
    /// ```
    /// let stay = group::Stay {
    ///     ev: domain::EvId(1), area: 0, arrival_h: 18.0, departure_h: 32.0, soc: 0.372, expected_soc: 0.887, highest_soc: 0.95,
    ///     capacity_kwh: 30.0, power_kw: 7.0, efficiency: 0.95,
    /// };
    /// assert!((stay.charging_time_h() - 2.323_308).abs() < 1e-6); // 0.515 x 30 / 6.65
    /// ```
    pub fn charging_time_h(&self) -> f64 {
        self.need_kwh() / self.power_kw
    }

    /// State of charge after so much metered energy \[kWh\].
    pub fn soc_after(&self, metered_kwh: f64) -> f64 {
        self.soc + metered_kwh * self.efficiency / self.capacity_kwh
    }

    /// Periods of the stay in the order of time.
    pub fn cells(&self, horizon: &Horizon) -> Vec<Cell> {
        horizon.cover(self.arrival_h, self.departure_h)
    }

    /// Refuses numbers that mean nothing.
    ///
    /// # Errors
    /// [`GroupError::Stay`] or [`GroupError::Area`] with the vehicle and the number.
    pub fn check(&self, areas: usize) -> Result<(), GroupError> {
        if self.area >= areas {
            return Err(GroupError::Area {
                ev: self.ev,
                area: self.area,
                last: areas.saturating_sub(1),
            });
        }
        let share = |value: f64| (0.0..=1.0).contains(&value);
        let positive = |value: f64| value > 0.0 && value.is_finite();
        let checks = [
            ("arrival_h", self.arrival_h, self.arrival_h.is_finite(), "finite"),
            (
                "departure_h",
                self.departure_h,
                self.departure_h.is_finite() && self.departure_h > self.arrival_h,
                "after the arrival",
            ),
            ("soc", self.soc, share(self.soc), "from 0 to 1"),
            ("highest_soc", self.highest_soc, share(self.highest_soc), "from 0 to 1"),
            (
                "expected_soc",
                self.expected_soc,
                self.expected_soc >= 0.0 && self.expected_soc <= self.highest_soc,
                "from 0 to the highest SOC",
            ),
            ("capacity_kwh", self.capacity_kwh, positive(self.capacity_kwh), "finite and positive"),
            ("power_kw", self.power_kw, positive(self.power_kw), "finite and positive"),
            (
                "efficiency",
                self.efficiency,
                self.efficiency > 0.0 && self.efficiency <= 1.0,
                "above 0 and at most 1",
            ),
        ];
        match checks.iter().find(|(_, _, fine, _)| !fine) {
            Some(&(quantity, value, _, range)) => {
                Err(GroupError::Stay { ev: self.ev, quantity, value, range })
            }
            None => Ok(()),
        }
    }
}
