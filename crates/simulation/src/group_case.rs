//! From a group scenario to what its agents know: who takes part, what each microgrid's
//! surroundings do, what is expected of the fleet.

use crate::belief::{SAMPLES, spread};
use agents::{
    DayPlace, MicrogridCase, OthersKnown, Purpose, Series, ZoneSeries, stable_id, stream,
};
use clock::{Group, Seeds};
use domain::{PeriodGrid, ZoneId};
use group::{GroupEv, Horizon, Microgrid, PriceParams, Stay, draw_fleet, most_eager, unordered_kw};
use population::{FleetSpec, SegmentSize, SegmentSpec};
use scenario::{GroupRules, Model, OthersRule, Scenario};

/// The group as its agents know it. `counts` are the EVs of each segment.
pub fn case(s: &Scenario, rules: &GroupRules, counts: &[u32]) -> MicrogridCase {
    let others = match rules.participation.others {
        OthersRule::Announced => OthersKnown::Announced,
        OthersRule::Expected => {
            let all_kw = usual_kw(s, rules.microgrids.len(), counts);
            let others_kw =
                all_kw.iter().map(|kw| kw * (1.0 - rules.participation.share)).collect();
            OthersKnown::Expected { all_kw, others_kw }
        }
    };
    MicrogridCase {
        exchange_kw_max: rules.microgrids.iter().map(|m| m.exchange_kw_max).collect(),
        price: PriceParams { form: rules.price, tariffs: rules.tariffs(&s.tariff.ev) },
        upper: rules.upper,
        lower: rules.lower,
        others,
        error_h: rules.participation.error_h,
        guests: !rules.travel.is_empty(),
    }
}

/// What all EVs charge on a usual day if each charges on arrival, by zone and period of the day
/// \[kW\]: the segments' own laws at evenly spread quantiles. A segment without a zone is spread
/// over all.
fn usual_kw(s: &Scenario, areas: usize, counts: &[u32]) -> Vec<f64> {
    let horizon = Horizon::day(s.periods_per_day as usize);
    let mut sum = vec![0.0; areas * horizon.periods];
    for (segment, &evs) in s.fleet.spec.segments.iter().zip(counts) {
        let zones = segment.zone.map_or(1..=areas as u16, |zone| zone..=zone);
        let weight = f64::from(evs) / f64::from(SAMPLES) / zones.len() as f64;
        for zone in zones {
            let one =
                SegmentSpec { size: SegmentSize::Evs(1), zone: Some(zone), ..segment.clone() };
            let one = FleetSpec { evs: 1, segments: vec![one] };
            for i in 0..SAMPLES {
                let fleet = draw_fleet(&one, areas, &mut spread(i))
                    .expect("invariant: the scenario's reader checked segments and zones");
                let at_pile = |ev: &GroupEv| Stay {
                    power_kw: ev.stay.power_kw.min(s.market.access.pile_kw),
                    ..ev.stay
                };
                let stays: Vec<_> = fleet.iter().map(at_pile).collect();
                for (total, kw) in sum.iter_mut().zip(unordered_kw(&horizon, areas, &stays)) {
                    *total += kw * weight;
                }
            }
        }
    }
    sum
}

/// Load, PV and wind of each microgrid, the same every day; temperature and the errors of forecasts
/// as the scenario's series say.
pub fn zone_series(
    microgrids: &[Microgrid],
    like: &[ZoneSeries],
    grid: PeriodGrid,
) -> Vec<ZoneSeries> {
    let series = |values: &[f64]| Series { values: values.into(), first: 0, per_day: grid.per_day };
    let of = |(zone, m): (usize, &Microgrid)| ZoneSeries {
        load_kw: series(&m.load_kw),
        pv_kw: series(&m.pv_kw),
        wind_kw: series(&m.wind_kw),
        ..like[zone.min(like.len() - 1)].clone()
    };
    microgrids.iter().enumerate().map(of).collect()
}

/// Where an EV parks by day, if not at home.
pub fn day_place(s: &Scenario, segment: u16, index: u32, seeds: Seeds) -> Option<DayPlace> {
    let Model::Group(rules) = &s.model else { return None };
    let segments = &s.fleet.spec.segments;
    let mine =
        rules.travel.iter().filter(|rule| rule.segment == segments[usize::from(segment)].name);
    let mut draws = seeds.draws(
        Group::Population,
        stream::EV,
        Purpose::Travel as u16,
        stable_id(segment, index),
        0,
    );
    let (eagerness, mut sum) = (draws.uniform(), 0.0);
    let rule = mine.into_iter().find(|rule| {
        sum += rule.share;
        eagerness < sum
    })?;
    let number = segments.iter().position(|s| s.name == rule.by_day)?;
    Some(DayPlace { zone: ZoneId(segments[number].zone?), segment: number as u16 })
}

