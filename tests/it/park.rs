//! The park's mechanism, recomputed from what a run logs: every status and grade occurs, money and
//! energy follow the rules.

use crate::tool::rows_of;
use domain::{
    AccountId, BreachGrade, Direction, MicroCny, ReservationRow, ReservationStatus, Rows, Time,
};
use std::collections::{BTreeMap, BTreeSet};

/// Two recorded days under three seeds.
fn days() -> Vec<Rows> {
    ["seed=1", "seed=4", "seed=5"].map(|seed| rows_of("park", &[seed, "days=2"])).into()
}

fn settled(rows: &Rows) -> impl Iterator<Item = &ReservationRow> {
    rows.reservations.iter().filter(|r| r.status != ReservationStatus::Open)
}

#[test]
fn every_status_grade_and_end_of_a_ticket_occurs() {
    let days = days();
    let statuses: BTreeSet<&str> =
        days.iter().flat_map(|r| &r.reservations).map(|r| r.status.word()).collect();
    let all =
        ["cancelled_early", "cancelled_free", "cancelled_late", "defaulted", "fulfilled", "open"];
    assert_eq!(statuses, all.into());
    let grades: BTreeSet<&str> =
        days.iter().flat_map(|r| &r.reservations).map(|r| r.breach.word()).collect();
    assert_eq!(grades, ["minor", "moderate", "none", "severe"].into());
    let tickets: BTreeSet<&str> =
        days.iter().flat_map(|r| &r.tickets).map(|t| t.status.word()).collect();
    assert_eq!(tickets, ["awarded", "expired"].into());
    let causes: BTreeSet<&str> =
        days.iter().flat_map(|r| &r.tickets).map(|t| t.cause.word()).collect();
    assert_eq!(causes, ["cancellation", "early_unplug", "severe_breach"].into());
}

#[test]
fn an_outage_of_piles_curtails_bookings_and_the_money_for_what_they_lose_comes_back() {
    let rows = rows_of("park", &["outage=[{ zone = 1, piles = 40, from_h = 12.0, to_h = 15.0 }]"]);
    let curtailed: BTreeSet<_> = rows
        .reservations
        .iter()
        .filter(|r| r.status == ReservationStatus::Curtailed)
        .map(|r| r.booking)
        .collect();
    assert!(!curtailed.is_empty(), "40 of 48 piles fail at noon and nobody is curtailed");
    let noon = Time::START + domain::Span::from_hours(12.0);
    for booking in &curtailed {
        let (mut prepaid, mut returned, mut reserved, mut delivered) = (0, 0, 0.0, 0.0);
        for r in rows.reservations.iter().filter(|r| r.booking == *booking) {
            prepaid += r.prepaid.0;
            returned += r.returned.0;
            reserved += r.reserved_kwh;
            delivered += r.energy_kwh;
            assert!(
                r.period_start < noon || r.penalty == MicroCny::ZERO,
                "nobody pays for periods without piles: {r:?}"
            );
        }
        let due = prepaid as f64 * (1.0 - delivered / reserved).max(0.0);
        assert!(
            (returned as f64 - due).abs() < 10.0,
            "booking {booking}: {returned} of {prepaid} micro-CNY came back, {due} are due"
        );
    }
}

#[test]
fn refunds_are_the_surplus_of_the_price_over_the_real_price_times_the_delivered_energy() {
    let mut refunded = 0;
    for rows in days() {
        for r in settled(&rows) {
            let due = match r.direction {
                Direction::Charge if r.energy_kwh > 0.0 => {
                    (r.price - r.real_price).max(0.0) * r.energy_kwh
                }
                _ => 0.0,
            };
            assert!((r.refund.0 as f64 / 1e6 - due).abs() < 1e-6, "{r:?}: {due} CNY are due");
            refunded += i32::from(r.refund.0 > 0);
        }
    }
    assert!(refunded > 100, "{refunded} rows with a refund");
}

