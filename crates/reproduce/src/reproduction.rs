//! What came of a reproduction, ready to be printed or written as JSON.

use crate::{Feature, OverSeeds};
use serde::Serialize;

/// A paper's tables beside ours.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reproduction {
    /// What was run, with what is known beforehand in it.
    pub head: String,
    /// Seeds, from 1 on.
    pub seeds: u32,
    /// Tables and features, in the order of the paper.
    pub sections: Vec<Section>,
    /// What cannot be reached, with the figures of these runs that show it.
    pub out_of_reach: Vec<String>,
}

/// A table or figure of the paper beside ours.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Section {
    /// Which one, and how it is read.
    pub title: String,
    /// The figures.
    pub table: Option<Grid>,
    /// A text or picture beside the table.
    pub text: Option<String>,
    /// The published features.
    pub features: Vec<Feature>,
}

impl Section {
    /// A section with a table.
    pub fn of_table(title: impl Into<String>, table: Grid) -> Self {
        Self { title: title.into(), table: Some(table), ..Self::default() }
    }

    /// A section of features.
    pub fn of_features(title: impl Into<String>, features: Vec<Feature>) -> Self {
        Self { title: title.into(), features, ..Self::default() }
    }
}

/// Figures in rows and columns.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Grid {
    /// Heads of the columns.
    pub head: Vec<String>,
    /// Rows: a name, then one cell a column.
    pub rows: Vec<(String, Vec<Cell>)>,
}

impl Grid {
    /// A table without rows.
    pub fn new<S: AsRef<str>>(head: impl IntoIterator<Item = S>) -> Self {
        Self { head: head.into_iter().map(|s| s.as_ref().to_owned()).collect(), rows: Vec::new() }
    }

    /// Adds a row.
    pub fn push(&mut self, name: impl Into<String>, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push((name.into(), cells.into_iter().collect()));
    }
}

/// A cell of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// Nothing was published, or nothing is to be said.
    Empty,
    /// A published figure.
    Published(f64),
    /// Ours.
    Ours(OverSeeds),
    /// Ours beside the published one.
    Both(OverSeeds, f64),
    /// Words.
    Text(String),
}
