//! The priority order of P3 eq. 26 and the rule dispatch that follows it without looking ahead.

use serde::{Deserialize, Serialize};

use super::dispatch::Step;
use super::period::cover;
use super::problem::{Horizon, State, Storage, Unit};

/// What can cover a residual demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// The storage.
    Storage,
    /// The unit.
    Unit,
    /// Import.
    Import,
}

/// How courses of equal cost are ordered.
///
/// P3 eq. 26 gives priority levels `P_ri`; our reading: a larger level comes first, and the order
/// is the tie-break of the dynamic programme and the order of the rule dispatch, not a constraint
/// (as a constraint it would forbid the plans that the objective of eq. 23 asks for).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Priority {
    /// Eq. 26: import dearer than the unit: storage, unit, import; otherwise storage, import, unit.
    #[default]
    ByPrice,
    /// Least use of the storage first, then least use of the unit.
    LeastStorage,
}

/// Order in which a deficit is covered under eq. 26.
///
/// ```
/// use schedule::plant::{Source, merit_order};
/// assert_eq!(merit_order(1.411, 1.33), [Source::Storage, Source::Unit, Source::Import]);
/// assert_eq!(merit_order(0.872, 1.33), [Source::Storage, Source::Import, Source::Unit]);
/// ```
pub fn merit_order(import_price: f64, unit_price: f64) -> [Source; 3] {
    if import_price > unit_price {
        [Source::Storage, Source::Unit, Source::Import]
    } else {
        [Source::Storage, Source::Import, Source::Unit]
    }
}

impl Priority {
    /// Whether `one` comes strictly before `other`, both of equal cost.
    pub(super) fn precedes(
        self,
        one: &Step,
        other: &Step,
        import_price: f64,
        unit_price: f64,
    ) -> bool {
        let keys = |step: &Step| match self {
            // Least import and curtailment left by the storage = most use of the storage for what
            // the period needs.
            Self::ByPrice => match merit_order(import_price, unit_price) {
                [_, Source::Unit, _] => [storage_leaves(step), step.import_kw, step.unit_kw],
                _ => [storage_leaves(step), step.unit_kw, step.import_kw],
            },
            Self::LeastStorage => [step.storage_kw.abs(), step.unit_kw, step.import_kw],
        };
        for (a, b) in keys(one).into_iter().zip(keys(other)) {
            if (a - b).abs() > 1e-9 {
                return a < b;
            }
        }
        false
    }
}

/// Residual that the storage leaves to the others, in either direction \[kW\].
fn storage_leaves(step: &Step) -> f64 {
    // Power balance (eq. 25): what unit, import and shortage cover, or what is curtailed beyond
    // them.
    (step.unit_kw + step.import_kw + step.unserved_kw - step.curtailed_kw).abs()
}

/// One period by the priority order alone, without looking ahead: the storage takes what it can,
/// then the sources in `order`. The unit keeps its minimum times and its least power: it starts
/// only if what is left for it reaches that power. With `order` storage, import, unit the unit runs
/// only when the import limit binds, and then with its least power at least.
///
/// `stored_kwh` is the energy above the lowest allowed; it moves continuously here, not by levels,
/// and at the period's end it lies between the two `keep_kwh`, as far as the power allows.
/// Returns the step (its `state.level` is the nearest level) and the energy at the period's end
/// \[kWh\].
pub fn dispatch_by_priority(
    storage: &Storage,
    unit: Option<&Unit>,
    horizon: &Horizon,
    order: [Source; 3],
    state: State,
    stored_kwh: f64,
    keep_kwh: (f64, f64),
) -> (Step, f64) {
    let residual_kw = horizon.residual_kw[0];
    let step_h = horizon.step_h;
    let free_kw = storage_power(storage, step_h, residual_kw, stored_kwh);
    let free_kwh = stored_kwh + storage.change_kwh(free_kw, step_h);
    let kept_kwh = free_kwh.min(keep_kwh.1).max(keep_kwh.0);
    let storage_kw = if kept_kwh == free_kwh {
        free_kw
    } else {
        storage.power_between(stored_kwh, kept_kwh, step_h)
    };
    let stored_after = stored_kwh + storage.change_kwh(storage_kw, step_h);
    let demand_kw = residual_kw + storage_kw;
    let wanted_kw = match order {
        [.., Source::Unit] => demand_kw - horizon.import_kw_max,
        _ => demand_kw,
    };
    let running = unit.filter(|unit| {
        let enough_kw = if order[2] == Source::Unit { 0.0 } else { unit.power_kw_min };
        must_or_may_run(unit, state, wanted_kw > 0.0 && wanted_kw >= enough_kw)
    });
    let unit_kw = running.map_or(0.0, |unit| wanted_kw.clamp(unit.power_kw_min, unit.power_kw_max));
    let unit_price = running.map_or(0.0, |unit| unit.energy_price);
    let cover = cover(horizon, 0, demand_kw, unit_kw, unit_price);
    let unit_on = running.is_some();
    let started = unit_on && !state.unit_on;
    let start_cost = running.filter(|_| started).map_or(0.0, |unit| unit.start_cost);
    let step = Step {
        storage_kw,
        unit_kw,
        import_kw: cover.import_kw,
        curtailed_kw: cover.curtailed_kw,
        unserved_kw: cover.unserved_kw,
        started,
        cost: cover.cost + storage.wear_cost(storage_kw, horizon.step_h) + start_cost,
        state: State {
            level: storage.nearest_level(stored_after),
            unit_on,
            periods_in_mode: if unit_on == state.unit_on {
                state.periods_in_mode.max(1) + 1
            } else {
                1
            },
        },
    };
    (step, stored_after)
}

/// Storage power that takes the whole surplus or covers the whole deficit, within power and energy.
fn storage_power(storage: &Storage, step_h: f64, residual_kw: f64, stored_kwh: f64) -> f64 {
    let capacity_kwh = storage.level_kwh * storage.levels.saturating_sub(1) as f64;
    if residual_kw < 0.0 {
        let room_kw = (capacity_kwh - stored_kwh).max(0.0) / (storage.charge_efficiency * step_h);
        (-residual_kw).min(storage.charge_kw_max).min(room_kw)
    } else {
        let available_kw = stored_kwh.max(0.0) * storage.discharge_efficiency / step_h;
        -residual_kw.min(storage.discharge_kw_max).min(available_kw)
    }
}

/// Whether the unit runs this period: forced by its minimum times, else if enough is asked of it.
fn must_or_may_run(unit: &Unit, state: State, asked: bool) -> bool {
    let free_to_switch =
        state.periods_in_mode >= if state.unit_on { unit.min_on } else { unit.min_off };
    if free_to_switch { asked } else { state.unit_on }
}
