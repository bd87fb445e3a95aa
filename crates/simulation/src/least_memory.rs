//! How much memory a run needs at the least: what its vehicles and charge points take by themselves,
//! before any row is written. Known without building anything.

use agents::Ev;
use scenario::{Model, Scenario};

/// Beside an EV itself: its plans, its messages in the queue, its place in the aggregator's lists
/// (bytes).
const BESIDE_EV: u64 = 256;

/// A charge point: its promises, where they begin and end, its bit in 512 periods, who is plugged in
/// (bytes).
const CHARGE_POINT: u64 = 24 + 8 + 8 + 512 / 8 + 24;

/// Memory that a run of a scenario needs at the least (bytes).
///
/// ```
/// let small = scenario::Scenario::load("park-small", &[]).unwrap().scenario;
/// let large = scenario::Scenario::load("park", &["fleet.evs=10000000".into()]).unwrap().scenario;
/// assert!(simulation::least_memory(&small) < 10_000_000);
/// assert!(simulation::least_memory(&large) > 4_000_000_000);
/// ```
pub fn least_memory(s: &Scenario) -> u64 {
    let evs = u64::from(s.fleet.spec.evs);
    let points = match s.model {
        Model::Park => u64::from(s.zones) * u64::from(s.market.access.piles),
        Model::Feeder(_) | Model::Group(_) => evs,
    };
    evs * (size_of::<Ev>() as u64 + BESIDE_EV) + points * CHARGE_POINT
}
