//! Random defects in the built-in scenarios: nothing may panic, and every refusal must name a place
//! and a cause.
//!
//! `cargo run --release -p scenario --example fuzz_parser -- --seconds 600 --seed 1`
//!
//! Each round takes a built-in scenario (or its shown form), applies one to eight mutations to its
//! bytes or lines, sometimes adds overrides made the same way, and loads it. A panic ends the run
//! with the text that caused it.

use scenario::{BUILTINS, Scenario, resolved_toml, show};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

/// Pieces that parsers stumble over.
const PIECES: &[&str] = &[
    "nan",
    "-inf",
    "inf",
    "1e999",
    "-0.0",
    "99999999999999999999",
    "0x7fffffffffffffff",
    "[[",
    "]]",
    "{",
    "}",
    "\"\"\"",
    "'''",
    "\"",
    "'",
    "=",
    ".",
    "..",
    "#",
    "\u{feff}",
    "\u{0}",
    "é",
    "𝛼",
    "\r\n",
    "\t",
    "true",
    "[]",
    "{}",
    "[[[[[[[[[[[[[[[[",
    "a.b.c.d.e.f",
    "1979-05-27T07:32:00Z",
    "0o17",
    "1_000",
    "\\u0000",
    "law = \"gmm\"",
    "law = \"mixture\"",
    "parts = []",
    "[[outage]]\n",
    "[fleet.segment]\n",
    "fleet.segment = 3\n",
    "-1",
    "0",
    "0.5",
];

/// SplitMix64: a small generator is enough to choose defects.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
}

fn mutate(bytes: &mut Vec<u8>, others: &[Vec<u8>], chance: &mut Chance) {
    let at = chance.below(bytes.len() + 1);
    match chance.below(9) {
        0 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = chance.next() as u8;
            }
        }
        1 => bytes.insert(at, chance.next() as u8),
        2 => {
            let end = (at + chance.below(20)).min(bytes.len());
            bytes.drain(at..end);
        }
        3 | 4 => {
            let piece = PIECES[chance.below(PIECES.len())].bytes();
            let end = (at + chance.below(12)).min(bytes.len());
            bytes.splice(at..end, piece);
        }
        5 => bytes.truncate(at),
        6 => swap_lines(bytes, chance),
        7 => replace_value(bytes, chance),
        _ => {
            let other = &others[chance.below(others.len())];
            let from = chance.below(other.len());
            let to = (from + chance.below(400)).min(other.len());
            bytes.splice(at..at, other[from..to].iter().copied());
        }
    }
}

fn swap_lines(bytes: &mut Vec<u8>, chance: &mut Chance) {
    let mut lines: Vec<Vec<u8>> = bytes.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
    let (a, b) = (chance.below(lines.len()), chance.below(lines.len()));
    lines.swap(a, b);
    *bytes = lines.join(&b'\n');
}

/// Keeps the syntax: only the value of one key changes.
fn replace_value(bytes: &mut Vec<u8>, chance: &mut Chance) {
    let signs: Vec<usize> =
        bytes.iter().enumerate().filter(|(_, b)| **b == b'=').map(|(k, _)| k).collect();
    if signs.is_empty() {
        return;
    }
    let from = signs[chance.below(signs.len())] + 1;
    let to = bytes[from..]
        .iter()
        .position(|b| matches!(b, b'\n' | b',' | b'}' | b'#'))
        .map_or(bytes.len(), |k| from + k);
    bytes.splice(from..to, PIECES[chance.below(PIECES.len())].bytes());
}

fn option(name: &str, default: u64) -> u64 {
    let args: Vec<String> = std::env::args().collect();
    args.iter()
        .position(|a| a == name)
        .and_then(|k| args.get(k + 1))
        .and_then(|v| v.parse().ok())
        .unwrap_or(default)
}

fn main() {
    let (seconds, seed) = (option("--seconds", 10), option("--seed", 1));
    let mut texts: Vec<Vec<u8>> = BUILTINS.iter().map(|b| b.toml.as_bytes().to_vec()).collect();
    texts.extend(BUILTINS.iter().filter_map(|b| show(b.name).ok()).map(String::into_bytes));
    let mut chance = Chance(seed);
    let end = Instant::now() + Duration::from_secs(seconds);
    let (mut rounds, mut accepted, mut problems_seen) = (0_u64, 0_u64, 0_u64);
    while Instant::now() < end {
        let mut bytes = texts[chance.below(texts.len())].clone();
        for _ in 0..=chance.below(8) {
            mutate(&mut bytes, &texts, &mut chance);
        }
        let mut sets = Vec::new();
        for _ in 0..chance.below(3) {
            let mut set = b"fleet.segment.workers.arrival.mean=3".to_vec();
            mutate(&mut set, &texts, &mut chance);
            sets.push(String::from_utf8_lossy(&set[..set.len().min(300)]).into_owned());
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            match Scenario::parse("fuzz.toml", &text, Path::new(""), &sets) {
                Ok(loaded) => {
                    assert!(!resolved_toml(&loaded).is_empty());
                    None
                }
                Err(problems) => {
                    let _ = (problems.to_string(), problems.json());
                    assert!(!problems.is_empty());
                    assert!(
                        problems
                            .list
                            .iter()
                            .all(|p| p.line >= 1 && p.column >= 1 && !p.message.is_empty())
                    );
                    Some(problems.list.len())
                }
            }
        }));
        rounds += 1;
        match outcome {
            Ok(None) => accepted += 1,
            Ok(Some(n)) => problems_seen += n as u64,
            Err(_) => {
                println!("seed {seed}, round {rounds}: panic on\n{text}\nwith {sets:?}");
                std::process::exit(1);
            }
        }
    }
    println!(
        "{rounds} rounds in {seconds} s with seed {seed}: {accepted} accepted, {problems_seen} problems in the others, no panic"
    );
}
