//! Series of load, PV, wind and temperature: where they come from and how they are scaled.

use crate::builtin_series::{BUILTIN_SERIES, BuiltinSeries};
use keys::{Code, SHARE, Table, nearest};
use std::path::PathBuf;

/// Where a series comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SeriesSource {
    /// A series that is part of the program.
    Builtin(String),
    /// A column of a file of comma-separated values.
    Csv(PathBuf),
    /// A column of a Parquet file.
    Parquet(PathBuf),
}

/// What happens when a series has been read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// One day is taken and repeated.
    Day,
    /// Days follow each other as in the file; it must cover warm-up and all days.
    Consecutive,
}

/// How values become kW (or degrees C).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SeriesScale {
    /// Values are multiplied.
    Factor(f64),
    /// Values are multiplied so that the mean day (the taken one, with `repeat = "day"`) holds this
    /// energy (kWh).
    KwhPerDay(f64),
}

/// How far forecasts are off: relative errors, first-order autoregressive over hours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ForecastError {
    /// Standard deviation of the day-ahead error that all zones share, relative; 0: perfect
    /// foresight.
    pub common_sd: f64,
    /// Standard deviation of each zone's own day-ahead error, relative.
    pub zone_sd: f64,
    /// Correlation of errors an hour apart.
    pub correlation: f64,
    /// Share of the day-ahead error that is left shortly before a period.
    pub intraday_share: f64,
    /// Standard deviation of the relative error of what is left of the period at hand; by default
    /// `intraday_share` times the day-ahead error's.
    pub nowcast_sd: Option<f64>,
}

impl ForecastError {
    /// No error.
    pub const NONE: Self = Self {
        common_sd: 0.0,
        zone_sd: 0.0,
        correlation: 0.8,
        intraday_share: 1.0 / 3.0,
        nowcast_sd: None,
    };

    /// Whether everything is foreseen.
    pub fn is_perfect(&self) -> bool {
        self.common_sd == 0.0 && self.zone_sd == 0.0 && self.nowcast_sd.is_none_or(|sd| sd == 0.0)
    }

    /// Standard deviations of the nowcast's error that all zones share and of each zone's own: a
    /// given one is split as the day-ahead error is.
    ///
    /// ```
    /// let e = scenario::ForecastError { common_sd: 0.3, zone_sd: 0.4, ..scenario::ForecastError::NONE };
    /// assert_eq!(e.nowcast_sds(), (0.3 / 3.0, 0.4 / 3.0));
    /// let e = scenario::ForecastError { nowcast_sd: Some(0.1), ..e };
    /// assert!((e.nowcast_sds().0 - 0.06).abs() < 1e-12 && (e.nowcast_sds().1 - 0.08).abs() < 1e-12);
    /// ```
    pub fn nowcast_sds(&self) -> (f64, f64) {
        let all = self.common_sd.hypot(self.zone_sd);
        match self.nowcast_sd {
            None => (self.common_sd * self.intraday_share, self.zone_sd * self.intraday_share),
            Some(sd) if all > 0.0 => (sd * self.common_sd / all, sd * self.zone_sd / all),
            Some(sd) => (sd, 0.0),
        }
    }
}

/// A series.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesSpec {
    /// Key in the scenario: `load`, `pv`, `wind`, `temperature`.
    pub name: &'static str,
    /// Where it comes from.
    pub source: SeriesSource,
    /// Column of a file; not needed if it has a single column of numbers.
    pub column: Option<String>,
    /// Length of a row (min).
    pub step_min: u32,
    /// How values are scaled.
    pub scale: SeriesScale,
    /// What happens at its end.
    pub repeat: Repeat,
    /// The first day that is taken, from 0.
    pub first_day: u32,
    /// Errors of forecasts.
    pub forecast: ForecastError,
    /// Power factor of the load, lagging; 1 for what is no load.
    pub power_factor: f64,
}

impl SeriesSpec {
    /// Reactive power per active power: the tangent of the angle whose cosine is the power factor.
    pub fn tan_phi(&self) -> f64 {
        (1.0 - self.power_factor * self.power_factor).max(0.0).sqrt() / self.power_factor
    }
}

/// The series of each zone.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesRules {
    /// Base load (kW).
    pub load: SeriesSpec,
    /// PV, share of the installed power.
    pub pv: SeriesSpec,
    /// Wind, share of the installed power.
    pub wind: SeriesSpec,
    /// Air temperature (degrees C).
    pub temperature: SeriesSpec,
}

/// The default of one series.
pub(crate) struct SeriesDefault {
    pub builtin: &'static str,
    pub scale: SeriesScale,
    pub forecast: ForecastError,
}

pub(crate) fn series(t: &mut Table<'_>, defaults: &[SeriesDefault; 4]) -> SeriesRules {
    t.table("series", "what each zone's surroundings do", |t| SeriesRules {
        load: one(t, "load", &defaults[0], "base load [kW]"),
        pv: one(t, "pv", &defaults[1], "PV, as a share of the installed power"),
        wind: one(t, "wind", &defaults[2], "wind power, as a share of the installed power"),
        temperature: one(t, "temperature", &defaults[3], "air temperature [degrees C]"),
    })
}

