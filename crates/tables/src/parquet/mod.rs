//! A Parquet file: any codec, any types beside the wanted columns.

mod cells;

use crate::{Cell, DataColumn, DataTable, TableError};
use ::parquet::arrow::ProjectionMask;
use ::parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// A Parquet file whose footer is read.
#[derive(Debug)]
pub(crate) struct ParquetTable {
    pub names: Vec<String>,
    plain: bool,
}

/// Rows that show what a column holds.
const FIRST_ROWS: usize = 30;

type Builder = ParquetRecordBatchReaderBuilder<File>;

/// Opens a file; `plain` leaves out the Arrow schema that some writers put beside Parquet's own.
fn builder(path: &Path, plain: bool) -> Result<Builder, TableError> {
    let file = File::open(path).map_err(TableError::io(path))?;
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(plain);
    Builder::try_new_with_options(file, options)
        .map_err(|e| TableError::file(path, format!("cannot be read as Parquet: {e}")))
}

/// The library gives up with a panic where some damaged files contradict themselves: that is an
/// error of the file.
fn guarded<T>(path: &Path, read: impl FnOnce() -> Result<T, TableError>) -> Result<T, TableError> {
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(TableError::file(path, "cannot be read as Parquet: it is damaged")))
}

impl ParquetTable {
    pub fn open(path: &Path) -> Result<Self, TableError> {
        guarded(path, || Self::open_unguarded(path))
    }

    fn open_unguarded(path: &Path) -> Result<Self, TableError> {
        let (builder, plain) = match builder(path, false) {
            Ok(whole) => (whole, false),
            Err(TableError::Content { .. }) => (builder(path, true)?, true),
            Err(other) => return Err(other),
        };
        let names = builder.schema().fields().iter().map(|f| f.name().clone()).collect();
        Ok(Self { names, plain })
    }

    /// The first cells of every column that are not empty; columns of types that are not read have
    /// none.
    pub fn first_cells(&self, path: &Path) -> Result<Vec<(String, Vec<Cell>)>, TableError> {
        guarded(path, || self.first_unguarded(path))
    }

    fn first_unguarded(&self, path: &Path) -> Result<Vec<(String, Vec<Cell>)>, TableError> {
        let mut columns = Vec::new();
        for (k, name) in self.names.iter().enumerate() {
            let builder = builder(path, self.plain)?;
            let mask = ProjectionMask::roots(builder.parquet_schema(), [k]);
            let reader = builder.with_projection(mask).with_limit(FIRST_ROWS).build();
            let batches = reader.ok().into_iter().flatten().filter_map(Result::ok);
            let cells = batches
                .filter_map(|b| cells::cells(b.column(0)))
                .flatten()
                .filter(|cell| *cell != Cell::Empty)
                .collect();
            columns.push((name.clone(), cells));
        }
        Ok(columns)
    }

    /// The cells of some columns.
    pub fn read(&self, path: &Path, wanted: &[usize]) -> Result<DataTable, TableError> {
        guarded(path, || self.read_unguarded(path, wanted))
    }

    fn read_unguarded(&self, path: &Path, wanted: &[usize]) -> Result<DataTable, TableError> {
        let builder = builder(path, self.plain)?;
        let mask = ProjectionMask::roots(builder.parquet_schema(), wanted.iter().copied());
        let unreadable = |e: &dyn std::fmt::Display| {
            TableError::file(path, format!("cannot be read as Parquet: {e}"))
        };
        let reader = builder.with_projection(mask).build().map_err(|e| unreadable(&e))?;
        let mut columns: Vec<DataColumn> = wanted
            .iter()
            .map(|&k| DataColumn { name: self.names[k].clone(), cells: Vec::new() })
            .collect();
        // Batches hold the wanted columns in the file's order.
        let mut order: Vec<usize> = (0..wanted.len()).collect();
        order.sort_by_key(|&k| wanted[k]);
        let mut rows = 0;
        for batch in reader {
            let batch = batch.map_err(|e| unreadable(&e))?;
            rows += batch.num_rows() as u64;
            for (array, &k) in batch.columns().iter().zip(&order) {
                let new = cells::cells(array).ok_or_else(|| {
                    let message = format!(
                        "type {} is not read; use numbers, text, booleans, dates or timestamps",
                        array.data_type()
                    );
                    TableError::content(path, None, Some(&columns[k].name), message)
                })?;
                columns[k].cells.extend(new);
            }
        }
        let mut table = DataTable::empty(path);
        table.columns = columns;
        table.lines = (1..=rows).collect();
        Ok(table)
    }
}

#[cfg(test)]
mod tests;
