//! Periods begin and end; the record opens and closes; prices come.

use super::bench::{Bench, prices};
use super::check::{check, check_letter};
use crate::environment::Environment;
use crate::message::{
    CentreTimer, Due, Letter, Message, Publication, ToAggregator, ToUser, ZoneEvent,
};
use domain::Direction;
use std::sync::Arc;

/// User 0 is plugged in for its booking from 10 to 11 since a quarter to, and the period from 10 on
/// has begun.
fn charging(change: impl FnOnce(&mut Environment)) -> Bench {
    came(9.75, change)
}

fn came(hour: f64, change: impl FnOnce(&mut Environment)) -> Bench {
    let (mut bench, b) = Bench::booked(&[0], change);
    bench.handle(hour, Message::User(0, ToUser::Come { booking: b[0] }));
    bench.handle(hour.ceil().max(10.0), Message::Zone(ZoneEvent::PeriodBegins));
    bench
}

/// Handles the ends and begins of the booking's periods but for the last end.
fn until_the_last_period(bench: &mut Bench) {
    for hour in [10.25, 10.5, 10.75] {
        bench.handle(hour, Message::Zone(ZoneEvent::PeriodEnds));
        bench.handle(hour, Message::Zone(ZoneEvent::PeriodBegins));
    }
}

#[test]
fn a_period_that_begins_gets_set_points() {
    let begins = Message::Zone(ZoneEvent::PeriodBegins);
    check(
        "nobody is there",
        Bench::planned(),
        10.0,
        begins,
        &[
            "fact zone_report at 10:00 0 kWh 0 kW",
            "send 10:15 PeriodEnds",
            "send 10:15 PeriodBegins",
            "write 10:00:01 Report to 0",
        ],
    );
    let (mut bench, b) = Bench::booked(&[0], |_| {});
    bench.handle(9.75, Message::User(0, ToUser::Come { booking: b[0] }));
    check(
        "a booking without surplus waits as long as it can",
        bench,
        10.0,
        begins,
        &[
            "fact zone_report at 10:00 10 kWh 20 kW",
            "send 10:15 PeriodEnds",
            "send 10:15 PeriodBegins",
            "write 10:00:01 Report to 0",
        ],
    );
    let (mut bench, b) = Bench::booked(&[0], |env| {
        env.series[0].wind_kw = crate::environment::Series::constant(115.0);
    });
    bench.handle(9.75, Message::User(0, ToUser::Come { booking: b[0] }));
    check(
        "and takes the surplus",
        bench,
        10.0,
        begins,
        &[
            "fact zone_report at 10:00 10 kWh 20 kW",
            "send 10:15 PeriodEnds",
            "send 10:15 PeriodBegins",
            "write 10:00:01 Report to 0",
            "now session of ev1: pile 1 booked 15 kW 25 kWh",
        ],
    );
    let mut bench = Bench::here(&[0], |_| {});
    bench.handle(8.0, Message::User(0, ToUser::WalkIn));
    check(
        "a walk-in charges at full power",
        bench,
        8.25,
        begins,
        &[
            "fact zone_report at 08:15 10 kWh 0 kW",
            "send 08:30 PeriodEnds",
            "send 08:30 PeriodBegins",
            "write 08:15:01 Report to 0",
            "now session of ev1: pile 1 walk-in 40 kW 25 kWh",
        ],
    );
    let mut bench = Bench::planned();
    let sale = bench.book_to(6.0, 0, 9.0, 4, 8.0, Direction::Discharge);
    bench.handle(8.0, Message::User(0, ToUser::Arrive));
    bench.handle(8.75, Message::User(0, ToUser::Come { booking: sale }));
    check(
        "a sale is spread evenly",
        bench,
        9.0,
        begins,
        &[
            "fact zone_report at 09:00 10 kWh -8 kW",
            "send 09:15 PeriodEnds",
            "send 09:15 PeriodBegins",
            "write 09:00:01 Report to 0",
            "now session of ev1: pile 1 booked -8 kW 25 kWh",
        ],
    );
    let mut bench = Bench::planned();
    bench.env.end = domain::Time::from_hours(10.25);
    check(
        "the last one",
        bench,
        10.0,
        begins,
        &[
            "fact zone_report at 10:00 0 kWh 0 kW",
            "send 10:15 PeriodEnds",
            "write 10:00:01 Report to 0",
        ],
    );
}

