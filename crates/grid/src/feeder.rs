//! A radial distribution feeder, checked when it is made: every other module may trust that it is a
//! connected tree.
//!
//! Raw rows ([`FeederSpec`]) become a [`Feeder`] or a complete list of what is wrong. Impedances
//! are in ohm at the substation's voltage level, loads in kW and kvar; per-unit values are on
//! [`Feeder::BASE_KVA`].
//!
//! Transformers: on a tree every bus k has one gain G_k, the product of the ratios between it and
//! the substation, so that `u_k = V_k / G_k` obeys the equations of a feeder of one level. With
//! `z_n` the impedance of branch n at its `to` side \[p.u.\], the one referred to the substation is
//! `z_n / G_to^2`; a current there is `G` times the one at the bus, an admittance `G^2` times.

use crate::feeder_error::{FeederError, FeederProblems, table_problems};
use crate::feeder_spec::{BranchId, BranchSpec, BusSpec, FeederSpec, Switch};
use domain::{BusId, Kvar, Kw, PerUnit};
use std::collections::{BTreeMap, BTreeSet};

/// A bus of a checked feeder.
#[derive(Clone, Debug, PartialEq)]
pub struct Bus {
    /// Its number.
    pub id: BusId,
    /// Its name, where its file has names.
    pub name: Option<String>,
    /// Nominal active load.
    pub p: Kw,
    /// Nominal reactive load.
    pub q: Kvar,
    /// Lowest voltage that is permitted here beside what holds everywhere; zero for none.
    pub vmin: PerUnit,
    /// Highest voltage that is permitted here; infinite for none.
    pub vmax: PerUnit,
    /// Base voltage, line to line \[kV\].
    pub base_kv: f64,
    /// Voltage without load per voltage at the substation, both in p.u. of their own level.
    pub gain: f64,
    /// Active and reactive power of a constant admittance at 1 p.u. \[kW, kvar\].
    pub shunt: (Kw, Kvar),
}

/// A branch of a checked feeder.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// Its number.
    pub id: BranchId,
    /// Position of its one end in [`Feeder::buses`].
    pub from: usize,
    /// Position of its other end in [`Feeder::buses`].
    pub to: usize,
    /// Series resistance, referred to the substation's level \[ohm\].
    pub r_ohm: f64,
    /// Series reactance, referred to the substation's level \[ohm\].
    pub x_ohm: f64,
    /// Rated current at its own level \[A\]; none means unlimited.
    pub rating_a: Option<f64>,
    /// Current at its own level per current referred to the substation's level.
    pub own_a: f64,
    /// Of a transformer its voltage at `from` per voltage at `to` without load \[p.u./p.u.\].
    pub ratio: Option<f64>,
    /// Whether it carries current.
    pub switch: Switch,
}

/// A connected radial feeder, of one voltage level or with transformers in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Feeder {
    base_kv: f64,
    slack_pu: f64,
    buses: Vec<Bus>,
    branches: Vec<Branch>,
    position: BTreeMap<BusId, usize>,
    order: Vec<usize>,
    feeding: Vec<Option<usize>>,
}

impl Feeder {
    /// Base of all per-unit powers \[kVA\].
    pub const BASE_KVA: f64 = 1000.0;

    /// Checks a network and orders it from the substation outwards.
    ///
    /// # Errors
    /// Every problem of the tables; where they are sound, a loop or the buses without supply.
    pub fn new(spec: &FeederSpec) -> Result<Self, FeederProblems> {
        let problems = table_problems(spec);
        if !problems.is_empty() {
            return Err(FeederProblems(problems));
        }
        let position: BTreeMap<BusId, usize> =
            spec.buses.iter().enumerate().map(|(k, b)| (b.bus, k)).collect();
        let branches: Vec<Branch> =
            spec.branches.iter().map(|b| checked_branch(b, &position)).collect();
        let loops = loop_problems(spec, &branches);
        if !loops.is_empty() {
            return Err(FeederProblems(loops));
        }
        let (order, feeding) = depth_first(position[&spec.slack], spec.buses.len(), &branches);
        if order.len() < spec.buses.len() {
            let reached: BTreeSet<usize> = order.into_iter().collect();
            let buses = (0..spec.buses.len())
                .filter(|k| !reached.contains(k))
                .map(|k| spec.buses[k].bus)
                .collect();
            return Err(FeederProblems(vec![FeederError::Disconnected {
                slack: spec.slack,
                buses,
            }]));
        }
        let base_kv = spec.buses[order[0]].base_kv;
        let gains = gains(&order, &feeding, &branches);
        let mut position = position;
        for (number, means) in &spec.aliases {
            if let Some(&at) = position.get(means) {
                position.entry(*number).or_insert(at);
            }
        }
        let buses: Vec<Bus> =
            spec.buses.iter().zip(gains).map(|(b, gain)| checked_bus(b, gain)).collect();
        let branches = branches.into_iter().map(|b| referred(&b, &buses, base_kv)).collect();
        Ok(Self { base_kv, slack_pu: spec.slack_pu, buses, branches, position, order, feeding })
    }

