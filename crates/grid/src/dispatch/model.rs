//! The network dispatch as a conic program: DistFlow with the second-order-cone relaxation.
//!
//! Per period, for every bus k but the substation, fed by branch k (impedance r + jx) from bus i:
//! - `P_k - r l_k - sum of P of branches fed by k = net consumption` and likewise for Q with x;
//! - `v_k = v_i - 2 (r P_k + x Q_k) + (r^2 + x^2) l_k`;
//! - `P_k^2 + Q_k^2 <= l_k v_i` (relaxed; equal in the network).
//!
//! Constant admittances add `g v` and `b v` to a bus's consumption; everything is referred to the
//! substation's level, so that limits of a bus are divided by its gain.
//!
//! P, Q enter the branch at bus i, v is the squared voltage, l the squared current. Powers in MW
//! and Mvar, which are per unit on 1 MVA; energies in MWh; costs in 1,000 CNY, so that a price in
//! CNY/kWh is a cost per MWh.

use crate::carbon::CarbonBasis;
use crate::dispatch::error::HardLimit;
use crate::dispatch::problem::{DieselMode, DispatchProblem, PurchaseRule};
use crate::feeder::Feeder;
use optim::conic::{Column, ConicProgram, Term};

/// What capacitors do.
#[derive(Clone, Copy)]
pub(crate) enum Capacitors<'a> {
    /// Any value up to all steps.
    Relaxed,
    /// So many steps, bank after bank, for each period.
    Fixed(&'a [Vec<u32>]),
}

/// How EVs are seen.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flexibility {
    /// Store by store.
    Stores,
    /// One store without energy bounds: a relaxation, good enough to find capacitor steps.
    Pooled,
}

/// Whether hard limits are kept or, to find out which one cannot be, exceeded at a price.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limits {
    Hard,
    Priced,
}

/// Columns of one period.
pub(crate) struct PeriodColumns {
    /// Active power into the feeding branch, by bus; the substation's entry is the import.
    pub p: Vec<Column>,
    /// Reactive power into the feeding branch, by bus; means nothing at the substation.
    pub q: Vec<Column>,
    /// Squared current of the feeding branch, by bus; means nothing at the substation.
    pub l: Vec<Column>,
    /// Squared voltage by bus; means nothing at the substation.
    pub v: Vec<Column>,
    /// Power used of each renewable source; none where nothing is available.
    pub used: Vec<Option<Column>>,
    /// Power of each diesel set; none where it must run.
    pub diesel: Vec<Option<Column>>,
    /// Reactive power of each bank while relaxed.
    pub capacitor: Vec<Option<Column>>,
    /// EV power of each zone, the same column in all periods of a step.
    pub ev: Vec<Column>,
}

/// Columns of one store, step by step of its window.
pub(crate) struct StoreColumns {
    pub charge: Vec<Column>,
    /// Empty without V2G.
    pub discharge: Vec<Column>,
}

/// A hard limit with the column by which it may be exceeded while priced.
pub(crate) struct LimitRow {
    pub limit: HardLimit,
    pub period: usize,
    pub excess: Option<Column>,
}

/// The program and where everything stands in it.
pub(crate) struct Model {
    pub program: ConicProgram,
    pub periods: Vec<PeriodColumns>,
    pub stores: Vec<StoreColumns>,
    pub limits: Vec<LimitRow>,
    /// Cost that no decision changes: curtailing everything, diesel that must run [1,000 CNY].
    pub known_cost: f64,
}

