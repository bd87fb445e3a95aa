//! The tables of the reservation market: access, booking, discharge, cancellation, reminder,
//! breach, penalty, refund, walk-ins, tickets, pricing.

use crate::fleet;
use crate::lengths::{DAY_MIN, In, Keys};
use domain::Span;
use keys::{SHARE, Table};
use market::{
    Access, AccessMode, BookingRules, BreachRules, CancellationRules, DemandForm, DischargeRules,
    MarketRules, PenaltyBase, PenaltyRules, PricingPolicy, PricingRules, RefundRules,
    ReminderRules, TicketAudience, TicketOrder, TicketRules, VoltageResponse, WalkInPrice,
    WalkInRules,
};
use population::Law;

/// The rules, and `booking.lead`: how long ahead users plan.
pub(crate) fn market_rules(
    t: &mut Table<'_>,
    d: &MarketRules,
    periods_per_day: u32,
) -> (MarketRules, Law) {
    let access = t.table("access", "how vehicles come to piles", |t| access(t, d.access));
    let (booking, lead) = t.table("booking", "booking of consecutive periods on one pile", |t| {
        booking(t, d.booking, periods_per_day)
    });
    let rules = MarketRules {
        access,
        booking,
        discharge: t.table("discharge", "discharge bookings (V2G)", |t| {
            discharge(t, &d.discharge, periods_per_day)
        }),
        cancellation: t
            .table("cancellation", "cancellation by the user", |t| cancellation(t, d.cancellation)),
        reminder: t.table("reminder", "the reminder before a booking", |t| reminder(t, d.reminder)),
        breach: t.table("breach", "when a vehicle counts as late", |t| breach(t, d.breach)),
        penalty: t.table(
            "penalty",
            "penalty of a breach: scale x k x alpha x base price x reserved energy",
            |t| penalty(t, d.penalty),
        ),
        refund: t.table("refund", "what comes back of a prepayment", |t| refund(t, d.refund)),
        walk_in: t.table("walk_in", "charging without a booking", |t| walk_in(t, d.walk_in)),
        tickets: t.table("tickets", "freed slots offered to others", |t| tickets(t, d.tickets)),
        pricing: t.table("pricing", "how reservation, discharge and ticket prices are set", |t| {
            pricing(t, &d.pricing, periods_per_day)
        }),
        schedule: d.schedule,
    };
    (rules, lead)
}

fn minutes(t: &mut Table<'_>, key: &str, default: Span, doc: &str) -> Span {
    Span::from_minutes(t.number(key, default.minutes(), 0.0..=DAY_MIN, "min", doc))
}

fn access(t: &mut Table<'_>, d: Access) -> Access {
    let modes = [
        (
            "per_booking",
            AccessMode::PerBooking,
            "plugged in for a booking or as a walk-in; piles are scarce",
        ),
        (
            "per_stay",
            AccessMode::PerStay,
            "plugged in from arrival to departure; one pile per vehicle",
        ),
    ];
    Access {
        mode: t.word("mode", d.mode, &modes, "how vehicles come to piles"),
        piles: t.count32(
            "piles",
            d.piles,
            1..=10_000_000,
            "piles",
            "piles of each zone (48: our reading, the paper gives none)",
        ),
        pile_kw: t.number("pile_kw", d.pile_kw, 0.1..=1000.0, "kW", "power of a pile, either way"),
        voltage: t.table(
            "voltage_response",
            "what chargers do when a low voltage is given from outside; discharging is left alone",
            |t| voltage_response(t, d.voltage),
        ),
    }
}

fn voltage_response(t: &mut Table<'_>, d: VoltageResponse) -> VoltageResponse {
    let full_pu = t.number(
        "full_pu",
        d.full_pu,
        0.0..=1.1,
        "p.u.",
        "voltage from which on vehicles charge with full power (0: constant power)",
    );
    let off_pu = t.number(
        "off_pu",
        d.off_pu,
        0.0..=1.1,
        "p.u.",
        "voltage up to which they do not charge; between the two the power rises linearly",
    );
    VoltageResponse { full_pu, off_pu }
}

