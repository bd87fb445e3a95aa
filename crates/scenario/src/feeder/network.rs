//! Where the network of a feeder comes from.

use grid::{Feeder, FeederSpec};
use keys::{Code, Table};
use std::path::{Path, PathBuf};
use tables::DataTable;

/// Where the network comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Network {
    /// The IEEE 33-bus feeder.
    Ieee33,
    /// Two files, CSV or Parquet, relative to the scenario's folder.
    Tables {
        /// Buses.
        buses: PathBuf,
        /// Branches.
        branches: PathBuf,
        /// The bus at the substation; the lowest number if none.
        slack: Option<String>,
    },
    /// A file of another tool, relative to the scenario's folder.
    File {
        /// The file.
        path: PathBuf,
        /// The bus at the substation, where the file has no source.
        slack: Option<String>,
    },
}

/// A checked network, and what was said of its file.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadFeeder {
    /// The network.
    pub feeder: Feeder,
    /// What is lost or assumed.
    pub warnings: Vec<String>,
    /// How the file was understood.
    pub notes: Vec<String>,
}

impl Network {
    /// Names of networks that are part of the program.
    pub const BUILTIN: [&str; 1] = ["ieee33"];

    /// The checked network.
    ///
    /// # Errors
    /// What is wrong with its files, one text per problem.
    pub fn load(&self, folder: &Path) -> Result<ReadFeeder, Vec<String>> {
        match self {
            Self::Ieee33 => {
                let (warnings, notes) = (Vec::new(), Vec::new());
                Ok(ReadFeeder { feeder: grid::ieee33(), warnings, notes })
            }
            Self::Tables { buses, branches, slack } => {
                let read = |path: &Path| {
                    DataTable::read(&folder.join(path)).map_err(|e| vec![e.to_string()])
                };
                let (buses, branches) = (read(buses)?, read(branches)?);
                let spec = FeederSpec::from_tables(&buses, &branches, slack.as_deref())
                    .map_err(|error| vec![error.to_string()])?;
                Ok(ReadFeeder { feeder: checked(&spec)?, warnings: Vec::new(), notes: Vec::new() })
            }
            Self::File { path, slack } => {
                let whole = folder.join(path);
                let said = |list: Vec<String>| named(&whole, list);
                let read = ::network::read(&whole, slack.as_deref()).map_err(said)?;
                let feeder = checked(&read.spec).map_err(said)?;
                Ok(ReadFeeder { feeder, warnings: said(read.warnings), notes: said(read.notes) })
            }
        }
    }

    /// The key under which it stands.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Ieee33 | Self::File { .. } => "network",
            Self::Tables { .. } => "buses",
        }
    }
}

fn named(path: &Path, list: Vec<String>) -> Vec<String> {
    list.into_iter().map(|text| format!("{}: {text}", path.display())).collect()
}

fn checked(spec: &FeederSpec) -> Result<Feeder, Vec<String>> {
    Feeder::new(spec).map_err(|problems| problems.0.iter().map(ToString::to_string).collect())
}

/// `network`, or `buses` and `branches`, with `slack`.
pub(super) fn network(t: &mut Table<'_>) -> Network {
    let chosen = t.one_of(&["buses", "network"], "network");
    let describing = t.is_describing();
    if chosen == "buses" || describing {
        let doc = "a file of buses: bus (number or name), p_kw, q_kvar, base_kv, vmin_pu, vmax_pu, shunt_kw, shunt_kvar";
        let buses = t.required_text("buses", doc).unwrap_or_default();
        let branches = t.beside("buses", |t| {
            let doc = "a file of branches: branch, from, to, r_ohm, x_ohm, rating_a, ratio, status";
            t.required_text("branches", doc).unwrap_or_default()
        });
        if !describing {
            let slack = slack(t);
            return Network::Tables { buses: buses.into(), branches: branches.into(), slack };
        }
    }
    let doc = "\"ieee33\", the IEEE 33-bus radial feeder of 12.66 kV, or a file: MATPOWER `.m`, pandapower `.json`, OpenDSS `.dss`, CIM `.xml`";
    let given = t.text("network", "ieee33", doc);
    if given == "ieee33" && !describing {
        return Network::Ieee33;
    }
    let slack = slack(t);
    if !describing && ::network::Format::of(Path::new(&given)).is_none() {
        let message = format!(
            "`network` = \"{given}\" is neither a built-in network nor a file of a known kind"
        );
        t.refuse_as(Code::UnknownWord, "network", message, doc);
        return Network::Ieee33;
    }
    Network::File { path: given.into(), slack }
}

fn slack(t: &mut Table<'_>) -> Option<String> {
    let doc = "the bus at the substation, by name or number; by default the file's source, in tables the lowest number or the first name";
    t.label("slack", None, false, doc)
}
