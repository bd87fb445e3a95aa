//! Tables as Parquet, CSV or Feather.

use crate::ExchangeError;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// A format of tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Apache Parquet.
    #[default]
    Parquet,
    /// Text with commas, RFC 4180: instants as RFC 3339 in UTC, null as nothing.
    Csv,
    /// Apache Arrow's file format, which pandas, R and polars call Feather.
    Feather,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 3] = [Self::Parquet, Self::Csv, Self::Feather];

    /// The format of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.word() == word)
    }

    /// Its word, and what its files end in.
    pub fn word(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
            Self::Feather => "feather",
        }
    }

    /// Its media type, as Croissant and RO-Crate name it.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Parquet => "application/x-parquet",
            Self::Csv => "text/csv",
            Self::Feather => "application/vnd.apache.arrow.file",
        }
    }
}

/// A file of rows in the making.
pub enum TableWriter {
    /// Parquet.
    Parquet(Box<ArrowWriter<File>>),
    /// CSV, with the columns' units known to its reader from elsewhere.
    Csv(Box<csv::Writer<File>>),
    /// Arrow's file format.
    Feather(Box<arrow_ipc::writer::FileWriter<File>>),
}

impl TableWriter {
    /// Begins a file; rows that come must have the schema that [`plain_schema`] makes of `schema`.
    pub fn create(path: &Path, schema: &SchemaRef, format: Format) -> Result<Self, ExchangeError> {
        let file = File::create(path).map_err(ExchangeError::io(path))?;
        Ok(match format {
            Format::Parquet => {
                let level = ZstdLevel::try_new(3).map_err(ExchangeError::format(path))?;
                let properties =
                    WriterProperties::builder().set_compression(Compression::ZSTD(level)).build();
                let writer = ArrowWriter::try_new(file, schema.clone(), Some(properties));
                Self::Parquet(Box::new(writer.map_err(ExchangeError::format(path))?))
            }
            Format::Csv => {
                let mut writer = csv::Writer::from_writer(file);
                let names = schema.fields().iter().map(|f| f.name().as_str());
                writer.write_record(names).map_err(ExchangeError::format(path))?;
                Self::Csv(Box::new(writer))
            }
            Format::Feather => {
                let writer = arrow_ipc::writer::FileWriter::try_new(file, schema);
                Self::Feather(Box::new(writer.map_err(ExchangeError::format(path))?))
            }
        })
    }

    /// Appends rows.
    pub fn write(&mut self, batch: &RecordBatch, path: &Path) -> Result<(), ExchangeError> {
        match self {
            Self::Parquet(w) => w.write(batch).map_err(ExchangeError::format(path)),
            Self::Feather(w) => w.write(batch).map_err(ExchangeError::format(path)),
            Self::Csv(w) => {
                let columns = batch
                    .columns()
                    .iter()
                    .map(|c| texts(c).ok_or_else(|| unknown(path, c)))
                    .collect::<Result<Vec<_>, _>>()?;
                for row in 0..batch.num_rows() {
                    let record = columns.iter().map(|c| c[row].as_bytes());
                    w.write_record(record).map_err(ExchangeError::format(path))?;
                }
                Ok(())
            }
        }
    }

    /// Ends the file.
    pub fn close(self, path: &Path) -> Result<(), ExchangeError> {
        match self {
            Self::Parquet(w) => w.close().map(|_| ()).map_err(ExchangeError::format(path)),
            Self::Feather(mut w) => w.finish().map_err(ExchangeError::format(path)),
            Self::Csv(mut w) => w.flush().map_err(ExchangeError::io(path)),
        }
    }
}

fn unknown(path: &Path, column: &ArrayRef) -> ExchangeError {
    let message = format!("a column of type {} has no text", column.data_type());
    ExchangeError::Format { path: path.to_owned(), message }
}

/// The cells of a column as text; `None` for a type that no table has.
fn texts(column: &ArrayRef) -> Option<Vec<String>> {
    fn each<T>(n: usize, column: &dyn Array, cell: impl Fn(usize) -> T) -> Vec<String>
    where
        T: ToString,
    {
        let text = |i: usize| if column.is_null(i) { String::new() } else { cell(i).to_string() };
        (0..n).map(text).collect()
    }
    let n = column.len();
    Some(match column.data_type() {
        DataType::Int32 => {
            let a = column.as_primitive::<Int32Type>();
            each(n, a, |i| a.value(i))
        }
        DataType::Int64 => {
            let a = column.as_primitive::<Int64Type>();
            each(n, a, |i| a.value(i))
        }
        DataType::Float64 => {
            let a = column.as_primitive::<Float64Type>();
            each(n, a, |i| a.value(i))
        }
        DataType::Boolean => {
            let a = column.as_boolean();
            each(n, a, |i| a.value(i))
        }
        DataType::Utf8 => {
            let a = column.as_string::<i32>();
            each(n, a, |i| a.value(i).to_owned())
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            let a = column.as_primitive::<TimestampMicrosecondType>();
            each(n, a, |i| {
                jiff::Timestamp::from_microsecond(a.value(i))
                    .map_or_else(|_| a.value(i).to_string(), |t| t.to_string())
            })
        }
        _ => return None,
    })
}

/// The same columns with words in the place of dictionaries: what every reader understands.
pub fn plain_schema(schema: &SchemaRef) -> SchemaRef {
    let plain = |field: &Arc<Field>| match field.data_type() {
        DataType::Dictionary(_, _) => {
            Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8))
        }
        _ => field.clone(),
    };
    let fields: Vec<_> = schema.fields().iter().map(plain).collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

/// A batch with words in the place of dictionaries, under the schema of [`plain_schema`].
pub fn plain_batch(
    batch: &RecordBatch,
    schema: &SchemaRef,
    path: &Path,
) -> Result<RecordBatch, ExchangeError> {
    let column = |column: &ArrayRef| match column.data_type() {
        DataType::Dictionary(_, _) => {
            let dictionary = column.as_any_dictionary();
            arrow_select::take::take(dictionary.values(), dictionary.keys(), None)
                .map_err(ExchangeError::format(path))
        }
        _ => Ok(column.clone()),
    };
    let columns = batch.columns().iter().map(column).collect::<Result<Vec<_>, _>>()?;
    RecordBatch::try_new(schema.clone(), columns).map_err(ExchangeError::format(path))
}
