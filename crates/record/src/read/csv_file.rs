//! CSV text into a [`DataTable`].

use super::{Cell, DataColumn, DataTable};
use crate::RecordError;
use std::path::Path;

pub(super) fn parse(path: &Path, text: &str) -> Result<DataTable, RecordError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).trim(csv::Trim::All).from_reader(text.as_bytes());
    let head = reader.headers().map_err(|e| refused(path, &e))?.clone();
    if head.is_empty() {
        return Err(RecordError::content(path, None, None, "the file is empty; the first line must name the columns"));
    }
    if head.len() == 1 && head[0].contains([';', '\t']) {
        return Err(RecordError::content(path, Some(1), None, "columns must be separated by commas"));
    }
    let mut columns = head.iter().map(|name| DataColumn { name: name.to_owned(), cells: Vec::new() }).collect::<Vec<_>>();
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| refused(path, &e))?;
        lines.push(record.position().map_or(0, csv::Position::line));
        for (column, cell) in columns.iter_mut().zip(&record) {
            column.cells.push(if cell.is_empty() { Cell::Empty } else { Cell::Text(cell.to_owned()) });
        }
    }
    DataTable::new(path, columns, lines)
}

fn refused(path: &Path, error: &csv::Error) -> RecordError {
    let line = error.position().map(csv::Position::line);
    let message = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => format!("{len} cells, but the first line names {expected_len} columns"),
        _ => error.to_string(),
    };
    RecordError::content(path, line, None, message)
}
