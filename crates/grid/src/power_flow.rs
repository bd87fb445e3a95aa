//! AC power flow of a radial feeder by backward/forward sweep: one load vector, or many at once.
//!
//! Loads are constant power, consumption positive [kW, kvar], one number per bus in the feeder's
//! order; the substation's own load counts in its import. Not converging is an outcome, not an
//! error: a feeder can be loaded beyond what it can carry.

use crate::feeder::Feeder;
use crate::flow_state::FlowState;
use crate::sweep::{Lanes, SweepPlan};
use domain::BusId;
use thiserror::Error;

/// How many scenarios the batch sweeps side by side.
const LANES: usize = 8;

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FlowOptions {
    /// Converged when no voltage moved further than this in a sweep \[p.u.\].
    pub tolerance_pu: f64,
    /// Sweeps after which the flow counts as diverged.
    pub max_sweeps: u32,
}

impl Default for FlowOptions {
    /// 1e-10 p.u., 200 sweeps (ordinary loads need 5 to 12).
    fn default() -> Self {
        Self { tolerance_pu: 1e-10, max_sweeps: 200 }
    }
}

/// Loads that cannot be computed with.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum FlowError {
    /// The wrong number of loads.
    #[error("{found} values of {quantity} given, {expected} needed (one per bus and scenario)")]
    Length {
        /// `p_kw` or `q_kvar`.
        quantity: &'static str,
        /// What was given.
        found: usize,
        /// What is needed.
        expected: usize,
    },
    /// A load that is not a number.
    #[error("scenario {scenario}: {quantity} at bus {bus} is {value}")]
    NotFinite {
        /// 0-based.
        scenario: usize,
        /// The bus.
        bus: BusId,
        /// `p_kw` or `q_kvar`.
        quantity: &'static str,
        /// What was given.
        value: f64,
    },
    /// Options that cannot be met.
    #[error("tolerance {0} p.u. is not above zero")]
    Tolerance(f64),
}

/// How one power flow ended.
#[derive(Clone, Debug, PartialEq)]
pub enum FlowOutcome {
    /// A solution.
    Converged(FlowState),
    /// No solution was reached.
    Diverged(Divergence),
}

/// Where and how a power flow failed to converge.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[error(
    "no power flow solution after {sweeps} sweeps; the voltage of bus {bus} still moved by {step_pu} p.u. (load beyond what the feeder carries?)"
)]
pub struct Divergence {
    /// The bus whose voltage moved most in the last sweep with finite voltages.
    pub bus: BusId,
    /// By how much \[p.u.\].
    pub step_pu: f64,
    /// Sweeps made.
    pub sweeps: u32,
}

impl FlowOutcome {
    /// The solution or the reason why there is none.
    ///
    /// # Errors
    /// The divergence.
    pub fn converged(self) -> Result<FlowState, Divergence> {
        match self {
            Self::Converged(state) => Ok(state),
            Self::Diverged(divergence) => Err(divergence),
        }
    }
}

/// How one scenario of a batch ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ended {
    /// Its voltages are a solution, reached after so many sweeps.
    Converged(u32),
    /// Its voltages are not a number.
    Diverged(Divergence),
}

/// Voltages of many scenarios, scenario after scenario, buses in the feeder's order.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchFlow {
    buses: usize,
    /// Real parts \[p.u.\], not a number where diverged.
    pub v_re: Vec<f64>,
    /// Imaginary parts \[p.u.\], not a number where diverged.
    pub v_im: Vec<f64>,
    /// How each scenario ended.
    pub ended: Vec<Ended>,
}

impl BatchFlow {
    /// Voltage magnitude at a bus (by position) \[p.u.\].
    pub fn vm_pu(&self, scenario: usize, bus: usize) -> f64 {
        let at = scenario * self.buses + bus;
        self.v_re[at].hypot(self.v_im[at])
    }

