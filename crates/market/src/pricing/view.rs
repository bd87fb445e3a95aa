//! What the pricing agent has been told when it decides, and what it decides.

use domain::PlantSpec;
use optim::laws::LawError;
use optim::pso::PsoError;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Everything that a price decision depends on. Series run over the published periods `j = 0..N`,
/// period 0 begins now; all of them are the agent's forecasts or come from zone reports.
#[derive(Clone, Copy, Debug)]
pub struct PricingView<'a> {
    /// Number of period 0, counted from the first local midnight.
    pub first_period: usize,
    /// Periods of a day: 24, 48, 96.
    pub periods_per_day: usize,
    /// Length of a period (h).
    pub dt_h: f64,
    /// Piles of the price area.
    pub piles: u32,
    /// Energy that the area's vehicles want within the N periods, booked energy included (kWh).
    pub need_kwh: f64,
    /// Energy that one of them takes in a stay (kWh).
    pub vehicle_kwh: f64,
    /// Share of the booked energy that comes free for tickets, as reported so far (0..1).
    pub ticket_share: f64,
    /// What is believed of owners who sell energy.
    pub owners: &'a OwnerBelief,
    /// The plant behind the area.
    pub plant: &'a PlantSpec,
    /// Fee on top of the plant's unit cost \[CNY/kWh\], a part of the real price.
    pub service_fee: f64,
    /// Load other than vehicles (kW).
    pub load_kw: &'a [f64],
    /// Wind and PV minus that load: `P_dem` of P3 eq. 4 (kW).
    pub surplus_kw: &'a [f64],
    /// Charging power of confirmed bookings (kW).
    pub booked_kw: &'a [f64],
    /// Discharging power of confirmed bookings (kW).
    pub booked_discharge_kw: &'a [f64],
    /// Charging power of the vehicles expected in the area, piles considered (kW).
    pub connected_kw: &'a [f64],
    /// Discharging power of those of them that accept V2G (kW).
    pub dischargeable_kw: &'a [f64],
    /// Vehicles expected at the piles: booked ones and walk-ins.
    pub expected_count: &'a [f64],
    /// What a vehicle pays without a booking, `c_grid,EV` \[CNY/kWh\].
    pub tariff_ev: &'a [f64],
    /// What the plant pays for grid energy, `c_grid,plant` \[CNY/kWh\].
    pub tariff_plant: &'a [f64],
}

/// Law of the owners' cost k of giving energy back: that of each segment, by its discharging power.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OwnerBelief {
    /// Costs k, rising \[CNY/kWh\], and the share of the discharging power that has one of them or
    /// less.
    steps: Vec<(f64, f64)>,
    /// Energy that comes back per energy charged, 0..1.
    pub round_trip: f64,
}

impl OwnerBelief {
    /// Owners with costs k \[CNY/kWh\], each with its weight; those of weight 0 count for nothing.
    ///
    /// ```
    /// use market::pricing::OwnerBelief;
    /// let owners = OwnerBelief::new(&[(0.5, 30.0), (0.2, 10.0)], 0.9025);
    /// assert_eq!([0.1, 0.25, 0.3, 1.0].map(|share| owners.wear_of(share)), [0.2, 0.2, 0.5, 0.5]);
    /// ```
    pub fn new(owners: &[(f64, f64)], round_trip: f64) -> Self {
        let mut steps: Vec<(f64, f64)> = owners.iter().copied().filter(|o| o.1 > 0.0).collect();
        steps.sort_by(|a, b| a.0.total_cmp(&b.0));
        let total: f64 = steps.iter().map(|o| o.1).sum();
        let mut sum = 0.0;
        for step in &mut steps {
            sum += step.1 / total;
            step.1 = sum;
        }
        Self { steps, round_trip }
    }

    /// The cost that this share of the owners has or stays below \[CNY/kWh\]; 0 without owners.
    pub fn wear_of(&self, share: f64) -> f64 {
        let reached = self.steps.iter().find(|step| step.1 >= share - 1e-12);
        reached.or(self.steps.last()).map_or(0.0, |step| step.0)
    }
}

/// Prices of the N published periods \[CNY/kWh\].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PriceDecision {
    /// Reservation price c.
    pub reservation: Vec<f64>,
    /// Discharge price d; NaN where nothing is bought.
    pub discharge: Vec<f64>,
    /// Ticket price q: what a slot of the period costs if it comes free.
    pub ticket: Vec<f64>,
    /// Lower end of the interval for c.
    pub low: Vec<f64>,
    /// Upper end of the interval for c.
    pub high: Vec<f64>,
    /// Forecast of the real price, E R.
    pub expected_real: Vec<f64>,
    /// Evaluations of the swarm's objective; 0 for policies without a swarm.
    pub evaluations: usize,
}

