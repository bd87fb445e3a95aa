//! A feeder from two tables: buses
//! (`bus,p_kw,q_kvar,base_kv[,vmin_pu,vmax_pu,shunt_kw,shunt_kvar]`) and branches
//! (`branch,from,to,r_ohm,x_ohm[,rating_a][,ratio][,status]`, status 1 closed, 0 open; a
//! transformer has a ratio). Buses have numbers or names. The caller opens the files.

use crate::feeder_spec::{BranchId, BranchSpec, BusSpec, FeederSpec, Switch};
use domain::BusId;
use std::collections::BTreeSet;
use tables::{DataTable, TableError, did_you_mean};

const BUS_COLUMNS: [&str; 8] =
    ["bus", "p_kw", "q_kvar", "base_kv", "vmin_pu", "vmax_pu", "shunt_kw", "shunt_kvar"];
const BRANCH_COLUMNS: [&str; 8] =
    ["branch", "from", "to", "r_ohm", "x_ohm", "rating_a", "ratio", "status"];

impl FeederSpec {
    /// Reads the two tables; the substation holds 1.0 p.u. Without a word about it, it is the bus
    /// of the lowest number, where buses have names the first one.
    ///
    /// # Errors
    /// The first cell, line or column that cannot be read, with its file and line; a name that the
    /// bus table does not have.
    pub fn from_tables(
        buses: &DataTable,
        branches: &DataTable,
        slack: Option<&str>,
    ) -> Result<Self, TableError> {
        check_columns(buses, &BUS_COLUMNS, 4)?;
        check_columns(branches, &BRANCH_COLUMNS, 5)?;
        let names = Names::of(buses)?;
        let rows = bus_rows(buses, &names)?;
        let slack = match slack {
            Some(text) => names.find(text).ok_or_else(|| {
                let message = format!("there is no bus `{text}`, which is to be the substation");
                TableError::file(buses.path(), message)
            })?,
            None if names.given => BusId(1),
            None => rows.iter().map(|b| b.bus).min().unwrap_or(BusId(1)),
        };
        let branches = branch_rows(branches, &names)?;
        Ok(Self { slack, slack_pu: 1.0, buses: rows, branches, aliases: Vec::new() })
    }
}

/// What buses are called: whole numbers, or else names, which are numbered from 1 as they stand.
struct Names {
    texts: Vec<String>,
    given: bool,
}

impl Names {
    fn of(buses: &DataTable) -> Result<Self, TableError> {
        let texts = buses.texts("bus")?;
        let number = |text: &String| text.is_empty() || text.parse::<f64>().is_ok();
        let given = !texts.iter().all(number);
        if given && let Some(row) = texts.iter().position(String::is_empty) {
            return Err(buses.error(row, "bus", "empty; a name is needed"));
        }
        Ok(Self { texts, given })
    }
    /// The number of a bus as a cell or a key names it.
    fn find(&self, text: &str) -> Option<BusId> {
        if self.given {
            return Some(BusId(self.texts.iter().position(|n| n == text)? as u32 + 1));
        }
        let x = text.parse::<f64>().ok()?;
        (x.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&x)).then_some(BusId(x as u32))
    }
}

fn bus_rows(table: &DataTable, names: &Names) -> Result<Vec<BusSpec>, TableError> {
    let row = |row: usize| {
        let number = if names.given { row as u32 + 1 } else { whole(table, row, "bus")? };
        Ok(BusSpec {
            bus: BusId(number),
            name: names.given.then(|| names.texts[row].clone()),
            p_kw: real(table, row, "p_kw")?,
            q_kvar: real(table, row, "q_kvar")?,
            base_kv: real(table, row, "base_kv")?,
            vmin_pu: optional_real(table, row, "vmin_pu")?,
            vmax_pu: optional_real(table, row, "vmax_pu")?,
            shunt_kw: optional_real(table, row, "shunt_kw")?.unwrap_or(0.0),
            shunt_kvar: optional_real(table, row, "shunt_kvar")?.unwrap_or(0.0),
        })
    };
    if names.given {
        let mut seen = BTreeSet::new();
        if let Some(row) = (0..table.rows()).find(|&row| !seen.insert(&names.texts[row])) {
            let message = format!("`{}` stands in two rows", names.texts[row]);
            return Err(table.error(row, "bus", message));
        }
    }
    (0..table.rows()).map(row).collect()
}

fn branch_rows(table: &DataTable, names: &Names) -> Result<Vec<BranchSpec>, TableError> {
    let ends = if names.given { Some((table.texts("from")?, table.texts("to")?)) } else { None };
    let end = |row: usize, column: &str| match &ends {
        None => Ok(BusId(whole(table, row, column)?)),
        Some((from, to)) => {
            let text = if column == "from" { &from[row] } else { &to[row] };
            names.find(text).ok_or_else(|| {
                table.error(row, column, format!("`{text}` is not in the bus table"))
            })
        }
    };
    let row = |row| {
        Ok(BranchSpec {
            branch: BranchId(whole(table, row, "branch")?),
            from: end(row, "from")?,
            to: end(row, "to")?,
            r_ohm: real(table, row, "r_ohm")?,
            x_ohm: real(table, row, "x_ohm")?,
            rating_a: optional_real(table, row, "rating_a")?,
            ratio: optional_real(table, row, "ratio")?,
            switch: switch(table, row)?,
        })
    };
    (0..table.rows()).map(row).collect()
}

