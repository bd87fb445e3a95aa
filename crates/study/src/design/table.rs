//! A design given as a table: one row per point, one column per key.

use crate::Setting;
use record::InputFile;
use std::path::Path;
use tables::{DataTable, TableError};

/// A table of points. A column `point_id` is left out; every other column is named by a key path.
#[derive(Clone, Debug, PartialEq)]
pub struct DesignTable {
    /// Key paths.
    pub columns: Vec<String>,
    /// One per point, one value per column.
    pub rows: Vec<Vec<Setting>>,
    /// Where it came from.
    pub file: InputFile,
}

impl DesignTable {
    /// Reads a `.csv` or `.parquet` file.
    ///
    /// # Errors
    /// What is wrong with the file, with its line.
    pub fn read(path: &Path) -> Result<Self, TableError> {
        let bytes = std::fs::read(path).map_err(TableError::io(path))?;
        let file = InputFile {
            key: "design.table".into(),
            path: std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
            sha256: record::sha256(&bytes),
        };
        Self::of(&DataTable::read(path)?, file)
    }

    fn of(table: &DataTable, file: InputFile) -> Result<Self, TableError> {
        let columns: Vec<String> =
            table.names().filter(|n| *n != "point_id").map(str::to_owned).collect();
        let mut rows = vec![Vec::with_capacity(columns.len()); table.rows()];
        for column in &columns {
            for (row, text) in table.texts(column)?.iter().enumerate() {
                if text.trim().is_empty() {
                    return Err(table.error(
                        row,
                        column,
                        "empty; every point needs a value for every column",
                    ));
                }
                rows[row].push(Setting::parse(text));
            }
        }
        Ok(Self { columns, rows, file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of a CSV text, or the message about it.
    fn read(csv: &str) -> Result<DesignTable, String> {
        let table =
            DataTable::parse_csv(Path::new("points.csv"), csv).map_err(|e| e.to_string())?;
        let file = InputFile {
            key: "design.table".into(),
            path: "points.csv".into(),
            sha256: String::new(),
        };
        DesignTable::of(&table, file).map_err(|e| e.to_string())
    }

    #[test]
    fn columns_are_keys_and_rows_points() {
        let table = read("point_id,penalty.scale,tickets.order\n0,0.5,lottery\n1,2,price\n")
            .expect("a table");
        assert_eq!(table.columns, ["penalty.scale", "tickets.order"]);
        assert_eq!(table.rows[1], [Setting::Whole(2), Setting::Text("price".into())]);
    }

    #[test]
    fn a_gap_is_named_with_its_line() {
        let message = read("penalty.scale\n1\n\" \"\n").expect_err("a gap");
        assert!(message.contains("points.csv:3") && message.contains("empty"), "{message}");
    }
}
