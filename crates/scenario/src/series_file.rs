//! Days of a user's own series: which ones, in which unit, by the file's times or without any.

use crate::Model;
use crate::scenario::{Scenario, days_taken};
use crate::series::{Repeat, SeriesScale, SeriesSpec, unit_word};
use crate::series_data::{Refusal, TOO_SHORT_HELP};
use keys::Code;
use std::path::Path;
use tables::{Clock, SeriesAsk, TableError, TimedSeries, Unit, unit_of_name};

const DAY_S: i64 = 86_400;
/// Length of a row that says nothing about it (s).
const USUAL_STEP_S: i64 = 900;

/// Whole days by period, from the first that is taken on.
pub(crate) struct Taken {
    pub days: Vec<f64>,
    /// Factor to the unit of the model.
    pub factor: f64,
    pub warnings: Vec<Refusal>,
    pub notes: Vec<String>,
}

pub(crate) fn bad(message: impl Into<String>, help: impl Into<String>) -> Refusal {
    (Code::BadData, message.into(), help.into())
}

fn of_table(error: &TableError) -> Refusal {
    bad(error.to_string(), "correct the file, or say in the scenario how it is to be read")
}

/// Reads the days that a scenario takes from a file. `installed`: what a share of 1 is (kW).
pub(crate) fn taken(
    s: &Scenario,
    spec: &SeriesSpec,
    path: &Path,
    installed: f64,
) -> Result<Taken, Refusal> {
    let (series, step_s, mut warnings) = read(s, spec, path)?;
    let from_s = first_second(s, spec, &series, step_s, &mut warnings)?;
    let span_s = days_taken(spec.repeat, s) as i64 * DAY_S;
    days_of(s, spec, series, (from_s, span_s, step_s), installed, warnings)
}

/// Reads all whole days of a file, and says when the first one is, in days since 1970-01-01, where
/// the file has dates.
pub(crate) fn all_days(
    s: &Scenario,
    spec: &SeriesSpec,
    path: &Path,
    installed: f64,
) -> Result<(Taken, Option<i64>), Refusal> {
    let (series, step_s, warnings) = read(s, spec, path)?;
    let held_s = series.values.len() as i64 * step_s;
    let (midnight_s, first) = match series.clock {
        Clock::Instants { first_us, offset_s } => {
            let local_s = first_us.div_euclid(1_000_000) + offset_s;
            let midnight_s = (-local_s).rem_euclid(DAY_S);
            (midnight_s, Some((local_s + midnight_s).div_euclid(DAY_S)))
        }
        Clock::HourOfDay(first_s) => ((-first_s).rem_euclid(DAY_S), None),
        Clock::Rows => (0, None),
    };
    let days = (held_s - midnight_s) / DAY_S;
    if days < 1 {
        let message = format!("{} holds no whole day", path.display());
        return Err(bad(message, "give `step_min`, complete the file, or add a column of times"));
    }
    let taken = days_of(s, spec, series, (midnight_s, days * DAY_S, step_s), installed, warnings)?;
    Ok((taken, first))
}

/// Days of several columns by period, for each of which is said whether negative values are
/// refused; what was assumed, and how the file was understood.
pub(crate) fn days_of_columns(
    s: &Scenario,
    spec: &SeriesSpec,
    path: &Path,
    columns: &[(&str, bool)],
) -> Result<(Vec<Vec<f64>>, Vec<Refusal>, Vec<String>), Refusal> {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let offset = offset_text(s.start.offset_s);
    let mut all =
        TimedSeries::read_columns(path, &names, &ask(spec, &offset)).map_err(|e| of_table(&e))?;
    let (mut warnings, mut notes) = (Vec::new(), Vec::new());
    let Some(first) = all.first_mut() else { return Ok((Vec::new(), warnings, notes)) };
    notes.append(&mut first.notes);
    let step_s = step_or_usual(first, &mut warnings);
    let from_s = first_second(s, spec, first, step_s, &mut warnings)?;
    let span_s = days_taken(spec.repeat, s) as i64 * DAY_S;
    let period_s = DAY_S / i64::from(s.periods_per_day);
    let mut mended = 0;
    let mut days = Vec::with_capacity(all.len());
    for (series, (_, refused)) in all.iter_mut().zip(columns) {
        series.step_s = Some(step_s);
        if *refused {
            refuse_negative(spec, series, from_s, span_s, step_s)?;
        }
        let count = (span_s / period_s) as usize;
        let means =
            series.means(from_s, period_s, count, spec.times.mending).map_err(|e| of_table(&e))?;
        mended += means.mended;
        days.push(means.values);
    }
    if mended > 0 {
        let message = format!("{mended} missing values of {} are mended", path.display());
        warnings.push(bad(message, "as `gaps` says; complete the file for better"));
    }
    notes.push(format!("rows of {} min", step_s as f64 / 60.0));
    Ok((days, warnings, notes))
}

