//! The page of a study: runs done, intervals that narrow.

use crate::frame::Frame;
use crate::series::rounded;
use crate::server::{Server, Subject};
use crate::{Address, Ending, LiveError};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What is said of a study.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StudyAbout {
    /// Its name.
    pub name: String,
    /// The question that it answers.
    pub question: String,
    /// Points of its design.
    pub points: usize,
    /// Where the tables go.
    pub directory: String,
}

/// How far a study has come.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StudyState {
    /// Runs to do, as far as is known.
    pub runs: u64,
    /// Runs that are finished, failed ones included.
    pub finished: u64,
    /// Runs that failed.
    pub failed: u64,
    /// Time since it began \[s\].
    pub elapsed_s: f64,
    /// Time that the rest will take at the pace so far \[s\]; none if that is not known yet.
    pub remaining_s: Option<f64>,
}

/// A figure as the runs so far tell it.
#[derive(Clone, Debug, PartialEq)]
pub struct Interval {
    /// What is compared, or what the figure is of.
    pub of: String,
    /// The indicator.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// Pairs of runs, or runs, behind it.
    pub n: usize,
    /// Lower end, middle, upper end.
    pub ends: [f64; 3],
}

/// The page of a study, offered until the study ends.
pub struct LiveStudy {
    board: Arc<StudyBoard>,
    server: Server,
}

/// What is known of a study.
#[derive(Debug)]
pub(crate) struct StudyBoard {
    /// What is said of it.
    pub about: StudyAbout,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    state: StudyState,
    intervals: Vec<Interval>,
    /// By what and name: number of runs, lower end, middle, upper end.
    history: BTreeMap<(String, String), Vec<[f64; 4]>>,
    news: [u64; 2],
    ending: Option<Ending>,
}

/// More intervals than that are not shown.
const MOST: usize = 60;
/// So many steps of an interval's history are kept; when they are full, every second one goes.
const STEPS: usize = 48;

impl LiveStudy {
    /// Offers the page.
    ///
    /// # Errors
    /// If the address cannot be listened on, or the system gives no thread.
    pub fn start(address: Address, about: StudyAbout) -> Result<Self, LiveError> {
        let board = Arc::new(StudyBoard { about, seen: Mutex::default() });
        let server = Server::start(address, Subject::Study(board.clone()))?;
        Ok(Self { board, server })
    }

    /// Where the page is.
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// Shows how far it has come.
    pub fn state(&self, state: StudyState) {
        let mut seen = self.board.seen();
        seen.state = state;
        seen.news[0] += 1;
    }

    /// Shows what the runs so far tell; at most 60 figures are kept.
    pub fn intervals(&self, mut intervals: Vec<Interval>) {
        intervals.truncate(MOST);
        let mut seen = self.board.seen();
        for i in intervals.iter().filter(|i| i.ends.iter().all(|x| x.is_finite())) {
            let steps = seen.history.entry((i.of.clone(), i.name.clone())).or_default();
            let [low, middle, high] = i.ends;
            if steps.last().is_some_and(|s| s[0] == i.n as f64) {
                steps.pop();
            }
            if steps.len() == STEPS {
                let mut at = 0;
                steps.retain(|_| {
                    at += 1;
                    at % 2 == 0
                });
            }
            steps.push([i.n as f64, low, middle, high]);
        }
        seen.intervals = intervals;
        seen.news[1] += 1;
    }

    /// Tells whoever looks how the study ended, and closes the page.
    pub fn end(self, ending: Ending) {
        self.board.end(ending);
        self.server.stop();
    }
}

impl StudyBoard {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says how it ended.
    pub fn end(&self, ending: Ending) {
        let mut seen = self.seen();
        seen.ending.get_or_insert(ending);
        seen.news[0] += 1;
    }

    /// What the page shows now, after `before`.
    pub fn frame(&self, before: &Frame) -> Frame {
        let seen = self.seen();
        let mut frame = Frame::new(seen.ending.is_some());
        frame.add(before, "state", seen.news[0], || {
            let s = &seen.state;
            json!({
                "runs": s.runs, "finished": s.finished, "failed": s.failed,
                "elapsed_s": rounded(s.elapsed_s),
                "remaining_s": s.remaining_s.map_or(Value::Null, rounded),
                "ending": seen.ending.as_ref().map(Ending::words),
            })
        });
        frame.add(before, "intervals", seen.news[1], || {
            let row = |i: &Interval| {
                let steps = seen.history.get(&(i.of.clone(), i.name.clone()));
                let steps = steps.map_or(&[][..], Vec::as_slice);
                let [low, middle, high] = i.ends.map(number);
                json!({
                    "of": i.of, "name": i.name, "unit": i.unit, "n": i.n,
                    "low": low, "middle": middle, "high": high, "steps": steps,
                })
            };
            seen.intervals.iter().map(row).collect()
        });
        frame
    }
}

/// A figure of any size; null where it is none.
fn number(x: f64) -> Value {
    if x.is_finite() { json!(x) } else { Value::Null }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_study_keeps_a_short_history_that_ends_with_the_last_runs() {
        let live = LiveStudy::start(Address::default(), StudyAbout::default()).expect("a port");
        for n in 2..1000 {
            let ends = [-1.0 / n as f64, 0.0, 1.0 / n as f64];
            let (of, name, unit) = ("b against a".into(), "co2_kg".into(), "kg".into());
            live.intervals(vec![Interval { of, name, unit, n, ends }]);
        }
        let seen = live.board.seen();
        let steps = seen.history.values().next().expect("one").clone();
        drop(seen);
        assert!(steps.len() <= STEPS && steps.len() > STEPS / 3, "{}", steps.len());
        assert_eq!(steps[steps.len() - 1][0], 999.0);
        assert!(steps.windows(2).all(|w| w[0][0] < w[1][0] && w[0][3] > w[1][3]), "they narrow");
        live.end(Ending::Complete);
    }
}