#[test]
fn a_period_that_ends_is_paid() {
    let ends = Message::Zone(ZoneEvent::PeriodEnds);
    let mut bench = Bench::here(&[0], |_| {});
    bench.handle(8.0, Message::User(0, ToUser::WalkIn));
    bench.handle(8.0, Message::Zone(ZoneEvent::PeriodBegins));
    check(
        "a walk-in pays the tariff",
        bench,
        8.25,
        ends,
        &[
            "fact set_point ev1 pile 1 at 08:00 10 kWh 40 kW",
            "grid_purchase 12 operator -> grid",
            "walk_in 16 ev1 -> operator",
            "row balance ev 40 kW grid 40 kW",
            "row price real 0.7429",
            "now session of ev1: pile 1 walk-in 40 kW 35 kWh",
        ],
    );
    let mut bench = Bench::here(&[0], |_| {});
    bench.handle(8.0, Message::User(0, ToUser::WalkIn));
    bench.handle(8.0, Message::Zone(ZoneEvent::PeriodBegins));
    bench.handle(8.25, ends);
    bench.handle(8.25, Message::Zone(ZoneEvent::PeriodBegins));
    check(
        "and is unplugged when it has enough",
        bench,
        8.5,
        ends,
        &[
            "fact set_point ev1 pile 1 at 08:15 10 kWh 40 kW",
            "fact unplugged ev1 pile 1 target 20 kWh",
            "grid_purchase 12 operator -> grid",
            "walk_in 16 ev1 -> operator",
            "row session ev1 20 kWh",
            "row balance ev 40 kW grid 40 kW",
            "row price real 0.7429",
            "now user 0: here, 45 kWh; day 1",
            "gone session of ev1",
        ],
    );
    check(
        "a booking's first row",
        charging(|_| {}),
        10.25,
        ends,
        &[
            "fact settled ev1 pile 1 at 10:00 0 kWh 0.4 CNY/kWh 0 CNY",
            "row balance ev 0 kW grid 0 kW",
            "row price real 0.4",
            "now booking 1 of ev1: 10-11 pile 1 plugged none settled 1",
        ],
    );
    let mut bench = charging(|_| {});
    until_the_last_period(&mut bench);
    check(
        "its last row: revenue",
        bench,
        11.0,
        ends,
        &[
            "fact set_point ev1 pile 1 at 10:45 10 kWh 40 kW",
            "fact settled ev1 pile 1 at 10:45 10 kWh 0.7429 CNY/kWh 2.5714 CNY",
            "grid_purchase 12 operator -> grid",
            "refund 2.5714 escrow -> ev1",
            "revenue 14.8571 escrow -> operator",
            "row fulfilled none 0 kWh",
            "row fulfilled none 10 kWh",
            "row balance ev 40 kW grid 40 kW",
            "row price real 0.7429",
            "send 11:00:01 Settled 0 fulfilled",
            "now session of ev1: pile 1 booked 40 kW 45 kWh",
            "gone booking 1 of ev1",
        ],
    );
    let mut bench = came(10.1, |_| {});
    bench.handle(10.25, ends);
    check(
        "a breach is paid row by row",
        bench,
        10.5,
        ends,
        &[
            "fact settled ev1 pile 1 at 10:15 0 kWh 0.4 CNY/kWh 0 CNY",
            "fact penalty ev1 at 10:15 minor 5 kWh 0.4 CNY/kWh 0.1 CNY",
            "penalty 0.1 ev1 -> operator",
            "row balance ev 0 kW grid 0 kW",
            "row price real 0.4",
            "now booking 1 of ev1: 10-11 pile 1 plugged minor settled 2",
        ],
    );
    let mut bench = charging(|_| {});
    let session = bench.session(0);
    bench.handle(10.25, ends);
    bench.handle(10.25, Message::User(0, ToUser::Leave { session }));
    for hour in [10.5, 10.75] {
        bench.handle(hour, ends);
    }
    check(
        "what was left is returned",
        bench,
        11.0,
        ends,
        &[
            "fact settled ev1 pile 1 at 10:45 0 kWh 0.4 CNY/kWh 0 CNY",
            "return 20 escrow -> ev1",
            "row fulfilled none 0 kWh",
            "row balance ev 0 kW grid 0 kW",
            "row price real 0.4",
            "send 11:00:01 Settled 0 fulfilled",
            "gone booking 1 of ev1",
        ],
    );
    let mut bench = charging(|env| env.market.refund.forfeit_share = 0.5);
    let session = bench.session(0);
    bench.handle(10.25, ends);
    bench.handle(10.25, Message::User(0, ToUser::Leave { session }));
    for hour in [10.5, 10.75] {
        bench.handle(hour, ends);
    }
    check(
        "or half of it is forfeited",
        bench,
        11.0,
        ends,
        &[
            "fact settled ev1 pile 1 at 10:45 0 kWh 0.4 CNY/kWh 0 CNY",
            "return 10 escrow -> ev1",
            "forfeit 10 escrow -> operator",
            "row fulfilled none 0 kWh",
            "row balance ev 0 kW grid 0 kW",
            "row price real 0.4",
            "send 11:00:01 Settled 0 fulfilled",
            "gone booking 1 of ev1",
        ],
    );
    let (mut bench, b) = Bench::booked(&[0], |_| {});
    bench.handle(10.25, ends);
    bench.handle(10.5, ends);
    bench.handle(10.5, Message::Due(Due::BreachDeadline { booking: b[0] }));
    bench.handle(10.75, ends);
    check(
        "who never came pays for all rows",
        bench,
        11.0,
        ends,
        &[
            "fact settled ev1 pile 1 at 10:45 0 kWh 0.4 CNY/kWh 0 CNY",
            "fact penalty ev1 at 10:45 severe 5 kWh 0.4 CNY/kWh 0.6 CNY",
            "penalty 0.6 ev1 -> operator",
            "return 20 escrow -> ev1",
            "row defaulted severe 0 kWh",
            "row balance ev 0 kW grid 0 kW",
            "row price real 0.4",
            "send 11:00:01 Settled 0 defaulted",
            "gone booking 1 of ev1",
        ],
    );
    let (mut bench, b) = Bench::booked(&[0], |env| env.market.refund.forfeit_share = 0.5);
    bench.handle(10.25, ends);
    bench.handle(10.5, ends);
    bench.handle(10.5, Message::Due(Due::BreachDeadline { booking: b[0] }));
    bench.handle(10.75, ends);
    check(
        "and forfeits what the rules say",
        bench,
        11.0,
        ends,
        &[
            "fact settled ev1 pile 1 at 10:45 0 kWh 0.4 CNY/kWh 0 CNY",
            "fact penalty ev1 at 10:45 severe 5 kWh 0.4 CNY/kWh 0.6 CNY",
            "penalty 0.6 ev1 -> operator",
            "return 10 escrow -> ev1",
            "forfeit 10 escrow -> operator",
            "row defaulted severe 0 kWh",
            "row balance ev 0 kW grid 0 kW",
            "row price real 0.4",
            "send 11:00:01 Settled 0 defaulted",
            "gone booking 1 of ev1",
        ],
    );
    let mut bench = Bench::planned();
    let sale = bench.book_to(6.0, 0, 9.0, 4, 8.0, Direction::Discharge);
    bench.handle(8.0, Message::User(0, ToUser::Arrive));
    bench.handle(8.75, Message::User(0, ToUser::Come { booking: sale }));
    bench.handle(9.0, Message::Zone(ZoneEvent::PeriodBegins));
    check(
        "a sale is paid",
        bench,
        9.25,
        ends,
        &[
            "fact set_point ev1 pile 1 at 09:00 2 kWh 8 kW",
            "fact settled ev1 pile 1 at 09:00 2 kWh 0.4 CNY/kWh 2.6 CNY",
            "v2g_payment 2.6 operator -> ev1",
            "row balance ev -8 kW grid 0 kW",
            "row price real 0.4",
            "now booking 1 of ev1: 9-10 discharge pile 1 plugged none settled 1",
            "now session of ev1: pile 1 booked -8 kW 23 kWh",
        ],
    );
}

