//! The answer of a policy that looks ahead.

use super::Problem;
use super::corridor::{Corridors, follow};

/// Net powers of every store in every period, and what they achieve.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    periods: usize,
    net_kw: Vec<f64>,
    /// Battery energy of each store at its deadline or at the horizon's end \[kWh\].
    pub end_kwh: Vec<f64>,
    /// Energy by which each store's target is out of reach even at full power \[kWh\].
    pub shortfall_kwh: Vec<f64>,
    /// `Z` of eq. 19: the sum over the periods of |surplus - total net power| \[kW\].
    pub distance_kw: f64,
}

impl Plan {
    /// Net power \[kW\] of a store in each period of the horizon.
    pub fn of_store(&self, store: usize) -> &[f64] {
        &self.net_kw[store * self.periods..(store + 1) * self.periods]
    }

    /// Net powers \[kW\], store after store, one a period of the horizon.
    pub fn net_kw(&self) -> &[f64] {
        &self.net_kw
    }

    /// Set points \[kW\] of the current period, in the order of the stores.
    pub fn set_points_kw(&self) -> Vec<f64> {
        (0..self.end_kwh.len()).map(|store| self.of_store(store)[0]).collect()
    }

    /// Total net power \[kW\] of each period.
    pub fn totals_kw(&self) -> Vec<f64> {
        let mut totals = vec![0.0; self.periods];
        for row in self.net_kw.chunks_exact(self.periods.max(1)) {
            for (total, net) in totals.iter_mut().zip(row) {
                *total += net;
            }
        }
        totals
    }

    /// The allowed plan nearest to wished energies \[kWh\], one for each stage of the corridors.
    pub(super) fn following(problem: &Problem, corridors: &Corridors, wishes_kwh: &[f64]) -> Plan {
        let periods = problem.periods();
        let mut plan = Plan {
            periods,
            net_kw: vec![0.0; periods * problem.stores.len()],
            end_kwh: Vec::with_capacity(problem.stores.len()),
            shortfall_kwh: Vec::with_capacity(problem.stores.len()),
            distance_kw: 0.0,
        };
        for course in &corridors.courses {
            let row = &mut plan.net_kw[course.store * periods..(course.store + 1) * periods];
            let wishes = &wishes_kwh[course.first_stage..course.first_stage + course.stages];
            plan.end_kwh.push(follow(problem, corridors.of(course), course, wishes, row));
            plan.shortfall_kwh.push(course.shortfall_kwh);
        }
        plan.distance_kw = plan
            .totals_kw()
            .iter()
            .zip(problem.surplus_kw)
            .map(|(total, surplus)| (surplus - total).abs())
            .sum();
        plan
    }
}
