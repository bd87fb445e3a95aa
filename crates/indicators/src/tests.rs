//! A small run with hand sums, and what must hold for any run.

use crate::{Accumulator, Context, DEFINITIONS};
use domain::*;

const QUARTER: i64 = 900_000_000;

fn names() -> Names {
    Names { segments: vec!["early".into(), "late".into()], ..Names::default() }
}

fn context() -> Context {
    Context { piles: vec![2, 2], tariff_ev: Tariff::flat(2.0), ..Context::default() }
}

fn ev(id: u32, zone: u16, segment: u16) -> EvRow {
    EvRow {
        ev: EvId(id),
        name: String::new(),
        zone: ZoneId(zone),
        home_bus: BusId(0),
        segment,
        vehicle_class: 0,
        battery_kwh: 50.0,
        charge_kw: 100.0,
        discharge_kw: 0.0,
        charge_efficiency: 1.0,
        discharge_efficiency: 1.0,
        v2g: false,
        participates: false,
        behaviour_class: 0,
        willingness_to_pay: 1.0,
        preferred_time_h: 0.0,
        behaviour: 0,
    }
}

/// A booked period of EV 1 in zone 1 that was fulfilled: 5 kWh at 1 CNY/kWh, of which 0.2 came
/// back.
fn booked(row: i64, booking: i64, period: i64) -> ReservationRow {
    ReservationRow {
        reservation: ReservationId(row),
        booking: BookingId(booking),
        request: RequestId(booking),
        stay: StayId(1),
        ev: EvId(1),
        zone: ZoneId(1),
        pile: PileId(1),
        segment: 0,
        made_at: Time(0),
        period_start: Time(period * QUARTER),
        period_end: Time((period + 1) * QUARTER),
        direction: Direction::Charge,
        reserved_kwh: 5.0,
        energy_kwh: 5.0,
        price: 1.0,
        prepaid: MicroCny(5_000_000),
        status: ReservationStatus::Fulfilled,
        cancelled_at: Time::NONE,
        plugged_at: Time(period * QUARTER - 60_000_000),
        breach: BreachGrade::None,
        penalty: MicroCny(0),
        real_price: 0.96,
        refund: MicroCny(200_000),
        returned: MicroCny(0),
        forfeited: MicroCny(0),
        revenue: MicroCny(4_800_000),
        discharge_paid: MicroCny(0),
        ticket: TicketId(0),
    }
}

fn transfer(debit: i64, credit: i64, purpose: Purpose, cny: i64) -> LedgerRow {
    LedgerRow {
        t: Time(0),
        phase: Phase::Settle,
        debit: AccountId(debit),
        credit: AccountId(credit),
        purpose,
        amount: MicroCny(cny * 1_000_000),
        reservation: ReservationId(0),
        ticket: TicketId(0),
        trade: TradeId(0),
    }
}

fn stay(ev: u32, zone: u16, needed: f64, unmet: f64, waiting_min: f64) -> StayRow {
    StayRow {
        stay: StayId(i64::from(ev)),
        ev: EvId(ev),
        zone: ZoneId(zone),
        bus: BusId(0),
        segment: (ev - 1) as u16,
        planned_arrival: Time(0),
        arrival: Time(0),
        planned_departure: Time(8 * QUARTER),
        departure: Time(8 * QUARTER),
        soc_arrival: 0.5,
        soc_target: 0.9,
        soc_departure: 0.9 - unmet / 50.0,
        driven_kwh: 0.0,
        energy_needed_kwh: needed,
        energy_charged_kwh: needed - unmet,
        energy_discharged_kwh: 0.0,
        unmet_kwh: unmet,
        borne: Borne {
            hassle_cny: 12.0,
            earliness_cny: 0.5,
            shift_cny: 1.0,
            crowding_cny: 0.25,
            keeping_cny: 3.0,
            trip_cny: 20.0,
            unmet_cny: 2.0 * unmet,
            owner_wear_cny: 0.125,
        },
        waiting_min,
        soh_loss: 0.0,
        user_type: UserType::None,
    }
}