fn ask<'a>(spec: &'a SeriesSpec, offset: &'a str) -> SeriesAsk<'a> {
    SeriesAsk {
        column: spec.column.as_deref(),
        time_column: spec.times.column.as_deref(),
        time_format: spec.times.format.as_deref(),
        zone: spec.times.zone.as_deref().unwrap_or(offset),
        step_min: spec.step_min,
        order: spec.times.order,
    }
}

/// The length of a row (s), and a warning where nothing says it.
fn step_or_usual(series: &mut TimedSeries, warnings: &mut Vec<Refusal>) -> i64 {
    if series.step_s.is_none() {
        let path = series.path().display();
        warnings.push(bad(
            format!(
                "{path} says nothing about time: rows are taken as 15 min, the first at midnight"
            ),
            "give `step_min`, or a column of times",
        ));
    }
    *series.step_s.get_or_insert(USUAL_STEP_S)
}

/// The rows of a file, the length of one (s), and what was assumed.
fn read(
    s: &Scenario,
    spec: &SeriesSpec,
    path: &Path,
) -> Result<(TimedSeries, i64, Vec<Refusal>), Refusal> {
    let offset = offset_text(s.start.offset_s);
    let mut series = TimedSeries::read(path, &ask(spec, &offset)).map_err(|e| of_table(&e))?;
    let mut warnings = Vec::new();
    let step_s = step_or_usual(&mut series, &mut warnings);
    Ok((series, step_s, warnings))
}

/// Whole days of a file from second `from_s` over `span_s`, with rows of `step_s`.
fn days_of(
    s: &Scenario,
    spec: &SeriesSpec,
    mut series: TimedSeries,
    (from_s, span_s, step_s): (i64, i64, i64),
    installed: f64,
    mut warnings: Vec<Refusal>,
) -> Result<Taken, Refusal> {
    let named = unit_of_name(&series.column);
    let said = named.map(|named| {
        let name = &series.column;
        format!("the name of column `{name}` ends as {}", unit_word(named))
    });
    let (factor, unit) = factor(s, spec, named.zip(said), step_s, installed)?;
    refuse_negative(spec, &series, from_s, span_s, step_s)?;
    let period_s = DAY_S / i64::from(s.periods_per_day);
    let count = (span_s / period_s) as usize;
    let means =
        series.means(from_s, period_s, count, spec.times.mending).map_err(|e| of_table(&e))?;
    let mut notes = std::mem::take(&mut series.notes);
    if means.mended > 0 {
        warnings.push(bad(
            format!("{} missing rows of {} are mended", means.mended, series.path().display()),
            "as `gaps` says; complete the file for better",
        ));
    }
    notes.push(format!(
        "column `{}` in {}, rows of {} min",
        series.column,
        unit_word(unit),
        step_s as f64 / 60.0
    ));
    Ok(Taken { days: means.values, factor, warnings, notes })
}

