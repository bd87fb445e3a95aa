//! The EV part of the dispatch model: stores with their energy, and each zone's power as the sum of
//! its shares.
//!
//! The energy after each step, `e_k = e_(k-1) + efficiency x c_k - d_k / efficiency`, stays between
//! bounds and ends at the target; charging and discharging (with V2G) share the vehicles' power.

use crate::dispatch::model::{Builder, StoreColumns};
use crate::dispatch::store::{Store, V2g};
use optim::conic::Column;

impl Builder<'_, '_> {
    /// EV power of each zone in each step.
    pub(super) fn ev_steps(&mut self) -> Vec<Vec<Column>> {
        let steps = self.problem.grid.steps(self.problem.evs.step_periods);
        (0..steps)
            .map(|_| self.problem.evs.zones.iter().map(|_| self.program.column(0.0)).collect())
            .collect()
    }

    /// All stores, and each zone's EV power as the sum of its shares.
    pub(super) fn stores(&mut self, steps: &[Vec<Column>]) -> Vec<StoreColumns> {
        let problem = self.problem;
        let mut sums: Vec<Vec<Vec<(Column, f64)>>> =
            steps.iter().map(|zones| zones.iter().map(|&ev| vec![(ev, 1.0)]).collect()).collect();
        let mut stores = Vec::new();
        for store in &problem.evs.stores {
            let columns = self.store(store);
            let split: Vec<(usize, f64)> = store
                .split
                .iter()
                .filter_map(|&(zone, k)| Some((problem.zone_index(zone)?, k)))
                .collect();
            for k in 0..store.power_kw.len() {
                for &(zone, share) in &split {
                    let sum = &mut sums[(store.first + k) % steps.len()][zone];
                    sum.push((columns.charge[k], -share));
                    sum.extend(columns.discharge.get(k).map(|&discharge| (discharge, share)));
                }
            }
            stores.push(columns);
        }
        for sum in sums.iter().flatten() {
            self.program.equal(sum, 0.0);
        }
        stores
    }

    /// All vehicles help each other freely: power bounds of the zones and the day's energy alone.
    pub(super) fn pools(&mut self, steps: &[Vec<Column>]) {
        let (problem, prices) = (self.problem, &self.problem.prices);
        // Most power in either direction, by step and zone [MW], and the energy that all need
        // [MWh].
        let mut most = vec![vec![(0.0, 0.0); problem.evs.zones.len()]; steps.len()];
        let mut need = 0.0;
        for store in &problem.evs.stores {
            need += (store.target_kwh - store.start_kwh) / 1000.0;
            for (k, kw) in store.power_kw.iter().enumerate() {
                for (zone, share) in store
                    .split
                    .iter()
                    .filter_map(|&(zone, share)| Some((problem.zone_index(zone)?, share)))
                {
                    let here = &mut most[(store.first + k) % steps.len()][zone];
                    here.0 += kw * share / 1000.0;
                    here.1 += if store.v2g == V2g::Accepted { kw * share / 1000.0 } else { 0.0 };
                }
            }
        }
        let mut energy = Vec::new();
        for (step, (zones, most)) in steps.iter().zip(most).enumerate() {
            let hours = problem.grid.step(step, problem.evs.step_periods).len() as f64
                * problem.grid.period_h;
            for (&ev, (forth, back)) in zones.iter().zip(most) {
                let (charge, discharge) = (
                    self.program.column(0.0),
                    self.program.column(prices.wear_cny_per_kwh * hours),
                );
                self.program.bounds(charge, 0.0, forth);
                self.program.bounds(discharge, 0.0, back);
                self.program.equal(&[(ev, 1.0), (charge, -1.0), (discharge, 1.0)], 0.0);
                energy.extend([
                    (charge, prices.ev_efficiency * hours),
                    (discharge, -hours / prices.ev_efficiency),
                ]);
            }
        }
        if !energy.is_empty() {
            self.program.equal(&energy, need);
        }
    }

