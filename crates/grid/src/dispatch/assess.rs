//! What a schedule costs and does to the network, by AC power flow: the same measure for every
//! schedule, optimised or not.

use crate::carbon::CarbonBasis;
use crate::dispatch::checks::expect_length;
use crate::dispatch::error::DispatchError;
use crate::dispatch::problem::{DispatchProblem, PurchaseRule, RenewableKind};
use crate::flow_state::FlowState;
use crate::power_flow::{FlowOptions, FlowOutcome, PowerFlow};
use domain::{BusId, Cny, KgCo2, Kw, Kwh, PerUnit};

/// Set points of a horizon.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// EV power \[kW\], period after period, buses in the feeder's order; discharging negative.
    pub ev_kw: Vec<f64>,
    /// Power used of each renewable source in each period \[kW\].
    pub used_kw: Vec<Vec<f64>>,
    /// Power of each diesel set in each period \[kW\].
    pub diesel_kw: Vec<Vec<f64>>,
    /// Steps in operation of each capacitor bank in each period.
    pub capacitor_steps: Vec<Vec<u32>>,
}

/// Costs of a horizon (P0 eq. 1 and Table 2).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CostBreakdown {
    /// Purchase by the rule of the problem.
    pub purchase: Cny,
    /// Diesel.
    pub diesel: Cny,
    /// Curtailed PV and wind.
    pub curtailment: Cny,
    /// Carbon.
    pub carbon: Cny,
    /// Purchase if it is a charge on the day's import peak.
    pub purchase_capacity: Cny,
    /// Purchase if it is energy at time-of-use prices.
    pub purchase_tou: Cny,
}

impl CostBreakdown {
    /// Purchase, diesel, curtailment and carbon together.
    pub fn total(&self) -> Cny {
        self.purchase + self.diesel + self.curtailment + self.carbon
    }
}

/// A voltage outside the band.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VoltageViolation {
    /// When.
    pub period: usize,
    /// Where.
    pub bus: BusId,
    /// Magnitude.
    pub voltage: PerUnit,
}

/// A schedule, verified by AC power flow.
#[derive(Clone, Debug, PartialEq)]
pub struct Assessment {
    /// Net consumption \[kW\], period after period, buses in the feeder's order.
    pub p_kw: Vec<f64>,
    /// Reactive net consumption \[kvar\], likewise.
    pub q_kvar: Vec<f64>,
    /// The network's state in each period.
    pub states: Vec<FlowState>,
    /// Costs.
    pub cost: CostBreakdown,
    /// Losses of the horizon.
    pub loss: Kwh,
    /// Import peak of the horizon.
    pub import_peak: Kw,
    /// PV and wind curtailed over the horizon.
    pub curtailed: Kwh,
    /// Emissions over the horizon.
    pub emissions: KgCo2,
    /// Emissions minus quota over the horizon.
    pub above_quota: KgCo2,
    /// Every voltage outside the band, period by period.
    pub violations: Vec<VoltageViolation>,
}

/// Nothing runs: no EVs, nothing curtailed, diesel at full power, capacitors off. A start for
/// schedules made otherwise.
pub fn idle_schedule(problem: &DispatchProblem<'_>) -> Schedule {
    let periods = problem.grid.periods;
    Schedule {
        ev_kw: vec![0.0; periods * problem.feeder.buses().len()],
        used_kw: problem.renewables.iter().map(|source| source.available_kw.clone()).collect(),
        diesel_kw: problem.diesels.iter().map(|set| vec![set.power.value(); periods]).collect(),
        capacitor_steps: problem.capacitors.iter().map(|_| vec![0; periods]).collect(),
    }
}

/// The case before optimisation: EVs charge on arrival, nothing is discharged, diesel runs,
/// capacitors are off, and surplus is curtailed pro rata of what each source could give.
///
/// # Errors
/// An ill-formed problem, or a period without power flow.
pub fn uncontrolled(problem: &DispatchProblem<'_>) -> Result<Schedule, DispatchError> {
    problem.check()?;
    let buses = problem.feeder.buses().len();
    let mut schedule = idle_schedule(problem);
    for store in &problem.evs.stores {
        let power = store.uncontrolled_kw(
            problem.grid,
            problem.evs.step_periods,
            problem.prices.ev_efficiency,
        );
        for (t, kw) in store.by_period(problem.grid, problem.evs.step_periods, &power) {
            for (zone, split) in
                store.split.iter().filter_map(|&(zone, k)| Some((problem.zone_index(zone)?, k)))
            {
                for &(bus, share) in &problem.evs.zones[zone].shares {
                    schedule.ev_kw[t * buses + problem.at(bus)] += kw * split * share;
                }
            }
        }
    }
    curtail_pro_rata(problem, &mut schedule)?;
    Ok(schedule)
}

