//! Choice of a discharge booking (V2G): when to sell energy, and how much.

use crate::choice::{USUAL_WINDOWS, pick_by_logit};
use crate::{ChoiceParams, PeriodQuote, PriceView};
use domain::{Span, Time};
use smallvec::SmallVec;

/// All that an owner knows when choosing.
#[derive(Clone, Copy, Debug)]
pub struct DischargeView<'a> {
    /// The latest publication.
    pub prices: &'a PriceView,
    /// Planned arrival, or now if the owner is there already.
    pub arrival: Time,
    /// Least time between arrival and the start of a booking.
    pub setup: Span,
    /// The discharge must end here: the start of the charging booking, or the departure without
    /// one.
    pub end_by: Time,
    /// Planned departure: until then the energy has to be charged again.
    pub departure: Time,
    /// Lengths that may be offered \[periods\], rising.
    pub lengths: &'a [u32],
    /// Discharging power at the pile: the vehicle's or the pile's, whichever is smaller \[kW\].
    pub discharge_kw: f64,
    /// Battery energy above the floor \[kWh\].
    pub available_kwh: f64,
    /// Most energy that can be charged again before departure beside the own need, metered \[kWh\].
    pub rechargeable_kwh: f64,
    /// Energy stored per energy metered while charging.
    pub charge_efficiency: f64,
    /// Energy metered per energy taken from the battery.
    pub discharge_efficiency: f64,
    /// k of P3 eq. 8: the owner's wear cost per metered kWh \[CNY/kWh\].
    pub owner_wear_cny_per_kwh: f64,
    /// Hassle, already scaled for a discharge booking \[CNY\].
    pub hassle_cny: f64,
    /// Share of the refund that is expected when charging again, 0..1.
    pub credence: f64,
}

/// What the owner offers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DischargeOffer {
    /// First period.
    pub start_period: i64,
    /// Length.
    pub periods: u32,
    /// Energy sold, metered at the pile \[kWh\].
    pub energy_kwh: f64,
    /// By how much the charging need grows: `energy / (mu_c mu_d)`, metered \[kWh\].
    pub recharge_kwh: f64,
    /// Mean discharge price \[CNY/kWh\].
    pub price: f64,
    /// Utility without noise \[CNY\].
    pub utility_cny: f64,
}

impl DischargeView<'_> {
    /// The least discharge price at which the owner sells: `k + recharge price / (mu_c mu_d)` (our
    /// reading) \[CNY/kWh\]. `None` if the energy cannot be charged again at any published period
    /// before departure.
    ///
    /// ```
    /// // k 0.3, recharge price 0.7, efficiencies 0.95: 0.3 + 0.7 / 0.9025 = 1.0756
    /// # use population::*; use domain::{PeriodGrid, Span, Time};
    /// let quote = PeriodQuote { reservation: 0.9, real: 0.5, ..PeriodQuote::default() };
    /// let prices = PriceView::new(PeriodGrid { per_day: 96 }, 0, vec![quote; 8]);
    /// let view = DischargeView {
    ///     prices: &prices, arrival: Time::START, setup: Span::from_minutes(15.0), end_by: Time::from_hours(1.0),
    ///     departure: Time::from_hours(2.0), lengths: &[4], discharge_kw: 6.6, available_kwh: 20.0, rechargeable_kwh: 40.0,
    ///     charge_efficiency: 0.95, discharge_efficiency: 0.95, owner_wear_cny_per_kwh: 0.3, hassle_cny: 3.6, credence: 0.5,
    /// };
    /// assert!((view.reserve_price().unwrap() - 1.0756).abs() < 1e-4);
    /// ```
    pub fn reserve_price(&self) -> Option<f64> {
        let recharge = self.prices.recharge_price(self.departure, self.credence)?;
        Some(self.owner_wear_cny_per_kwh + recharge / self.round_trip())
    }

    fn round_trip(&self) -> f64 {
        self.charge_efficiency * self.discharge_efficiency
    }
}

/// Chooses the discharge booking among all windows of deficit periods that end in time and pay at
/// least the reserve price in every period, by a logit on utility; nothing if no window has a
/// positive utility. One uniform number in any case.
pub fn choose_discharge(
    view: &DischargeView<'_>,
    params: &ChoiceParams,
    u: &mut impl FnMut() -> f64,
) -> Option<DischargeOffer> {
    let pick = u();
    let reserve = view.reserve_price()?;
    let grid = view.prices.grid();
    let first = grid.ceil(view.arrival + view.setup).max(view.prices.first());
    let last_end = grid.at(view.end_by).min(view.prices.end());
    let spans = PayingSpans::new(view.prices, reserve, first, last_end);
    let mut candidates: SmallVec<[_; USUAL_WINDOWS]> = SmallVec::new();
    for &periods in view.lengths.iter().filter(|n| **n > 0) {
        let deliverable = f64::from(periods) * view.prices.dt_h() * view.discharge_kw;
        let energy_kwh = deliverable
            .min(view.available_kwh * view.discharge_efficiency)
            .min(view.rechargeable_kwh * view.round_trip());
        if energy_kwh <= 1e-9 {
            continue;
        }
        for start in first..=last_end - i64::from(periods) {
            let Some(price) = spans.mean_price(start, periods) else { continue };
            let utility_cny = (price - reserve) * energy_kwh - view.hassle_cny;
            if utility_cny > 0.0 {
                candidates.push(((start, periods, energy_kwh, price), utility_cny));
            }
        }
    }
    let ((start_period, periods, energy_kwh, price), utility_cny) =
        pick_by_logit(&candidates, params.window_noise_cny, pick)?;
    Some(DischargeOffer {
        start_period,
        periods,
        energy_kwh,
        recharge_kwh: energy_kwh / view.round_trip(),
        price,
        utility_cny,
    })
}

