//! The run from its beginning to its end, in the steps of the federation.

use super::error::FederationError;
use super::federation::Federation;
use super::leavers::Leavers;
use super::partners::Partners;
use domain::{Span, Time};
use simulation::{Progress, Simulation};
use std::sync::{Mutex, PoisonError};

/// Drives a run to its end, or until `goes_on` says no: from one instant at which it hears and speaks
/// to the next, `every` later. Returns whether it got there. The federation is never asked for an
/// instant at or after the end of the run, so nobody is waited for at the end.
///
/// # Errors
/// Why it cannot go on; the federation is not told yet.
pub fn drive(
    federation: &Mutex<Federation>,
    (partners, leavers): (&mut Partners, &mut Leavers),
    simulation: &mut Simulation,
    every: Span,
    goes_on: &mut dyn FnMut(Progress) -> bool,
) -> Result<bool, FederationError> {
    let end = simulation.end();
    let mut t = Time::START;
    // The warm-up, where there is one.
    if !simulation.advance_while(t, goes_on)? {
        return Ok(false);
    }
    let lock = || federation.lock().unwrap_or_else(PoisonError::into_inner);
    // What partners say at time 0 itself is heard.
    if lock().now_us() == 0 {
        lock().request(1)?;
    }
    loop {
        let now = lock().now_us() as f64 / 1e6;
        partners.hear(simulation, t, now)?;
        simulation.advance_through(t)?;
        partners.say(simulation, t)?;
        t = (t + every).min(end);
        // What happens between two instants needs no partner.
        if !simulation.advance_while(t, goes_on)? {
            return Ok(false);
        }
        if t >= end {
            return Ok(true);
        }
        let mut federation = lock();
        let us = t.0.max(federation.now_us() + 1);
        federation.request(us)?;
        // At the last instant of all, partners may have gone home.
        if t + every < end {
            leavers.look(t);
        }
    }
}
