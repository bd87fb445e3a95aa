//! EV flexibility as the network dispatch sees it: stores, each a cluster of stays.
//!
//! Within a store vehicles may help each other; between stores they may not (one pooled store per
//! zone would move energy between vehicles that are never there together). Powers are metered at
//! the piles, energies are of the batteries.

use domain::{BusId, ZoneId};

/// Whether a user lets the battery be discharged into the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum V2g {
    /// Charging only.
    Declined,
    /// Charging and discharging.
    Accepted,
}

/// A cluster of stays.
#[derive(Clone, Debug, PartialEq)]
pub struct Store {
    /// Share of its power in each zone; together 1.
    pub split: Vec<(ZoneId, f64)>,
    /// First step of the window; later ones follow, from the last step of the horizon on to the
    /// first again.
    pub first: usize,
    /// Largest charging power in each step of the window \[kW\], presence counted pro rata.
    pub power_kw: Vec<f64>,
    /// Whether it may discharge, then with the same power.
    pub v2g: V2g,
    /// Energy at the start of the window \[kWh\].
    pub start_kwh: f64,
    /// Energy at its end \[kWh\].
    pub target_kwh: f64,
    /// Least energy within it \[kWh\]; means nothing without V2G.
    pub floor_kwh: f64,
    /// Most energy within it \[kWh\]; means nothing without V2G.
    pub capacity_kwh: f64,
    /// Least and most energy after each step of the window as the sum of what each vehicle must
    /// have and can have then \[kWh\]: it keeps vehicles from standing in for others that have no
    /// time left. Empty: floor and capacity alone.
    pub bounds_kwh: Vec<(f64, f64)>,
    /// Stays in it.
    pub stays: usize,
}

/// How the EV power of a zone spreads over its buses.
#[derive(Clone, Debug, PartialEq)]
pub struct ZoneShares {
    /// The zone.
    pub zone: ZoneId,
    /// Share of each bus; together 1.
    pub shares: Vec<(BusId, f64)>,
}

/// All EVs of a feeder.
#[derive(Clone, Debug, PartialEq)]
pub struct EvFlexibility {
    /// Periods of one step: stores hold their power over so many periods (the last step of a
    /// horizon may be shorter).
    pub step_periods: usize,
    /// Zones with EVs, rising.
    pub zones: Vec<ZoneShares>,
    /// The stores.
    pub stores: Vec<Store>,
}

impl EvFlexibility {
    /// No EVs at all.
    pub fn none() -> Self {
        Self { step_periods: 1, zones: Vec::new(), stores: Vec::new() }
    }
}

/// Time grid of a dispatch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DispatchGrid {
    /// Periods of the horizon.
    pub periods: usize,
    /// Length of a period \[h\].
    pub period_h: f64,
}

impl DispatchGrid {
    /// Length of the horizon \[h\].
    pub fn hours(&self) -> f64 {
        self.periods as f64 * self.period_h
    }

    /// How many steps of so many periods cover the horizon.
    pub fn steps(&self, step_periods: usize) -> usize {
        self.periods.div_ceil(step_periods.max(1))
    }

    /// Periods of a step.
    pub fn step(&self, step: usize, step_periods: usize) -> std::ops::Range<usize> {
        step * step_periods..((step + 1) * step_periods).min(self.periods)
    }
}

impl Store {
    /// Periods of each step of the window.
    pub fn windows(
        &self,
        grid: DispatchGrid,
        step_periods: usize,
    ) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
        let steps = grid.steps(step_periods);
        (0..self.power_kw.len()).map(move |k| grid.step((self.first + k) % steps, step_periods))
    }

    /// Power of each period that the window covers, given the power of its steps \[kW\].
    pub fn by_period<'a>(
        &'a self,
        grid: DispatchGrid,
        step_periods: usize,
        step_kw: &'a [f64],
    ) -> impl Iterator<Item = (usize, f64)> + 'a {
        self.windows(grid, step_periods)
            .zip(step_kw)
            .flat_map(|(window, &kw)| window.map(move |period| (period, kw)))
    }

    /// Length of each step of the window \[h\].
    pub fn step_hours(
        &self,
        grid: DispatchGrid,
        step_periods: usize,
    ) -> impl Iterator<Item = f64> + '_ {
        self.windows(grid, step_periods).map(move |periods| periods.len() as f64 * grid.period_h)
    }

    /// Charging on arrival at full power until the target is reached \[kW\], step by step of the
    /// window.
    ///
    /// ```
    /// # use grid::{DispatchGrid, Store, V2g};
    /// let grid = DispatchGrid { periods: 24, period_h: 1.0 };
    /// let store = Store {
    ///     split: vec![(domain::ZoneId(1), 1.0)], first: 18, power_kw: vec![7.0; 4], v2g: V2g::Declined,
    ///     start_kwh: 20.0, target_kwh: 29.5, floor_kwh: 0.0, capacity_kwh: 50.0,
    ///     bounds_kwh: Vec::new(), stays: 1,
    /// };
    /// // 9.5 kWh into the battery are 10 kWh at the pile.
    /// assert_eq!(store.uncontrolled_kw(grid, 1, 0.95), [7.0, 3.0, 0.0, 0.0]);
    /// ```
    pub fn uncontrolled_kw(
        &self,
        grid: DispatchGrid,
        step_periods: usize,
        efficiency: f64,
    ) -> Vec<f64> {
        let mut left_kwh = ((self.target_kwh - self.start_kwh) / efficiency).max(0.0);
        let step = |(&power, hours): (&f64, f64)| {
            let kw = power.min(left_kwh / hours);
            left_kwh -= kw * hours;
            kw
        };
        self.power_kw.iter().zip(self.step_hours(grid, step_periods)).map(step).collect()
    }
}
