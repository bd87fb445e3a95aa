//! What a publication tells users, period by period, with running sums so that any window is valued
//! in a few operations.

use domain::{PeriodGrid, Span, Time};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// One published period as a user sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PeriodQuote {
    /// Reservation price c \[CNY/kWh\].
    pub reservation: f64,
    /// Expected real price E R \[CNY/kWh\].
    pub real: f64,
    /// Retail price without a booking, c_grid,EV \[CNY/kWh\].
    pub tariff: f64,
    /// Expected number of EVs charging.
    pub crowd: f64,
    /// `alpha x expected base price` of P3 eq. 2 at penalty scale 1, without k \[CNY/kWh\].
    pub penalty_base: f64,
    /// Discharge price d \[CNY/kWh\]; 0 where none is offered.
    pub discharge: f64,
    /// Whether the period lacks renewable power: discharge bookings are taken.
    pub deficit: bool,
}

/// A publication: consecutive periods from `first`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PriceView {
    grid: PeriodGrid,
    /// A period's length, kept because it is asked for at every window.
    length: Span,
    dt_h: f64,
    first: i64,
    quotes: Vec<PeriodQuote>,
    /// Before each period and behind the last: the sums of what was published until then.
    sums: Vec<Sums>,
    /// E R of each period, side by side, and its smallest and largest values over any window.
    reals: Vec<f64>,
    extremes: Extremes,
}

/// The smallest and the largest value of any window of a row of values, in two look-ups each: level
/// `l` holds those of all windows of `2^l` values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Extremes {
    levels: Vec<Vec<(f64, f64)>>,
}

impl Extremes {
    fn new(values: &[f64]) -> Self {
        let mut levels = vec![values.iter().map(|x| (*x, *x)).collect::<Vec<_>>()];
        let mut half = 1;
        while 2 * half <= values.len() {
            let below = &levels[levels.len() - 1];
            let level = below.iter().zip(&below[half..]).map(|(a, b)| both(*a, *b)).collect();
            levels.push(level);
            half *= 2;
        }
        Self { levels }
    }
    /// Those of `count` windows of `n` values each, the first of which begins at `first`; all must
    /// lie inside.
    fn of_windows(&self, first: usize, count: usize, n: usize) -> impl Iterator<Item = (f64, f64)> {
        // Two spans of this level cover a window, one from its start and one to its end.
        let level = n.ilog2();
        let spans = if count == 0 {
            (&[][..], &[][..])
        } else {
            let row = &self.levels[level as usize];
            (&row[first..][..count], &row[first + n - (1 << level)..][..count])
        };
        spans.0.iter().zip(spans.1).map(|(a, b)| both(*a, *b))
    }
}

/// The smallest and the largest of two spans.
fn both(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    (if b.0 < a.0 { b.0 } else { a.0 }, if b.1 > a.1 { b.1 } else { a.1 })
}

/// Sums of quotes over periods, side by side since windows ask for all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Sums {
    reservation: f64,
    real: f64,
    crowd: f64,
    penalty_base: f64,
    tariff: f64,
}

/// All windows of one length of a publication, valued one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Windows<'a> {
    view: &'a PriceView,
    periods: usize,
    /// One over the number of periods.
    share: f64,
}

/// What a window costs and promises, per kWh but for the crowd.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WindowQuote {
    /// Mean reservation price \[CNY/kWh\].
    pub price: f64,
    /// Expected refund, see [`PriceView::mean_refund`] \[CNY/kWh\].
    pub refund: f64,
    /// Mean of `alpha x base price` \[CNY/kWh\].
    pub penalty_base: f64,
    /// Mean expected number of EVs charging.
    pub crowd: f64,
}

