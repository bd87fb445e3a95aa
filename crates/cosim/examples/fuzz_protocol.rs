//! Random defects in the messages of a mosaik world: nothing may panic, and every request must be
//! answered.
//!
//! `cargo run --release -p cosim --example fuzz_protocol -- --seconds 600 --seed 1`
//!
//! Each round plays a short world, from `init` to `stop`, of whose messages some have one to eight
//! bytes or pieces changed, cut into parts as a network may cut them. A panic ends the run with the
//! message that caused it.

use cosim::member::{Ending, Host, Wanted};
use cosim::mosaik::{Decoder, Next, Session, frame, parse};
use simulation::{Opening, Prepared, Recording, Simulation};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A world in short.
const WORLD: &[&str] = &[
    r#"[0, 0, ["init", ["G-0"], {"time_resolution": 1.0, "step_size": 900}]]"#,
    r#"[0, 1, ["create", [1, "Zone"], {"scenario": "park-small", "zone": 1, "seed": 1, "overrides": {"fleet.evs": 60}}]]"#,
    r#"[0, 2, ["setup_done", [], {}]]"#,
    r#"[0, 3, ["step", [0, {"zone_1": {"load_kw": {"A.0": 1.5, "B.0": NaN}, "price": {"P.0": [0.5, 0.6]}}}, 86400], {}]]"#,
    r#"[0, 4, ["get_data", [{"zone_1": ["p_mw", "q_mvar", "indicators", "breaches"]}], {}]]"#,
    r#"[0, 5, ["step", [900, {"zone_1": {"notice": {"A.0": "outage piles=2 hours=1"}, "vm_pu": {"A.0": 0.93, "B.0": null}}}, 86400], {}]]"#,
    r#"[0, 6, ["get_data", [{"zone_1": ["plugged", "reservation_price"]}], {}]]"#,
    r#"[0, 7, ["stop", [], {}]]"#,
];

/// Pieces that parsers stumble over.
const PIECES: &[&str] = &[
    "NaN",
    "-Infinity",
    "Infinity",
    "1e999",
    "-0.0",
    "99999999999999999999",
    "0x7f",
    "[[",
    "]]",
    "{",
    "}",
    "\"",
    "\\u0000",
    "\\ud800",
    "null",
    "true",
    ",",
    ":",
    "[]",
    "{}",
    "[[[[[[[[[[[[",
    "-1",
    "0",
    "86400",
    "9223372036854775807",
    "\"zone_1\"",
    "\"step\"",
    "\"init\"",
    "é",
    "\u{0}",
    "{\"zone_1\":",
    "\"target_p_kw\"",
    "1e-320",
    "[0, 0, ",
    "\"notice\"",
    "until_us=",
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

fn mutate(bytes: &mut Vec<u8>, chance: &mut Chance) {
    let at = chance.below(bytes.len() + 1);
    match chance.below(7) {
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
        _ => {
            let other = WORLD[chance.below(WORLD.len())].as_bytes();
            let from = chance.below(other.len());
            let to = (from + chance.below(200)).min(other.len());
            bytes.splice(at..at, other[from..to].iter().copied());
        }
    }
}

/// Every run is a fork of one: opening one takes longer than a round.
struct Forks(Simulation);

impl Host for Forks {
    fn open(&mut self, _: usize, wanted: &Wanted) -> Result<(String, Simulation), String> {
        if wanted.scenario != "park-small" {
            return Err(format!("`{}` is not there", wanted.scenario));
        }
        Ok(("run".to_owned(), self.0.fork().map_err(|e| e.to_string())?))
    }
    fn stepped(&mut self, _: usize, _: &mut Simulation) -> Result<(), String> {
        Ok(())
    }
    fn close(&mut self, _: usize, run: Simulation, _: Ending) -> Result<(), String> {
        run.finish().map(|_| ()).map_err(|e| e.to_string())
    }
    fn interrupted(&self) -> bool {
        false
    }
}

/// One world; how many requests were done, refused, and whether the partner was left.
fn play(bytes: &[u8], host: &mut Forks, chance: &mut Chance) -> [u64; 3] {
    let (mut decoder, mut session) = (Decoder::new(1 << 20), Session::default());
    let (mut counts, mut rest) = ([0; 3], bytes);
    'world: while !rest.is_empty() {
        let (part, after) = rest.split_at(1 + chance.below(rest.len().min(200)));
        decoder.push(part);
        rest = after;
        loop {
            let message = match decoder.next_frame() {
                Ok(Some(message)) => message,
                Ok(None) => break,
                Err(_) => {
                    counts[2] += 1;
                    break 'world;
                }
            };
            let answer = session.handle(&message, host);
            let text = String::from_utf8_lossy(&answer.bytes[4..]).into_owned();
            assert!(parse(text.as_bytes()).is_ok(), "an answer is JSON: {text}");
            counts[usize::from(text.starts_with("[2"))] += 1;
            match answer.next {
                Next::Listen => {}
                Next::Stop | Next::Interrupted => break 'world,
                Next::Leave(_) => {
                    counts[2] += 1;
                    break 'world;
                }
            }
        }
    }
    let _ = session.end(host);
    counts
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
    let loaded = scenario::Scenario::load("park-small", &[]).expect("a built-in scenario");
    let prepared = Arc::new(Prepared::read(&loaded).expect("its data"));
    let opening = Opening { recording: Recording::Nothing, ..Opening::default() };
    let mut host = Forks(Simulation::open(prepared, &opening).expect("a world"));
    let mut chance = Chance(seed);
    let end = Instant::now() + Duration::from_secs(seconds);
    let (mut rounds, mut counts) = (0_u64, [0; 3]);
    while Instant::now() < end {
        let mut bytes = Vec::new();
        for message in WORLD {
            let mut message = message.as_bytes().to_vec();
            if chance.below(4) == 0 {
                (0..=chance.below(8)).for_each(|_| mutate(&mut message, &mut chance));
            }
            let mut framed = frame(&message);
            if chance.below(40) == 0 {
                mutate(&mut framed, &mut chance);
            }
            bytes.extend(framed);
        }
        rounds += 1;
        let outcome = catch_unwind(AssertUnwindSafe(|| play(&bytes, &mut host, &mut chance)));
        if let Ok(seen) = outcome {
            counts.iter_mut().zip(seen).for_each(|(sum, n)| *sum += n);
        } else {
            let text = String::from_utf8_lossy(&bytes);
            println!("seed {seed}, round {rounds}: panic on\n{text}");
            std::process::exit(1);
        }
    }
    let [done, refused, left] = counts;
    println!(
        "{rounds} worlds in {seconds} s with seed {seed}: {done} requests done, {refused} refused, {left} partners left, no panic"
    );
}
