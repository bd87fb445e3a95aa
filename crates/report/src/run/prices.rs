//! Prices: published, real, and the grid's.

use super::periods::Steps;
use crate::chart::{Axis, Chart, Colour, Mark, Shape, thinned};
use crate::{ReportError, Source};
use std::collections::BTreeMap;

/// At most so many points of a line are drawn.
const MOST: usize = 2000;

/// The prices of the first zone by period: what was published last, and what was real.
pub(super) fn prices(source: &Source) -> Result<Chart, ReportError> {
    const KINDS: [(&str, &str, Colour); 6] = [
        ("grid_price_cny_per_kwh", "grid, for the plant", Colour::Ink),
        ("reservation_price_cny_per_kwh", "reservation c", Colour::Charge),
        ("discharge_price_cny_per_kwh", "discharge d", Colour::Discharge),
        ("ticket_price_cny_per_kwh", "ticket q", Colour::Battery),
        ("ev_price_cny_per_kwh", "charging without a booking", Colour::Grid),
        ("real_price_cny_per_kwh", "real R", Colour::Alarm),
    ];
    let wanted = [vec!["zone_id", "period_start"], KINDS.map(|k| k.0).to_vec()].concat();
    let mut zone = f64::NAN;
    let mut last: BTreeMap<i64, [f64; 6]> = BTreeMap::new();
    source.scan("prices", &wanted, |frame| {
        let (zones, start) = (frame.numbers("zone_id"), frame.numbers("period_start"));
        let columns = KINDS.map(|k| frame.numbers(k.0));
        for row in 0..frame.rows() {
            if zone.is_nan() {
                zone = zones[row];
            }
            if zones[row] != zone {
                continue;
            }
            let prices = last.entry(start[row] as i64).or_insert([f64::NAN; 6]);
            for (price, column) in prices.iter_mut().zip(columns) {
                if column[row].is_finite() {
                    *price = column[row];
                }
            }
        }
    })?;
    let hour = |us: &i64| source.hour(*us as f64);
    let length = Steps::of(last.keys().map(hour), f64::INFINITY).length;
    let mut marks = Vec::new();
    for (k, (_, name, colour)) in KINDS.iter().enumerate() {
        let line = stairs(&last.iter().map(|(us, p)| (hour(us), p[k])).collect::<Vec<_>>(), length);
        if line.iter().any(|p| p[1].is_finite()) {
            let shape = if k == 0 {
                Shape::Dashes(thinned(&line, MOST))
            } else {
                Shape::Line(thinned(&line, MOST))
            };
            marks.push(Mark::new(*name, *colour, shape));
        }
    }
    Ok(Chart {
        name: "prices",
        title: "Prices: as published last for each period, and as they turned out".to_owned(),
        note: note(&marks),
        x: Axis::Clock,
        y: Axis::numbers(format!("price [{}/kWh]", source.currency())),
        marks,
        sql: "SELECT period_start, max_by(reservation_price_cny_per_kwh, published_at) c, \
              max_by(discharge_price_cny_per_kwh, published_at) d, \
              max_by(ticket_price_cny_per_kwh, published_at) q, \
              max_by(ev_price_cny_per_kwh, published_at) e, \
              max_by(grid_price_cny_per_kwh, published_at) grid, \
              max(real_price_cny_per_kwh) r\n\
              FROM 'prices.parquet' WHERE zone_id = (SELECT min(zone_id) FROM 'prices.parquet') GROUP BY period_start ORDER BY period_start"
            .to_owned(),
        height: 320,
    })
}

/// What to look for, of the prices that are drawn.
fn note(marks: &[Mark]) -> String {
    let drawn = |start: &str| marks.iter().any(|m| m.name.starts_with(start));
    let said = [
        ("grid", "what the plant pays for energy from the grid"),
        ("reservation", "what a booking of the period cost when it was published last"),
        ("discharge", "what discharging earned"),
        ("ticket", "what a ticket cost"),
        ("charging", "what charging without a booking cost"),
        ("real", "the real price, from which refunds and penalties are reckoned"),
    ];
    let said: Vec<_> = said.iter().filter(|s| drawn(s.0)).map(|s| s.1).collect();
    let mut note = format!("Drawn are {}. First zone.", said.join("; "));
    if drawn("reservation") {
        note += " A gap: what was published last was published before the record begins.";
    }
    note
}

/// A price holds for its whole period; a period without one is a gap.
fn stairs(prices: &[(f64, f64)], length: f64) -> Vec<[f64; 2]> {
    let mut line = Vec::new();
    for (k, (hour, price)) in prices.iter().enumerate() {
        let apart = k > 0 && hour - prices[k - 1].0 > 1.5 * length;
        if (apart || !price.is_finite()) && line.last().is_some_and(|p: &[f64; 2]| p[1].is_finite())
        {
            line.push([f64::NAN; 2]);
        }
        if price.is_finite() {
            line.extend([[*hour, *price], [hour + length, *price]]);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_holds_for_its_period_and_a_missing_one_is_a_gap() {
        let line = stairs(&[(0.0, 1.0), (1.0, 2.0), (2.0, f64::NAN), (3.0, 1.0), (5.0, 1.0)], 1.0);
        let gaps = line.iter().filter(|p| p[1].is_nan()).count();
        assert_eq!((line.len(), gaps), (10, 2));
        assert_eq!((line[1], line[2]), ([1.0, 1.0], [1.0, 2.0]));
    }
}
