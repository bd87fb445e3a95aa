//! A load by bus: columns `bus_18_kw` and `bus_18_kvar` (or `_mw`, `_mvar`) of a feeder's load file.

use crate::Loaded;
use crate::model::Model;
use crate::scenario::Scenario;
use crate::series::{Repeat, SeriesScale, SeriesSource, SeriesSpec};
use crate::series_data::{Refusal, Series, laid, there};
use crate::series_file::{bad, days_of_columns};
use keys::Origin;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tables::TableFile;

/// What a bus consumes without vehicles.
#[derive(Clone, Debug, PartialEq)]
pub struct BusLoad {
    /// The bus as the column calls it, by number or name.
    pub bus: String,
    /// Active power (kW).
    pub kw: Series,
    /// Reactive power (kvar); none where the file has no column for it.
    pub kvar: Option<Series>,
}

/// All buses of a file.
pub(crate) struct Read {
    /// Active power of all of them (kW).
    pub sum: Series,
    pub buses: Vec<BusLoad>,
    pub warnings: Vec<Refusal>,
    pub notes: Vec<String>,
}

/// What the name of a column says: its bus, whether it is reactive power, and the factor to kW or
/// kvar.
fn column(name: &str) -> Option<(&str, Power, f64)> {
    const ENDINGS: [(&str, Power, f64); 4] = [
        ("_kw", Power::Active, 1.0),
        ("_kvar", Power::Reactive, 1.0),
        ("_mw", Power::Active, 1e3),
        ("_mvar", Power::Reactive, 1e3),
    ];
    let lower = name.to_ascii_lowercase();
    let (ending, power, factor) = ENDINGS.into_iter().find(|(e, ..)| lower.ends_with(e))?;
    lower.strip_prefix("bus_")?;
    let bus = name.get("bus_".len()..name.len() - ending.len())?;
    (!bus.is_empty()).then_some((bus, power, factor))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Power {
    Active,
    Reactive,
}

/// The file of a load that has columns for buses; none for any other series.
pub(crate) fn file_with_buses(s: &Scenario, spec: &SeriesSpec) -> Result<Option<PathBuf>, Refusal> {
    let (SeriesSource::Csv(path) | SeriesSource::Parquet(path)) = &spec.source else {
        return Ok(None);
    };
    if spec.name != "load" || spec.column.is_some() || !matches!(s.model, Model::Feeder(_)) {
        return Ok(None);
    }
    let path = there(s, path)?;
    let file = TableFile::open(&path).map_err(|e| bad(e.to_string(), CORRECT))?;
    let has = file.names().any(|name| column(name).is_some());
    Ok(has.then_some(path))
}

/// Refuses columns for buses where a single series is needed.
pub(crate) fn refuse_buses(s: &Scenario, spec: &SeriesSpec, path: &Path) -> Result<(), Refusal> {
    if file_with_buses(s, spec)?.is_none() {
        return Ok(());
    }
    let message = format!("{} has columns for buses, whose days are not drawn", path.display());
    Err(bad(message, "name one `column`, or do not draw days"))
}

const CORRECT: &str = "correct the file, or name one `column` of it";

/// Reads the load of each bus.
pub(crate) fn read(loaded: &Loaded, spec: &SeriesSpec, path: &Path) -> Result<Read, Refusal> {
    let s = &loaded.scenario;
    if spec.repeat == Repeat::Drawn {
        refuse_buses(s, spec, path)?;
    }
    let SeriesScale::Factor(scale) = spec.scale else {
        let message = format!("{} has loads of buses, which have no common energy", path.display());
        return Err(bad(message, "give `scale` in the place of `kwh_per_day`"));
    };
    if spec.unit.is_some() {
        let message = format!("the columns for buses of {} say their own unit", path.display());
        return Err(bad(message, "leave `unit` out"));
    }
    let file = TableFile::open(path).map_err(|e| bad(e.to_string(), CORRECT))?;
    let mut active = BTreeMap::new();
    let mut reactive = BTreeMap::new();
    let names: Vec<&str> = file.names().filter(|name| column(name).is_some()).collect();
    for name in &names {
        let Some((bus, power, _)) = column(name) else { continue };
        let list = if power == Power::Active { &mut active } else { &mut reactive };
        if let Some(other) = list.insert(bus.to_owned(), *name) {
            let message = format!("{}: `{other}` and `{name}` are one thing", path.display());
            return Err(bad(message, "leave one of them out"));
        }
    }
    if let Some((bus, name)) = reactive.iter().find(|(bus, _)| !active.contains_key(*bus)) {
        let message = format!("{} column `{name}`: there is no `bus_{bus}_kw`", path.display());
        return Err(bad(message, "give the bus an active load, 0 if it has none"));
    }
    let negative_refused: Vec<(&str, bool)> = names
        .iter()
        .map(|n| (*n, column(n).is_some_and(|(_, power, _)| power == Power::Active)))
        .collect();
    let (days, mut warnings, mut notes) = days_of_columns(s, spec, path, &negative_refused)?;
    let days: BTreeMap<&str, Vec<f64>> = names.iter().copied().zip(days).collect();
    let series = |name: &str| {
        let factor = column(name).map_or(1.0, |(.., factor)| factor) * scale;
        laid(s, spec.repeat, days.get(name).cloned().unwrap_or_default(), factor)
    };
    let buses: Vec<BusLoad> = active
        .iter()
        .map(|(bus, name)| BusLoad {
            bus: bus.clone(),
            kw: series(name),
            kvar: reactive.get(bus).map(|name| series(name)),
        })
        .collect();
    notes.push(format!("loads of {} buses, {} with reactive power", buses.len(), reactive.len()));
    warnings.extend(idle_level(loaded));
    Ok(Read { sum: sum(&buses), buses, warnings, notes })
}

fn sum(buses: &[BusLoad]) -> Series {
    let first = &buses[0].kw;
    let mut values = vec![0.0; first.values().len()];
    for bus in buses {
        values.iter_mut().zip(bus.kw.values()).for_each(|(sum, kw)| *sum += kw);
    }
    first.with_values(values)
}

/// The load level scales nominal loads, which columns for buses replace.
fn idle_level(loaded: &Loaded) -> Option<Refusal> {
    let given = loaded.sheet().entries.iter();
    let mut given = given.filter(|e| e.path == "feeder.load_level" && e.origin != Origin::Default);
    given.next_back().map(|_| {
        bad(
            "`feeder.load_level` has no effect: the file has the load of each bus",
            "leave it out, or scale by `series.load.scale`",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_say_bus_power_and_unit() {
        assert_eq!(column("bus_18_kw"), Some(("18", Power::Active, 1.0)));
        assert_eq!(column("Bus_RG60_MVAr"), Some(("RG60", Power::Reactive, 1e3)));
        assert_eq!(column("bus_a_b_mw"), Some(("a_b", Power::Active, 1e3)));
        for other in ["bus_18", "load_kw", "bus__kw", "bus_kw", "18_kw"] {
            assert_eq!(column(other), None, "{other}");
        }
    }
}
