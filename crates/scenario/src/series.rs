//! Series of load, PV, wind, temperature and the grid's price: where they come from, when their rows
//! are, and how they are scaled.

use crate::builtin_series::{BUILTIN_SERIES, BuiltinSeries};
use keys::{Code, SHARE, Table, nearest};
use std::path::PathBuf;
use tables::{Gaps, Mending, Order, Unit};

/// Where a series comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SeriesSource {
    /// A series that is part of the program.
    Builtin(String),
    /// A column of a file of comma-separated values.
    Csv(PathBuf),
    /// A column of a Parquet file.
    Parquet(PathBuf),
    /// An output of a functional mock-up unit.
    Fmu {
        /// The unit.
        path: PathBuf,
        /// The output.
        output: String,
    },
}

/// What happens when a series has been read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// One day is taken and repeated.
    Day,
    /// Seven days are taken and repeated; weekdays agree where the series has dates.
    Week,
    /// Days follow each other as in the file; it must cover warm-up and all days.
    Consecutive,
    /// Each run draws its days among those of the same season and kind of day.
    Drawn,
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

/// When the rows of a file are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowTimes {
    /// The column of times; found if there is a single one.
    pub column: Option<String>,
    /// How they are written, if not as ISO 8601.
    pub format: Option<String>,
    /// The zone of times without an offset; the scenario's own if none.
    pub zone: Option<String>,
    /// In which order rows stand.
    pub order: Order,
    /// What is made of missing rows and values.
    pub mending: Mending,
}

