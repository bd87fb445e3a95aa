//! Random defects in files of sessions: nothing may panic, and every refusal says why.
//!
//! `cargo run --release -p fitting --example fuzz_sessions -- --seconds 600 --seed 1`
//!
//! Each round takes sound sessions (ACN-Data, OCPI sessions and CDRs, CSV), changes one to eight of
//! their bytes or pieces, reads them and fits laws to what is left. A panic ends the run; the file
//! that caused it stays in the folder that the message names.

use fitting::{FitOptions, Source, behaviour_toml, fit, read_sessions, text_report};
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

/// Pieces that parsers stumble over, values first.
const PIECES: [&str; 32] = [
    "null",
    "true",
    "{}",
    "[]",
    "-1",
    "0",
    "1e308",
    "1e-308",
    "1e999",
    "-0.0",
    "99999999999999999999",
    "\"nan\"",
    "inf",
    "[[",
    "]]",
    "{",
    "}",
    "\"",
    ",",
    ":",
    "\n",
    "\\u0000",
    "\\ud800",
    "é",
    "\u{feff}",
    "9999-12-31T23:59:59Z",
    "-9999-01-01T00:00:00Z",
    "2024-02-30T00:00:00Z",
    "INVALID",
    "userInputs",
    "cdr_token",
    "timezone",
];
/// How many of them are values.
const VALUES: usize = 13;

/// Numbers that look random (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }
}

fn main() {
    let (mut seconds, mut seed) = (60, 1);
    let mut args = std::env::args().skip(1);
    while let (Some(name), Some(value)) = (args.next(), args.next()) {
        match name.as_str() {
            "--seconds" => seconds = value.parse().expect("seconds"),
            "--seed" => seed = value.parse().expect("a seed"),
            other => panic!("unknown option {other}"),
        }
    }
    let folder = std::env::temp_dir().join(format!("gridflock-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let sound = sound();
    let mut dice = Dice(seed * 2 + 1);
    let end = Instant::now() + Duration::from_secs(seconds);
    let (mut rounds, mut refused) = (0_u64, 0_u64);
    while Instant::now() < end {
        let (ending, text) = &sound[dice.below(sound.len())];
        let path = folder.join(format!("f.{ending}"));
        std::fs::write(&path, changed(text.as_bytes(), &mut dice)).expect("writes");
        match catch_unwind(AssertUnwindSafe(|| fitted(&path))) {
            Ok(taken) => refused += u64::from(!taken),
            Err(_) => {
                eprintln!("PANIC after {rounds} rounds: {}", path.display());
                std::process::exit(1);
            }
        }
        rounds += 1;
    }
    let _ = std::fs::remove_dir_all(&folder);
    println!("{rounds} rounds, {refused} refusals, 0 panics");
}

/// Whether laws come out of a file.
fn fitted(path: &Path) -> bool {
    let source = Source { path, map: &[], time_zone: Some("Europe/Berlin") };
    let cleaned = match read_sessions(&source) {
        Ok(cleaned) => cleaned,
        Err(error) => {
            assert!(error.to_string().contains("f."), "`{error}` names no file");
            return false;
        }
    };
    let Ok(fitted) = fit(&cleaned, FitOptions::default()) else { return false };
    !text_report(&fitted).is_empty() && behaviour_toml(&fitted, "f").contains("[[fleet.segment]]")
}

/// Thirty sessions in each format.
fn sound() -> Vec<(&'static str, String)> {
    let (mut acn, mut sessions, mut cdrs) = (String::new(), String::new(), String::new());
    let mut csv = "user_id,plug_in,plug_out,energy_kwh,power_kw\n".to_owned();
    for k in 0..30 {
        let (day, hour, comma) = (1 + k, 6 + k % 5, if k == 0 { "" } else { "," });
        let from = format!("2024-01-{day:02}T{hour:02}:1{}:00Z", k % 6);
        let to = format!("2024-01-{day:02}T{:02}:30:00Z", hour + 3);
        let (kwh, user) = (5 + k % 9, k % 4);
        let _ = write!(
            acn,
            "{comma}{{\"connectionTime\":\"{from}\",\"disconnectTime\":\"{to}\",\
             \"kWhDelivered\":{kwh},\"userID\":\"u{user}\",\"timezone\":\"America/Los_Angeles\",\
             \"userInputs\":[{{\"requestedDeparture\":\"{to}\"}}]}}"
        );
        let _ = writeln!(
            sessions,
            "{{\"id\":\"{k}\",\"start_date_time\":\"{from}\",\"end_date_time\":\"{to}\",\
             \"kwh\":{kwh},\"status\":\"COMPLETED\",\"cdr_token\":{{\"contract_id\":\"c{user}\"}}}}"
        );
        let _ = writeln!(
            cdrs,
            "{{\"id\":\"{k}\",\"start_date_time\":\"{from}\",\"end_date_time\":\"{to}\",\
             \"total_energy\":{kwh},\"total_time\":3,\"booking_id\":\"b{k}\",\"charging_periods\":[\
             {{\"start_date_time\":\"{from}\",\"dimensions\":[{{\"type\":\"ENERGY\",\"volume\":1}}]\
             }}]}}"
        );
        let _ = writeln!(csv, "u{user},{from},{to},{kwh},11");
    }
    vec![
        ("json", format!("{{\"_items\":[{acn}]}}")),
        ("jsonl", sessions),
        ("jsonl", cdrs),
        ("csv", csv),
    ]
}

fn changed(sound: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = sound.to_vec();
    for _ in 0..=dice.below(8) {
        let at = dice.below(bytes.len() + 1);
        match dice.below(5) {
            0 if at < bytes.len() => bytes[at] = dice.below(256) as u8,
            1 => {
                let until = (at + dice.below(30)).min(bytes.len());
                bytes.drain(at..until);
            }
            2 => {
                let copy: Vec<u8> = bytes[at..].iter().copied().take(dice.below(200)).collect();
                bytes.splice(at..at, copy);
            }
            3 => value_replaced(&mut bytes, at, dice),
            _ => {
                let piece = PIECES[dice.below(PIECES.len())];
                bytes.splice(at..at, piece.bytes());
            }
        }
    }
    bytes
}

/// Puts a value in the place of the next number, so that the syntax holds.
fn value_replaced(bytes: &mut Vec<u8>, from: usize, dice: &mut Dice) {
    let is_digit = |b: &u8| b.is_ascii_digit() || *b == b'.';
    let Some(start) = bytes[from..].iter().position(is_digit).map(|k| from + k) else { return };
    let length = bytes[start..].iter().position(|b| !is_digit(b)).unwrap_or(bytes.len() - start);
    bytes.splice(start..start + length, PIECES[dice.below(VALUES)].bytes());
}