    /// All buses, in file order.
    pub fn buses(&self) -> &[Bus] {
        &self.buses
    }

    /// All branches, open ones included, in file order.
    pub fn branches(&self) -> &[Branch] {
        &self.branches
    }

    /// The bus that a text names: its name, or else its number.
    ///
    /// ```
    /// assert_eq!(grid::ieee33().find("18"), Some(domain::BusId(18)));
    /// assert_eq!(grid::ieee33().find("north"), None);
    /// ```
    pub fn find(&self, text: &str) -> Option<BusId> {
        let named = self.buses.iter().find(|b| b.name.as_deref() == Some(text));
        let numbered = || {
            let at = self.position(BusId(text.parse().ok()?))?;
            Some(self.buses[at].id)
        };
        named.map(|b| b.id).or_else(numbered)
    }

    /// Where a bus stands in [`Feeder::buses`]; none for an unknown bus.
    pub fn position(&self, bus: BusId) -> Option<usize> {
        self.position.get(&bus).copied()
    }

    /// Position of the substation.
    pub fn slack(&self) -> usize {
        self.order[0]
    }

    /// Voltage held at the substation.
    pub fn slack_voltage(&self) -> PerUnit {
        PerUnit(self.slack_pu)
    }

    /// The same network with another voltage held at the substation.
    pub fn with_slack_voltage(&self, voltage: PerUnit) -> Self {
        Self { slack_pu: voltage.value(), ..self.clone() }
    }

    /// Positions of all buses from the substation outwards: depth first, every bus after the one
    /// that feeds it.
    pub fn outwards(&self) -> &[usize] {
        &self.order
    }

    /// Position of the branch that feeds a bus (by position); none for the substation.
    pub fn feeding_branch(&self, bus: usize) -> Option<usize> {
        self.feeding[bus]
    }

    /// Position of the bus that feeds a bus (by position); none for the substation.
    pub fn feeding_bus(&self, bus: usize) -> Option<usize> {
        self.feeding[bus].map(|b| self.branches[b].other_end(bus))
    }

    /// Nominal active load of every bus \[kW\].
    pub fn nominal_p_kw(&self) -> Vec<f64> {
        self.buses.iter().map(|b| b.p.value()).collect()
    }

    /// Nominal reactive load of every bus \[kvar\].
    pub fn nominal_q_kvar(&self) -> Vec<f64> {
        self.buses.iter().map(|b| b.q.value()).collect()
    }

    /// The voltage band of a bus (by position): what holds everywhere, and its own limits. The
    /// substation has none of its own, as its voltage is held.
    pub fn band(&self, bus: usize, (low, high): (PerUnit, PerUnit)) -> (PerUnit, PerUnit) {
        if bus == self.slack() {
            return (low, high);
        }
        let own = &self.buses[bus];
        (low.max(own.vmin), high.min(own.vmax))
    }

    /// Conductance and susceptance of a bus (by position), referred to the substation's level,
    /// positive where power is drawn \[p.u.\].
    pub fn shunt_pu(&self, bus: usize) -> (f64, f64) {
        let b = &self.buses[bus];
        let square = b.gain * b.gain / Self::BASE_KVA;
        (b.shunt.0.value() * square, b.shunt.1.value() * square)
    }

    /// Base voltage at the substation, line to line \[kV\].
    pub fn base_kv(&self) -> f64 {
        self.base_kv
    }

    /// Base impedance at the substation \[ohm\]: `kV^2 / MVA`.
    pub fn base_ohm(&self) -> f64 {
        self.base_kv * self.base_kv / (Self::BASE_KVA / 1000.0)
    }

