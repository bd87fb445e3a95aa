//! Who charged when: charge points, or zones where there are many, against time.

use super::periods::Periods;
use crate::chart::{Axis, Chart, Colour, Mark, Shape};
use crate::{ReportError, Source};
use std::collections::BTreeMap;

/// More rows than that cannot be told apart.
const MOST_ROWS: usize = 64;
/// At most so many steps of time are drawn.
const MOST_STEPS: f64 = 192.0;

/// Power at each charge point by time; by zone if there are more than 64 points.
pub(super) fn occupancy(source: &Source) -> Result<Chart, ReportError> {
    let (mut energy, mut piles) = (BTreeMap::new(), 0.0f64);
    let mut span = (f64::INFINITY, f64::NEG_INFINITY);
    let columns = ["kind", "pile_id", "period_start", "energy_kwh"];
    source.scan("facts", &columns, |frame| {
        let (pile, start) = (frame.numbers("pile_id"), frame.numbers("period_start"));
        let kwh = frame.numbers("energy_kwh");
        for row in 0..frame.rows() {
            if frame.word("kind", row) == "set_point" && pile[row] >= 1.0 && kwh[row].is_finite() {
                piles = piles.max(pile[row]);
                let hour = source.hour(start[row]);
                span = (span.0.min(hour), span.1.max(hour));
                if pile[row] <= MOST_ROWS as f64 {
                    let key = (pile[row] as i64, start[row] as i64);
                    *energy.entry(key).or_insert(0.0) += kwh[row].abs();
                }
            }
        }
    })?;
    let (names, cells, what) = if piles <= MOST_ROWS as f64 {
        let cells = energy.iter().map(|((pile, us), kwh)| (*pile, source.hour(*us as f64), *kwh));
        ((1..=piles as i64).collect::<Vec<_>>(), cells.collect::<Vec<_>>(), "charge point")
    } else {
        let zones = Periods::of_zones(source)?;
        let mut cells = Vec::new();
        for (zone, p) in zones.iter().take(MOST_ROWS) {
            let rows = p.column("ev_charge_kw").into_iter().zip(p.column("ev_discharge_kw"));
            cells.extend(rows.enumerate().map(|(i, (c, d))| (*zone, p.edges[i], c + d)));
        }
        (zones.keys().copied().take(MOST_ROWS).collect(), cells, "zone")
    };
    Ok(chart(&names, &cells, what))
}

fn chart(names: &[i64], cells: &[(i64, f64, f64)], what: &str) -> Chart {
    let first = cells.iter().map(|c| c.1).fold(f64::INFINITY, f64::min);
    let last = cells.iter().map(|c| c.1).fold(f64::NEG_INFINITY, f64::max);
    let width = ((last - first) / MOST_STEPS).max(0.25);
    let mut shades: BTreeMap<(usize, i64), f64> = BTreeMap::new();
    for (name, hour, value) in cells {
        if let Some(row) = names.iter().position(|n| n == name) {
            *shades.entry((row, ((hour - first) / width) as i64)).or_default() += value;
        }
    }
    let most = shades.values().copied().fold(0.0, f64::max).max(1e-12);
    let shade = |(&(row, step), value): (&(usize, i64), &f64)| {
        let (left, y) = (first + step as f64 * width, row as f64);
        ([left, left + width, y - 0.5, y + 0.5], value / most)
    };
    let shades = shades.iter().map(shade).collect();
    let many = names.len() > 20;
    let label =
        |(i, n): (usize, &i64)| if many && i % 4 != 0 { String::new() } else { n.to_string() };
    Chart {
        name: "occupancy",
        title: format!("Who charged when, by {what}"),
        note: format!(
            "Each row is a {what}; the darker, the more energy was charged or discharged in that \
             time. White: nothing flowed."
        ),
        x: Axis::Clock,
        y: Axis::Names {
            label: what.to_owned(),
            names: names.iter().enumerate().map(label).collect(),
        },
        marks: vec![Mark::new("energy", Colour::Charge, Shape::Shades(shades))],
        sql: "SELECT pile_id, period_start, ev_id, direction, energy_kwh, power_kw\n\
              FROM 'facts.parquet' WHERE kind = 'set_point' ORDER BY ALL"
            .to_owned(),
        height: (90 + 11 * names.len() as u32).clamp(200, 720),
    }
}
