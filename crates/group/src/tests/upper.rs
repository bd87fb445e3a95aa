//! The upper layer: objectives, feasibility, front, NSGA-II, resolution, bad input.

use super::samples::{Day, numbers, small, stay};
use crate::{
    AffinePrice, DayView, GroupError, Horizon, Loads, Nsga2Layer, Prices, Schedule, UpperParams,
    UpperSolver, exact_front, nsga2_front, plan_day,
};

#[test]
fn objectives_by_hand() {
    let loads = Loads::new(&Horizon::open(0.0, 2, 1.0), 1, &[stay(1, 0, 0.0, 2.0, 10.0)]).unwrap();
    let prices = Prices::new(2, vec![AffinePrice { level: 1.0, slope: 0.01 }; 2]).unwrap();
    let day = DayView {
        base_kw: &[20.0, 30.0],
        others_kw: &[2.0, 0.0],
        prices: &prices,
        exchange_kw_max: &[99.0],
    };
    let schedule = Schedule::of_cells(&loads, vec![9.0, 1.0]);
    // Totals 31 and 31: no variance. Charging 11 and 1 at 1.11 and 1.01.
    let [variance, cost] = day.objectives(&loads, &schedule);
    assert!(variance.abs() < 1e-9 && (cost - (11.0 * 1.11 + 1.01)).abs() < 1e-9);
    assert_eq!(day.exchange_violation_kw(&loads, &schedule), 0.0);
}

#[test]
fn every_point_of_both_fronts_is_feasible_for_every_ev() {
    let params = small(24);
    let day = Day::of(&params, 0.6, 3);
    let loads = Loads::new(&params.horizon, 3, &day.stays).unwrap();
    let mut layer = Nsga2Layer { seeded: 6, ..params.upper.nsga2 };
    (layer.search.population, layer.search.generations) = (20, 10);
    let exact = exact_front(&day.view(), &loads, 12).unwrap();
    let found = nsga2_front(&day.view(), &loads, &layer, numbers(1)).unwrap();
    for front in [&exact, &found] {
        assert!(front.solutions.len() > 3);
        for solution in &front.solutions {
            assert!(solution.schedule.violation(&loads) < 1e-6);
            assert_eq!(solution.objectives, day.view().objectives(&loads, &solution.schedule));
            for (soc, stay) in solution.schedule.end_soc(&loads).into_iter().zip(&day.stays) {
                assert!((soc - stay.expected_soc).abs() < 1e-9);
            }
        }
        assert!(
            front
                .points()
                .windows(2)
                .all(|pair| pair[0][0] < pair[1][0] && pair[0][1] > pair[1][1])
        );
    }
    // Nothing beats the exact ends, and even this short search comes near.
    let (first, last) = (exact.points()[0], exact.points()[exact.points().len() - 1]);
    assert!(
        found
            .points()
            .iter()
            .all(|point| point[0] >= first[0] * (1.0 - 1e-6) && point[1] >= last[1] * (1.0 - 1e-6))
    );
    assert!(found.hypervolume_share(&exact) > 0.8, "{}", found.hypervolume_share(&exact));
}

#[test]
fn equal_numbers_give_equal_plans() {
    let params = small(24);
    let day = Day::of(&params, 0.3, 5);
    let mut upper = UpperParams { solver: UpperSolver::Nsga2, ..UpperParams::default() };
    (upper.nsga2.search.population, upper.nsga2.search.generations) = (20, 3);
    let run = |seed| {
        plan_day(&params.horizon, &day.stays, &day.view(), &upper, &mut numbers(seed)).unwrap()
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1).front, run(2).front);
}

#[test]
fn quarter_hours_refine_the_hourly_plan() {
    let plan = |periods: usize| {
        let params = small(periods);
        let day = Day::of(&params, 0.5, 9);
        plan_day(&params.horizon, &day.stays, &day.view(), &UpperParams::default(), &mut numbers(0))
            .unwrap()
    };
    let (hours, quarters) = (plan(24), plan(96));
    assert_eq!(quarters.set_points_kw(0).len(), 96);
    assert!(quarters.schedule().violation(&quarters.loads) < 1e-6);
    // The same energy costs about the same, whatever the resolution.
    assert!(
        (quarters.objectives()[1] / hours.objectives()[1] - 1.0).abs() < 0.02,
        "{:?} {:?}",
        hours.objectives(),
        quarters.objectives()
    );
}

#[test]
fn nobody_taking_part_leaves_one_solution() {
    let params = small(24);
    let day = Day::of(&params, 0.0, 1);
    let plan = plan_day(
        &params.horizon,
        &day.stays,
        &day.view(),
        &UpperParams::default(),
        &mut numbers(0),
    )
    .unwrap();
    assert_eq!((plan.front.solutions.len(), plan.chosen), (1, 0));
}

#[test]
fn bad_input_is_refused_with_its_number() {
    let horizon = Horizon::day(24);
    let prices = Prices::new(24, vec![AffinePrice { level: 1.0, slope: 1e-4 }; 24]).unwrap();
    let day = DayView {
        base_kw: &[5.0; 24],
        others_kw: &[0.0; 24],
        prices: &prices,
        exchange_kw_max: &[99.0],
    };
    let refused = |day: &DayView, stay, upper: UpperParams| {
        plan_day(&horizon, &[stay], day, &upper, &mut || 0.5).unwrap_err()
    };
    let fine = stay(7, 0, 8.0, 17.0, 10.0);
    let upper = UpperParams::default();
    assert_eq!(
        refused(&day, crate::Stay { departure_h: 7.0, ..fine }, upper).to_string(),
        "EV 7: departure_h is 7, it must be after the arrival"
    );
    assert!(matches!(
        refused(&day, crate::Stay { area: 3, ..fine }, upper),
        GroupError::Area { area: 3, last: 0, .. }
    ));
    assert!(matches!(
        refused(&day, crate::Stay { soc: f64::NAN, ..fine }, upper),
        GroupError::Stay { quantity: "soc", .. }
    ));
    let short = DayView { base_kw: &[5.0; 23], ..day };
    assert!(matches!(
        refused(&short, fine, upper),
        GroupError::CurveLength { curve: "base_kw", found: 23, expected: 24 }
    ));
    let holed = [&[f64::NAN][..], &[5.0; 23]].concat();
    assert!(matches!(
        refused(&DayView { base_kw: &holed, ..day }, fine, upper),
        GroupError::NotFinite { curve: "base_kw", place: 0, .. }
    ));
    assert!(matches!(
        refused(&day, fine, UpperParams { exact_points: 1, ..upper }),
        GroupError::OutOfRange { .. }
    ));
    let closed = DayView { exchange_kw_max: &[0.0], ..day };
    assert!(matches!(
        refused(&closed, fine, upper),
        GroupError::OutOfRange { quantity: "exchange_kw_max", .. }
    ));
}
