//! Every table of a run directory in one place: its columns, their types, units, meanings and
//! encodings.

mod arrow;
mod booking;
mod column;
mod define;
mod energy;
mod facts;
mod figures;
mod fleet;
mod listing;
mod money;

pub use column::{ColumnSpec, Encoding, Kind, NameList};
pub use listing::{tables_json, tables_markdown};

pub(crate) use arrow::arrow_schema;

use crate::columns::Buffer;
use domain::{Rows, Time};
use serde::{Deserialize, Serialize};
use std::ops::Range;

macro_rules! tables {
    ($($field:ident: $table:ident($row:ty),)*) => {
        /// A table of a run directory.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(rename_all = "snake_case")]
        #[allow(missing_docs)]
        pub enum Table {
            $($table,)*
        }

        impl Table {
            /// Every table, in the order of the listings.
            pub const ALL: &[Self] = &[$(Self::$table,)*];
            /// Name, and file name without `.parquet`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$table => stringify!($field),)*
                }
            }
        }
    };
}
domain::each_table!(tables);

/// A table's columns, and how a batch of rows becomes columns.
pub(crate) struct TableSpec {
    pub table: Table,
    /// "One row per ...".
    pub doc: &'static str,
    /// Leading columns by which the rows of every file are in ascending order.
    pub sorted_by: &'static [&'static str],
    pub columns: &'static [ColumnSpec],
    /// How many rows a batch has for this table.
    pub len: fn(&Rows) -> usize,
    /// Appends a batch to the columns' buffers.
    pub fill: fn(&Batch<'_>, &mut [Buffer]),
}

/// Part of a batch of rows on its way into the columns of one table.
pub(crate) struct Batch<'a> {
    pub run_id: i64,
    pub rows: &'a Rows,
    pub range: Range<usize>,
    pub ranks: Ranks<'a>,
    /// The scenario's start, microseconds since 1970 UTC.
    pub start_utc_us: i64,
}

/// The ranks of a batch's rows within their run (`seq`, `entry`).
#[derive(Clone, Copy)]
pub(crate) enum Ranks<'a> {
    /// Consecutive, from this one.
    From(i64),
    /// One by one: rows before them were filtered out.
    Each(&'a [i64]),
}

impl Batch<'_> {
    /// A simulated instant as microseconds since 1970 UTC; none stays none.
    pub fn utc(&self, t: Time) -> i64 {
        if t == Time::NONE { i64::MIN } else { t.0 + self.start_utc_us }
    }
}

impl Ranks<'_> {
    /// Appends the ranks of `n` rows.
    pub fn fill(self, out: &mut Buffer, n: usize) {
        match self {
            Self::From(first) => out.count_i64(first, n),
            Self::Each(ranks) => out.extend_i64(ranks, |rank| *rank),
        }
    }
}

impl Table {
    /// The table of a name, if there is one.
    ///
    /// ```
    /// use record::Table;
    /// assert_eq!(Table::from_name("ledger"), Some(Table::Ledger));
    /// assert_eq!(Table::from_name("ledgers"), None);
    /// ```
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|t| t.name() == name)
    }
    /// File name in a run directory.
    pub fn file_name(self) -> String {
        format!("{}.parquet", self.name())
    }
    /// What one row is about.
    pub fn row_doc(self) -> &'static str {
        self.spec().doc
    }
    /// The columns, in the file's order.
    pub fn columns(self) -> &'static [ColumnSpec] {
        self.spec().columns
    }
    pub(crate) fn spec(self) -> &'static TableSpec {
        match self {
            Self::Facts => &facts::FACTS,
            Self::Evs => &fleet::EVS,
            Self::Stays => &fleet::STAYS,
            Self::Sessions => &fleet::SESSIONS,
            Self::Reservations => &booking::RESERVATIONS,
            Self::Tickets => &booking::TICKETS,
            Self::Ledger => &money::LEDGER,
            Self::Accounts => &money::ACCOUNTS,
            Self::Prices => &money::PRICES,
            Self::Balance => &energy::BALANCE,
            Self::Trades => &energy::TRADES,
            Self::Voltages => &energy::VOLTAGES,
            Self::Branches => &energy::BRANCHES,
            Self::Indicators => &figures::INDICATORS,
            Self::Pareto => &figures::PARETO,
            Self::Sharings => &figures::SHARINGS,
            Self::Strategies => &fleet::STRATEGIES,
        }
    }
}