fn booking(t: &mut Table<'_>, d: BookingRules, periods_per_day: u32) -> (BookingRules, Law) {
    let rules = BookingRules {
        enabled: t.flag("enabled", d.enabled, "whether users can book at all"),
        min_periods: Keys {
            key: "shortest_min",
            unit: In::Minutes,
            old: "min_periods",
            doc: "shortest booking",
        }
        .periods(t, periods_per_day, 60.0, DAY_MIN, 1..=periods_per_day),
        max_periods: Keys {
            key: "longest_min",
            unit: In::Minutes,
            old: "max_periods",
            doc: "longest booking",
        }
        .periods(t, periods_per_day, 240.0, DAY_MIN, 1..=periods_per_day),
        setup: minutes(
            t,
            "setup_min",
            d.setup,
            "a pile is blocked so long before a booking, unless the vehicle before is the same",
        ),
        retries: t.count32(
            "retries",
            d.retries,
            0..=100,
            "tries",
            "other starts that a user tries after a rejection",
        ),
        retry_hassle: t.number(
            "retry_hassle",
            d.retry_hassle,
            0.0..=10.0,
            "1",
            "hassle of a retry relative to the first attempt",
        ),
        top_up_share: t.number(
            "top_up_share",
            d.top_up_share,
            SHARE,
            "1",
            "share of the need that may stay unmet before the EV queues",
        ),
    };
    if rules.min_periods > rules.max_periods {
        let given = |old: &'static str, new| if t.has(old) { old } else { new };
        let key = given("min_periods", "shortest_min");
        let message = format!(
            "`booking.{key}` makes {} periods, `booking.{}` only {}",
            rules.min_periods,
            given("max_periods", "longest_min"),
            rules.max_periods
        );
        t.refuse(key, message, "the shortest booking must not exceed the longest");
    }
    (rules, fleet::lead(t))
}

fn discharge(t: &mut Table<'_>, d: &DischargeRules, periods_per_day: u32) -> DischargeRules {
    DischargeRules {
        enabled: t.flag("enabled", d.enabled, "whether owners can sell energy"),
        lengths: Keys {
            key: "lengths_min",
            unit: In::Minutes,
            old: "lengths",
            doc: "lengths that may be offered",
        }
        .lengths(t, periods_per_day, &[60.0, 120.0, 180.0, 240.0], DAY_MIN),
        hassle: t.number(
            "hassle",
            d.hassle,
            0.0..=10.0,
            "1",
            "hassle of a discharge booking relative to a charging booking",
        ),
    }
}

fn cancellation(t: &mut Table<'_>, d: CancellationRules) -> CancellationRules {
    CancellationRules {
        enabled: t.flag("enabled", d.enabled, "whether bookings can be cancelled"),
        free_window: minutes(
            t,
            "free_window_min",
            d.free_window,
            "free so long after booking, once per user and day",
        ),
        late_window: minutes(
            t,
            "late_window_min",
            d.late_window,
            "late when fewer than this remains until the start",
        ),
        early_fee_share: t.number(
            "early_fee_share",
            d.early_fee_share,
            SHARE,
            "1",
            "fee of an early cancellation as a share of the prepayment",
        ),
        late_costs_minor_breach: t.flag(
            "late_costs_minor_breach",
            d.late_costs_minor_breach,
            "whether a late cancellation costs what a minor breach costs",
        ),
        late_cny: t.number(
            "late_cny",
            d.late_cny,
            0.0..=1e6,
            "CNY",
            "flat fee of a late cancellation, beside that",
        ),
    }
}

fn reminder(t: &mut Table<'_>, d: ReminderRules) -> ReminderRules {
    ReminderRules {
        enabled: t.flag("enabled", d.enabled, "whether reminders are sent"),
        lead: minutes(t, "lead_min", d.lead, "how long before the start"),
        reaction_median_min: t.number(
            "reaction_median_min",
            d.reaction_median_min,
            0.0..=DAY_MIN,
            "min",
            "median of the time that a user takes to act on it",
        ),
    }
}

fn breach(t: &mut Table<'_>, d: BreachRules) -> BreachRules {
    let rules = BreachRules {
        enabled: t.flag("enabled", d.enabled, "whether lateness is graded"),
        margin: minutes(
            t,
            "margin_min",
            d.margin,
            "no breach when plugged in this long before the start",
        ),
        minor_share: t.number(
            "minor_share",
            d.minor_share,
            SHARE,
            "1",
            "minor up to this share of the booking's length after its start",
        ),
        moderate_share: t.number(
            "moderate_share",
            d.moderate_share,
            SHARE,
            "1",
            "moderate up to this share; later or never is severe",
        ),
    };
    if rules.minor_share > rules.moderate_share {
        let message = format!(
            "`breach.minor_share` = {} is more than `breach.moderate_share` = {}",
            rules.minor_share, rules.moderate_share
        );
        t.refuse("minor_share", message, "grades must rise: minor_share <= moderate_share");
    }
    rules
}

