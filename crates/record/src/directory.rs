//! The directory of a run or study: when it may be written to.

use crate::files::with_suffix;
use crate::lock::DirectoryLock;
use crate::manifest::{MANIFEST, Manifest};
use crate::{RecordError, RunStatus, Table, names};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// How a directory was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DirectoryMode {
    /// By the user: refused if it exists.
    Fresh,
    /// By the user, with leave to replace what is there: an earlier run or study, otherwise only
    /// files with a table's name.
    Overwrite,
    /// By the program: where something is there, the next free name is taken.
    Default,
}

impl DirectoryMode {
    /// The mode for a directory that the user named, or for the program's choice; with or without
    /// leave to replace.
    pub fn of(named: bool, overwrite: bool) -> Self {
        match (named, overwrite) {
            (_, true) => Self::Overwrite,
            (true, false) => Self::Fresh,
            (false, false) => Self::Default,
        }
    }
}

/// Whether two paths lead to the same existing directory.
pub fn is_same_directory(a: &Path, b: &Path) -> bool {
    a.canonicalize().is_ok_and(|a| b.canonicalize().is_ok_and(|b| a == b))
}

/// What was done to a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prepared {
    /// It is new, or was empty.
    Created,
    /// An earlier run was removed; how far that had come.
    Replaced(RunStatus),
    /// It holds other files, which stay.
    Shared,
}

/// A directory that is ready for a run or study, and this process's alone.
#[derive(Debug)]
pub struct Claim {
    /// Where it is; another name than asked for where that one was taken.
    pub directory: PathBuf,
    /// What was done to it.
    pub prepared: Prepared,
    _lock: DirectoryLock,
}

impl Claim {
    /// Claims a directory to go on with what is there.
    ///
    /// # Errors
    /// [`RecordError::Locked`] if another process writes there; [`RecordError::Io`].
    pub fn resume(directory: &Path) -> Result<Self, RecordError> {
        let lock = DirectoryLock::take(directory)?;
        Ok(Self { directory: directory.to_owned(), prepared: Prepared::Shared, _lock: lock })
    }
}

/// Makes `path` (or, by default, the next free name: `path.2`, `path.3`) a directory for a new run
/// and locks it, or says why it must not be touched.
///
/// An empty directory counts as new. Whatever the mode, files of other names than gridflock's
/// ([`names`]) are never removed.
///
/// # Errors
/// [`RecordError::Exists`], [`RecordError::NotADirectory`], [`RecordError::Locked`], each naming
/// the remedy; [`RecordError::Io`].
pub fn claim_directory(path: &Path, mode: DirectoryMode) -> Result<Claim, RecordError> {
    if mode != DirectoryMode::Default {
        return claim(path, mode);
    }
    for number in 1_u32.. {
        let candidate =
            if number == 1 { path.to_owned() } else { with_suffix(path, &format!(".{number}")) };
        match claim(&candidate, mode) {
            Err(RecordError::Exists(_) | RecordError::Locked { .. }) => {}
            other => return other,
        }
    }
    Err(RecordError::Exists(path.to_owned()))
}

fn claim(path: &Path, mode: DirectoryMode) -> Result<Claim, RecordError> {
    match std::fs::metadata(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => {}
        Err(e) if e.kind() == ErrorKind::NotADirectory => {
            return Err(RecordError::NotADirectory(path.to_owned()));
        }
        Err(e) => return Err(RecordError::io("open", path)(e)),
        Ok(found) if !found.is_dir() => return Err(RecordError::NotADirectory(path.to_owned())),
        // Nothing is written where nothing may be: not even a lock.
        Ok(_) if mode != DirectoryMode::Overwrite && !is_empty(path)? => {
            return Err(RecordError::Exists(path.to_owned()));
        }
        Ok(_) => {}
    }
    match std::fs::create_dir_all(path) {
        Err(e) if e.kind() == ErrorKind::NotADirectory => {
            return Err(RecordError::NotADirectory(path.to_owned()));
        }
        other => other.map_err(RecordError::io("create", path))?,
    }
    let lock = DirectoryLock::take(path)?;
    let prepared = replace(path, mode)?;
    Ok(Claim { directory: path.to_owned(), prepared, _lock: lock })
}

