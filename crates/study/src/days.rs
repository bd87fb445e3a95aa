//! Which block of days each replication sees.
//!
//! A position in the calendar is common to all series of a run, and to all points of the design. The
//! months take turns in a random order, each once in every round; inside a month no day comes twice
//! before all have come. So a study of twelve replications has seen every month, and replication i
//! depends on the exogenous seed and i alone.

use crate::design::{DRAWS, Purpose, shuffled};
use clock::{Group, Seeds};
use scenario::SeriesYear;
use std::sync::Arc;

/// Days to draw from, by month.
#[derive(Clone, Debug)]
pub struct DrawnDays {
    /// All days of the series.
    pub year: Arc<SeriesYear>,
    seed: u64,
    warmup_days: u32,
    positions: u32,
    /// Whether replications come in pairs, of which the second has the mirrored position.
    antithetic: bool,
    /// Positions by the month of the first recorded day; months without one are left out.
    months: Vec<Vec<u32>>,
}

impl DrawnDays {
    /// Blocks of `warmup_days + days` days of a year.
    pub fn new(
        year: Arc<SeriesYear>,
        [warmup_days, days]: [u32; 2],
        seed: u64,
        antithetic: bool,
    ) -> Self {
        let positions = year.positions(warmup_days + days);
        let mut months = vec![Vec::new(); 12];
        // The second of a pair has the mirrored position: the first half holds one of each two.
        let drawn = if antithetic { positions.div_ceil(2) } else { positions };
        for position in 0..drawn {
            months[usize::from(year.month(position + warmup_days))].push(position);
        }
        months.retain(|month: &Vec<u32>| !month.is_empty());
        // A few days at the end of a half are no month of their own: they would come again and again.
        if let [.., longer, stub] = months.as_mut_slice()
            && stub.len() * 2 < longer.len()
        {
            longer.append(stub);
            months.pop();
        }
        Self { year, seed, warmup_days, positions, antithetic, months }
    }

    /// Where the warm-up of a replication begins, in days from the first.
    pub fn position(&self, replication: u32) -> u32 {
        let draw = if self.antithetic { replication / 2 } else { replication };
        let position = self.drawn(draw);
        if !self.antithetic {
            return position;
        }
        let mirrored = self.positions - 1 - position;
        let turned = self.uniform(u64::from(draw), 2) < 0.5;
        if turned == replication.is_multiple_of(2) { mirrored } else { position }
    }

    /// The first recorded day of a replication, from 0.
    pub fn day(&self, replication: u32) -> u32 {
        self.position(replication) + self.warmup_days
    }

    fn drawn(&self, draw: u32) -> u32 {
        let months = self.months.len();
        let (round, turn) = (draw as usize / months, draw as usize % months);
        let month = self.order(round as u64, 0, months)[turn];
        let days = &self.months[month];
        let (lap, place) = (round / days.len(), round % days.len());
        days[self.order(lap as u64, 16 + month as u64, days.len())[place]]
    }

    /// A random order of 0..n.
    fn order(&self, number: u64, what: u64, n: usize) -> Vec<usize> {
        let mut draws = self.draws(number, what);
        shuffled(n, &mut || draws.uniform())
    }

    fn uniform(&self, number: u64, what: u64) -> f64 {
        self.draws(number, what).uniform()
    }

    fn draws(&self, number: u64, what: u64) -> clock::Draws {
        Seeds::new(self.seed).draws(Group::Exogenous, DRAWS, Purpose::Days as u16, what, number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scenario::Scenario;
    use std::collections::BTreeSet;

    fn days(seed: u64, antithetic: bool) -> DrawnDays {
        let sets = ["load", "wind", "pv"]
            .map(|name| format!("series.{name}.builtin=park_{name}_2016"))
            .to_vec();
        let loaded = Scenario::load("park-small", &sets).expect("a scenario");
        let year = Arc::new(SeriesYear::load(&loaded).expect("a year"));
        DrawnDays::new(year, [0, 1], seed, antithetic)
    }

    #[test]
    fn every_dozen_has_all_months_and_no_day_comes_twice_before_all_of_its_month() {
        let d = days(3, false);
        for round in 0..5 {
            let months: BTreeSet<u8> =
                (12 * round..12 * (round + 1)).map(|r| d.year.month(d.day(r))).collect();
            assert_eq!(months.len(), 12);
        }
        // February 2016 has 29 days: so many rounds repeat nothing.
        let seen: BTreeSet<u32> = (0..12 * 29).map(|r| d.day(r)).collect();
        assert_eq!(seen.len(), 12 * 29);
    }

    #[test]
    fn the_position_depends_on_seed_and_replication_alone() {
        let (a, b) = (days(3, false), days(4, false));
        let first: Vec<u32> = (0..24).map(|r| a.day(r)).collect();
        assert_eq!(first, (0..24).map(|r| days(3, false).day(r)).collect::<Vec<_>>());
        assert_ne!(first, (0..24).map(|r| b.day(r)).collect::<Vec<_>>());
    }

    #[test]
    fn antithetic_pairs_mirror_each_other_and_repeat_no_day() {
        let d = days(3, true);
        let pairs: Vec<(u32, u32)> = (0..150).map(|k| (d.day(2 * k), d.day(2 * k + 1))).collect();
        assert!(pairs.iter().all(|(a, b)| a + b == 365));
        let seen: BTreeSet<u32> = pairs.iter().flat_map(|(a, b)| [*a, *b]).collect();
        assert_eq!(seen.len(), 300);
        assert!(pairs.iter().any(|(a, b)| a < b) && pairs.iter().any(|(a, b)| a > b));
    }
}
