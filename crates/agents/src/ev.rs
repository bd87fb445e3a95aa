//! An EV: a user and a vehicle. It knows its own battery, plans, tastes and past, and what it was
//! told.
//!
//! - [`plan`][]: making the plan of a day, choosing a window, asking for it.
//! - [`announce`]: telling the aggregator of a microgrid of a stay.
//! - [`confirm`][]: holding a booking. - [`stakes`][]: what it puts at stake.
//! - [`attend`][]: what becomes of it: reminder, second thoughts, regret. - [`come`][]: coming for it.
//! - [`hear`]: hearing that the rules have changed.
//! - [`stay`][]: arriving, departing, what was learnt.
//! - [`grab`][]: tickets. - [`cost`][]: what a stay costs besides money.

pub mod announce;
pub mod attend;
pub mod come;
pub mod confirm;
pub mod cost;
pub mod grab;
pub mod hear;
pub mod plan;
pub mod stakes;
pub mod stay;

use crate::aggregator::Declared;
use crate::environment::Environment;
use crate::message::BookingRef;
use crate::microgrids::travel::DayPlace;
use crate::outbox::Outbox;
use crate::policy::Policy;
use domain::{
    Actor, BookingId, BusId, Direction, EvId, Fact, FactKind, RequestId, StayId, Time, ZoneId,
};
use market::Terms;
use population::{
    BookingFate, DayNeed, Experience, Missed, Person, PriceView, SegmentSpec, Strategy, UsualDay,
};
use serde::{Deserialize, Serialize};

/// The plan of one day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Number in the tables of the stay that it is for.
    pub stay: StayId,
    /// The day of its arrival.
    pub day: i64,
    /// The zone where it parks, if not its home zone; 0 at home.
    pub away: ZoneId,
    /// Planned arrival.
    pub arrival: Time,
    /// Planned departure.
    pub departure: Time,
    /// Energy used before the arrival.
    pub need: DayNeed,
    /// When it will come, and leave: as planned unless stays deviate.
    pub comes_at: Time,
    /// See `comes_at`.
    pub leaves_at: Time,
    /// When the user looks at prices next; [`Time::FAR`] if it won't.
    pub looks_at: Time,
    /// Requests made so far.
    pub attempts: u16,
    /// Bookings confirmed so far.
    pub confirmed: u16,
    /// Starts that were refused or given back.
    pub excluded: Vec<i64>,
    /// A request that is not answered yet.
    pub pending: Option<Pending>,
    /// Further overlapping bookings that the user wants (hoarding).
    pub extra: u32,
    /// The user does not want to charge in this stay any more.
    pub dropped: bool,
    /// When the user walks in if nothing is booked.
    pub walks_in_at: Time,
    /// The strategy of the day; only habits draw one.
    pub strategy: Strategy,
    /// What the best window would have meant, on a day on which a ticket is waited for.
    pub missed: Missed,
    /// What the stay costs its user besides money.
    pub costs: cost::UserCosts,
}

/// A request on its way.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pending {
    /// First period.
    pub start: i64,
    /// Periods.
    pub periods: u16,
    /// Direction.
    pub direction: Direction,
    /// Energy of the whole booking \[kWh\].
    pub energy_kwh: f64,
    /// Saving over walking in \[CNY\].
    pub saving_cny: f64,
    /// What to ask for after this sale.
    pub then: Option<Recharge>,
}

/// The charging window that goes with a sale.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recharge {
    /// First period.
    pub start: i64,
    /// Periods.
    pub periods: u16,
    /// Energy that is needed without the sale \[kWh\].
    pub energy_kwh: f64,
    /// More energy if the sale is confirmed \[kWh\].
    pub more_kwh: f64,
    /// Its own saving over walking in \[CNY\].
    pub saving_cny: f64,
}

impl Recharge {
    /// The request for it, grown if the sale is made.
    pub fn pending(self, sold: bool) -> Pending {
        Pending {
            start: self.start,
            periods: self.periods,
            direction: Direction::Charge,
            energy_kwh: self.energy_kwh + if sold { self.more_kwh } else { 0.0 },
            saving_cny: self.saving_cny,
            then: None,
        }
    }
}

