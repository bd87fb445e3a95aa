//! How voltages answer to small changes of load: first-order sensitivities from shared paths at a
//! solved state.
//!
//! A change `dS_j` of consumption changes the current by `conj(dS_j / V_j)`, which drops over the
//! path that buses i and j share from the substation, `Z_ij = R_ij + j X_ij`: `d|V_i| = -Re( Z_ij
//! conj(dS_j) e^(j (theta_j - theta_i)) ) / |V_j|`. Second-order effects (the other constant-power
//! loads drawing more current at lower voltage) are left out; at nominal load they make up to a
//! sixth of the change on IEEE 33.

use crate::feeder::Feeder;
use crate::flow_state::FlowState;

/// Voltage sensitivities at one state, by position of the buses.
#[derive(Clone, Debug, PartialEq)]
pub struct VoltageSensitivity {
    buses: usize,
    per_kw: Vec<f64>,
    per_kvar: Vec<f64>,
}

impl VoltageSensitivity {
    /// Sensitivities of all pairs of buses at a solved state.
    pub fn at(feeder: &Feeder, state: &FlowState) -> Self {
        let buses = feeder.buses().len();
        let (mut per_kw, mut per_kvar) =
            (Vec::with_capacity(buses * buses), Vec::with_capacity(buses * buses));
        let shared = feeder.shared_paths_ohm();
        for i in 0..buses {
            for j in 0..buses {
                let (r_ohm, x_ohm) = shared[i * buses + j];
                let gains = feeder.buses()[i].gain * feeder.buses()[j].gain;
                let scale = feeder.base_ohm() * Feeder::BASE_KVA * state.vm_pu(j) / gains;
                let angle = state.va_degree(j).to_radians() - state.va_degree(i).to_radians();
                let (sin, cos) = angle.sin_cos();
                per_kw.push(-(r_ohm * cos - x_ohm * sin) / scale);
                per_kvar.push(-(x_ohm * cos + r_ohm * sin) / scale);
            }
        }
        Self { buses, per_kw, per_kvar }
    }

    /// Change of the voltage magnitude at `of` per active load added at `load` \[p.u./kW\].
    pub fn per_kw(&self, of: usize, load: usize) -> f64 {
        self.per_kw[of * self.buses + load]
    }

    /// Change of the voltage magnitude at `of` per reactive load added at `load` \[p.u./kvar\].
    pub fn per_kvar(&self, of: usize, load: usize) -> f64 {
        self.per_kvar[of * self.buses + load]
    }
}
