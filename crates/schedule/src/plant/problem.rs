//! What the plant consists of, what it faces, and the checks on both.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A storage whose energy moves on a grid of equal levels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Storage {
    /// Energy of one level \[kWh\].
    pub level_kwh: f64,
    /// Number of levels; level 0 is the lowest energy allowed, `levels - 1` the highest.
    pub levels: usize,
    /// Largest charging power at the connection \[kW\].
    pub charge_kw_max: f64,
    /// Largest discharging power at the connection \[kW\].
    pub discharge_kw_max: f64,
    /// Stored energy per energy taken from the connection, in (0, 1].
    pub charge_efficiency: f64,
    /// Energy delivered to the connection per stored energy, in (0, 1].
    pub discharge_efficiency: f64,
    /// Wear price per kWh charged, at the connection (`c_rec` of eq. 23).
    pub charge_price: f64,
    /// Wear price per kWh discharged, at the connection (`c_dis` of eq. 23).
    pub discharge_price: f64,
    /// Value of one kWh left in the storage when the horizon ends.
    pub terminal_value: f64,
}

/// A unit that is either off or runs between two powers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Unit {
    /// Least power while on \[kW\].
    pub power_kw_min: f64,
    /// Greatest power while on \[kW\].
    pub power_kw_max: f64,
    /// Price per kWh produced (`c_tur` of eq. 23).
    pub energy_price: f64,
    /// Cost of each start.
    pub start_cost: f64,
    /// Least number of periods on before it may be switched off.
    pub min_on: usize,
    /// Least number of periods off before it may be started.
    pub min_off: usize,
}

/// A level that the storage must have at the end of one period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinnedLevel {
    /// Period of the horizon, counted from 0, at whose end the level holds.
    pub period: usize,
    /// The level.
    pub level: usize,
}

/// What the plant faces over the periods of the horizon.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Horizon<'a> {
    /// Length of a period \[h\].
    pub step_h: f64,
    /// Demand after free production per period \[kW\]; negative = surplus.
    pub residual_kw: &'a [f64],
    /// Import price per period and kWh, as many as residuals.
    pub import_price: &'a [f64],
    /// Greatest import \[kW\]; infinite = none.
    pub import_kw_max: f64,
    /// Price per kWh of demand that neither storage, unit nor import covers.
    pub shortage_price: f64,
    /// Price per kWh curtailed (0 = free).
    pub curtailment_price: f64,
    /// Levels required inside the horizon; empty = none.
    pub pinned: &'a [PinnedLevel],
    /// How equal costs are settled.
    pub priority: super::Priority,
}

/// Where the plant stands before the first period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Level of the storage.
    pub level: usize,
    /// Whether the unit runs.
    pub unit_on: bool,
    /// Periods that the unit has been on, or off, without a break; 0 is read as 1.
    pub periods_in_mode: usize,
}

/// Why a dispatch cannot be computed.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum PlantError {
    /// A number is NaN, infinite or outside its range.
    #[error("{name} is {value}, but must be {requirement}")]
    BadNumber {
        /// Which quantity.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it must be.
        requirement: &'static str,
    },
    /// Series of different length, or empty.
    #[error(
        "the horizon has {residuals} residuals and {prices} import prices; both must be equal and above 0"
    )]
    SeriesLength {
        /// Number of residuals.
        residuals: usize,
        /// Number of prices.
        prices: usize,
    },
    /// One value of a series is not finite.
    #[error("{name} of period {period} is {value}, not a finite number")]
    BadSeries {
        /// Which series.
        name: &'static str,
        /// Period of the horizon.
        period: usize,
        /// Its value.
        value: f64,
    },
    /// A level outside the storage.
    #[error("level {level} does not exist in a storage of {levels} levels")]
    NoSuchLevel {
        /// The level.
        level: usize,
        /// Number of levels.
        levels: usize,
    },
    /// The unit runs in the state but the plant has none.
    #[error("the state says that the unit is on, but the plant has no unit")]
    NoUnit,
}

impl Storage {
    /// Most levels that one charging period can add within the power limit.
    pub fn charge_levels(&self, step_h: f64) -> usize {
        let stored_kwh = self.charge_kw_max * step_h * self.charge_efficiency;
        self.whole_levels(stored_kwh)
    }

