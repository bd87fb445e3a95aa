//! How a user plans a day, chooses a window and takes the answer.

use super::bench::{Bench, exogenous, prices};
use super::check::check;
use crate::environment::Environment;
use crate::message::{Letter, Message, Publication, ToAggregator, ToUser, ZoneEvent};
use domain::Detail;
use std::sync::Arc;

/// Everybody's plans made, prices changed.
fn told(prices: Publication) -> Bench {
    let mut bench = Bench::new();
    bench.handle(0.0, Message::Zone(ZoneEvent::DayBegins));
    bench.receive(0.0, Letter::Prices(Arc::new(prices)));
    bench
}

/// Discharging is wanted from 9 to 11 o'clock at 1.9 CNY/kWh.
fn deficit() -> Publication {
    let mut p = prices();
    p.discharge[36..44].fill(1.9);
    p
}

/// User 0 has been asking for a window since 6 o'clock.
fn asking(bench: &mut Bench) {
    bench.handle(6.0, Message::User(0, ToUser::Plan));
}

#[test]
fn plans_are_made_at_midnight() {
    check(
        "today's and tomorrow's on the first day",
        Bench::new(),
        0.0,
        Message::Zone(ZoneEvent::DayBegins),
        &[
            "send 06:00 Plan 0",
            "send 08:00 Arrive 0",
            "send day 1 06:00 Plan 0",
            "send day 1 08:00 Arrive 0",
            "send 06:00 Plan 1",
            "send 08:00 Arrive 1",
            "send day 1 06:00 Plan 1",
            "send day 1 08:00 Arrive 1",
            "send 06:00 Plan 2",
            "send 08:00 Arrive 2",
            "send day 1 06:00 Plan 2",
            "send day 1 08:00 Arrive 2",
            "send day 1 00:00 DayBegins",
            "now user 0: gone, 45 kWh; day 0 looks 06:00; day 1 looks day 1 06:00",
            "now user 1: gone, 45 kWh; day 0 looks 06:00; day 1 looks day 1 06:00",
            "now user 2: gone, 45 kWh; day 0 looks 06:00; day 1 looks day 1 06:00",
        ],
    );
    let mut bench = Bench::new();
    bench.handle(0.0, Message::Zone(ZoneEvent::DayBegins));
    check(
        "tomorrow's on any other day",
        bench,
        24.0,
        Message::Zone(ZoneEvent::DayBegins),
        &[
            "send day 2 06:00 Plan 0",
            "send day 2 08:00 Arrive 0",
            "send day 2 06:00 Plan 1",
            "send day 2 08:00 Arrive 1",
            "send day 2 06:00 Plan 2",
            "send day 2 08:00 Arrive 2",
            "send day 2 00:00 DayBegins",
            "now user 0: gone, 45 kWh; day 0 looks 06:00; day 1 looks day 1 06:00; day 2 looks day 2 06:00",
            "now user 1: gone, 45 kWh; day 0 looks 06:00; day 1 looks day 1 06:00; day 2 looks day 2 06:00",
            "now user 2: gone, 45 kWh; day 0 looks 06:00; day 1 looks day 1 06:00; day 2 looks day 2 06:00",
        ],
    );
    let closed = Bench::with(|env| env.market.booking.enabled = false);
    check(
        "without bookings nobody looks at prices",
        closed,
        0.0,
        Message::Zone(ZoneEvent::DayBegins),
        &[
            "send 08:00 Arrive 0",
            "send day 1 08:00 Arrive 0",
            "send 08:00 Arrive 1",
            "send day 1 08:00 Arrive 1",
            "send 08:00 Arrive 2",
            "send day 1 08:00 Arrive 2",
            "send day 1 00:00 DayBegins",
            "now user 0: gone, 45 kWh; day 0 looks 06:00; day 1 looks day 1 06:00",
            "now user 1: gone, 45 kWh; day 0 looks 06:00; day 1 looks day 1 06:00",
            "now user 2: gone, 45 kWh; day 0 looks 06:00; day 1 looks day 1 06:00",
        ],
    );
}

