//! Each area's load as it would have been without a plan, and as it was.

use super::periods::Periods;
use crate::chart::{Axis, Chart, Colour, Mark, Shape};
use crate::{ReportError, Source};
use std::collections::BTreeMap;

/// More areas than that are not drawn.
const MOST_ZONES: usize = 6;

/// Load by area if every vehicle had charged at full power from its arrival on, and as it was.
///
/// The total's peak is the indicator `uncontrolled_peak_kw`.
pub(super) fn on_arrival(source: &Source) -> Result<Chart, ReportError> {
    let zones = Periods::of_zones(source)?;
    let mut marks = Vec::new();
    if (2..=MOST_ZONES).contains(&zones.len()) {
        let power = charge_powers(source)?;
        let charged = energies(source, &zones, &power)?;
        for (n, (zone, p)) in zones.iter().enumerate() {
            let none = vec![0.0; p.means.len()];
            let extra = charged.get(zone).unwrap_or(&none);
            let load = p.column("load_kw");
            let before: Vec<f64> = load.iter().zip(extra).map(|(l, e)| l + e).collect();
            let vehicles = p.column("ev_charge_kw").into_iter().zip(p.column("ev_discharge_kw"));
            let after: Vec<f64> = load.iter().zip(vehicles).map(|(l, (c, d))| l + c - d).collect();
            let (name, colour) = (format!("zone {zone}"), Colour::nth(n));
            let (before, after) = (p.stairs(&before), p.stairs(&after));
            marks.push(Mark::new(format!("{name}, on arrival"), colour, Shape::Dashes(before)));
            marks.push(Mark::new(format!("{name}, as it was"), colour, Shape::Line(after)));
        }
    }
    Ok(Chart {
        name: "before-after",
        title: "Each area's load if everybody charged on arrival, and as it was".to_owned(),
        note: "Broken: base load, and every stay charged at full power from its arrival until its need \
               is met, as if a charge point were free for each. Full: base load with charging less \
               discharging, as it happened."
            .to_owned(),
        x: Axis::Clock,
        y: Axis::numbers("power [kW]"),
        marks,
        sql: "SELECT zone_id, period_start, load_kw + ev_charge_kw - ev_discharge_kw AS as_it_was_kw \
              FROM 'balance.parquet' ORDER BY ALL;\nSELECT s.zone_id, s.arrival, e.charge_kw, \
              s.energy_needed_kwh / e.charge_kw AS hours_on_arrival\nFROM 'stays.parquet' s JOIN \
              'evs.parquet' e USING (run_id, ev_id) WHERE s.arrival IS NOT NULL ORDER BY ALL"
            .to_owned(),
        height: 380,
    })
}

/// Charging power of each vehicle \[kW\].
fn charge_powers(source: &Source) -> Result<BTreeMap<i64, f64>, ReportError> {
    let mut power = BTreeMap::new();
    source.scan("evs", &["ev_id", "charge_kw"], |frame| {
        let kw = frame.numbers("charge_kw");
        power.extend(frame.numbers("ev_id").iter().zip(kw).map(|(ev, kw)| (*ev as i64, *kw)));
    })?;
    Ok(power)
}

/// By zone: mean power by step of charging on arrival \[kW\].
fn energies(
    source: &Source,
    zones: &BTreeMap<i64, Periods>,
    power: &BTreeMap<i64, f64>,
) -> Result<BTreeMap<i64, Vec<f64>>, ReportError> {
    let mut charged: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    let columns =
        ["ev_id", "zone_id", "arrival", "departure", "planned_departure", "energy_needed_kwh"];
    source.scan("stays", &columns, |frame| {
        let [ev, zone, arrival, departure, planned, needed] = columns.map(|c| frame.numbers(c));
        for row in 0..frame.rows() {
            let Some(p) = zones.get(&(zone[row] as i64)) else { continue };
            let kw = power.get(&(ev[row] as i64)).copied().unwrap_or(f64::NAN);
            let leaves = if departure[row].is_nan() { planned[row] } else { departure[row] };
            let from = source.hour(arrival[row]);
            let until = (from + needed[row] / kw).min(source.hour(leaves));
            // An unknown arrival, need or power makes an end that is no number.
            if !(kw > 0.0 && until > from) {
                continue;
            }
            let steps = charged.entry(zone[row] as i64).or_insert_with(|| vec![0.0; p.means.len()]);
            for (step, edge) in steps.iter_mut().zip(p.edges.windows(2)) {
                let overlap = until.min(edge[1]) - from.max(edge[0]);
                *step += kw * overlap.max(0.0) / (edge[1] - edge[0]);
            }
        }
    })?;
    Ok(charged)
}
