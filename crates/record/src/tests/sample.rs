//! Made-up rows of every table, nulls among them.

use crate::{Provenance, Rows};
use domain::*;

/// A small generator of reproducible numbers.
pub struct Draw(pub u64);

impl Draw {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^ (x >> 31)
    }
    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
    /// A number that is 0, so null, one time in four.
    fn id(&mut self) -> i64 {
        if self.below(4) == 0 { 0 } else { 1 + self.below(1 << 40) as i64 }
    }
    fn small_id(&mut self) -> u32 {
        if self.below(4) == 0 { 0 } else { 1 + self.below(5000) as u32 }
    }
    fn time(&mut self) -> Time {
        Time(self.below(86_400_000_000) as i64 - 3_600_000_000)
    }
    fn maybe_time(&mut self) -> Time {
        if self.below(4) == 0 { Time::NONE } else { self.time() }
    }
    fn real(&mut self) -> f64 {
        (self.below(2_000_001) as f64 - 1e6) / 7.0
    }
    fn maybe_real(&mut self) -> f64 {
        match self.below(6) {
            0 => f64::NAN,
            1 => -0.0,
            2 => 0.85,
            _ => self.real(),
        }
    }
    fn money(&mut self) -> MicroCny {
        MicroCny(self.below(3_000_000) as i64)
    }
    fn word<W: Copy>(&mut self, all: &[W]) -> W {
        all[self.below(all.len() as u64) as usize]
    }
    fn flag(&mut self) -> bool {
        self.below(2) == 1
    }
}

pub const START_UTC_US: i64 = 1_772_294_400_000_000;

pub fn provenance() -> Provenance {
    let names = |list: &[&str]| list.iter().map(|n| (*n).to_owned()).collect();
    Provenance {
        scenario: "park".into(),
        seed: 7,
        version: "0.1.0".into(),
        utc_offset_min: 480,
        start_utc_us: START_UTC_US,
        currency: "CNY".into(),
        names: Names {
            segments: names(&["workers", "residents"]),
            vehicle_classes: names(&["slow", "fast", "bus"]),
            behaviours: names(&["none"]),
        },
    }
}

/// `n` rows of every table.
pub fn rows(n: usize, seed: u64) -> Rows {
    let d = &mut Draw(seed);
    let mut rows = Rows::default();
    for _ in 0..n {
        rows.facts.push(fact(d));
        rows.stays.push(stay(d));
        rows.reservations.push(reservation(d));
        people_rows(&mut rows, d);
        market_rows(&mut rows, d);
        energy_rows(&mut rows, d);
    }
    rows
}

pub fn fact(d: &mut Draw) -> Fact {
    Fact {
        t: d.time(),
        phase: Phase::Deliver,
        kind: d.word(FactKind::ALL),
        actor: d.word(Actor::ALL),
        direction: [None, Some(Direction::Charge), Some(Direction::Discharge)][d.below(3) as usize],
        detail: d.word(Detail::ALL),
        zone: ZoneId(d.small_id() as u16),
        actor_id: d.small_id(),
        ev: EvId(d.small_id()),
        pile: PileId(d.small_id()),
        booking: BookingId(d.id()),
        reservation: ReservationId(d.id()),
        stay: StayId(d.id()),
        session: SessionId(d.id()),
        request: RequestId(d.id()),
        ticket: TicketId(d.id()),
        trade: TradeId(d.id()),
        period_start: d.maybe_time(),
        energy: d.maybe_real(),
        power: d.maybe_real(),
        price: d.maybe_real(),
        amount: d.maybe_real(),
    }
}

