//! The Python package, built from this tree and tried by its own tests.

use crate::partners::{call, python, skipped, target};
use std::path::Path;
use std::process::Command;

/// What is tried, in `tests/python`.
const TESTS: [&str; 7] = [
    "test_package.py",
    "test_dask.py",
    "test_policies.py",
    "test_robust.py",
    "test_envs.py",
    "test_types.py",
    "test_examples.py",
];

/// The package as it was built once for all tests: the folder to put on Python's path.
pub fn built() -> Result<std::path::PathBuf, String> {
    static BUILT: std::sync::OnceLock<Result<std::path::PathBuf, String>> =
        std::sync::OnceLock::new();
    BUILT.get_or_init(build).clone()
}

/// Lays the package out under target/partners: its Python files and the module built from the tree.
fn build() -> Result<std::path::PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut cargo = Command::new(env!("CARGO"));
    // Selected as the tests are, so that what they were built from is not built again.
    let all = ["build", "--quiet", "--workspace", "--lib", "--tests"];
    cargo.args(all).args(["--features", "python/module"]).current_dir(&root);
    // What cargo tells its tests must not reach the cargo inside.
    for (name, _) in std::env::vars().filter(|(n, _)| n.starts_with("CARGO_PKG")) {
        cargo.env_remove(name);
    }
    call(cargo.env("CARGO_TARGET_DIR", target()))?;
    let place = target().join("partners/package");
    let package = place.join("gridflock");
    let _ = std::fs::remove_dir_all(&place);
    std::fs::create_dir_all(&package).map_err(|e| e.to_string())?;
    copy(&root.join("crates/python/gridflock"), &package).map_err(|e| e.to_string())?;
    let module = target().join("debug/lib_gridflock.so");
    std::fs::copy(&module, package.join("_gridflock.abi3.so"))
        .map_err(|e| format!("{}: {e}", module.display()))?;
    Ok(place)
}

/// Copies the files of a folder and of those inside it.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)?.flatten() {
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() && entry.file_name() != "__pycache__" {
            copy(&path, &to)?;
        } else if path.is_file() {
            std::fs::copy(path, to)?;
        }
    }
    Ok(())
}

#[test]
fn the_package_does_what_its_tests_say() {
    // Before the package is built: without a Python nobody could try it.
    if let Err(why) = python(None) {
        return skipped(why);
    }
    let place = built().expect("the package is built");
    let mut pytest = python(Some(&place)).expect("it was there");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let scratch = target().join("partners/pytest");
    pytest
        .args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "--basetemp"])
        .arg(scratch)
        .args(TESTS.map(|name| root.join("tests/python").join(name)))
        .env("GRIDFLOCK_EXAMPLES", root.join("examples"))
        .env("GRIDFLOCK", env!("CARGO_BIN_EXE_gridflock"));
    if let Err(said) = call(&mut pytest) {
        panic!("{said}");
    }
}
