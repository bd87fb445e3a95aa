//! Policy `rule`: the current period only, P3 eq. 12-14 as causal water-filling.
//!
//! | paper | here |
//! |---|---|
//! | `dL_s = L_target - L_s` | energy missing, counted on the metered side |
//! | `Q_s` | hours until the store's deadline |
//! | `Y_exp = dL/Q` | the wish: the even rate |
//! | `pri = dL/Q + gamma/(1 + exp(-b))` | the priority; the last term is the same for every store that takes part, `b` = 1, and is left out |
//! | `P_dem` | the surplus now |
//! | `alpha_s = 2 r/(S+1)`, `beta_s = 2 (S+1-r)/(S+1)` | shares of the correction, `r` = 1 for the highest priority |
//!
//! Our reading \[I\] of eq. 13-14, which correct once and may leave a store's limits: every store
//! has bounds. The lower one is what must be charged now so that its target stays within reach at
//! full power, or how deep it may discharge without losing its target or its floor; the upper one
//! is what it can take now without passing its target. The wishes are corrected towards the
//! surplus, clipped to the bounds, and eq. 13 (or 14) is repeated on those not yet at a bound until
//! the total is the surplus, or the nearest total the bounds allow. Ranks are given among stores
//! with room between their bounds. Each repetition fixes at least one store, in practice less than
//! ten are needed, so sorting the ranks, O(S log S), is the dearest step.

use super::reach::{highest_after, needed_at};
use super::{Problem, Store};

/// Scratch memory of [`decide`], kept between periods so that nothing is allocated.
#[derive(Debug, Default, Clone)]
pub struct Workspace {
    candidates: Vec<Candidate>,
}

/// What [`decide`] found besides the set points.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Totals {
    /// Sum of the set points \[kW\].
    pub total_kw: f64,
    /// Least total the bounds allow \[kW\].
    pub lowest_kw: f64,
    /// Highest total the bounds allow \[kW\].
    pub highest_kw: f64,
}

#[derive(Debug, Clone, Copy)]
struct Candidate {
    priority_kw: f64,
    store: usize,
    low_kw: f64,
    high_kw: f64,
    net_kw: f64,
    share: f64,
}

/// Bounds of a store's net power in the current period \[kW\].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// Must-charge power if positive, deepest discharge if negative.
    pub low_kw: f64,
    /// Most that can be taken.
    pub high_kw: f64,
}

/// The bounds of one store now, given whether it may give energy.
pub fn bounds(store: &Store, gives: bool, period_h: f64) -> Bounds {
    let gain = store.gain_kwh_per_kw(period_h);
    let needed = needed_at(store, 1, period_h);
    let mut bounds = Bounds { low_kw: 0.0, high_kw: 0.0 };
    if store.charge.contains(0) {
        let reachable = highest_after(store, store.energy_kwh, gain).min(store.target_kwh);
        bounds.high_kw = ((reachable - store.energy_kwh) / gain).max(0.0);
        bounds.low_kw = ((needed - store.energy_kwh) / gain).clamp(0.0, bounds.high_kw);
    }
    if gives {
        let spare = store.energy_kwh - needed.max(store.floor_kwh);
        if spare > 0.0 {
            bounds.low_kw = -(spare / store.loss_kwh_per_kw(period_h)).min(store.discharge_kw_max);
        }
    }
    bounds
}

