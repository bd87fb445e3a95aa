//! Numbers and days for the tests.

use crate::{
    GroupParams, Prices, Stay, draw_fleet, network_kw, participants, stays_of, unordered_kw,
};
use domain::EvId;
use population::{FleetSpec, SegmentSize};

/// Uniform numbers in (0, 1) (Knuth's MMIX constants), one stream a seed.
pub fn numbers(seed: usize) -> impl FnMut() -> f64 {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(seed as u64 + 1);
    move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }
}

/// A stay of a 40 kWh battery at 10 kW without losses that needs `need_kwh`.
pub fn stay(ev: u32, area: usize, arrival_h: f64, departure_h: f64, need_kwh: f64) -> Stay {
    Stay {
        ev: EvId(ev),
        area,
        arrival_h,
        departure_h,
        soc: 0.25,
        expected_soc: 0.25 + need_kwh / 40.0,
        highest_soc: 1.0,
        capacity_kwh: 40.0,
        power_kw: 10.0,
        efficiency: 1.0,
    }
}

/// The published case with a tenth of the EVs and of the loads.
pub fn small(periods: usize) -> GroupParams {
    let mut params = GroupParams::published(periods);
    let mut evs = 0;
    for segment in &mut params.fleet.segments {
        if let SegmentSize::Evs(count) = &mut segment.size {
            *count = (*count / 10).max(1);
            evs += *count;
        }
    }
    params.fleet = FleetSpec { evs, ..params.fleet };
    for grid in &mut params.microgrids {
        for kw in &mut grid.load_kw {
            *kw *= 0.1;
        }
    }
    params.upper.nsga2.gene_kw *= 0.1;
    params
}

/// Everything of a day but the plan.
pub struct Day {
    pub stays: Vec<Stay>,
    pub base_kw: Vec<f64>,
    pub others_kw: Vec<f64>,
    pub exchange_kw_max: Vec<f64>,
    pub prices: Prices,
}

impl Day {
    pub fn of(params: &GroupParams, share: f64, seed: usize) -> Self {
        let (horizon, areas) = (&params.horizon, params.areas());
        let fleet = draw_fleet(&params.fleet, areas, &mut numbers(seed)).unwrap();
        let takes_part = participants(&fleet, share).unwrap();
        let base_kw = params.base_kw();
        let group_kw = network_kw(&base_kw, horizon.periods);
        let load_max_kw = 1.2 * group_kw.iter().copied().fold(0.0, f64::max);
        Self {
            stays: stays_of(&fleet, &takes_part, true),
            others_kw: unordered_kw(horizon, areas, &stays_of(&fleet, &takes_part, false)),
            exchange_kw_max: params.exchange_kw_max(),
            prices: params.price.over(horizon, areas, &group_kw, load_max_kw).unwrap(),
            base_kw,
        }
    }

    pub fn view(&self) -> crate::DayView<'_> {
        crate::DayView {
            base_kw: &self.base_kw,
            others_kw: &self.others_kw,
            prices: &self.prices,
            exchange_kw_max: &self.exchange_kw_max,
        }
    }
}
