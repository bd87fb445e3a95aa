//! Series: one column of numbers, one per period or hour.

use super::DataTable;
use crate::RecordError;
use std::path::Path;

/// Reads a column of a `.csv` or `.parquet` file. Without a name the file must have one column of
/// numbers only.
///
/// # Errors
/// [`RecordError::Io`] if the file cannot be read; [`RecordError::Content`] with the line if a
/// value is missing or not finite, with the nearest name if there is no such column, or if the
/// series is empty.
pub fn read_series(path: &Path, column: Option<&str>) -> Result<Vec<f64>, RecordError> {
    series(&DataTable::read(path)?, column)
}

/// Reads a column of CSV text that is part of the program; `name` names it in errors.
///
/// # Errors
/// [`RecordError::Content`] as for [`read_series`].
///
/// ```
/// let csv = "time,load_kw,pv_kw\n00:00,510.5,0\n00:15,498.0,0\n";
/// assert_eq!(record::parse_series("load.csv", csv, Some("load_kw")).unwrap(), [510.5, 498.0]);
/// let error = record::parse_series("load.csv", csv, Some("laod_kw")).unwrap_err().to_string();
/// assert_eq!(error, "load.csv: there is no column `laod_kw` (did you mean `load_kw`?); there are `time`, `load_kw`, `pv_kw`");
/// ```
pub fn parse_series(name: &str, csv: &str, column: Option<&str>) -> Result<Vec<f64>, RecordError> {
    series(&DataTable::parse_csv(Path::new(name), csv)?, column)
}

fn series(table: &DataTable, column: Option<&str>) -> Result<Vec<f64>, RecordError> {
    let name = match column {
        Some(name) => name,
        None => only_numeric_column(table)?,
    };
    let values = table.numbers(name)?;
    if values.is_empty() {
        return Err(RecordError::content(
            table.path(),
            None,
            Some(name),
            "the series has no values",
        ));
    }
    Ok(values)
}

/// The one column whose first cell is a number.
fn only_numeric_column(table: &DataTable) -> Result<&str, RecordError> {
    let is_number = |c: &&super::DataColumn| {
        c.cells.first().is_some_and(|cell| matches!(table.number(0, &c.name, cell), Ok(Some(_))))
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
    Err(RecordError::content(table.path(), None, None, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(csv: &str, column: Option<&str>, wanted: Result<&[f64], &str>) {
        match (parse_series("s.csv", csv, column), wanted) {
            (Ok(values), Ok(wanted)) => assert_eq!(values, wanted),
            (Err(error), Err(part)) => {
                assert!(error.to_string().contains(part), "`{error}` lacks `{part}`")
            }
            (got, wanted) => panic!("{got:?} instead of {wanted:?}"),
        }
    }

    #[test]
    fn one_column_of_numbers_needs_no_name() {
        check("kw\n1\n-2.5\n3e2\n", None, Ok(&[1.0, -2.5, 300.0]));
        check("# note\nhour,kw\n00:00,1\n# note\n00:15, 2 \n", None, Ok(&[1.0, 2.0]));
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
        check(
            "t,kw\n0,1,2\n",
            Some("kw"),
            Err("s.csv:2: 3 cells, but the first line names 2 columns"),
        );
        check("t;kw\n0;1\n", Some("kw"), Err("separated by commas"));
        check("kw,kw\n0,1\n", Some("kw"), Err("two columns of this name"));
        check("kw\n", Some("kw"), Err("no values"));
        check("", None, Err("the file is empty"));
    }

    #[test]
    fn files_that_are_no_tables_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("load.xlsx");
        assert!(
            read_series(&path, None).unwrap_err().to_string().contains("`.csv` and `.parquet`")
        );
        let path = dir.path().join("load.parquet");
        assert!(read_series(&path, None).unwrap_err().to_string().contains("cannot read"));
        std::fs::write(&path, "not parquet").unwrap();
        assert!(read_series(&path, None).unwrap_err().to_string().contains("load.parquet"));
        let path = dir.path().join("latin.csv");
        std::fs::write(&path, b"kw\n1\n\xe9\n").unwrap();
        assert!(
            read_series(&path, None).unwrap_err().to_string().contains("latin.csv:3: not UTF-8")
        );
    }
}
