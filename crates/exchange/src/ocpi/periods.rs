//! Charging periods: a plug-in and the booking around it, cut where anything changes.

use super::tables::{Booking, Point, Session};
use super::words::{hours, instant, number};
use serde_json::{Value, json};

/// One stretch of time in which nothing changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Period {
    /// From here \[us UTC\].
    pub start: i64,
    /// To here.
    pub end: i64,
    /// Whether the vehicle is plugged in.
    pub plugged: bool,
    /// Whether the charge point is booked for it.
    pub booked: bool,
    /// Whether the booked time is over.
    pub over: bool,
    /// Net energy, charging positive \[kWh\].
    pub energy_kwh: f64,
}

impl Period {
    fn charging(&self) -> bool {
        self.energy_kwh.abs() > 1e-9
    }

    fn like(&self, other: &Self) -> bool {
        (self.plugged, self.booked, self.over) == (other.plugged, other.booked, other.over)
    }

    /// The end of a stay in which nothing is charged \[h\].
    pub fn parked_h(&self) -> f64 {
        if self.plugged && !self.charging() { hours(self.start, self.end) } else { 0.0 }
    }
}

/// A plug-in of a booking or without one; `until` is its end, or the end of the record.
pub fn of_session(
    session: &Session,
    booking: Option<&Booking>,
    points: &[Point],
    until: i64,
) -> Vec<Period> {
    let end = session.departure.unwrap_or(until).max(session.arrival);
    let inside = |p: &&Point| p.start < end && p.end > session.arrival;
    let own: Vec<&Point> = points.iter().filter(inside).collect();
    let from = booking.map_or(session.arrival, |b| b.start.min(session.arrival));
    let mut cuts = vec![from, session.arrival, end];
    cuts.extend(booking.iter().flat_map(|b| [b.start, b.end]));
    cuts.extend(own.iter().flat_map(|p| [p.start, p.end]));
    let mut periods = cut(cuts, from, end, booking, |t| t >= session.arrival);
    // What was charged before the facts began has no point of its own.
    let net = session.charged_kwh - session.discharged_kwh;
    let rest = net - own.iter().map(|p| p.energy_kwh).sum::<f64>();
    let mut give = |at: i64, energy: f64| {
        let k = periods.partition_point(|p| p.start <= at).saturating_sub(1);
        if let Some(period) = periods.get_mut(k) {
            period.energy_kwh += energy;
        }
    };
    for p in &own {
        give(p.start.max(session.arrival), p.energy_kwh);
    }
    if rest.abs() > 1e-6 {
        give(session.arrival, rest);
    }
    joined(periods)
}

/// A booking that nobody used, until it was given up.
pub fn of_no_show(booking: &Booking, released: i64) -> Vec<Period> {
    let cuts = vec![booking.start, released.max(booking.start)];
    cut(cuts, booking.start, released.max(booking.start), Some(booking), |_| false)
}

fn cut(
    mut cuts: Vec<i64>,
    from: i64,
    end: i64,
    booking: Option<&Booking>,
    plugged: impl Fn(i64) -> bool,
) -> Vec<Period> {
    cuts.retain(|t| (from..=end).contains(t));
    cuts.sort_unstable();
    cuts.dedup();
    if cuts.len() < 2 {
        cuts = vec![from, end];
    }
    let period = |w: &[i64]| Period {
        start: w[0],
        end: w[1],
        plugged: plugged(w[0]),
        booked: booking.is_some_and(|b| (b.start..b.end).contains(&w[0])),
        over: booking.is_some_and(|b| w[0] >= b.end),
        energy_kwh: 0.0,
    };
    cuts.windows(2).map(period).collect()
}

/// Neighbours in which nothing is charged are one.
fn joined(periods: Vec<Period>) -> Vec<Period> {
    let mut all: Vec<Period> = Vec::with_capacity(periods.len());
    for p in periods {
        match all.last_mut() {
            Some(last) if !last.charging() && !p.charging() && last.like(&p) => last.end = p.end,
            _ => all.push(p),
        }
    }
    all
}

/// What a list of periods is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Within {
    /// A session: energies by direction.
    Session,
    /// A CDR of a version without bookings.
    Cdr,
    /// A CDR that tells of its booking.
    BookedCdr,
}

/// A period as OCPI has it, with its tariff if one is told.
pub fn value(p: &Period, within: Within, tariff: Option<&str>) -> Value {
    let length = hours(p.start, p.end);
    let mut dimensions = Vec::new();
    let mut note = |kind: &str, volume: f64| {
        dimensions.push(json!({ "type": kind, "volume": number(volume) }));
    };
    if p.plugged && p.charging() {
        note("ENERGY", p.energy_kwh);
        if within == Within::Session {
            let kind = if p.energy_kwh > 0.0 { "ENERGY_IMPORT" } else { "ENERGY_EXPORT" };
            note(kind, p.energy_kwh.abs());
        }
        note("TIME", length);
    } else if p.plugged {
        note("PARKING_TIME", length);
    }
    match within {
        Within::BookedCdr => {
            if p.booked {
                note("RESERVATION_TIME", length);
                if !p.plugged {
                    note("RESERVATION_EXPIRES", length);
                }
            }
            if p.over {
                note("RESERVATION_OVERTIME", length);
            }
        }
        // There it means: reserved and not yet in use.
        Within::Cdr if p.booked && !p.plugged => note("RESERVATION_TIME", length),
        Within::Cdr | Within::Session => {}
    }
    if dimensions.is_empty() {
        dimensions.push(json!({ "type": "RESERVATION_TIME", "volume": 0.0 }));
    }
    let mut value = json!({ "start_date_time": instant(p.start), "dimensions": dimensions });
    if let Some(id) = tariff {
        value["tariff_id"] = json!(id);
    }
    value
}
