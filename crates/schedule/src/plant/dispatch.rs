//! The dynamic programme: values backwards, the plan forwards.
//!
//! The backward pass keeps one value per (mode, level) and period. The level change is a min-plus
//! product over neighbouring levels, written as sweeps along the levels with padding of infinite
//! value on either side, so that the inner loop has no branch. Ties are settled in the forward pass
//! only, where a handful of actions is compared.

use super::period::{Cover, cheapest_cover};
use super::problem::{Horizon, PlantError, State, Storage, Unit, check};

/// What the plant does in one period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Storage power at the connection \[kW\]; positive = charging.
    pub storage_kw: f64,
    /// Unit power \[kW\].
    pub unit_kw: f64,
    /// Import \[kW\].
    pub import_kw: f64,
    /// Surplus that nobody takes \[kW\].
    pub curtailed_kw: f64,
    /// Demand that nothing covers \[kW\].
    pub unserved_kw: f64,
    /// Whether the unit was started at the beginning of this period.
    pub started: bool,
    /// Cost of the period, wear and start included.
    pub cost: f64,
    /// State at the period's end.
    pub state: State,
}

/// A cheapest course over the horizon.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// One step per period.
    pub steps: Vec<Step>,
    /// Sum of the steps' costs.
    pub cost: f64,
    /// Value of the energy left at the end; `cost - end_value` is what was minimised.
    pub end_value: f64,
}

impl Plan {
    /// The step to carry out now: a rolling dispatch takes this one and plans anew.
    pub fn first(&self) -> &Step {
        &self.steps[0]
    }
}

/// Result of a dispatch.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// A cheapest plan.
    Planned(Plan),
    /// No course reaches the pinned levels from this state.
    Infeasible,
}

/// Unit modes as one index: `on` for 1, 2 .. `min_on` or more periods, then `off` likewise. Without
/// a unit: one mode.
struct Modes {
    min_on: usize,
    min_off: usize,
}

impl Modes {
    fn new(unit: Option<&Unit>) -> Self {
        match unit {
            Some(unit) => Self { min_on: unit.min_on.max(1), min_off: unit.min_off.max(1) },
            None => Self { min_on: 0, min_off: 1 },
        }
    }

    fn count(&self) -> usize {
        self.min_on + self.min_off
    }

    fn is_on(&self, mode: usize) -> bool {
        mode < self.min_on
    }

    fn index(&self, state: State) -> usize {
        let (offset, cap) =
            if state.unit_on { (0, self.min_on) } else { (self.min_on, self.min_off) };
        offset + state.periods_in_mode.clamp(1, cap) - 1
    }

    /// Mode after staying on, or off, one more period.
    fn stay(&self, mode: usize) -> usize {
        let last = if self.is_on(mode) { self.min_on - 1 } else { self.count() - 1 };
        (mode + 1).min(last)
    }

    /// Mode after switching, if the minimum time has passed and there is a unit to switch.
    fn switch(&self, mode: usize) -> Option<usize> {
        if self.min_on > 0 && mode + 1 == self.min_on {
            Some(self.min_on)
        } else if self.min_on > 0 && mode + 1 == self.count() {
            Some(0)
        } else {
            None
        }
    }
}

/// One period's covers and costs by (unit on, change of level).
struct PeriodTable {
    /// Covers with the unit off, then on, each from the largest discharge to the largest charge.
    covers: [Vec<Cover>; 2],
    /// Cover cost plus wear, in the same order.
    costs: [Vec<f64>; 2],
}

struct Solver<'a> {
    storage: &'a Storage,
    unit: Option<&'a Unit>,
    horizon: &'a Horizon<'a>,
    modes: Modes,
    down: usize,
    up: usize,
}