fn fact(kind: FactKind, ev: u32, zone: u16, t: i64) -> Fact {
    Fact::new(Time(t), Phase::Deliver, kind, Actor::Ev, ev, ZoneId(zone)).ev(EvId(ev))
}

fn power(ev: u32, zone: u16, period: i64, kwh: f64, direction: Direction) -> Fact {
    fact(FactKind::SetPoint, ev, zone, (period + 1) * QUARTER)
        .period(Time(period * QUARTER))
        .energy(kwh)
        .direction(direction)
}

/// Two periods, two zones. P_dem of zone 1: 80 and -20 kW, of zone 2: -20 and -20; Y of zone 1: 40
/// and 20, of zone 2: 0 and -4.
fn balance() -> Vec<BalanceRow> {
    let row = |zone: u16, period: i64| BalanceRow {
        zone: ZoneId(zone),
        period_start: Time(period * QUARTER),
        ..BalanceRow::default()
    };
    vec![
        BalanceRow {
            load_kw: 20.0,
            pv_available_kw: 100.0,
            ev_charge_kw: 40.0,
            curtailed_kw: 30.0,
            battery_kw: 10.0,
            surplus_kw: 80.0,
            delivered_p_kw: -10.0,
            ..row(1, 0)
        },
        BalanceRow {
            load_kw: 20.0,
            grid_kw: 20.0,
            surplus_kw: -20.0,
            delivered_p_kw: 20.0,
            emissions_kg: 3.0,
            ..row(2, 0)
        },
        BalanceRow {
            load_kw: 20.0,
            ev_charge_kw: 20.0,
            grid_kw: 40.0,
            surplus_kw: -20.0,
            delivered_p_kw: 40.0,
            ..row(1, 1)
        },
        BalanceRow {
            load_kw: 20.0,
            ev_discharge_kw: 4.0,
            grid_kw: 16.0,
            surplus_kw: -20.0,
            delivered_p_kw: 16.0,
            ..row(2, 1)
        },
    ]
}

fn ticket() -> TicketRow {
    TicketRow {
        ticket: TicketId(1),
        booking: BookingId(3),
        offered_at: Time(0),
        cause: TicketCause::Cancellation,
        zone: ZoneId(1),
        pile: PileId(1),
        period_start: Time(2 * QUARTER),
        period_end: Time(4 * QUARTER),
        energy_kwh: 10.0,
        price: 0.75,
        notices: 2,
        grabs: 1,
        winner: EvId(2),
        winner_booking: BookingId(4),
        awarded_at: Time(90_000_000),
        latency_s: 90.0,
        status: TicketStatus::Awarded,
    }
}

/// Booking 1 is kept and overstays by 5 min, 2 is a no-show made while 1 was held, 3 is cancelled
/// late and won by EV 2 as booking 4.
fn run() -> Rows {
    let no_show = ReservationRow {
        status: ReservationStatus::Defaulted,
        breach: BreachGrade::Severe,
        plugged_at: Time::NONE,
        energy_kwh: 0.0,
        penalty: MicroCny(1_500_000),
        refund: MicroCny(0),
        revenue: MicroCny(0),
        returned: MicroCny(5_000_000),
        made_at: Time(10),
        ..booked(3, 2, 6)
    };
    let cancelled = ReservationRow {
        status: ReservationStatus::CancelledLate,
        cancelled_at: Time(20),
        plugged_at: Time::NONE,
        energy_kwh: 0.0,
        refund: MicroCny(0),
        revenue: MicroCny(0),
        returned: MicroCny(5_000_000),
        made_at: Time(15),
        ..booked(4, 3, 2)
    };
    let won = ReservationRow {
        ev: EvId(2),
        segment: 1,
        ticket: TicketId(1),
        plugged_at: Time(2 * QUARTER + 180_000_000),
        ..booked(5, 4, 2)
    };
    Rows {
        evs: vec![ev(1, 1, 0), ev(2, 1, 1), ev(3, 2, 1)],
        facts: vec![
            power(1, 1, 0, 10.0, Direction::Charge),
            power(1, 1, 1, 5.0, Direction::Charge),
            power(3, 2, 1, 1.0, Direction::Discharge),
            fact(FactKind::ReservationRejected, 2, 1, 5).energy(12.5),
            fact(FactKind::Unplugged, 1, 1, 4 * QUARTER + 300_000_000).detail(Detail::Overstay),
        ],
        reservations: vec![
            ReservationRow { plugged_at: Time(-60_000_000), ..booked(1, 1, 2) },
            ReservationRow { plugged_at: Time(-60_000_000), ..booked(2, 1, 3) },
            no_show,
            cancelled,
            won,
        ],
        tickets: vec![ticket()],
        ledger: vec![
            transfer(1_000_002, 11, Purpose::WalkIn, 6),
            transfer(11, 1_000_003, Purpose::V2gPayment, 2),
            transfer(11, 13, Purpose::GridPurchase, 9),
            transfer(13, 11, Purpose::GridPurchase, 1),
            transfer(21, 26, Purpose::Fuel, 4),
        ],
        accounts: vec![AccountRow {
            account: AccountId(11),
            kind: AccountKind::Operator,
            owner: 1,
            opening: MicroCny(1_000_000),
            closing: MicroCny(-3_000_000),
        }],
        stays: vec![stay(1, 1, 20.0, 5.0, 30.0), stay(2, 1, 10.0, 0.0, 10.0)],
        balance: balance(),
        ..Rows::default()
    }
}

