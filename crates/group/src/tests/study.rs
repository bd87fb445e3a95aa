//! The published study on few fleets.

use super::samples::{numbers, small};
use crate::{
    GroupParams, PUBLISHED_COST_CNY, PUBLISHED_PEAK_VALLEY_KW, PUBLISHED_SHARES, StudyPlan, study,
    study_fleet, summarise,
};

#[test]
fn two_fleets_already_show_the_published_order() {
    let params = GroupParams::default();
    let outcomes: Vec<_> = (0..2)
        .map(|fleet| study_fleet(&params, &PUBLISHED_SHARES, &mut numbers(fleet)).unwrap())
        .collect();
    let found = summarise(&params, &outcomes);
    let failed: Vec<_> = found.checks.iter().filter(|check| !check.holds).collect();
    assert!(failed.is_empty(), "{failed:?}");
    assert_eq!((found.figures.len(), found.checks.len()), (36, 28));
    assert!(found.violation < 1e-6);
    // Without EVs the base curves are exact.
    for figure in found.figures.iter().filter(|figure| figure.case == "no EV") {
        assert_eq!((figure.ours.mean, figure.ours.sd), (figure.published, 0.0));
    }
    // Start and end of Fig. 8 and 9.
    assert!(
        (found.start_soc.mean - 0.372).abs() < 0.02 && (found.end_soc[1].mean - 0.887).abs() < 0.01
    );
    for outcome in &outcomes {
        let [low, high] = outcome.cases[2].end_soc_range;
        assert!(low >= 0.8 - 1e-9 && high <= 0.95 + 1e-9);
    }
}

#[test]
fn the_methods_are_compared_and_only_times_depend_on_the_stopwatch() {
    let mut params = small(24);
    (params.upper.nsga2.search.population, params.upper.nsga2.search.generations) = (20, 5);
    (params.lower.swarm.particles, params.lower.swarm.iterations) = (10, 10);
    let mut tick = 0.0;
    let plan = StudyPlan { fleets: 2, exact_points: 11 };
    let found = study(&params, plan, numbers, &mut || {
        tick += 1.0;
        tick
    })
    .unwrap();
    let methods = found.methods.unwrap();
    assert_eq!(methods.upper.seconds, [1.0, 1.0]);
    assert_eq!(methods.lower.len(), 3);
    assert!(methods.upper.hypervolume_share > 0.5 && methods.upper.hypervolume_share < 1.05);
    let again = study(&params, plan, numbers, &mut || 0.0).unwrap().methods.unwrap();
    assert_eq!(
        (again.upper.nsga2, again.lower[0].swarm_rms),
        (methods.upper.nsga2, methods.lower[0].swarm_rms)
    );
}

#[test]
fn the_published_totals_add_up_as_far_as_they_are_printed_right() {
    // Unordered: 9156 + 6772 + 4379 = 20307, so 9651 is 9156 with digits exchanged.
    assert_eq!(
        9156.0 + PUBLISHED_COST_CNY[1][1] + PUBLISHED_COST_CNY[2][1],
        PUBLISHED_COST_CNY[3][1]
    );
    let [residential, office, commercial, network] = PUBLISHED_COST_CNY;
    for case in 2..5 {
        let sum = residential[case] + office[case] + commercial[case];
        assert!((sum - network[case]).abs() <= 1.0, "{sum}");
    }
    for row in PUBLISHED_PEAK_VALLEY_KW {
        assert!(row[1] > row[0] && row[1..].windows(2).all(|pair| pair[0] > pair[1]));
    }
}