    /// The full state of one scenario, whose loads are given again [kW, kvar].
    pub fn state(
        &self,
        feeder: &Feeder,
        scenario: usize,
        p_kw: &[f64],
        q_kvar: &[f64],
    ) -> FlowOutcome {
        match self.ended[scenario] {
            Ended::Diverged(divergence) => FlowOutcome::Diverged(divergence),
            Ended::Converged(sweeps) => {
                let range = scenario * self.buses..(scenario + 1) * self.buses;
                let (v_re, v_im) = (self.v_re[range.clone()].to_vec(), self.v_im[range].to_vec());
                FlowOutcome::Converged(FlowState::from_voltages(
                    feeder, p_kw, q_kvar, v_re, v_im, sweeps,
                ))
            }
        }
    }
}

/// A feeder prepared for power flows.
#[derive(Clone, Debug)]
pub struct PowerFlow<'a> {
    feeder: &'a Feeder,
    plan: SweepPlan,
}

impl<'a> PowerFlow<'a> {
    /// Orders the feeder for the sweep.
    pub fn new(feeder: &'a Feeder) -> Self {
        Self { feeder, plan: SweepPlan::new(feeder) }
    }

    /// Solves one load vector [kW, kvar].
    ///
    /// ```
    /// use grid::{FlowOptions, PowerFlow};
    /// let feeder = grid::ieee33();
    /// let (p, q) = (feeder.nominal_p_kw(), feeder.nominal_q_kvar());
    /// let state = PowerFlow::new(&feeder).solve(&p, &q, &FlowOptions::default()).unwrap().converged().unwrap();
    /// assert!((state.loss.value() - 202.677).abs() < 5e-4);
    /// let (bus, voltage) = state.lowest_voltage(&feeder);
    /// assert_eq!(bus, domain::BusId(18));
    /// assert!((voltage.value() - 0.913090).abs() < 5e-7);
    /// ```
    ///
    /// # Errors
    /// Loads of the wrong number or not finite.
    pub fn solve(
        &self,
        p_kw: &[f64],
        q_kvar: &[f64],
        options: &FlowOptions,
    ) -> Result<FlowOutcome, FlowError> {
        self.check(1, p_kw, q_kvar, options)?;
        let batch = self.solve_checked::<1>(1, p_kw, q_kvar, options);
        Ok(batch.state(self.feeder, 0, p_kw, q_kvar))
    }

    /// Solves many load vectors, given scenario after scenario [kW, kvar]. Bit for bit the voltages
    /// of [`PowerFlow::solve`].
    ///
    /// # Errors
    /// Loads of the wrong number or not finite.
    pub fn solve_batch(
        &self,
        p_kw: &[f64],
        q_kvar: &[f64],
        options: &FlowOptions,
    ) -> Result<BatchFlow, FlowError> {
        let scenarios = p_kw.len() / self.plan.len();
        self.check(scenarios, p_kw, q_kvar, options)?;
        Ok(self.solve_checked::<LANES>(scenarios, p_kw, q_kvar, options))
    }

    fn solve_checked<const L: usize>(
        &self,
        scenarios: usize,
        p_kw: &[f64],
        q_kvar: &[f64],
        options: &FlowOptions,
    ) -> BatchFlow {
        let n = self.plan.len();
        let mut batch = BatchFlow {
            buses: n,
            v_re: vec![f64::NAN; scenarios * n],
            v_im: vec![f64::NAN; scenarios * n],
            ended: Vec::with_capacity(scenarios),
        };
        let mut lanes = Lanes::<L>::new(&self.plan);
        for first in (0..scenarios).step_by(L) {
            let here = L.min(scenarios - first);
            for lane in 0..L {
                if lane < here {
                    let range = (first + lane) * n..(first + lane + 1) * n;
                    lanes.load(&self.plan, lane, &p_kw[range.clone()], &q_kvar[range]);
                } else {
                    lanes.clear(lane);
                }
            }
            let sweeps = self.sweep_group(&mut lanes, first, here, &mut batch, options);
            for (lane, sweeps) in sweeps.into_iter().enumerate().take(here) {
                let range = (first + lane) * n..(first + lane + 1) * n;
                batch.ended.push(match sweeps {
                    Some(sweeps) => Ended::Converged(sweeps),
                    None => Ended::Diverged(self.divergence(
                        &p_kw[range.clone()],
                        &q_kvar[range],
                        options,
                    )),
                });
            }
        }
        batch
    }

