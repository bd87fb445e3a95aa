//! A group of microgrids, run through the program and in memory: the day's plan, and what becomes
//! of it.

use crate::tool::{expect_code, hashes, manifest, rows_of};
use domain::{FactKind, Purpose, Rows, Span, Time, ZoneId};
use gridflock::{Run, RunOptions};
use group::{COMMERCIAL_KW, OFFICE_KW, RESIDENTIAL_KW};
use std::path::Path;
use tables::DataTable;
use tempfile::tempdir;

/// A column of numbers of a table of a run, nulls as NaN.
fn column(run: &Path, table: &str, name: &str) -> Vec<f64> {
    let table = DataTable::read(&run.join(table)).expect("a table");
    table
        .optional_numbers(name)
        .expect("a column of numbers")
        .into_iter()
        .map(|x| x.unwrap_or(f64::NAN))
        .collect()
}

/// The lines of a scenario of its own, written to a file.
fn file(folder: &Path, text: &str) -> String {
    let path = folder.join("own.toml");
    std::fs::write(&path, format!("model = \"group\"\nstart = 2016-05-29T00:00:00+08:00\n{text}"))
        .expect("a file can be written");
    path.to_string_lossy().into_owned()
}

/// f1 and f2 of the plan that came into force at `t`, from its targets: squared deviations of net
/// load from each zone's mean, and charging at its price.
fn objectives(rows: &Rows, t: Time, h: f64) -> [f64; 2] {
    let targets: Vec<_> =
        rows.facts.iter().filter(|f| f.kind == FactKind::ZoneTarget && f.t == t).collect();
    let mut zones: Vec<ZoneId> = targets.iter().map(|f| f.zone).collect();
    zones.dedup();
    let deviation = |zone: &ZoneId| {
        let net: Vec<f64> = targets.iter().filter(|f| f.zone == *zone).map(|f| f.power).collect();
        let mean = net.iter().sum::<f64>() / net.len() as f64;
        net.iter().map(|x| (x - mean).powi(2)).sum::<f64>() * h
    };
    [zones.iter().map(deviation).sum(), targets.iter().map(|f| f.energy * f.price).sum()]
}

#[test]
fn a_run_leaves_a_front_and_every_other_table() {
    let dir = tempdir().expect("a folder");
    expect_code(dir.path(), &["run", "group-small", "-o", "run"], 0);
    let run = dir.path().join("run");
    assert_eq!(manifest(&run)["status"], "complete");
    assert_eq!(
        manifest(&run)["tables"].as_array().expect("tables").len(),
        record::Table::ALL.len()
    );
    assert!(column(&run, "pareto.parquet", "f1_kw2").len() > 3);
    let delivered = column(&run, "balance.parquet", "delivered_p_kw");
    let target = column(&run, "balance.parquet", "target_p_kw");
    assert_eq!(delivered.len(), 3 * 24);
    assert!(
        delivered.iter().zip(&target).all(|(d, t)| (d - t).abs() < 0.1),
        "{delivered:?} {target:?}"
    );
}

#[test]
fn both_objectives_follow_from_the_targets_and_prices_of_each_day() {
    for sets in [&["days=2"][..], &["upper.solver=\"nsga2\"", "periods_per_day=48"]] {
        let rows = rows_of("group-small", sets);
        let h = if sets.len() == 1 { 1.0 } else { 0.5 };
        let chosen: Vec<_> = rows.pareto.iter().filter(|p| p.chosen).collect();
        assert_eq!(chosen.len(), 3 - sets.len());
        for p in chosen {
            let [f1, f2] = objectives(&rows, p.t, h);
            assert!(
                (f1 / p.f1_kw2 - 1.0).abs() < 1e-9 && (f2 / p.f2_cny - 1.0).abs() < 1e-9,
                "{f1} {f2} {p:?}"
            );
        }
    }
}

#[test]
fn participants_leave_as_full_as_they_want_and_the_swarm_comes_near() {
    let error = |rows: &Rows| {
        let ended: Vec<_> = rows.stays.iter().filter(|s| s.departure != Time::NONE).collect();
        (ended.iter().map(|s| (s.soc_departure - s.soc_target).powi(2)).sum::<f64>()
            / ended.len() as f64)
            .sqrt()
    };
    let exact = rows_of("group-small", &["participation.share=0.6"]);
    assert!(exact.facts.iter().filter(|f| f.kind == FactKind::ChargePlanned).count() >= 50);
    assert!(error(&exact) < 1e-4, "{}", error(&exact));
    let swarm = rows_of(
        "group-small",
        &["participation.share=0.6", "lower.solver=\"pso\"", "lower.pso.iterations=200"],
    );
    assert!(error(&swarm) > error(&exact) && error(&swarm) < 0.08, "{}", error(&swarm));
}

