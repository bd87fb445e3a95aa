//! The Newton system of one store: eliminated down to its energies, tridiagonal, factored and
//! solved.
//!
//! With `x_i = e_i - e_{i-1}` the charge is `c = x / gain + (loss / gain) d` where both directions
//! are possible, `c = x / gain` or `d = -x / loss` otherwise. A free `d` is eliminated inside its
//! stage, so every stage leaves a quadratic form in `(x_i, e_i)` and a net power `y = c - d` that
//! is linear in them and in the price's step.

use super::super::corridor::Stage;
use super::coupling::Coupling;
use super::state::{Node, Row};

/// Directions of power that a stage allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Power {
    Charge,
    Discharge,
    Both,
}

impl Power {
    pub fn of(stage: &Stage) -> Option<Power> {
        match (stage.charges, stage.discharges) {
            (true, true) => Some(Power::Both),
            (true, false) => Some(Power::Charge),
            (false, true) => Some(Power::Discharge),
            (false, false) => None,
        }
    }
}

/// A store with a choice.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    pub nodes: (usize, usize),
    /// Battery kWh gained by 1 kW through a period.
    pub gain: f64,
    /// Battery kWh lost by 1 kW through a period.
    pub loss: f64,
    pub end_is_fixed: bool,
    pub charge_kw_max: f64,
}

/// Factors of the tridiagonal matrix at a node: `L D L^T`, and the diagonal of its inverse.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pivot {
    inverse: f64,
    below: f64,
    corner: f64,
}

/// How a stage's net power answers: to the energies before and after it, and to the price by
/// itself.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Response {
    to_before: f64,
    to_after: f64,
    to_price: f64,
    /// Discharge per unit of x, of e, and of its own gradient, where it is free.
    free_by_change: f64,
    free_by_energy: f64,
    free_inverse: f64,
    /// Part of the discharge that does not depend on the energies or the price.
    free_constant: f64,
}

impl Block {
    /// Fills the nodes' responses and pivots from the rows' weights.
    pub fn eliminate(&self, nodes: &mut [Node], rows: &[Row]) {
        let last = nodes.len() - 1;
        // Matrix entries: diagonal of each node, coupling to the node before it.
        let mut carried = 0.0;
        for place in 0..nodes.len() {
            let form = self.reduce(&mut nodes[place], rows);
            let diagonal = form.change + 2.0 * form.mixed + form.energy;
            let beside = -(form.change + form.mixed);
            if place > 0 {
                // Close the node before: its own stage's entry plus this stage's share of it.
                let pivot = carried + form.change;
                nodes[place - 1].pivot.inverse = 1.0 / pivot;
                nodes[place].pivot.below = beside / pivot;
                carried = diagonal - beside * beside / pivot;
            } else {
                nodes[place].pivot.below = 0.0;
                carried = diagonal;
            }
        }
        nodes[last].pivot.inverse = if self.end_is_fixed { 0.0 } else { 1.0 / carried };
        nodes[last].pivot.corner = nodes[last].pivot.inverse;
        for place in (0..last).rev() {
            let next = nodes[place + 1].pivot;
            nodes[place].pivot.corner =
                nodes[place].pivot.inverse + next.below * next.below * next.corner;
        }
    }

    /// The quadratic form that a stage leaves in (x, e).
    fn reduce(&self, node: &mut Node, rows: &[Row]) -> Form {
        let (mut cc, mut ce, mut ee, mut dd) = (0.0, 0.0, 0.0, 0.0);
        for row in &rows[node.rows.0..node.rows.1] {
            cc += row.weight * row.on_charge * row.on_charge;
            ce += row.weight * row.on_charge * row.on_energy;
            ee += row.weight * row.on_energy * row.on_energy;
            dd += row.weight * row.on_discharge * row.on_discharge;
        }
        let by_gain = 1.0 / self.gain;
        match node.power {
            Power::Charge => {
                node.response =
                    Response { to_before: -by_gain, to_after: by_gain, ..Response::default() };
                Form { change: cc * by_gain * by_gain, mixed: ce * by_gain, energy: ee }
            }
            Power::Discharge => {
                let by_loss = 1.0 / self.loss;
                node.response =
                    Response { to_before: -by_loss, to_after: by_loss, ..Response::default() };
                Form { change: dd * by_loss * by_loss, mixed: 0.0, energy: ee }
            }
            Power::Both => {
                let ratio = self.loss * by_gain;
                let burn = ratio - 1.0;
                let inverse = 1.0 / (cc * ratio * ratio + dd);
                let by_change = ratio * cc * by_gain;
                let by_energy = ratio * ce;
                let to_change = by_gain - burn * by_change * inverse;
                node.response = Response {
                    to_before: -to_change,
                    to_after: to_change - burn * by_energy * inverse,
                    to_price: burn * burn * inverse,
                    free_by_change: by_change,
                    free_by_energy: by_energy,
                    free_inverse: inverse,
                    free_constant: 0.0,
                };
                Form {
                    change: by_gain * by_gain * cc * dd * inverse,
                    mixed: by_gain * ce * dd * inverse,
                    energy: ee - by_energy * by_energy * inverse,
                }
            }
        }
    }