    fn store(&mut self, store: &Store) -> StoreColumns {
        let efficiency = self.problem.prices.ev_efficiency;
        let hours: Vec<f64> =
            store.step_hours(self.problem.grid, self.problem.evs.step_periods).collect();
        let mw = |kw: &f64| kw / 1000.0;
        let charge: Vec<Column> = store.power_kw.iter().map(|_| self.program.column(0.0)).collect();
        let need = (store.target_kwh - store.start_kwh) / 1000.0;
        let wear = self.problem.prices.wear_cny_per_kwh;
        let discharge: Vec<Column> = match store.v2g {
            V2g::Declined => Vec::new(),
            V2g::Accepted => hours.iter().map(|h| self.program.column(wear * h)).collect(),
        };
        let bounds = energy_bounds(store, &hours, efficiency);
        // Energy above the start after each step where a bound could bind; the last one is the
        // need.
        let mut row = Vec::new();
        for (k, power) in store.power_kw.iter().enumerate() {
            row.push((charge[k], efficiency * hours[k]));
            if let Some(&discharge) = discharge.get(k) {
                self.program.not_negative(charge[k]);
                self.program.not_negative(discharge);
                // A vehicle cannot do both at once.
                self.program.at_most(&[(charge[k], 1.0), (discharge, 1.0)], mw(power));
                row.push((discharge, -hours[k] / efficiency));
            } else {
                self.program.bounds(charge[k], 0.0, mw(power));
            }
            let (low, high) = bounds[k];
            if low.is_none() && high.is_none() {
                continue;
            }
            let energy = self.program.column(0.0);
            if let Some(low) = low {
                self.program.at_most(&[(energy, -1.0)], -low);
            }
            if let Some(high) = high {
                self.program.at_most(&[(energy, 1.0)], high);
            }
            row.push((energy, -1.0));
            self.program.equal(&row, 0.0);
            row = vec![(energy, 1.0)];
        }
        self.program.equal(&row, need);
        StoreColumns { charge, discharge }
    }
}

/// Bounds on the energy above the start after each step [MWh], none where full power from the start
/// or to the end cannot reach them.
fn energy_bounds(store: &Store, hours: &[f64], efficiency: f64) -> Vec<(Option<f64>, Option<f64>)> {
    /// Less than this is no bound \[kWh\].
    const SLIGHT: f64 = 1e-6;
    let can_discharge = if store.v2g == V2g::Accepted { 1.0 } else { 0.0 };
    let forth: Vec<f64> =
        store.power_kw.iter().zip(hours).map(|(kw, h)| kw * h * efficiency).collect();
    let back: Vec<f64> = store
        .power_kw
        .iter()
        .zip(hours)
        .map(|(kw, h)| can_discharge * kw * h / efficiency)
        .collect();
    let sum = |energies: &[f64]| energies.iter().sum::<f64>();
    let at = |k: usize| {
        if k + 1 == hours.len() {
            return (None, None);
        }
        let lowest =
            (store.start_kwh - sum(&back[..=k])).max(store.target_kwh - sum(&forth[k + 1..]));
        let highest =
            (store.start_kwh + sum(&forth[..=k])).min(store.target_kwh + sum(&back[k + 1..]));
        let limits = if store.v2g == V2g::Accepted {
            (store.floor_kwh, store.capacity_kwh)
        } else {
            (f64::NEG_INFINITY, f64::INFINITY)
        };
        let (low, high) =
            store.bounds_kwh.get(k).map_or(limits, |b| (b.0.max(limits.0), b.1.min(limits.1)));
        let above_start = |kwh: f64| (kwh - store.start_kwh) / 1000.0;
        (
            (lowest < low - SLIGHT).then(|| above_start(low)),
            (highest > high + SLIGHT).then(|| above_start(high)),
        )
    };
    (0..hours.len()).map(at).collect()
}
