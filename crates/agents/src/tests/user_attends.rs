//! What a user decides about a booking: reminder, second thoughts, regret, the end.

use super::bench::Bench;
use super::check::check;
use crate::environment::Environment;
use crate::message::{Message, ToAggregator, ToUser};
use domain::{Detail, ReservationStatus};
use population::{BehaviourModel, Law, Moment};

/// Plans change at once, and keeping the booking costs more than anything.
fn fickle(env: &mut Environment) {
    let response = &mut env.segments[0].behaviour.response;
    response.plan_change_per_h = 1e6;
    response.keeping_cost = Law::fixed(1000.0);
    response.decision_scale_cny = 0.01;
}

fn forgetful(env: &mut Environment) {
    env.segments[0].behaviour.response.forget_probability = 1.0;
    env.segments[0].behaviour.response.reminder_restores = 1.0;
}

fn no_cancelling(env: &mut Environment) {
    fickle(env);
    env.market.cancellation.enabled = false;
}

#[test]
fn a_reminder_is_received() {
    let (bench, b) = Bench::booked(&[0], fickle);
    let message = Message::User(0, ToUser::Reminded { booking: b[0] });
    check(
        "what follows is thought of later",
        bench,
        9.0,
        message,
        &["now user 0: here, 25 kWh; holds 10-11 reminded; day 1"],
    );
}

#[test]
fn an_hour_ahead_the_user_looks_at_the_booking() {
    let ahead = |booking| Message::User(0, ToUser::Reconsider { booking, moment: Moment::Ahead });
    let case = |claim: &str, change: fn(&mut Environment), expected: &[&str]| {
        let (bench, b) = Bench::booked(&[0], change);
        check(claim, bench, 9.05, ahead(b[0]), expected);
    };
    case("kept ahead", |_| {}, &[]);
    case(
        "given back: the plan has changed",
        fickle,
        &["send 09:03:01 Cancel 0", "now user 0: here dropped, 25 kWh; holds 10-11 away; day 1"],
    );
    case(
        "kept quiet: nothing can be cancelled",
        no_cancelling,
        &["now user 0: here dropped, 25 kWh; holds 10-11 away; day 1"],
    );
    let (mut bench, b) = Bench::booked(&[0], fickle);
    bench.zone.evs[0].held[0].away = true;
    check("decided before", bench, 9.05, ahead(b[0]), &[]);
}

#[test]
fn second_thoughts_are_the_last_word() {
    let case = |claim: &str, change: fn(&mut Environment), expected: &[&str]| {
        let (bench, b) = Bench::booked(&[0], change);
        check(
            claim,
            bench,
            9.5,
            Message::User(0, ToUser::Reconsider { booking: b[0], moment: Moment::BeforePlug }),
            expected,
        );
    };
    case("kept", |_| {}, &[]);
    case(
        "given back late",
        fickle,
        &["send 09:30:01 Cancel 0", "now user 0: here dropped, 25 kWh; holds 10-11 away; day 1"],
    );
    case(
        "stays away: nothing can be cancelled",
        no_cancelling,
        &["now user 0: here dropped, 25 kWh; holds 10-11 away; day 1"],
    );
    case("forgotten", forgetful, &[]);
    let (bench, b) = Bench::booked(&[0], fickle);
    let message =
        Message::User(0, ToUser::Reconsider { booking: b[0], moment: Moment::BeforePlug });
    check(
        "after the start nothing can be given back",
        bench,
        10.0,
        message,
        &["now user 0: here dropped, 25 kWh; holds 10-11 away; day 1"],
    );
}

#[test]
fn regret_gives_back_and_looks_again() {
    let (bench, b) = Bench::booked(&[0], |_| {});
    let message = Message::User(0, ToUser::Regret { booking: b[0] });
    check(
        "another window is looked for",
        bench,
        8.5,
        message,
        &[
            "send 08:30:01 Cancel 0",
            "send 08:30:01 Plan 0",
            "now user 0: here not [10.0] looks 08:30:01, 25 kWh; holds 10-11 away; day 1",
        ],
    );
    let (bench, _) = Bench::booked(&[0], |env| env.market.cancellation.enabled = false);
    check("what cannot be given back is kept", bench, 8.5, message, &[]);
    let (mut bench, _) = Bench::booked(&[0], |_| {});
    bench.zone.evs[0].held[0].used = true;
    check("too late: in use", bench, 8.5, message, &[]);
}