#[test]
fn penalties_are_k_alpha_times_the_real_price_times_the_reserved_energy() {
    let mut seen: BTreeMap<(&str, bool), usize> = BTreeMap::new();
    for rows in days() {
        for r in settled(&rows) {
            let hour = r.period_start.hour_of_day();
            let peak = (7.0..11.0).contains(&hour) || (17.0..22.0).contains(&hour);
            let alpha = if peak { 0.7 } else { 0.5 };
            let k = match r.breach {
                BreachGrade::None => 0.0,
                BreachGrade::Minor => 0.1,
                BreachGrade::Moderate => 0.3,
                BreachGrade::Severe => 0.6,
            };
            let due = if k > 0.0 { k * alpha * r.real_price * r.reserved_kwh } else { 0.0 };
            assert!((r.penalty.0 as f64 / 1e6 - due).abs() < 1e-6, "{r:?}: {due} CNY are due");
            *seen.entry((r.breach.word(), peak)).or_default() += usize::from(due > 0.0);
        }
    }
    for grade in ["minor", "moderate", "severe"] {
        assert!(seen[&(grade, true)] + seen[&(grade, false)] > 0, "{seen:?}");
    }
}

#[test]
fn money_is_neither_made_nor_lost() {
    for rows in days() {
        let mut bookings: BTreeMap<_, i64> = BTreeMap::new();
        for r in settled(&rows) {
            *bookings.entry(r.booking).or_default() +=
                r.prepaid.0 - r.revenue.0 - r.returned.0 - r.refund.0 - r.forfeited.0;
        }
        assert!(
            bookings.values().all(|&rest| rest == 0),
            "prepaid = revenue + returned + refund + forfeited"
        );
        let mut flows: BTreeMap<AccountId, i64> = BTreeMap::new();
        for l in &rows.ledger {
            assert!(l.amount > MicroCny::ZERO, "{l:?}");
            *flows.entry(l.debit).or_default() -= l.amount.0;
            *flows.entry(l.credit).or_default() += l.amount.0;
        }
        for a in &rows.accounts {
            let flow = flows.remove(&a.account).unwrap_or(0);
            assert_eq!(a.opening.0 + flow, a.closing.0, "opening + in - out = closing: {a:?}");
        }
        assert!(flows.is_empty(), "transfers between accounts of the table: {flows:?}");
        assert_eq!(rows.accounts.iter().map(|a| a.opening.0).sum::<i64>(), 0);
        assert_eq!(rows.accounts.iter().map(|a| a.closing.0).sum::<i64>(), 0);
    }
}

#[test]
fn energy_is_neither_made_nor_lost() {
    for rows in days() {
        for b in &rows.balance {
            let demand =
                b.load_kw + b.ev_charge_kw - b.ev_discharge_kw + b.battery_kw + b.losses_kw;
            let supply = b.pv_used_kw
                + b.wind_used_kw
                + b.turbine_kw
                + b.diesel_kw
                + b.grid_kw
                + b.traded_kw;
            assert!((demand - supply).abs() < 1e-6, "{b:?}");
        }
        let evs: BTreeMap<_, _> = rows.evs.iter().map(|e| (e.ev, e)).collect();
        for s in &rows.stays {
            let e = evs[&s.ev];
            let change = s.energy_charged_kwh * e.charge_efficiency
                - s.energy_discharged_kwh / e.discharge_efficiency;
            assert!(
                (e.battery_kwh * (s.soc_departure - s.soc_arrival) - change).abs() < 1e-6,
                "{s:?}"
            );
        }
    }
}

#[test]
fn a_pile_serves_one_vehicle_and_a_ticket_has_one_winner() {
    for rows in days() {
        let mut by_pile: BTreeMap<_, Vec<(Time, Time)>> = BTreeMap::new();
        for s in &rows.sessions {
            let until = if s.departure == Time::NONE { Time(i64::MAX) } else { s.departure };
            by_pile.entry(s.pile).or_default().push((s.arrival, until));
        }
        for (pile, mut spans) in by_pile {
            spans.sort();
            assert!(spans.windows(2).all(|w| w[0].1 <= w[1].0), "pile {pile} serves two at once");
        }
        for t in &rows.tickets {
            let won: BTreeSet<_> = rows
                .reservations
                .iter()
                .filter(|r| r.ticket == t.ticket)
                .map(|r| (r.booking, r.ev))
                .collect();
            let told: BTreeSet<_> = (t.awarded_at != Time::NONE)
                .then_some((t.winner_booking, t.winner))
                .into_iter()
                .collect();
            assert_eq!(won, told, "{t:?}");
        }
    }
}
