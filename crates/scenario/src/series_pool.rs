//! Days of one series that each run draws anew: `repeat = "drawn"`.
//!
//! A day of the run is drawn among the days of the file that are of the same season (three months,
//! from December on) and of the same kind (Monday to Friday, Saturday, Sunday). Where the file has
//! none of them, among those of the kind in any season; where it has none either, among all.

use crate::scenario::Scenario;
use crate::series_data::{Refusal, Series};
use crate::series_file::bad;
use crate::series_year::{Days, month_of};

const SEASONS: [&str; 4] = ["winter", "spring", "summer", "autumn"];
const KINDS: [&str; 3] = ["day from Monday to Friday", "Saturday", "Sunday"];

/// Whole days, and which of them a run may draw for each of its own.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DayPool {
    /// Values by period, in the unit of the model.
    values: Vec<f64>,
    per_day: usize,
    /// First day of the run's warm-up, counted from the start of the record.
    first_day: i64,
    /// By season and kind: the days of the file.
    candidates: Vec<Vec<usize>>,
    /// By day of the run from the warm-up on: its season and kind.
    wanted: Vec<usize>,
}

impl DayPool {
    /// The days of a file as those that a run of a scenario draws from, and what had to be widened.
    pub(crate) fn of(s: &Scenario, days: Days) -> Result<(Self, Vec<Refusal>), Refusal> {
        let Some(first) = days.first else {
            return Err(bad(
                "days are drawn by season and kind of day, but these have no dates",
                "give a file with a column of times, or take another `repeat`",
            ));
        };
        let per_day = s.periods_per_day as usize;
        let held = days.values.len() / per_day;
        let strata: Vec<usize> = (0..held).map(|k| stratum(first + k as i64)).collect();
        let local_s = s.start.unix_us.div_euclid(1_000_000) + i64::from(s.start.offset_s);
        let first_day = -i64::from(s.warmup_days);
        let begins = local_s.div_euclid(86_400) + first_day;
        let count = i64::from(s.days) + i64::from(s.warmup_days);
        let wanted: Vec<usize> = (0..count).map(|d| stratum(begins + d)).collect();
        let mut warnings = Vec::new();
        let candidates = (0..SEASONS.len() * KINDS.len())
            .map(|own| {
                let (found, widened) = candidates(&strata, own);
                if let Some(from) = widened.filter(|_| wanted.contains(&own)) {
                    let (season, kind) = (SEASONS[own / KINDS.len()], KINDS[own % KINDS.len()]);
                    warnings.push(bad(
                        format!(
                            "the file has no {kind} in {season}: such days are drawn from {from}"
                        ),
                        "complete the file, or take a `start` that it covers",
                    ));
                }
                found
            })
            .collect();
        Ok((Self { values: days.values, per_day, first_day, candidates, wanted }, warnings))
    }

    /// The mean of all days, which repeats.
    pub(crate) fn mean_day(&self) -> Series {
        let days = self.values.len() / self.per_day;
        let at = |k: usize| self.values.iter().skip(k).step_by(self.per_day).sum::<f64>();
        let values = (0..self.per_day).map(|k| at(k) / days as f64).collect();
        Series::new(values, self.per_day, 0)
    }

    /// The days that a run draws.
    pub(crate) fn drawn(&self, draw: &impl Fn(i64) -> f64) -> Series {
        let mut values = Vec::with_capacity(self.wanted.len() * self.per_day);
        for (day, stratum) in (self.first_day..).zip(&self.wanted) {
            let among = &self.candidates[*stratum];
            let at = ((draw(day) * among.len() as f64) as usize).min(among.len() - 1);
            values.extend_from_slice(&self.values[among[at] * self.per_day..][..self.per_day]);
        }
        Series::new(values, self.per_day, self.first_day * self.per_day as i64)
    }
}

