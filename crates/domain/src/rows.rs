//! One row type per table of a run directory, and [`Rows`], the batch in which rows travel to
//! whoever reads them.
//!
//! Ids of 0, [`Time::NONE`] and NaN stand for null. Energy in kWh, power in kW, money in CNY (the
//! ledger: micro-CNY). `segment`, `class` and behaviour numbers index the names in [`Names`].

use crate::fact::words;
use crate::{
    AccountId, BookingId, BusId, Direction, EvId, Fact, MicroCny, Phase, PileId, RequestId,
    ReservationId, SessionId, StayId, TicketId, Time, TradeId, ZoneId,
};
use serde::{Deserialize, Serialize};

words!(/// How a booked period ended.
ReservationStatus {
    Fulfilled = "fulfilled", CancelledFree = "cancelled_free", CancelledEarly = "cancelled_early", CancelledLate = "cancelled_late",
    Defaulted = "defaulted", Curtailed = "curtailed", Open = "open",
});

words!(/// How late a booking's vehicle was plugged in.
BreachGrade { None = "none", Minor = "minor", Moderate = "moderate", Severe = "severe" });

words!(/// Why a slot came free.
TicketCause { Cancellation = "cancellation", EarlyUnplug = "early_unplug", SevereBreach = "severe_breach" });

words!(/// How a ticket ended.
TicketStatus { Awarded = "awarded", Expired = "expired" });

words!(/// What a transfer was for.
Purpose {
    Prepayment = "prepayment", Revenue = "revenue", Refund = "refund", Return = "return", Forfeit = "forfeit",
    CancellationFee = "cancellation_fee", Penalty = "penalty", Ticket = "ticket", WalkIn = "walk_in", V2gPayment = "v2g_payment",
    GridPurchase = "grid_purchase", CapacityCharge = "capacity_charge", Fuel = "fuel", Start = "start", Wear = "wear", Carbon = "carbon",
    Curtailment = "curtailment", ZonalTrade = "zonal_trade", TargetPenalty = "target_penalty", ServiceFee = "service_fee",
});

words!(/// Whose account it is.
AccountKind {
    Ev = "ev", Escrow = "escrow", Operator = "operator", Aggregator = "aggregator", Grid = "grid", Dso = "dso", Plant = "plant",
    Fuel = "fuel", Wear = "wear", Carbon = "carbon",
});

words!(/// How a zonal trade ended.
TradeStatus { Delivered = "delivered", Refused = "refused", Short = "short" });

words!(/// What a figure is about.
Scope { Run = "run", Zone = "zone", Segment = "segment" });

words!(/// An EV's charging behaviour by the kinds of period that it touches (P0 section 4); `""` is null.
UserType { None = "", One = "1", Two = "2", Three = "3", Four = "4" });

/// Table `evs`: one EV.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct EvRow {
    pub ev: EvId,
    pub name: String,
    pub zone: ZoneId,
    pub home_bus: BusId,
    pub segment: u16,
    pub vehicle_class: u16,
    pub battery_kwh: f64,
    pub charge_kw: f64,
    pub discharge_kw: f64,
    pub charge_efficiency: f64,
    pub discharge_efficiency: f64,
    pub v2g: bool,
    pub participates: bool,
    pub behaviour_class: u16,
    pub willingness_to_pay: f64,
    pub preferred_time_h: f64,
    pub behaviour: u16,
}

/// Table `stays`: one parking stay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct StayRow {
    pub stay: StayId,
    pub ev: EvId,
    pub zone: ZoneId,
    pub bus: BusId,
    pub segment: u16,
    pub planned_arrival: Time,
    pub arrival: Time,
    pub planned_departure: Time,
    pub departure: Time,
    pub soc_arrival: f64,
    pub soc_target: f64,
    pub soc_departure: f64,
    pub driven_kwh: f64,
    pub energy_needed_kwh: f64,
    pub energy_charged_kwh: f64,
    pub energy_discharged_kwh: f64,
    pub unmet_kwh: f64,
    pub borne: Borne,
    pub waiting_min: f64,
    pub soh_loss: f64,
    pub user_type: UserType,
}

/// What users bear besides money \[CNY\]: of a stay, or of many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "columns of table `stays` say what they are")]
pub struct Borne {
    pub earliness_cny: f64,
    pub hassle_cny: f64,
    pub unmet_cny: f64,
    pub shift_cny: f64,
    pub crowding_cny: f64,
    pub owner_wear_cny: f64,
    pub keeping_cny: f64,
    pub trip_cny: f64,
}

impl Borne {
    /// All of it \[CNY\].
    pub fn total_cny(&self) -> f64 {
        self.earliness_cny
            + self.hassle_cny
            + self.unmet_cny
            + self.shift_cny
            + self.crowding_cny
            + self.owner_wear_cny
            + self.keeping_cny
            + self.trip_cny
    }
}

