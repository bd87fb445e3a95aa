//! Who has gone without a word: a process that was killed, a machine that was switched off.
//!
//! HELICS itself notices after four to six of its heartbeats, half a minute by default, and then gives
//! a number. A core answers in a thread of its own, however busy its federate is, so whoever does not
//! answer twice has gone.

use ::helics::Asker;
use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;
use std::time::Duration;

/// How long an answer may take, twice: so many looks, with a break after each. Where the machine has
/// no time for the looks, it has none for the answers, and the wait is longer by as much.
const LOOKS: u32 = 300;
const BREAK: Duration = Duration::from_millis(10);
/// After so long without a grant it is asked first, then after twice as long, and so on.
pub const FIRST: Duration = Duration::from_millis(1500);

/// A question to all that is under way.
#[derive(Debug)]
pub struct Watch {
    found: Receiver<Vec<String>>,
}

impl Watch {
    /// Asks all cores but those of `own` federate, and the broker.
    pub fn begin(asker: Asker, own: &str) -> Self {
        let (sender, found) = channel();
        let own = own.to_owned();
        thread::spawn(move || {
            let _ = sender.send(gone(asker, &own));
        });
        Self { found }
    }

    /// Who has gone, by name, once that is known; nobody while it is not.
    pub fn found(&mut self) -> Option<Vec<String>> {
        match self.found.try_recv() {
            Ok(names) => Some(names),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Vec::new()),
        }
    }
}

fn gone(asker: Asker, own: &str) -> Vec<String> {
    let root = || silent(asker, vec!["root".to_owned()]);
    if !root().is_empty() && !root().is_empty() {
        return vec!["the broker".to_owned()];
    }
    let list =
        |question| asker.query("root", question).map(|answer| super::federation::names(&answer));
    let (Ok(cores), Ok(federates)) = (list("cores"), list("federates")) else {
        return Vec::new();
    };
    let others = cores.into_iter().filter(|core| name_of(core, &federates) != own).collect();
    let silent = silent(asker, silent(asker, others));
    silent.iter().map(|core| name_of(core, &federates).to_owned()).collect()
}

/// Which of them do not answer in time. Asked all at once: a question to whoever has gone takes its
/// time to fail.
fn silent(asker: Asker, targets: Vec<String>) -> Vec<String> {
    let (sender, answers) = channel();
    for target in targets.clone() {
        let sender = sender.clone();
        thread::spawn(move || {
            // An error is an answer, too: this side's own connection has ended.
            let _ = asker.query(&target, "name");
            let _ = sender.send(target);
        });
    }
    drop(sender);
    let mut left: BTreeSet<String> = targets.into_iter().collect();
    for _ in 0..LOOKS {
        answers.try_iter().for_each(|target| {
            left.remove(&target);
        });
        if left.is_empty() {
            break;
        }
        thread::sleep(BREAK);
    }
    left.into_iter().collect()
}

/// The federate of a core: cores are called after their federates, with something at the end.
fn name_of<'a>(core: &'a str, federates: &'a [String]) -> &'a str {
    let after = |name: &str| {
        core.strip_prefix(name).is_some_and(|r| r.is_empty() || r.starts_with(['_', '-']))
    };
    let named = federates.iter().filter(|name| after(name)).max_by_key(|name| name.len());
    named.map_or(core, String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_core_is_named_by_the_federate_that_it_was_called_after() {
        let all = ["z1", "z1-2", "grid"].map(str::to_owned);
        assert_eq!(name_of("z1-4711-0", &all), "z1");
        assert_eq!(name_of("z1-2-4711-0", &all), "z1-2");
        assert_eq!(name_of("grid_core_TPl3wg", &all), "grid");
        assert_eq!(name_of("gridlock", &all), "gridlock");
    }
}
