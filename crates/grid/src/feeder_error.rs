//! What can be wrong with a network, and the checks that can be made row by row.

use crate::feeder_spec::{BranchId, BranchSpec, BusSpec, FeederSpec};
use domain::BusId;
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

/// One thing that is wrong with a network.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum FeederError {
    /// No bus at all.
    #[error("the feeder has no buses")]
    Empty,
    /// A number used twice.
    #[error("bus {0} is listed twice; give every bus its own number")]
    DuplicateBus(BusId),
    /// A number used twice.
    #[error("branch {0} is listed twice; give every branch its own number")]
    DuplicateBranch(BranchId),
    /// The substation is not among the buses.
    #[error("the substation is bus {0}, which is not in the bus table")]
    UnknownSlack(BusId),
    /// A branch ends nowhere.
    #[error("branch {branch} ends at bus {bus}, which is not in the bus table")]
    UnknownBus {
        /// The branch.
        branch: BranchId,
        /// The missing bus.
        bus: BusId,
    },
    /// Both ends at one bus.
    #[error("branch {branch} joins bus {bus} to itself")]
    SelfLoop {
        /// The branch.
        branch: BranchId,
        /// Its only bus.
        bus: BusId,
    },
    /// No impedance.
    #[error(
        "branch {0} has zero impedance; merge its two buses or give it r_ohm or x_ohm above zero"
    )]
    ZeroImpedance(BranchId),
    /// A negative or non-finite number in a branch.
    #[error("branch {branch}: {quantity} = {value} must be finite and not negative")]
    BadBranchValue {
        /// The branch.
        branch: BranchId,
        /// Column.
        quantity: &'static str,
        /// What was given.
        value: f64,
    },
    /// A number of a bus that cannot be.
    #[error("bus {bus}: {quantity} = {value} is not possible ({rule})")]
    BadBusValue {
        /// The bus.
        bus: BusId,
        /// Column.
        quantity: &'static str,
        /// What was given.
        value: f64,
        /// What is asked of it.
        rule: &'static str,
    },
    /// Two voltage levels without a transformer between them.
    #[error(
        "branch {branch} joins {from} kV to {to} kV; a transformer has a `ratio` (1 at its nominal tap) and its ohm at the `to` side"
    )]
    MixedBaseVoltage {
        /// The branch.
        branch: BranchId,
        /// Base voltage of its one end \[kV\].
        from: f64,
        /// Base voltage of its other end \[kV\].
        to: f64,
    },
    /// A ratio that no transformer has.
    #[error(
        "branch {branch}: ratio = {ratio} is not possible (0.5 to 2, in p.u. of its two levels)"
    )]
    BadRatio {
        /// The branch.
        branch: BranchId,
        /// What was given.
        ratio: f64,
    },
    /// Meshed operation.
    #[error(
        "branch {branch} ({from}-{to}) closes a loop; only radial operation is solved, open it or another branch of the loop"
    )]
    Loop {
        /// The branch that closes the loop, in file order.
        branch: BranchId,
        /// One end.
        from: BusId,
        /// The other end.
        to: BusId,
    },
    /// Buses without supply.
    #[error("no closed path from the substation (bus {slack}) to bus {}", list(.buses))]
    Disconnected {
        /// The substation.
        slack: BusId,
        /// Every bus that is not reached.
        buses: Vec<BusId>,
    },
}

