//! From a sketch to the rows of a feeder: one substation, no switches, a tree.

use crate::parallel;
use crate::sketch::{Edge, Sketch, listed};
use domain::BusId;
use grid::{BranchId, BranchSpec, BusSpec, FeederSpec, Switch};
use std::collections::BTreeSet;

/// Held voltages that count as one \[p.u., degree\].
const SAME_PU: f64 = 1e-6;
const SAME_DEGREE: f64 = 1e-4;
/// Series impedance that counts as none, on 1 MVA \[p.u.\].
const NO_IMPEDANCE: f64 = 1e-12;

/// The rows of a feeder, and what was said on the way.
///
/// # Errors
/// No source or several, a loop, buses without supply: a text for each.
pub(crate) fn feeder_spec(
    mut sketch: Sketch,
    slack: Option<&str>,
) -> Result<(FeederSpec, Sketch), Vec<String>> {
    if sketch.nodes.is_empty() {
        return Err(vec!["the network has no buses".to_owned()]);
    }
    charge(&mut sketch);
    let (source, held_pu) = substation(&mut sketch, slack).map_err(|e| vec![e])?;
    let leader = leaders(&mut sketch);
    move_to_leaders(&mut sketch, &leader);
    parallel::joined(&mut sketch);
    let source = leader[source];
    let supplied = supplied(&sketch, source)?;
    let numbers = numbers(&sketch);
    let kept = |k: usize| leader[k] == k && supplied[k];
    let buses: Vec<BusSpec> =
        (0..sketch.nodes.len()).filter(|&k| kept(k)).map(|k| bus(&sketch, k, &numbers)).collect();
    let aliases = (0..sketch.nodes.len())
        .filter(|&k| leader[k] != k && supplied[leader[k]])
        .map(|k| (numbers.ids[k], numbers.ids[leader[k]]))
        .collect();
    let branches = sketch
        .edges
        .iter()
        .enumerate()
        .filter(|(_, e)| supplied[e.from] && supplied[e.to] && e.from != e.to)
        .map(|(k, e)| branch(k, e, &sketch, &numbers))
        .collect();
    let slack = numbers.ids[source];
    Ok((FeederSpec { slack, slack_pu: held_pu, buses, branches, aliases }, sketch))
}

/// Puts the admittances of branches to their ends.
fn charge(sketch: &mut Sketch) {
    for k in 0..sketch.edges.len() {
        let Edge { from, to, charge: [y_from, y_to], ratio, closed, .. } = sketch.edges[k];
        if closed {
            let kva = 1000.0 / ratio.unwrap_or(1.0).powi(2);
            sketch.admit(from, y_from.re * kva, -y_from.im * kva);
            sketch.admit(to, y_to.re * 1000.0, -y_to.im * 1000.0);
        }
    }
}

/// The bus at which the voltage is held. Several sources of one voltage are one substation.
fn substation(sketch: &mut Sketch, slack: Option<&str>) -> Result<(usize, f64), String> {
    let named = |text: &str| {
        let node =
            sketch.nodes.iter().position(|n| n.name == text || n.words.as_deref() == Some(text));
        node.ok_or_else(|| format!("there is no bus `{text}`, which is to be the substation"))
    };
    let Some(first) = sketch.held.first().copied() else {
        let node = slack.map(named).transpose()?;
        let node =
            node.ok_or("the network has no source; name the substation's bus with `slack`")?;
        return Ok((node, 1.0));
    };
    let apart = sketch.held.iter().find(|h| {
        (h.pu - first.pu).abs() > SAME_PU || (h.degree - first.degree).abs() > SAME_DEGREE
    });
    if let Some(other) = apart {
        return Err(format!(
            "buses {} ({} p.u., {} degree) and {} ({} p.u., {} degree) hold different voltages; one substation is solved, take one of them out of service",
            sketch.nodes[first.node].name,
            first.pu,
            first.degree,
            sketch.nodes[other.node].name,
            other.pu,
            other.degree,
        ));
    }
    if let Some(text) = slack {
        let node = named(text)?;
        if !sketch.held.iter().any(|h| h.node == node) {
            let name = &sketch.nodes[first.node].name;
            return Err(format!(
                "the network's source is at bus `{name}`, not at `{text}`; leave `slack` out"
            ));
        }
    }
    let others: Vec<usize> =
        sketch.held[1..].iter().map(|h| h.node).filter(|&n| n != first.node).collect();
    if !others.is_empty() {
        let list = listed(others.iter().map(|&n| sketch.nodes[n].name.as_str()));
        let name = &sketch.nodes[first.node].name;
        sketch.warnings.push(format!(
            "sources of one voltage are one substation: bus {list} is counted with bus {name}"
        ));
        sketch.joined.extend(others.iter().map(|&n| (first.node, n)));
    }
    Ok((first.node, first.pu))
}