    /// Base current at the substation \[A\]: `kVA / (sqrt(3) kV)`.
    pub fn base_a(&self) -> f64 {
        Self::BASE_KVA / (3.0_f64.sqrt() * self.base_kv)
    }

    /// Resistance and reactance of the path that two buses (by position) share from the substation
    /// on \[ohm\].
    ///
    /// ```
    /// let feeder = grid::ieee33();
    /// // Buses 19 and 3 share branch 1 alone.
    /// assert_eq!(feeder.shared_path_ohm(18, 2), (0.0922, 0.0470));
    /// ```
    pub fn shared_path_ohm(&self, a: usize, b: usize) -> (f64, f64) {
        let path_of_a: BTreeSet<usize> = self.path(a).collect();
        self.path(b)
            .filter(|branch| path_of_a.contains(branch))
            .map(|branch| (self.branches[branch].r_ohm, self.branches[branch].x_ohm))
            .fold((0.0, 0.0), |(r, x), (dr, dx)| (r + dr, x + dx))
    }

    /// [`Feeder::shared_path_ohm`] of all pairs of buses, row after row and bit for bit: what two
    /// buses share is the path of the last bus that lies on both.
    pub fn shared_paths_ohm(&self) -> Vec<(f64, f64)> {
        let n = self.buses.len();
        let whole = |bus: usize| {
            self.path(bus)
                .map(|branch| (self.branches[branch].r_ohm, self.branches[branch].x_ohm))
                .fold((0.0, 0.0), |(r, x), (dr, dx)| (r + dr, x + dx))
        };
        let whole: Vec<(f64, f64)> = (0..n).map(whole).collect();
        let mut all = Vec::with_capacity(n * n);
        let mut last = vec![0; n];
        for a in 0..n {
            let mut on_path = vec![false; n];
            let mut at = Some(a);
            while let Some(bus) = at {
                on_path[bus] = true;
                at = self.feeding_bus(bus);
            }
            for &bus in &self.order {
                last[bus] = match self.feeding_bus(bus) {
                    Some(above) if !on_path[bus] => last[above],
                    _ => bus,
                };
            }
            all.extend(last.iter().map(|&bus| whole[bus]));
        }
        all
    }

    /// Positions of the branches from a bus (by position) back to the substation.
    pub fn path(&self, bus: usize) -> impl Iterator<Item = usize> + '_ {
        let mut at = bus;
        std::iter::from_fn(move || {
            let branch = self.feeding[at]?;
            at = self.branches[branch].other_end(at);
            Some(branch)
        })
    }
}

impl Branch {
    /// The end that is not the given one.
    pub fn other_end(&self, bus: usize) -> usize {
        if self.from == bus { self.to } else { self.from }
    }
}

fn checked_bus(b: &BusSpec, gain: f64) -> Bus {
    Bus {
        id: b.bus,
        name: b.name.clone(),
        p: Kw(b.p_kw),
        q: Kvar(b.q_kvar),
        vmin: PerUnit(b.vmin_pu.unwrap_or(0.0)),
        vmax: PerUnit(b.vmax_pu.unwrap_or(f64::INFINITY)),
        base_kv: b.base_kv,
        gain,
        shunt: (Kw(b.shunt_kw), Kvar(b.shunt_kvar)),
    }
}

/// The gain of every bus: what the transformers between it and the substation do to its voltage.
fn gains(order: &[usize], feeding: &[Option<usize>], branches: &[Branch]) -> Vec<f64> {
    let mut gains = vec![1.0; order.len()];
    for &bus in order {
        if let Some(branch) = feeding[bus].map(|b| &branches[b]) {
            let ratio = branch.ratio.unwrap_or(1.0);
            let step = if branch.to == bus { 1.0 / ratio } else { ratio };
            gains[bus] = gains[branch.other_end(bus)] * step;
        }
    }
    gains
}

/// A branch with its impedance at the substation's level.
fn referred(b: &Branch, buses: &[Bus], base_kv: f64) -> Branch {
    let to = &buses[b.to];
    let level = base_kv / to.base_kv / to.gain;
    let square = level * level;
    Branch { r_ohm: b.r_ohm * square, x_ohm: b.x_ohm * square, own_a: level, ..b.clone() }
}

