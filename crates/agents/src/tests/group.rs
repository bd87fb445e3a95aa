//! A microgrid: stays are announced, planned, and follow their plan; guests come from other zones.

use super::bench::Bench;
use super::check::{check, check_letter};
use crate::aggregator::Declared;
use crate::environment::{Environment, ModelCase};
use crate::message::{Letter, Message, ToAggregator, ToUser, ZoneEvent};
use crate::microgrids::travel::{DayPlace, GuestLetter, Visit};
use crate::microgrids::{Announced, MicrogridCase, OthersKnown, Profile};
use domain::{EvId, MicroCny, StayId, Time, ZoneId};
use group::{LowerParams, PriceParams, UpperParams};
use market::AccessMode;
use std::sync::Arc;

fn microgrid(env: &mut Environment) {
    env.model = ModelCase::Group(Arc::new(MicrogridCase {
        exchange_kw_max: vec![1000.0],
        price: PriceParams::default(),
        upper: UpperParams::default(),
        lower: LowerParams::default(),
        others: OthersKnown::Announced,
        error_h: [0.0, 0.0],
        guests: true,
    }));
    (env.market.access.mode, env.market.access.piles) = (AccessMode::PerStay, 3);
    env.market.booking.enabled = false;
}

/// The world at midnight, with user 0 as a participant.
fn begun() -> Bench {
    let mut bench = Bench::with(microgrid);
    bench.zone.evs[0].participates = true;
    bench.handle(0.0, Message::Zone(ZoneEvent::DayBegins));
    bench
}

fn announce(ev: u32) -> Message {
    Message::Aggregator(ev, ToAggregator::Announce { day: 0, zone: ZoneId(0) })
}

/// 20 kWh in the hours of 9 and 10, the price of a CNY.
fn profile() -> Letter {
    let mut charging_kw = vec![0.0; 192];
    charging_kw[36..44].fill(10.0);
    let (net_kw, price) = (charging_kw.clone(), vec![1.0; 192]);
    Letter::Profile(Box::new(Profile { from: 0, charging_kw, net_kw, price }))
}

#[test]
fn stays_are_announced_and_reported_at_midnight() {
    let mut bench = Bench::with(microgrid);
    bench.zone.evs[0].participates = true;
    check(
        "everybody announces",
        bench,
        0.0,
        Message::Zone(ZoneEvent::DayBegins),
        &[
            "fact stay_announced ev1 at 08:00 20 kWh",
            "fact stay_announced ev1 at day 1 08:00 20 kWh",
            "fact stay_announced ev2 at 08:00 20 kWh",
            "fact stay_announced ev2 at day 1 08:00 20 kWh",
            "fact stay_announced ev3 at 08:00 20 kWh",
            "fact stay_announced ev3 at day 1 08:00 20 kWh",
            "send 08:00 Arrive 0",
            "send 00:00 Announce 0",
            "send day 1 08:00 Arrive 0",
            "send 00:00 Announce 0",
            "send 08:00 Arrive 1",
            "send 00:00 Announce 1",
            "send day 1 08:00 Arrive 1",
            "send 00:00 Announce 1",
            "send 08:00 Arrive 2",
            "send 00:00 Announce 2",
            "send day 1 08:00 Arrive 2",
            "send 00:00 Announce 2",
            "send day 1 00:00 DayBegins",
            "now user 0: gone, 45 kWh; day 0 looks 06:00; day 1 looks day 1 06:00",
            "now user 1: gone, 45 kWh; day 0 looks 06:00; day 1 looks day 1 06:00",
            "now user 2: gone, 45 kWh; day 0 looks 06:00; day 1 looks day 1 06:00",
        ],
    );
    check(
        "the aggregator takes note",
        begun(),
        0.0,
        announce(0),
        &["now planned: 1 stays 0 plans"],
    );
    let far = Message::Aggregator(0, ToAggregator::Announce { day: 7, zone: ZoneId(0) });
    check("no such stay", begun(), 0.0, far, &[]);
    let mut bench = begun();
    bench.handle(0.0, announce(0));
    check(
        "and reports",
        bench,
        0.0,
        Message::Zone(ZoneEvent::PeriodBegins),
        &[
            "fact zone_report at 00:00 0 kWh 0 kW",
            "send 00:15 PeriodEnds",
            "send 00:15 PeriodBegins",
            "write 00:00:01 DayOutlook to 0",
            "write 00:00:01 Report to 0",
            "now planned: 2 stays 0 plans",
        ],
    );
}

