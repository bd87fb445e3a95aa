//! The real price R_t (P3 eq. 17 in CNY/kWh, our reading).

use domain::{Cny, Kwh, Price};

/// `R = min(plant cost per kWh + renewable unit cost, grid price of the plant) + fee`, at most the
/// retail price. The plant's cost of the period is divided by the energy that it served; the
/// renewable unit cost applies to the renewable share. (The letter of eq. 17 is CNY per vehicle.)
///
/// ```
/// # use domain::{Cny, Kwh, Price};
/// // 100 CNY over 200 kWh, half of it renewable at 0.26: 0.5 + 0.13 + fee 0.4
/// let r = market::real_price::real_price(Cny(100.0), Kwh(200.0), 0.5, Price(0.26), Price(0.872), Price(0.4), Price(1.272));
/// assert!((r.value() - 1.03).abs() < 1e-12);
/// ```
pub fn real_price(
    plant_cost: Cny,
    served: Kwh,
    renewable_share: f64,
    renewable: Price,
    grid: Price,
    fee: Price,
    retail: Price,
) -> Price {
    let unit = if served.value() > 1e-9 { plant_cost / served } else { Price::ZERO };
    ((unit + renewable * renewable_share).min(grid) + fee).min(retail)
}
