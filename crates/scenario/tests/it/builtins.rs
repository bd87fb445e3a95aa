//! The built-in scenarios are right, and so is everything that is made of them.

use scenario::{
    Repeat, Scenario, SeriesSource, builtin_names, init, load_series, resolved_toml, show,
};
use std::path::Path;

fn load(name: &str, sets: &[&str]) -> scenario::Loaded {
    let sets: Vec<String> = sets.iter().map(|s| (*s).to_owned()).collect();
    Scenario::load(name, &sets).unwrap_or_else(|problems| panic!("{name} {sets:?}:\n{problems}"))
}

#[test]
fn every_builtin_loads_with_its_series() {
    for name in builtin_names() {
        let loaded = load(name, &[]);
        assert_eq!(loaded.scenario.name, name);
        assert!(loaded.scenario.description.len() > 10);
        assert_eq!(loaded.warnings, [], "{name}");
        load_series(&loaded).unwrap_or_else(|problems| panic!("{name}:\n{problems}"));
    }
}

#[test]
fn the_park_is_the_published_one() {
    let loaded = load("park", &[]);
    let s = &loaded.scenario;
    assert_eq!(s.fleet.spec.head_counts().expect("right"), [159, 159]);
    assert_eq!((s.market.access.piles, s.periods(), s.start.offset_s), (48, 96, 28_800));
    let data = load_series(&loaded).expect("right");
    let kwh = |values: &[f64]| values.iter().sum::<f64>() * 0.25;
    assert!((kwh(data.load_kw.values()) - 46_793.34).abs() < 1e-6);
    // 37.8 MWh of wind and PV.
    assert!((kwh(data.wind_kw.values()) + kwh(data.pv_kw.values()) - 37_770.0).abs() < 10.0);
    assert_eq!(s.tariff.ev.at_hour(8.0).value(), 1.411 + 0.40);
    assert!(s.tariff.is_peak(7.0) && !s.tariff.is_peak(11.0));
}

#[test]
fn what_show_prints_is_the_same_scenario() {
    for name in builtin_names() {
        let text = show(name).expect("a built-in scenario");
        let shown = Scenario::parse("shown", &text, Path::new(""), &[])
            .unwrap_or_else(|problems| panic!("{name}:\n{problems}"));
        let original = load(name, &[]);
        assert_eq!(shown.scenario, original.scenario, "{name}");
    }
}

#[test]
fn what_was_resolved_is_the_same_scenario_with_origins() {
    let loaded = load(
        "park",
        &[
            "penalty.scale=3",
            "series.wind.builtin=park_wind_day41",
            "behaviour.model=norms",
            "outage=[{piles=3,from_h=1,to_h=2}]",
        ],
    );
    let text = resolved_toml(&loaded);
    assert!(text.contains("scale = 3.0  # --set penalty.scale=3"), "{text}");
    assert!(text.contains("piles = 48  # file, line"), "{text}");
    assert!(text.contains("shortest_min = 60.0  # default"), "{text}");
    let again = Scenario::parse("resolved", &text, Path::new(""), &[])
        .unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(again.scenario, loaded.scenario);
}

#[test]
fn the_hash_depends_on_values_alone() {
    let plain = load("park", &[]).scenario.hash;
    assert_eq!(plain.len(), 64);
    assert_eq!(load("park", &["penalty.scale=1"]).scenario.hash, plain);
    assert_ne!(load("park", &["penalty.scale=2"]).scenario.hash, plain);
}

#[test]
fn a_year_can_be_run_day_after_day() {
    let sets = [
        "days=28",
        "series.wind.builtin=park_wind_2016",
        "series.wind.repeat=consecutive",
        "series.wind.first_day=120",
    ];
    let loaded = load("park", &sets);
    assert_eq!(loaded.scenario.series.wind.repeat, Repeat::Consecutive);
    assert_eq!(loaded.scenario.series.wind.source, SeriesSource::Builtin("park_wind_2016".into()));
    let data = load_series(&loaded).expect("long enough");
    assert_eq!(data.wind_kw.values().len(), 29 * 96);
    // Days differ, and the warm-up is the day before the first.
    assert_ne!(data.wind_kw.at(0), data.wind_kw.at(96));
    assert_eq!(data.wind_kw.at(-96), data.wind_kw.values()[0]);
}

#[test]
fn init_copies_and_never_overwrites() {
    let dir = tempfile::tempdir().expect("a folder for the test");
    let files = init("park-small", dir.path()).expect("an empty folder");
    assert_eq!(files.len(), 3, "scenario, README and a sample of a table of people");
    load(&files[0].display().to_string(), &[]);
    assert!(init("park-small", dir.path()).unwrap_err().to_string().contains("exists already"));
    assert!(init("prk", dir.path()).unwrap_err().to_string().contains("nearest name is `park`"));
}

#[test]
fn the_group_is_the_published_one_at_any_resolution() {
    for periods in ["24", "96"] {
        let loaded = load("group", &[&format!("periods_per_day={periods}")]);
        let params = loaded.scenario.group_params().expect("a group");
        params.check().expect("right");
        assert_eq!(params.fleet.head_counts().expect("right"), [225, 109, 58, 70, 38]);
        let gap = |kw: &[f64]| {
            kw.iter().fold(0.0_f64, |a, &b| a.max(b)) - kw.iter().fold(f64::MAX, |a, &b| a.min(b))
        };
        let gaps: Vec<f64> =
            params.microgrids.iter().map(|grid| gap(&grid.net_load_kw())).collect();
        assert_eq!(gaps, [1638.0, 1478.0, 1488.0]);
        let published = group::GroupParams::published(params.horizon.periods);
        assert_eq!(
            (params.price, params.upper, params.lower),
            (published.price, published.upper, published.lower)
        );
    }
    assert_eq!(load("park", &[]).scenario.group_params(), None);
}

