//! A multiconductor network of `powerio-dist` (OpenDSS, CIM) as a sketch: its positive-sequence
//! equivalent.
//!
//! | in the file | here |
//! |---|---|
//! | impedance matrices | self minus mutual impedance, averaged; a neutral is eliminated |
//! | loads of any phases and connection | their total over three phases, as constant power |
//! | banks of single-phase transformers | one three-phase transformer: mean impedance, mean tap |
//! | taps of regulators | as they are written; their control is left out |
//! | capacitors, shunts | their total over three phases, as a constant admittance |

use crate::sequence::{Complex, Matrix, matrix, positive, without};
use crate::sketch::{Edge, Held, Node, Sketch, listed};
use powerio_dist::{DistLine, DistLoadVoltageModel, DistTransformer, MulticonductorNetwork};
use std::collections::BTreeMap;

/// The part of the name by which `powerio-dist` marks the bus behind a source's impedance.
const BEHIND: (&str, &str) = ("_pio_vsource_", "_emf");

/// The sketch of a network.
///
/// # Errors
/// What cannot be evaluated, a text for each.
pub(crate) fn sketch(net: &MulticonductorNetwork) -> Result<Sketch, Vec<String>> {
    let mut sketch = Sketch::default();
    let mut at = BTreeMap::new();
    for bus in net.buses() {
        at.insert(bus.id.to_lowercase(), sketch.nodes.len());
        sketch.nodes.push(Node { name: shown(&bus.id), ..Node::default() });
    }
    let mut work = Work { net, sketch, at, problems: Vec::new() };
    work.unsolved();
    work.sources();
    work.levels();
    work.lines();
    work.switches();
    work.transformers();
    work.jumpers();
    work.loads();
    work.generators();
    work.admittances();
    if work.problems.is_empty() { Ok(work.sketch) } else { Err(work.problems) }
}

/// The bus behind a source's impedance under a name that says so.
fn shown(id: &str) -> String {
    match id.strip_prefix(BEHIND.0).and_then(|rest| rest.strip_suffix(BEHIND.1)) {
        Some(source) => format!("behind {source}"),
        None => id.to_owned(),
    }
}

struct Work<'a> {
    net: &'a MulticonductorNetwork,
    sketch: Sketch,
    at: BTreeMap<String, usize>,
    problems: Vec<String>,
}