/// Whether nothing but a lock is there.
fn is_empty(path: &Path) -> Result<bool, RecordError> {
    for entry in std::fs::read_dir(path).map_err(RecordError::io("read", path))? {
        let name = entry.map_err(RecordError::io("read", path))?.file_name();
        if name != names::DIRECTORY_LOCK {
            return Ok(false);
        }
    }
    Ok(true)
}

fn replace(path: &Path, mode: DirectoryMode) -> Result<Prepared, RecordError> {
    if is_empty(path)? {
        return Ok(Prepared::Created);
    }
    match (mode, Manifest::read(path)) {
        (DirectoryMode::Fresh | DirectoryMode::Default, _) => {
            Err(RecordError::Exists(path.to_owned()))
        }
        (DirectoryMode::Overwrite, Ok(manifest)) => {
            remove_ours(path)?;
            Ok(Prepared::Replaced(manifest.status))
        }
        (DirectoryMode::Overwrite, Err(_)) => remove_tables(path).map(|()| Prepared::Shared),
    }
}

/// What runs and studies put into their directories, beside tables and parts. The manifest comes
/// last: as long as it is there, what is left can be known as ours.
const OURS: [&str; 20] = [
    names::RESOLVED,
    names::CHECKPOINT,
    names::STUDY_STATE,
    names::STUDY,
    names::ODD,
    names::RO_CRATE,
    names::RUNS,
    names::ESTIMATES,
    names::CONTRASTS,
    names::SENSITIVITY,
    names::REGRET,
    names::FLIPS,
    names::RATIOS,
    names::PERSONS,
    names::WIDE,
    names::POSTERIOR,
    names::OPTIMUM,
    names::INPUTS,
    names::INPUTS_SO_FAR,
    MANIFEST,
];

/// Removes an earlier run or study, whole or begun, and nothing else.
fn remove_ours(directory: &Path) -> Result<(), RecordError> {
    remove_parts(directory)?;
    let tables = Table::ALL.iter().map(|table| table.file_name());
    for name in tables.chain(OURS.map(str::to_owned)) {
        remove(&directory.join(format!("{name}.tmp")))?;
        remove(&directory.join(name))?;
    }
    Ok(())
}

/// Removes what gridflock made in the folder of parts of a directory, and the folder, unless
/// something else lies there.
///
/// # Errors
/// [`RecordError::Io`] if something cannot be removed.
pub fn remove_parts(directory: &Path) -> Result<(), RecordError> {
    remove_part_files(directory)?;
    let parts = directory.join(names::PARTS);
    remove(&parts.join(names::LOCK))?;
    match std::fs::remove_dir(&parts) {
        Err(e)
            if !matches!(
                e.kind(),
                ErrorKind::NotFound | ErrorKind::DirectoryNotEmpty | ErrorKind::NotADirectory
            ) =>
        {
            Err(RecordError::io("remove", &parts)(e))
        }
        _ => Ok(()),
    }
}

