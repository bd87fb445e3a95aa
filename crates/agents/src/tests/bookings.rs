//! What the aggregator does with requests, cancellations, reminders, deadlines.

use super::bench::{Bench, prices, request};
use super::check::check;
use crate::environment::Environment;
use crate::message::{Due, Letter, Message, Publication, ToAggregator, ToUser};
use domain::{Detail, Direction};
use std::sync::Arc;

fn ask(ev: u32, start_h: f64, periods: u16, kwh: f64) -> Message {
    Message::Aggregator(
        ev,
        ToAggregator::Request(request(start_h, periods, kwh, Direction::Charge)),
    )
}

#[test]
fn a_request_gets_the_lowest_free_pile_or_a_refusal() {
    check(
        "pile 1",
        Bench::planned(),
        6.0,
        ask(0, 10.0, 4, 20.0),
        &[
            "fact reservation_confirmed ev1 pile 1 at 10:00 20 kWh 1 CNY/kWh 20 CNY",
            "prepayment 20 ev1 -> escrow",
            "send 09:00 RemindAt",
            "send 09:45 ClearPile",
            "send 10:30 BreachDeadline",
            "send 06:00:01 Confirmed 0",
            "now booking 1 of ev1: 10-11 pile 1 awaited",
        ],
    );
    let (bench, _) = Bench::booked(&[1], |_| {});
    check(
        "pile 1 is booked: pile 2",
        bench,
        8.5,
        ask(0, 10.5, 4, 20.0),
        &[
            "fact reservation_confirmed ev1 pile 2 at 10:30 20 kWh 1 CNY/kWh 20 CNY",
            "prepayment 20 ev1 -> escrow",
            "send 09:30 RemindAt",
            "send 10:15 ClearPile",
            "send 11:00 BreachDeadline",
            "send 08:30:01 Confirmed 0",
            "now booking 2 of ev1: 10.5-11.5 pile 2 awaited",
        ],
    );
    let (bench, _) = Bench::booked(&[1, 2], |_| {});
    check(
        "both are",
        bench,
        8.5,
        ask(0, 10.5, 4, 20.0),
        &["fact reservation_rejected ev1 at 10:30 full 20 kWh", "send 08:30:01 Rejected 0"],
    );
    let (bench, _) = Bench::booked(&[1, 2], |_| {});
    check(
        "set-up keeps the period after free",
        bench,
        8.5,
        ask(0, 11.0, 4, 20.0),
        &["fact reservation_rejected ev1 at 11:00 full 20 kWh", "send 08:30:01 Rejected 0"],
    );
    check(
        "begun",
        Bench::planned(),
        10.0,
        ask(0, 10.0, 4, 20.0),
        &["fact reservation_rejected ev1 at 10:00 too_late 20 kWh", "send 10:00:01 Rejected 0"],
    );
    check(
        "beyond what is published",
        Bench::planned(),
        6.0,
        ask(0, 23.5, 4, 20.0),
        &["fact reservation_rejected ev1 at 23:30 unsafe 20 kWh", "send 06:00:01 Rejected 0"],
    );
    let closed = Bench::planned_with(|env| env.market.booking.enabled = false);
    check(
        "nobody may book",
        closed,
        6.0,
        ask(0, 10.0, 4, 20.0),
        &["fact reservation_rejected ev1 at 10:00 too_late 20 kWh", "send 06:00:01 Rejected 0"],
    );
    let sale =
        Message::Aggregator(0, ToAggregator::Request(request(10.0, 4, 8.0, Direction::Discharge)));
    check(
        "nobody wants a sale",
        Bench::planned(),
        6.0,
        sale,
        &["fact reservation_rejected ev1 at 10:00 price 8 kWh", "send 06:00:01 Rejected 0"],
    );
    let mut bench = Bench::planned();
    let wanted = Publication { discharge: vec![1.3; 96], ..prices() };
    bench.receive(5.0, Letter::Prices(Arc::new(wanted)));
    check(
        "a sale prepays nothing",
        bench,
        6.0,
        sale,
        &[
            "fact reservation_confirmed ev1 pile 1 at 10:00 8 kWh 1.3 CNY/kWh 0 CNY",
            "send 09:00 RemindAt",
            "send 09:45 ClearPile",
            "send 10:30 BreachDeadline",
            "send 06:00:01 Confirmed 0",
            "now booking 1 of ev1: 10-11 discharge pile 1 awaited",
        ],
    );
    let late = "booked late: reminded at once";
    check(
        late,
        Bench::planned(),
        9.5,
        ask(0, 10.0, 4, 20.0),
        &[
            "fact reservation_confirmed ev1 pile 1 at 10:00 20 kWh 1 CNY/kWh 20 CNY",
            "prepayment 20 ev1 -> escrow",
            "send 09:30:01 RemindAt",
            "send 09:45 ClearPile",
            "send 10:30 BreachDeadline",
            "send 09:30:01 Confirmed 0",
            "now booking 1 of ev1: 10-11 pile 1 awaited",
        ],
    );
    let broken = {
        let mut bench = Bench::planned();
        bench.zone.aggregator.piles[0].broken = true;
        bench
    };
    check(
        "a broken pile is not promised",
        broken,
        6.0,
        ask(0, 10.0, 4, 20.0),
        &[
            "fact reservation_confirmed ev1 pile 2 at 10:00 20 kWh 1 CNY/kWh 20 CNY",
            "prepayment 20 ev1 -> escrow",
            "send 09:00 RemindAt",
            "send 09:45 ClearPile",
            "send 10:30 BreachDeadline",
            "send 06:00:01 Confirmed 0",
            "now booking 1 of ev1: 10-11 pile 2 awaited",
        ],
    );
}