/// Writes the model with the economic objective.
pub(crate) fn build(
    problem: &DispatchProblem<'_>,
    capacitors: Capacitors<'_>,
    flexibility: Flexibility,
    limits: Limits,
) -> Model {
    let mut builder =
        Builder { problem, limits, program: ConicProgram::default(), limit_rows: Vec::new() };
    let peak = builder.purchase_peak();
    let steps = builder.ev_steps();
    let periods: Vec<PeriodColumns> = (0..problem.grid.periods)
        .map(|t| builder.period(t, steps[t / problem.evs.step_periods].clone(), capacitors, peak))
        .collect();
    builder.carbon(&periods);
    let stores = match flexibility {
        Flexibility::Stores => builder.stores(&steps),
        Flexibility::Pooled => {
            builder.pools(&steps);
            Vec::new()
        }
    };
    Model {
        program: builder.program,
        periods,
        stores,
        limits: builder.limit_rows,
        known_cost: known_cost(problem),
    }
}

fn known_cost(problem: &DispatchProblem<'_>) -> f64 {
    let available_kw: f64 = problem.renewables.iter().flat_map(|source| &source.available_kw).sum();
    let curtailed = available_kw * problem.grid.period_h * problem.prices.curtailment_cny_per_kwh;
    let must_run = problem.diesels.iter().filter(|set| set.mode == DieselMode::MustRun);
    let diesel: f64 =
        must_run.map(|set| set.power.value() * set.cost_cny_per_kwh * problem.grid.hours()).sum();
    (curtailed + diesel) / 1000.0
}

/// A model while it is written down.
pub(super) struct Builder<'a, 'b> {
    pub(super) problem: &'a DispatchProblem<'b>,
    limits: Limits,
    pub(super) program: ConicProgram,
    limit_rows: Vec<LimitRow>,
}

impl Builder<'_, '_> {
    /// The import peak, where it is what costs.
    fn purchase_peak(&mut self) -> Option<Column> {
        let problem = self.problem;
        (problem.prices.purchase == PurchaseRule::Capacity).then(|| {
            let peak = self.program.column(problem.prices.capacity_cny_per_kw());
            self.program.at_most(&[(peak, -1.0)], -problem.so_far.import_peak.value() / 1000.0);
            peak
        })
    }

    fn period(
        &mut self,
        t: usize,
        ev: Vec<Column>,
        capacitors: Capacitors<'_>,
        peak: Option<Column>,
    ) -> PeriodColumns {
        let columns = self.period_columns(t, ev, capacitors);
        self.balances(t, &columns, capacitors);
        self.voltages_and_currents(t, &columns);
        self.substation(t, &columns, peak);
        self.node_limits(t, &columns, capacitors);
        columns
    }

    fn period_columns(
        &mut self,
        t: usize,
        ev: Vec<Column>,
        capacitors: Capacitors<'_>,
    ) -> PeriodColumns {
        let problem = self.problem;
        let (n, dt, prices) =
            (problem.feeder.buses().len(), problem.grid.period_h, &problem.prices);
        let import = match prices.purchase {
            PurchaseRule::Capacity => self.program.column(0.0),
            PurchaseRule::Tou => self.program.column(problem.tou_cny_per_kwh[t] * dt),
        };
        let loss = |bus: usize| {
            problem
                .feeder
                .feeding_branch(bus)
                .map_or(0.0, |b| current_price(problem.feeder, b) * prices.loss_cny_per_kwh * dt)
        };
        let slack = problem.feeder.slack();
        let mut columns = PeriodColumns {
            p: vec![import; n],
            q: vec![import; n],
            l: vec![import; n],
            v: vec![import; n],
            used: Vec::new(),
            diesel: Vec::new(),
            capacitor: Vec::new(),
            ev,
        };
        for bus in (0..n).filter(|&bus| bus != slack) {
            columns.p[bus] = self.program.column(0.0);
            columns.q[bus] = self.program.column(0.0);
            columns.l[bus] = self.program.column(loss(bus));
            columns.v[bus] = self.program.column(0.0);
        }
        for source in &problem.renewables {
            let available = source.available_kw[t] / 1000.0;
            columns.used.push((available > 0.0).then(|| {
                let used = self.program.column(-prices.curtailment_cny_per_kwh * dt);
                self.program.bounds(used, 0.0, available);
                used
            }));
        }
        for set in &problem.diesels {
            columns.diesel.push((set.mode == DieselMode::Free).then(|| {
                let power = self.program.column(set.cost_cny_per_kwh * dt);
                self.program.bounds(power, 0.0, set.power.value() / 1000.0);
                power
            }));
        }
        for bank in &problem.capacitors {
            columns.capacitor.push(matches!(capacitors, Capacitors::Relaxed).then(|| {
                let q = self.program.column(0.0);
                self.program.bounds(q, 0.0, bank.step.value() * f64::from(bank.steps) / 1000.0);
                q
            }));
        }
        columns
    }

