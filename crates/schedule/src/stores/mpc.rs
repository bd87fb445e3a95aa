//! Policy `mpc`: follow the surplus with ageing in the balance, P3 eq. 5-6 as a quadratic programme
//! over the horizon.
//!
//! Eq. 6 is `min integral of Q_loss + alpha P_charge^2 + beta P_discharge^2`, without a word on
//! what is to be followed. Our reading \[I\]: the squared distance from the surplus is added to it,
//! and `Q_loss` of eq. 5, which is concave in the throughput, is replaced by its tangent at an
//! operating point ([`CycleLaw::loss_percent_per_kwh`]), so that the programme stays convex:
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

/// Capacity lost by cycling (eq. 5 with throughput in place of time): `Q% = factor exp(-activation
/// / (R T)) Ah^exponent`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CycleLaw {
    /// Factor `A` \[% / Ah^exponent\].
    pub factor: f64,
    /// Activation energy `E_a` \[J/mol\].
    pub activation_j_per_mol: f64,
    /// Exponent `z` \[-\].
    pub exponent: f64,
}

impl Default for CycleLaw {
    /// Our choice \[I\] of a published law for cells of 2 Ah: 30,330 exp(-31,500 / (8.314 T))
    /// Ah^0.552.
    fn default() -> CycleLaw {
        CycleLaw { factor: 30_330.0, activation_j_per_mol: 31_500.0, exponent: 0.552 }
    }
}

/// Gas constant \[J/(mol K)\].
const GAS_CONSTANT: f64 = 8.314;

impl CycleLaw {
    /// Capacity lost \[%\] after a throughput \[Ah per cell\] at a temperature \[K\].
    pub fn loss_percent(&self, temperature_k: f64, throughput_ah: f64) -> f64 {
        let rate =
            self.factor * (-self.activation_j_per_mol / (GAS_CONSTANT * temperature_k)).exp();
        rate * throughput_ah.max(0.0).powf(self.exponent)
    }

    /// Slope of the loss \[% per kWh through the battery\] at an operating point: a throughput so
    /// far \[Ah per cell\], in a battery in which a kWh means `ah_per_kwh` through each cell.
    ///
    /// ```
    /// let law = schedule::stores::mpc::CycleLaw::default();
    /// // At 298.15 K and 1,000 Ah: 30,330 x exp(-12.708) = 0.09182; x 1000^0.552 = 4.157 %; x 0.552 / 1000 a Ah.
    /// assert!((law.loss_percent(298.15, 1000.0) - 4.157).abs() < 0.01);
    /// assert!((law.loss_percent_per_kwh(298.15, 1000.0, 0.04) - 9.18e-5).abs() < 1e-6);
    /// ```
    pub fn loss_percent_per_kwh(
        &self,
        temperature_k: f64,
        throughput_ah: f64,
        ah_per_kwh: f64,
    ) -> f64 {
        // The slope is infinite at the very first Ah: a new battery is taken at one Ah.
        let throughput_ah = throughput_ah.max(1.0);
        self.exponent * self.loss_percent(temperature_k, throughput_ah) / throughput_ah * ah_per_kwh
    }
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
            connected_weight_kw: 0.0,
        };
        let problem = Problem { period_h: 1.0, surplus_kw, stores: &[store] };
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
        let problem = Problem { period_h: 1.0, surplus_kw: &[1.0], stores: &[] };
        let weights = Weights { ageing: -1.0, ..Weights::default() };
        assert!(decide(&problem, &weights).unwrap_err().to_string().contains("ageing is -1"));
    }
}
