//! Backward/forward sweep over several load vectors at once, the inner kernel of the power flow.
//!
//! For constant-power loads `S_k` \[p.u.\] on a tree, with buses numbered outwards from the
//! substation 0:
//! - bus current `I_k = conj(S_k / V_k)`;
//! - backward: branch current `J_k = I_k + sum of J over the buses fed by k`;
//! - forward: `V_k = V_parent(k) - z_k J_k`;
//!
//! where a constant admittance adds `Y_k V_k` to a bus's current, and everything is referred to the
//! substation's level (see [`Feeder`]); until no voltage moves by more than the tolerance. Arrays hold `L` scenarios side by side
//! ("lanes"), which the compiler turns into vector instructions. No lane ever reads another one, so
//! a scenario's result does not depend on its neighbours.

use crate::feeder::Feeder;

/// A feeder in the order of the sweep, in per unit.
#[derive(Clone, Debug)]
pub(crate) struct SweepPlan {
    /// Position in the feeder's bus list of each sweep index.
    pub order: Vec<usize>,
    /// Sweep index of the bus that feeds each one; 0 for the substation itself.
    pub parent: Vec<usize>,
    /// Resistance of the feeding branch \[p.u.\].
    pub r_pu: Vec<f64>,
    /// Reactance of the feeding branch \[p.u.\].
    pub x_pu: Vec<f64>,
    /// Conductance at the bus \[p.u.\].
    pub g_pu: Vec<f64>,
    /// Susceptance at the bus, positive where it draws reactive power \[p.u.\].
    pub b_pu: Vec<f64>,
    /// What the bus's own voltage is per referred one.
    pub gain: Vec<f64>,
    /// Voltage held at the substation \[p.u.\].
    pub slack_pu: f64,
}

impl SweepPlan {
    pub fn new(feeder: &Feeder) -> Self {
        let order = feeder.outwards().to_vec();
        let mut index = vec![0; order.len()];
        for (k, &bus) in order.iter().enumerate() {
            index[bus] = k;
        }
        let parent =
            order.iter().map(|&bus| feeder.feeding_bus(bus).map_or(0, |b| index[b])).collect();
        let ohm = |bus: usize| feeder.feeding_branch(bus).map(|b| &feeder.branches()[b]);
        let r_pu = order
            .iter()
            .map(|&bus| ohm(bus).map_or(0.0, |b| b.r_ohm / feeder.base_ohm()))
            .collect();
        let x_pu = order
            .iter()
            .map(|&bus| ohm(bus).map_or(0.0, |b| b.x_ohm / feeder.base_ohm()))
            .collect();
        let (g_pu, b_pu) = order.iter().map(|&bus| feeder.shunt_pu(bus)).unzip();
        let gain = order.iter().map(|&bus| feeder.buses()[bus].gain).collect();
        let slack_pu = feeder.slack_voltage().value();
        Self { order, parent, r_pu, x_pu, g_pu, b_pu, gain, slack_pu }
    }

    pub fn len(&self) -> usize {
        self.order.len()
    }
}

/// One bus of `L` scenarios side by side \[p.u.\].
#[derive(Clone)]
struct BusLanes<const L: usize> {
    p: [f64; L],
    q: [f64; L],
    v_re: [f64; L],
    v_im: [f64; L],
    /// The bus current, after the backward sweep the current of the feeding branch.
    j_re: [f64; L],
    j_im: [f64; L],
}

/// `L` scenarios side by side, buses in sweep order.
pub(crate) struct Lanes<const L: usize> {
    buses: Vec<BusLanes<L>>,
}

impl<const L: usize> Lanes<L> {
    pub fn new(plan: &SweepPlan) -> Self {
        let zero = [0.0; L];
        let idle = BusLanes { p: zero, q: zero, v_re: zero, v_im: zero, j_re: zero, j_im: zero };
        Self { buses: vec![idle; plan.len()] }
    }

    /// Puts one scenario into a lane: consumption per bus in the feeder's order [kW, kvar].
    pub fn load(&mut self, plan: &SweepPlan, lane: usize, p_kw: &[f64], q_kvar: &[f64]) {
        for (lanes, &bus) in self.buses.iter_mut().zip(&plan.order) {
            lanes.p[lane] = p_kw[bus] / Feeder::BASE_KVA;
            lanes.q[lane] = q_kvar[bus] / Feeder::BASE_KVA;
        }
    }