    /// Net consumption of a bus as terms and a known part (variables on the left count as
    /// consumption) [MW, Mvar].
    fn consumption(
        &self,
        t: usize,
        bus: usize,
        columns: &PeriodColumns,
        capacitors: Capacitors<'_>,
    ) -> Consumption {
        let problem = self.problem;
        let at = t * problem.feeder.buses().len() + bus;
        let here = |id| problem.at(id) == bus;
        let mut c = Consumption {
            p_terms: Vec::new(),
            p_known: problem.load_kw[at] / 1000.0,
            q_terms: Vec::new(),
            q_known: problem.load_kvar[at] / 1000.0,
        };
        for (source, used) in
            problem.renewables.iter().zip(&columns.used).filter(|(s, _)| here(s.bus))
        {
            debug_assert!(source.available_kw.len() == problem.grid.periods);
            c.p_terms.extend(used.map(|used| (used, -1.0)));
        }
        for (set, power) in problem.diesels.iter().zip(&columns.diesel).filter(|(s, _)| here(s.bus))
        {
            match power {
                Some(power) => c.p_terms.push((*power, -1.0)),
                None => c.p_known -= set.power.value() / 1000.0,
            }
        }
        for (zone, &ev) in problem.evs.zones.iter().zip(&columns.ev) {
            let share: f64 = zone.shares.iter().filter(|s| here(s.0)).map(|s| s.1).sum();
            if share != 0.0 {
                c.p_terms.push((ev, share));
            }
        }
        for (k, bank) in problem.capacitors.iter().enumerate().filter(|(_, b)| here(b.bus)) {
            match capacitors {
                Capacitors::Relaxed => c.q_terms.extend(columns.capacitor[k].map(|q| (q, -1.0))),
                Capacitors::Fixed(steps) => {
                    c.q_known -= f64::from(steps[k][t]) * bank.step.value() / 1000.0;
                }
            }
        }
        c
    }

    /// Power balance of every bus.
    fn balances(&mut self, t: usize, columns: &PeriodColumns, capacitors: Capacitors<'_>) {
        let feeder = self.problem.feeder;
        let mut p_rows: Vec<Vec<(Column, f64)>> = vec![Vec::new(); feeder.buses().len()];
        let mut q_rows = p_rows.clone();
        for &bus in feeder.outwards() {
            p_rows[bus].push((columns.p[bus], 1.0));
            if let Some(branch) = feeder.feeding_branch(bus) {
                q_rows[bus].push((columns.q[bus], 1.0));
                p_rows[bus].push((columns.l[bus], -resistance(feeder, branch)));
                q_rows[bus].push((columns.l[bus], -reactance(feeder, branch)));
            }
            if let Some(above) = feeder.feeding_bus(bus) {
                p_rows[above].push((columns.p[bus], -1.0));
                q_rows[above].push((columns.q[bus], -1.0));
            }
        }
        for bus in 0..feeder.buses().len() {
            let mut c = self.consumption(t, bus, columns, capacitors);
            let (g, b) = feeder.shunt_pu(bus);
            if bus == feeder.slack() {
                c.p_known += g * feeder.slack_voltage().value().powi(2);
            } else if (g, b) != (0.0, 0.0) {
                p_rows[bus].push((columns.v[bus], -g));
                q_rows[bus].push((columns.v[bus], -b));
            }
            p_rows[bus].extend(c.p_terms.iter().map(|&(column, k)| (column, -k)));
            self.program.equal(&p_rows[bus], c.p_known);
            // The substation's reactive power is whatever is needed.
            if bus != feeder.slack() {
                q_rows[bus].extend(c.q_terms.iter().map(|&(column, k)| (column, -k)));
                self.program.equal(&q_rows[bus], c.q_known);
            }
        }
    }

