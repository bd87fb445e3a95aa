//! Choice of a booking window: a discrete-choice utility over every feasible start, against walking
//! in on arrival.
//!
//! `V(window) = -(c n-mean price) x need + credence x refund - shift - crowding - breach risk -
//! hassle - unmet need`, in CNY, with `V(walk-in)` likewise at the prices of the hours right after
//! the arrival and without hassle, refund or risk. Where nobody may walk in, the alternative is
//! going without: `V = -unmet x need`. Our readings: the window is drawn by a logit among windows,
//! then booking or not by a logit between the drawn window and the alternative. So many windows
//! alike do not make booking more attractive, as they would in one logit over all alternatives.

use crate::{AtStake, LatenessRisk, LengthRisk, PriceView, Valuation, Windows, clock_distance_h};
use domain::{Span, Time};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use std::ops::Range;

/// Parameters of the choice; every default is our reading.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChoiceParams {
    /// Cost of charging away from the preferred hour (0.5) \[CNY/h\].
    pub shift_cny_per_h: f64,
    /// Cost of each expected EV above the tolerated number (0.05) \[CNY\].
    pub crowding_cny_per_ev: f64,
    /// Cost of energy that is needed and not had (2) \[CNY/kWh\].
    pub unmet_cny_per_kwh: f64,
    /// Scale of the noise between windows (0.5; 0: the best one) \[CNY\].
    pub window_noise_cny: f64,
    /// Scale of the noise between booking and walking in (1; 0: the better one) \[CNY\].
    pub booking_noise_cny: f64,
    /// How the expected refund (a gain) and the breach risk (a loss) are felt.
    pub valuation: Valuation,
}

impl Default for ChoiceParams {
    fn default() -> Self {
        Self {
            shift_cny_per_h: 0.5,
            crowding_cny_per_ev: 0.05,
            unmet_cny_per_kwh: 2.0,
            window_noise_cny: 0.5,
            booking_noise_cny: 1.0,
            valuation: Valuation::Linear,
        }
    }
}

/// What charging without a booking costs, if it is possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WalkInOffer {
    /// Nobody may walk in.
    None,
    /// At the retail price of the hours right after the arrival.
    AtTariff,
    /// At their expected real price.
    AtReal,
}

/// All that one person knows when choosing.
#[derive(Clone, Copy, Debug)]
pub struct ChoiceView<'a> {
    /// The latest publication.
    pub prices: &'a PriceView,
    /// Planned arrival, or now if the person is there already.
    pub arrival: Time,
    /// Planned departure.
    pub departure: Time,
    /// Least time between arrival and the start of a booking (P3: 15 min).
    pub setup: Span,
    /// Length of the booking in periods; see [`booking_periods`].
    pub periods: u32,
    /// Energy needed, metered at the pile \[kWh\].
    pub need_kwh: f64,
    /// Charging power: the vehicle's or the pile's, whichever is smaller \[kW\].
    pub power_kw: f64,
    /// Highest booking price considered \[CNY/kWh\].
    pub willingness_to_pay: f64,
    /// Preferred hour of charging, `[0, 24)`.
    pub preferred_time_h: f64,
    /// Expected EVs that are not yet felt as a crowd.
    pub tolerated_crowding: f64,
    /// Hassle of this reservation, scaled for retries \[CNY\].
    pub hassle_cny: f64,
    /// Share of the refund that is expected, 0..1.
    pub credence: f64,
    /// Factor on penalties that the person knows of; 0 when there are none.
    pub penalty_scale: f64,
    /// Share of the prepayment that the person knows to be kept from whoever never comes.
    pub forfeit_share: f64,
    /// Flat fee that the person knows whoever never comes to pay \[CNY\].
    pub no_show_cny: f64,
    /// Expected cost of breaching, by length and penalty.
    pub risk: &'a LatenessRisk,
    /// What past experience adds to booking against walking in \[CNY\]; 0 without learning.
    pub experience_cny: f64,
    /// Walking in.
    pub walk_in: WalkInOffer,
    /// Starts (periods) that were refused already.
    pub excluded: &'a [i64],
}

/// What the person does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Choice {
    /// Book a window.
    Book {
        /// Its first period.
        start_period: i64,
        /// Its length.
        periods: u32,
        /// Its utility without noise \[CNY\].
        utility_cny: f64,
        /// Utility of not booking: see [`alternative_utility`] \[CNY\].
        alternative_cny: f64,
    },
    /// Walk in on arrival.
    WalkIn {
        /// Its utility without noise \[CNY\].
        utility_cny: f64,
    },
    /// Neither is possible, or nothing is needed.
    None,
}

