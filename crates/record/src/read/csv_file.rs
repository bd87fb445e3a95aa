//! CSV text into a [`DataTable`].

use super::{Cell, DataColumn, DataTable};
use crate::RecordError;
use std::path::Path;

pub(super) fn parse(path: &Path, text: &str) -> Result<DataTable, RecordError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let head = reader.headers().map_err(|e| refused(path, text, &e))?.clone();
    if head.is_empty() {
        return Err(RecordError::content(
            path,
            None,
            None,
            "the file is empty; the first line must name the columns",
        ));
    }
    if head.len() == 1 && head[0].contains([';', '\t']) {
        return Err(RecordError::content(
            path,
            Some(1),
            None,
            "columns must be separated by commas",
        ));
    }
    let mut columns = head
        .iter()
        .map(|name| DataColumn { name: name.to_owned(), cells: Vec::new() })
        .collect::<Vec<_>>();
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| refused(path, text, &e))?;
        lines.push(record.position().map_or(0, |p| line(text, p)));
        for (column, cell) in columns.iter_mut().zip(&record) {
            column.cells.push(if cell.is_empty() {
                Cell::Empty
            } else {
                Cell::Text(cell.to_owned())
            });
        }
    }
    DataTable::new(path, columns, lines)
}

/// The line on which a record begins: its position is that of the blank and comment lines before
/// it.
fn line(text: &str, position: &csv::Position) -> u64 {
    let rest = text.get(position.byte() as usize..).unwrap_or_default();
    position.line() + rest.lines().take_while(|l| l.is_empty() || l.starts_with('#')).count() as u64
}

fn refused(path: &Path, text: &str, error: &csv::Error) -> RecordError {
    let line = error.position().map(|p| line(text, p));
    let message = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} cells, but the first line names {expected_len} columns")
        }
        _ => error.to_string(),
    };
    RecordError::content(path, line, None, message)
}
