//! The tables of a run, read back.

use crate::{RecordError, Table};
use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, SchemaRef};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::fs::File;
use std::path::Path;

/// Rows in a batch.
pub(super) const BATCH_ROWS: usize = 65_536;

/// The batches of a table of a run or study, with the schema of [`Table::columns`].
///
/// # Errors
/// [`RecordError::Io`] if the table was not written or cannot be read, [`RecordError::Parquet`] if
/// it is damaged.
pub fn read_table(directory: &Path, table: Table) -> Result<Vec<RecordBatch>, RecordError> {
    read_batches(&directory.join(table.file_name()))?.collect()
}

/// A Parquet file's schema and all its batches: of an empty table the schema is all there is.
///
/// # Errors
/// As [`read_batches`].
pub fn read_file(path: &Path) -> Result<(SchemaRef, Vec<RecordBatch>), RecordError> {
    let builder = open(path)?;
    let schema = builder.schema().clone();
    Ok((schema, batches(builder, path)?.collect::<Result<_, _>>()?))
}

/// The batches of any Parquet file, one after the other.
///
/// # Errors
/// [`RecordError::Io`] if it cannot be read, [`RecordError::Parquet`] if it is damaged.
pub fn read_batches(
    path: &Path,
) -> Result<impl Iterator<Item = Result<RecordBatch, RecordError>> + use<>, RecordError> {
    batches(open(path)?, path)
}

/// A Parquet file whose head has been read.
pub(super) fn open(path: &Path) -> Result<ParquetRecordBatchReaderBuilder<File>, RecordError> {
    let file = File::open(path).map_err(RecordError::io("read", path))?;
    ParquetRecordBatchReaderBuilder::try_new(file).map_err(RecordError::parquet("read", path))
}

fn batches(
    builder: ParquetRecordBatchReaderBuilder<File>,
    path: &Path,
) -> Result<impl Iterator<Item = Result<RecordBatch, RecordError>> + use<>, RecordError> {
    // Batches come without the file's metadata, which readers of single batches want to see.
    let schema = builder.schema().clone();
    let reader =
        builder.with_batch_size(BATCH_ROWS).build().map_err(RecordError::parquet("read", path))?;
    let path = path.to_owned();
    let batch = move |batch: Result<RecordBatch, ArrowError>| batch?.with_schema(schema.clone());
    Ok(reader.map(move |b| {
        batch(b).map_err(|e| RecordError::Parquet { path: path.clone(), message: e.to_string() })
    }))
}
