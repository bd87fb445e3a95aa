//! PV and wind of a microgrid by weather (P4 eq. 1-2): rated plant, and a day of irradiance, cell
//! temperature and wind speed.

use group::{PvPlant, WindPlant};
use keys::{SHARE, Table};
use std::ops::RangeInclusive;

/// Values of a day: 24, 48 or 96 equal steps.
pub(crate) const DAY_STEPS: RangeInclusive<usize> = 24..=96;

/// Refuses a list that is no day; an empty one is none at all.
pub(crate) fn has_day_steps(t: &Table<'_>, key: &str, list: &[f64]) -> bool {
    let good = [0, 24, 48, 96].contains(&list.len());
    if !good {
        t.refuse(
            key,
            format!("`{}.{key}` holds {} values", t.path(), list.len()),
            "a day has 24, 48 or 96 of them",
        );
    }
    good
}

/// `[microgrid.pv]`: power by step of the irradiance \[kW\].
pub(crate) fn pv(t: &mut Table<'_>) -> Vec<f64> {
    t.table("pv", "PV by weather, in the place of pv_kw: derating x rated x irradiance x (1 + per_kelvin x (cell - 25))", |t| {
        let d = PvPlant::default();
        let plant = PvPlant {
            rated_kw: t.number("rated_kw", d.rated_kw, 0.0..=1e7, "kW", "rated power"),
            derating: t.number("derating", d.derating, SHARE, "1", "dirt, wiring, age"),
            per_kelvin: t.number("per_kelvin", d.per_kelvin, -0.1..=0.1, "1/K", "change of power with the cell's temperature"),
        };
        let irradiance = t.numbers(
            "irradiance_kw_per_m2",
            &[0.0; 24],
            DAY_STEPS,
            0.0..=2.0,
            "kW/m2",
            "irradiance on the panels over a day of 24, 48 or 96 equal steps",
        );
        let cell = t.optional_numbers("cell_c", DAY_STEPS, -60.0..=120.0, "C", "cell temperature, step by step; 25 if not given");
        let cell = cell.unwrap_or_else(|| vec![PvPlant::STANDARD_C; irradiance.len()]);
        if !has_day_steps(t, "irradiance_kw_per_m2", &irradiance) {
            return Vec::new();
        }
        if cell.len() != irradiance.len() {
            let message = format!("`{}.cell_c` holds {} values, the irradiance {}", t.path(), cell.len(), irradiance.len());
            t.refuse("cell_c", message, "give one temperature a step of the irradiance");
            return Vec::new();
        }
        irradiance.iter().zip(&cell).map(|(&irradiance, &cell)| plant.power_kw(irradiance, cell)).collect()
    })
}

/// `[microgrid.wind]`: power by step of the speed \[kW\].
pub(crate) fn wind(t: &mut Table<'_>) -> Vec<f64> {
    t.table("wind", "wind turbines by weather, in the place of wind_kw: 0.5 x air x swept x speed^3 x coefficient", |t| {
        const SPEED: RangeInclusive<f64> = 0.0..=100.0;
        let d = WindPlant::default();
        let plant = WindPlant {
            swept_m2: t.number("swept_m2", d.swept_m2, 0.0..=1e7, "m2", "swept area of all turbines"),
            power_coefficient: t.number("power_coefficient", d.power_coefficient, 0.0..=0.593, "1", "power coefficient"),
            air_kg_per_m3: t.number("air_kg_per_m3", d.air_kg_per_m3, 0.1..=2.0, "kg/m3", "density of the air"),
            cut_in_m_per_s: t.number("cut_in_m_per_s", d.cut_in_m_per_s, SPEED, "m/s", "speed below which nothing turns"),
            rated_m_per_s: t.number("rated_m_per_s", d.rated_m_per_s, SPEED, "m/s", "speed from which the power no longer rises"),
            cut_out_m_per_s: t.number("cut_out_m_per_s", d.cut_out_m_per_s, SPEED, "m/s", "speed above which the turbines stand still"),
        };
        if !(plant.cut_in_m_per_s < plant.rated_m_per_s && plant.rated_m_per_s < plant.cut_out_m_per_s) {
            let message = format!("the speeds of `{}` do not rise", t.path());
            t.refuse("rated_m_per_s", message, "cut_in < rated < cut_out");
        }
        let doc = "wind speed over a day of 24, 48 or 96 equal steps";
        let speed = t.numbers("speed_m_per_s", &[0.0; 24], DAY_STEPS, SPEED, "m/s", doc);
        if has_day_steps(t, "speed_m_per_s", &speed) { speed.iter().map(|&speed| plant.power_kw(speed)).collect() } else { Vec::new() }
    })
}
