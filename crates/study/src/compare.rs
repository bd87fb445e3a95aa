//! Two policies side by side under common random numbers.

use crate::analysis::ContrastRow;
use crate::execute::{ExecuteOptions, Outcome, Progress, execute};
use crate::file::{Base, StudyFile};
use crate::stats::runs_needed;
use crate::{Plan, Runner, StudyError};
use indicators::{DEFINITIONS, Definition};
use keys::{Code, Problem, Problems, quoted};
use std::fmt::Write;
use std::path::Path;

/// Two sets of overrides of one scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct CompareRequest {
    /// Path of a scenario or name of a built-in one.
    pub scenario: String,
    /// Overrides of a, each `key.path=VALUE`.
    pub a: Vec<String>,
    /// Overrides of b.
    pub b: Vec<String>,
    /// Runs of each; of the first batch with `until`.
    pub n: u32,
    /// Goes on until the half-width of this indicator's paired difference is so small.
    pub until: Option<Until>,
    /// Seed in the place of the scenario's.
    pub seed: Option<u64>,
}

/// An indicator and the half-width that is narrow enough.
#[derive(Clone, Debug, PartialEq)]
pub struct Until {
    /// Name of the indicator.
    pub indicator: String,
    /// Half-width of the 95 % interval, in the indicator's unit.
    pub half_width: f64,
}

impl Until {
    /// Reads `INDICATOR:HALF_WIDTH`.
    ///
    /// # Errors
    /// [`StudyError::Usage`] if it is of another form; [`StudyError::Invalid`] if there is no such
    /// indicator.
    ///
    /// ```
    /// let until = study::Until::parse("no_show_rate:0.01").unwrap();
    /// assert_eq!((until.indicator.as_str(), until.half_width), ("no_show_rate", 0.01));
    /// assert!(study::Until::parse("no_show_rate").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, StudyError> {
        let parts = text
            .rsplit_once(':')
            .and_then(|(name, width)| Some((name.trim(), width.trim().parse::<f64>().ok()?)));
        let Some((name, half_width)) = parts.filter(|(_, width)| *width > 0.0 && width.is_finite())
        else {
            return Err(StudyError::usage(
                format!("`{text}` is not of the form INDICATOR:HALF_WIDTH"),
                "write for example no_show_rate:0.01",
            ));
        };
        known_indicator(name)?;
        Ok(Self { indicator: name.to_owned(), half_width })
    }
}

/// The definition of an indicator.
pub(crate) fn known_indicator(name: &str) -> Result<&'static Definition, StudyError> {
    Definition::of(name).ok_or_else(|| {
        let near = keys::nearest(name, DEFINITIONS.iter().map(|d| d.name));
        let help = near.map_or_else(
            || "`gridflock schema tables` lists the indicators".to_owned(),
            |near| format!("the nearest is `{near}`"),
        );
        StudyError::invalid(format!("there is no indicator `{name}`"), help)
    })
}

/// Most runs of each side of a comparison that goes on until an interval is narrow.
const MOST: u32 = 100_000;

impl CompareRequest {
    /// The study of two points that answers the request.
    ///
    /// # Errors
    /// Everything that is wrong with the scenario or the overrides.
    pub fn plan(&self) -> Result<Plan, StudyError> {
        let found = Base::find(&self.scenario, Path::new(""))
            .map_err(StudyError::io("read", Path::new(&self.scenario)))?;
        let Some(base) = found else {
            // Loading it tells what is known instead.
            let known = scenario::Scenario::load(&self.scenario, &[]).err();
            return Err(known.map_or_else(
                || StudyError::invalid(format!("cannot read the scenario {}", self.scenario), ""),
                StudyError::from,
            ));
        };
        check_sides(&base, &[&self.a, &self.b])?;
        let study =
            StudyFile::parse_with("compare", &self.study_text(), Path::new(""), &[], Some(&base))?;
        Plan::new(study)
    }

