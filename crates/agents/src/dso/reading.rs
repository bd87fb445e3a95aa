//! What is read off a feeder at an instant. Reading changes nothing.

use super::Dso;
use super::case::Seen;
use crate::environment::Environment;
use domain::{BusId, ZoneId};
use grid::{DaySoFar, DispatchError, EvFlexibility};

/// A bus of a feeder at an instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BusReading {
    /// The bus.
    pub bus: BusId,
    /// Its zone; 0 is the substation's.
    pub zone: ZoneId,
    /// Net consumption \[kW\].
    pub p_kw: f64,
    /// Reactive net consumption \[kvar\].
    pub q_kvar: f64,
    /// Voltage \[p.u.\].
    pub vm_pu: f64,
}

/// A feeder at an instant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FeederReading {
    /// Its buses, in its order.
    pub buses: Vec<BusReading>,
    /// Power that the substation delivers \[kW\].
    pub import_kw: f64,
    /// Reactive power that the substation delivers \[kvar\].
    pub import_kvar: f64,
}

impl Dso {
    /// The feeder at an instant of period `k`, with this power of EVs at the buses \[kW\]: powers as
    /// they are, voltages by a power flow of them.
    ///
    /// # Errors
    /// An instant without power flow.
    pub fn reading(
        &self,
        k: i64,
        ev_kw: Vec<f64>,
        env: &Environment,
    ) -> Result<FeederReading, DispatchError> {
        let Some(case) = env.feeder() else { return Ok(FeederReading::default()) };
        let none = EvFlexibility::none();
        let problem = case.problem(Seen::Now, k, 1, none, DaySoFar::default(), env);
        let (_, seen) = self.state_of(k, case, &problem, ev_kw, env)?;
        let state = &seen.states[0];
        let of_bus = |(at, bus): (usize, &grid::Bus)| BusReading {
            bus: bus.id,
            zone: case.zones_by_bus()[at],
            p_kw: seen.p_kw[at],
            q_kvar: seen.q_kvar[at],
            vm_pu: state.vm_pu(at),
        };
        Ok(FeederReading {
            buses: case.feeder.buses().iter().enumerate().map(of_bus).collect(),
            import_kw: state.import.value(),
            import_kvar: state.import_q.value(),
        })
    }
}
