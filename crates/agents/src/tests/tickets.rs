//! Tickets: who hears of them, who grabs, who wins.

use super::bench::Bench;
use super::check::check;
use crate::environment::Environment;
use crate::message::{Due, Message, TicketRef, ToAggregator, ToUser, ZoneEvent};
use domain::TicketId;
use market::{TicketAudience, TicketOrder};

/// User 0 cancels its booking from 10 to 11 at 9 o'clock; users 1 and 2 are there.
fn offered(change: impl FnOnce(&mut Environment)) -> (Bench, TicketRef) {
    let (mut bench, b) = Bench::booked(&[0], change);
    for ev in [1, 2] {
        bench.handle(8.0, Message::User(ev, ToUser::Arrive));
    }
    bench.zone.evs[0].held[0].away = true;
    bench.zone.evs[0].plan_of(0).expect("planned").dropped = true;
    let reason = domain::Detail::PlanChanged;
    bench.handle(9.1, Message::Aggregator(0, ToAggregator::Cancel { booking: b[0], reason }));
    let ticket = bench.ticket();
    (bench, ticket)
}

fn grab(ev: u32, ticket: TicketRef) -> Message {
    Message::Aggregator(ev, ToAggregator::Grab { ticket, id: TicketId(1) })
}

#[test]
fn a_notice_goes_to_the_audience_and_whoever_gains_grabs() {
    let case = |claim: &str, change: fn(&mut Environment), expected: &[&str]| {
        let (bench, ticket) = offered(change);
        check(claim, bench, 9.11, Message::Zone(ZoneEvent::Offered { ticket }), expected);
    };
    case(
        "both grab after notice and reaction",
        |_| {},
        &[
            "send 09:10:06 Grab 1",
            "send 09:10:06 Grab 2",
            "now ticket 1: 10-11 pile 1 20 kWh at 0.8 notices 3 grabs 0",
        ],
    );
    case(
        "present",
        |env| env.market.tickets.audience = TicketAudience::Present,
        &[
            "send 09:10:06 Grab 1",
            "send 09:10:06 Grab 2",
            "now ticket 1: 10-11 pile 1 20 kWh at 0.8 notices 3 grabs 0",
        ],
    );
    case("not treated", |env| env.segments[0].treatments.tickets = Some(false), &[]);
    let (mut bench, ticket) = offered(|_| {});
    bench.book(9.1, 1, 12.0, 4, 20.0);
    check(
        "who holds a cheaper one does not",
        bench,
        9.11,
        Message::Zone(ZoneEvent::Offered { ticket }),
        &[
            "send 09:10:06 Grab 1",
            "send 09:10:06 Grab 2",
            "now ticket 1: 10-11 pile 1 20 kWh at 0.8 notices 3 grabs 0",
        ],
    );
    let (mut bench, ticket) = offered(|_| {});
    bench.set_rules(|rules| rules.tickets.audience = TicketAudience::Waiting);
    bench.book(9.1, 1, 12.0, 4, 20.0);
    check(
        "waiting only",
        bench,
        9.11,
        Message::Zone(ZoneEvent::Offered { ticket }),
        &["send 09:10:06 Grab 2", "now ticket 1: 10-11 pile 1 20 kWh at 0.8 notices 2 grabs 0"],
    );
    let (mut bench, ticket) = offered(|_| {});
    bench.handle(9.5, Message::Due(Due::TicketEnds { ticket }));
    check("gone", bench, 9.6, Message::Zone(ZoneEvent::Offered { ticket }), &[]);
}

#[test]
fn the_first_grab_wins() {
    let (bench, ticket) = offered(|_| {});
    check(
        "won",
        bench,
        9.2,
        grab(1, ticket),
        &[
            "fact ticket_grabbed ev2 20 kWh",
            "fact reservation_confirmed ev2 pile 1 at 10:00 20 kWh 0.8 CNY/kWh 16 CNY",
            "fact ticket_awarded ev2 pile 1 at 10:00 20 kWh 0.8 CNY/kWh",
            "ticket 16 ev2 -> escrow",
            "row ticket awarded",
            "send 09:12:01 RemindAt",
            "send 09:45 ClearPile",
            "send 10:30 BreachDeadline",
            "send 09:12:01 Won 1",
            "now booking 2 of ev2: 10-11 pile 1 awaited",
            "gone ticket 1",
        ],
    );
    let (bench, ticket) = offered(|_| {});
    check(
        "six minutes before: from the first period that can be reached in ten",
        bench,
        9.9,
        grab(1, ticket),
        &[
            "fact ticket_grabbed ev2 20 kWh",
            "fact reservation_confirmed ev2 pile 1 at 10:15 15 kWh 0.8 CNY/kWh 12 CNY",
            "fact ticket_awarded ev2 pile 1 at 10:15 15 kWh 0.8 CNY/kWh",
            "ticket 12 ev2 -> escrow",
            "row ticket awarded",
            "send 09:54:01 RemindAt",
            "send 10:00 ClearPile",
            "send 10:37:30 BreachDeadline",
            "send 09:54:01 Won 1",
            "now booking 2 of ev2: 10.25-11 pile 1 awaited",
            "gone ticket 1",
        ],
    );
    let (mut bench, ticket) = offered(|_| {});
    bench.handle(9.2, grab(1, ticket));
    check(
        "the second one loses",
        bench,
        9.21,
        grab(2, ticket),
        &[
            "fact ticket_grabbed ev3 already_taken",
            "fact ticket_lost ev3 already_taken",
            "send 09:12:37 Lost 2",
        ],
    );
    let (mut bench, ticket) = offered(|_| {});
    bench.zone.evs[1].energy_kwh = 45.0;
    check("who needs nothing any more lets it be", bench, 9.2, grab(1, ticket), &[]);
    let (bench, ticket) = offered(|_| {});
    check(
        "too late for a whole period",
        bench,
        10.9,
        grab(1, ticket),
        &[
            "fact ticket_grabbed ev2 20 kWh",
            "fact ticket_expired pile 1",
            "fact ticket_lost ev2 expired",
            "row ticket expired",
            "send 10:54:01 Lost 1",
            "gone ticket 1",
        ],
    );
    let (bench, ticket) = offered(|_| {});
    check(
        "half an hour is left",
        bench,
        10.3,
        grab(1, ticket),
        &[
            "fact ticket_grabbed ev2 20 kWh",
            "fact reservation_confirmed ev2 pile 1 at 10:30 10 kWh 0.8 CNY/kWh 8 CNY",
            "fact ticket_awarded ev2 pile 1 at 10:30 10 kWh 0.8 CNY/kWh",
            "ticket 8 ev2 -> escrow",
            "row ticket awarded",
            "send 10:18:01 RemindAt",
            "send 10:18:00.000001 ClearPile",
            "send 10:45 BreachDeadline",
            "send 10:18:01 Won 1",
            "now booking 2 of ev2: 10.5-11 pile 1 awaited",
            "gone ticket 1",
        ],
    );
}

