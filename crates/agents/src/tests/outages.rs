//! Piles break and work again.

use super::bench::Bench;
use super::check::check;
use crate::environment::Environment;
use crate::message::{Message, ToUser, ZoneEvent};
use domain::{PileOutage, Time};

fn outage(piles: u32) -> impl Fn(&mut Environment) {
    move |env| {
        let (from, until) = (Time::from_hours(9.0), Time::from_hours(12.0));
        env.outages = vec![PileOutage { zone: 1, piles, from, until }];
    }
}

#[test]
fn bookings_move_to_another_pile_or_are_void() {
    let begins = Message::Zone(ZoneEvent::Outage { index: 0, begins: true });
    let (bench, _) = Bench::booked(&[0], outage(1));
    check(
        "moved to pile 2",
        bench,
        9.0,
        begins,
        &[
            "fact pile_outage pile 1 outage",
            "now booking 1 of ev1: 10-11 pile 2 awaited",
            "now broken: [0]",
        ],
    );
    let (bench, _) = Bench::booked(&[0], outage(2));
    check(
        "void: the user is told",
        bench,
        9.0,
        begins,
        &[
            "fact pile_outage pile 1 outage",
            "fact pile_outage pile 2 outage",
            "return 20 escrow -> ev1",
            "row curtailed none 0 kWh",
            "send 09:00:01 Settled 0 curtailed",
            "send 09:00:01 Dismissed 0",
            "now broken: [0, 1]",
            "gone booking 1 of ev1",
        ],
    );
    let mut bench = Bench::planned_with(outage(2));
    bench.book(6.0, 0, 13.0, 4, 20.0);
    check(
        "later ones stay",
        bench,
        9.0,
        begins,
        &["fact pile_outage pile 1 outage", "fact pile_outage pile 2 outage", "now broken: [0, 1]"],
    );
    let (mut bench, b) = Bench::booked(&[0], outage(1));
    bench.handle(8.9, Message::User(0, ToUser::Come { booking: b[0] }));
    check(
        "whoever is plugged in is unplugged",
        bench,
        9.0,
        begins,
        &[
            "fact pile_outage pile 1 outage",
            "fact unplugged ev1 pile 1 outage 0 kWh",
            "row session ev1 0 kWh",
            "send 09:00 WalkIn 0",
            "now booking 1 of ev1: 10-11 pile 1 over none curtailed",
            "now broken: [0]",
            "now user 0: here, 25 kWh; holds 10-11 used; day 1",
            "gone session of ev1",
        ],
    );
    let mut bench = Bench::here(&[0], outage(1));
    bench.zone.evs[0].energy_kwh = 10.0;
    bench.handle(8.0, Message::User(0, ToUser::WalkIn));
    check(
        "a walk-in moves",
        bench,
        8.5,
        begins,
        &[
            "fact pile_outage pile 1 outage",
            "fact unplugged ev1 pile 1 yielded 0 kWh",
            "fact walk_in ev1 pile 2",
            "row session ev1 0 kWh",
            "now broken: [0]",
            "now session of ev1: pile 2 walk-in 0 kW 10 kWh",
        ],
    );
}

#[test]
fn a_pile_that_works_again_serves_the_queue() {
    let mut bench = Bench::here(&[0], outage(2));
    bench.handle(8.0, Message::Zone(ZoneEvent::Outage { index: 0, begins: true }));
    bench.handle(8.1, Message::User(0, ToUser::WalkIn));
    check(
        "who waits is plugged in",
        bench,
        12.0,
        Message::Zone(ZoneEvent::Outage { index: 0, begins: false }),
        &[
            "fact pile_outage pile 1 restored",
            "fact pile_outage pile 2 restored",
            "fact walk_in ev1 pile 1",
            "now broken: []",
            "now queue: []",
            "now session of ev1: pile 1 walk-in 0 kW 25 kWh",
            "now user 0: here plugged, 25 kWh; day 1",
        ],
    );
    let mut bench = Bench::here(&[0, 1], outage(2));
    bench.handle(8.0, Message::Zone(ZoneEvent::Outage { index: 0, begins: true }));
    bench.handle(8.1, Message::User(1, ToUser::WalkIn));
    bench.handle(8.2, Message::User(0, ToUser::WalkIn));
    check(
        "first in, first out",
        bench,
        12.0,
        Message::Zone(ZoneEvent::Outage { index: 0, begins: false }),
        &[
            "fact pile_outage pile 1 restored",
            "fact pile_outage pile 2 restored",
            "fact walk_in ev2 pile 1",
            "fact walk_in ev1 pile 2",
            "now broken: []",
            "now queue: []",
            "now session of ev1: pile 2 walk-in 0 kW 25 kWh",
            "now session of ev2: pile 1 walk-in 0 kW 25 kWh",
            "now user 0: here plugged, 25 kWh; day 1",
            "now user 1: here plugged, 25 kWh; day 1",
        ],
    );
}