#[test]
fn the_record_opens_and_closes() {
    let mut bench = Bench::planned();
    bench.zone.recording = false;
    check("one row a user", bench, 0.0, Message::Zone(ZoneEvent::RecordOpens), &["rows evs 3"]);
    let mut bench = charging(|_| {});
    let now = domain::Time::from_hours(10.25);
    let mut out = crate::Outbox { now, ..crate::Outbox::default() };
    bench.zone.close(&bench.env, &mut out);
    let open = [
        "row open none 0 kWh",
        "row session ev1 0 kWh",
        "row stay ev1 waited 0 min",
        "rows accounts 12",
    ];
    assert_eq!(super::lines::lines(&out), open);
}

#[test]
fn prices_that_come_are_those_of_the_next_booking() {
    let cheap = Publication { reservation: vec![0.5; 96], ..prices() };
    let mut bench = Bench::planned();
    check_letter(
        "nothing follows at once",
        bench,
        6.0,
        Letter::Prices(Arc::new(cheap.clone())),
        &[],
    );
    bench = Bench::planned();
    bench.receive(6.0, Letter::Prices(Arc::new(cheap)));
    let r = super::bench::request(10.0, 4, 20.0, Direction::Charge);
    check(
        "half the price",
        bench,
        6.0,
        Message::Aggregator(0, ToAggregator::Request(r)),
        &[
            "fact reservation_confirmed ev1 pile 1 at 10:00 20 kWh 0.5 CNY/kWh 10 CNY",
            "prepayment 10 ev1 -> escrow",
            "send 09:00 RemindAt",
            "send 09:45 ClearPile",
            "send 10:30 BreachDeadline",
            "send 06:00:01 Confirmed 0",
            "now booking 1 of ev1: 10-11 pile 1 awaited",
        ],
    );
}

#[test]
fn timers_of_the_centre_say_nothing_to_a_zone() {
    for m in [
        Message::Centre(CentreTimer::RecordOpens),
        Message::Centre(CentreTimer::PeriodBegins),
        Message::Centre(CentreTimer::Redispatch),
        Message::Centre(CentreTimer::Verify),
        Message::Centre(CentreTimer::ClearTrades),
        Message::Centre(CentreTimer::PlanDay),
    ] {
        let mut bench = Bench::planned();
        assert!(super::lines::lines(&bench.handle(9.0, m)).is_empty(), "{m:?}");
    }
}
