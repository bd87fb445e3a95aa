use super::toy::plan;
use crate::settling;

#[test]
fn habits_take_days_to_settle_and_a_plain_park_does_not() {
    let plan = plan(
        "[scenario]
         base = 'park-small'
         [[factor]]
         name = 'behaviour.model'
         values = ['none', 'norms']
         [replications]
         n = 3
         [output]
         primary = 'bookings_closed'",
    );
    let found = settling(&plan, 20, 2, &|| true).expect("runs");
    assert_eq!(found.len(), 2);
    for s in &found {
        assert_eq!((s.by_day.len(), s.warmup_days), (20, 1));
        assert!(s.by_day.iter().skip(1).all(|x| *x > 0.0), "{:?}", s.by_day);
    }
    // What is written down on the days together is what a whole run writes down.
    let sets = ["behaviour.model=\"none\"", "warmup_days=0", "days=20"].map(str::to_owned);
    let loaded = plan.study.scenario(&sets).expect("a scenario");
    let prepared = std::sync::Arc::new(simulation::Prepared::read(&loaded).expect("a world"));
    let run = |draw: u32| {
        let result = crate::run_prepared(
            &prepared,
            plan.seeds_of_draw(draw),
            &std::collections::BTreeSet::new(),
            &|| true,
        );
        let rows = result.expect("a run").indicators;
        let closed = |r: &&domain::IndicatorRow| {
            r.name == "bookings_closed" && r.scope == domain::Scope::Run
        };
        rows.iter().find(closed).expect("there").value
    };
    let whole: f64 = (0..3).map(run).sum::<f64>() / 3.0;
    let days: f64 = found[0].by_day.iter().filter(|x| x.is_finite()).sum();
    assert!((whole - days).abs() <= 0.02 * whole, "{whole} and {days}");
}

#[test]
fn a_study_without_a_primary_outcome_has_nothing_to_settle() {
    let plan = plan("[scenario]\nbase = 'park-small'\n[replications]\nn = 2");
    let error = settling(&plan, 20, 1, &|| true).expect_err("refused").to_string();
    assert!(error.contains("no primary outcome"), "{error}");
}
