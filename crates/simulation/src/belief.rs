//! What the pricing agent may expect of the fleet: the segments' own laws, evaluated at evenly
//! spread quantiles. No random number and no EV's private state enters.

use agents::FleetBelief;
use domain::PeriodGrid;
use market::pricing::{OwnerBelief, PriceBelief, PriceClass};
use market::{AccessMode, MarketRules};
use population::{
    BehaviourClass, BehaviourGmm, DayPlan, KindOfDay, Person, SegmentSpec, booking_periods,
    draw_day, draw_person,
};

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

/// Expected presence, need and owners of a fleet of `counts` EVs per segment, on a mean day of the
/// week.
pub fn fleet_belief(
    segments: &[SegmentSpec],
    counts: &[u32],
    market: &MarketRules,
    zones: u16,
    grid: PeriodGrid,
) -> FleetBelief {
    let n = grid.per_day as usize;
    let mut belief = FleetBelief {
        charging: vec![0.0; n],
        charge_kw: vec![0.0; n],
        discharge_kw: vec![0.0; n],
        ..FleetBelief::default()
    };
    let (mut owners, mut losses) = (Vec::new(), (0.0, 0.0));
    let mut stays = 0.0;
    for (segment, &evs) in segments.iter().zip(counts) {
        let weight = f64::from(evs) / f64::from(SAMPLES);
        let mut selling_kw = 0.0;
        for i in 0..SAMPLES {
            let mut u = spread(i);
            let person = draw_person(segment, &mut u);
            let day_u: [f64; 4] = std::array::from_fn(|_| u());
            for (kind, days) in KindOfDay::ALL {
                let segment = segment.on(kind);
                let mut row = day_u.into_iter();
                let mut u = || row.next().expect("invariant: a day takes four numbers");
                let day = draw_day(segment, &person, &mut u);
                let weight = weight * segment.trip_probability * days / 7.0;
                stays += add(&mut belief, &person, &day, weight, market, grid);
            }
            if person.v2g {
                let v = person.vehicle;
                let kw = weight * v.discharge_kw.min(market.access.pile_kw);
                selling_kw += kw;
                losses.0 += kw * v.charge_efficiency * v.discharge_efficiency;
                losses.1 += kw;
            }
        }
        owners.push((segment.owner_wear_cny_per_kwh, selling_kw));
    }
    belief.vehicle_kwh = if stays > 0.0 { belief.need_kwh / stays } else { 0.0 };
    let round_trip = if losses.1 > 0.0 { losses.0 / losses.1 } else { 1.0 };
    belief.owners = OwnerBelief::new(&owners, round_trip);
    let piles = f64::from(market.access.piles) * f64::from(zones);
    let most = piles * market.access.pile_kw;
    for kw in belief.charge_kw.iter_mut().chain(&mut belief.discharge_kw) {
        *kw = kw.min(most);
    }
    for count in &mut belief.charging {
        *count = count.min(piles);
    }
    belief
}

/// Adds a day of one person; how many stays a day it counts for.
fn add(
    belief: &mut FleetBelief,
    person: &Person,
    day: &DayPlan,
    weight: f64,
    market: &MarketRules,
    grid: PeriodGrid,
) -> f64 {
    let dt = grid.hours().value();
    let (from, to) = ((day.arrival_h / dt).ceil() as i64, (day.departure_h / dt).floor() as i64);
    // Who stays for more than a day comes once in so many days.
    let days = ((day.departure_h - day.arrival_h) / 24.0).ceil().max(1.0);
    let weight = weight / days;
    let need_kwh = day.need.missing_kwh(person) / person.vehicle.charge_efficiency;
    belief.need_kwh += weight * need_kwh;
    let kw = person.vehicle.charge_kw.min(market.access.pile_kw);
    let selling_kw = person.vehicle.discharge_kw.min(market.access.pile_kw);
    // Plugged in for as long as a booking of the need is, at any time of the stay.
    let (least, most) = (market.booking.min_periods, market.booking.max_periods);
    let plugged = match market.access.mode {
        AccessMode::PerBooking => f64::from(booking_periods(need_kwh, kw, dt, least, most)),
        AccessMode::PerStay => (to - from) as f64,
    };
    let share = (plugged / (to - from).max(1) as f64).min(1.0);
    for period in from..to {
        let j = period.rem_euclid(grid.per_day) as usize;
        belief.charging[j] += weight * share;
        belief.charge_kw[j] += weight * kw;
        if person.v2g {
            belief.discharge_kw[j] += weight * selling_kw;
        }
    }
    weight
}

