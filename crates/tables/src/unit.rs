//! Units of series, as keys say them and names of columns end with them.

/// What the numbers of a series are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// W.
    Watt,
    /// kW.
    Kilowatt,
    /// MW.
    Megawatt,
    /// Wh in each step.
    WattHours,
    /// kWh in each step.
    KilowattHours,
    /// MWh in each step.
    MegawattHours,
    /// A share of something named elsewhere.
    Share,
    /// Per cent of something named elsewhere.
    Percent,
    /// Degrees Celsius.
    Celsius,
    /// Money per kWh.
    PerKilowattHour,
    /// Money per MWh.
    PerMegawattHour,
}

/// Endings of names, in lower case.
const ENDINGS: [(&str, Unit); 22] = [
    ("per_mwh", Unit::PerMegawattHour),
    ("/mwh", Unit::PerMegawattHour),
    ("per_kwh", Unit::PerKilowattHour),
    ("/kwh", Unit::PerKilowattHour),
    ("kwh_per_step", Unit::KilowattHours),
    ("kwh", Unit::KilowattHours),
    ("mwh", Unit::MegawattHours),
    ("wh", Unit::WattHours),
    ("kw", Unit::Kilowatt),
    ("mw", Unit::Megawatt),
    ("w", Unit::Watt),
    ("watts", Unit::Watt),
    ("share", Unit::Share),
    ("pu", Unit::Share),
    ("p.u.", Unit::Share),
    ("percent", Unit::Percent),
    ("%", Unit::Percent),
    ("degc", Unit::Celsius),
    ("°c", Unit::Celsius),
    ("celsius", Unit::Celsius),
    ("_c", Unit::Celsius),
    ("deg_c", Unit::Celsius),
];

/// The unit that a column's name ends with: `load_mw`, `Last [kW]`, `eur_per_mwh`; none if it says
/// nothing.
///
/// ```
/// use tables::{Unit, unit_of_name};
/// assert_eq!(unit_of_name("load_mw"), Some(Unit::Megawatt));
/// assert_eq!(unit_of_name("Last (kWh)"), Some(Unit::KilowattHours));
/// assert_eq!(unit_of_name("eur_per_mwh"), Some(Unit::PerMegawattHour));
/// assert_eq!(unit_of_name("flow"), None);
/// ```
pub fn unit_of_name(name: &str) -> Option<Unit> {
    let name = name.trim().trim_end_matches([']', ')']).trim_end().to_lowercase();
    let found = ENDINGS.iter().find(|(ending, _)| {
        name.strip_suffix(ending).is_some_and(|rest| {
            // An ending stands alone: `flow` does not end with a unit.
            rest.is_empty()
                || ending.starts_with(['_', '/', '°', '%'])
                || rest.ends_with(['_', ' ', '[', '(', '-', '.', '/'])
        })
    });
    found.map(|(_, unit)| *unit)
}
