//! From a group scenario to what its agents know: who takes part, what each microgrid's surroundings do, what is expected of the fleet.

use crate::belief::{SAMPLES, spread};
use agents::{DayPlace, MicrogridCase, OthersKnown, Purpose, Series, ZoneSeries, stable_id, stream};
use clock::{Group, Seeds};
use domain::{PeriodGrid, ZoneId};
use group::{Horizon, Microgrid, PriceParams, draw_fleet, most_eager, unordered_kw};
use population::{FleetSpec, SegmentSize};
use scenario::{GroupRules, Model, OthersRule, Scenario};

/// The group as its agents know it. `counts` are the EVs of each segment.
pub fn case(s: &Scenario, rules: &GroupRules, counts: &[u32]) -> MicrogridCase {
    let others = match rules.participation.others {
        OthersRule::Announced => OthersKnown::Announced,
        OthersRule::Expected => {
            let all_kw = usual_kw(s, rules.microgrids.len(), counts);
            let others_kw = all_kw.iter().map(|kw| kw * (1.0 - rules.participation.share)).collect();
            OthersKnown::Expected { all_kw, others_kw }
        }
    };
    MicrogridCase {
        exchange_kw_max: rules.microgrids.iter().map(|m| m.exchange_kw_max).collect(),
        price: PriceParams { form: rules.price, tariffs: vec![s.tariff.ev.clone()] },
        upper: rules.upper,
        lower: rules.lower,
        others,
        error_h: rules.participation.error_h,
        guests: !rules.travel.is_empty(),
    }
}

/// What all EVs charge on a usual day if each charges on arrival, by zone and period of the day [kW]: the segments' own laws at evenly
/// spread quantiles.
fn usual_kw(s: &Scenario, areas: usize, counts: &[u32]) -> Vec<f64> {
    let horizon = Horizon::day(s.periods_per_day as usize);
    let mut sum = vec![0.0; areas * horizon.periods];
    for (segment, &evs) in s.fleet.spec.segments.iter().zip(counts) {
        let one = FleetSpec { evs: 1, segments: vec![population::SegmentSpec { size: SegmentSize::Evs(1), ..segment.clone() }] };
        for i in 0..SAMPLES {
            // A segment without a zone is spread over all; it has no usual place.
            let Ok(fleet) = draw_fleet(&one, areas, &mut spread(i)) else { continue };
            let stays: Vec<_> = fleet.iter().map(|ev| ev.stay).collect();
            for (total, kw) in sum.iter_mut().zip(unordered_kw(&horizon, areas, &stays)) {
                *total += kw * f64::from(evs) / f64::from(SAMPLES);
            }
        }
    }
    sum
}

/// Load, PV and wind of each microgrid, the same every day; temperature and the errors of forecasts as the scenario's series say.
pub fn zone_series(microgrids: &[Microgrid], like: &[ZoneSeries], grid: PeriodGrid) -> Vec<ZoneSeries> {
    let series = |values: &[f64]| Series { values: values.to_vec(), first: 0, per_day: grid.per_day };
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
    let mine = rules.travel.iter().filter(|rule| rule.segment == segments[usize::from(segment)].name);
    let mut draws = seeds.draws(Group::Population, stream::EV, Purpose::Travel as u16, stable_id(segment, index), 0);
    let (eagerness, mut sum) = (draws.uniform(), 0.0);
    let rule = mine.into_iter().find(|rule| {
        sum += rule.share;
        eagerness < sum
    })?;
    let number = segments.iter().position(|s| s.name == rule.by_day)?;
    Some(DayPlace { zone: ZoneId(segments[number].zone?), segment: number as u16 })
}

/// Which EVs follow set points, in the order of `segments` (one entry an EV); nobody outside of a group. A larger share contains the
/// smaller one (P4 eq. 8).
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
    most_eager(&ranks, rules.participation.share).expect("invariant: the scenario's reader checked the share")
}