#[test]
fn grabs_are_collected_where_the_order_says_so() {
    let draws = |order: TicketOrder| {
        let (mut bench, ticket) = offered(move |env| env.market.tickets.order = order);
        bench.zone.evs[1].person.willingness_to_pay = 1.9;
        (bench, ticket)
    };
    let (bench, ticket) = draws(TicketOrder::Lottery);
    check(
        "the first one starts the clock",
        bench,
        9.2,
        grab(1, ticket),
        &[
            "fact ticket_grabbed ev2 20 kWh",
            "send 09:22 DrawTicket",
            "now ticket 1: 10-11 pile 1 20 kWh at 0.8 notices 0 grabs 1",
        ],
    );
    let drawn = |claim: &str, order: TicketOrder, expected: &[&str]| {
        let (mut bench, ticket) = draws(order);
        bench.handle(9.2, grab(1, ticket));
        bench.handle(9.21, grab(2, ticket));
        check(claim, bench, 9.4, Message::Due(Due::DrawTicket { ticket }), expected);
    };
    drawn(
        "by lot",
        TicketOrder::Lottery,
        &[
            "fact reservation_confirmed ev3 pile 1 at 10:00 20 kWh 0.8 CNY/kWh 16 CNY",
            "fact ticket_awarded ev3 pile 1 at 10:00 20 kWh 0.8 CNY/kWh",
            "fact ticket_lost ev2 already_taken",
            "ticket 16 ev3 -> escrow",
            "row ticket awarded",
            "send 09:24:01 RemindAt",
            "send 09:45 ClearPile",
            "send 10:30 BreachDeadline",
            "send 09:24:01 Won 2",
            "send 09:24:01 Lost 1",
            "now booking 2 of ev3: 10-11 pile 1 awaited",
            "gone ticket 1",
        ],
    );
    drawn(
        "by price: the second one pays more",
        TicketOrder::Price,
        &[
            "fact reservation_confirmed ev3 pile 1 at 10:00 20 kWh 0.8 CNY/kWh 16 CNY",
            "fact ticket_awarded ev3 pile 1 at 10:00 20 kWh 0.8 CNY/kWh",
            "fact ticket_lost ev2 already_taken",
            "ticket 16 ev3 -> escrow",
            "row ticket awarded",
            "send 09:24:01 RemindAt",
            "send 09:45 ClearPile",
            "send 10:30 BreachDeadline",
            "send 09:24:01 Won 2",
            "send 09:24:01 Lost 1",
            "now booking 2 of ev3: 10-11 pile 1 awaited",
            "gone ticket 1",
        ],
    );
    let (mut bench, ticket) = draws(TicketOrder::Price);
    bench.handle(9.2, grab(2, ticket));
    bench.handle(9.3, Message::Due(Due::TicketEnds { ticket }));
    check("ended before", bench, 9.4, Message::Due(Due::DrawTicket { ticket }), &[]);
}

#[test]
fn a_ticket_that_nobody_wants_expires() {
    let (bench, ticket) = offered(|_| {});
    check(
        "expired",
        bench,
        10.75,
        Message::Due(Due::TicketEnds { ticket }),
        &["fact ticket_expired pile 1", "row ticket expired", "gone ticket 1"],
    );
    let (mut bench, ticket) = offered(|env| env.market.tickets.order = TicketOrder::Lottery);
    bench.handle(9.2, grab(1, ticket));
    check(
        "who waited for the draw loses",
        bench,
        9.3,
        Message::Due(Due::TicketEnds { ticket }),
        &[
            "fact ticket_expired pile 1",
            "fact ticket_lost ev2 expired",
            "row ticket expired",
            "send 09:18:01 Lost 1",
            "gone ticket 1",
        ],
    );
}

#[test]
fn the_winner_gives_back_what_it_had() {
    let (mut bench, ticket) = offered(|_| {});
    bench.book(9.1, 1, 12.0, 4, 20.0);
    let sent = bench.handle(9.2, grab(1, ticket)).sent;
    let won = sent
        .iter()
        .find(|s| matches!(s.message, Message::User(_, ToUser::Won { .. })))
        .expect("won")
        .message;
    check(
        "held; the other one is given back",
        bench,
        9.21,
        won,
        &[
            "send 09:16:37.335888 Reconsider 1 Ahead",
            "send 09:35 Reconsider 1 BeforePlug",
            "send 09:45 Come 1",
            "send 09:12:37 Cancel 1",
            "now user 1: here, 25 kWh; holds 12-13 away; holds 10-11; day 1",
        ],
    );
}
