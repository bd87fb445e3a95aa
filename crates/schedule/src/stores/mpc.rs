//! Policy `mpc`: follow the surplus with ageing in the balance, P3 eq. 5-6 as a quadratic programme
//! over the horizon.
//!
//! Eq. 6 is `min integral of Q_loss + alpha P_charge^2 + beta P_discharge^2`, without a word on
//! what is to be followed. Our reading \[I\]: the squared distance from the surplus is added to it,
//! and `Q_loss` of eq. 5, which is concave in the throughput, is replaced by a price of a kWh through
//! the battery, so that the programme stays convex (batteries age by eq. 5 itself, elsewhere):
//!
//! min `sum_t h [ w (P_dem - sum Y)^2 + sum_s ( q (mu_c P_c + P_d / mu_d) + alpha P_c^2 + beta
//! P_d^2 ) ]`
//!
//! subject to eq. 20 and the limits under eq. 6, as in [`lp`](super::lp).

use super::conic::{PowerCost, add_stores, energies, solve, totals};
use super::corridor::Corridors;
use super::{Plan, Problem, StoresError};
use optim::conic::ConicProgram;

/// Weights of the objective; what matters is their ratio.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// `w`, cost of a squared distance \[1/(kW^2 h)\].
    pub distance: f64,
    /// `q`, cost of a kWh through a battery \[1/kWh\]: its ageing.
    pub ageing: f64,
    /// `alpha`, cost of a squared charging power of one store \[1/(kW^2 h)\].
    pub charge: f64,
    /// `beta`, cost of a squared discharging power of one store \[1/(kW^2 h)\].
    pub discharge: f64,
}

impl Default for Weights {
    /// Our choice \[I\], in CNY: 0.3 for a kWh through a battery (its owner's wear), and 0.01 a
    /// squared kW of distance, so that the marginal kW is worth a kWh's wear at a distance of 15
    /// kW; powers are evened out a little.
    fn default() -> Weights {
        Weights { distance: 0.01, ageing: 0.3, charge: 0.001, discharge: 0.001 }
    }
}

impl Weights {
    fn check(&self) -> Result<(), StoresError> {
        let all = [
            ("distance", self.distance),
            ("ageing", self.ageing),
            ("charge", self.charge),
            ("discharge", self.discharge),
        ];
        match all.into_iter().find(|(_, value)| !(*value >= 0.0 && value.is_finite())) {
            Some((weight, value)) => {
                Err(StoresError::Weight { weight, value, range: "finite and not negative" })
            }
            None => Ok(()),
        }
    }
}

/// What is minimised, for net powers \[kW\] of the stores, store after store.
pub fn cost(problem: &Problem, weights: &Weights, net_kw: &[f64]) -> f64 {
    let (hours, periods) = (problem.period_h, problem.periods());
    let mut totals = vec![0.0; periods];
    let mut cost = 0.0;
    for (store, row) in problem.stores.iter().zip(net_kw.chunks_exact(periods.max(1))) {
        for (total, net) in totals.iter_mut().zip(row) {
            *total += net;
            let (charge, discharge) = (net.max(0.0), (-net).max(0.0));
            cost += weights.ageing
                * (store.gain_kwh_per_kw(hours) * charge
                    + store.loss_kwh_per_kw(hours) * discharge)
                + hours * (weights.charge * charge * charge)
                + hours * (weights.discharge * discharge * discharge);
        }
    }
    let squares = totals.iter().zip(problem.surplus_kw).map(|(y, p)| (p - y) * (p - y));
    cost + weights.distance * hours * squares.sum::<f64>()
}

/// The plan of least cost.
///
/// # Errors
/// What [`Problem::check`] finds, a [`StoresError::Weight`], or [`StoresError::Solver`].
pub fn decide(problem: &Problem, weights: &Weights) -> Result<Plan, StoresError> {
    problem.check()?;
    weights.check()?;
    let mut corridors = Corridors::default();
    corridors.rebuild(problem);
    let hours = problem.period_h;
    let mut conic = ConicProgram::default();
    let columns = add_stores(
        &mut conic,
        problem,
        &corridors,
        |store, _| PowerCost {
            linear: weights.ageing * problem.stores[store].gain_kwh_per_kw(hours),
            quadratic: 2.0 * weights.charge * hours,
        },
        |store, _| PowerCost {
            linear: weights.ageing * problem.stores[store].loss_kwh_per_kw(hours),
            quadratic: 2.0 * weights.discharge * hours,
        },
    );
    for (mut row, surplus_kw) in
        totals(problem.periods(), &corridors, &columns).into_iter().zip(problem.surplus_kw)
    {
        if !row.is_empty() {
            let distance = conic.column(0.0);
            conic.curve(distance, distance, 2.0 * weights.distance * hours);
            row.push((distance, 1.0));
            conic.equal(&row, *surplus_kw);
        }
    }
    let values = solve(&conic)?;
    Ok(Plan::following(problem, &corridors, &energies(problem, &corridors, &columns, &values)))
}

#[cfg(test)]
mod tests {
    use super::super::{Span, Store, Taper};
    use super::*;

    fn check(weights: Weights, surplus_kw: &[f64], expected_kw: &[f64]) {
        let store = Store {
            charge: Span::new(0, surplus_kw.len()),
            discharge: Span::new(0, surplus_kw.len()),
            charge_kw_max: 20.0,
            discharge_kw_max: 20.0,
            energy_kwh: 20.0,
            ceiling_kwh: 50.0,
            floor_kwh: 10.0,
            target_kwh: 30.0,
            charge_efficiency: 1.0,
            discharge_efficiency: 1.0,
            taper: Taper::NONE,
        };
        let problem = Problem::new(1.0, surplus_kw, std::slice::from_ref(&store));
        let plan = decide(&problem, &weights).unwrap();
        for (found, expected) in plan.of_store(0).iter().zip(expected_kw) {
            assert!(
                (found - expected).abs() < 1e-4,
                "{:?} instead of {expected_kw:?}",
                plan.of_store(0)
            );
        }
    }

    #[test]
    fn free_batteries_follow_the_curve_in_least_squares() {
        // 10 kWh in all, wanted -4 and 16: distance 2 in all, shared equally between the squares:
        // -4-1, 16-1.
        let weights = Weights { distance: 1.0, ageing: 0.0, charge: 0.0, discharge: 0.0 };
        check(weights, &[-4.0, 16.0], &[-5.0, 15.0]);
    }

    #[test]
    fn dear_batteries_do_not_cycle() {
        let weights = Weights { distance: 1.0, ageing: 100.0, charge: 0.0, discharge: 0.0 };
        check(weights, &[-4.0, 16.0], &[0.0, 10.0]);
    }

    #[test]
    fn ageing_shortens_the_cycle_by_its_price() {
        // With y the discharge: min (-4+y)^2 + (16-10-y)^2 + 3 (10 + 2 y): 2 (y-4) + 2 (y-6) + 6 =
        // 0, y = 3.5.
        let weights = Weights { distance: 1.0, ageing: 3.0, charge: 0.0, discharge: 0.0 };
        check(weights, &[-4.0, 16.0], &[-3.5, 13.5]);
    }

    #[test]
    fn a_negative_weight_is_refused() {
        let problem = Problem::new(1.0, &[1.0], &[]);
        let weights = Weights { ageing: -1.0, ..Weights::default() };
        assert!(decide(&problem, &weights).unwrap_err().to_string().contains("ageing is -1"));
    }
}
