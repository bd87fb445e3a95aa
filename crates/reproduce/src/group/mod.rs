//! The microgrid group of P4: Tables 2 and 3 through the agents and on a typical day without them,
//! the main result and what it hangs on, and what the methods reach.

mod agents;
mod assumptions;
mod cases;
mod fleet_outcome;
mod methods;
mod out_of_reach;
mod published;
#[cfg(test)]
mod tests;
mod typical_day;

use crate::runs::Variant;
use crate::{ReproduceError, Reproduction, Request, foresight};
use cases::Quantity;

/// Runs everything.
pub fn reproduce(request: &Request<'_>) -> Result<Reproduction, ReproduceError> {
    let prepared = Variant::of("group", &[]).prepare()?;
    let params = prepared
        .scenario
        .group_params()
        .ok_or_else(|| ReproduceError::Failed("the scenario `group` is no group".to_owned()))?;
    let agents = agents::run(&params, request)?;
    let outcomes = typical_day::plan(&params, request)?;
    let (by_agents, typical) = (agents.cases(), typical_day::cases(&outcomes));
    let mut sections = vec![by_agents.main_result(), typical.main_result()];
    sections.push(assumptions::section(&params, request)?);
    sections.extend(Quantity::ALL.map(|quantity| by_agents.section(quantity)));
    sections.push(agents.satisfaction());
    sections.extend(Quantity::ALL.map(|quantity| typical.section(quantity)));
    sections.push(typical_day::satisfaction(&outcomes));
    sections.push(methods::section(&params, request)?);
    Ok(Reproduction {
        head: format!(
            "Microgrid group (P4): 500 EVs, {}, stays known a day ahead (perfect foresight of arrivals); runs of the agents with seeds 1 to {} and, where said, as many other fleets on a typical day that repeats, without agents; mean ± half of the 95 % interval",
            foresight::words(&prepared),
            request.seeds
        ),
        seeds: request.seeds,
        sections,
        out_of_reach: out_of_reach::reasons(&by_agents),
    })
}