#[test]
fn cancelling_is_free_early_or_late() {
    let case = |claim: &str, hour: f64, change: fn(&mut Environment), expected: &[&str]| {
        let mut bench = Bench::planned_with(change);
        let booking = bench.book(6.0, 0, 10.0, 4, 20.0);
        let message =
            Message::Aggregator(0, ToAggregator::Cancel { booking, reason: Detail::PlanChanged });
        check(claim, bench, hour, message, expected);
    };
    case(
        "within half an hour: free",
        6.4,
        |_| {},
        &[
            "fact cancelled ev1 pile 1 at 10:00 free 0 CNY",
            "return 20 escrow -> ev1",
            "row cancelled_free none 0 kWh",
            "send 06:24:01 Settled 0 cancelled_free",
            "now user 0: gone, 45 kWh; holds 10-11; day 0; day 1; free used on 0",
            "gone booking 1 of ev1",
        ],
    );
    case(
        "later: early",
        7.0,
        |_| {},
        &[
            "fact cancelled ev1 pile 1 at 10:00 early 0 CNY",
            "return 20 escrow -> ev1",
            "row cancelled_early none 0 kWh",
            "send 07:00:01 Settled 0 cancelled_early",
            "gone booking 1 of ev1",
        ],
    );
    case(
        "early with a fee",
        7.0,
        |env| env.market.cancellation.early_fee_share = 0.1,
        &[
            "fact cancelled ev1 pile 1 at 10:00 early 2 CNY",
            "cancellation_fee 2 ev1 -> operator",
            "return 20 escrow -> ev1",
            "row cancelled_early none 0 kWh",
            "send 07:00:01 Settled 0 cancelled_early",
            "gone booking 1 of ev1",
        ],
    );
    case(
        "within the last hour: late, and a ticket",
        9.2,
        |_| {},
        &[
            "fact cancelled ev1 pile 1 at 10:00 late 0.6 CNY",
            "fact ticket_offered pile 1 at 10:00 cancellation 20 kWh 0.8 CNY/kWh",
            "cancellation_fee 0.6 ev1 -> operator",
            "return 20 escrow -> ev1",
            "row cancelled_late none 0 kWh",
            "send 09:12:01 Settled 0 cancelled_late",
            "send 09:12:01 Offered",
            "send 10:45 TicketEnds",
            "now ticket 1: 10-11 pile 1 20 kWh at 0.8 notices 0 grabs 0",
            "gone booking 1 of ev1",
        ],
    );
    let free = |env: &mut Environment| env.market.cancellation.late_costs_minor_breach = false;
    case(
        "late without a fee",
        9.2,
        free,
        &[
            "fact cancelled ev1 pile 1 at 10:00 late 0 CNY",
            "fact ticket_offered pile 1 at 10:00 cancellation 20 kWh 0.8 CNY/kWh",
            "return 20 escrow -> ev1",
            "row cancelled_late none 0 kWh",
            "send 09:12:01 Settled 0 cancelled_late",
            "send 09:12:01 Offered",
            "send 10:45 TicketEnds",
            "now ticket 1: 10-11 pile 1 20 kWh at 0.8 notices 0 grabs 0",
            "gone booking 1 of ev1",
        ],
    );
    case("begun: nothing to cancel", 10.0, |_| {}, &[]);
    case("nobody may", 7.0, |env| env.market.cancellation.enabled = false, &[]);
    let mut bench = Bench::planned();
    let booking = bench.book(6.0, 0, 10.0, 4, 20.0);
    bench.zone.evs[0].free_used_on = 0;
    let message =
        Message::Aggregator(0, ToAggregator::Cancel { booking, reason: Detail::PlanChanged });
    check(
        "free once a day",
        bench,
        6.4,
        message,
        &[
            "fact cancelled ev1 pile 1 at 10:00 early 0 CNY",
            "return 20 escrow -> ev1",
            "row cancelled_early none 0 kWh",
            "send 06:24:01 Settled 0 cancelled_early",
            "gone booking 1 of ev1",
        ],
    );
    let (mut bench, b) = Bench::booked(&[0], |_| {});
    bench.handle(9.75, Message::User(0, ToUser::Come { booking: b[0] }));
    let message =
        Message::Aggregator(0, ToAggregator::Cancel { booking: b[0], reason: Detail::PlanChanged });
    check("in use", bench, 9.8, message, &[]);
}