/// For every bus the one that stands for it: buses joined by closed switches or by branches without
/// impedance are one.
fn leaders(sketch: &mut Sketch) -> Vec<usize> {
    let mut leader: Vec<usize> = (0..sketch.nodes.len()).collect();
    let without = |e: &&Edge| e.closed && e.ratio.is_none() && e.z.0.hypot(e.z.1) <= NO_IMPEDANCE;
    let bare: Vec<(usize, usize)> =
        sketch.edges.iter().filter(without).map(|e| (e.from, e.to)).collect();
    sketch.edges.retain(|e| !without(&e));
    let mut joined = 0;
    for (a, b) in sketch.joined.iter().copied().chain(bare) {
        let (a, b) = (find(&mut leader, a), find(&mut leader, b));
        if a != b {
            leader[a.max(b)] = a.min(b);
            joined += 1;
        }
    }
    for k in 0..leader.len() {
        leader[k] = find(&mut leader, k);
    }
    if joined > 0 {
        sketch.notes.push(format!(
            "{joined} buses are joined to another without impedance and counted as one with it"
        ));
    }
    leader
}

fn find(leader: &mut [usize], mut k: usize) -> usize {
    while leader[k] != k {
        leader[k] = leader[leader[k]];
        k = leader[k];
    }
    k
}

/// What stands at a bus stands at the one that stands for it.
fn move_to_leaders(sketch: &mut Sketch, leader: &[usize]) {
    for k in (0..leader.len()).filter(|&k| leader[k] != k) {
        let node = &mut sketch.nodes[k];
        let (load, shunt) = (std::mem::take(&mut node.load), std::mem::take(&mut node.shunt));
        let limits = std::mem::take(&mut node.limits);
        sketch.consume(leader[k], load.0, load.1);
        sketch.admit(leader[k], shunt.0, shunt.1);
        let own = &mut sketch.nodes[leader[k]].limits;
        own.0 = own.0.into_iter().chain(limits.0).reduce(f64::max);
        own.1 = own.1.into_iter().chain(limits.1).reduce(f64::min);
    }
    for edge in &mut sketch.edges {
        (edge.from, edge.to) = (leader[edge.from], leader[edge.to]);
    }
}

/// Which buses are reached from the substation. Buses out of service, or without any load, are left
/// out.
fn supplied(sketch: &Sketch, source: usize) -> Result<Vec<bool>, Vec<String>> {
    let mut at: Vec<Vec<usize>> = vec![Vec::new(); sketch.nodes.len()];
    for (k, e) in sketch.edges.iter().enumerate().filter(|(_, e)| e.closed && e.from != e.to) {
        at[e.from].push(k);
        at[e.to].push(k);
    }
    let mut reached = vec![false; sketch.nodes.len()];
    let mut used = BTreeSet::new();
    let mut problems = Vec::new();
    let mut stack = vec![source];
    reached[source] = true;
    while let Some(bus) = stack.pop() {
        for &k in &at[bus] {
            if !used.insert(k) {
                continue;
            }
            let e = &sketch.edges[k];
            let next = if e.from == bus { e.to } else { e.from };
            if reached[next] {
                problems.push(format!(
                    "{} ({} to {}) closes a loop; only radial operation is solved, open it or another branch of the loop",
                    e.name, sketch.nodes[e.from].name, sketch.nodes[e.to].name,
                ));
                continue;
            }
            reached[next] = true;
            stack.push(next);
        }
    }
    let dark = |k: &usize| {
        let n = &sketch.nodes[*k];
        !reached[*k] && !n.idle && n.load != (0.0, 0.0)
    };
    let dark: Vec<usize> = (0..reached.len()).filter(dark).collect();
    if !dark.is_empty() {
        problems.push(format!(
            "no closed path from the substation (bus {}) to bus {}, where there is load",
            sketch.nodes[source].name,
            listed(dark.iter().map(|&k| sketch.nodes[k].name.as_str())),
        ));
    }
    if problems.is_empty() { Ok(reached) } else { Err(problems) }
}

/// Numbers of the buses: the file's own where all names are numbers, else 1, 2, ... as they stand.
struct Numbers {
    ids: Vec<BusId>,
    by_name: bool,
}

fn numbers(sketch: &Sketch) -> Numbers {
    let own: Option<Vec<BusId>> =
        sketch.nodes.iter().map(|n| n.name.parse().ok().map(BusId)).collect();
    let distinct = |ids: &Vec<BusId>| ids.iter().collect::<BTreeSet<_>>().len() == ids.len();
    if let Some(ids) = own.filter(distinct) {
        Numbers { ids, by_name: false }
    } else {
        let ids = (1..=sketch.nodes.len() as u32).map(BusId).collect();
        Numbers { ids, by_name: true }
    }
}