fn list(buses: &[BusId]) -> String {
    buses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Everything that is wrong with a network, in file order.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct FeederProblems(pub Vec<FeederError>);

/// What can be seen row by row.
pub(crate) fn table_problems(spec: &FeederSpec) -> Vec<FeederError> {
    let mut problems = Vec::new();
    if spec.buses.is_empty() {
        return vec![FeederError::Empty];
    }
    let mut known = BTreeSet::new();
    for b in &spec.buses {
        if !known.insert(b.bus) {
            problems.push(FeederError::DuplicateBus(b.bus));
        }
        problems.extend(bus_problems(b));
    }
    match spec.buses.iter().find(|b| b.bus == spec.slack) {
        None => problems.push(FeederError::UnknownSlack(spec.slack)),
        Some(_) => problems.extend(level_problems(spec)),
    }
    if !(spec.slack_pu.is_finite() && spec.slack_pu > 0.0) {
        let (quantity, rule) = ("slack_pu", "above zero");
        problems.push(FeederError::BadBusValue {
            bus: spec.slack,
            quantity,
            value: spec.slack_pu,
            rule,
        });
    }
    let mut numbered = BTreeSet::new();
    for b in &spec.branches {
        if !numbered.insert(b.branch) {
            problems.push(FeederError::DuplicateBranch(b.branch));
        }
        problems.extend(branch_problems(b, &known));
    }
    problems
}

/// Lines between two voltage levels.
fn level_problems(spec: &FeederSpec) -> impl Iterator<Item = FeederError> + '_ {
    let levels: BTreeMap<BusId, f64> = spec.buses.iter().map(|b| (b.bus, b.base_kv)).collect();
    spec.branches.iter().filter(|b| b.ratio.is_none()).filter_map(move |b| {
        let (&from, &to) = (levels.get(&b.from)?, levels.get(&b.to)?);
        (from != to).then_some(FeederError::MixedBaseVoltage { branch: b.branch, from, to })
    })
}

fn bus_problems(b: &BusSpec) -> Vec<FeederError> {
    let bad =
        |quantity, value, rule| FeederError::BadBusValue { bus: b.bus, quantity, value, rule };
    let mut problems = Vec::new();
    for (quantity, value) in [
        ("p_kw", b.p_kw),
        ("q_kvar", b.q_kvar),
        ("shunt_kw", b.shunt_kw),
        ("shunt_kvar", b.shunt_kvar),
    ] {
        if !value.is_finite() {
            problems.push(bad(quantity, value, "finite"));
        }
    }
    let limits = [("vmin_pu", b.vmin_pu), ("vmax_pu", b.vmax_pu)];
    let limits = limits.into_iter().filter_map(|(name, limit)| Some((name, limit?)));
    for (quantity, value) in limits.chain([("base_kv", b.base_kv)]) {
        if !(value.is_finite() && value > 0.0) {
            problems.push(bad(quantity, value, "above zero"));
        }
    }
    if let (Some(low), Some(high)) = (b.vmin_pu, b.vmax_pu)
        && low > high
    {
        problems.push(bad("vmin_pu", low, "at most vmax_pu"));
    }
    problems
}

fn branch_problems(b: &BranchSpec, known: &BTreeSet<BusId>) -> Vec<FeederError> {
    let ends = if b.from == b.to { vec![b.from] } else { vec![b.from, b.to] };
    let mut problems: Vec<FeederError> = ends
        .iter()
        .filter(|bus| !known.contains(bus))
        .map(|&bus| FeederError::UnknownBus { branch: b.branch, bus })
        .collect();
    if b.from == b.to {
        problems.push(FeederError::SelfLoop { branch: b.branch, bus: b.from });
    }
    for (quantity, value) in
        [("r_ohm", b.r_ohm), ("x_ohm", b.x_ohm), ("rating_a", b.rating_a.unwrap_or(0.0))]
    {
        if !(value.is_finite() && value >= 0.0) {
            problems.push(FeederError::BadBranchValue { branch: b.branch, quantity, value });
        }
    }
    if let Some(ratio) = b.ratio.filter(|ratio| !(0.5..=2.0).contains(ratio)) {
        problems.push(FeederError::BadRatio { branch: b.branch, ratio });
    }
    if b.r_ohm == 0.0 && b.x_ohm == 0.0 {
        problems.push(FeederError::ZeroImpedance(b.branch));
    }
    problems
}
