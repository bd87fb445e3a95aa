//! Who charged when: charge points, or zones where there are many, against time.

use super::periods::{Periods, Steps};
use crate::chart::{Axis, Chart, Colour, Mark, Shape};
use crate::{ReportError, Source};
use std::collections::BTreeMap;

/// More rows than that cannot be told apart.
const MOST_ROWS: usize = 64;
/// At most so many steps of time are drawn.
const MOST_STEPS: f64 = 192.0;
/// What is told apart.
const WAYS: [(&str, Colour); 2] =
    [("charging", Colour::Charge), ("discharging", Colour::Discharge)];

/// Energy of a row in a period: row, hour, charging and discharging.
type Cell = (i64, f64, [f64; 2]);

/// Power at each charge point by time; by zone if there are more than 64 points.
pub(super) fn occupancy(source: &Source) -> Result<Chart, ReportError> {
    let (mut energy, mut piles) = (BTreeMap::<(i64, i64), [f64; 2]>::new(), 0.0f64);
    let columns = ["kind", "pile_id", "period_start", "direction", "energy_kwh"];
    source.scan("facts", &columns, |frame| {
        let (pile, start) = (frame.numbers("pile_id"), frame.numbers("period_start"));
        let kwh = frame.numbers("energy_kwh");
        for row in 0..frame.rows() {
            if frame.word("kind", row) == "set_point" && pile[row] >= 1.0 && kwh[row].is_finite() {
                piles = piles.max(pile[row]);
                if pile[row] <= MOST_ROWS as f64 {
                    let way = usize::from(frame.word("direction", row) == "discharge");
                    let key = (pile[row] as i64, start[row] as i64);
                    energy.entry(key).or_default()[way] += kwh[row].abs();
                }
            }
        }
    })?;
    if (1.0..=MOST_ROWS as f64).contains(&piles) {
        let cells = energy.iter().map(|((pile, us), kwh)| (*pile, source.hour(*us as f64), *kwh));
        let sql = "SELECT pile_id, period_start, direction, sum(abs(energy_kwh)) AS kwh\nFROM \
                   'facts.parquet' WHERE kind = 'set_point' AND pile_id IS NOT NULL GROUP BY ALL \
                   ORDER BY ALL";
        let names: Vec<i64> = (1..=piles as i64).collect();
        return Ok(chart(&names, &cells.collect::<Vec<_>>(), "charge point", sql));
    }
    let zones = Periods::of_zones(source)?;
    let mut cells = Vec::new();
    for (zone, p) in zones.iter().take(MOST_ROWS) {
        let rows = p.column("ev_charge_kw").into_iter().zip(p.column("ev_discharge_kw"));
        cells.extend(rows.enumerate().map(|(i, (c, d))| (*zone, p.edges[i], [c, d])));
    }
    let sql = "SELECT zone_id, period_start, ev_charge_kw, ev_discharge_kw FROM 'balance.parquet' \
               ORDER BY ALL";
    let names: Vec<i64> = zones.keys().copied().take(MOST_ROWS).collect();
    Ok(chart(&names, &cells, "zone", sql))
}

fn chart(names: &[i64], cells: &[Cell], what: &str, sql: &str) -> Chart {
    let steps = Steps::of(cells.iter().map(|c| c.1), MOST_STEPS);
    let row_of: BTreeMap<i64, usize> = names.iter().enumerate().map(|(i, n)| (*n, i)).collect();
    let mut shades: BTreeMap<(usize, i64), [f64; 2]> = BTreeMap::new();
    for (name, hour, values) in cells {
        if let Some(row) = row_of.get(name) {
            let shade = shades.entry((*row, steps.at(*hour))).or_default();
            shade.iter_mut().zip(values).for_each(|(sum, v)| *sum += v);
        }
    }
    let most = shades.values().flatten().copied().fold(0.0, f64::max).max(1e-12);
    let marks = (0..2).filter_map(|way| {
        let shade = |(&(row, step), values): (&(usize, i64), &[f64; 2])| {
            let (left, y) = (steps.left(step), row as f64);
            let cell = [left, left + steps.length, y - 0.5, y + 0.5];
            (values[way] > 0.0).then_some((cell, values[way] / most))
        };
        let shades: Vec<_> = shades.iter().filter_map(shade).collect();
        (!shades.is_empty()).then(|| Mark::new(WAYS[way].0, WAYS[way].1, Shape::Shades(shades)))
    });
    let many = names.len() > 20;
    let label =
        |(i, n): (usize, &i64)| if many && i % 4 != 0 { String::new() } else { n.to_string() };
    Chart {
        name: "occupancy",
        title: format!("Who charged when, by {what}"),
        note: format!(
            "Each row is a {what}; the darker, the more energy was charged or discharged in that \
             time; where both happened one lies over the other. Nothing is drawn where nothing flowed."
        ),
        x: Axis::Clock,
        y: Axis::Names {
            label: what.to_owned(),
            names: names.iter().enumerate().map(label).collect(),
        },
        marks: marks.collect(),
        sql: sql.to_owned(),
        height: (90 + 11 * names.len() as u32).clamp(200, 720),
    }
}
