//! What users are expected to pay and take up at given hourly prices: the objective of the price
//! swarm.
//!
//! Our reading of P3 eq. 21, which alone is least where nobody charges. Users spread the energy
//! that they have not booked over the hours, and over walking in, by a logit:
//!
//! `D_h = E a_h / (sum a + a_out)`, `a_h = K_h S(c_h, h) exp(-felt_h / scale)`, `felt = c -
//! credence max(0, c - E R)`, `a_out = sum K exp(-retail / scale)`, `D_h` at most what is connected
//! and free.
//!
//! Of the booked energy a known share comes free as tickets, `F_h`; those who could grab ask for
//! `G_h = F_h x (count / piles) x S(q_h, h)`. Minimised, in CNY, is
//!
//! `sum c D + q min(F, G) + retail (E - sum D) + w_unabsorbed (unabsorbed) + w_over (over target)`,
//!
//! where the target is the open surplus for `D` and the freed energy for `G`.

use super::ticket::ticket_price;
use super::{DemandLaw, PricingView};
use crate::MarketRules;
use optim::interval::Interval;
use std::ops::Range;

/// Nodes of an hour's tabulated attraction between the ends of its interval.
const NODES: usize = 33;

/// One hour of the horizon (the first and last may be cut).
pub(super) struct Hour {
    /// Published periods that it covers.
    pub periods: Range<usize>,
    /// Its price interval: the hull of its periods' \[CNY/kWh\].
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Whether a ticket's price is free: there is surplus, and freed energy may be dearer than the
    /// real price.
    pub ticket_free: bool,
    period_of_day: usize,
    real: f64,
    count: f64,
    open_kwh: f64,
    booked_kwh: f64,
    room_kwh: f64,
    per_step: f64,
    attraction: [f64; NODES],
}

/// The horizon in hours, ready for many evaluations.
pub(super) struct Outlook<'a> {
    pub hours: Vec<Hour>,
    law: &'a DemandLaw,
    piles: u32,
    unbooked_kwh: f64,
    ticket_share: f64,
    walk_in_attraction: f64,
    walk_in_price: f64,
    unabsorbed_weight: f64,
    over_weight: f64,
}

/// Periods that share one price of the swarm.
pub(super) fn periods_per_hour(periods_per_day: usize) -> usize {
    (periods_per_day / 24).max(1)
}

impl<'a> Outlook<'a> {
    /// Sums the view up by the clock's hours.
    pub fn new(
        view: &PricingView,
        law: &'a DemandLaw,
        rules: &MarketRules,
        potential_kw: &[f64],
        intervals: &[Interval],
        real: &[f64],
    ) -> Self {
        let scale = rules.pricing.logit_scale.max(1e-6);
        let reference = intervals.iter().map(Interval::lower).fold(f64::INFINITY, f64::min);
        let pull = |price: f64| ((reference - price) / scale).exp();
        let hours: Vec<Hour> = hour_ranges(view)
            .map(|periods| {
                let potential_kwh: f64 =
                    potential_kw[periods.clone()].iter().map(|kw| kw * view.dt_h).sum();
                let hour = sum_up(view, intervals, real, periods);
                let (real, period_of_day) = (hour.real, hour.period_of_day);
                hour.tabulate(|c| {
                    let felt = c - rules.refund.credence * (c - real).max(0.0);
                    potential_kwh * law.share(period_of_day, c) * pull(felt)
                })
            })
            .collect();
        let potential: f64 = potential_kw.iter().sum();
        let bill: f64 = potential_kw.iter().zip(view.tariff_ev).map(|(kw, price)| kw * price).sum();
        let walk_in_price = if potential > 0.0 { bill / potential } else { 0.0 };
        let booked: f64 = view.booked_kw.iter().map(|kw| kw * view.dt_h).sum();
        Self {
            hours,
            law,
            piles: view.piles.max(1),
            unbooked_kwh: (view.need_kwh - booked).max(0.0),
            ticket_share: view.ticket_share,
            // Whoever walks in does so on arrival and meets the mean tariff.
            walk_in_attraction: potential * view.dt_h * pull(walk_in_price),
            walk_in_price,
            unabsorbed_weight: rules.pricing.unabsorbed_weight,
            over_weight: rules.pricing.over_weight,
        }
    }

    /// The sum of all attractions at hourly prices, that of walking in included.
    pub fn attraction(&self, prices: &[f64]) -> f64 {
        let hours: f64 = self.hours.iter().zip(prices).map(|(h, &c)| h.attraction(c)).sum();
        self.walk_in_attraction + hours
    }