    /// Most levels that one discharging period can remove within the power limit.
    pub fn discharge_levels(&self, step_h: f64) -> usize {
        let stored_kwh = self.discharge_kw_max * step_h / self.discharge_efficiency;
        self.whole_levels(stored_kwh)
    }

    fn whole_levels(&self, kwh: f64) -> usize {
        // The small allowance lets 250 kWh / 25 kWh be 10 levels whatever the last bit says.
        ((kwh / self.level_kwh + 1e-9).floor() as usize).min(self.levels - 1)
    }

    /// Power at the connection that changes the level by `change` in one period \[kW\]; positive =
    /// charging.
    ///
    /// ```
    /// # use schedule::plant::Storage;
    /// # let storage = Storage { level_kwh: 25.0, levels: 81, charge_kw_max: 1000.0, discharge_kw_max: 1000.0,
    /// #   charge_efficiency: 0.95, discharge_efficiency: 0.95, charge_price: 0.08, discharge_price: 0.08,
    /// #   terminal_value: 0.6 };
    /// // 9 levels of 25 kWh in a quarter of an hour: 225 kWh / 0.95 / 0.25 h = 947.4 kW; a tenth level would need
    /// // 1,052.6 kW. Discharging 10 levels gives 250 kWh x 0.95 / 0.25 h = 950 kW.
    /// assert_eq!((storage.charge_levels(0.25), storage.discharge_levels(0.25)), (9, 10));
    /// assert!((storage.power_kw(9, 0.25) - 947.368).abs() < 1e-3);
    /// assert!((storage.power_kw(-10, 0.25) + 950.0).abs() < 1e-9);
    /// ```
    pub fn power_kw(&self, change: isize, step_h: f64) -> f64 {
        let stored_kw = change as f64 * self.level_kwh / step_h;
        if change > 0 {
            stored_kw / self.charge_efficiency
        } else {
            stored_kw * self.discharge_efficiency
        }
    }

    /// Power at the connection that leads from one energy to another in a period \[kW\], within the
    /// storage's limits; positive = charging.
    pub fn power_between(&self, from_kwh: f64, to_kwh: f64, step_h: f64) -> f64 {
        let stored_kw = (to_kwh - from_kwh) / step_h;
        if stored_kw > 0.0 {
            (stored_kw / self.charge_efficiency).min(self.charge_kw_max)
        } else {
            (stored_kw * self.discharge_efficiency).max(-self.discharge_kw_max)
        }
    }

    /// Change of the stored energy in a period at this power at the connection \[kWh\].
    pub fn change_kwh(&self, power_kw: f64, step_h: f64) -> f64 {
        if power_kw > 0.0 {
            power_kw * step_h * self.charge_efficiency
        } else {
            power_kw * step_h / self.discharge_efficiency
        }
    }

    /// Least and most energy \[kWh\] at the end of a period from which `goal_kwh` can be reached in
    /// so many periods more.
    ///
    /// ```
    /// # use schedule::plant::Storage;
    /// # let storage = Storage { level_kwh: 10.0, levels: 11, charge_kw_max: 10.0, discharge_kw_max: 20.0,
    /// #   charge_efficiency: 0.8, discharge_efficiency: 0.8, charge_price: 0.0, discharge_price: 0.0,
    /// #   terminal_value: 0.0 };
    /// // Two hours: 16 kWh can be charged, 50 kWh discharged.
    /// assert_eq!(storage.on_the_way_to(40.0, 2, 1.0), (24.0, 90.0));
    /// ```
    pub fn on_the_way_to(&self, goal_kwh: f64, periods: usize, step_h: f64) -> (f64, f64) {
        let periods = periods as f64;
        let charged = periods * self.change_kwh(self.charge_kw_max, step_h);
        let discharged = -periods * self.change_kwh(-self.discharge_kw_max, step_h);
        (goal_kwh - charged, goal_kwh + discharged)
    }

    /// Wear cost of one period at the given power (positive = charging).
    pub fn wear_cost(&self, power_kw: f64, step_h: f64) -> f64 {
        let charging = self.charge_price * power_kw.max(0.0);
        let discharging = self.discharge_price * (-power_kw).max(0.0);
        step_h * (charging + discharging)
    }

