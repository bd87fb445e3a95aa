//! Seeds, days, periods, latencies, outages of piles.

use domain::{Latency, Link, PileOutage, Span, Time};
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

pub(crate) fn latency(t: &mut Table<'_>) -> Latency {
    t.table("latency", "how long messages travel: floor + lognormal draw", |t| {
        let floor_s = t.number(
            "floor_s",
            1.0,
            0.001..=3600.0,
            "s",
            "least latency between zones: the look-ahead that lets zones run in parallel",
        );
        let latency = Latency {
            floor: Span::from_seconds(floor_s),
            booking: link(t, "booking", floor_s, "users and their aggregator"),
            price: link(t, "price", floor_s, "pricing agent to zones: publications"),
            report: link(
                t,
                "report",
                floor_s,
                "zones to the pricing agent: reports of each period",
            ),
        };
        for (key, link) in [("price", latency.price), ("report", latency.report)] {
            if link.floor < latency.floor {
                let message = format!("`latency.{key}.floor_s` is less than `latency.floor_s`");
                let help = "this link crosses zones: no message does so sooner";
                t.refuse(&format!("{key}.floor_s"), message, help);
            }
        }
        latency
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

pub(crate) fn outages(t: &mut Table<'_>, zones: u32) -> Vec<PileOutage> {
    const HOURS: std::ops::RangeInclusive<f64> = -240.0..=87_600.0;
    let doc = "piles of a zone that fail for some time; their bookings are curtailed";
    t.tables("outage", doc, |t| {
        let before = t.problem_count();
        let zone = t.count32("zone", 1, 1..=zones.clamp(1, 65_535), "zone", "which zone");
        let doc = "how many of its piles, the lowest ids first";
        let piles = t.count32("piles", 1, 1..=10_000_000, "piles", doc);
        let doc = "begin, hours after the start";
        let from_h = t.number_or_required("from_h", None, HOURS, "h", doc);
        let doc = "end, hours after the start";
        let to_h = t.number_or_required("to_h", None, HOURS, "h", doc);
        if from_h > to_h && t.problem_count() == before {
            let message =
                format!("`{}` ends at {to_h} h, before it begins at {from_h} h", t.path());
            t.refuse("to_h", message, "to_h must not be less than from_h");
        }
        let [from, until] = [from_h, to_h].map(Time::from_hours);
        PileOutage { zone: zone as u16, piles, from, until }
    })
}
