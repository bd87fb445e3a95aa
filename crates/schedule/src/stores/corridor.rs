//! The corridor of a store: between which energies its way through the horizon can run and still
//! end where it must.

use super::reach::{highest_after, needed_at, needed_before};
use super::{Problem, Store};

/// A period in which a store can do something, with the corridor of the energy at the period's end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stage {
    pub period: usize,
    pub charges: bool,
    pub discharges: bool,
    /// Least energy \[kWh\] at the period's end from which the way can end right.
    pub low_kwh: f64,
    /// Most energy \[kWh\] at the period's end from which the way can end right.
    pub high_kwh: f64,
}

/// The stages of one store (a range of the shared list) and where its way ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Course {
    pub store: usize,
    pub first_stage: usize,
    pub stages: usize,
    /// Least and most energy \[kWh\] at the end; equal if the deadline lies inside the horizon.
    pub end_low_kwh: f64,
    /// See `end_low_kwh`.
    pub end_high_kwh: f64,
    /// Energy \[kWh\] by which the target is out of reach even at full power.
    pub shortfall_kwh: f64,
    /// No choice is left: the end can only just be reached.
    pub pinned: bool,
}

/// Corridors of all stores; memory that a workspace keeps.
#[derive(Debug, Default, Clone)]
pub(super) struct Corridors {
    pub stages: Vec<Stage>,
    pub courses: Vec<Course>,
}

/// Below this energy \[kWh\] a freedom of choice counts as none.
const NEGLIGIBLE_KWH: f64 = 1e-7;

impl Corridors {
    pub fn rebuild(&mut self, problem: &Problem) {
        self.stages.clear();
        self.courses.clear();
        for (position, store) in problem.stores.iter().enumerate() {
            self.add(problem, position, store);
        }
    }

    pub fn of(&self, course: &Course) -> &[Stage] {
        &self.stages[course.first_stage..course.first_stage + course.stages]
    }

    fn add(&mut self, problem: &Problem, position: usize, store: &Store) {
        let first_stage = self.stages.len();
        let gain = store.gain_kwh_per_kw(problem.period_h);
        let drop = store.loss_kwh_per_kw(problem.period_h) * store.discharge_kw_max;
        let (mut low, mut high) = (store.energy_kwh, store.energy_kwh);
        let horizon_end = store.deadline().min(problem.periods());
        for period in store.charge.first.min(store.discharge.first)..horizon_end {
            let charges = problem.charges(store, period);
            let discharges = problem.discharges(position, period);
            if discharges {
                low = (low - drop).max(store.lowest_kwh());
            }
            if charges {
                high = highest_after(store, high, gain);
            }
            if charges || discharges {
                self.stages.push(Stage {
                    period,
                    charges,
                    discharges,
                    low_kwh: low,
                    high_kwh: high,
                });
            }
        }
        let (wanted_low, wanted_high) = if store.deadline() <= problem.periods() {
            (store.target_kwh, store.target_kwh)
        } else {
            let needed = needed_at(store, problem.periods(), problem.period_h);
            // Whether energy above the target could be given back later is not known.
            (needed, store.target_kwh.max(needed))
        };
        let end_low_kwh = wanted_low.clamp(low, high);
        let end_high_kwh = wanted_high.clamp(end_low_kwh, high);
        let freedom = (high - end_low_kwh).min(end_high_kwh - low);
        let course = Course {
            store: position,
            first_stage,
            stages: self.stages.len() - first_stage,
            end_low_kwh,
            end_high_kwh,
            shortfall_kwh: if store.deadline() > 0 { (wanted_low - high).max(0.0) } else { 0.0 },
            pinned: freedom <= 1e-4 * (high - low) + NEGLIGIBLE_KWH,
        };
        narrow(&mut self.stages[first_stage..], store, &course, gain, drop);
        self.courses.push(course);
    }
}

/// From the end backwards: keeps the energies from which the end can be reached, and drops actions
/// that no way can use.
fn narrow(stages: &mut [Stage], store: &Store, course: &Course, gain: f64, drop: f64) {
    let (mut low, mut high) = (course.end_low_kwh, course.end_high_kwh);
    for place in (0..stages.len()).rev() {
        let before = if place > 0 {
            (stages[place - 1].low_kwh, stages[place - 1].high_kwh)
        } else {
            (store.energy_kwh, store.energy_kwh)
        };
        let stage = &mut stages[place];
        stage.low_kwh = stage.low_kwh.max(low);
        stage.high_kwh = stage.high_kwh.min(high);
        low = if stage.charges { needed_before(store, low, gain) } else { low };
        high = if stage.discharges { (high + drop).min(store.highest_kwh()) } else { high };
        stage.charges &= stage.high_kwh - before.0.max(low) > NEGLIGIBLE_KWH;
        stage.discharges &= before.1.min(high) - stage.low_kwh > NEGLIGIBLE_KWH;
    }
}

