//! The state of a zone as one line for each user, booking, plug-in and ticket.

use super::bench::Bench;
use super::lines::clock;
use crate::aggregator::{Booking, BookingState};
use crate::ev::{Ev, Held, Plan};
use domain::Direction;
use std::collections::BTreeMap;

fn kwh(x: f64) -> f64 {
    (x * 1e4).round() / 1e4
}

fn span(start: i64, end: i64, direction: Direction) -> String {
    let hour = |k: i64| k as f64 / 4.0;
    let way = if direction == Direction::Discharge { " discharge" } else { "" };
    format!("{}-{}{way}", hour(start), hour(end))
}

fn words(list: &[(bool, &str)]) -> String {
    list.iter().filter(|w| w.0).flat_map(|w| [" ", w.1]).collect()
}

fn held(h: &Held) -> String {
    let marks = [(h.reminded, "reminded"), (h.away, "away"), (h.used, "used")];
    format!("; holds {}{}", span(h.start, h.end, h.direction), words(&marks))
}

fn plan(p: &Plan) -> String {
    let mut line = String::new();
    if let Some(pending) = p.pending {
        let end = pending.start + i64::from(pending.periods);
        line += &format!(" asks for {}", span(pending.start, end, pending.direction));
    }
    line += &words(&[(p.dropped, "dropped")]);
    if p.attempts > 0 {
        line += &format!(" tried {}", p.attempts);
    }
    if p.extra > 0 {
        line += &format!(" wants {} more", p.extra);
    }
    if !p.excluded.is_empty() {
        let hours: Vec<f64> = p.excluded.iter().map(|&k| k as f64 / 4.0).collect();
        line += &format!(" not {hours:?}");
    }
    if p.looks_at < domain::Time::FAR {
        line += &format!(" looks {}", clock(p.looks_at));
    }
    line
}

fn user(e: &Ev) -> String {
    let mut line = match &e.stay {
        None => "gone".to_owned(),
        Some(s) => format!("here{}", plan(&s.plan)),
    };
    line += &words(&[(e.plugged, "plugged"), (e.queued, "queued")]);
    line += &format!(", {} kWh", kwh(e.energy_kwh));
    line += &e.held.iter().map(held).collect::<String>();
    for p in &e.upcoming {
        line += &format!("; day {}{}", p.day, plan(p));
    }
    if e.free_used_on != i64::MIN {
        line += &format!("; free used on {}", e.free_used_on);
    }
    if e.experience.bookings > 0 {
        line += &format!("; {} of {} defaulted", e.experience.defaults, e.experience.bookings);
    }
    let (surprise, gain) = (e.experience.surprise_cny, e.experience.ticket_gain_cny);
    for (cny, what) in [(surprise, "surprised"), (gain, "ticket gain")] {
        if cny != 0.0 {
            line += &format!("; {what} {} CNY", kwh(f64::from(cny)));
        }
    }
    line
}

fn booking(b: &Booking) -> String {
    let state = match b.state {
        BookingState::Awaited => "awaited",
        BookingState::Waiting => "waiting",
        BookingState::Plugged(_) => "plugged",
        BookingState::Over => "over",
    };
    let mut line = format!("{} pile {} {state}", span(b.start, b.end, b.direction), b.pile + 1);
    if let Some(grade) = b.grade {
        line += &format!(" {}", grade.word());
    }
    if let Some(status) = b.ended_as {
        line += &format!(" {}", status.word());
    }
    if b.settled > 0 {
        line += &format!(" settled {}", b.settled);
    }
    line
}

/// Everything that a handler may change, by what it is.
pub fn state(bench: &Bench) -> BTreeMap<String, String> {
    let zone = &bench.zone;
    let a = &zone.aggregator;
    let mut all = BTreeMap::new();
    for e in zone.evs.iter() {
        all.insert(format!("user {}", e.place), user(e));
    }
    for (_, b) in a.bookings.iter() {
        all.insert(format!("booking {} of ev{}", b.id, b.ev.0), booking(b));
    }
    for (_, s) in a.sessions.iter() {
        let of = if s.booking.is_some() { "booked" } else { "walk-in" };
        let line =
            format!("pile {} {of} {} kW {} kWh", s.pile + 1, kwh(s.power_kw), kwh(s.energy_kwh));
        all.insert(format!("session of ev{}", s.declared.ev.0), line);
    }
    for (_, t) in a.tickets.iter() {
        let line = format!(
            "{} pile {} {} kWh at {} notices {} grabs {}",
            span(t.start, t.end, Direction::Charge),
            t.pile + 1,
            kwh(t.energy_kwh),
            t.price,
            t.notices,
            t.grabs.len()
        );
        all.insert(format!("ticket {}", t.id), line);
    }
    let queue: Vec<u32> = a.queue.iter().map(|w| w.declared.place).collect();
    all.insert("queue".into(), format!("{queue:?}"));
    let broken: Vec<u32> = (0..a.piles.len() as u32).filter(|&p| !a.works(p)).collect();
    all.insert("broken".into(), format!("{broken:?}"));
    all.insert("guests".into(), format!("{}", zone.guests.len()));
    let planned = format!("{:?}", a.planned);
    let [stays, plans] = ["Announced {", "ChargingPlan {"].map(|w| planned.matches(w).count());
    all.insert("planned".into(), format!("{stays} stays {plans} plans"));
    all
}

/// What has changed, line by line.
pub fn changes(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<String> {
    let new = after.iter().filter(|(k, v)| before.get(*k) != Some(v));
    let gone = before.keys().filter(|k| !after.contains_key(*k));
    new.map(|(k, v)| format!("now {k}: {v}")).chain(gone.map(|k| format!("gone {k}"))).collect()
}
