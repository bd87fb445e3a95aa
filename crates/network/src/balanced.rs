//! A balanced network of `powerio-tx` as a sketch. Its per-unit values are on the file's own power
//! base; ratios stand at `from`, behind them the impedance, as in MATPOWER.

use crate::sequence::Complex;
use crate::sketch::{Edge, Held, Node, Sketch, listed};
use powerio_tx::{BalancedNetwork, Branch, Bus, BusType, LoadVoltageModel};
use std::collections::BTreeMap;

/// Voltage limits that stand for none in files of other tools \[p.u.\].
const NO_LIMITS: (f64, f64) = (0.0, 2.0);

/// The sketch of a network. Numbers of buses are the file's less `shift`.
///
/// # Errors
/// What cannot be evaluated, a text for each.
pub(crate) fn sketch(net: &BalancedNetwork, shift: usize) -> Result<Sketch, Vec<String>> {
    let mut problems = unsolved(net);
    let at: BTreeMap<usize, usize> =
        net.buses().iter().enumerate().map(|(k, b)| (b.id.0, k)).collect();
    let mut sketch =
        Sketch { nodes: net.buses().iter().map(|b| node(b, shift)).collect(), ..Sketch::default() };
    let place = |bus: usize| {
        at.get(&bus).copied().ok_or_else(|| format!("there is no bus {}", bus - shift))
    };
    for (k, branch) in net.branches().iter().enumerate() {
        match (place(branch.from.0), place(branch.to.0)) {
            (Ok(from), Ok(to)) => match edge(net, branch, k, (from, to), &sketch.nodes) {
                Ok(edge) => sketch.edges.push(edge),
                Err(problem) => problems.push(problem),
            },
            (Err(problem), _) | (_, Err(problem)) => problems.push(problem),
        }
    }
    for load in net.loads().iter().filter(|l| l.in_service) {
        match place(load.bus.0) {
            Ok(bus) => sketch.consume(bus, load.p * 1000.0, load.q * 1000.0),
            Err(problem) => problems.push(problem),
        }
    }
    for shunt in net.shunts().iter().filter(|s| s.in_service) {
        match place(shunt.bus.0) {
            Ok(bus) => sketch.admit(bus, shunt.g * 1000.0, -shunt.b * 1000.0),
            Err(problem) => problems.push(problem),
        }
    }
    generators(net, &at, &mut sketch);
    voltage_dependence(net, &mut sketch);
    if problems.is_empty() { Ok(sketch) } else { Err(problems) }
}

fn node(b: &Bus, shift: usize) -> Node {
    let limit = |x: f64, none: f64| (x.is_finite() && x > 0.0 && x != none).then_some(x);
    Node {
        name: (b.id.0 - shift).to_string(),
        words: b.name.clone(),
        base_kv: b.base_kv,
        limits: (limit(b.vmin, NO_LIMITS.0), limit(b.vmax, NO_LIMITS.1)),
        idle: b.kind == BusType::Isolated,
        ..Node::default()
    }
}

/// Elements that a radial power flow of constant powers has no place for.
fn unsolved(net: &BalancedNetwork) -> Vec<String> {
    let counts = [
        ("three-winding transformers", net.transformers_3w().len()),
        ("HVDC lines", net.hvdc().iter().filter(|h| h.in_service).count()),
        ("static var compensators", net.static_var_compensators().len()),
    ];
    counts
        .into_iter()
        .filter(|(_, n)| *n > 0)
        .map(|(what, n)| format!("{n} {what} cannot be evaluated; take them out of the file"))
        .chain(
            net.buses().iter().filter(|b| !(b.base_kv.is_finite() && b.base_kv > 0.0)).map(|b| {
                format!("bus {}: base voltage {} kV must be above zero", b.id.0, b.base_kv)
            }),
        )
        .collect()
}

fn edge(
    net: &BalancedNetwork,
    b: &Branch,
    k: usize,
    (from, to): (usize, usize),
    nodes: &[Node],
) -> Result<Edge, String> {
    let name = b.name.clone().unwrap_or_else(|| format!("branch {}", k + 1));
    let base_mva = net.base_mva();
    let (from_kv, to_kv) = (nodes[from].base_kv, nodes[to].base_kv);
    let levels = (from_kv - to_kv).abs() > 1e-9 * to_kv;
    let tap = if b.tap == 0.0 { 1.0 } else { b.tap };
    if !(b.r.is_finite() && b.x.is_finite() && b.r >= 0.0 && b.x >= 0.0) {
        return Err(format!(
            "{name} ({} to {}): r = {}, x = {} p.u.; both must be finite and not negative",
            nodes[from].name, nodes[to].name, b.r, b.x
        ));
    }
    Ok(Edge {
        name,
        from,
        to,
        z: (b.r / base_mva, b.x / base_mva),
        charge: charge(net, b),
        ratio: (b.tap != 0.0 || levels).then_some(tap),
        rating_a: (b.rate_a > 0.0 && b.rate_a.is_finite())
            .then(|| b.rate_a * 1000.0 / (3.0_f64.sqrt() * to_kv)),
        closed: b.in_service,
    })
}

/// Admittances at the two ends of a branch on 1 MVA.
fn charge(net: &BalancedNetwork, b: &Branch) -> [Complex; 2] {
    let y = |g: f64, b: f64| Complex::new(g, b).scaled(net.base_mva());
    match b.charging {
        Some(c) => [y(c.g_fr, c.b_fr), y(c.g_to, c.b_to)],
        None => [y(0.0, b.b / 2.0); 2],
    }
}

/// The source's voltage; other generators are constant powers.
fn generators(net: &BalancedNetwork, at: &BTreeMap<usize, usize>, sketch: &mut Sketch) {
    let mut counted = Vec::new();
    for (k, bus) in net.buses().iter().enumerate().filter(|(_, b)| b.kind == BusType::Ref) {
        let own = net.generators().iter().find(|g| g.in_service && g.bus == bus.id);
        sketch.held.push(Held { node: k, pu: own.map_or(bus.vm, |g| g.vg), degree: bus.va });
    }
    for g in net.generators().iter().filter(|g| g.in_service) {
        let Some(&node) = at.get(&g.bus.0) else { continue };
        if sketch.held.iter().any(|h| h.node == node) {
            continue; // the substation delivers whatever is needed
        }
        if (g.pg, g.qg) != (0.0, 0.0) {
            sketch.consume(node, -g.pg * 1000.0, -g.qg * 1000.0);
            counted.push(sketch.nodes[node].name.clone());
        }
    }
    if !counted.is_empty() {
        let list = listed(counted.iter().map(String::as_str));
        sketch.warnings.push(format!(
            "{} generators are negative load, which follows the load's series: bus {list}; give PV and wind by `[[feeder.pv]]` and `[[feeder.wind]]`, and take them out of the network",
            counted.len()
        ));
    }
    let stores = net.storage().iter().filter(|s| s.in_service).count();
    if stores > 0 {
        sketch.warnings.push(format!("{stores} storage units of the network are left out"));
    }
}

fn voltage_dependence(net: &BalancedNetwork, sketch: &mut Sketch) {
    let depends = |m: &LoadVoltageModel| !matches!(m, LoadVoltageModel::ConstantPower);
    let n = net
        .loads()
        .iter()
        .filter(|l| l.in_service && l.voltage_model.as_ref().is_some_and(depends))
        .count();
    if n > 0 {
        sketch.warnings.push(format!(
            "{n} loads depend on voltage in the file; they are constant powers here"
        ));
    }
}