/// The same without the folder and the lock that a process holds on it.
///
/// # Errors
/// As for [`remove_parts`].
pub fn remove_part_files(directory: &Path) -> Result<(), RecordError> {
    let parts = directory.join(names::PARTS);
    if !parts.is_dir() {
        return Ok(());
    }
    let entries = std::fs::read_dir(&parts).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    for entry in entries.map_err(RecordError::io("read", &parts))? {
        if entry.file_name().to_str().is_some_and(names::is_part) {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

/// Removes a file, if it is there.
fn remove(path: &Path) -> Result<(), RecordError> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != ErrorKind::NotFound && e.kind() != ErrorKind::NotADirectory => {
            Err(RecordError::io("remove", path)(e))
        }
        _ => Ok(()),
    }
}

/// Removes files that would be taken for tables of the new run.
fn remove_tables(directory: &Path) -> Result<(), RecordError> {
    Table::ALL.iter().try_for_each(|table| remove(&directory.join(table.file_name())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Software;

    /// What is done to a directory with these files, and which files it has afterwards.
    fn check(
        content: &[(&str, &str)],
        mode: DirectoryMode,
    ) -> (Result<Prepared, String>, Vec<String>) {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in content {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let result = claim(dir.path(), mode).map(|c| c.prepared).map_err(|e| e.to_string());
        let mut left = std::fs::read_dir(dir.path())
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect::<Vec<_>>();
        left.sort();
        (result, left)
    }

    #[test]
    fn only_what_gridflock_made_is_removed() {
        let manifest =
            serde_json::to_string(&Manifest::new("run", "park", "", Software::default())).unwrap();
        let ours = [("manifest.json", manifest.as_str()), ("facts.parquet", "x")];
        let annotated = [
            ("manifest.json", manifest.as_str()),
            ("stays.parquet.tmp", "x"),
            ("mine.parquet", "x"),
            ("notes.md", "x"),
        ];
        let foreign = [("thesis.tex", "x"), ("facts.parquet", "x")];
        let none: Vec<String> = Vec::new();
        assert_eq!(check(&[], DirectoryMode::Fresh), (Ok(Prepared::Created), none.clone()));
        assert_eq!(
            check(&ours, DirectoryMode::Overwrite),
            (Ok(Prepared::Replaced(RunStatus::Running)), none)
        );
        let parts = [
            ("parts/facts.000001.part", "x"),
            ("parts/facts.000002.parquet.tmp", "x"),
            ("parts/block-000000.done", "x"),
            ("parts/lock", "x"),
        ];
        let with_parts = [&ours[..], &parts].concat();
        assert_eq!(
            check(&with_parts, DirectoryMode::Overwrite),
            (Ok(Prepared::Replaced(RunStatus::Running)), Vec::new())
        );
        let spare = [&with_parts[..], &[("parts/thesis.tex", "x")]].concat();
        assert_eq!(
            check(&spare, DirectoryMode::Overwrite),
            (Ok(Prepared::Replaced(RunStatus::Running)), vec!["parts".to_owned()])
        );
        let theirs = vec!["mine.parquet".to_owned(), "notes.md".to_owned()];
        assert_eq!(
            check(&annotated, DirectoryMode::Overwrite),
            (Ok(Prepared::Replaced(RunStatus::Running)), theirs)
        );
        assert_eq!(
            check(&foreign, DirectoryMode::Overwrite),
            (Ok(Prepared::Shared), vec!["thesis.tex".to_owned()])
        );
        for files in [ours, foreign] {
            for mode in [DirectoryMode::Fresh, DirectoryMode::Default] {
                let (result, left) = check(&files, mode);
                assert!(result.unwrap_err().contains("--overwrite"));
                assert_eq!(left.len(), 2, "nothing is touched");
            }
        }
    }

    #[test]
    fn by_default_the_next_free_name_is_taken() {
        let dir = tempfile::tempdir().unwrap();
        let wanted = dir.path().join("park-1");
        let first = claim_directory(&wanted, DirectoryMode::Default).unwrap();
        std::fs::write(first.directory.join("manifest.json"), "{}").unwrap();
        let second = claim_directory(&wanted, DirectoryMode::Default).unwrap();
        // Held, though nothing stands in it yet.
        let third = claim_directory(&wanted, DirectoryMode::Default).unwrap();
        let names = [&first, &second, &third].map(|c| c.directory.file_name().unwrap().to_owned());
        assert_eq!(names, ["park-1", "park-1.2", "park-1.3"]);
        let error = claim_directory(&wanted, DirectoryMode::Overwrite).unwrap_err();
        assert!(matches!(error, RecordError::Locked { .. }), "{error}");
    }

    #[test]
    fn a_file_in_the_way_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("run");
        std::fs::write(&file, "").unwrap();
        for path in [file.clone(), file.join("below")] {
            let error = claim_directory(&path, DirectoryMode::Overwrite).unwrap_err();
            assert!(matches!(error, RecordError::NotADirectory(_)), "{error}");
        }
    }
}
