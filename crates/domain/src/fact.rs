//! Facts: what happened, past tense, written once.
//!
//! A fact is one flat record, since it becomes one row. Ids of 0, [`Time::NONE`] and NaN stand for
//! "not applicable" and become null.

use crate::{
    BookingId, EvId, Phase, PileId, RequestId, ReservationId, SessionId, StayId, TicketId, Time,
    TradeId, UserType, ZoneId,
};
use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[repr(u8)]
        pub enum $name { $($(#[$vdoc])* #[doc = concat!("`", $word, "` in the tables.")] $variant),+ }
        impl $name {
            /// Every word, in the order of their codes.
            pub const ALL: &[Self] = &[$(Self::$variant),+];
            /// The word in the tables.
            pub const fn word(self) -> &'static str { match self { $(Self::$variant => $word),+ } }
            /// The entry of a word, if there is one.
            pub fn from_word(word: &str) -> Option<Self> { match word { $($word => Some(Self::$variant),)+ _ => None } }
        }
    };
}
pub(crate) use words;

words!(/// What kind of thing happened.
FactKind {
    PricesPublished = "prices_published", ReservationRequested = "reservation_requested", ReservationConfirmed = "reservation_confirmed",
    ReservationRejected = "reservation_rejected", ReminderSent = "reminder_sent", Cancelled = "cancelled", PluggedIn = "plugged_in",
    WalkIn = "walk_in", Arrived = "arrived", Departed = "departed", Breach = "breach", Penalty = "penalty",
    TicketOffered = "ticket_offered", TicketGrabbed = "ticket_grabbed", TicketAwarded = "ticket_awarded", TicketLost = "ticket_lost",
    TicketExpired = "ticket_expired", SetPoint = "set_point", Unplugged = "unplugged", Settled = "settled",
    ZoneReport = "zone_report", ZoneTarget = "zone_target", DemandFilled = "demand_filled", DemandAnswered = "demand_answered", TradeRequested = "trade_requested", TradeOffered = "trade_offered",
    TradeAccepted = "trade_accepted", TradeAdmitted = "trade_admitted", TradeRefused = "trade_refused", TradeDelivered = "trade_delivered", TargetMissed = "target_missed",
    DispatchInfeasible = "dispatch_infeasible", LimitExceeded = "limit_exceeded",
    CapacitorSwitched = "capacitor_switched", PlantDispatched = "plant_dispatched", PileOutage = "pile_outage", EnergyShort = "energy_short",
    LoadUnserved = "load_unserved", TurnedAwayLate = "turned_away_late",
    PolicyChanged = "policy_changed",
    StayAnnounced = "stay_announced", ChargePlanned = "charge_planned",
});

words!(/// Who did it.
Actor { Ev = "ev", Aggregator = "aggregator", Pricing = "pricing", Dso = "dso", Generation = "generation" });

words!(/// Which way the energy flows, seen from the vehicle.
Direction { Charge = "charge", Discharge = "discharge" });

words!(/// The fact's qualifier.
#[derive(Default)]
Detail {
    /// No qualifier; null in the table.
    #[default]
    None = "",
    Full = "full", TooLate = "too_late", Unsafe = "unsafe", Free = "free", Early = "early", Late = "late",
    Minor = "minor", Moderate = "moderate", Severe = "severe",
    Cancellation = "cancellation", EarlyUnplug = "early_unplug", SevereBreach = "severe_breach",
    Regret = "regret", PlanChanged = "plan_changed", Forgot = "forgot", NoShow = "no_show", Curtailed = "curtailed",
    Booked = "booked", WalkIn = "walk_in", Queued = "queued", Yielded = "yielded", TopUp = "top_up", Overstay = "overstay",
    OnTime = "on_time", Outage = "outage", Restored = "restored", AlreadyTaken = "already_taken", NotPresent = "not_present",
    Expired = "expired", Home = "home", Voltage = "voltage", Current = "current", NoOffer = "no_offer", Price = "price",
    TurbineStart = "turbine_start", TurbineStop = "turbine_stop", Arbitrage = "arbitrage", Hoarded = "hoarded", Stay = "stay",
    NearestPile = "other_pile", Kept = "kept", Target = "target", Allowance = "allowance",
    TypeOne = "type_1", TypeTwo = "type_2", TypeThree = "type_3", TypeFour = "type_4", Export = "export", Import = "import", Active = "active", Reactive = "reactive", ByRule = "by_rule",
    BookingEnabledSet = "booking.enabled", DischargeEnabledSet = "discharge.enabled",
    CancellationEnabledSet = "cancellation.enabled",
    FreeWindowSet = "cancellation.free_window_min",
    LateWindowSet = "cancellation.late_window_min",
    EarlyFeeShareSet = "cancellation.early_fee_share",
    LateCostsMinorBreachSet = "cancellation.late_costs_minor_breach",
    ReminderEnabledSet = "reminder.enabled", ReminderLeadSet = "reminder.lead_min",
    PenaltyEnabledSet = "penalty.enabled", PenaltyScaleSet = "penalty.scale",
    RefundEnabledSet = "refund.enabled", ForfeitShareSet = "refund.forfeit_share",
    WalkInEnabledSet = "walk_in.enabled", WalkInPriceSet = "walk_in.price",
    TicketsEnabledSet = "tickets.enabled", TicketAudienceSet = "tickets.audience",
    TicketOrderSet = "tickets.order", TicketCollectSet = "tickets.collect_min",
    TicketLeadSet = "tickets.lead_min", TicketAlphaSet = "tickets.alpha",
    PricingPolicySet = "pricing.policy", PricingFloorSet = "pricing.floor",
    PricingCapShareSet = "pricing.cap_share", PricingFixedSet = "pricing.fixed",
    PricingBandSet = "pricing.band", UnabsorbedWeightSet = "pricing.unabsorbed_weight",
    OverWeightSet = "pricing.over_weight", DischargeShareSet = "pricing.discharge_share",
    SchedulePolicySet = "schedule.policy", ThroughputWeightSet = "schedule.throughput_weight",
});

impl From<UserType> for Detail {
    fn from(user_type: UserType) -> Self {
        match user_type {
            UserType::None => Self::None,
            UserType::One => Self::TypeOne,
            UserType::Two => Self::TypeTwo,
            UserType::Three => Self::TypeThree,
            UserType::Four => Self::TypeFour,
        }
    }
}

/// One thing that happened. `energy`, `power`, `price`, `amount` are in kWh, kW, CNY/kWh, CNY.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// When.
    pub t: Time,
    /// In which phase of the instant; orders the rows, not logged.
    pub phase: Phase,
    /// What.
    pub kind: FactKind,
    /// Who.
    pub actor: Actor,
    /// Which way the energy goes, if it goes.
    pub direction: Option<Direction>,
    /// Qualifier.
    pub detail: Detail,
    /// Where; the centre has none.
    pub zone: ZoneId,
    /// The acting agent's number among its kind: an EV's id, a zone's id, the price area's or the
    /// feeder's number.
    pub actor_id: u32,
    /// The EV concerned.
    pub ev: EvId,
    /// The pile concerned.
    pub pile: PileId,
    /// The stay concerned, from its plan on.
    pub stay: StayId,
    /// The plug-in concerned.
    pub session: SessionId,
    /// The request concerned, or that led to the booking.
    pub request: RequestId,
    /// The booking concerned.
    pub booking: BookingId,
    /// The booked period concerned.
    pub reservation: ReservationId,
    /// The ticket concerned.
    pub ticket: TicketId,
    /// The zonal trade concerned.
    pub trade: TradeId,
    /// Start of the period concerned.
    pub period_start: Time,
    /// Energy \[kWh\].
    pub energy: f64,
    /// Power \[kW\].
    pub power: f64,
    /// Price \[CNY/kWh\].
    pub price: f64,
    /// Money \[CNY\].
    pub amount: f64,
}

