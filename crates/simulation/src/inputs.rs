//! Inputs of a run as rows: what was accepted, when, for which zone; read from a file to repeat a
//! run, written beside its tables.

use crate::error::SimulationError;
use agents::{Input, Notice};
use domain::{Time, ZoneId};
use market::{Applies, PolicyKey};
use record::{ColumnSpec, Kind, OwnTable, Provenance, RecordBatch, RecordError, TableFile, Value};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;
use tables::DataTable;

/// An accepted input: a row of table `inputs`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InputRow {
    /// Its instant.
    pub at: Time,
    /// The zone.
    pub zone: ZoneId,
    /// The input.
    pub input: Input,
    /// Its number among those of its zone and name.
    pub(crate) call: u64,
}

impl InputRow {
    /// An input to be given to a run.
    pub fn new(at: Time, zone: ZoneId, input: Input) -> Self {
        Self { at, zone, input, call: 0 }
    }

    /// The order in which inputs act: instant, zone, name, call.
    pub fn rank(&self) -> (Time, ZoneId, usize, u64) {
        (self.at, self.zone, self.input.number(), self.call)
    }
}

/// The value of an input as text: its numbers with a blank between them, or the notice. It is read
/// back as the same value.
pub fn value_text(input: &Input) -> String {
    match input {
        Input::Notice(Notice::Outage { piles, until }) => {
            format!("outage piles={piles} until_us={}", until.0)
        }
        Input::Notice(Notice::Restored { piles }) => format!("restored piles={piles}"),
        Input::Notice(Notice::Policy(change)) => change.to_string(),
        numbers => numbers.numbers().iter().map(f64::to_string).collect::<Vec<_>>().join(" "),
    }
}

/// An input from its name and value as text.
///
/// Numbers stand with blanks between them (several for prices alone). Notices:
///
/// - `outage piles=N hours=H` (from its instant on) or `outage piles=N until_us=T`, and
///   `restored piles=N`;
/// - a change of policy: `reminder off`, `tickets on`, `penalty scale=2 enabled=true`, or any keys
///   by their paths, `set penalty.scale=2 reminder.enabled=false`. After it may stand `applies=all`
///   (open bookings too; `new` if not said) and, at the end, `segment=NAME`.
///
/// ```
/// use agents::Input;
/// use domain::Time;
/// let parse = |name, value| simulation::parse_input(name, value, Time::START);
/// assert_eq!(parse("price", "0.5 1").unwrap(), Input::Price(vec![0.5, 1.0]));
/// assert!(parse("load_kw", "1 2").is_err() && parse("load_kw", "nan").is_err());
/// let outage = parse("notice", "outage piles=3 hours=2").unwrap();
/// let again = simulation::value_text(&outage);
/// assert_eq!(parse("notice", &again).unwrap(), outage);
/// let off = parse("notice", "reminder off").unwrap();
/// assert_eq!(off, parse("notice", "set reminder.enabled=false").unwrap());
/// let fine = parse("notice", "penalty scale=2 applies=all segment=night shift").unwrap();
/// let text = simulation::value_text(&fine);
/// assert_eq!(text, "set penalty.scale=2.0 applies=all segment=night shift");
/// assert_eq!(parse("notice", &text).unwrap(), fine);
/// assert!(parse("notice", "penalty scale=-1").is_err());
/// ```
///
/// # Errors
/// What is wrong with it, and what is possible.
pub fn parse_input(name: &str, value: &str, at: Time) -> Result<Input, SimulationError> {
    let refuse = |why: String| Err(SimulationError::BadInput(why));
    if !Input::NAMES.contains(&name) {
        let known = Input::NAMES.join(", ");
        return refuse(format!("there is no input `{name}`; there are {known}"));
    }
    if name == "notice" {
        return parse_notice(value, at);
    }
    let numbers: Result<Vec<f64>, _> = value.split_whitespace().map(str::parse::<f64>).collect();
    let input = numbers.ok().and_then(|values| Input::of_numbers(name, &values));
    let Some(input) = input else {
        return refuse(format!("`{value}` is no value of input `{name}`; write a number"));
    };
    check_input(&input)?;
    Ok(input)
}