#[test]
fn the_feeder_is_the_published_one() {
    let loaded = load("feeder", &[]);
    let scenario::Model::Feeder(rules) = &loaded.scenario.model else { panic!("a feeder") };
    assert_eq!(rules.renewables.iter().map(|r| r.power_kw).sum::<f64>(), 3800.0); // 13 PV plants of 3,600 kW and 200 kW of wind
    assert_eq!((rules.diesels.len(), rules.capacitors.len()), (1, 3));
    let none = load("feeder", &["feeder.diesel=[]", "feeder.pv=[]"]);
    let scenario::Model::Feeder(rules) = &none.scenario.model else { panic!("a feeder") };
    assert_eq!((rules.diesels.len(), rules.renewables.len()), (0, 1));
    let again = Scenario::parse("resolved", &resolved_toml(&none), Path::new(""), &[])
        .unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(again.scenario, none.scenario, "an empty list stays empty");
}

#[test]
fn a_switched_off_table_warns_of_its_keys() {
    let warnings = load("park", &["tickets.enabled=false", "tickets.alpha=0.5"]).warnings;
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].message.contains("`tickets.alpha` has no effect"), "{}", warnings[0]);
}

#[test]
fn lengths_in_time_are_the_same_day_in_any_number_of_periods() {
    for (per_day, booking, lengths, every, published, horizons, least_on) in [
        (96, (4, 16), vec![4, 8, 12, 16], 4, 96, (96, 24), 4),
        (48, (2, 8), vec![2, 4, 6, 8], 2, 48, (48, 12), 2),
        (24, (1, 4), vec![1, 2, 3, 4], 1, 24, (24, 6), 1),
    ] {
        let s = load("park", &[&format!("periods_per_day={per_day}")]).scenario;
        let (m, turbine) = (&s.market, s.plant.spec.turbine.expect("the park has one"));
        assert_eq!((m.booking.min_periods, m.booking.max_periods), booking, "{per_day}");
        assert_eq!(m.discharge.lengths, lengths, "{per_day}");
        assert_eq!((m.pricing.reprice_every, m.pricing.published), (every, published));
        assert_eq!((s.schedule.horizon, s.plant.spec.horizon), horizons, "{per_day}");
        assert_eq!((turbine.min_on, turbine.min_off), (least_on, least_on), "{per_day}");
    }
}

#[test]
fn a_length_in_periods_overrides_and_both_are_refused() {
    let s = load("park", &["booking.min_periods=2", "plant.turbine.min_on=9"]).scenario;
    assert_eq!((s.market.booking.min_periods, s.market.booking.max_periods), (2, 16));
    assert_eq!(s.plant.spec.turbine.expect("the park has one").min_on, 9);
    for (new, old) in [
        ("booking.shortest_min=60", "booking.min_periods=4"),
        ("booking.longest_min=60", "booking.max_periods=4"),
        ("discharge.lengths_min=[60]", "discharge.lengths=[4]"),
        ("pricing.reprice_min=60", "pricing.reprice_every=4"),
        ("pricing.published_h=24", "pricing.published=96"),
        ("schedule.horizon_h=24", "schedule.horizon=96"),
        ("plant.horizon_h=6", "plant.horizon=24"),
        ("plant.turbine.min_on_min=60", "plant.turbine.min_on=4"),
        ("plant.turbine.min_off_min=60", "plant.turbine.min_off=4"),
    ] {
        let sets = [new.to_owned(), old.to_owned()];
        let problems = Scenario::load("park", &sets).expect_err("both are given").to_string();
        assert!(
            problems.contains("exclude each other") && problems.contains("give one of them"),
            "{new}, {old}: {problems}"
        );
    }
}

#[test]
fn weekends_have_laws_of_their_own_and_what_is_not_given_is_as_on_workdays() {
    let shops = "fleet.segment=[{name=\"shops\",share=1.0,arrival={law=\"fixed\",value=10},departure={law=\"fixed\",value=18},\
                 trip_probability=0.9,weekend={arrival={law=\"fixed\",value=12},trip_probability=0.4}}]";
    let loaded = load("park", &[shops]);
    let segment = &loaded.scenario.fleet.spec.segments[0];
    let weekend = segment.on(population::KindOfDay::Weekend);
    assert_eq!((segment.arrival.quantile(0.5), weekend.arrival.quantile(0.5)), (10.0, 12.0));
    assert_eq!((segment.trip_probability, weekend.trip_probability), (0.9, 0.4));
    assert_eq!(weekend.departure, segment.departure);
    let again = Scenario::parse("resolved", &resolved_toml(&loaded), Path::new(""), &[])
        .unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(again.scenario, loaded.scenario);
    let wrong = Scenario::load("park", &[shops.replace("0.4", "1.4")]).expect_err("a share");
    assert!(wrong.to_string().contains("weekend.trip_probability"), "{wrong}");
}
