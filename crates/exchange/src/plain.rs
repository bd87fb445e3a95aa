//! A table of plain columns (no dictionaries) whose cells may be missing, written as Parquet.

use crate::ExchangeError;
use arrow_array::builder::TimestampMicrosecondBuilder;
use arrow_array::builder::{BooleanBuilder, Float64Builder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::path::Path;
use std::sync::Arc;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Text.
    Text,
    /// Whole numbers.
    Int,
    /// Real numbers.
    Real,
    /// Yes or no.
    Flag,
    /// Instants, microseconds since 1970 UTC.
    Time,
}

impl Type {
    /// The word that OCEL has for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Int => "integer",
            Self::Real => "float",
            Self::Flag => "boolean",
            Self::Time => "time",
        }
    }

    fn arrow(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Int => DataType::Int64,
            Self::Real => DataType::Float64,
            Self::Flag => DataType::Boolean,
            Self::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        }
    }
}

/// A cell; [`Cell::Null`] fits every column that may be empty.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing.
    Null,
    /// For [`Type::Text`].
    Text(String),
    /// For [`Type::Int`] and [`Type::Time`].
    Int(i64),
    /// For [`Type::Real`].
    Real(f64),
    /// For [`Type::Flag`].
    Flag(bool),
}

impl Cell {
    /// A word; nothing if it is empty.
    pub fn word(text: &str) -> Self {
        if text.is_empty() { Self::Null } else { Self::Text(text.to_owned()) }
    }

    /// A number; nothing if it is not one.
    pub fn real(x: f64) -> Self {
        if x.is_finite() { Self::Real(x) } else { Self::Null }
    }

    /// A whole number or instant; nothing if it is not one.
    pub fn int(x: f64) -> Self {
        if x.is_finite() { Self::Int(x as i64) } else { Self::Null }
    }
}

enum Column {
    Text(StringBuilder),
    Int(Int64Builder),
    Real(Float64Builder),
    Flag(BooleanBuilder),
    Time(TimestampMicrosecondBuilder),
}

impl Column {
    fn new(kind: Type) -> Self {
        match kind {
            Type::Text => Self::Text(StringBuilder::new()),
            Type::Int => Self::Int(Int64Builder::new()),
            Type::Real => Self::Real(Float64Builder::new()),
            Type::Flag => Self::Flag(BooleanBuilder::new()),
            Type::Time => Self::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
        }
    }

    fn push(&mut self, cell: &Cell) {
        match (self, cell) {
            (Self::Text(b), Cell::Text(x)) => b.append_value(x),
            (Self::Text(b), _) => b.append_null(),
            (Self::Int(b), Cell::Int(x)) => b.append_value(*x),
            (Self::Int(b), _) => b.append_null(),
            (Self::Real(b), Cell::Real(x)) => b.append_value(*x),
            (Self::Real(b), _) => b.append_null(),
            (Self::Flag(b), Cell::Flag(x)) => b.append_value(*x),
            (Self::Flag(b), _) => b.append_null(),
            (Self::Time(b), Cell::Int(x)) => b.append_value(*x),
            (Self::Time(b), _) => b.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(b) => Arc::new(b.finish()),
            Self::Int(b) => Arc::new(b.finish()),
            Self::Real(b) => Arc::new(b.finish()),
            Self::Flag(b) => Arc::new(b.finish()),
            Self::Time(b) => Arc::new(b.finish()),
        }
    }
}

/// A table being filled row by row.
pub struct PlainTable {
    schema: Arc<Schema>,
    columns: Vec<Column>,
    rows: u64,
}

impl PlainTable {
    /// An empty table; `required` columns come first and have no null.
    pub fn new(required: &[(&str, Type)], optional: &[(&str, Type)]) -> Self {
        let field =
            |(name, kind): &(&str, Type), nullable| Field::new(*name, kind.arrow(), nullable);
        let fields: Vec<Field> = required
            .iter()
            .map(|c| field(c, false))
            .chain(optional.iter().map(|c| field(c, true)))
            .collect();
        let columns = required.iter().chain(optional).map(|(_, kind)| Column::new(*kind)).collect();
        Self { schema: Arc::new(Schema::new(fields)), columns, rows: 0 }
    }

    /// Appends a row: one cell a column, in the columns' order.
    pub fn push(&mut self, row: &[Cell]) {
        debug_assert_eq!(row.len(), self.columns.len());
        self.columns.iter_mut().zip(row).for_each(|(column, cell)| column.push(cell));
        self.rows += 1;
    }

    /// Writes it; how many rows it has.
    ///
    /// # Errors
    /// [`ExchangeError::Io`], [`ExchangeError::Format`].
    pub fn write(mut self, path: &Path) -> Result<u64, ExchangeError> {
        let arrays = self.columns.iter_mut().map(Column::finish).collect();
        let batch = RecordBatch::try_new(self.schema.clone(), arrays)
            .map_err(ExchangeError::format(path))?;
        let file = std::fs::File::create(path).map_err(ExchangeError::io(path))?;
        let level = ZstdLevel::try_new(3).map_err(ExchangeError::format(path))?;
        let properties =
            WriterProperties::builder().set_compression(Compression::ZSTD(level)).build();
        let mut writer = ArrowWriter::try_new(file, self.schema, Some(properties))
            .map_err(ExchangeError::format(path))?;
        writer.write(&batch).map_err(ExchangeError::format(path))?;
        writer.close().map_err(ExchangeError::format(path))?;
        Ok(self.rows)
    }
}
