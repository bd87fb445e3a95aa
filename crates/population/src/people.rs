//! A fleet given as a table, one row per person. Every column may be left out and every cell may be
//! empty: what is not given is drawn from the laws of the person's segment, with the same uniform
//! numbers as without a table.
//! The columns are [`crate::PEOPLE_COLUMNS`].

use crate::people_columns::{Allowed, PEOPLE_COLUMNS, PeopleColumn};
use crate::{DayNeed, NeedLaw, Person, SegmentSpec, UsualDay, draw_person};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A row of the table, parsed: what is given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TablePerson {
    /// The row's line in the file.
    pub line: u64,
    /// Its name, if the table gives one.
    pub name: Option<String>,
    /// Number of the segment in the scenario's list.
    pub segment: u16,
    /// Home zone.
    pub zone: Option<u16>,
    /// Home bus.
    pub bus: Option<u32>,
    /// Number of the power class in the segment's mix.
    pub vehicle_class: Option<u16>,
    /// Whether discharging is accepted.
    pub v2g: Option<bool>,
    /// Number of the behaviour class.
    pub behaviour_class: Option<u16>,
    /// What is kept every day.
    pub usual: UsualDay,
    /// Given numbers, in the order of [`NUMBERS`].
    numbers: [Option<f64>; NUMBERS.len()],
}

/// One thing that is wrong with the table.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("line {line}, column `{column}`: {message}")]
pub struct PeopleProblem {
    /// Line of the file; 0 for the head.
    pub line: u64,
    /// Column.
    pub column: String,
    /// What is wrong.
    pub message: String,
}

/// A column of numbers that replaces one field of a person.
struct NumberColumn {
    name: &'static str,
    put: fn(&mut Person, f64),
}

const fn number(name: &'static str, put: fn(&mut Person, f64)) -> NumberColumn {
    NumberColumn { name, put }
}

const NUMBERS: [NumberColumn; 12] = [
    number("battery_kwh", |p, x| p.vehicle.battery_kwh = x),
    number("charge_kw", |p, x| p.vehicle.charge_kw = x),
    number("discharge_kw", |p, x| p.vehicle.discharge_kw = x),
    number("charge_efficiency", |p, x| p.vehicle.charge_efficiency = x),
    number("discharge_efficiency", |p, x| p.vehicle.discharge_efficiency = x),
    number("willingness_to_pay_cny_per_kwh", |p, x| p.willingness_to_pay = x),
    number("preferred_time_h", |p, x| p.preferred_time_h = x),
    number("tolerated_crowding", |p, x| p.tolerated_crowding = x),
    number("hassle_cny", |p, x| p.hassle_cny = x),
    number("owner_wear_cny_per_kwh", |p, x| p.owner_wear_cny_per_kwh = x),
    number("target_soc", |p, x| p.target_soc = x),
    number("floor_soc", |p, x| p.floor_soc = x),
];

/// Consumption that turns `distance_km` into energy where the segment's need is not a distance (our
/// reading) \[kWh/km\].
pub const USUAL_KWH_PER_KM: f64 = 0.18;