impl std::ops::AddAssign for Borne {
    fn add_assign(&mut self, other: Self) {
        self.earliness_cny += other.earliness_cny;
        self.hassle_cny += other.hassle_cny;
        self.unmet_cny += other.unmet_cny;
        self.shift_cny += other.shift_cny;
        self.crowding_cny += other.crowding_cny;
        self.owner_wear_cny += other.owner_wear_cny;
        self.keeping_cny += other.keeping_cny;
        self.trip_cny += other.trip_cny;
    }
}

/// Table `sessions`: one plug-in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct SessionRow {
    pub session: SessionId,
    pub stay: StayId,
    pub booking: BookingId,
    pub ev: EvId,
    pub zone: ZoneId,
    pub pile: PileId,
    pub arrival: Time,
    pub departure: Time,
    pub soc_arrival: f64,
    pub soc_departure: f64,
    pub energy_charged_kwh: f64,
    pub energy_discharged_kwh: f64,
}

/// Table `reservations`: one booked period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct ReservationRow {
    pub reservation: ReservationId,
    pub booking: BookingId,
    pub request: RequestId,
    pub stay: StayId,
    pub ev: EvId,
    pub zone: ZoneId,
    pub pile: PileId,
    pub segment: u16,
    pub made_at: Time,
    pub period_start: Time,
    pub period_end: Time,
    pub direction: Direction,
    pub reserved_kwh: f64,
    pub energy_kwh: f64,
    pub price: f64,
    pub prepaid: MicroCny,
    pub status: ReservationStatus,
    pub cancelled_at: Time,
    pub plugged_at: Time,
    pub breach: BreachGrade,
    pub penalty: MicroCny,
    pub real_price: f64,
    pub refund: MicroCny,
    pub returned: MicroCny,
    pub forfeited: MicroCny,
    pub revenue: MicroCny,
    pub discharge_paid: MicroCny,
    pub ticket: TicketId,
}

/// Table `tickets`: one contiguous freed remainder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct TicketRow {
    pub ticket: TicketId,
    pub booking: BookingId,
    pub offered_at: Time,
    pub cause: TicketCause,
    pub zone: ZoneId,
    pub pile: PileId,
    pub period_start: Time,
    pub period_end: Time,
    pub energy_kwh: f64,
    pub price: f64,
    pub notices: u32,
    pub grabs: u32,
    pub winner: EvId,
    pub winner_booking: BookingId,
    pub awarded_at: Time,
    pub latency_s: f64,
    pub status: TicketStatus,
}

/// Table `ledger`: one transfer. `entry` is given when the rows are merged.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct LedgerRow {
    pub t: Time,
    pub phase: Phase,
    pub debit: AccountId,
    pub credit: AccountId,
    pub purpose: Purpose,
    pub amount: MicroCny,
    pub reservation: ReservationId,
    pub ticket: TicketId,
    pub trade: TradeId,
}

/// Table `accounts`: one account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct AccountRow {
    pub account: AccountId,
    pub kind: AccountKind,
    pub owner: u32,
    pub opening: MicroCny,
    pub closing: MicroCny,
}

/// Table `prices`: a publication for one zone and period, or (with only `real` given) the real
/// price of a settled period.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct PriceRow {
    pub zone: ZoneId,
    pub period_start: Time,
    pub published_at: Time,
    pub reservation: f64,
    pub discharge: f64,
    pub ticket: f64,
    pub grid: f64,
    pub ev_price: f64,
    pub interval_low: f64,
    pub interval_high: f64,
    pub expected_real: f64,
    pub real: f64,
}

impl PriceRow {
    /// A row that holds nothing but what an EV pays outside of bookings.
    pub const fn of_grid(zone: ZoneId, period_start: Time, published_at: Time, grid: f64) -> Self {
        let null = f64::NAN;
        Self {
            zone,
            period_start,
            published_at,
            reservation: null,
            discharge: null,
            ticket: null,
            grid,
            ev_price: null,
            interval_low: null,
            interval_high: null,
            expected_real: null,
            real: null,
        }
    }
}

/// Table `balance`: mean powers of one zone over one period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct BalanceRow {
    pub zone: ZoneId,
    pub period_start: Time,
    pub load_kw: f64,
    pub pv_available_kw: f64,
    pub wind_available_kw: f64,
    pub pv_used_kw: f64,
    pub wind_used_kw: f64,
    pub ev_charge_kw: f64,
    pub ev_discharge_kw: f64,
    pub battery_kw: f64,
    pub turbine_kw: f64,
    pub diesel_kw: f64,
    pub grid_kw: f64,
    pub traded_kw: f64,
    pub unserved_kw: f64,
    pub losses_kw: f64,
    pub curtailed_kw: f64,
    pub surplus_kw: f64,
    pub battery_kwh: f64,
    pub target_p_kw: f64,
    pub target_q_kvar: f64,
    pub allowed_p_kw: f64,
    pub delivered_p_kw: f64,
    pub emissions_kg: f64,
}

