//! What the DSO asks of the zones (P0 eq. 9-10).
//!
//! Our reading: the set point of a zone is its net consumption in the economic solution; the larger
//! of the two solutions (eq. 9-10) is an allowance, and only what exceeds it is penalised. Taken as
//! set points, the maxima would not balance.

use crate::dispatch::Dispatch;
use crate::dispatch::problem::DispatchProblem;
use domain::ZoneId;

/// Targets of one zone, period by period.
#[derive(Clone, Debug, PartialEq)]
pub struct ZoneTargets {
    /// The zone.
    pub zone: ZoneId,
    /// Net consumption in the economic solution \[kW\].
    pub p_kw: Vec<f64>,
    /// Reactive net consumption in the economic solution \[kvar\].
    pub q_kvar: Vec<f64>,
    /// Larger of both solutions \[kW\] (P0 eq. 9).
    pub allowed_p_kw: Vec<f64>,
    /// Larger of both solutions \[kvar\] (P0 eq. 10).
    pub allowed_q_kvar: Vec<f64>,
}

/// Targets of all zones from `x^D` and `x^DI`; `zone_of` gives the zone of each bus in the feeder's
/// order, 0 for none.
pub fn zone_targets(
    problem: &DispatchProblem<'_>,
    zone_of: &[ZoneId],
    economic: &Dispatch,
    interzone: &Dispatch,
) -> Vec<ZoneTargets> {
    let mut zones: Vec<ZoneId> = zone_of.iter().copied().filter(|zone| zone.0 != 0).collect();
    zones.sort_unstable();
    zones.dedup();
    let sums = |values: &[f64], zone: ZoneId| -> Vec<f64> {
        let in_zone = |row: &[f64]| {
            row.iter().zip(zone_of).filter(|(_, z)| **z == zone).map(|(value, _)| value).sum()
        };
        values.chunks(problem.feeder.buses().len()).map(in_zone).collect()
    };
    let larger = |a: &[f64], b: Vec<f64>| a.iter().zip(b).map(|(a, b)| a.max(b)).collect();
    zones
        .into_iter()
        .map(|zone| {
            let p_kw = sums(&economic.verified.p_kw, zone);
            let q_kvar = sums(&economic.verified.q_kvar, zone);
            ZoneTargets {
                zone,
                allowed_p_kw: larger(&p_kw, sums(&interzone.verified.p_kw, zone)),
                allowed_q_kvar: larger(&q_kvar, sums(&interzone.verified.q_kvar, zone)),
                p_kw,
                q_kvar,
            }
        })
        .collect()
}
