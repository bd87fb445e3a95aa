//! The plan of a day: declared stays and forecasts in, set points of every participating EV out.

use crate::{
    DayView, Front, GroupError, Horizon, Loads, Schedule, Stay, UpperParams, UpperSolver,
    exact_front, nsga2_front,
};

/// A planned day.
#[derive(Clone, Debug, PartialEq)]
pub struct DayPlan {
    /// The stays over the horizon.
    pub loads: Loads,
    /// The whole front, by rising f1.
    pub front: Front,
    /// Number of the chosen solution in the front.
    pub chosen: usize,
}

impl DayPlan {
    /// Set points of every participating EV.
    pub fn schedule(&self) -> &Schedule {
        &self.front.solutions[self.chosen].schedule
    }

    /// f1 \[kW^2 h\] and f2 \[CNY\] of the chosen solution.
    pub fn objectives(&self) -> [f64; 2] {
        self.front.solutions[self.chosen].objectives
    }

    /// Set points of one stay: mean power \[kW\] in each period of the horizon, 0 where the EV is
    /// away.
    pub fn set_points_kw(&self, stay: usize) -> Vec<f64> {
        let mut powers = vec![0.0; self.loads.horizon().periods];
        for (period, power) in self.schedule().set_points(&self.loads, stay) {
            powers[period] = power;
        }
        powers
    }
}

/// Plans the stays of the participants over a horizon of any number of periods, cyclic (a typical
/// day) or open (the hours to come). `u` feeds NSGA-II; the exact solver takes no number.
///
/// # Errors
/// Stays, curves or settings that mean nothing.
///
/// ```
/// use group::{AffinePrice, DayView, Horizon, Prices, Stay, UpperParams, plan_day};
/// let horizon = Horizon::open(20.0, 4, 1.0);
/// let stay = Stay {
///     ev: domain::EvId(1), area: 0, arrival_h: 20.5, departure_h: 24.0, soc: 0.5, expected_soc: 0.7, highest_soc: 0.95,
///     capacity_kwh: 40.0, power_kw: 7.0, efficiency: 1.0,
/// };
/// let prices = Prices::new(4, vec![AffinePrice { level: 1.0, slope: 1e-3 }; 4]).unwrap();
/// let day = DayView { base_kw: &[9.0, 6.0, 2.0, 2.0], others_kw: &[0.0; 4], prices: &prices, exchange_kw_max: &[50.0] };
/// let plan = plan_day(&horizon, &[stay], &day, &UpperParams::default(), &mut || 0.5).unwrap();
/// // 8 kWh: 2 + 4 + 4 rises to 6 kW in all hours but the first.
/// assert!(plan.set_points_kw(0).iter().zip([0.0, 0.0, 4.0, 4.0]).all(|(found, expected)| (found - expected).abs() < 0.02));
/// ```
pub fn plan_day(
    horizon: &Horizon,
    stays: &[Stay],
    day: &DayView,
    params: &UpperParams,
    u: &mut impl FnMut() -> f64,
) -> Result<DayPlan, GroupError> {
    let loads = Loads::new(horizon, day.exchange_kw_max.len(), stays)?;
    let front = match params.solver {
        UpperSolver::Exact => exact_front(day, &loads, params.exact_points)?,
        UpperSolver::Nsga2 => nsga2_front(day, &loads, &params.nsga2, u)?,
    };
    let chosen = front.pick(params.compromise).expect("a front has at least one solution");
    Ok(DayPlan { loads, front, chosen })
}
