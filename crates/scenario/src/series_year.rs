//! A stretch of days to draw from: all that the files of a scenario's series hold, from which a
//! block of consecutive days is cut at a position that is common to all of them.

use crate::Loaded;
use crate::scenario::Scenario;
use crate::series::{SeriesRules, SeriesScale, SeriesSource, SeriesSpec};
use crate::series_buses::refuse_buses;
use crate::series_data::{
    Refusal, Series, SeriesData, builtin_days, installed_kw, mean_day, source_key,
};
use crate::series_file::all_days;
use keys::{Code, Problem, Problems};

/// Days from 0000-03-01 to 1970-01-01, as civil calendars count them.
const EPOCH_SHIFT: i64 = 719_468;

/// Whole days of one series, in the unit of the model.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Days {
    /// Values by period; one day where the series repeats one.
    pub values: Vec<f64>,
    /// Days since 1970-01-01 of the first one, where the source has dates.
    pub first: Option<i64>,
}

/// Everything that decides what a year holds.
#[derive(Clone, Debug, PartialEq)]
struct Key {
    rules: SeriesRules,
    folder: std::path::PathBuf,
    per_day: u32,
    installed_kw: (f64, f64),
}

impl Key {
    fn of(s: &Scenario) -> Self {
        Self {
            rules: s.series.clone(),
            folder: s.folder.clone(),
            per_day: s.periods_per_day,
            installed_kw: installed_kw(s),
        }
    }
}

/// The days that a run can be given.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesYear {
    key: Key,
    /// Load, PV, wind, temperature, price; each `days` long or one day.
    parts: [Option<Days>; 5],
    days: u32,
    /// Stratum of each day: the month where dates are known, else one of twelve parts alike.
    months: Vec<u8>,
    /// What was assumed of files that do not say it.
    pub warnings: Vec<Problem>,
    /// How files were understood.
    pub notes: Vec<String>,
}

impl SeriesYear {
    /// Reads all days that the series of a scenario hold. A series of a single day repeats it.
    ///
    /// # Errors
    /// Series that are missing, unreadable, or do not cover the same days.
    pub fn load(loaded: &Loaded) -> Result<Self, Problems> {
        let s = &loaded.scenario;
        let (mut problems, mut warnings, mut notes) = (Vec::new(), Vec::new(), Vec::new());
        let (pv_kw, wind_kw) = installed_kw(s);
        let rules = &s.series;
        let specs: [Option<(&SeriesSpec, f64)>; 5] = [
            Some((&rules.load, 1.0)),
            Some((&rules.pv, pv_kw)),
            Some((&rules.wind, wind_kw)),
            Some((&rules.temperature, 1.0)),
            rules.grid_price.as_ref().map(|spec| (spec, 1.0)),
        ];
        let parts = specs.map(|spec| {
            let (spec, installed) = spec?;
            let key = format!("series.{}.{}", spec.name, source_key(&spec.source));
            match whole(s, spec, installed) {
                Ok((days, said)) => {
                    let problem = |(code, message, help): Refusal| {
                        loaded.problem_at(&key, code, message, help)
                    };
                    warnings.extend(said.warnings.into_iter().map(problem));
                    notes.extend(
                        said.notes.into_iter().map(|n| format!("series.{}: {n}", spec.name)),
                    );
                    Some(days)
                }
                Err((code, message, help)) => {
                    problems.push(loaded.problem_at(&key, code, message, help));
                    None
                }
            }
        });
        let year = Self { key: Key::of(s), parts, days: 0, months: Vec::new(), warnings, notes };
        if !problems.is_empty() {
            return Err(Problems { list: problems });
        }
        year.aligned(s).map_err(|(message, help)| {
            Problems::one(loaded.problem_at("series", Code::BadData, message, help))
        })
    }

    /// Whether another scenario has these days too.
    pub fn serves(&self, s: &Scenario) -> bool {
        self.key == Key::of(s)
    }

