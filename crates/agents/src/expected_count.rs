//! How many vehicles the pricing agent expects at the piles: the booked ones that it has been told
//! of, those that will still book, and walk-ins. It is what scarcity (ticket prices) and crowds
//! (users' choice of a window) are about; parked vehicles that do not charge are no part of it.
//!
//! `E n(t) = came x (booked(t, lead) + B(t) (1 - M(lead) / M(0))) + W(t)`
//!
//! | letter | meaning |
//! |---|---|
//! | `booked(t, lead)` | bookings of period t as reported, `lead` periods ahead |
//! | `B(t)`, `W(t)` | mean of booked vehicles and of walk-ins in that period of the day |
//! | `M(lead)` | mean of vehicles booked so many periods ahead |
//! | `came` | vehicles plugged in for bookings by vehicles booked |
//!
//! Our reading: the means are learnt from the zones' reports, a week back; before the first report
//! of a period of the day the fleet's laws stand in for it.

use crate::message::ZoneReport;
use domain::PeriodGrid;
use serde::{Deserialize, Serialize};

/// So many observations are remembered: those of a week for a period of the day (our reading).
const MEMORY: f64 = 7.0;

/// A mean that forgets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Mean {
    seen: f64,
    value: f64,
}

impl Mean {
    fn take(&mut self, x: f64, memory: f64) {
        self.seen = (self.seen + 1.0).min(memory);
        self.value += (x - self.value) / self.seen;
    }
    fn known(&self) -> Option<f64> {
        (self.seen > 0.0).then_some(self.value)
    }
}

/// The reports of one period, added up over the zones.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Sum {
    from: i64,
    booked: Vec<f64>,
    plugged_booked: f64,
    plugged_walk_in: f64,
}

/// What has been learnt.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ExpectedCount {
    /// By period of the day.
    booked: Vec<Mean>,
    walk_ins: Vec<Mean>,
    /// By lead in periods.
    ahead: Vec<Mean>,
    came: Mean,
    told: Mean,
    /// The latest reports.
    last: Option<Sum>,
    /// Whether they have been learnt from.
    learnt: bool,
}

impl ExpectedCount {
    /// A zone reports.
    pub fn hear(&mut self, r: &ZoneReport, grid: PeriodGrid) {
        if self.last.as_ref().is_none_or(|last| last.from != r.from) {
            self.learn(grid);
            self.learnt = false;
            self.last = Some(Sum { from: r.from, ..Sum::default() });
        }
        let Some(sum) = &mut self.last else { return };
        if sum.booked.len() < r.booked_count.len() {
            sum.booked.resize(r.booked_count.len(), 0.0);
        }
        sum.booked.iter_mut().zip(&r.booked_count).for_each(|(all, n)| *all += n);
        sum.plugged_booked += r.plugged_booked;
        sum.plugged_walk_in += r.plugged_walk_in;
    }

    /// Learns from the latest reports, once.
    fn learn(&mut self, grid: PeriodGrid) {
        let per_day = grid.per_day as usize;
        let Some(sum) = self.last.as_ref().filter(|_| !self.learnt) else { return };
        self.learnt = true;
        self.booked.resize(per_day, Mean::default());
        self.walk_ins.resize(per_day, Mean::default());
        self.ahead.resize(sum.booked.len(), Mean::default());
        let now = sum.booked.first().copied().unwrap_or(0.0);
        let i = grid.of_day(sum.from);
        self.booked[i].take(now, MEMORY);
        self.walk_ins[i].take(sum.plugged_walk_in, MEMORY);
        let days = MEMORY * per_day as f64;
        self.ahead.iter_mut().zip(&sum.booked).for_each(|(mean, &n)| mean.take(n, days));
        self.came.take(sum.plugged_booked, days);
        self.told.take(now, days);
    }

    /// Vehicles expected at the piles in `n` periods from `k` on. `by_law` is what the fleet's laws
    /// say of each period of the day.
    pub fn forecast(&mut self, k: i64, n: usize, by_law: &[f64], grid: PeriodGrid) -> Vec<f64> {
        self.learn(grid);
        (0..n).map(|j| self.at(k + j as i64, by_law, grid)).collect()
    }

    fn at(&self, period: i64, by_law: &[f64], grid: PeriodGrid) -> f64 {
        let i = grid.of_day(period);
        let lead = self.last.as_ref().and_then(|s| usize::try_from(period - s.from).ok());
        let told = lead.zip(self.last.as_ref()).and_then(|(l, s)| s.booked.get(l).copied());
        let told = told.unwrap_or(0.0);
        let usual = self.booked.get(i).and_then(Mean::known);
        let walk_ins = self.walk_ins.get(i).and_then(Mean::known).unwrap_or(0.0);
        let Some(usual) = usual else { return told.max(by_law.get(i).copied().unwrap_or(0.0)) };
        // Beyond what is reported nothing is known yet.
        let known = |lead: usize| self.ahead.get(lead).map_or(0.0, |mean| mean.value);
        let share_known = match (lead, known(0)) {
            (Some(lead), all) if all > 0.0 => (known(lead) / all).clamp(0.0, 1.0),
            _ => 0.0,
        };
        let came = if self.told.value > 0.0 { self.came.value / self.told.value } else { 1.0 };
        came * (told + usual * (1.0 - share_known)) + walk_ins
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRID: PeriodGrid = PeriodGrid { per_day: 4 };

    fn report(from: i64, booked: [f64; 3], plugged_booked: f64, walk_in: f64) -> ZoneReport {
        ZoneReport {
            zone: 1,
            from,
            booked_count: booked.to_vec(),
            plugged_booked,
            plugged_walk_in: walk_in,
            ..ZoneReport::default()
        }
    }

    #[test]
    fn before_the_first_report_the_laws_are_believed() {
        let mut belief = ExpectedCount::default();
        assert_eq!(belief.forecast(5, 3, &[1.0, 2.0, 3.0, 4.0], GRID), [2.0, 3.0, 4.0]);
    }

    #[test]
    fn expected_are_the_booked_those_that_will_book_and_walk_ins() {
        let mut belief = ExpectedCount::default();
        // On two days alike 10 of 12 booked vehicles and 3 walk-ins are there, of the booked ones 6
        // are known a period ahead, none two ahead.
        for from in 0..8 {
            belief.hear(&report(from, [12.0, 6.0, 0.0], 10.0, 3.0), GRID);
        }
        // Told in period 7: 12 now, 6 of period 8, none of 9. came = 10/12.
        let expected = belief.forecast(8, 2, &[99.0; 4], GRID);
        assert!((expected[0] - (10.0 / 12.0 * (6.0 + 12.0 * 0.5) + 3.0)).abs() < 1e-9);
        assert!((expected[1] - (10.0 / 12.0 * (0.0 + 12.0) + 3.0)).abs() < 1e-9);
    }

    #[test]
    fn zones_add_up_and_no_report_counts_twice() {
        let mut one = ExpectedCount::default();
        one.hear(&report(0, [4.0, 2.0, 0.0], 4.0, 2.0), GRID);
        let mut two = ExpectedCount::default();
        two.hear(&report(0, [1.0, 2.0, 0.0], 3.0, 0.0), GRID);
        two.hear(&report(0, [3.0, 0.0, 0.0], 1.0, 2.0), GRID);
        let seen = one.forecast(1, 3, &[0.0; 4], GRID);
        assert_eq!(seen, two.forecast(1, 3, &[0.0; 4], GRID));
        assert_eq!(seen, two.forecast(1, 3, &[0.0; 4], GRID));
    }
}
