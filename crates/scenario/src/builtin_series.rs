//! Series that are part of the program, with the folder that says where they come from.

use tables::TableError;

/// A series that is part of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltinSeries {
    /// How scenarios call it.
    pub name: &'static str,
    /// The file in the repository, below `scenarios/`.
    pub file: &'static str,
    /// The file's text.
    csv: &'static str,
    column: &'static str,
    step_min: u32,
    /// Days since 1970-01-01 of the first row, where days follow each other as in a calendar.
    first_day: Option<i64>,
}

/// 2016-01-01 in days since 1970-01-01.
const YEAR_2016: i64 = 16_801;

const PARK_DAY: &str = include_str!("../../../scenarios/park/data/park_day.csv");
const PARK_YEAR: &str = include_str!("../../../scenarios/park/data/park_year.csv");

const fn park_day(name: &'static str, column: &'static str) -> BuiltinSeries {
    BuiltinSeries {
        name,
        file: "park/data/park_day.csv",
        csv: PARK_DAY,
        column,
        step_min: 15,
        first_day: None,
    }
}

const fn park_year(name: &'static str, column: &'static str) -> BuiltinSeries {
    BuiltinSeries {
        name,
        file: "park/data/park_year.csv",
        csv: PARK_YEAR,
        column,
        step_min: 15,
        first_day: Some(YEAR_2016),
    }
}

const FEEDER_DAY: &str = include_str!("../../../scenarios/feeder/data/feeder_day.csv");

const fn feeder_day(name: &'static str, column: &'static str) -> BuiltinSeries {
    BuiltinSeries {
        name,
        file: "feeder/data/feeder_day.csv",
        csv: FEEDER_DAY,
        column,
        step_min: 60,
        first_day: None,
    }
}

/// All built-in series.
pub const BUILTIN_SERIES: &[BuiltinSeries] = &[
    park_day("park_load", "load"),
    park_day("park_wind", "wind"),
    park_day("park_pv", "pv"),
    park_day("park_wind_day41", "wind_day41"),
    park_day("park_pv_day36", "pv_day36"),
    park_day("park_wind_day122", "wind_day122"),
    park_day("park_pv_day148", "pv_day148"),
    park_day("park_temperature", "temperature_c"),
    park_year("park_load_2016", "load"),
    park_year("park_wind_2016", "wind"),
    park_year("park_pv_2016", "pv"),
    feeder_day("feeder_load", "load"),
    feeder_day("feeder_pv", "pv"),
    feeder_day("feeder_wind", "wind"),
];

impl BuiltinSeries {
    /// The series of a name, if there is one.
    pub fn named(name: &str) -> Option<&'static Self> {
        BUILTIN_SERIES.iter().find(|series| series.name == name)
    }

    /// Length of a row (min).
    pub fn step_min(&self) -> u32 {
        self.step_min
    }

    /// Days since 1970-01-01 of its first row, where its days are those of a calendar.
    pub(crate) fn first_day(&self) -> Option<i64> {
        self.first_day
    }

    /// Number of rows, without reading them.
    pub fn rows(&self) -> usize {
        self.csv.lines().count().saturating_sub(1)
    }

    /// Its values, one per row.
    ///
    /// # Errors
    /// When the embedded file is damaged.
    pub fn values(&self) -> Result<Vec<f64>, TableError> {
        tables::parse_series(self.file, self.csv, Some(self.column))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_builtin_series_has_whole_days() {
        for series in BUILTIN_SERIES {
            let values = series.values().expect("an embedded file is whole");
            let rows = 1440 / series.step_min as usize;
            assert!(
                !values.is_empty() && values.len() % rows == 0,
                "{}: {} rows",
                series.name,
                values.len()
            );
        }
    }

    #[test]
    fn park_energies_are_the_documented_ones() {
        // Documented: 37.8, 42.9 and 52.6 MWh of wind and PV a day for the three pairs of days.
        let day_mwh = |name: &str, kw: f64| {
            BuiltinSeries::named(name).unwrap().values().unwrap().iter().sum::<f64>() * kw * 0.25
                / 1000.0
        };
        for (wind, pv, mwh) in [
            ("park_wind", "park_pv", 37.8),
            ("park_wind_day41", "park_pv_day36", 42.9),
            ("park_wind_day122", "park_pv_day148", 52.6),
        ] {
            let got = day_mwh(wind, 2607.6) + day_mwh(pv, 2312.4);
            assert!((got - mwh).abs() < 0.05, "{wind} + {pv}: {got} MWh");
        }
    }
}
