//! How plugged-in vehicles are charged, and what limits and ages their batteries.

use crate::lengths::{In, Keys};
use crate::plant::share;
use domain::{Ageing, CalendarAgeing, CycleAgeing, Taper, TemperatureLimit};
use keys::Table;
use market::{SchedulePolicy, SchedulingRules};

/// Scheduling of vehicles, besides what [`market::SchedulingRules`] say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScheduleRules {
    /// Periods that policies with a horizon look ahead.
    pub horizon: u32,
    /// f(SOC).
    pub taper: Taper,
    /// g(T).
    pub temperature: TemperatureLimit,
    /// Loss of capacity.
    pub ageing: Ageing,
}

pub(crate) fn schedule(
    t: &mut Table<'_>,
    d: SchedulingRules,
    periods_per_day: u32,
) -> (SchedulingRules, ScheduleRules) {
    let policies = [
        ("rule", SchedulePolicy::Rule, "priority water-filling, period by period"),
        ("fast", SchedulePolicy::Fast, "the special-structure solution of the horizon"),
        ("lp", SchedulePolicy::Lp, "the linear programme, the benchmark"),
        ("mpc", SchedulePolicy::Mpc, "the quadratic programme with ageing cost"),
        (
            "uncontrolled",
            SchedulePolicy::Uncontrolled,
            "full power from plugging in until the target",
        ),
    ];
    t.table("schedule", "how plugged-in vehicles are charged", |t| {
        let policy = t.word("policy", d.policy, &policies, "how the aggregator schedules");
        let horizon = Keys {
            key: "horizon_h",
            unit: In::Hours,
            old: "horizon",
            doc: "how far policies with a horizon look ahead",
        }
        .periods(t, periods_per_day, 24.0, 240.0, 1..=960);
        let throughput_weight = t.number(
            "throughput_weight",
            d.throughput_weight,
            0.0..=10.0,
            "1",
            "weight of throughput beside deviation in `fast` and `lp`, which settles ties; at least what keeps charging and discharging apart",
        );
        let rules = ScheduleRules {
            horizon,
            taper: t.table("taper", "share of full power accepted at a state of charge: 1 up to the knee, then a straight line", taper),
            temperature: t.table("temperature_limit", "share of full power accepted at a temperature", temperature),
            ageing: t.table("ageing", "loss of capacity", ageing),
        };
        (SchedulingRules { policy, throughput_weight }, rules)
    })
}

fn taper(t: &mut Table<'_>) -> Taper {
    let d = Taper::default();
    let enabled = t.flag("enabled", true, "whether charging power falls at high states of charge");
    let taper = Taper {
        knee: share(t, "knee", d.knee, "state of charge at which power begins to fall"),
        end_share: share(t, "end_share", d.end_share, "share of full power that is left when full"),
    };
    if enabled { taper } else { Taper::OFF }
}

fn temperature(t: &mut Table<'_>) -> TemperatureLimit {
    let d = TemperatureLimit::default();
    let limit = TemperatureLimit {
        cold_c: t.number("cold_c", d.cold_c, -60.0..=60.0, "degrees C", "below it power falls"),
        hot_c: t.number("hot_c", d.hot_c, -60.0..=100.0, "degrees C", "above it power falls"),
        width_c: t.number(
            "width_c",
            d.width_c,
            0.1..=200.0,
            "K",
            "over how many degrees it falls to the floor",
        ),
        floor: share(t, "floor", d.floor, "share of full power that is always accepted"),
    };
    if limit.cold_c > limit.hot_c {
        let message =
            format!("`{}.cold_c` = {} is above `hot_c` = {}", t.path(), limit.cold_c, limit.hot_c);
        t.refuse("cold_c", message, "cold_c must not exceed hot_c");
    }
    limit
}

/// Factors and activation energies.
const FACTOR: std::ops::RangeInclusive<f64> = 0.0..=1e9;

fn ageing(t: &mut Table<'_>) -> Ageing {
    let c = CycleAgeing::default();
    let k = CalendarAgeing::default();
    Ageing {
        cycle: t.table("cycle", "by throughput: a exp(-Ea / (R T)) Ah^z percent", |t| {
            CycleAgeing {
                a: t.number("a", c.a, FACTOR, "%/Ah^z", "factor"),
                activation_j_per_mol: t.number(
                    "activation_j_per_mol",
                    c.activation_j_per_mol,
                    FACTOR,
                    "J/mol",
                    "activation energy",
                ),
                z: t.number("z", c.z, 0.01..=5.0, "1", "exponent of the throughput"),
                cell_ah: t.number(
                    "cell_ah",
                    c.cell_ah,
                    0.001..=1e4,
                    "Ah",
                    "throughput of a reference cell per full cycle",
                ),
            }
        }),
        calendar: t.table("calendar", "by time: a exp(-Ea / (R T)) days^z percent", |t| {
            CalendarAgeing {
                a: t.number("a", k.a, FACTOR, "%/day^z", "factor"),
                activation_j_per_mol: t.number(
                    "activation_j_per_mol",
                    k.activation_j_per_mol,
                    FACTOR,
                    "J/mol",
                    "activation energy",
                ),
                z: t.number("z", k.z, 0.01..=5.0, "1", "exponent of time"),
            }
        }),
    }
}
