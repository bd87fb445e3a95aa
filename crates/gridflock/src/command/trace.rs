//! `gridflock trace`: the story of one agent, from the facts.

use crate::cli::{Global, TraceArgs};
use crate::output::say;
use domain::{Detail, Fact, Time};
use gridflock::{Code, Failure};
use record::read_facts;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

/// Tells the story.
pub fn trace(args: &TraceArgs, global: &Global) -> Result<(), Failure> {
    record::Manifest::read(&args.dir)?;
    let who = &args.who;
    let facts: Vec<Fact> = if let Some(ev) = who.ev {
        read_facts(&args.dir, |f| f.fact.ev.0 == ev)?.into_iter().map(|f| f.fact).collect()
    } else if let Some(ticket) = who.ticket {
        read_facts(&args.dir, |f| f.fact.ticket.0 == ticket)?.into_iter().map(|f| f.fact).collect()
    } else {
        let row = who.reservation.unwrap_or_default();
        let bookings: BTreeSet<i64> =
            read_facts(&args.dir, |f| f.fact.reservation.0 == row && f.fact.booking.0 != 0)?
                .iter()
                .map(|f| f.fact.booking.0)
                .collect();
        read_facts(&args.dir, |f| bookings.contains(&f.fact.booking.0))?
            .into_iter()
            .map(|f| f.fact)
            .collect()
    };
    if facts.is_empty() {
        let what = match (who.ev, who.reservation, who.ticket) {
            (Some(id), ..) => format!("EV {id}"),
            (_, Some(id), _) => format!("reservation {id}"),
            (_, _, Some(id)) => format!("ticket {id}"),
            _ => "it".to_owned(),
        };
        let help = "ids are in the tables evs, reservations and tickets of that run";
        return Err(Failure::with_help(
            Code::Failed,
            format!("no fact in {} speaks of {what}", args.dir.display()),
            help,
        ));
    }
    let currency = currency(&args.dir)?;
    tracing::info!("{} facts of {}", facts.len(), args.dir.display());
    for fact in &facts {
        if global.json {
            say!("{}", json(fact));
        } else {
            say!("{}", line(fact, &currency));
        }
    }
    Ok(())
}

/// What amounts of money are called there.
fn currency(directory: &Path) -> Result<String, Failure> {
    let head = record::read_head(&directory.join(record::Table::Facts.file_name()))?;
    Ok(head.currency().to_owned())
}

/// An instant as day and clock, the record's first day being day 1 as in reports.
fn clock(t: Time) -> String {
    let seconds = t.0.rem_euclid(domain::Span::DAY.0) / 1_000_000;
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("day {} {hour:02}:{minute:02}:{second:02}", t.day() + 1)
}

fn line(f: &Fact, currency: &str) -> String {
    let price = format!("{currency}/kWh");
    let mut text = format!("{}  {:<22}", clock(f.t), f.kind.word());
    let mut part = |words: String| {
        let _ = write!(text, " {words}");
    };
    if f.detail != Detail::None {
        part(f.detail.word().to_owned());
    }
    if f.actor != domain::Actor::Ev {
        part(format!("by {} {}", f.actor.word(), f.actor_id));
    }
    for (name, id) in [
        ("ev", i64::from(f.ev.0)),
        ("pile", i64::from(f.pile.0)),
        ("stay", f.stay.0),
        ("session", f.session.0),
        ("request", f.request.0),
        ("booking", f.booking.0),
        ("reservation", f.reservation.0),
        ("ticket", f.ticket.0),
    ] {
        if id != 0 {
            part(format!("{name} {id}"));
        }
    }
    if let Some(direction) = f.direction {
        part(direction.word().to_owned());
    }
    if f.period_start != Time::NONE {
        part(format!("period {}", clock(f.period_start)));
    }
    for (value, unit) in
        [(f.energy, "kWh"), (f.power, "kW"), (f.price, price.as_str()), (f.amount, currency)]
    {
        if !value.is_nan() {
            part(format!("{value:.3} {unit}"));
        }
    }
    text
}

fn json(f: &Fact) -> serde_json::Value {
    let number = |x: f64| if x.is_nan() { serde_json::Value::Null } else { serde_json::json!(x) };
    let id = |x: i64| if x == 0 { serde_json::Value::Null } else { serde_json::json!(x) };
    serde_json::json!({
        "t_us": f.t.0, "kind": f.kind.word(), "actor": f.actor.word(), "actor_id": f.actor_id, "detail": f.detail.word(), "ev_id": id(i64::from(f.ev.0)),
        "pile_id": id(i64::from(f.pile.0)), "stay_id": id(f.stay.0), "session_id": id(f.session.0), "request_id": id(f.request.0), "booking_id": id(f.booking.0), "reservation_id": id(f.reservation.0), "ticket_id": id(f.ticket.0),
        "energy_kwh": number(f.energy), "power_kw": number(f.power), "price_cny_per_kwh": number(f.price), "amount_cny": number(f.amount),
    })
}
