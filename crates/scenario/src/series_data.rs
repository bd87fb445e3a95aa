//! Reading the series that a scenario names, resampled to its periods.

use crate::Loaded;
use crate::builtin_series::BuiltinSeries;
use crate::scenario::{Scenario, days_needed};
use crate::series::{Repeat, SeriesScale, SeriesSource, SeriesSpec};
use crate::series_buses::{self, BusLoad};
use crate::series_file::{Taken, taken};
use crate::series_pool::DayPool;
use crate::series_unit;
use crate::series_year::whole;
use keys::{Code, Problem, Problems};
use std::borrow::Cow;
use std::path::{Path, PathBuf};

pub(crate) const TOO_SHORT_HELP: &str =
    "take another series, fewer days, another `first_day`, or repeat = \"day\"";

/// A series per period, from the first period of the warm-up on.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    values: Vec<f64>,
    per_day: usize,
    first_period: i64,
}

impl Series {
    /// A series whose first value belongs to `first_period`; `values` holds whole days of `per_day`
    /// periods.
    pub fn new(values: Vec<f64>, per_day: usize, first_period: i64) -> Self {
        assert!(
            per_day > 0 && !values.is_empty() && values.len().is_multiple_of(per_day),
            "a series holds whole days"
        );
        Self { values, per_day, first_period }
    }

    /// The value of a period, counted from the start of the record (negative in the warm-up).
    /// Beyond its ends the first or the last day repeats, so that horizons may look past the end of
    /// a run.
    ///
    /// ```
    /// let series = scenario::Series::new(vec![1.0, 2.0, 3.0, 4.0], 2, -2);
    /// assert_eq!([-4, -2, -1, 0, 1, 2, 5].map(|p| series.at(p)), [1.0, 1.0, 2.0, 3.0, 4.0, 3.0, 4.0]);
    /// ```
    pub fn at(&self, period: i64) -> f64 {
        let (days, day) = ((self.values.len() / self.per_day) as i64, self.per_day as i64);
        let at = period - self.first_period;
        let row = at.div_euclid(day).clamp(0, days - 1) * day + at.rem_euclid(day);
        self.values[row as usize]
    }

    /// Periods in a day.
    pub fn per_day(&self) -> usize {
        self.per_day
    }

    /// The period of the first value, counted from the start of the record.
    pub fn first_period(&self) -> i64 {
        self.first_period
    }

    /// Other values at the same periods.
    pub(crate) fn with_values(&self, values: Vec<f64>) -> Self {
        Self::new(values, self.per_day, self.first_period)
    }

    /// All values, whole days from the first period on.
    pub fn values(&self) -> &[f64] {
        &self.values
    }
}

/// The series of each zone in the units of the model.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesData {
    /// Base load (kW).
    pub load_kw: Series,
    /// PV available (kW).
    pub pv_kw: Series,
    /// Wind power available (kW).
    pub wind_kw: Series,
    /// Air temperature (degrees C).
    pub temperature_c: Series,
    /// What a kWh from the grid costs the plant (CNY/kWh), in the place of the tariff.
    pub grid_price: Option<Series>,
    /// Loads of single buses of a feeder, where the load's file has columns for them; `load_kw` is
    /// then their sum.
    pub bus_loads: Vec<BusLoad>,
    /// Days of load, PV, wind, temperature and price that each run draws; until then the series
    /// holds the mean day.
    pub(crate) pools: [Option<DayPool>; 5],
    /// What was assumed of files that do not say it.
    pub warnings: Vec<Problem>,
    /// How files were understood.
    pub notes: Vec<String>,
}

impl SeriesData {
    /// The series with the days that a run draws: `draw` gives a uniform number in \[0, 1) for each
    /// day, counted from the start of the record. Series of one file draw the same dates.
    #[must_use]
    pub fn drawn(&self, draw: impl Fn(i64) -> f64) -> Cow<'_, Self> {
        if self.pools.iter().all(Option::is_none) {
            return Cow::Borrowed(self);
        }
        let mut drawn = self.clone();
        let [load, pv, wind, temperature, price] = &self.pools;
        for (pool, series) in [
            (load, &mut drawn.load_kw),
            (pv, &mut drawn.pv_kw),
            (wind, &mut drawn.wind_kw),
            (temperature, &mut drawn.temperature_c),
        ] {
            if let Some(pool) = pool {
                *series = pool.drawn(&draw);
            }
        }
        if let Some(pool) = price {
            drawn.grid_price = Some(pool.drawn(&draw));
        }
        Cow::Owned(drawn)
    }
}

