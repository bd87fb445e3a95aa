//! One run from its scenario to its tables, in memory or on disk.

use crate::error::{raise, raise_simulation};
use crate::policies::PyPolicies;
use crate::signal::Listener;
use crate::table::Table;
use ::simulation::InputRow;
use domain::{IndicatorRow, Rows, Scope};
use gridflock::Simulation;
use gridflock::{Failure, Finished, Opening, Prepared, Recording, Run, RunOptions};
use pyo3::exceptions::{PyKeyError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use record::{Manifest, Provenance};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

/// Name of the table of what was given from outside.
const INPUTS: &str = "inputs";

/// What a run left, in memory or in a directory.
#[pyclass(frozen, module = "gridflock")]
pub struct Outcome {
    kept: Kept,
    resolved: String,
    manifest: String,
    complete: bool,
}

enum Kept {
    Memory {
        tables: BTreeSet<record::Table>,
        rows: Box<Rows>,
        provenance: Box<Provenance>,
        indicators: Vec<IndicatorRow>,
        inputs: Vec<InputRow>,
    },
    Directory(PathBuf),
}

impl Outcome {
    /// What a finished simulation kept in memory.
    pub fn of(finished: Finished, prepared: &Prepared, tables: BTreeSet<record::Table>) -> Self {
        let mut rows = finished.rows;
        rows.indicators.clone_from(&finished.indicators);
        let provenance = Box::new(prepared.table_options().provenance);
        let resolved = String::new();
        let kept = Kept::Memory {
            tables,
            rows: Box::new(rows),
            provenance,
            indicators: finished.indicators,
            inputs: finished.inputs,
        };
        Self { kept, resolved, manifest: "{}".to_owned(), complete: finished.complete }
    }

    /// What lies in a directory.
    pub fn in_directory(directory: PathBuf) -> Result<Self, Failure> {
        let manifest = Manifest::read(&directory)?;
        let resolved = directory.join(record::names::RESOLVED);
        Ok(Self {
            resolved: std::fs::read_to_string(resolved).unwrap_or_default(),
            complete: manifest.status == record::RunStatus::Complete,
            manifest: serde_json::to_string(&manifest).unwrap_or_default(),
            kept: Kept::Directory(directory),
        })
    }

    /// The same with the text of its scenario.
    pub fn with_scenario(self, resolved: String) -> Self {
        Self { resolved, ..self }
    }
}

#[pymethods]
impl Outcome {
    /// Names of the tables.
    fn table_names(&self) -> Vec<String> {
        match &self.kept {
            Kept::Memory { tables, inputs, .. } => {
                // As in a directory: what was given from outside is there where there was some.
                let given = (!inputs.is_empty()).then(|| INPUTS.to_owned());
                tables.iter().map(|t| t.name().to_owned()).chain(given).collect()
            }
            Kept::Directory(directory) => {
                let written = Manifest::read(directory).map(|m| m.tables).unwrap_or_default();
                written.into_iter().map(|t| t.table).collect()
            }
        }
    }

    /// A table by its name.
    fn table(&self, py: Python<'_>, name: &str) -> PyResult<Table> {
        if !self.table_names().iter().any(|n| n == name) {
            return Err(PyKeyError::new_err(name.to_owned()));
        }
        let read = || match &self.kept {
            Kept::Memory { inputs, provenance, .. } if name == INPUTS => {
                let batch = ::simulation::inputs_in_memory(inputs, provenance)?;
                Ok(Table::new(name, batch.schema(), vec![batch]))
            }
            Kept::Memory { rows, provenance, .. } => {
                let table = record::Table::ALL.iter().find(|t| t.name() == name);
                let table = *table.ok_or_else(|| Failure::new(gridflock::Code::Failed, name))?;
                let batch = record::table_in_memory(table, rows, 0, provenance)?;
                Ok(Table::new(name, batch.schema(), vec![batch]))
            }
            Kept::Directory(directory) => {
                let file = directory.join(format!("{name}.parquet"));
                let (schema, batches) = record::read_file(&file)?;
                Ok(Table::new(name, schema, batches))
            }
        };
        py.detach(read).map_err(|failure| raise(py, failure))
    }

    /// The figures of the whole run by name; undefined ones are NaN.
    fn indicators<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let d = PyDict::new(py);
        match &self.kept {
            Kept::Memory { indicators, .. } => {
                for i in indicators.iter().filter(|i| i.scope == Scope::Run) {
                    d.set_item(&i.name, i.value)?;
                }
            }
            Kept::Directory(directory) => {
                let mut pairs = Vec::new();
                let file = directory.join("indicators.parquet");
                record::scan_columns(&file, &["name", "value", "scope"], |frame| {
                    for (row, value) in frame.numbers("value").iter().enumerate() {
                        if frame.word("scope", row) == "run" {
                            pairs.push((frame.word("name", row).to_owned(), *value));
                        }
                    }
                })
                .map_err(|e| raise(py, e.into()))?;
                for (name, value) in pairs {
                    d.set_item(name, value)?;
                }
            }
        }
        Ok(d)
    }

    /// The manifest as JSON text.
    #[getter]
    fn manifest(&self) -> &str {
        &self.manifest
    }

    /// The scenario with every value in force, as TOML text.
    #[getter]
    fn scenario(&self) -> &str {
        &self.resolved
    }

    /// The directory, if the run went to disk.
    #[getter]
    fn directory(&self) -> Option<PathBuf> {
        match &self.kept {
            Kept::Memory { .. } => None,
            Kept::Directory(directory) => Some(directory.clone()),
        }
    }

    /// Whether the run got to its end.
    #[getter]
    fn complete(&self) -> bool {
        self.complete
    }
}

