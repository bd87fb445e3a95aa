//! A user comes to a pile for a booking, and leaves it.

use super::bench::Bench;
use super::check::check;
use crate::environment::Environment;
use crate::message::{BookingRef, Due, Message, ToUser};

fn come(ev: u32, booking: BookingRef) -> Message {
    Message::User(ev, ToUser::Come { booking })
}

#[test]
fn whoever_comes_in_time_is_plugged_in() {
    let case = |claim: &str, hour: f64, change: fn(&mut Environment), expected: &[&str]| {
        let (bench, b) = Bench::booked(&[0], change);
        check(claim, bench, hour, come(0, b[0]), expected);
    };
    case(
        "at the deadline",
        9.75,
        |_| {},
        &[
            "fact plugged_in ev1 pile 1",
            "send 11:00 Leave 0",
            "now booking 1 of ev1: 10-11 pile 1 plugged none",
            "now session of ev1: pile 1 booked 0 kW 25 kWh",
            "now user 0: here plugged, 25 kWh; holds 10-11 used; day 1",
        ],
    );
    case(
        "hours early: the pile is free",
        8.5,
        |_| {},
        &[
            "fact plugged_in ev1 pile 1",
            "send 11:00 Leave 0",
            "now booking 1 of ev1: 10-11 pile 1 plugged none",
            "now session of ev1: pile 1 booked 0 kW 25 kWh",
            "now user 0: here plugged, 25 kWh; holds 10-11 used; day 1",
        ],
    );
    case(
        "five minutes after the start: a minor breach",
        10.0 + 5.0 / 60.0,
        |_| {},
        &[
            "fact plugged_in ev1 pile 1",
            "fact breach ev1 pile 1 at 10:00 minor",
            "send 11:00 Leave 0",
            "now booking 1 of ev1: 10-11 pile 1 plugged minor",
            "now session of ev1: pile 1 booked 0 kW 25 kWh",
            "now user 0: here plugged, 25 kWh; holds 10-11 used; day 1",
        ],
    );
    case(
        "20 minutes after it: moderate",
        10.0 + 20.0 / 60.0,
        |_| {},
        &[
            "fact plugged_in ev1 pile 1",
            "fact breach ev1 pile 1 at 10:00 moderate",
            "send 11:00 Leave 0",
            "now booking 1 of ev1: 10-11 pile 1 plugged moderate",
            "now session of ev1: pile 1 booked 0 kW 25 kWh",
            "now user 0: here plugged, 25 kWh; holds 10-11 used; day 1",
        ],
    );
    case(
        "breach off",
        10.0 + 20.0 / 60.0,
        |env| env.market.breach.enabled = false,
        &[
            "fact plugged_in ev1 pile 1",
            "send 11:00 Leave 0",
            "now booking 1 of ev1: 10-11 pile 1 plugged none",
            "now session of ev1: pile 1 booked 0 kW 25 kWh",
            "now user 0: here plugged, 25 kWh; holds 10-11 used; day 1",
        ],
    );
    let forgets = |env: &mut Environment| {
        env.segments[0].behaviour.response.forget_probability = 1.0;
    };
    case("forgotten", 9.75, forgets, &[]);
    let early_and_late = |env: &mut Environment| {
        env.segments[0].behaviour.response.early_unplug_probability = 1.0;
    };
    case(
        "unplugs early",
        9.75,
        early_and_late,
        &[
            "fact plugged_in ev1 pile 1",
            "send 10:54:45.235814 Leave 0",
            "now booking 1 of ev1: 10-11 pile 1 plugged none",
            "now session of ev1: pile 1 booked 0 kW 25 kWh",
            "now user 0: here plugged, 25 kWh; holds 10-11 used; day 1",
        ],
    );
    let mut bench = Bench::planned();
    let booking = bench.book(6.0, 0, 10.0, 4, 20.0);
    check("not there", bench, 9.75, come(0, booking), &[]);
    let (mut bench, b) = Bench::booked(&[0], |_| {});
    bench.zone.evs[0].held[0].away = true;
    check("decided otherwise", bench, 9.75, come(0, b[0]), &[]);
    let (mut bench, b) = Bench::booked(&[0], |_| {});
    bench.handle(10.5, Message::Due(Due::BreachDeadline { booking: b[0] }));
    check(
        "too late",
        bench,
        10.6,
        come(0, b[0]),
        &[
            "fact turned_away_late ev1 pile 1 at 10:00",
            "send 10:36 WalkIn 0",
            "now user 0: here, 25 kWh; holds 10-11 away; day 1",
        ],
    );
}

