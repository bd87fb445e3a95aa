//! What the partition looks at, gathered from the day's load, plant and parking stays (P0 eq.
//! 14-20).
//!
//! | paper | here |
//! |---|---|
//! | `E_d^C` (eq. 15) | what the stays could charge: `min(power x dwell, (capacity - start) / efficiency)` |
//! | `E_d^n` (eq. 16) | what they need: `(target - start) / efficiency` |
//! | `f_a,d = E_d^C - E_d^n` (eq. 14) | [`ZoneNeeds::shiftable_kwh`] |
//! | `P_a(t)` (eq. 19) | [`ZoneNeeds::adjustable_kw`], power of the EVs that are plugged in |
//!
//! Our reading: the net load that EVs have to flatten includes their own uncontrolled charging on
//! arrival; both energies are metered at the pile (eq. 15 multiplies one side by the efficiency and
//! divides the other).

use crate::dispatch::{DispatchError, DispatchProblem, EvStay};
use crate::partition::ZoneNeeds;

/// Gathers needs and capabilities of every bus over the horizon of a problem. Stays that outlast it
/// go on at its beginning; their zones do not matter yet.
///
/// # Errors
/// A load of the wrong length, or a stay at an unknown bus.
pub fn zone_needs(
    problem: &DispatchProblem<'_>,
    stays: &[EvStay],
) -> Result<ZoneNeeds, DispatchError> {
    let (buses, periods, dt) =
        (problem.feeder.buses().len(), problem.grid.periods, problem.grid.period_h);
    let found = problem.load_kw.len();
    if found != buses * periods {
        return Err(DispatchError::Length {
            quantity: "load_kw",
            found,
            expected: buses * periods,
        });
    }
    let load_kw: Vec<f64> = (0..buses * periods)
        .map(|at| problem.load_kw[at % periods * buses + at / periods])
        .collect();
    let mut needs = ZoneNeeds {
        periods,
        period_h: dt,
        net_kw: load_kw.clone(),
        load_kw,
        plugged: vec![0.0; buses * periods],
        adjustable_kw: vec![0.0; buses * periods],
        shiftable_kwh: vec![0.0; buses],
    };
    for (index, source) in problem.renewables.iter().enumerate() {
        let what = "renewable";
        let bus = problem.feeder.position(source.bus).ok_or(DispatchError::UnknownBus {
            what,
            index,
            bus: source.bus,
        })?;
        for (net, available) in needs.net_kw[bus * periods..].iter_mut().zip(&source.available_kw) {
            *net -= available;
        }
    }
    for (index, stay) in stays.iter().enumerate() {
        let bus = problem.feeder.position(stay.bus).ok_or(DispatchError::UnknownBus {
            what: "stay",
            index,
            bus: stay.bus,
        })?;
        add_stay(&mut needs, bus, stay, problem.prices.ev_efficiency);
    }
    Ok(needs)
}

fn add_stay(needs: &mut ZoneNeeds, bus: usize, stay: &EvStay, efficiency: f64) {
    let needed = ((stay.target - stay.start).value() / efficiency).max(0.0);
    let mut left_kwh = needed;
    let (from, to) = (stay.arrive_h.max(0.0) / needs.period_h, stay.depart_h / needs.period_h);
    let row = bus * needs.periods;
    for period in from.floor() as usize..to.ceil() as usize {
        let presence = (to.min(period as f64 + 1.0) - from.max(period as f64)).max(0.0);
        let at = row + period % needs.periods;
        needs.plugged[at] += presence;
        needs.adjustable_kw[at] += presence * stay.power.value();
        let charged = (presence * stay.power.value() * needs.period_h).min(left_kwh);
        needs.net_kw[at] += charged / needs.period_h;
        left_kwh -= charged;
    }
    let chargeable = (stay.power.value() * (to - from).max(0.0) * needs.period_h)
        .min((stay.capacity - stay.start).value() / efficiency);
    needs.shiftable_kwh[bus] += (chargeable - needed).max(0.0);
}
