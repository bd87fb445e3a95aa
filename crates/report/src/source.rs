//! A directory of a run or study, as charts read it.

use crate::ReportError;
use record::{Frame, Manifest, read_head, scan_columns};
use std::path::{Path, PathBuf};

/// Microseconds in an hour.
const HOUR_US: f64 = 3.6e9;

/// A directory with tables, and what its files say of time.
#[derive(Clone, Debug)]
pub struct Source {
    /// The directory.
    pub directory: PathBuf,
    /// What it holds.
    pub manifest: Manifest,
    /// The local midnight at which the record begins \[us since 1970 UTC\].
    start_us: f64,
    /// What amounts of money are called.
    currency: String,
}

impl Source {
    /// Opens a directory.
    ///
    /// # Errors
    /// If it has no manifest, or the head of a table cannot be read.
    pub fn open(directory: &Path) -> Result<Self, ReportError> {
        let manifest = Manifest::read(directory)?;
        let mut source = Self {
            directory: directory.to_owned(),
            manifest,
            start_us: 0.0,
            currency: "CNY".to_owned(),
        };
        if let Some(table) = source.manifest.tables.first() {
            let head = read_head(&directory.join(&table.file))?;
            source.start_us = head.start_us.map_or(0.0, |us| us as f64);
            head.currency().clone_into(&mut source.currency);
        }
        Ok(source)
    }

    /// Whether it is a study (else a run).
    pub fn is_study(&self) -> bool {
        self.manifest.kind == "study"
    }

    /// Whether a table was written and has rows.
    pub fn has(&self, table: &str) -> bool {
        self.rows(table) > 0
    }

    /// Rows of a table.
    pub fn rows(&self, table: &str) -> u64 {
        let file = format!("{table}.parquet");
        let of = self.manifest.tables.iter().find(|t| t.file == file);
        of.map_or(0, |t| t.rows)
    }

    /// Hands columns of a table to `each`, batch by batch; a table that was not written has none.
    ///
    /// # Errors
    /// If the file is damaged or lacks a column.
    pub fn scan(
        &self,
        table: &str,
        columns: &[&str],
        each: impl FnMut(&Frame),
    ) -> Result<(), ReportError> {
        if !self.has(table) {
            return Ok(());
        }
        Ok(scan_columns(&self.directory.join(format!("{table}.parquet")), columns, each)?)
    }

    /// The scenario with every value in force, as it lies beside the tables.
    pub fn scenario_text(&self) -> String {
        std::fs::read_to_string(self.directory.join(record::names::RESOLVED)).unwrap_or_default()
    }

    /// The study as it was asked for.
    pub fn study_text(&self) -> String {
        std::fs::read_to_string(self.directory.join(record::names::STUDY)).unwrap_or_default()
    }

    /// The outcome that a study was made for, if it names one.
    pub fn primary(&self) -> Option<String> {
        let study = keys(&self.study_text());
        let primary = study.get("output")?.get("primary")?.as_str()?;
        Some(primary.to_owned())
    }

    /// What the run or study says of itself in its file; empty where it says nothing.
    pub fn description(&self) -> String {
        let text = if self.is_study() { self.study_text() } else { self.scenario_text() };
        keys(&text).get("description").and_then(|d| d.as_str()).unwrap_or_default().to_owned()
    }

    /// The kind of model that ran: `park`, `feeder` or `group`.
    pub fn model(&self) -> String {
        let scenario = keys(&self.scenario_text());
        scenario.get("model").and_then(|m| m.as_str()).unwrap_or_default().to_owned()
    }

    /// What amounts of money are called: `CNY` unless the scenario says otherwise.
    pub fn currency(&self) -> &str {
        &self.currency
    }

    /// Most import of the whole site or feeder \[kW\], where the scenario limits it.
    pub fn import_limit_kw(&self) -> Option<f64> {
        let text = self.scenario_text();
        let mut zones = 1.0;
        let mut limit = None;
        for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
            let Some((key, value)) = line.split_once('=') else { continue };
            let value = value.split('#').next().unwrap_or_default().trim();
            match key.trim() {
                "zones" => zones = value.parse().unwrap_or(1.0),
                "import_limit_kw" => limit = value.parse::<f64>().ok(),
                _ => {}
            }
        }
        // Each zone that is no feeder's has a connection of its own.
        let connections = if self.model() == "feeder" { 1.0 } else { zones };
        limit.filter(|l| l.is_finite()).map(|l| l * connections)
    }

    /// Names of the columns of a table; none if it was not written.
    ///
    /// # Errors
    /// If the file is damaged.
    pub fn columns(&self, table: &str) -> Result<Vec<String>, ReportError> {
        if !self.has(table) {
            return Ok(Vec::new());
        }
        Ok(read_head(&self.directory.join(format!("{table}.parquet")))?.columns)
    }

    /// Microseconds from the record's start to an instant, in SQL.
    pub fn since_start_in_sql(&self, instant: &str) -> String {
        format!("epoch_us({instant}) - {:.0}", self.start_us)
    }

    /// The local hour of the day of a column of instants, in SQL.
    pub fn hour_in_sql(&self, column: &str) -> String {
        format!("({}) // 3600000000 % 24", self.since_start_in_sql(column))
    }

    /// Hours from the record's local midnight to an instant \[us since 1970 UTC\].
    pub fn hour(&self, us: f64) -> f64 {
        (us - self.start_us) / HOUR_US
    }
}

/// The keys of a TOML text; none if it cannot be read.
fn keys(text: &str) -> toml::Table {
    text.parse().unwrap_or_default()
}
