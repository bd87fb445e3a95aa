//! The state of a feeder after a power flow: voltages, branch flows, losses, what the substation
//! delivers.

use crate::feeder::{Branch, Feeder};
use crate::feeder_spec::Switch;
use domain::{BusId, Kvar, Kw, PerUnit};

/// What one branch carries.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BranchFlow {
    /// Active power entering at the `from` end \[kW\], negative when power flows from `to` to
    /// `from`.
    pub p_from_kw: f64,
    /// Reactive power entering at the `from` end \[kvar\].
    pub q_from_kvar: f64,
    /// Active loss, with that of the admittance at the bus which it feeds \[kW\].
    pub loss_kw: f64,
    /// Reactive loss, likewise \[kvar\].
    pub loss_kvar: f64,
    /// Current at its own level \[A\].
    pub current_a: f64,
}

/// A solved power flow.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowState {
    /// Real part of each bus voltage, in the feeder's order, in p.u. of its own level and without
    /// the vector groups of transformers.
    pub v_re: Vec<f64>,
    /// Imaginary part of each bus voltage, likewise.
    pub v_im: Vec<f64>,
    /// What each branch carries, in the feeder's order; nothing in open ones.
    pub branches: Vec<BranchFlow>,
    /// Active loss of the whole feeder.
    pub loss: Kw,
    /// Reactive loss of the whole feeder.
    pub loss_q: Kvar,
    /// Active power that the substation delivers, negative for export.
    pub import: Kw,
    /// Reactive power that the substation delivers.
    pub import_q: Kvar,
    /// Sweeps that were needed.
    pub sweeps: u32,
}

impl FlowState {
    /// Voltage magnitude at a bus (by position) \[p.u.\].
    pub fn vm_pu(&self, bus: usize) -> f64 {
        self.v_re[bus].hypot(self.v_im[bus])
    }

    /// Voltage angle at a bus (by position) \[degree\].
    pub fn va_degree(&self, bus: usize) -> f64 {
        self.v_im[bus].atan2(self.v_re[bus]).to_degrees()
    }

    /// The bus with the lowest voltage, the first in the feeder's order among equals.
    pub fn lowest_voltage(&self, feeder: &Feeder) -> (BusId, PerUnit) {
        let lowest =
            (0..self.v_re.len()).fold(0, |a, b| if self.vm_pu(b) < self.vm_pu(a) { b } else { a });
        (feeder.buses()[lowest].id, PerUnit(self.vm_pu(lowest)))
    }

    /// Completes solved voltages \[p.u.\] to a state; loads in the feeder's order [kW, kvar].
    pub(crate) fn from_voltages(
        feeder: &Feeder,
        p_kw: &[f64],
        q_kvar: &[f64],
        v_re: Vec<f64>,
        v_im: Vec<f64>,
        sweeps: u32,
    ) -> Self {
        let (u_re, u_im) = (referred(feeder, &v_re), referred(feeder, &v_im));
        let (j_re, j_im) = feeding_currents(feeder, p_kw, q_kvar, &u_re, &u_im);
        let shunt = |bus: usize| {
            let (g, b) = feeder.shunt_pu(bus);
            let square = (u_re[bus] * u_re[bus] + u_im[bus] * u_im[bus]) * Feeder::BASE_KVA;
            (g * square, b * square)
        };
        let slack = feeder.slack();
        let mut state = Self {
            branches: vec![BranchFlow::default(); feeder.branches().len()],
            loss: Kw::ZERO,
            loss_q: Kvar::ZERO,
            import: Kw(u_re[slack] * j_re[slack] + u_im[slack] * j_im[slack]) * Feeder::BASE_KVA,
            import_q: Kvar(u_im[slack] * j_re[slack] - u_re[slack] * j_im[slack])
                * Feeder::BASE_KVA,
            v_re,
            v_im,
            sweeps,
        };
        for (k, &bus) in feeder.outwards()[1..].iter().enumerate() {
            let branch =
                feeder.feeding_branch(bus).expect("invariant: every bus but the substation is fed");
            let from = feeder.branches()[branch].from;
            let mut flow = branch_flow(
                feeder,
                &feeder.branches()[branch],
                bus,
                (j_re[bus], j_im[bus]),
                (u_re[from], u_im[from]),
            );
            // The substation's own admittance counts with the first branch that leaves it.
            for bus in [Some(bus), (k == 0).then_some(slack)].into_iter().flatten() {
                let (p, q) = shunt(bus);
                flow.loss_kw += p;
                flow.loss_kvar += q;
            }
            state.branches[branch] = flow;
            state.loss += Kw(flow.loss_kw);
            state.loss_q += Kvar(flow.loss_kvar);
        }
        state
    }
}

/// Flow of the branch that feeds `bus` with the current `j`, where its `from` end is at the voltage
/// `v`; both referred \[p.u.\].
fn branch_flow(
    feeder: &Feeder,
    branch: &Branch,
    bus: usize,
    (j_re, j_im): (f64, f64),
    (v_re, v_im): (f64, f64),
) -> BranchFlow {
    debug_assert_eq!(branch.switch, Switch::Closed);
    // The current counted from `from` to `to`.
    let sign = if branch.to == bus { 1.0 } else { -1.0 };
    let (c_re, c_im) = (sign * j_re, sign * j_im);
    let square = (j_re * j_re + j_im * j_im) * Feeder::BASE_KVA / feeder.base_ohm();
    BranchFlow {
        p_from_kw: (v_re * c_re + v_im * c_im) * Feeder::BASE_KVA,
        q_from_kvar: (v_im * c_re - v_re * c_im) * Feeder::BASE_KVA,
        loss_kw: branch.r_ohm * square,
        loss_kvar: branch.x_ohm * square,
        current_a: j_re.hypot(j_im) * feeder.base_a() * branch.own_a,
    }
}

/// Voltages as they are at the substation's level.
fn referred(feeder: &Feeder, v: &[f64]) -> Vec<f64> {
    v.iter().zip(feeder.buses()).map(|(v, bus)| v / bus.gain).collect()
}

/// Current through the branch that feeds each bus, referred \[p.u.\], for the substation what it delivers; in
/// the feeder's order.
fn feeding_currents(
    feeder: &Feeder,
    p_kw: &[f64],
    q_kvar: &[f64],
    v_re: &[f64],
    v_im: &[f64],
) -> (Vec<f64>, Vec<f64>) {
    let (mut j_re, mut j_im) = (vec![0.0; v_re.len()], vec![0.0; v_re.len()]);
    for &bus in feeder.outwards().iter().rev() {
        let (p, q) = (p_kw[bus] / Feeder::BASE_KVA, q_kvar[bus] / Feeder::BASE_KVA);
        let square = v_re[bus] * v_re[bus] + v_im[bus] * v_im[bus];
        let (g, b) = feeder.shunt_pu(bus);
        j_re[bus] += (p * v_re[bus] + q * v_im[bus]) / square + (g * v_re[bus] + b * v_im[bus]);
        j_im[bus] += (p * v_im[bus] - q * v_re[bus]) / square + (g * v_im[bus] - b * v_re[bus]);
        if let Some(parent) = feeder.feeding_bus(bus) {
            j_re[parent] += j_re[bus];
            j_im[parent] += j_im[bus];
        }
    }
    (j_re, j_im)
}
