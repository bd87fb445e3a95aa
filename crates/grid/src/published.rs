//! The published case on IEEE 33: plant of P0 Table 1, and the daily shapes and capacitors that we
//! add where the paper prints none.
//!
//! Our reading (no shapes, load level or capacitors are published): load 0.47 x nominal times an
//! hourly shape with peaks at 11-16 h and 19-23 h, a cosine bell for PV, a flat wind day that is
//! stronger at night, three switched capacitor banks.

use crate::dispatch::{CapacitorBank, Diesel, DieselMode, DispatchGrid, Renewable, RenewableKind};
use crate::feeder::Feeder;
use domain::{BusId, Kvar, Kw};

/// Share of nominal load that [`LOAD_SHAPE`] is relative to.
pub const LOAD_LEVEL: f64 = 0.47;

/// Base load of each hour relative to the peak hour.
pub const LOAD_SHAPE: [f64; 24] = [
    0.46, 0.43, 0.41, 0.40, 0.41, 0.45, 0.53, 0.62, 0.70, 0.78, 0.86, 0.95, 0.98, 1.0, 0.97, 0.93,
    0.84, 0.80, 0.86, 0.94, 0.99, 0.97, 0.90, 0.62,
];

/// Wind power of each hour relative to the turbine's limit.
pub const WIND_SHAPE: [f64; 24] = [
    0.62, 0.65, 0.68, 0.70, 0.69, 0.66, 0.60, 0.52, 0.45, 0.40, 0.36, 0.33, 0.31, 0.30, 0.32, 0.35,
    0.38, 0.42, 0.46, 0.50, 0.54, 0.57, 0.59, 0.61,
];

/// PV plants of P0 Table 1: bus and limit \[kW\]. The text counts 12, the table lists these 13.
pub const PV_KW: [(u32, f64); 13] = [
    (2, 550.0),
    (4, 200.0),
    (6, 300.0),
    (7, 200.0),
    (11, 200.0),
    (13, 200.0),
    (15, 100.0),
    (18, 100.0),
    (23, 650.0),
    (26, 350.0),
    (29, 400.0),
    (31, 250.0),
    (32, 100.0),
];

/// Wind turbine of P0 Table 1: bus and limit \[kW\].
pub const WIND_KW: (u32, f64) = (33, 200.0);

/// Time-of-use price of the hour \[CNY/kWh\]: valley 23-7 h 0.35, flat 7-11 and 16-19 h 0.68, peak
/// 11-16 and 19-23 h 1.09.
///
/// ```
/// assert_eq!([3, 8, 12, 17, 20, 23].map(grid::published::tou_cny_per_kwh), [0.35, 0.68, 1.09, 0.68, 1.09, 0.35]);
/// ```
pub fn tou_cny_per_kwh(hour: usize) -> f64 {
    match hour % 24 {
        7..=10 | 16..=18 => 0.68,
        11..=15 | 19..=22 => 1.09,
        _ => 0.35,
    }
}

/// PV power at an hour of the day relative to the plant's limit: `max(0, cos(pi (h - 12.5) /
/// 13))^1.3`.
///
/// ```
/// assert_eq!(grid::published::pv_shape(12.5), 1.0);
/// assert_eq!(grid::published::pv_shape(5.0), 0.0);
/// ```
pub fn pv_shape(hour: f64) -> f64 {
    if (hour - 12.5).abs() >= 6.5 {
        0.0
    } else {
        (std::f64::consts::PI * (hour - 12.5) / 13.0).cos().max(0.0).powf(1.3)
    }
}

/// PV plants and the wind turbine of P0 Table 1, from midnight on.
pub fn renewables(grid: DispatchGrid) -> Vec<Renewable> {
    let hour = |t: usize| t as f64 * grid.period_h;
    let row =
        |shape: &dyn Fn(usize) -> f64, kw: f64| (0..grid.periods).map(|t| kw * shape(t)).collect();
    let pv = |t: usize| pv_shape(hour(t) % 24.0 + grid.period_h / 2.0);
    let wind = |t: usize| WIND_SHAPE[hour(t) as usize % 24];
    let mut all: Vec<Renewable> = PV_KW
        .iter()
        .map(|&(bus, kw)| Renewable {
            bus: BusId(bus),
            kind: RenewableKind::Pv,
            available_kw: row(&pv, kw),
        })
        .collect();
    all.push(Renewable {
        bus: BusId(WIND_KW.0),
        kind: RenewableKind::Wind,
        available_kw: row(&wind, WIND_KW.1),
    });
    all
}

/// The diesel set of P0 Table 1, with the fuel cost that makes Table 2 exact.
pub fn diesel() -> Diesel {
    Diesel {
        bus: BusId(3),
        power: Kw(200.0),
        cost_cny_per_kwh: 0.685_125,
        mode: DieselMode::MustRun,
    }
}

/// Capacitors: bus 13 and 24 with 3 x 150 kvar, bus 30 with 7 x 150 kvar. Our reading: none are
/// published.
pub fn capacitors() -> Vec<CapacitorBank> {
    [(13, 3), (24, 3), (30, 7)]
        .map(|(bus, steps)| CapacitorBank { bus: BusId(bus), step: Kvar(150.0), steps })
        .to_vec()
}

/// Active and reactive base load [kW, kvar] from midnight on, period after period, buses in the
/// feeder's order.
pub fn base_load(feeder: &Feeder, grid: DispatchGrid) -> (Vec<f64>, Vec<f64>) {
    let level = |t: usize| LOAD_LEVEL * LOAD_SHAPE[(t as f64 * grid.period_h) as usize % 24];
    let spread = |nominal: Vec<f64>| {
        (0..grid.periods)
            .flat_map(|t| nominal.iter().map(move |n| n * level(t)).collect::<Vec<_>>())
            .collect()
    };
    (spread(feeder.nominal_p_kw()), spread(feeder.nominal_q_kvar()))
}

/// Time-of-use price of every period from midnight on \[CNY/kWh\].
pub fn tou_prices(grid: DispatchGrid) -> Vec<f64> {
    (0..grid.periods).map(|t| tou_cny_per_kwh((t as f64 * grid.period_h) as usize)).collect()
}
