//! An environment of Python packages for tests against other people's programs.
//!
//! Made once, under target/partners, where Python 3.10 or newer is found. Elsewhere a test says in a
//! word that it was skipped; with `CI=true` a skip is a failure.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// What tests need. A change makes the environment anew.
const PACKAGES: &[&str] = &[
    "basedpyright==1.*",
    "cmaes==0.*",
    "distributed",
    "duckdb==1.*",
    "fmpy==0.3.*",
    "gymnasium==1.*",
    "helics==3.*",
    "mlcroissant==1.*",
    "mosaik>=3.6,<3.8",
    "mypy",
    "numpy",
    "OpenDSSDirect.py==0.9.*",
    "pandapower==3.*",
    "pandas==2.*",
    "pettingzoo==1.*",
    "pm4py==2.7.*",
    "polars==1.*",
    "power-grid-model==1.*",
    "pyarrow",
    "pytest==8.*",
    "SALib==1.*",
    "scipy",
    "statsmodels==0.14.*",
];

/// A Python that has the packages.
struct Python {
    interpreter: PathBuf,
    /// Where the packages lie, if not in an environment of the interpreter's own.
    packages: Option<PathBuf>,
}

/// A Python with all packages, or why there is none. `modules` come first on its path.
pub fn python(modules: Option<&Path>) -> Result<Command, &'static str> {
    static MADE: OnceLock<Result<Python, String>> = OnceLock::new();
    let python = MADE.get_or_init(make).as_ref().map_err(String::as_str)?;
    let mut command = Command::new(&python.interpreter);
    let path = modules.into_iter().chain(python.packages.as_deref());
    let path = std::env::join_paths(path).expect("a folder's name has no colon");
    command.env("PYTHONPATH", path).env("PYTHONDONTWRITEBYTECODE", "1");
    Ok(command)
}

/// Says that a test was skipped; in continuous integration that is a failure.
pub fn skipped(why: &str) {
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "skipped, which CI does not allow: {why}"
    );
    println!("skipped: {why}");
}

/// The folder of everything that is built.
pub fn target() -> PathBuf {
    // The program lies in target/<profile>/.
    let program = Path::new(env!("CARGO_BIN_EXE_gridflock"));
    program.ancestors().nth(2).expect("a program lies in target/<profile>").to_owned()
}

fn make() -> Result<Python, String> {
    let folder = target().join("partners");
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    // Two test processes may want it at once.
    let lock = std::fs::File::create(folder.join("lock")).map_err(|e| e.to_string())?;
    lock.lock().map_err(|e| e.to_string())?;
    let (inside, packages) = (folder.join("venv/bin/python"), folder.join("site-packages"));
    let own = Python { interpreter: inside.clone(), packages: None };
    let beside = Python { interpreter: "python3".into(), packages: Some(packages.clone()) };
    let made_of = folder.join("packages.txt");
    let wanted = PACKAGES.join("\n");
    if std::fs::read_to_string(&made_of).is_ok_and(|had| had == wanted) {
        return Ok(if inside.is_file() { own } else { beside });
    }
    let new_enough = "import sys; sys.exit(sys.version_info < (3, 10))";
    let found = Command::new("python3").args(["-c", new_enough]).status();
    if !found.is_ok_and(|s| s.success()) {
        return Err("there is no Python 3.10 or newer".to_owned());
    }
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    let venv = folder.join("venv");
    let made = call(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv));
    let python = if made.is_ok() {
        call(Command::new(&inside).args(pip).args(PACKAGES))?;
        own
    } else {
        // Some systems ship Python without what a virtual environment needs.
        let _ = std::fs::remove_dir_all(&venv);
        call(Command::new("python3").args(pip).arg("--target").arg(&packages).args(PACKAGES))?;
        beside
    };
    std::fs::write(&made_of, wanted).map_err(|e| e.to_string())?;
    Ok(python)
}

/// Runs a command to its end; what it said, if that was not well.
pub fn call(command: &mut Command) -> Result<(), String> {
    let out = command.output().map_err(|e| format!("{command:?}: {e}"))?;
    if out.status.success() {
        return Ok(());
    }
    let said = [out.stdout, out.stderr].concat();
    Err(format!("{command:?}:\n{}", String::from_utf8_lossy(&said)))
}
