//! Forgetting is looked at when the user would set out, and a reminder undoes it.

use super::bench::Bench;
use super::check::check;
use crate::environment::Environment;
use crate::message::{Message, ToUser};
use domain::{FactKind, ReservationStatus};
use population::Moment;

/// Everybody forgets, and every reminder helps.
fn forgetful(env: &mut Environment) {
    let response = &mut env.segments[0].behaviour.response;
    (response.forget_probability, response.reminder_restores) = (1.0, 1.0);
    env.market.access.piles = 3;
}

/// Bookings that ended, and those of them whose vehicle never came.
fn no_shows(change: impl Fn(&mut Environment)) -> (usize, usize) {
    let mut all = (0, 0);
    for seed in 0..20 {
        let mut bench = Bench::with(|env| {
            forgetful(env);
            env.seeds = clock::Seeds::new(seed);
            // With the highest penalty people aim 44 minutes early, an hour before the start.
            env.segments[0].arrival = population::Law::normal(8.0, 1.0);
            env.segments[0].behaviour.response.delay = population::Law::uniform(0.0, 44.0);
            change(env);
        });
        let rows = bench.run(23.0);
        let last = |r: &&domain::ReservationRow| r.status != ReservationStatus::Open;
        let bookings: std::collections::BTreeMap<i64, ReservationStatus> =
            rows.reservations.iter().filter(last).map(|r| (r.booking.0, r.status)).collect();
        all.0 += bookings.len();
        all.1 += bookings.values().filter(|s| **s == ReservationStatus::Defaulted).count();
        let severe = rows
            .facts
            .iter()
            .filter(|f| f.kind == FactKind::Breach && f.detail == domain::Detail::Severe);
        assert_eq!(
            severe.count(),
            bookings.values().filter(|s| **s == ReservationStatus::Defaulted).count()
        );
    }
    all
}

#[test]
fn whoever_is_reminded_comes_at_any_penalty() {
    for scale in [0.0, 1.0, 3.0, 10.0] {
        let (bookings, missed) = no_shows(|env| env.market.penalty.scale = scale);
        assert!(bookings > 40 && missed == 0, "penalty x {scale}: {missed} of {bookings}");
    }
}

#[test]
fn whoever_is_not_reminded_never_comes() {
    for scale in [0.0, 1.0, 3.0, 10.0] {
        let (bookings, missed) = no_shows(|env| {
            env.market.penalty.scale = scale;
            env.market.reminder.enabled = false;
        });
        assert!(bookings > 40 && missed == bookings, "penalty x {scale}: {missed} of {bookings}");
    }
}

#[test]
fn what_is_booked_late_is_reminded_of_at_once() {
    let (bookings, missed) = no_shows(|env| {
        env.segments[0].lead = population::Law::fixed(0.0);
        env.segments[0].behaviour.classes = population::BehaviourGmm::default();
    });
    assert!(bookings > 20 && missed == 0, "{missed} of {bookings}");
}

#[test]
fn who_has_forgotten_decides_nothing() {
    let (bench, b) = Bench::booked(&[0], |env| {
        forgetful(env);
        env.segments[0].behaviour.response.plan_change_per_h = 1e6;
        env.segments[0].behaviour.response.keeping_cost = population::Law::fixed(1000.0);
    });
    check(
        "second thoughts",
        bench,
        9.5,
        Message::User(0, ToUser::Reconsider { booking: b[0], moment: Moment::BeforePlug }),
        &[],
    );
    let (bench, b) = Bench::booked(&[0], forgetful);
    check("time to set out", bench, 9.75, Message::User(0, ToUser::Come { booking: b[0] }), &[]);
}

#[test]
fn whoever_should_have_set_out_sets_out_at_once() {
    let (mut bench, b) = Bench::booked(&[0], forgetful);
    bench.handle(
        9.5,
        Message::User(0, ToUser::Reconsider { booking: b[0], moment: Moment::BeforePlug }),
    );
    bench.handle(9.75, Message::User(0, ToUser::Come { booking: b[0] }));
    check(
        "at ten past",
        bench,
        10.0 + 1.0 / 6.0,
        Message::User(0, ToUser::Reminded { booking: b[0] }),
        &["send 10:10:00.000001 Come 0", "now user 0: here, 25 kWh; holds 10-11 reminded; day 1"],
    );
    let (bench, b) = Bench::booked(&[0], forgetful);
    check(
        "in time: when it is time",
        bench,
        9.0,
        Message::User(0, ToUser::Reminded { booking: b[0] }),
        &["now user 0: here, 25 kWh; holds 10-11 reminded; day 1"],
    );
}
