//! `people.csv`: a fleet as a table, one row per person.

use super::data_table::did_you_mean;
use super::{DataColumn, DataTable};
use crate::RecordError;
use std::path::Path;

/// A column that a table of people may have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PeopleColumn {
    /// Name.
    pub name: &'static str,
    /// Unit; empty where there is none.
    pub unit: &'static str,
    /// Meaning.
    pub doc: &'static str,
    /// Allowed values.
    pub allowed: Allowed,
}

/// What may stand in a column of people.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Allowed {
    /// Any text.
    Text,
    /// `true` or `false`.
    Flag,
    /// Whole numbers in a range.
    Whole(f64, f64),
    /// Numbers in a range.
    Real(f64, f64),
}

const fn real(
    name: &'static str,
    unit: &'static str,
    low: f64,
    high: f64,
    doc: &'static str,
) -> PeopleColumn {
    PeopleColumn { name, unit, doc, allowed: Allowed::Real(low, high) }
}

/// Every column of a table of people. Each may be left out, as may single cells: what is not given
/// is drawn from the laws of the person's segment.
pub const PEOPLE_COLUMNS: &[PeopleColumn] = &[
    PeopleColumn { name: "name", unit: "", doc: "Any name; not used.", allowed: Allowed::Text },
    PeopleColumn {
        name: "segment",
        unit: "",
        doc: "Segment of the scenario; the first one if not given.",
        allowed: Allowed::Text,
    },
    PeopleColumn {
        name: "zone",
        unit: "",
        doc: "Home zone, from 1.",
        allowed: Allowed::Whole(1.0, 65_535.0),
    },
    PeopleColumn {
        name: "bus",
        unit: "",
        doc: "Home bus of the feeder.",
        allowed: Allowed::Whole(1.0, 1e9),
    },
    PeopleColumn {
        name: "vehicle_class",
        unit: "",
        doc: "Name of a vehicle class of the segment.",
        allowed: Allowed::Text,
    },
    real("battery_kwh", "kWh", 0.1, 10_000.0, "Nominal battery capacity."),
    real("charge_kw", "kW", 0.1, 10_000.0, "Largest charging power at the pile."),
    real("discharge_kw", "kW", 0.0, 10_000.0, "Largest discharging power at the pile."),
    real("charge_efficiency", "1", 0.01, 1.0, "Energy stored per energy metered while charging."),
    real(
        "discharge_efficiency",
        "1",
        0.01,
        1.0,
        "Energy metered per energy taken from the battery.",
    ),
    PeopleColumn {
        name: "v2g",
        unit: "",
        doc: "Whether discharging is accepted.",
        allowed: Allowed::Flag,
    },
    PeopleColumn {
        name: "behaviour_class",
        unit: "",
        doc: "Component of the behaviour mixture, from 0.",
        allowed: Allowed::Whole(0.0, 65_534.0),
    },
    real(
        "willingness_to_pay_cny_per_kwh",
        "CNY/kWh",
        0.0,
        1000.0,
        "Price above which the person does not charge.",
    ),
    real("preferred_time_h", "h", 0.0, 24.0, "Preferred local hour of charging."),
    real(
        "tolerated_crowding",
        "",
        0.0,
        1e9,
        "EVs charging at once that are not yet felt as a crowd.",
    ),
    real("hassle_cny", "CNY", 0.0, 1e6, "Hassle of making a reservation."),
    real("owner_wear_cny_per_kwh", "CNY/kWh", 0.0, 1000.0, "Owner's wear cost of discharging."),
    real("target_soc", "1", 0.0, 1.0, "State of charge wanted at departure."),
    real(
        "floor_soc",
        "1",
        0.0,
        1.0,
        "State of charge below which the person neither discharges nor drives.",
    ),
    real("arrival_h", "h", 0.0, 24.0, "Usual local hour of arrival."),
    real(
        "departure_h",
        "h",
        0.0,
        48.0,
        "Usual hour of departure, counted from the midnight of the arrival's day.",
    ),
    real("need_kwh", "kWh", 0.0, 10_000.0, "Usual energy driven between two stays."),
    real(
        "distance_km",
        "km",
        0.0,
        10_000.0,
        "Usual distance driven between two stays; instead of need_kwh.",
    ),
];

