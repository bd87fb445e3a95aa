//! Unit price of storage wear by P3 eq. 24, for those who do not give the price directly.

use serde::{Deserialize, Serialize};

/// Inputs of eq. 24 for one direction (charging or discharging).
///
/// | letter | field |
/// |---|---|
/// | R | `cycle_h` |
/// | L | `life_h` |
/// | `C_main` | `maintenance_cost` |
/// | `C_eff` | `efficiency` |
/// | N | `cycles` |
/// | T | `active_h` (the source does not define it; our reading: hours of activity over the life) |
/// | M | `hourly_cost` |
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct WearInputs {
    /// Time of one full cycle \[h\].
    pub cycle_h: f64,
    /// Life in this direction \[h\].
    pub life_h: f64,
    /// Fixed maintenance cost.
    pub maintenance_cost: f64,
    /// Efficiency of the storage, in (0, 1\].
    pub efficiency: f64,
    /// Number of cycles.
    pub cycles: f64,
    /// Hours of activity \[h\].
    pub active_h: f64,
    /// Maintenance cost per unit of time.
    pub hourly_cost: f64,
}

impl WearInputs {
    /// `(R L^2 + C_main C_eff N T^2) / (N C_eff T L) + M`. Our reading of eq. 24, whose printed
    /// line loses the fraction; it equals `R L / (N C_eff T) + C_main T / L + M`. Not finite when a
    /// divisor is zero.
    ///
    /// ```
    /// # use schedule::plant::WearInputs;
    /// let inputs = WearInputs { cycle_h: 4.0, life_h: 20_000.0, maintenance_cost: 0.5, efficiency: 0.8,
    ///     cycles: 5_000.0, active_h: 10_000.0, hourly_cost: 0.01 };
    /// // 4 x 20,000 / (5,000 x 0.8 x 10,000) + 0.5 x 10,000 / 20,000 + 0.01 = 0.002 + 0.25 + 0.01.
    /// assert!((inputs.price() - 0.262).abs() < 1e-12);
    /// ```
    pub fn price(&self) -> f64 {
        let numerator = self.cycle_h * self.life_h * self.life_h
            + self.maintenance_cost * self.efficiency * self.cycles * self.active_h * self.active_h;
        numerator / (self.cycles * self.efficiency * self.active_h * self.life_h) + self.hourly_cost
    }
}
