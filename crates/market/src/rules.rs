//! Parameters of the market's mechanisms. Flat, each with unit and source; `Default` is the value
//! of P3 or, where P3 is silent, our reading ("our reading: ..."). Every mechanism can be switched
//! off.

use domain::Span;
use serde::{Deserialize, Serialize};

/// How vehicles come to piles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccessMode {
    /// Plugged in for a booking or as a walk-in; piles are scarce.
    PerBooking,
    /// Plugged in from arrival to departure; one pile per vehicle.
    PerStay,
}

/// Piles of a zone.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Access {
    /// How vehicles come to piles.
    pub mode: AccessMode,
    /// Piles per zone. Our reading: 48 for the park, P3 publishes none.
    pub piles: u32,
    /// Power of a pile, either way \[kW\] (P3: 40).
    pub pile_kw: f64,
    /// What chargers do when the voltage is low.
    pub voltage: VoltageResponse,
}
impl Default for Access {
    fn default() -> Self {
        Self {
            mode: AccessMode::PerBooking,
            piles: 48,
            pile_kw: 40.0,
            voltage: VoltageResponse::default(),
        }
    }
}

/// How far chargers reduce their power at a low voltage: `clamp((v - off) / (full - off), 0, 1)`
/// (our reading). Constant power by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct VoltageResponse {
    /// Voltage from which on they charge with full power \[p.u.\].
    pub full_pu: f64,
    /// Voltage up to which they do not charge at all \[p.u.\].
    pub off_pu: f64,
}

impl VoltageResponse {
    /// The share of its power with which a vehicle may charge at a voltage.
    ///
    /// ```
    /// let response = market::VoltageResponse { full_pu: 0.95, off_pu: 0.90 };
    /// assert_eq!([1.0, 0.95, 0.9, 0.5].map(|v| response.share(v)), [1.0, 1.0, 0.0, 0.0]);
    /// assert!((response.share(0.925) - 0.5).abs() < 1e-9);
    /// assert_eq!(market::VoltageResponse::default().share(0.5), 1.0);
    /// ```
    pub fn share(self, v_pu: f64) -> f64 {
        if v_pu >= self.full_pu {
            return 1.0;
        }
        ((v_pu - self.off_pu) / (self.full_pu - self.off_pu).max(1e-9)).clamp(0.0, 1.0)
    }
}

/// Booking of consecutive periods.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BookingRules {
    /// Whether users can book at all.
    pub enabled: bool,
    /// Fewest periods of a booking (our reading: 4).
    pub min_periods: u32,
    /// Most periods of a booking (our reading: 16).
    pub max_periods: u32,
    /// A pile is blocked so long before a booking, unless the vehicle before is the same (P3: 15
    /// min).
    pub setup: Span,
    /// Other starts that a user tries after a rejection (our reading: 3).
    pub retries: u32,
    /// Hassle of a retry relative to the first attempt (our reading: 0.3).
    pub retry_hassle: f64,
    /// Share of the need that may stay unmet before the EV queues as a walk-in after its booking
    /// (our reading: 0.2).
    pub top_up_share: f64,
}
impl Default for BookingRules {
    fn default() -> Self {
        Self {
            enabled: true,
            min_periods: 4,
            max_periods: 16,
            setup: Span(15 * Span::MINUTE.0),
            retries: 3,
            retry_hassle: 0.3,
            top_up_share: 0.2,
        }
    }
}

/// Discharge bookings (V2G).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DischargeRules {
    /// Whether owners can sell energy.
    pub enabled: bool,
    /// Lengths that may be offered, in periods (our reading: 4, 8, 12, 16).
    pub lengths: Vec<u32>,
    /// Hassle of a discharge booking relative to a charging booking (our reading: 0.3).
    pub hassle: f64,
}
impl Default for DischargeRules {
    fn default() -> Self {
        Self { enabled: true, lengths: vec![4, 8, 12, 16], hassle: 0.3 }
    }
}

