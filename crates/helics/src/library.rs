//! Where libhelics is, and opening it.

use crate::api::Api;
use crate::error::{OpenError, text};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// libhelics, opened once for the whole process and never closed: its threads outlive its objects.
#[derive(Clone, Copy)]
pub struct Library {
    pub(crate) api: &'static Api,
    path: &'static str,
}

impl Library {
    /// Opens the library named by `HELICS_LIB` (a file, or a folder that holds it), else the one
    /// that `import helics` of the Python on the path would load, else the system's.
    ///
    /// # Errors
    /// If it is in none of these places, or is not libhelics 3.
    pub fn open() -> Result<Self, OpenError> {
        static OPENED: OnceLock<Result<Library, OpenError>> = OnceLock::new();
        OPENED.get_or_init(find).clone()
    }

    /// Its version, such as `3.6.1 (2025-02-24)`.
    pub fn version(&self) -> String {
        // SAFETY: the call takes nothing and gives a text.
        text(unsafe { (self.api.version)() })
    }

    /// The file it was opened from.
    pub fn path(&self) -> &str {
        self.path
    }

    /// Lets go of all federates and brokers, and ends the library's threads.
    pub fn close(&self) {
        // SAFETY: the call takes nothing; objects that are left become invalid, which the library
        // checks itself.
        unsafe { (self.api.close_library)() }
    }
}

/// What the file is called.
const FILES: [&str; 5] =
    ["libhelics.so.3", "libhelics.so", "libhelics.3.dylib", "libhelics.dylib", "helics.dll"];

fn find() -> Result<Library, OpenError> {
    if let Some(given) = std::env::var_os("HELICS_LIB").filter(|v| !v.is_empty()) {
        let given = PathBuf::from(given);
        let file = if given.is_dir() { inside(&given).unwrap_or(given) } else { given };
        return open(&file)
            .map_err(|looked| OpenError::NotFound { looked: format!("HELICS_LIB: {looked}") })?;
    }
    let mut looked = Vec::new();
    match of_python() {
        Ok(file) => match open(&file) {
            Ok(opened) => return opened,
            Err(why) => looked.push(why),
        },
        Err(why) => looked.push(why),
    }
    for file in FILES {
        if let Ok(opened) = open(Path::new(file)) {
            return opened;
        }
    }
    looked.push("it is not on the system's path".to_owned());
    Err(OpenError::NotFound { looked: looked.join("; ") })
}

/// Opens a file; the outer error says that it is none.
fn open(file: &Path) -> Result<Result<Library, OpenError>, String> {
    // SAFETY: libhelics runs nothing at its opening but constructors of its own static objects.
    let library = unsafe { libloading::Library::new(file) };
    let library = library.map_err(|e| format!("{}: {e}", file.display()))?;
    let library = Box::leak(Box::new(library));
    // SAFETY: it is leaked, so it stays open; a library with all of these names is libhelics.
    let api = unsafe { Api::of(library) };
    let path = file.display().to_string();
    Ok(match api {
        Ok(api) => {
            let (api, path) = (Box::leak(Box::new(api)), Box::leak(path.into_boxed_str()));
            Ok(Library { api, path })
        }
        Err(e) => Err(OpenError::Strange { path, why: e.to_string() }),
    })
}

/// The library within the package `helics` of the Python on the path; the package is not run.
fn of_python() -> Result<PathBuf, String> {
    let ask = "import importlib.util as u; s = u.find_spec('helics'); print(s.origin if s else '')";
    for python in ["python3", "python"] {
        let Ok(said) = Command::new(python).args(["-c", ask]).output() else { continue };
        let origin = String::from_utf8_lossy(&said.stdout).trim().to_owned();
        let package = Path::new(&origin).parent().filter(|_| !origin.is_empty());
        let Some(package) = package else {
            return Err(format!("{python} has no package helics"));
        };
        let found = ["install/lib64", "install/lib", "install/bin", "."]
            .iter()
            .find_map(|folder| inside(&package.join(folder)));
        return found.ok_or_else(|| format!("{} holds no library", package.display()));
    }
    Err("there is no Python".to_owned())
}

fn inside(folder: &Path) -> Option<PathBuf> {
    FILES.iter().map(|file| folder.join(file)).find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_no_library_is_refused_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("libhelics.so");
        std::fs::write(&file, "no library").unwrap();
        assert_eq!(inside(folder.path()), Some(file.clone()));
        let Err(why) = open(&file) else { panic!("a text was opened") };
        assert!(why.contains("libhelics.so"), "{why}");
    }
}