#[test]
fn whoever_loses_a_booking_walks_in() {
    let (bench, b) = Bench::booked(&[0], |_| {});
    let message = Message::User(0, ToUser::Dismissed { booking: b[0] });
    check(
        "there",
        bench,
        8.5,
        message,
        &["send 08:30 WalkIn 0", "now user 0: here, 25 kWh; holds 10-11 away; day 1"],
    );
    let mut bench = Bench::planned();
    let booking = bench.book(6.0, 0, 10.0, 4, 20.0);
    check(
        "not there yet",
        bench,
        7.5,
        Message::User(0, ToUser::Dismissed { booking }),
        &["now user 0: gone, 45 kWh; holds 10-11 away; day 0; day 1"],
    );
}

use ReservationStatus as R;

#[test]
fn what_is_paid_is_learnt_and_forgotten() {
    let learns = |env: &mut Environment| {
        env.segments[0].behaviour.model = BehaviourModel::named("learning").expect("ready");
    };
    let settled = |booking, status: ReservationStatus, paid_cny: f32| {
        Message::User(
            0,
            ToUser::Settled {
                booking,
                status,
                delivered_kwh: if status == ReservationStatus::Fulfilled { 20.0 } else { 0.0 },
                refund_cny: 0.0,
                paid_cny,
            },
        )
    };
    let (bench, b) = Bench::booked(&[0], |_| {});
    check(
        "without learning: forgotten",
        bench,
        11.1,
        settled(b[0], R::Fulfilled, 0.0),
        &["now user 0: here, 25 kWh; day 1"],
    );
    let case = |claim: &str, status: R, paid_cny: f32, expected: &[&str]| {
        let (bench, b) = Bench::booked(&[0], learns);
        check(claim, bench, 11.1, settled(b[0], status, paid_cny), expected);
    };
    case("honoured", R::Fulfilled, 0.0, &["now user 0: here, 25 kWh; day 1; 0 of 1 defaulted"]);
    case(
        "late",
        R::Fulfilled,
        1.5,
        &["now user 0: here, 25 kWh; day 1; 0 of 1 defaulted; surprised -0.3 CNY"],
    );
    let (mut bench, b) = Bench::booked(&[0], |_| {});
    bench.zone.evs[0].held[0].comes_at = domain::Time::from_hours(11.5);
    check(
        "still on the way when it is over",
        bench,
        11.1,
        settled(b[0], R::Defaulted, 5.0),
        &["fact turned_away_late ev1 at 10:00", "now user 0: here, 25 kWh; day 1"],
    );
    case(
        "never came",
        R::Defaulted,
        5.0,
        &["now user 0: here, 25 kWh; day 1; 1 of 1 defaulted; surprised -3 CNY"],
    );
    case(
        "cancelled late",
        R::CancelledLate,
        1.0,
        &["now user 0: here, 25 kWh; day 1; 1 of 1 defaulted; surprised -2.2 CNY"],
    );
    case(
        "cancelled early",
        R::CancelledEarly,
        0.0,
        &["now user 0: here, 25 kWh; day 1; 0 of 1 defaulted; surprised -2 CNY"],
    );
    case(
        "the site could not: nobody's default",
        R::Curtailed,
        0.0,
        &["now user 0: here, 25 kWh; day 1; 0 of 1 defaulted; surprised -2 CNY"],
    );
    let (mut bench, b) = Bench::booked(&[0], learns);
    (bench.zone.evs[0].held[0].by_ticket, bench.zone.evs[0].held[0].saving_cny) = (true, 7.0);
    check(
        "a ticket's gain",
        bench,
        11.1,
        settled(b[0], R::Fulfilled, 0.0),
        &["now user 0: here, 25 kWh; day 1; ticket gain 7 CNY"],
    );
    let (bench, b) = Bench::booked(&[0], |env| {
        learns(env);
        env.segments[0].behaviour.response.mode = population::ResponseMode::None;
    });
    check(
        "the control learns nothing",
        bench,
        11.1,
        settled(b[0], R::Defaulted, 5.0),
        &["now user 0: here, 25 kWh; day 1"],
    );
}

#[test]
fn a_cancellation_reaches_the_aggregator() {
    let (bench, b) = Bench::booked(&[0], |_| {});
    let reason = Detail::PlanChanged;
    check(
        "early",
        bench,
        8.5,
        Message::Aggregator(0, ToAggregator::Cancel { booking: b[0], reason }),
        &[
            "fact cancelled ev1 pile 1 at 10:00 early 0 CNY",
            "return 20 escrow -> ev1",
            "row cancelled_early none 0 kWh",
            "send 08:30:01 Settled 0 cancelled_early",
            "gone booking 1 of ev1",
        ],
    );
}
