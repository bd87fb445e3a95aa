//! A feeder from two CSV texts: buses (`bus,p_kw,q_kvar,base_kv[,vmin_pu,vmax_pu]`) and branches
//! (`branch,from,to,r_ohm,x_ohm[,rating_a][,status]`, status 1 closed, 0 open). The caller reads
//! the files.

use crate::feeder_spec::{BranchId, BranchSpec, BusSpec, FeederSpec, Switch};
use domain::BusId;
use thiserror::Error;

/// What is wrong with the text of a table.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CsvError {
    /// No first line.
    #[error("{table} table: no header line")]
    NoHeader {
        /// `buses` or `branches`.
        table: &'static str,
    },
    /// A needed column is missing.
    #[error("{table} table: column `{column}` is missing")]
    MissingColumn {
        /// `buses` or `branches`.
        table: &'static str,
        /// Its name.
        column: &'static str,
    },
    /// A column that has no meaning here.
    #[error("{table} table: column `{column}` is unknown; known are {known}")]
    UnknownColumn {
        /// `buses` or `branches`.
        table: &'static str,
        /// Its name.
        column: String,
        /// All names that have a meaning.
        known: String,
    },
    /// A line with too few or too many cells.
    #[error("{table} table, line {line}: {found} cells, the header has {expected}")]
    CellCount {
        /// `buses` or `branches`.
        table: &'static str,
        /// 1-based line.
        line: usize,
        /// Cells in this line.
        found: usize,
        /// Cells in the header.
        expected: usize,
    },
    /// A cell that is not a number of the needed kind.
    #[error("{table} table, line {line}, column `{column}`: `{text}` is not {wanted}")]
    BadCell {
        /// `buses` or `branches`.
        table: &'static str,
        /// 1-based line.
        line: usize,
        /// Column.
        column: &'static str,
        /// What stands there.
        text: String,
        /// What should stand there.
        wanted: &'static str,
    },
}

impl FeederSpec {
    /// Reads the two tables; the substation holds 1.0 p.u.
    ///
    /// # Errors
    /// The first cell, line or column that cannot be read, with its table and line.
    pub fn from_csv(buses: &str, branches: &str, slack: BusId) -> Result<Self, CsvError> {
        Ok(Self { slack, slack_pu: 1.0, buses: bus_rows(buses)?, branches: branch_rows(branches)? })
    }
}

fn bus_rows(text: &str) -> Result<Vec<BusSpec>, CsvError> {
    let table =
        Table::read("buses", text, &["bus", "p_kw", "q_kvar", "base_kv", "vmin_pu", "vmax_pu"], 4)?;
    let row = |r: &Row<'_>| {
        Ok(BusSpec {
            bus: BusId(r.whole(0)?),
            p_kw: r.real(1)?,
            q_kvar: r.real(2)?,
            base_kv: r.real(3)?,
            vmin_pu: r.optional_real(4)?.unwrap_or(0.95),
            vmax_pu: r.optional_real(5)?.unwrap_or(1.05),
        })
    };
    table.rows.iter().map(row).collect()
}

fn branch_rows(text: &str) -> Result<Vec<BranchSpec>, CsvError> {
    let table = Table::read(
        "branches",
        text,
        &["branch", "from", "to", "r_ohm", "x_ohm", "rating_a", "status"],
        5,
    )?;
    let row = |r: &Row<'_>| {
        Ok(BranchSpec {
            branch: BranchId(r.whole(0)?),
            from: BusId(r.whole(1)?),
            to: BusId(r.whole(2)?),
            r_ohm: r.real(3)?,
            x_ohm: r.real(4)?,
            rating_a: r.optional_real(5)?,
            switch: r.switch(6)?,
        })
    };
    table.rows.iter().map(row).collect()
}

/// A table whose columns are sorted into the order of the known names.
struct Table<'a> {
    rows: Vec<Row<'a>>,
}

struct Row<'a> {
    table: &'static str,
    line: usize,
    known: &'static [&'static str],
    cells: Vec<Option<&'a str>>,
}

