//! Some columns of a written table, batch by batch: what pictures and exports are made from.

use super::run::{BATCH_ROWS, open};
use crate::RecordError;
use crate::provenance::{self, START_KEY};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, SchemaRef, TimeUnit};
use parquet::arrow::ProjectionMask;
use std::collections::BTreeMap;
use std::path::Path;

/// A column of a [`Frame`].
#[derive(Clone, Debug, PartialEq)]
pub enum FrameColumn {
    /// Numbers, ids, instants (microseconds since 1970 UTC) and flags (0, 1); NaN is null.
    /// Whole numbers up to 2^53 are exact.
    Numbers(Vec<f64>),
    /// Words; the empty one is null.
    Words(WordColumn),
}

/// A column of words: each row names one of a few.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WordColumn {
    keys: Vec<usize>,
    words: Vec<String>,
}

impl WordColumn {
    /// The word of a row; empty if it is null.
    pub fn get(&self, row: usize) -> &str {
        self.keys.get(row).and_then(|k| self.words.get(*k)).map_or("", String::as_str)
    }
}

/// A batch of rows: the columns that were asked for, in that order.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    names: Vec<String>,
    columns: Vec<FrameColumn>,
    rows: usize,
}

impl Frame {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The numbers of a column; empty if it holds words or was not asked for.
    pub fn numbers(&self, name: &str) -> &[f64] {
        match self.column(name) {
            Some(FrameColumn::Numbers(x)) => x,
            _ => &[],
        }
    }

    /// A row's word in a column; empty if it is null, holds numbers or was not asked for.
    pub fn word(&self, name: &str, row: usize) -> &str {
        match self.column(name) {
            Some(FrameColumn::Words(x)) => x.get(row),
            _ => "",
        }
    }

    fn column(&self, name: &str) -> Option<&FrameColumn> {
        self.names.iter().position(|n| n == name).map(|i| &self.columns[i])
    }
}

/// What a table's file says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct TableHead {
    /// Names of its columns.
    pub columns: Vec<String>,
    /// Its columns with their types and metadata.
    pub schema: SchemaRef,
    /// Rows.
    pub rows: u64,
    /// Key-value metadata of the file.
    pub metadata: BTreeMap<String, String>,
    /// The scenario's start (a local midnight) \[us since 1970 UTC\], if the file says it.
    pub start_us: Option<i64>,
}

impl TableHead {
    /// What amounts of money are called; `CNY` where the file does not say.
    pub fn currency(&self) -> &str {
        provenance::currency(&self.metadata)
    }

    /// Minutes by which local time is ahead of UTC: 480 for `+08:00`, 0 where the file does not say.
    pub fn utc_offset_min(&self) -> i32 {
        provenance::utc_offset_min(&self.metadata)
    }
}

/// Columns, rows and metadata of a Parquet file, without its content.
///
/// # Errors
/// [`RecordError::Io`] if it cannot be read, [`RecordError::Parquet`] if it is damaged.
pub fn read_head(path: &Path) -> Result<TableHead, RecordError> {
    let builder = open(path)?;
    let schema = builder.schema().clone();
    let metadata: BTreeMap<String, String> =
        schema.metadata().iter().map(|(k, v)| (k.clone(), v.clone())).collect();
    let start = metadata.get(START_KEY).and_then(|t| t.parse::<jiff::Timestamp>().ok());
    Ok(TableHead {
        columns: schema.fields().iter().map(|f| f.name().clone()).collect(),
        rows: builder.metadata().file_metadata().num_rows() as u64,
        schema,
        metadata,
        start_us: start.map(jiff::Timestamp::as_microsecond),
    })
}

/// Hands the wanted columns of a Parquet file to `each`, batch by batch; nothing else is read.
///
/// # Errors
/// [`RecordError::Io`] or [`RecordError::Parquet`] as [`read_head`]; [`RecordError::Content`] if a
/// column is missing or of a type that tables of runs do not have.
pub fn scan_columns(
    path: &Path,
    wanted: &[&str],
    mut each: impl FnMut(&Frame),
) -> Result<(), RecordError> {
    let builder = open(path)?;
    let schema = builder.schema().clone();
    let at = |name: &str| {
        schema.index_of(name).map_err(|_| {
            RecordError::content(path, None, Some(name), "there is no column of this name")
        })
    };
    let places = wanted.iter().map(|name| at(name)).collect::<Result<Vec<_>, _>>()?;
    let mask = ProjectionMask::roots(builder.parquet_schema(), places);
    let reader = builder
        .with_projection(mask)
        .with_batch_size(BATCH_ROWS)
        .build()
        .map_err(RecordError::parquet("read", path))?;
    for batch in reader {
        let batch = batch
            .map_err(|e| RecordError::Parquet { path: path.to_owned(), message: e.to_string() })?;
        each(
            &frame(&batch, wanted).map_err(|(name, message)| {
                RecordError::content(path, None, Some(&name), message)
            })?,
        );
    }
    Ok(())
}

fn frame(batch: &RecordBatch, wanted: &[&str]) -> Result<Frame, (String, String)> {
    let column = |name: &&str| {
        let missing = || ((*name).to_owned(), "it is missing in a batch".to_owned());
        let (place, field) = batch.schema_ref().column_with_name(name).ok_or_else(missing)?;
        values(batch.column(place), field)
    };
    let columns = wanted.iter().map(column).collect::<Result<Vec<_>, _>>()?;
    let names = wanted.iter().map(|n| (*n).to_owned()).collect();
    Ok(Frame { names, columns, rows: batch.num_rows() })
}

fn values(array: &ArrayRef, field: &Field) -> Result<FrameColumn, (String, String)> {
    macro_rules! numbers {
        ($kind:ty) => {
            array.as_primitive::<$kind>().iter().map(|x| x.map_or(f64::NAN, |x| x as f64)).collect()
        };
    }
    Ok(FrameColumn::Numbers(match array.data_type() {
        DataType::Int8 => numbers!(Int8Type),
        DataType::Int16 => numbers!(Int16Type),
        DataType::Int32 => numbers!(Int32Type),
        DataType::Int64 => numbers!(Int64Type),
        DataType::Float64 => numbers!(Float64Type),
        DataType::Timestamp(TimeUnit::Microsecond, _) => numbers!(TimestampMicrosecondType),
        DataType::Boolean => array
            .as_boolean()
            .iter()
            .map(|x| x.map_or(f64::NAN, |x| f64::from(u8::from(x))))
            .collect(),
        DataType::Utf8 => {
            let texts = array.as_string::<i32>();
            let words = texts.iter().map(|w| w.unwrap_or_default().to_owned()).collect();
            return Ok(FrameColumn::Words(WordColumn { keys: (0..array.len()).collect(), words }));
        }
        DataType::Dictionary(_, values) if **values == DataType::Utf8 => {
            let dictionary = array.as_any_dictionary();
            let texts = dictionary.values().as_string::<i32>();
            let words = texts.iter().map(|w| w.unwrap_or_default().to_owned()).collect();
            let mut keys = dictionary.normalized_keys();
            for (row, key) in keys.iter_mut().enumerate() {
                if array.is_null(row) {
                    *key = usize::MAX;
                }
            }
            return Ok(FrameColumn::Words(WordColumn { keys, words }));
        }
        other => {
            return Err((field.name().clone(), format!("type {other} is not one of a run's")));
        }
    }))
}