fn checked_branch(b: &BranchSpec, position: &BTreeMap<BusId, usize>) -> Branch {
    Branch {
        id: b.branch,
        from: position[&b.from],
        to: position[&b.to],
        r_ohm: b.r_ohm,
        x_ohm: b.x_ohm,
        rating_a: b.rating_a,
        own_a: 1.0,
        ratio: b.ratio,
        switch: b.switch,
    }
}

/// The closed branches that join buses already joined, by union-find in file order.
fn loop_problems(spec: &FeederSpec, branches: &[Branch]) -> Vec<FeederError> {
    let mut leader: Vec<usize> = (0..spec.buses.len()).collect();
    let mut problems = Vec::new();
    for b in branches.iter().filter(|b| b.switch == Switch::Closed) {
        let (from, to) = (find(&mut leader, b.from), find(&mut leader, b.to));
        if from == to {
            problems.push(FeederError::Loop {
                branch: b.id,
                from: spec.buses[b.from].bus,
                to: spec.buses[b.to].bus,
            });
        }
        leader[from] = to;
    }
    problems
}

fn find(leader: &mut [usize], mut k: usize) -> usize {
    while leader[k] != k {
        leader[k] = leader[leader[k]];
        k = leader[k];
    }
    k
}

/// Buses from the slack outwards and the branch that feeds each of them; buses that are not reached
/// are missing in the order.
fn depth_first(
    slack: usize,
    buses: usize,
    branches: &[Branch],
) -> (Vec<usize>, Vec<Option<usize>>) {
    let mut at_bus: Vec<Vec<usize>> = vec![Vec::new(); buses];
    for (k, b) in branches.iter().enumerate().filter(|(_, b)| b.switch == Switch::Closed) {
        at_bus[b.from].push(k);
        at_bus[b.to].push(k);
    }
    let mut feeding = vec![None; buses];
    let mut order = Vec::with_capacity(buses);
    let mut stack = vec![slack];
    while let Some(bus) = stack.pop() {
        order.push(bus);
        for &branch in at_bus[bus].iter().rev() {
            if feeding[bus] == Some(branch) {
                continue;
            }
            let next = branches[branch].other_end(bus);
            feeding[next] = Some(branch);
            stack.push(next);
        }
    }
    (order, feeding)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bus(n: u32) -> BusSpec {
        BusSpec {
            bus: BusId(n),
            name: None,
            p_kw: 10.0,
            q_kvar: 5.0,
            base_kv: 10.0,
            vmin_pu: Some(0.9),
            vmax_pu: Some(1.1),
            shunt_kw: 0.0,
            shunt_kvar: 0.0,
        }
    }

    fn branch(n: u32, from: u32, to: u32) -> BranchSpec {
        let switch = Switch::Closed;
        BranchSpec {
            branch: BranchId(n),
            from: BusId(from),
            to: BusId(to),
            r_ohm: 0.1,
            x_ohm: 0.2,
            rating_a: None,
            ratio: None,
            switch,
        }
    }

    /// 1 - 2 - 3, and 4 on 2.
    fn spec() -> FeederSpec {
        FeederSpec {
            slack: BusId(1),
            slack_pu: 1.0,
            buses: (1..=4).map(bus).collect(),
            branches: vec![branch(1, 1, 2), branch(2, 2, 3), branch(3, 4, 2)],
            aliases: Vec::new(),
        }
    }

    fn problems(change: impl FnOnce(&mut FeederSpec)) -> String {
        let mut s = spec();
        change(&mut s);
        Feeder::new(&s).expect_err("the patched feeder is wrong").to_string()
    }

    #[test]
    fn outward_order_puts_every_bus_after_its_feeder() {
        let f = Feeder::new(&spec()).expect("radial");
        assert_eq!(f.outwards(), [0, 1, 2, 3]);
        assert_eq!(f.feeding_bus(3), Some(1));
        assert_eq!(f.feeding_branch(3), Some(2));
        assert_eq!(f.feeding_bus(0), None);
        assert_eq!(f.path(2).collect::<Vec<_>>(), [1, 0]);
        assert_eq!(f.shared_path_ohm(2, 3), (0.1, 0.2));
    }

    #[test]
    fn each_problem_is_named_with_its_bus_or_branch() {
        let cases: Vec<(String, &str)> = vec![
            (problems(|s| s.buses.push(bus(3))), "bus 3 is listed twice"),
            (problems(|s| s.branches[1].branch = BranchId(1)), "branch 1 is listed twice"),
            (problems(|s| s.slack = BusId(9)), "the substation is bus 9"),
            (
                problems(|s| s.branches[2].from = BusId(7)),
                "branch 3 ends at bus 7, which is not in the bus table",
            ),
            (problems(|s| s.branches[2].from = BusId(2)), "branch 3 joins bus 2 to itself"),
            (
                problems(|s| {
                    s.branches[1].r_ohm = 0.0;
                    s.branches[1].x_ohm = 0.0;
                }),
                "branch 2 has zero impedance",
            ),
            (
                problems(|s| s.branches[0].r_ohm = -0.1),
                "branch 1: r_ohm = -0.1 must be finite and not negative",
            ),
            (problems(|s| s.branches[0].x_ohm = f64::NAN), "branch 1: x_ohm = NaN"),
            (problems(|s| s.branches[0].rating_a = Some(-5.0)), "branch 1: rating_a = -5"),
            (problems(|s| s.buses[1].p_kw = f64::INFINITY), "bus 2: p_kw = inf"),
            (
                problems(|s| s.buses[1].vmin_pu = Some(1.2)),
                "bus 2: vmin_pu = 1.2 is not possible (at most vmax_pu)",
            ),
            (problems(|s| s.buses[2].base_kv = 0.4), "branch 2 joins 10 kV to 0.4 kV"),
            (problems(|s| s.branches[0].ratio = Some(30.0)), "branch 1: ratio = 30"),
            (problems(|s| s.branches.push(branch(9, 3, 4))), "branch 9 (3-4) closes a loop"),
            (
                problems(|s| s.branches[1].switch = Switch::Open),
                "no closed path from the substation (bus 1) to bus 3",
            ),
            (problems(|s| s.branches.clear()), "to bus 2, 3, 4"),
            (problems(|s| s.buses.clear()), "the feeder has no buses"),
            (problems(|s| s.slack_pu = 0.0), "slack_pu = 0"),
        ];
        for (message, part) in cases {
            assert!(message.contains(part), "{message:?} should say {part:?}");
        }
    }

    #[test]
    fn a_transformer_refers_what_is_behind_it_to_the_substation() {
        // 10 kV to 0.4 kV at a ratio of 0.95: voltages behind it are 1 / 0.95 higher.
        let mut s = spec();
        s.buses[2].base_kv = 0.4;
        s.branches[1].ratio = Some(0.95);
        for turned in [false, true] {
            if turned {
                // The same transformer, written from its low side: 0.1 ohm at 0.4 kV and the
                // ratio's inverse are (0.1 x 25^2 x 0.95^2) ohm at 10 kV.
                let b = &mut s.branches[1];
                (b.from, b.to) = (b.to, b.from);
                b.ratio = Some(1.0 / 0.95);
                b.r_ohm *= (25.0 * 0.95_f64).powi(2);
                b.x_ohm *= (25.0 * 0.95_f64).powi(2);
            }
            let f = Feeder::new(&s).expect("radial");
            assert!((f.buses()[2].gain - 1.0 / 0.95).abs() < 1e-12);
            let ohm = 0.1 * (25.0 * 0.95_f64).powi(2);
            assert!((f.branches()[1].r_ohm - ohm).abs() < 1e-9, "{turned}");
        }
    }

    #[test]
    fn all_problems_come_at_once() {
        let message = problems(|s| {
            s.branches[0].r_ohm = -1.0;
            s.branches[1].to = BusId(8);
        });
        assert_eq!(message.lines().count(), 2, "{message}");
    }

    #[test]
    fn all_shared_paths_are_those_of_each_pair() {
        for f in [Feeder::new(&spec()).expect("radial"), crate::ieee33()] {
            let (n, all) = (f.buses().len(), f.shared_paths_ohm());
            for (a, b) in (0..n).flat_map(|a| (0..n).map(move |b| (a, b))) {
                assert_eq!(all[a * n + b], f.shared_path_ohm(a, b), "{a} {b}");
            }
        }
    }

    #[test]
    fn open_ties_are_no_loop() {
        let mut s = spec();
        s.branches.push(BranchSpec { switch: Switch::Open, ..branch(9, 3, 4) });
        assert_eq!(Feeder::new(&s).expect("the tie is open").branches().len(), 4);
    }
}