/// Curtails all sources by one factor in every period in which power would flow back through the
/// substation.
///
/// # Errors
/// A schedule of the wrong shape, or a period without power flow.
pub fn curtail_pro_rata(
    problem: &DispatchProblem<'_>,
    schedule: &mut Schedule,
) -> Result<(), DispatchError> {
    let none = vec![vec![0.0; problem.grid.periods]; problem.renewables.len()];
    curtail_surplus(problem, schedule, &none)
}

/// Curtails what would flow back through the substation: first what is to spare of each source in
/// each period \[kW\], all by one factor, then everything by one factor.
///
/// # Errors
/// A schedule of the wrong shape, or a period without power flow.
pub fn curtail_surplus(
    problem: &DispatchProblem<'_>,
    schedule: &mut Schedule,
    spare_kw: &[Vec<f64>],
) -> Result<(), DispatchError> {
    let mut spare_kw = spare_kw.to_vec();
    // Losses change with curtailment: a few rounds bring the export below a watt.
    for _ in 0..20 {
        let (p_kw, q_kvar) = net_consumption(problem, schedule);
        let states = flows(problem, &p_kw, &q_kvar)?;
        let mut changed = false;
        for (t, state) in states.iter().enumerate() {
            let feed_in: f64 = schedule.used_kw.iter().map(|used| used[t]).sum();
            let export_kw = -state.import.value();
            if export_kw <= 1e-3 || feed_in <= 0.0 {
                continue;
            }
            let spare: f64 = spare_kw.iter().map(|spare| spare[t]).sum();
            if spare > 1e-3 {
                let share = (export_kw / spare).min(1.0);
                for (used, spare) in schedule.used_kw.iter_mut().zip(&mut spare_kw) {
                    used[t] -= share * spare[t];
                    spare[t] *= 1.0 - share;
                }
            } else {
                let keep = (1.0 - export_kw / feed_in).max(0.0);
                schedule.used_kw.iter_mut().for_each(|used| used[t] *= keep);
            }
            changed = true;
        }
        if !changed {
            break;
        }
    }
    Ok(())
}

/// Runs the AC power flow of every period and adds up costs.
///
/// # Errors
/// A schedule of the wrong shape, or a period without power flow.
pub fn assess(
    problem: &DispatchProblem<'_>,
    schedule: &Schedule,
) -> Result<Assessment, DispatchError> {
    problem.check()?;
    check_shape(problem, schedule)?;
    let (p_kw, q_kvar) = net_consumption(problem, schedule);
    let states = flows(problem, &p_kw, &q_kvar)?;
    let dt = problem.grid.period_h;
    let curtailed_kw: f64 = problem
        .renewables
        .iter()
        .zip(&schedule.used_kw)
        .map(|(source, used)| source.available_kw.iter().zip(used).map(|(a, u)| a - u).sum::<f64>())
        .sum();
    let (carbon, emissions, above_quota) = carbon(problem, schedule, &states);
    let import_peak = states.iter().map(|s| s.import).fold(Kw::ZERO, Kw::max);
    let cost = costs(problem, schedule, &states, curtailed_kw * dt, import_peak, carbon);
    Ok(Assessment {
        cost,
        loss: Kwh(states.iter().map(|s| s.loss.value()).sum::<f64>() * dt),
        import_peak,
        curtailed: Kwh(curtailed_kw * dt),
        emissions,
        above_quota,
        violations: violations(problem, &states),
        p_kw,
        q_kvar,
        states,
    })
}

fn check_shape(problem: &DispatchProblem<'_>, schedule: &Schedule) -> Result<(), DispatchError> {
    let periods = problem.grid.periods;
    expect_length("ev_kw", schedule.ev_kw.len(), periods * problem.feeder.buses().len())?;
    expect_length("used_kw", schedule.used_kw.len(), problem.renewables.len())?;
    expect_length("diesel_kw", schedule.diesel_kw.len(), problem.diesels.len())?;
    expect_length("capacitor_steps", schedule.capacitor_steps.len(), problem.capacitors.len())?;
    for row in schedule.used_kw.iter().chain(&schedule.diesel_kw) {
        expect_length("a row of used_kw or diesel_kw", row.len(), periods)?;
    }
    for row in &schedule.capacitor_steps {
        expect_length("a row of capacitor_steps", row.len(), periods)?;
    }
    Ok(())
}

/// Net consumption of every bus in every period [kW, kvar].
pub fn net_consumption(problem: &DispatchProblem<'_>, schedule: &Schedule) -> (Vec<f64>, Vec<f64>) {
    let buses = problem.feeder.buses().len();
    let mut p_kw: Vec<f64> =
        problem.load_kw.iter().zip(&schedule.ev_kw).map(|(load, ev)| load + ev).collect();
    let mut q_kvar = problem.load_kvar.clone();
    for t in 0..problem.grid.periods {
        for (source, used) in problem.renewables.iter().zip(&schedule.used_kw) {
            p_kw[t * buses + problem.at(source.bus)] -= used[t];
        }
        for (set, power) in problem.diesels.iter().zip(&schedule.diesel_kw) {
            p_kw[t * buses + problem.at(set.bus)] -= power[t];
        }
        for (bank, steps) in problem.capacitors.iter().zip(&schedule.capacitor_steps) {
            q_kvar[t * buses + problem.at(bank.bus)] -= f64::from(steps[t]) * bank.step.value();
        }
    }
    (p_kw, q_kvar)
}