    /// Cuts all series to the days that all of them hold.
    fn aligned(mut self, s: &Scenario) -> Result<Self, (String, String)> {
        let per_day = s.periods_per_day as usize;
        let long: Vec<usize> = (0..5)
            .filter(|&k| self.parts[k].as_ref().is_some_and(|d| d.values.len() > per_day))
            .collect();
        let count = |d: &Days| (d.values.len() / per_day) as i64;
        let part = |k: usize| self.parts[k].as_ref().expect("invariant: long parts are there");
        let needed = i64::from(s.days) + i64::from(s.warmup_days);
        if long.is_empty() {
            return Err((
                "every series holds a single day: there is nothing to draw from".to_owned(),
                "name series of many days, such as series.load.builtin = \"park_load_2016\""
                    .to_owned(),
            ));
        }
        let single: Vec<&str> = (0..3)
            .filter(|k| !long.contains(k) && self.parts[*k].is_some())
            .map(|k| ["load", "pv", "wind"][k])
            .collect();
        if !single.is_empty() {
            return Err((
                format!("series.{} holds a single day, others hold many", single.join(", series.")),
                "name a series of the same days, such as the built-in park_load_2016, \
                 park_wind_2016, park_pv_2016"
                    .to_owned(),
            ));
        }
        let dated = long.iter().all(|&k| part(k).first.is_some());
        let (first, days) = if dated {
            let first = long.iter().filter_map(|&k| part(k).first).max().unwrap_or(0);
            let end = long
                .iter()
                .map(|&k| part(k).first.unwrap_or(0) + count(part(k)))
                .min()
                .unwrap_or(0);
            (Some(first), end - first)
        } else {
            let lengths: Vec<i64> = long.iter().map(|&k| count(part(k))).collect();
            if lengths.iter().any(|&n| n != lengths[0]) {
                return Err((
                    format!("series of {lengths:?} days without dates in common"),
                    "give series of the same days, or files with a column of times".to_owned(),
                ));
            }
            (None, lengths[0])
        };
        if days < needed {
            return Err((
                format!(
                    "the series have {} days in common; a run with its warm-up takes {needed}",
                    days.max(0)
                ),
                "take longer series, fewer days or less warm-up".to_owned(),
            ));
        }
        for k in long {
            let d = self.parts[k].as_mut().expect("invariant: long parts are there");
            let skip = first.zip(d.first).map_or(0, |(common, own)| common - own) as usize;
            d.values.drain(..skip * per_day);
            d.values.truncate(days as usize * per_day);
        }
        self.days = days as u32;
        self.months = (0..days)
            .map(|day| match first {
                Some(first) => month_of(first + day),
                None => (day * 12 / days) as u8,
            })
            .collect();
        Ok(self)
    }

    /// How many positions a block of so many days can begin at.
    pub fn positions(&self, block: u32) -> u32 {
        self.days.saturating_sub(block.max(1) - 1)
    }

    /// Stratum of a day, 0 to 11.
    pub fn month(&self, day: u32) -> u8 {
        self.months.get(day as usize).copied().unwrap_or(0)
    }

    /// The series of a run whose warm-up begins at a position.
    pub fn at(&self, position: u32, s: &Scenario) -> SeriesData {
        let per_day = s.periods_per_day as usize;
        let first = -i64::from(s.warmup_days) * per_day as i64;
        let block = ((s.days + s.warmup_days) as usize).min(self.days as usize);
        let position = (position as usize).min(self.days as usize - block);
        let cut = |d: &Days| {
            if d.values.len() <= per_day {
                return Series::new(d.values.clone(), per_day, 0);
            }
            let from = position * per_day;
            Series::new(d.values[from..from + block * per_day].to_vec(), per_day, first)
        };
        self.made_of(cut)
    }

    /// The mean day of the year, as a day that repeats.
    pub fn mean_day(&self, s: &Scenario) -> SeriesData {
        let per_day = s.periods_per_day as usize;
        let mean = |d: &Days| {
            let days = d.values.len() / per_day;
            let at = |k: usize| d.values.iter().skip(k).step_by(per_day).sum::<f64>();
            let values = (0..per_day).map(|k| at(k) / days as f64).collect();
            Series::new(values, per_day, 0)
        };
        self.made_of(mean)
    }

    fn made_of(&self, of: impl Fn(&Days) -> Series) -> SeriesData {
        let always = |k: usize| {
            of(self.parts[k].as_ref().expect("invariant: load, PV, wind, temperature are read"))
        };
        SeriesData {
            load_kw: always(0),
            pv_kw: always(1),
            wind_kw: always(2),
            temperature_c: always(3),
            grid_price: self.parts[4].as_ref().map(of),
            bus_loads: Vec::new(),
            pools: Default::default(),
            warnings: Vec::new(),
            notes: Vec::new(),
        }
    }
}