fn one(t: &mut Table<'_>, name: &'static str, d: &SeriesDefault, doc: &str) -> SeriesSpec {
    t.table(name, doc, |t| {
        let source = source(t, d.builtin);
        let known = if let SeriesSource::Builtin(name) = &source { BuiltinSeries::named(name) } else { None };
        let step_min = t.count32("step_min", known.map_or(15, BuiltinSeries::step_min), 1..=1440, "min", "length of a row");
        check_step(t, step_min, known);
        SeriesSpec {
            name,
            column: column(t, known),
            source,
            step_min,
            scale: scale(t, d.scale),
            repeat: t.word("repeat", Repeat::Day, &REPEATS, "what happens at the end of the series"),
            first_day: t.count32(
                "first_day",
                0,
                0..=100_000,
                "days",
                "the first day that is taken, from 0; with \"consecutive\" the first day of the warm-up",
            ),
            forecast: t.table("forecast", "errors of forecasts: relative, autoregressive over hours", |t| forecast(t, d.forecast)),
            power_factor: if name == "load" {
                t.number("power_factor", 1.0, 0.1..=1.0, "1", "power factor of the load, lagging: reactive power as it is told to partners")
            } else {
                1.0
            },
        }
    })
}

const REPEATS: [(&str, Repeat, &str); 2] = [
    ("day", Repeat::Day, "one day is taken and repeated"),
    (
        "consecutive",
        Repeat::Consecutive,
        "days follow each other as in the file, which must cover warm-up and all days",
    ),
];

fn source(t: &mut Table<'_>, builtin: &str) -> SeriesSource {
    let chosen = t.one_of(&["csv", "parquet", "builtin"], "builtin");
    let describing = t.is_describing();
    if chosen == "csv" || describing {
        let path = t
            .required_text(
                "csv",
                "a file of comma-separated values, relative to the scenario's folder",
            )
            .unwrap_or_default();
        if !describing {
            return SeriesSource::Csv(path.into());
        }
    }
    if chosen == "parquet" || describing {
        let path = t
            .required_text("parquet", "a Parquet file, relative to the scenario's folder")
            .unwrap_or_default();
        if !describing {
            return SeriesSource::Parquet(path.into());
        }
    }
    let name = t.text("builtin", builtin, "a series that is part of the program");
    if BuiltinSeries::named(&name).is_none() {
        let names = || BUILTIN_SERIES.iter().map(|s| s.name);
        let near = nearest(&name, names())
            .map_or_else(String::new, |near| format!("the nearest is \"{near}\"; "));
        let known = names().collect::<Vec<_>>().join(", ");
        t.refuse_as(
            Code::UnknownWord,
            "builtin",
            format!("there is no built-in series \"{name}\""),
            format!("{near}known: {known}"),
        );
    }
    SeriesSource::Builtin(name)
}

fn column(t: &mut Table<'_>, known: Option<&BuiltinSeries>) -> Option<String> {
    let column = t.optional_text(
        "column",
        "the column; not needed if the file has a single column of numbers",
    );
    if known.is_some() && column.is_some() {
        t.refuse(
            "column",
            "a built-in series has no columns to choose from",
            "leave `column` out, or name another built-in series",
        );
    }
    column
}

fn check_step(t: &Table<'_>, step_min: u32, known: Option<&BuiltinSeries>) {
    if 1440 % step_min.max(1) != 0 {
        t.refuse(
            "step_min",
            format!("a day is not a whole number of rows of {step_min} min"),
            "allowed: divisors of 1440, such as 1, 5, 15, 30, 60",
        );
    } else if let Some(known) = known.filter(|known| known.step_min() != step_min) {
        t.refuse(
            "step_min",
            format!("the rows of built-in `{}` are {} min long", known.name, known.step_min()),
            "leave `step_min` out",
        );
    }
}

fn scale(t: &mut Table<'_>, default: SeriesScale) -> SeriesScale {
    let (word, factor, energy) = match default {
        SeriesScale::Factor(factor) => ("scale", Some(factor), None),
        SeriesScale::KwhPerDay(energy) => ("kwh_per_day", Some(1.0), Some(energy)),
    };
    let chosen = t.one_of(&["scale", "kwh_per_day"], word);
    let mut scale = default;
    if chosen == "scale" || t.is_describing() {
        scale = SeriesScale::Factor(t.number(
            "scale",
            factor.unwrap_or(1.0),
            0.0..=1e9,
            "1",
            "factor on every value",
        ));
    }
    if chosen == "kwh_per_day" || t.is_describing() {
        let energy = t.number_or_required(
            "kwh_per_day",
            energy,
            0.0..=1e12,
            "kWh",
            "energy of a day to which values are scaled, in the place of `scale`",
        );
        scale = SeriesScale::KwhPerDay(energy);
    }
    scale
}

fn forecast(t: &mut Table<'_>, d: ForecastError) -> ForecastError {
    ForecastError {
        common_sd: t.number(
            "common_sd",
            d.common_sd,
            0.0..=2.0,
            "1",
            "standard deviation of the day-ahead error that all zones share; 0: perfect foresight",
        ),
        zone_sd: t.number(
            "zone_sd",
            d.zone_sd,
            0.0..=2.0,
            "1",
            "standard deviation of each zone's own day-ahead error",
        ),
        correlation: t.number(
            "correlation",
            d.correlation,
            0.0..=0.999,
            "1",
            "correlation of errors an hour apart",
        ),
        intraday_share: t.number(
            "intraday_share",
            d.intraday_share,
            SHARE,
            "1",
            "share of the day-ahead error that is left shortly before a period",
        ),
        nowcast_sd: t.optional_number(
            "nowcast_sd",
            0.0..=2.0,
            "1",
            "standard deviation of the error of what is left of the period at hand; default: intraday_share times the day-ahead one",
        ),
    }
}
