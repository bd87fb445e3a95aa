//! Where a zone stands in the period at hand, at one of its gates.

use super::ZonalDesk;
use crate::aggregator::follow::mean_power_kw;
use crate::aggregator::{Aggregator, Cx};

/// What was metered so far, and what is expected of the rest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Standing {
    /// What is left of the period \[h\].
    pub left_h: f64,
    /// Mean power over the rest by which the zone would exceed its target, moved by what it bought
    /// and sold; negative where it stays below \[kW\].
    pub excess_kw: f64,
}

impl Standing {
    /// Energy so far + expected rest - target; none without a target.
    pub fn of(desk: &ZonalDesk, aggregator: &mut Aggregator, cx: &Cx) -> Option<Self> {
        let target_kw = desk.now_kw?;
        let (k, gate) = cx.env.gate_at(cx.out.now);
        let left_h = (cx.env.grid.end(k) - cx.out.now).hours().value();
        let past_h = cx.env.grid.hours().value() - left_h;
        let net = |[load, pv, wind]: [f64; 3]| load - pv - wind - desk.diesel_kw;
        let zone = aggregator.zone;
        let so_far = aggregator.close_period(cx);
        let so_far_kwh =
            so_far.charged_kwh - so_far.discharged_kwh + net(cx.env.truth_kw(zone.0, k)) * past_h;
        let ev_kw: f64 = aggregator.sessions.iter().map(|(_, s)| mean_power_kw(s, k, cx)).sum();
        let rest_kwh = (net(cx.env.nowcast_kw(zone.0, k, gate)) + ev_kw) * left_h + desk.coming_kwh;
        let target_kwh = target_kw * (past_h + left_h) + desk.bought_kwh;
        Some(Self { left_h, excess_kw: (so_far_kwh + rest_kwh - target_kwh) / left_h })
    }
}
