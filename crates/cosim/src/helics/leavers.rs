//! Who leaves a federation before its end: HELICS goes on without a word, and what was said last holds.

use ::helics::Asker;
use domain::Time;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Between two looks at the least, by the wall clock: each is a question to the root broker.
const BREAK: Duration = Duration::from_millis(100);

/// Looks from time to time who has left, without waiting for the answer.
#[derive(Debug)]
pub struct Leavers {
    asker: Asker,
    /// Of whom nothing needs to be said.
    known: BTreeSet<String>,
    looked: Option<Instant>,
    answer: Option<Receiver<String>>,
}

impl Leavers {
    /// For a federate of this name.
    pub fn new(asker: Asker, own: &str) -> Self {
        Self { asker, known: BTreeSet::from([own.to_owned()]), looked: None, answer: None }
    }

    /// These are parts of the same run: they leave together.
    pub fn expect<'a>(&mut self, names: impl Iterator<Item = &'a str>) {
        self.known.extend(names.map(str::to_owned));
    }

    /// Warns once of everybody who has left by the instant `t` of the run.
    pub fn look(&mut self, t: Time) {
        let answer = self.answer.as_ref().and_then(|answer| answer.try_recv().ok());
        if let Some(answer) = answer {
            self.answer = None;
            for name in left(&answer) {
                if self.known.insert(name.clone()) {
                    tracing::warn!(
                        "{name} has left the federation by {} s, before the end of the run; what it \
                         said last holds",
                        t.0 / 1_000_000
                    );
                }
            }
        }
        if self.answer.is_none() && self.looked.is_none_or(|at| at.elapsed() > BREAK) {
            self.looked = Some(Instant::now());
            let (sender, answer) = channel();
            self.answer = Some(answer);
            let asker = self.asker;
            thread::spawn(move || {
                let _ = sender.send(asker.query("root", "current_state").unwrap_or_default());
            });
        }
    }
}

/// Federates that have left, by what the root broker says of all of them.
fn left(answer: &str) -> Vec<String> {
    let value: Value = serde_json::from_str(answer).unwrap_or(Value::Null);
    let all = value.get("federates").and_then(Value::as_array);
    let gone = all.into_iter().flatten().filter(|federate| {
        let state = federate.get("state").and_then(Value::as_str);
        matches!(state, Some("disconnected"))
    });
    let name = |federate: &Value| Some(federate.pointer("/attributes/name")?.as_str()?.to_owned());
    gone.filter_map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_disconnected_has_left() {
        let answer = r#"{"federates": [
            {"attributes": {"name": "grid"}, "state": "disconnected"},
            {"attributes": {"name": "park"}, "state": "operating"}]}"#;
        assert_eq!(left(answer), ["grid"]);
        assert!(left("").is_empty() && left("[1]").is_empty());
    }
}