    /// Voltage drop, cone, voltage band with priced slack, rated current of every feeding branch.
    fn voltages_and_currents(&mut self, t: usize, columns: &PeriodColumns) {
        let problem = self.problem;
        let (feeder, prices) = (problem.feeder, &problem.prices);
        let slack_price = prices.voltage_cny_per_pu2_h / 1000.0 * problem.grid.period_h;
        let (below, above) = (self.program.column(slack_price), self.program.column(slack_price));
        self.program.not_negative(below);
        self.program.not_negative(above);
        for &bus in &feeder.outwards()[1..] {
            let (Some(branch), Some(parent)) =
                (feeder.feeding_branch(bus), feeder.feeding_bus(bus))
            else {
                continue;
            };
            let (r, x) = (resistance(feeder, branch), reactance(feeder, branch));
            let (p, q, l, v) = (columns.p[bus], columns.q[bus], columns.l[bus], columns.v[bus]);
            let mut drop = vec![(v, 1.0), (p, 2.0 * r), (q, 2.0 * x), (l, -(r * r + x * x))];
            let held = feeder.slack_voltage().value().powi(2);
            let at_parent = if parent == feeder.slack() {
                self.program.equal(&drop, held);
                Term::Constant(held)
            } else {
                drop.push((columns.v[parent], -1.0));
                self.program.equal(&drop, 0.0);
                Term::Variable(columns.v[parent])
            };
            self.program.power_cone(p, q, l, at_parent);
            let (low, high) = problem.band(bus);
            let gain = feeder.buses()[bus].gain;
            self.program.at_most(&[(v, -1.0), (below, -1.0)], -(low.value() / gain).powi(2));
            self.program.at_most(&[(v, 1.0), (above, -1.0)], (high.value() / gain).powi(2));
            let branch = &feeder.branches()[branch];
            if let Some(rating_a) = branch.rating_a {
                let limit = HardLimit::BranchCurrent(branch.id);
                let rating_pu = rating_a / (feeder.base_a() * branch.own_a);
                self.limit(limit, t, vec![(l, 1.0)], rating_pu.powi(2));
            }
        }
    }

    /// Import peak, import limit, no export.
    fn substation(&mut self, t: usize, columns: &PeriodColumns, peak: Option<Column>) {
        let import = columns.p[self.problem.feeder.slack()];
        if let Some(peak) = peak {
            self.program.at_most(&[(import, 1.0), (peak, -1.0)], 0.0);
        }
        self.limit(HardLimit::Export, t, vec![(import, -1.0)], 0.0);
        if let Some(most) = self.problem.import_limit {
            self.limit(HardLimit::Import, t, vec![(import, 1.0)], most.value() / 1000.0);
        }
    }

    fn node_limits(&mut self, t: usize, columns: &PeriodColumns, capacitors: Capacitors<'_>) {
        for limit in &self.problem.node_limits {
            let c = self.consumption(t, self.problem.at(limit.bus), columns, capacitors);
            if let Some((low, high)) = limit.active {
                let negative = c.p_terms.iter().map(|&(column, k)| (column, -k)).collect();
                self.limit(
                    HardLimit::NodeActive(limit.bus),
                    t,
                    c.p_terms,
                    high.value() / 1000.0 - c.p_known,
                );
                self.limit(
                    HardLimit::NodeActive(limit.bus),
                    t,
                    negative,
                    c.p_known - low.value() / 1000.0,
                );
            }
            if let Some((low, high)) = limit.reactive {
                let negative = c.q_terms.iter().map(|&(column, k)| (column, -k)).collect();
                self.limit(
                    HardLimit::NodeReactive(limit.bus),
                    t,
                    c.q_terms,
                    high.value() / 1000.0 - c.q_known,
                );
                self.limit(
                    HardLimit::NodeReactive(limit.bus),
                    t,
                    negative,
                    c.q_known - low.value() / 1000.0,
                );
            }
        }
    }

