//! `--set`: what can be overridden, and what is said if it cannot.

use population::{AttendanceLaw, Law, ResponseMode, SegmentSize};
use scenario::{Problems, Scenario};

fn with(sets: &[&str]) -> Result<Scenario, Problems> {
    let sets: Vec<String> = sets.iter().map(|s| (*s).to_owned()).collect();
    Scenario::load("park", &sets).map(|loaded| loaded.scenario)
}

#[test]
fn values_are_toml_or_bare_words() {
    let s = with(&[
        "penalty.scale=3",
        "behaviour.response=none",
        "tickets.enabled=false",
        "penalty.k=[0, 0.1, 0.2]",
        "name=try-1",
    ])
    .expect("right");
    assert_eq!(s.market.penalty.scale, 3.0);
    assert_eq!(s.fleet.spec.segments[0].behaviour.response.mode, ResponseMode::None);
    assert!(!s.market.tickets.enabled);
    assert_eq!(s.market.penalty.k, [0.0, 0.1, 0.2]);
    assert_eq!(s.name, "try-1");
    assert_eq!(with(&["seed=1", "seed=2"]).expect("right").seeds.seed, 2, "the last one wins");
}

#[test]
fn segments_are_addressed_by_name_or_number() {
    let s = with(&[
        "fleet.segment.workers.share=0.25",
        "fleet.segment.1.share=0.75",
        "fleet.segment.workers.arrival.mean=9",
    ])
    .expect("right");
    assert_eq!(s.fleet.spec.segments[0].size, SegmentSize::Share(0.25));
    assert_eq!(s.fleet.spec.segments[1].size, SegmentSize::Share(0.75));
    assert_eq!(s.fleet.spec.segments[0].arrival, Law::normal(9.0, 0.9));
}

#[test]
fn one_key_of_the_fleet_moves_every_segment() {
    for share in [0.0, 0.3, 1.0] {
        let s = with(&[&format!("fleet.v2g_share={share}")]).expect("right");
        assert!(s.fleet.spec.segments.iter().all(|segment| segment.v2g_share == share));
    }
    let s = with(&["fleet.v2g_share=0.3", "fleet.segment.workers.v2g_share=0.9"]).expect("right");
    assert_eq!(
        [s.fleet.spec.segments[0].v2g_share, s.fleet.spec.segments[1].v2g_share],
        [0.9, 0.3]
    );
}

#[test]
fn an_arm_of_an_experiment_is_a_segment_with_a_treatment() {
    let s = with(&[
        "fleet.segment.workers.treatment.reminder=false",
        "fleet.segment.workers.behaviour.model=norms",
    ])
    .expect("right");
    let [workers, residents] = s.fleet.spec.segments.as_slice() else { panic!("two segments") };
    assert_eq!((workers.treatments.reminder, residents.treatments.reminder), (Some(false), None));
    assert!(matches!(workers.behaviour.model.attendance, AttendanceLaw::Norms(_)));
    assert!(matches!(residents.behaviour.model.attendance, AttendanceLaw::Response));
}

#[test]
fn grid_price_scales_both_tariffs() {
    let s = with(&["tariff.grid.scale=2", "tariff.ev.service_fee=0.5"]).expect("right");
    assert!((s.tariff.grid.at_hour(8.0).value() - 2.822).abs() < 1e-12);
    assert!((s.tariff.ev.at_hour(8.0).value() - 3.322).abs() < 1e-12);
}

#[test]
fn wrong_overrides_are_shown_in_their_own_text() {
    let cases = [
        ("penalty.scle=3", "unknown_key", "penalty.scale"),
        ("penalty.scale", "bad_override", "key.path=VALUE"),
        ("=3", "bad_override", "key.path=VALUE"),
        ("penalty..scale=3", "bad_override", "key.path=VALUE"),
        ("penalty.scale=-1", "out_of_range", "0 to 100"),
        ("penalty.scale=three", "wrong_type", "0 to 100"),
        ("penalty.scale=nan", "not_finite", "0 to 100"),
        ("fleet.segment.nobody.share=0.5", "bad_override", "name or their number"),
        ("fleet.segment.7.share=0.5", "bad_override", "name or their number"),
        ("seed.x=3", "bad_override", "no such element"),
    ];
    for (set, code, words) in cases {
        let problems = with(&[set]).expect_err(set);
        let problem = &problems.list[0];
        assert_eq!(problem.code.word(), code, "{set}:\n{problems}");
        assert_eq!(problem.file, format!("--set {set}"));
        assert!(problem.to_string().contains(words), "{set}: {problem}");
    }
}

#[test]
fn problems_are_json_for_programs() {
    let problems = with(&["penalty.scle=3"]).expect_err("a misspelt key");
    let json = problems.json();
    assert_eq!(json[0]["code"], "unknown_key");
    assert_eq!(json[0]["line"], 1);
    assert_eq!(json[0]["key"], "penalty.scle");
    assert!(json[0]["help"].as_str().expect("a text").contains("penalty.scale"));
}

#[test]
fn names_of_scenarios_are_guessed() {
    let problems = Scenario::load("prak", &[]).expect_err("misspelt");
    assert!(problems.to_string().contains("`park`"), "{problems}");
    let problems = Scenario::load("nowhere/scenario.toml", &[]).expect_err("no such file");
    assert!(problems.to_string().contains("there is no file nowhere/scenario.toml"), "{problems}");
}
