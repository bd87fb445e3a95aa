//! Every key reaches its effect: turned to another legal value, in a context that needs it, it
//! leaves other rows in some context.

use keys::{Entry, Kind};
use scenario::{Loaded, Scenario, resolved_toml};
use simulation::{Opening, Prepared, Recording, Simulation};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Keys that name things or say what is kept: nothing that is simulated depends on them.
const EXEMPT: [&str; 3] = ["name", "description", "record."];

/// A scenario in which some keys are at work.
struct Context {
    /// The built-in scenario.
    base: &'static str,
    /// Overrides.
    sets: &'static [&'static str],
    /// Beginnings of the keys that are turned here; empty: all that no other context of the same
    /// scenario names.
    keys: &'static [&'static str],
}

mod contexts;
use contexts::{CONTEXTS, NOT_SEEN};

/// What came of turning a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Effect {
    /// Nothing differs, and nothing was said.
    None,
    /// No other value was accepted.
    Refused,
    /// A warning says that the key is idle.
    Said,
    /// Other rows.
    Rows,
}

/// A key in a context, with other values for it.
struct Turn {
    context: usize,
    key: String,
    values: Vec<String>,
}

#[test]
fn every_key_reaches_its_effect() {
    let folder = tempfile::tempdir().expect("a folder");
    contexts::write_files(folder.path());
    let contexts: Vec<(String, Vec<u8>)> = CONTEXTS
        .iter()
        .map(|c| {
            let sets: Vec<String> = c.sets.iter().map(|s| (*s).to_owned()).collect();
            let plain = scenario::Builtin::named(c.base).expect("a built-in scenario");
            let loaded = Scenario::parse(c.base, plain.toml, folder.path(), &sets)
                .unwrap_or_else(|e| panic!("{} {:?}: {e}", c.base, c.sets));
            let text = resolved_toml(&loaded);
            let rows = rows(&loaded).unwrap_or_else(|e| panic!("{} {:?}: {e}", c.base, c.sets));
            (text, rows)
        })
        .collect();
    let turns = turns(&contexts, folder.path());
    let found = in_parallel(&turns, |turn| {
        let (text, before) = &contexts[turn.context];
        effect(text, before, turn, folder.path())
    });
    report(&turns, &found);
}

/// Every key of every context that is turned there.
fn turns(contexts: &[(String, Vec<u8>)], folder: &Path) -> Vec<Turn> {
    let mut turns = Vec::new();
    for (i, (context, (text, _))) in CONTEXTS.iter().zip(contexts).enumerate() {
        let loaded = Scenario::parse("context", text, folder, &[])
            .unwrap_or_else(|e| panic!("{} {:?}: {e}", context.base, context.sets));
        for entry in &loaded.sheet().entries {
            let named = |c: &Context| c.keys.iter().any(|k| entry.path.starts_with(k));
            let elsewhere = CONTEXTS.iter().any(|c| c.base == context.base && named(c));
            let mine = named(context) || (context.keys.is_empty() && !elsewhere);
            if !mine || EXEMPT.iter().any(|k| entry.path.starts_with(k)) {
                continue;
            }
            for (part, values) in other_values(entry) {
                let key = if part.is_empty() {
                    entry.path.clone()
                } else {
                    format!("{}.{part}", entry.path)
                };
                turns.push(Turn { context: i, key, values });
            }
        }
    }
    turns
}

/// What comes of the values of a turn, the first that has an effect.
fn effect(text: &str, before: &[u8], turn: &Turn, folder: &Path) -> Effect {
    let path = turn.key.split_once('\u{0}').map_or(turn.key.as_str(), |(path, _)| path);
    let mut best = Effect::Refused;
    for value in &turn.values {
        let set = value.clone();
        let Ok(loaded) = Scenario::parse("turned", text, folder, &[set]) else { continue };
        if loaded.warnings.iter().any(|w| path.starts_with(&w.key)) {
            best = best.max(Effect::Said);
            continue;
        }
        match rows(&loaded) {
            Ok(rows) if rows != before => return Effect::Rows,
            Ok(_) if best == Effect::Refused => best = Effect::None,
            _ => {}
        }
    }
    best
}

/// All that a run leaves, as bytes: not-a-number equals itself there.
fn rows(loaded: &Loaded) -> Result<Vec<u8>, String> {
    let prepared = Arc::new(Prepared::read(loaded).map_err(|e| e.to_string())?);
    let opening = Opening { recording: Recording::all_in_memory(), ..Opening::default() };
    let start = prepared.scenario.start.unix_us;
    let mut run = Simulation::open(prepared, &opening).map_err(|e| e.to_string())?;
    run.advance(run.end()).map_err(|e| e.to_string())?;
    let done = run.finish().map_err(|e| e.to_string())?;
    postcard::to_allocvec(&(start, &done.rows, &done.indicators)).map_err(|e| e.to_string())
}

fn in_parallel<R: Send>(turns: &[Turn], work: impl Fn(&Turn) -> R + Sync) -> Vec<R> {
    let (next, all) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some((k, turn)) = {
                    let k = next.fetch_add(1, Ordering::Relaxed);
                    turns.get(k).map(|turn| (k, turn))
                } {
                    let result = work(turn);
                    all.lock().expect("no panic").push((k, result));
                }
            });
        }
    });
    let mut all = all.into_inner().expect("no panic");
    all.sort_by_key(|(k, _)| *k);
    all.into_iter().map(|(_, r)| r).collect()
}

