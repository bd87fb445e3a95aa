//! Scenarios: checked, resolved, listed.

use crate::error::raise;
use gridflock::{Failure, Prepared};
use pyo3::prelude::*;
use scenario::Scenario;

/// Checks a scenario with overrides and its data; every value in force as TOML and as JSON, and how
/// many EVs, zones and recorded periods it yields.
#[pyfunction]
#[pyo3(signature = (scenario, sets, data=true))]
pub fn resolve(
    py: Python<'_>,
    scenario: &str,
    sets: Vec<String>,
    data: bool,
) -> PyResult<(String, String, Option<(u32, u32, u64)>)> {
    let resolved = py.detach(|| {
        let loaded = Scenario::load(scenario, &sets)?;
        let text = scenario::resolved_toml(&loaded);
        let value: toml::Value = toml::from_str(&text).map_err(|e| {
            Failure::new(gridflock::Code::Failed, format!("the resolved scenario: {e}"))
        })?;
        let json = serde_json::to_string(&plain(&value)).unwrap_or_default();
        let size = if data {
            let p = Prepared::read(&loaded)?;
            Some((p.evs(), p.zones(), p.scenario.periods()))
        } else {
            None
        };
        Ok((text, json, size))
    });
    resolved.map_err(|failure: Failure| raise(py, failure))
}

/// TOML text as JSON text; instants as text.
#[pyfunction]
pub fn toml_to_json(py: Python<'_>, text: &str) -> PyResult<String> {
    let value: toml::Value = toml::from_str(text)
        .map_err(|e| raise(py, Failure::new(gridflock::Code::Scenario, e.to_string())))?;
    Ok(plain(&value).to_string())
}

/// TOML as JSON; instants as text.
fn plain(value: &toml::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        toml::Value::Datetime(t) => Value::String(t.to_string()),
        toml::Value::Array(all) => Value::Array(all.iter().map(plain).collect()),
        toml::Value::Table(all) => {
            Value::Object(all.iter().map(|(k, v)| (k.clone(), plain(v))).collect())
        }
        toml::Value::String(s) => Value::String(s.clone()),
        toml::Value::Integer(n) => Value::from(*n),
        toml::Value::Float(x) => Value::from(*x),
        toml::Value::Boolean(b) => Value::Bool(*b),
    }
}

/// Names of the built-in scenarios and of the built-in studies.
#[pyfunction]
pub fn built_in() -> (Vec<String>, Vec<String>) {
    let scenarios = scenario::builtin_names().into_iter().map(Into::into).collect();
    (scenarios, study::BUILTIN_STUDIES.iter().map(|s| s.name.to_owned()).collect())
}

/// A schema as JSON text: `scenario`, `study` or `tables`.
#[pyfunction]
pub fn schema(py: Python<'_>, what: &str) -> PyResult<String> {
    match what {
        "scenario" => Ok(scenario::schema_json().to_string()),
        "study" => Ok(study::study_schema_json().to_string()),
        "tables" => Ok(record::tables_json().to_string()),
        other => {
            let message = format!("there is no schema of `{other}`");
            let help = "ask for scenario, study or tables";
            Err(raise(py, Failure::with_help(gridflock::Code::Usage, message, help)))
        }
    }
}