#[test]
fn a_larger_share_contains_the_smaller_and_flattens_the_day() {
    let following =
        |rows: &Rows| rows.evs.iter().filter(|e| e.participates).map(|e| e.ev).collect::<Vec<_>>();
    let gap = |rows: &Rows| {
        let sum = |k: i64| {
            rows.balance
                .iter()
                .filter(|b| b.period_start == Time::from_hours(k as f64))
                .map(|b| b.delivered_p_kw)
                .sum::<f64>()
        };
        let day: Vec<f64> = (0..24).map(sum).collect();
        day.iter().copied().fold(0.0, f64::max) - day.iter().copied().fold(f64::INFINITY, f64::min)
    };
    let paid = |rows: &Rows| {
        rows.ledger.iter().filter(|l| l.purpose == Purpose::WalkIn).map(|l| l.amount.0).sum::<i64>()
    };
    let runs = ["0", "0.2", "0.6"]
        .map(|share| rows_of("group", &[&format!("participation.share={share}")]));
    let [nobody, few, many] = runs.each_ref().map(following);
    assert_eq!([nobody.len(), few.len(), many.len()], [0, 100, 300]);
    assert!(few.iter().all(|ev| many.contains(ev)));
    let [a, b, c] = runs.each_ref().map(gap);
    assert!(a > b && b > c, "{a} {b} {c}");
    let [a, b, c] = runs.each_ref().map(paid);
    assert!(a > b && b > c, "{a} {b} {c}");
}

#[test]
fn import_keeps_to_a_tight_exchange_limit() {
    let dir = tempdir().expect("a folder");
    let areas = [
        ("residential", RESIDENTIAL_KW, 1750.0),
        ("office", OFFICE_KW, 3000.0),
        ("commercial", COMMERCIAL_KW, 3000.0),
    ];
    let area = |(name, net, limit): (&str, [f64; 24], f64)| {
        format!(
            "[[microgrid]]\nname = \"{name}\"\nnet_load_kw = {net:?}\nexchange_kw_max = {limit:?}\n"
        )
    };
    let text = format!("participation.share = 0.3\n{}", areas.map(area).concat());
    let scenario = file(dir.path(), &text);
    let limited = rows_of(&scenario, &[]);
    let most = |rows: &Rows| {
        rows.balance.iter().filter(|b| b.zone == ZoneId(1)).map(|b| b.grid_kw).fold(0.0, f64::max)
    };
    assert!(most(&limited) <= 1750.0 + 1e-6, "{}", most(&limited));
    assert!(most(&rows_of("group", &["participation.share=0.3"])) > 1800.0);
    // Whoever charges on arrival is delayed, and nobody is forgotten.
    let unmet: f64 =
        limited.stays.iter().filter(|s| s.departure != Time::NONE).map(|s| s.unmet_kwh).sum();
    let needed: f64 = limited.stays.iter().map(|s| s.energy_needed_kwh).sum();
    assert!(unmet < 0.02 * needed, "{unmet} of {needed}");
}

#[test]
fn who_comes_and_leaves_otherwise_than_announced_is_served_as_far_as_the_stay_allows() {
    let sets = [
        "participation.share=0.6",
        "participation.arrival_error_h=1",
        "participation.departure_error_h=0.5",
        "days=2",
    ];
    let rows = rows_of("group", &sets);
    let late = rows
        .stays
        .iter()
        .filter(|s| s.arrival != Time::NONE && s.planned_arrival != s.arrival)
        .count();
    assert!(late > rows.stays.len() / 2);
    let (unmet, needed) =
        rows.stays.iter().fold((0.0, 0.0), |(u, n), s| (u + s.unmet_kwh, n + s.energy_needed_kwh));
    assert!(
        rows.facts.iter().any(|f| f.kind == FactKind::EnergyShort) && unmet < 0.2 * needed,
        "{unmet} of {needed}"
    );
    assert!(rows.stays.iter().all(|s| s.soc_departure <= s.soc_target.max(s.soc_arrival) + 1e-4));
    let off: f64 = rows.balance.iter().map(|b| (b.target_p_kw - b.delivered_p_kw).abs()).sum();
    assert!(off > 100.0, "{off}");
}