/// Length of a booking: `clamp(ceil(need / (power dt)), min, max)` periods (our reading).
///
/// ```
/// assert_eq!(population::booking_periods(24.0, 40.0, 0.25, 4, 16), 4); // 2.4 periods
/// assert_eq!(population::booking_periods(24.0, 7.0, 0.25, 4, 16), 14); // 13.7 periods
/// ```
pub fn booking_periods(
    need_kwh: f64,
    power_kw: f64,
    dt_h: f64,
    min_periods: u32,
    max_periods: u32,
) -> u32 {
    let exact = need_kwh / (power_kw * dt_h).max(1e-9);
    ((exact - 1e-9).ceil().max(0.0) as u32).clamp(min_periods, max_periods.max(min_periods))
}

/// Chooses a window, the walk-in or nothing. Takes two uniform numbers in any case: one for the
/// window, one for booking against walking in. Without noise ties go to the earlier window and to
/// booking.
pub fn choose_window(
    view: &ChoiceView<'_>,
    params: &ChoiceParams,
    u: &mut impl FnMut() -> f64,
) -> Choice {
    let (window_u, booking_u) = (u(), u());
    if view.need_kwh <= 1e-9 {
        return Choice::None;
    }
    let alternative_cny = alternative_utility(view, params);
    let otherwise = match view.walk_in {
        WalkInOffer::None => Choice::None,
        WalkInOffer::AtTariff | WalkInOffer::AtReal => {
            Choice::WalkIn { utility_cny: alternative_cny }
        }
    };
    let Some((start_period, utility_cny)) = pick_window(view, params, window_u) else {
        return otherwise;
    };
    if booking_wins(utility_cny - alternative_cny, params.booking_noise_cny, booking_u) {
        Choice::Book { start_period, periods: view.periods, utility_cny, alternative_cny }
    } else {
        otherwise
    }
}

/// The starts from which a window may be chosen: from the first period start at least `setup` after
/// the arrival, inside the publication, with the end not after the departure.
pub fn feasible_starts(view: &ChoiceView<'_>) -> Range<i64> {
    let grid = view.prices.grid();
    let first = grid.ceil(view.arrival + view.setup).max(view.prices.first());
    let past_last = grid.at(view.departure).min(view.prices.end()) - i64::from(view.periods) + 1;
    first..past_last.max(first)
}

/// Utility of booking a window \[CNY\]; `None` if its price is above the willingness to pay (our
/// reading: such windows are not considered at all). The window must be published.
pub fn window_utility(view: &ChoiceView<'_>, params: &ChoiceParams, start: i64) -> Option<f64> {
    WindowScan::new(view, params).utilities(start..start + 1).next()?.1
}

/// What is the same for all windows of a choice.
struct WindowScan<'a> {
    view: &'a ChoiceView<'a>,
    params: &'a ChoiceParams,
    windows: Windows<'a>,
    risk: LengthRisk<'a>,
    dt_h: f64,
    energy_kwh: f64,
    half_length_h: f64,
    /// Hassle and unmet need less what experience adds \[CNY\].
    fixed_cny: f64,
}

impl<'a> WindowScan<'a> {
    fn new(view: &'a ChoiceView<'a>, params: &'a ChoiceParams) -> Self {
        let (n, dt_h) = (view.periods, view.prices.dt_h());
        let length_h = f64::from(n) * dt_h;
        let energy_kwh = view.need_kwh.min(length_h * view.power_kw);
        let fixed_cny = view.hassle_cny + params.unmet_cny_per_kwh * (view.need_kwh - energy_kwh)
            - view.experience_cny;
        let (windows, risk) = (view.prices.windows(n), view.risk.of_length(n));
        Self {
            view,
            params,
            windows,
            risk,
            dt_h,
            energy_kwh,
            half_length_h: 0.5 * length_h,
            fixed_cny,
        }
    }