#[test]
fn reminders_go_to_those_who_are_expected() {
    let case = |claim: &str, change: fn(&mut Environment), expected: &[&str]| {
        let (bench, b) = Bench::booked(&[0], change);
        check(claim, bench, 9.0, Message::Due(Due::RemindAt { booking: b[0] }), expected);
    };
    case("sent", |_| {}, &["fact reminder_sent ev1 at 10:00", "send 09:00:01 Reminded 0"]);
    case("off", |env| env.market.reminder.enabled = false, &[]);
    case(
        "on for the segment",
        |env| {
            env.market.reminder.enabled = false;
            env.segments[0].treatments.reminder = Some(true);
        },
        &["fact reminder_sent ev1 at 10:00", "send 09:00:01 Reminded 0"],
    );
    let (mut bench, b) = Bench::booked(&[0], |_| {});
    bench.handle(8.9, Message::User(0, ToUser::Come { booking: b[0] }));
    check("there already", bench, 9.0, Message::Due(Due::RemindAt { booking: b[0] }), &[]);
}

#[test]
fn whoever_has_not_come_by_the_deadline_is_in_severe_breach() {
    let case = |claim: &str, hour: f64, change: fn(&mut Environment), expected: &[&str]| {
        let (bench, b) = Bench::booked(&[0], change);
        check(claim, bench, hour, Message::Due(Due::BreachDeadline { booking: b[0] }), expected);
    };
    case(
        "the rest is offered",
        10.5,
        |_| {},
        &[
            "fact breach ev1 pile 1 at 10:00 severe",
            "fact ticket_offered pile 1 at 10:30 severe_breach 10 kWh 0.8 CNY/kWh",
            "send 10:30:01 Offered",
            "send 10:45 TicketEnds",
            "now booking 1 of ev1: 10-11 pile 1 over severe defaulted",
            "now ticket 1: 10.5-11 pile 1 10 kWh at 0.8 notices 0 grabs 0",
        ],
    );
    case(
        "without tickets",
        10.5,
        |env| env.market.tickets.enabled = false,
        &[
            "fact breach ev1 pile 1 at 10:00 severe",
            "now booking 1 of ev1: 10-11 pile 1 over severe defaulted",
        ],
    );
    case(
        "breach off",
        11.0,
        |env| env.market.breach.enabled = false,
        &["now booking 1 of ev1: 10-11 pile 1 over none defaulted"],
    );
    let (mut bench, b) = Bench::booked(&[0], |_| {});
    bench.handle(10.4, Message::User(0, ToUser::Come { booking: b[0] }));
    check("came", bench, 10.5, Message::Due(Due::BreachDeadline { booking: b[0] }), &[]);
    let mut bench = Bench::planned();
    let booking = bench.book_to(6.0, 0, 10.0, 4, 8.0, Direction::Discharge);
    check(
        "a sale is not offered",
        bench,
        10.5,
        Message::Due(Due::BreachDeadline { booking }),
        &[
            "fact breach ev1 pile 1 at 10:00 severe",
            "now booking 1 of ev1: 10-11 discharge pile 1 over severe defaulted",
        ],
    );
    // A walk-in waits for a pile.
    let (mut bench, b) = Bench::booked(&[0, 1], |_| {});
    bench.handle(9.75, Message::User(1, ToUser::Come { booking: b[1] }));
    bench.set_rules(|rules| rules.tickets.enabled = false);
    bench.handle(8.0, Message::User(2, ToUser::Arrive));
    bench.handle(10.4, Message::User(2, ToUser::WalkIn));
    check(
        "a walk-in gets the pile",
        bench,
        10.5,
        Message::Due(Due::BreachDeadline { booking: b[0] }),
        &[
            "fact breach ev1 pile 1 at 10:00 severe",
            "fact walk_in ev3 pile 1",
            "now booking 1 of ev1: 10-11 pile 1 over severe defaulted",
            "now queue: []",
            "now session of ev3: pile 1 walk-in 0 kW 25 kWh",
            "now user 2: here plugged, 25 kWh; day 1",
        ],
    );
}