    /// `terms <= rhs`, with a column of excess while limits are priced.
    fn limit(&mut self, limit: HardLimit, period: usize, mut terms: Vec<(Column, f64)>, rhs: f64) {
        let excess = (self.limits == Limits::Priced).then(|| {
            let excess = self.program.column(0.0);
            self.program.not_negative(excess);
            terms.push((excess, -1.0));
            excess
        });
        self.program.at_most(&terms, rhs);
        self.limit_rows.push(LimitRow { limit, period, excess });
    }

    /// Stepwise carbon cost as the largest of its straight lines, per period or over the day.
    fn carbon(&mut self, periods: &[PeriodColumns]) {
        let (problem, dt) = (self.problem, self.problem.grid.period_h);
        match problem.carbon.basis {
            CarbonBasis::Period => {
                for t in 0..periods.len() {
                    self.carbon_cost(&periods[t..=t], 0.0, dt);
                }
            }
            CarbonBasis::Day => {
                self.carbon_cost(periods, problem.so_far.above_quota_kg / 1000.0, 24.0);
            }
        }
    }

    /// Cost of what the given periods emit above the quota; `known_t` was emitted before [t].
    fn carbon_cost(&mut self, periods: &[PeriodColumns], mut known_t: f64, hours: f64) {
        let (problem, dt, rule) = (self.problem, self.problem.grid.period_h, &self.problem.carbon);
        let mut net = Vec::new();
        for columns in periods {
            net.push((
                columns.p[problem.feeder.slack()],
                rule.thermal_share * rule.thermal_kg_per_kwh * dt,
            ));
            net.extend(
                columns.used.iter().flatten().map(|&used| (used, -rule.quota_kg_per_kwh * dt)),
            );
            let per_diesel = (rule.diesel_kg_per_kwh - rule.quota_kg_per_kwh) * dt;
            for (set, power) in problem.diesels.iter().zip(&columns.diesel) {
                match power {
                    Some(power) => net.push((*power, per_diesel)),
                    None => known_t += set.power.value() / 1000.0 * per_diesel,
                }
            }
        }
        let cost = self.program.column(1.0);
        for line in rule.lines(hours) {
            let mut terms: Vec<(Column, f64)> =
                net.iter().map(|&(column, k)| (column, k * line.slope)).collect();
            terms.push((cost, -1.0));
            // Offsets are CNY, the program counts in 1,000.
            self.program.at_most(&terms, line.offset / 1000.0 - line.slope * known_t);
        }
    }
}

struct Consumption {
    p_terms: Vec<(Column, f64)>,
    p_known: f64,
    q_terms: Vec<(Column, f64)>,
    q_known: f64,
}

/// Resistance of a branch (by position) in per unit.
pub(crate) fn resistance(feeder: &Feeder, branch: usize) -> f64 {
    feeder.branches()[branch].r_ohm / feeder.base_ohm()
}

/// What a squared current counts for in the objective, beside the loss price: the resistance, or
/// where there is none a trace of the reactance, so that the current is the network's there too.
fn current_price(feeder: &Feeder, branch: usize) -> f64 {
    match resistance(feeder, branch) {
        r if r > 0.0 => r,
        _ => 0.01 * reactance(feeder, branch).max(1e-4),
    }
}

/// Reactance of a branch (by position) in per unit.
pub(crate) fn reactance(feeder: &Feeder, branch: usize) -> f64 {
    feeder.branches()[branch].x_ohm / feeder.base_ohm()
}
