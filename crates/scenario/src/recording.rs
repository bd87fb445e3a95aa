//! What a run leaves on disk.

use domain::FactKind;
use keys::Table;
use record::{Selection, TableOptions};

/// What is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordRules {
    /// Tables and kinds of fact.
    pub selection: Selection,
    /// Rows in a row group.
    pub row_group: usize,
    /// Whether the loss against a clairvoyant assignment is computed.
    pub clairvoyant: bool,
}

pub(crate) fn recording(t: &mut Table<'_>) -> RecordRules {
    t.table("record", "what a run leaves on disk", |t| {
        let tables: Vec<&str> = record::Table::ALL.iter().map(|table| table.name()).collect();
        let kinds: Vec<&str> = FactKind::ALL.iter().map(|kind| kind.word()).collect();
        let chosen = t.words("tables", &tables, &tables, "tables that are written");
        let facts = t.words("facts", &kinds, &kinds, "kinds of fact that are written");
        RecordRules {
            selection: Selection {
                tables: record::Table::ALL.iter().copied().filter(|table| chosen.iter().any(|c| c == table.name())).collect(),
                kinds: facts.iter().filter_map(|word| FactKind::from_word(word)).collect(),
            },
            row_group: t.count("row_group", TableOptions::ROW_GROUP as u64, 1024..=16_777_216, "rows", "rows in a row group") as usize,
            clairvoyant: t.flag(
                "clairvoyant",
                false,
                "whether deadweight_loss_cny, the loss against a clairvoyant assignment, is computed: a linear programme at the end",
            ),
        }
    })
}