/// Why no price can be decided.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum PricingError {
    /// A day or a horizon without periods.
    #[error("prices are asked for no period: the day and the published horizon need at least one")]
    NoPeriods,
    /// Series of different lengths.
    #[error("the pricing view's {name} has {found} periods instead of {expected}")]
    Length {
        /// Which series.
        name: &'static str,
        /// Its length.
        found: usize,
        /// Length of `surplus_kw`.
        expected: usize,
    },
    /// A number that is not finite, or negative where it cannot be.
    #[error("the pricing view's {name} holds {value} in period {period}")]
    BadNumber {
        /// Which series or field.
        name: &'static str,
        /// Period ahead, 0 for a field.
        period: usize,
        /// The value.
        value: f64,
    },
    /// The demand law was tabulated for another day.
    #[error("the demand law knows {law} periods a day, the view {view}")]
    OtherDay {
        /// Periods of the law's day.
        law: usize,
        /// Periods of the view's day.
        view: usize,
    },
    /// The belief is no mixture of laws.
    #[error("the belief about users is no law: {0}")]
    Belief(#[from] LawError),
    /// A policy of the user's failed.
    #[error("{0}")]
    Own(String),
    /// The swarm's parameters are unusable.
    #[error("the price swarm cannot start: {0}")]
    Swarm(#[from] PsoError),
}

impl PricingView<'_> {
    /// Number of published periods N.
    pub fn len(&self) -> usize {
        self.surplus_kw.len()
    }
    /// Whether nothing is to be published.
    pub fn is_empty(&self) -> bool {
        self.surplus_kw.is_empty()
    }
    /// Period of the day of the j-th published period.
    pub fn period_of_day(&self, j: usize) -> usize {
        (self.first_period + j) % self.periods_per_day
    }
    /// Surplus that no booking absorbs yet (kW), 0 in deficit.
    pub fn open_surplus_kw(&self, j: usize) -> f64 {
        (self.surplus_kw[j] - self.booked_kw[j]).max(0.0)
    }

    /// Checks lengths and numbers, so that the formulas need not.
    ///
    /// # Errors
    /// Names the first series or field that is too short, not finite or negative.
    pub fn check(&self) -> Result<(), PricingError> {
        if self.is_empty() || self.periods_per_day == 0 {
            return Err(PricingError::NoPeriods);
        }
        let fields = [
            ("dt_h", self.dt_h),
            ("need_kwh", self.need_kwh),
            ("vehicle_kwh", self.vehicle_kwh),
            ("ticket_share", self.ticket_share),
            ("service_fee", self.service_fee),
            ("owners' cost", self.owners.wear_of(1.0)),
            ("owners' round trip", self.owners.round_trip),
        ];
        if let Some(&(name, value)) = fields.iter().find(|(_, v)| !(v.is_finite() && *v >= 0.0)) {
            return Err(PricingError::BadNumber { name, period: 0, value });
        }
        let any = f64::NEG_INFINITY;
        let series = [
            ("surplus_kw", self.surplus_kw, any),
            ("load_kw", self.load_kw, 0.0),
            ("booked_kw", self.booked_kw, 0.0),
            ("booked_discharge_kw", self.booked_discharge_kw, 0.0),
            ("connected_kw", self.connected_kw, 0.0),
            ("dischargeable_kw", self.dischargeable_kw, 0.0),
            ("expected_count", self.expected_count, 0.0),
            ("tariff_ev", self.tariff_ev, any),
            ("tariff_plant", self.tariff_plant, any),
        ];
        for (name, values, lowest) in series {
            if values.len() != self.len() {
                return Err(PricingError::Length {
                    name,
                    found: values.len(),
                    expected: self.len(),
                });
            }
            let is_bad = |v: &f64| !v.is_finite() || *v < lowest;
            // All of them at once: one after the other, ending at the first, takes far longer.
            if values.iter().fold(false, |any, v| any | is_bad(v))
                && let Some(period) = values.iter().position(is_bad)
            {
                return Err(PricingError::BadNumber { name, period, value: values[period] });
            }
        }
        Ok(())
    }
}
