//! The columns that a table of people may have, each with its unit, its range and its meaning.

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
    PeopleColumn {
        name: "name",
        unit: "",
        doc: "Any name; `id` columns of surveys belong here.",
        allowed: Allowed::Text,
    },
    PeopleColumn {
        name: "segment",
        unit: "",
        doc: "Segment of the scenario; the first one if not given.",
        allowed: Allowed::Text,
    },
    PeopleColumn {
        name: "zone",
        unit: "",
        doc: "Home zone of a park or microgrid, from 1.",
        allowed: Allowed::Whole(1.0, 65_535.0),
    },
    PeopleColumn {
        name: "bus",
        unit: "",
        doc: "Home bus of a feeder, as its network numbers it.",
        allowed: Allowed::Whole(0.0, 4_294_967_295.0),
    },
    PeopleColumn {
        name: "vehicle_class",
        unit: "",
        doc: "Name of a vehicle class of the segment.",
        allowed: Allowed::Text,
    },
    real("battery_kwh", "kWh", 0.1, 10_000.0, "Nominal battery capacity."),
    real("charge_kw", "kW", 1.0, 1000.0, "Largest charging power at the pile."),
    real("discharge_kw", "kW", 0.0, 1000.0, "Largest discharging power at the pile."),
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
        "Usual hour of departure, counted from the midnight of the arrival's day; at or before the \
         arrival it is the next day's.",
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

/// A table of people, small and whole.
pub const PEOPLE_SAMPLE: &str = "name,segment,battery_kwh,charge_kw,v2g,arrival_h,departure_h,need_kwh\n\
    Ann,workers,60,11,true,8.25,17.5,9\n\
    Bo,residents,40,6.6,false,18,7.5,12\n\
    Cem,workers,,,,,,\n";

impl PeopleColumn {
    /// The column of a name.
    pub fn named(name: &str) -> Option<&'static Self> {
        PEOPLE_COLUMNS.iter().find(|c| c.name == name)
    }
}

impl Allowed {
    /// The number that a text stands for, or what is allowed.
    pub(crate) fn number(self, text: &str) -> Result<f64, String> {
        let (low, high, whole) = match self {
            Self::Whole(low, high) => (low, high, true),
            Self::Real(low, high) => (low, high, false),
            Self::Text | Self::Flag => (f64::MIN, f64::MAX, false),
        };
        match text.parse::<f64>() {
            Ok(x) if (low..=high).contains(&x) && !(whole && x.fract() != 0.0) => Ok(x),
            _ => Err(format!("`{text}` is not {self}")),
        }
    }
}

impl std::fmt::Display for Allowed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text => f.write_str("a text"),
            Self::Flag => f.write_str("true or false"),
            Self::Whole(low, high) => write!(f, "a whole number from {low} to {high}"),
            Self::Real(low, high) => write!(f, "a number from {low} to {high}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SegmentSpec, people_from_columns};

    #[test]
    fn the_sample_is_sound() {
        let mut lines = PEOPLE_SAMPLE.lines().map(|l| l.split(',').collect::<Vec<_>>());
        let head = lines.next().expect("a header");
        let rows: Vec<_> = lines.collect();
        let columns: Vec<(String, Vec<String>)> = head
            .iter()
            .enumerate()
            .map(|(k, n)| ((*n).to_owned(), rows.iter().map(|r| r[k].to_owned()).collect()))
            .collect();
        let segments = [SegmentSpec::workers(), SegmentSpec::residents()];
        assert_eq!(people_from_columns(&columns, &[2, 3, 4], &segments).map(|p| p.len()), Ok(3));
    }
}
