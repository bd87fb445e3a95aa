//! A microgrid without its EVs: load, PV, wind, and the line to the distribution network (P4
//! section 1, eq. 14-17).

use crate::error::check_curve;
use crate::{GroupError, Horizon, PvPlant, WindPlant};
use serde::{Deserialize, Serialize};

/// Net load of the residential area after PV and wind, hours 0-23 \[kW\]. Our reading: made so that
/// the difference of peak and valley is the published 1638 kW (Table 2) and that of the three
/// areas' sum 3679 kW.
pub const RESIDENTIAL_KW: [f64; 24] = [
    746.0, 634.0, 350.0, 100.0, 100.0, 350.0, 672.0, 983.0, 1182.0, 1200.0, 969.0, 787.0, 690.0,
    692.0, 711.0, 756.0, 864.0, 1076.0, 1380.0, 1654.0, 1738.0, 1573.0, 1260.0, 956.0,
];

/// Net load of the office area, as [`RESIDENTIAL_KW`]; difference 1478 kW.
pub const OFFICE_KW: [f64; 24] = [
    234.0, 100.0, 216.0, 220.0, 256.0, 323.0, 504.0, 854.0, 1204.0, 1469.0, 1484.0, 1350.0, 1252.0,
    1315.0, 1519.0, 1578.0, 1387.0, 1037.0, 687.0, 441.0, 310.0, 257.0, 239.0, 234.0,
];

/// Net load of the commercial area, as [`RESIDENTIAL_KW`]; difference 1488 kW.
pub const COMMERCIAL_KW: [f64; 24] = [
    398.0, 348.0, 100.0, 101.0, 325.0, 367.0, 431.0, 731.0, 1081.0, 1431.0, 1531.0, 1588.0, 1395.0,
    1147.0, 1130.0, 1127.0, 1194.0, 1337.0, 1474.0, 1474.0, 1283.0, 976.0, 687.0, 494.0,
];

/// Weather, one value a period each.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Weather {
    /// Irradiance on the panels \[kW/m2\].
    pub irradiance_kw_per_m2: Vec<f64>,
    /// Cell temperature \[degrees C\].
    pub cell_c: Vec<f64>,
    /// Wind speed \[m/s\].
    pub wind_m_per_s: Vec<f64>,
}

/// A microgrid without its EVs, over a horizon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Microgrid {
    /// Name in the tables.
    pub name: String,
    /// Load without EVs \[kW\], one value a period. A net load belongs here too, with no PV and
    /// wind.
    pub load_kw: Vec<f64>,
    /// PV power that is available \[kW\], one value a period.
    pub pv_kw: Vec<f64>,
    /// Wind power that is available \[kW\], one value a period.
    pub wind_kw: Vec<f64>,
    /// Highest exchange with the distribution network in either direction \[kW\] (P4 eq. 17; our
    /// reading: 3,000, which does not bind in the published case); infinite for none.
    pub exchange_kw_max: f64,
}

/// Where the power of each period comes from (P4 eq. 14) \[kW\].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Balance {
    /// PV used, at most what is available (eq. 16).
    pub pv_kw: Vec<f64>,
    /// Wind used, at most what is available (eq. 15).
    pub wind_kw: Vec<f64>,
    /// Power taken from the distribution network; negative when power is given back.
    pub exchange_kw: Vec<f64>,
    /// Power above the exchange limit that is missing (eq. 17 broken); 0 everywhere in a feasible
    /// day.
    pub missing_kw: Vec<f64>,
}

impl Microgrid {
    /// Exchange limit of the published case as read \[kW\].
    pub const EXCHANGE_KW_MAX: f64 = 3000.0;

    /// A microgrid known by its net load \[kW\], one value a period.
    pub fn of_net_load(name: &str, net_kw: Vec<f64>) -> Self {
        let none = vec![0.0; net_kw.len()];
        Self {
            name: name.to_owned(),
            load_kw: net_kw,
            pv_kw: none.clone(),
            wind_kw: none,
            exchange_kw_max: Self::EXCHANGE_KW_MAX,
        }
    }

    /// A microgrid whose PV and wind power follow from the weather (P4 eq. 1-2).
    ///
    /// # Errors
    /// Curves of different lengths or with values that are not finite.
    pub fn of_weather(
        name: &str,
        load_kw: Vec<f64>,
        pv: &PvPlant,
        wind: &WindPlant,
        weather: &Weather,
    ) -> Result<Self, GroupError> {
        let periods = load_kw.len();
        check_curve("load_kw", &load_kw, periods)?;
        check_curve("irradiance_kw_per_m2", &weather.irradiance_kw_per_m2, periods)?;
        check_curve("cell_c", &weather.cell_c, periods)?;
        check_curve("wind_m_per_s", &weather.wind_m_per_s, periods)?;
        let sun = weather.irradiance_kw_per_m2.iter().zip(&weather.cell_c);
        Ok(Self {
            name: name.to_owned(),
            load_kw,
            pv_kw: sun.map(|(&irradiance, &cell)| pv.power_kw(irradiance, cell)).collect(),
            wind_kw: weather.wind_m_per_s.iter().map(|&speed| wind.power_kw(speed)).collect(),
            exchange_kw_max: Self::EXCHANGE_KW_MAX,
        })
    }