/// Parses a table of people: columns by name, and the line of each row in the file.
///
/// # Errors
/// Everything that is wrong, each with its line and column.
///
/// ```
/// use population::{SegmentSpec, people_from_columns};
/// let column = |name: &str, cells: &[&str]| (name.to_owned(), cells.iter().map(|c| (*c).to_owned()).collect());
/// let columns = [column("segment", &["residents", ""]), column("battery_kwh", &["60", "forty"]), column("v2g", &["true", "yes"])];
/// let segments = [SegmentSpec::workers(), SegmentSpec::residents()];
/// let problems = people_from_columns(&columns, &[2, 3], &segments).unwrap_err();
/// assert_eq!(problems[0].to_string(), "line 3, column `battery_kwh`: `forty` is not a number from 0.1 to 10000");
/// assert_eq!(problems[1].to_string(), "line 3, column `v2g`: `yes` is neither true nor false");
/// ```
pub fn people_from_columns(
    columns: &[(String, Vec<String>)],
    lines: &[u64],
    segments: &[SegmentSpec],
) -> Result<Vec<TablePerson>, Vec<PeopleProblem>> {
    let mut table = Reading {
        people: lines.iter().map(|&line| TablePerson { line, ..TablePerson::default() }).collect(),
        lines,
        segments,
        problems: Vec::new(),
    };
    table.check_shape(columns);
    // Segments first: other columns are understood in the light of a row's segment.
    for (name, cells) in columns
        .iter()
        .filter(|c| c.0 == "segment")
        .chain(columns.iter().filter(|c| c.0 != "segment"))
    {
        table.take_column(name, cells);
    }
    table.check_rows();
    if table.problems.is_empty() {
        Ok(table.people)
    } else {
        // As they stand in the file; those of the header first.
        table.problems.sort_by_key(|p| p.line);
        Err(table.problems)
    }
}

impl TablePerson {
    /// The number of a column of [`NUMBERS`], if the row gives it.
    fn given(&self, name: &str) -> Option<f64> {
        NUMBERS.iter().position(|c| c.name == name).and_then(|k| self.numbers[k])
    }

    /// What is wrong with the row as a whole, as far as its own cells tell.
    fn row_problem(&self) -> Option<(&'static str, String)> {
        let (target, floor) = (self.given("target_soc"), self.given("floor_soc"));
        if let (Some(target), Some(floor)) = (target, floor)
            && target <= floor
        {
            let message = format!("target {target} must lie above the floor {floor}");
            return Some(("target_soc", message));
        }
        let battery = self.given("battery_kwh")?;
        let Some(DayNeed::DrivenKwh(need)) = self.usual.need else { return None };
        let room = battery * (target.unwrap_or(1.0) - floor.unwrap_or(0.0));
        (need > room).then(|| {
            let message = format!(
                "{need} kWh a day are more than a battery of {battery} kWh holds between floor \
                 and target ({room} kWh)"
            );
            ("need_kwh", message)
        })
    }

    /// The person: drawn as any other of the segment, then with what the table gives.
    pub fn person(&self, segment: &SegmentSpec, u: &mut impl FnMut() -> f64) -> Person {
        let mut person = draw_person(segment, u);
        if let Some(class) = self.vehicle_class {
            let power = &segment.vehicle.powers[usize::from(class)];
            person.vehicle_class = class;
            person.vehicle.charge_kw = power.charge_kw;
            person.vehicle.discharge_kw = power.discharge_kw;
        }
        if let Some(v2g) = self.v2g {
            person.v2g = v2g;
        }
        if let Some(class) = self.behaviour_class {
            person.behaviour_class = class;
        }
        for (column, value) in NUMBERS.iter().zip(self.numbers) {
            if let Some(x) = value {
                (column.put)(&mut person, x);
            }
        }
        person
    }
}

/// A table while it is read.
struct Reading<'a> {
    people: Vec<TablePerson>,
    lines: &'a [u64],
    segments: &'a [SegmentSpec],
    problems: Vec<PeopleProblem>,
}