/// Read the series of a scenario.
///
/// # Errors
/// All series that are missing, unreadable or too short, with the places where the scenario names
/// them.
pub fn load_series(loaded: &Loaded) -> Result<SeriesData, Problems> {
    let s = &loaded.scenario;
    let mut problems = Vec::new();
    let (mut warnings, mut notes) = (Vec::new(), Vec::new());
    let (mut bus_loads, mut pools) = (Vec::new(), <[Option<DayPool>; 5]>::default());
    let mut read = |k: usize, spec: &SeriesSpec, installed: f64| {
        let key = format!("series.{}.{}", spec.name, source_key(&spec.source));
        let problem = |(code, message, help): Refusal| loaded.problem_at(&key, code, message, help);
        match one(loaded, spec, installed) {
            Ok(read) => {
                pools[k] = read.pool;
                bus_loads.extend(read.buses);
                let named = |note| format!("series.{}: {note}", spec.name);
                notes.extend(read.notes.into_iter().map(named));
                warnings.extend(read.warnings.into_iter().map(problem));
                Some(read.series)
            }
            Err(refusal) => {
                problems.push(problem(refusal));
                None
            }
        }
    };
    let (pv_kw, wind_kw) = installed_kw(s);
    let parts = (
        read(0, &s.series.load, 1.0),
        read(1, &s.series.pv, pv_kw),
        read(2, &s.series.wind, wind_kw),
        read(3, &s.series.temperature, 1.0),
    );
    let grid_price = s.series.grid_price.as_ref().and_then(|spec| read(4, spec, 1.0));
    match parts {
        (Some(load_kw), Some(pv_kw), Some(wind_kw), Some(temperature_c)) if problems.is_empty() => {
            Ok(SeriesData {
                load_kw,
                pv_kw,
                wind_kw,
                temperature_c,
                grid_price,
                bus_loads,
                pools,
                warnings,
                notes,
            })
        }
        _ => Err(Problems { list: problems }),
    }
}

/// Installed PV and wind power (kW). On a feeder plants stand at buses: the series stay shares of
/// their power.
pub(crate) fn installed_kw(s: &Scenario) -> (f64, f64) {
    if matches!(s.model, crate::Model::Feeder(_)) {
        (1.0, 1.0)
    } else {
        (s.plant.pv_kw, s.plant.wind_kw)
    }
}

pub(crate) fn source_key(source: &SeriesSource) -> &'static str {
    match source {
        SeriesSource::Builtin(_) => "builtin",
        SeriesSource::Csv(_) => "csv",
        SeriesSource::Parquet(_) => "parquet",
        SeriesSource::Fmu { .. } => "fmu",
    }
}

/// Why a series is not taken: kind of problem, what is wrong, what to do.
pub(crate) type Refusal = (Code, String, String);

/// A series as it was read.
struct Read {
    series: Series,
    /// By bus, where the file has columns for them.
    buses: Vec<BusLoad>,
    /// What it is drawn from.
    pool: Option<DayPool>,
    warnings: Vec<Refusal>,
    notes: Vec<String>,
}

/// `installed`: what a share of 1 is (kW).
fn one(loaded: &Loaded, spec: &SeriesSpec, installed: f64) -> Result<Read, Refusal> {
    let s = &loaded.scenario;
    if let Some(path) = series_buses::file_with_buses(s, spec)? {
        let series_buses::Read { sum, buses, warnings, notes } =
            series_buses::read(loaded, spec, &path)?;
        return Ok(Read { series: sum, buses, pool: None, warnings, notes });
    }
    if spec.repeat == Repeat::Drawn {
        let (days, said) = whole(s, spec, installed)?;
        let (pool, mut warnings) = DayPool::of(s, days)?;
        warnings.extend(said.warnings);
        let (series, buses, notes) = (pool.mean_day(), Vec::new(), said.notes);
        return Ok(Read { series, buses, pool: Some(pool), warnings, notes });
    }
    let Taken { days, factor, warnings, notes } = match &spec.source {
        SeriesSource::Builtin(name) => builtin(s, spec, name, installed)?,
        SeriesSource::Csv(path) | SeriesSource::Parquet(path) => {
            taken(s, spec, &there(s, path)?, installed)?
        }
        SeriesSource::Fmu { path, output } => {
            series_unit::taken(s, spec, &there(s, path)?, output, installed)?
        }
    };
    let scale = match spec.scale {
        SeriesScale::Factor(scale) => scale * factor,
        SeriesScale::KwhPerDay(energy) if is_builtin(spec) => energy / mean_day(&days)? * factor,
        // The energy is that of the file, whatever its unit.
        SeriesScale::KwhPerDay(energy) => energy / mean_day(&days)?,
    };
    let series = laid(s, spec.repeat, days, scale);
    Ok(Read { series, buses: Vec::new(), pool: None, warnings, notes })
}

/// Days one after the other, as often as the rule repeats them, times a factor.
pub(crate) fn laid(s: &Scenario, repeat: Repeat, days: Vec<f64>, scale: f64) -> Series {
    let per_day = s.periods_per_day as usize;
    let first = -i64::from(s.warmup_days) * i64::from(s.periods_per_day);
    let (values, first) = match repeat {
        Repeat::Day | Repeat::Drawn => (days, 0),
        Repeat::Consecutive => (days, first),
        Repeat::Week => {
            let count = (s.days + s.warmup_days) as usize * per_day;
            (days.iter().copied().cycle().take(count).collect(), first)
        }
    };
    let values = values.iter().map(|x| x * scale).collect();
    Series::new(values, per_day, first)
}

