//! All stores of the programme, flattened: stages, inequalities, and the loops over them.

use super::super::corridor::{Corridors, Course, Stage};
use super::super::{Problem, Store};
use super::block::{Block, Pivot, Power, Response, spread};
use super::coupling::Coupling;
use super::reach::Reach;

/// One inequality `on_charge c + on_discharge d + on_energy e + constant >= 0` of a stage.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub on_charge: f64,
    pub on_discharge: f64,
    pub on_energy: f64,
    constant: f64,
    pub slack: f64,
    pub multiplier: f64,
    /// multiplier / slack: the weight of the row in the Hessian.
    pub weight: f64,
    /// Multiplier that the Newton step aims at before the row moves.
    pub aim: f64,
    residual: f64,
    slack_step: f64,
    multiplier_step: f64,
}

/// One stage of a store in the programme.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub period: usize,
    pub power: Power,
    pub rows: (usize, usize),
    /// Cost of a kW of throughput.
    pub cost: f64,
    pub charge: f64,
    pub discharge: f64,
    pub energy: f64,
    pub charge_step: f64,
    pub discharge_step: f64,
    pub energy_step: f64,
    pub pivot: Pivot,
    pub response: Response,
}

/// The stores with a choice, their stages and inequalities.
#[derive(Debug, Default, Clone)]
pub(super) struct State {
    pub blocks: Vec<Block>,
    pub nodes: Vec<Node>,
    pub rows: Vec<Row>,
    /// Place of each node in the corridors' list.
    places: Vec<usize>,
}

/// Least slack of the starting point, as a share of the width of the row's range.
const START_SHARE: f64 = 0.3;

impl State {
    /// Lays out all stores with a choice, starting from the given energies \[kWh\].
    pub fn build(&mut self, problem: &Problem, corridors: &Corridors, energies_kwh: &[f64]) {
        self.blocks.clear();
        self.nodes.clear();
        self.rows.clear();
        self.places.clear();
        for course in corridors.courses.iter().filter(|course| !course.pinned) {
            self.add(problem, corridors.of(course), course, energies_kwh);
        }
        let charges: f64 = self.blocks.iter().map(|block| block.charge_kw_max).sum();
        let start = 0.25 * charges / self.blocks.len().max(1) as f64;
        for row in &mut self.rows {
            row.multiplier = start / row.slack;
        }
    }

    fn add(&mut self, problem: &Problem, stages: &[Stage], course: &Course, energies_kwh: &[f64]) {
        let store = &problem.stores[course.store];
        let block = Block {
            nodes: (self.nodes.len(), 0),
            gain: store.gain_kwh_per_kw(problem.period_h),
            loss: store.loss_kwh_per_kw(problem.period_h),
            end_is_fixed: course.end_low_kwh >= course.end_high_kwh,
            charge_kw_max: store.charge_kw_max,
        };
        let two_way = stages.iter().any(|stage| stage.discharges);
        let mut before = store.energy_kwh;
        for (place, stage) in stages.iter().enumerate() {
            let Some(power) = Power::of(stage) else { continue };
            let last = place + 1 == stages.len();
            let wish = energies_kwh[course.first_stage + place];
            let energy = if last && block.end_is_fixed { course.end_low_kwh } else { wish };
            let first_row = self.rows.len();
            let mut node = Node::start(problem, stage, power, &block, before, energy, store);
            self.add_power_rows(&node, stage, store);
            if two_way && !last {
                self.add_energy_rows(&node, stage, store);
            }
            if last && !block.end_is_fixed {
                self.push_range(Row::energy(), course.end_low_kwh, course.end_high_kwh, energy);
            }
            node.rows = (first_row, self.rows.len());
            self.nodes.push(node);
            self.places.push(course.first_stage + place);
            before = energy;
        }
        let end = self.nodes.len();
        self.blocks.push(Block { nodes: (block.nodes.0, end), ..block });
    }

    fn add_power_rows(&mut self, node: &Node, stage: &Stage, store: &Store) {
        if node.power != Power::Discharge {
            self.push_range(Row::charge(), 0.0, store.charge_kw_max, node.charge);
            for cut in store.taper.cuts() {
                if cut.at(stage.high_kwh) < store.charge_kw_max {
                    let row =
                        Row { on_charge: -1.0, on_energy: cut.slope_kw_per_kwh, ..Row::energy() };
                    self.push(
                        row,
                        cut.at_empty_kw,
                        cut.at(node.energy) - node.charge,
                        store.charge_kw_max,
                    );
                }
            }
        }
        if node.power != Power::Charge {
            self.push_range(Row::discharge(), 0.0, store.discharge_kw_max, node.discharge);
        }
    }

    /// Floor and ceiling, where the corridor touches them; elsewhere they follow from the rest.
    fn add_energy_rows(&mut self, node: &Node, stage: &Stage, store: &Store) {
        let (low, high) = (store.lowest_kwh(), store.highest_kwh());
        let width = high - low;
        if stage.low_kwh <= low + 1e-9 {
            self.push(Row::energy(), -low, node.energy - low, width);
        }
        if stage.high_kwh >= high - 1e-9 {
            let row = Row { on_energy: -1.0, ..Row::energy() };
            self.push(row, high, high - node.energy, width);
        }
    }

