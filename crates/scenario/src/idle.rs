//! Keys that were given and have no effect under the others: warnings.
//!
//! A table that is switched off makes all its keys idle, wherever they were given. A choice (a
//! policy, a solver, a model) makes those of the other choices idle; a file may hold them ready for
//! another choice, so they are told only where an override gives them.

use crate::loading::Loaded;
use crate::model::{Model, ModelKind};
use crate::scenario::Scenario;
use domain::{Link, Time};
use group::{LowerSolver, UpperSolver};
use keys::{Code, Entry, Origin, Problem};
use market::{AccessMode, PricingPolicy, SchedulePolicy, TicketOrder};

/// When keys are idle.
struct Rule {
    /// Beginnings of their paths.
    keys: &'static [&'static str],
    /// Whether a file's keys are told too: no other choice in the file could want them.
    in_files: bool,
    /// Whether they are.
    idle: fn(&Scenario) -> bool,
    /// Why, after "has no effect".
    because: &'static str,
    /// What to do.
    help: &'static str,
}

/// Every choice that makes keys idle.
const RULES: &[Rule] = &[
    Rule {
        keys: &[
            "cancellation.",
            "reminder.",
            "breach.",
            "penalty.",
            "refund.",
            "tickets.",
            "behaviour.hoarding.",
            "behaviour.reminder_effect.",
        ],
        in_files: false,
        idle: |s| !s.market.booking.enabled,
        because: "while nobody can book",
        help: "set `booking.enabled` = true (and `access.mode` = \"per_booking\"), or leave it out",
    },
    Rule {
        keys: &["pricing.", "latency.price.", "latency.report."],
        in_files: false,
        idle: |s| s.model.kind() == ModelKind::Group && !s.market.booking.enabled,
        because: "in a group where nobody books: charging costs what [price] says",
        help: "set `booking.enabled` = true, or see [price]",
    },
    Rule {
        keys: &["pricing.pso."],
        in_files: false,
        idle: |s| s.market.pricing.policy != PricingPolicy::IomPso,
        because: "with this `pricing.policy`: no swarm looks for prices",
        help: "set `pricing.policy` = \"iom_pso\", or leave it out",
    },
    Rule {
        keys: &["pricing.fixed"],
        in_files: false,
        idle: |s| s.market.pricing.policy != PricingPolicy::Fixed,
        because: "with this `pricing.policy`",
        help: "set `pricing.policy` = \"fixed\", or leave it out",
    },
    Rule {
        keys: &["tickets.collect_min"],
        in_files: false,
        idle: |s| s.market.tickets.order == TicketOrder::FirstCome,
        because: "while the first grab gets a ticket",
        help: "set `tickets.order` = \"lottery\" or \"price\", or leave it out",
    },
    Rule {
        keys: &["schedule.horizon", "schedule.throughput_weight"],
        in_files: false,
        idle: |s| {
            matches!(s.market.schedule.policy, SchedulePolicy::Rule | SchedulePolicy::Uncontrolled)
        },
        because: "with a `schedule.policy` that does not look ahead",
        help: "set `schedule.policy` = \"fast\", \"lp\" or \"mpc\", or leave it out",
    },
    Rule {
        keys: &[
            "schedule.taper.",
            "schedule.temperature_limit.",
            "schedule.horizon",
            "schedule.throughput_weight",
        ],
        in_files: false,
        idle: |s| s.model.kind() != ModelKind::Park && !s.market.booking.enabled,
        because: "where nobody books: vehicles follow targets or plans of whole periods",
        help: "set `booking.enabled` = true, or leave it out",
    },
    Rule {
        keys: &["access.piles"],
        in_files: false,
        idle: |s| s.model.kind() != ModelKind::Park && s.market.access.mode == AccessMode::PerStay,
        because: "with `access.mode` = \"per_stay\" here: each vehicle has a pile of its own",
        help: "set `access.mode` = \"per_booking\", or leave it out",
    },
    Rule {
        keys: &["plant.policy", "plant.levels", "plant.horizon", "plant.terminal_cny_per_kwh"],
        in_files: false,
        idle: |s| s.plant.spec.battery.is_none() && s.plant.spec.turbine.is_none(),
        because: "where there is neither battery nor turbine",
        help: "set `plant.battery.enabled` or `plant.turbine.enabled` = true, or leave it out",
    },
    Rule {
        keys: &["upper.nsga2."],
        in_files: false,
        idle: |s| matches!(&s.model, Model::Group(g) if g.upper.solver != UpperSolver::Nsga2),
        because: "with this `upper.solver`",
        help: "set `upper.solver` = \"nsga2\", or leave it out",
    },
    Rule {
        keys: &["upper.exact_points"],
        in_files: false,
        idle: |s| matches!(&s.model, Model::Group(g) if g.upper.solver != UpperSolver::Exact),
        because: "with this `upper.solver`",
        help: "set `upper.solver` = \"exact\", or leave it out",
    },
    Rule {
        keys: &["lower.pso."],
        in_files: false,
        idle: |s| matches!(&s.model, Model::Group(g) if g.lower.solver != LowerSolver::Swarm),
        because: "with this `lower.solver`",
        help: "set `lower.solver` = \"pso\", or leave it out",
    },
    Rule {
        keys: &["latency.booking.sigma"],
        in_files: false,
        idle: |s| is_fixed(s.latency.booking),
        because: NO_DRAW,
        help: "set `latency.booking.median_s`, or leave it out",
    },
    Rule {
        keys: &["latency.price.sigma"],
        in_files: false,
        idle: |s| is_fixed(s.latency.price),
        because: NO_DRAW,
        help: "set `latency.price.median_s`, or leave it out",
    },
    Rule {
        keys: &["latency.report.sigma"],
        in_files: false,
        idle: |s| is_fixed(s.latency.report),
        because: NO_DRAW,
        help: "set `latency.report.median_s`, or leave it out",
    },
    Rule {
        keys: &["series.load.forecast.correlation", "series.load.forecast.intraday_share"],
        in_files: false,
        idle: |s| s.series.load.forecast.is_perfect(),
        because: NO_ERROR,
        help: "set `series.load.forecast.common_sd` or `zone_sd`, or leave it out",
    },
    Rule {
        keys: &["series.pv.forecast.correlation", "series.pv.forecast.intraday_share"],
        in_files: false,
        idle: |s| s.series.pv.forecast.is_perfect(),
        because: NO_ERROR,
        help: "set `series.pv.forecast.common_sd` or `zone_sd`, or leave it out",
    },
    Rule {
        keys: &["series.wind.forecast.correlation", "series.wind.forecast.intraday_share"],
        in_files: false,
        idle: |s| s.series.wind.forecast.is_perfect(),
        because: NO_ERROR,
        help: "set `series.wind.forecast.common_sd` or `zone_sd`, or leave it out",
    },
];