impl<'a> Table<'a> {
    /// `needed` counts the leading known columns that must be there.
    fn read(
        table: &'static str,
        text: &'a str,
        known: &'static [&'static str],
        needed: usize,
    ) -> Result<Self, CsvError> {
        let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let (_, header) = lines.next().ok_or(CsvError::NoHeader { table })?;
        let header: Vec<&str> =
            header.trim_start_matches('\u{feff}').split(',').map(str::trim).collect();
        if let Some(odd) = header.iter().find(|name| !known.contains(name)) {
            return Err(CsvError::UnknownColumn {
                table,
                column: (*odd).to_owned(),
                known: known.join(", "),
            });
        }
        let place: Vec<Option<usize>> =
            known.iter().map(|name| header.iter().position(|h| h == name)).collect();
        if let Some(missing) = (0..needed).find(|&k| place[k].is_none()) {
            return Err(CsvError::MissingColumn { table, column: known[missing] });
        }
        let mut rows = Vec::new();
        for (number, line) in lines {
            let cells: Vec<&str> = line.split(',').map(str::trim).collect();
            if cells.len() != header.len() {
                return Err(CsvError::CellCount {
                    table,
                    line: number + 1,
                    found: cells.len(),
                    expected: header.len(),
                });
            }
            let cells =
                place.iter().map(|p| p.map(|p| cells[p]).filter(|c| !c.is_empty())).collect();
            rows.push(Row { table, line: number + 1, known, cells });
        }
        Ok(Self { rows })
    }
}

impl Row<'_> {
    fn bad(&self, column: usize, wanted: &'static str) -> CsvError {
        let text = self.cells[column].unwrap_or_default().to_owned();
        CsvError::BadCell {
            table: self.table,
            line: self.line,
            column: self.known[column],
            text,
            wanted,
        }
    }

    fn whole(&self, column: usize) -> Result<u32, CsvError> {
        self.cells[column]
            .and_then(|c| c.parse().ok())
            .ok_or_else(|| self.bad(column, "a whole number from 0 on"))
    }

    fn real(&self, column: usize) -> Result<f64, CsvError> {
        self.optional_real(column)?.ok_or_else(|| self.bad(column, "a number"))
    }

    fn optional_real(&self, column: usize) -> Result<Option<f64>, CsvError> {
        self.cells[column].map(|c| c.parse().map_err(|_| self.bad(column, "a number"))).transpose()
    }

    fn switch(&self, column: usize) -> Result<Switch, CsvError> {
        match self.cells[column] {
            None | Some("1") => Ok(Switch::Closed),
            Some("0") => Ok(Switch::Open),
            Some(_) => Err(self.bad(column, "1 (closed) or 0 (open)")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUSES: &str = "bus,p_kw,q_kvar,base_kv\n1,0,0,10\n2,50,20,10\n";
    const BRANCHES: &str =
        "branch,from,to,r_ohm,x_ohm,rating_a,status\n1,1,2,0.1,0.2,,1\n2,1,2,0.3,0.2,120,0\n";

    #[test]
    fn columns_may_be_absent_or_empty() {
        let spec = FeederSpec::from_csv(BUSES, BRANCHES, BusId(1)).expect("sound tables");
        assert_eq!((spec.buses[1].p_kw, spec.buses[1].vmin_pu), (50.0, 0.95));
        assert_eq!((spec.branches[0].rating_a, spec.branches[0].switch), (None, Switch::Closed));
        assert_eq!(
            (spec.branches[1].rating_a, spec.branches[1].switch),
            (Some(120.0), Switch::Open)
        );
    }

    #[test]
    fn every_error_names_table_and_line() {
        let cases = [
            ("", BRANCHES, "buses table: no header line"),
            ("bus,p_kw,q_kvar\n", BRANCHES, "buses table: column `base_kv` is missing"),
            (
                "bus,p_kw,q_kvar,base_kv,colour\n",
                BRANCHES,
                "column `colour` is unknown; known are bus, p_kw",
            ),
            (
                "bus,p_kw,q_kvar,base_kv\n1,0,0\n",
                BRANCHES,
                "buses table, line 2: 3 cells, the header has 4",
            ),
            (
                "bus,p_kw,q_kvar,base_kv\n\n1,0,zero,10\n",
                BRANCHES,
                "buses table, line 3, column `q_kvar`: `zero` is not a number",
            ),
            ("bus,p_kw,q_kvar,base_kv\n1,,0,10\n", BRANCHES, "column `p_kw`: `` is not a number"),
            (
                BUSES,
                "branch,from,to,r_ohm,x_ohm\n-1,1,2,1,1\n",
                "branches table, line 2, column `branch`: `-1` is not a whole number",
            ),
            (
                BUSES,
                "branch,from,to,r_ohm,x_ohm,status\n1,1,2,1,1,shut\n",
                "`shut` is not 1 (closed) or 0 (open)",
            ),
        ];
        for (buses, branches, part) in cases {
            let message =
                FeederSpec::from_csv(buses, branches, BusId(1)).expect_err(part).to_string();
            assert!(message.contains(part), "{message:?} should say {part:?}");
        }
    }
}
