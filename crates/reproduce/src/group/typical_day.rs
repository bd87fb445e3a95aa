//! One typical day that repeats, without agents: fleets of the published case, planned by the
//! exact upper layer.

use super::cases::{Cases, Quantity};
use super::fleet_outcome::{FleetOutcome, study_fleet};
use super::published::{MEAN_SOC, SHARES};
use crate::runs::share_out;
use crate::{Feature, OverSeeds, ReproduceError, Request, Section, Verdict, figure};
use clock::{Group, Seeds};
use group::GroupParams;

/// The uniform numbers of a fleet. They belong to no agent of a run, so that the fleets are
/// others than those of the agents.
pub fn numbers(fleet: usize) -> impl FnMut() -> f64 {
    let seeds = Seeds { replication: fleet as u32, ..Seeds::new(1) };
    let mut draws = seeds.draws(Group::Population, 0, 0, 0, 0);
    move || draws.uniform()
}

/// As many fleets as the request has seeds, in all cases.
pub fn plan(
    params: &GroupParams,
    request: &Request<'_>,
) -> Result<Vec<FleetOutcome>, ReproduceError> {
    share_out(request.seeds as usize, request, |fleet| {
        Ok(study_fleet(params, &SHARES, &mut numbers(fleet))?)
    })
}

/// The published cases as the typical day has them.
pub fn cases(outcomes: &[FleetOutcome]) -> Cases {
    Cases::of("on a typical day without agents", |quantity, area, case| {
        OverSeeds::of(outcomes.iter().map(|outcome| {
            let case = &outcome.cases[case];
            match quantity {
                Quantity::PeakValley => case.peak_valley_kw[area],
                Quantity::Cost => case.cost_cny[area],
            }
        }))
    })
}

/// States of charge before and after, and whether plans keep all limits.
pub fn satisfaction(outcomes: &[FleetOutcome]) -> Section {
    let start = OverSeeds::of(outcomes.iter().map(|o| o.start_soc));
    let end = OverSeeds::of(outcomes.iter().map(|o| o.cases[2].end_soc));
    let near = |x: &OverSeeds, paper: f64| Verdict::within(x, paper - 0.02, paper + 0.02);
    let violation =
        outcomes.iter().flat_map(|o| &o.cases).map(|case| case.violation).fold(0.0, f64::max);
    Section::of_features(
        "States of charge on the typical day",
        vec![
            Feature::new(
                "mean SOC before and after within 0.02 of the paper's",
                Verdict::all([near(&start, MEAN_SOC[0]), near(&end, MEAN_SOC[1])]),
                format!("{start} -> {end}, published {} -> {}", MEAN_SOC[0], MEAN_SOC[1]),
            ),
            Feature::in_every_seed(
                "every EV within its limits and windows",
                &[violation < 1e-6],
                format!("largest violation {}", figure(violation)),
            ),
        ],
    )
}