/// Set points \[kW\] of the current period, in the order of the stores; 0 for stores that are not
/// in their spans yet.
///
/// Only `surplus_kw[0]` is read: the rule knows nothing of the future. An empty horizon gives
/// zeros. Numbers are taken as they are ([`Problem::check`] looks at them).
///
/// ```
/// use schedule::stores::{rule, Problem, Span, Store, Taper};
/// let store = Store {
///     charge: Span::new(0, 8), discharge: Span::NEVER, charge_kw_max: 40.0, discharge_kw_max: 0.0,
///     energy_kwh: 10.0, ceiling_kwh: 50.0, floor_kwh: 10.0, target_kwh: 40.0,
///     charge_efficiency: 1.0, discharge_efficiency: 1.0, taper: Taper::NONE,
/// };
/// let problem = Problem::new(0.25, &[25.0], std::slice::from_ref(&store));
/// let mut set_points = Vec::new();
/// rule::decide(&problem, &mut rule::Workspace::default(), &mut set_points);
/// assert_eq!(set_points, [25.0]); // all of the surplus, though the even rate is 15 kW
/// ```
pub fn decide(
    problem: &Problem,
    workspace: &mut Workspace,
    set_points_kw: &mut Vec<f64>,
) -> Totals {
    set_points_kw.clear();
    set_points_kw.resize(problem.stores.len(), 0.0);
    let Some(&surplus_kw) = problem.surplus_kw.first() else {
        return Totals::default();
    };
    let mut totals = Totals::default();
    workspace.candidates.clear();
    for (position, store) in problem.stores.iter().enumerate() {
        if !(store.charge.contains(0) || store.discharge.contains(0)) {
            continue;
        }
        let Bounds { low_kw, high_kw } =
            bounds(store, problem.discharges(position, 0), problem.period_h);
        totals.lowest_kw += low_kw;
        totals.highest_kw += high_kw;
        set_points_kw[position] = low_kw;
        if high_kw > low_kw {
            workspace.candidates.push(candidate(
                position,
                store,
                low_kw,
                high_kw,
                problem.period_h,
            ));
        }
    }
    if surplus_kw <= totals.lowest_kw {
        totals.total_kw = totals.lowest_kw;
        return totals;
    }
    if surplus_kw < totals.highest_kw {
        let pinned_kw = pinned_total(&workspace.candidates, totals.lowest_kw);
        correct(&mut workspace.candidates, surplus_kw - pinned_kw);
    } else {
        for candidate in &mut workspace.candidates {
            candidate.net_kw = candidate.high_kw;
        }
    }
    for candidate in &workspace.candidates {
        set_points_kw[candidate.store] = candidate.net_kw;
    }
    totals.total_kw = surplus_kw.min(totals.highest_kw);
    totals
}

fn candidate(
    position: usize,
    store: &Store,
    low_kw: f64,
    high_kw: f64,
    period_h: f64,
) -> Candidate {
    let missing_kwh = (store.target_kwh - store.energy_kwh) / store.charge_efficiency;
    let hours_left = store.deadline() as f64 * period_h;
    let even_kw = missing_kwh / hours_left;
    Candidate {
        priority_kw: even_kw,
        store: position,
        low_kw,
        high_kw,
        net_kw: even_kw.clamp(low_kw, high_kw),
        share: 0.0,
    }
}

fn pinned_total(candidates: &[Candidate], lowest_kw: f64) -> f64 {
    lowest_kw - candidates.iter().map(|candidate| candidate.low_kw).sum::<f64>()
}

