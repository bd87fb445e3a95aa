//! Laws of behaviour from recorded sessions.

use crate::error::raise;
use fitting::{FitOptions, Source, behaviour_toml, fit, json_summary, read_sessions, text_report};
use gridflock::{Code, Failure};
use jiff::civil::Date;
use pyo3::prelude::*;
use std::path::PathBuf;

/// Fits the sessions of a file: the laws as TOML, the report, and the summary as JSON.
#[pyfunction]
#[pyo3(signature = (sessions, columns, time_zone=None, train_until=None))]
pub fn fit_sessions(
    py: Python<'_>,
    sessions: PathBuf,
    columns: Vec<(String, String)>,
    time_zone: Option<String>,
    train_until: Option<String>,
) -> PyResult<(String, String, String)> {
    let fitted = py.detach(|| -> Result<_, String> {
        let train_until = train_until.as_deref().map(day).transpose()?;
        let source = Source { path: &sessions, map: &columns, time_zone: time_zone.as_deref() };
        let fitted = fit(&read_sessions(&source)?, FitOptions { train_until })?;
        let text = behaviour_toml(&fitted, &sessions.display().to_string());
        Ok((text, text_report(&fitted), json_summary(&fitted).to_string()))
    });
    fitted.map_err(|message| raise(py, Failure::new(Code::Scenario, message)))
}

/// Days from 1970-01-01.
fn day(text: &str) -> Result<i64, String> {
    let date: Date = text.parse().map_err(|_| format!("{text} is no date such as 2019-07-01"))?;
    Ok(i64::from((date - Date::constant(1970, 1, 1)).get_days()))
}
