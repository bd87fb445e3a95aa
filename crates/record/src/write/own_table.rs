//! A small table whose columns the caller gives: runs, contrasts, points of a design.

use crate::columns::{Buffer, Cell};
use crate::encode::{Encoder, OpenGroup};
use crate::files::{JoinFile, Layout, TableFile};
use crate::{ColumnSpec, Kind, Provenance, RecordError, TableOptions};
use bytes::Bytes;
use std::borrow::Cow;
use std::path::Path;

/// A cell of an [`OwnTable`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// Nothing.
    Null,
    /// For [`Kind::Int32`] and [`Kind::Int64`].
    Int(i64),
    /// For [`Kind::Float64`]; NaN is null.
    Real(f64),
    /// For [`Kind::Text`].
    Text(&'a str),
    /// For [`Kind::Bool`], which has no null.
    Flag(bool),
    /// For [`Kind::Timestamp`]: microseconds since 1970 UTC.
    Instant(i64),
}

/// A table with columns of the caller's choice, built in memory row by row. Kinds [`Kind::Word`]
/// and [`Kind::Name`] are not for it.
pub struct OwnTable {
    layout: Layout,
    encoder: Encoder,
    group: OpenGroup,
    row_groups: Vec<Bytes>,
}

impl OwnTable {
    /// An empty table; `row_doc` says what one row is about, `sorted_by` names the leading columns
    /// by which rows ascend.
    ///
    /// # Errors
    /// [`RecordError::Parquet`] if two columns have the same name or there is no column.
    pub fn new(
        name: &str,
        row_doc: &str,
        columns: Vec<ColumnSpec>,
        sorted_by: &[&str],
        provenance: &Provenance,
    ) -> Result<Self, RecordError> {
        let refused =
            |message: &str| RecordError::Parquet { path: name.into(), message: message.to_owned() };
        if columns.is_empty() {
            return Err(refused("a table needs a column"));
        }
        if let Some((i, c)) = columns
            .iter()
            .enumerate()
            .find(|(i, c)| columns[..*i].iter().any(|other| other.name == c.name))
        {
            return Err(refused(&format!(
                "columns {i} and an earlier one are both called `{}`",
                c.name
            )));
        }
        let group = OpenGroup::new(&columns);
        let layout = Layout::new(name, row_doc, Cow::Owned(columns), sorted_by, provenance)?;
        Ok(Self { layout, encoder: Encoder::new()?, group, row_groups: Vec::new() })
    }
    /// Appends a row: one value per column, in the columns' order.
    ///
    /// # Errors
    /// [`RecordError::Row`] if a value does not fit its column; the row is then not appended.
    pub fn push(&mut self, row: &[Value<'_>]) -> Result<(), RecordError> {
        push_row(&self.layout.name, &self.layout.columns, &mut self.group.buffers, row)?;
        if self.group.rows() == TableOptions::ROW_GROUP {
            return self.flush();
        }
        self.encoder.page_if_full(&self.layout, &mut self.group)
    }
    /// Writes the table to `path`, through `<path>.tmp`.
    ///
    /// # Errors
    /// [`RecordError::Io`] if it cannot be written.
    pub fn write(mut self, path: &Path) -> Result<TableFile, RecordError> {
        if self.group.rows() > 0 {
            self.flush()?;
        }
        let mut file = JoinFile::create(path, &self.layout)?;
        self.row_groups.iter().try_for_each(|group| file.append(group, path))?;
        file.finish()?.publish()
    }
    fn flush(&mut self) -> Result<(), RecordError> {
        self.row_groups.push(self.encoder.row_group(&self.layout, &mut self.group)?);
        Ok(())
    }
}

/// Appends a row to the buffers of a table's columns, all of it or nothing.
///
/// # Errors
/// [`RecordError::Row`] if there are more or fewer values than columns, or one does not fit.
pub(crate) fn push_row(
    table: &str,
    columns: &[ColumnSpec],
    buffers: &mut [Buffer],
    row: &[Value<'_>],
) -> Result<(), RecordError> {
    let refused = |column: &str, message: String| {
        Err(RecordError::Row { table: table.to_owned(), column: column.to_owned(), message })
    };
    if row.len() != columns.len() {
        return refused("", format!("{} values for {} columns", row.len(), columns.len()));
    }
    if let Some((column, value)) = columns.iter().zip(row).find(|(c, v)| !fits(c, v)) {
        return refused(&column.name, format!("{value:?} does not fit {}", column.type_name()));
    }
    buffers.iter_mut().zip(row).for_each(|(buffer, value)| push(buffer, *value));
    Ok(())
}

/// Whether a column takes a value.
fn fits(column: &ColumnSpec, value: &Value<'_>) -> bool {
    match (column.kind, value) {
        (Kind::Int32, Value::Int(x)) => i32::try_from(*x).is_ok_and(|x| x != i32::MIN),
        (Kind::Int64, Value::Int(x)) | (Kind::Timestamp, Value::Instant(x)) => *x != i64::MIN,
        (Kind::Float64, Value::Real(_))
        | (Kind::Text, Value::Text(_))
        | (Kind::Bool, Value::Flag(_)) => true,
        (Kind::Int32 | Kind::Int64 | Kind::Float64 | Kind::Text | Kind::Timestamp, Value::Null) => {
            column.nullable
        }
        _ => false,
    }
}

/// Appends a value that [`fits`].
fn push(buffer: &mut Buffer, value: Value<'_>) {
    match (buffer, value) {
        (Buffer::Int64(v), Value::Int(x) | Value::Instant(x)) => v.push(x),
        (Buffer::Int64(v), Value::Null) => v.push(Cell::NULL),
        (Buffer::Int32(v), Value::Int(x)) => v.push(x as i32),
        (Buffer::Int32(v), Value::Null) => v.push(Cell::NULL),
        (Buffer::Float64(v), Value::Real(x)) => v.push(x),
        (Buffer::Float64(v), Value::Null) => v.push(Cell::NULL),
        (Buffer::Bool(v), Value::Flag(x)) => v.push(x),
        (Buffer::Text(t), Value::Text(x)) => t.push(Some(x)),
        (Buffer::Text(t), Value::Null) => t.push(None),
        _ => unreachable!("invariant: `fits` has been asked"),
    }
}