fn flows(
    problem: &DispatchProblem<'_>,
    p_kw: &[f64],
    q_kvar: &[f64],
) -> Result<Vec<FlowState>, DispatchError> {
    let buses = problem.feeder.buses().len();
    let flow = PowerFlow::new(problem.feeder);
    let batch = flow.solve_batch(p_kw, q_kvar, &FlowOptions::default())?;
    (0..problem.grid.periods)
        .map(|period| {
            let range = period * buses..(period + 1) * buses;
            match batch.state(problem.feeder, period, &p_kw[range.clone()], &q_kvar[range]) {
                FlowOutcome::Converged(state) => Ok(state),
                FlowOutcome::Diverged(divergence) => {
                    Err(DispatchError::Diverged { period, divergence })
                }
            }
        })
        .collect()
}

fn costs(
    problem: &DispatchProblem<'_>,
    schedule: &Schedule,
    states: &[FlowState],
    curtailed_kwh: f64,
    import_peak: Kw,
    carbon: Cny,
) -> CostBreakdown {
    let (dt, prices) = (problem.grid.period_h, &problem.prices);
    let peak = import_peak.max(problem.so_far.import_peak);
    let purchase_capacity = Cny(prices.capacity_cny_per_kw() * peak.value());
    let energy = states
        .iter()
        .zip(&problem.tou_cny_per_kwh)
        .map(|(state, price)| state.import.value() * dt * price);
    let purchase_tou = Cny(energy.sum());
    let diesel = problem
        .diesels
        .iter()
        .zip(&schedule.diesel_kw)
        .map(|(set, power)| set.cost_cny_per_kwh * power.iter().sum::<f64>() * dt);
    CostBreakdown {
        purchase: match prices.purchase {
            PurchaseRule::Capacity => purchase_capacity,
            PurchaseRule::Tou => purchase_tou,
        },
        diesel: Cny(diesel.sum()),
        curtailment: Cny(prices.curtailment_cny_per_kwh * curtailed_kwh),
        carbon,
        purchase_capacity,
        purchase_tou,
    }
}

/// Carbon cost of the horizon, emissions, and emissions minus quota.
fn carbon(
    problem: &DispatchProblem<'_>,
    schedule: &Schedule,
    states: &[FlowState],
) -> (Cny, KgCo2, KgCo2) {
    let (dt, rule) = (problem.grid.period_h, &problem.carbon);
    let (mut cost, mut emissions, mut above) = (Cny::ZERO, KgCo2::ZERO, KgCo2::ZERO);
    for (t, state) in states.iter().enumerate() {
        let diesel = Kwh(schedule.diesel_kw.iter().map(|power| power[t]).sum::<f64>() * dt);
        let renewables = Kwh(schedule.used_kw.iter().map(|used| used[t]).sum::<f64>() * dt);
        let emitted = rule.emissions(diesel, Kwh(state.import.value() * dt));
        let net = emitted - rule.quota(diesel, renewables);
        emissions += emitted;
        above += net;
        if rule.basis == CarbonBasis::Period {
            cost += rule.cost(net, dt);
        }
    }
    if rule.basis == CarbonBasis::Day {
        cost = rule.cost(above + KgCo2(problem.so_far.above_quota_kg), 24.0);
    }
    (cost, emissions, above)
}

fn violations(problem: &DispatchProblem<'_>, states: &[FlowState]) -> Vec<VoltageViolation> {
    // Half a millivolt per kilovolt: what the solver's tolerance may leave.
    const SLIGHT: f64 = 5e-5;
    let mut found = Vec::new();
    for (period, state) in states.iter().enumerate() {
        for (at, bus) in problem.feeder.buses().iter().enumerate() {
            let (low, high) = problem.band(at);
            let voltage = PerUnit(state.vm_pu(at));
            if voltage.value() < low.value() - SLIGHT || voltage.value() > high.value() + SLIGHT {
                found.push(VoltageViolation { period, bus: bus.id, voltage });
            }
        }
    }
    found
}

/// Available and used power of one kind of source in a period \[kW\].
pub fn renewable_power(
    problem: &DispatchProblem<'_>,
    schedule: &Schedule,
    kind: RenewableKind,
    period: usize,
) -> (Kw, Kw) {
    let of_kind =
        problem.renewables.iter().zip(&schedule.used_kw).filter(|(source, _)| source.kind == kind);
    of_kind.fold((Kw::ZERO, Kw::ZERO), |(available, used), (source, row)| {
        (available + Kw(source.available_kw[period]), used + Kw(row[period]))
    })
}