fn figures(rows: &Rows) -> Vec<IndicatorRow> {
    let mut fold = Accumulator::new(&names(), &context());
    fold.absorb(rows);
    fold.finish()
}

#[track_caller]
fn check(figures: &[IndicatorRow], name: &str, scope: Scope, scope_id: u32, wanted: f64) {
    let row = figures
        .iter()
        .find(|r| r.name == name && r.scope == scope && r.scope_id == scope_id)
        .expect("given for the scope");
    let same =
        (row.value - wanted).abs() <= 1e-12 * wanted.abs() || row.value.is_nan() && wanted.is_nan();
    assert!(same, "{name} of {scope:?} {scope_id} is {}, not {wanted}", row.value);
}

#[test]
fn the_area_is_seen_as_a_whole_and_zones_apart() {
    let f = figures(&run());
    for (name, run, zone) in [
        // Area: P_dem 60 and -40, Y 40 and 16. Zone 1: P_dem 80 and -20, Y 40 and 20.
        ("surplus_kwh", 15.0, 20.0),
        ("tracking_rate", 40.0 / 60.0, 0.5),
        ("tracking_rate_paper", 40.0 / 60.0, 0.5),
        // Period 2 follows nothing: |-40| - |-40 - 16| < 0.
        ("tracking_rate_all_periods", 40.0 / 100.0, 40.0 / 100.0),
        ("abandonment_rate", 30.0 / 60.0, 30.0 / 80.0),
        ("abandonment_rate_available", 0.3, 0.3),
        // 1 - (56 + 10) / 100 and 1 - (60 + 10) / 100.
        ("abandonment_rate_paper", 0.34, 0.3),
        ("surplus_battery_share", 10.0 / 60.0, 0.125),
        ("surplus_ev_share", 20.0 / 60.0, 0.5),
        ("purchase_rate", 76.0 / 80.0, 1.0),
        ("purchase_rate_served", 76.0 / 140.0, 0.4),
        ("peak_valley_kw", 80.0 - 56.0, 60.0 - 40.0),
        // Area: -10 + 20 and 40 + 16; zone 1: -10 and 40.
        ("net_peak_valley_kw", 46.0, 50.0),
        ("co2_kg", 3.0, 0.0),
        ("co2_kg_paper", 19.0 * 0.4326, 10.0 * 0.4326),
    ] {
        check(&f, name, Scope::Run, 0, run);
        check(&f, name, Scope::Zone, 1, zone);
    }
    // Uncontrolled: both at the pile's 40 kW from 0:00; 20 kWh last two periods, 10 kWh one: 40 +
    // 80, 40 + 40.
    check(&f, "uncontrolled_peak_kw", Scope::Run, 0, 120.0);
    check(&f, "peak_shaving_rate", Scope::Run, 0, 40.0 / 120.0);
    check(&f, "tracking_rate", Scope::Zone, 2, f64::NAN);
    check(&f, "slot_utilisation", Scope::Run, 0, 3.0 / 8.0);
    check(&f, "v2g_kwh", Scope::Segment, 1, 1.0);
    check(&f, "charged_ev_days", Scope::Run, 0, 1.0);
}