#[test]
fn a_walk_in_yields_to_a_booking() {
    let mut bench = Bench::here(&[0, 1], |_| {});
    bench.zone.evs[0].energy_kwh = 10.0;
    bench.handle(8.0, Message::User(0, ToUser::WalkIn));
    let booking = bench.book(8.1, 1, 8.75, 4, 20.0);
    let at_its_pile = bench.zone.aggregator.bookings.get(booking).map(|b| b.pile);
    assert_eq!(at_its_pile, Some(0));
    check(
        "and goes to the other pile",
        bench,
        8.5,
        Message::Due(Due::ClearPile { booking }),
        &[
            "fact unplugged ev1 pile 1 yielded 0 kWh",
            "fact walk_in ev1 pile 2",
            "row session ev1 0 kWh",
            "now session of ev1: pile 2 walk-in 0 kW 10 kWh",
        ],
    );
    let (bench, b) = Bench::booked(&[0], |_| {});
    check("nobody is there", bench, 9.75, Message::Due(Due::ClearPile { booking: b[0] }), &[]);
    let (mut bench, b) = Bench::booked(&[0], |_| {});
    bench.handle(9.7, Message::User(0, ToUser::Come { booking: b[0] }));
    check("its own vehicle is", bench, 9.75, Message::Due(Due::ClearPile { booking: b[0] }), &[]);
}