    /// Each start and the utility of its window; `None` if it is too dear.
    fn utilities(&self, starts: Range<i64>) -> impl Iterator<Item = (i64, Option<f64>)> {
        let Self { view, params, windows, risk, dt_h, energy_kwh, half_length_h, fixed_cny } =
            *self;
        let grid = view.prices.grid();
        let (mut of_day, per_day) = (grid.of_day(starts.start) as u32, grid.per_day as u32);
        starts.clone().zip(windows.from(starts, view.willingness_to_pay)).map(
            move |(start, window)| {
                let middle_h = f64::from(of_day) * dt_h + half_length_h;
                of_day = if of_day + 1 == per_day { 0 } else { of_day + 1 };
                let utility = window.map(|w| {
                    let refund = view.credence * energy_kwh * w.refund;
                    let risk = risk.expected_cost_cny(AtStake {
                        unit_cny: view.penalty_scale * w.penalty_base * energy_kwh,
                        forfeit_cny: view.forfeit_share * w.price * energy_kwh + view.no_show_cny,
                    });
                    let cost = w.price * energy_kwh
                        + shift_cost(view, params, middle_h)
                        + crowd_cost(view, params, w.crowd)
                        + fixed_cny;
                    params.valuation.of(refund) + params.valuation.of(-risk) - cost
                });
                (start, utility)
            },
        )
    }
}

/// Utility of not booking \[CNY\]: that of walking in, or, where nobody may, of going without the
/// energy. What a booking is worth counts from here.
pub fn alternative_utility(view: &ChoiceView<'_>, params: &ChoiceParams) -> f64 {
    match view.walk_in {
        WalkInOffer::None => -params.unmet_cny_per_kwh * view.need_kwh,
        WalkInOffer::AtTariff => {
            walk_in_utility(view, params, |from, to| view.prices.mean_tariff(from, to))
        }
        WalkInOffer::AtReal => {
            walk_in_utility(view, params, |from, to| view.prices.mean_real_between(from, to))
        }
    }
}

/// Utility of walking in on arrival at full power, at a mean price between two instants \[CNY\].
/// Waiting for a free pile is not foreseen.
fn walk_in_utility(
    view: &ChoiceView<'_>,
    params: &ChoiceParams,
    price: impl Fn(Time, Time) -> f64,
) -> f64 {
    let stay_h = (view.departure - view.arrival).hours().value().max(0.0);
    let energy = view.need_kwh.min(stay_h * view.power_kw);
    let end = view.arrival + Span::from_hours(energy / view.power_kw);
    let middle = view.arrival + (end - view.arrival).share(0.5);
    let cost = price(view.arrival, end) * energy
        + shift_cost(view, params, middle.hour_of_day())
        + crowd_cost(view, params, view.prices.mean_crowd_between(view.arrival, end))
        + params.unmet_cny_per_kwh * (view.need_kwh - energy);
    -cost
}

/// The hour may exceed 24.
fn shift_cost(view: &ChoiceView<'_>, params: &ChoiceParams, middle_h: f64) -> f64 {
    params.shift_cny_per_h * clock_distance_h(middle_h, view.preferred_time_h)
}

fn crowd_cost(view: &ChoiceView<'_>, params: &ChoiceParams, crowd: f64) -> f64 {
    params.crowding_cny_per_ev * (crowd - view.tolerated_crowding).max(0.0)
}

/// So many alternatives are kept without asking for memory.
pub(crate) const USUAL_WINDOWS: usize = 96;

fn pick_window(view: &ChoiceView<'_>, params: &ChoiceParams, u: f64) -> Option<(i64, f64)> {
    let starts = feasible_starts(view);
    let scan = WindowScan::new(view, params);
    let mut candidates: SmallVec<[_; USUAL_WINDOWS]> = SmallVec::new();
    for (start, utility) in scan.utilities(starts) {
        if let Some(utility) = utility
            && !view.excluded.contains(&start)
        {
            candidates.push((start, utility));
        }
    }
    pick_by_logit(&candidates, params.window_noise_cny, u)
}

/// Draws one candidate with probability proportional to `exp(utility / scale)`, by inversion over
/// the candidates in their order; with a scale of 0 the first of the best.
pub(crate) fn pick_by_logit<T: Copy>(
    candidates: &[(T, f64)],
    scale: f64,
    u: f64,
) -> Option<(T, f64)> {
    let best = candidates.iter().map(|c| c.1).fold(f64::NEG_INFINITY, f64::max);
    if scale <= 0.0 {
        return candidates.iter().find(|c| c.1 >= best).copied();
    }
    // Beyond 40 scales below the best the weight is under 1e-17 and cannot be drawn.
    let rate = 1.0 / scale;
    let mut total = 0.0;
    let sums: SmallVec<[f64; USUAL_WINDOWS]> = candidates
        .iter()
        .map(|c| {
            let below = (c.1 - best) * rate;
            total += if below > -40.0 { below.exp() } else { 0.0 };
            total
        })
        .collect();
    let mark = u * total;
    candidates.get(sums.partition_point(|&sum| sum <= mark)).or(candidates.last()).copied()
}

