//! What agents say to each other: intents with a future time.
//!
//! [`Message`]s stay inside a zone (or the centre) and are small and `Copy`, since millions of them wait in queues.
//! [`Letter`]s cross zones.

use crate::aggregator::{Booking, Session, Ticket};
use crate::dso::letters::{Metered, Missed, Outlook, Planned, Target, TradeLetter};
use crate::microgrids;
use crate::slab::Ref;
use domain::{
    BookingId, Detail, Direction, EvId, RequestId, ReservationStatus, StayId, TicketId, ZoneId,
    number_of_user,
};
use population::Moment;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Names a booking of the zone.
pub type BookingRef = Ref<Booking>;
/// Names a plug-in of the zone.
pub type SessionRef = Ref<Session>;
/// Names a ticket of the zone.
pub type TicketRef = Ref<Ticket>;

/// A request for consecutive slots.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Its number among those of the user, from 0.
    pub number: u32,
    /// First period.
    pub start: i64,
    /// How many periods.
    pub periods: u16,
    /// Which way the energy is to flow.
    pub direction: Direction,
    /// Energy over the whole booking \[kWh at the pile\].
    pub energy_kwh: f64,
}

impl Request {
    /// Its number in the tables.
    pub fn id(&self, ev: EvId, evs: u32) -> RequestId {
        RequestId(number_of_user(ev, self.number, evs))
    }
}

/// What an aggregator promises a user: all that a user ever sees of a booking.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Promise {
    /// The booking, by which both know it.
    pub booking: BookingRef,
    /// Its number in the tables.
    pub id: BookingId,
    /// The request by which it was asked for; 0 if it was won by a ticket.
    pub request: RequestId,
    /// The stay that it is for.
    pub stay: StayId,
    /// First period.
    pub start: i64,
    /// One past the last period.
    pub end: i64,
    /// Which way the energy is to flow.
    pub direction: Direction,
    /// Price \[CNY/kWh\].
    pub price: f64,
    /// Energy over the whole booking \[kWh at the pile\].
    pub energy_kwh: f64,
    /// Version of the terms under which it was confirmed.
    pub terms: u32,
    /// Whether it was won by a ticket.
    pub by_ticket: bool,
}

/// A message inside a partition, by whom it is for. EVs go by their place in the zone.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Message {
    /// What the zone does as a whole.
    Zone(ZoneEvent),
    /// What an EV hears or has set itself to do.
    User(u32, ToUser),
    /// What an EV tells its aggregator.
    Aggregator(u32, ToAggregator),
    /// What has become due at the aggregator.
    Due(Due),
    /// What has become due in the centre.
    Centre(CentreTimer),
}

/// What happens to a zone as a whole: each is one loop over it.
#[allow(missing_docs, reason = "fields say what they are; each event has its line")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ZoneEvent {
    /// Phase 1: the period before this instant ends.
    PeriodEnds,
    /// Phase 2 of local midnight: the plans of the day after this one are made.
    DayBegins,
    /// Phase 2 of the start: what follows is recorded.
    RecordOpens,
    /// Phase 5: set points, plant and report of the period that begins.
    PeriodBegins,
    /// Aggregator to its users, phase 5: the floated prices are published.
    Floated,
    /// Phase 5, on a feeder: a gate of the period at hand after its start.
    Gate,
    /// Phase 5, on a feeder: the trades of a gate are made, set points keep to the target.
    KeepTarget,
    /// Phase 3: an outage of the scenario begins or ends.
    Outage { index: u16, begins: bool },
    /// Aggregator to its users: the rules have changed.
    PolicyTold,
    /// Aggregator to its users: a ticket is offered.
    Offered { ticket: TicketRef },
}

/// What an EV hears from its aggregator, and its own timers.
#[allow(missing_docs, reason = "fields say what they are; each word has its line")]
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToUser {
    // Its own timers.
    /// It looks at prices and plans (attempt 0, or again later).
    Plan,
    /// It comes to the zone.
    Arrive,
    /// It leaves the zone.
    Depart,
    /// It regrets a booking just made.
    Regret { booking: BookingRef },
    /// It looks at a booking again.
    Reconsider { booking: BookingRef, moment: Moment },
    /// It walks to the pile.
    Come { booking: BookingRef },
    /// It joins the queue for a pile without a booking.
    WalkIn,
    /// It unplugs.
    Leave { session: SessionRef },

    // From its aggregator.
    /// The booking is made.
    Confirmed { booking: BookingRef },
    /// The booking is not made.
    Rejected { reason: Detail },
    /// The booking begins soon.
    Reminded { booking: BookingRef },
    /// The booking is void: nobody's fault but the site's.
    Dismissed { booking: BookingRef },
    /// The ticket is yours, under this booking.
    Won { booking: BookingRef },
    /// The ticket went to somebody else or is gone.
    Lost,
    /// All that belongs to the booking is paid.
    Settled {
        booking: BookingRef,
        status: ReservationStatus,
        delivered_kwh: f32,
        refund_cny: f32,
        paid_cny: f32,
    },
}

