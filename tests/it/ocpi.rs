//! The market in the words of charge point operators (OCPI), from the command line.

use crate::ocpi_spec::{BOOKING, BOOKING_LOCATION, CDR, Class, SESSION, Spec, TARIFF, problems};
use crate::tool::expect_code;
use exchange::{OcpiTariff, Use};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use tables::{Cell, DataTable};
use tempfile::tempdir;

/// The objects of a file; none if it is not there.
fn objects(folder: &Path, name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join(format!("{name}.jsonl"))).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).expect("one object a line")).collect()
}

fn assert_valid(folder: &Path, spec: Spec) {
    let files: [(&str, &Class); 5] = [
        ("bookings", &BOOKING),
        ("booking_locations", &BOOKING_LOCATION),
        ("sessions", &SESSION),
        ("cdrs", &CDR),
        ("tariffs", &TARIFF),
    ];
    for (name, class) in files {
        let mut ids = BTreeSet::new();
        for object in objects(folder, name) {
            let wrong = problems(&object, class, spec);
            assert!(wrong.is_empty(), "{name}: {wrong:?}\n{object}");
            assert!(ids.insert(object["id"].to_string()), "{name}: {} twice", object["id"]);
        }
    }
}

fn table(folder: &Path, name: &str) -> DataTable {
    DataTable::read(&folder.join(format!("{name}.parquet"))).expect("a table")
}

/// What users paid to anybody else by the ledger: over their accounts, less what their prepayments
/// in escrow grew by.
fn paid_by_ledger(run: &Path) -> i64 {
    let accounts = table(run, "accounts");
    let ids = accounts.numbers("account_id").expect("ids");
    let kinds = accounts.texts("kind").expect("words");
    let users: BTreeSet<i64> = ids
        .iter()
        .zip(&kinds)
        .filter(|(_, kind)| ["ev", "escrow"].contains(&kind.as_str()))
        .map(|(id, _)| *id as i64)
        .collect();
    let ledger = table(run, "ledger");
    let column = |name: &str| ledger.numbers(name).expect("numbers");
    let (from, to, amounts) =
        (column("debit_account"), column("credit_account"), column("amount_ucny"));
    let side = |account: f64| i64::from(users.contains(&(account as i64)));
    (0..amounts.len()).map(|k| (side(from[k]) - side(to[k])) * amounts[k] as i64).sum()
}

fn sum(objects: &[Value], key: &str) -> f64 {
    objects.iter().filter_map(|o| o[key].as_f64()).sum()
}

/// Runs a scenario, exports it, and checks what must hold of every export.
fn exported(folder: &Path, scenario: &str, more: &[&str]) -> BTreeMap<&'static str, Vec<Value>> {
    expect_code(folder, &[&["run", scenario, "-o", "r"], more].concat(), 0);
    expect_code(folder, &["export", "ocpi", "r", "-o", "out"], 0);
    let out = folder.join("out");
    assert_valid(&out, Spec::V230);
    let all: BTreeMap<_, _> = ["bookings", "booking_locations", "sessions", "cdrs", "tariffs"]
        .into_iter()
        .map(|name| (name, objects(&out, name)))
        .collect();
    let run = folder.join("r");
    let exact: i64 = all["cdrs"].iter().filter_map(|c| c["gridflock_amount_ucny"].as_i64()).sum();
    assert_eq!(exact, paid_by_ledger(&run), "{scenario}");
    let sessions = table(&run, "sessions");
    let charged: f64 = sessions.numbers("energy_charged_kwh").expect("numbers").iter().sum();
    let slack = 5e-5 * all["sessions"].len() as f64 + 1e-6;
    assert!((sum(&all["sessions"], "kwh") - charged).abs() <= slack, "{scenario}");
    let known: BTreeSet<String> = all["sessions"].iter().map(|s| s["id"].to_string()).collect();
    let named = all["cdrs"].iter().filter_map(|c| c.get("session_id"));
    assert!(
        named.clone().count() > 0 && named.clone().all(|s| known.contains(&s.to_string())),
        "{scenario}"
    );
    all
}

fn count(bookings: &[Value], status: &str) -> usize {
    bookings.iter().filter(|b| b["reservation_status"] == status).count()
}