impl Default for RowTimes {
    /// ISO 8601 in the scenario's own zone, rising, whole.
    fn default() -> Self {
        let mending = Mending { gaps: Gaps::Refuse, most: 4 };
        Self { column: None, format: None, zone: None, order: Order::Rising, mending }
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
    /// When the rows are.
    pub times: RowTimes,
    /// Length of a row (min); none: as the times of the file tell, or the built-in series has.
    pub step_min: Option<u32>,
    /// What the numbers are; none: as the column's name ends, or as the model wants them.
    pub unit: Option<Unit>,
    /// How values are scaled.
    pub scale: SeriesScale,
    /// What happens at its end.
    pub repeat: Repeat,
    /// The first day that is taken, from 0; none: the scenario's own date where the file has it,
    /// else the first whole day.
    pub first_day: Option<u32>,
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
    /// What a kWh from the grid costs the plant (CNY/kWh), in the place of the tariff.
    pub grid_price: Option<SeriesSpec>,
}

impl SeriesRules {
    /// All series.
    pub fn all(&self) -> impl Iterator<Item = &SeriesSpec> {
        [&self.load, &self.pv, &self.wind, &self.temperature].into_iter().chain(&self.grid_price)
    }
}

/// The default of one series.
pub(crate) struct SeriesDefault {
    pub builtin: &'static str,
    pub scale: SeriesScale,
    pub forecast: ForecastError,
}

pub(crate) fn series(t: &mut Table<'_>, defaults: &[SeriesDefault; 4]) -> SeriesRules {
    t.table("series", "what each zone's surroundings do", |t| SeriesRules {
        load: one(t, "load", Some(&defaults[0]), "base load [kW]"),
        pv: one(t, "pv", Some(&defaults[1]), "PV, as a share of the installed power"),
        wind: one(t, "wind", Some(&defaults[2]), "wind power, as a share of the installed power"),
        temperature: one(t, "temperature", Some(&defaults[3]), "air temperature [degrees C]"),
        grid_price: (t.has("grid_price") || t.is_describing()).then(|| {
            let doc = "what the plant pays for grid energy [CNY/kWh], in the place of the tariff";
            one(t, "grid_price", None, doc)
        }),
    })
}

/// A series; without a default it has to come from a file.
fn one(t: &mut Table<'_>, name: &'static str, d: Option<&SeriesDefault>, doc: &str) -> SeriesSpec {
    t.table(name, doc, |t| {
        let source = source(t, d.map(|d| d.builtin));
        let known = match &source {
            SeriesSource::Builtin(name) => BuiltinSeries::named(name),
            _ => None,
        };
        let step_min = step(t, known);
        // A user's own series is never rescaled to the total of the one that it replaces.
        let natural = match (d, &source) {
            (Some(d), SeriesSource::Builtin(_)) => d.scale,
            _ => SeriesScale::Factor(1.0),
        };
        // A unit goes on as long as it is stepped.
        let goes_on = d.is_none() || matches!(source, SeriesSource::Fmu { .. });
        let repeat = if goes_on { Repeat::Consecutive } else { Repeat::Day };
        let repeat = t.word("repeat", repeat, &REPEATS, "what happens at the end of the series");
        if repeat == Repeat::Drawn && !t.is_describing() {
            t.reject("first_day", "days that are drawn have no first one", "leave it out");
        }
        SeriesSpec {
            name,
            column: column(t, &source, known),
            times: times(t, &source),
            source,
            step_min,
            unit: unit(t, known),
            scale: scale(t, natural),
            repeat,
            first_day: t
                .optional_count("first_day", 0..=100_000, "days", FIRST_DAY)
                .map(|day| day as u32),
            forecast: match d {
                Some(_) if name == "temperature" => {
                    let help = "leave the table out; load, PV and wind have forecasts";
                    t.reject("forecast", "nobody forecasts the temperature", help);
                    ForecastError::NONE
                }
                Some(d) => t.table(
                    "forecast",
                    "errors of forecasts: relative, autoregressive over hours",
                    |t| forecast(t, d.forecast),
                ),
                None => ForecastError::NONE,
            },
            power_factor: if name == "load" {
                t.number(
                    "power_factor",
                    1.0,
                    0.1..=1.0,
                    "1",
                    "power factor of the load, lagging: reactive power as it is told to partners",
                )
            } else {
                1.0
            },
        }
    })
}

const FIRST_DAY: &str = "the first day that is taken, from 0; with \"consecutive\" the first day of \
                         the warm-up; by default the scenario's own date where the file has it, \
                         else the first whole day";

/// Length of a row: divides a day.
fn step(t: &mut Table<'_>, known: Option<&BuiltinSeries>) -> Option<u32> {
    let doc = "length of a row; not needed where the file has a column of times";
    let step_min = t.optional_count("step_min", 1..=1440, "min", doc).map(|m| m as u32);
    if let Some(step_min) = step_min {
        check_step(t, step_min, known);
    }
    step_min
}

/// When the rows of a file are.
fn times(t: &mut Table<'_>, source: &SeriesSource) -> RowTimes {
    let d = RowTimes::default();
    let timeless = match source {
        SeriesSource::Builtin(_) => Some("a built-in series has no times of its own"),
        SeriesSource::Fmu { .. } => Some("a unit has no rows: it is stepped from its time 0 on"),
        SeriesSource::Csv(_) | SeriesSource::Parquet(_) => None,
    };
    if let Some(why) = timeless.filter(|_| !t.is_describing()) {
        for key in ["time_column", "time_format", "time_zone", "order", "gaps", "gap_rows"] {
            t.reject(key, why, "leave it out");
        }
        return d;
    }
    let zone_doc = "zone of times without an offset, `Europe/Berlin` or `+08:00`; by default the \
                    scenario's own offset";
    let zone = t.optional_text("time_zone", zone_doc);
    if let Some(Err(message)) = zone.as_deref().map(tables::zone) {
        t.refuse("time_zone", message, "see the tz database for names");
    }
    let orders = [
        ("rising", Order::Rising, "times rise; anything else is refused"),
        ("sorted", Order::Sorted, "rows are sorted; equal rows that stand twice count once"),
    ];
    let gaps = [
        ("refuse", Gaps::Refuse, "refused, with the line"),
        ("interpolate", Gaps::Interpolate, "on a straight line between the values around them"),
        ("hold", Gaps::Hold, "as the last value before them"),
    ];
    RowTimes {
        column: t.optional_text("time_column", "the column of times; found if there is one"),
        format: t.optional_text("time_format", "how times are written, as %d.%m.%Y %H:%M"),
        zone,
        order: t.word("order", d.order, &orders, "in which order rows stand"),
        mending: Mending {
            gaps: t.word("gaps", d.mending.gaps, &gaps, "what is made of missing rows and values"),
            most: t.count32(
                "gap_rows",
                d.mending.most,
                1..=100_000,
                "rows",
                "the most rows in a row that are mended",
            ),
        },
    }
}

const UNITS: [(&str, Unit, &str); 11] = [
    ("kW", Unit::Kilowatt, "power"),
    ("MW", Unit::Megawatt, "power"),
    ("W", Unit::Watt, "power"),
    ("kWh per step", Unit::KilowattHours, "energy of each row"),
    ("MWh per step", Unit::MegawattHours, "energy of each row"),
    ("Wh per step", Unit::WattHours, "energy of each row"),
    ("share", Unit::Share, "of the installed power or the nominal load"),
    ("percent", Unit::Percent, "of the installed power or the nominal load"),
    ("degrees C", Unit::Celsius, "temperature"),
    ("per kWh", Unit::PerKilowattHour, "price"),
    ("per MWh", Unit::PerMegawattHour, "price"),
];

/// A unit as scenarios write it.
pub(crate) fn unit_word(unit: Unit) -> &'static str {
    UNITS.iter().find(|(_, u, _)| *u == unit).map_or("", |(word, ..)| *word)
}

