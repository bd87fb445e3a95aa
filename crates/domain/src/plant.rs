//! What a zone owns besides piles.

use serde::{Deserialize, Serialize};

/// A stationary battery. Same charge at every local midnight as at the start.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StationaryBattery {
    /// Largest power in either direction \[kW\].
    pub power_kw: f64,
    /// Usable capacity \[kWh\].
    pub capacity_kwh: f64,
    /// Energy at the start and at each midnight \[kWh\].
    pub start_kwh: f64,
    /// Energy kept per energy moved, each way, 0..1.
    pub efficiency: f64,
    /// Wear cost per energy moved, each way \[CNY/kWh\].
    pub wear_cny_per_kwh: f64,
}

/// A gas turbine (or a diesel set).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GasTurbine {
    /// Largest power \[kW\].
    pub power_kw: f64,
    /// Smallest power while running \[kW\].
    pub min_kw: f64,
    /// Running cost \[CNY/kWh\].
    pub cost_cny_per_kwh: f64,
    /// Cost of a start \[CNY\].
    pub start_cny: f64,
    /// Periods that it runs at least.
    pub min_on: u32,
    /// Periods that it rests at least.
    pub min_off: u32,
    /// Emissions \[kg CO2 / kWh\].
    pub emissions_kg_per_kwh: f64,
}

/// How the generation agent dispatches the plant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlantPolicy {
    /// Rolling dynamic programme (P3 eq. 23-26).
    Dp,
    /// Battery, then grid; the turbine stays off unless an import limit binds ("before" of P3 Table
    /// 2).
    Rule,
}

/// The plant of a zone. Sizes of the park of P3 by default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlantSpec {
    /// Stationary battery, if there is one.
    pub battery: Option<StationaryBattery>,
    /// Gas turbine, if there is one.
    pub turbine: Option<GasTurbine>,
    /// How the plant is dispatched.
    pub policy: PlantPolicy,
    /// Levels of stored energy in the dynamic programme.
    pub levels: u32,
    /// Periods that the dynamic programme looks ahead.
    pub horizon: u32,
    /// Value of energy left in the battery at the horizon \[CNY/kWh\].
    pub terminal_cny_per_kwh: f64,
    /// Unit cost of wind and PV energy \[CNY/kWh\], a part of the real price.
    pub renewable_cny_per_kwh: f64,
    /// Largest import \[kW\], if limited.
    pub import_limit_kw: Option<f64>,
    /// Emissions of grid energy \[kg CO2 / kWh\].
    pub grid_kg_per_kwh: f64,
}

impl Default for StationaryBattery {
    fn default() -> Self {
        Self {
            power_kw: 1000.0,
            capacity_kwh: 2000.0,
            start_kwh: 1000.0,
            efficiency: 0.95,
            wear_cny_per_kwh: 0.08,
        }
    }
}
impl Default for GasTurbine {
    fn default() -> Self {
        Self {
            power_kw: 2000.0,
            min_kw: 400.0,
            cost_cny_per_kwh: 1.33,
            start_cny: 100.0,
            min_on: 4,
            min_off: 4,
            // 56.1 kg/GJ of natural gas x 3.6 / an efficiency of 0.35 (our reading).
            emissions_kg_per_kwh: 0.58,
        }
    }
}
impl Default for PlantSpec {
    fn default() -> Self {
        Self {
            battery: Some(StationaryBattery::default()),
            turbine: Some(GasTurbine::default()),
            policy: PlantPolicy::Dp,
            levels: 81,
            horizon: 24,
            terminal_cny_per_kwh: 0.6,
            renewable_cny_per_kwh: 0.26,
            import_limit_kw: None,
            grid_kg_per_kwh: 0.4326,
        }
    }
}
