//! Failures as exceptions, with the command line's codes and problems.

use gridflock::{Code, Failure, SimulationError};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use scenario::Problems;

pyo3::create_exception!(
    gridflock,
    GridflockError,
    PyRuntimeError,
    "Something did not work. `code` is the exit code of the command line, `problems` a list of \
     dicts with code, message, file, line, column, key, help."
);
pyo3::create_exception!(
    gridflock,
    ScenarioError,
    GridflockError,
    "A scenario or study is invalid, missing or unknown (code 3)."
);
pyo3::create_exception!(
    gridflock,
    RunError,
    GridflockError,
    "A run failed: I/O, infeasible, a directory that exists or cannot be written (code 1)."
);
pyo3::create_exception!(
    gridflock,
    InvariantError,
    GridflockError,
    "An invariant broke (code 4): the fault is gridflock's."
);

/// Adds the exceptions to the module.
pub fn add(m: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = m.py();
    m.add("GridflockError", py.get_type::<GridflockError>())?;
    m.add("ScenarioError", py.get_type::<ScenarioError>())?;
    m.add("RunError", py.get_type::<RunError>())?;
    m.add("InvariantError", py.get_type::<InvariantError>())
}

/// A failure as an exception.
pub fn raise(py: Python<'_>, failure: Failure) -> PyErr {
    let (code, message, help) = match &failure {
        Failure::Problems(p) => (Code::Scenario, p.to_string(), String::new()),
        Failure::Plain { code, message, help } => (*code, message.clone(), help.clone()),
    };
    let text = if help.is_empty() { message.clone() } else { format!("{message}\nhelp: {help}") };
    let error = match code {
        Code::Scenario => ScenarioError::new_err(text),
        Code::Broken => InvariantError::new_err(text),
        _ => RunError::new_err(text),
    };
    let list = match &failure {
        Failure::Problems(p) => problems(py, p),
        Failure::Plain { .. } => one(py, &message, &help),
    };
    let value = error.value(py);
    // An exception that cannot carry its details is still the exception.
    let _ = value.setattr("code", code as i32);
    if let Ok(list) = list {
        let _ = value.setattr("problems", list);
    }
    error
}

/// What a simulation says as an exception.
pub fn raise_simulation(py: Python<'_>, error: SimulationError) -> PyErr {
    raise(py, Failure::from(error))
}

/// What a study says as an exception.
pub fn raise_study(py: Python<'_>, error: study::StudyError) -> PyErr {
    let code = match error.class() {
        study::ErrorClass::Invalid => Code::Scenario,
        study::ErrorClass::Usage => Code::Usage,
        study::ErrorClass::Failed => Code::Failed,
    };
    match error {
        study::StudyError::Problems(problems) => raise(py, Failure::Problems(problems)),
        other => raise(py, Failure::with_help(code, other.to_string(), other.help())),
    }
}

fn problems(py: Python<'_>, problems: &Problems) -> PyResult<Py<PyList>> {
    let list = PyList::empty(py);
    for p in &problems.list {
        let d = PyDict::new(py);
        d.set_item("code", p.code.word())?;
        d.set_item("message", &p.message)?;
        d.set_item("file", &p.file)?;
        d.set_item("line", (p.line > 0).then_some(p.line))?;
        d.set_item("column", (p.column > 0).then_some(p.column))?;
        d.set_item("key", &p.key)?;
        d.set_item("help", &p.help)?;
        list.append(d)?;
    }
    Ok(list.unbind())
}

fn one(py: Python<'_>, message: &str, help: &str) -> PyResult<Py<PyList>> {
    let d = PyDict::new(py);
    d.set_item("message", message)?;
    d.set_item("help", help)?;
    Ok(PyList::new(py, [d])?.unbind())
}