#[test]
fn a_taken_pile_is_waited_for_then_another_one_is_used() {
    // User 2 walked in at 8 at pile 1, where user 0 has the booking.
    let taken = |others: &[u32]| {
        let mut bench = Bench::planned();
        let booking = bench.book(6.0, 0, 10.0, 4, 20.0);
        bench.handle(8.0, Message::User(0, ToUser::Arrive));
        for &ev in others {
            bench.zone.aggregator.free = crate::aggregator::pile_set::PileSet::none_of(2);
            bench.zone.aggregator.free.insert(ev - 1);
            bench.handle(8.0, Message::User(ev, ToUser::Arrive));
            bench.handle(8.0, Message::User(ev, ToUser::WalkIn));
        }
        (bench, booking)
    };
    let (bench, booking) = taken(&[1]);
    check(
        "early: until the set-up before the start",
        bench,
        9.0,
        come(0, booking),
        &["send 09:45 Come 0", "now booking 1 of ev1: 10-11 pile 1 waiting"],
    );
    let (bench, booking) = taken(&[1]);
    check(
        "shortly before the start: a minute",
        bench,
        9.9,
        come(0, booking),
        &["send 09:55 Come 0", "now booking 1 of ev1: 10-11 pile 1 waiting"],
    );
    let (bench, booking) = taken(&[1]);
    check(
        "after the start: another pile",
        bench,
        10.1,
        come(0, booking),
        &[
            "fact plugged_in ev1 pile 2",
            "fact breach ev1 pile 2 at 10:00 minor",
            "send 11:00 Leave 0",
            "now booking 1 of ev1: 10-11 pile 2 plugged minor",
            "now session of ev1: pile 2 booked 0 kW 25 kWh",
            "now user 0: here plugged, 25 kWh; holds 10-11 used; day 1",
        ],
    );
    let (mut bench, booking) = taken(&[1]);
    bench.handle(9.0, come(0, booking));
    check(
        "who was there in time and had to wait: no breach",
        bench,
        10.1,
        come(0, booking),
        &[
            "fact plugged_in ev1 pile 2",
            "send 11:00 Leave 0",
            "now booking 1 of ev1: 10-11 pile 2 plugged none",
            "now session of ev1: pile 2 booked 0 kW 25 kWh",
            "now user 0: here plugged, 25 kWh; holds 10-11 used; day 1",
        ],
    );
    let (bench, booking) = taken(&[1, 2]);
    check(
        "none: void, all money back",
        bench,
        10.1,
        come(0, booking),
        &[
            "return 20 escrow -> ev1",
            "row curtailed none 0 kWh",
            "send 10:06:01 Settled 0 curtailed",
            "send 10:06 WalkIn 0",
            "now user 0: here, 25 kWh; holds 10-11 away; day 1",
            "gone booking 1 of ev1",
        ],
    );
}

#[test]
fn who_comes_for_one_booking_ends_the_others_of_its_kind() {
    let mut bench = Bench::planned();
    let first = bench.book(6.0, 0, 10.0, 4, 20.0);
    bench.book(6.0, 0, 12.0, 4, 20.0);
    bench.handle(8.0, Message::User(0, ToUser::Arrive));
    check(
        "the hoarded window is given back",
        bench,
        9.75,
        come(0, first),
        &[
            "fact plugged_in ev1 pile 1",
            "send 11:00 Leave 0",
            "send 09:45:01 Cancel 0",
            "now booking 1 of ev1: 10-11 pile 1 plugged none",
            "now session of ev1: pile 1 booked 0 kW 25 kWh",
            "now user 0: here plugged, 25 kWh; holds 10-11 used; holds 12-13 away; day 1",
        ],
    );
}

