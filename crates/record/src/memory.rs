//! Rows as Arrow batches in memory, with the same columns, words and metadata as in files.

use crate::columns::{Buffer, Column, new_buffers};
use crate::schema::{Batch, Ranks, arrow_schema};
use crate::write::push_row;
use crate::{ColumnSpec, Kind, Provenance, RecordError, Rows, Table, Value};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{
    Array, ArrayRef, BooleanArray, DictionaryArray, Float64Array, Int32Array, Int64Array,
    RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow_schema::DataType;
use std::collections::HashMap;
use std::sync::Arc;

/// All rows of a table as one batch; its schema's metadata says where they come from, as a file's
/// does.
///
/// # Errors
/// [`RecordError::UnknownName`] if a row carries the number of a name that the run does not have.
pub fn table_in_memory(
    table: Table,
    rows: &Rows,
    run_id: i64,
    provenance: &Provenance,
) -> Result<RecordBatch, RecordError> {
    let spec = table.spec();
    let count = (spec.len)(rows);
    let batch = Batch {
        run_id,
        rows,
        range: 0..count,
        ranks: Ranks::From(0),
        start_utc_us: provenance.start_utc_us,
    };
    let mut buffers = new_buffers(spec.columns);
    (spec.fill)(&batch, &mut buffers);
    let arrays = spec.columns.iter().zip(&buffers).map(|(column, buffer)| {
        let words = words(column, provenance);
        array(column, buffer, &words).map_err(|number| RecordError::UnknownName {
            table: table.name().to_owned(),
            column: column.name.to_string(),
            number,
            known: words.len(),
        })
    });
    let arrays = arrays.collect::<Result<Vec<_>, _>>()?;
    let schema = arrow_schema(spec.columns, &provenance.currency)
        .with_metadata(provenance.key_values().into_iter().collect::<HashMap<_, _>>());
    RecordBatch::try_new(Arc::new(schema), arrays)
        .map_err(|e| RecordError::Parquet { path: table.name().into(), message: e.to_string() })
}

/// A small table with columns of the caller's choice as one batch, as an
/// [`OwnTable`](crate::OwnTable) is one in a file.
///
/// # Errors
/// [`RecordError::Row`] if a value does not fit its column.
pub fn own_table_in_memory(
    name: &str,
    columns: &[ColumnSpec],
    rows: &[Vec<Value<'_>>],
    provenance: &Provenance,
) -> Result<RecordBatch, RecordError> {
    let mut buffers = new_buffers(columns);
    for row in rows {
        push_row(name, columns, &mut buffers, row)?;
    }
    let arrays = columns.iter().zip(&buffers).map(|(column, buffer)| {
        array(column, buffer, &[]).map_err(|number| RecordError::UnknownName {
            table: name.to_owned(),
            column: column.name.to_string(),
            number,
            known: 0,
        })
    });
    let arrays = arrays.collect::<Result<Vec<_>, _>>()?;
    let schema = arrow_schema(columns, &provenance.currency)
        .with_metadata(provenance.key_values().into_iter().collect::<HashMap<_, _>>());
    RecordBatch::try_new(Arc::new(schema), arrays)
        .map_err(|e| RecordError::Parquet { path: name.into(), message: e.to_string() })
}

/// The cells of a table's rows, row by row: columns as in files, words as texts.
///
/// # Errors
/// As for [`table_in_memory`].
pub fn each_row(
    table: Table,
    rows: &Rows,
    provenance: &Provenance,
    take: &mut dyn FnMut(&[Value<'_>]),
) -> Result<(), RecordError> {
    let batch = table_in_memory(table, rows, 0, provenance)?;
    for row in 0..batch.num_rows() {
        let cells: Vec<Value<'_>> = batch.columns().iter().map(|c| value(c, row)).collect();
        take(&cells);
    }
    Ok(())
}

/// A cell of one of the arrays that [`array`] makes.
fn value(column: &ArrayRef, row: usize) -> Value<'_> {
    if column.is_null(row) {
        return Value::Null;
    }
    match column.data_type() {
        DataType::Int32 => Value::Int(i64::from(column.as_primitive::<Int32Type>().value(row))),
        DataType::Int64 => Value::Int(column.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => Value::Real(column.as_primitive::<Float64Type>().value(row)),
        DataType::Boolean => Value::Flag(column.as_boolean().value(row)),
        DataType::Timestamp(..) => {
            Value::Instant(column.as_primitive::<TimestampMicrosecondType>().value(row))
        }
        _ => {
            let words = column.as_dictionary::<Int32Type>();
            let word = words.values().as_string::<i32>();
            words.key(row).map_or(Value::Null, |key| Value::Text(word.value(key)))
        }
    }
}

/// The words that a column's numbers stand for.
fn words(column: &ColumnSpec, provenance: &Provenance) -> Vec<String> {
    match column.kind {
        Kind::Word(list) => list().into_iter().map(str::to_owned).collect(),
        Kind::Name(list) => list.of(&provenance.names).to_vec(),
        _ => Vec::new(),
    }
}

/// A column as an Arrow array; the number of a word that is not known otherwise.
fn array(column: &ColumnSpec, buffer: &Buffer, words: &[String]) -> Result<ArrayRef, u16> {
    Ok(match buffer {
        Buffer::Int64(c) if matches!(column.kind, Kind::Timestamp) => {
            let instants: TimestampMicrosecondArray = cells(c).collect();
            Arc::new(instants.with_timezone("UTC"))
        }
        Buffer::Int64(c) => Arc::new(cells(c).collect::<Int64Array>()),
        Buffer::Int32(c) => Arc::new(cells(c).collect::<Int32Array>()),
        Buffer::Float64(c) => Arc::new(cells(c).collect::<Float64Array>()),
        Buffer::Bool(v) => Arc::new(BooleanArray::from(v.clone())),
        Buffer::Code(c) => {
            if let Some(unknown) = c.values().iter().find(|code| usize::from(**code) >= words.len())
            {
                return Err(*unknown);
            }
            let keys: Int32Array = cells(c).map(|code| code.map(i32::from)).collect();
            dictionary(keys, words.iter().map(String::as_str))
        }
        Buffer::Text(t) => {
            let keys: Int32Array = cells(&t.codes).map(|code| code.map(|c| c as i32)).collect();
            dictionary(keys, t.words().into_iter())
        }
    })
}

fn dictionary<'a>(keys: Int32Array, words: impl Iterator<Item = &'a str>) -> ArrayRef {
    let words = Arc::new(words.map(Some).collect::<StringArray>());
    let array = DictionaryArray::<Int32Type>::try_new(keys, words);
    Arc::new(array.expect("invariant: every key was checked against the words"))
}

/// The cells of a column, those that are null too.
fn cells<T: crate::columns::Cell>(column: &Column<T>) -> impl Iterator<Item = Option<T>> + '_ {
    let page = column.page();
    let mut values = page.values.iter();
    (0..page.rows).map(move |row| match page.bits {
        Some(bits) if bits[row / 8] >> (row % 8) & 1 == 0 => None,
        _ => values.next().copied(),
    })
}
