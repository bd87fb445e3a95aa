//! The aggregator of a zone: its piles, its booking book, the vehicles plugged in, the queue of
//! walk-ins, its tickets.
//!
//! - [`pile_book`]: which pile is promised to whom; [`pile_set`]: sets of piles.
//! - [`bookings`]: all of them; [`booking`]: admission, cancellation, reminder, breach.
//! - [`plugging`]: plugging in and out, walk-ins, outages.
//! - [`follow`]: set points of a feeder's zone, towards its target.
//! - [`planned`]: set points of a microgrid's zone, by the day's plan.
//! - [`tickets`]: freed slots offered to others.
//! - [`schedule`]: set points for the period that begins; `import_limit`: what they yield to.
//! - [`settle`]: what the period that ends has delivered and what it costs.
//!
//! It knows what it was told: requests, and what a vehicle declares when it is plugged in.

pub mod booking;
pub mod bookings;
mod bounds;
mod cx;
pub mod follow;
mod import_limit;
pub mod pile_book;
pub mod pile_set;
pub mod planned;
pub mod plugging;
pub mod schedule;
pub mod settle;
mod site;
pub mod tickets;
mod voltage;

use crate::environment::Environment;
use crate::message::{BookingRef, Promise, Publication, SessionRef, TicketRef};
use crate::outbox::Outbox;
use crate::slab::Slab;
use crate::trade::elastic::Answer;
use bookings::Bookings;
pub use cx::{Aftermath, Broken, Cx, Payment};
use domain::{
    BookingId, BreachGrade, Direction, EvId, Fact, FactKind, Hours, MicroCny, PileId, RequestId,
    ReservationId, ReservationStatus, SessionId, StayId, TicketCause, TicketId, Time, UserType,
    Vehicle, ZoneId,
};
use pile_book::PileBook;
use pile_set::PileSet;
use planned::Planned;
use serde::{Deserialize, Serialize};
use site::Site;
use std::collections::VecDeque;
use std::sync::Arc;

/// What a vehicle tells the pile.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Declared {
    /// Its number.
    pub ev: EvId,
    /// Its place in the zone.
    pub place: u32,
    /// Its stay.
    pub stay: StayId,
    /// Its limits.
    pub vehicle: Vehicle,
    /// Energy in the battery \[kWh\].
    pub energy_kwh: f64,
    /// Most that the battery holds \[kWh\]: nominal capacity lowered by ageing.
    pub ceiling_kwh: f64,
    /// Energy below which nothing is given back \[kWh\].
    pub floor_kwh: f64,
    /// Energy wanted at departure \[kWh\].
    pub target_kwh: f64,
    /// Whether the owner accepts discharging.
    pub v2g: bool,
    /// Owner's wear cost of discharging \[CNY/kWh\].
    pub wear_cny_per_kwh: f64,
    /// Planned departure.
    pub departure: Time,
}

/// A vehicle that was unplugged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Release {
    /// Place of the EV in the zone.
    pub place: u32,
    /// Energy in the battery \[kWh\].
    pub energy_kwh: f64,
    /// Charged since plugging in \[kWh at the pile\].
    pub charged_kwh: f64,
    /// Discharged since plugging in \[kWh at the pile\].
    pub discharged_kwh: f64,
    /// The booking that it was plugged in for.
    pub booking: Option<BookingRef>,
    /// Whether it waits in the queue again.
    pub queued: bool,
}

/// What a booked period has come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RowState {
    /// Energy delivered in the booking's direction \[kWh\].
    pub delivered_kwh: f64,
    /// Real price of the period \[CNY/kWh\]; NaN until the period has ended.
    pub real: f64,
    /// Realised avoided cost of the period \[CNY/kWh\].
    pub avoided: f64,
    /// Given back.
    pub refund: MicroCny,
    /// Charged for a breach.
    pub penalty: MicroCny,
    /// Paid for discharging.
    pub paid: MicroCny,
}

/// Where a booking stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BookingState {
    /// Its vehicle is expected.
    Awaited,
    /// Its vehicle was there early and waits for the pile.
    Waiting,
    /// Its vehicle is plugged in.
    Plugged(SessionRef),
    /// Its vehicle has left, or will not be let in any more; periods may still have to settle.
    Over,
}

/// Whether the user of a booking was reminded of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reminder {
    /// Not yet; its timer was set with the booking.
    Ahead,
    /// Not yet; the rules have changed, and timers for earlier instants are void.
    NotBefore(Time),
    /// It was sent.
    Sent,
}