fn stay(d: &mut Draw) -> StayRow {
    StayRow {
        stay: StayId(d.id()),
        ev: EvId(d.small_id()),
        zone: ZoneId(d.small_id() as u16),
        bus: BusId(d.small_id()),
        segment: d.below(2) as u16,
        planned_arrival: d.time(),
        arrival: d.maybe_time(),
        planned_departure: d.time(),
        departure: d.maybe_time(),
        soc_arrival: d.maybe_real(),
        soc_target: 0.9,
        soc_departure: d.maybe_real(),
        driven_kwh: d.real(),
        energy_needed_kwh: d.real(),
        energy_charged_kwh: d.real(),
        energy_discharged_kwh: d.real(),
        unmet_kwh: d.maybe_real(),
        borne: Borne {
            hassle_cny: d.real(),
            earliness_cny: d.real(),
            shift_cny: d.real(),
            crowding_cny: d.real(),
            keeping_cny: d.real(),
            trip_cny: d.real(),
            unmet_cny: d.real(),
            owner_wear_cny: d.real(),
        },
        waiting_min: d.real(),
        soh_loss: d.real(),
        user_type: d.word(UserType::ALL),
    }
}

fn reservation(d: &mut Draw) -> ReservationRow {
    ReservationRow {
        reservation: ReservationId(d.id()),
        booking: BookingId(d.id()),
        request: RequestId(d.id()),
        stay: StayId(d.id()),
        ev: EvId(d.small_id()),
        zone: ZoneId(d.small_id() as u16),
        pile: PileId(d.small_id()),
        segment: d.below(2) as u16,
        made_at: d.time(),
        period_start: d.time(),
        period_end: d.time(),
        direction: d.word(Direction::ALL),
        reserved_kwh: 1.75,
        energy_kwh: d.maybe_real(),
        price: d.maybe_real(),
        prepaid: d.money(),
        status: d.word(ReservationStatus::ALL),
        cancelled_at: d.maybe_time(),
        plugged_at: d.maybe_time(),
        breach: d.word(BreachGrade::ALL),
        penalty: d.money(),
        real_price: d.maybe_real(),
        refund: d.money(),
        returned: d.money(),
        forfeited: d.money(),
        revenue: d.money(),
        discharge_paid: d.money(),
        ticket: TicketId(d.id()),
    }
}

fn people_rows(rows: &mut Rows, d: &mut Draw) {
    rows.evs.push(EvRow {
        ev: EvId(1 + d.small_id()),
        name: "Ann".to_owned(),
        zone: ZoneId(d.small_id() as u16),
        home_bus: BusId(d.small_id()),
        segment: d.below(2) as u16,
        vehicle_class: d.below(3) as u16,
        battery_kwh: 50.0,
        charge_kw: 7.0,
        discharge_kw: d.real(),
        charge_efficiency: 0.95,
        discharge_efficiency: 0.95,
        v2g: d.flag(),
        participates: d.flag(),
        behaviour_class: d.below(4) as u16,
        willingness_to_pay: d.maybe_real(),
        preferred_time_h: d.maybe_real(),
        behaviour: 0,
    });
    rows.sessions.push(SessionRow {
        session: SessionId(d.id()),
        stay: StayId(d.id()),
        booking: BookingId(d.id()),
        ev: EvId(d.small_id()),
        zone: ZoneId(d.small_id() as u16),
        pile: PileId(d.small_id()),
        arrival: d.time(),
        departure: d.maybe_time(),
        soc_arrival: d.maybe_real(),
        soc_departure: d.maybe_real(),
        energy_charged_kwh: d.real(),
        energy_discharged_kwh: d.real(),
    });
}

