//! The life of bookings: how many were asked for, made, given up, kept.

use crate::chart::{Axis, Chart, Colour, Mark, Shape};
use crate::figures::Figures;
use crate::{ReportError, Source};

/// Bars from the request to the end, from the run's indicators.
pub(super) fn bookings(figures: &Figures) -> Chart {
    let n = |name: &str| figures.run(name).filter(|v| v.is_finite()).unwrap_or(0.0);
    let ended = [
        ("cancelled free", n("cancelled_free"), Colour::Muted),
        ("cancelled early", n("cancelled_early"), Colour::Muted),
        ("cancelled late", n("cancelled_late"), Colour::Fuel),
        ("curtailed by the site", n("curtailed_bookings"), Colour::Fuel),
        ("severe breach", n("severe_breaches"), Colour::Alarm),
        ("moderate breach", n("moderate_breaches"), Colour::Alarm),
        ("minor breach", n("minor_breaches"), Colour::Alarm),
        ("open at the end", n("bookings_open"), Colour::Muted),
    ];
    let kept = (n("bookings") - ended.iter().map(|e| e.1).sum::<f64>()).max(0.0);
    let mut bars = vec![
        ("asked for", n("requests"), Colour::Ink),
        ("rejected", n("rejections"), Colour::Fuel),
        ("booked", n("bookings"), Colour::Grid),
        ("of these by ticket", n("bookings_by_ticket"), Colour::Battery),
    ];
    bars.extend(ended);
    bars.push(("came in time", kept, Colour::Charge));
    if n("bookings") == 0.0 && n("requests") == 0.0 {
        bars.clear();
    }
    bars.reverse();
    let mut marks = Vec::new();
    for (y, (_, value, colour)) in bars.iter().enumerate() {
        let y = y as f64;
        marks.push(Mark::new("", *colour, Shape::Boxes(vec![[0.0, *value, y - 0.38, y + 0.38]])));
    }
    let most = bars.iter().map(|b| b.1).fold(0.0, f64::max);
    let words = bars.iter().enumerate();
    let words = words.map(|(y, b)| ([b.1 + 0.025 * most, y as f64], format!("{:.0}", b.1)));
    marks.push(Mark::new("", Colour::Ink, Shape::Words(words.collect())));
    Chart {
        name: "bookings",
        title: "The life of bookings, from the request to the end".to_owned(),
        note: "A booking ends as one of the bars below \u{201c}of these by ticket\u{201d}; a breach is \
               graded by how late the vehicle came."
            .to_owned(),
        x: Axis::numbers("bookings"),
        y: Axis::Names {
            label: String::new(),
            names: bars.iter().map(|b| b.0.to_owned()).collect(),
        },
        marks,
        sql: "SELECT status, breach, count(DISTINCT booking_id) AS bookings\n\
              FROM 'reservations.parquet' GROUP BY ALL ORDER BY ALL"
            .to_owned(),
        height: 400,
    }
}

/// Breaches, cancellations, tickets by hour of the day.
pub(super) fn hours(source: &Source) -> Result<Chart, ReportError> {
    const KINDS: [(&str, &str, Colour); 6] = [
        ("reservation_rejected", "rejected", Colour::Fuel),
        ("cancelled", "cancelled", Colour::Muted),
        ("breach", "breach", Colour::Alarm),
        ("ticket_offered", "ticket offered", Colour::Battery),
        ("ticket_awarded", "ticket awarded", Colour::Charge),
        ("reminder_sent", "reminded", Colour::Wind),
    ];
    let mut counts = [[0u64; 24]; KINDS.len()];
    source.scan("facts", &["kind", "t"], |frame| {
        let t = frame.numbers("t");
        for (row, t) in t.iter().enumerate() {
            let kind = frame.word("kind", row);
            if let Some(k) = KINDS.iter().position(|known| known.0 == kind) {
                counts[k][(source.hour(*t).rem_euclid(24.0) as usize).min(23)] += 1;
            }
        }
    })?;
    let mut marks = Vec::new();
    let wide = 0.9 / KINDS.len() as f64;
    for (k, (_, name, colour)) in KINDS.iter().enumerate() {
        let bar = |(h, n): (usize, &u64)| {
            let left = h as f64 + 0.05 + k as f64 * wide;
            [left, left + wide, 0.0, *n as f64]
        };
        let bars =
            counts[k].iter().enumerate().filter(|(_, n)| **n > 0).map(bar).collect::<Vec<_>>();
        if !bars.is_empty() {
            marks.push(Mark::new(*name, *colour, Shape::Boxes(bars)));
        }
    }
    Ok(Chart {
        name: "breaches",
        title: "What went wrong, and what was offered again, by hour of the day".to_owned(),
        note: "Counts by local hour over all recorded days.".to_owned(),
        x: Axis::numbers("hour of the day, local"),
        y: Axis::numbers("number"),
        marks,
        sql: "SELECT hour(t) AS utc_hour, kind, count(*) FROM 'facts.parquet'\n\
              WHERE kind IN ('reservation_rejected', 'cancelled', 'breach', 'ticket_offered', \
              'ticket_awarded', 'reminder_sent') GROUP BY ALL ORDER BY ALL"
            .to_owned(),
        height: 300,
    })
}
