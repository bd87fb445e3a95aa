//! What the main result hangs on: the same fleets under other readings of what the paper leaves
//! open.

use super::fleet_outcome::{FleetDay, Others};
use super::published::AREAS;
use super::typical_day::numbers;
use crate::runs::share_out;
use crate::{Cell, Grid, OverSeeds, ReproduceError, Request, Section};
use group::{GroupParams, network_kw, peak_valley_kw};
use optim::front::Compromise;
use population::{Law, SegmentSize};

/// A reading: the parameters, the share that takes part, what the others do.
struct Reading {
    name: &'static str,
    params: GroupParams,
    share: f64,
    others: Others,
}

/// Peak less valley of a reading's days against their own base load, by area.
pub fn section(params: &GroupParams, request: &Request<'_>) -> Result<Section, ReproduceError> {
    let readings = readings(params);
    let fleets = request.seeds as usize;
    let gaps = share_out(readings.len() * fleets, request, |job| {
        gap_to_no_ev(&readings[job / fleets], job % fleets)
    })?;
    let head = ["20 % ordered less no EV [kW]"];
    let mut table = Grid::new(head.into_iter().chain(AREAS));
    for (reading, of_fleets) in readings.iter().zip(gaps.chunks(fleets)) {
        let cell = |area: usize| Cell::Ours(OverSeeds::of(of_fleets.iter().map(|g| g.kw[area])));
        table.push(reading.name, (0..AREAS.len()).map(cell));
    }
    let as_read = &gaps[..fleets];
    let energy = |of: fn(&Gap) -> &[f64; 4], area: usize| {
        OverSeeds::of(as_read.iter().map(|gap| of(gap)[area]))
    };
    let lines: Vec<String> = (0..AREAS.len())
        .map(|area| {
            format!(
                "{}: the valley would have to take {} kWh, participants need {} kWh",
                AREAS[area],
                energy(|gap| &gap.wanted_kwh, area),
                energy(|gap| &gap.offered_kwh, area)
            )
        })
        .collect();
    let title = "What the main result hangs on: peak less valley with 20 % ordered, less that of the same base load without EVs";
    let mut section = Section::of_table(title, table);
    section.text = Some(format!(
        "For the first row to be 0, with the others charging on arrival:\n  {}\n",
        lines.join("\n  ")
    ));
    Ok(section)
}

/// What is compared with a day without EVs, by area, then for the network.
struct Gap {
    /// Difference of peak and valley, less that without EVs \[kW\].
    kw: [f64; 4],
    /// Energy that lifts the valley until the difference is that without EVs, if the peak stays
    /// where the others put it \[kWh\].
    wanted_kwh: [f64; 4],
    /// Energy that participants charge \[kWh\].
    offered_kwh: [f64; 4],
}

fn gap_to_no_ev(reading: &Reading, fleet: usize) -> Result<Gap, ReproduceError> {
    let params = &reading.params;
    let periods = params.horizon.periods;
    let u = &mut numbers(fleet);
    let day = FleetDay::draw(params, u)?;
    let (plan, others_kw) = day.plan_with(params, reading.share, reading.others, u)?;
    let by_area = |mut kw: Vec<f64>| {
        kw.extend(network_kw(&kw, periods));
        kw
    };
    let base = by_area(day.base_kw.clone());
    let others = by_area(others_kw);
    let placed = by_area(plan.schedule().placed_kw.clone());
    let curve = |kw: &[f64], area: usize| kw[area * periods..(area + 1) * periods].to_vec();
    let sum = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a + b).collect::<Vec<f64>>();
    let mut gap = Gap { kw: [0.0; 4], wanted_kwh: [0.0; 4], offered_kwh: [0.0; 4] };
    for area in 0..AREAS.len() {
        let no_ev_kw = peak_valley_kw(&curve(&base, area));
        let settled = sum(&curve(&base, area), &curve(&others, area));
        let all = sum(&settled, &curve(&placed, area));
        gap.kw[area] = peak_valley_kw(&all) - no_ev_kw;
        let level = settled.iter().copied().fold(f64::NEG_INFINITY, f64::max) - no_ev_kw;
        gap.wanted_kwh[area] =
            settled.iter().map(|kw| (level - kw).max(0.0)).sum::<f64>() * params.horizon.period_h;
        gap.offered_kwh[area] = curve(&placed, area).iter().sum::<f64>() * params.horizon.period_h;
    }
    Ok(gap)
}

