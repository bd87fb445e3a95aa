//! Indicators of the user's own: SQL over the tables of a run, which SQLite holds in memory.

use domain::{IndicatorRow, Names, Rows, Scope};
use record::{Kind, Provenance, Table, Value, each_row};
use rusqlite::types::{Null, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Statement, params_from_iter};
use std::collections::BTreeSet;

/// A figure of a run as a SELECT of one number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnIndicator {
    /// Its name.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// The query.
    pub sql: String,
}

/// What would make a figure depend on chance or on the day.
const UNSTEADY: [&str; 6] =
    ["random", "randomblob", "now", "current_timestamp", "current_date", "current_time"];

impl OwnIndicator {
    /// The tables that its text names.
    pub fn tables(&self) -> BTreeSet<Table> {
        self.words().filter_map(|word| Table::from_name(&word)).collect()
    }

    /// The words of its text, in small letters.
    fn words(&self) -> impl Iterator<Item = String> + '_ {
        let letter = |c: char| !(c.is_alphanumeric() || c == '_');
        self.sql.split(letter).filter(|word| !word.is_empty()).map(str::to_lowercase)
    }

    /// Whether it is a query of one number over tables that there are; else why not.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn check(&self) -> Result<(), String> {
        if let Some(word) = self.words().find(|word| UNSTEADY.contains(&word.as_str())) {
            return Err(format!("`{word}` would make the figure differ from run to run"));
        }
        let no_rows = Rows::default();
        let provenance = no_provenance();
        let connection = loaded(&self.tables(), &no_rows, &provenance)?;
        self.prepared(&connection).map(drop)
    }

    fn prepared<'c>(&self, connection: &'c Connection) -> Result<Statement<'c>, String> {
        let statement = connection.prepare(&self.sql).map_err(|e| one_line(&e.to_string()))?;
        if statement.column_count() != 1 || !statement.readonly() {
            let columns = statement.column_count();
            return Err(format!("it must be a SELECT of one column, not of {columns}"));
        }
        Ok(statement)
    }

    fn value(&self, connection: &Connection) -> Result<f64, String> {
        let mut statement = self.prepared(connection)?;
        let failed = |e: rusqlite::Error| one_line(&e.to_string());
        let mut rows = statement.query([]).map_err(failed)?;
        let Some(row) = rows.next().map_err(failed)? else { return Ok(f64::NAN) };
        let value = match row.get_ref(0).map_err(failed)? {
            ValueRef::Null => f64::NAN,
            ValueRef::Integer(x) => x as f64,
            ValueRef::Real(x) => x,
            ValueRef::Text(_) | ValueRef::Blob(_) => return Err("it gives no number".to_owned()),
        };
        match rows.next().map_err(failed)? {
            None => Ok(value),
            Some(_) => Err("it gives more than one row".to_owned()),
        }
    }
}

/// The figures of a run from its rows, in which the tables that the queries name are kept.
///
/// # Errors
/// Which indicator has no figure, and why.
pub(crate) fn own_figures(
    own: &[OwnIndicator],
    rows: &Rows,
    provenance: &Provenance,
) -> Result<Vec<IndicatorRow>, String> {
    if own.is_empty() {
        return Ok(Vec::new());
    }
    let tables = own.iter().flat_map(OwnIndicator::tables).collect();
    let connection = loaded(&tables, rows, provenance)?;
    let figure = |indicator: &OwnIndicator| {
        let value = indicator
            .value(&connection)
            .map_err(|why| format!("indicator `{}`: {why}", indicator.name))?;
        Ok(IndicatorRow {
            name: indicator.name.clone(),
            unit: indicator.unit.clone(),
            value,
            scope: Scope::Run,
            scope_id: 0,
        })
    };
    own.iter().map(figure).collect()
}

