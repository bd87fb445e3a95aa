//! What a plugged-in vehicle must and may take in the rest of a period.

use super::Session;
use domain::Time;

/// Charging powers between which a need is met by the departure and not exceeded \[kW\].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChargingBounds {
    /// Least power with which full power later still meets the need.
    pub low_kw: f64,
    /// Power that meets the need within the period, or all that pile and vehicle can.
    pub high_kw: f64,
    /// What is left of the period before the departure \[h\].
    pub here_h: f64,
}

impl ChargingBounds {
    /// Bounds of a vehicle that wants `goal_kwh` in its battery at `leaves`, from `now` to the
    /// period's end at `until`, at a pile of `pile_kw`.
    pub fn of(
        session: &Session,
        goal_kwh: f64,
        leaves: Time,
        now: Time,
        until: Time,
        pile_kw: f64,
    ) -> Self {
        let v = session.declared.vehicle;
        let kw = v.charge_kw.min(pile_kw);
        let here_h = (leaves.min(until) - now).hours().value().max(1e-6);
        let later_h = (leaves - until).hours().value().max(0.0);
        let need_kwh = (goal_kwh - session.energy_kwh).max(0.0) / v.charge_efficiency;
        let high_kw = (need_kwh / here_h).min(kw);
        Self { low_kw: ((need_kwh - kw * later_h).max(0.0) / here_h).min(high_kw), high_kw, here_h }
    }
}
