//! Prices: published, real, and the grid's.

use crate::chart::{Axis, Chart, Colour, Mark, Shape, thinned};
use crate::{ReportError, Source};
use std::collections::BTreeMap;

/// At most so many points of a line are drawn.
const MOST: usize = 2000;

/// The prices of the first zone by period: what was published last, and what was real.
pub(super) fn prices(source: &Source) -> Result<Chart, ReportError> {
    const KINDS: [(&str, &str, Colour); 5] = [
        ("grid_price_cny_per_kwh", "grid, for the plant", Colour::Ink),
        ("reservation_price_cny_per_kwh", "reservation c", Colour::Charge),
        ("discharge_price_cny_per_kwh", "discharge d", Colour::Discharge),
        ("ticket_price_cny_per_kwh", "ticket q", Colour::Battery),
        ("real_price_cny_per_kwh", "real R", Colour::Alarm),
    ];
    let wanted = [vec!["zone_id", "period_start"], KINDS.map(|k| k.0).to_vec()].concat();
    let mut zone = f64::NAN;
    let mut last: BTreeMap<i64, [f64; 5]> = BTreeMap::new();
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
            let prices = last.entry(start[row] as i64).or_insert([f64::NAN; 5]);
            for (price, column) in prices.iter_mut().zip(columns) {
                if column[row].is_finite() {
                    *price = column[row];
                }
            }
        }
    })?;
    let mut marks = Vec::new();
    for (k, (_, name, colour)) in KINDS.iter().enumerate() {
        let line = last.iter().map(|(us, p)| [source.hour(*us as f64), p[k]]).collect::<Vec<_>>();
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
        note: "What a booking of the period cost when it was published last, what discharging \
               earned, what a ticket cost, and the real price from which refunds and penalties are \
               reckoned. First zone."
            .to_owned(),
        x: Axis::Clock,
        y: Axis::numbers("price [CNY/kWh]"),
        marks,
        sql: "SELECT period_start, max_by(reservation_price_cny_per_kwh, published_at) c, \
              max_by(discharge_price_cny_per_kwh, published_at) d, \
              max_by(ticket_price_cny_per_kwh, published_at) q, \
              max(real_price_cny_per_kwh) r\n\
              FROM 'prices.parquet' WHERE zone_id = 1 GROUP BY period_start ORDER BY period_start"
            .to_owned(),
        height: 320,
    })
}
