//! Relations that hold between optima, whatever the fleet: the flattest day as a function of
//! participation, exchange limits and prices.

use super::samples::{Day, small};
use crate::{AffinePrice, DayView, Horizon, Loads, Prices, Solution, exact_front};
use proptest::prelude::*;

/// What the sweeps' stopping rule (10 W a cell) may leave of f1, relative.
const ROUNDING: f64 = 1e-5;

/// The flattest plan of a day: the f1 end of the exact front.
fn flattest(view: &DayView, day: &Day) -> Solution {
    let loads = Loads::new(&Horizon::day(24), 3, &day.stays).unwrap();
    exact_front(view, &loads, 2).unwrap().solutions.swap_remove(0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn more_participation_never_makes_the_flattest_day_worse(
        seed in 0_usize..1000,
        few in 0.0_f64..1.0,
        more in 0.0_f64..1.0,
    ) {
        let params = small(24);
        let (few, more) = (few.min(more), few.max(more));
        let f1 = |share| {
            let day = Day::of(&params, share, seed);
            flattest(&day.view(), &day).objectives[0]
        };
        // Whoever joins could still charge on arrival.
        prop_assert!(f1(more) <= f1(few) * (1.0 + ROUNDING));
    }

    #[test]
    fn wider_exchange_limits_never_make_the_flattest_day_worse(
        seed in 0_usize..1000,
        share in 0.2_f64..1.0,
        limit in 0.5_f64..1.0,
        wider in 1.0_f64..2.0,
    ) {
        let params = small(24);
        let day = Day::of(&params, share, seed);
        // Limits around the highest net load that the plan without limits has.
        let free = flattest(&day.view(), &day);
        let loads = Loads::new(&params.horizon, 3, &day.stays).unwrap();
        let net = day.view().net_load_kw(&free.schedule);
        prop_assert_eq!(loads.areas() * params.horizon.periods, net.len());
        let limits = |factor: f64| -> Vec<f64> {
            let highest = |area: &[f64]| area.iter().copied().fold(0.0, f64::max);
            net.chunks(params.horizon.periods).map(|area| factor * highest(area)).collect()
        };
        let f1 = |limits: &[f64]| {
            let view = DayView { exchange_kw_max: limits, ..day.view() };
            flattest(&view, &day).objectives[0]
        };
        let (narrow, wide) = (f1(&limits(limit)), f1(&limits(limit * wider)));
        prop_assert!(wide <= narrow * (1.0 + ROUNDING), "{wide} with wider limits, {narrow} before");
    }

    #[test]
    fn scaled_prices_leave_the_flattest_plan_as_it_is(
        seed in 0_usize..1000,
        share in 0.2_f64..1.0,
        factor in 0.01_f64..100.0,
    ) {
        let params = small(24);
        let day = Day::of(&params, share, seed);
        let scaled = |price: &AffinePrice| AffinePrice {
            level: factor * price.level,
            slope: factor * price.slope,
        };
        let curves = day.prices.curves().iter().map(scaled).collect();
        let prices = Prices::new(params.horizon.periods, curves).unwrap();
        let view = DayView { prices: &prices, ..day.view() };
        let (before, after) = (flattest(&day.view(), &day), flattest(&view, &day));
        prop_assert_eq!(before.objectives[0], after.objectives[0]);
        prop_assert_eq!(before.schedule, after.schedule);
        prop_assert!((after.objectives[1] / before.objectives[1] / factor - 1.0).abs() < 1e-9);
    }
}
