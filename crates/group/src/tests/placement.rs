//! Exact placement: against the quadratic programme, its optimality conditions, and the exchange
//! limit.

use super::samples::{Day, small, stay};
use crate::{AffinePrice, Filling, Horizon, Loads, Prices, Schedule, Stop};
use optim::program::{Program, Sense, Settings};

const EXACT: Stop = Stop { sweeps_max: 5000, change_kw: 1e-9 };

/// The placement is the optimum of `sum a X^2 + b Z_k (level + slope Z)`, here as a quadratic
/// programme over all cells.
#[test]
fn sweeps_end_at_the_optimum_of_the_quadratic_programme() {
    let horizon = Horizon::open(0.0, 6, 1.0);
    let stays =
        [stay(1, 0, 0.0, 4.0, 12.0), stay(2, 0, 2.0, 6.0, 20.0), stay(3, 1, 1.0, 5.0, 15.0)];
    let base_kw = [9.0, 2.0, 3.0, 8.0, 1.0, 4.0, 5.0, 6.0, 0.0, 2.0, 9.0, 9.0];
    let curve: Vec<AffinePrice> =
        (0..6).map(|t| AffinePrice { level: 1.0 + 0.1 * t as f64, slope: 0.01 }).collect();
    let (square_weight, price_weight) = (0.3, 5.0);
    let mut program = Program::new();
    // Placed power Z_k(t), whose square and product with the other area's cost.
    let placed: Vec<_> = (0..12)
        .map(|place| {
            let price = curve[place % 6].level;
            let linear = 2.0 * square_weight * base_kw[place] + price_weight * price;
            program.add_variable(linear, 0.0, f64::INFINITY)
        })
        .collect();
    for t in 0..6 {
        let slope = price_weight * curve[t].slope;
        program.add_quadratic_cost(placed[t], placed[t + 6], 2.0 * slope);
        for area in [placed[t], placed[t + 6]] {
            program.add_quadratic_cost(area, area, square_weight + slope);
        }
    }
    let mut sums: Vec<_> = placed.iter().map(|&variable| vec![(variable, -1.0)]).collect();
    for stay in &stays {
        let mut taken = Vec::new();
        for t in stay.arrival_h as usize..stay.departure_h as usize {
            let power = program.add_variable(0.0, 0.0, stay.power_kw);
            taken.push((power, 1.0));
            sums[stay.area * 6 + t].push((power, 1.0));
        }
        program.add_row(Sense::Equal, stay.need_kwh(), &taken);
    }
    for terms in &sums {
        program.add_row(Sense::Equal, 0.0, terms);
    }
    let solved = program.solve(&Settings::default()).unwrap().solution().unwrap();
    let expected_kw: Vec<f64> = placed.iter().map(|variable| solved.values[variable.0]).collect();
    let loads = Loads::new(&horizon, 2, &stays).unwrap();
    let prices = Prices::new(6, [curve.clone(), curve].concat()).unwrap();
    let filling = Filling {
        loads: &loads,
        base_kw: &base_kw,
        others_kw: &[0.0; 12],
        virtual_kw: &[0.0; 12],
        prices: &prices,
        exchange_kw_max: &[1e6, 1e6],
        square_weight,
        price_weight,
    };
    let mut schedule = Schedule::idle(&loads);
    filling.improve(&mut schedule, EXACT).unwrap();
    for (found, expected) in schedule.placed_kw.iter().zip(&expected_kw) {
        assert!((found - expected).abs() < 1e-4, "{:?}, {expected_kw:?}", schedule.placed_kw);
    }
}