impl Work<'_> {
    fn place(&mut self, what: &str, bus: &str) -> Option<usize> {
        let found = self.at.get(&bus.to_lowercase()).copied();
        if found.is_none() {
            self.problems.push(format!("{what}: there is no bus `{bus}`"));
        }
        found
    }

    fn unsolved(&mut self) {
        for line in powerio_dist::audit_electrical_readiness(self.net).blockers() {
            self.problems.push(format!("{}: {}", line.element, line.message));
        }
        let ibrs = self.net.ibrs().len();
        if ibrs > 0 {
            self.sketch.warnings.push(format!(
                "{ibrs} inverters of the network are left out; give PV by `[[feeder.pv]]`"
            ));
        }
    }

    /// Sources hold the mean of their phases' voltages.
    fn sources(&mut self) {
        for source in self.net.sources() {
            let Some(node) = self.place(&source.name, &source.bus) else { continue };
            let n = source.v_magnitude.len().max(1) as f64;
            let phase_kv = source.v_magnitude.iter().sum::<f64>() / n / 1000.0;
            let nominal = source.extras.get("nominal_phase_kv").and_then(serde_json::Value::as_f64);
            let nominal = nominal.filter(|x| *x > 0.0).unwrap_or(phase_kv);
            // The base of every other level follows from here; a single-phase source names its own.
            self.sketch.nodes[node].base_kv = rounded(nominal * 3.0_f64.sqrt());
            let degree = source.v_angle.first().copied().unwrap_or(0.0).to_degrees();
            self.sketch.held.push(Held { node, pu: phase_kv / nominal, degree });
        }
    }

    /// Base voltages, from the sources through lines, switches and transformers' nominal ratios.
    fn levels(&mut self) {
        let mut ties: Vec<(usize, usize, f64)> = Vec::new();
        for l in self.net.lines() {
            if let (Some(a), Some(b)) =
                (self.place(&l.name, &l.bus_from), self.place(&l.name, &l.bus_to))
            {
                ties.push((a, b, 1.0));
            }
        }
        for s in self.net.switches() {
            if let (Some(a), Some(b)) =
                (self.place(&s.name, &s.bus_from), self.place(&s.name, &s.bus_to))
            {
                ties.push((a, b, 1.0));
            }
        }
        for t in self.net.transformers() {
            let [first, second, ..] = &t.windings[..] else { continue };
            if let (Some(a), Some(b)) =
                (self.place(&t.name, &first.bus), self.place(&t.name, &second.bus))
            {
                ties.push((a, b, line_kv(t, 1) / line_kv(t, 0)));
            }
        }
        let mut changed = true;
        while changed {
            changed = false;
            for &(a, b, ratio) in &ties {
                let (ka, kb) = (self.sketch.nodes[a].base_kv, self.sketch.nodes[b].base_kv);
                if ka > 0.0 && kb == 0.0 {
                    (self.sketch.nodes[b].base_kv, changed) = (rounded(ka * ratio), true);
                } else if kb > 0.0 && ka == 0.0 {
                    (self.sketch.nodes[a].base_kv, changed) = (rounded(kb / ratio), true);
                }
            }
        }
        // What no source reaches has no level; it is left out, or refused where it has load.
        for node in self.sketch.nodes.iter_mut().filter(|n| n.base_kv == 0.0) {
            node.base_kv = 1.0;
        }
    }

    fn lines(&mut self) {
        let mut fewer = Vec::new();
        for line in self.net.lines() {
            let (Some(from), Some(to)) =
                (self.place(&line.name, &line.bus_from), self.place(&line.name, &line.bus_to))
            else {
                continue;
            };
            let Some(code) = self.net.linecode(&line.linecode) else {
                self.problems
                    .push(format!("line {}: there is no line code `{}`", line.name, line.linecode));
                continue;
            };
            let series = matrix(&code.r_series, &code.x_series);
            let neutral = self.neutral(line, series.len());
            let reduced = |m: Matrix| match neutral {
                Some(k) if m.len() > k && m.len() > 1 => without(&m, k).unwrap_or(m),
                _ => m,
            };
            let series = reduced(series);
            if series.len() < 3 {
                fewer.push(line.name.as_str());
            }
            let base_ohm = self.sketch.nodes[to].base_kv.powi(2);
            let z = positive(&series).scaled(line.length / base_ohm);
            // A line of fewer phases charges that many thirds of a three-phase one.
            let share = (series.len() as f64 / 3.0).min(1.0) * line.length * base_ohm;
            let y = |g: &[Vec<f64>], b: &[Vec<f64>]| {
                let m = matrix(g, b);
                if m.is_empty() {
                    Complex::default()
                } else {
                    positive(&drop_row(m, neutral)).scaled(share)
                }
            };
            let charge = [y(&code.g_from, &code.b_from), y(&code.g_to, &code.b_to)];
            let rating = line.i_max.as_ref().or(code.i_max.as_ref());
            let rating_a =
                rating.and_then(|a| a.iter().copied().filter(|x| *x > 0.0).reduce(f64::min));
            let open =
                line.extras.get("enabled").and_then(serde_json::Value::as_bool) == Some(false);
            let name = format!("line {}", line.name);
            self.sketch.edges.push(Edge {
                name,
                from,
                to,
                z: (z.re.max(0.0), z.im.max(0.0)),
                charge,
                ratio: None,
                rating_a,
                closed: !open,
            });
        }
        if !fewer.is_empty() {
            let list = listed(fewer.iter().copied());
            self.sketch.warnings.push(format!("{} lines of one or two phases are three-phase lines here, with a third of each load on every phase: {list}", fewer.len()));
        }
    }

    /// Position of a line's neutral among its conductors.
    fn neutral(&self, line: &DistLine, conductors: usize) -> Option<usize> {
        let bus = self.net.bus(&line.bus_from)?;
        let at = line
            .terminal_map_from
            .iter()
            .position(|t| bus.grounded.contains(t) || t.eq_ignore_ascii_case("n"))?;
        (at < conductors).then_some(at)
    }

    fn switches(&mut self) {
        for s in self.net.switches() {
            if let (Some(from), Some(to), false) =
                (self.place(&s.name, &s.bus_from), self.place(&s.name, &s.bus_to), s.open)
            {
                self.sketch.joined.push((from, to));
            }
        }
    }

    /// Transformers of two windings; single-phase ones between the same buses are one bank.
    fn transformers(&mut self) {
        let mut banks: BTreeMap<(usize, usize), Vec<&DistTransformer>> = BTreeMap::new();
        let mut order = Vec::new();
        for t in self.net.transformers() {
            let used = t.windings.len() == 3 && self.is_used(&t.windings[2].bus, &t.name);
            if !(2..=3).contains(&t.windings.len()) || used {
                self.problems.push(format!(
                    "transformer {}: {} windings cannot be evaluated; two can, or three of which the last feeds nothing",
                    t.name,
                    t.windings.len()
                ));
                continue;
            }
            let places =
                (self.place(&t.name, &t.windings[0].bus), self.place(&t.name, &t.windings[1].bus));
            let (Some(from), Some(to)) = places else { continue };
            if t.phases >= 3 {
                self.bank(from, to, &[t]);
            } else {
                if !banks.contains_key(&(from, to)) {
                    order.push((from, to));
                }
                banks.entry((from, to)).or_default().push(t);
            }
        }
        let mut incomplete = Vec::new();
        for (from, to) in order {
            let bank = banks.remove(&(from, to)).unwrap_or_default();
            if bank.len() < 3 {
                incomplete.push(bank[0].name.clone());
            }
            self.bank(from, to, &bank);
        }
        if !incomplete.is_empty() {
            let list = listed(incomplete.iter().map(String::as_str));
            self.sketch.warnings.push(format!("{} single-phase transformers are three-phase ones of three times their power here: {list}", incomplete.len()));
        }
        let controls = self
            .net
            .untyped_objects()
            .iter()
            .filter(|o| o.class.eq_ignore_ascii_case("regcontrol"))
            .count();
        if controls > 0 {
            self.sketch.warnings.push(format!("{controls} regulators stay at the taps that are written in the file; their control is left out"));
        }
    }

    /// Whether anything else is connected to a bus.
    fn is_used(&self, bus: &str, transformer: &str) -> bool {
        let at = |other: &str| other.eq_ignore_ascii_case(bus);
        self.net.lines().iter().any(|l| at(&l.bus_from) || at(&l.bus_to))
            || self.net.switches().iter().any(|s| at(&s.bus_from) || at(&s.bus_to))
            || self.net.loads().iter().any(|l| at(&l.bus))
            || self.net.generators().iter().any(|g| at(&g.bus))
            || self.net.capacitors().iter().any(|c| at(&c.bus))
            || self
                .net
                .transformers()
                .iter()
                .any(|t| t.name != transformer && t.windings.iter().any(|w| at(&w.bus)))
    }

    /// A line beside a transformer joins the phases that an open bank leaves out.
    fn jumpers(&mut self) {
        let ends = |e: &Edge| (e.from.min(e.to), e.from.max(e.to));
        let banks: Vec<(usize, usize)> =
            self.sketch.edges.iter().filter(|e| e.ratio.is_some()).map(ends).collect();
        let (out, kept): (Vec<Edge>, Vec<Edge>) = std::mem::take(&mut self.sketch.edges)
            .into_iter()
            .partition(|e| e.ratio.is_none() && banks.contains(&ends(e)));
        self.sketch.edges = kept;
        if !out.is_empty() {
            let list = listed(out.iter().map(|e| e.name.as_str()));
            self.sketch.warnings.push(format!(
                "{} lines beside transformers are left out, as the transformer stands for all phases here: {list}",
                out.len()
            ));
        }
    }

    fn bank(&mut self, from: usize, to: usize, parts: &[&DistTransformer]) {
        let n = parts.len() as f64;
        let mean =
            |of: &dyn Fn(&DistTransformer) -> f64| parts.iter().map(|t| of(t)).sum::<f64>() / n;
        // Percent of one unit's rating, on three times it where units stand for a phase each.
        let phases = if parts[0].phases >= 3 { 1.0 } else { 3.0 };
        let mva = mean(&|t| t.windings[0].s_rating / 1e6) * phases;
        if !(mva.is_finite() && mva > 0.0) {
            self.problems
                .push(format!("transformer {}: a rating above zero is needed", parts[0].name));
            return;
        }
        let taps = [mean(&|t| t.windings[0].tap), mean(&|t| t.windings[1].tap)];
        // Nominal voltages of the windings against the levels of their buses.
        let level = |k: usize, node: usize| {
            let kv = self.sketch.nodes[node].base_kv;
            let own = parts[0].phases >= 3 || line_kv(parts[0], k) / kv > 0.8;
            if own { line_kv(parts[0], k) / kv } else { 1.0 }
        };
        let (off_from, off_to) = (taps[0] * level(0, from), taps[1] * level(1, to));
        let r = mean(&|t| (t.windings[0].r_pct + t.windings[1].r_pct) / 100.0) / mva;
        let x = mean(&|t| t.xsc_pct.first().copied().unwrap_or(0.0) / 100.0) / mva;
        let square = off_to * off_to;
        let name = format!("transformer {}", parts[0].name);
        let kv = self.sketch.nodes[to].base_kv;
        let rating_a = Some(mva * 1000.0 / (3.0_f64.sqrt() * kv));
        let z = (r * square, x * square);
        let charge = [Complex::default(); 2];
        self.sketch.edges.push(Edge {
            name,
            from,
            to,
            z,
            charge,
            ratio: Some(off_from / off_to),
            rating_a,
            closed: true,
        });
    }

    fn loads(&mut self) {
        let (mut unbalanced, mut dependent) = (0, 0);
        for load in self.net.loads() {
            let Some(node) = self.place(&load.name, &load.bus) else { continue };
            let (p, q): (f64, f64) = (load.p_nom.iter().sum(), load.q_nom.iter().sum());
            self.sketch.consume(node, p / 1000.0, q / 1000.0);
            let even =
                |x: &[f64]| x.len() == 3 && x.iter().all(|v| (v - x[0]).abs() <= 1e-6 * x[0].abs());
            unbalanced += usize::from(!even(&load.p_nom));
            dependent += usize::from(!constant(&load.voltage_model));
        }
        if unbalanced > 0 {
            self.sketch.warnings.push(format!("{unbalanced} loads are not the same on three phases; each is spread evenly over three, so that unbalance and what it costs is lost"));
        }
        if dependent > 0 {
            self.sketch.warnings.push(format!(
                "{dependent} loads depend on voltage in the file; they are constant powers here"
            ));
        }
    }

    fn generators(&mut self) {
        let generators = self.net.generators();
        for g in generators {
            let Some(node) = self.place(&g.name, &g.bus) else { continue };
            let (p, q): (f64, f64) = (g.p_nom.iter().sum(), g.q_nom.iter().sum());
            self.sketch.consume(node, -p / 1000.0, -q / 1000.0);
        }
        if !generators.is_empty() {
            let list = listed(generators.iter().map(|g| g.name.as_str()));
            self.sketch.warnings.push(format!(
                "{} generators are negative load, which follows the load's series: {list}",
                generators.len()
            ));
        }
    }

    /// Capacitors and shunts, by what they consume at the bus's base voltage.
    fn admittances(&mut self) {
        for c in self.net.capacitors() {
            let Some(node) = self.place(&c.name, &c.bus) else { continue };
            self.sketch.admit(node, 0.0, -c.q_rated / 1000.0);
        }
        for s in self.net.shunts() {
            let Some(node) = self.place(&s.name, &s.bus) else { continue };
            let phase_v = self.sketch.nodes[node].base_kv * 1000.0 / 3.0_f64.sqrt();
            let m = matrix(&s.g, &s.b);
            // Each phase's own admittance against ground, with its neighbours' as in a balanced
            // circuit.
            let all = positive(&m).scaled(m.len() as f64 * phase_v * phase_v / 1000.0);
            self.sketch.admit(node, all.re, -all.im);
        }
    }
}

