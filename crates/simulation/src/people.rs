//! The people of a scenario's table, checked against the scenario.

use crate::AssembleError;
use domain::BusId;
use grid::Feeder;
use population::{Allowed, PeopleColumn, TablePerson, people_from_columns};
use scenario::{Code, Loaded, Problem, Problems};
use std::path::Path;
use tables::{DataTable, TableError, did_you_mean};

const HELP: &str = "`gridflock schema people` lists the columns of a table of people";

/// A table of people, and how it was understood.
pub struct ReadPeople {
    pub people: Vec<TablePerson>,
    pub notes: Vec<String>,
}

/// Reads the table of people that a scenario names.
///
/// # Errors
/// Everything that is wrong with it, each with its line and column.
pub fn read_people(
    loaded: &Loaded,
    path: &Path,
    network: Option<&Feeder>,
) -> Result<ReadPeople, AssembleError> {
    let whole = loaded.scenario.folder.join(path);
    let refused = |list: Vec<String>| {
        let problem = |m: String| loaded.problem_at("fleet.table", Code::BadData, m, HELP);
        let list: Vec<Problem> = list.into_iter().map(problem).collect();
        AssembleError::Problems(Problems { list })
    };
    let table = DataTable::read(&whole).map_err(|e| refused(vec![e.to_string()]))?;
    let columns = columns(&table).map_err(|e| refused(vec![e.to_string()]))?;
    let lines: Vec<u64> = (0..table.rows()).map(|row| table.line(row)).collect();
    let named = |line: u64, column: &str, message: &str| {
        let line = if line > 0 { format!(":{line}") } else { String::new() };
        format!("{}{line} column `{column}`: {message}", whole.display())
    };
    let people = people_from_columns(&columns, &lines, &loaded.scenario.fleet.spec.segments)
        .map_err(|problems| {
            refused(problems.iter().map(|p| named(p.line, &p.column, &p.message)).collect())
        })?;
    let homeless: Vec<String> = people
        .iter()
        .filter_map(|p| home_problem(loaded, network, p).map(|(c, m)| named(p.line, c, &m)))
        .collect();
    if homeless.is_empty() {
        Ok(ReadPeople { notes: notes(&whole, &columns), people })
    } else {
        Err(refused(homeless))
    }
}

/// Says once that departures at or before the arrival are the next day's.
fn notes(path: &Path, columns: &[(String, Vec<String>)]) -> Vec<String> {
    let hours = |name: &str| {
        let cells = columns.iter().find(|c| c.0 == name).map_or(&[][..], |c| &c.1[..]);
        cells.iter().map(|x| x.trim().parse::<f64>().ok())
    };
    let overnight = hours("arrival_h")
        .zip(hours("departure_h"))
        .filter(|pair| matches!(pair, (Some(a), Some(d)) if d <= a))
        .count();
    if overnight == 0 {
        return Vec::new();
    }
    vec![format!(
        "{}: {overnight} departures at or before the arrival are the next day's",
        path.display()
    )]
}

/// Names and cells; yes and no in one spelling.
fn columns(table: &DataTable) -> Result<Vec<(String, Vec<String>)>, TableError> {
    let column = |name: &str| {
        let Some(known) = PeopleColumn::named(name) else {
            let names = population::PEOPLE_COLUMNS.iter().map(|c| c.name);
            let message = format!("unknown column{}", did_you_mean(name, names));
            return Err(TableError::content(table.path(), None, Some(name), message));
        };
        let cells = if known.allowed == Allowed::Flag {
            let cells = table.column(name)?.cells.iter().enumerate();
            let flag = |x: Option<bool>| x.map(|x| x.to_string()).unwrap_or_default();
            cells
                .map(|(row, cell)| table.flag(row, name, cell).map(flag))
                .collect::<Result<_, _>>()?
        } else {
            table.texts(name)?
        };
        Ok((name.to_owned(), cells))
    };
    table.names().map(column).collect()
}

/// A home that the scenario does not have.
fn home_problem(
    loaded: &Loaded,
    network: Option<&Feeder>,
    person: &TablePerson,
) -> Option<(&'static str, String)> {
    let zones = loaded.scenario.zones;
    match (network, person.zone, person.bus) {
        (Some(_), Some(_), _) => {
            Some(("zone", "the zones of a feeder are made by its partition; give `bus`".into()))
        }
        (None, _, Some(_)) => Some(("bus", "only a feeder has buses; give `zone`".into())),
        (Some(feeder), None, Some(bus)) if feeder.position(BusId(bus)).is_none() => {
            Some(("bus", format!("there is no bus {bus} in the network")))
        }
        (None, Some(zone), _) if u32::from(zone) > zones => {
            let known = if zones == 1 { "is one, 1".into() } else { format!("are 1 to {zones}") };
            Some(("zone", format!("there is no zone {zone}; there {known}")))
        }
        _ => None,
    }
}
