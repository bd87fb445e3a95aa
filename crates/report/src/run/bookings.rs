//! The life of bookings: how many were asked for, made, given up, kept.

use crate::chart::{Axis, Chart, Colour, Flow, Mark, Shape, Stop, flows};
use crate::figures::Figures;
use crate::{ReportError, Source};
use std::collections::{BTreeMap, HashMap};

const STOPS: [Stop; 15] = [
    stop(0, "asked for", Colour::Ink),
    stop(0, "booked before the record", Colour::Muted),
    stop(0, "won by ticket", Colour::Battery),
    stop(1, "booked", Colour::Grid),
    stop(1, "rejected", Colour::Fuel),
    stop(1, "not answered yet", Colour::Muted),
    stop(2, "came", Colour::Charge),
    stop(2, "cancelled", Colour::Fuel),
    stop(2, "curtailed by the site", Colour::Fuel),
    stop(2, "severe breach", Colour::Alarm),
    stop(2, "still to come", Colour::Muted),
    stop(3, "in time", Colour::Charge),
    stop(3, "minor breach", Colour::Fuel),
    stop(3, "moderate breach", Colour::Alarm),
    stop(4, "settled", Colour::Grid),
];

const fn stop(column: usize, name: &'static str, colour: Colour) -> Stop {
    Stop { column, name, colour }
}

/// What the rows of one booking say of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Life {
    before: bool,
    by_ticket: bool,
    came: bool,
    cancelled: bool,
    defaulted: bool,
    open: bool,
    grade: Grade,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Grade {
    #[default]
    InTime,
    Minor,
    Moderate,
}

impl Life {
    /// The stops that it passes after it was booked, by number.
    fn stops(self) -> Vec<usize> {
        let end = match self {
            // A booking that was given up, broken or taken back has no grade to come.
            Self { cancelled: true, .. } => return vec![7],
            Self { defaulted: true, .. } => return vec![9],
            Self { came: true, grade, .. } => match grade {
                Grade::InTime => 11,
                Grade::Minor => 12,
                Grade::Moderate => 13,
            },
            Self { open: true, .. } => return vec![10],
            Self { .. } => return vec![8],
        };
        if self.open { vec![6, end] } else { vec![6, end, 14] }
    }
}

/// From the request to the end, as flows.
pub(super) fn bookings(source: &Source, figures: &Figures) -> Result<Chart, ReportError> {
    let lives = lives(source)?;
    let mut sums: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    let mut made = 0.0;
    for life in lives.values() {
        let from = if life.before {
            1
        } else if life.by_ticket {
            2
        } else {
            0
        };
        made += f64::from(u8::from(from == 0));
        let mut last = (from, 3);
        *sums.entry(last).or_default() += 1.0;
        for next in life.stops() {
            last = (last.1, next);
            *sums.entry(last).or_default() += 1.0;
        }
    }
    let n = |name: &str| figures.run(name).filter(|v| v.is_finite()).unwrap_or(0.0);
    sums.insert((0, 4), n("rejections"));
    sums.insert((0, 5), n("requests") - n("rejections") - made);
    let all: Vec<Flow> =
        sums.into_iter().map(|((from, to), amount)| Flow { from, to, amount }).collect();
    Ok(Chart {
        name: "bookings",
        title: "The life of bookings, from the request to the end".to_owned(),
        note: "From left to right: where bookings came from, whether they were confirmed, what became \
               of them, how late those who came were, and which of them are settled. What ends \
               before the last column ended there, or was open when the record ended."
            .to_owned(),
        x: Axis::None,
        y: Axis::None,
        marks: flows(&STOPS, &all),
        sql: format!(
            "WITH b AS (SELECT booking_id, {} < 0 AS before, bool_or(ticket_id IS NOT NULL) AS \
             ticket, bool_or(plugged_at IS NOT NULL) AS came, any_value(breach) AS breach,\n  \
             string_agg(DISTINCT status) AS status FROM 'reservations.parquet' GROUP BY booking_id)\n\
             SELECT before, ticket, came, breach, status, count(*) AS bookings FROM b GROUP BY ALL \
             ORDER BY ALL",
            source.since_start_in_sql("min(made_at)")
        ),
        height: 400,
    })
}

/// The bookings of the record.
fn lives(source: &Source) -> Result<HashMap<i64, Life>, ReportError> {
    let mut lives: HashMap<i64, Life> = HashMap::new();
    let columns = ["booking_id", "made_at", "status", "plugged_at", "breach", "ticket_id"];
    source.scan("reservations", &columns, |frame| {
        let (id, made) = (frame.numbers("booking_id"), frame.numbers("made_at"));
        let (plugged, ticket) = (frame.numbers("plugged_at"), frame.numbers("ticket_id"));
        for row in 0..frame.rows() {
            let life = lives.entry(id[row] as i64).or_default();
            life.before |= source.hour(made[row]) < 0.0;
            life.by_ticket |= !ticket[row].is_nan();
            life.came |= !plugged[row].is_nan();
            match frame.word("status", row) {
                "cancelled_free" | "cancelled_early" | "cancelled_late" => life.cancelled = true,
                "defaulted" => life.defaulted = true,
                "open" => life.open = true,
                "fulfilled" => life.came = true,
                // What is left are periods that the site took back.
                _ => {}
            }
            match frame.word("breach", row) {
                "minor" => life.grade = Grade::Minor,
                "moderate" => life.grade = Grade::Moderate,
                _ => {}
            }
        }
    })?;
    Ok(lives)
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
        sql: format!(
            "SELECT {} AS local_hour, kind, count(*) AS number FROM 'facts.parquet'\n\
             WHERE kind IN ('reservation_rejected', 'cancelled', 'breach', 'ticket_offered', \
             'ticket_awarded', 'reminder_sent') GROUP BY ALL ORDER BY ALL",
            source.hour_in_sql("t")
        ),
        height: 300,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_booking_ends_where_its_rows_say() {
        let came = Life { came: true, ..Life::default() };
        let late = Life { grade: Grade::Moderate, ..came };
        for (life, ends) in [
            (came, "settled"),
            (late, "settled"),
            (Life { open: true, ..late }, "moderate breach"),
            (Life { open: true, ..Life::default() }, "still to come"),
            (Life { defaulted: true, ..Life::default() }, "severe breach"),
            (Life::default(), "curtailed by the site"),
            (Life { cancelled: true, ..Life::default() }, "cancelled"),
        ] {
            let last = life.stops().last().map(|k| STOPS[*k].name);
            assert_eq!(last, Some(ends), "{life:?}");
        }
    }
}