impl Reading<'_> {
    fn note(&mut self, line: u64, column: &str, message: String) {
        self.problems.push(PeopleProblem { line, column: column.to_owned(), message });
    }

    fn check_shape(&mut self, columns: &[(String, Vec<String>)]) {
        if self.lines.is_empty() {
            self.note(0, "segment", "nobody is in the table; give one row per person".to_owned());
        }
        if self.segments.is_empty() {
            self.note(
                0,
                "segment",
                "the scenario has no segment from which to draw what the table does not give"
                    .to_owned(),
            );
        }
        let has = |name: &str| columns.iter().any(|c| c.0 == name);
        if has("need_kwh") && has("distance_km") {
            self.note(
                0,
                "distance_km",
                "the table also has `need_kwh`; give one of them".to_owned(),
            );
        }
        for (name, cells) in columns {
            if cells.len() != self.lines.len() {
                let message = format!("{} cells for {} rows", cells.len(), self.lines.len());
                self.note(0, name, message);
            }
        }
    }

    fn take_column(&mut self, name: &str, cells: &[String]) {
        let Some(column) = PeopleColumn::named(name) else {
            let known = PEOPLE_COLUMNS.iter().map(|c| c.name).collect::<Vec<_>>().join(", ");
            self.note(0, name, format!("unknown column; known are {known}"));
            return;
        };
        for (row, cell) in cells.iter().enumerate().take(self.people.len()) {
            let text = cell.trim();
            if text.is_empty() {
                continue;
            }
            if let Err(message) = self.take_cell(row, column, text) {
                self.note(self.lines[row], name, message);
            }
        }
    }

    /// What only whole rows show: a departure at or before the arrival is the next day's; nobody's
    /// target lies below the floor; nobody drives more than lies between them.
    fn check_rows(&mut self) {
        for row in 0..self.people.len() {
            let person = &mut self.people[row];
            if let (Some(arrival), Some(departure)) =
                (person.usual.arrival_h, person.usual.departure_h)
                && departure <= arrival
            {
                person.usual.departure_h = Some(departure + 24.0);
            }
            let problem = self.people[row].row_problem();
            if let Some((column, message)) = problem {
                self.note(self.lines[row], column, message);
            }
        }
    }

    fn take_cell(&mut self, row: usize, column: &PeopleColumn, text: &str) -> Result<(), String> {
        let segment = self.segments.get(usize::from(self.people[row].segment));
        let person = &mut self.people[row];
        let number = || column.allowed.number(text);
        match column.name {
            "name" => person.name = Some(text.to_owned()),
            "segment" => {
                person.segment =
                    index_of(self.segments.iter().map(|s| s.name.as_str()), text, "segment")?;
            }
            "zone" => person.zone = Some(number()? as u16),
            "bus" => person.bus = Some(number()? as u32),
            "vehicle_class" => {
                let powers = segment.map_or(&[][..], |s| &s.vehicle.powers);
                person.vehicle_class =
                    Some(index_of(powers.iter().map(|p| p.name.as_str()), text, "vehicle class")?);
            }
            "behaviour_class" => {
                let last =
                    segment.map_or(0, |s| s.behaviour.classes.classes.len().saturating_sub(1));
                person.behaviour_class =
                    Some(Allowed::Whole(0.0, last as f64).number(text)? as u16);
            }
            "v2g" => {
                person.v2g =
                    Some(text.parse().map_err(|_| format!("`{text}` is neither true nor false"))?);
            }
            "arrival_h" => person.usual.arrival_h = Some(number()?),
            "departure_h" => person.usual.departure_h = Some(number()?),
            "need_kwh" => person.usual.need = Some(DayNeed::DrivenKwh(number()?)),
            "distance_km" => {
                let km = number()?;
                let per_km = match segment.map(|s| &s.need) {
                    Some(NeedLaw::DistanceKm { kwh_per_km, .. }) => *kwh_per_km,
                    _ => USUAL_KWH_PER_KM,
                };
                person.usual.need = Some(DayNeed::DrivenKwh(km * per_km));
            }
            name => {
                if let Some(known) = NUMBERS.iter().position(|c| c.name == name) {
                    person.numbers[known] = Some(number()?);
                }
            }
        }
        Ok(())
    }
}