/// Whether a load is of constant power, at least near its nominal voltage.
fn constant(model: &DistLoadVoltageModel) -> bool {
    match model {
        DistLoadVoltageModel::ConstantPower { .. }
        | DistLoadVoltageModel::BoundedConstantPower { .. } => true,
        DistLoadVoltageModel::Zip { alpha_p, beta_p, .. }
        | DistLoadVoltageModel::BoundedZip { alpha_p, beta_p, .. } => {
            alpha_p.iter().chain(beta_p).all(|share| (share - 1.0).abs() < 1e-9)
        }
        DistLoadVoltageModel::Exponential { gamma_p, gamma_q, .. }
        | DistLoadVoltageModel::BoundedExponential { gamma_p, gamma_q, .. } => {
            gamma_p.iter().chain(gamma_q).all(|power| *power == 0.0)
        }
        _ => false,
    }
}

/// Nominal line-to-line voltage of a winding \[kV\]; single-phase windings between a phase and the
/// neutral name the phase's.
fn line_kv(t: &DistTransformer, k: usize) -> f64 {
    t.windings[k].v_ref / 1000.0
}

/// A base voltage without the last digits of a ratio.
fn rounded(kv: f64) -> f64 {
    (kv * 1e6).round() / 1e6
}

fn drop_row(m: Matrix, at: Option<usize>) -> Matrix {
    match at {
        Some(k) if m.len() > 1 && k < m.len() => {
            let keep = |i: &usize| *i != k;
            (0..m.len())
                .filter(keep)
                .map(|i| (0..m.len()).filter(keep).map(|j| m[i][j]).collect())
                .collect()
        }
        _ => m,
    }
}
