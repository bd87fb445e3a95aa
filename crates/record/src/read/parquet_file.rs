//! A Parquet file into a [`DataTable`].

use super::cells::cells;
use super::run::read_batches;
use super::{DataColumn, DataTable};
use crate::RecordError;
use std::path::Path;

pub(super) fn read(path: &Path) -> Result<DataTable, RecordError> {
    let mut columns: Vec<DataColumn> = Vec::new();
    let mut rows = 0;
    for batch in read_batches(path)? {
        let batch = batch?;
        rows += batch.num_rows() as u64;
        for (i, (field, array)) in batch.schema().fields().iter().zip(batch.columns()).enumerate() {
            let new = cells(array).ok_or_else(|| {
                let message = format!(
                    "type {} is not read; use numbers, text, booleans or timestamps",
                    field.data_type()
                );
                RecordError::content(path, None, Some(field.name()), message)
            })?;
            match columns.get_mut(i) {
                Some(column) => column.cells.extend(new),
                None => columns.push(DataColumn { name: field.name().clone(), cells: new }),
            }
        }
    }
    DataTable::new(path, columns, (1..=rows).collect())
}