/// Whether booking is drawn in a logit with the given advantage: `u < 1 / (1 + exp(-advantage /
/// scale))`.
fn booking_wins(advantage: f64, scale: f64, u: f64) -> bool {
    if scale <= 0.0 { advantage >= 0.0 } else { u < 1.0 / (1.0 + (-advantage / scale).exp()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BreachTerms, PeriodQuote, ResponseMode, ResponseParams};
    use domain::PeriodGrid;

    /// A day of quarter hours from midnight: 1.2 CNY/kWh, from 12 to 14 h 0.9 with an expected real
    /// price of 0.6; tariff 1.6.
    fn board() -> PriceView {
        let quotes = (0..96)
            .map(|i| {
                let (reservation, real) =
                    if (48..56).contains(&i) { (0.9, 0.6) } else { (1.2, 1.0) };
                PeriodQuote {
                    reservation,
                    real,
                    tariff: 1.6,
                    crowd: 5.0,
                    penalty_base: 0.5,
                    discharge: 0.0,
                    deficit: false,
                }
            })
            .collect();
        PriceView::new(PeriodGrid { per_day: 96 }, 0, quotes)
    }

    fn risk(mode: ResponseMode) -> LatenessRisk {
        LatenessRisk::new(
            &ResponseParams { mode, ..ResponseParams::default() },
            &BreachTerms::default(),
            0.25,
            4,
            16,
        )
    }

    fn view<'a>(prices: &'a PriceView, risk: &'a LatenessRisk) -> ChoiceView<'a> {
        ChoiceView {
            prices,
            arrival: Time::from_hours(8.2),
            departure: Time::from_hours(17.6),
            setup: Span::from_minutes(15.0),
            periods: 4,
            need_kwh: 20.0,
            power_kw: 40.0,
            willingness_to_pay: 2.0,
            preferred_time_h: 12.5,
            tolerated_crowding: 4.0,
            hassle_cny: 5.0,
            credence: 0.5,
            penalty_scale: 1.0,
            forfeit_share: 0.0,
            no_show_cny: 0.0,
            risk,
            experience_cny: 0.0,
            walk_in: WalkInOffer::AtTariff,
            excluded: &[],
        }
    }

    const SURE: ChoiceParams = ChoiceParams {
        shift_cny_per_h: 0.5,
        crowding_cny_per_ev: 0.05,
        unmet_cny_per_kwh: 2.0,
        window_noise_cny: 0.0,
        booking_noise_cny: 0.0,
        valuation: Valuation::Linear,
    };

    #[test]
    fn window_utility_is_the_sum_of_its_parts() {
        let (prices, risk) = (board(), risk(ResponseMode::None));
        // Window 12:00-13:00: price 0.9 x 20 = 18, refund 0.5 x 20 x 0.3 = 3, middle 12:30 =
        // preferred, crowd 0.05 x 1, hassle 5: 3 - 18 - 0.05 - 5 = -20.05
        assert!((window_utility(&view(&prices, &risk), &SURE, 48).unwrap() + 20.05).abs() < 1e-9);
        // Window 9:00-10:00: 1.2 x 20 = 24, refund 0.5 x 20 x 0.2 = 2, shift 0.5 x 3 h: 2 - 24 -
        // 1.5 - 0.05 - 5 = -28.55
        assert!((window_utility(&view(&prices, &risk), &SURE, 36).unwrap() + 28.55).abs() < 1e-9);
        // Walking in at 8:12 for half an hour: 1.6 x 20 = 32, middle 8:27, shift 0.5 x 4.05 =
        // 2.025, crowd 0.05
        assert!((alternative_utility(&view(&prices, &risk), &SURE) + 34.075).abs() < 1e-9);
    }

    #[test]
    fn energy_that_does_not_fit_is_unmet() {
        let (prices, risk) = (board(), risk(ResponseMode::None));
        let slow = ChoiceView { power_kw: 7.0, ..view(&prices, &risk) };
        // One hour at 7 kW: 7 of 20 kWh; 0.9 x 7 = 6.3, refund 1.05, unmet 2 x 13 = 26: 1.05 - 6.3
        // - 0.05 - 5 - 26 = -36.3
        assert!((window_utility(&slow, &SURE, 48).unwrap() + 36.3).abs() < 1e-9);
    }

    #[test]
    fn starts_lie_between_arrival_with_margin_and_departure() {
        let (prices, risk) = (board(), risk(ResponseMode::None));
        // 8:12 + 15 min = 8:27, so 8:30 (period 34); the last hour that ends by 17:36 begins at
        // 16:30 (period 66).
        assert_eq!(feasible_starts(&view(&prices, &risk)), 34..67);
        let late = ChoiceView { departure: Time::from_hours(9.0), ..view(&prices, &risk) };
        assert!(feasible_starts(&late).is_empty());
    }

    #[test]
    fn the_cheap_noon_is_booked_unless_it_is_refused_too_dear_or_not_worth_the_hassle() {
        let (prices, risk) = (board(), risk(ResponseMode::Reactive));
        let base = view(&prices, &risk);
        let choose = |v: &ChoiceView<'_>| choose_window(v, &SURE, &mut || 0.5);
        assert!(matches!(choose(&base), Choice::Book { start_period: 48, periods: 4, .. }));
        // Without the preferred window the next best is a quarter of an hour later (all cheap,
        // shift 0.25 h).
        assert!(matches!(
            choose(&ChoiceView { excluded: &[48], ..base }),
            Choice::Book { start_period: 49, .. }
        ));
        assert!(matches!(
            choose(&ChoiceView { willingness_to_pay: 0.8, ..base }),
            Choice::WalkIn { .. }
        ));
        assert!(matches!(choose(&ChoiceView { hassle_cny: 30.0, ..base }), Choice::WalkIn { .. }));
        assert_eq!(
            choose(&ChoiceView {
                hassle_cny: 30.0,
                walk_in: WalkInOffer::None,
                need_kwh: 0.0,
                ..base
            }),
            Choice::None
        );
        // Without walking in the alternative is 20 kWh at 2 CNY each: hassle of 15 is worth it, of
        // 30 is not.
        let none = ChoiceView { walk_in: WalkInOffer::None, ..base };
        assert!(matches!(
            choose(&ChoiceView { hassle_cny: 15.0, ..none }),
            Choice::Book { alternative_cny: -40.0, .. }
        ));
        assert_eq!(choose(&ChoiceView { hassle_cny: 30.0, ..none }), Choice::None);
        let nothing = ChoiceView { walk_in: WalkInOffer::None, willingness_to_pay: 0.8, ..base };
        assert_eq!(choose(&nothing), Choice::None);
    }

    #[test]
    fn penalties_lower_the_utility_of_booking_only_if_people_respond() {
        let prices = board();
        for (mode, moved) in [(ResponseMode::Reactive, true), (ResponseMode::None, false)] {
            let risk = risk(mode);
            let mild = window_utility(&view(&prices, &risk), &SURE, 48).unwrap();
            let harsh = window_utility(
                &ChoiceView { penalty_scale: 10.0, ..view(&prices, &risk) },
                &SURE,
                48,
            )
            .unwrap();
            assert_eq!(harsh < mild, moved);
        }
    }

    #[test]
    fn what_may_be_forfeited_lowers_the_utility_of_booking() {
        let (prices, risk) = (board(), risk(ResponseMode::Reactive));
        let plain = ChoiceView { penalty_scale: 0.0, ..view(&prices, &risk) };
        let utility = |forfeit_share: f64| {
            window_utility(&ChoiceView { forfeit_share, ..plain }, &SURE, 48).unwrap()
        };
        // 18 CNY are prepaid; failing altogether is expected one time in twenty: 0.90, and coming
        // early for it costs as much again.
        let cost = utility(0.0) - utility(1.0);
        assert!(cost > 0.9 && cost < 2.2, "{cost}");
    }

    #[test]
    fn logit_shares_follow_utilities() {
        // exp(0) : exp(-1) : exp(-1) = 1 : 0.368 : 0.368, so 0.576, 0.212, 0.212.
        let candidates = [(0, 0.0), (1, -2.0), (2, -2.0)];
        let n = 10_000;
        let mut hits = [0; 3];
        for k in 0..n {
            let (i, _) =
                pick_by_logit(&candidates, 2.0, (f64::from(k) + 0.5) / f64::from(n)).unwrap();
            hits[i] += 1;
        }
        assert_eq!(hits, [5761, 2120, 2119]);
        assert_eq!(pick_by_logit::<i64>(&[], 2.0, 0.5), None);
        assert_eq!(pick_by_logit(&[(7, -3.0), (8, -3.0)], 0.0, 0.9), Some((7, -3.0)));
    }

    #[test]
    fn loss_averse_people_book_less() {
        let (prices, risk) = (board(), risk(ResponseMode::Reactive));
        let felt = ChoiceParams { valuation: Valuation::TVERSKY_KAHNEMAN, ..SURE };
        let harsh = ChoiceView { penalty_scale: 5.0, credence: 0.0, ..view(&prices, &risk) };
        assert!(window_utility(&harsh, &felt, 48) < window_utility(&harsh, &SURE, 48));
    }
}