    /// The three published areas over a horizon: residential, office, commercial.
    ///
    /// ```
    /// let areas = group::Microgrid::published(&group::Horizon::day(24));
    /// let gap = |kw: &[f64]| kw.iter().fold(0.0_f64, |a, &b| a.max(b)) - kw.iter().fold(f64::MAX, |a, &b| a.min(b));
    /// assert_eq!(areas.each_ref().map(|area| gap(&area.net_load_kw())), [1638.0, 1478.0, 1488.0]);
    /// let network: Vec<f64> = (0..24).map(|t| areas.iter().map(|area| area.net_load_kw()[t]).sum()).collect();
    /// assert_eq!(gap(&network), 3679.0);
    /// ```
    pub fn published(horizon: &Horizon) -> [Self; 3] {
        [("residential", RESIDENTIAL_KW), ("office", OFFICE_KW), ("commercial", COMMERCIAL_KW)]
            .map(|(name, hourly)| Self::of_net_load(name, horizon.of_day(&hourly)))
    }

    /// Load less available PV and wind \[kW\].
    pub fn net_load_kw(&self) -> Vec<f64> {
        (0..self.load_kw.len()).map(|t| self.load_kw[t] - self.pv_kw[t] - self.wind_kw[t]).collect()
    }

    /// Refuses curves that do not fit the horizon and a limit that is none.
    ///
    /// # Errors
    /// The first curve or number that is wrong.
    pub fn check(&self, horizon: &Horizon) -> Result<(), GroupError> {
        check_curve("load_kw", &self.load_kw, horizon.periods)?;
        check_curve("pv_kw", &self.pv_kw, horizon.periods)?;
        check_curve("wind_kw", &self.wind_kw, horizon.periods)?;
        if self.exchange_kw_max > 0.0 {
            return Ok(());
        }
        Err(GroupError::OutOfRange {
            quantity: "exchange_kw_max",
            value: self.exchange_kw_max,
            range: "positive",
        })
    }

    /// Power balance with so much EV charging \[kW\] (P4 eq. 14-17). PV and wind are curtailed, in
    /// proportion, only where the surplus exceeds the exchange limit.
    ///
    /// ```
    /// let mut grid = group::Microgrid::of_net_load("office", vec![50.0]);
    /// (grid.pv_kw, grid.wind_kw, grid.exchange_kw_max) = (vec![300.0], vec![100.0], 200.0);
    /// let balance = grid.balance(&[30.0]);
    /// // 50 + 30 - 400 = -320: 120 kW too much, 90 of them PV.
    /// assert_eq!((balance.pv_kw[0], balance.wind_kw[0], balance.exchange_kw[0]), (210.0, 70.0, -200.0));
    /// ```
    pub fn balance(&self, ev_kw: &[f64]) -> Balance {
        let mut balance = Balance::default();
        for (t, &ev) in ev_kw.iter().enumerate() {
            let available = self.pv_kw[t] + self.wind_kw[t];
            let wish = self.load_kw[t] + ev - available;
            let spilled = (-self.exchange_kw_max - wish).clamp(0.0, available.max(0.0));
            let kept = if available > 0.0 { 1.0 - spilled / available } else { 1.0 };
            balance.pv_kw.push(self.pv_kw[t] * kept);
            balance.wind_kw.push(self.wind_kw[t] * kept);
            balance.exchange_kw.push((wish + spilled).min(self.exchange_kw_max));
            balance.missing_kw.push((wish - self.exchange_kw_max).max(0.0));
        }
        balance
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weather_makes_pv_and_wind() {
        let weather = Weather {
            irradiance_kw_per_m2: vec![0.0, 1.0],
            cell_c: vec![25.0, 25.0],
            wind_m_per_s: vec![10.0, 0.0],
        };
        let pv = PvPlant { rated_kw: 100.0, derating: 0.9, ..PvPlant::default() };
        let wind = WindPlant { swept_m2: 1000.0, ..WindPlant::default() };
        let grid = Microgrid::of_weather("x", vec![200.0, 200.0], &pv, &wind, &weather).unwrap();
        // 200 - 171.5 and 200 - 90.
        assert!(
            (grid.net_load_kw()[0] - 28.5).abs() < 1e-9
                && (grid.net_load_kw()[1] - 110.0).abs() < 1e-9
        );
        let short = Weather { cell_c: vec![25.0], ..weather };
        assert!(matches!(
            Microgrid::of_weather("x", vec![0.0; 2], &pv, &wind, &short),
            Err(GroupError::CurveLength { curve: "cell_c", found: 1, expected: 2 })
        ));
    }

    #[test]
    fn a_broken_import_limit_is_reported_not_hidden() {
        let grid = Microgrid { exchange_kw_max: 100.0, ..Microgrid::of_net_load("x", vec![90.0]) };
        let balance = grid.balance(&[25.0]);
        assert_eq!((balance.exchange_kw[0], balance.missing_kw[0]), (100.0, 15.0));
    }
}