#[test]
fn a_usual_day_can_stand_for_what_the_others_do() {
    let rows = rows_of("group", &["participation.others=\"expected\""]);
    let announced = rows.facts.iter().filter(|f| f.kind == FactKind::StayAnnounced);
    let following: Vec<_> = rows.evs.iter().filter(|e| e.participates).map(|e| e.ev).collect();
    assert!(announced.clone().count() > 0 && announced.clone().all(|f| following.contains(&f.ev)));
    let off: f64 =
        rows.balance.iter().map(|b| b.delivered_p_kw - b.target_p_kw).sum::<f64>() / 72.0;
    let charged: f64 = rows.balance.iter().map(|b| b.ev_charge_kw).sum::<f64>() / 72.0;
    assert!(off.abs() < 0.3 * charged, "{off} of {charged} kW");
}

#[test]
fn weather_makes_pv_and_wind_and_surplus_goes_out_up_to_the_limit() {
    let dir = tempdir().expect("a folder");
    let list = |of: &dyn Fn(usize) -> f64| {
        (0..24).map(|h| format!("{:?}", of(h))).collect::<Vec<_>>().join(", ")
    };
    let sun = list(&|h| if (9..15).contains(&h) { 0.8 } else { 0.0 });
    let text = format!(
        "fleet.evs = 20\nfleet.segment = [{{ name = \"home\", share = 1.0, zone = 1 }}]\n[[microgrid]]\nname = \"home\"\nload_kw = [{}]\n\
         exchange_kw_max = 150.0\n[microgrid.pv]\nrated_kw = 500.0\nper_kelvin = -0.004\nirradiance_kw_per_m2 = [{sun}]\ncell_c = [{}]\n\
         [microgrid.wind]\nswept_m2 = 1000.0\nspeed_m_per_s = [{}]\n",
        list(&|_| 100.0),
        list(&|_| 35.0),
        list(&|h| if h < 6 { 10.0 } else { 2.0 }),
    );
    let rows = rows_of(&file(dir.path(), &text), &[]);
    assert_eq!(rows.balance.len(), 24);
    for b in &rows.balance {
        let hour = b.period_start.hour_of_day();
        // 0.9 x 500 x 0.8 x (1 - 0.04), and 0.14 x 1.225 x 1000 x 1000 W.
        let pv = if (9.0..15.0).contains(&hour) { 345.6 } else { 0.0 };
        let wind = if hour < 6.0 { 171.5 } else { 0.0 };
        assert!(
            (b.pv_available_kw - pv).abs() < 1e-9 && (b.wind_available_kw - wind).abs() < 1e-9,
            "{b:?}"
        );
        let spilled =
            (b.pv_available_kw + b.wind_available_kw - b.load_kw - b.ev_charge_kw - 150.0).max(0.0);
        assert!((b.curtailed_kw - spilled).abs() < 1e-9 && b.grid_kw >= -150.0 - 1e-9, "{b:?}");
    }
    assert!(
        rows.balance.iter().any(|b| b.curtailed_kw > 10.0)
            && rows.balance.iter().any(|b| b.grid_kw < -10.0)
    );
}

#[test]
fn prices_follow_the_form_and_the_tariff_of_the_microgrid() {
    let dir = tempdir().expect("a folder");
    let area = |name: &str, net: [f64; 24], more: &str| {
        format!("[[microgrid]]\nname = \"{name}\"\nnet_load_kw = {net:?}\n{more}")
    };
    let flat = "[microgrid.tariff]\nhours = [0.0]\nprices = [0.9]\n";
    let areas = [
        area("residential", RESIDENTIAL_KW, ""),
        area("office", OFFICE_KW, flat),
        area("commercial", COMMERCIAL_KW, ""),
    ]
    .concat();
    let text = format!(
        "fleet.evs = 100\nprice.form = \"fee_times_load\"\nprice.fee_cny_per_kwh = 0.5\n{areas}"
    );
    let rows = rows_of(&file(dir.path(), &text), &[]);
    let price = |zone: u16, hour: f64| {
        let row = |f: &&domain::Fact| {
            f.kind == FactKind::ZoneTarget
                && f.zone == ZoneId(zone)
                && f.period_start == Time::from_hours(hour)
        };
        rows.facts.iter().find(row).expect("a target").price
    };
    // C_TOU + C_0 L / L_max: the zones differ by their tariffs alone, flat 0.9 against 0.35 by
    // night and 1.12 in the peak.
    for (hour, tou) in [(3.0, 0.35), (9.0, 1.12), (15.0, 0.70)] {
        assert!((price(2, hour) - price(1, hour) - (0.9 - tou)).abs() < 1e-9, "{hour}");
        assert!(
            (price(3, hour) - price(1, hour)).abs() < 1e-12
                && price(1, hour) > tou
                && price(1, hour) < tou + 0.5
        );
    }
}

