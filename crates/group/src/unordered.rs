//! Unordered charging: on arrival at full power until the expected state of charge is reached.

use crate::{Horizon, Stay};

/// Mean charging power of every area and period \[kW\], area after area. An arrival within a period
/// counts from its minute on (our reading; whole hours would move the peaks by up to one).
///
/// ```
/// use group::{Horizon, Stay, unordered_kw};
/// let stay = Stay {
///     ev: domain::EvId(1), area: 0, arrival_h: 23.5, departure_h: 32.0, soc: 0.5, expected_soc: 0.9, highest_soc: 0.95,
///     capacity_kwh: 35.0, power_kw: 7.0, efficiency: 1.0,
/// };
/// // 14 kWh at 7 kW: half an hour before midnight, an hour and a half after.
/// let power = unordered_kw(&Horizon::day(24), 1, &[stay]);
/// assert_eq!((power[22], power[23], power[0], power[1], power[2]), (0.0, 3.5, 7.0, 3.5, 0.0));
/// ```
pub fn unordered_kw(horizon: &Horizon, areas: usize, stays: &[Stay]) -> Vec<f64> {
    let mut power_kw = vec![0.0; areas * horizon.periods];
    for stay in stays {
        let end_h = (stay.arrival_h + stay.charging_time_h()).min(stay.departure_h);
        for cell in horizon.cover(stay.arrival_h, end_h) {
            power_kw[stay.area * horizon.periods + cell.period] +=
                stay.power_kw * cell.hours / horizon.period_h;
        }
    }
    power_kw
}