impl<'a> Windows<'a> {
    /// The windows that begin at each of some periods, which must be published; `None` where the
    /// price is above `dearest`.
    pub fn from(
        self,
        starts: Range<i64>,
        dearest: f64,
    ) -> impl Iterator<Item = Option<WindowQuote>> + 'a {
        let Self { view, periods, share } = self;
        let count = usize::try_from(starts.end - starts.start).unwrap_or(0);
        let (first, last) =
            if count == 0 { (0, 0) } else { view.positions(starts.start, periods as u32) };
        let sums = view.sums[first..][..count].iter().zip(&view.sums[last..][..count]);
        let extremes = view.extremes.of_windows(first, count, periods);
        sums.zip(extremes).zip(first..).map(move |(((before, behind), (lowest, highest)), from)| {
            let price = (behind.reservation - before.reservation) * share;
            (price <= dearest).then(|| WindowQuote {
                price,
                refund: if price <= lowest {
                    0.0
                } else if price >= highest - ROUNDING {
                    (price - (behind.real - before.real) * share).max(0.0)
                } else {
                    view.refund_by_period(from, periods, price)
                },
                penalty_base: (behind.penalty_base - before.penalty_base) * share,
                crowd: (behind.crowd - before.crowd) * share,
            })
        })
    }
}

/// Prices that differ by less are the same but for rounding \[CNY/kWh\].
const ROUNDING: f64 = 1e-12;

impl PriceView {
    /// Takes a publication whose first quote is of period `first`.
    pub fn new(grid: PeriodGrid, first: i64, quotes: Vec<PeriodQuote>) -> Self {
        let mut sum = Sums::default();
        let mut sums = vec![sum];
        for q in &quotes {
            sum.reservation += q.reservation;
            sum.real += q.real;
            sum.crowd += q.crowd;
            sum.penalty_base += q.penalty_base;
            sum.tariff += q.tariff;
            sums.push(sum);
        }
        let reals: Vec<f64> = quotes.iter().map(|q| q.real).collect();
        Self {
            grid,
            length: grid.length(),
            dt_h: grid.hours().value(),
            first,
            sums,
            extremes: Extremes::new(&reals),
            reals,
            quotes,
        }
    }

    /// The settlement periods.
    pub fn grid(&self) -> PeriodGrid {
        self.grid
    }
    /// A period's length \[h\].
    pub fn dt_h(&self) -> f64 {
        self.dt_h
    }
    /// Local hour of the day at which a period starts, `[0, 24)`.
    #[inline]
    pub fn start_hour(&self, period: i64) -> f64 {
        self.grid.of_day(period) as f64 * self.dt_h
    }
    /// The first published period.
    pub fn first(&self) -> i64 {
        self.first
    }
    /// The period after the last published one.
    pub fn end(&self) -> i64 {
        self.first + self.quotes.len() as i64
    }
    /// Whether nothing was published.
    pub fn is_empty(&self) -> bool {
        self.quotes.is_empty()
    }
    /// A period's quote.
    #[inline]
    pub fn quote(&self, period: i64) -> Option<&PeriodQuote> {
        usize::try_from(period - self.first).ok().and_then(|i| self.quotes.get(i))
    }
    /// The quotes of `n` periods from `start`, if all are published.
    #[inline]
    pub fn window(&self, start: i64, n: u32) -> Option<&[PeriodQuote]> {
        let from = usize::try_from(start - self.first).ok()?;
        self.quotes.get(from..from + n as usize)
    }

