//! A radial distribution feeder, checked when it is made: every other module may trust that it is a
//! connected tree.
//!
//! Raw rows ([`FeederSpec`]) become a [`Feeder`] or a complete list of what is wrong. Impedances
//! are in ohm at the base voltage, loads in kW and kvar; per-unit values are on
//! [`Feeder::BASE_KVA`].

use crate::feeder_error::{FeederError, FeederProblems, table_problems};
use crate::feeder_spec::{BranchId, BranchSpec, BusSpec, FeederSpec, Switch};
use domain::{BusId, Kvar, Kw, PerUnit};
use std::collections::{BTreeMap, BTreeSet};

/// A bus of a checked feeder.
#[derive(Clone, Debug, PartialEq)]
pub struct Bus {
    /// Its number.
    pub id: BusId,
    /// Nominal active load.
    pub p: Kw,
    /// Nominal reactive load.
    pub q: Kvar,
    /// Lowest permitted voltage.
    pub vmin: PerUnit,
    /// Highest permitted voltage.
    pub vmax: PerUnit,
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
    /// Series resistance \[ohm\].
    pub r_ohm: f64,
    /// Series reactance \[ohm\].
    pub x_ohm: f64,
    /// Rated current \[A\]; none means unlimited.
    pub rating_a: Option<f64>,
    /// Whether it carries current.
    pub switch: Switch,
}

/// A connected radial feeder with one voltage level.
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
        let buses = spec.buses.iter().map(checked_bus).collect();
        let base_kv = spec.buses[order[0]].base_kv;
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

    /// Base voltage, line to line \[kV\].
    pub fn base_kv(&self) -> f64 {
        self.base_kv
    }

    /// Base impedance \[ohm\]: `kV^2 / MVA`.
    pub fn base_ohm(&self) -> f64 {
        self.base_kv * self.base_kv / (Self::BASE_KVA / 1000.0)
    }

    /// Base current \[A\]: `kVA / (sqrt(3) kV)`.
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

fn checked_bus(b: &BusSpec) -> Bus {
    Bus {
        id: b.bus,
        p: Kw(b.p_kw),
        q: Kvar(b.q_kvar),
        vmin: PerUnit(b.vmin_pu),
        vmax: PerUnit(b.vmax_pu),
    }
}

fn checked_branch(b: &BranchSpec, position: &BTreeMap<BusId, usize>) -> Branch {
    Branch {
        id: b.branch,
        from: position[&b.from],
        to: position[&b.to],
        r_ohm: b.r_ohm,
        x_ohm: b.x_ohm,
        rating_a: b.rating_a,
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
            p_kw: 10.0,
            q_kvar: 5.0,
            base_kv: 10.0,
            vmin_pu: 0.9,
            vmax_pu: 1.1,
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
                problems(|s| s.buses[1].vmin_pu = 1.2),
                "bus 2: vmin_pu = 1.2 is not possible (at most vmax_pu)",
            ),
            (problems(|s| s.buses[2].base_kv = 0.4), "bus 3 has base 0.4 kV, the substation 10 kV"),
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
    fn all_problems_come_at_once() {
        let message = problems(|s| {
            s.branches[0].r_ohm = -1.0;
            s.branches[1].to = BusId(8);
        });
        assert_eq!(message.lines().count(), 2, "{message}");
    }

    #[test]
    fn open_ties_are_no_loop() {
        let mut s = spec();
        s.branches.push(BranchSpec { switch: Switch::Open, ..branch(9, 3, 4) });
        assert_eq!(Feeder::new(&s).expect("the tie is open").branches().len(), 4);
    }
}