/// A database in memory with some tables of a run.
fn loaded(
    tables: &BTreeSet<Table>,
    rows: &Rows,
    provenance: &Provenance,
) -> Result<Connection, String> {
    let failed = |e: rusqlite::Error| one_line(&e.to_string());
    let connection = Connection::open_in_memory().map_err(failed)?;
    for table in tables {
        let columns: Vec<String> = table
            .columns()
            .iter()
            .map(|c| format!("\"{}\" {}", c.name, affinity(c.kind)))
            .collect();
        let create = format!("CREATE TABLE {} ({})", table.name(), columns.join(", "));
        connection.execute_batch(&create).map_err(failed)?;
        let places = vec!["?"; columns.len()].join(", ");
        let insert = format!("INSERT INTO {} VALUES ({places})", table.name());
        connection.execute_batch("BEGIN").map_err(failed)?;
        let mut statement = connection.prepare(&insert).map_err(failed)?;
        let mut problem = None;
        let taken = each_row(*table, rows, provenance, &mut |row| {
            if let Err(e) = statement.execute(params_from_iter(row.iter().map(Cell))) {
                problem.get_or_insert(e);
            }
        });
        taken.map_err(|e| e.to_string())?;
        problem.map_or(Ok(()), |e| Err(failed(e)))?;
        drop(statement);
        connection.execute_batch("COMMIT").map_err(failed)?;
    }
    Ok(connection)
}

fn affinity(kind: Kind) -> &'static str {
    match kind {
        Kind::Int32 | Kind::Int64 | Kind::Bool | Kind::Timestamp => "INTEGER",
        Kind::Float64 => "REAL",
        Kind::Word(_) | Kind::Name(_) | Kind::Text => "TEXT",
    }
}

/// A cell on its way into SQLite.
struct Cell<'c>(&'c Value<'c>);

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match *self.0 {
            Value::Null => Null.to_sql(),
            Value::Int(x) | Value::Instant(x) => Ok(ToSqlOutput::from(x)),
            Value::Real(x) => Ok(ToSqlOutput::from(x)),
            Value::Text(x) => Ok(ToSqlOutput::from(x)),
            Value::Flag(x) => Ok(ToSqlOutput::from(x)),
        }
    }
}

fn no_provenance() -> Provenance {
    Provenance {
        scenario: String::new(),
        seed: 0,
        version: crate::VERSION.to_owned(),
        utc_offset_min: 0,
        start_utc_us: 0,
        currency: String::new(),
        names: Names::default(),
    }
}

/// SQLite shows the text again below its message.
fn one_line(message: &str) -> String {
    message.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Actor, Fact, FactKind, Phase, Time, ZoneId};

    fn of(sql: &str) -> OwnIndicator {
        OwnIndicator { name: "x".into(), unit: "1".into(), sql: sql.into() }
    }

    #[test]
    fn a_query_counts_what_is_in_the_rows() {
        let facts = (0..5)
            .map(|k| Fact::new(Time(k), Phase::Deliver, FactKind::Arrived, Actor::Ev, 1, ZoneId(1)))
            .collect();
        let rows = Rows { facts, ..Rows::default() };
        let value =
            |sql: &str| own_figures(&[of(sql)], &rows, &no_provenance()).map(|rows| rows[0].value);
        assert_eq!(value("SELECT count(*) FROM facts WHERE kind = 'arrived'"), Ok(5.0));
        assert_eq!(value("SELECT count(*) / 2.0 FROM facts WHERE zone_id = 1"), Ok(2.5));
        assert!(
            value("SELECT avg(zone_id) FROM facts WHERE kind = 'breach'").is_ok_and(f64::is_nan)
        );
        let why = value("SELECT kind FROM facts").expect_err("a text");
        assert!(why.contains("indicator `x`") && why.contains("no number"), "{why}");
        assert!(
            value("SELECT zone_id FROM facts").expect_err("five").contains("more than one row")
        );
    }

    #[test]
    fn what_is_no_query_of_one_number_is_refused_before_anything_runs() {
        for (sql, why) in [
            ("SELECT nothing FROM facts", "nothing"),
            ("SELECT count(*) FROM nowhere", "nowhere"),
            ("SELECT 1, 2", "one column"),
            ("DELETE FROM facts", "one column"),
            ("ATTACH 'x.db' AS x", "one column"),
            ("SELECT random()", "run to run"),
            ("SELEC 1", "syntax"),
            ("", "one column"),
        ] {
            let said = of(sql).check().expect_err(sql);
            assert!(said.contains(why), "{sql}: {said}");
        }
        assert_eq!(of("SELECT count(*) FROM ledger JOIN evs ON 1").check(), Ok(()));
        assert_eq!(of("SELECT 1 FROM ledger").tables().len(), 1);
    }
}