#[test]
fn every_booking_of_a_park_has_its_status_and_every_payment_its_cdr() {
    let dir = tempdir().expect("a folder");
    let all = exported(dir.path(), "park", &["--days", "2"]);
    let run = dir.path().join("r");
    let reservations = table(&run, "reservations");
    let ids = reservations.numbers("booking_id").expect("ids");
    let words = reservations.texts("status").expect("words");
    let by_booking: BTreeMap<i64, &str> =
        ids.iter().zip(&words).map(|(id, word)| (*id as i64, word.as_str())).collect();
    let of = |wanted: &[&str]| by_booking.values().filter(|w| wanted.contains(w)).count();
    let bookings = &all["bookings"];
    assert_eq!(count(bookings, "FULFILLED"), of(&["fulfilled"]));
    assert_eq!(count(bookings, "RESERVED"), of(&["open"]));
    assert_eq!(count(bookings, "NO_SHOW"), of(&["defaulted"]));
    let cancelled = ["cancelled_free", "cancelled_early", "cancelled_late", "curtailed"];
    assert_eq!(count(bookings, "CANCELED"), of(&cancelled));
    let facts = table(&run, "facts");
    let kinds = facts.texts("kind").expect("words");
    let n = |kind: &str| kinds.iter().filter(|k| *k == kind).count();
    assert_eq!(count(bookings, "REJECTED"), n("reservation_rejected"));
    let answered = n("reservation_confirmed") - n("ticket_awarded") + n("reservation_rejected");
    assert_eq!(count(bookings, "PENDING"), n("reservation_requested") - answered);
    for status in ["FULFILLED", "RESERVED", "NO_SHOW", "CANCELED", "REJECTED"] {
        assert!(count(bookings, status) > 0, "the park has none that is {status}");
    }
    let won = bookings.iter().filter(|b| b["gridflock"]["ticket_id"].is_i64()).count();
    assert!(won >= n("ticket_awarded") && won > 0, "{won} won by tickets");
    // Who sells energy has a negative cost, and no-shows have no session and no connector.
    let sold = |c: &&Value| c["gridflock"]["discharged_kwh"].as_f64().is_some_and(|x| x > 1.0);
    let cdrs = &all["cdrs"];
    assert!(cdrs.iter().filter(sold).count() > 0);
    for c in cdrs.iter().filter(sold) {
        assert!(c["total_cost"]["before_taxes"].as_f64() < Some(0.0), "{c}");
    }
    let unused: Vec<&Value> = cdrs.iter().filter(|c| c.get("session_id").is_none()).collect();
    assert!(!unused.is_empty());
    let never = |c: &&&Value| c["gridflock"].get("no_show").is_some();
    for c in unused.iter().filter(never) {
        assert_eq!(c["cdr_location"]["connector_id"], "#NA");
        assert!(c["charging_periods"].to_string().contains("RESERVATION_EXPIRES"), "{c}");
    }
}

#[test]
fn a_cdr_costs_what_its_tariff_says_before_refunds_and_penalties() {
    let dir = tempdir().expect("a folder");
    let all = exported(dir.path(), "park-small", &["--days", "2"]);
    let mut checked = [0, 0];
    for cdr in all["cdrs"].iter().filter(|c| c.get("tariffs").is_some()) {
        let tariff = OcpiTariff::parse(&cdr["tariffs"][0]).expect("our own");
        let cost = tariff.cost(&Use::of_cdr(cdr).expect("our own"), 480).before_taxes;
        let paid = |purpose: &str| {
            cdr["gridflock"]["ledger_ucny"][purpose].as_i64().unwrap_or(0) as f64 / 1e6
        };
        let booked = cdr.get("booking_id").is_some();
        let wanted = if booked { paid("revenue") + paid("refund") } else { paid("walk_in") };
        // Prices, energies and steps of a Wh are rounded to their fourth decimal.
        let energy = cdr["total_energy"].as_f64().expect("a number");
        assert!((cost - wanted).abs() <= 1e-4 * energy + 0.004, "{cost} is not {wanted}: {cdr}");
        checked[usize::from(booked)] += 1;
    }
    assert!(checked.iter().all(|n| *n > 10), "{checked:?}");
}