/// Refuses numbers that mean nothing.
///
/// # Errors
/// Which number of which input, and what is possible.
pub fn check_input(input: &Input) -> Result<(), SimulationError> {
    let numbers = input.numbers();
    if let Some(x) = numbers.iter().find(|x| !x.is_finite()) {
        let name = input.name();
        return Err(SimulationError::BadInput(format!(
            "input `{name}` is {x}, which is no number"
        )));
    }
    let least = match input {
        Input::PvKw(_)
        | Input::WindKw(_)
        | Input::LoadKw(_)
        | Input::VmPu(_)
        | Input::ReservationPrice(_)
        | Input::DischargePrice(_)
        | Input::TicketPrice(_) => 0.0,
        _ => f64::NEG_INFINITY,
    };
    match numbers.iter().find(|x| **x < least) {
        Some(x) => {
            let name = input.name();
            let why = format!("input `{name}` is {x}; it must be at least {least}");
            Err(SimulationError::BadInput(why))
        }
        None if !matches!(input, Input::Notice(_)) && numbers.is_empty() => {
            Err(SimulationError::BadInput(format!("input `{}` has no value", input.name())))
        }
        None => Ok(()),
    }
}

fn parse_notice(text: &str, at: Time) -> Result<Input, SimulationError> {
    let wrong = || {
        let help = "write `outage piles=N hours=H`, or a change of policy such as `reminder off`, \
                    `penalty scale=2 applies=all`, `set penalty.scale=2 segment=NAME`";
        SimulationError::BadInput(format!("`{text}` is no notice; {help}"))
    };
    let mut words = text.split_whitespace();
    let kind = words.next().ok_or_else(wrong)?;
    if kind == "set" || PolicyKey::PATHS.iter().any(|path| is_below(path, kind)) {
        return parse_change(kind, text);
    }
    let (mut piles, mut until) = (None, None);
    for word in words {
        let (key, value) = word.split_once('=').ok_or_else(wrong)?;
        match key {
            "piles" => piles = Some(value.parse::<u32>().map_err(|_| wrong())?),
            "until_us" => until = Some(Time(value.parse::<i64>().map_err(|_| wrong())?)),
            "hours" => {
                let hours = value.parse::<f64>().map_err(|_| wrong())?;
                let valid = hours.is_finite() && hours > 0.0 && hours < 1e6;
                until = Some(
                    at + domain::Span::from_hours(if valid { hours } else { return Err(wrong()) }),
                );
            }
            _ => return Err(wrong()),
        }
    }
    match (kind, piles, until) {
        ("outage", Some(piles), Some(until)) if until > at => {
            Ok(Input::Notice(Notice::Outage { piles, until }))
        }
        ("restored", Some(piles), None) => Ok(Input::Notice(Notice::Restored { piles })),
        _ => Err(wrong()),
    }
}

fn is_below(path: &str, table: &str) -> bool {
    path.strip_prefix(table).is_some_and(|rest| rest.starts_with('.'))
}

/// A change of policy: the words after `set`, or after the name of a table of keys.
fn parse_change(kind: &str, text: &str) -> Result<Input, SimulationError> {
    let refuse = |why: String| SimulationError::BadInput(format!("`{text}` is no notice: {why}"));
    // A segment's name may hold blanks.
    let (text, segment) = match text.split_once(" segment=") {
        Some((before, name)) => (before, Some(name.trim().to_owned())),
        None => (text, None),
    };
    let (mut sets, mut applies) = (Vec::new(), Applies::New);
    let path = |key: &str| if kind == "set" { key.to_owned() } else { format!("{kind}.{key}") };
    for word in text.split_whitespace().skip(1) {
        match word.split_once('=') {
            Some(("applies", "new")) => applies = Applies::New,
            Some(("applies", "all")) => applies = Applies::All,
            Some(("applies", _)) => return Err(refuse("`applies` is `new` or `all`".to_owned())),
            Some((key, value)) => sets.push(format!("{}={value}", path(key))),
            None if kind != "set" && word == "on" => sets.push(format!("{kind}.enabled=true")),
            None if kind != "set" && word == "off" => sets.push(format!("{kind}.enabled=false")),
            None => return Err(refuse(format!("`{word}` is no `key=value`"))),
        }
    }
    let change = scenario::change(&sets, applies, segment);
    let change = change.map_err(|problems| {
        let all = problems.list.iter().map(|p| format!("{}; {}", p.message, p.help));
        refuse(all.collect::<Vec<_>>().join("; "))
    })?;
    Ok(Input::Notice(Notice::Policy(Arc::new(change))))
}