#[test]
fn a_window_is_chosen_when_it_is_time() {
    let plan = Message::User(0, ToUser::Plan);
    check(
        "the preferred hour",
        told(prices()),
        6.0,
        plan,
        &[
            "fact reservation_requested ev1 at 11:30 20 kWh",
            "send 06:00:01 Request 0",
            "now user 0: gone, 45 kWh; day 0 asks for 11.5-12.5 tried 1; day 1 looks day 1 06:00",
        ],
    );
    check("not before it is time", told(prices()), 5.0, plan, &[]);
    let dear = Publication { reservation: vec![2.1; 96], ..prices() };
    check(
        "dearer than anybody pays",
        told(dear),
        6.0,
        plan,
        &["now user 0: gone, 45 kWh; day 0 tried 1; day 1 looks day 1 06:00"],
    );
    check(
        "selling comes first",
        told(deficit()),
        6.0,
        plan,
        &[
            "fact reservation_requested ev1 at 09:00 15 kWh",
            "send 06:00:01 Request 0",
            "now user 0: gone, 45 kWh; day 0 asks for 9-11 discharge tried 1; day 1 looks day 1 06:00",
        ],
    );
    let mut waiting = told(prices());
    asking(&mut waiting);
    check("one request at a time", waiting, 6.0, plan, &[]);
    let hoards = |env: &mut Environment| {
        env.segments[0].behaviour.model.hoarding = population::Hoarding::overlapping();
    };
    let mut hoarder = Bench::with(hoards);
    hoarder.handle(0.0, Message::Zone(ZoneEvent::DayBegins));
    check(
        "a hoarder wants more",
        hoarder,
        6.0,
        plan,
        &[
            "fact reservation_requested ev1 at 11:30 20 kWh",
            "send 06:00:01 Request 0",
            "now user 0: gone, 45 kWh; day 0 asks for 11.5-12.5 tried 1 wants 1 more; day 1 looks day 1 06:00",
        ],
    );
}

#[test]
fn a_refusal_makes_the_user_look_elsewhere() {
    let refused = Message::User(0, ToUser::Rejected { reason: Detail::Full });
    let mut bench = told(prices());
    asking(&mut bench);
    check(
        "another window is looked for",
        bench,
        6.1,
        refused,
        &[
            "send 06:06:01 Plan 0",
            "now user 0: gone, 45 kWh; day 0 tried 1 not [11.5] looks 06:06:01; day 1 looks day 1 06:00",
        ],
    );
    let mut bench = told(prices());
    asking(&mut bench);
    bench.zone.evs[0].plan_of(0).expect("planned").attempts = 4;
    check(
        "not for ever",
        bench,
        6.1,
        refused,
        &["now user 0: gone, 45 kWh; day 0 tried 4 not [11.5]; day 1 looks day 1 06:00"],
    );
    let mut bench = told(prices());
    asking(&mut bench);
    bench.zone.evs[0].plan_of(0).expect("planned").attempts = 4;
    bench.handle(8.0, Message::User(0, ToUser::Arrive));
    check(
        "whoever is there walks in then",
        bench,
        8.1,
        refused,
        &[
            "send 08:06 WalkIn 0",
            "now user 0: here tried 4 not [11.5], 25 kWh; day 1 looks day 1 06:00",
        ],
    );
    let mut bench = told(deficit());
    asking(&mut bench);
    check(
        "nothing sold: charging only",
        bench,
        6.1,
        refused,
        &[
            "fact reservation_requested ev1 at 11:30 20 kWh",
            "send 06:06:01 Request 0",
            "now user 0: gone, 45 kWh; day 0 asks for 11.5-12.5 tried 1; day 1 looks day 1 06:00",
        ],
    );
    check("nothing asked, nothing refused", told(prices()), 6.1, refused, &[]);
}