fn offset_text(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Where the first day that is taken begins, in seconds after the file's first row.
fn first_second(
    s: &Scenario,
    spec: &SeriesSpec,
    series: &TimedSeries,
    step_s: i64,
    warnings: &mut Vec<Refusal>,
) -> Result<i64, Refusal> {
    let held_s = series.values.len() as i64 * step_s;
    let needed_s = days_taken(spec.repeat, s) as i64 * DAY_S;
    let mut first_day = i64::from(spec.first_day.unwrap_or(0));
    let midnight_s = match series.clock {
        Clock::Instants { first_us, offset_s } => {
            let warm_s = match spec.repeat {
                Repeat::Day | Repeat::Drawn => 0,
                Repeat::Week | Repeat::Consecutive => i64::from(s.warmup_days) * DAY_S,
            };
            let from_s = s.start.unix_us.div_euclid(1_000_000) - first_us / 1_000_000 - warm_s;
            let begins = (0..held_s).contains(&(from_s + warm_s));
            if spec.first_day.is_none() && (begins || spec.name == "grid_price") {
                return by_date(s, from_s, needed_s, held_s);
            }
            if spec.first_day.is_none() {
                warnings.push(bad(
                    format!(
                        "the times of {} do not hold the scenario's start {}: its first whole day is \
                         taken for it",
                        series.path().display(),
                        s.start.text
                    ),
                    "give `first_day` to choose a day, or another `start`",
                ));
            }
            let midnight = (-(first_us.div_euclid(1_000_000) + offset_s)).rem_euclid(DAY_S);
            if spec.repeat == Repeat::Week {
                let weekday = |unix_s: i64| (unix_s.div_euclid(DAY_S) + 3).rem_euclid(7);
                let own = weekday(first_us.div_euclid(1_000_000) + offset_s + midnight) + first_day;
                let start = s.start.unix_us.div_euclid(1_000_000) + i64::from(s.start.offset_s);
                first_day += (weekday(start) - i64::from(s.warmup_days) - own).rem_euclid(7);
            }
            midnight
        }
        Clock::HourOfDay(first_s) => (-first_s).rem_euclid(DAY_S),
        Clock::Rows => {
            if held_s % DAY_S != 0 {
                let message = format!(
                    "{} rows of {} min are no whole number of days; {} days are needed",
                    series.values.len(),
                    step_s as f64 / 60.0,
                    first_day + needed_s / DAY_S
                );
                return Err(bad(
                    message,
                    "give `step_min`, complete the file, or add a column of times",
                ));
            }
            0
        }
    };
    let from_s = midnight_s + first_day * DAY_S;
    if from_s + needed_s > held_s {
        let held = (held_s - midnight_s).max(0) / DAY_S;
        let needed = first_day + needed_s / DAY_S;
        let message = format!(
            "the series holds {} rows, {held} days of {} min; {needed} days are needed",
            series.values.len(),
            step_s as f64 / 60.0
        );
        return Err(bad(message, TOO_SHORT_HELP));
    }
    Ok(from_s)
}

/// The days of the scenario's own dates.
fn by_date(s: &Scenario, from_s: i64, needed_s: i64, held_s: i64) -> Result<i64, Refusal> {
    if from_s >= 0 && from_s + needed_s <= held_s {
        return Ok(from_s);
    }
    let hours = |seconds: i64| seconds as f64 / 3600.0;
    let message = if from_s < 0 {
        format!(
            "the file begins {} h too late for a run that starts {} with {} days of warm-up",
            hours(-from_s),
            s.start.text,
            s.warmup_days
        )
    } else {
        format!(
            "the file ends {} h too early for a run that starts {} and lasts {} days",
            hours(from_s + needed_s - held_s),
            s.start.text,
            s.days
        )
    };
    Err(bad(message, "take another `start`, fewer days or `warmup_days`, or give `first_day`"))
}

/// Load, PV and wind are not negative.
fn refuse_negative(
    spec: &SeriesSpec,
    series: &TimedSeries,
    from_s: i64,
    span_s: i64,
    step_s: i64,
) -> Result<(), Refusal> {
    if matches!(spec.name, "temperature" | "grid_price") {
        return Ok(());
    }
    let rows = (from_s / step_s) as usize..((from_s + span_s) / step_s) as usize;
    match series.first_row(rows, |x| x < 0.0) {
        None => Ok(()),
        Some(row) => {
            let value = series.values[row].unwrap_or(0.0);
            let error = series.error(row, format!("{value} is negative"));
            Err(bad(error.to_string(), "load, PV and wind are not negative"))
        }
    }
}

/// What a value is multiplied with, and the unit in which it is understood. `named`: the unit that
/// the file itself tells, and how.
pub(crate) fn factor(
    s: &Scenario,
    spec: &SeriesSpec,
    named: Option<(Unit, String)>,
    step_s: i64,
    installed: f64,
) -> Result<(f64, Unit), Refusal> {
    if let (Some(said), Some((named, how))) = (spec.unit, &named)
        && said != *named
    {
        let message = format!("`unit` says {}, but {how}", unit_word(said));
        return Err(bad(message, "correct `unit`, or the file"));
    }
    let named = named.map(|(unit, _)| unit);
    let on_feeder = matches!(s.model, Model::Feeder(_));
    let natural = match spec.name {
        "load" if !on_feeder => Unit::Kilowatt,
        "load" | "pv" | "wind" => Unit::Share,
        "temperature" => Unit::Celsius,
        _ => Unit::PerKilowattHour,
    };
    let unit = spec.unit.or(named).unwrap_or(natural);
    let step_h = step_s as f64 / 3600.0;
    let refused = |help: &str| {
        let message = format!("series.{} cannot be in {}", spec.name, unit_word(unit));
        Err(bad(message, help))
    };
    let kw = match unit {
        Unit::Watt => Some(1e-3),
        Unit::Kilowatt => Some(1.0),
        Unit::Megawatt => Some(1e3),
        Unit::WattHours => Some(1e-3 / step_h),
        Unit::KilowattHours => Some(1.0 / step_h),
        Unit::MegawattHours => Some(1e3 / step_h),
        _ => None,
    };
    let factor = match (spec.name, unit, kw) {
        ("temperature", Unit::Celsius, _) | ("grid_price", Unit::PerKilowattHour, _) => 1.0,
        ("grid_price", Unit::PerMegawattHour, _) => 1e-3,
        ("temperature", ..) => return refused("give degrees C"),
        ("grid_price", ..) => return refused("give a price per kWh or per MWh"),
        (_, _, Some(_)) if on_feeder => {
            return refused("on a feeder it is a share of the nominal load or the installed power");
        }
        (_, _, Some(kw)) => kw,
        ("load", Unit::Share, _) if !on_feeder && spec.scale == SeriesScale::Factor(1.0) => {
            return refused("a share of what? give `scale` (kW) or `kwh_per_day`");
        }
        (_, Unit::Share, _) => installed,
        (_, Unit::Percent, _) => installed / 100.0,
        _ => return refused("give a power, an energy per step, or a share"),
    };
    Ok((factor, unit))
}