/// What the microgrids of a group say themselves.
const OF_MICROGRIDS: Rule = Rule {
    keys: &["series.load.", "series.pv.", "series.wind."],
    in_files: true,
    idle: |s| s.model.kind() == ModelKind::Group,
    because: "in a group: each microgrid has series of its own",
    help: "see `microgrid.load_kw`, `microgrid.pv_kw` and `microgrid.wind_kw`; leave it out here",
};

const NO_DRAW: &str = "while the median of the draw is 0";
const NO_ERROR: &str = "while forecasts are perfect";

fn is_fixed(link: Link) -> bool {
    link.median_s == 0.0
}

/// The keys that were given and are idle.
pub(crate) fn idle_keys(loaded: &Loaded) -> Vec<Problem> {
    let given = loaded.sheet().entries.iter().filter(|e| e.origin != Origin::Default);
    given
        .filter_map(|entry| switched_off(loaded, entry).or_else(|| not_chosen(loaded, entry)))
        .chain(beyond_the_end(loaded))
        .collect()
}

/// A key of a table that is switched off.
fn switched_off(loaded: &Loaded, entry: &Entry) -> Option<Problem> {
    let off = |e: &&Entry| e.key() == "enabled" && e.value.as_deref() == Some("false");
    let inside = |switch: &&Entry| {
        entry.path != switch.path && entry.path.starts_with(switch.path.trim_end_matches("enabled"))
    };
    // What is switched on later has its effect then.
    let later = |e: &&Entry| !loaded.scenario.timeline.iter().any(|t| t.change.sets_path(&e.path));
    let switch = loaded.sheet().entries.iter().filter(off).filter(later).find(inside)?;
    if is_default(entry) && !is_override(entry) {
        return None;
    }
    let message = format!("`{}` has no effect while `{}` is false", entry.path, switch.path);
    let help = format!("set `{}` = true, or leave the key out", switch.path);
    Some(loaded.problem_at(&entry.path, Code::Inconsistent, message, help))
}

/// A key of a choice that is not the one in force.
fn not_chosen(loaded: &Loaded, entry: &Entry) -> Option<Problem> {
    let names = |rule: &&Rule| rule.keys.iter().any(|key| entry.path.starts_with(key));
    let of_microgrids = std::iter::once(&OF_MICROGRIDS)
        .filter(|_| !entry.path.contains(".forecast.") && !entry.path.ends_with("power_factor"));
    let mut named = RULES.iter().chain(of_microgrids).filter(names);
    let rule = named.find(|rule| phases(&loaded.scenario).iter().all(|s| (rule.idle)(s)))?;
    if !(is_override(entry) || rule.in_files && !is_default(entry)) {
        return None;
    }
    let message = format!("`{}` has no effect {}", entry.path, rule.because);
    Some(loaded.problem_at(&entry.path, Code::Inconsistent, message, rule.help))
}

/// The scenario as it begins and as each entry of its timeline leaves it.
fn phases(scenario: &Scenario) -> Vec<Scenario> {
    let mut phases = vec![scenario.clone()];
    for entry in &scenario.timeline {
        let mut next = phases[phases.len() - 1].clone();
        entry.change.write(&mut next.market);
        phases.push(next);
    }
    phases
}

/// Entries of the timeline that lie beyond the end.
fn beyond_the_end(loaded: &Loaded) -> impl Iterator<Item = Problem> + '_ {
    let end = Time::midnight(i64::from(loaded.scenario.days));
    let late = loaded.scenario.timeline.iter().enumerate().filter(move |(_, e)| e.at >= end);
    late.map(|(i, _)| {
        let message = format!("`timeline[{i}]` has no effect: it lies beyond the end of the run");
        let key = format!("timeline[{i}].at");
        loaded.problem_at(&key, Code::Inconsistent, message, "more `days`, or an earlier `at`")
    })
}

/// A copy of all values in force gives those of tables that are off as well.
fn is_default(entry: &Entry) -> bool {
    entry.value == entry.default
}

fn is_override(entry: &Entry) -> bool {
    matches!(entry.origin, Origin::Set { .. })
}
