//! CSV text: a header, then rows; comma, semicolon or tab; quotes; a byte order mark; `#` comments
//! before the header.

mod dialect;
mod records;

use crate::number::{looks_like_comma_number, looks_like_point_number};
use crate::{Cell, DataColumn, DataTable, TableError, instant};
use records::{Fault, Record, Records};
use std::path::Path;

/// A CSV text whose header is read.
#[derive(Clone, Debug)]
pub(crate) struct CsvText {
    text: String,
    separator: u8,
    pub names: Vec<String>,
    body: (usize, u64),
}

/// Rows that show what a column holds.
const FIRST_ROWS: usize = 30;
const EMPTY: &str = "the file is empty; a header line must name the columns";
const NO_HEADER: &str = "no header line: the first line holds values, not names; put a line with the columns' names first";

impl CsvText {
    /// Bytes of a file.
    pub fn decode(path: &Path, bytes: Vec<u8>) -> Result<Self, TableError> {
        if bytes.starts_with(b"PAR1") {
            return Err(TableError::file(path, "this is a Parquet file; name it `.parquet`"));
        }
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            return Err(TableError::file(path, "this is UTF-16 text; save the file as UTF-8"));
        }
        let text = String::from_utf8(bytes).map_err(|e| {
            let good = &e.as_bytes()[..e.utf8_error().valid_up_to()];
            let line = good.split(|b| *b == b'\n').count() as u64;
            let message = "not UTF-8 text; save the file as UTF-8";
            TableError::content(path, Some(line), None, message)
        })?;
        Self::parse(path, text)
    }

    /// The header of a text.
    pub fn parse(path: &Path, text: String) -> Result<Self, TableError> {
        let text = match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        };
        if let Some(at) = text.find('\0') {
            let line = text[..at].matches('\n').count() as u64 + 1;
            let message = "a NUL character; this is no text file";
            return Err(TableError::content(path, Some(line), None, message));
        }
        let start = dialect::start(&text).ok_or_else(|| TableError::file(path, EMPTY))?;
        let mut records = Records::new(&text, start.at, start.line, start.separator);
        let head = match records.next() {
            Some(head) => head.map_err(|fault| refused(path, &fault))?,
            None => return Err(TableError::file(path, EMPTY)),
        };
        if head.cells.iter().all(|name| is_value(name)) {
            return Err(TableError::content(path, Some(head.line), None, NO_HEADER));
        }
        let names: Vec<String> = head.cells.iter().map(ToString::to_string).collect();
        let body = records.place();
        Ok(Self { separator: start.separator, names, body, text })
    }

    /// How it is written, where that is not the usual way.
    pub fn dialect(&self) -> Option<String> {
        (self.separator != b',' && self.names.len() > 1)
            .then(|| format!("columns separated by {}", dialect::named(self.separator)))
    }

    /// The cells of some columns.
    pub fn read(&self, path: &Path, wanted: &[usize]) -> Result<DataTable, TableError> {
        let mut columns: Vec<DataColumn> = wanted
            .iter()
            .map(|&k| DataColumn { name: self.names[k].clone(), cells: Vec::new() })
            .collect();
        let mut table = DataTable::empty(path);
        let mut blank = Vec::new();
        for record in Records::new(&self.text, self.body.0, self.body.1, self.separator) {
            let record = record.map_err(|fault| refused(path, &fault))?;
            if record.is_blank() {
                blank.push(record.line);
                continue;
            }
            self.take_blank_lines(&mut table, &mut columns, &mut blank);
            self.check_width(path, &record)?;
            table.lines.push(record.line);
            for (column, &k) in columns.iter_mut().zip(wanted) {
                let cell = record.cells[k].as_ref();
                self.note_decimals(&mut table, record.line, cell);
                column.cells.push(if cell.is_empty() {
                    Cell::Empty
                } else {
                    Cell::Text(cell.to_owned())
                });
            }
        }
        table.comma_decimals = self.separator != b',';
        table.columns = columns;
        Ok(table)
    }

    /// The first cells of every column that are not empty.
    pub fn first_cells(&self, path: &Path) -> Result<Vec<(String, Vec<Cell>)>, TableError> {
        let mut columns: Vec<(String, Vec<Cell>)> =
            self.names.iter().map(|n| (n.clone(), Vec::new())).collect();
        let records = Records::new(&self.text, self.body.0, self.body.1, self.separator);
        for record in records.take(FIRST_ROWS) {
            let record = record.map_err(|fault| refused(path, &fault))?;
            for ((_, cells), cell) in columns.iter_mut().zip(&record.cells) {
                if !cell.is_empty() {
                    cells.push(Cell::Text(cell.to_string()));
                }
            }
        }
        Ok(columns)
    }

    /// Blank lines between rows: in a file of one column each is a cell that is empty.
    fn take_blank_lines(
        &self,
        table: &mut DataTable,
        columns: &mut [DataColumn],
        blank: &mut Vec<u64>,
    ) {
        if self.names.len() == 1 {
            for line in blank.drain(..) {
                table.lines.push(line);
                for column in columns.iter_mut() {
                    column.cells.push(Cell::Empty);
                }
            }
        } else {
            table.blank_lines.append(blank);
        }
    }

    fn check_width(&self, path: &Path, record: &Record<'_>) -> Result<(), TableError> {
        let (cells, names) = (record.cells.len(), self.names.len());
        if cells != names {
            let message = format!(
                "{cells} cell{}, but the header names {names} column{} (separated by {})",
                if cells == 1 { "" } else { "s" },
                if names == 1 { "" } else { "s" },
                dialect::named(self.separator)
            );
            return Err(TableError::content(path, Some(record.line), None, message));
        }
        // A column without a name is an index in front or the mark of a separator too many behind.
        let stray = (1..names).find(|&k| self.names[k].is_empty() && !record.cells[k].is_empty());
        if let Some(k) = stray {
            let message = format!(
                "`{}` stands in column {}, which the header does not name",
                record.cells[k],
                k + 1
            );
            return Err(TableError::content(path, Some(record.line), None, message));
        }
        Ok(())
    }

    /// Remembers the first line with a decimal point and with a decimal comma, where commas do not
    /// separate.
    fn note_decimals(&self, table: &mut DataTable, line: u64, cell: &str) {
        if self.separator != b',' {
            if table.first_point.is_none() && looks_like_point_number(cell) {
                table.first_point = Some(line);
            }
            if table.first_comma.is_none() && looks_like_comma_number(cell) {
                table.first_comma = Some(line);
            }
        }
    }
}

/// Whether a header's cell is a value and no name.
fn is_value(name: &str) -> bool {
    let number = name.replace(',', ".").parse::<f64>().is_ok_and(|_| {
        // `inf`, `nan` and their like are read as numbers but may be names.
        name.starts_with(|c: char| c.is_ascii_digit() || "+-.,".contains(c))
    });
    name.is_empty() || number || instant::is_instant(name)
}

fn refused(path: &Path, fault: &Fault) -> TableError {
    TableError::content(path, Some(fault.line), None, fault.message)
}
