//! One case: a state, a message, and everything that follows from it.

use super::bench::Bench;
use super::lines::lines;
use super::state::{changes, state};
use crate::message::{Letter, Message};

/// Hands a zone a message at an hour and compares facts, money, rows, messages, letters and changes
/// of state with what is expected, one line each.
#[track_caller]
pub fn check(claim: &str, mut bench: Bench, hour: f64, message: Message, expected: &[&str]) {
    let before = state(&bench);
    let mut found = lines(&bench.handle(hour, message));
    found.extend(changes(&before, &state(&bench)));
    compare(claim, &found, expected);
}

/// The same with a letter.
#[track_caller]
pub fn check_letter(claim: &str, mut bench: Bench, hour: f64, letter: Letter, expected: &[&str]) {
    let before = state(&bench);
    let mut found = lines(&bench.receive(hour, letter));
    found.extend(changes(&before, &state(&bench)));
    compare(claim, &found, expected);
}

#[track_caller]
fn compare(claim: &str, found: &[String], expected: &[&str]) {
    let quoted = |l: &String| format!("            {l:?},\n");
    let shown: String = found.iter().map(quoted).collect();
    assert!(found == expected, "{claim}: this followed:\n{shown}instead of {expected:#?}");
}