/// What reading a file had to say.
pub(crate) struct Said {
    pub warnings: Vec<Refusal>,
    pub notes: Vec<String>,
}

/// All days of a series, scaled.
pub(crate) fn whole(
    s: &Scenario,
    spec: &SeriesSpec,
    installed: f64,
) -> Result<(Days, Said), Refusal> {
    let (values, factor, first, said) = match &spec.source {
        SeriesSource::Builtin(name) => {
            let (values, first) = builtin_days(s, name)?;
            (values, installed, first, Said { warnings: Vec::new(), notes: Vec::new() })
        }
        SeriesSource::Csv(path) | SeriesSource::Parquet(path) => {
            let path = s.folder.join(path);
            if !path.is_file() {
                let help = "paths are relative to the scenario's folder".into();
                return Err((
                    Code::MissingFile,
                    format!("there is no file {}", path.display()),
                    help,
                ));
            }
            refuse_buses(s, spec, &path)?;
            let (taken, first) = all_days(s, spec, &path, installed)?;
            let said = Said { warnings: taken.warnings, notes: taken.notes };
            (taken.days, taken.factor, first, said)
        }
        SeriesSource::Fmu { .. } => {
            let help = "name a file or a built-in series, or do not draw days".into();
            return Err((Code::BadData, "a unit has no days to draw from".into(), help));
        }
    };
    let is_builtin = matches!(spec.source, SeriesSource::Builtin(_));
    let scale = match spec.scale {
        SeriesScale::Factor(scale) => scale * factor,
        SeriesScale::KwhPerDay(energy) if is_builtin => energy / mean_day(&values)? * factor,
        SeriesScale::KwhPerDay(energy) => energy / mean_day(&values)?,
    };
    let values = values.into_iter().map(|x| x * scale).collect();
    Ok((Days { values, first }, said))
}

/// Month, 0 to 11, of a day since 1970-01-01 (Howard Hinnant's civil_from_days).
pub(crate) fn month_of(day: i64) -> u8 {
    let day_of_era = (day + EPOCH_SHIFT).rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    ((from_march + 2) % 12) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_those_of_the_calendar() {
        // 2016-01-01 is day 16801: 31, 29, 31, ... days follow.
        for (day, month) in
            [(0, 0), (30, 0), (31, 1), (59, 1), (60, 2), (152, 5), (335, 11), (365, 11)]
        {
            assert_eq!(month_of(16_801 + day), month, "day {day} of 2016");
        }
        assert_eq!(month_of(0), 0);
        assert_eq!(month_of(-1), 11);
    }

    #[test]
    fn the_year_of_the_park_is_cut_at_common_days_and_keeps_its_energy() {
        let mut sets = ["load", "wind", "pv"]
            .map(|name| format!("series.{name}.builtin=park_{name}_2016"))
            .to_vec();
        sets.push("warmup_days=0".to_owned());
        let loaded = Scenario::load("park", &sets).expect("the park");
        let s = &loaded.scenario;
        let year = SeriesYear::load(&loaded).expect("a year");
        assert_eq!((year.days, year.positions(1), year.month(59)), (366, 366, 1));
        let energy = |d: &SeriesData| {
            d.load_kw.values().iter().sum::<f64>() * 24.0 / f64::from(s.periods_per_day)
        };
        let total: f64 = (0..366).map(|day| energy(&year.at(day, s))).sum();
        let mean = total / 366.0;
        assert!((mean - 46_793.34).abs() < 1e-3, "the mean day holds kwh_per_day: {mean}");
        assert!((energy(&year.mean_day(s)) - 46_793.34).abs() < 1e-3);
        assert_ne!(year.at(10, s).wind_kw, year.at(11, s).wind_kw);
        assert_eq!(year.at(10, s).temperature_c, year.at(11, s).temperature_c, "one day repeats");
    }

    #[test]
    fn single_days_are_nothing_to_draw_from() {
        let loaded = Scenario::load("park", &[]).expect("the park");
        let error = SeriesYear::load(&loaded).expect_err("one day").to_string();
        assert!(error.contains("single day") && error.contains("park_load_2016"), "{error}");
        let sets = vec!["series.load.builtin=park_load_2016".to_owned()];
        let loaded = Scenario::load("park", &sets).expect("the park");
        let error = SeriesYear::load(&loaded).expect_err("mixed").to_string();
        assert!(error.contains("series.pv, series.wind"), "{error}");
    }
}
