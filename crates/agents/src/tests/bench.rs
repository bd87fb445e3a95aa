//! A zone to be tested: three users with round numbers at two piles of 40 kW, quarter hours, prices
//! that do not change, and a queue that hands out what was sent.

use crate::aggregator::Broken;
use crate::environment::{DayTariff, Environment, ModelCase, ScheduleSpec, Series, ZoneSeries};
use crate::ev::Ev;
use crate::message::{
    BookingRef, Due, Letter, Message, Publication, Request, SessionRef, TicketRef, ToAggregator,
    ToUser, ZoneEvent,
};
use crate::outbox::Outbox;
use crate::zone::Zone;
use clock::Seeds;
use domain::{
    Ageing, Direction, EvId, Latency, PeriodGrid, Phase, PlantSpec, Rows, Taper, Tariff,
    TemperatureLimit, Time, Vehicle, ZoneId,
};
use market::MarketRules;
use population::{
    AttendanceLaw, BehaviourModel, BreachTerms, DepartureLaw, ExogenousDefault, LatenessRisk, Law,
    NeedLaw, Person, ResponseParams, SegmentSpec,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where a message stands in the queue: the total order of a zone's messages.
type Turn = (Time, Phase, u32, u64);

pub struct Bench {
    pub env: Environment,
    pub zone: Zone,
    queue: BTreeMap<Turn, Message>,
    sent: u64,
}

/// Everybody arrives at 8, leaves at 17, has driven 20 of 50 kWh, looks at prices at 6, and never
/// is late, forgets, regrets or changes a plan.
pub fn segment() -> SegmentSpec {
    let mut segment = SegmentSpec::workers();
    segment.arrival = Law::fixed(8.0);
    segment.departure = DepartureLaw::Hour(Law::fixed(17.0));
    segment.need = NeedLaw::EnergyKwh(Law::fixed(20.0));
    segment.lead = Law::fixed(2.0);
    segment.behaviour.choice.window_noise_cny = 0.0;
    segment.behaviour.choice.booking_noise_cny = 0.0;
    segment.behaviour.response = ResponseParams {
        regret_probability: 0.0,
        plan_change_per_h: 0.0,
        forget_probability: 0.0,
        delay: Law::fixed(0.0),
        early_unplug_probability: 0.0,
        overstay_probability: 0.0,
        ..ResponseParams::default()
    };
    segment
}

fn person() -> Person {
    Person {
        vehicle: Vehicle {
            battery_kwh: 50.0,
            charge_kw: 40.0,
            discharge_kw: 40.0,
            charge_efficiency: 1.0,
            discharge_efficiency: 1.0,
        },
        vehicle_class: 0,
        v2g: true,
        behaviour_class: 0,
        willingness_to_pay: 2.0,
        preferred_time_h: 12.0,
        tolerated_crowding: 100.0,
        hassle_cny: 0.0,
        owner_wear_cny_per_kwh: 0.3,
        target_soc: 0.9,
        floor_soc: 0.2,
        taste: 0.0,
    }
}

fn environment() -> Environment {
    let mut market = MarketRules::default();
    (market.access.piles, market.pricing.published) = (2, 96);
    (market.tickets.notice_sigma, market.tickets.reaction_sigma) = (0.0, 0.0);
    let plant = PlantSpec {
        battery: None,
        turbine: None,
        horizon: 8,
        renewable_cny_per_kwh: 0.0,
        ..PlantSpec::default()
    };
    let constant = Series::constant;
    let series = ZoneSeries {
        load_kw: constant(100.0),
        pv_kw: constant(0.0),
        wind_kw: constant(100.0),
        temperature_c: constant(20.0),
        errors: Default::default(),
    };
    Environment {
        names: Arc::default(),
        replay: Arc::default(),
        gates: 1,
        grid: PeriodGrid { per_day: 96 },
        first_weekday: 0,
        seeds: Seeds::new(1),
        zones: 1,
        evs: 1,
        market,
        schedule: ScheduleSpec {
            taper: Taper::OFF,
            temperature: TemperatureLimit::default(),
            horizon: 96,
            v2g_inside_bookings: false,
        },
        ageing: Ageing::default(),
        plant,
        tariff_plant: DayTariff::new(&Tariff::flat(1.2), PeriodGrid { per_day: 96 }),
        tariff_ev: DayTariff::new(&Tariff::flat(1.6), PeriodGrid { per_day: 96 }),
        peak_hours: Vec::new(),
        grid_price: None,
        class_numbers: population::class_names(&[segment()]).1,
        segments: vec![segment()],
        risks: Arc::default(),
        series: vec![series],
        own: crate::PolicySet::default(),
        log: crate::Log::Full,
        outside: crate::Outside::of_zones(1),
        outages: Vec::new(),
        latency: Latency::default(),
        model: ModelCase::Park,
        end: Time::from_hours(48.0),
    }
}

/// Prices of the day: c 1.0, E R 0.6, q 0.8 CNY/kWh; nobody is asked to discharge.
pub fn prices() -> Publication {
    Publication {
        from: 0,
        reservation: vec![1.0; 96],
        discharge: vec![f64::NAN; 96],
        ticket: vec![0.8; 96],
        expected_real: vec![0.6; 96],
        expected_count: vec![0.0; 96],
    }
}

impl Bench {
    /// The zone at midnight, before anything has happened, prices published, plans made.
    pub fn new() -> Self {
        Self::with(|_| {})
    }
    /// The same in a world that is changed before.
    pub fn with(change: impl FnOnce(&mut Environment)) -> Self {
        Self::fleet(3, change)
    }
    /// The same with so many users.
    pub fn fleet(users: u32, change: impl FnOnce(&mut Environment)) -> Self {
        let mut env = Environment { evs: users, ..environment() };
        change(&mut env);
        let breach = env.market.breach;
        let terms = BreachTerms {
            margin_min: breach.margin.minutes(),
            minor_share: breach.minor_share,
            moderate_share: breach.moderate_share,
            k: env.market.penalty.k,
        };
        let terms = if breach.enabled { terms } else { terms.without_breach() };
        let h = env.grid.hours().value();
        let risk = |s: &SegmentSpec| LatenessRisk::of(&s.behaviour, &terms, h, 1, 36);
        env.risks = env.segments.iter().map(risk).collect();
        let credence = env.market.refund.credence;
        let ev =
            |i: u32| Ev::new(EvId(i + 1), i, 0, u64::from(i), person(), &env.segments[0], credence);
        let zone =
            Zone::new(ZoneId(1), (0..users).map(ev).collect(), 1, env.market.access.piles, &env);
        let mut bench = Self { env, zone, queue: BTreeMap::new(), sent: 0 };
        bench.zone.recording = true;
        bench.receive(0.0, Letter::Prices(Arc::new(prices())));
        bench
    }
    /// Other rules from now on, of which everybody knows.
    pub fn set_rules(&mut self, change: impl FnOnce(&mut MarketRules)) {
        change(&mut self.env.market);
        let policy = Arc::new(crate::Policy::at_start(&self.env));
        (self.zone.policy, self.zone.told) = (policy.clone(), policy);
    }
    /// The zone with the plans of the day made; nobody looks at prices, comes or leaves but by a
    /// message of the test.
    pub fn planned() -> Self {
        Self::planned_with(|_| {})
    }
    /// The same in a world that is changed before.
    pub fn planned_with(change: impl FnOnce(&mut Environment)) -> Self {
        Self::planned_fleet(3, change)
    }
    /// The same with so many users.
    pub fn planned_fleet(users: u32, change: impl FnOnce(&mut Environment)) -> Self {
        let mut bench = Self::fleet(users, change);
        bench.handle(0.0, Message::Zone(ZoneEvent::DayBegins));
        bench.queue.clear();
        for e in bench.zone.evs.all_mut() {
            e.upcoming.iter_mut().for_each(|p| p.looks_at = Time::FAR);
        }
        bench
    }
    /// The same with some users there, who came at 8 and have not walked in yet.
    pub fn here(users: &[u32], change: impl FnOnce(&mut Environment)) -> Self {
        let mut bench = Self::planned_with(change);
        for &ev in users {
            bench.handle(8.0, Message::User(ev, ToUser::Arrive));
        }
        bench.queue.clear();
        bench
    }
    /// The same with a booking from 10 to 11 o'clock, 20 kWh, of each of them, made at 6.
    pub fn booked(users: &[u32], change: impl FnOnce(&mut Environment)) -> (Self, Vec<BookingRef>) {
        let mut bench = Self::planned_with(change);
        let bookings = users.iter().map(|&ev| bench.book(6.0, ev, 10.0, 4, 20.0)).collect();
        for &ev in users {
            bench.handle(8.0, Message::User(ev, ToUser::Arrive));
        }
        bench.queue.clear();
        (bench, bookings)
    }

    fn outbox(&self, hour: f64, phase: Phase) -> Outbox {
        let recording = self.zone.recording;
        Outbox { now: Time::from_hours(hour), phase, recording, ..Outbox::default() }
    }
    /// Hands the zone a message at an hour; what it sends is queued. What followed.
    pub fn handle(&mut self, hour: f64, message: Message) -> Outbox {
        self.in_phase(hour, phase_of(&message), message)
    }
    fn in_phase(&mut self, hour: f64, phase: Phase, message: Message) -> Outbox {
        let mut out = self.outbox(hour, phase);
        let broken = self.zone.handle(message, &self.env, &mut out);
        self.keep(&out, broken.as_ref());
        out
    }
    /// Hands the zone a letter.
    pub fn receive(&mut self, hour: f64, letter: Letter) -> Outbox {
        let mut out = self.outbox(hour, Phase::Deliver);
        let broken = self.zone.receive(letter, &self.env, &mut out);
        self.keep(&out, broken.as_ref());
        out
    }
    fn keep(&mut self, out: &Outbox, broken: Option<&Broken>) {
        assert_eq!(broken, None);
        assert_eq!(self.zone.ledger.imbalance(), 0);
        for s in &out.sent {
            assert!((s.at, s.phase) > (out.now, out.phase), "{s:?} is sent into the past");
        }
        self.queue_all(out);
    }
    /// Queues what an outbox sends.
    pub fn queue_all(&mut self, out: &Outbox) {
        for s in &out.sent {
            self.queue.insert((s.at, s.phase, s.sender, self.sent), s.message);
            self.sent += 1;
        }
    }
    /// Handles the first message of the queue, if it is due by an hour.
    pub fn step(&mut self, until_h: f64) -> Option<(Message, Outbox)> {
        let next = self.queue.first_entry()?;
        let (at, phase, ..) = *next.key();
        if at > Time::from_hours(until_h) {
            return None;
        }
        let message = next.remove();
        let mut out = Outbox { now: at, ..self.outbox(0.0, phase) };
        let broken = self.zone.handle(message, &self.env, &mut out);
        self.keep(&out, broken.as_ref());
        Some((message, out))
    }
    /// Starts the zone's timers and runs until an hour; everything that was written down.
    pub fn run(&mut self, until_h: f64) -> Rows {
        let mut out = Outbox::default();
        self.zone.begin(Time::START, &self.env, &mut out);
        self.queue_all(&out);
        let mut all = Rows::default();
        while let Some((_, mut out)) = self.step(until_h) {
            all.append(&mut out.rows);
        }
        all
    }
    /// What is queued, in order.
    pub fn queued(&self) -> impl Iterator<Item = (Time, &Message)> {
        self.queue.iter().map(|(turn, m)| (turn.0, m))
    }

    /// Hands a user's request for `periods` periods from an hour on to the aggregator, and the
    /// answer to the user.
    pub fn book(
        &mut self,
        now_h: f64,
        ev: u32,
        start_h: f64,
        periods: u16,
        kwh: f64,
    ) -> BookingRef {
        self.book_to(now_h, ev, start_h, periods, kwh, Direction::Charge)
    }
    pub fn book_to(
        &mut self,
        now_h: f64,
        ev: u32,
        start_h: f64,
        periods: u16,
        kwh: f64,
        direction: Direction,
    ) -> BookingRef {
        if direction == Direction::Discharge {
            let wanted = Publication { discharge: vec![1.3; 96], ..prices() };
            self.receive(now_h, Letter::Prices(Arc::new(wanted)));
        }
        let request = request(start_h, periods, kwh, direction);
        let pending = crate::ev::Pending {
            start: request.start,
            periods,
            direction,
            energy_kwh: kwh,
            saving_cny: 10.0,
            then: None,
        };
        let plan = self.zone.evs[ev as usize].plan_of(0).expect("a plan of the first day");
        (plan.pending, plan.looks_at) = (Some(pending), Time::FAR);
        let out = self.handle(now_h, Message::Aggregator(ev, ToAggregator::Request(request)));
        let Some(answer) = out
            .sent
            .iter()
            .find(|s| matches!(s.message, Message::User(_, ToUser::Confirmed { .. })))
        else {
            panic!("not confirmed: {:?}", out.sent)
        };
        let Message::User(_, ToUser::Confirmed { booking, .. }) = answer.message else {
            unreachable!()
        };
        self.queue.retain(|_, m| *m != answer.message);
        self.handle(answer.at.hours(), answer.message);
        booking
    }
    /// The session at a pile.
    pub fn session(&self, pile: usize) -> SessionRef {
        self.zone.aggregator.piles[pile].occupant.expect("somebody is plugged in")
    }
    /// The only ticket on offer.
    pub fn ticket(&self) -> TicketRef {
        self.zone.aggregator.tickets.iter().next().expect("a ticket is on offer").0
    }
}

pub fn request(start_h: f64, periods: u16, kwh: f64, direction: Direction) -> Request {
    Request {
        number: 0,
        start: (start_h * 4.0).round() as i64,
        periods,
        direction,
        energy_kwh: kwh,
    }
}

/// Makes the first segment one of fixed probabilities; these.
pub fn exogenous(env: &mut Environment) -> &mut ExogenousDefault {
    let model = &mut env.segments[0].behaviour.model;
    *model = BehaviourModel::named("exogenous").expect("a ready model");
    let AttendanceLaw::Exogenous(law) = &mut model.attendance else { unreachable!("named so") };
    law
}

/// In which phase a message is handled.
fn phase_of(message: &Message) -> Phase {
    match message {
        Message::Zone(event) => match event {
            ZoneEvent::PeriodEnds => Phase::Settle,
            ZoneEvent::DayBegins | ZoneEvent::RecordOpens => Phase::Exogenous,
            ZoneEvent::PeriodBegins | ZoneEvent::KeepTarget => Phase::Dispatch,
            _ => Phase::Deliver,
        },
        Message::User(_, ToUser::Plan | ToUser::Reconsider { .. })
        | Message::Due(
            Due::BreachDeadline { .. } | Due::DrawTicket { .. } | Due::TicketEnds { .. },
        ) => Phase::Decide,
        Message::Centre(_) => Phase::Dispatch,
        _ => Phase::Deliver,
    }
}