/// Consecutive slots on one pile by one vehicle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Booking {
    /// Its own key, by which the user knows it.
    pub key: Option<BookingRef>,
    /// Number in the tables.
    pub id: BookingId,
    /// The request by which it was asked for; 0 if it was won by a ticket.
    pub request: RequestId,
    /// The stay that it is for.
    pub stay: StayId,
    /// Number of the first row; the others follow in steps of the number of zones.
    pub first_row: i64,
    /// Place of the EV in the zone.
    pub place: u32,
    /// Number of the EV.
    pub ev: EvId,
    /// Fleet segment of the EV.
    pub segment: u16,
    /// Pile, from 0 in the zone.
    pub pile: u32,
    /// First period.
    pub start: i64,
    /// One past the last period.
    pub end: i64,
    /// Which way the energy flows.
    pub direction: Direction,
    /// One price for all rows \[CNY/kWh\]: c, q of a ticket, or d of a discharge.
    pub price: f64,
    /// Reserved energy of a row \[kWh\].
    pub reserved_kwh: f64,
    /// Prepaid for a row.
    pub prepaid: MicroCny,
    /// When it was made.
    pub made_at: Time,
    /// The ticket by which it was won; 0 if it was booked.
    pub ticket: TicketId,
    /// The user's own factor on penalties (a treatment of the segment).
    pub penalty_scale: f64,
    /// Version of the terms under which it was confirmed.
    pub terms: u32,
    /// Whether its user was reminded.
    pub reminder: Reminder,
    /// Plugged in until then: no breach. Later than usual for tickets.
    pub no_breach_until: Time,
    /// Where it stands.
    pub state: BookingState,
    /// When the vehicle came to the pile first.
    pub came_at: Time,
    /// When it was plugged in.
    pub plugged_at: Time,
    /// The grade, once it is known.
    pub grade: Option<BreachGrade>,
    /// How it ends if not as fulfilled or defaulted.
    pub ended_as: Option<ReservationStatus>,
    /// Whether energy is missing because of the user.
    pub caused_by_user: bool,
    /// First period that the site could not serve.
    pub curtailed_from: i64,
    /// Rows settled so far.
    pub settled: u32,
    /// What the periods have come to.
    pub rows: Vec<RowState>,
}

impl Booking {
    /// How many periods.
    pub fn periods(&self) -> i64 {
        self.end - self.start
    }
    /// Reserved energy of the whole booking \[kWh\].
    pub fn reserved_total_kwh(&self) -> f64 {
        self.reserved_kwh * self.periods() as f64
    }
    /// Prepaid for the whole booking.
    pub fn prepaid_total(&self) -> MicroCny {
        MicroCny(self.prepaid.0 * self.periods())
    }
    /// Number of a row in the tables.
    pub fn row_id(&self, row: usize, zones: u16) -> ReservationId {
        ReservationId(self.first_row + row as i64 * i64::from(zones))
    }
    /// A fact about it.
    pub fn mark(&self, fact: Fact) -> Fact {
        fact.ev(self.ev).stay(self.stay).request(self.request).booking(self.id)
    }
    /// Whether its vehicle may still come.
    pub fn is_expected(&self) -> bool {
        matches!(self.state, BookingState::Awaited | BookingState::Waiting)
    }
    /// What its user is told of it.
    pub fn promise(&self, booking: BookingRef) -> Promise {
        Promise {
            booking,
            id: self.id,
            request: self.request,
            stay: self.stay,
            start: self.start,
            end: self.end,
            direction: self.direction,
            price: self.price,
            energy_kwh: self.reserved_total_kwh(),
            terms: self.terms,
            by_ticket: self.ticket.0 != 0,
        }
    }
    /// A booking for tests.
    #[cfg(test)]
    pub fn sample() -> Self {
        Self {
            key: None,
            id: BookingId(1),
            request: RequestId(1),
            stay: StayId(1),
            first_row: 1,
            place: 0,
            ev: EvId(1),
            segment: 0,
            pile: 0,
            start: 40,
            end: 44,
            direction: Direction::Charge,
            price: 1.0,
            reserved_kwh: 5.0,
            prepaid: MicroCny(5_000_000),
            made_at: Time::START,
            ticket: TicketId(0),
            penalty_scale: 1.0,
            terms: 0,
            reminder: Reminder::Ahead,
            no_breach_until: Time::from_hours(9.75),
            state: BookingState::Awaited,
            came_at: Time::NONE,
            plugged_at: Time::NONE,
            grade: None,
            ended_as: None,
            caused_by_user: false,
            curtailed_from: i64::MAX,
            settled: 0,
            rows: vec![RowState { real: f64::NAN, ..RowState::default() }; 4],
        }
    }
}