/// The whole path of a file that must be there.
pub(crate) fn there(s: &Scenario, path: &Path) -> Result<PathBuf, Refusal> {
    let path = s.folder.join(path);
    if path.is_file() {
        return Ok(path);
    }
    let help = "paths are relative to the scenario's folder".into();
    Err((Code::MissingFile, format!("there is no file {}", path.display()), help))
}

fn is_builtin(spec: &SeriesSpec) -> bool {
    matches!(spec.source, SeriesSource::Builtin(_))
}

/// Energy of the mean day (kWh).
pub(crate) fn mean_day(days: &[f64]) -> Result<f64, Refusal> {
    let mean = days.iter().sum::<f64>() * 24.0 / days.len() as f64;
    if mean > 0.0 {
        return Ok(mean);
    }
    Err((
        Code::BadData,
        "the series is zero and cannot be scaled to an energy".into(),
        "give `scale` in the place of `kwh_per_day`".into(),
    ))
}

/// All days of a built-in series by period, and the first one in days since 1970-01-01 where it is
/// known.
pub(crate) fn builtin_days(s: &Scenario, name: &str) -> Result<(Vec<f64>, Option<i64>), Refusal> {
    let series = BuiltinSeries::named(name).ok_or_else(|| {
        (Code::UnknownWord, format!("there is no built-in series \"{name}\""), String::new())
    })?;
    let raw = series.values().map_err(|e| (Code::BadData, e.to_string(), String::new()))?;
    let rows_per_day = (1440 / series.step_min()) as usize;
    Ok((resample(&raw, rows_per_day, s.periods_per_day as usize), series.first_day()))
}

/// Days of a built-in series.
fn builtin(s: &Scenario, spec: &SeriesSpec, name: &str, installed: f64) -> Result<Taken, Refusal> {
    let series = BuiltinSeries::named(name).ok_or_else(|| {
        (Code::UnknownWord, format!("there is no built-in series \"{name}\""), String::new())
    })?;
    let raw = series.values().map_err(|e| (Code::BadData, e.to_string(), String::new()))?;
    let rows_per_day = (1440 / series.step_min()) as usize;
    let held = (raw.len() / rows_per_day) as u64;
    let needed = days_needed(spec, s);
    if held < needed {
        let message = format!("the series holds {held} days; {needed} are needed");
        return Err((Code::BadData, message, TOO_SHORT_HELP.into()));
    }
    let first = spec.first_day.unwrap_or(0) as usize * rows_per_day;
    let taken = &raw[first..needed as usize * rows_per_day];
    Ok(Taken {
        days: resample(taken, rows_per_day, s.periods_per_day as usize),
        factor: installed,
        warnings: Vec::new(),
        notes: Vec::new(),
    })
}

/// Rows of a day to periods of a day: means of finer rows, coarser rows held.
pub(crate) fn resample(rows: &[f64], rows_per_day: usize, per_day: usize) -> Vec<f64> {
    let mut out = Vec::with_capacity(rows.len() / rows_per_day * per_day);
    for day in rows.chunks_exact(rows_per_day) {
        for period in 0..per_day {
            // Period k covers rows [k r / p, (k + 1) r / p): weights are the overlaps.
            let (from, to) = (
                (period * rows_per_day) as f64 / per_day as f64,
                ((period + 1) * rows_per_day) as f64 / per_day as f64,
            );
            let rows = from.floor() as usize..(to.ceil() as usize).min(rows_per_day);
            let overlap = |row: usize| ((row + 1) as f64).min(to) - (row as f64).max(from);
            let sum: f64 = rows.map(|row| day[row] * overlap(row)).sum();
            out.push(sum / (to - from));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resampling_keeps_energy() {
        let rows: Vec<f64> = (0..96).map(f64::from).collect();
        // Four quarters of an hour make an hour: 0 + 1 + 2 + 3 = 6, mean 1.5.
        assert!((resample(&rows, 96, 24)[0] - 1.5).abs() < 1e-12);
        assert_eq!(resample(&rows, 96, 96), rows);
        let hours: Vec<f64> = (0..24).map(f64::from).collect();
        assert_eq!(&resample(&hours, 24, 96)[4..8], [1.0; 4]);
        // 32 rows of 45 min in 96 periods of 15 min: each row three times.
        let long: Vec<f64> = (0..32).map(f64::from).collect();
        assert!(
            resample(&long, 32, 96)
                .iter()
                .enumerate()
                .all(|(k, x)| (x - (k / 3) as f64).abs() < 1e-9)
        );
    }
}
