//! A vehicle: what its battery and charger can do.

use serde::{Deserialize, Serialize};

/// A vehicle's fixed properties. Powers are metered at the pile; energies are of the battery.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Vehicle {
    /// Nominal capacity \[kWh\].
    pub battery_kwh: f64,
    /// Largest charging power at the pile \[kW\], the pile's own limit not yet applied.
    pub charge_kw: f64,
    /// Largest discharging power at the pile \[kW\], positive.
    pub discharge_kw: f64,
    /// Energy stored per energy metered while charging, 0..1.
    pub charge_efficiency: f64,
    /// Energy metered per energy taken from the battery, 0..1.
    pub discharge_efficiency: f64,
}

impl Vehicle {
    /// SOC after charging `kwh_charged` and discharging `kwh_discharged`, both metered at the pile
    /// (P3 eq. 18, with the discharge divided by its efficiency; the paper multiplies in both
    /// directions).
    ///
    /// ```
    /// # use domain::Vehicle;
    /// let v = Vehicle { battery_kwh: 50.0, charge_kw: 40.0, discharge_kw: 6.6, charge_efficiency: 0.95, discharge_efficiency: 0.95 };
    /// assert!((v.soc_after(0.5, 10.0, 0.0) - 0.69).abs() < 1e-12); // 0.5 + 10 x 0.95 / 50
    /// ```
    pub fn soc_after(&self, soc: f64, kwh_charged: f64, kwh_discharged: f64) -> f64 {
        soc + (kwh_charged * self.charge_efficiency - kwh_discharged / self.discharge_efficiency)
            / self.battery_kwh
    }
    /// Energy to be metered so that the battery rises from `soc` to `target` \[kWh\]; 0 if it is
    /// there already.
    pub fn metered_need_kwh(&self, soc: f64, target: f64) -> f64 {
        ((target - soc) * self.battery_kwh).max(0.0) / self.charge_efficiency
    }
}