/// One plug-in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// Number in the tables.
    pub id: SessionId,
    /// What the vehicle told the pile.
    pub declared: Declared,
    /// Pile, from 0 in the zone.
    pub pile: u32,
    /// The booking, or none for a walk-in.
    pub booking: Option<BookingRef>,
    /// The booking's number in the tables; 0 for a walk-in.
    pub booking_id: BookingId,
    /// The request that led to the booking; 0 for a walk-in.
    pub request: RequestId,
    /// Which way a booked session's energy flows.
    pub direction: Direction,
    /// First period in which power may flow.
    pub start: i64,
    /// One past the last period in which power may flow.
    pub end: i64,
    /// When it was plugged in.
    pub plugged_at: Time,
    /// Energy in the battery \[kWh\].
    pub energy_kwh: f64,
    /// Energy at which this plug-in has done its task \[kWh\].
    pub goal_kwh: f64,
    /// Set point \[kW\], charging positive.
    pub power_kw: f64,
    /// Since when the energy of the set point is not counted yet.
    pub counted_to: Time,
    /// Charged so far \[kWh at the pile\].
    pub charged_kwh: f64,
    /// Discharged so far \[kWh at the pile\].
    pub discharged_kwh: f64,
    /// Energy at the pile that replaces what was discharged inside a charging booking and does not
    /// count as delivered \[kWh\].
    pub debt_kwh: f64,
    /// On a feeder: the user's type by what is left of the stay.
    pub user_type: UserType,
    /// The dearest price at which energy above the goal was charged \[CNY/kWh\].
    pub stored_at_cny_per_kwh: f64,
    /// On a feeder whose demand answers to prices: what the stay will take in each kind of period.
    pub answer: Option<Answer>,
}

impl Session {
    /// A fact about it.
    pub fn mark(&self, fact: Fact) -> Fact {
        fact.stay(self.declared.stay)
            .session(self.id)
            .request(self.request)
            .booking(self.booking_id)
    }
}

/// A freed remainder on offer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ticket {
    /// Number in the tables.
    pub id: TicketId,
    /// The freed booking.
    pub booking: BookingId,
    /// When it was offered.
    pub offered_at: Time,
    /// Why it came free.
    pub cause: TicketCause,
    /// Pile, from 0 in the zone.
    pub pile: u32,
    /// First period.
    pub start: i64,
    /// One past the last period.
    pub end: i64,
    /// Announced energy \[kWh\].
    pub energy_kwh: f64,
    /// Announced price q \[CNY/kWh\].
    pub price: f64,
    /// Users told.
    pub notices: u32,
    /// Grabs so far, with what each wants.
    pub grabs: Vec<Grab>,
}

/// Somebody wants a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grab {
    /// Place of the EV in the zone.
    pub place: u32,
    /// Number of the EV.
    pub ev: EvId,
    /// The stay for which it is wanted.
    pub stay: StayId,
    /// Fleet segment.
    pub segment: u16,
    /// Energy wanted \[kWh at the pile\].
    pub need_kwh: f64,
    /// Charging power of the vehicle \[kW\].
    pub charge_kw: f64,
    /// What the user would pay at most \[CNY/kWh\]; used by the order by price only.
    pub bid: f64,
    /// Factor on penalties.
    pub penalty_scale: f64,
    /// When it arrived.
    pub at: Time,
}

/// A walk-in in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Waiting {
    /// What the vehicle tells the pile.
    pub declared: Declared,
    /// When the wait began.
    pub since: Time,
}

/// A pile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pile {
    /// Who is plugged in.
    pub occupant: Option<SessionRef>,
    /// Whether it is broken.
    pub broken: bool,
}

/// Energy of one plug-in in the period at hand.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PeriodUse {
    /// The vehicle.
    pub ev: EvId,
    /// Its place in the zone.
    pub place: u32,
    /// Its pile in the tables.
    pub pile: PileId,
    /// Its stay in the tables.
    pub stay: StayId,
    /// The plug-in in the tables.
    pub session: SessionId,
    /// The request that led to its booking.
    pub request: RequestId,
    /// Its booking in the tables.
    pub booking: BookingId,
    /// Its booking.
    pub booked: Option<BookingRef>,
    /// Set point \[kW\], charging positive.
    pub power_kw: f64,
    /// Charged \[kWh at the pile\].
    pub charged_kwh: f64,
    /// Discharged \[kWh at the pile\].
    pub discharged_kwh: f64,
    /// Energy that the discharge obliges the pile to replace \[kWh at the pile\].
    pub replace_kwh: f64,
    /// Least that the owner is paid for discharging \[CNY/kWh\]: the wear and, without a booking,
    /// charging again.
    pub least_pay: f64,
    /// On a feeder: the user's type by what was left of the stay.
    pub user_type: UserType,
}