    /// Energy that a unit of attraction draws if all attractions sum to this much (kWh).
    pub fn kwh_per_attraction(&self, attraction: f64) -> f64 {
        if attraction > 0.0 { self.unbooked_kwh / attraction } else { 0.0 }
    }

    /// The objective (CNY) at hourly prices c and ticket coefficients alpha (one each per hour).
    pub fn cost(&self, prices: &[f64], alphas: &[f64]) -> f64 {
        let mut attraction = self.walk_in_attraction;
        for (hour, &c) in self.hours.iter().zip(prices) {
            attraction += hour.attraction(c);
        }
        let per_attraction = self.kwh_per_attraction(attraction);
        let (mut cost, mut taken) = (0.0, 0.0);
        for ((hour, &c), &alpha) in self.hours.iter().zip(prices).zip(alphas) {
            let demand = hour.demand(c, per_attraction);
            taken += demand;
            cost += c * demand
                + self.miss(demand, hour.open_kwh)
                + self.ticket_cost(hour, c, alpha, demand);
        }
        cost + self.walk_in_price * (self.unbooked_kwh - taken)
    }

    fn ticket_cost(&self, hour: &Hour, c: f64, alpha: f64, demand: f64) -> f64 {
        let freed = self.ticket_share * (hour.booked_kwh + demand);
        if !hour.ticket_free || freed <= 0.0 {
            return 0.0;
        }
        let q = ticket_price(c, hour.real, alpha, hour.count, self.piles);
        let grabs =
            freed * hour.count / f64::from(self.piles) * self.law.share(hour.period_of_day, q);
        q * grabs.min(freed) + self.miss(grabs, freed)
    }

    /// Weighted energy by which a demand misses its target.
    fn miss(&self, demand: f64, target: f64) -> f64 {
        let over = demand - target;
        if over > 0.0 { self.over_weight * over } else { -self.unabsorbed_weight * over }
    }
}

impl Hour {
    fn tabulate(mut self, attraction: impl Fn(f64) -> f64) -> Self {
        let step = (self.high - self.low) / (NODES - 1) as f64;
        self.attraction = std::array::from_fn(|k| attraction(self.low + k as f64 * step));
        self.per_step = if step > 0.0 { 1.0 / step } else { 0.0 };
        self
    }

    /// Energy asked for at a price, as far as there is room (kWh).
    pub fn demand(&self, price: f64, kwh_per_attraction: f64) -> f64 {
        (kwh_per_attraction * self.attraction(price)).min(self.room_kwh)
    }

    fn attraction(&self, price: f64) -> f64 {
        let at = ((price - self.low) * self.per_step).clamp(0.0, (NODES - 1) as f64);
        let k = (at as usize).min(NODES - 2);
        self.attraction[k] + (at - k as f64) * (self.attraction[k + 1] - self.attraction[k])
    }
}

fn hour_ranges(view: &PricingView) -> impl Iterator<Item = Range<usize>> {
    let (n, first, length) =
        (view.len(), view.first_period, periods_per_hour(view.periods_per_day));
    let hours = (first / length)..=((first + n - 1) / length);
    hours.map(move |hour| (hour * length).max(first) - first..((hour + 1) * length - first).min(n))
}

fn sum_up(view: &PricingView, intervals: &[Interval], real: &[f64], periods: Range<usize>) -> Hour {
    let sum = |value: &dyn Fn(usize) -> f64| periods.clone().map(value).sum::<f64>();
    let mean = |value: &dyn Fn(usize) -> f64| sum(value) / periods.len() as f64;
    let high =
        intervals[periods.clone()].iter().map(Interval::upper).fold(f64::NEG_INFINITY, f64::max);
    let low = intervals[periods.clone()].iter().map(Interval::lower).fold(high, f64::min);
    let real = mean(&|j| real[j]);
    let open_kwh = sum(&|j| view.open_surplus_kw(j) * view.dt_h);
    Hour {
        low,
        high,
        ticket_free: open_kwh > 0.0 && real < high && view.ticket_share > 0.0,
        period_of_day: view.period_of_day(periods.start + periods.len() / 2),
        real,
        count: mean(&|j| view.expected_count[j]),
        open_kwh,
        booked_kwh: sum(&|j| view.booked_kw[j] * view.dt_h),
        room_kwh: sum(&|j| (view.connected_kw[j] - view.booked_kw[j]).max(0.0) * view.dt_h),
        per_step: 0.0,
        attraction: [0.0; NODES],
        periods,
    }
}