fn bus(sketch: &Sketch, k: usize, numbers: &Numbers) -> BusSpec {
    let node = &sketch.nodes[k];
    let words = node.words.clone().filter(|w| w.parse::<f64>().is_err());
    BusSpec {
        bus: numbers.ids[k],
        name: if numbers.by_name { Some(node.name.clone()) } else { words },
        p_kw: node.load.0,
        q_kvar: node.load.1,
        base_kv: node.base_kv,
        vmin_pu: node.limits.0,
        vmax_pu: node.limits.1,
        shunt_kw: node.shunt.0,
        shunt_kvar: node.shunt.1,
    }
}

fn branch(k: usize, e: &Edge, sketch: &Sketch, numbers: &Numbers) -> BranchSpec {
    let base_ohm = sketch.nodes[e.to].base_kv.powi(2);
    BranchSpec {
        branch: BranchId(k as u32 + 1),
        from: numbers.ids[e.from],
        to: numbers.ids[e.to],
        r_ohm: e.z.0 * base_ohm,
        x_ohm: e.z.1 * base_ohm,
        rating_a: e.rating_a,
        ratio: e.ratio,
        switch: if e.closed { Switch::Closed } else { Switch::Open },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sketch::{Held, Node};

    fn node(name: &str, kw: f64) -> Node {
        Node { name: name.into(), base_kv: 10.0, load: (kw, 0.0), ..Node::default() }
    }
    fn edge(from: usize, to: usize) -> Edge {
        let name = format!("line {from}-{to}");
        Edge {
            name,
            from,
            to,
            z: (0.01, 0.02),
            charge: Default::default(),
            ratio: None,
            rating_a: Some(100.0),
            closed: true,
        }
    }
    /// Substation a, b and c in a row.
    fn sketch() -> Sketch {
        Sketch {
            nodes: vec![node("a", 5.0), node("b", 10.0), node("c", 20.0)],
            edges: vec![edge(0, 1), edge(1, 2)],
            held: vec![Held { node: 0, pu: 1.02, degree: 0.0 }],
            ..Sketch::default()
        }
    }
    fn problems(change: impl FnOnce(&mut Sketch)) -> String {
        let mut s = sketch();
        change(&mut s);
        feeder_spec(s, None).map(|_| ()).expect_err("the patched network is wrong").join("\n")
    }

    #[test]
    fn names_become_numbers_and_ohm_are_at_the_bus_s_level() {
        let (spec, _) = feeder_spec(sketch(), None).expect("radial");
        assert_eq!((spec.slack, spec.slack_pu), (BusId(1), 1.02));
        assert_eq!(spec.buses[2].name.as_deref(), Some("c"));
        // 0.01 p.u. of 10^2 / 1 ohm
        assert_eq!((spec.branches[0].r_ohm, spec.branches[0].x_ohm), (1.0, 2.0));
    }

    #[test]
    fn joined_buses_are_one_with_all_that_stands_there() {
        let mut s = sketch();
        s.joined.push((1, 2));
        s.edges.pop();
        let (spec, _) = feeder_spec(s, None).expect("radial");
        assert_eq!((spec.buses.len(), spec.buses[1].p_kw), (2, 30.0));
        assert_eq!(spec.aliases, [(BusId(3), BusId(2))]);
    }

    #[test]
    fn parallel_lines_are_one_line_of_half_the_impedance() {
        let mut s = sketch();
        s.edges.push(edge(2, 1));
        let (spec, said) = feeder_spec(s, None).expect("radial");
        let b = &spec.branches[1];
        assert_eq!(spec.branches.len(), 2);
        assert!((b.r_ohm - 0.5).abs() < 1e-12 && (b.rating_a.unwrap() - 200.0).abs() < 1e-9);
        assert!(said.notes[0].contains("parallel"));
    }

    #[test]
    fn what_is_no_tree_is_refused_by_name() {
        assert!(problems(|s| s.edges.push(edge(0, 2))).contains("closes a loop"));
        assert!(problems(|s| s.edges[1].closed = false).contains("to bus c, where there is load"));
        assert!(problems(|s| s.held.clear()).contains("no source"));
        let apart = Held { node: 2, pu: 1.0, degree: 0.0 };
        assert!(problems(|s| s.held.push(apart)).contains("hold different voltages"));
        assert!(problems(|s| s.nodes.clear()).contains("no buses"));
    }

    #[test]
    fn buses_out_of_service_are_left_out() {
        let mut s = sketch();
        s.edges[1].closed = false;
        s.nodes[2].idle = true;
        assert_eq!(feeder_spec(s, None).expect("radial").0.buses.len(), 2);
    }
}
