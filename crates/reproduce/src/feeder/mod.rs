//! The distribution feeder of P0: Table 2, EV peak shaving, partition, trades.
//!
//! "Before": EVs charge on arrival, nobody dispatches, surplus curtailed pro rata, capacitors off.
//! "After": dispatch, targets, V2G by half of the owners, trades. All figures are those of
//! simulated runs, verified by AC power flow; the purchase under the rule that is not in force is
//! computed from the same balance.

mod figures;
mod out_of_reach;
mod shaving;
mod table_2;
mod zones;

use crate::runs::{Indicators, Variant, over_seeds, run_all};
use crate::{OverSeeds, ReproduceError, Reproduction, Request, foresight};
use record::Table;

/// No forecast errors, and users' plans known.
const PERFECT: [&str; 7] = [
    "dispatch.foresight=perfect",
    "series.load.forecast.common_sd=0",
    "series.load.forecast.zone_sd=0",
    "series.pv.forecast.common_sd=0",
    "series.pv.forecast.zone_sd=0",
    "series.wind.forecast.common_sd=0",
    "series.wind.forecast.zone_sd=0",
];

/// The variants that are run.
fn variants() -> [(&'static str, Variant); 5] {
    let of = |sets: &[&str]| Variant::of("feeder", sets);
    [
        // Without a dispatch nobody discharges: the same people, hence the same zones, as after.
        ("before", of(&["dispatch.enabled=false"])),
        ("after", of(&[])),
        ("after, TOU", of(&["dispatch.purchase=tou"])),
        ("after, V2G 1.0", of(&["fleet.v2g_share=1"])),
        ("after, perfect foresight", of(&PERFECT)),
    ]
}

/// The runs of a variant.
struct Runs {
    name: &'static str,
    seeds: Vec<Indicators>,
}

impl Runs {
    /// A figure over the seeds: an indicator of output/README.md or one of [`figures`].
    fn of(&self, name: &str) -> OverSeeds {
        over_seeds(&self.seeds, name)
    }
}

/// Runs everything.
pub fn reproduce(request: &Request<'_>) -> Result<Reproduction, ReproduceError> {
    let variants = variants();
    let tables = [Table::Balance, Table::Stays, Table::Trades];
    let scenarios: Vec<Variant> = variants.iter().map(|v| v.1.clone()).collect();
    let known = foresight::words(&*scenarios[1].prepare()?);
    let all: Vec<Runs> = run_all(&scenarios, &tables, request, figures::of)?
        .into_iter()
        .zip(&variants)
        .map(|(seeds, (name, _))| Runs { name, seeds })
        .collect();
    let [before, after, _, full_v2g, _] = &all[..] else {
        unreachable!("five variants give five results");
    };
    Ok(Reproduction {
        head: format!(
            "Distribution feeder (P0): IEEE 33, 3,000 EVs, one day after a day of warm-up, {known} (the last column: perfect foresight of both); seeds 1 to {}, mean ± half of the 95 % interval",
            request.seeds
        ),
        seeds: request.seeds,
        sections: vec![
            table_2::section(&all),
            shaving::section(&all),
            shaving::behaviour(before, after),
            zones::section(&scenarios[0], &scenarios[1], request)?,
        ],
        out_of_reach: out_of_reach::reasons(before, after, full_v2g),
    })
}
