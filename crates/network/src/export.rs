//! A feeder in the formats of other tools, written by `powerio-tx`.

use grid::{Feeder, Switch};
use powerio_core::{Destination, DiagnosticSeverity, EmittedOutput, PioModule};
use powerio_tx::{
    BalancedNetwork, Branch, Bus, BusId, BusType, Generator, Load, Shunt, TargetFormat, emit,
};

/// Formats in which a feeder is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// pandapower's JSON; buses keep their numbers as its index.
    Pandapower,
    /// A MATPOWER case; buses keep their numbers, or one more where one of them is 0.
    Matpower,
}

/// A feeder in another tool's format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The file's text.
    pub text: String,
    /// What the format has no place for, a sentence each.
    pub lost: Vec<String>,
}

impl ExportFormat {
    /// How the file's name ends.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Pandapower => "json",
            Self::Matpower => "m",
        }
    }
    /// What is added to the numbers of buses, as `powerio-tx` counts them.
    fn shift(self, feeder: &Feeder) -> u32 {
        match self {
            Self::Pandapower => 1,
            Self::Matpower => u32::from(feeder.buses().iter().any(|b| b.id.0 == 0)),
        }
    }
}

/// Writes a feeder: buses with their nominal loads, limits and admittances, branches with their
/// switches and ratios, the substation as the source. `name` is the case's.
///
/// # Errors
/// What the writer refuses, as a sentence.
///
/// ```
/// use network::{ExportFormat, export};
/// let text = export(&grid::ieee33(), "ieee33", ExportFormat::Matpower).unwrap().text;
/// assert!(text.contains("mpc.bus = ["));
/// ```
pub fn export(feeder: &Feeder, name: &str, format: ExportFormat) -> Result<Exported, String> {
    let net = balanced(feeder, name, format.shift(feeder));
    let target = match format {
        ExportFormat::Pandapower => TargetFormat::PandapowerJson,
        ExportFormat::Matpower => TargetFormat::Matpower,
    };
    let file = format!("network.{}", format.extension());
    let place = Destination::memory(file).map_err(|e| e.to_string())?;
    let result = emit(&PioModule::new(net), target, place).map_err(|e| e.to_string())?;
    let loud = |d: &&powerio_core::Diagnostic| d.severity() >= DiagnosticSeverity::Warning;
    let lost = result.diagnostics().iter().filter(loud).map(|d| d.message().to_owned()).collect();
    let EmittedOutput::Memory { mut artifacts } = result.into_output() else {
        return Err("the network's writer wrote no text".to_owned());
    };
    let first = artifacts.pop().ok_or("the network's writer wrote nothing")?;
    let text = String::from_utf8(first.into_bytes()).map_err(|e| e.to_string())?;
    Ok(Exported { text, lost })
}

/// The feeder on a base of 1 MVA.
fn balanced(feeder: &Feeder, name: &str, shift: u32) -> BalancedNetwork {
    let id = |at: usize| BusId::new((feeder.buses()[at].id.0 + shift) as usize);
    let mut net = BalancedNetwork::new(name, 1.0);
    for (at, bus) in feeder.buses().iter().enumerate() {
        let source = at == feeder.slack();
        let mut row =
            Bus::new(id(at), if source { BusType::Ref } else { BusType::Pq }, bus.base_kv);
        row.name.clone_from(&bus.name);
        if source {
            row.vm = feeder.slack_voltage().value();
        }
        // No limit of its own is written as one that is never met.
        row.vmin = bus.vmin.value();
        row.vmax = if bus.vmax.value().is_finite() { bus.vmax.value() } else { 2.0 };
        net.buses_mut().push(row);
        let (p, q) = (bus.p.value() / 1000.0, bus.q.value() / 1000.0);
        if (p, q) != (0.0, 0.0) {
            net.loads_mut().push(Load::new(id(at), p, q));
        }
        let (g, b) = (bus.shunt.0.value() / 1000.0, -bus.shunt.1.value() / 1000.0);
        if (g, b) != (0.0, 0.0) {
            net.shunts_mut().push(Shunt::new(id(at), g, b));
        }
    }
    for branch in feeder.branches() {
        let own_kv = feeder.buses()[branch.to].base_kv;
        let square = (branch.own_a * own_kv).powi(2);
        let mut row = Branch::new(
            id(branch.from),
            id(branch.to),
            branch.r_ohm / square,
            branch.x_ohm / square,
        );
        row.tap = branch.ratio.unwrap_or(0.0);
        row.rate_a = branch.rating_a.map_or(0.0, |a| a * 3.0_f64.sqrt() * own_kv / 1000.0);
        row.in_service = branch.switch == Switch::Closed;
        net.branches_mut().push(row);
    }
    let mut source = Generator::new(id(feeder.slack()));
    source.vg = feeder.slack_voltage().value();
    (source.pmax, source.qmax, source.qmin) = (1e4, 1e4, -1e4);
    source.mbase = 1.0;
    net.generators_mut().push(source);
    net.assign_missing_component_ids();
    net
}
