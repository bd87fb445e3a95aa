//! Scenarios in which keys are at work, cheap ones, and values for keys that are no numbers.

use super::Context;
use std::fmt::Write;
use std::path::Path;

/// The contexts.
pub const CONTEXTS: &[Context] = &[
    Context {
        base: "park-small",
        sets: &["warmup_days=0", "behaviour.plans.plan_change_per_h=0.1"],
        keys: &[],
    },
    Context { base: "feeder-small", sets: &["warmup_days=0", "fleet.evs=60"], keys: &[] },
    Context { base: "group-small", sets: &["warmup_days=0", "fleet.evs=40"], keys: &[] },
    // A whole park, in which rare things happen too.
    Context {
        base: "park",
        sets: &[
            "warmup_days=0",
            "behaviour.plans.plan_change_per_h=0.2",
            "behaviour.plans.forget_probability=0.2",
            "behaviour.unplugging.early_probability=0.3",
            "behaviour.unplugging.overstay_probability=0.3",
        ],
        keys: &[
            "behaviour.plans",
            "behaviour.unplugging",
            "booking.",
            "cancellation.",
            "tickets.lead",
            "tickets.notice_",
            "tickets.reaction",
            "tickets.order",
            "plant.turbine.min_",
            "pricing.over",
            "latency.",
            "seeds.",
        ],
    },
    Context {
        base: "park",
        sets: &[
            "warmup_days=0",
            "tickets.order=\"lottery\"",
            "behaviour.plans.plan_change_per_h=0.3",
        ],
        keys: &["tickets.collect"],
    },
    Context {
        base: "park-small",
        sets: &["warmup_days=0", "schedule.policy=\"lp\""],
        keys: &["schedule.throughput", "schedule.horizon"],
    },
    Context {
        base: "park",
        sets: &["warmup_days=0", "behaviour.model=\"hoarding\""],
        keys: &["behaviour.hoarding"],
    },
    Context {
        base: "park",
        sets: &[
            "warmup_days=0",
            "behaviour.model=\"reminder\"",
            "behaviour.plans.plan_change_per_h=0.3",
            "behaviour.plans.forget_probability=0.3",
        ],
        keys: &["behaviour.reminder"],
    },
    Context {
        base: "park",
        sets: &["warmup_days=0", "days=2", "behaviour.choice.loss_aversion.enabled=true"],
        keys: &["behaviour.choice", "behaviour.credence", "behaviour.classes"],
    },
    Context {
        base: "park-small",
        sets: &["warmup_days=0", "pricing.policy=\"fixed\""],
        keys: &["pricing.fixed"],
    },
    // A fine that stops, in a world with norms; and every policy key that changes.
    Context {
        base: "park",
        sets: &[
            "warmup_days=0",
            "days=3",
            "fleet.evs=200",
            "behaviour.model=\"norms\"",
            "timeline=[{ at = \"24h\", applies = \"all\", set = { penalty = { enabled = false } } }]",
        ],
        keys: &["behaviour.norms"],
    },
    Context {
        base: "park-small",
        sets: &[
            "warmup_days=0",
            "zones=2",
            "fleet.evs=90",
            "behaviour.plans.plan_change_per_h=0.6",
            "timeline=[{ at = \"9h\", set = { penalty = { scale = 3.0 }, cancellation = { early_fee_share = 0.2 }, reminder = { lead_min = 90.0 }, tickets = { order = \"lottery\" }, refund = { forfeit_share = 0.3 } } }, { at = \"10h\", set = { penalty = { scale = 0.5 } } }]",
        ],
        keys: &["timeline"],
    },
    Context {
        base: "group-small",
        sets: &["warmup_days=0", "upper.solver=\"nsga2\"", "lower.solver=\"pso\""],
        keys: &["upper.", "lower."],
    },
    Context {
        base: "feeder-small",
        sets: &["warmup_days=0", "elasticity.control=\"price\""],
        keys: &["elasticity."],
    },
];

/// Keys that none of the contexts sets to work yet: a new key must not join them. They need events
/// from outside, files, neighbours of a kind, or days that no context has.
pub const NOT_SEEN: &[&str] = &[
    "access.voltage_response.full_pu",
    "access.voltage_response.off_pu",
    "behaviour.punctuality.frozen_earliness_min",
    "carbon.income_cny_per_kg",
    "fleet.segment.share",
    "fleet.vehicle.capacity.kwh",
    "fleet.vehicle.capacity.share",
    "fleet.vehicle.classes",
    "fleet.vehicle.power.share",
    "latency.booking.sigma",
    "latency.price.sigma",
    "latency.report.floor_s",
    "latency.report.median_s",
    "latency.report.sigma",
    "model",
    "partition.enumerate_up_to",
    "partition.regulation_ratio",
    "plant.turbine.min_off_min",
    "plant.turbine.min_on_min",
    "pricing.over_weight",
    "schedule.temperature_limit.cold_c",
    "schedule.temperature_limit.floor",
    "schedule.temperature_limit.width_c",
    "series.load.first_day",
    "series.load.power_factor",
    "series.load.repeat",
    "series.load.step_min",
    "series.pv.first_day",
    "series.pv.repeat",
    "series.pv.step_min",
    "series.temperature.first_day",
    "series.temperature.repeat",
    "series.temperature.step_min",
    "series.wind.first_day",
    "series.wind.repeat",
    "series.wind.step_min",
    "tariff.ev.hours",
    "tariff.ev.prices",
    "upper.compromise.rule",
    "upper.exact_points",
];

/// Values of keys that hold texts, or that numbers near their own do not turn.
pub fn values_of(path: &str) -> Option<&'static [&'static str]> {
    Some(match path {
        "start" => &["2016-05-30T00:00:00+08:00"],
        "model" => &[],
        "timeline[0].at" => &["\"13h\""],
        "timeline[0].applies" => &["\"all\""],
        "timeline[1].segment" => &["workers"],
        _ => return None,
    })
}

/// Files that contexts name.
pub fn write_files(folder: &Path) {
    let mut text = String::from("a,b\n");
    for row in 0..96 {
        let _ = writeln!(text, "{},{}", 100 + row, 300 - row);
    }
    std::fs::write(folder.join("series.csv"), text).expect("a file can be written");
}
