//! The cost of one period for a given storage power: the cheapest way to cover what is left.

use super::problem::{Horizon, Unit};

/// How one period's residual is covered once storage power and unit mode are given.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Cover {
    pub unit_kw: f64,
    pub import_kw: f64,
    pub curtailed_kw: f64,
    pub unserved_kw: f64,
    /// Energy cost of unit, import, curtailment and shortage, without storage wear and start.
    pub cost: f64,
}

/// Cheapest cover of `demand_kw` (residual plus storage charging) in `period`; `unit` is the
/// running unit, if any.
///
/// The cost is piecewise linear in the unit's power with breaks where the unit covers the demand
/// exactly and where it covers all but the largest import: the optimum is one of those or an end of
/// the range. Of equal costs the smallest power is taken: eq. 26 puts import before the unit unless
/// import is dearer, and then costs differ.
pub(super) fn cheapest_cover(
    horizon: &Horizon,
    period: usize,
    demand_kw: f64,
    unit: Option<&Unit>,
) -> Cover {
    let Some(unit) = unit else {
        return cover(horizon, period, demand_kw, 0.0, 0.0);
    };
    let (low, high) = (unit.power_kw_min, unit.power_kw_max);
    let breaks = [
        low,
        (demand_kw - horizon.import_kw_max).clamp(low, high),
        demand_kw.clamp(low, high),
        high,
    ];
    let mut best = cover(horizon, period, demand_kw, breaks[0], unit.energy_price);
    for &unit_kw in &breaks[1..] {
        let other = cover(horizon, period, demand_kw, unit_kw, unit.energy_price);
        if other.cost < best.cost - 1e-9 * (1.0 + best.cost.abs()) {
            best = other;
        }
    }
    best
}

/// Cover with the unit's power given.
pub(super) fn cover(
    horizon: &Horizon,
    period: usize,
    demand_kw: f64,
    unit_kw: f64,
    unit_price: f64,
) -> Cover {
    let rest_kw = demand_kw - unit_kw;
    let import_kw = rest_kw.clamp(0.0, horizon.import_kw_max);
    let unserved_kw = (rest_kw - import_kw).max(0.0);
    let curtailed_kw = (-rest_kw).max(0.0);
    let cost = horizon.step_h
        * (unit_price * unit_kw
            + horizon.import_price[period] * import_kw
            + horizon.shortage_price * unserved_kw
            + horizon.curtailment_price * curtailed_kw);
    Cover { unit_kw, import_kw, curtailed_kw, unserved_kw, cost }
}