fn penalty(t: &mut Table<'_>, d: PenaltyRules) -> PenaltyRules {
    let bases = [
        ("real_price", PenaltyBase::RealPrice, "the real price of the booked period"),
        (
            "reservation_price",
            PenaltyBase::ReservationPrice,
            "the reservation price of the booking",
        ),
    ];
    PenaltyRules {
        enabled: t.flag("enabled", d.enabled, "whether breaches cost anything"),
        scale: t.number("scale", d.scale, 0.0..=100.0, "1", "factor on all penalties"),
        k: t.numbers_exactly("k", d.k, 0.0..=100.0, "1", "k of a minor, moderate, severe breach"),
        alpha_peak: t.number("alpha_peak", d.alpha_peak, 0.0..=100.0, "1", "alpha in peak hours"),
        alpha_off_peak: t.number(
            "alpha_off_peak",
            d.alpha_off_peak,
            0.0..=100.0,
            "1",
            "alpha in other hours",
        ),
        base: t.word("base", d.base, &bases, "the price that is multiplied"),
        no_show_cny: t.number(
            "no_show_cny",
            d.no_show_cny,
            0.0..=1e6,
            "CNY",
            "flat fee of a severe breach, beside that and not scaled",
        ),
    }
}

fn refund(t: &mut Table<'_>, d: RefundRules) -> RefundRules {
    RefundRules {
        enabled: t.flag(
            "enabled",
            d.enabled,
            "whether the surplus over the real price is refunded",
        ),
        share: t.number("share", d.share, SHARE, "1", "share of that surplus which is refunded"),
        forfeit_share: t.number(
            "forfeit_share",
            d.forfeit_share,
            SHARE,
            "1",
            "share of the money for undelivered energy that is kept if the user caused it",
        ),
        credence: t.number(
            "credence",
            d.credence,
            SHARE,
            "1",
            "share of the refund that users expect before they have learnt",
        ),
    }
}

fn walk_in(t: &mut Table<'_>, d: WalkInRules) -> WalkInRules {
    let prices = [
        ("tariff", WalkInPrice::Tariff, "the retail tariff of the period"),
        ("real", WalkInPrice::Real, "the real price of the period"),
    ];
    WalkInRules {
        enabled: t.flag("enabled", d.enabled, "whether users may walk in"),
        price: t.word("price", d.price, &prices, "what they pay"),
    }
}

fn tickets(t: &mut Table<'_>, d: TicketRules) -> TicketRules {
    let audiences = [
        ("zone", TicketAudience::Zone, "all users of the zone"),
        ("present", TicketAudience::Present, "users who are parked in the zone"),
        ("waiting", TicketAudience::Waiting, "users parked in the zone who have no booking ahead"),
    ];
    let orders = [
        ("first_come", TicketOrder::FirstCome, "the first grab to arrive"),
        ("lottery", TicketOrder::Lottery, "a draw among the grabs within the collecting time"),
        (
            "price",
            TicketOrder::Price,
            "the highest willingness to pay among the grabs within the collecting time",
        ),
    ];
    TicketRules {
        enabled: t.flag("enabled", d.enabled, "whether freed slots are offered"),
        audience: t.word("audience", d.audience, &audiences, "who hears of it"),
        order: t.word("order", d.order, &orders, "who gets it"),
        collect: minutes(
            t,
            "collect_min",
            d.collect,
            "how long grabs are collected for a lottery or an order by price",
        ),
        lead: minutes(
            t,
            "lead_min",
            d.lead,
            "the winner's start is the first period start at least so long after the award",
        ),
        alpha: t.number(
            "alpha",
            d.alpha,
            SHARE,
            "1",
            "share of the way from the real price to c that scarcity may add",
        ),
        notice_median_min: t.number(
            "notice_median_min",
            d.notice_median_min,
            0.0..=DAY_MIN,
            "min",
            "median delay of a notice",
        ),
        notice_sigma: t.number(
            "notice_sigma",
            d.notice_sigma,
            0.0..=5.0,
            "1",
            "log-sd of the notice's delay",
        ),
        reaction_median_min: t.number(
            "reaction_median_min",
            d.reaction_median_min,
            0.0..=DAY_MIN,
            "min",
            "median of a user's reaction time",
        ),
        reaction_sigma: t.number(
            "reaction_sigma",
            d.reaction_sigma,
            0.0..=5.0,
            "1",
            "log-sd of a user's reaction time",
        ),
    }
}