    /// The booking price of a window: the mean of its reservation prices \[CNY/kWh\]. The window
    /// must be published.
    #[inline]
    pub fn mean_reservation(&self, start: i64, n: u32) -> f64 {
        self.mean(start, n, |s| s.reservation)
    }
    /// Mean expected number of EVs charging in a published window.
    #[inline]
    pub fn mean_crowd(&self, start: i64, n: u32) -> f64 {
        self.mean(start, n, |s| s.crowd)
    }
    /// Mean of `alpha x base price` over a published window \[CNY/kWh\].
    #[inline]
    pub fn mean_penalty_base(&self, start: i64, n: u32) -> f64 {
        self.mean(start, n, |s| s.penalty_base)
    }
    /// Mean expected real price over a published window \[CNY/kWh\].
    #[inline]
    pub fn mean_real(&self, start: i64, n: u32) -> f64 {
        self.mean(start, n, |s| s.real)
    }
    /// Expected refund per booked kWh of a published window at booking price `price`: the mean of
    /// `max(0, price - E R)` (P3 eq. 1 at the expected real price; the spread of R around it is
    /// left out).
    #[inline]
    pub fn mean_refund(&self, start: i64, n: u32, price: f64) -> f64 {
        self.refund_by_period((start - self.first) as usize, n as usize, price)
    }
    fn refund_by_period(&self, from: usize, periods: usize, price: f64) -> f64 {
        let window = &self.reals[from..from + periods];
        window.iter().map(|real| if price > *real { price - real } else { 0.0 }).sum::<f64>()
            / periods.max(1) as f64
    }
    /// All windows of `n` periods, at least one.
    #[inline]
    pub fn windows(&self, n: u32) -> Windows<'_> {
        Windows { view: self, periods: n.max(1) as usize, share: 1.0 / f64::from(n.max(1)) }
    }

    /// Mean retail price between two instants \[CNY/kWh\]; instants outside the publication are
    /// moved to its edge.
    #[inline]
    pub fn mean_tariff(&self, from: Time, to: Time) -> f64 {
        self.mean_between(|s| s.tariff, from, to, |q| q.tariff)
    }
    /// Mean expected real price between two instants \[CNY/kWh\].
    #[inline]
    pub fn mean_real_between(&self, from: Time, to: Time) -> f64 {
        self.mean_between(|s| s.real, from, to, |q| q.real)
    }
    /// Mean expected number of EVs charging between two instants.
    #[inline]
    pub fn mean_crowd_between(&self, from: Time, to: Time) -> f64 {
        self.mean_between(|s| s.crowd, from, to, |q| q.crowd)
    }

    /// What a discharged kWh will cost to charge again: `c - 0.5 max(0, c - E R)` of the cheapest
    /// published period that ends before the departure (our reading), `credence` in place of 0.5
    /// \[CNY/kWh\]. `None` when no such period is published.
    #[inline]
    pub fn recharge_price(&self, departure: Time, credence: f64) -> Option<f64> {
        let last = self.grid.at(departure).min(self.end());
        let count = usize::try_from(last - self.first).ok()?;
        let cost = |q: &PeriodQuote| q.reservation - credence * (q.reservation - q.real).max(0.0);
        self.quotes[..count].iter().map(cost).min_by(f64::total_cmp)
    }

    fn positions(&self, start: i64, n: u32) -> (usize, usize) {
        let from = (start - self.first) as usize;
        (from, from + n as usize)
    }
    fn mean(&self, start: i64, n: u32, sum: impl Fn(&Sums) -> f64) -> f64 {
        let (from, to) = self.positions(start, n);
        (sum(&self.sums[to]) - sum(&self.sums[from])) / f64::from(n)
    }
    /// Mean between two instants by interpolating the running sum; `at` answers for a span without
    /// length.
    fn mean_between(
        &self,
        sum: impl Fn(&Sums) -> f64,
        from: Time,
        to: Time,
        at: impl Fn(&PeriodQuote) -> f64,
    ) -> f64 {
        let first = Time(self.first * self.length.0);
        let position = |t: Time| {
            ((t - first).0 as f64 / self.length.0 as f64).clamp(0.0, self.quotes.len() as f64)
        };
        let (a, b) = (position(from), position(to));
        if b - a < 1e-9 {
            let index = (a as usize).min(self.quotes.len().saturating_sub(1));
            return self.quotes.get(index).map_or(0.0, at);
        }
        let sum_to = |x: f64| {
            let below = (x as usize).min(self.quotes.len());
            let above = (below + 1).min(self.quotes.len());
            sum(&self.sums[below])
                + (x - below as f64) * (sum(&self.sums[above]) - sum(&self.sums[below]))
        };
        (sum_to(b) - sum_to(a)) / (b - a)
    }
}