#[test]
fn a_profile_becomes_plans_and_set_points() {
    let reported = || {
        let mut bench = begun();
        bench.handle(0.0, announce(0));
        bench.handle(0.0, Message::Zone(ZoneEvent::PeriodBegins));
        bench
    };
    check_letter(
        "a plan for the stay",
        reported(),
        0.001,
        profile(),
        &["fact charge_planned ev1 at 08:00 20 kWh", "now planned: 1 stays 1 plans"],
    );
    let mut bench = reported();
    bench.receive(0.001, profile());
    bench.handle(8.0, Message::User(0, ToUser::Arrive));
    bench.handle(8.0, Message::User(0, ToUser::WalkIn));
    check(
        "as planned",
        bench,
        9.0,
        Message::Zone(ZoneEvent::PeriodBegins),
        &[
            "fact zone_report at 09:00 10 kWh 0 kW",
            "send 09:15 PeriodEnds",
            "send 09:15 PeriodBegins",
            "write 09:00:01 Report to 0",
            "now session of ev1: pile 1 walk-in 10 kW 25 kWh",
        ],
    );
    let mut bench = reported();
    bench.receive(0.001, profile());
    bench.handle(8.0, Message::User(1, ToUser::Arrive));
    check(
        "who follows nothing charges on arrival",
        bench,
        8.0,
        Message::User(1, ToUser::WalkIn),
        &[
            "fact walk_in ev2 pile 1",
            "now session of ev2: pile 1 walk-in 40 kW 25 kWh",
            "now user 1: here looks 06:00 plugged, 25 kWh; day 1 looks day 1 06:00",
        ],
    );
}

/// EV 9 of zone 2, there from 8 to 17, wants 20 kWh.
fn guest(bench: &Bench) -> (Announced, Declared) {
    let told = bench.zone.evs[0].announced(0, ZoneId(0), &bench.env).expect("a stay of the day");
    let stay = group::Stay { ev: EvId(9), ..told.stay };
    let declared = Declared {
        ev: EvId(9),
        stay: StayId(4),
        energy_kwh: 25.0,
        departure: Time::from_hours(17.0),
        ..bench.zone.evs[0].declare()
    };
    (Announced { stay, ..told }, declared)
}

#[test]
fn a_guest_is_announced_comes_leaves_and_pays_at_home() {
    let bench = begun();
    let (announced, declared) = guest(&bench);
    let letter = |l: GuestLetter| Letter::Guest(Box::new(l));
    let comes = letter(GuestLetter::Announced(ZoneId(2), announced));
    check_letter(
        "announced",
        bench,
        1.0,
        comes.clone(),
        &["now guests: 1", "now planned: 1 stays 0 plans"],
    );
    let arrived = letter(GuestLetter::Arrived(ZoneId(2), declared));
    check_letter(
        "plugged in",
        begun(),
        8.0,
        arrived.clone(),
        &[
            "fact walk_in ev9 pile 1",
            "now guests: 1",
            "now session of ev9: pile 1 walk-in 40 kW 25 kWh",
        ],
    );
    let mut bench = begun();
    bench.receive(8.0, arrived);
    bench.handle(8.25, Message::Zone(ZoneEvent::PeriodEnds));
    bench.handle(8.25, Message::Zone(ZoneEvent::PeriodBegins));
    bench.handle(8.5, Message::Zone(ZoneEvent::PeriodEnds));
    let leaves = letter(GuestLetter::Leaves(EvId(9)));
    check_letter(
        "unplugged, with its bill",
        bench,
        8.5,
        leaves.clone(),
        &[
            "fact unplugged ev9 pile 1 stay 20 kWh",
            "row session ev9 20 kWh",
            "write 08:30:01 Guest Left owing 32 CNY to 2",
            "gone session of ev9",
        ],
    );
    check_letter("nobody of that name", begun(), 8.5, leaves, &[]);
}

