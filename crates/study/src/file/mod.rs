//! STUDY.toml: what is varied, how often it is run, what is looked at. All problems are told at
//! once.

mod base;
mod check;
mod contrasts;
mod design;
mod factors;
mod indicators;
mod margins;
mod output;
mod ratios;
mod replications;
mod searches;

pub use base::Base;
pub use contrasts::Contrast;
pub use margins::{Margin, MarginKind};
pub use output::Output;
pub use ratios::{Ratio, RatioKind};
pub use replications::{Days, Replications, StopRule, StopTarget};
pub use searches::{Calibration, CalibrationTarget, Optimisation};

use crate::design::{Copula, Correlation, Design};
use crate::{BUILTIN_STUDIES, BuiltinStudy, Factor, OwnIndicator, StudyError};
use keys::{Code, Document, Problem, Problems, Table, json_schema, nearest};
use std::path::{Path, PathBuf};

/// A checked study.
#[derive(Clone, Debug)]
pub struct StudyFile {
    /// Its name, in messages and metadata.
    pub name: String,
    /// The question it answers.
    pub description: String,
    /// Who made it, for its metadata; empty if nobody says.
    pub author: String,
    /// Licence of the results, an SPDX name or URL.
    pub licence: String,
    /// The scenario that is varied.
    pub base: Base,
    /// Overrides `key.path=VALUE` that hold at every point.
    pub overrides: Vec<String>,
    /// What is varied.
    pub factors: Vec<Factor>,
    /// At which points.
    pub design: Design,
    /// How uncertain factors go together.
    pub copula: Copula,
    /// How often each point is run, and by which chance.
    pub replications: Replications,
    /// When to stop earlier or later than after a fixed number.
    pub stop: Option<StopRule>,
    /// Figures of its own.
    pub own: Vec<OwnIndicator>,
    /// What is looked at and kept.
    pub output: Output,
    /// Which differences are looked at.
    pub contrasts: Vec<Contrast>,
    /// Which differences do not matter.
    pub margins: Vec<Margin>,
    /// How many times one policy's figures another's are.
    pub ratios: Vec<Ratio>,
    /// What `study calibrate` looks for.
    pub calibration: Option<Calibration>,
    /// What `study optimise` looks for.
    pub optimisation: Option<Optimisation>,
    /// The file's text, path and overrides, and all values in force.
    pub origin: Origin,
}

/// Where a study came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// How messages call the file.
    pub name: String,
    /// The file's text.
    pub text: String,
    /// Overrides of the study's own keys.
    pub sets: Vec<String>,
    /// The folder that relative paths start from.
    pub folder: PathBuf,
    /// All values in force as TOML: studies that mean the same give the same text.
    pub resolved: String,
}

impl StudyFile {
    /// Loads a study file, the `study.toml` of a folder, or a built-in study. `sets` are overrides
    /// `key.path=VALUE` of the study's keys.
    ///
    /// # Errors
    /// Everything that is wrong with the study and its scenario, with places and remedies.
    pub fn load(path_or_name: &str, sets: &[String]) -> Result<Self, StudyError> {
        let path = Path::new(path_or_name);
        if !path.exists()
            && let Some(builtin) = BuiltinStudy::named(path_or_name)
        {
            // Its folder does not exist: a scenario of the same name in the user's folder must not
            // take the built-in one's place.
            return Self::parse(builtin.name, builtin.toml, Path::new(builtin.name), sets);
        }
        let path = if path.is_dir() { path.join(record::names::STUDY) } else { path.to_owned() };
        let text = std::fs::read_to_string(&path).map_err(|error| {
            let (name, message) =
                (path.display().to_string(), format!("cannot read the study: {error}"));
            let names = BUILTIN_STUDIES.iter().map(|study| study.name);
            let near = nearest(path_or_name, names.clone())
                .map_or_else(String::new, |near| format!("the nearest name is `{near}`; "));
            let help = format!(
                "{near}give the path of a study.toml, or a built-in study: {}",
                names.collect::<Vec<_>>().join(", ")
            );
            Problems::one(Problem::whole_file(Code::MissingFile, &name, message, help))
        })?;
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        Self::parse(&path.display().to_string(), &text, &folder, sets)
    }

    /// Checks the text of a study; `name` is how messages call it, `folder` where its relative
    /// paths start.
    ///
    /// # Errors
    /// Everything that is wrong with the study and its scenario, with places and remedies.
    pub fn parse(
        name: &str,
        text: &str,
        folder: &Path,
        sets: &[String],
    ) -> Result<Self, StudyError> {
        Self::parse_with(name, text, folder, sets, None)
    }