    /// Empties a lane: it converges in the first sweep.
    pub fn clear(&mut self, lane: usize) {
        for lanes in &mut self.buses {
            lanes.p[lane] = 0.0;
            lanes.q[lane] = 0.0;
        }
    }

    /// Flat start: every voltage as at the substation.
    pub fn start(&mut self, plan: &SweepPlan) {
        let per_volt = 1.0 / plan.slack_pu;
        for (k, bus) in self.buses.iter_mut().enumerate() {
            let (g, b) = (plan.g_pu[k] * plan.slack_pu, plan.b_pu[k] * plan.slack_pu);
            bus.v_re = [plan.slack_pu; L];
            bus.v_im = [0.0; L];
            bus.j_re = bus.p.map(|p| p * per_volt + g);
            bus.j_im = bus.q.map(|q| -q * per_volt - b);
        }
    }

    /// One backward and one forward sweep; the largest squared voltage step of each lane
    /// \[p.u.^2\].
    pub fn sweep(&mut self, plan: &SweepPlan) -> [f64; L] {
        self.backward(plan);
        self.forward(plan)
    }

    /// Bus currents become branch currents.
    fn backward(&mut self, plan: &SweepPlan) {
        for k in (1..plan.len()).rev() {
            let (inner, outer) = self.buses.split_at_mut(k);
            let (parent, bus) = (&mut inner[plan.parent[k]], &outer[0]);
            for l in 0..L {
                parent.j_re[l] += bus.j_re[l];
            }
            for l in 0..L {
                parent.j_im[l] += bus.j_im[l];
            }
        }
    }

    /// Voltages from branch currents; leaves the bus currents of the new voltages for the next
    /// sweep.
    fn forward(&mut self, plan: &SweepPlan) -> [f64; L] {
        let mut largest = [0.0; L];
        for k in 1..plan.len() {
            let (inner, outer) = self.buses.split_at_mut(k);
            let branch = (plan.r_pu[k], plan.x_pu[k]);
            let shunt = (plan.g_pu[k], plan.b_pu[k]);
            outer[0].follow(&inner[plan.parent[k]], branch, shunt, &mut largest);
        }
        largest
    }

    /// Writes the voltages of a lane in the feeder's bus order, each in p.u. of its own level.
    pub fn voltages(&self, plan: &SweepPlan, lane: usize, v_re: &mut [f64], v_im: &mut [f64]) {
        for ((lanes, &bus), gain) in self.buses.iter().zip(&plan.order).zip(&plan.gain) {
            v_re[bus] = lanes.v_re[lane] * gain;
            v_im[bus] = lanes.v_im[lane] * gain;
        }
    }
}

impl<const L: usize> BusLanes<L> {
    /// The voltage behind the feeding branch, and the bus current that it draws.
    #[inline]
    fn follow(
        &mut self,
        parent: &Self,
        (r, x): (f64, f64),
        (g, b): (f64, f64),
        largest: &mut [f64; L],
    ) {
        let (mut re, mut im, mut step, mut per_square) = ([0.0; L], [0.0; L], [0.0; L], [0.0; L]);
        for l in 0..L {
            re[l] = parent.v_re[l] - (r * self.j_re[l] - x * self.j_im[l]);
            im[l] = parent.v_im[l] - (r * self.j_im[l] + x * self.j_re[l]);
        }
        for l in 0..L {
            let (step_re, step_im) = (re[l] - self.v_re[l], im[l] - self.v_im[l]);
            step[l] = step_re * step_re + step_im * step_im;
            per_square[l] = 1.0 / (re[l] * re[l] + im[l] * im[l]);
        }
        for l in 0..L {
            // Written so that a step that is not a number is kept: divergence must not look like
            // convergence.
            largest[l] = if step[l] <= largest[l] { largest[l] } else { step[l] };
        }
        for l in 0..L {
            self.j_re[l] =
                (self.p[l] * re[l] + self.q[l] * im[l]) * per_square[l] + (g * re[l] + b * im[l]);
            self.j_im[l] =
                (self.p[l] * im[l] - self.q[l] * re[l]) * per_square[l] + (g * im[l] - b * re[l]);
        }
        self.v_re = re;
        self.v_im = im;
    }
}