/// Reads a table of people (`.csv` or `.parquet`) and checks every cell against [`PEOPLE_COLUMNS`].
///
/// # Errors
/// [`RecordError::Io`] if it cannot be read; [`RecordError::Content`] with line and column of the
/// first cell out of its range, with the nearest known name of an unknown column, or if there is
/// nobody in it.
pub fn read_people(path: &Path) -> Result<DataTable, RecordError> {
    let table = DataTable::read(path)?;
    check(&table)?;
    Ok(table)
}

fn check(table: &DataTable) -> Result<(), RecordError> {
    for column in table.columns() {
        let known = PEOPLE_COLUMNS
            .iter()
            .find(|c| c.name == column.name)
            .ok_or_else(|| unknown(table, column))?;
        check_column(table, column, known.allowed)?;
    }
    if table.has("need_kwh") && table.has("distance_km") {
        return Err(RecordError::content(
            table.path(),
            None,
            None,
            "has both `need_kwh` and `distance_km`; give one of them",
        ));
    }
    if table.rows() == 0 {
        return Err(RecordError::content(
            table.path(),
            None,
            None,
            "nobody is in the table; give one row per person",
        ));
    }
    Ok(())
}

fn unknown(table: &DataTable, column: &DataColumn) -> RecordError {
    let known = PEOPLE_COLUMNS.iter().map(|c| c.name);
    let message = format!(
        "unknown column{}; known are {}",
        did_you_mean(&column.name, known.clone()),
        known.collect::<Vec<_>>().join(", ")
    );
    RecordError::content(table.path(), None, Some(&column.name), message)
}

fn check_column(
    table: &DataTable,
    column: &DataColumn,
    allowed: Allowed,
) -> Result<(), RecordError> {
    for (row, cell) in column.cells.iter().enumerate() {
        let refused =
            |wanted: String| table.error(row, &column.name, format!("`{}`; {wanted}", cell.text()));
        match allowed {
            Allowed::Text => {}
            Allowed::Flag if matches!(cell.text().as_str(), "" | "true" | "false") => {}
            Allowed::Flag => return Err(refused("must be true or false".to_owned())),
            Allowed::Whole(low, high) | Allowed::Real(low, high) => {
                let Some(x) = table.number(row, &column.name, cell)? else { continue };
                let whole = matches!(allowed, Allowed::Whole(..));
                if !(low..=high).contains(&x) || (whole && x.fract() != 0.0) {
                    return Err(refused(format!(
                        "must be a {}number from {low} to {high}",
                        if whole { "whole " } else { "" }
                    )));
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(csv: &str) -> Result<(), String> {
        check(&DataTable::parse_csv(Path::new("people.csv"), csv).unwrap())
            .map_err(|e| e.to_string())
    }

    #[test]
    fn people_may_leave_out_what_the_segment_knows() {
        assert_eq!(checked("name,battery_kwh,v2g\nAnn,60,true\nBo,,\n"), Ok(()));
    }

    #[test]
    fn bad_people_are_named_with_line_and_column() {
        for (csv, part) in [
            (
                "batery_kwh\n60\n",
                "column `batery_kwh`: unknown column (did you mean `battery_kwh`?)",
            ),
            (
                "battery_kwh\n60\n-1\n",
                "people.csv:3 column `battery_kwh`: `-1`; must be a number from 0.1 to 10000",
            ),
            ("zone\n1.5\n", "must be a whole number from 1 to 65535"),
            ("v2g\nmaybe\n", "must be true or false"),
            ("target_soc\nNaN\n", "not a finite number"),
            ("need_kwh,distance_km\n1,1\n", "give one of them"),
            ("battery_kwh\n", "nobody"),
        ] {
            let error = checked(csv).unwrap_err();
            assert!(error.contains(part), "`{error}` lacks `{part}`");
        }
    }
}
