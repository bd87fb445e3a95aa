//! EV peak shaving, and what vehicles and zones do.

use super::Runs;
use crate::{Cell, Feature, Grid, OverSeeds, Section, Verdict};

/// EV peak shaving as printed.
const PEAK_SHAVING: f64 = 0.211;

/// Readings of the load that is meant: name, figure.
const LOADS: [(&str, &str); 3] = [
    ("total load against before", "peak_kw"),
    ("total load 18-23 h against before", "evening_peak_kw"),
    ("import against before", "import_peak_kw"),
];

/// How much of a peak is shaved, by each reading.
pub fn section(all: &[Runs]) -> Section {
    let before = &all[0];
    let mut table = Grid::new(["load"].into_iter().chain(all[1..].iter().map(|r| r.name)));
    let shaved = |runs: &Runs, name: &str| runs.of(name).with(&before.of(name), |a, b| 1.0 - a / b);
    let rate = |runs: &Runs| runs.of("peak_shaving_rate");
    table.push(
        "total load against charging on arrival (peak_shaving_rate)",
        all[1..].iter().map(|r| Cell::Ours(rate(r))),
    );
    for (label, name) in LOADS {
        table.push(label, all[1..].iter().map(|r| Cell::Ours(shaved(r, name))));
    }
    let title = format!(
        "EV peak shaving = (peak before - peak after) / peak before, by the load that is meant (paper {PEAK_SHAVING})"
    );
    let mut section = Section::of_table(title, table);
    let mut shares: Vec<OverSeeds> = vec![rate(&all[1])];
    shares.extend(LOADS.map(|(_, name)| shaved(&all[1], name)));
    let near = |x: &OverSeeds| Verdict::within(x, PEAK_SHAVING - 0.05, PEAK_SHAVING + 0.05);
    section.features.push(Feature::new(
        "shaving of 21.1 %, within 5 points by one reading",
        shares.iter().map(near).min().unwrap_or(Verdict::NotReached),
        shares.iter().map(OverSeeds::percent).collect::<Vec<_>>().join(", "),
    ));
    section
}

/// User types, needs, trades.
pub fn behaviour(before: &Runs, after: &Runs) -> Section {
    let types: Vec<OverSeeds> = (1..=4).map(|i| after.of(&format!("stays_of_type_{i}"))).collect();
    let in_seed = |seed: usize| types.iter().all(|t| t.values()[seed] > 0.0);
    let all_types: Vec<bool> = (0..after.seeds.len()).map(in_seed).collect();
    let [met_before, met_after] = [before, after].map(|runs| runs.of("need_met_share"));
    let fall = met_before.less(&met_after);
    let trades = after.of("zonal_trades");
    let dearest = after.of("dearest_trade");
    let missed = after.of("missed_share");
    Section::of_features(
        "Vehicles and zones",
        vec![
            Feature::in_every_seed(
                "all four user types occur",
                &all_types,
                format!(
                    "{} stays of types 1 to 4",
                    types.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
                ),
            ),
            Feature::new(
                "energy needs are met as before, within half a percent",
                Verdict::within(&fall, -0.005, 0.005),
                format!("{met_before} before, {met_after} after"),
            ),
            Feature::new(
                "neighbours trade",
                Verdict::above(&trades, 0.0),
                format!(
                    "{trades} trades in {} periods, {} kWh; {} refused by the network; {missed} of zone-periods above target",
                    after.of("trade_hours"),
                    after.of("zonal_trade_kwh"),
                    after.of("zonal_trades_refused")
                ),
            ),
            Feature::in_every_seed(
                "eq. 11 holds on every trade",
                &dearest.values().iter().map(|x| *x <= 1.0 + 1e-9).collect::<Vec<_>>(),
                format!("the dearest costs {dearest} of what the grid's energy and the loss would"),
            ),
        ],
    )
}
