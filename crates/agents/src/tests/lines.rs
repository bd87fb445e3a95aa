//! What followed from a message, as lines to be compared.

use crate::message::{Letter, Message, ToUser};
use crate::microgrids::travel::GuestLetter;
use crate::outbox::Outbox;
use domain::{AccountId, Fact, LedgerRow, Time};

/// The clock, with microseconds left out unless there are any.
pub fn clock(t: Time) -> String {
    if t == Time::NONE || t >= Time::FAR {
        return "never".into();
    }
    let (day, of_day) = (t.day(), t.0.rem_euclid(86_400_000_000));
    let (s, micros) = (of_day / 1_000_000, of_day % 1_000_000);
    let days = if day == 0 { String::new() } else { format!("day {day} ") };
    let seconds = if s % 60 > 0 || micros > 0 { format!(":{:02}", s % 60) } else { String::new() };
    let rest = if micros > 0 { format!(".{micros:06}") } else { String::new() };
    format!("{days}{:02}:{:02}{seconds}{rest}", s / 3600, s / 60 % 60)
}

/// A message by its name, and to or of whom it is.
pub fn name(message: &Message) -> String {
    let (of, shown) = match message {
        Message::Zone(event) => (None, format!("{event:?}")),
        Message::User(ev, word) => (Some(ev), format!("{word:?}")),
        Message::Aggregator(ev, word) => (Some(ev), format!("{word:?}")),
        Message::Due(due) => (None, format!("{due:?}")),
        Message::Centre(timer) => (None, format!("{timer:?}")),
    };
    let word = shown.split([' ', '{', '(']).next().unwrap_or_default().to_owned();
    let to = of.map_or(word.clone(), |ev| format!("{word} {ev}"));
    match message {
        Message::User(_, ToUser::Reconsider { moment, .. }) => format!("{to} {moment:?}"),
        Message::User(_, ToUser::Settled { status, .. }) => format!("{to} {}", status.word()),
        _ => to,
    }
}

/// What a letter is.
pub fn letter_name(letter: &Letter) -> String {
    let shown = format!("{letter:?}");
    let mut words = shown.split(|c: char| !c.is_alphanumeric());
    let first = words.next().unwrap_or_default().to_owned();
    match letter {
        Letter::Guest(guest) if matches!(**guest, GuestLetter::Left(_)) => {
            let GuestLetter::Left(visit) = **guest else { unreachable!("looked at") };
            format!("Guest Left owing {} CNY", number(visit.bill.cny().value()))
        }
        Letter::Guest(_) | Letter::Trade(_) => {
            format!("{first} {}", words.find(|w| !w.is_empty()).unwrap_or_default())
        }
        _ => first,
    }
}

fn account(id: AccountId) -> String {
    if id.0 > market::ledger::EV_ACCOUNTS {
        return format!("ev{}", id.0 - market::ledger::EV_ACCOUNTS);
    }
    let names =
        ["escrow", "operator", "aggregator", "grid", "dso", "plant", "fuel", "wear", "carbon"];
    names[(id.0 % 10) as usize].into()
}

fn number(x: f64) -> String {
    let x = (x * 1e4).round() / 1e4;
    format!("{}", if x == 0.0 { 0.0 } else { x })
}

fn fact(f: &Fact) -> String {
    let mut line = format!("fact {}", f.kind.word());
    if f.ev.0 > 0 {
        line += &format!(" ev{}", f.ev.0);
    }
    if f.pile.0 > 0 {
        line += &format!(" pile {}", f.pile.0);
    }
    if f.period_start != Time::NONE {
        line += &format!(" at {}", clock(f.period_start));
    }
    if !f.detail.word().is_empty() {
        line += &format!(" {}", f.detail.word());
    }
    for (x, unit) in [(f.energy, "kWh"), (f.power, "kW"), (f.price, "CNY/kWh"), (f.amount, "CNY")] {
        if !x.is_nan() {
            line += &format!(" {} {unit}", number(x));
        }
    }
    line
}

fn money(r: &LedgerRow) -> String {
    let purpose = r.purpose.word();
    let cny = number(r.amount.0 as f64 / 1e6);
    format!("{purpose} {cny} {} -> {}", account(r.debit), account(r.credit))
}

/// Everything of an outbox: facts, money, rows, messages, letters, in this order.
pub fn lines(out: &Outbox) -> Vec<String> {
    let mut all: Vec<String> = out.rows.facts.iter().map(fact).collect();
    all.extend(out.rows.ledger.iter().map(money));
    let rows = &out.rows;
    let ends = rows.reservations.iter().map(|r| {
        let breach = r.breach.word();
        format!("row {} {breach} {} kWh", r.status.word(), number(r.energy_kwh))
    });
    let mut ends: Vec<String> = ends.collect();
    ends.dedup();
    all.extend(ends);
    all.extend(rows.tickets.iter().map(|t| format!("row ticket {}", t.status.word())));
    all.extend(rows.sessions.iter().map(|s| {
        let energy = s.energy_charged_kwh - s.energy_discharged_kwh;
        format!("row session ev{} {} kWh", s.ev.0, number(energy))
    }));
    all.extend(
        rows.stays
            .iter()
            .map(|s| format!("row stay ev{} waited {} min", s.ev.0, number(s.waiting_min))),
    );
    for (n, what) in [(rows.evs.len(), "evs"), (rows.accounts.len(), "accounts")] {
        if n > 0 {
            all.push(format!("rows {what} {n}"));
        }
    }
    all.extend(rows.balance.iter().map(|b| {
        let [ev, grid] = [b.ev_charge_kw - b.ev_discharge_kw, b.grid_kw].map(number);
        format!("row balance ev {ev} kW grid {grid} kW")
    }));
    all.extend(rows.prices.iter().map(|p| format!("row price real {}", number(p.real))));
    all.extend(out.sent.iter().map(|s| format!("send {} {}", clock(s.at), name(&s.message))));
    all.extend(out.letters.iter().map(|(at, (to, letter))| {
        format!("write {} {} to {}", clock(*at), letter_name(letter), to.0)
    }));
    all
}