#[test]
fn an_own_vehicle_elsewhere_is_heard_of_by_letter() {
    let away = || {
        let mut bench = Bench::with(microgrid);
        bench.zone.evs[0].day_place = Some(DayPlace { zone: ZoneId(2), segment: 0 });
        bench
    };
    check(
        "two stays a day",
        away(),
        0.0,
        Message::Zone(ZoneEvent::DayBegins),
        &[
            "fact stay_announced ev1 at 08:00 10 kWh",
            "fact stay_announced ev1 at day 1 08:00 10 kWh",
            "fact stay_announced ev2 at 08:00 20 kWh",
            "fact stay_announced ev2 at day 1 08:00 20 kWh",
            "fact stay_announced ev3 at 08:00 20 kWh",
            "fact stay_announced ev3 at day 1 08:00 20 kWh",
            "send 08:00 Arrive 0",
            "send 00:00 Announce 0",
            "send day 1 08:00 Arrive 0",
            "send 00:00 Announce 0",
            "send 08:00 Arrive 1",
            "send 00:00 Announce 1",
            "send day 1 08:00 Arrive 1",
            "send 00:00 Announce 1",
            "send 08:00 Arrive 2",
            "send 00:00 Announce 2",
            "send day 1 08:00 Arrive 2",
            "send 00:00 Announce 2",
            "send day 1 00:00 DayBegins",
            "now user 0: gone, 45 kWh; day 0 looks 06:00; day 1 looks day 1 06:00",
            "now user 1: gone, 45 kWh; day 0 looks 06:00; day 1 looks day 1 06:00",
            "now user 2: gone, 45 kWh; day 0 looks 06:00; day 1 looks day 1 06:00",
        ],
    );
    let there = || {
        let mut bench = away();
        bench.handle(0.0, Message::Zone(ZoneEvent::DayBegins));
        bench
    };
    let announce = Message::Aggregator(0, ToAggregator::Announce { day: 0, zone: ZoneId(2) });
    check("announced there", there(), 0.0, announce, &["write 00:00:01 Guest Announced to 2"]);
    check(
        "arrives there",
        there(),
        8.0,
        Message::User(0, ToUser::Arrive),
        &[
            "fact arrived ev1 10 kWh",
            "send 17:00 Depart 0",
            "write 08:00:01 Guest Arrived to 2",
            "now user 0: here looks 06:00, 35 kWh; day 1 looks day 1 06:00",
        ],
    );
    let mut bench = there();
    bench.handle(8.0, Message::User(0, ToUser::Arrive));
    check(
        "leaves there",
        bench,
        17.0,
        Message::User(0, ToUser::Depart),
        &["write 17:00:01 Guest Leaves to 2"],
    );
    let mut bench = there();
    bench.handle(8.0, Message::User(0, ToUser::Arrive));
    let visit = Visit {
        home_place: 0,
        stay: StayId(1),
        energy_kwh: 45.0,
        charged_kwh: 10.0,
        discharged_kwh: 0.0,
        waited_min: 5.0,
        bill: MicroCny(12_000_000),
    };
    let left = Letter::Guest(Box::new(GuestLetter::Left(visit)));
    check_letter(
        "is back and pays",
        bench,
        17.1,
        left,
        &[
            "fact departed ev1 0 kWh",
            "walk_in 12 ev1 -> operator",
            "row stay ev1 waited 5 min",
            "now user 0: gone, 45 kWh; day 1 looks day 1 06:00",
        ],
    );
}