/// Cancellation by the user.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CancellationRules {
    /// Whether bookings can be cancelled.
    pub enabled: bool,
    /// Free so long after booking, once per user and day (P3: 30 min).
    pub free_window: Span,
    /// Late when fewer than this remains until the start (P3: 1 h).
    pub late_window: Span,
    /// Fee of an early cancellation as a share of the prepayment (our reading: 0).
    pub early_fee_share: f64,
    /// Whether a late cancellation costs what a minor breach costs (our reading: yes).
    pub late_costs_minor_breach: bool,
    /// Flat fee of a late cancellation, beside that (our reading: 0) \[CNY\].
    pub late_cny: f64,
}
impl Default for CancellationRules {
    fn default() -> Self {
        Self {
            enabled: true,
            free_window: Span(30 * Span::MINUTE.0),
            late_window: Span::HOUR,
            early_fee_share: 0.0,
            late_costs_minor_breach: true,
            late_cny: 0.0,
        }
    }
}

/// The reminder before a booking.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReminderRules {
    /// Whether reminders are sent.
    pub enabled: bool,
    /// How long before the start (P3: 1 h).
    pub lead: Span,
    /// Median of the time that a user takes to act on it (our reading: 3; log-sd
    /// [`ReminderRules::REACTION_SIGMA`]) \[min\].
    pub reaction_median_min: f64,
}
impl ReminderRules {
    /// Log-sd of the reaction time (our reading: as for tickets).
    pub const REACTION_SIGMA: f64 = 0.8;
}
impl Default for ReminderRules {
    fn default() -> Self {
        Self { enabled: true, lead: Span::HOUR, reaction_median_min: 3.0 }
    }
}

/// When a vehicle counts as late.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BreachRules {
    /// Whether lateness is graded.
    pub enabled: bool,
    /// No breach when plugged in this long before the start (P3: 15 min).
    pub margin: Span,
    /// Minor up to this share of the booking's length after its start (P3: 0.2).
    pub minor_share: f64,
    /// Moderate up to this share; later or never is severe (P3: 0.5).
    pub moderate_share: f64,
}
impl Default for BreachRules {
    fn default() -> Self {
        Self {
            enabled: true,
            margin: Span(15 * Span::MINUTE.0),
            minor_share: 0.2,
            moderate_share: 0.5,
        }
    }
}

/// The price in eq. 2 that the penalty multiplies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PenaltyBase {
    /// The real price of the booked period (the letter of P3 eq. 2).
    RealPrice,
    /// The reservation price of the booking (P3 section 2 calls R the reservation price).
    ReservationPrice,
}

/// Penalty of a breach: `k alpha B x reserved energy` (P3 eq. 2).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PenaltyRules {
    /// Whether breaches cost anything.
    pub enabled: bool,
    /// Factor on all penalties (1 = as given).
    pub scale: f64,
    /// k of a minor, moderate, severe breach (our reading: 0.1, 0.3, 0.6).
    pub k: [f64; 3],
    /// alpha in peak hours (P3: 0.7).
    pub alpha_peak: f64,
    /// alpha in other hours (P3: 0.5).
    pub alpha_off_peak: f64,
    /// The price that is multiplied.
    pub base: PenaltyBase,
    /// Flat fee of a severe breach, beside that and not scaled (our reading: 0) \[CNY\].
    pub no_show_cny: f64,
}
impl Default for PenaltyRules {
    fn default() -> Self {
        Self {
            enabled: true,
            scale: 1.0,
            k: [0.1, 0.3, 0.6],
            alpha_peak: 0.7,
            alpha_off_peak: 0.5,
            base: PenaltyBase::RealPrice,
            no_show_cny: 0.0,
        }
    }
}

