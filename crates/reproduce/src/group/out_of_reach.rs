//! What the published group shows and ours does not, with the figures of the agents' runs.

use super::cases::{Cases, Quantity};
use super::published::{AREAS, CASES, COST_CNY, PEAK_VALLEY_KW};
use crate::OverSeeds;

/// The network's place among the areas.
const NETWORK: usize = 3;

/// One reason a line.
pub fn reasons(ours: &Cases) -> Vec<String> {
    let [residential, office, _, network] = COST_CNY;
    vec![
        steps(ours),
        half_at_20(ours),
        areas(ours),
        format!(
            "unordered {:.0} and {:.0} together: {:.0} + {:.0} + {:.0} = {:.0}, not {:.0}; with 9156 for 9651, digits exchanged, the areas add up",
            residential[1],
            network[1],
            residential[1],
            office[1],
            COST_CNY[2][1],
            residential[1] + office[1] + COST_CNY[2][1],
            network[1]
        ),
    ]
}

/// The steps of the network's difference with each further 20 %.
fn steps(ours: &Cases) -> String {
    let paper = PEAK_VALLEY_KW[NETWORK];
    let at = |case: usize| ours.at(Quantity::PeakValley, NETWORK, case);
    let step = |case: usize| {
        format!("{} (paper {:.0})", at(case).less(at(case + 1)), paper[case] - paper[case + 1])
    };
    let all: Vec<String> = (1..CASES.len() - 1).map(step).collect();
    format!(
        "a large, a small and a large step of the network's peak less valley: ours are {} kW, since each further EV finds a flatter day",
        all.join(", ")
    )
}

/// How much of the saving at 60 % is there at 20 %.
fn half_at_20(ours: &Cases) -> String {
    let [_, unordered, at_20, _, at_60] = COST_CNY[NETWORK];
    let share = |q: Quantity| -> OverSeeds {
        ours.saving(q, NETWORK, 2).with(&ours.saving(q, NETWORK, 4), |few, many| few / many)
    };
    format!(
        "half of the 60 % saving at 20 % ({:.0} % in the paper): {} of the saving of EV cost here, since each participant saves alike",
        100.0 * (unordered - at_20) / (unordered - at_60),
        share(Quantity::Cost)
    )
}

/// Which area saves most at 60 %.
fn areas(ours: &Cases) -> String {
    let list: Vec<String> = (0..NETWORK)
        .map(|area| {
            format!(
                "{} {} (paper {:.1} %)",
                AREAS[area],
                ours.saving(Quantity::Cost, area, 4).percent(),
                100.0 * (1.0 - COST_CNY[area][4] / COST_CNY[area][1])
            )
        })
        .collect();
    format!(
        "the office saving most and the residents least: under one tariff for all, {} at 60 %",
        list.join(", ")
    )
}
