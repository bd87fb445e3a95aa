//! Ids lead from each fact to the stay, request, booking and plug-in that it is about.

use crate::{Opening, Prepared, Recording, Simulation};
use domain::{BookingId, FactKind, RequestId, ReservationRow, Rows, SessionId, StayId, Time};
use scenario::Scenario;
use std::collections::{BTreeMap, BTreeSet};

fn rows(scenario: &str, sets: &[&str]) -> Rows {
    let sets: Vec<String> = sets.iter().map(|s| (*s).to_owned()).collect();
    let loaded = Scenario::load(scenario, &sets).unwrap_or_else(|e| panic!("{e}"));
    let prepared = Prepared::read(&loaded).expect("its data");
    let opening = Opening { recording: Recording::all_in_memory(), ..Opening::default() };
    let mut run = Simulation::open(prepared.into(), &opening).expect("a world");
    run.advance(run.end()).expect("runs");
    run.finish().expect("closes").rows
}

/// Many bookings on few piles, cancelled, broken and won by tickets.
fn busy_park() -> Rows {
    let changes = "behaviour.plans.plan_change_per_h=0.3";
    rows("park-small", &["zones=2", "days=3", "access.piles=10", "fleet.evs=80", changes])
}

#[test]
fn every_request_has_its_own_number_and_at_most_one_answer() {
    let all = busy_park();
    let of = |kind| all.facts.iter().filter(move |f| f.kind == kind);
    let asked: BTreeSet<_> = of(FactKind::ReservationRequested).map(|f| f.request).collect();
    assert_eq!(asked.len(), of(FactKind::ReservationRequested).count(), "numbers given twice");
    assert!(asked.len() > 100 && !asked.contains(&RequestId(0)), "{} requests", asked.len());
    let answers = of(FactKind::ReservationConfirmed)
        .filter(|f| f.ticket.0 == 0)
        .chain(of(FactKind::ReservationRejected));
    let mut answered = BTreeSet::new();
    for f in answers {
        assert!(asked.contains(&f.request) && answered.insert(f.request), "{f:?}");
    }
    assert!(of(FactKind::ReservationRejected).count() > 0, "nobody was rejected");
}

#[test]
fn what_becomes_of_a_booking_names_its_request_and_its_stay() {
    let all = busy_park();
    let mut bookings: BTreeMap<BookingId, &ReservationRow> = BTreeMap::new();
    for r in &all.reservations {
        bookings.insert(r.booking, r);
    }
    let stays: BTreeMap<_, _> = all.stays.iter().map(|s| (s.stay, s)).collect();
    let offers = [FactKind::TicketOffered, FactKind::TicketExpired, FactKind::TicketAwarded];
    let (mut kinds, mut followed) = (BTreeSet::new(), 0);
    for f in all.facts.iter().filter(|f| f.booking.0 != 0 && !offers.contains(&f.kind)) {
        let Some(b) = bookings.get(&f.booking) else { continue };
        assert_eq!((f.request, f.stay, f.ev), (b.request, b.stay, b.ev), "{f:?}");
        assert_eq!(b.request == RequestId(0), b.ticket.0 != 0, "{b:?}");
        kinds.insert(f.kind);
        followed += 1;
    }
    assert!(followed > 300 && kinds.len() >= 7, "{followed} facts of {kinds:?}");
    // A booking lies in the stay that it was made for.
    for b in bookings.values() {
        if let Some(s) = stays.get(&b.stay) {
            assert!(s.ev == b.ev && b.period_start < s.planned_departure, "{b:?} in {s:?}");
        }
    }
    assert!(all.reservations.iter().any(|b| b.ticket.0 != 0), "no ticket was won");
}

#[test]
fn facts_of_a_plug_in_lead_to_its_session_and_its_energy() {
    for all in [busy_park(), rows("feeder-small", &[]), rows("group-small", &[])] {
        let mut kwh: BTreeMap<SessionId, f64> = BTreeMap::new();
        let kinds =
            [FactKind::PluggedIn, FactKind::WalkIn, FactKind::SetPoint, FactKind::Unplugged];
        for f in all.facts.iter().filter(|f| kinds.contains(&f.kind)) {
            let sum = kwh.entry(f.session).or_default();
            if f.kind == FactKind::SetPoint {
                *sum += f.energy;
            }
        }
        assert!(!all.sessions.is_empty());
        let sessions: BTreeMap<_, _> = all.sessions.iter().map(|s| (s.session, s)).collect();
        for (id, kwh) in kwh {
            let s = sessions.get(&id).unwrap_or_else(|| panic!("no session {id}"));
            if s.arrival < Time::START {
                // What flowed before the record is in no fact.
                continue;
            }
            let moved = s.energy_charged_kwh + s.energy_discharged_kwh;
            assert!((kwh - moved).abs() < 1e-6, "session {id}: {kwh} of {moved} kWh in facts");
        }
    }
}

#[test]
fn every_stay_arrives_and_departs_under_its_own_number() {
    for all in [busy_park(), rows("group-small", &["days=2"])] {
        let stays: BTreeMap<_, _> = all.stays.iter().map(|s| (s.stay, s)).collect();
        assert_eq!(stays.len(), all.stays.len(), "numbers given twice");
        let kinds = [FactKind::Arrived, FactKind::Departed, FactKind::EnergyShort];
        for f in all.facts.iter().filter(|f| kinds.contains(&f.kind)) {
            assert!(f.stay != StayId(0) && stays[&f.stay].ev == f.ev, "{f:?}");
        }
    }
}
