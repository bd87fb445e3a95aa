//! What a user has lived through, and what it makes of it.

use super::bench::{Bench, prices};
use crate::environment::Environment;
use crate::message::{Letter, Message, Publication, ToAggregator, ToUser, ZoneEvent};
use domain::{Detail, ReservationStatus};
use population::{BehaviourModel, ResponseMode, Strategy};
use std::sync::Arc;

fn learns(env: &mut Environment) {
    env.segments[0].behaviour.model.credence_rate = 0.2;
}

/// Whether user 0 asks for a window that saves it about a CNY.
fn books(surprise_cny: f32, change: impl FnOnce(&mut Environment)) -> bool {
    let mut bench = Bench::with(change);
    bench.handle(0.0, Message::Zone(ZoneEvent::DayBegins));
    let dear = Publication { reservation: vec![1.5; 96], expected_real: vec![1.5; 96], ..prices() };
    bench.receive(0.0, Letter::Prices(Arc::new(dear)));
    let user = &mut bench.zone.evs[0];
    (user.experience.surprise_cny, user.person.preferred_time_h) = (surprise_cny, 9.0);
    !bench.handle(6.0, Message::User(0, ToUser::Plan)).sent.is_empty()
}

#[test]
fn whoever_was_disappointed_by_bookings_walks_in() {
    assert!(books(0.0, learns) && !books(-5.0, learns));
    // In the control and under fixed probabilities it is not looked at.
    assert!(books(-5.0, |env| env.segments[0].behaviour.response.mode = ResponseMode::None));
    assert!(books(-5.0, |env| {
        env.segments[0].behaviour.model = BehaviourModel::named("exogenous").expect("ready");
    }));
}

#[test]
fn a_site_that_fails_disappoints_and_is_no_default() {
    let (mut bench, b) = Bench::booked(&[0], |env| {
        learns(env);
        let [from, until] = [9.0, 12.0].map(domain::Time::from_hours);
        env.outages = vec![domain::PileOutage { zone: 1, piles: 2, from, until }];
    });
    let sent = bench.handle(9.0, Message::Zone(ZoneEvent::Outage { index: 0, begins: true })).sent;
    let settled =
        sent.iter().find(|s| matches!(s.message, Message::User(_, ToUser::Settled { .. })));
    let message = settled.expect("the user is told").message;
    assert!(
        matches!(message, Message::User(_, ToUser::Settled { status: ReservationStatus::Curtailed, booking, .. }) if booking == b[0])
    );
    bench.handle(9.01, message);
    let e = bench.zone.evs[0].experience;
    // 10 CNY were to be saved: 0.2 x (-10).
    assert_eq!((e.bookings, e.defaults, e.surprise_cny), (1, 0, -2.0));
}

#[test]
fn a_day_without_the_ticket_that_was_waited_for_teaches() {
    let mut bench = Bench::with(|env| {
        env.segments[0].behaviour.model = BehaviourModel::named("learning").expect("ready");
    });
    bench.handle(0.0, Message::Zone(ZoneEvent::DayBegins));
    let user = &mut bench.zone.evs[0];
    user.experience.attraction = [-1e6, -1e6, -1e6, -1e6, -1e6, 0.0];
    bench.handle(6.0, Message::User(0, ToUser::Plan));
    let plan = bench.zone.evs[0].plan_of(0).expect("planned").clone();
    // 12 CNY cheaper, half of the refund of 8 expected, but three and a half hours later.
    assert_eq!(plan.strategy, Strategy::WaitForTickets);
    assert!(plan.missed.saving_cny > 12.0 && plan.missed.severe_penalty_cny > 0.0, "{plan:?}");
    bench.handle(8.0, Message::User(0, ToUser::Arrive));
    let before = bench.zone.evs[0].experience.attraction;
    bench.handle(17.0, Message::User(0, ToUser::Depart));
    let after = bench.zone.evs[0].experience.attraction;
    // 20 kWh at 2 CNY were not had, and honouring would have paid.
    assert!(after[5] < before[5] - 10.0 && after[0] > before[0], "{before:?} {after:?}");
}

#[test]
fn a_ticket_that_was_won_is_worth_what_it_saves() {
    let (mut bench, b) = Bench::booked(&[0], |_| {});
    bench.handle(8.0, Message::User(1, ToUser::Arrive));
    let reason = Detail::PlanChanged;
    bench.handle(9.1, Message::Aggregator(0, ToAggregator::Cancel { booking: b[0], reason }));
    let (ticket, id) = (bench.ticket(), domain::TicketId(1));
    let sent = bench.handle(9.2, Message::Aggregator(1, ToAggregator::Grab { ticket, id })).sent;
    let won = sent
        .iter()
        .find(|s| matches!(s.message, Message::User(_, ToUser::Won { .. })))
        .expect("won");
    bench.handle(9.21, won.message);
    // (1.6 - 0.8) x 20 + 0.5 x (0.8 - 0.6) x 20 = 18 CNY, and half an hour nearer to noon.
    let saving = bench.zone.evs[1].held[0].saving_cny;
    assert!((saving - 18.0).abs() < 1.0, "{saving}");
}