    /// Sweeps one group until each lane has converged or the sweeps are used up. A lane's voltages
    /// are taken at the sweep at which it converges, whatever the others still do. Returns the
    /// sweeps of each lane, none where it did not converge.
    fn sweep_group<const L: usize>(
        &self,
        lanes: &mut Lanes<L>,
        first: usize,
        here: usize,
        batch: &mut BatchFlow,
        options: &FlowOptions,
    ) -> [Option<u32>; L] {
        let n = self.plan.len();
        let square = options.tolerance_pu * options.tolerance_pu;
        let mut ended = [None; L];
        let mut left = here;
        lanes.start(&self.plan);
        for sweep in 1..=options.max_sweeps {
            let steps = lanes.sweep(&self.plan);
            for lane in 0..here {
                if ended[lane].is_none() && steps[lane] <= square {
                    let range = (first + lane) * n..(first + lane + 1) * n;
                    lanes.voltages(
                        &self.plan,
                        lane,
                        &mut batch.v_re[range.clone()],
                        &mut batch.v_im[range],
                    );
                    ended[lane] = Some(sweep);
                    left -= 1;
                }
            }
            let hopeless = |lane: usize| ended[lane].is_some() || !steps[lane].is_finite();
            if left == 0 || (0..here).all(hopeless) {
                break;
            }
        }
        ended
    }

    /// Repeats a flow that did not converge to name the bus that moved most.
    fn divergence(&self, p_kw: &[f64], q_kvar: &[f64], options: &FlowOptions) -> Divergence {
        let n = self.plan.len();
        let mut lane = Lanes::<1>::new(&self.plan);
        lane.load(&self.plan, 0, p_kw, q_kvar);
        lane.start(&self.plan);
        let (mut old_re, mut old_im) = (vec![0.0; n], vec![0.0; n]);
        let (mut new_re, mut new_im) = (vec![0.0; n], vec![0.0; n]);
        let mut found = Divergence {
            bus: self.feeder.buses()[self.feeder.slack()].id,
            step_pu: 0.0,
            sweeps: 0,
        };
        lane.voltages(&self.plan, 0, &mut old_re, &mut old_im);
        for sweep in 1..=options.max_sweeps {
            let [step] = lane.sweep(&self.plan);
            if !step.is_finite() {
                break;
            }
            lane.voltages(&self.plan, 0, &mut new_re, &mut new_im);
            let moved = |bus: usize| (new_re[bus] - old_re[bus]).hypot(new_im[bus] - old_im[bus]);
            let most = (0..n).fold(0, |a, b| if moved(b) > moved(a) { b } else { a });
            found = Divergence {
                bus: self.feeder.buses()[most].id,
                step_pu: moved(most),
                sweeps: sweep,
            };
            std::mem::swap(&mut old_re, &mut new_re);
            std::mem::swap(&mut old_im, &mut new_im);
        }
        found
    }

    fn check(
        &self,
        scenarios: usize,
        p_kw: &[f64],
        q_kvar: &[f64],
        options: &FlowOptions,
    ) -> Result<(), FlowError> {
        if options.tolerance_pu.is_nan() || options.tolerance_pu <= 0.0 {
            return Err(FlowError::Tolerance(options.tolerance_pu));
        }
        let n = self.plan.len();
        for (quantity, values) in [("p_kw", p_kw), ("q_kvar", q_kvar)] {
            if values.len() != scenarios * n {
                return Err(FlowError::Length {
                    quantity,
                    found: values.len(),
                    expected: scenarios * n,
                });
            }
            if let Some(at) = values.iter().position(|v| !v.is_finite()) {
                let (scenario, bus, value) = (at / n, self.feeder.buses()[at % n].id, values[at]);
                return Err(FlowError::NotFinite { scenario, bus, quantity, value });
            }
        }
        Ok(())
    }
}
