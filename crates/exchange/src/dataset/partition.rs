//! Tables cut into folders by a value (`zone_id=1/part-0.parquet`), as Hive, DuckDB, polars and
//! Spark read them.

use super::{Described, describe_file, row_doc, whole};
use crate::formats::{TableWriter, plain_batch, plain_schema};
use crate::source::new_directory;
use crate::{ExchangeError, Format};
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch};
use arrow_schema::{DataType, Schema};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// By what tables are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Partition {
    /// `zone_id`.
    Zone,
    /// The local day, by the scenario's offset from UTC, of the table's first instant.
    Day,
    /// `run_id`.
    Run,
}

impl Partition {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Zone, Self::Day, Self::Run];

    /// The partition of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.word() == word)
    }

    /// Its word on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Zone => "zone",
            Self::Day => "day",
            Self::Run => "run",
        }
    }

    /// What folders are named by.
    fn key(self) -> &'static str {
        match self {
            Self::Zone => "zone_id",
            Self::Day => "day",
            Self::Run => "run_id",
        }
    }

    /// The column whose values decide, if a table has one.
    fn column(self, schema: &Schema) -> Option<usize> {
        match self {
            Self::Zone | Self::Run => schema.index_of(self.key()).ok(),
            Self::Day => schema
                .fields()
                .iter()
                .position(|f| matches!(f.data_type(), DataType::Timestamp(_, _))),
        }
    }

    /// Whether the column goes: what stands in a folder's name does not stand in its files.
    fn moves(self) -> bool {
        self != Self::Day
    }
}

/// Writes a table into folders; one without the column or without rows stays whole: a table of no
/// file could not be described.
pub fn write(
    from: &Path,
    name: &str,
    partition: Partition,
    format: Format,
    to: &Path,
) -> Result<Described, ExchangeError> {
    let head = record::read_head(from)?;
    // Days are those of the scenario's clock.
    let ahead_us = i64::from(head.utc_offset_min()) * 60_000_000;
    let schema = head.schema;
    let place = partition.column(&schema).filter(|_| head.rows > 0);
    let Some(place) = place else { return whole(from, name, format, to) };
    let keep: Vec<usize> =
        (0..schema.fields().len()).filter(|i| !partition.moves() || *i != place).collect();
    let table = to.join(name);
    new_directory(&table)?;
    let plain = plain_schema(&schema);
    let inside = Arc::new(plain.project(&keep).map_err(ExchangeError::format(&table))?);
    let mut open: BTreeMap<Option<i64>, (String, TableWriter)> = BTreeMap::new();
    let mut rows = 0;
    for batch in record::read_batches(from)? {
        let batch = plain_batch(&batch?, &plain, from)?;
        rows += batch.num_rows() as u64;
        for (value, part) in cut(&batch, place, (partition, ahead_us), from)? {
            let part = part.project(&keep).map_err(ExchangeError::format(from))?;
            if let std::collections::btree_map::Entry::Vacant(e) = open.entry(value) {
                let folder = format!("{}={}", partition.key(), folder_word(partition, value));
                new_directory(&table.join(&folder))?;
                let file = format!("{name}/{folder}/part-0.{}", format.word());
                let writer = TableWriter::create(&to.join(&file), &inside, format)?;
                e.insert((file, writer));
            }
            if let Some((file, writer)) = open.get_mut(&value) {
                writer.write(&part, &to.join(file.as_str()))?;
            }
        }
    }
    let mut files = Vec::new();
    for (file, writer) in open.into_values() {
        writer.close(&to.join(&file))?;
        files.push(describe_file(to, file)?);
    }
    let row_doc = row_doc(name, &schema);
    let key = Some(partition.key());
    Ok(Described { name: name.to_owned(), row_doc, schema, files, partition: key, rows })
}

/// How a value stands in a folder's name; null as Hive writes it.
fn folder_word(partition: Partition, value: Option<i64>) -> String {
    let Some(value) = value else { return "__HIVE_DEFAULT_PARTITION__".to_owned() };
    if partition != Partition::Day {
        return value.to_string();
    }
    let day = jiff::civil::date(1970, 1, 1).saturating_add(jiff::Span::new().days(value));
    day.to_string()
}

/// The rows of a batch by value, ascending.
fn cut(
    batch: &RecordBatch,
    place: usize,
    by: (Partition, i64),
    path: &Path,
) -> Result<Vec<(Option<i64>, RecordBatch)>, ExchangeError> {
    let values = values(batch.column(place), by);
    let mut distinct: Vec<Option<i64>> = values.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let part = |value: Option<i64>| {
        let chosen: BooleanArray = values.iter().map(|v| Some(*v == value)).collect();
        arrow_select::filter::filter_record_batch(batch, &chosen)
            .map(|rows| (value, rows))
            .map_err(ExchangeError::format(path))
    };
    distinct.into_iter().map(part).collect()
}

/// What decides in each row; local time is ahead of UTC by so many microseconds.
fn values(column: &ArrayRef, (partition, ahead_us): (Partition, i64)) -> Vec<Option<i64>> {
    let read = |i: usize| match column.data_type() {
        DataType::Int32 => i64::from(column.as_primitive::<Int32Type>().value(i)),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(i),
        _ => column.as_primitive::<TimestampMicrosecondType>().value(i),
    };
    let cell = |i: usize| {
        let value = column.is_valid(i).then(|| read(i))?;
        Some(if partition == Partition::Day {
            (value + ahead_us).div_euclid(86_400_000_000)
        } else {
            value
        })
    };
    (0..column.len()).map(cell).collect()
}
