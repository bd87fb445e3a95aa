//! A network between its file and a feeder: per unit on 1 MVA, one phase of a balanced circuit,
//! buses still by name, switches still apart.

use crate::sequence::Complex;

/// A bus.
#[derive(Clone, Debug, Default)]
pub(crate) struct Node {
    /// What its file calls it.
    pub name: String,
    /// What its file calls it beside a number.
    pub words: Option<String>,
    /// Base voltage, line to line \[kV\].
    pub base_kv: f64,
    /// Constant consumption \[kW, kvar\].
    pub load: (f64, f64),
    /// Consumption of a constant admittance at 1 p.u. \[kW, kvar\].
    pub shunt: (f64, f64),
    /// Limits of its own \[p.u.\].
    pub limits: (Option<f64>, Option<f64>),
    /// Out of service by its file.
    pub idle: bool,
}

/// A line or transformer in operation.
#[derive(Clone, Debug)]
pub(crate) struct Edge {
    /// What its file calls it.
    pub name: String,
    /// Position of its one end.
    pub from: usize,
    /// Position of its other end.
    pub to: usize,
    /// Series impedance on 1 MVA, at the `to` side of an ideal transformer \[p.u.\].
    pub z: (f64, f64),
    /// Admittances on 1 MVA beside the impedance, at its `from` end (behind the ratio) and its `to`
    /// end; the imaginary part is positive for a capacitor \[p.u.\].
    pub charge: [Complex; 2],
    /// Voltage at `from` per voltage at `to` without load, of a transformer \[p.u.\].
    pub ratio: Option<f64>,
    /// Rated current at the level of `to` \[A\].
    pub rating_a: Option<f64>,
    /// Whether it carries current.
    pub closed: bool,
}

/// A held voltage.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    /// Position of the bus.
    pub node: usize,
    /// Magnitude \[p.u.\].
    pub pu: f64,
    /// Angle \[degree\].
    pub degree: f64,
}

/// A network as its file describes it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sketch {
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
    /// Closed switches between two buses.
    pub joined: Vec<(usize, usize)>,
    pub held: Vec<Held>,
    /// Equipment that the reader of the file could not map, and why: it is missing here.
    pub left_out: Vec<String>,
    /// What is lost or assumed.
    pub warnings: Vec<String>,
    /// How the file was understood.
    pub notes: Vec<String>,
}

impl Sketch {
    /// Adds consumption to a bus \[kW, kvar\].
    pub fn consume(&mut self, node: usize, p_kw: f64, q_kvar: f64) {
        let load = &mut self.nodes[node].load;
        *load = (load.0 + p_kw, load.1 + q_kvar);
    }
    /// Adds an admittance to a bus, by what it consumes at 1 p.u. \[kW, kvar\].
    pub fn admit(&mut self, node: usize, p_kw: f64, q_kvar: f64) {
        let shunt = &mut self.nodes[node].shunt;
        *shunt = (shunt.0 + p_kw, shunt.1 + q_kvar);
    }
}

/// Several names as a message lists them: the first few, and how many more.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 8;
    let names: Vec<&str> = names.into_iter().collect();
    let more = names.len().saturating_sub(SHOWN);
    let shown = names[..names.len() - more].join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}