impl Fact {
    /// A fact with nothing but its time, kind, actor and zone.
    pub fn new(
        t: Time,
        phase: Phase,
        kind: FactKind,
        actor: Actor,
        actor_id: u32,
        zone: ZoneId,
    ) -> Self {
        Self {
            t,
            phase,
            kind,
            actor,
            direction: None,
            detail: Detail::None,
            zone,
            actor_id,
            ev: EvId(0),
            pile: PileId(0),
            stay: StayId(0),
            session: SessionId(0),
            request: RequestId(0),
            booking: BookingId(0),
            reservation: ReservationId(0),
            ticket: TicketId(0),
            trade: TradeId(0),
            period_start: Time::NONE,
            energy: f64::NAN,
            power: f64::NAN,
            price: f64::NAN,
            amount: f64::NAN,
        }
    }
    /// ... about this EV.
    pub fn ev(mut self, ev: EvId) -> Self {
        self.ev = ev;
        self
    }
    /// ... at this pile.
    pub fn pile(mut self, pile: PileId) -> Self {
        self.pile = pile;
        self
    }
    /// ... during this stay, or about it.
    pub fn stay(mut self, stay: StayId) -> Self {
        self.stay = stay;
        self
    }
    /// ... of this plug-in.
    pub fn session(mut self, session: SessionId) -> Self {
        self.session = session;
        self
    }
    /// ... of this request.
    pub fn request(mut self, request: RequestId) -> Self {
        self.request = request;
        self
    }
    /// ... of this booking.
    pub fn booking(mut self, booking: BookingId) -> Self {
        self.booking = booking;
        self
    }
    /// ... of this booked period.
    pub fn reservation(mut self, reservation: ReservationId) -> Self {
        self.reservation = reservation;
        self
    }
    /// ... of this ticket.
    pub fn ticket(mut self, ticket: TicketId) -> Self {
        self.ticket = ticket;
        self
    }
    /// ... of this trade.
    pub fn trade(mut self, trade: TradeId) -> Self {
        self.trade = trade;
        self
    }
    /// ... concerning the period that starts then.
    pub fn period(mut self, start: Time) -> Self {
        self.period_start = start;
        self
    }
    /// ... in this direction.
    pub fn direction(mut self, direction: Direction) -> Self {
        self.direction = Some(direction);
        self
    }
    /// ... with this qualifier.
    pub fn detail(mut self, detail: Detail) -> Self {
        self.detail = detail;
        self
    }
    /// ... of this energy \[kWh\].
    pub fn energy(mut self, kwh: f64) -> Self {
        self.energy = kwh;
        self
    }
    /// ... at this power \[kW\].
    pub fn power(mut self, kw: f64) -> Self {
        self.power = kw;
        self
    }
    /// ... at this price \[CNY/kWh\].
    pub fn price(mut self, cny_per_kwh: f64) -> Self {
        self.price = cny_per_kwh;
        self
    }
    /// ... for this amount \[CNY\].
    pub fn amount(mut self, cny: f64) -> Self {
        self.amount = cny;
        self
    }
}