/// Eq. 13 or 14, repeated over the stores that are not at a bound, until the candidates' total is
/// `wanted_kw`.
fn correct(candidates: &mut [Candidate], wanted_kw: f64) {
    candidates.sort_unstable_by(|a, b| {
        b.priority_kw.total_cmp(&a.priority_kw).then(a.store.cmp(&b.store))
    });
    let excess_kw = candidates.iter().map(|candidate| candidate.net_kw).sum::<f64>() - wanted_kw;
    let ranks = candidates.len() as f64 + 1.0;
    for (place, candidate) in candidates.iter_mut().enumerate() {
        let rank = place as f64 + 1.0;
        candidate.share = 2.0 / ranks * if excess_kw > 0.0 { rank } else { ranks - rank };
    }
    let mut open = candidates.len();
    let mut left_kw = excess_kw;
    while open > 0 && left_kw.abs() > 1e-9 {
        let step =
            left_kw / candidates[..open].iter().map(|candidate| candidate.share).sum::<f64>();
        left_kw = 0.0;
        let mut place = 0;
        while place < open {
            let candidate = &mut candidates[place];
            let moved_kw = candidate.net_kw - candidate.share * step;
            candidate.net_kw = moved_kw.clamp(candidate.low_kw, candidate.high_kw);
            if candidate.net_kw == moved_kw {
                place += 1;
            } else {
                left_kw += candidate.net_kw - moved_kw;
                open -= 1;
                candidates.swap(place, open);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Span, Taper};
    use super::*;
    use proptest::prelude::*;

    fn store(energy_kwh: f64, target_kwh: f64, periods: usize) -> Store {
        Store {
            charge: Span::new(0, periods),
            discharge: Span::new(0, periods),
            charge_kw_max: 40.0,
            discharge_kw_max: 0.0,
            energy_kwh,
            ceiling_kwh: 50.0,
            floor_kwh: 10.0,
            target_kwh,
            charge_efficiency: 1.0,
            discharge_efficiency: 1.0,
            taper: Taper::NONE,
        }
    }

    fn check(surplus_kw: f64, stores: &[Store], expected_kw: &[f64]) {
        let curve = [surplus_kw];
        let problem = Problem::new(0.25, &curve, stores);
        let mut found = Vec::new();
        decide(&problem, &mut Workspace::default(), &mut found);
        for (position, (found, expected)) in found.iter().zip(expected_kw).enumerate() {
            assert!(
                (found - expected).abs() < 1e-9,
                "store {position}: {found} instead of {expected}"
            );
        }
    }

    #[test]
    fn without_surplus_only_what_must_be_charged_is() {
        // 30 kWh missing, 3 periods after this one give 3 x 10 kWh: nothing must be. With 2 after
        // it, 10 kWh must: 40 kW.
        check(-5.0, &[store(10.0, 40.0, 4), store(10.0, 40.0, 3)], &[0.0, 40.0]);
    }

    #[test]
    fn an_unreachable_target_gets_all_it_can() {
        check(-5.0, &[store(10.0, 50.0, 2)], &[40.0]);
    }

    #[test]
    fn scarce_surplus_is_shared_by_rank() {
        // Wishes: 10 kWh in 2 h = 5 kW and 20 kWh in 2 h = 10 kW, 15 in all, 9 wanted; store 1
        // ranks first. alpha = 2/3 for rank 1, 4/3 for rank 2; step = 6/2: 10 - 2 = 8 and 5 - 4 = 1
        // (eq. 13).
        check(9.0, &[store(10.0, 20.0, 8), store(10.0, 30.0, 8)], &[1.0, 8.0]);
    }

    #[test]
    fn plentiful_surplus_raises_the_urgent_first() {
        // As above, 21 wanted: beta = 4/3 for rank 1, 2/3 for rank 2; step = 6/2: 10 + 4 = 14, 5 +
        // 2 = 7 (eq. 14).
        check(21.0, &[store(10.0, 20.0, 8), store(10.0, 30.0, 8)], &[7.0, 14.0]);
    }

    #[test]
    fn a_store_at_its_bound_passes_its_share_on() {
        // 6 wanted: step = 9/2 would bring 5 to 5 - 6 = -1; it stops at 0 and the other takes 6.
        check(6.0, &[store(10.0, 20.0, 8), store(10.0, 30.0, 8)], &[0.0, 6.0]);
    }

    #[test]
    fn a_deficit_draws_on_consenting_stores_down_to_floor_and_target() {
        let mut consenting = store(20.0, 30.0, 8);
        consenting.discharge_kw_max = 6.6;
        let mut at_floor = store(10.0, 30.0, 8);
        at_floor.discharge_kw_max = 6.6;
        // 7 periods are left for 10.0 + 1.65 kWh: far within reach.
        check(-50.0, &[consenting, at_floor], &[-6.6, 0.0]);
    }

    #[test]
    fn a_surplus_never_passes_the_target() {
        // 2 kWh missing in 0.25 h: 8 kW at most.
        check(100.0, &[store(38.0, 40.0, 8)], &[8.0]);
    }

    proptest! {
        #[test]
        fn the_total_is_the_surplus_clipped_and_every_store_keeps_its_bounds(
            surplus in -300.0..300.0f64,
            draws in prop::collection::vec((10.0..50.0f64, 10.0..50.0f64, 1usize..30, 0.0..12.0f64), 1..40),
        ) {
            let stores: Vec<Store> = draws.iter().map(|&(energy, target, periods, discharge)| {
                let mut store = store(energy, target, periods);
                store.discharge_kw_max = discharge;
                store.discharge_efficiency = 0.95;
                store.charge_efficiency = 0.95;
                store.taper = Taper::through(&[(0.0, 1.0), (0.8, 1.0), (1.0, 0.1)], 50.0, 40.0).unwrap();
                store
            }).collect();
            let curve = [surplus];
            let problem = Problem::new(0.25, &curve, &stores);
            let mut found = Vec::new();
            let totals = decide(&problem, &mut Workspace::default(), &mut found);
            prop_assert!((found.iter().sum::<f64>() - totals.total_kw).abs() < 1e-6);
            let wanted = surplus.clamp(totals.lowest_kw.min(totals.highest_kw), totals.highest_kw);
            prop_assert!((totals.total_kw - wanted).abs() < 1e-6);
            for (store, &net_kw) in stores.iter().zip(&found) {
                let Bounds { low_kw, high_kw } = bounds(store, surplus < 0.0, 0.25);
                prop_assert!(net_kw >= low_kw - 1e-9 && net_kw <= high_kw + 1e-9);
            }
        }
    }
}
