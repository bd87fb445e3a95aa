//! Seeds, days, periods, latencies, outages of piles.

use domain::Span;
use keys::Table;

/// The seeds of a scenario: one for all groups, each group may have its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seeds {
    /// The common seed.
    pub seed: u64,
    /// Of who the users are.
    pub population: Option<u64>,
    /// Of what they do.
    pub behaviour: Option<u64>,
    /// Of weather, forecast errors, latencies.
    pub exogenous: Option<u64>,
    /// Of randomised solvers.
    pub optimiser: Option<u64>,
}

pub(crate) fn seeds(t: &mut Table<'_>) -> Seeds {
    // TOML's whole numbers end at 2^63 - 1.
    let any = || 0..=i64::MAX as u64;
    let seed = t.count("seed", 0, any(), "", "seed of all groups of draws");
    t.table("seeds", "seeds of single groups of draws, in the place of `seed`", |t| Seeds {
        seed,
        population: t.optional_count("population", any(), "", "who the users are"),
        behaviour: t.optional_count("behaviour", any(), "", "what they do"),
        exogenous: t.optional_count("exogenous", any(), "", "weather, forecast errors, latencies"),
        optimiser: t.optional_count("optimiser", any(), "", "randomised solvers"),
    })
}

/// Settlement periods in a day.
pub(crate) fn periods_per_day(t: &mut Table<'_>, default: u32) -> u32 {
    let given = t.count32(
        "periods_per_day",
        default,
        24..=96,
        "periods",
        "settlement periods in a day: 96, 48 or 24",
    );
    if [96, 48, 24].contains(&given) {
        return given;
    }
    t.refuse(
        "periods_per_day",
        format!("`periods_per_day` = {given} is not offered"),
        "allowed: 96, 48, 24",
    );
    default
}

/// Latency of a link: floor + lognormal draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// What every message takes at least.
    pub floor: Span,
    /// Median of the draw on top (s); 0: none.
    pub median_s: f64,
    /// Standard deviation of the draw's logarithm.
    pub sigma: f64,
}

/// Latencies of messages.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Latency {
    /// Least latency between zones: the look-ahead that lets zones run in parallel.
    pub floor: Span,
    /// Users and their aggregator: requests, answers, cancellations.
    pub booking: Link,
    /// Pricing agent to users: publications.
    pub price: Link,
    /// Aggregators to pricing agent and DSO: reports and targets.
    pub report: Link,
}

pub(crate) fn latency(t: &mut Table<'_>) -> Latency {
    t.table("latency", "how long messages travel: floor + lognormal draw", |t| {
        let floor_s = t.number(
            "floor_s",
            1.0,
            0.001..=3600.0,
            "s",
            "least latency between zones: the look-ahead that lets zones run in parallel",
        );
        Latency {
            floor: Span::from_seconds(floor_s),
            booking: link(t, "booking", floor_s, "users and their aggregator"),
            price: link(t, "price", floor_s, "pricing agent to users"),
            report: link(t, "report", floor_s, "aggregators to pricing agent and DSO, and back"),
        }
    })
}

fn link(t: &mut Table<'_>, key: &str, floor_s: f64, doc: &str) -> Link {
    t.table(key, doc, |t| Link {
        floor: Span::from_seconds(t.number(
            "floor_s",
            floor_s,
            0.0..=3600.0,
            "s",
            "what every message takes at least",
        )),
        median_s: t.number(
            "median_s",
            0.0,
            0.0..=86_400.0,
            "s",
            "median of a lognormal draw on top; 0: none",
        ),
        sigma: t.number("sigma", 0.0, 0.0..=5.0, "1", "standard deviation of the draw's logarithm"),
    })
}

/// Piles of a zone that fail for some time.
#[derive(Clone, Debug, PartialEq)]
pub struct Outage {
    /// The zone, from 1.
    pub zone: u32,
    /// How many of its piles, the lowest ids first.
    pub piles: u32,
    /// Begin (h after the start).
    pub from_h: f64,
    /// End (h after the start).
    pub to_h: f64,
}

pub(crate) fn outages(t: &mut Table<'_>, zones: u32) -> Vec<Outage> {
    t.tables(
        "outage",
        "piles of a zone that fail for some time; their bookings are curtailed",
        |t| {
            let before = t.problem_count();
            let outage = Outage {
                zone: t.count32("zone", 1, 1..=zones.max(1), "zone", "which zone"),
                piles: t.count32(
                    "piles",
                    1,
                    1..=10_000_000,
                    "piles",
                    "how many of its piles, the lowest ids first",
                ),
                from_h: t.number_or_required(
                    "from_h",
                    None,
                    -240.0..=87_600.0,
                    "h",
                    "begin, hours after the start",
                ),
                to_h: t.number_or_required(
                    "to_h",
                    None,
                    -240.0..=87_600.0,
                    "h",
                    "end, hours after the start",
                ),
            };
            if outage.from_h > outage.to_h && t.problem_count() == before {
                let message = format!(
                    "`{}` ends at {} h, before it begins at {} h",
                    t.path(),
                    outage.to_h,
                    outage.from_h
                );
                t.refuse("to_h", message, "to_h must not be less than from_h");
            }
            outage
        },
    )
}