#[test]
fn a_confirmed_booking_is_held_and_attended_to() {
    let confirmed = |bench: &mut Bench| {
        let sent = bench.handle(6.0, Message::User(0, ToUser::Plan)).sent;
        let Message::Aggregator(ev, ToAggregator::Request(request)) = sent[0].message else {
            panic!("{sent:?}")
        };
        bench
            .handle(6.1, Message::Aggregator(ev, ToAggregator::Request(request)))
            .sent
            .last()
            .expect("an answer")
            .message
    };
    let mut bench = told(prices());
    let message = confirmed(&mut bench);
    check(
        "held; timers are set",
        bench,
        6.2,
        message,
        &[
            "send 10:30:50.604586 Reconsider 0 Ahead",
            "send 11:05 Reconsider 0 BeforePlug",
            "send 11:15 Come 0",
            "now user 0: gone, 45 kWh; holds 11.5-12.5; day 0 tried 1; day 1 looks day 1 06:00",
        ],
    );
    let mut bench = told(deficit());
    let message = confirmed(&mut bench);
    check(
        "after a sale the recharge is asked for, grown",
        bench,
        6.2,
        message,
        &[
            "fact reservation_requested ev1 at 11:30 35 kWh",
            "send 08:00:50.604586 Reconsider 0 Ahead",
            "send 08:35 Reconsider 0 BeforePlug",
            "send 08:45 Come 0",
            "send 06:12:01 Request 0",
            "now user 0: gone, 45 kWh; holds 9-11 discharge; day 0 asks for 11.5-12.5 tried 1; day 1 looks day 1 06:00",
        ],
    );
    let mut bench = told(prices());
    let message = confirmed(&mut bench);
    bench.zone.evs[0].plan_of(0).expect("planned").extra = 1;
    check(
        "a hoarder looks for another one",
        bench,
        6.2,
        message,
        &[
            "send 10:30:50.604586 Reconsider 0 Ahead",
            "send 11:05 Reconsider 0 BeforePlug",
            "send 11:15 Come 0",
            "send 06:12:01 Plan 0",
            "now user 0: gone, 45 kWh; holds 11.5-12.5; day 0 tried 1 looks 06:12:01; day 1 looks day 1 06:00",
        ],
    );
    let mut bench = told(prices());
    let message = confirmed(&mut bench);
    let Message::User(_, ToUser::Confirmed { booking, .. }) = message else {
        panic!("{message:?}")
    };
    let reason = Detail::PlanChanged;
    bench.handle(6.15, Message::Aggregator(0, ToAggregator::Cancel { booking, reason }));
    check(
        "gone before it was heard of",
        bench,
        6.2,
        message,
        &[
            "send 06:12:01 Plan 0",
            "now user 0: gone, 45 kWh; day 0 tried 1 not [11.5] looks 06:12:01; day 1 looks day 1 06:00; free used on 0",
        ],
    );
    let mut rueful = Bench::with(|env| {
        env.segments[0].behaviour.response.regret_probability = 1.0;
    });
    rueful.handle(0.0, Message::Zone(ZoneEvent::DayBegins));
    let message = confirmed(&mut rueful);
    check(
        "regret is on its way",
        rueful,
        6.2,
        message,
        &[
            "send 06:41:58.605869 Regret 0",
            "send 10:30:50.604586 Reconsider 0 Ahead",
            "send 11:05 Reconsider 0 BeforePlug",
            "send 11:15 Come 0",
            "now user 0: gone, 45 kWh; holds 11.5-12.5; day 0 tried 1; day 1 looks day 1 06:00",
        ],
    );
    let mut early = Bench::with(|env| {
        exogenous(env).cancel_early = 1.0;
    });
    early.handle(0.0, Message::Zone(ZoneEvent::DayBegins));
    let message = confirmed(&mut early);
    check(
        "whoever will not come says so in good time",
        early,
        6.2,
        message,
        &[
            "send 10:30 Reconsider 0 Ahead",
            "send 10:30 Reconsider 0 BeforePlug",
            "send 10:40 Come 0",
            "send 06:43:01 Cancel 0",
            "now user 0: gone, 45 kWh; holds 11.5-12.5 away; day 0 dropped tried 1; day 1 looks day 1 06:00",
        ],
    );
}

#[test]
fn a_ticket_missed_makes_the_user_look_at_prices() {
    let lost = Message::User(0, ToUser::Lost);
    check(
        "nothing else planned",
        Bench::planned(),
        9.0,
        lost,
        &["send 09:00:01 Plan 0", "now user 0: gone, 45 kWh; day 0 looks 09:00:01; day 1"],
    );
    check("a booking is held", Bench::booked(&[0], |_| {}).0, 9.0, lost, &[]);
    let mut asking = Bench::planned();
    asking.zone.evs[0].plan_of(0).expect("planned").attempts = 4;
    check("tried often enough", asking, 9.0, lost, &[]);
}
