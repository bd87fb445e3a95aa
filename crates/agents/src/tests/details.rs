//! What the tables of cases leave open: consequences that show later, or only in another state.

use super::bench::{Bench, exogenous, prices};
use crate::environment::Environment;
use crate::message::{Due, Letter, Message, TicketRef, ToAggregator, ToUser, ZoneEvent};
use crate::outbox::Outbox;
use domain::{Detail, Time};
use market::TicketOrder;
use std::sync::Arc;

fn says(out: &Outbox, what: impl Fn(&Message) -> bool) -> bool {
    out.sent.iter().any(|s| what(&s.message))
}

/// User 0 gives its booking from 10 to 11 back at 9:06.
fn offered(change: impl FnOnce(&mut Environment)) -> (Bench, TicketRef) {
    let (mut bench, b) = Bench::booked(&[0], change);
    bench.zone.evs[0].held[0].away = true;
    bench.zone.evs[0].plan_of(0).expect("planned").dropped = true;
    let reason = Detail::PlanChanged;
    bench.handle(9.1, Message::Aggregator(0, ToAggregator::Cancel { booking: b[0], reason }));
    let ticket = bench.ticket();
    (bench, ticket)
}

fn grab(ev: u32, ticket: TicketRef) -> Message {
    Message::Aggregator(ev, ToAggregator::Grab { ticket, id: domain::TicketId(1) })
}

#[test]
fn a_severe_breach_is_reported_to_the_pricing_agent() {
    let (mut bench, b) = Bench::booked(&[0], |_| {});
    bench.zone.evs[0].held[0].away = true;
    bench.handle(10.5, Message::Due(Due::BreachDeadline { booking: b[0] }));
    let out = bench.handle(10.75, Message::Zone(ZoneEvent::PeriodBegins));
    let reports = out.letters.iter().filter_map(|(_, (_, letter))| match letter {
        Letter::Report(report) => Some(report.ended.breaches),
        _ => None,
    });
    assert_eq!(reports.collect::<Vec<_>>(), [1.0]);
}

#[test]
fn one_draw_serves_all_grabs_of_a_ticket() {
    for order in [TicketOrder::Lottery, TicketOrder::Price] {
        let (mut bench, ticket) = offered(|env| env.market.tickets.order = order);
        for ev in [1, 2] {
            bench.handle(8.0, Message::User(ev, ToUser::Arrive));
        }
        let draws = |m: &Message| matches!(m, Message::Due(Due::DrawTicket { .. }));
        assert!(says(&bench.handle(9.2, grab(1, ticket)), draws));
        assert!(!says(&bench.handle(9.21, grab(2, ticket)), draws), "{order:?}: a second draw");
    }
}

#[test]
fn a_winner_is_promised_no_more_than_its_vehicle_takes() {
    let (mut bench, ticket) = offered(|_| {});
    bench.handle(8.0, Message::User(1, ToUser::Arrive));
    bench.zone.evs[1].person.vehicle.charge_kw = 8.0;
    bench.handle(9.2, grab(1, ticket));
    let promised: Vec<f64> =
        bench.zone.aggregator.bookings.iter().map(|(_, b)| b.reserved_total_kwh()).collect();
    assert_eq!(promised, [8.0], "an hour at 8 kW");
}

#[test]
fn whoever_departs_leaves_the_pile_to_others() {
    let mut bench = Bench::here(&[0, 1, 2], |_| {});
    for ev in [0, 1, 2] {
        bench.handle(8.0, Message::User(ev, ToUser::WalkIn));
    }
    let piles =
        |bench: &Bench| bench.zone.aggregator.piles.iter().map(|p| p.occupant).collect::<Vec<_>>();
    let before = piles(&bench);
    assert!(before.iter().all(Option::is_some) && !bench.zone.evs[2].plugged);
    bench.handle(8.5, Message::User(0, ToUser::Depart));
    let after = piles(&bench);
    assert!(bench.zone.evs[2].plugged, "the third user waits for a pile");
    assert!(after[0].is_some() && after[0] != before[0], "the first pile is another vehicle's");
}

