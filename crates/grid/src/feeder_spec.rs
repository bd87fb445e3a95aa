//! A feeder as its tables give it: raw rows that [`crate::Feeder::new`] checks. Also readable by
//! serde, for example from TOML.

use domain::BusId;
use serde::Deserialize;

/// A branch, as the network file numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(transparent)]
pub struct BranchId(pub u32);

impl std::fmt::Display for BranchId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// One row of a bus table.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BusSpec {
    /// Its number.
    pub bus: BusId,
    /// Its name, where its file has names in the place of numbers.
    #[serde(default)]
    pub name: Option<String>,
    /// Nominal active load \[kW\], negative for generation.
    pub p_kw: f64,
    /// Nominal reactive load \[kvar\].
    pub q_kvar: f64,
    /// Base voltage, line to line \[kV\].
    pub base_kv: f64,
    /// Lowest voltage that is permitted at this bus, if it has a limit of its own \[p.u.\].
    #[serde(default)]
    pub vmin_pu: Option<f64>,
    /// Highest voltage that is permitted at this bus, if it has a limit of its own \[p.u.\].
    #[serde(default)]
    pub vmax_pu: Option<f64>,
    /// Active power of a constant admittance at 1 p.u. (iron losses) \[kW\].
    #[serde(default)]
    pub shunt_kw: f64,
    /// Reactive power that a constant admittance draws at 1 p.u., negative for the charging of
    /// cables and fixed capacitors \[kvar\].
    #[serde(default)]
    pub shunt_kvar: f64,
}

/// One row of a branch table.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BranchSpec {
    /// Its number.
    pub branch: BranchId,
    /// One end.
    pub from: BusId,
    /// The other end.
    pub to: BusId,
    /// Series resistance at the voltage level of `to` \[ohm\].
    pub r_ohm: f64,
    /// Series reactance at the voltage level of `to` \[ohm\].
    pub x_ohm: f64,
    /// Rated current at the voltage level of `to` \[A\]; none means unlimited.
    #[serde(default)]
    pub rating_a: Option<f64>,
    /// Of a transformer its voltage at `from` per voltage at `to` without load, both in p.u. (1 at
    /// the nominal tap); none for a line.
    #[serde(default)]
    pub ratio: Option<f64>,
    /// Whether it carries current.
    #[serde(default)]
    pub switch: Switch,
}

/// Position of a branch's switch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Switch {
    /// In operation.
    #[default]
    Closed,
    /// Out of operation, for example a tie line.
    Open,
}

/// A feeder as a file describes it, not yet checked.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeederSpec {
    /// The bus at the substation, whose voltage is held.
    pub slack: BusId,
    /// Voltage held at the substation \[p.u.\].
    #[serde(default = "default_slack_pu")]
    pub slack_pu: f64,
    /// All buses.
    pub buses: Vec<BusSpec>,
    /// All branches, open ones included.
    pub branches: Vec<BranchSpec>,
    /// Further numbers of buses, each with the bus that it means: what is joined without impedance
    /// is one bus.
    #[serde(default)]
    pub aliases: Vec<(BusId, BusId)>,
}

const fn default_slack_pu() -> f64 {
    1.0
}