#[test]
fn the_market_of_the_park_works_in_a_microgrid_and_the_groups_tariff_in_a_park() {
    let booked = rows_of(
        "group",
        &[
            "booking.enabled=true",
            "tickets.enabled=true",
            "access.mode=\"per_booking\"",
            "access.piles=30",
        ],
    );
    for zone in [1, 2, 3].map(ZoneId) {
        assert!(
            booked.reservations.iter().filter(|r| r.zone == zone && r.energy_kwh > 0.0).count()
                > 20,
            "zone {zone}"
        );
    }
    assert!(booked.facts.iter().any(|f| f.kind == FactKind::TicketAwarded));
    assert!(booked.facts.iter().any(|f| f.kind == FactKind::ZoneTarget));
    let tou = [
        "tariff.ev.hours=[6, 8, 11, 18, 21, 22]",
        "tariff.ev.prices=[0.7, 1.12, 0.7, 1.12, 0.7, 0.35]",
        "tariff.ev.service_fee=0",
    ];
    let park = rows_of("park-small", &tou);
    let price = |hour: f64| {
        park.prices
            .iter()
            .find(|p| !p.grid.is_nan() && p.period_start.hour_of_day() == hour)
            .map(|p| p.grid)
    };
    let group = group::group_tou(0.70, 1.6, 0.5);
    for hour in [3.0, 7.0, 9.0, 12.0, 19.0, 21.5] {
        assert!(
            (price(hour).expect("a price") - group.at_hour(hour).value()).abs() < 1e-12,
            "{hour}: {:?}",
            price(hour)
        );
    }
}

const TRAVEL: &str = "travel=[{share=0.4,by_day=\"office\"},{share=0.3,by_day=\"commercial\"}]";

#[test]
fn who_travels_charges_in_both_zones_and_is_one_vehicle() {
    let rows = rows_of("group", &[TRAVEL, "participation.share=0.5", "days=2"]);
    let home = |ev: domain::EvId| rows.evs.iter().find(|e| e.ev == ev).map(|e| e.zone);
    let away: Vec<_> = rows.stays.iter().filter(|s| home(s.ev) != Some(s.zone)).collect();
    for zone in [2, 3].map(ZoneId) {
        let here: Vec<_> =
            away.iter().filter(|s| s.zone == zone && s.departure != Time::NONE).collect();
        assert!(
            here.len() > 60 && here.iter().all(|s| home(s.ev) == Some(ZoneId(1))),
            "{} in zone {zone}",
            here.len()
        );
        // Some stays are cut short by a late departure from the other zone.
        let (unmet, needed) =
            here.iter().fold((0.0, 0.0), |(u, n), s| (u + s.unmet_kwh, n + s.energy_needed_kwh));
        assert!(needed > 100.0 && unmet < 0.02 * needed, "{unmet} of {needed} in zone {zone}");
    }
    // Every kWh of a zone's balance is a guest's or a resident's, and no EV is in two places at
    // once.
    for zone in [1, 2, 3].map(ZoneId) {
        let metered: f64 = rows
            .facts
            .iter()
            .filter(|f| f.kind == FactKind::SetPoint && f.zone == zone)
            .map(|f| f.energy)
            .sum();
        let balance: f64 =
            rows.balance.iter().filter(|b| b.zone == zone).map(|b| b.ev_charge_kw).sum();
        assert!((metered - balance).abs() < 1e-6, "zone {zone}: {metered} {balance}");
    }
    let mut stays: Vec<_> =
        rows.stays.iter().filter(|s| away.iter().any(|a| a.ev == s.ev)).collect();
    stays.sort_by_key(|s| (s.ev, s.arrival));
    assert!(stays.windows(2).all(
        |w| w[0].ev != w[1].ev || w[0].departure != Time::NONE && w[0].departure < w[1].arrival
    ));
    assert!(stays.iter().all(|s| {
        let sessions: f64 =
            rows.sessions.iter().filter(|x| x.stay == s.stay).map(|x| x.energy_charged_kwh).sum();
        s.arrival < Time::START || (sessions - s.energy_charged_kwh).abs() < 1e-6
    }));
}