fn unit(t: &mut Table<'_>, known: Option<&BuiltinSeries>) -> Option<Unit> {
    if known.is_some() && !t.is_describing() {
        t.reject("unit", "a built-in series has its own unit", "leave `unit` out");
        return None;
    }
    let words: Vec<(&str, Option<Unit>, &str)> = std::iter::once((
        "as named",
        None,
        "as the column's name ends (`load_mw`), else as the model wants it",
    ))
    .chain(UNITS.iter().map(|(word, unit, doc)| (*word, Some(*unit), *doc)))
    .collect();
    t.word("unit", None, &words, "what the numbers are")
}

const REPEATS: [(&str, Repeat, &str); 4] = [
    ("day", Repeat::Day, "one day is taken and repeated"),
    ("week", Repeat::Week, "seven days are taken and repeated"),
    (
        "consecutive",
        Repeat::Consecutive,
        "days follow each other as in the file, which must cover warm-up and all days",
    ),
    (
        "drawn",
        Repeat::Drawn,
        "each run draws its days, by `seeds.exogenous`, among those of the file that are of the \
         same season (three months from December on) and kind of day (Monday to Friday, Saturday, \
         Sunday)",
    ),
];

const FMU: &str = "a functional mock-up unit (FMI 2.0 or 3.0, co-simulation), relative to the \
                   scenario's folder; it is stepped from its time 0, midnight of the first day that \
                   is taken if that is 0, by `step_min` (a period by default); `repeat` is then \
                   \"consecutive\" by default";

fn source(t: &mut Table<'_>, builtin: Option<&str>) -> SeriesSource {
    let describing = t.is_describing();
    let (keys, default): (&[&str], &str) = if builtin.is_some() {
        (&["csv", "parquet", "fmu", "builtin"], "builtin")
    } else {
        (&["csv", "parquet", "fmu"], "csv")
    };
    let chosen = t.one_of(keys, default);
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
    if chosen == "fmu" || describing {
        let path = t.required_text("fmu", FMU).unwrap_or_default();
        let output = t.required_text("output", "an output of the unit").unwrap_or_default();
        if !describing {
            return SeriesSource::Fmu { path: path.into(), output };
        }
    }
    let Some(builtin) = builtin else { return SeriesSource::Csv(PathBuf::new()) };
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

fn column(
    t: &mut Table<'_>,
    source: &SeriesSource,
    known: Option<&BuiltinSeries>,
) -> Option<String> {
    if matches!(source, SeriesSource::Fmu { .. }) {
        t.reject("column", "a unit has outputs", "name one with `output`");
        return None;
    }
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