fn market_rows(rows: &mut Rows, d: &mut Draw) {
    rows.tickets.push(TicketRow {
        ticket: TicketId(d.id()),
        booking: BookingId(d.id()),
        offered_at: d.time(),
        cause: d.word(TicketCause::ALL),
        zone: ZoneId(d.small_id() as u16),
        pile: PileId(d.small_id()),
        period_start: d.time(),
        period_end: d.time(),
        energy_kwh: d.maybe_real(),
        price: d.maybe_real(),
        notices: d.small_id(),
        grabs: d.small_id(),
        winner: EvId(d.small_id()),
        winner_booking: BookingId(d.id()),
        awarded_at: d.maybe_time(),
        latency_s: d.maybe_real(),
        status: d.word(TicketStatus::ALL),
    });
    rows.ledger.push(LedgerRow {
        t: d.time(),
        phase: Phase::Settle,
        debit: AccountId(d.id()),
        credit: AccountId(d.id()),
        purpose: d.word(Purpose::ALL),
        amount: d.money(),
        reservation: ReservationId(d.id()),
        ticket: TicketId(d.id()),
        trade: TradeId(d.id()),
    });
    rows.accounts.push(AccountRow {
        account: AccountId(d.id()),
        kind: d.word(AccountKind::ALL),
        owner: d.small_id(),
        opening: d.money(),
        closing: MicroCny(-d.money().0),
    });
    rows.prices.push(PriceRow {
        zone: ZoneId(d.small_id() as u16),
        period_start: d.time(),
        published_at: d.time(),
        reservation: d.maybe_real(),
        discharge: d.maybe_real(),
        ticket: d.maybe_real(),
        grid: d.maybe_real(),
        ev_price: f64::NAN,
        interval_low: d.maybe_real(),
        interval_high: d.maybe_real(),
        expected_real: d.maybe_real(),
        real: d.maybe_real(),
    });
    let scope = d.word(Scope::ALL);
    rows.indicators.push(IndicatorRow {
        name: format!("figure_{}", d.below(500)),
        unit: "CNY".into(),
        value: d.maybe_real(),
        scope,
        scope_id: if scope == Scope::Segment { d.below(2) as u32 } else { d.small_id() },
    });
    rows.pareto.push(ParetoRow {
        t: d.time(),
        solution: d.small_id(),
        solver: "nsga2".into(),
        f1_kw2: d.real(),
        f2_cny: d.real(),
        chosen: d.flag(),
    });
    rows.sharings.push(SharingRow {
        t: d.time(),
        zone: ZoneId(1 + d.small_id() as u16),
        solver: "pso".into(),
        stays: d.small_id(),
        profile_kwh: d.real(),
        remainder_kwh: d.real(),
        squared_error: d.real(),
        exact_squared_error: d.real(),
    });
    rows.strategies.push(StrategyRow {
        t: d.time(),
        ev: EvId(d.small_id()),
        zone: ZoneId(1 + d.small_id() as u16),
        segment: d.below(2) as u16,
        strategy: d.word(DayStrategy::ALL),
        attraction_cny: [d.real(), d.real(), d.real(), d.real(), d.real(), d.real()],
        norm: d.real(),
        credence: d.real(),
        surprise_cny: d.real(),
        bookings: d.small_id(),
        defaults: d.small_id(),
    });
}

fn energy_rows(rows: &mut Rows, d: &mut Draw) {
    rows.balance.push(BalanceRow {
        zone: ZoneId(1 + d.small_id() as u16),
        period_start: d.time(),
        load_kw: d.real(),
        grid_kw: d.real(),
        emissions_kg: d.real(),
        ..BalanceRow::default()
    });
    rows.trades.push(TradeRow {
        trade: TradeId(d.id()),
        period_start: d.time(),
        buyer: ZoneId(d.small_id() as u16),
        seller: ZoneId(d.small_id() as u16),
        energy_kwh: d.maybe_real(),
        loss_kwh: d.maybe_real(),
        price: d.maybe_real(),
        grid_price: d.maybe_real(),
        status: d.word(TradeStatus::ALL),
        refused_by: d.word(Detail::ALL),
        limit_bus: BusId(d.small_id()),
    });
    rows.voltages.push(VoltageRow {
        bus: BusId(d.small_id()),
        zone: ZoneId(d.small_id() as u16),
        period_start: d.time(),
        v_pu: d.maybe_real(),
        angle_rad: d.maybe_real(),
        p_kw: d.maybe_real(),
        q_kvar: d.maybe_real(),
    });
    rows.branches.push(BranchRow {
        from: BusId(d.small_id()),
        to: BusId(d.small_id()),
        period_start: d.time(),
        p_kw: d.maybe_real(),
        q_kvar: d.maybe_real(),
        current_a: d.maybe_real(),
        loss_kw: d.maybe_real(),
    });
}