fn report(turns: &[Turn], found: &[Effect]) {
    let mut at_work = BTreeSet::new();
    let mut idle: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (turn, effect) in turns.iter().zip(found) {
        let key = plain(&turn.key);
        match effect {
            Effect::Rows => drop(at_work.insert(key)),
            effect => idle.entry(key).or_default().push(format!(
                "{effect:?} in {} {:?}: {:?}",
                CONTEXTS[turn.context].base, CONTEXTS[turn.context].sets, turn.values
            )),
        }
    }
    let dead: Vec<String> = idle
        .iter()
        .filter(|(key, _)| !at_work.contains(*key))
        .map(|(key, tried)| format!("{key}: {}", tried.join("; ")))
        .collect();
    println!("{} keys turned, {} at work", turns.len(), at_work.len());
    let dead: BTreeMap<&str, &str> = dead.iter().filter_map(|line| line.split_once(": ")).collect();
    let silent: Vec<_> = dead.iter().filter(|(key, _)| !NOT_SEEN.contains(key)).collect();
    let stale: Vec<_> = NOT_SEEN.iter().filter(|key| !dead.contains_key(*key)).collect();
    assert!(silent.is_empty(), "keys without effect: {silent:#?}");
    assert!(stale.is_empty(), "these keys are at work now, take them from the list: {stale:?}");
}

/// A path with its numbers of elements left out.
fn plain(path: &str) -> String {
    let mut inside = false;
    path.chars()
        .filter(|c| {
            inside = (inside || *c == '[') && *c != ']';
            !inside && *c != ']'
        })
        .collect()
}

/// Overrides that turn an entry, by part: a table on one line has a part for each key in it.
fn other_values(entry: &Entry) -> Vec<(String, Vec<String>)> {
    let path = entry.path.replace('[', ".").replace(']', "");
    let whole = |values: Vec<String>| {
        vec![(String::new(), values.into_iter().map(|v| format!("{path}={v}")).collect())]
    };
    if let Some(values) = contexts::values_of(&entry.path) {
        return whole(values.iter().map(|v| (*v).to_owned()).collect());
    }
    let value = entry.value.as_deref();
    let number = value.and_then(|v| v.parse::<f64>().ok());
    match &entry.kind {
        Kind::Flag => match value {
            Some(v) => whole(vec![(v != "true").to_string()]),
            None => whole(vec!["true".into(), "false".into()]),
        },
        Kind::Number(_) => whole(match number {
            Some(0.0) => ["0.3", "1.5", "20.0", "-0.5"].map(str::to_owned).to_vec(),
            Some(x) => [1.4, 0.6, 3.0, 0.1].iter().map(|f| format!("{:?}", x * f)).collect(),
            None => ["0.35", "0.05", "8.5", "50.0", "600.0"].map(str::to_owned).to_vec(),
        }),
        Kind::Count(_) | Kind::Label => whole(match number {
            Some(x) => [x + 1.0, x - 1.0, x * 2.0, (x / 2.0).floor(), (x / 4.0).floor()]
                .iter()
                .filter(|y| **y >= 0.0)
                .map(|y| format!("{y:.0}"))
                .collect(),
            None => ["1", "2", "777"].map(str::to_owned).to_vec(),
        }),
        Kind::Word(words) => whole(
            words
                .iter()
                .map(|(w, _)| format!("\"{w}\""))
                .filter(|w| Some(w.as_str()) != value)
                .collect(),
        ),
        Kind::Numbers(..) | Kind::Counts(..) | Kind::Rows(..) => {
            let list = changed(value.unwrap_or("[]"), |_| true);
            whole(list)
        }
        Kind::Inline | Kind::InlineTables => {
            let text = value.unwrap_or("{}");
            let parts: BTreeSet<&str> = text
                .split(['{', ',', '}', '['])
                .filter_map(|p| Some(p.split_once(" = ")?.0.trim()))
                .filter(|k| !["law", "name"].contains(k))
                .collect();
            parts
                .into_iter()
                .map(|part| {
                    let values =
                        changed(text, |before| before.trim_end().ends_with(&format!("{part} =")));
                    let label = if part == "value" { String::new() } else { part.to_owned() };
                    (label, values.into_iter().map(|v| format!("{path}={v}")).collect())
                })
                .collect()
        }
        _ => Vec::new(),
    }
}

/// Texts in which one of the numbers behind `wanted` is another one.
fn changed(text: &str, wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let mut all = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let begins = bytes[at].is_ascii_digit()
            || (bytes[at] == b'-' && bytes.get(at + 1).is_some_and(u8::is_ascii_digit));
        let alone = at == 0
            || !(bytes[at - 1].is_ascii_alphanumeric() || b"_\"+-/.".contains(&bytes[at - 1]));
        if !(begins && alone) {
            at += 1;
            continue;
        }
        let end = (at + 1..bytes.len())
            .find(|&e| !(bytes[e].is_ascii_digit() || b".e-".contains(&bytes[e])))
            .unwrap_or(bytes.len());
        let Ok(x) = text[at..end].parse::<f64>() else {
            at = end;
            continue;
        };
        if wanted(&text[..at]) {
            let whole = !text[at..end].contains('.');
            for f in [1.25, 0.7] {
                let y = if x == 0.0 { f - 0.6 } else { x * f };
                let y = if whole { format!("{:.0}", y.ceil()) } else { format!("{y:?}") };
                all.push(format!("{}{y}{}", &text[..at], &text[end..]));
            }
        }
        at = end;
    }
    all.truncate(8);
    all
}