/// A booking that the user holds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// The booking.
    pub booking: BookingRef,
    /// Its number in the tables.
    pub id: BookingId,
    /// The request by which it was asked for; 0 if it was won by a ticket.
    pub request: RequestId,
    /// The stay that it is for.
    pub stay: StayId,
    /// The day of the plan that it belongs to.
    pub day: i64,
    /// Its number among the bookings of that plan, for draws.
    pub number: u16,
    /// First period.
    pub start: i64,
    /// One past the last period.
    pub end: i64,
    /// Direction.
    pub direction: Direction,
    /// Price \[CNY/kWh\].
    pub price: f64,
    /// Energy \[kWh\].
    pub energy_kwh: f64,
    /// When it was made.
    pub made_at: Time,
    /// Saving over walking in \[CNY\].
    pub saving_cny: f64,
    /// Version of the terms under which it was confirmed.
    pub terms: u32,
    /// Won by a ticket.
    pub by_ticket: bool,
    /// What chance holds for it.
    pub fate: BookingFate,
    /// When the user decides for the last time, and when it sets out.
    pub last_word_at: Time,
    /// See `last_word_at`.
    pub comes_at: Time,
    /// The user aimed anew since it was confirmed: timers for earlier instants are void.
    pub aimed_anew: bool,
    /// The reminder has come.
    pub reminded: bool,
    /// The user has decided to stay away, or given it back.
    pub away: bool,
    /// The vehicle was plugged in for it.
    pub used: bool,
    /// The strategy of its day: by the time it ends the next day's may be drawn.
    pub strategy: Strategy,
}

/// A stay in progress.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stay {
    /// Its plan.
    pub plan: Plan,
    /// When it began.
    pub arrival: Time,
    /// State of charge then.
    pub soc_arrival: f64,
    /// Driven since the last stay \[kWh\].
    pub driven_kwh: f64,
    /// Metered energy that was needed \[kWh\].
    pub needed_kwh: f64,
    /// Charged so far \[kWh at the pile\].
    pub charged_kwh: f64,
    /// Discharged so far \[kWh at the pile\].
    pub discharged_kwh: f64,
    /// Share of the capacity lost at the arrival.
    pub soh_loss_arrival: f64,
}

/// An EV's state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ev {
    /// Number in the tables.
    pub id: EvId,
    /// Place in its zone.
    pub place: u32,
    /// Stable identity in the random streams.
    pub stable: u64,
    /// Fleet segment.
    pub segment: u16,
    /// The bus where it parks; 0 without a feeder.
    pub home_bus: BusId,
    /// Lasting properties.
    pub person: Person,
    /// What the user does every day, where a table of people says so.
    pub usual: UsualDay,
    /// Energy in the battery \[kWh\].
    pub energy_kwh: f64,
    /// Energy through the battery since the start, both ways \[kWh\].
    pub throughput_kwh: f64,
    /// Share of the nominal capacity lost since the start.
    pub soh_loss: f64,
    /// The stay in progress.
    pub stay: Option<Stay>,
    /// Plans of stays to come, in order.
    pub upcoming: Vec<Plan>,
    /// Bookings held.
    pub held: Vec<Held>,
    /// Stays planned so far.
    pub stays: u32,
    /// Requests made so far.
    pub requests: u32,
    /// Memory.
    pub experience: Experience,
    /// The day on which the free cancellation was last used.
    pub free_used_on: i64,
    /// Waits in the walk-in queue.
    pub queued: bool,
    /// Plugged in.
    pub plugged: bool,
    /// Follows the set points of its microgrid's aggregator.
    pub participates: bool,
    /// Where it parks by day, if not at home.
    pub day_place: Option<DayPlace>,
}

/// What an EV's handler works with besides its own state.
pub struct EvCx<'a> {
    /// What never changes.
    pub env: &'a Environment,
    /// The zone.
    pub zone: ZoneId,
    /// What the zone's users were told last.
    pub board: Option<&'a PriceView>,
    /// The rules as the zone's users were told them last.
    pub policy: &'a Policy,
    /// What follows.
    pub out: &'a mut Outbox,
}

impl EvCx<'_> {
    /// The segment of an EV.
    pub fn segment(&self, ev: &Ev) -> &SegmentSpec {
        &self.env.segments[usize::from(ev.segment)]
    }
    /// Mean expected real price from period `start` until `end`; 0 where that is not published
    /// \[CNY/kWh\].
    pub fn expected_real(&self, start: i64, end: i64) -> f64 {
        let n = (end - start) as u32;
        self.board
            .filter(|board| board.window(start, n).is_some())
            .map_or(0.0, |board| board.mean_real(start, n))
    }
    /// The terms of a booking that an EV holds.
    pub fn terms(&self, ev: &Ev, h: &Held) -> &Terms {
        self.policy.terms_of(ev.segment, h.terms)
    }
    /// A fact of an EV.
    pub fn fact(&self, ev: &Ev, kind: FactKind) -> Fact {
        let zone = if ev.away() == ZoneId(0) { self.zone } else { ev.away() };
        let stay = ev.stay.as_ref().map_or(StayId(0), Stay::id);
        Fact::new(self.out.now, self.out.phase, kind, Actor::Ev, ev.id.0, zone).ev(ev.id).stay(stay)
    }
}

impl Stay {
    /// Its number in the tables.
    pub fn id(&self) -> StayId {
        self.plan.stay
    }
}

