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
    /// Standard deviation of what the period's last gate will not see \[kWh\].
    pub unseen_kwh: f64,
}

impl Standing {
    /// Energy so far + expected rest - target; none without a target.
    pub fn of(desk: &ZonalDesk, aggregator: &mut Aggregator, cx: &Cx) -> Option<Self> {
        let target_kw = desk.now_kw?;
        let (k, elapsed) = cx.env.elapsed(cx.out.now);
        let h = cx.env.grid.hours().value();
        let left_h = (1.0 - elapsed) * h;
        let net = |[load, pv, wind]: [f64; 3]| load - pv - wind - desk.diesel_kw;
        let metered = cx.env.powers_kw(aggregator.zone.0, k);
        let rest = cx.env.rest_kw(aggregator.zone.0, k, elapsed);
        let so_far = aggregator.close_period(cx);
        let ev_kw: f64 = aggregator.sessions.iter().map(|(_, s)| mean_power_kw(s, k, cx)).sum();
        let ev_kwh = so_far.charged_kwh - so_far.discharged_kwh + ev_kw * left_h + desk.coming_kwh;
        let base_kwh = net(metered) * elapsed * h + net(rest.map(|r| r.mean)) * left_h;
        let target_kwh = target_kw * h + desk.bought_kwh;
        let sd_kw = rest.iter().map(|r| r.sd * r.sd).sum::<f64>().sqrt();
        Some(Self {
            left_h,
            excess_kw: (base_kwh + ev_kwh - target_kwh) / left_h,
            unseen_kwh: sd_kw * h / cx.env.gates as f64,
        })
    }
}
