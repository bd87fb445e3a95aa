//! Rules change behaviour through the agents' decisions, and through nothing else.

use crate::tool::rows_of;
use domain::{FactKind, ReservationStatus, Rows};
use std::collections::{BTreeMap, BTreeSet};

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
    let minor = |r: &Rows| {
        r.facts
            .iter()
            .filter(|f| f.kind == FactKind::Breach && f.detail == domain::Detail::Minor)
            .count()
    };
    assert!(
        minor(&low) > 2 * minor(&high),
        "minor breaches: {} without, {} with tenfold penalties",
        minor(&low),
        minor(&high)
    );
}

#[test]
fn without_response_the_penalty_scale_changes_money_alone() {
    let (low, high) = (
        day(&["behaviour.response=none", "penalty.scale=0"]),
        day(&["behaviour.response=none", "penalty.scale=10"]),
    );
    assert!(deeds(&low) == deeds(&high), "people did other things");
    let penalties = |r: &Rows| {
        r.ledger
            .iter()
            .filter(|l| l.purpose == domain::Purpose::Penalty)
            .map(|l| l.amount.0)
            .sum::<i64>()
    };
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
                day(&all)
                    .facts
                    .iter()
                    .filter(|f| f.kind == FactKind::Breach && f.detail == domain::Detail::Severe)
                    .count()
            })
            .sum::<usize>()
    };
    let (with, without) = (no_shows(&[]), no_shows(&["reminder.enabled=false"]));
    assert!(without > with, "severe breaches: {with} with a reminder, {without} without");
}

/// How bookings ended, by status.
fn ended(rows: &Rows, status: ReservationStatus) -> usize {
    let ids: BTreeSet<i64> =
        rows.reservations.iter().filter(|r| r.status == status).map(|r| r.booking.0).collect();
    ids.len()
}

const MODELS: [&str; 8] =
    ["none", "exogenous", "logit", "prospect", "norms", "learning", "hoarding", "reminder"];

#[test]
fn no_behaviour_model_writes_an_outcome() {
    for model in MODELS {
        let model = format!("behaviour.model={model}");
        // What the market does not offer nobody gets, whatever a model wants.
        let rows = day(&[&model, "cancellation.enabled=false"]);
        assert_eq!(count(&rows, FactKind::Cancelled), 0, "{model}");
        let rows = day(&[&model, "booking.enabled=false"]);
        let outcomes = [
            FactKind::ReservationConfirmed,
            FactKind::Cancelled,
            FactKind::Breach,
            FactKind::Penalty,
        ];
        assert_eq!(outcomes.map(|kind| count(&rows, kind)), [0; 4], "{model}");
    }
}

#[test]
fn every_behaviour_model_changes_what_people_do() {
    let control = deeds(&day(&["behaviour.model=none"]));
    for model in &MODELS[1..] {
        assert!(deeds(&day(&[&format!("behaviour.model={model}")])) != control, "{model}");
    }
}

#[test]
fn fixed_probabilities_come_out_as_shares_of_bookings() {
    let sets = [
        "behaviour.model=exogenous",
        "behaviour.exogenous.cancel_early=0.3",
        "behaviour.exogenous.no_show=0.2",
        "tickets.enabled=false",
    ];
    let rows = day(&sets);
    let closed: BTreeSet<i64> = rows
        .reservations
        .iter()
        .filter(|r| r.status != ReservationStatus::Open)
        .map(|r| r.booking.0)
        .collect();
    let share = |status| ended(&rows, status) as f64 / closed.len() as f64;
    // Some 230 bookings: two standard deviations are 0.06. Regret is cancelled early too, once a
    // day's free cancellation is used.
    let early = share(ReservationStatus::CancelledEarly);
    assert!((0.22..0.45).contains(&early), "cancelled early: {early} of {}", closed.len());
    let no_shows = share(ReservationStatus::Defaulted);
    assert!((0.12..0.30).contains(&no_shows), "defaulted: {no_shows}");
}

#[test]
fn habits_change_over_days_and_fixed_laws_do_not() {
    // Charging bookings asked for while an earlier one was held, as a share, on the first and the
    // last four of sixteen days.
    let hoarded = |model: &str| -> [f64; 2] {
        let rows = day(&[model, "warmup_days=0", "days=16"]);
        let mut bookings: BTreeMap<(u32, domain::Time, i64), (domain::Time, domain::Time)> =
            BTreeMap::new();
        for r in rows
            .reservations
            .iter()
            .filter(|r| r.ticket.0 == 0 && r.direction == domain::Direction::Charge)
        {
            bookings
                .entry((r.ev.0, r.made_at, r.booking.0))
                .or_insert((r.period_start, r.cancelled_at));
        }
        let (mut shares, mut held) = ([(0, 0); 2], (0, domain::Time::NONE));
        for ((ev, made_at, _), (start, cancelled_at)) in bookings {
            let on_top = held.0 == ev && held.1 > made_at;
            let until = if cancelled_at == domain::Time::NONE { start } else { cancelled_at };
            held = (ev, if held.0 == ev { held.1.max(until) } else { until });
            let half = match made_at.day() {
                0..=3 => 0,
                12..=15 => 1,
                _ => continue,
            };
            shares[half] = (shares[half].0 + usize::from(on_top), shares[half].1 + 1);
        }
        shares.map(|(on_top, all)| on_top as f64 / f64::from(all))
    };
    let learning = hoarded("behaviour.model=learning");
    assert!(
        learning[1] > 1.2 * learning[0],
        "cancelling is cheap, so more people hold several bookings: {learning:?}"
    );
    let fixed = hoarded("behaviour.model=none");
    assert!(fixed.iter().all(|share| *share < 0.03), "{fixed:?}");
}

#[test]
fn segments_have_models_and_laws_of_their_own() {
    let park = scenario::Builtin::named("park").expect("built in").toml;
    let text = park.replace(
        "name = \"workers\"",
        "name = \"workers\"\nbehaviour.model = \"exogenous\"\nbehaviour.exogenous.no_show = 0.6\nbehaviour.punctuality.delay = { law = \"fixed\", value = 0.0 }",
    );
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("mine.toml");
    std::fs::write(&path, text).expect("writes");
    let rows = rows_of(&path.display().to_string(), &[]);
    let defaulted = |segment: u16| {
        let of = |wanted: &dyn Fn(ReservationStatus) -> bool| {
            let list =
                rows.reservations.iter().filter(|r| r.segment == segment && wanted(r.status));
            list.map(|r| r.booking.0).collect::<BTreeSet<i64>>().len() as f64
        };
        of(&|s| s == ReservationStatus::Defaulted) / of(&|s| s != ReservationStatus::Open)
    };
    assert!(
        defaulted(0) > 0.4 && defaulted(1) < 0.1,
        "workers {}, residents {}",
        defaulted(0),
        defaulted(1)
    );
}