/// Numbers given out so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Bookings.
    pub bookings: i64,
    /// Booked periods.
    pub rows: i64,
    /// Tickets.
    pub tickets: i64,
    /// Plug-ins.
    pub sessions: i64,
    /// Lotteries.
    pub lotteries: u64,
    /// Breaches of bookings.
    pub breaches: u64,
    /// Tickets awarded.
    pub awards: u64,
}

impl Counters {
    /// The next number of a kind: `zone, zone + Z, zone + 2 Z, ...`.
    pub fn next(counter: &mut i64, zone: ZoneId, zones: u16) -> i64 {
        let n = *counter * i64::from(zones) + i64::from(zone.0);
        *counter += 1;
        n
    }
}

/// The aggregator's state.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Aggregator {
    /// Its zone.
    pub zone: ZoneId,
    /// Number of the zone's first pile in the tables.
    pub first_pile: u32,
    /// Its piles.
    pub piles: Vec<Pile>,
    /// Those that work and have no occupant.
    pub free: PileSet,
    /// Promises.
    pub book: PileBook,
    /// Bookings that are not finally settled.
    pub bookings: Bookings,
    /// Plug-ins.
    pub sessions: Slab<Session>,
    /// By place of the EV: its plug-in.
    pub plugged: Vec<Option<SessionRef>>,
    /// Walk-ins that wait.
    pub queue: VecDeque<Waiting>,
    /// Places of users who were given a pile while they waited and have not noticed yet.
    pub admitted: Vec<u32>,
    /// Tickets on offer.
    pub tickets: Slab<Ticket>,
    /// Numbers given out.
    pub counters: Counters,
    /// By place of the EV: time spent in the queue since it was last asked for \[min\].
    pub waited_min: Vec<f64>,
    /// What guests owe, by their order.
    pub bills: Vec<MicroCny>,
    /// Energy of plug-ins in the period at hand.
    pub uses: Vec<PeriodUse>,
    /// Prices as last received.
    pub prices: Arc<Publication>,
    /// A target from the DSO for the net consumption of the period at hand \[kW\]; NaN without one.
    pub target_kw: f64,
    /// Stays announced and planned, in a microgrid.
    pub planned: Planned,
}

impl Aggregator {
    /// An aggregator with free piles.
    pub fn new(zone: ZoneId, evs: usize, first_pile: u32, piles: u32, env: &Environment) -> Self {
        Self {
            zone,
            first_pile,
            piles: vec![Pile::default(); piles as usize],
            free: PileSet::all_of(piles as usize),
            book: PileBook::new(piles as usize, env.periods_of(env.market.booking.setup)),
            bookings: Bookings::default(),
            sessions: Slab::default(),
            plugged: vec![None; evs],
            queue: VecDeque::new(),
            admitted: Vec::new(),
            tickets: Slab::default(),
            counters: Counters::default(),
            waited_min: vec![0.0; evs],
            bills: Vec::new(),
            uses: Vec::new(),
            prices: Arc::default(),
            target_kw: f64::NAN,
            planned: Planned::default(),
        }
    }
    /// The bill of a place, if a guest holds it.
    pub(super) fn bill_of(&mut self, place: u32) -> Option<&mut MicroCny> {
        let residents = self.plugged.len() - self.bills.len();
        self.bills.get_mut((place as usize).checked_sub(residents)?)
    }
    /// Where it is.
    fn site(&self) -> Site {
        Site::new(self.zone, self.first_pile)
    }
    /// A pile's number in the tables.
    pub fn pile_id(&self, pile: u32) -> PileId {
        self.site().pile_id(pile)
    }
    /// A fact of this aggregator.
    pub fn fact(&self, out: &Outbox, kind: FactKind) -> Fact {
        self.site().fact(out, kind)
    }
    /// Whether a pile may be promised.
    pub fn works(&self, pile: u32) -> bool {
        !self.piles[pile as usize].broken
    }
    /// The ticket, if it is still on offer.
    pub fn ticket(&self, ticket: TicketRef) -> Option<&Ticket> {
        self.tickets.get(ticket)
    }
}

/// A period's length.
pub fn hours(env: &Environment) -> Hours {
    env.grid.hours()
}