/// Cheapest dispatch of the plant over the horizon from `state` (see the module head).
///
/// # Errors
/// When a number, a series or a level is malformed. Unreachable pinned levels are an [`Outcome`],
/// not an error.
///
/// ```
/// use schedule::plant::{Horizon, Outcome, Priority, State, Storage, dispatch};
/// let storage = Storage { level_kwh: 10.0, levels: 3, charge_kw_max: 10.0, discharge_kw_max: 10.0,
///     charge_efficiency: 1.0, discharge_efficiency: 1.0, charge_price: 0.0, discharge_price: 0.0,
///     terminal_value: 0.0 };
/// // 10 kW of demand in two hours, import at 1 then 3: the 10 kWh stored are kept for the second hour.
/// let horizon = Horizon { step_h: 1.0, residual_kw: &[10.0, 10.0], import_price: &[1.0, 3.0],
///     import_kw_max: f64::INFINITY, shortage_price: 10.0, curtailment_price: 0.0, pinned: &[],
///     priority: Priority::ByPrice };
/// let state = State { level: 1, unit_on: false, periods_in_mode: 1 };
/// let Outcome::Planned(plan) = dispatch(&storage, None, &horizon, state)? else { panic!() };
/// assert_eq!((plan.steps[0].import_kw, plan.steps[1].storage_kw), (10.0, -10.0));
/// assert_eq!(plan.cost, 10.0);
/// # Ok::<(), schedule::plant::PlantError>(())
/// ```
pub fn dispatch(
    storage: &Storage,
    unit: Option<&Unit>,
    horizon: &Horizon,
    state: State,
) -> Result<Outcome, PlantError> {
    check(storage, unit, horizon, state)?;
    let solver = Solver {
        storage,
        unit,
        horizon,
        modes: Modes::new(unit),
        down: storage.discharge_levels(horizon.step_h),
        up: storage.charge_levels(horizon.step_h),
    };
    let tables: Vec<PeriodTable> = (0..horizon.len()).map(|period| solver.table(period)).collect();
    let values = solver.backward(&tables);
    Ok(solver.forward(&tables, &values, state))
}

