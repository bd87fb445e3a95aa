//! One column of numbers, row after row.

use crate::{Cell, DataColumn, DataTable, TableError};
use std::path::Path;

/// Reads a column of CSV text that is part of the program; `name` names it in errors.
///
/// # Errors
/// [`TableError::Content`] with the line if a value is missing or not finite, with the nearest
/// name if there is no such column, or if there are no values.
///
/// ```
/// let csv = "time,load_kw,pv_kw\n00:00,510.5,0\n00:15,498.0,0\n";
/// assert_eq!(tables::parse_series("load.csv", csv, Some("load_kw")).unwrap(), [510.5, 498.0]);
/// let error = tables::parse_series("load.csv", csv, Some("laod_kw")).unwrap_err().to_string();
/// assert_eq!(error, "load.csv: there is no column `laod_kw` (did you mean `load_kw`?); there are `time`, `load_kw`, `pv_kw`");
/// ```
pub fn parse_series(name: &str, csv: &str, column: Option<&str>) -> Result<Vec<f64>, TableError> {
    series(&DataTable::parse_csv(Path::new(name), csv)?, column)
}

fn series(table: &DataTable, column: Option<&str>) -> Result<Vec<f64>, TableError> {
    if table.rows() == 0 {
        if let Some(name) = column {
            table.column(name)?;
        }
        return Err(TableError::content(table.path(), None, column, "the series has no values"));
    }
    match column {
        Some(name) => table.numbers(name),
        None => table.numbers(only_number_column(table)?),
    }
}

/// The one column of numbers: the first cell that is not empty is one.
fn only_number_column(table: &DataTable) -> Result<&str, TableError> {
    let is_number = |c: &&DataColumn| {
        let first = c.cells.iter().enumerate().find(|(_, cell)| **cell != Cell::Empty);
        first.is_some_and(|(row, cell)| matches!(table.number(row, &c.name, cell), Ok(Some(_))))
    };
    let numeric = table.columns().iter().filter(is_number).collect::<Vec<_>>();
    if let [one] = numeric.as_slice() {
        return Ok(&one.name);
    }
    let message = format!(
        "has {} columns of numbers; say which with `column`: {}",
        numeric.len(),
        table.listed()
    );
    Err(TableError::content(table.path(), None, None, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(csv: &str, column: Option<&str>, wanted: Result<&[f64], &str>) {
        match (parse_series("s.csv", csv, column), wanted) {
            (Ok(values), Ok(wanted)) => assert_eq!(values, wanted),
            (Err(error), Err(part)) => {
                assert!(error.to_string().contains(part), "`{error}` lacks `{part}`");
            }
            (got, wanted) => panic!("{got:?} instead of {wanted:?}"),
        }
    }

    #[test]
    fn one_column_of_numbers_needs_no_name() {
        check("kw\n1\n-2.5\n3e2\n", None, Ok(&[1.0, -2.5, 300.0]));
        check("# note\nhour,kw\n00:00,1\n00:15, 2 \n", None, Ok(&[1.0, 2.0]));
        check("t;kw\n00:00;1,5\n00:15;-2\n", None, Ok(&[1.5, -2.0]));
        check("\u{feff}a,b\n1,2\n", Some("a"), Ok(&[1.0]));
        check(
            "a,b\n1,2\n",
            None,
            Err("s.csv: has 2 columns of numbers; say which with `column`: `a`, `b`"),
        );
        check("a\nx\n", None, Err("has 0 columns of numbers"));
    }

    #[test]
    fn bad_values_are_named_with_line_and_column() {
        check("kw\n1\nNaN\n", Some("kw"), Err("s.csv:3 column `kw`: `NaN` is not a finite number"));
        check("t,kw\n0,1\n1,inf\n", Some("kw"), Err("s.csv:3 column `kw`: `inf` is not"));
        check(
            "t,kw\n0,1\n\n1,\n",
            Some("kw"),
            Err("s.csv:4 column `kw`: empty; a number is needed"),
        );
        check("t,kw\n0,\"1,5\"\n", Some("kw"), Err("`1,5` is not a finite number"));
        check("t,kw\n0,1,2\n", Some("kw"), Err("s.csv:2: 3 cells, but the header names 2 columns"));
        check("a;kw\n0.5;1,5\n", Some("a"), Err("line 2 has a decimal comma"));
        check(
            "kw;b\n1,5;0\n2.5;0\n",
            Some("kw"),
            Err("s.csv:2 column `kw`: `1,5` has a decimal comma, but line 3 has a decimal point"),
        );
        check("t,kw\n0,\"1\n", Some("kw"), Err("s.csv:2: a quote is opened here"));
        check("kw\n1\n\n3\n", None, Err("s.csv:3 column `kw`: empty"));
        check("100\n101\n", None, Err("s.csv:1: no header line"));
        check("2016-05-29T00:00,100\n", None, Err("no header line"));
        check("a,\n1,2\n", None, Err("`2` stands in column 2, which the header does not name"));
        check("kw,kw\n0,1\n", Some("kw"), Err("two columns of this name"));
        check("kw\n", Some("kw"), Err("no values"));
        check("", None, Err("the file is empty"));
    }

    #[test]
    fn files_that_are_no_tables_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("load.xlsx");
        assert!(DataTable::read(&path).unwrap_err().to_string().contains("`.csv` and `.parquet`"));
        let path = dir.path().join("load.parquet");
        assert!(DataTable::read(&path).unwrap_err().to_string().contains("cannot read"));
        std::fs::write(&path, "not parquet").unwrap();
        assert!(DataTable::read(&path).unwrap_err().to_string().contains("load.parquet"));
        let path = dir.path().join("latin.csv");
        std::fs::write(&path, b"kw\n1\n\xe9\n").unwrap();
        assert!(DataTable::read(&path).unwrap_err().to_string().contains("latin.csv:3: not UTF-8"));
    }
}