#[test]
fn feeders_and_groups_have_sessions_and_cdrs_without_bookings() {
    for scenario in ["feeder-small", "group-small"] {
        let dir = tempdir().expect("a folder");
        let all = exported(dir.path(), scenario, &["--days", "2"]);
        assert!(all["bookings"].is_empty() && all["booking_locations"].is_empty());
        assert!(!all["tariffs"].is_empty(), "{scenario}");
        assert!(all["cdrs"].iter().all(|c| c.get("booking_id").is_none()), "{scenario}");
    }
}

#[test]
fn version_2_2_1_has_its_own_prices_and_no_bookings() {
    let dir = tempdir().expect("a folder");
    expect_code(dir.path(), &["run", "park-small", "-o", "r"], 0);
    let args = ["export", "ocpi", "r", "-o", "old", "--version", "2.2.1"];
    let err = expect_code(dir.path(), &args, 0);
    assert!(err.contains("bookings"), "{err}");
    let out = dir.path().join("old");
    assert!(!out.join("bookings.jsonl").exists());
    assert_valid(&out, Spec::V221);
    let cdrs = objects(&out, "cdrs");
    assert!(cdrs.iter().all(|c| c["total_cost"]["excl_vat"].is_f64()));
    let err = expect_code(dir.path(), &args, 1);
    assert!(err.contains("exists"), "{err}");
    let unknown = ["export", "ocpi", "r", "-o", "x", "--version", "9"];
    let err = expect_code(dir.path(), &unknown, 2);
    assert!(err.contains("2.3.0"), "{err}");
}

#[test]
fn exported_sessions_and_cdrs_are_replayed_with_their_energies_and_times() {
    let dir = tempdir().expect("a folder");
    expect_code(dir.path(), &["run", "park-small", "--days", "2", "-o", "r"], 0);
    expect_code(dir.path(), &["export", "ocpi", "r", "-o", "out"], 0);
    for file in ["sessions", "cdrs"] {
        let scenario = format!(
            "model = 'park'\nname = 'again'\nstart = '2016-05-29T00:00:00+08:00'\ndays = 2\n[fleet.replay]\nfile = 'out/{file}.jsonl'\n"
        );
        std::fs::write(dir.path().join("again.toml"), scenario).expect("a file");
        let again = format!("again-{file}");
        let args = ["run", "again.toml", "--set", "warmup_days=0", "-o", again.as_str()];
        expect_code(dir.path(), &args, 0);
        // Ended sessions that began in the record, by instants in milliseconds.
        let wanted: Vec<(i64, i64, f64)> = table(&dir.path().join("r"), "sessions")
            .rows_of(["arrival", "departure", "energy_charged_kwh"])
            .into_iter()
            .filter(|[a, d, kwh]| *a >= 1.464_451_2e15 && d.is_finite() && *kwh > 0.0)
            .map(|[a, d, kwh]| ((a / 1e3).floor() as i64, (d / 1e3).floor() as i64, kwh))
            .collect();
        let got: Vec<(i64, i64, f64)> = table(&dir.path().join(&again), "stays")
            .rows_of(["arrival", "departure", "energy_charged_kwh"])
            .into_iter()
            .filter(|[a, d, _]| a.is_finite() && d.is_finite())
            .map(|[a, d, kwh]| ((a / 1e3).floor() as i64, (d / 1e3).floor() as i64, kwh))
            .collect();
        let mut missed = Vec::new();
        for (arrival, departure, kwh) in &wanted {
            let same = |s: &&(i64, i64, f64)| {
                (s.0, s.1) == (*arrival, *departure) && (s.2 - kwh).abs() < 1e-3
            };
            if !got.iter().any(|s| same(&s)) {
                missed.push((*arrival, *departure, *kwh));
            }
        }
        assert!(wanted.len() > 50, "{file}: {} sessions", wanted.len());
        // What lies within one settlement period cannot be charged again, which the replay says.
        assert!(
            missed.len() * 20 <= wanted.len(),
            "{file}: {} of {} missed: {missed:?}",
            missed.len(),
            wanted.len()
        );
    }
    expect_code(dir.path(), &["fit", "out/cdrs.jsonl", "-o", "b.toml", "--time-zone", "+08:00"], 0);
    let laws = std::fs::read_to_string(dir.path().join("b.toml")).expect("laws");
    assert!(laws.contains("punctuality"), "bookings are in CDRs: {laws}");
}