#[test]
fn who_yields_a_pile_waits_for_the_next_one() {
    let (mut bench, b) = Bench::booked(&[0], |env| env.market.access.piles = 1);
    bench.handle(8.0, Message::User(1, ToUser::Arrive));
    bench.handle(8.0, Message::User(1, ToUser::WalkIn));
    assert!(bench.zone.evs[1].plugged);
    bench.handle(9.75, Message::Due(Due::ClearPile { booking: b[0] }));
    let yielded = &bench.zone.evs[1];
    assert!(!yielded.plugged && yielded.queued, "it is the next in the queue and knows it");
}

#[test]
fn giving_takes_more_from_the_battery_than_the_meter_counts() {
    let mut bench = Bench::planned();
    bench.zone.evs[0].person.vehicle.discharge_efficiency = 0.8;
    let sale = bench.book_to(6.0, 0, 9.0, 4, 10.0, domain::Direction::Discharge);
    bench.handle(8.0, Message::User(0, ToUser::Arrive));
    let before = bench.zone.evs[0].energy_kwh;
    bench.handle(9.0, Message::User(0, ToUser::Come { booking: sale }));
    let session = bench.session(0);
    bench.zone.aggregator.sessions.get_mut(session).expect("plugged in").power_kw = -8.0;
    bench.handle(9.5, Message::User(0, ToUser::Leave { session }));
    let taken = before - bench.zone.evs[0].energy_kwh;
    assert!((taken - 5.0).abs() < 1e-9, "4 kWh at the meter are 5 kWh of the battery, not {taken}");
}

#[test]
fn a_reminder_after_the_last_word_asks_for_it() {
    let (mut bench, b) = Bench::booked(&[0], |env| {
        let law = exogenous(env);
        (law.cancel_early, law.cancel_late, law.no_show) = (0.0, 0.0, 1.0);
    });
    let fate = &mut bench.zone.evs[0].held[0].fate;
    (fate.forgets, fate.reminder_restores) = (true, true);
    let h = bench.zone.evs[0].held[0];
    assert!(h.is_forgotten() && h.is_open() && h.last_word_at < Time::from_hours(9.9), "{h:?}");
    let out = bench.handle(9.9, Message::User(0, ToUser::Reminded { booking: b[0] }));
    assert!(bench.zone.evs[0].held[0].away, "whoever stays away at the last word does so now");
    assert!(!says(&out, |m| matches!(m, Message::User(_, ToUser::Come { .. }))));
}

#[test]
fn a_ticket_is_not_regretted() {
    let (mut bench, ticket) = offered(|env| {
        env.segments[0].behaviour.response.regret_probability = 1.0;
    });
    bench.handle(8.0, Message::User(1, ToUser::Arrive));
    let out = bench.handle(9.2, grab(1, ticket));
    let won = out.sent.iter().find(|s| matches!(s.message, Message::User(_, ToUser::Won { .. })));
    let out = bench.handle(9.21, won.expect("won").message);
    assert!(says(&out, |m| matches!(m, Message::User(_, ToUser::Come { .. }))));
    assert!(!says(&out, |m| matches!(m, Message::User(_, ToUser::Regret { .. }))));
}

#[test]
fn a_ticket_that_begins_before_the_arrival_is_let_be() {
    let grabs = |arrival_h: f64| {
        let (mut bench, ticket) = offered(|_| {});
        bench.zone.evs[1].plan_of(0).expect("planned").arrival = Time::from_hours(arrival_h);
        let out = bench.handle(9.11, Message::Zone(ZoneEvent::Offered { ticket }));
        says(&out, |m| matches!(m, Message::Aggregator(1, ToAggregator::Grab { .. })))
    };
    assert!(grabs(9.75) && !grabs(10.25));
}

#[test]
fn prices_that_were_overtaken_on_their_way_are_out_of_date() {
    let mut bench = Bench::new();
    let of = |from: i64, price: f64| {
        let reservation = vec![price; 96];
        Letter::Prices(Arc::new(crate::Publication { from, reservation, ..prices() }))
    };
    bench.receive(2.0, of(8, 1.5));
    bench.receive(2.1, of(4, 0.5));
    let board = bench.zone.board.as_ref().expect("prices");
    assert_eq!(board.mean_reservation(10, 1), 1.5);
    assert_eq!(bench.zone.aggregator.prices.from, 8);
}
