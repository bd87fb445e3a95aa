//! The paper's methods beside the exact ones: NSGA-II by hypervolume, the swarm by its error of the
//! state of charge.

use super::fleet_outcome::FleetDay;
use super::published::AREAS;
use super::typical_day::numbers;
use crate::runs::share_out;
use crate::{Cell, Feature, Grid, OverSeeds, ReproduceError, Request, Section, Verdict};
use group::{
    GroupParams, Loads, exact_front, nsga2_front, participants, share_by_swarm, share_exactly,
    stays_of, unordered_kw,
};

/// Participations at which the methods are compared.
const SHARES: [f64; 4] = [0.2, 0.4, 0.6, 1.0];

/// Fleets at each participation, at most: the methods take far longer than a plan.
const FLEETS_MAX: u32 = 5;

/// Points of the exact front by which NSGA-II is judged: many, for a fair hypervolume.
const EXACT_POINTS: usize = 101;

/// Share of the exact front's hypervolume that counts as reached.
const HYPERVOLUME: f64 = 0.97;

/// Error of the swarm above the exact one that counts as reached.
const SWARM_GAP: f64 = 0.08;

/// The methods on one fleet.
struct Methods {
    /// Share of the exact front's hypervolume that NSGA-II reaches.
    hypervolume_share: f64,
    /// By area: root mean square error of the state of charge at departure by the quadratic
    /// programme and by the swarm, with the profile of the exact front's compromise.
    rms: [[f64; 2]; 3],
}

/// Both comparisons at each participation.
pub fn section(params: &GroupParams, request: &Request<'_>) -> Result<Section, ReproduceError> {
    let fleets = request.seeds.min(FLEETS_MAX) as usize;
    let found = share_out(SHARES.len() * fleets, request, |job| {
        compare(params, SHARES[job / fleets], job % fleets)
    })?;
    let head = ["participation", "NSGA-II / exact hypervolume"].into_iter().map(str::to_owned);
    let areas = AREAS[..3].iter().map(|area| format!("{area}\nRMS exact, swarm"));
    let mut table = Grid::new(head.chain(areas));
    let mut features = Vec::new();
    for (share, of_share) in SHARES.iter().zip(found.chunks(fleets)) {
        let over = |of: &dyn Fn(&Methods) -> f64| OverSeeds::of(of_share.iter().map(of));
        let hypervolume = over(&|m| m.hypervolume_share);
        let rms = |area: usize, method: usize| over(&|m| m.rms[area][method]);
        let name = format!("{:.0} %", 100.0 * share);
        let errors = (0..3).map(|area| {
            Cell::Text(format!("{:.4}, {:.4}", rms(area, 0).mean(), rms(area, 1).mean()))
        });
        table.push(&name, std::iter::once(Cell::Ours(hypervolume.clone())).chain(errors));
        features.push(Feature::new(
            format!("{name}: NSGA-II reaches 97 % of the exact hypervolume in 100 generations"),
            Verdict::above(&hypervolume, HYPERVOLUME),
            hypervolume.map(|x| x - 1.0).percent(),
        ));
        let gaps: Vec<OverSeeds> = (0..3).map(|area| rms(area, 1).less(&rms(area, 0))).collect();
        features.push(Feature::new(
            format!("{name}: the swarm's RMS SOC error is at most 0.08 above the exact one"),
            Verdict::all(gaps.iter().map(|gap| Verdict::below(gap, SWARM_GAP))),
            gaps.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        ));
    }
    let mut section =
        Section::of_table(format!("Methods, {fleets} fleets of the typical day"), table);
    section.features = features;
    Ok(section)
}

/// Compares the methods on one fleet at one participation.
fn compare(params: &GroupParams, share: f64, fleet: usize) -> Result<Methods, ReproduceError> {
    let u = &mut numbers(fleet);
    let day = FleetDay::draw(params, u)?;
    let takes_part = participants(&day.fleet, share)?;
    let others_kw =
        unordered_kw(&params.horizon, params.areas(), &stays_of(&day.fleet, &takes_part, false));
    let stays = stays_of(&day.fleet, &takes_part, true);
    let loads = Loads::new(&params.horizon, params.areas(), &stays)?;
    let view = day.view(&others_kw);
    let exact = exact_front(&view, &loads, EXACT_POINTS)?;
    let found = nsga2_front(&view, &loads, &params.upper.nsga2, &mut *u)?;
    let chosen = exact.pick(params.upper.compromise).expect("a front has at least one solution");
    let placed_kw = &exact.solutions[chosen].schedule.placed_kw;
    let mut rms = [[0.0; 2]; 3];
    for (area, profile_kw) in placed_kw.chunks(params.horizon.periods).enumerate().take(3) {
        let mine: Vec<_> = stays.iter().filter(|stay| stay.area == area).copied().collect();
        let loads = Loads::new(&params.horizon, params.areas(), &mine)?;
        let exact = share_exactly(profile_kw, &loads)?;
        let swarm = share_by_swarm(profile_kw, &loads, &params.lower.swarm, &mut *u)?;
        rms[area] = [exact.rms_error(), swarm.rms_error()];
    }
    Ok(Methods { hypervolume_share: found.hypervolume_share(&exact), rms })
}
