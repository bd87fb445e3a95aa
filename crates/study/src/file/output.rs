//! `[output]`.

use crate::OwnIndicator;
use indicators::{DEFINITIONS, Definition};
use keys::{Code, Table, nearest};
use record::Table as RunTable;
use std::collections::BTreeSet;

/// What is looked at and kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// Indicators that are written and analysed, in the order of their definitions.
    pub indicators: Vec<String>,
    /// The outcome that the study was made for: its tests are a family of their own.
    pub primary: Option<String>,
    /// Tables kept besides runs and indicators.
    pub tables: BTreeSet<RunTable>,
    /// Whether runs are written in wide form too.
    pub wide: bool,
    /// Whether what became of each person is kept.
    pub persons: bool,
    /// Confidence level of all intervals.
    pub confidence: f64,
    /// Level of the conditional value at risk.
    pub tail: f64,
    /// Resamples of the bootstrap of sensitivity indices.
    pub resamples: usize,
}

impl Output {
    /// Whether an indicator is written and analysed.
    pub fn has(&self, indicator: &str) -> bool {
        self.indicators.iter().any(|name| name == indicator)
    }
}

pub(super) fn output(t: &mut Table<'_>, own: &[OwnIndicator]) -> Output {
    let own = own.iter().map(|o| o.name.as_str());
    let names: Vec<&str> = DEFINITIONS.iter().map(|d| d.name).chain(own).collect();
    let tables: Vec<&str> =
        RunTable::ALL.iter().filter(|t| **t != RunTable::Indicators).map(|t| t.name()).collect();
    let indicators =
        t.words("indicators", &names, &names, "indicators that are written and analysed");
    let primary = t
        .optional_text("primary", "the outcome that the study is made for: its tests stand by themselves, those of all others are adjusted together")
        .filter(|name| {
            let known = indicators.contains(name);
            if !known && Definition::of(name).is_none() {
                refuse_indicator(t, "primary", name);
            } else if !known {
                t.refuse(
                    "primary",
                    format!("`{name}` is not among `output.indicators`"),
                    "add it there",
                );
            }
            known
        });
    let kept = t.words("tables", &tables, &[], "tables that are kept besides runs and indicators");
    Output {
        indicators,
        primary,
        tables: kept.iter().filter_map(|name| RunTable::from_name(name)).collect(),
        wide: t.flag(
            "wide",
            false,
            "whether wide.parquet is written: a row per run, factors and figures beside each other",
        ),
        persons: t.flag(
            "persons",
            false,
            "whether persons.parquet is written: a row per run and EV, what became of it",
        ),
        confidence: t.number(
            "confidence",
            0.95,
            0.5..=0.9999,
            "1",
            "confidence level of all intervals",
        ),
        tail: t.number(
            "tail",
            0.95,
            0.0..=0.9999,
            "1",
            "level of the conditional value at risk: mean of the worst 1 - tail (the smallest where more is better, else the largest)",
        ),
        resamples: t.count(
            "resamples",
            1000,
            2..=1_000_000,
            "resamples",
            "resamples of the bootstrap of sensitivity indices",
        ) as usize,
    }
}

/// Reports an indicator that does not exist.
pub(super) fn refuse_indicator(t: &Table<'_>, key: &str, name: &str) {
    let near = nearest(name, DEFINITIONS.iter().map(|d| d.name));
    let help = near.map_or_else(
        || "`gridflock schema tables` lists the indicators".to_owned(),
        |near| format!("the nearest is `{near}`"),
    );
    t.refuse_as(Code::UnknownWord, key, format!("there is no indicator `{name}`"), help);
}
