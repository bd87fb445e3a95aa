//! Arriving, walking in, departing.

use super::bench::Bench;
use super::check::check;
use crate::message::{Message, ToUser, ZoneEvent};

#[test]
fn whoever_arrives_walks_in_unless_something_is_booked() {
    let arrive = Message::User(0, ToUser::Arrive);
    check(
        "nothing booked",
        Bench::planned(),
        8.0,
        arrive,
        &[
            "fact arrived ev1 20 kWh",
            "send 17:00 Depart 0",
            "send 08:00 WalkIn 0",
            "now user 0: here, 25 kWh; day 1",
        ],
    );
    let mut bench = Bench::planned();
    bench.book(6.0, 0, 10.0, 4, 20.0);
    check(
        "booked",
        bench,
        8.0,
        arrive,
        &[
            "fact arrived ev1 20 kWh",
            "send 17:00 Depart 0",
            "now user 0: here, 25 kWh; holds 10-11; day 1",
        ],
    );
    let mut bench = Bench::planned();
    bench.zone.evs[0].plan_of(0).expect("planned").walks_in_at = domain::Time::from_hours(15.0);
    check(
        "waiting for tickets",
        bench,
        8.0,
        arrive,
        &[
            "fact arrived ev1 20 kWh",
            "send 17:00 Depart 0",
            "send 15:00 WalkIn 0",
            "now user 0: here, 25 kWh; day 1",
        ],
    );
    check("there already", Bench::here(&[0], |_| {}), 8.0, arrive, &[]);
}

#[test]
fn a_walk_in_takes_the_pile_that_is_free_longest_or_waits() {
    let walk_in = Message::User(0, ToUser::WalkIn);
    check(
        "both are free",
        Bench::here(&[0], |_| {}),
        8.0,
        walk_in,
        &[
            "fact walk_in ev1 pile 1",
            "now session of ev1: pile 1 walk-in 0 kW 25 kWh",
            "now user 0: here plugged, 25 kWh; day 1",
        ],
    );
    let mut bench = Bench::planned();
    bench.book(6.0, 1, 10.0, 4, 20.0);
    bench.handle(8.0, Message::User(0, ToUser::Arrive));
    check(
        "pile 1 is booked later",
        bench,
        8.0,
        walk_in,
        &[
            "fact walk_in ev1 pile 2",
            "now session of ev1: pile 2 walk-in 0 kW 25 kWh",
            "now user 0: here plugged, 25 kWh; day 1",
        ],
    );
    let mut bench = Bench::here(&[0, 1, 2], |_| {});
    bench.handle(8.0, Message::User(1, ToUser::WalkIn));
    bench.handle(8.0, Message::User(2, ToUser::WalkIn));
    check(
        "none is free",
        bench,
        8.1,
        walk_in,
        &["now queue: [0]", "now user 0: here queued, 25 kWh; day 1"],
    );
    let forbidden = Bench::here(&[0], |env| env.market.walk_in.enabled = false);
    check("nobody may", forbidden, 8.0, walk_in, &[]);
    let (bench, _) = Bench::booked(&[0], |_| {});
    check("booked meanwhile", bench, 8.0, walk_in, &[]);
    check("not there", Bench::planned(), 8.0, walk_in, &[]);
    let mut full = Bench::here(&[0], |_| {});
    full.zone.evs[0].energy_kwh = 45.0;
    check("nothing needed", full, 8.0, walk_in, &[]);
}

#[test]
fn whoever_departs_is_unplugged_first() {
    let depart = Message::User(0, ToUser::Depart);
    check(
        "nothing plugged in",
        Bench::here(&[0], |_| {}),
        17.0,
        depart,
        &[
            "fact departed ev1 20 kWh",
            "fact energy_short ev1 20 kWh",
            "row stay ev1 waited 0 min",
            "now user 0: gone, 25 kWh; day 1",
        ],
    );
    let mut bench = Bench::here(&[0], |_| {});
    bench.handle(8.0, Message::User(0, ToUser::WalkIn));
    check(
        "plugged in",
        bench,
        9.0,
        depart,
        &[
            "fact unplugged ev1 pile 1 stay 0 kWh",
            "fact departed ev1 20 kWh",
            "fact energy_short ev1 20 kWh",
            "row session ev1 0 kWh",
            "row stay ev1 waited 0 min",
            "now user 0: gone, 25 kWh; day 1",
            "gone session of ev1",
        ],
    );
    let mut bench = Bench::here(&[0], |_| {});
    bench.handle(8.0, Message::User(0, ToUser::WalkIn));
    bench.handle(8.0, Message::Zone(ZoneEvent::PeriodBegins));
    check(
        "after six minutes at full power",
        bench,
        8.1,
        depart,
        &[
            "fact unplugged ev1 pile 1 stay 4 kWh",
            "fact departed ev1 16 kWh",
            "fact energy_short ev1 16 kWh",
            "row session ev1 4 kWh",
            "row stay ev1 waited 0 min",
            "now user 0: gone, 29 kWh; day 1",
            "gone session of ev1",
        ],
    );
    let mut bench = Bench::here(&[0, 1, 2], |_| {});
    for ev in [1, 2, 0] {
        bench.handle(8.0, Message::User(ev, ToUser::WalkIn));
    }
    check(
        "in the queue for an hour",
        bench,
        9.0,
        depart,
        &[
            "fact departed ev1 20 kWh",
            "fact energy_short ev1 20 kWh",
            "row stay ev1 waited 60 min",
            "now queue: []",
            "now user 0: gone, 25 kWh; day 1",
        ],
    );
    let (mut bench, b) = Bench::booked(&[0], |_| {});
    bench.zone.aggregator.piles[0].broken = true;
    bench.handle(9.0, Message::User(0, ToUser::Come { booking: b[0] }));
    check(
        "kept waiting until now: all money back",
        bench,
        9.5,
        depart,
        &[
            "fact departed ev1 20 kWh",
            "fact energy_short ev1 20 kWh",
            "return 20 escrow -> ev1",
            "row curtailed none 0 kWh",
            "row stay ev1 waited 0 min",
            "send 09:30:01 Settled 0 curtailed",
            "now user 0: gone, 25 kWh; holds 10-11; day 1",
            "gone booking 1 of ev1",
        ],
    );
    let (bench, _) = Bench::booked(&[0], |_| {});
    check(
        "a booking that was not come for stays",
        bench,
        9.5,
        depart,
        &[
            "fact departed ev1 20 kWh",
            "fact energy_short ev1 20 kWh",
            "row stay ev1 waited 0 min",
            "now user 0: gone, 25 kWh; holds 10-11; day 1",
        ],
    );
}