/// `needed` counts the leading known columns that must be there.
fn check_columns(table: &DataTable, known: &[&str], needed: usize) -> Result<(), TableError> {
    if let Some(missing) = known[..needed].iter().find(|name| !table.has(name)) {
        let message = format!("column `{missing}` is missing; there are {}", table.listed());
        return Err(TableError::file(table.path(), message));
    }
    if let Some(odd) = table.names().find(|name| !known.contains(name)) {
        let message = format!(
            "column `{odd}` is unknown{}; known are {}",
            did_you_mean(odd, known.iter().copied()),
            known.join(", ")
        );
        return Err(TableError::file(table.path(), message));
    }
    Ok(())
}

fn optional_real(table: &DataTable, row: usize, name: &str) -> Result<Option<f64>, TableError> {
    if !table.has(name) {
        return Ok(None);
    }
    table.number(row, name, &table.column(name)?.cells[row])
}

fn real(table: &DataTable, row: usize, name: &str) -> Result<f64, TableError> {
    optional_real(table, row, name)?
        .ok_or_else(|| table.error(row, name, "empty; a number is needed"))
}

fn whole(table: &DataTable, row: usize, name: &str) -> Result<u32, TableError> {
    let x = real(table, row, name)?;
    if x.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&x) {
        Ok(x as u32)
    } else {
        Err(table.error(row, name, format!("`{x}` is not a whole number from 0 on")))
    }
}

fn switch(table: &DataTable, row: usize) -> Result<Switch, TableError> {
    if !table.has("status") {
        return Ok(Switch::Closed);
    }
    let cell = &table.column("status")?.cells[row];
    Ok(match table.flag(row, "status", cell)? {
        None | Some(true) => Switch::Closed,
        Some(false) => Switch::Open,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    const BUSES: &str = "bus,p_kw,q_kvar,base_kv\n1,0,0,10\n2,50,20,10\n";
    const BRANCHES: &str =
        "branch,from,to,r_ohm,x_ohm,rating_a,status\n1,1,2,0.1,0.2,,1\n2,1,2,0.3,0.2,120,0\n";

    fn spec(buses: &str, branches: &str) -> Result<FeederSpec, String> {
        let read = |name: &str, text: &str| {
            DataTable::parse_csv(Path::new(name), text).map_err(|e| e.to_string())
        };
        let (buses, branches) = (read("buses.csv", buses)?, read("branches.csv", branches)?);
        FeederSpec::from_tables(&buses, &branches, None).map_err(|e| e.to_string())
    }

    #[test]
    fn columns_may_be_absent_or_empty() {
        let spec = spec(BUSES, BRANCHES).expect("sound tables");
        assert_eq!((spec.buses[1].p_kw, spec.buses[1].vmin_pu), (50.0, None));
        assert_eq!((spec.branches[0].rating_a, spec.branches[0].switch), (None, Switch::Closed));
        assert_eq!(
            (spec.branches[1].rating_a, spec.branches[1].switch),
            (Some(120.0), Switch::Open)
        );
    }

    #[test]
    fn without_a_number_the_substation_is_the_lowest_bus() {
        let buses = "bus,p_kw,q_kvar,base_kv\n2.0,50,0,10\n0,0,0,10\n";
        assert_eq!(spec(buses, BRANCHES).expect("sound tables").slack, BusId(0));
    }

    #[test]
    fn buses_may_have_names() {
        let buses = "bus,p_kw,q_kvar,base_kv\nsource,0,0,10\nNorth 1,50,20,10\n";
        let branches = "branch,from,to,r_ohm,x_ohm\n1,source,North 1,0.1,0.2\n";
        let found = spec(buses, branches).expect("sound tables");
        assert_eq!(found.buses[1].name.as_deref(), Some("North 1"));
        assert_eq!((found.slack, found.branches[0].to), (BusId(1), BusId(2)));
        let odd = spec(buses, &branches.replace("North 1", "North 2")).expect_err("no such bus");
        assert!(odd.contains("`North 2` is not in the bus table"), "{odd}");
    }

    #[test]
    fn every_error_names_file_and_line() {
        let cases = [
            ("", BRANCHES, "buses.csv: the file is empty"),
            ("bus,p_kw,q_kvar\n", BRANCHES, "buses.csv: column `base_kv` is missing"),
            (
                "bus,p_kw,q_kvar,base_kv,colour\n",
                BRANCHES,
                "column `colour` is unknown; known are bus, p_kw",
            ),
            ("bus,p_kw,p_kw,q_kvar,base_kv\n", BRANCHES, "two columns of this name"),
            ("bus,p_kw,q_kvar,base_kv\n1,0,0\n", BRANCHES, "buses.csv:2: 3 cells"),
            (
                "bus,p_kw,q_kvar,base_kv\n\n1,0,zero,10\n",
                BRANCHES,
                "buses.csv:3 column `q_kvar`: `zero` is not a finite number",
            ),
            ("bus,p_kw,q_kvar,base_kv\n1,,0,10\n", BRANCHES, "column `p_kw`: empty"),
            (
                BUSES,
                "branch,from,to,r_ohm,x_ohm\n-1,1,2,1,1\n",
                "branches.csv:2 column `branch`: `-1` is not a whole number",
            ),
            (
                BUSES,
                "branch,from,to,r_ohm,x_ohm,status\n1,1,2,1,1,shut\n",
                "`shut` is neither true nor false",
            ),
        ];
        for (buses, branches, part) in cases {
            let message = spec(buses, branches).expect_err(part);
            assert!(message.contains(part), "{message:?} should say {part:?}");
        }
    }
}