/// Writes table `inputs` into a directory.
pub(crate) fn write(
    directory: &Path,
    rows: &[InputRow],
    provenance: &Provenance,
) -> Result<TableFile, RecordError> {
    let doc = "input from outside that was accepted";
    let mut table = OwnTable::new(NAME, doc, columns(), &["t"], provenance)?;
    for row in rows {
        table.push(&cells(row, &value_text(&row.input), provenance))?;
    }
    table.write(&directory.join(record::names::INPUTS))
}

/// Table `inputs` in memory, with the columns that it has in a directory.
///
/// # Errors
/// [`RecordError::Row`] if an instant is none that a table can hold.
pub fn inputs_in_memory(
    rows: &[InputRow],
    provenance: &Provenance,
) -> Result<RecordBatch, RecordError> {
    let texts: Vec<String> = rows.iter().map(|row| value_text(&row.input)).collect();
    let rows = rows.iter().zip(&texts);
    let rows: Vec<_> = rows.map(|(row, text)| cells(row, text, provenance).to_vec()).collect();
    record::own_table_in_memory(NAME, &columns(), &rows, provenance)
}

/// The name of the table.
const NAME: &str = "inputs";

fn columns() -> Vec<ColumnSpec> {
    vec![
        ColumnSpec::new("t", Kind::Timestamp, "", "When it acted.").required(),
        ColumnSpec::new("zone_id", Kind::Int32, "", "The zone.").required(),
        ColumnSpec::new("name", Kind::Text, "", "The input.").required(),
        ColumnSpec::new(
            "value",
            Kind::Text,
            "",
            "Its numbers with a blank between, or the notice.",
        )
        .required(),
    ]
}

/// A row of the table, `text` being its value.
fn cells<'a>(row: &'a InputRow, text: &'a str, provenance: &Provenance) -> [Value<'a>; 4] {
    [
        Value::Instant(row.at.0 + provenance.start_utc_us),
        Value::Int(i64::from(row.zone.0)),
        Value::Text(row.input.name()),
        Value::Text(text),
    ]
}

/// Reads inputs from a file with columns `t`, `zone_id`, `name`, `value`: table `inputs` of a run, or
/// text separated by commas with the same columns. Times without an offset are local times of the
/// scenario.
///
/// # Errors
/// What is wrong, with its line.
pub fn read_inputs(path: &Path, provenance: &Provenance) -> Result<Vec<InputRow>, SimulationError> {
    let table = DataTable::read(path)?;
    let (zones, names) = (table.numbers("zone_id")?, table.texts("name")?);
    let times = table.instants("t", &provenance.utc_offset())?;
    let values = table.texts("value")?;
    let row = |i: usize| {
        let at = Time(times[i] - provenance.start_utc_us);
        if zones[i].fract() != 0.0 || !(0.0..=65535.0).contains(&zones[i]) {
            let why = format!("{} is no zone", zones[i]);
            return Err(SimulationError::Table(table.error(i, "zone_id", why)));
        }
        let input = parse_input(&names[i], &values[i], at)
            .map_err(|e| SimulationError::Table(table.error(i, "value", e.to_string())))?;
        Ok(InputRow::new(at, ZoneId(zones[i] as u16), input))
    };
    (0..table.rows()).map(row).collect()
}