fn index_of<'a>(
    mut names: impl Iterator<Item = &'a str> + Clone,
    text: &str,
    what: &str,
) -> Result<u16, String> {
    let known = names.clone();
    names.position(|n| n == text).map(|i| i as u16).ok_or_else(|| {
        format!("unknown {what} `{text}`; known are {}", known.collect::<Vec<_>>().join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw_day_of;

    fn column(name: &str, cells: &[&str]) -> (String, Vec<String>) {
        (name.to_owned(), cells.iter().map(|c| (*c).to_owned()).collect())
    }

    fn segments() -> Vec<SegmentSpec> {
        vec![SegmentSpec::workers(), SegmentSpec::residents()]
    }

    #[test]
    fn what_is_given_replaces_what_is_drawn_and_nothing_else() {
        let columns = [
            column("battery_kwh", &["60", ""]),
            column("segment", &["residents", ""]),
            column("vehicle_class", &["+100/-40", ""]),
            column("v2g", &["false", ""]),
            column("arrival_h", &["19.5", ""]),
            column("distance_km", &["50", ""]),
        ];
        let people = people_from_columns(&columns, &[2, 3], &segments()).expect("a sound table");
        let given = people[0].person(&segments()[1], &mut || 0.5);
        assert_eq!(
            (people[0].segment, given.vehicle.battery_kwh, given.vehicle.charge_kw, given.v2g),
            (1, 60.0, 100.0, false)
        );
        let day = draw_day_of(&segments()[1], &given, &people[0].usual, &mut || 0.5);
        assert_eq!((day.arrival_h, day.need), (19.5, DayNeed::DrivenKwh(9.0))); // 50 km x 0.18
        let drawn = people[1].person(&segments()[0], &mut || 0.5);
        assert_eq!(drawn, draw_person(&segments()[0], &mut || 0.5));
    }

    #[test]
    fn every_problem_is_named_with_line_and_column() {
        let columns = [
            column("segment", &["visitors", "workers"]),
            column("zone", &["1.5", "2"]),
            column("target_soc", &["0.9", "90"]),
            column("colour", &["red", "blue"]),
            column("need_kwh", &["-1", "NaN"]),
        ];
        let messages: Vec<String> = people_from_columns(&columns, &[2, 3], &segments())
            .unwrap_err()
            .iter()
            .map(|p| p.to_string().split("; known are name").next().unwrap_or("").to_owned())
            .collect();
        assert_eq!(
            messages,
            [
                "line 0, column `colour`: unknown column",
                "line 2, column `segment`: unknown segment `visitors`; known are workers, residents",
                "line 2, column `zone`: `1.5` is not a whole number from 1 to 65535",
                "line 2, column `need_kwh`: `-1` is not a number from 0 to 10000",
                "line 3, column `target_soc`: `90` is not a number from 0 to 1",
                "line 3, column `need_kwh`: `NaN` is not a number from 0 to 10000",
            ]
        );
    }

    #[test]
    fn a_departure_before_the_arrival_is_the_next_days() {
        let columns = [
            column("arrival_h", &["18", "18", "8"]),
            column("departure_h", &["7.5", "31.5", "17"]),
        ];
        let people = people_from_columns(&columns, &[2, 3, 4], &segments()).expect("sound");
        let hours: Vec<_> = people.iter().map(|p| p.usual.departure_h).collect();
        assert_eq!(hours, [Some(31.5), Some(31.5), Some(17.0)]);
    }

    #[test]
    fn rows_that_contradict_themselves_are_refused() {
        let columns = [
            column("battery_kwh", &["10", "60", "60"]),
            column("need_kwh", &["20", "20", ""]),
            column("target_soc", &["", "0.9", "0.2"]),
            column("floor_soc", &["", "0.2", "0.2"]),
        ];
        let problems = people_from_columns(&columns, &[2, 3, 4], &segments()).unwrap_err();
        let places: Vec<_> = problems.iter().map(|p| (p.line, p.column.as_str())).collect();
        assert_eq!(places, [(2, "need_kwh"), (4, "target_soc")]);
        let columns = [column("charge_kw", &["0.4", "11", "5000"])];
        assert_eq!(people_from_columns(&columns, &[2, 3, 4], &segments()).unwrap_err().len(), 2);
    }

    #[test]
    fn an_empty_table_is_refused() {
        assert!(
            people_from_columns(&[], &[], &segments()).unwrap_err()[0]
                .message
                .starts_with("nobody")
        );
    }
}