/// What comes back of a prepayment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RefundRules {
    /// Whether the surplus over the real price is refunded (P3 eq. 1).
    pub enabled: bool,
    /// Share of that surplus which is refunded, 0..1 (P3: 1).
    pub share: f64,
    /// Share of the money for undelivered energy that is kept if the user caused it (our reading:
    /// 0, so that eq. 2 is the sanction).
    pub forfeit_share: f64,
    /// Share of the refund that users expect before they have learnt (our reading: 0.5).
    pub credence: f64,
}
impl Default for RefundRules {
    fn default() -> Self {
        Self { enabled: true, share: 1.0, forfeit_share: 0.0, credence: 0.5 }
    }
}

impl RefundRules {
    /// Share of the surplus that comes back; 0 where nothing does.
    pub fn paid_share(&self) -> f64 {
        if self.enabled { self.share } else { 0.0 }
    }
}

/// What a walk-in pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WalkInPrice {
    /// The retail tariff of the period (our reading).
    Tariff,
    /// The real price of the period.
    Real,
}

/// Charging without a booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalkInRules {
    /// Whether users may walk in.
    pub enabled: bool,
    /// What they pay.
    pub price: WalkInPrice,
}
impl Default for WalkInRules {
    fn default() -> Self {
        Self { enabled: true, price: WalkInPrice::Tariff }
    }
}

/// Who hears of a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TicketAudience {
    /// All users of the zone (P3).
    Zone,
    /// Only users who are parked in the zone.
    Present,
    /// Only users parked in the zone who have no booking ahead.
    Waiting,
}

/// Who gets a ticket that several want.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TicketOrder {
    /// The first grab to arrive (P3).
    FirstCome,
    /// A draw among all grabs within the collecting time.
    Lottery,
    /// The highest willingness to pay among all grabs within the collecting time; the price stays
    /// the ticket's.
    Price,
}

/// Tickets: freed slots offered to others.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TicketRules {
    /// Whether freed slots are offered.
    pub enabled: bool,
    /// Who hears of it.
    pub audience: TicketAudience,
    /// Who gets it.
    pub order: TicketOrder,
    /// How long grabs are collected for a lottery or an order by price.
    pub collect: Span,
    /// The winner's start is the first period start at least so long after the award (our reading:
    /// 10 min).
    pub lead: Span,
    /// Share of the way from the real price to c that scarcity may add (our reading of alpha_q; 1 =
    /// all of it).
    pub alpha: f64,
    /// Median and log-sd of the delay of a notice \[min\].
    pub notice_median_min: f64,
    /// Log-sd of the notice's delay.
    pub notice_sigma: f64,
    /// Median of a user's reaction time \[min\].
    pub reaction_median_min: f64,
    /// Log-sd of a user's reaction time.
    pub reaction_sigma: f64,
}
impl Default for TicketRules {
    fn default() -> Self {
        Self {
            enabled: true,
            audience: TicketAudience::Zone,
            order: TicketOrder::FirstCome,
            collect: Span(10 * Span::MINUTE.0),
            lead: Span(10 * Span::MINUTE.0),
            alpha: 1.0,
            notice_median_min: 0.5,
            notice_sigma: 0.6,
            reaction_median_min: 3.0,
            reaction_sigma: 0.8,
        }
    }
}

/// How the pricing agent sets prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PricingPolicy {
    /// Interval optimisation, then a particle swarm inside the interval (P3 section 3.1.4, eq. 21).
    IomPso,
    /// Interval optimisation alone: the interval's upper end.
    Iom,
    /// Expected demand clears against marginal cost (our reading): prices between floor and cap.
    Marginal,
    /// The retail tariff: nothing is steered.
    Tariff,
    /// One constant price, `fixed`.
    Fixed,
}

/// Which demand law the pricing agent believes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DemandForm {
    /// Survival of the willingness to pay (our reading).
    Survival,
    /// The joint density (the letter of P3 eq. 15), kept for comparison.
    JointDensity,
}

