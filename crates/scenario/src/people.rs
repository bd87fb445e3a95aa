//! A fleet as a table: one row per person, whose cells stand in the place of the segment's draws.

use crate::loading::Loaded;
use crate::model::ModelKind;
use crate::reader::{Code, Problems, nearest};
use record::{DataTable, RecordError, read_people};

/// One person of the table. What is not given is drawn from the laws of the segment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PersonRow {
    /// Position of the person's segment in the scenario.
    pub segment: usize,
    /// Home zone, from 1.
    pub zone: Option<u16>,
    /// Home bus of the feeder.
    pub bus: Option<u32>,
    /// Name of a vehicle class of the segment.
    pub vehicle_class: Option<String>,
    /// Nominal capacity [kWh].
    pub battery_kwh: Option<f64>,
    /// Largest charging power [kW].
    pub charge_kw: Option<f64>,
    /// Largest discharging power [kW].
    pub discharge_kw: Option<f64>,
    /// Energy stored per energy metered.
    pub charge_efficiency: Option<f64>,
    /// Energy metered per energy taken out.
    pub discharge_efficiency: Option<f64>,
    /// Whether discharging is accepted.
    pub v2g: Option<bool>,
    /// Behaviour class, from 0.
    pub behaviour_class: Option<u16>,
    /// Price above which the person does not charge [CNY/kWh].
    pub willingness_to_pay_cny_per_kwh: Option<f64>,
    /// Preferred local hour of charging [h].
    pub preferred_time_h: Option<f64>,
    /// EVs charging at once that are not yet felt as a crowd.
    pub tolerated_crowding: Option<f64>,
    /// Hassle of making a reservation [CNY].
    pub hassle_cny: Option<f64>,
    /// Owner's wear cost of discharging [CNY/kWh].
    pub owner_wear_cny_per_kwh: Option<f64>,
    /// State of charge wanted at departure.
    pub target_soc: Option<f64>,
    /// State of charge below which the person neither discharges nor drives.
    pub floor_soc: Option<f64>,
    /// Usual hour of arrival [h].
    pub arrival_h: Option<f64>,
    /// Usual hour of departure, from the midnight of the arrival's day [h].
    pub departure_h: Option<f64>,
    /// Usual energy driven between two stays [kWh].
    pub need_kwh: Option<f64>,
    /// Usual distance driven between two stays [km].
    pub distance_km: Option<f64>,
}

/// Read the table of people that a scenario names; none if it names none.
///
/// # Errors
/// What is wrong with the table, at the place where the scenario names it: an unreadable file, a cell out of its range, an unknown
/// segment, a zone that the scenario does not have.
pub fn load_people(loaded: &Loaded) -> Result<Option<Vec<PersonRow>>, Problems> {
    let s = &loaded.scenario;
    let Some(path) = &s.fleet.people else { return Ok(None) };
    let refused =
        |error: &RecordError| loaded.problem_at("fleet.table", Code::BadData, error.to_string(), "see the columns of a table of people");
    let table = read_people(&s.folder.join(path)).map_err(|error| refused(&error))?;
    let names: Vec<&str> = s.fleet.spec.segments.iter().map(|segment| segment.name.as_str()).collect();
    let zones = if s.model.kind() == ModelKind::Feeder { u32::from(u16::MAX) } else { s.zones };
    rows(&table, &names, zones).map(Some).map_err(|error| refused(&error).into())
}

