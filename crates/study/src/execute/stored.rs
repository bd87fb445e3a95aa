//! `study.json`: which study a directory belongs to, so that it can be resumed, merged and asked
//! how far it has come.

use super::blocks::Finished;
use crate::file::Base;
use crate::{Plan, Shard, StudyError, StudyFile};
use record::names::STUDY_STATE;
use record::{InputFile, Manifest, RunStatus, changed_input, write_atomically};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// How many runs came to which end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunCount {
    /// Runs that gave a result.
    pub succeeded: u64,
    /// Runs that failed.
    pub failed: u64,
    /// Runs that were not done.
    pub pending: u64,
}

/// What a study directory remembers of its study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stored {
    pub version: String,
    pub plan_hash: String,
    pub name: String,
    pub shard: Shard,
    /// Day on which it was begun (YYYY-MM-DD).
    pub begun: String,
    /// How its runs ended, once they have.
    pub ended: Option<RunCount>,
    study_file: String,
    study_text: String,
    study_sets: Vec<String>,
    study_folder: PathBuf,
    base: Base,
    inputs: Vec<InputFile>,
}

impl Stored {
    pub fn of(plan: &Plan, shard: Shard) -> Self {
        let origin = &plan.study.origin;
        let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let here = |path: &Path| {
            if path.as_os_str().is_empty() { absolute(Path::new(".")) } else { absolute(path) }
        };
        let base = &plan.study.base;
        // A built-in scenario has no folder.
        let builtin = scenario::Builtin::named(&base.name).is_some();
        Self {
            version: crate::VERSION.to_owned(),
            plan_hash: plan.hash.clone(),
            name: plan.study.name.clone(),
            shard,
            begun: jiff::Timestamp::now().strftime("%Y-%m-%d").to_string(),
            ended: None,
            study_file: origin.name.clone(),
            study_text: origin.text.clone(),
            study_sets: origin.sets.clone(),
            study_folder: here(&origin.folder),
            base: Base {
                folder: if builtin { PathBuf::new() } else { here(&base.folder) },
                ..base.clone()
            },
            inputs: plan.inputs.clone(),
        }
    }

    pub fn write(&self, directory: &Path) -> Result<(), StudyError> {
        let mut text =
            serde_json::to_string_pretty(self).expect("invariant: texts and numbers only");
        text.push('\n');
        Ok(write_atomically(&directory.join(STUDY_STATE), text.as_bytes())?)
    }

    pub fn read(directory: &Path) -> Result<Self, StudyError> {
        let path = directory.join(STUDY_STATE);
        let text = std::fs::read_to_string(&path).map_err(|e| {
            let message = format!(
                "{} is not the directory of a study: cannot read {STUDY_STATE}: {e}",
                directory.display()
            );
            StudyError::invalid(message, "give the directory that `study run` wrote to")
        })?;
        let not_ours = |e| {
            StudyError::invalid(
                format!("{} does not describe a study: {e}", path.display()),
                "start the study anew",
            )
        };
        serde_json::from_str(&text).map_err(not_ours)
    }

    /// The plan as it was begun, from the texts that were stored.
    pub fn plan(&self) -> Result<Plan, StudyError> {
        let study = StudyFile::parse_with(
            &self.study_file,
            &self.study_text,
            &self.study_folder,
            &self.study_sets,
            Some(&self.base),
        )?;
        let plan = Plan::new(study)?;
        if plan.hash == self.plan_hash {
            return Ok(plan);
        }
        if self.version != crate::VERSION {
            let message = format!(
                "the study {} was begun by version {}, this is version {}",
                self.name,
                self.version,
                crate::VERSION
            );
            return Err(StudyError::invalid(
                message,
                "go on with that version, or start it anew in another directory",
            ));
        }
        Err(changed(
            &changed_input(&self.inputs, &plan.inputs)
                .unwrap_or_else(|| format!("{STUDY_STATE} of the study {}", self.name)),
        ))
    }

    /// Refuses to go on if the study's or the scenario's file says something else by now.
    pub fn check_unchanged(&self) -> Result<(), StudyError> {
        let file = Path::new(&self.study_file);
        let file = self.study_folder.join(file.file_name().unwrap_or_default());
        if let Ok(text) = std::fs::read_to_string(&file)
            && text != self.study_text
        {
            return Err(changed(&file.display().to_string()));
        }
        let scenario = Path::new(&self.base.name);
        let scenario = self.base.folder.join(scenario.file_name().unwrap_or_default());
        if !self.base.folder.as_os_str().is_empty()
            && let Ok(text) = std::fs::read_to_string(&scenario)
            && text != self.base.text
        {
            return Err(changed(&scenario.display().to_string()));
        }
        Ok(())
    }
}

fn changed(what: &str) -> StudyError {
    let help = "undo the change, or start the study anew in another directory";
    StudyError::invalid(format!("{what} has changed since the study began"), help)
}

/// How far the study in a directory has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StudyStatus {
    /// The study's name.
    pub name: String,
    /// What its manifest says; a killed study says `running`.
    pub status: RunStatus,
    /// The part that the directory holds.
    pub shard: Shard,
    /// Points of the design.
    pub points: usize,
    /// How its runs ended so far. With a stopping rule, pending counts what is missing of the first
    /// batch.
    pub runs: RunCount,
    /// Whether tables of all runs are there.
    pub complete: bool,
}

/// How far the study in `directory` has come.
///
/// # Errors
/// [`StudyError::Invalid`] if it is not the directory of a study.
pub fn status(directory: &Path) -> Result<StudyStatus, StudyError> {
    let stored = Stored::read(directory)?;
    let manifest = Manifest::read(directory)?;
    let plan = stored.plan()?;
    let runs = if let Some(ended) = stored.ended {
        ended
    } else {
        let done = Finished::in_directory(&plan, directory)?;
        let (finished, failed) = done.counts();
        let first = plan.runs(plan.first_replications());
        let pending = (0..first)
            .filter(|run| stored.shard.holds(plan.block_of(*run)) && !done.has(*run))
            .count() as u64;
        RunCount { succeeded: finished - failed, failed, pending }
    };
    let complete = manifest.status == RunStatus::Complete;
    Ok(StudyStatus {
        name: stored.name,
        status: manifest.status,
        shard: stored.shard,
        points: plan.points.len(),
        runs,
        complete,
    })
}
