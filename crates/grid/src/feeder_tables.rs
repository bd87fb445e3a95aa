//! A feeder from two tables: buses (`bus,p_kw,q_kvar,base_kv[,vmin_pu,vmax_pu]`) and branches
//! (`branch,from,to,r_ohm,x_ohm[,rating_a][,status]`, status 1 closed, 0 open). The caller opens
//! the files.

use crate::feeder_spec::{BranchId, BranchSpec, BusSpec, FeederSpec, Switch};
use domain::BusId;
use tables::{DataTable, TableError, did_you_mean};

const BUS_COLUMNS: [&str; 6] = ["bus", "p_kw", "q_kvar", "base_kv", "vmin_pu", "vmax_pu"];
const BRANCH_COLUMNS: [&str; 7] = ["branch", "from", "to", "r_ohm", "x_ohm", "rating_a", "status"];

impl FeederSpec {
    /// Reads the two tables; the substation holds 1.0 p.u. Without a number for it, it is the bus
    /// of the lowest number.
    ///
    /// # Errors
    /// The first cell, line or column that cannot be read, with its file and line.
    pub fn from_tables(
        buses: &DataTable,
        branches: &DataTable,
        slack: Option<BusId>,
    ) -> Result<Self, TableError> {
        let buses = bus_rows(buses)?;
        let lowest = buses.iter().map(|b| b.bus).min().unwrap_or(BusId(1));
        Ok(Self {
            slack: slack.unwrap_or(lowest),
            slack_pu: 1.0,
            buses,
            branches: branch_rows(branches)?,
        })
    }
}

fn bus_rows(table: &DataTable) -> Result<Vec<BusSpec>, TableError> {
    check_columns(table, &BUS_COLUMNS, 4)?;
    let row = |row| {
        Ok(BusSpec {
            bus: BusId(whole(table, row, "bus")?),
            p_kw: real(table, row, "p_kw")?,
            q_kvar: real(table, row, "q_kvar")?,
            base_kv: real(table, row, "base_kv")?,
            vmin_pu: optional_real(table, row, "vmin_pu")?.unwrap_or(0.95),
            vmax_pu: optional_real(table, row, "vmax_pu")?.unwrap_or(1.05),
        })
    };
    (0..table.rows()).map(row).collect()
}

fn branch_rows(table: &DataTable) -> Result<Vec<BranchSpec>, TableError> {
    check_columns(table, &BRANCH_COLUMNS, 5)?;
    let row = |row| {
        Ok(BranchSpec {
            branch: BranchId(whole(table, row, "branch")?),
            from: BusId(whole(table, row, "from")?),
            to: BusId(whole(table, row, "to")?),
            r_ohm: real(table, row, "r_ohm")?,
            x_ohm: real(table, row, "x_ohm")?,
            rating_a: optional_real(table, row, "rating_a")?,
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
        assert_eq!((spec.buses[1].p_kw, spec.buses[1].vmin_pu), (50.0, 0.95));
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