    /// The same with the scenario's text given, as a study directory keeps it.
    pub(crate) fn parse_with(
        name: &str,
        text: &str,
        folder: &Path,
        sets: &[String],
        base: Option<&Base>,
    ) -> Result<Self, StudyError> {
        let document = Document::new(name, text, sets);
        let reading = document.read(|t| study(t, &default_name(name, folder), folder, base));
        let mut problems = reading.problems;
        let (file, of_scenario) = reading.value;
        problems.list.extend(of_scenario);
        match file {
            Some(mut study) if problems.is_empty() => {
                let resolved = reading.sheet.plain_toml();
                let folder = folder.to_owned();
                study.origin = Origin {
                    name: name.to_owned(),
                    text: text.to_owned(),
                    sets: sets.to_vec(),
                    folder,
                    resolved,
                };
                Ok(study)
            }
            _ => Err(problems.into()),
        }
    }

    /// The scenario of the study with some overrides on top.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn scenario(&self, sets: &[String]) -> Result<scenario::Loaded, Problems> {
        self.base.load(&[&self.overrides[..], sets].concat())
    }
}

/// JSON Schema (2020-12) of study files.
pub fn study_schema_json() -> serde_json::Value {
    json_schema(&Document::describe(|t| study(t, "study", Path::new(""), None)), "gridflock study")
}

/// What a study without a `name` is called: its file, or its folder if the file is a `study.toml`.
fn default_name(file: &str, folder: &Path) -> String {
    let stem = Path::new(file)
        .file_stem()
        .map_or_else(|| "study".to_owned(), |stem| stem.to_string_lossy().into_owned());
    // The folder counts from the root: a study that is taken up again in another directory keeps
    // its name.
    let folder = std::path::absolute(folder)
        .ok()
        .and_then(|folder| Some(folder.file_name()?.to_string_lossy().into_owned()));
    if stem == "study" { folder.unwrap_or(stem) } else { stem }
}

/// Declares every key of a study. Problems of the scenario come beside, since they have places of
/// their own.
fn study(
    t: &mut Table<'_>,
    default_name: &str,
    folder: &Path,
    given: Option<&Base>,
) -> (Option<StudyFile>, Vec<Problem>) {
    let name = t.text(
        "name",
        default_name,
        "name in messages and metadata; by default the file's, or the folder's of a study.toml",
    );
    let description = t.text("description", "", "the question that the study answers");
    let author = t.text("author", "", "who made it, in its metadata");
    let licence = t.text(
        "licence",
        "CC-BY-4.0",
        "licence of the results in their metadata: an SPDX name or a URL",
    );
    let (base, overrides) = t.table("scenario", "the scenario that is varied", |t| {
        (base::base(t, folder, given), base::overrides(t, "overrides"))
    });
    let listed =
        t.tables("factor", "what is varied", factors::factor).into_iter().flatten().collect();
    let (design, factors) = t.table("design", "at which points of the factors' space", |t| {
        design::design(t, folder, listed)
    });
    let correlations =
        t.tables("correlation", "uncertain factors that go together", design::correlation);
    let replications =
        t.table("replications", "how often each point is run, and by which chance", |t| {
            replications::replications(t, design.as_ref())
        });
    let stop = if t.has("stop") || t.is_describing() {
        t.table("stop", "runs on until a confidence interval is narrow enough", |t| {
            replications::stop(t, &replications)
        })
    } else {
        None
    };
    let own = t.tables("indicator", "figures of one's own, by SQL", indicators::indicator);
    let own: Vec<OwnIndicator> = own.into_iter().flatten().collect();
    indicators::check(t, &own);
    let output = t.table("output", "what is looked at and kept", |t| output::output(t, &own));
    let contrasts = t.tables(
        "contrast",
        "which differences are looked at; by default those of every lever to its first value",
        |t| contrasts::contrast(t),
    );
    let margins =
        t.tables("margin", "differences of an indicator that do not matter", margins::margin);
    let ratios = t.tables("ratio", "how many times one policy's figures another's are", |t| {
        ratios::ratio(t, &own)
    });
    let calibration = if t.has("calibrate") || t.is_describing() {
        let doc = "uncertainties under which runs give some targets, for `study calibrate`";
        Some(t.table("calibrate", doc, searches::calibration))
    } else {
        None
    };
    let optimisation = if t.has("optimise") || t.is_describing() {
        let doc = "values of levers at which an indicator is best, for `study optimise`";
        t.table("optimise", doc, searches::optimisation)
    } else {
        None
    };
    if t.is_describing() {
        return (None, Vec::new());
    }
    let (Some(base), Some(design)) = (base, design) else { return (None, Vec::new()) };
    let correlations: Vec<Correlation> = correlations.into_iter().flatten().collect();
    let copula = design::copula(t, &design, &factors, &correlations);
    let contrasts = contrasts.into_iter().flatten().collect();
    let study = StudyFile {
        name,
        description,
        author,
        licence,
        base,
        overrides,
        factors,
        design,
        copula,
        replications,
        stop,
        own,
        output,
        contrasts,
        margins: margins.into_iter().flatten().collect(),
        ratios: ratios.into_iter().flatten().collect(),
        calibration,
        optimisation,
        origin: Origin::default(),
    };
    let problems = check::check(t, &study);
    (Some(study), problems)
}