#[test]
fn a_night_wraps_around_midnight_and_respects_broken_hours() {
    let horizon = Horizon::day(24);
    // 23:30 to 1:15; 12 kWh of at most 5 + 10 + 2.5 kW. Base 0, 4, 4 in these hours.
    let loads = Loads::new(&horizon, 1, &[stay(1, 0, 23.5, 25.25, 12.0)]).unwrap();
    let mut base_kw = vec![20.0; 24];
    (base_kw[23], base_kw[0], base_kw[1]) = (0.0, 4.0, 4.0);
    let prices = Prices::new(24, vec![AffinePrice::default(); 24]).unwrap();
    let filling = Filling {
        loads: &loads,
        base_kw: &base_kw,
        others_kw: &[0.0; 24],
        virtual_kw: &[0.0; 24],
        prices: &prices,
        exchange_kw_max: &[1e6],
        square_weight: 1.0,
        price_weight: 0.0,
    };
    let mut schedule = Schedule::idle(&loads);
    filling.improve(&mut schedule, EXACT).unwrap();
    // 5 (its cap) in 23-24, 2.5 (its cap) in 1-2, the rest in 0-1.
    let points: Vec<_> = schedule.set_points(&loads, 0).collect();
    for ((period, power), expected) in points.into_iter().zip([(23, 5.0), (0, 4.5), (1, 2.5)]) {
        assert!(period == expected.0 && (power - expected.1).abs() < 1e-9);
    }
    assert!(schedule.violation(&loads) < 1e-9);
}

#[test]
fn the_exchange_limit_moves_charging_away() {
    let loads = Loads::new(&Horizon::open(0.0, 2, 1.0), 1, &[stay(1, 0, 0.0, 2.0, 12.0)]).unwrap();
    let prices = Prices::new(
        2,
        [(0.0, 0.01), (5.0, 0.01)].map(|(level, slope)| AffinePrice { level, slope }).to_vec(),
    )
    .unwrap();
    let run = |limit: f64| {
        let filling = Filling {
            loads: &loads,
            base_kw: &[50.0, 50.0],
            others_kw: &[0.0; 2],
            virtual_kw: &[0.0; 2],
            prices: &prices,
            exchange_kw_max: &[limit],
            square_weight: 0.0,
            price_weight: 1.0,
        };
        let mut schedule = Schedule::idle(&loads);
        filling.improve(&mut schedule, EXACT).unwrap();
        schedule.placed_kw
    };
    // The first hour is far cheaper: all its 10 kW, unless the line is full at 57 kW.
    assert!((run(1e6)[0] - 10.0).abs() < 1e-9);
    assert!((run(57.0)[0] - 7.0).abs() < 0.1, "{:?}", run(57.0));
}

/// No EV can gain by moving a kW from a period it uses to one where it has room.
#[test]
fn a_planned_fleet_satisfies_the_optimality_conditions() {
    let params = small(24);
    let day = Day::of(&params, 1.0, 7);
    let loads = Loads::new(&params.horizon, 3, &day.stays).unwrap();
    let filling = Filling {
        loads: &loads,
        base_kw: &day.base_kw,
        others_kw: &day.others_kw,
        virtual_kw: &[0.0; 72],
        prices: &day.prices,
        exchange_kw_max: &day.exchange_kw_max,
        square_weight: 1e-3,
        price_weight: 1.0,
    };
    let mut schedule = Schedule::idle(&loads);
    filling.improve(&mut schedule, EXACT).unwrap();
    let all = crate::network_kw(&schedule.placed_kw, 24);
    for (number, stay) in loads.stays().iter().enumerate() {
        let (mut used, mut spare) = (f64::MIN, f64::MAX);
        for cell in loads.cells(number) {
            let (period, power) = (loads.periods()[cell], schedule.power_kw[cell]);
            let place = stay.area * 24 + period;
            let price = day.prices.curves()[place];
            let marginal = 2e-3 * (day.base_kw[place] + schedule.placed_kw[place])
                + price.level
                + 2.0 * price.slope * all[period];
            used = if power > 1e-6 { used.max(marginal) } else { used };
            spare = if power < loads.caps_kw()[cell] - 1e-6 { spare.min(marginal) } else { spare };
        }
        assert!(used <= spare + 1e-5, "EV {}: {used} used, {spare} to be had", stay.ev);
    }
    assert!(schedule.violation(&loads) < 1e-6);
}
