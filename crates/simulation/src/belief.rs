//! What the pricing agent may expect of the fleet: the segments' own laws, evaluated at evenly
//! spread quantiles. No random number and no EV's private state enters.

use agents::FleetBelief;
use domain::PeriodGrid;
use market::Access;
use population::{DayNeed, Person, SegmentSpec, draw_day, draw_person};

/// Pairs of quantiles per segment.
pub const SAMPLES: u32 = 512;

/// Their square roots make the recurrence of `spread`.
const PRIMES: [f64; 16] =
    [2.0, 3.0, 5.0, 7.0, 11.0, 13.0, 17.0, 19.0, 23.0, 29.0, 31.0, 37.0, 41.0, 43.0, 47.0, 53.0];

/// Evenly spread points of the unit cube: an additive recurrence by powers of the plastic-like
/// number of the dimension.
pub fn spread(i: u32) -> impl FnMut() -> f64 {
    let mut dimension = 0_u32;
    move || {
        dimension += 1;
        // Fractional parts of multiples of square roots of primes are evenly spread in each
        // dimension and jointly.
        let root = PRIMES[(dimension as usize - 1) % PRIMES.len()].sqrt();
        (0.5 + f64::from(i + 1) * root).fract().clamp(1e-6, 1.0 - 1e-6)
    }
}

/// Expected presence and need of a fleet of `counts` EVs per segment.
pub fn fleet_belief(
    segments: &[SegmentSpec],
    counts: &[u32],
    access: &Access,
    zones: u16,
    grid: PeriodGrid,
) -> FleetBelief {
    let n = grid.per_day as usize;
    let mut belief = FleetBelief {
        count: vec![0.0; n],
        charge_kw: vec![0.0; n],
        discharge_kw: vec![0.0; n],
        need_kwh: 0.0,
    };
    for (segment, &evs) in segments.iter().zip(counts) {
        let weight = f64::from(evs) / f64::from(SAMPLES);
        for i in 0..SAMPLES {
            let mut u = spread(i);
            let person = draw_person(segment, &mut u);
            let day = draw_day(segment, &person, &mut u);
            belief.need_kwh += weight * need(&person, day.need);
            let dt = grid.hours().value();
            let (from, to) =
                ((day.arrival_h / dt).ceil() as i64, (day.departure_h / dt).floor() as i64);
            for period in from..to.min(from + n as i64) {
                let j = period.rem_euclid(n as i64) as usize;
                belief.count[j] += weight;
                belief.charge_kw[j] += weight * person.vehicle.charge_kw.min(access.pile_kw);
                belief.discharge_kw[j] += if person.v2g {
                    weight * person.vehicle.discharge_kw.min(access.pile_kw)
                } else {
                    0.0
                };
            }
        }
    }
    let most = f64::from(access.piles) * f64::from(zones) * access.pile_kw;
    for kw in belief.charge_kw.iter_mut().chain(&mut belief.discharge_kw) {
        *kw = kw.min(most);
    }
    belief
}

fn need(person: &Person, need: DayNeed) -> f64 {
    need.missing_kwh(person) / person.vehicle.charge_efficiency
}