/// The readings that are compared; the first is the shipped one.
fn readings(params: &GroupParams) -> Vec<Reading> {
    let of = |name, params| Reading { name, params, share: 0.2, others: Others::OnArrival };
    let with = |name, change: &dyn Fn(&mut GroupParams)| {
        let mut changed = params.clone();
        change(&mut changed);
        of(name, changed)
    };
    let arrivals = |name, change: &dyn Fn(f64, f64) -> (f64, f64)| {
        with(name, &|p| {
            for segment in &mut p.fleet.segments {
                if let Law::WrappedNormal { mean, sd } = &mut segment.arrival {
                    (*mean, *sd) = change(*mean, *sd);
                }
            }
        })
    };
    let shape = |name, power: f64| {
        with(name, &|p| {
            for grid in &mut p.microgrids {
                bend(&mut grid.load_kw, power);
            }
        })
    };
    vec![
        of("as shipped", params.clone()),
        with("nobody overnight at office and shops", &|p| overnight(p, 0.0)),
        with("all overnight at office and shops", &|p| overnight(p, 1.0)),
        arrivals("starts half as wide", &|mean, sd| (mean, sd / 2.0)),
        arrivals("starts twice as wide", &|mean, sd| (mean, 2.0 * sd)),
        arrivals("starts 3 h earlier", &|mean, sd| (mean - 3.0, sd)),
        arrivals("starts 3 h later", &|mean, sd| ((mean + 3.0).rem_euclid(24.0), sd)),
        shape("base load with a narrow valley", 0.5),
        shape("base load with a narrow peak", 2.0),
        with("the flattest plan, not TOPSIS", &|p| {
            p.upper.compromise = Compromise::Least { objective: 0 };
        }),
        Reading { share: 0.4, ..of("200 EVs ordered (Fig. 9), not 100", params.clone()) },
        Reading { others: Others::Elsewhere, ..of("the others charge elsewhere", params.clone()) },
    ]
}

/// Moves the EVs of office and shops between day and night: `share` of them parks overnight.
fn overnight(params: &mut GroupParams, share: f64) {
    let counts = params.fleet.head_counts().unwrap_or_default();
    let areas: Vec<Option<u16>> = params.fleet.segments.iter().map(|s| s.zone).collect();
    let segments = params.fleet.segments.iter_mut();
    for (segment, &evs) in segments.zip(&counts) {
        let of_area = areas.iter().zip(&counts).filter(|(zone, _)| **zone == segment.zone);
        let all: u32 = of_area.map(|(_, evs)| evs).sum();
        let night = (share * f64::from(all)).round() as u32;
        segment.size = SegmentSize::Evs(match segment.zone {
            Some(2 | 3) if segment.name.ends_with("overnight") => night,
            Some(2 | 3) => all - night,
            _ => evs,
        });
    }
}

/// Bends a load between its least and its largest value, which stay: a power below 1 makes the
/// valley narrow and the peak wide, above 1 the reverse.
fn bend(load_kw: &mut [f64], power: f64) {
    let low = load_kw.iter().copied().fold(f64::INFINITY, f64::min);
    let range = load_kw.iter().copied().fold(f64::NEG_INFINITY, f64::max) - low;
    for kw in load_kw.iter_mut().filter(|_| range > 0.0) {
        *kw = low + range * ((*kw - low) / range).powf(power);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bending_leaves_valley_and_peak() {
        let mut load = vec![100.0, 400.0, 900.0];
        bend(&mut load, 0.5);
        assert_eq!((load[0], load[2]), (100.0, 900.0));
        assert!((load[1] - (100.0 + 800.0 * 0.375_f64.sqrt())).abs() < 1e-9);
    }

    #[test]
    fn readings_keep_the_number_of_evs() {
        let group = scenario::Scenario::load("group", &[]).expect("a built-in scenario");
        for reading in readings(&group.scenario.group_params().expect("a group")) {
            let counts = reading.params.fleet.head_counts().expect("sizes fit");
            assert_eq!(counts.iter().sum::<u32>(), 500, "{}", reading.name);
        }
    }
}
