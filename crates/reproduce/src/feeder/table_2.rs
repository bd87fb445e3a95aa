//! P0 Table 2: purchase, diesel, curtailment and carbon of a day, before and after.

use super::Runs;
use crate::{Cell, Feature, Grid, Section, Verdict};

/// Item, figure, before, after \[CNY/day\].
pub const TABLE_2: [(&str, &str, f64, f64); 5] = [
    ("purchase", "purchase_capacity_cny", 6274.51, 2258.82),
    ("diesel", "fuel_cny", 3288.60, 3288.60),
    ("curtailment", "curtailment_cost_cny", 632.60, 0.0),
    ("carbon", "carbon_cost_cny", 1356.16, 673.42),
    ("total", "table_2_cny", 11551.88, 6220.84),
];

/// What explains the costs, shown below them.
const BESIDE: [(&str, &str); 11] = [
    ("EV need met", "need_met_share"),
    ("purchase as TOU energy", "purchase_tou_cny"),
    ("import peak kW", "import_peak_kw"),
    ("load peak kW", "peak_kw"),
    ("evening peak kW", "evening_peak_kw"),
    ("peak - valley kW", "peak_valley_kw"),
    ("curtailed kWh", "curtailed_kwh"),
    ("V2G kWh", "v2g_kwh"),
    ("V2G pay CNY", "v2g_payment_cny"),
    ("lowest voltage p.u.", "voltage_min_pu"),
    ("zone-periods above target", "missed_share"),
];

/// Relative difference from a published figure that counts as reached.
const REACH: f64 = 0.15;

/// The table and its features.
pub fn section(all: &[Runs]) -> Section {
    let heads = all.iter().map(|runs| runs.name);
    let mut table = Grid::new(["figure", "paper before", "paper after"].into_iter().chain(heads));
    let ours = |name: &str| all.iter().map(|r| Cell::Ours(r.of(name))).collect::<Vec<_>>();
    for (label, name, before, after) in TABLE_2 {
        table.push(
            label,
            [Cell::Published(before), Cell::Published(after)].into_iter().chain(ours(name)),
        );
    }
    for (label, name) in BESIDE {
        table.push(label, [Cell::Empty, Cell::Empty].into_iter().chain(ours(name)));
    }
    let title = "Table 2 [CNY/day]. Purchase is a capacity charge on the day's import peak (the published figures are that, to the cent)";
    let mut section = Section::of_table(title, table);
    let (before, after) = (&all[0], &all[1]);
    for (label, name, paper_before, paper_after) in TABLE_2 {
        let (b, a) = (before.of(name), after.of(name));
        let near = |x: &crate::OverSeeds, paper: f64| {
            let room = REACH * paper.abs().max(1.0);
            Verdict::within(x, paper - room, paper + room)
        };
        section.features.push(Feature::new(
            format!("{label} within 15 % of both figures"),
            Verdict::all([near(&b, paper_before), near(&a, paper_after)]),
            format!("{b} -> {a}, paper {paper_before:.0} -> {paper_after:.0}"),
        ));
    }
    for (label, name, paper_before, paper_after) in TABLE_2 {
        let paper = paper_after / paper_before - 1.0;
        let change = after.of(name).change_from(&before.of(name));
        section.features.push(Feature::new(
            format!("{label} changes by {:+.0} %, within 5 points", 100.0 * paper),
            Verdict::within(&change, paper - 0.05, paper + 0.05),
            change.percent(),
        ));
    }
    section
}