/// The nearest allowed way to the wished energies (one a stage), as net powers \[kW\] into `net_kw`
/// (one a period of the horizon); returns the energy at the end \[kWh\]. Whatever the wishes, every
/// limit holds and the end is reached.
pub(super) fn follow(
    problem: &Problem,
    stages: &[Stage],
    course: &Course,
    wishes_kwh: &[f64],
    net_kw: &mut [f64],
) -> f64 {
    let store = &problem.stores[course.store];
    let gain = store.gain_kwh_per_kw(problem.period_h);
    let loss = store.loss_kwh_per_kw(problem.period_h);
    let mut energy = store.energy_kwh;
    for (stage, wish) in stages.iter().zip(wishes_kwh) {
        let deepest =
            if stage.discharges { energy - loss * store.discharge_kw_max } else { energy };
        let most = if stage.charges { highest_after(store, energy, gain) } else { energy };
        let high = most.min(stage.high_kwh).max(deepest);
        let end = wish.min(high).max(deepest.max(stage.low_kwh).min(high));
        let change = end - energy;
        net_kw[stage.period] = if change >= 0.0 { change / gain } else { change / loss };
        energy = end;
    }
    energy
}

#[cfg(test)]
mod tests {
    use super::super::{Span, Taper};
    use super::*;

    fn two_way() -> Store {
        Store {
            charge: Span::new(0, 4),
            discharge: Span::new(0, 4),
            charge_kw_max: 10.0,
            discharge_kw_max: 10.0,
            energy_kwh: 20.0,
            ceiling_kwh: 50.0,
            floor_kwh: 10.0,
            target_kwh: 30.0,
            charge_efficiency: 1.0,
            discharge_efficiency: 1.0,
            taper: Taper::NONE,
        }
    }

    fn corridors(stores: &[Store], surplus_kw: &[f64]) -> Corridors {
        let mut corridors = Corridors::default();
        corridors.rebuild(&Problem::new(1.0, surplus_kw, stores));
        corridors
    }

    #[test]
    fn the_corridor_keeps_the_target_in_reach() {
        let found = corridors(&[two_way()], &[-1.0, -1.0, -1.0, 1.0]);
        let low: Vec<f64> = found.stages.iter().map(|stage| stage.low_kwh).collect();
        let high: Vec<f64> = found.stages.iter().map(|stage| stage.high_kwh).collect();
        // Down by 10 a period to the floor of 10, but 30 at the end needs 20 before the last period
        // and 10 before that.
        assert_eq!(low, [10.0, 10.0, 20.0, 30.0]);
        // Up by 10 a period; the last period is no deficit, so 30 is the most before it, 40 before
        // the one before.
        assert_eq!(high, [30.0, 40.0, 30.0, 30.0]);
    }

    #[test]
    fn wild_wishes_are_brought_back_into_the_limits() {
        let stores = [two_way()];
        let surplus_kw = [-1.0, -1.0, -1.0, 1.0];
        let problem = Problem::new(1.0, &surplus_kw, &stores);
        let found = corridors(&stores, &surplus_kw);
        let mut net_kw = [0.0; 4];
        let end = follow(
            &problem,
            &found.stages,
            &found.courses[0],
            &[-99.0, 99.0, -99.0, 99.0],
            &mut net_kw,
        );
        assert_eq!(end, 30.0);
        assert_eq!(net_kw, [-10.0, 10.0, 0.0, 10.0]);
    }

    #[test]
    fn an_unreachable_target_is_a_shortfall_and_leaves_no_choice() {
        let mut store = two_way();
        store.target_kwh = 50.0;
        store.charge.end = 2;
        store.discharge = Span::NEVER;
        let found = corridors(&[store], &[1.0, 1.0, 1.0, 1.0]);
        assert!(found.courses[0].pinned);
        assert_eq!(found.courses[0].shortfall_kwh, 10.0);
        assert_eq!(found.courses[0].end_low_kwh, 40.0);
    }
}
