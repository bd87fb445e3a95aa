//! What goes to other people's tools, and what they make of it.

use crate::partners::{call, python, skipped};
use crate::tool::{expect_code, hashes};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use tables::DataTable;
use tempfile::tempdir;

fn words(path: &Path, column: &str) -> Vec<String> {
    DataTable::read(path).expect("a table").texts(column).expect("words")
}

#[test]
fn an_event_log_has_every_fact_once_and_each_request_with_what_became_of_it() {
    let dir = tempdir().expect("a folder");
    expect_code(dir.path(), &["run", "park-small", "-o", "r"], 0);
    expect_code(dir.path(), &["export", "ocel", "r", "-o", "log"], 0);
    let mut wanted = BTreeMap::<String, usize>::new();
    for kind in words(&dir.path().join("r/facts.parquet"), "kind") {
        *wanted.entry(kind).or_default() += 1;
    }
    let log = dir.path().join("log");
    let mut events = BTreeMap::new();
    for (kind, n) in &wanted {
        let ids = words(&log.join(format!("events/event_{kind}.parquet")), "ocel_id");
        assert_eq!(ids.len(), *n, "{kind}");
        events.insert(kind.as_str(), ids);
    }
    let about = log.join("relations/e2o.parquet");
    let (from, onto) = (words(&about, "ocel_event_id"), words(&about, "ocel_object_id"));
    let mut objects = BTreeSet::new();
    for kind in ["ev", "reservation", "slot", "ticket", "zone"] {
        let ids = words(&log.join(format!("objects/object_{kind}.parquet")), "ocel_id");
        let n = ids.len();
        objects.extend(ids);
        assert!(n > 0, "{kind}");
    }
    assert!(onto.iter().all(|o| objects.contains(o)), "an event is about what is not listed");
    let booking =
        |object: &str| object.starts_with("reservation-") || object.starts_with("request-");
    for request in &events["reservation_requested"] {
        let n = from.iter().zip(&onto).filter(|(e, o)| *e == request && booking(o)).count();
        assert_eq!(n, 1, "{request}");
    }
    let confirmed: BTreeSet<&String> = events["reservation_confirmed"].iter().collect();
    assert!(!confirmed.is_empty());
    let err = expect_code(dir.path(), &["export", "ocel", "r", "-o", "log"], 1);
    assert!(err.contains("exists"), "{err}");
    let err = expect_code(dir.path(), &["export", "ocel", "r", "--kind", "pluged_in"], 2);
    assert!(err.contains("plugged_in"), "{err}");
}

#[test]
fn a_dataset_holds_the_same_rows_in_every_format_and_partition() {
    let dir = tempdir().expect("a folder");
    expect_code(dir.path(), &["run", "feeder-small", "-o", "r"], 0);
    let run = dir.path().join("r");
    expect_code(dir.path(), &["export", "dataset", "r", "-o", "same"], 0);
    assert_eq!(hashes(&run), hashes(&dir.path().join("same")), "Parquet goes along as it is");
    expect_code(dir.path(), &["export", "dataset", "r", "-o", "text", "--format", "csv"], 0);
    let balance = DataTable::read(&run.join("balance.parquet")).expect("a table");
    let text = DataTable::read(&dir.path().join("text/balance.csv")).expect("a table");
    for column in ["zone_id", "load_kw", "grid_kw"] {
        let (a, b) = (balance.numbers(column).expect("numbers"), text.numbers(column));
        assert_eq!(a, b.expect("numbers"), "{column}");
    }
    let args = ["export", "dataset", "r", "-o", "zones", "--partition", "zone"];
    expect_code(dir.path(), &args, 0);
    let zones: Vec<f64> = balance.numbers("zone_id").expect("numbers");
    for zone in zones.iter().map(|z| *z as i64).collect::<BTreeSet<_>>() {
        let part = dir.path().join(format!("zones/balance/zone_id={zone}/part-0.parquet"));
        let loads = DataTable::read(&part).expect("a part").numbers("load_kw").expect("numbers");
        let own = zones.iter().filter(|z| **z as i64 == zone).count();
        assert_eq!(loads.len(), own, "zone {zone}");
    }
    // One day was recorded, and it is one folder though two days of UTC share it.
    expect_code(dir.path(), &["export", "dataset", "r", "-o", "days", "--partition", "day"], 0);
    let folders = std::fs::read_dir(dir.path().join("days/balance")).expect("folders");
    let folders: Vec<_> = folders.map(|f| f.expect("a folder").file_name()).collect();
    let head = record::read_head(&run.join("balance.parquet")).expect("a head");
    assert!(head.utc_offset_min() > 0, "a scenario whose days are not those of UTC");
    let day = format!("day={}", &head.metadata["gridflock.start"][..10]);
    assert_eq!(folders, [day.as_str()]);
}

#[test]
fn a_wide_table_has_one_row_a_run_and_the_split_keeps_replications_together() {
    let dir = tempdir().expect("a folder");
    let pair = ["--a", "penalty.scale=1", "--b", "penalty.scale=2", "-n", "12", "-o", "c"];
    expect_code(dir.path(), &[&["compare", "park-small"], &pair[..]].concat(), 0);
    let args = ["export", "dataset", "c", "-o", "d", "--wide", "--format", "csv"];
    expect_code(dir.path(), &args, 0);
    let wide = DataTable::read(&dir.path().join("d/wide.csv")).expect("a table");
    assert_eq!(wide.numbers("no_show_rate").expect("numbers").len(), 24);
    let splits = DataTable::read(&dir.path().join("d/splits.csv")).expect("a table");
    let replications = splits.numbers("replication").expect("numbers");
    let split = splits.texts("split").expect("words");
    let pairs: BTreeSet<(i64, &String)> =
        replications.iter().map(|r| *r as i64).zip(&split).collect();
    assert_eq!(pairs.len(), 12, "one split a replication: {pairs:?}");
}

#[test]
fn process_mining_and_dataset_loaders_open_the_exports() {
    let dir = tempdir().expect("a folder");
    let mut check = match python(None) {
        Ok(python) => python,
        Err(why) => return skipped(why),
    };
    expect_code(dir.path(), &["run", "park", "-o", "r"], 0);
    expect_code(dir.path(), &["export", "ocel", "r", "-o", "log"], 0);
    expect_code(dir.path(), &["export", "dataset", "r", "-o", "d", "--wide"], 0);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/python/check_exports.py");
    if let Err(said) = call(check.arg(script).args(["r", "log", "d"]).current_dir(dir.path())) {
        panic!("{said}");
    }
}
