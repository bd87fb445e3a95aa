//! `manifest.json`: what a directory holds, who made it, and whether it is complete.

use crate::RecordError;
use crate::files::{TableFile, with_suffix};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// File name of the manifest.
pub const MANIFEST: &str = "manifest.json";

/// How far a run or study has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// Under way, or killed.
    Running,
    /// Done; every table is closed.
    Complete,
    /// Ended by an error, which the manifest names.
    Failed,
    /// Ended by the user; what was finished is closed.
    Interrupted,
}

impl std::fmt::Display for RunStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Running => "running, or killed",
            Self::Complete => "complete",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        })
    }
}

/// The software that ran.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Software {
    /// Version of gridflock.
    pub version: String,
    /// Commit it was built from, when known.
    pub git_commit: Option<String>,
    /// Whether the sources differed from that commit, when known.
    pub git_dirty: Option<bool>,
}

/// A file that a scenario reads besides its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InputFile {
    /// The key that names it, `series.load.csv`.
    pub key: String,
    /// The file, from the root.
    pub path: PathBuf,
    /// SHA-256 of its content, hexadecimal.
    pub sha256: String,
}

/// The first file that was read before and reads otherwise now, in words; none if all are as they
/// were.
pub fn changed_input(before: &[InputFile], now: &[InputFile]) -> Option<String> {
    let changed = |old: &&InputFile| {
        now.iter()
            .any(|new| (&new.key, &new.path) == (&old.key, &old.path) && new.sha256 != old.sha256)
    };
    before
        .iter()
        .find(changed)
        .map(|file| format!("{}, which `{}` names", file.path.display(), file.key))
}

/// What a directory holds. Times, threads and arguments stand only here, so that tables can be
/// byte-identical.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Always `gridflock`.
    pub generator: String,
    /// Layout of this file.
    pub manifest_version: u32,
    /// `run` or `study`.
    pub kind: String,
    /// How far it has come.
    pub status: RunStatus,
    /// Why it failed.
    pub error: Option<String>,
    /// The software.
    pub software: Software,
    /// Name of the scenario or study.
    pub scenario: String,
    /// SHA-256 over every value in force and the content of `inputs`, hexadecimal.
    pub scenario_hash: String,
    /// The files that the scenario reads besides its own.
    #[serde(default)]
    pub inputs: Vec<InputFile>,
    /// Whether a partner gave it values on the way.
    #[serde(default)]
    pub fed: bool,
    /// Seeds by group: `main`, `population`, `behaviour`, `exogenous`, `optimiser`.
    pub seeds: BTreeMap<String, u64>,
    /// Command line.
    pub argv: Vec<String>,
    /// Threads.
    pub threads: usize,
    /// Hosts that took part.
    pub hosts: Vec<String>,
    /// When it began (RFC 3339, wall clock).
    pub started_at: Option<String>,
    /// When it ended (RFC 3339, wall clock).
    pub ended_at: Option<String>,
    /// Wall-clock time from begin to end (s).
    pub wall_s: Option<f64>,
    /// The tables that are closed, with rows, bytes and SHA-256.
    pub tables: Vec<TableFile>,
}

impl Manifest {
    /// The manifest of a run (`kind` = `run`) or study (`kind` = `study`) that is just beginning.
    pub fn new(kind: &str, scenario: &str, scenario_hash: &str, software: Software) -> Self {
        Self {
            generator: "gridflock".to_owned(),
            manifest_version: 1,
            kind: kind.to_owned(),
            status: RunStatus::Running,
            error: None,
            software,
            scenario: scenario.to_owned(),
            scenario_hash: scenario_hash.to_owned(),
            inputs: Vec::new(),
            fed: false,
            seeds: BTreeMap::new(),
            argv: Vec::new(),
            threads: 1,
            hosts: Vec::new(),
            started_at: None,
            ended_at: None,
            wall_s: None,
            tables: Vec::new(),
        }
    }
    /// Writes the manifest of `directory` in one step: a reader sees the old one or the new one.
    ///
    /// # Errors
    /// [`RecordError::Io`] if it cannot be written.
    pub fn write(&self, directory: &Path) -> Result<(), RecordError> {
        let path = directory.join(MANIFEST);
        let mut text =
            serde_json::to_string_pretty(self).expect("invariant: a manifest has string keys only");
        text.push('\n');
        write_atomically(&path, text.as_bytes())
    }
    /// Reads the manifest of `directory`.
    ///
    /// # Errors
    /// [`RecordError::NoManifest`] if there is none, [`RecordError::Content`] if it is not one of
    /// ours.
    pub fn read(directory: &Path) -> Result<Self, RecordError> {
        let path = directory.join(MANIFEST);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                return Err(RecordError::NoManifest(directory.to_owned()));
            }
            Err(e) => return Err(RecordError::io("read", &path)(e)),
        };
        let manifest: Self = serde_json::from_str(&text).map_err(|e| {
            RecordError::content(
                &path,
                Some(e.line() as u64),
                None,
                format!("not a gridflock manifest: {e}"),
            )
        })?;
        if manifest.generator == "gridflock" {
            return Ok(manifest);
        }
        Err(RecordError::content(
            &path,
            None,
            None,
            format!("made by `{}`, not by gridflock", manifest.generator),
        ))
    }
}

/// Writes a small file in one step, through `<path>.tmp`.
///
/// # Errors
/// [`RecordError::Io`] if it cannot be written.
pub fn write_atomically(path: &Path, content: &[u8]) -> Result<(), RecordError> {
    let temporary = with_suffix(path, ".tmp");
    std::fs::write(&temporary, content).map_err(RecordError::io("write", &temporary))?;
    std::fs::rename(&temporary, path).map_err(RecordError::io("rename", &temporary))
}

/// SHA-256 of some bytes, hexadecimal: how scenarios are told apart.
///
/// ```
/// assert!(record::sha256(b"").starts_with("e3b0c44298fc1c14"));
/// ```
pub fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    crate::files::hexadecimal(&sha2::Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_comes_back_as_it_was_written() {
        let dir = tempfile::tempdir().unwrap();
        let mut manifest = Manifest::new(
            "run",
            "park",
            "ab12",
            Software { version: "0.1.0".into(), git_commit: None, git_dirty: Some(true) },
        );
        manifest.seeds.insert("main".into(), u64::MAX);
        manifest.status = RunStatus::Failed;
        manifest.error = Some("disk full".into());
        manifest.write(dir.path()).unwrap();
        assert_eq!(Manifest::read(dir.path()).unwrap(), manifest);
        assert!(!dir.path().join("manifest.json.tmp").exists());
    }

    #[test]
    fn a_foreign_manifest_is_refused_with_its_path() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(Manifest::read(dir.path()), Err(RecordError::NoManifest(_))));
        std::fs::write(dir.path().join(MANIFEST), "{\"name\": \"an extension\"}").unwrap();
        let message = Manifest::read(dir.path()).unwrap_err().to_string();
        assert!(
            message.contains("manifest.json") && message.contains("not a gridflock manifest"),
            "{message}"
        );
    }
}