#[test]
fn a_booking_counts_once_and_its_money_when_it_is_closed() {
    let mut rows = run();
    let f = figures(&rows);
    for (name, wanted) in [
        ("bookings", 4.0),
        ("bookings_by_ticket", 1.0),
        ("no_show_rate", 0.25),
        ("default_rate_severe", 0.25),
        ("late_cancel_rate", 0.25),
        // 15 min + 1 min early of a start at 0:30 (plugged at -1 min): -31; the winner 3 min late.
        ("punctuality_mean_min", -14.0),
        ("overstays", 1.0),
        ("overstay_min", 2.5),
        // Bookings 2 and 3 on top of 1; the won one was not asked for.
        ("hoarding_index", 2.0 / 3.0),
        ("spill_kwh", 12.5),
        // The no-show's slot and the cancelled slot are free; one slot of the ticket is used.
        ("spoilage_slot_h", 0.25),
        ("ticket_fill_rate", 1.0),
        ("ticket_discount", 0.25),
        ("ticket_latency_p90_s", 90.0),
        ("winner_hhi", 1.0),
        ("refund_cost_cny", 0.6),
        ("penalty_revenue_cny", 1.5),
        // 3 x 5 kWh at 2 CNY - 15 prepaid.
        ("compensation_cny", 15.0),
        ("ev_cost_before_refunds_cny", 21.0),
        ("ev_cost_cny", 20.4),
        ("v2g_payment_cny", 2.0),
        ("grid_purchase_cny", 8.0),
        ("plant_cost_cny", 12.0),
        ("generation_cost_cny", 14.0),
        ("total_cost_cny", 29.0),
        ("purchase_rate_paper", 1.0 - 8.0 / 34.4),
        ("operator_net_cny", -4.0),
        // 30 - 14.4 - 1.5 + 2.
        ("user_surplus_cny", 16.1),
        ("welfare_money_cny", 12.1),
        // Two stays that ended: 2 x (12 + 0.5 + 1 + 0.25 + 3 + 20 + 0.125) + 2 CNY/kWh x 5 kWh.
        ("welfare_cny", 12.1 - 83.75),
        ("welfare_trips_cny", 40.0),
        ("welfare_unmet_cny", 10.0),
        ("need_met_share", 1.0 - 5.0 / 30.0),
        ("ev_satisfaction", 0.875),
        // One stay leaves with 0.8 in the place of 0.9.
        ("soc_error_squared", 0.01),
        ("waiting_mean_min", 20.0),
        // Sorted 0 10 30: 2 (20 + 90) / (3 x 40) - 4/3.
        ("gini_wait", 0.5),
        // Payments 0, 4.8 + 6, 9.6 + 1.5.
        ("gini_cost", 2.0 * (2.0 * 10.8 + 3.0 * 11.1) / (3.0 * 21.9) - 4.0 / 3.0),
    ] {
        check(&f, name, Scope::Run, 0, wanted);
    }
    check(&f, "ev_cost_cny", Scope::Segment, 1, 10.8);
    check(&f, "fuel_cny", Scope::Zone, 2, 4.0);
    rows.reservations.iter_mut().for_each(|r| r.status = ReservationStatus::Open);
    let f = figures(&rows);
    check(&f, "bookings_open", Scope::Run, 0, 4.0);
    // One was made before the record, in the warm-up.
    check(&f, "bookings_made", Scope::Run, 0, 4.0);
    rows.reservations
        .iter_mut()
        .filter(|r| r.booking == BookingId(1))
        .for_each(|r| r.made_at = Time(-1));
    let f = figures(&rows);
    check(&f, "bookings", Scope::Run, 0, 4.0);
    check(&f, "bookings_made", Scope::Run, 0, 3.0);
    check(&f, "no_show_rate", Scope::Run, 0, f64::NAN);
    check(&f, "refund_cost_cny", Scope::Run, 0, 0.0);
}