impl Ev {
    /// An EV that has never been anywhere; its battery is at the target.
    pub fn new(
        id: EvId,
        place: u32,
        segment: u16,
        stable: u64,
        person: Person,
        spec: &SegmentSpec,
        credence: f64,
    ) -> Self {
        let credence = spec.treatments.credence.unwrap_or(credence);
        Self {
            id,
            place,
            stable,
            segment,
            home_bus: BusId(0),
            person,
            usual: UsualDay::default(),
            energy_kwh: person.target_soc * person.vehicle.battery_kwh,
            throughput_kwh: 0.0,
            soh_loss: 0.0,
            stay: None,
            upcoming: Vec::new(),
            held: Vec::new(),
            stays: 0,
            requests: 0,
            experience: spec.behaviour.model.fresh_experience(credence),
            free_used_on: i64::MIN,
            queued: false,
            plugged: false,
            participates: false,
            day_place: None,
        }
    }
    /// The same EV with habits of its own.
    pub fn with_usual(self, usual: UsualDay) -> Self {
        Self { usual, ..self }
    }
    /// The same EV at a bus of a feeder.
    pub fn at_bus(self, home_bus: BusId) -> Self {
        Self { home_bus, ..self }
    }
    /// The same EV as one that follows set points, or not.
    pub fn taking_part(self, participates: bool) -> Self {
        Self { participates, ..self }
    }
    /// The same EV as one that parks elsewhere by day, or not.
    pub fn with_day_place(self, day_place: Option<DayPlace>) -> Self {
        Self { day_place, ..self }
    }
    /// The zone where it is parked, if that is not its home zone; 0 otherwise.
    pub fn away(&self) -> ZoneId {
        self.stay.as_ref().map_or(ZoneId(0), |s| s.plan.away)
    }
    /// State of charge.
    pub fn soc(&self) -> f64 {
        self.energy_kwh / self.person.vehicle.battery_kwh
    }
    /// Energy wanted at departure \[kWh\].
    pub fn target_kwh(&self) -> f64 {
        (self.person.target_soc * self.person.vehicle.battery_kwh).min(self.ceiling_kwh())
    }
    /// Most that the battery holds \[kWh\].
    pub fn ceiling_kwh(&self) -> f64 {
        self.person.vehicle.battery_kwh * (1.0 - self.soh_loss)
    }
    /// Metered energy that is still needed \[kWh\].
    pub fn need_kwh(&self) -> f64 {
        (self.target_kwh() - self.energy_kwh).max(0.0) / self.person.vehicle.charge_efficiency
    }
    /// The holding of a booking.
    pub fn held(&self, booking: BookingRef) -> Option<&Held> {
        self.held.iter().find(|h| h.booking == booking)
    }
    fn held_mut(&mut self, booking: BookingRef) -> Option<&mut Held> {
        self.held.iter_mut().find(|h| h.booking == booking)
    }
    /// The plan of a day, of the stay in progress or of one to come.
    pub fn plan_of(&mut self, day: i64) -> Option<&mut Plan> {
        let current = self.stay.as_mut().map(|s| &mut s.plan);
        current
            .into_iter()
            .chain(self.upcoming.iter_mut())
            .find(|p| p.day == day && p.away == ZoneId(0))
    }
    /// The stay at home for which a window that begins then would be: the first that is not over by
    /// then.
    pub fn stay_at(&self, start: Time) -> StayId {
        let mut plans = self.stay.iter().map(|s| &s.plan).chain(&self.upcoming);
        plans
            .find(|p| p.away == ZoneId(0) && p.departure > start)
            .map_or(StayId(0), |plan| plan.stay)
    }
    /// What the vehicle tells a pile.
    pub fn declare(&self) -> Declared {
        Declared {
            ev: self.id,
            place: self.place,
            stay: self.stay.as_ref().map_or(StayId(0), Stay::id),
            vehicle: self.person.vehicle,
            energy_kwh: self.energy_kwh,
            ceiling_kwh: self.ceiling_kwh(),
            floor_kwh: self.person.floor_soc * self.person.vehicle.battery_kwh,
            target_kwh: self.target_kwh(),
            v2g: self.person.v2g,
            wear_cny_per_kwh: self.person.owner_wear_cny_per_kwh,
            departure: self.stay.as_ref().map_or(Time::FAR, |s| s.plan.departure),
        }
    }
    /// Whether it is there and neither plugged in nor in the queue.
    pub fn is_idle(&self) -> bool {
        self.stay.is_some() && !self.plugged && !self.queued
    }
    /// A charging booking of a day that is still ahead or in use.
    pub fn has_booking(&self, day: i64) -> bool {
        self.held.iter().any(|h| h.day == day && h.direction == Direction::Charge && h.is_open())
    }
}