impl Solver<'_> {
    /// Length of one mode's row of values: the levels with padding on either side.
    fn row(&self) -> usize {
        self.down + self.storage.levels + self.up
    }

    /// Change of level of the action with this number.
    fn change(&self, action: usize) -> isize {
        action as isize - self.down as isize
    }

    fn start_cost(&self, from_on: bool, to_on: bool) -> f64 {
        match self.unit {
            Some(unit) if to_on && !from_on => unit.start_cost,
            _ => 0.0,
        }
    }

    fn table(&self, period: usize) -> PeriodTable {
        let step_h = self.horizon.step_h;
        let powers: Vec<f64> = (0..=self.down + self.up)
            .map(|action| self.storage.power_kw(self.change(action), step_h))
            .collect();
        let residual_kw = self.horizon.residual_kw[period];
        let covers = [None, self.unit].map(|unit| -> Vec<Cover> {
            let best = |&kw: &f64| cheapest_cover(self.horizon, period, residual_kw + kw, unit);
            powers.iter().map(best).collect()
        });
        let costs = [0, 1].map(|on| {
            let with_wear =
                |(cover, &kw): (&Cover, &f64)| cover.cost + self.storage.wear_cost(kw, step_h);
            covers[on].iter().zip(&powers).map(with_wear).collect()
        });
        PeriodTable { covers, costs }
    }

    /// Values before each period and after the last, `values[period][mode * row + down + level]`.
    fn backward(&self, tables: &[PeriodTable]) -> Vec<Vec<f64>> {
        let (row, modes) = (self.row(), self.modes.count());
        let mut values = vec![vec![f64::INFINITY; row * modes]; tables.len() + 1];
        for mode in 0..modes {
            for level in 0..self.storage.levels {
                let stored_kwh = level as f64 * self.storage.level_kwh;
                values[tables.len()][mode * row + self.down + level] =
                    -self.storage.terminal_value * stored_kwh;
            }
        }
        let mut ahead = vec![0.0; self.storage.levels * modes];
        for (period, table) in tables.iter().enumerate().rev() {
            let (before, after) = values.split_at_mut(period + 1);
            let after = &mut after[0];
            self.enforce_pin(period, after);
            self.min_plus(table, after, &mut ahead);
            self.choose_modes(&ahead, &mut before[period]);
        }
        values
    }

    /// Bar every level but the pinned one at the end of `period`.
    fn enforce_pin(&self, period: usize, after: &mut [f64]) {
        let Some(pinned) = self.horizon.pinned_at(period) else {
            return;
        };
        for row in after.chunks_exact_mut(self.row()) {
            for (k, value) in row.iter_mut().enumerate() {
                if k != self.down + pinned {
                    *value = f64::INFINITY;
                }
            }
        }
    }

    /// `ahead[mode][level] = min over changes of (cost + value of mode at level + change after the
    /// period)`.
    fn min_plus(&self, table: &PeriodTable, after: &[f64], ahead: &mut [f64]) {
        let levels = self.storage.levels;
        for (mode, best) in ahead.chunks_exact_mut(levels).enumerate() {
            best.fill(f64::INFINITY);
            let row = &after[mode * self.row()..(mode + 1) * self.row()];
            let costs = &table.costs[usize::from(self.modes.is_on(mode))];
            for (action, &cost) in costs.iter().enumerate() {
                // Padding makes `down + level + change` = `level + action`.
                for (best, &value) in best.iter_mut().zip(&row[action..action + levels]) {
                    let candidate = cost + value;
                    *best = if candidate < *best { candidate } else { *best };
                }
            }
        }
    }

    /// Value of each mode before the period: the better of staying and switching.
    fn choose_modes(&self, ahead: &[f64], before: &mut [f64]) {
        let levels = self.storage.levels;
        let slice = |mode: usize| &ahead[mode * levels..(mode + 1) * levels];
        for (mode, row) in before.chunks_exact_mut(self.row()).enumerate() {
            let row = &mut row[self.down..self.down + levels];
            row.copy_from_slice(slice(self.modes.stay(mode)));
            if let Some(other) = self.modes.switch(mode) {
                let cost = self.start_cost(self.modes.is_on(mode), self.modes.is_on(other));
                for (value, &switched) in row.iter_mut().zip(slice(other)) {
                    *value = value.min(switched + cost);
                }
            }
        }
    }

    fn forward(&self, tables: &[PeriodTable], values: &[Vec<f64>], start: State) -> Outcome {
        let mut state = start;
        let mut steps = Vec::with_capacity(tables.len());
        for (period, table) in tables.iter().enumerate() {
            match self.best_step(period, table, &values[period + 1], state) {
                Some(step) => {
                    state = step.state;
                    steps.push(step);
                }
                None => return Outcome::Infeasible,
            }
        }
        Outcome::Planned(Plan {
            cost: steps.iter().map(|step| step.cost).sum(),
            end_value: self.storage.terminal_value * self.storage.level_kwh * state.level as f64,
            steps,
        })
    }

    /// Cheapest action of one period; of equally cheap ones the first by priority, then the
    /// smallest level change.
    fn best_step(
        &self,
        period: usize,
        table: &PeriodTable,
        after: &[f64],
        state: State,
    ) -> Option<Step> {
        let mode = self.modes.index(state);
        let candidates = [Some(self.modes.stay(mode)), self.modes.switch(mode)];
        let mut total_min = f64::INFINITY;
        let mut options = Vec::with_capacity(2 * table.costs[0].len());
        for next in candidates.into_iter().flatten() {
            let on = self.modes.is_on(next);
            let start_cost = self.start_cost(state.unit_on, on);
            for (action, &cost) in table.costs[usize::from(on)].iter().enumerate() {
                let total = start_cost + cost + after[next * self.row() + state.level + action];
                if total < f64::INFINITY {
                    total_min = total_min.min(total);
                    options.push((total, on, action));
                }
            }
        }
        let tolerance = 1e-9 * (1.0 + total_min.abs());
        options
            .into_iter()
            .filter(|&(total, ..)| total <= total_min + tolerance)
            .map(|(_, on, action)| self.step(table, state, on, action))
            .reduce(|best, other| if self.precedes(period, &other, &best) { other } else { best })
    }

    fn precedes(&self, period: usize, one: &Step, other: &Step) -> bool {
        let unit_price = self.unit.map_or(f64::INFINITY, |unit| unit.energy_price);
        let import_price = self.horizon.import_price[period];
        self.horizon.priority.precedes(one, other, import_price, unit_price)
    }

    fn step(&self, table: &PeriodTable, state: State, on: bool, action: usize) -> Step {
        let cover = table.covers[usize::from(on)][action];
        let change = self.change(action);
        let started = on && !state.unit_on;
        Step {
            storage_kw: self.storage.power_kw(change, self.horizon.step_h),
            unit_kw: cover.unit_kw,
            import_kw: cover.import_kw,
            curtailed_kw: cover.curtailed_kw,
            unserved_kw: cover.unserved_kw,
            started,
            cost: table.costs[usize::from(on)][action] + self.start_cost(state.unit_on, on),
            state: State {
                level: state.level.saturating_add_signed(change),
                unit_on: on,
                periods_in_mode: if on == state.unit_on {
                    state.periods_in_mode.max(1) + 1
                } else {
                    1
                },
            },
        }
    }
}
