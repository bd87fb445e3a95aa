//! What is wrong with a study is told with its place and a remedy.

use crate::design::Design;
use crate::{ErrorClass, Plan, StudyError, StudyFile, study_schema_json};
use std::path::Path;

const GOOD: &str = "[scenario]\nbase = 'park-small'\n";

/// The problems of a study's text.
fn problems(text: &str) -> String {
    match StudyFile::parse("study.toml", text, Path::new(""), &[]) {
        Err(error @ StudyError::Problems(_)) => {
            assert_eq!(error.class(), ErrorClass::Invalid);
            error.to_string()
        }
        other => panic!("expected problems, got {other:?}"),
    }
}

#[test]
fn bad_studies_are_refused_with_place_and_remedy() {
    let factor = |rest: &str| format!("{GOOD}[[factor]]\n{rest}\n");
    let cases = [
        (String::new(), "base", "path of a scenario"),
        ("[scenario]\nbase = 'prak'".to_owned(), "neither a file nor a built-in", "`park`"),
        (factor("name = 'penalty.skale'\nvalues = [1.0]"), "study.toml:4:", "penalty.scale"),
        (factor("name = 'penalty.scale'\nvalues = [1.0, -5.0]"), "-5", "allowed: 0"),
        (factor("name = 'penalty.scale'\nvalues = []"), "is empty", "at least one"),
        (factor("name = 'penalty.scale'\nvalues = [2, 2.0]"), "twice", "[replications]"),
        (factor("name = 'penalty.scale'\nrange = [3.0, 1.0]"), "empty", "lower end"),
        (
            factor("name = 'penalty.scale'\nrange = [0.0, 1.0]\nscale = 'log'"),
            "cannot begin at 0",
            "above 0",
        ),
        (factor("name = 'penalty.scale'\nrange = [0.0, 1000.0]"), "1000", "allowed: 0 to 100"),
        (factor("name = 'penalty.scale'"), "has no values", "range = [low, high]"),
        (factor("name = 'seed'\nvalues = [1, 2]"), "varied by replications", "[replications]"),
        (
            factor("name = 'status'\n[[factor.option]]\nname = 'x'\nset = {}"),
            "column of runs.parquet",
            "another name",
        ),
        (
            format!("{GOOD}[output]\nindicators = ['no_show_rat']"),
            "no_show_rat",
            "the nearest is \"no_show_rate\"",
        ),
        (
            format!("{GOOD}[stop]\nindicator = 'noshow_rate'\nhalf_width = 0.1"),
            "noshow_rate",
            "no_show_rate",
        ),
        (
            format!("{GOOD}[stop]\nindicator = 'no_show_rate'\nhalf_width = 0.1\nmax = 3"),
            "first batch",
            "raise",
        ),
        (format!("{GOOD}[replications]\nn = 3\nantithetic = true"), "no pairs", "even number"),
        (format!("{GOOD}[design]\nkind = 'sobol'\nn = 100"), "powers of two", "64 or 128"),
        (format!("{GOOD}[design]\nkind = 'latin_hypercube'"), "at least one [[factor]]", "factors"),
        (
            format!("{GOOD}[design]\nkind = 'table'\ntable = 'absent.csv'"),
            "absent.csv",
            "one row per point",
        ),
        (format!("{GOOD}[[contrast]]\nfactor = 'penalty'"), "no factor `penalty`", "[[factor]]"),
        (
            format!("{GOOD}[[contrast]]\nsegments = ['workers', 'robots']"),
            "\"robots\"",
            "workers, residents",
        ),
        (format!("{GOOD}[[contrast]]\npoint = 4"), "no point 4", "counted from 0"),
        (
            format!("{GOOD}overrides = {{ 'tickets.enabeld' = true }}"),
            "tickets.enabeld",
            "tickets.enabled",
        ),
        (format!("{GOOD}[desing]\nkind = 'zip'"), "desing", "design"),
        (
            format!("{GOOD}[output]\nindicators = ['bookings']\nprimary = 'co2_kg'"),
            "not among `output.indicators`",
            "add it",
        ),
        (format!("{GOOD}[output]\nprimary = 'co3_kg'"), "co3_kg", "co2_kg"),
        (
            format!("{GOOD}[[margin]]\nindicator = 'requests'\nnon_inferiority = 5"),
            "neither more nor less",
            "equivalence",
        ),
        (
            format!("{GOOD}[[margin]]\nindicator = 'bookings'\nequivalence = 0"),
            "study.toml:5:",
            "more than 0",
        ),
        (
            format!("{GOOD}[[indicator]]\nname = 'x'\nsql = 'SELECT 1 FROM fakts'"),
            "no such table: fakts",
            "study.toml:5:",
        ),
        (
            format!("{GOOD}[[indicator]]\nname = 'co2_kg'\nsql = 'SELECT 1'"),
            "an indicator already",
            "another name",
        ),
        (
            format!("{GOOD}[[indicator]]\nname = 'My Own'\nsql = 'SELECT 1'"),
            "no name",
            "fined_share",
        ),
        (
            factor(
                "name = 'penalty.scale'\nvalues = [0.0, 1.0]\n[[ratio]]\nfactor = 'penalty.scale'",
            ),
            "`of` is missing",
            "at least one indicator",
        ),
        (
            factor(
                "name = 'penalty.scale'\nvalues = [0.0, 1.0]\n[[ratio]]\nof = ['co2_kg']\nfactor = 'penalty.scale'\nvalue = 3.0",
            ),
            "never is 3",
            "its values: 0, 1",
        ),
        (
            factor(
                "name = 'penalty.scale'\nvalues = [0.0, 1.0]\n[[ratio]]\nof = ['co2_kg']\nfactor = 'penalty.scale'\nwithin = [2.0, 1.0]",
            ),
            "2 is above 1",
            "lower end first",
        ),
        (
            factor(
                "name = 'penalty.scale'\nvalues = [0.0, 1.0]\n[[ratio]]\nkind = 'odds'\nof = ['bookings']\nfactor = 'penalty.scale'",
            ),
            "`bookings` is no share",
            "write kind = \"ratio\"",
        ),
        (
            format!("{GOOD}[stop]\nindicator = 'bookings'\nhalf_width = 1\nof = 'contrast'"),
            "no contrast between points",
            "of = \"mean\"",
        ),
        (
            format!(
                "{GOOD}[replications]\nn = 2\n[stop]\nindicator = 'bookings'\nhalf_width = 1\nmax = 9"
            ),
            "not trusted before 10",
            "raise",
        ),
        (
            format!(
                "{GOOD}[stop]\nindicator = 'bookings'\nhalf_width = 1\n[output]\nindicators = ['co2_kg']"
            ),
            "nobody would see it",
            "add it",
        ),
        (
            factor("name = 'penalty.scale'\n[design]\nkind = 'cross'")
                .replace("[design]", "values = [1.0]\n[design]"),
            "role \"lever\" and one with role \"uncertainty\"",
            "factors",
        ),
        (
            factor(
                "name = 'penalty.scale'\ndistribution = { law = 'normal', mean = 1.0, sd = 0.0 }",
            ),
            "no such law",
            "above 0",
        ),
        (
            factor(
                "name = 'penalty.scale'\ndistribution = { law = 'normal', mean = 1.0, sd = 1.0 }",
            ),
            "penalty.scale",
            "allowed: 0",
        ),
        (
            factor(
                "name = 'penalty.scale'\nrange = [0, 1]\n[[correlation]]\nfactors = ['penalty.scale', 'b']\nvalue = 0.5",
            ),
            "are independent",
            "latin_hypercube",
        ),
        (
            factor(
                "name = 'penalty.scale'\nrange = [0, 1]\n[design]\nkind = 'latin_hypercube'\n[[correlation]]\nfactors = ['penalty.scale', 'penalty.skale']\nvalue = 0.5",
            ),
            "no factor `penalty.skale`",
            "penalty.scale",
        ),
        (
            format!(
                "{GOOD}[design]\nkind = 'saturation'\nsegment = 'robots'\ntreatment = {{ reminder = true }}"
            ),
            "robots",
            "workers, residents",
        ),
        (
            format!(
                "{GOOD}[design]\nkind = 'saturation'\nsegment = 'workers'\ntreatment = {{ remind = true }}"
            ),
            "remind",
            "reminder",
        ),
        (
            format!(
                "{GOOD}[design]\nkind = 'saturation'\nsegment = 'workers'\nshares = [0.5, 1]\ntreatment = {{ reminder = true }}"
            ),
            "do not rise from 0",
            "begin with 0",
        ),
    ];
    for (text, message, remedy) in cases {
        let found = problems(&text);
        assert!(
            found.contains(message) && found.contains(remedy),
            "{text}\n->\n{found}\nlacks `{message}` or `{remedy}`"
        );
    }
}