/// Consecutive periods, and how many from each one on are deficit periods that pay at least the
/// reserve price: looked up once for windows of all lengths.
struct PayingSpans<'a> {
    first: i64,
    quotes: &'a [PeriodQuote],
    /// By period: how many paying periods follow each other from there on, itself included.
    run: SmallVec<[u32; USUAL_WINDOWS]>,
}

impl<'a> PayingSpans<'a> {
    fn new(prices: &'a PriceView, reserve: f64, first: i64, end: i64) -> Self {
        let quotes = prices.window(first, (end - first).max(0) as u32).unwrap_or(&[]);
        let mut run = SmallVec::from_elem(0, quotes.len());
        let mut length = 0;
        for (run, q) in run.iter_mut().zip(quotes).rev() {
            length = if q.deficit && q.discharge >= reserve { length + 1 } else { 0 };
            *run = length;
        }
        Self { first, quotes, run }
    }
    /// The mean price of a window of paying periods; none if some do not pay.
    fn mean_price(&self, start: i64, periods: u32) -> Option<f64> {
        let from = (start - self.first) as usize;
        let pays = self.run[from] >= periods;
        pays.then(|| {
            self.quotes[from..from + periods as usize].iter().map(|q| q.discharge).sum::<f64>()
                / f64::from(periods)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::PeriodGrid;

    /// Deficit 6-10 h at a discharge price of 1.3, otherwise none; charging at 0.9 with an expected
    /// real price of 0.5.
    fn board() -> PriceView {
        let quotes = (0..96)
            .map(|i| PeriodQuote {
                reservation: 0.9,
                real: 0.5,
                tariff: 1.6,
                discharge: if (24..40).contains(&i) { 1.3 } else { 0.0 },
                deficit: (24..40).contains(&i),
                ..PeriodQuote::default()
            })
            .collect();
        PriceView::new(PeriodGrid { per_day: 96 }, 0, quotes)
    }

    fn view(prices: &PriceView) -> DischargeView<'_> {
        DischargeView {
            prices,
            arrival: Time::from_hours(7.0),
            setup: Span::from_minutes(15.0),
            end_by: Time::from_hours(12.0),
            departure: Time::from_hours(17.0),
            lengths: &[4, 8, 12, 16],
            discharge_kw: 40.0,
            available_kwh: 40.0,
            rechargeable_kwh: 100.0,
            charge_efficiency: 0.95,
            discharge_efficiency: 0.95,
            owner_wear_cny_per_kwh: 0.3,
            hassle_cny: 3.6,
            credence: 0.5,
        }
    }

    fn sure() -> ChoiceParams {
        ChoiceParams { window_noise_cny: 0.0, ..ChoiceParams::default() }
    }

    #[test]
    fn sells_what_lies_above_the_floor_in_the_first_best_window() {
        let prices = board();
        let offer = choose_discharge(&view(&prices), &sure(), &mut || 0.5).expect("worth it");
        // One hour at 40 kW would give 40 kWh; the battery gives 40 x 0.95 = 38. Reserve price 0.3
        // + 0.7 / 0.9025 = 1.07562; (1.3 - 1.07562) x 38 - 3.6 = 4.9264. Earliest start 7:15
        // (period 29).
        assert_eq!((offer.start_period, offer.periods), (29, 4));
        assert!(
            (offer.energy_kwh - 38.0).abs() < 1e-9
                && (offer.recharge_kwh - 42.105_263).abs() < 1e-6
        );
        assert!((offer.utility_cny - 4.926_4).abs() < 1e-3);
    }

    #[test]
    fn nothing_is_sold_below_the_reserve_price_outside_deficits_or_without_gain() {
        let prices = board();
        let none =
            |v: DischargeView<'_>| assert_eq!(choose_discharge(&v, &sure(), &mut || 0.5), None);
        none(DischargeView { owner_wear_cny_per_kwh: 0.75, ..view(&prices) });
        none(DischargeView { arrival: Time::from_hours(9.5), ..view(&prices) });
        none(DischargeView { end_by: Time::from_hours(8.0), ..view(&prices) });
        none(DischargeView { hassle_cny: 10.0, ..view(&prices) });
        none(DischargeView { available_kwh: 0.0, ..view(&prices) });
        none(DischargeView { rechargeable_kwh: 0.0, ..view(&prices) });
    }
}