fn pricing(t: &mut Table<'_>, d: &PricingRules, periods_per_day: u32) -> PricingRules {
    let policies = [
        (
            "iom_pso",
            PricingPolicy::IomPso,
            "interval optimisation, then a particle swarm inside the interval",
        ),
        ("iom", PricingPolicy::Iom, "interval optimisation alone: the interval's upper end"),
        (
            "marginal",
            PricingPolicy::Marginal,
            "expected demand clears against marginal cost: curtailed energy, turbine, grid",
        ),
        ("tariff", PricingPolicy::Tariff, "the retail tariff: nothing is steered"),
        ("fixed", PricingPolicy::Fixed, "one constant price"),
    ];
    let demands = [
        ("survival", DemandForm::Survival, "survival of the willingness to pay"),
        ("joint_density", DemandForm::JointDensity, "the joint density, the letter of the paper"),
    ];
    let (particles, iterations_daily, iterations_hourly) =
        t.table("pso", "the particle swarm", |t| {
            (
                t.count32(
                    "particles",
                    d.particles,
                    1..=10_000,
                    "particles",
                    "particles of the swarm",
                ),
                t.count32(
                    "iterations_daily",
                    d.iterations_daily,
                    0..=100_000,
                    "iterations",
                    "iterations of the daily solve",
                ),
                t.count32(
                    "iterations_hourly",
                    d.iterations_hourly,
                    0..=100_000,
                    "iterations",
                    "iterations of the warm-started solves between",
                ),
            )
        });
    let rules = PricingRules {
        policy: t.word("policy", d.policy, &policies, "how prices are set"),
        demand: t.word(
            "demand",
            d.demand,
            &demands,
            "the demand law that the pricing agent believes in",
        ),
        floor: t.number(
            "floor",
            d.floor,
            0.0..=100.0,
            "CNY/kWh",
            "lowest reservation price (1.10 for the paper's Table 2)",
        ),
        cap_share: t.number(
            "cap_share",
            d.cap_share,
            0.0..=10.0,
            "1",
            "highest reservation price as a share of the retail tariff",
        ),
        fixed: t.number("fixed", d.fixed, 0.0..=100.0, "CNY/kWh", "the price of policy \"fixed\""),
        reprice_every: Keys {
            key: "reprice_min",
            unit: In::Minutes,
            old: "reprice_every",
            doc: "time between two publications",
        }
        .periods(t, periods_per_day, 60.0, DAY_MIN, 1..=periods_per_day),
        published: Keys {
            key: "published_h",
            unit: In::Hours,
            old: "published",
            doc: "how far ahead prices are published",
        }
        .periods(t, periods_per_day, 24.0, 24.0, 1..=periods_per_day),
        band: t.numbers_exactly(
            "band",
            d.band,
            0.0..=10.0,
            "1",
            "shares of the surplus that the upper and the lower price reach",
        ),
        unabsorbed_weight: t.number(
            "unabsorbed_weight",
            d.unabsorbed_weight,
            0.0..=1000.0,
            "1",
            "weight of unabsorbed surplus against user payment",
        ),
        over_weight: t.number(
            "over_weight",
            d.over_weight,
            0.0..=1000.0,
            "1",
            "weight of energy above the target",
        ),
        logit_scale: t.number(
            "logit_scale",
            d.logit_scale,
            0.001..=100.0,
            "CNY/kWh",
            "scale of the logit demand over periods",
        ),
        particles,
        iterations_daily,
        iterations_hourly,
        discharge_share: t.number(
            "discharge_share",
            d.discharge_share,
            0.0..=10.0,
            "1",
            "discharge price in deficit periods as a share of the retail tariff",
        ),
    };
    if rules.band[0] > rules.band[1] {
        t.refuse(
            "band",
            format!("`pricing.band` = [{}, {}] falls", rules.band[0], rules.band[1]),
            "the first share must not exceed the second",
        );
    }
    rules
}