#[test]
fn a_walk_in_comes_for_its_booking_and_a_booked_one_waits_for_its_own_end() {
    let (mut bench, b) = Bench::booked(&[0], |_| {});
    let kept = std::mem::take(&mut bench.zone.evs[0].held);
    bench.handle(8.1, Message::User(0, ToUser::WalkIn));
    bench.zone.evs[0].held = kept;
    check(
        "unplugged and plugged in again",
        bench,
        9.8,
        come(0, b[0]),
        &[
            "fact unplugged ev1 pile 2 booked 0 kWh",
            "fact plugged_in ev1 pile 1",
            "fact breach ev1 pile 1 at 10:00 minor",
            "row session ev1 0 kWh",
            "send 11:00 Leave 0",
            "now booking 1 of ev1: 10-11 pile 1 plugged minor",
            "now session of ev1: pile 1 booked 0 kW 25 kWh",
            "now user 0: here plugged, 25 kWh; holds 10-11 used; day 1",
        ],
    );
    let mut bench = Bench::planned();
    let first = bench.book(6.0, 0, 10.0, 4, 10.0);
    let second = bench.book(6.0, 0, 11.0, 4, 10.0);
    bench.handle(8.0, Message::User(0, ToUser::Arrive));
    bench.handle(9.75, come(0, first));
    bench.zone.evs[0].held[1].away = false;
    check(
        "its first booking runs",
        bench,
        10.75,
        come(0, second),
        &["send 11:00 Come 0", "now booking 2 of ev1: 11-12 pile 1 waiting"],
    );
}

#[test]
fn leaving_early_frees_the_rest_for_others() {
    let plugged = || {
        let (mut bench, b) = Bench::booked(&[0], |_| {});
        bench.handle(9.75, come(0, b[0]));
        let session = bench.session(0);
        (bench, Message::User(0, ToUser::Leave { session }))
    };
    let (bench, leave) = plugged();
    check(
        "half an hour early",
        bench,
        10.5,
        leave,
        &[
            "fact unplugged ev1 pile 1 early_unplug 0 kWh",
            "fact ticket_offered pile 1 at 10:30 early_unplug 10 kWh 0.8 CNY/kWh",
            "row session ev1 0 kWh",
            "send 10:30:01 Offered",
            "send 10:45 TicketEnds",
            "send 10:30 WalkIn 0",
            "now booking 1 of ev1: 10-11 pile 1 over none",
            "now ticket 1: 10.5-11 pile 1 10 kWh at 0.8 notices 0 grabs 0",
            "now user 0: here, 25 kWh; holds 10-11 used; day 1",
            "gone session of ev1",
        ],
    );
    let (bench, leave) = plugged();
    check(
        "on time",
        bench,
        11.0,
        leave,
        &[
            "fact unplugged ev1 pile 1 on_time 0 kWh",
            "row session ev1 0 kWh",
            "send 11:00 WalkIn 0",
            "now booking 1 of ev1: 10-11 pile 1 over none",
            "now user 0: here, 25 kWh; holds 10-11 used; day 1",
            "gone session of ev1",
        ],
    );
    let (bench, leave) = plugged();
    check(
        "overstayed",
        bench,
        11.2,
        leave,
        &[
            "fact unplugged ev1 pile 1 overstay 0 kWh",
            "row session ev1 0 kWh",
            "send 11:12 WalkIn 0",
            "now booking 1 of ev1: 10-11 pile 1 over none",
            "now user 0: here, 25 kWh; holds 10-11 used; day 1",
            "gone session of ev1",
        ],
    );
    let (mut bench, leave) = plugged();
    bench.handle(10.6, leave);
    check("gone already", bench, 10.7, leave, &[]);
}

#[test]
fn what_a_stay_costs_its_user_is_borne_as_it_comes_about() {
    let (mut bench, b) = Bench::booked(&[0], |_| {});
    bench.zone.evs[0].held[0].fate.plan_change_after_h = 0.0;
    bench.zone.evs[0].held[0].fate.keeping_cost_cny = 7.0;
    bench.zone.evs[0].person.preferred_time_h = 12.5;
    bench.handle(9.75, come(0, b[0]));
    let costs = bench.zone.evs[0].stay.as_ref().expect("there").plan.costs;
    assert_eq!(costs.keeping, 7.0, "kept although the plan had changed");
    // Middle 10:30, two hours before the preferred one, at 0.5 CNY/h.
    assert!((costs.shift - 1.0).abs() < 1e-6, "{costs:?}");
    let risk = &bench.env.risks[0];
    let held = &bench.zone.evs[0].held[0];
    assert!(risk.earliness_min(4, population::AtStake::default()) >= 0.0 && held.used);
    assert!(costs.earliness >= 0.0 && costs.trips == 0.0);
}