/// Pricing parameters (P3 section 3.1.4 and our readings).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PricingRules {
    /// How prices are set.
    pub policy: PricingPolicy,
    /// The believed demand law.
    pub demand: DemandForm,
    /// Lowest reservation price \[CNY/kWh\] (1.10 for P3 Table 2; 0.90 is a better default of
    /// practice).
    pub floor: f64,
    /// Cap as a share of the retail tariff (eq. 22 wants c below it): 0.98.
    pub cap_share: f64,
    /// Price of the policy `Fixed` \[CNY/kWh\].
    pub fixed: f64,
    /// Periods between two publications (4 = hourly at 15 minutes).
    pub reprice_every: u32,
    /// Periods published ahead (P3: N = 96).
    pub published: u32,
    /// Absorbed share of the surplus that the upper price still reaches (0.9) and that the lower
    /// reaches (1.1).
    pub band: [f64; 2],
    /// Weight of unabsorbed surplus against user payment (1).
    pub unabsorbed_weight: f64,
    /// Weight of energy above the target (1.4).
    pub over_weight: f64,
    /// Scale of the logit demand over periods \[CNY/kWh\].
    pub logit_scale: f64,
    /// Particles of the swarm.
    pub particles: u32,
    /// Iterations of the daily solve.
    pub iterations_daily: u32,
    /// Iterations of the warm-started solves between.
    pub iterations_hourly: u32,
    /// Discharge price in deficit periods as a share of the retail tariff, before the cap by
    /// avoided cost (0.8).
    pub discharge_share: f64,
}
impl PricingRules {
    /// A reservation price within floor and cap, where EVs pay `tariff` for energy outside of
    /// bookings; a floor above the cap gives the cap \[CNY/kWh\].
    ///
    /// ```
    /// let rules = market::PricingRules { floor: 0.9, cap_share: 0.5, ..Default::default() };
    /// assert_eq!([0.1, 1.0, 3.0].map(|c| rules.bounded(c, 4.0)), [0.9, 1.0, 2.0]);
    /// assert_eq!(rules.bounded(1.0, 1.0), 0.5);
    /// ```
    pub fn bounded(&self, c: f64, tariff: f64) -> f64 {
        c.max(self.floor).min(self.cap_share * tariff)
    }
}

impl Default for PricingRules {
    fn default() -> Self {
        Self {
            policy: PricingPolicy::IomPso,
            demand: DemandForm::Survival,
            floor: 0.90,
            cap_share: 0.98,
            fixed: 1.0,
            reprice_every: 4,
            published: 96,
            band: [0.9, 1.1],
            unabsorbed_weight: 1.0,
            over_weight: 1.4,
            logit_scale: 0.2,
            particles: 30,
            iterations_daily: 100,
            iterations_hourly: 5,
            discharge_share: 0.8,
        }
    }
}

/// How the aggregator schedules plugged-in vehicles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SchedulePolicy {
    /// Priority water-filling, period by period (P3 eq. 12-14).
    Rule,
    /// The special-structure solution of the horizon.
    Fast,
    /// The linear programme of P3 eq. 19-20, the benchmark.
    Lp,
    /// The quadratic programme with ageing cost (P3 eq. 6).
    Mpc,
    /// Full power from plugging in until the target.
    Uncontrolled,
}

/// What the aggregator schedules by.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SchedulingRules {
    /// The policy.
    pub policy: SchedulePolicy,
    /// Weight of a kW of throughput beside a kW of distance from the surplus \[-\], for `fast` and
    /// `lp`; each vehicle's is at least what keeps charging and discharging apart.
    pub throughput_weight: f64,
}
impl Default for SchedulingRules {
    fn default() -> Self {
        Self { policy: SchedulePolicy::Rule, throughput_weight: 0.08 }
    }
}

/// All mechanisms of one zone's market.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct MarketRules {
    pub access: Access,
    pub booking: BookingRules,
    pub discharge: DischargeRules,
    pub cancellation: CancellationRules,
    pub reminder: ReminderRules,
    pub breach: BreachRules,
    pub penalty: PenaltyRules,
    pub refund: RefundRules,
    pub walk_in: WalkInRules,
    pub tickets: TicketRules,
    pub pricing: PricingRules,
    pub schedule: SchedulingRules,
}
