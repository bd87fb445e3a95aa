//! What bounds on single buses leave to the vehicles there (P0 eq. 29).

use crate::dso::case::FeederCase;
use crate::environment::Environment;
use domain::{BusId, ZoneId};

/// EV power that a bus bears in the period at hand \[kW\].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BusRoom {
    /// The bus.
    pub bus: BusId,
    /// Least, negative where vehicles may feed in.
    pub low_kw: f64,
    /// Most.
    pub high_kw: f64,
}

/// Room at the buses of a zone whose active net consumption is bounded, as its load and plant are
/// seen when a share of the period has passed. A bus bears what it bears whatever vehicles do:
/// nothing is left where its load alone exceeds the bound.
pub(super) fn bus_rooms(
    case: &FeederCase,
    zone: ZoneId,
    k: i64,
    elapsed: f64,
    env: &Environment,
) -> Vec<BusRoom> {
    let bounded = case.node_limits.iter().filter(|limit| case.zone_of(limit.bus) == zone);
    let room = |limit: &grid::NodeLimit| {
        let (low, high) = limit.active?;
        let at = case.feeder.position(limit.bus)?;
        let factor = |kind: usize| env.nowcast_factor(zone.0, kind, k, elapsed);
        let load = case.load_kw_at(at, k) * factor(0);
        let plants = case.plants.iter().filter(|p| p.bus == limit.bus).map(|p| {
            let kind = if p.kind == grid::RenewableKind::Pv { 1 } else { 2 };
            p.power_kw * case.shares[kind].at(k) * factor(kind)
        });
        let diesels = case.diesels.iter().filter(|d| d.bus == limit.bus).map(|d| d.power.value());
        let own: f64 = plants.sum();
        let base = load - diesels.sum::<f64>();
        Some(BusRoom {
            bus: limit.bus,
            low_kw: (low.value() - base + own).min(0.0),
            high_kw: (high.value() - base + own).max(0.0),
        })
    };
    bounded.filter_map(room).collect()
}