/// What an EV tells its aggregator.
#[allow(missing_docs, reason = "fields say what they are; each word has its line")]
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToAggregator {
    /// Announces its stay of a day in a zone; 0 is its home.
    Announce { day: i64, zone: ZoneId },
    /// Asks for slots.
    Request(Request),
    /// Gives a booking back.
    Cancel { booking: BookingRef, reason: Detail },
    /// Wants a ticket.
    Grab { ticket: TicketRef, id: TicketId },
}

/// What an aggregator has set itself to do.
#[allow(missing_docs, reason = "fields say what they are; each timer has its line")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Due {
    /// Time to remind.
    RemindAt { booking: BookingRef },
    /// The pile must be free for a booking from here on.
    ClearPile { booking: BookingRef },
    /// Whoever has not plugged in by now is in severe breach.
    BreachDeadline { booking: BookingRef },
    /// Grabs have been collected long enough.
    DrawTicket { ticket: TicketRef },
    /// The ticket's last period begins.
    TicketEnds { ticket: TicketRef },
}

/// What the agents of the centre have set themselves to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CentreTimer {
    /// What follows is recorded.
    RecordOpens,
    /// Pricing agent: prices of the period that begins are published.
    PeriodBegins,
    /// DSO agent: all zones have reported, what follows is dispatched.
    Redispatch,
    /// DSO agent: all zones have reported metered energies, the period that ended is verified.
    Verify,
    /// DSO agent: buyers have accepted offers, trades are cleared and admitted.
    ClearTrades,
    /// Coordinator: all zones of a group have reported, the day is planned.
    PlanDay,
}

/// What an aggregator tells the pricing agent and the DSO agent at the beginning of a period; all
/// by period from `from` on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ZoneReport {
    /// The zone.
    pub zone: u16,
    /// First period of the arrays.
    pub from: i64,
    /// Booked charging power \[kW\].
    pub booked_kw: Vec<f64>,
    /// Booked vehicles.
    pub booked_count: Vec<f64>,
    /// Vehicles plugged in now for a booking.
    pub plugged_booked: f64,
    /// Vehicles plugged in now without one.
    pub plugged_walk_in: f64,
    /// Forecast renewables less load, P3 eq. 4 \[kW\].
    pub surplus_kw: Vec<f64>,
    /// Forecast unit cost of the plant \[CNY/kWh\].
    pub plant_unit_cost: Vec<f64>,
    /// Energy that could be absorbed now (P3 eq. 11): free room of the plugged vehicles, limited by
    /// power \[kWh\].
    pub absorbable_kwh: f64,
    /// Energy that could be given now (P3 eq. 11) \[kWh\].
    pub dischargeable_kwh: f64,
    /// What came of the period that ended.
    pub ended: Ended,
}

/// What came of a period, as its zone reports it when it has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    /// Energy charged \[kWh at the piles\].
    pub charged_kwh: f64,
    /// Energy discharged \[kWh at the piles\].
    pub discharged_kwh: f64,
    /// Real price \[CNY/kWh\].
    pub real_price: f64,
    /// Breaches of bookings that were graded since the report before.
    pub breaches: f64,
    /// Tickets awarded since the report before.
    pub tickets_awarded: f64,
}

/// Prices as published for a price area; all by period from `from` on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Publication {
    /// First period of the arrays.
    pub from: i64,
    /// Reservation price c \[CNY/kWh\].
    pub reservation: Vec<f64>,
    /// Discharge price d \[CNY/kWh\]; NaN where no discharge is wanted.
    pub discharge: Vec<f64>,
    /// Ticket price q \[CNY/kWh\].
    pub ticket: Vec<f64>,
    /// Expected real price E R \[CNY/kWh\].
    pub expected_real: Vec<f64>,
    /// Expected number of vehicles at the piles: booked ones and walk-ins.
    pub expected_count: Vec<f64>,
}

/// A message between zones, or between a zone and the centre.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Letter {
    /// Aggregator to pricing and DSO.
    Report(Box<ZoneReport>),
    /// Pricing to every zone of its area.
    Prices(Arc<Publication>),
    /// Aggregator to DSO at the beginning of a period.
    Outlook(Box<Outlook>),
    /// Aggregator to DSO at the end of a period.
    Metered(Box<Metered>),
    /// DSO to aggregator, before the target where demand answers to prices.
    Planned(Box<Planned>),
    /// Aggregator to DSO: the outlook with the answers to the prices that float towards the plan.
    Answered(Box<Outlook>),
    /// DSO to aggregator.
    Target(Box<Target>),
    /// DSO to aggregator: the period that ended exceeded what the zone was allowed.
    Missed(Missed),
    /// Negotiation of zonal trades.
    Trade(Box<TradeLetter>),
    /// Aggregator to coordinator at the beginning of a day.
    DayOutlook(Box<microgrids::Outlook>),
    /// Coordinator to aggregator.
    Profile(Box<microgrids::Profile>),
    /// About an EV that parks in another zone by day.
    Guest(Box<microgrids::travel::GuestLetter>),
}

/// A letter with its addressee; zone 0 is the centre.
pub type Addressed = (ZoneId, Letter);
