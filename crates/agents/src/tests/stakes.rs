//! What a user has at stake: penalty, forfeit, refund, as the rules in force say.

use super::bench::{Bench, prices};
use super::check::check;
use crate::environment::Environment;
use crate::message::{Letter, Message, Publication, ToAggregator, ToUser, ZoneEvent};
use domain::{Detail, Time};
use population::Law;
use std::sync::Arc;

/// Minutes before the start at which user 0 means to set out, delays being lognormal.
fn aim_min(change: impl FnOnce(&mut Environment)) -> f64 {
    let mut bench = Bench::planned_with(|env| {
        env.segments[0].behaviour.response.delay = Law::lognormal_median(20.0, 0.7);
        change(env);
    });
    let booking = bench.book(6.0, 0, 10.0, 4, 20.0);
    let at = bench.queued().find_map(|(at, m)| match m {
        Message::User(_, ToUser::Come { booking: b, .. }) if *b == booking => Some(at),
        _ => None,
    });
    let delay = bench.zone.evs[0].held[0].fate.delay_min;
    (Time::from_hours(10.0) - at.expect("a time to set out")).minutes() + delay
}

#[test]
fn what_would_be_forfeited_makes_people_come_early() {
    let none = |env: &mut Environment| env.market.penalty.enabled = false;
    let lax = aim_min(none);
    let strict = aim_min(|env| {
        none(env);
        env.market.refund.forfeit_share = 1.0;
    });
    assert!((lax - 15.0).abs() < 1e-6 && strict > lax + 5.0, "{lax} {strict}");
}

#[test]
fn what_would_be_forfeited_is_weighed_when_a_window_is_chosen() {
    // Booking saves 0.4 CNY; failing is expected one time in five and costs 20 CNY.
    let asks = |forfeit: f64| {
        let mut bench = Bench::with(|env| {
            env.market.penalty.enabled = false;
            env.market.refund.forfeit_share = forfeit;
            env.segments[0].behaviour.response.perceived_failure = 0.2;
        });
        bench.handle(0.0, Message::Zone(ZoneEvent::DayBegins));
        let p =
            Publication { reservation: vec![1.58; 96], expected_real: vec![1.58; 96], ..prices() };
        bench.receive(0.0, Letter::Prices(Arc::new(p)));
        bench.zone.evs[0].person.preferred_time_h = 9.0;
        !bench.handle(6.0, Message::User(0, ToUser::Plan)).sent.is_empty()
    };
    assert!(asks(0.0) && !asks(1.0));
}

#[test]
fn breaches_that_are_not_punished_are_not_feared() {
    let scale = |env: &mut Environment| env.market.penalty.scale = 10.0;
    let off = |env: &mut Environment| {
        scale(env);
        env.market.breach.enabled = false;
    };
    let (feared, not) = (aim_min(scale), aim_min(off));
    assert!(feared > 60.0 && (not - 15.0).abs() < 1e-6, "{feared} {not}");
}

#[test]
fn refunds_that_are_not_paid_are_not_expected_of_a_ticket() {
    // A ticket at 1.6 CNY/kWh is as dear as walking in, but for the refund.
    let wants = |refunds: bool| {
        let mut bench = Bench::planned_with(|env| env.market.refund.enabled = refunds);
        let dear = Publication { ticket: vec![1.6; 96], ..prices() };
        bench.receive(0.0, Letter::Prices(Arc::new(dear)));
        let booking = bench.book(6.0, 0, 10.0, 4, 20.0);
        let reason = Detail::PlanChanged;
        bench.handle(9.1, Message::Aggregator(0, ToAggregator::Cancel { booking, reason }));
        bench.handle(8.0, Message::User(1, ToUser::Arrive));
        bench.zone.evs.all_mut().for_each(|e| e.person.preferred_time_h = 9.3);
        let ticket = bench.ticket();
        !bench.handle(9.11, Message::Zone(ZoneEvent::Offered { ticket })).sent.is_empty()
    };
    assert!(wants(true) && !wants(false));
}

#[test]
fn a_winner_reserves_what_was_announced() {
    let mut bench = Bench::planned();
    let booking = bench.book(6.0, 0, 10.0, 4, 12.0);
    let reason = Detail::PlanChanged;
    bench.handle(9.1, Message::Aggregator(0, ToAggregator::Cancel { booking, reason }));
    bench.handle(8.0, Message::User(1, ToUser::Arrive));
    let (ticket, id) = (bench.ticket(), domain::TicketId(1));
    check(
        "12 of the 20 kWh that it needs",
        bench,
        9.2,
        Message::Aggregator(1, ToAggregator::Grab { ticket, id }),
        &[
            "fact ticket_grabbed ev2 20 kWh",
            "fact reservation_confirmed ev2 pile 1 at 10:00 12 kWh 0.8 CNY/kWh 9.6 CNY",
            "fact ticket_awarded ev2 pile 1 at 10:00 12 kWh 0.8 CNY/kWh",
            "ticket 9.6 ev2 -> escrow",
            "row ticket awarded",
            "send 09:12:01 RemindAt",
            "send 09:45 ClearPile",
            "send 10:30 BreachDeadline",
            "send 09:12:01 Won 1",
            "now booking 2 of ev2: 10-11 pile 1 awaited",
            "gone ticket 1",
        ],
    );
}

#[test]
fn a_period_is_not_lost_by_arriving_when_it_begins() {
    let mut bench = Bench::with(|env| {
        env.market.booking.enabled = false;
        env.segments[0].need_stay_share = 2.0;
        env.segments[0].departure = population::DepartureLaw::Hour(Law::fixed(9.0));
    });
    for e in bench.zone.evs.all_mut() {
        e.person.vehicle.charge_kw = 11.0;
    }
    let rows = bench.run(10.0);
    let charged: Vec<f64> = rows.stays.iter().map(|s| s.energy_charged_kwh).collect();
    assert!(charged.iter().filter(|kwh| (**kwh - 11.0).abs() < 1e-9).count() == 2, "{charged:?}");
}
