//! The paper's methods beside the exact ones, on one fleet: NSGA-II by hypervolume, the swarm by
//! its error of the state of charge.

use super::fleet_outcome::FleetDay;
use crate::{
    GroupError, GroupParams, Loads, exact_front, nsga2_front, participants, share_by_swarm,
    share_exactly, stays_of, unordered_kw,
};
use serde::{Deserialize, Serialize};

/// NSGA-II beside the exact front.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UpperProbe {
    /// Participation, 0..1.
    pub share: f64,
    /// Share of the exact front's hypervolume that NSGA-II reaches.
    pub hypervolume_share: f64,
    /// Points of the exact front: f1 \[kW^2 h\], f2 \[CNY\].
    pub exact: Vec<[f64; 2]>,
    /// Points that NSGA-II found.
    pub nsga2: Vec<[f64; 2]>,
    /// Time of the exact front and of NSGA-II \[s\], as the caller's stopwatch says.
    pub seconds: [f64; 2],
}

/// The swarm beside the quadratic programme in one area.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LowerProbe {
    /// Name of the area.
    pub area: String,
    /// EVs that take part.
    pub evs: usize,
    /// Root mean square error of the state of charge at departure: quadratic programme.
    pub exact_rms: f64,
    /// The same: swarm.
    pub swarm_rms: f64,
    /// Mean state of charge at departure: quadratic programme, swarm.
    pub mean_end_soc: [f64; 2],
    /// Time of both \[s\], as the caller's stopwatch says.
    pub seconds: [f64; 2],
}

/// Both comparisons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MethodProbe {
    /// Upper layer.
    pub upper: UpperProbe,
    /// Lower layer, area by area, with the profile of the exact front's compromise.
    pub lower: Vec<LowerProbe>,
}

/// Compares the methods on a fleet at the parameters' participation. The exact front has
/// `exact_points` points, many for a fair hypervolume. `seconds` is the caller's stopwatch; nothing
/// but the reported times depends on it.
///
/// # Errors
/// Parameters that mean nothing.
pub fn probe(
    params: &GroupParams,
    exact_points: usize,
    u: &mut impl FnMut() -> f64,
    seconds: &mut impl FnMut() -> f64,
) -> Result<MethodProbe, GroupError> {
    let share = params.participation;
    let day = FleetDay::draw(params, u)?;
    let takes_part = participants(&day.fleet, share)?;
    let others_kw =
        unordered_kw(&params.horizon, params.areas(), &stays_of(&day.fleet, &takes_part, false));
    let stays = stays_of(&day.fleet, &takes_part, true);
    let loads = Loads::new(&params.horizon, params.areas(), &stays)?;
    let view = day.view(&others_kw);
    let begin = seconds();
    let exact = exact_front(&view, &loads, exact_points)?;
    let between = seconds();
    let found = nsga2_front(&view, &loads, &params.upper.nsga2, &mut *u)?;
    let end = seconds();
    let upper = UpperProbe {
        share,
        hypervolume_share: found.hypervolume_share(&exact),
        exact: exact.points(),
        nsga2: found.points(),
        seconds: [between - begin, end - between],
    };
    let chosen = exact.pick(params.upper.compromise).expect("a front has at least one solution");
    let placed_kw = &exact.solutions[chosen].schedule.placed_kw;
    let mut lower = Vec::with_capacity(params.areas());
    for (area, profile_kw) in placed_kw.chunks(params.horizon.periods).enumerate() {
        let mine: Vec<_> = stays.iter().filter(|stay| stay.area == area).copied().collect();
        let loads = Loads::new(&params.horizon, params.areas(), &mine)?;
        let begin = seconds();
        let exact = share_exactly(profile_kw, &loads)?;
        let between = seconds();
        let swarm = share_by_swarm(profile_kw, &loads, &params.lower.swarm, &mut *u)?;
        let end = seconds();
        let mean = |soc: &[f64]| soc.iter().sum::<f64>() / soc.len().max(1) as f64;
        lower.push(LowerProbe {
            area: params.microgrids[area].name.clone(),
            evs: mine.len(),
            exact_rms: exact.rms_error(),
            swarm_rms: swarm.rms_error(),
            mean_end_soc: [mean(&exact.end_soc), mean(&swarm.end_soc)],
            seconds: [between - begin, end - between],
        });
    }
    Ok(MethodProbe { upper, lower })
}