/// Which EVs follow set points, in the order of `segments` (one entry an EV); nobody outside of a
/// group. A larger share contains the smaller one (P4 eq. 8).
pub fn participants(model: &Model, segments: impl Iterator<Item = u16>, seeds: Seeds) -> Vec<bool> {
    let Model::Group(rules) = model else { return Vec::new() };
    let mut indices: Vec<u32> = Vec::new();
    let rank = |segment: u16| {
        let at = usize::from(segment);
        indices.resize(indices.len().max(at + 1), 0);
        let stable = stable_id(segment, indices[at]);
        indices[at] += 1;
        seeds.draws(Group::Population, stream::EV, Purpose::Eagerness as u16, stable, 0).uniform()
    };
    let ranks: Vec<f64> = segments.map(rank).collect();
    most_eager(&ranks, rules.participation.share)
        .expect("invariant: the scenario's reader checked the share")
}

#[cfg(test)]
mod tests {
    use crate::Prepared;
    use agents::microgrids::Outlook;
    use agents::{CentreTimer, Coordinator, Environment, Letter, Message, Outbox};
    use domain::{EvId, FactKind, Phase, Span, Time, ZoneId};
    use group::Stay;

    fn environment(sets: &[&str]) -> Environment {
        let sets: Vec<String> = sets.iter().map(|s| (*s).to_owned()).collect();
        let loaded = scenario::Scenario::load("group-small", &sets).expect("a built-in scenario");
        let prepared = Prepared::read(&loaded).expect("its data");
        prepared.world(prepared.seeds(0, false)).expect("a world").shared().env.clone()
    }

    /// Flat load of 1,000 kW in a zone, but for a valley of 400 kW at 2 o'clock of the first night.
    fn outlook(zone: u16, stays: Vec<Stay>) -> Outlook {
        let mut base_kw = vec![1000.0; 48];
        base_kw[2] = 400.0;
        Outlook {
            zone,
            from: 0,
            base_kw,
            settled_kw: vec![0.0; 48],
            unordered_kw: vec![100.0; 48],
            stays,
        }
    }

    #[test]
    fn the_coordinator_waits_for_all_zones_and_fills_the_valley_of_the_one_that_has_the_stay() {
        let env = environment(&["upper.compromise.rule=\"flattest\""]);
        let mut coordinator = Coordinator::new(env.group().expect("a group"));
        let mut out = Outbox {
            now: Time(1_000_000),
            phase: Phase::Deliver,
            recording: true,
            ..Outbox::default()
        };
        let stay = Stay {
            ev: EvId(7),
            area: 1,
            arrival_h: 0.5,
            departure_h: 6.0,
            soc: 0.5,
            expected_soc: 0.7,
            highest_soc: 0.95,
            capacity_kwh: 50.0,
            power_kw: 40.0,
            efficiency: 1.0,
        };
        for (zone, stays) in [(1, vec![]), (3, vec![])] {
            coordinator.on_outlook(outlook(zone, stays), &mut out);
            assert!(out.sent.is_empty(), "zone {zone}");
        }
        coordinator.on_outlook(outlook(2, vec![stay]), &mut out);
        assert!(
            matches!(out.sent[..], [sent] if sent.message == Message::Centre(CentreTimer::PlanDay) && sent.at == out.now && sent.phase == Phase::Dispatch)
        );

        out.phase = Phase::Dispatch;
        coordinator.plan(&env, &mut out).expect("a plan");
        assert_eq!(out.letters.len(), 3);
        for (at, (to, letter)) in &out.letters {
            let Letter::Profile(profile) = letter else { panic!("{letter:?}") };
            assert_eq!(*at, out.now + Span::SECOND);
            // 10 kWh, all of them in the valley of zone 2.
            let expected = if *to == ZoneId(2) { 10.0 } else { 0.0 };
            assert!(
                (profile.charging_kw[2] - expected).abs() < 0.05
                    && (profile.charging_kw.iter().sum::<f64>() - expected).abs() < 0.05
            );
            assert!(
                (profile.net_kw[2] - 400.0 - expected).abs() < 0.05 && profile.net_kw.len() == 48
            );
            // C_TOU L / L_max + C_s with L = 1210 and L_max = 3300 in the valley of the tariff.
            assert!(
                (profile.price[2] - (0.35 * 1210.0 / 3300.0 + 1.12)).abs() < 1e-3,
                "{}",
                profile.price[2]
            );
        }
        let targets = out.rows.facts.iter().filter(|f| f.kind == FactKind::ZoneTarget);
        assert_eq!((targets.count(), out.rows.prices.len()), (3 * 48, 3 * 24));
        assert_eq!(out.rows.pareto.iter().filter(|p| p.chosen).count(), 1);
    }

    #[test]
    fn a_usual_day_holds_the_energy_that_the_fleet_needs() {
        let env = environment(&["participation.others=\"expected\"", "participation.share=0.25"]);
        let case = env.group().expect("a group").clone();
        let agents::OthersKnown::Expected { all_kw, others_kw } = &case.others else {
            panic!("{:?}", case.others)
        };
        // 100 EVs need (0.885 - 0.38) of half 30 and half 52.5 kWh, at 95 %: about 2.2 MWh a day.
        let all: f64 = all_kw.iter().sum();
        assert!((2000.0..2400.0).contains(&all), "{all}");
        assert!(
            all_kw.iter().zip(others_kw).all(|(all, others)| (others - 0.75 * all).abs() < 1e-9)
        );
    }
}
