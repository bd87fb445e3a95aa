//! Selling energy back: a sale and the recharge that is paired with it are two bookings, each with
//! a fate of its own.

use super::bench::Bench;
use super::check::check;
use crate::environment::Environment;
use crate::message::{BookingRef, Message, ToAggregator, ToUser, ZoneEvent};
use domain::{Direction, Purpose};
use population::{Law, Moment};

/// User 0 sells 10 kWh from 9 to 10 and charges 30 kWh from 12 to 13.
fn paired(change: impl FnOnce(&mut Environment)) -> (Bench, BookingRef) {
    let mut bench = Bench::planned_with(change);
    let sale = bench.book_to(6.0, 0, 9.0, 4, 10.0, Direction::Discharge);
    bench.book(6.0, 0, 12.0, 4, 30.0);
    bench.handle(8.0, Message::User(0, ToUser::Arrive));
    (bench, sale)
}

#[test]
fn coming_to_sell_keeps_the_recharge() {
    let (bench, sale) = paired(|_| {});
    check(
        "both are held",
        bench,
        8.75,
        Message::User(0, ToUser::Come { booking: sale }),
        &[
            "fact plugged_in ev1 pile 1",
            "send 10:00 Leave 0",
            "now booking 1 of ev1: 9-10 discharge pile 1 plugged none",
            "now session of ev1: pile 1 booked 0 kW 25 kWh",
            "now user 0: here plugged, 25 kWh; holds 9-10 discharge used; holds 12-13; day 1",
        ],
    );
}

#[test]
fn coming_to_charge_keeps_a_sale() {
    let mut bench = Bench::planned();
    let charge = bench.book(6.0, 0, 9.0, 4, 10.0);
    bench.book_to(6.0, 0, 12.0, 4, 10.0, Direction::Discharge);
    bench.handle(8.0, Message::User(0, ToUser::Arrive));
    check(
        "both are held",
        bench,
        8.75,
        Message::User(0, ToUser::Come { booking: charge }),
        &[
            "fact plugged_in ev1 pile 1",
            "send 10:00 Leave 0",
            "now booking 1 of ev1: 9-10 pile 1 plugged none",
            "now session of ev1: pile 1 booked 0 kW 25 kWh",
            "now user 0: here plugged, 25 kWh; holds 9-10 used; holds 12-13 discharge; day 1",
        ],
    );
}

#[test]
fn what_is_left_of_a_sale_is_offered_to_nobody() {
    let (mut bench, sale) = paired(|_| {});
    bench.handle(8.75, Message::User(0, ToUser::Come { booking: sale }));
    let session = bench.session(0);
    check(
        "half an hour early",
        bench,
        9.5,
        Message::User(0, ToUser::Leave { session }),
        &[
            "fact unplugged ev1 pile 1 early_unplug 0 kWh",
            "row session ev1 0 kWh",
            "now booking 1 of ev1: 9-10 discharge pile 1 over none",
            "now user 0: here, 25 kWh; holds 9-10 discharge used; holds 12-13; day 1",
            "gone session of ev1",
        ],
    );
}

#[test]
fn regretting_a_sale_books_nothing_new() {
    let (bench, sale) = paired(|_| {});
    check(
        "given back",
        bench,
        8.5,
        Message::User(0, ToUser::Regret { booking: sale }),
        &[
            "send 08:30:01 Cancel 0",
            "now user 0: here, 25 kWh; holds 9-10 discharge away; holds 12-13; day 1",
        ],
    );
}

#[test]
fn who_gives_a_sale_up_still_wants_to_charge() {
    let fickle = |env: &mut Environment| {
        let response = &mut env.segments[0].behaviour.response;
        response.plan_change_per_h = 1e6;
        response.keeping_cost = Law::fixed(1000.0);
        response.decision_scale_cny = 0.01;
    };
    let (mut bench, sale) = paired(fickle);
    let sent = bench.handle(8.5, second_thoughts(sale)).sent;
    assert!(
        matches!(sent[0].message, Message::Aggregator(_, ToAggregator::Cancel { .. })),
        "{sent:?}"
    );
    assert!(!bench.zone.evs[0].stay.as_ref().expect("there").plan.dropped);
}

fn second_thoughts(booking: BookingRef) -> Message {
    Message::User(0, ToUser::Reconsider { booking, moment: Moment::BeforePlug })
}

#[test]
fn whoever_has_sold_nothing_charges_to_the_target_and_gets_the_rest_back() {
    let mut bench = Bench::planned_with(|env| env.market.refund.forfeit_share = 1.0);
    let booking = bench.book(6.0, 0, 10.0, 4, 40.0);
    bench.handle(8.0, Message::User(0, ToUser::Arrive));
    bench.handle(9.75, Message::User(0, ToUser::Come { booking }));
    let mut returned = 0;
    for quarter in 0..5 {
        let hour = 10.0 + f64::from(quarter) / 4.0;
        let ended = bench.handle(hour, Message::Zone(ZoneEvent::PeriodEnds));
        let back = ended.rows.ledger.iter().filter(|r| r.purpose == Purpose::Return);
        returned += back.map(|r| r.amount.0).sum::<i64>();
        bench.handle(hour, Message::Zone(ZoneEvent::PeriodBegins));
    }
    let session = bench.session(0);
    bench.handle(11.0, Message::User(0, ToUser::Leave { session }));
    // 25 kWh on arrival, 45 wanted; 40 are reserved at a CNY.
    assert!((bench.zone.evs[0].energy_kwh - 45.0).abs() < 1e-6);
    assert_eq!(returned, 20_000_000);
}
