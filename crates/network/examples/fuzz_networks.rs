//! Random defects in networks of all formats: nothing may panic, and every refusal says why.
//!
//! `cargo run --release -p network --example fuzz_networks -- --seconds 600 --seed 1 [FILE...]`
//!
//! Each round takes a sound network (the built-in feeder as MATPOWER and pandapower, a small circuit
//! of OpenDSS, and the files that are named), changes one to eight of its bytes or pieces, and reads
//! it. What is accepted becomes a feeder or is refused as one. A panic ends the run; the file that
//! caused it stays in the folder that the message names. Panics inside the readers of others are
//! caught where they are called: they are counted.

#[path = "../../tables/examples/fuzz/dice.rs"]
mod dice;

use dice::Dice;
use grid::{Feeder, FlowOptions, PowerFlow};
use network::{ExportFormat, export, includes, read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const DSS: &str = "Clear
Set DefaultBaseFrequency=50
New Circuit.small basekv=10 pu=1.02 phases=3 bus1=source MVAsc3=1e9 MVAsc1=1e9
New LineCode.a nphases=3 r1=0.5 x1=0.3 r0=1.5 x0=0.9 c1=10 c0=5 units=km
New Line.one Bus1=source.1.2.3 Bus2=middle phases=3 linecode=a Length=2 units=km
New Transformer.down Buses=[middle low] Conns=[Delta Wye] kVs=[10 0.4] kVAs=[630 630] XHL=4 %Rs=[0.5 0.5]
New Load.a Bus1=low Phases=3 kV=0.4 kW=300 kvar=100 Model=1
New Load.b Bus1=low.1 Phases=1 kV=0.23 kW=30 pf=0.95 Model=1
New Capacitor.c Bus1=low phases=3 kvar=60 kv=0.4
Set VoltageBases=[10 0.4]
Solve
";

const PIECES: [&str; 34] = [
    "nan",
    "inf",
    "-1",
    "0",
    "1e308",
    "1e-308",
    "1e999",
    "-0.0",
    "99999999999999999999",
    "[",
    "]",
    "{",
    "}",
    "(",
    "\"",
    "'",
    ";",
    ",",
    "\n",
    "\0",
    "\u{feff}",
    "é",
    "null",
    "true",
    "[[]]",
    "%",
    "//",
    "!",
    "~",
    "New Line.x bus1=a bus2=b",
    "Redirect f.dss",
    ".1.2.3",
    "wye",
    "phases=0",
];

static CAUGHT: AtomicU64 = AtomicU64::new(0);

fn main() {
    let (mut seconds, mut seed, mut files) = (60, 1, Vec::new());
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--seconds" => seconds = number(args.next()),
            "--seed" => seed = number(args.next()),
            file => files.push(PathBuf::from(file)),
        }
    }
    // Panics are counted by what comes out of them; their stories would fill the screen.
    std::panic::set_hook(Box::new(|_| {
        CAUGHT.fetch_add(1, Ordering::Relaxed);
    }));
    let sound = sound(&files);
    let folder = std::env::temp_dir().join(format!("gridflock-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let mut dice = Dice(seed * 2 + 1);
    let end = Instant::now() + Duration::from_secs(seconds);
    let (mut rounds, mut refused) = (0_u64, 0_u64);
    while Instant::now() < end {
        let (ending, bytes) = &sound[dice.below(sound.len())];
        let path = folder.join(format!("f.{ending}"));
        std::fs::write(&path, changed(bytes, &mut dice)).expect("writes");
        match catch_unwind(AssertUnwindSafe(|| solved(&path))) {
            Ok(true) => {}
            Ok(false) => refused += 1,
            Err(_) => {
                eprintln!("PANIC after {rounds} rounds: {}", path.display());
                std::process::exit(1);
            }
        }
        rounds += 1;
    }
    let _ = std::fs::remove_dir_all(&folder);
    let caught = CAUGHT.load(Ordering::Relaxed);
    println!("{rounds} rounds, {refused} refusals, 0 panics, {caught} caught in others' readers");
}

fn number(text: Option<String>) -> u64 {
    text.and_then(|t| t.parse().ok()).expect("a whole number")
}

/// Whether a file is a network that is taken.
fn solved(path: &Path) -> bool {
    let _ = includes(path);
    let network = match read(path, None) {
        Ok(network) => network,
        Err(problems) => {
            assert!(problems.iter().all(|p| !p.is_empty()) && !problems.is_empty());
            return false;
        }
    };
    let Ok(feeder) = Feeder::new(&network.spec) else { return false };
    let (p, q) = (feeder.nominal_p_kw(), feeder.nominal_q_kvar());
    let _ = PowerFlow::new(&feeder).solve(&p, &q, &FlowOptions::default());
    true
}

fn sound(files: &[PathBuf]) -> Vec<(String, Vec<u8>)> {
    let mut all = vec![("dss".to_owned(), DSS.as_bytes().to_vec())];
    for (format, ending) in [(ExportFormat::Matpower, "m"), (ExportFormat::Pandapower, "json")] {
        let text = export(&grid::ieee33(), "case", format).expect("exports").text;
        all.push((ending.to_owned(), text.into_bytes()));
    }
    for file in files {
        let ending = file.extension().map(|e| e.to_string_lossy().into_owned());
        all.push((ending.unwrap_or_default(), std::fs::read(file).expect("a file")));
    }
    all
}

fn changed(sound: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = sound.to_vec();
    for _ in 0..=dice.below(8) {
        let at = dice.below(bytes.len() + 1);
        match dice.below(6) {
            0 if at < bytes.len() => bytes[at] = dice.below(256) as u8,
            1 => {
                let until = (at + dice.below(40)).min(bytes.len());
                bytes.drain(at..until);
            }
            2 => {
                let from = dice.below(bytes.len().max(1));
                let copy: Vec<u8> = bytes[from..].iter().copied().take(dice.below(80)).collect();
                bytes.splice(at..at, copy);
            }
            3 => number_replaced(&mut bytes, at, dice),
            4 if dice.below(8) == 0 => bytes.truncate(at),
            _ => {
                let piece = PIECES[dice.below(PIECES.len())];
                bytes.splice(at..at, piece.bytes());
            }
        }
    }
    bytes
}

/// Puts a piece in the place of the next number, so that the syntax holds.
fn number_replaced(bytes: &mut Vec<u8>, from: usize, dice: &mut Dice) {
    let is_digit = |b: &u8| b.is_ascii_digit() || *b == b'.';
    let Some(start) = bytes[from..].iter().position(is_digit).map(|k| from + k) else { return };
    let length = bytes[start..].iter().position(|b| !is_digit(b)).unwrap_or(bytes.len() - start);
    bytes.splice(start..start + length, PIECES[dice.below(9)].bytes());
}