#[test]
fn all_problems_come_at_once() {
    let text = format!(
        "{GOOD}[[factor]]\nname = 'penalty.skale'\nvalues = [1]\n[[factor]]\nname = 'tickets.alpha'\nvalues = [7.0]\n[output]\nindicators = ['x']\n"
    );
    let found = problems(&text);
    assert!(
        ["penalty.skale", "tickets.alpha", "`output.indicators`"]
            .iter()
            .all(|key| found.contains(key)),
        "{found}"
    );
}

#[test]
fn a_value_is_tried_together_with_the_other_factors() {
    // behaviour.norms exists only with the model "norms".
    let text = format!(
        "{GOOD}[[factor]]\nname = 'behaviour.model'\nvalues = ['norms']\n[[factor]]\nname = 'behaviour.norms.crowding'\nvalues = [0.1, 0.9]\n"
    );
    let study =
        StudyFile::parse("study.toml", &text, Path::new(""), &[]).expect("both together are fine");
    let plan = Plan::new(study).expect("a plan");
    assert_eq!(plan.points[1].sets, ["behaviour.model=\"norms\"", "behaviour.norms.crowding=0.9"]);
}

#[test]
fn a_table_brings_its_points() {
    let temp = tempfile::tempdir().expect("a directory");
    std::fs::write(
        temp.path().join("points.csv"),
        "penalty.scale,tickets.enabled\n0,true\n2,true\n2,false\n",
    )
    .expect("writes");
    let text = format!("{GOOD}[design]\nkind = 'table'\ntable = 'points.csv'");
    let study = StudyFile::parse("study.toml", &text, temp.path(), &[]).expect("a study");
    assert!(matches!(study.design, Design::Table(_)));
    let plan = Plan::new(study).expect("a plan");
    assert_eq!(plan.points.len(), 3);
    assert_eq!(plan.points[2].sets, ["penalty.scale=2", "tickets.enabled=false"]);
    std::fs::write(temp.path().join("points.csv"), "penalty.skale\n0\n").expect("writes");
    let error = StudyFile::parse("study.toml", &text, temp.path(), &[]).expect_err("unknown key");
    assert!(error.to_string().contains("penalty.skale"), "{error}");
}