/// Season and kind of a day since 1970-01-01 (a Thursday).
fn stratum(day: i64) -> usize {
    let season = (usize::from(month_of(day)) + 1) % 12 / 3;
    let kind = (day + 3).rem_euclid(7).saturating_sub(4).max(0) as usize;
    season * KINDS.len() + kind
}

/// The days of a season and kind; where there are none, those that stand in, and what they are.
fn candidates(strata: &[usize], own: usize) -> (Vec<usize>, Option<&'static str>) {
    let among = |fits: &dyn Fn(usize) -> bool| -> Vec<usize> {
        (0..strata.len()).filter(|&k| fits(strata[k])).collect()
    };
    let same = among(&|s| s == own);
    if !same.is_empty() {
        return (same, None);
    }
    let kind = among(&|s| s % KINDS.len() == own % KINDS.len());
    if kind.is_empty() {
        (among(&|_| true), Some("all its days"))
    } else {
        (kind, Some("its other seasons"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Start;

    /// A year of 2016 in days of one period: value = day of the year.
    fn year(from: i64, days: i64) -> Days {
        Days { values: (from..from + days).map(|d| d as f64).collect(), first: Some(16_801 + from) }
    }

    fn scenario(start: &str, days: u32) -> Scenario {
        let mut s = Scenario::load("park", &[]).expect("the park").scenario;
        s.start = Start::parse(start).expect("a start");
        (s.days, s.warmup_days, s.periods_per_day) = (days, 2, 1);
        s
    }

    #[test]
    fn a_day_is_drawn_among_those_of_its_season_and_kind() {
        // 2026-07-03 is a Friday; the warm-up is Wednesday and Thursday.
        let s = scenario("2026-07-03T00:00:00+02:00", 4);
        let (pool, warnings) = DayPool::of(&s, year(0, 366)).expect("dated");
        assert!(warnings.is_empty());
        for step in 0..40 {
            let u = f64::from(step) / 40.0;
            let drawn = pool.drawn(&|_| u);
            let days: Vec<i64> = drawn.values().iter().map(|x| *x as i64).collect();
            for (k, day) in days.into_iter().enumerate() {
                // June to August of 2016 are days 152 to 243; day 0 was a Friday.
                assert!((152..244).contains(&day), "{day}");
                let weekday = (day + 4).rem_euclid(7);
                let wanted = [0..5, 0..5, 0..5, 5..6, 6..7, 0..5][k].clone();
                assert!(wanted.contains(&weekday), "{k}: {day}");
            }
            assert_eq!(drawn.at(-2), drawn.values()[0]);
        }
        // All are as likely as any other.
        let seen: std::collections::BTreeSet<i64> =
            (0..1000).map(|k| pool.drawn(&|_| f64::from(k) / 1000.0).at(1) as i64).collect();
        assert_eq!(seen.len(), 13, "Saturdays of a summer");
        assert!((pool.mean_day().at(5) - 182.5).abs() < 1e-9);
    }

    #[test]
    fn what_the_file_lacks_is_drawn_from_what_is_nearest_and_said() {
        // January alone.
        let s = scenario("2026-07-03T00:00:00+02:00", 4);
        let (pool, warnings) = DayPool::of(&s, year(0, 31)).expect("dated");
        assert_eq!(warnings.len(), 3);
        assert!(warnings[1].1.contains("no Saturday in summer"), "{}", warnings[1].1);
        assert_eq!((pool.drawn(&|_| 0.0).at(1) as i64 + 4) % 7, 5);
        // One week without a weekend.
        let (pool, warnings) = DayPool::of(&s, year(3, 5)).expect("dated");
        assert!(warnings[1].1.ends_with("all its days"), "{}", warnings[1].1);
        assert!((3..8).contains(&(pool.drawn(&|_| 0.99).at(1) as i64)));
        let nameless = Days { first: None, ..year(0, 7) };
        assert!(DayPool::of(&s, nameless).unwrap_err().1.contains("no dates"));
    }
}