/// A table's rows as numbers of three columns.
trait Rows {
    fn rows_of(&self, names: [&str; 3]) -> Vec<[f64; 3]>;
}

impl Rows for DataTable {
    fn rows_of(&self, names: [&str; 3]) -> Vec<[f64; 3]> {
        let columns = names.map(|name| &self.column(name).expect("a column").cells);
        let number = |cell: &Cell| match cell {
            Cell::Instant { us, .. } => *us as f64,
            other => other.text().parse().unwrap_or(f64::NAN),
        };
        (0..self.rows()).map(|k| columns.map(|cells| number(&cells[k]))).collect()
    }
}

#[test]
fn terms_of_a_scenario_come_back_where_ocpi_can_say_them() {
    let dir = tempdir().expect("a folder");
    let sets = [
        ("cancellation.late_window_min", "90.0"),
        ("cancellation.late_cny", "1.5"),
        ("penalty.no_show_cny", "4.0"),
        ("booking.shortest_min", "30.0"),
        ("booking.longest_min", "180.0"),
        ("booking.setup_min", "10.0"),
        ("behaviour.hoarding.enabled", "true"),
        ("walk_in.enabled", "true"),
        ("tariff.ev.hours", "[6.5, 10.0, 22.0]"),
        ("tariff.ev.prices", "[0.75, 1.25, 0.5]"),
    ];
    let text: String = sets.iter().map(|(k, v)| format!("{k} = {v}\n")).collect();
    let head = "model = 'park'\nname = 'mine'\nstart = '2016-05-29T00:00:00+08:00'\n";
    std::fs::write(dir.path().join("mine.toml"), format!("{head}{text}")).expect("a file");
    let err = expect_code(dir.path(), &["export", "ocpi", "mine.toml", "-o", "out"], 0);
    for lost in ["penalty.k", "noshow_timeout", "reminder", "free_window"] {
        assert!(err.contains(lost), "{lost} is lost and not told: {err}");
    }
    assert_valid(&dir.path().join("out"), Spec::V230);
    expect_code(dir.path(), &["import", "ocpi", "out", "-o", "terms.toml"], 0);
    let terms = std::fs::read_to_string(dir.path().join("terms.toml")).expect("keys");
    // On a scenario that has none of them, the terms make the same values.
    std::fs::write(dir.path().join("other.toml"), format!("{head}{terms}")).expect("a file");
    expect_code(dir.path(), &["validate", "other.toml"], 0);
    let loaded = |name: &str| {
        let path = dir.path().join(name).display().to_string();
        scenario::Scenario::load(&path, &[]).expect("valid").scenario
    };
    let (a, b) = (loaded("mine.toml"), loaded("other.toml"));
    assert_eq!(a.market.booking, b.market.booking);
    assert_eq!(a.market.cancellation, b.market.cancellation);
    assert_eq!(a.market.penalty, b.market.penalty);
    assert_eq!(a.market.walk_in, b.market.walk_in);
    // A fee on top is inside the prices then.
    for hour in (0..48).map(|k| f64::from(k) / 2.0) {
        let [x, y] = [&a, &b].map(|s| s.tariff.ev.at_hour(hour).value());
        assert!((x - y).abs() < 1e-9, "{hour} h: {x} is not {y}");
    }
    let hoards = |s: &scenario::Scenario| s.fleet.spec.segments[0].behaviour.model.hoarding;
    assert_eq!(hoards(&a), hoards(&b));
    // The terms go out again as they came in.
    expect_code(dir.path(), &["export", "ocpi", "other.toml", "-o", "again"], 0);
    for file in ["tariffs", "booking_locations"] {
        assert_eq!(
            objects(&dir.path().join("out"), file),
            objects(&dir.path().join("again"), file)
        );
    }
}