#[test]
fn figures_do_not_depend_on_batches_and_survive_a_checkpoint() {
    let rows = run();
    let whole = figures(&rows);
    let mut fold = Accumulator::new(&names(), &context());
    let bytes = |f: &Accumulator| postcard::to_stdvec(f).expect("plain data");
    fold.absorb(&Rows { evs: rows.evs.clone(), ..Rows::default() });
    for f in &rows.facts {
        fold.absorb(&Rows { facts: vec![*f], ..Rows::default() });
    }
    for r in &rows.reservations {
        fold.absorb(&Rows { reservations: vec![r.clone()], ..Rows::default() });
        fold = postcard::from_bytes(&bytes(&fold)).expect("just written");
    }
    for b in &rows.balance {
        fold.absorb(&Rows { balance: vec![*b], ..Rows::default() });
    }
    fold.absorb(&Rows {
        evs: vec![],
        facts: vec![],
        reservations: vec![],
        balance: vec![],
        ..rows
    });
    let parts = fold.finish();
    assert_eq!(whole.len(), parts.len());
    for (w, p) in whole.iter().zip(&parts) {
        assert_eq!((&w.name, w.value.to_bits()), (&p.name, p.value.to_bits()));
    }
}

#[test]
fn nothing_gives_every_figure_once_and_panics_nowhere() {
    let f = figures(&Rows::default());
    let mut names: Vec<_> =
        f.iter().filter(|r| r.scope == Scope::Run).map(|r| r.name.as_str()).collect();
    assert_eq!(names.len(), DEFINITIONS.len());
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), DEFINITIONS.len());
    check(&f, "tracking_rate", Scope::Run, 0, f64::NAN);
    check(&f, "bookings", Scope::Run, 0, 0.0);
}

#[test]
fn rows_of_unknown_zones_and_evs_make_room_for_themselves() {
    let mut rows = run();
    rows.evs.clear();
    rows.balance.push(BalanceRow { zone: ZoneId(9), load_kw: 4.0, ..BalanceRow::default() });
    let f = figures(&rows);
    check(&f, "load_kwh", Scope::Zone, 9, 1.0);
}

#[test]
fn columns_that_share_a_unit_share_a_suffix() {
    for d in DEFINITIONS {
        let suffix = match d.unit {
            "CNY" => "_cny",
            "kWh" => "_kwh",
            "kW" => "_kw",
            "kg" => "_kg",
            "min" => "_min",
            "s" => "_s",
            "h" => "_h",
            "p.u." => "_pu",
            _ => continue,
        };
        assert!(d.name.trim_end_matches("_paper").ends_with(suffix), "{} is in {}", d.name, d.unit);
    }
}

#[test]
fn latecomers_are_told_from_those_who_never_came() {
    let mut rows = run();
    let severe = |rows: &Rows| {
        let f = figures(rows);
        check(&f, "default_rate_severe", Scope::Run, 0, 0.25);
        f
    };
    let f = severe(&rows);
    check(&f, "no_shows", Scope::Run, 0, 1.0);
    check(&f, "turned_away_late", Scope::Run, 0, 0.0);
    // Booking 2 of EV 1 begins with period 6: its user came after the deadline.
    rows.facts.push(fact(FactKind::TurnedAwayLate, 1, 1, 7 * QUARTER).period(Time(6 * QUARTER)));
    let f = severe(&rows);
    for (scope, id) in [(Scope::Run, 0), (Scope::Zone, 1), (Scope::Segment, 0)] {
        check(&f, "no_shows", scope, id, 0.0);
        check(&f, "turned_away_late", scope, id, 1.0);
    }
    check(&f, "no_show_rate", Scope::Run, 0, 0.0);
    check(&f, "turned_away_late_rate", Scope::Run, 0, 0.25);
}