    fn push_range(&mut self, row: Row, low: f64, high: f64, value: f64) {
        let mirrored = Row {
            on_charge: -row.on_charge,
            on_discharge: -row.on_discharge,
            on_energy: -row.on_energy,
            ..row
        };
        self.push(row, -low, value - low, high - low);
        self.push(mirrored, high, high - value, high - low);
    }

    fn push(&mut self, row: Row, constant: f64, value: f64, width: f64) {
        self.rows.push(Row { constant, slack: value.max(START_SHARE * width), ..row });
    }

    /// Sum of slack x multiplier.
    pub fn gap(&self) -> f64 {
        self.rows.iter().map(|row| row.slack * row.multiplier).sum()
    }

    /// Predictor: every row aims straight at the optimum; every store's system is factored and its
    /// responses added to the coupling. One pass, store by store, so that a store's data stay in
    /// the nearest cache.
    pub fn predict(&mut self, coupling: &mut Coupling) {
        for block in &self.blocks {
            let nodes = &mut self.nodes[block.nodes.0..block.nodes.1];
            for node in nodes.iter() {
                for row in &mut self.rows[node.rows.0..node.rows.1] {
                    row.weight = row.multiplier / row.slack;
                    row.residual = row.value(node.charge, node.discharge, node.energy) - row.slack;
                    row.aim = -row.weight * row.residual;
                }
            }
            block.eliminate(nodes, &self.rows);
            block.load(nodes, &self.rows, coupling);
            spread(nodes, coupling);
        }
    }

    /// Corrector: every row aims at slack x multiplier = `product`, with the second-order term of
    /// the predictor's move.
    pub fn correct(&mut self, product: f64, coupling: &mut Coupling) {
        coupling.clear_totals();
        for block in &self.blocks {
            let nodes = &mut self.nodes[block.nodes.0..block.nodes.1];
            let (first, last) = (nodes[0].rows.0, nodes[nodes.len() - 1].rows.1);
            for row in &mut self.rows[first..last] {
                let curved = product - row.slack_step * row.multiplier_step;
                row.aim = curved / row.slack - row.weight * row.residual;
            }
            block.load(nodes, &self.rows, coupling);
        }
    }

    /// The steps of all stores once the prices' steps are known, and how far they may go.
    pub fn move_with(&mut self, coupling: &Coupling) -> Reach {
        let mut reach = Reach::default();
        for block in &self.blocks {
            let nodes = &mut self.nodes[block.nodes.0..block.nodes.1];
            block.answer(nodes, coupling);
            for node in nodes {
                for row in &mut self.rows[node.rows.0..node.rows.1] {
                    let moved = row.on_charge * node.charge_step
                        + row.on_discharge * node.discharge_step
                        + row.on_energy * node.energy_step;
                    row.slack_step = moved + row.residual;
                    row.multiplier_step = row.aim - row.multiplier - row.weight * moved;
                    reach.include(row.slack, row.slack_step, row.multiplier, row.multiplier_step);
                }
            }
        }
        reach
    }

    /// Moves all values.
    pub fn step(&mut self, primal: f64, dual: f64) {
        for node in &mut self.nodes {
            node.charge += primal * node.charge_step;
            node.discharge += primal * node.discharge_step;
            node.energy += primal * node.energy_step;
        }
        for row in &mut self.rows {
            row.slack += primal * row.slack_step;
            row.multiplier += dual * row.multiplier_step;
        }
    }

    /// Writes the energies \[kWh\] found to their places in the corridors' list.
    pub fn read_energies(&self, energies_kwh: &mut [f64]) {
        for (node, &place) in self.nodes.iter().zip(&self.places) {
            energies_kwh[place] = node.energy;
        }
    }
}

impl Row {
    fn energy() -> Row {
        Row {
            on_charge: 0.0,
            on_discharge: 0.0,
            on_energy: 1.0,
            constant: 0.0,
            slack: 1.0,
            multiplier: 1.0,
            weight: 1.0,
            aim: 0.0,
            residual: 0.0,
            slack_step: 0.0,
            multiplier_step: 0.0,
        }
    }

    fn charge() -> Row {
        Row { on_charge: 1.0, on_energy: 0.0, ..Row::energy() }
    }

    fn discharge() -> Row {
        Row { on_discharge: 1.0, on_energy: 0.0, ..Row::energy() }
    }

    fn value(&self, charge: f64, discharge: f64, energy: f64) -> f64 {
        self.on_charge * charge
            + self.on_discharge * discharge
            + self.on_energy * energy
            + self.constant
    }
}

impl Node {
    /// Powers that lead from one energy to the other; where both are possible, a little of each.
    fn start(
        problem: &Problem,
        stage: &Stage,
        power: Power,
        block: &Block,
        before: f64,
        energy: f64,
        store: &Store,
    ) -> Node {
        let change = energy - before;
        let (charge, discharge) = match power {
            Power::Charge => (change / block.gain, 0.0),
            Power::Discharge => (0.0, -change / block.loss),
            Power::Both => {
                let discharge = 0.1 * store.discharge_kw_max + (-change / block.loss).max(0.0);
                ((change + block.loss * discharge) / block.gain, discharge)
            }
        };
        Node {
            period: stage.period,
            power,
            rows: (0, 0),
            cost: problem.throughput_weight(store),
            charge,
            discharge,
            energy,
            charge_step: 0.0,
            discharge_step: 0.0,
            energy_step: 0.0,
            pivot: Pivot::default(),
            response: Response::default(),
        }
    }
}