#[test]
fn an_operators_own_tariff_becomes_keys_and_what_is_lost_is_told() {
    let dir = tempdir().expect("a folder");
    let write = |name: &str, value: &Value| {
        std::fs::write(dir.path().join(name), value.to_string()).expect("a file");
    };
    let component = |kind: &str, price: f64| json!({ "type": kind, "price": price, "vat": 20, "step_size": 600 });
    let of = |kind: &str, price: f64, restrictions: Value| json!({ "price_components": [component(kind, price)], "restrictions": restrictions });
    let tariff = json!({ "country_code": "DE", "party_id": "ALL", "id": "20", "currency": "EUR",
        "elements": [
            of("FLAT", 4.0, json!({ "reservation": "RESERVATION_EXPIRES" })),
            of("TIME", 2.0, json!({ "reservation": "RESERVATION" })),
            of("ENERGY", 0.3, json!({ "start_time": "22:00", "end_time": "06:00" })),
            json!({ "price_components": [component("ENERGY", 0.5), component("FLAT", 0.5)] }),
        ], "tax_included": "NO", "last_updated": "2024-01-01T00:00:00Z" });
    write("t.json", &json!([tariff]));
    let err = expect_code(dir.path(), &["import", "ocpi", "t.json", "-o", "k.toml"], 0);
    for lost in ["2 EUR for a booking (TIME)", "0.5 EUR for charging (FLAT)", "taxes", "step_size"]
    {
        assert!(err.contains(lost), "{lost}: {err}");
    }
    let keys = std::fs::read_to_string(dir.path().join("k.toml")).expect("keys");
    for line in
        ["no_show_cny = 4.0", "hours = [6.0, 22.0]", "prices = [0.5, 0.3]", "currency = \"EUR\""]
    {
        assert!(keys.contains(line), "{line}: {keys}");
    }
    let err = expect_code(dir.path(), &["import", "ocpi", "t.json", "-o", "k.toml"], 1);
    assert!(err.contains("--overwrite"), "{err}");
    let mut other = tariff.clone();
    other["id"] = json!("21");
    other["elements"][0]["price_components"][0]["price"] = json!(5.0);
    write("two.json", &json!({ "data": [tariff, other] }));
    let err = expect_code(dir.path(), &["import", "ocpi", "two.json", "-o", "x.toml"], 2);
    assert!(err.contains("--tariff") && err.contains("20, 21"), "{err}");
    expect_code(dir.path(), &["import", "ocpi", "two.json", "--tariff", "21", "-o", "x.toml"], 0);
    std::fs::write(dir.path().join("bad.jsonl"), "{\"id\": \"a\"}\n{\"elements\": [{}]}\n")
        .expect("a file");
    let err = expect_code(dir.path(), &["import", "ocpi", "bad.jsonl", "-o", "y.toml"], 3);
    assert!(err.contains("bad.jsonl:2"), "{err}");
}

#[test]
fn a_flat_fee_is_paid_by_whoever_does_not_come_and_keeps_others_coming() {
    let dir = tempdir().expect("a folder");
    let run = |out: &str, sets: &[&str]| {
        let mut args = vec!["run", "park-small", "--days", "3", "-o", out];
        sets.iter().for_each(|set| args.extend(["--set", set]));
        expect_code(dir.path(), &args, 0);
        let reservations = table(&dir.path().join(out), "reservations");
        let ids = reservations.numbers("booking_id").expect("ids");
        let status = reservations.texts("status").expect("words");
        let penalty = reservations.numbers("penalty_cny").expect("numbers");
        let mut of: BTreeMap<i64, f64> = BTreeMap::new();
        for k in (0..ids.len()).filter(|k| status[*k] == "defaulted") {
            *of.entry(ids[k] as i64).or_default() += penalty[k];
        }
        of
    };
    let fee =
        ["penalty.k=[0.0, 0.0, 0.0]", "penalty.no_show_cny=5.0", "behaviour.response=\"none\""];
    let paid = run("fee", &fee);
    assert!(!paid.is_empty() && paid.values().all(|x| (x - 5.0).abs() < 1e-9), "{paid:?}");
    // Whoever does not answer to penalties comes as often as without the fee.
    let free = run("free", &[fee[0], fee[2]]);
    assert_eq!(free.len(), paid.len());
    let answered = run("answered", &[fee[0], "penalty.no_show_cny=50.0"]);
    let ignored = run("ignored", &[fee[0]]);
    assert!(answered.len() < ignored.len(), "{} of {}", answered.len(), ignored.len());
}