#[test]
fn overrides_of_the_study_and_of_its_scenario_reach_every_run() {
    let text = "[scenario]\nbase = 'park-small'\n[scenario.overrides]\nfleet.evs = 20\n";
    let study =
        StudyFile::parse("study.toml", text, Path::new(""), &["replications.n=3".to_owned()])
            .expect("a study");
    let plan = Plan::new(study).expect("a plan");
    assert_eq!((plan.base.scenario.fleet.spec.evs, plan.most_runs()), (20, 3));
}

#[test]
fn the_hash_knows_what_decides_the_results() {
    let hash = |text: &str| {
        Plan::new(StudyFile::parse("study.toml", text, Path::new(""), &[]).expect("a study"))
            .expect("a plan")
            .hash
    };
    let base = hash(GOOD);
    assert_eq!(base, hash(&format!("# a comment\n{GOOD}")));
    for change in [
        "[replications]\nn = 11",
        "[replications]\nseed = 5",
        "overrides = { 'fleet.evs' = 59 }",
        "[output]\nindicators = ['co2_kg']",
    ] {
        assert_ne!(base, hash(&format!("{GOOD}{change}")), "{change}");
    }
}

#[test]
fn the_schema_lists_the_keys() {
    let schema = study_schema_json().to_string();
    for key in
        ["replications", "antithetic", "half_width", "trajectories", "latin_hypercube", "overrides"]
    {
        assert!(schema.contains(key), "{key}");
    }
}
