//! What is recorded.

use crate::{Provenance, Table};
use domain::FactKind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Which tables and which kinds of fact are written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// Tables to write.
    pub tables: BTreeSet<Table>,
    /// Kinds of fact to write; a fact of another kind still takes its `seq`.
    pub kinds: BTreeSet<FactKind>,
}

impl Selection {
    /// Everything.
    pub fn all() -> Self {
        Self {
            tables: Table::ALL.iter().copied().collect(),
            kinds: FactKind::ALL.iter().copied().collect(),
        }
    }
    /// These tables, with every kind of fact.
    pub fn of(tables: &[Table]) -> Self {
        Self { tables: tables.iter().copied().collect(), ..Self::all() }
    }
}

impl Default for Selection {
    fn default() -> Self {
        Self::all()
    }
}

/// How the tables of a run are written.
#[derive(Clone, Debug)]
pub struct TableOptions {
    /// What every file says about its run.
    pub provenance: Provenance,
    /// What is written.
    pub selection: Selection,
    /// Rows in a row group.
    pub row_group: usize,
}

impl TableOptions {
    /// Rows in a row group unless the scenario says otherwise.
    pub const ROW_GROUP: usize = 262_144;
    /// Everything, in row groups of [`Self::ROW_GROUP`] rows.
    pub fn new(provenance: Provenance) -> Self {
        Self { provenance, selection: Selection::all(), row_group: Self::ROW_GROUP }
    }
}
