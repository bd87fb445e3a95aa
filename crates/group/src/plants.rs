//! Photovoltaic and wind power of a microgrid (P4 eq. 1-2).

use serde::{Deserialize, Serialize};

/// A PV plant: `P = f_pv P_rated (G / G_s) [1 + lambda (T - T_s)]` (P4 eq. 1).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PvPlant {
    /// Rated power P_rated \[kW\].
    pub rated_kw: f64,
    /// Derating f_pv for dirt, wiring and age, 0..1 (our reading: 0.9; the number is not readable).
    pub derating: f64,
    /// Change of power with the cell temperature, lambda \[1/K\] (our reading: -0.0035).
    pub per_kelvin: f64,
}

impl Default for PvPlant {
    /// No plant, with the usual coefficients.
    fn default() -> Self {
        Self { rated_kw: 0.0, derating: 0.9, per_kelvin: -0.0035 }
    }
}

impl PvPlant {
    /// Irradiance of the standard test conditions, G_s \[kW/m2\].
    pub const STANDARD_KW_PER_M2: f64 = 1.0;
    /// Cell temperature of the standard test conditions, T_s \[degrees C\].
    pub const STANDARD_C: f64 = 25.0;

    /// Power \[kW\] at an irradiance \[kW/m2\] and a cell temperature \[degrees C\]; never
    /// negative.
    ///
    /// ```
    /// let plant = group::PvPlant { rated_kw: 500.0, derating: 0.9, per_kelvin: -0.004 };
    /// assert!((plant.power_kw(0.8, 35.0) - 345.6).abs() < 1e-9); // 0.9 x 500 x 0.8 x (1 - 0.04)
    /// ```
    pub fn power_kw(&self, irradiance_kw_per_m2: f64, cell_c: f64) -> f64 {
        let warmth = 1.0 + self.per_kelvin * (cell_c - Self::STANDARD_C);
        (self.derating * self.rated_kw * irradiance_kw_per_m2 / Self::STANDARD_KW_PER_M2 * warmth)
            .max(0.0)
    }
}

/// A wind turbine: `P = 0.5 rho S V^3 C_p` (P4 eq. 2) between the cut-in and the rated speed,
/// constant up to the cut-out speed (our reading: the three speeds are not published).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindPlant {
    /// Swept area S of all turbines \[m2\].
    pub swept_m2: f64,
    /// Power coefficient C_p (0.28).
    pub power_coefficient: f64,
    /// Air density rho \[kg/m3\].
    pub air_kg_per_m3: f64,
    /// Speed below which nothing turns \[m/s\].
    pub cut_in_m_per_s: f64,
    /// Speed from which the power no longer rises \[m/s\].
    pub rated_m_per_s: f64,
    /// Speed above which the turbines stand still \[m/s\].
    pub cut_out_m_per_s: f64,
}

impl Default for WindPlant {
    /// No plant, with the usual speeds.
    fn default() -> Self {
        Self {
            swept_m2: 0.0,
            power_coefficient: 0.28,
            air_kg_per_m3: 1.225,
            cut_in_m_per_s: 3.0,
            rated_m_per_s: 11.0,
            cut_out_m_per_s: 25.0,
        }
    }
}

impl WindPlant {
    /// Power \[kW\] at a wind speed \[m/s\].
    ///
    /// ```
    /// let plant = group::WindPlant { swept_m2: 1000.0, ..group::WindPlant::default() };
    /// assert!((plant.power_kw(10.0) - 171.5).abs() < 1e-9); // 0.14 x 1.225 x 1000 x 1000 W
    /// assert_eq!([2.9, 25.1].map(|speed| plant.power_kw(speed)), [0.0, 0.0]);
    /// assert_eq!(plant.power_kw(11.0), plant.power_kw(20.0));
    /// ```
    pub fn power_kw(&self, speed_m_per_s: f64) -> f64 {
        if !(self.cut_in_m_per_s..=self.cut_out_m_per_s).contains(&speed_m_per_s) {
            return 0.0;
        }
        let speed = speed_m_per_s.min(self.rated_m_per_s);
        0.5 * self.power_coefficient * self.air_kg_per_m3 * self.swept_m2 * speed.powi(3) / 1000.0
    }
}