    /// Level nearest to an energy above the lowest one allowed \[kWh\].
    pub fn nearest_level(&self, energy_kwh: f64) -> usize {
        // A saturating cast: NaN and negative energies give level 0.
        ((energy_kwh / self.level_kwh).round() as usize).min(self.levels.saturating_sub(1))
    }

    fn check(&self) -> Result<(), PlantError> {
        require("level_kwh", self.level_kwh, self.level_kwh > 0.0, "positive")?;
        require("levels", self.levels as f64, self.levels > 0, "at least 1")?;
        for (name, value) in [
            ("charge_efficiency", self.charge_efficiency),
            ("discharge_efficiency", self.discharge_efficiency),
        ] {
            require(name, value, value > 0.0 && value <= 1.0, "in (0, 1]")?;
        }
        for (name, value) in [
            ("charge_kw_max", self.charge_kw_max),
            ("discharge_kw_max", self.discharge_kw_max),
            ("charge_price", self.charge_price),
            ("discharge_price", self.discharge_price),
        ] {
            require(name, value, value >= 0.0, "not below 0")?;
        }
        require("terminal_value", self.terminal_value, true, "finite")
    }
}

impl Unit {
    fn check(&self) -> Result<(), PlantError> {
        let range = self.power_kw_min >= 0.0 && self.power_kw_min <= self.power_kw_max;
        require("power_kw_min", self.power_kw_min, range, "between 0 and power_kw_max")?;
        require("power_kw_max", self.power_kw_max, true, "finite")?;
        require("energy_price", self.energy_price, true, "finite")?;
        require("start_cost", self.start_cost, self.start_cost >= 0.0, "not below 0")
    }
}

impl Horizon<'_> {
    /// Number of periods.
    pub fn len(&self) -> usize {
        self.residual_kw.len()
    }

    /// Whether there is no period at all.
    pub fn is_empty(&self) -> bool {
        self.residual_kw.is_empty()
    }

    /// The level pinned at the end of `period`, if any.
    pub(super) fn pinned_at(&self, period: usize) -> Option<usize> {
        self.pinned.iter().find(|pin| pin.period == period).map(|pin| pin.level)
    }

    fn check(&self) -> Result<(), PlantError> {
        require("step_h", self.step_h, self.step_h > 0.0, "positive")?;
        let free_import = self.import_kw_max >= 0.0;
        if !free_import {
            return Err(bad("import_kw_max", self.import_kw_max, "not below 0"));
        }
        require("shortage_price", self.shortage_price, self.shortage_price >= 0.0, "not below 0")?;
        require(
            "curtailment_price",
            self.curtailment_price,
            self.curtailment_price >= 0.0,
            "not below 0",
        )?;
        if self.is_empty() || self.len() != self.import_price.len() {
            return Err(PlantError::SeriesLength {
                residuals: self.len(),
                prices: self.import_price.len(),
            });
        }
        check_series("the residual", self.residual_kw)?;
        check_series("the import price", self.import_price)
    }
}

/// All checks on one dispatch.
pub(super) fn check(
    storage: &Storage,
    unit: Option<&Unit>,
    horizon: &Horizon,
    state: State,
) -> Result<(), PlantError> {
    storage.check()?;
    horizon.check()?;
    match unit {
        Some(unit) => unit.check()?,
        None if state.unit_on => return Err(PlantError::NoUnit),
        None => {}
    }
    let levels = storage.levels;
    let pinned = horizon.pinned.iter().map(|pin| pin.level);
    match pinned.chain([state.level]).find(|&level| level >= levels) {
        Some(level) => Err(PlantError::NoSuchLevel { level, levels }),
        None => Ok(()),
    }
}

fn require(
    name: &'static str,
    value: f64,
    holds: bool,
    requirement: &'static str,
) -> Result<(), PlantError> {
    if value.is_finite() && holds { Ok(()) } else { Err(bad(name, value, requirement)) }
}

fn bad(name: &'static str, value: f64, requirement: &'static str) -> PlantError {
    PlantError::BadNumber { name, value, requirement }
}

fn check_series(name: &'static str, values: &[f64]) -> Result<(), PlantError> {
    match values.iter().position(|v| !v.is_finite()) {
        Some(period) => Err(PlantError::BadSeries { name, period, value: values[period] }),
        None => Ok(()),
    }
}