/// The pricing agent believes in the users' own mixtures, each segment's with its number of EVs.
/// Segments that share a mixture count as one.
pub fn price_belief(segments: &[SegmentSpec], counts: &[u32]) -> PriceBelief {
    let mut mixtures: Vec<(&BehaviourGmm, f64)> = Vec::new();
    for (segment, &evs) in segments.iter().zip(counts).filter(|(_, evs)| **evs > 0) {
        let gmm = &segment.behaviour.classes;
        match mixtures.iter_mut().find(|(known, _)| *known == gmm) {
            Some((_, weight)) => *weight += f64::from(evs),
            None => mixtures.push((gmm, f64::from(evs))),
        }
    }
    let alone = mixtures.len() == 1;
    let total: f64 = mixtures.iter().map(|(_, evs)| evs).sum();
    let classes: Vec<PriceClass> = mixtures
        .iter()
        .flat_map(|&(gmm, evs)| {
            let sum: f64 = gmm.classes.iter().map(|c| c.weight).sum();
            // A single mixture is taken as it is; the law divides by the sum of all weights.
            let factor = if alone { 1.0 } else { evs / (total * sum) };
            gmm.classes.iter().map(move |c| price_class(c, factor))
        })
        .collect();
    if classes.is_empty() {
        return PriceBelief::default();
    }
    PriceBelief { classes, ..PriceBelief::default() }
}

fn price_class(c: &BehaviourClass, factor: f64) -> PriceClass {
    PriceClass {
        weight: factor * c.weight,
        count_mean: c.count_mean,
        count_variance: c.count_variance,
        price_mean: c.price_mean,
        price_variance: c.price_variance,
        slot_mean: c.slot_mean,
        slot_variance: c.slot_variance,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::DemandForm;
    use market::pricing::DemandLaw;
    use population::{DepartureLaw, Law};

    const GRID: PeriodGrid = PeriodGrid { per_day: 96 };

    fn belief(segments: &[SegmentSpec], counts: &[u32]) -> FleetBelief {
        fleet_belief(segments, counts, &MarketRules::default(), 1, GRID)
    }

    #[test]
    fn each_segment_counts_by_its_evs_in_the_believed_willingness_to_pay() {
        let dear = SegmentSpec::workers();
        let mut thrifty = SegmentSpec::residents();
        for class in &mut thrifty.behaviour.classes.classes {
            class.price_mean = 0.3;
        }
        let law = |segments: &[SegmentSpec], counts: &[u32]| {
            let belief = price_belief(segments, counts);
            DemandLaw::new(&belief, DemandForm::Survival, 96).expect("a law").share(48, 1.0)
        };
        let all = [dear.clone(), thrifty.clone()];
        let (only_dear, only_thrifty) = (law(&all, &[7, 0]), law(&all, &[0, 7]));
        assert!(only_dear > 0.9 && only_thrifty < 0.1, "{only_dear}, {only_thrifty}");
        assert!((law(&all, &[5, 5]) - 0.5 * (only_dear + only_thrifty)).abs() < 1e-3);
        assert_eq!(law(&[dear.clone(), dear], &[3, 4]), only_dear);
    }

    #[test]
    fn owners_are_those_of_all_segments_by_their_power() {
        let mut cheap = SegmentSpec::workers();
        cheap.owner_wear_cny_per_kwh = 0.1;
        let mut dear = SegmentSpec::residents();
        dear.owner_wear_cny_per_kwh = 0.7;
        dear.vehicle.discharge_efficiency = 0.8;
        let owners = belief(&[dear, cheap], &[30, 10]).owners;
        // A quarter of the power sells at 0.1.
        assert_eq!([0.2, 0.3, 1.0].map(|share| owners.wear_of(share)), [0.1, 0.7, 0.7]);
        let expected = 0.25 * 0.95 * 0.95 + 0.75 * 0.95 * 0.8;
        assert!((owners.round_trip - expected).abs() < 1e-9, "{}", owners.round_trip);
        let mut nobody = SegmentSpec::workers();
        nobody.v2g_share = 0.0;
        assert_eq!(belief(&[nobody], &[10]).owners.wear_of(0.5), 0.0);
    }

    #[test]
    fn the_laws_expect_those_at_the_piles_not_all_that_are_parked() {
        let b = belief(&[SegmentSpec::workers()], &[100]);
        // A booking takes an hour for nearly everybody, of nine hours parked: 100 x 4 to 5 of 37
        // periods.
        let hours: f64 = b.charging.iter().sum::<f64>() * 0.25;
        assert!((100.0..130.0).contains(&hours), "{hours} vehicle-hours at the piles");
        assert!(b.charging.iter().all(|&n| n < 16.0), "{:?}", b.charging);
    }

    #[test]
    fn who_stays_for_days_needs_energy_once_a_stay() {
        let mut long = SegmentSpec::workers();
        long.departure = DepartureLaw::Stay(Law::fixed(60.0));
        let (short, long) = (belief(&[SegmentSpec::workers()], &[9]), belief(&[long], &[9]));
        assert!((long.need_kwh / short.need_kwh - 1.0 / 3.0).abs() < 0.05);
        // 60 of 72 hours there.
        let mean = long.charge_kw.iter().sum::<f64>() / 96.0;
        assert!((mean / (9.0 * 40.0) - 60.0 / 72.0).abs() < 0.02, "{mean} kW");
    }
}