#[test]
fn tables_do_not_depend_on_threads_interruption_or_the_resolved_file_but_on_the_seed() {
    let dir = tempdir().expect("a folder");
    let run = |out: &str, more: &[&str]| {
        let mut args = vec!["run", "group-small", "-o", out, "--set", "record.row_group=1024"];
        args.extend(more);
        expect_code(dir.path(), &args, 0);
        hashes(&dir.path().join(out))
    };
    let one = run("one", &["--threads", "1"]);
    assert_eq!(one, run("two", &["--threads", "2"]));
    let guests = run("guests", &["--threads", "1", "--set", TRAVEL]);
    assert_eq!(
        guests,
        run("guests2", &["--threads", "2", "--set", TRAVEL, "--checkpoint-every", "5h"])
    );
    assert_ne!(one, guests);
    assert_ne!(one["stays.parquet"], run("other", &["--seed", "2"])["stays.parquet"]);
    expect_code(dir.path(), &["run", "one/scenario.resolved.toml", "-o", "again"], 0);
    assert_eq!(one, hashes(&dir.path().join("again")));

    let options = RunOptions {
        directory: Some(dir.path().join("parts")),
        checkpoint_every: Some(Span::from_hours(5.0)),
        sets: vec!["record.row_group=1024".to_owned()],
        ..RunOptions::default()
    };
    let parts = Run::load("group-small", &options).expect("a built-in scenario");
    parts.prepare().expect("a directory");
    let evening = Time::START + Span::from_hours(19.0);
    assert!(!parts.execute(&mut |p| p.now < evening).expect("ends early").complete);
    let resumed = Run::resume(&dir.path().join("parts"), &options).expect("a checkpoint");
    assert!(resumed.execute(&mut |_| true).expect("runs").complete);
    assert_eq!(one, hashes(&dir.path().join("parts")));
}

#[test]
fn wrong_scenarios_of_a_group_name_line_and_remedy() {
    let dir = tempdir().expect("a folder");
    let day = vec!["1.0"; 24].join(", ");
    let cases = [
        ("[participation]\nshare = 1.2\n".to_owned(), "share", 4),
        ("[participation]\nothers = \"guessed\"\n".to_owned(), "announced", 4),
        ("[upper]\nsolver = \"magic\"\n".to_owned(), "nsga2", 4),
        ("[lower]\nsolver = \"swarm\"\n".to_owned(), "pso", 4),
        ("[upper.compromise]\nrule = \"best\"\n".to_owned(), "topsis", 4),
        ("[price]\nform = \"free\"\n".to_owned(), "tou_times_load", 4),
        (
            format!(
                "[[microgrid]]\nname = \"a\"\nnet_load_kw = {RESIDENTIAL_KW:?}\nexchange_kw_max = 1000.0\n"
            ),
            "1738",
            6,
        ),
        ("[[microgrid]]\nname = \"a\"\n".to_owned(), "net_load_kw", 3),
        (
            format!(
                "[[microgrid]]\nload_kw = [{day}]\n[microgrid.pv]\nirradiance_kw_per_m2 = [{day}]\ncell_c = [25.0, 30.0]\n"
            ),
            "cell_c",
            7,
        ),
        (
            format!(
                "[[microgrid]]\nload_kw = [{day}]\npv_kw = [{day}]\n[microgrid.pv]\nrated_kw = 1.0\n"
            ),
            "exclude",
            0,
        ),
        ("zones = 2\n".to_owned(), "microgrid", 3),
        ("[[travel]]\nby_day = \"lunch\"\n".to_owned(), "known: residential", 4),
        (
            "[[travel]]\nsegment = \"office\"\nby_day = \"office overnight\"\n".to_owned(),
            "another zone",
            5,
        ),
        ("[[travel]]\nshare = 0.7\n[[travel]]\nshare = 0.7\n".to_owned(), "at most 1", 4),
    ];
    for (patch, hint, line) in cases {
        let err = expect_code(dir.path(), &["run", &file(dir.path(), &patch)], 3);
        assert!(err.contains(hint), "{patch}: {err}");
        assert!(
            line == 0 || err.contains(&format!("own.toml:{line}")),
            "{patch} should name line {line}: {err}"
        );
    }
}