/// Table `trades`: one zonal trade.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct TradeRow {
    pub trade: TradeId,
    pub period_start: Time,
    pub buyer: ZoneId,
    pub seller: ZoneId,
    pub energy_kwh: f64,
    pub loss_kwh: f64,
    pub price: f64,
    pub grid_price: f64,
    pub status: TradeStatus,
    pub refused_by: crate::Detail,
    pub limit_bus: BusId,
}

/// Table `voltages`: one bus in one period; `p_kw`, `q_kvar` are net consumption.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct VoltageRow {
    pub bus: BusId,
    pub zone: ZoneId,
    pub period_start: Time,
    pub v_pu: f64,
    pub angle_rad: f64,
    pub p_kw: f64,
    pub q_kvar: f64,
}

/// Table `branches`: one branch in one period.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct BranchRow {
    pub from: BusId,
    pub to: BusId,
    pub period_start: Time,
    pub p_kw: f64,
    pub q_kvar: f64,
    pub current_a: f64,
    pub loss_kw: f64,
}

/// Table `indicators`: one figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct IndicatorRow {
    pub name: String,
    pub unit: String,
    pub value: f64,
    pub scope: Scope,
    pub scope_id: u32,
}

/// Table `pareto`: one solution of a front.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct ParetoRow {
    pub t: Time,
    pub solution: u32,
    pub solver: String,
    pub f1_kw2: f64,
    pub f2_cny: f64,
    pub chosen: bool,
}

/// Table `sharings`: the profile of a day shared among the participants of one zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct SharingRow {
    pub t: Time,
    pub zone: ZoneId,
    pub solver: String,
    pub stays: u32,
    pub profile_kwh: f64,
    pub remainder_kwh: f64,
    pub squared_error: f64,
    pub exact_squared_error: f64,
}

words!(/// What a user does with a day's bookings.
DayStrategy {
    Honour = "honour", CancelEarly = "cancel_early", CancelLate = "cancel_late", NoShow = "no_show", Hoard = "hoard",
    WaitForTickets = "wait_for_tickets",
});

/// Table `strategies`: what a user who learns has learnt by the end of a day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct StrategyRow {
    pub t: Time,
    pub ev: EvId,
    pub zone: ZoneId,
    pub segment: u16,
    pub strategy: DayStrategy,
    /// In the order of [`DayStrategy::ALL`].
    pub attraction_cny: [f64; 6],
    pub norm: f64,
    pub credence: f64,
    pub surprise_cny: f64,
    pub bookings: u32,
    pub defaults: u32,
}

/// What the numbers in rows are called.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Names {
    /// Fleet segments, by number.
    pub segments: Vec<String>,
    /// Vehicle classes, by number.
    pub vehicle_classes: Vec<String>,
    /// Behaviour models in force, by number.
    pub behaviours: Vec<String>,
}

/// Every table of a run, in the order of the listings, handed to a macro of the caller's: its field
/// in [`Rows`] (which is its name), what it is called as a type, the type of its rows.
#[macro_export]
macro_rules! each_table {
    ($with:ident) => {
        $with! {
            facts: Facts(Fact),
            evs: Evs(EvRow),
            stays: Stays(StayRow),
            sessions: Sessions(SessionRow),
            reservations: Reservations(ReservationRow),
            tickets: Tickets(TicketRow),
            ledger: Ledger(LedgerRow),
            accounts: Accounts(AccountRow),
            prices: Prices(PriceRow),
            balance: Balance(BalanceRow),
            trades: Trades(TradeRow),
            voltages: Voltages(VoltageRow),
            branches: Branches(BranchRow),
            indicators: Indicators(IndicatorRow),
            pareto: Pareto(ParetoRow),
            sharings: Sharings(SharingRow),
            strategies: Strategies(StrategyRow),
        }
    };
}

macro_rules! rows {
    ($($field:ident: $table:ident($row:ty),)*) => {
        /// A batch of rows of every table, in the order in which they are to be written.
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[allow(missing_docs)]
        pub struct Rows {
            $(pub $field: Vec<$row>,)*
        }

        impl Rows {
            /// Forgets the rows and keeps their memory.
            pub fn clear(&mut self) {
                $(self.$field.clear();)*
            }
            /// How many rows there are over all tables.
            pub fn count(&self) -> usize {
                0 $(+ self.$field.len())*
            }
            /// Moves another batch's rows behind this one's and leaves the other empty with its
            /// memory.
            pub fn append(&mut self, other: &mut Self) {
                $(take_over(&mut self.$field, &mut other.$field);)*
            }
        }
    };
}
each_table!(rows);

/// Moves rows behind others; without others the two only change places, memory included.
pub fn take_over<T>(rows: &mut Vec<T>, more: &mut Vec<T>) {
    if rows.is_empty() {
        std::mem::swap(rows, more);
    } else {
        rows.append(more);
    }
}
