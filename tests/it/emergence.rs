//! Rules change behaviour through the agents' decisions, and through nothing else.

use crate::tool::rows_of;
use domain::{FactKind, Rows};

/// Rows of a park day under these overrides.
fn day(sets: &[&str]) -> Rows {
    rows_of("park", sets)
}

fn count(rows: &Rows, kind: FactKind) -> usize {
    rows.facts.iter().filter(|f| f.kind == kind).count()
}

/// What people did, without money: kind, EV, time.
fn deeds(rows: &Rows) -> Vec<(domain::Time, FactKind, u32)> {
    let of_users = |k: FactKind| !matches!(k, FactKind::Penalty | FactKind::Settled);
    rows.facts.iter().filter(|f| of_users(f.kind)).map(|f| (f.t, f.kind, f.ev.0)).collect()
}

#[test]
fn a_higher_penalty_makes_people_come_earlier() {
    let (low, high) = (day(&["penalty.scale=0"]), day(&["penalty.scale=10"]));
    let minor = |r: &Rows| r.facts.iter().filter(|f| f.kind == FactKind::Breach && f.detail == domain::Detail::Minor).count();
    assert!(minor(&low) > 2 * minor(&high), "minor breaches: {} without, {} with tenfold penalties", minor(&low), minor(&high));
}

#[test]
fn without_response_the_penalty_scale_changes_money_alone() {
    let (low, high) = (day(&["behaviour.response=none", "penalty.scale=0"]), day(&["behaviour.response=none", "penalty.scale=10"]));
    assert!(deeds(&low) == deeds(&high), "people did other things");
    let penalties = |r: &Rows| r.ledger.iter().filter(|l| l.purpose == domain::Purpose::Penalty).map(|l| l.amount.0).sum::<i64>();
    assert!(penalties(&low) == 0 && penalties(&high) > 0);
}

#[test]
fn without_tickets_nobody_grabs() {
    let (off, on) = (day(&["tickets.enabled=false"]), day(&["tickets.enabled=true"]));
    assert_eq!(count(&off, FactKind::TicketOffered) + count(&off, FactKind::TicketGrabbed), 0);
    assert!(count(&on, FactKind::TicketOffered) > 0);
}

#[test]
fn without_a_reminder_more_people_stay_away() {
    let no_shows = |sets: &[&str]| {
        (1..=3)
            .map(|seed| {
                let seed = format!("seed={seed}");
                let mut all = vec![seed.as_str()];
                all.extend(sets);
                day(&all).facts.iter().filter(|f| f.kind == FactKind::Breach && f.detail == domain::Detail::Severe).count()
            })
            .sum::<usize>()
    };
    let (with, without) = (no_shows(&[]), no_shows(&["reminder.enabled=false"]));
    assert!(without > with, "severe breaches: {with} with a reminder, {without} without");
}
