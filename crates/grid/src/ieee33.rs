//! The IEEE 33-bus feeder, built in (source and units: `data/ieee33/README.md`).

use crate::feeder::Feeder;
use crate::feeder_spec::FeederSpec;
use std::path::Path;
use tables::DataTable;

const BUSES: &str = include_str!("../data/ieee33/buses.csv");
const BRANCHES: &str = include_str!("../data/ieee33/branches.csv");

/// The IEEE 33-bus radial feeder: 12.66 kV, bus 1 is the substation, 3,715 kW and 2,300 kvar at
/// nominal load, tie lines open.
///
/// ```
/// let feeder = grid::ieee33();
/// assert_eq!(feeder.buses().len(), 33);
/// assert_eq!(feeder.nominal_p_kw().iter().sum::<f64>(), 3715.0);
/// ```
pub fn ieee33() -> Feeder {
    let table = |name: &str, text: &str| {
        DataTable::parse_csv(Path::new(name), text).expect("invariant: the built-in tables parse")
    };
    let (buses, branches) = (table("buses.csv", BUSES), table("branches.csv", BRANCHES));
    let spec = FeederSpec::from_tables(&buses, &branches, Some("1"))
        .expect("invariant: the built-in tables parse");
    Feeder::new(&spec).expect("invariant: the built-in feeder is radial")
}