    /// The store's step at unchanged prices; its net powers are added to the coupling's totals.
    pub fn load(&self, nodes: &mut [Node], rows: &[Row], coupling: &mut Coupling) {
        let by_gain = 1.0 / self.gain;
        let by_loss = 1.0 / self.loss;
        let ratio = self.loss * by_gain;
        let mut before = 0.0;
        // Forward substitution; the gradient of a stage falls on its own node and, through x, on
        // the one before.
        for place in 0..nodes.len() {
            let node = &mut nodes[place];
            let price = coupling.price(node.period);
            let (mut charge, mut discharge, mut energy) =
                (node.cost - price, node.cost + price, 0.0);
            for row in &rows[node.rows.0..node.rows.1] {
                charge -= row.aim * row.on_charge;
                discharge -= row.aim * row.on_discharge;
                energy -= row.aim * row.on_energy;
            }
            let change = match node.power {
                Power::Charge => charge * by_gain,
                Power::Discharge => -discharge * by_loss,
                Power::Both => {
                    let free = (charge * ratio + discharge) * node.response.free_inverse;
                    node.response.free_constant = -free;
                    energy -= free * node.response.free_by_energy;
                    charge * by_gain - free * node.response.free_by_change
                }
            };
            if place > 0 {
                before += change;
                nodes[place - 1].energy_step = before;
                before *= -nodes[place].pivot.below;
            }
            before -= change + energy;
            nodes[place].charge_step = before;
        }
        self.finish_load(nodes, coupling);
    }

    /// Backward substitution of [`Block::load`], and the net powers.
    fn finish_load(&self, nodes: &mut [Node], coupling: &mut Coupling) {
        let last = nodes.len() - 1;
        nodes[last].energy_step = nodes[last].charge_step;
        // `energy_step` holds the forward-substituted right-hand side; kept in `discharge_step` for
        // the second solve.
        for node in nodes.iter_mut() {
            node.discharge_step = node.energy_step;
        }
        let mut after = 0.0;
        for place in (0..nodes.len()).rev() {
            let step = nodes[place].discharge_step * nodes[place].pivot.inverse - after;
            nodes[place].energy_step = step;
            after = nodes[place].pivot.below * step;
        }
        let mut before = 0.0;
        let burn = self.loss / self.gain - 1.0;
        for node in nodes {
            let answer = &node.response;
            let net = answer.to_before * before
                + answer.to_after * node.energy_step
                + burn * answer.free_constant;
            coupling.add_total(node.period, net);
            before = node.energy_step;
        }
    }

    /// The store's full step with the prices' steps.
    pub fn answer(&self, nodes: &mut [Node], coupling: &Coupling) {
        // Right-hand side B^T (price steps), forward, then backward, added to the step at unchanged
        // prices.
        let mut carried = 0.0;
        for place in 0..nodes.len() {
            let price_step = coupling.price_step(nodes[place].period);
            let Response { to_before, to_after, .. } = nodes[place].response;
            if place > 0 {
                carried += to_before * price_step;
                nodes[place - 1].discharge_step = carried;
                carried *= -nodes[place].pivot.below;
            }
            carried += to_after * price_step;
        }
        let last = nodes.len() - 1;
        nodes[last].discharge_step = carried;
        let mut after = 0.0;
        for node in nodes.iter_mut().rev() {
            let step = node.discharge_step * node.pivot.inverse - after;
            node.energy_step += step;
            after = node.pivot.below * step;
        }
        self.powers(nodes, coupling);
    }

    /// The steps of the powers that follow from the energies' steps.
    fn powers(&self, nodes: &mut [Node], coupling: &Coupling) {
        let by_gain = 1.0 / self.gain;
        let ratio = self.loss * by_gain;
        let mut before = 0.0;
        for node in nodes {
            let change = node.energy_step - before;
            before = node.energy_step;
            (node.charge_step, node.discharge_step) = match node.power {
                Power::Charge => (change * by_gain, 0.0),
                Power::Discharge => (0.0, -change / self.loss),
                Power::Both => {
                    let answer = &node.response;
                    let pull = answer.free_by_change * change
                        + answer.free_by_energy * node.energy_step
                        - (ratio - 1.0) * coupling.price_step(node.period);
                    let discharge = answer.free_constant - pull * answer.free_inverse;
                    (change * by_gain + ratio * discharge, discharge)
                }
            };
        }
    }
}

/// Adds the answer of the store's net power in every period to the price of every period.
pub(super) fn spread(nodes: &[Node], coupling: &mut Coupling) {
    for (place, node) in nodes.iter().enumerate() {
        let Response { to_before, to_after, to_price, .. } = node.response;
        let line = coupling.line(node.period);
        let below = node.pivot.below;
        let here = (to_after - to_before * below) * node.pivot.corner;
        if place == 0 {
            line[node.period] += to_after * here + to_price;
            continue;
        }
        // Column of the inverse times this stage's row, from the diagonal upwards: each entry a
        // multiple of the next.
        let mut entry =
            to_before * nodes[place - 1].pivot.corner - to_after * below * node.pivot.corner;
        line[node.period] += to_before * entry + to_after * here + to_price;
        for earlier in nodes[..place].iter().rev() {
            let factor =
                earlier.response.to_after - earlier.response.to_before * earlier.pivot.below;
            line[earlier.period] += factor * entry;
            entry *= -earlier.pivot.below;
        }
    }
}

/// Quadratic form in (x, e): 1/2 change x^2 + mixed x e + 1/2 energy e^2.
struct Form {
    change: f64,
    mixed: f64,
    energy: f64,
}
