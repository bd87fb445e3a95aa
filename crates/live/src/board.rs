//! What is known of a run while it goes: folded from its rows, window by window.

use crate::counts::Counts;
use crate::ending::Ending;
use crate::facts::{Facts, Kept, clock};
use crate::frame::Frame;
use crate::governor::{Governor, Mode};
use crate::map::Map;
use crate::series::Series;
use crate::zones::Zones;
use crate::{Pace, facts::Story};
use domain::{EvId, Rows, Time, ZoneId};
use serde_json::{Value, json};
use simulation::Simulation;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// What is said of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Name of the scenario.
    pub scenario: String,
    /// The seed of its draws.
    pub seed: u64,
    /// How many EVs drive; they are numbered from 1.
    pub evs: u32,
    /// How many zones there are.
    pub zones: u32,
    /// What amounts of money are called.
    pub currency: String,
}

/// What is known of a run.
#[derive(Debug)]
pub(crate) struct Board {
    /// What is said of it.
    pub about: About,
    /// What holds it back.
    pub governor: Governor,
    /// Where the tables go, once that is settled.
    directory: OnceLock<String>,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// Where it begins and ends.
    span: [Time; 2],
    period_h: f64,
    zones: Zones,
    map: Option<Map>,
    counts: Counts,
    series: Series,
    facts: Facts,
    /// Grows with every row of zones and of the network.
    news: u64,
    /// Transfers so far.
    transfers: u64,
    ending: Option<Ending>,
}

impl Board {
    pub fn new(about: About, governor: Governor) -> Self {
        Self { about, governor, directory: OnceLock::new(), seen: Mutex::default() }
    }

    /// Says where the tables go.
    pub fn goes_to(&self, directory: String) {
        self.directory.get_or_init(|| directory);
    }

    /// Where the tables go.
    pub fn directory(&self) -> &str {
        self.directory.get().map_or("a directory that is not settled yet", String::as_str)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the rows of a window.
    pub fn take(&self, rows: &Rows) {
        let mut seen = self.seen();
        let seen = &mut *seen;
        seen.facts.take(&rows.facts);
        seen.counts.take(&rows.facts, &rows.ledger);
        seen.series.take(&rows.balance, &rows.prices);
        seen.zones.take(&rows.facts, &rows.balance, &rows.voltages);
        if let Some(map) = &mut seen.map {
            map.take(&rows.voltages, &rows.branches);
        }
        seen.transfers += rows.ledger.len() as u64;
        seen.news += (rows.facts.len() + rows.balance.len() + rows.voltages.len()) as u64;
    }

    /// Looks at a run between two of its periods.
    pub fn look(&self, run: &Simulation) {
        let all = (1..=run.zones()).filter_map(|zone| run.snapshot(ZoneId(zone)).ok());
        let mut seen = self.seen();
        seen.zones.look(all);
        seen.news += 1;
        if seen.period_h == 0.0 {
            let env = &run.world().shared().env;
            seen.period_h = env.grid.hours().value();
            seen.span = [run.begin(), run.end()];
            seen.map = env.feeder().map(|case| &**case).map(Map::of);
        }
    }

    /// Says how it ended.
    pub fn end(&self, ending: Ending) {
        self.seen().ending.get_or_insert(ending);
    }

    /// The last facts.
    pub fn kept(&self) -> Kept {
        self.seen().facts.kept()
    }

    /// One EV's story so far; none if there is no such EV.
    pub fn story(&self, ev: u32) -> Option<Story> {
        (1..=self.about.evs).contains(&ev).then(|| self.seen().facts.story(EvId(ev)))
    }

    /// Length of a settlement period \[h\].
    pub fn period_h(&self) -> f64 {
        self.seen().period_h
    }

    /// What the page shows now, after `before`.
    pub fn frame(&self, before: &Frame) -> Frame {
        let seen = self.seen();
        let mut frame = Frame::new(seen.ending.is_some());
        let clock = self.clock(&seen);
        let mut hasher = DefaultHasher::new();
        clock.to_string().hash(&mut hasher);
        frame.add(before, "clock", hasher.finish(), || clock);
        let counted = seen.facts.kept().next + seen.transfers;
        frame.add(before, "counts", counted, || seen.counts.json());
        let [powers, prices] = seen.series.news;
        frame.add(before, "powers", powers, || seen.series.powers_json(seen.period_h));
        frame.add(before, "prices", prices, || seen.series.prices_json(seen.period_h));
        frame.add(before, "zones", seen.news, || seen.zones.json());
        if let Some(map) = &seen.map {
            frame.add(before, "map", seen.news, || map.json());
        }
        frame
    }

    fn clock(&self, seen: &Seen) -> Value {
        let reading = self.governor.reading();
        let [begin, end] = seen.span;
        let now = reading.now.clamp(begin, end.max(begin));
        let share = (now - Time::START).0 as f64 / ((end - Time::START).0 as f64).max(1.0);
        let mode = match (&seen.ending, reading.mode) {
            (Some(_), _) => "ended",
            (None, Mode::Paused) => "paused",
            (None, Mode::Until(_)) => "stepping",
            (None, Mode::Going) if now < Time::START => "warming up",
            (None, Mode::Going) => "going",
        };
        let pace = if let Pace::Times(times) = reading.pace { json!(times) } else { Value::Null };
        json!({
            "clock": clock(now), "share": share.max(0.0), "mode": mode, "pace": pace,
            "ending": seen.ending.as_ref().map(Ending::words),
        })
    }
}