/// The tables of some names; without names all of them.
pub fn tables(names: Option<Vec<String>>) -> PyResult<BTreeSet<record::Table>> {
    let Some(names) = names else { return Ok(record::Table::ALL.iter().copied().collect()) };
    let table = |name: &String| {
        let known = record::Table::ALL.iter().find(|t| t.name() == name);
        known.copied().ok_or_else(|| {
            let all = record::Table::ALL.iter().map(|t| t.name()).collect::<Vec<_>>().join(", ");
            PyValueError::new_err(format!("there is no table `{name}`; the tables are {all}"))
        })
    };
    names.iter().map(table).collect()
}

/// Runs a scenario with overrides `key.path=VALUE`; into memory, or into a directory.
#[pyfunction]
#[pyo3(signature = (scenario, sets, tables=None, output=None, overwrite=false, threads=1, progress=None, policies=None))]
pub fn run(
    py: Python<'_>,
    scenario: String,
    sets: Vec<String>,
    tables: Option<Vec<String>>,
    output: Option<PathBuf>,
    overwrite: bool,
    threads: usize,
    progress: Option<Py<PyAny>>,
    policies: Option<&Bound<'_, PyDict>>,
) -> PyResult<Outcome> {
    let wanted = self::tables(tables)?;
    let policies = policies.map(|d| PyPolicies::new(py, d)).transpose()?.flatten();
    let own = PyPolicies::own(policies.as_ref());
    let mut listener = Listener::new(progress);
    let ended = py.detach(|| match output {
        None => in_memory(&scenario, &sets, wanted, threads, own, &mut listener),
        Some(directory) => {
            let options = RunOptions {
                directory: Some(directory.clone()),
                sets,
                threads,
                overwrite,
                own,
                ..RunOptions::default()
            };
            let run = Run::load(&scenario, &options)?;
            run.prepare()?;
            run.execute(&mut |p| listener.in_run(p))?;
            Outcome::in_directory(directory)
        }
    });
    listener.raised()?;
    PyPolicies::raise(policies.as_ref())?;
    ended.map_err(|failure| raise(py, failure))
}

fn in_memory(
    scenario: &str,
    sets: &[String],
    tables: BTreeSet<record::Table>,
    threads: usize,
    own: gridflock::PolicySet,
    listener: &mut Listener,
) -> Result<Outcome, Failure> {
    let loaded = scenario::Scenario::load(scenario, sets)?;
    let prepared = Arc::new(Prepared::read(&loaded)?);
    let recording = Recording::Memory(tables.clone());
    let opening = Opening { threads, recording, ..Opening::default() };
    let mut run = Simulation::open(prepared.clone(), &opening)?;
    run.decide_by(own);
    let end = run.end();
    run.advance_while(end, &mut |p| listener.in_run(p))?;
    let outcome = Outcome::of(run.finish()?, &prepared, tables);
    Ok(outcome.with_scenario(scenario::resolved_toml(&loaded)))
}

/// Opens what a run or study left in a directory.
#[pyfunction]
pub fn read(py: Python<'_>, directory: PathBuf) -> PyResult<Outcome> {
    Outcome::in_directory(directory).map_err(|failure| raise(py, failure))
}

/// What a simulation says, for callers that hold the interpreter.
pub fn simulated<T>(py: Python<'_>, result: Result<T, gridflock::SimulationError>) -> PyResult<T> {
    result.map_err(|e| raise_simulation(py, e))
}
