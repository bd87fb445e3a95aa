//! Forecasts of unit costs: the real price E R and what a kWh of deficit costs the plant.

use super::PricingView;

/// Sources of a period's energy other than wind and PV, in kW.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DeficitSupply {
    /// From the turbine.
    pub turbine_kw: f64,
    /// From the grid.
    pub grid_kw: f64,
}

/// Who covers the deficit of period j: the cheaper of turbine and grid first, the turbine between
/// its least and largest power.
///
/// Our reading: the battery is left out. What it holds then is not known in advance, so the
/// forecast errs on the dear side.
pub fn deficit_supply(view: &PricingView, j: usize) -> DeficitSupply {
    let deficit = (view.booked_kw[j] - view.surplus_kw[j]).max(0.0);
    let turbine_kw = match view.plant.turbine {
        Some(t) if t.cost_cny_per_kwh < view.tariff_plant[j] && deficit >= t.min_kw => {
            deficit.min(t.power_kw)
        }
        _ => 0.0,
    };
    DeficitSupply { turbine_kw, grid_kw: deficit - turbine_kw }
}

/// Forecast of the real price of period j \[CNY/kWh\]: the formula of
/// [`crate::real_price::real_price`] with the forecast plant cost (nothing in surplus, turbine and
/// grid energy in deficit) over the forecast load and bookings.
pub fn expected_real(view: &PricingView, j: usize) -> f64 {
    let supply = deficit_supply(view, j);
    let turbine = view.plant.turbine.map_or(0.0, |t| t.cost_cny_per_kwh);
    let grid = view.tariff_plant[j];
    let bought = supply.turbine_kw + supply.grid_kw;
    // Without load and bookings it is the next kWh that counts: renewable in surplus, bought in
    // deficit.
    let served = (view.load_kw[j] + view.booked_kw[j]).max(bought).max(1e-9);
    let unit = (supply.turbine_kw * turbine + supply.grid_kw * grid) / served;
    let renewable_share = 1.0 - bought / served;
    ((unit + view.plant.renewable_cny_per_kwh * renewable_share).min(grid) + view.service_fee)
        .min(view.tariff_ev[j])
}

/// What a kWh less of deficit saves in period j \[CNY/kWh\]: the dearest of grid purchase and
/// turbine in use; `None` in surplus.
pub fn avoided_unit_cost(view: &PricingView, j: usize) -> Option<f64> {
    let supply = deficit_supply(view, j);
    let turbine =
        view.plant.turbine.filter(|_| supply.turbine_kw > 0.0).map(|t| t.cost_cny_per_kwh);
    let grid = (supply.grid_kw > 0.0).then_some(view.tariff_plant[j]);
    match (turbine, grid) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (a, b) => a.or(b),
    }
}
