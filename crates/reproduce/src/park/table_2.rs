//! P3 Table 2: costs, tracking, abandonment and purchase before and after the reservation market.

use super::Runs;
use crate::{Cell, Feature, Grid, Section, Verdict};

/// The figures (the paper's column heads are exchanged; the first is "before"): name, indicator,
/// before, after.
const TABLE_2: [(&str, &str, f64, f64); 5] = [
    ("total cost CNY", "total_cost_cny", 28_501.06, 26_150.58),
    ("EV cost CNY", "ev_cost_cny", 13_103.71, 8_754.33),
    ("tracking rate", "tracking_rate", 0.13, 0.66),
    ("abandonment rate", "abandonment_rate", 0.43, 0.24),
    ("purchase rate", "purchase_rate", 0.39, 0.18),
];

/// What explains a figure, shown below it: (figure, name, indicator).
const PARTS: [(&str, &str, &str); 7] = [
    ("total_cost_cny", "  plant cost", "plant_cost_cny"),
    ("total_cost_cny", "  V2G pay", "v2g_payment_cny"),
    ("total_cost_cny", "  compensation (< 0: EVs pay more)", "compensation_cny"),
    ("ev_cost_cny", "  before refunds", "ev_cost_before_refunds_cny"),
    ("ev_cost_cny", "  refunds", "refund_cost_cny"),
    ("ev_cost_cny", "  penalties (not in it)", "penalty_revenue_cny"),
    ("ev_cost_cny", "  need met", "need_met_share"),
];

/// Relative difference from a published figure that counts as reached.
const REACH: f64 = 0.15;

/// The table; the columns are before, on arrival with DP plant, then per booking and per stay with
/// 72 and with 100 % of owners for V2G.
pub fn section(columns: [&Runs; 6]) -> Section {
    let mut table = Grid::new([
        "figure",
        "paper\nbefore",
        "before",
        "on arrival,\nDP plant",
        "paper\nafter",
        "per booking\nV2G 72 %",
        "per stay\nV2G 72 %",
        "per booking\nV2G 100 %",
        "per stay\nV2G 100 %",
    ]);
    let mut row = |name: &str, published: [Cell; 2], of: &dyn Fn(&Runs) -> Cell| {
        let [before, after] = published;
        let [a, b, rest @ ..] = columns.map(of);
        table.push(name, [before, a, b, after].into_iter().chain(rest));
    };
    for (label, name, before, after) in TABLE_2 {
        let published = [Cell::Published(before), Cell::Published(after)];
        row(label, published, &|runs| Cell::Ours(runs.of(name)));
        for (_, label, part) in PARTS.iter().filter(|part| part.0 == name) {
            row(label, [Cell::Empty, Cell::Empty], &|runs| Cell::Ours(runs.of(part)));
        }
        if name == "ev_cost_cny" {
            let per_kwh = |runs: &Runs| Cell::Ours(runs.ev_cost_per_kwh());
            row("  per kWh charged", [Cell::Empty, Cell::Empty], &per_kwh);
        }
    }
    let title = "Table 2. \"before\": on arrival, plant by rule. \"after\": reservation market, floor 1.10 CNY/kWh";
    let mut section = Section::of_table(title, table);
    let [before, _, booking, stay, ..] = columns;
    for (label, name, paper_before, paper_after) in TABLE_2 {
        section.features.extend(features(
            label,
            [paper_before, paper_after],
            [before, booking, stay].map(|runs| runs.of(name)),
        ));
    }
    section
}

/// The direction of a figure, its size as an effect, and both levels.
fn features(label: &str, paper: [f64; 2], ours: [crate::OverSeeds; 3]) -> [Feature; 3] {
    let [paper_before, paper_after] = paper;
    let [before, booking, stay] = ours;
    let effect = (paper_after - paper_before) / paper_before;
    let direction = effect.signum();
    let changes = [booking.change_from(&before), stay.change_from(&before)];
    let text = format!(
        "per booking {}, per stay {}; paper {:+.1} %",
        changes[0].percent(),
        changes[1].percent(),
        100.0 * effect
    );
    let goes =
        Verdict::all(changes.each_ref().map(|c| Verdict::above(&c.map(|x| x * direction), 0.0)));
    // One of the two readings of a reservation has to come to the published effect.
    let room = REACH * effect.abs();
    let same = changes.each_ref().map(|c| Verdict::within(c, effect - room, effect + room));
    let near = |x: &crate::OverSeeds, paper: f64| {
        Verdict::within(x, (1.0 - REACH) * paper, (1.0 + REACH) * paper)
    };
    let either = near(&booking, paper_after).min(near(&stay, paper_after));
    let off = |x: &crate::OverSeeds, paper: f64| x.map(|v| (v - paper) / paper).percent();
    [
        Feature::new(
            format!("{label} {}", if direction < 0.0 { "falls" } else { "rises" }),
            goes,
            text.clone(),
        ),
        Feature::new(
            format!("{label}: the effect is within 15 % of the paper's"),
            same[0].min(same[1]),
            text,
        ),
        Feature::new(
            format!("{label}: both levels are within 15 % of the paper's"),
            Verdict::all([near(&before, paper_before), either]),
            format!(
                "before {}, per booking {}, per stay {} off the paper",
                off(&before, paper_before),
                off(&booking, paper_after),
                off(&stay, paper_after)
            ),
        ),
    ]
}