fn rows(table: &DataTable, segments: &[&str], zones: u32) -> Result<Vec<PersonRow>, RecordError> {
    let mut rows = vec![PersonRow::default(); table.rows()];
    for (k, name) in texts(table, "segment")?.into_iter().enumerate().filter(|(_, name)| !name.is_empty()) {
        rows[k].segment = segments.iter().position(|s| *s == name).ok_or_else(|| {
            let near = nearest(&name, segments.iter().copied()).map_or_else(String::new, |near| format!("; the nearest is `{near}`"));
            table.error(k, "segment", format!("the scenario has no segment `{name}`{near}"))
        })?;
    }
    for (k, zone) in numbers(table, "zone")?.into_iter().enumerate() {
        if zone.is_some_and(|zone| zone > f64::from(zones)) {
            return Err(table.error(k, "zone", format!("the scenario has {zones} zones")));
        }
        rows[k].zone = zone.map(|z| z as u16);
    }
    for (k, name) in texts(table, "vehicle_class")?.into_iter().enumerate() {
        rows[k].vehicle_class = Some(name).filter(|name| !name.is_empty());
    }
    for (k, text) in texts(table, "v2g")?.into_iter().enumerate() {
        rows[k].v2g = text.parse().ok();
    }
    fill(table, "bus", &mut rows, |row, x| row.bus = Some(x as u32))?;
    fill(table, "behaviour_class", &mut rows, |row, x| row.behaviour_class = Some(x as u16))?;
    fill(table, "battery_kwh", &mut rows, |row, x| row.battery_kwh = Some(x))?;
    fill(table, "charge_kw", &mut rows, |row, x| row.charge_kw = Some(x))?;
    fill(table, "discharge_kw", &mut rows, |row, x| row.discharge_kw = Some(x))?;
    fill(table, "charge_efficiency", &mut rows, |row, x| row.charge_efficiency = Some(x))?;
    fill(table, "discharge_efficiency", &mut rows, |row, x| row.discharge_efficiency = Some(x))?;
    fill(table, "willingness_to_pay_cny_per_kwh", &mut rows, |row, x| row.willingness_to_pay_cny_per_kwh = Some(x))?;
    fill(table, "preferred_time_h", &mut rows, |row, x| row.preferred_time_h = Some(x))?;
    fill(table, "tolerated_crowding", &mut rows, |row, x| row.tolerated_crowding = Some(x))?;
    fill(table, "hassle_cny", &mut rows, |row, x| row.hassle_cny = Some(x))?;
    fill(table, "owner_wear_cny_per_kwh", &mut rows, |row, x| row.owner_wear_cny_per_kwh = Some(x))?;
    fill(table, "target_soc", &mut rows, |row, x| row.target_soc = Some(x))?;
    fill(table, "floor_soc", &mut rows, |row, x| row.floor_soc = Some(x))?;
    fill(table, "arrival_h", &mut rows, |row, x| row.arrival_h = Some(x))?;
    fill(table, "departure_h", &mut rows, |row, x| row.departure_h = Some(x))?;
    fill(table, "need_kwh", &mut rows, |row, x| row.need_kwh = Some(x))?;
    fill(table, "distance_km", &mut rows, |row, x| row.distance_km = Some(x))?;
    Ok(rows)
}

fn texts(table: &DataTable, name: &str) -> Result<Vec<String>, RecordError> {
    if table.has(name) { table.texts(name) } else { Ok(Vec::new()) }
}

fn numbers(table: &DataTable, name: &str) -> Result<Vec<Option<f64>>, RecordError> {
    if table.has(name) { table.optional_numbers(name) } else { Ok(Vec::new()) }
}

fn fill(table: &DataTable, name: &str, rows: &mut [PersonRow], set: impl Fn(&mut PersonRow, f64)) -> Result<(), RecordError> {
    for (row, value) in rows.iter_mut().zip(numbers(table, name)?) {
        if let Some(x) = value {
            set(row, x);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn read(csv: &str) -> Result<Vec<PersonRow>, String> {
        let table = DataTable::parse_csv(Path::new("people.csv"), csv).map_err(|error| error.to_string())?;
        rows(&table, &["workers", "residents"], 2).map_err(|error| error.to_string())
    }

    #[test]
    fn cells_that_are_given_stand_in_the_place_of_draws() {
        let rows = read("segment,zone,v2g,battery_kwh\nresidents,2,true,60\n,,,\n").expect("right");
        assert_eq!(rows[0], PersonRow { segment: 1, zone: Some(2), v2g: Some(true), battery_kwh: Some(60.0), ..PersonRow::default() });
        assert_eq!(rows[1], PersonRow::default());
    }

    #[test]
    fn unknown_segments_and_zones_are_refused_with_their_line() {
        let error = read("segment\nworkers\nworkes\n").expect_err("misspelt");
        assert!(error.contains("people.csv:3") && error.contains("`workers`"), "{error}");
        assert!(read("zone\n3\n").expect_err("two zones").contains("2 zones"));
    }
}