/// Shortest distance between two hours on the clock \[h\], 0..12.
///
/// ```
/// assert_eq!(population::clock_distance_h(23.0, 1.5), 2.5);
/// ```
#[inline]
pub fn clock_distance_h(a: f64, b: f64) -> f64 {
    let apart = (a - b).abs();
    let d = if apart <= 24.0 { apart } else { apart.rem_euclid(24.0) };
    d.min(24.0 - d)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view() -> PriceView {
        let quote = |reservation, real, tariff, deficit| PeriodQuote {
            reservation,
            real,
            tariff,
            crowd: 4.0,
            penalty_base: 0.5,
            discharge: 0.0,
            deficit,
        };
        // Periods 32..36 of a quarter-hour grid: 8:00 to 9:00.
        let quotes = vec![
            quote(1.0, 0.8, 1.8, true),
            quote(1.2, 1.3, 1.8, true),
            quote(0.9, 0.5, 1.2, false),
            quote(0.9, 0.5, 1.2, false),
        ];
        PriceView::new(PeriodGrid { per_day: 96 }, 32, quotes)
    }

    #[test]
    fn windows_are_averaged() {
        let v = view();
        assert!((v.mean_reservation(32, 4) - 1.0).abs() < 1e-12); // (1.0 + 1.2 + 0.9 + 0.9) / 4
        assert!((v.mean_refund(32, 4, 1.0) - 0.3).abs() < 1e-12); // (0.2 + 0 + 0.5 + 0.5) / 4
        let quote = v.windows(4).from(32..33, 2.0).next().flatten().expect("not too dear");
        assert!((quote.price - 1.0).abs() < 1e-12 && (quote.refund - 0.3).abs() < 1e-12); // at 1.0: (0.2 + 0 + 0.5 + 0.5) / 4
        assert!((quote.crowd - 4.0).abs() < 1e-12 && (quote.penalty_base - 0.5).abs() < 1e-12);
        assert_eq!(v.windows(4).from(32..33, 0.99).collect::<Vec<_>>(), [None]);
        assert_eq!(v.windows(9).from(40..40, 2.0).count(), 0);
        assert!(v.window(33, 4).is_none() && v.window(31, 1).is_none());
    }

    #[test]
    fn extremes_of_windows_are_those_of_their_values() {
        let values = [3.0, 1.0, 4.0, 1.5, 5.0, 9.0, 2.0];
        let extremes = Extremes::new(&values);
        for n in 1..=values.len() {
            let found: Vec<_> = extremes.of_windows(0, values.len() + 1 - n, n).collect();
            let low = |w: &[f64]| w.iter().copied().fold(f64::INFINITY, f64::min);
            let high = |w: &[f64]| w.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            assert_eq!(
                found,
                values.windows(n).map(|w| (low(w), high(w))).collect::<Vec<_>>(),
                "{n}"
            );
        }
    }

    #[test]
    fn refunds_are_what_single_periods_give_back_however_they_are_found() {
        let v = view();
        // Real prices 0.8, 1.3, 0.5, 0.5; the reservation prices are all the same.
        for price in [0.4, 0.5, 0.9, 1.2, 1.3, 1.5] {
            let quotes =
                v.quotes.iter().map(|q| PeriodQuote { reservation: price, ..*q }).collect();
            let v = PriceView::new(v.grid, v.first, quotes);
            let each =
                [0.8, 1.3, 0.5, 0.5].map(|real: f64| (price - real).max(0.0)).iter().sum::<f64>()
                    / 4.0;
            let found =
                v.windows(4).from(32..33, 2.0).next().flatten().expect("not too dear").refund;
            assert!(
                (found - each).abs() < 1e-12 && (v.mean_refund(32, 4, price) - each).abs() < 1e-12,
                "{price}: {found}, {each}"
            );
        }
    }

    #[test]
    fn spans_are_averaged_by_time() {
        let v = view();
        let at = Time::from_hours;
        assert!((v.mean_tariff(at(8.25), at(8.75)) - 1.5).abs() < 1e-12); // 15 min at 1.8, 15 min at 1.2
        assert!((v.mean_tariff(at(8.375), at(8.625)) - 1.5).abs() < 1e-12);
        assert!((v.mean_tariff(at(7.0), at(7.5)) - 1.8).abs() < 1e-12); // before the publication: its first period
        assert!((v.mean_tariff(at(12.0), at(13.0)) - 1.2).abs() < 1e-12);
    }

    #[test]
    fn recharge_price_is_that_of_the_cheapest_period_before_departure() {
        let v = view();
        // Until 8:30: min(1.0 - 0.5 x 0.2, 1.2 - 0) = 0.9; until 9:00 also 0.9 - 0.5 x 0.4 = 0.7.
        assert!((v.recharge_price(Time::from_hours(8.5), 0.5).unwrap() - 0.9).abs() < 1e-12);
        assert!((v.recharge_price(Time::from_hours(9.0), 0.5).unwrap() - 0.7).abs() < 1e-12);
        assert_eq!(v.recharge_price(Time::from_hours(8.0), 0.5), None);
        assert_eq!(v.recharge_price(Time::from_hours(7.0), 0.5), None);
    }
}
