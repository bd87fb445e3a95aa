//! Planted truths are found through the code that studies go through.

use super::toy::plan;
use crate::analysis::{Figures, contrast_rows, flips, opposite_days, regrets};
use crate::{Job, Plan};
use clock::Group;
use domain::{IndicatorRow, Scope};

fn row(name: &str, value: f64, scope: Scope, scope_id: u32) -> IndicatorRow {
    IndicatorRow { name: name.into(), unit: "1".into(), value, scope, scope_id }
}

/// The figures of a whole plan whose runs are made by a function.
fn figures(plan: &Plan, of: impl Fn(&Job<'_>) -> Vec<IndicatorRow>) -> Figures {
    let mut figures = Figures::new(plan.most_runs() as usize);
    for run in 0..plan.most_runs() {
        figures.add(run, &of(&plan.job(run, &|| true)));
    }
    figures
}

/// The value of an override of a job.
fn value(job: &Job<'_>, key: &str) -> f64 {
    let set = job.sets.iter().find_map(|s| s.strip_prefix(&format!("{key}=")));
    set.and_then(|v| v.parse().ok()).unwrap_or(0.0)
}

fn noise(job: &Job<'_>, what: u64) -> f64 {
    job.seeds.draws(Group::Behaviour, 1, 1, what, 1).uniform() - 0.5
}

#[test]
fn a_saturation_design_tells_direct_effect_spillover_and_policy_apart() {
    let plan = plan(
        "[scenario]
         base = 'park-small'
         [design]
         kind = 'saturation'
         segment = 'workers'
         treatment = { reminder = true }
         [replications]
         n = 40",
    );
    assert_eq!(plan.points.len(), 5);
    // outcome = 1 + 0.3 own treatment - 0.2 share treated, of 40 people.
    let found = figures(&plan, |job| {
        let share = value(job, "fleet.trial.share");
        let treated = (40.0 * share).round();
        let shock = noise(job, 1);
        let outcome = |own: f64| 1.0 + 0.3 * own - 0.2 * share + 0.1 * shock + 0.02 * noise(job, 2);
        vec![
            row("evs", 40.0 - treated, Scope::Segment, 0),
            row("evs", treated, Scope::Segment, 2),
            row("bookings", (40.0 - treated) * outcome(0.0), Scope::Segment, 0),
            row("bookings", treated * outcome(1.0), Scope::Segment, 2),
        ]
    });
    let rows = contrast_rows(&plan, &found, 40);
    let of = |contrast: &str| {
        rows.iter()
            .filter(|r| r.pair.contrast == contrast && r.figure.name == "bookings_per_ev")
            .map(|r| (r.difference.difference, r.difference.ci_low, r.difference.ci_high))
            .collect::<Vec<_>>()
    };
    let holds = |(d, low, high): &(f64, f64, f64), truth: f64| {
        (d - truth).abs() < 0.01 && low - 1e-9 <= truth && truth <= high + 1e-9
    };
    assert!(of("direct effect").iter().all(|d| holds(d, 0.3)), "{:?}", of("direct effect"));
    for (d, share) in of("spillover").iter().zip([0.25, 0.5, 0.75]) {
        assert!(holds(d, -0.2 * share), "{d:?} at {share}");
    }
    assert!(of("policy").iter().all(|d| holds(d, 0.1)), "{:?}", of("policy"));
    assert_eq!((of("direct effect").len(), of("spillover").len(), of("policy").len()), (3, 3, 1));
}

#[test]
fn the_region_in_which_a_ranking_flips_is_found_and_so_is_the_regret() {
    let plan = plan(
        "[scenario]
         base = 'park-small'
         overrides = { 'behaviour.model' = 'norms' }
         [[factor]]
         name = 'penalty.scale'
         values = [0.0, 0.5]
         [[factor]]
         name = 'behaviour.norms.crowding'
         role = 'uncertainty'
         range = [0.0, 1.0]
         [[factor]]
         name = 'behaviour.norms.fine_weight'
         role = 'uncertainty'
         range = [0.0, 1.0]
         [[factor]]
         name = 'behaviour.plans.plan_change_per_h'
         role = 'uncertainty'
         range = [0.0, 0.05]
         [design]
         kind = 'cross'
         futures = 300
         [replications]
         n = 1
         [output]
         indicators = ['no_show_rate']
         primary = 'no_show_rate'",
    );
    // A small fine raises no-shows where it crowds out much and weighs little.
    let found = figures(&plan, |job| {
        let fine = value(job, "penalty.scale");
        let (crowding, weight) =
            (value(job, "behaviour.norms.crowding"), value(job, "behaviour.norms.fine_weight"));
        let flips = crowding > 0.6 && weight < 0.5;
        let effect = if flips { 0.1 } else { -0.1 } * fine;
        vec![row("no_show_rate", 0.2 + effect + 0.01 * noise(job, 1), Scope::Run, 0)]
    });
    let flip = &flips(&plan, &found, 1)[0];
    let (names, region) = flip.found.as_ref().expect("a box");
    assert!(region.coverage >= 0.8 && region.density >= 0.8, "{region:?}");
    let bounded: Vec<&str> = names
        .iter()
        .zip(&region.bounds)
        .filter(|(_, b)| b.is_some())
        .map(|(n, _)| n.as_str())
        .collect();
    assert_eq!(bounded, ["behaviour.norms.crowding", "behaviour.norms.fine_weight"]);
    assert!((flip.share_above - 0.2).abs() < 0.07 && flip.above, "{}", flip.share_above);
    // The fine is best in four futures of five and gives away 0.05 in the others.
    let r = regrets(&plan, &found, 1);
    let of = |policy: u32| r.iter().find(|r| r.policy == policy).expect("both policies");
    assert!(
        (of(1).wins - 0.8).abs() < 0.07 && (of(1).regret - 0.05 * flip.share_above).abs() < 0.002
    );
    assert!((of(0).regret_max - 0.05).abs() < 0.01);
    // One interval holds people and coefficients: 0.8 x -0.05 + 0.2 x 0.05 = -0.03.
    let contrast = &contrast_rows(&plan, &found, 1)[0];
    assert_eq!(contrast.difference.n, 300);
    assert!((contrast.difference.difference + 0.03).abs() < 0.01);
}

#[test]
fn futures_and_hypercube_points_have_people_of_their_own_and_levers_share_them() {
    let text = |design: &str, rest: &str| {
        format!(
            "[scenario]
             base = 'park-small'
             [[factor]]
             name = 'penalty.scale'
             values = [0.0, 0.5]
             [[factor]]
             name = 'tickets.alpha'
             role = 'uncertainty'
             range = [0.1, 0.9]
             [design]
             {design}
             [replications]
             n = 2
             {rest}"
        )
    };
    let seeds = |p: &Plan| (0..p.most_runs()).map(|r| p.seeds(r).replication).collect::<Vec<_>>();
    let cross = plan(&text("kind = 'cross'\nfutures = 3", ""));
    assert_eq!(seeds(&cross), [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
    let cube = plan(&text("kind = 'latin_hypercube'\nn = 3", ""));
    assert_eq!(seeds(&cube), [0, 1, 2, 3, 4, 5]);
    let common = plan(&text("kind = 'latin_hypercube'\nn = 3", "common = true"));
    assert_eq!(seeds(&common), [0, 0, 0, 1, 1, 1]);
    let pairs = plan(&text("kind = 'latin_hypercube'\nn = 2", "antithetic = true"));
    let all: Vec<(u32, bool)> = (0..pairs.most_runs())
        .map(|r| pairs.seeds(r))
        .map(|s| (s.replication, s.antithetic))
        .collect();
    assert_eq!(all, [(0, false), (1, false), (0, true), (1, true)]);
}

#[test]
fn holm_stands_beside_the_raw_value_and_the_primary_outcome_by_itself() {
    let plan = plan(
        "[scenario]
         base = 'park-small'
         [[factor]]
         name = 'penalty.scale'
         values = [0.0, 1.0, 2.0]
         [replications]
         n = 12
         [output]
         indicators = ['no_show_rate', 'bookings', 'co2_kg']
         primary = 'no_show_rate'
         [[margin]]
         indicator = 'bookings'
         equivalence = 5.0",
    );
    let found = figures(&plan, |job| {
        let scale = value(job, "penalty.scale");
        let own =
            |k: u16| job.seeds.draws(Group::Behaviour, 1, k, u64::from(job.point_id), 1).uniform();
        vec![
            row("no_show_rate", 0.2 - 0.03 * scale + 0.05 * own(1), Scope::Run, 0),
            row("bookings", 300.0 + 2.0 * own(2), Scope::Run, 0),
            row("co2_kg", 100.0 + own(3), Scope::Run, 0),
        ]
    });
    let rows = contrast_rows(&plan, &found, 12);
    for r in &rows {
        let family = if r.figure.name == "no_show_rate" { "primary" } else { "secondary" };
        assert_eq!(r.inference.family.word(), family);
        assert!(r.inference.p_holm >= r.difference.p && r.inference.p_fdr >= r.difference.p);
        let margin = r.inference.margin.map(|m| m.p < 0.05);
        assert_eq!(margin, (r.figure.name == "bookings").then_some(true));
    }
    // Six tests in the secondary family (bookings, CO2, elasticity), two in the primary one.
    let least = |family: &str| {
        rows.iter()
            .filter(|r| r.inference.family.word() == family)
            .map(|r| (r.difference.p, r.inference.p_holm))
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .expect("a test")
    };
    let (p, holm) = least("primary");
    assert!((holm - 2.0 * p).abs() < 1e-12);
    let (p, holm) = least("secondary");
    assert!((holm - (6.0 * p).min(1.0)).abs() < 1e-12, "{holm} of {p}");
}

#[test]
fn the_drawn_days_on_which_the_primary_outcome_says_the_opposite_are_named() {
    let plan = plan(
        "[scenario]
         base = 'park-small'
         overrides = { 'series.load.builtin' = 'park_load_2016', 'series.wind.builtin' = 'park_wind_2016', 'series.pv.builtin' = 'park_pv_2016' }
         [[factor]]
         name = 'penalty.scale'
         values = [0.0, 1.0]
         [replications]
         n = 48
         days = 'drawn'
         [output]
         indicators = ['welfare_cny', 'bookings']
         primary = 'welfare_cny'",
    );
    // A penalty wins 10, and loses 5 on the first sixty days of the year; fewer book every day.
    let found = figures(&plan, |job| {
        let day = plan.day_drawn(job.run_id).expect("days are drawn");
        let effect = if day < 60 { -5.0 } else { 10.0 };
        let scale = value(job, "penalty.scale");
        vec![
            row("welfare_cny", 100.0 * noise(job, 1) + effect * scale, Scope::Run, 0),
            row("bookings", 300.0 - 2.0 * scale, Scope::Run, 0),
        ]
    });
    let rows = contrast_rows(&plan, &found, 48);
    let opposite = opposite_days(&plan, &found, &rows, 48);
    let [one] = &opposite[..] else {
        panic!("one difference of the primary outcome: {opposite:?}")
    };
    let early: Vec<u32> = {
        let all = (0..48).filter_map(|k| plan.day_drawn(plan.run_of(one.pair.point_b, k)));
        let mut early: Vec<u32> = all.filter(|day| *day < 60).collect();
        early.sort_unstable();
        early
    };
    assert_eq!(one.days.iter().map(|(day, _)| *day).collect::<Vec<_>>(), early);
    assert!((4..=12).contains(&early.len()) && one.n == 48, "{early:?}");
    assert!(one.days.iter().all(|(_, x)| (x + 5.0).abs() < 1e-9));
    // Where no difference is shown there is nothing to contradict.
    let none = figures(&plan, |job| vec![row("welfare_cny", noise(job, 1), Scope::Run, 0)]);
    assert!(opposite_days(&plan, &none, &contrast_rows(&plan, &none, 48), 48).is_empty());
}