    /// The request as a study, so that its directory can be resumed like any other.
    fn study_text(&self) -> String {
        let list = |sets: &[String]| sets.iter().map(|s| quoted(s)).collect::<Vec<_>>().join(", ");
        let about = format!("a: {}; b: {}", listed(&self.a), listed(&self.b));
        let n = self.n.max(2);
        let mut text = format!(
            "name = \"compare\"\ndescription = {}\n\n[scenario]\nbase = {}\n",
            quoted(&about),
            quoted(&self.scenario)
        );
        text += "\n[[factor]]\nname = \"side\"\nrole = \"lever\"\n";
        for (name, sets) in [("a", &self.a), ("b", &self.b)] {
            let _ =
                write!(text, "\n[[factor.option]]\nname = \"{name}\"\nset = [{}]\n", list(sets));
        }
        let _ = write!(text, "\n[replications]\nn = {n}\n");
        if let Some(seed) = self.seed {
            let _ = writeln!(text, "seed = {seed}");
        }
        if let Some(Until { indicator, half_width }) = &self.until {
            let max = MOST.max(n);
            let _ = write!(
                text,
                "\n[stop]\nindicator = {}\nhalf_width = {half_width:?}\nof = \"contrast\"\nbatch = {n}\nmax = {max}\n",
                quoted(indicator)
            );
        }
        text + "\n[[contrast]]\nfactor = \"side\"\nbaseline = \"a\"\n"
    }
}

fn listed(sets: &[String]) -> String {
    if sets.is_empty() { "the scenario".to_owned() } else { sets.join(", ") }
}

/// Both sides must be scenarios; all problems at once.
fn check_sides(base: &Base, sides: &[&[String]]) -> Result<(), StudyError> {
    let mut list: Vec<Problem> = sides
        .iter()
        .filter_map(|sets| base.load(sets).err())
        .flat_map(|problems| problems.list)
        .collect();
    list.dedup();
    for problem in &mut list {
        // The command line calls them --a and --b.
        if problem.code == Code::BadOverride {
            problem.help = "write --a key.path=VALUE and --b key.path=VALUE".into();
        }
    }
    if list.is_empty() { Ok(()) } else { Err(Problems { list }.into()) }
}

/// What a comparison found.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Every indicator of the run: mean of a, mean of b, difference b - a with its interval,
    /// variance reduction.
    pub rows: Vec<ContrastRow>,
    /// How the runs went.
    pub outcome: Outcome,
}

/// Runs both sides on the same people, weather and delays and compares them. The directory (which
/// must exist) gets the tables of a study with two points.
///
/// # Errors
/// As [`execute`].
pub fn compare(
    plan: &Plan,
    runner: &dyn Runner,
    directory: &Path,
    options: &ExecuteOptions,
    progress: &mut dyn FnMut(&Progress) -> bool,
) -> Result<Comparison, StudyError> {
    let outcome = execute(plan, runner, directory, options, progress)?;
    let rows = outcome
        .contrasts
        .iter()
        .filter(|row| row.figure.scope == domain::Scope::Run)
        .cloned()
        .collect();
    Ok(Comparison { rows, outcome })
}

/// Runs that the paired difference of an indicator needs for a half-width, going by a pilot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RunsNeeded {
    /// Standard deviation of the paired difference in the pilot.
    pub sd: f64,
    /// Runs of each side under common random numbers; none if the pilot does not tell.
    pub paired: Option<u64>,
    /// Runs of each side if both drew their own random numbers.
    pub independent: Option<u64>,
}

/// How many runs of each side a half-width of the 95 % interval of the difference needs, going by a
/// comparison already made. None if the pilot has no such indicator.
pub fn plan_runs(pilot: &[ContrastRow], until: &Until) -> Option<RunsNeeded> {
    let row = pilot
        .iter()
        .find(|row| row.figure.name == until.indicator && row.figure.scope == domain::Scope::Run)?;
    let d = &row.difference;
    let independent_sd = if d.sd == 0.0 { 0.0 } else { d.sd * d.variance_reduction.sqrt() };
    Some(RunsNeeded {
        sd: d.sd,
        paired: runs_needed(d.sd, until.half_width, 0.95),
        independent: runs_needed(independent_sd, until.half_width, 0.95),
    })
}
