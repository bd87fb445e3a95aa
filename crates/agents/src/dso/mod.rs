//! The DSO agent: dispatch of the feeder from what the zones report, targets for the zones,
//! admission of trades, and the AC power flow of every period that has ended (P0 section 2).
//!
//! A period goes like this (latency between zones is `floor`): the zones report at its beginning;
//! `floor` later the DSO dispatches the 24 hours that follow the period and sends targets;
//! meanwhile zones that will miss their targets trade. When the period has ended the zones report
//! metered energies, and `floor` later the DSO computes the power flow of the period's mean powers,
//! from which balance, voltages, branches and costs are written.
//!
//! - [`case`]: the feeder. - [`letters`]: what is written. - [`reading`]: what is read off it. - `verify`: the period that ended. -
//!   `trading`: admission of trades.

pub mod case;
pub mod letters;
pub mod reading;
mod trading;
mod verify;

use crate::aggregator::follow::period_kinds;
use crate::environment::Environment;
use crate::message::{CentreTimer, Letter, Message};
use crate::outbox::Outbox;
use crate::trade::elastic::not_begun;
use case::{FeederCase, Seen};
use domain::{Actor, Detail, Fact, FactKind, Kw, Phase, ZoneId};
use grid::{
    DaySoFar, Dispatch, DispatchError, DispatchProblem, Exceeded, HardLimit, dispatch,
    dispatch_exceeding, dispatch_with_steps, least_interzone_losses,
};
use letters::{Block, Deal, Metered, Outlook, Planned, Target, TradeLetter, Want};
use market::Ledger;
use market::elastic::Control;
use serde::{Deserialize, Serialize};

/// What holds in the period at hand.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct InForce {
    /// By zone: what it is held to, if to anything.
    targets: Vec<Option<Held>>,
    /// Steps of each capacitor bank.
    steps: Vec<u32>,
    /// Power of each diesel set \[kW\].
    diesel_kw: Vec<f64>,
}

/// What a zone is held to in a period, before trades.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Held {
    /// Target of active net consumption \[kW\].
    p_kw: f64,
    /// Target of reactive net consumption \[kvar\].
    q_kvar: f64,
    /// Net consumption that is not penalised \[kW\].
    allowed_kw: f64,
}

/// A buyer that waits for the period's clearing: who, what, from whom.
type Ask = (u16, Vec<Want>, Vec<Block>);

/// The DSO agent's state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dso {
    outlooks: Vec<Option<Outlook>>,
    /// Where demand answers to prices: outlooks with the answers, and the period for which they
    /// were asked for.
    answered: Vec<Option<Outlook>>,
    asked: Option<i64>,
    metered: Vec<Option<Metered>>,
    /// Targets sent last.
    targets: Vec<Target>,
    /// Power of each diesel set as dispatched last, from the targets' first period on \[kW\].
    diesel_kw: Vec<Vec<f64>>,
    /// Capacitor steps by bank and period of the day, decided once a day.
    steps: Vec<Vec<u32>>,
    /// By zone and period of the day: net consumption in the solution of least losses between zones
    /// \[kW\].
    interzone_kw: Vec<Vec<f64>>,
    in_force: InForce,
    /// Import peak and emissions above quota of the day so far.
    peak_kw: f64,
    /// The day that was dispatched as a whole last.
    planned_day: Option<i64>,
    /// Import peak of the last whole dispatch \[kW\].
    planned_peak_kw: f64,
    above_quota_kg: f64,
    /// Buyers that wait for the period's clearing.
    asks: Vec<Ask>,
    asked_for: i64,
    /// Trades of the period at hand.
    deals: Vec<Deal>,
    next_trade: i64,
    ledger: Ledger,
}

impl Dso {
    /// A DSO that has heard nothing yet.
    pub fn new(env: &Environment, case: &FeederCase) -> Self {
        let zones = usize::from(env.zones);
        Self {
            outlooks: vec![None; zones],
            answered: vec![None; zones],
            asked: None,
            metered: vec![None; zones],
            targets: Vec::new(),
            diesel_kw: Vec::new(),
            steps: vec![vec![0; env.grid.per_day as usize]; case.capacitors.len()],
            interzone_kw: Vec::new(),
            in_force: InForce::default(),
            peak_kw: 0.0,
            planned_day: None,
            planned_peak_kw: f64::INFINITY,
            above_quota_kg: 0.0,
            asks: Vec::new(),
            asked_for: i64::MIN,
            deals: Vec::new(),
            next_trade: 1,
            ledger: Ledger::new(ZoneId(0), Vec::new()),
        }
    }

    /// The record begins.
    pub fn open(&mut self) {
        self.ledger.open();
    }

    /// The run ends: accounts close.
    pub fn close(&self, out: &mut Outbox) {
        out.rows.accounts.extend(self.ledger.rows());
    }

    /// A letter of a zone. What all zones must have said is dealt with when the last one has said
    /// it.
    pub fn on_letter(&mut self, letter: Letter, out: &mut Outbox) {
        match letter {
            Letter::Outlook(o) => {
                let period = o.period;
                put(&mut self.outlooks, o.zone, *o);
                if self.outlooks.iter().all(|o| o.as_ref().is_some_and(|o| o.period == period)) {
                    out.send(out.now, Phase::Dispatch, 0, Message::Centre(CentreTimer::Redispatch));
                }
            }
            Letter::Answered(o) => {
                let period = o.period;
                put(&mut self.answered, o.zone, *o);
                if self.answered.iter().all(|o| o.as_ref().is_some_and(|o| o.period == period)) {
                    std::mem::swap(&mut self.outlooks, &mut self.answered);
                    out.send(out.now, Phase::Dispatch, 0, Message::Centre(CentreTimer::Redispatch));
                }
            }
            Letter::Metered(m) => {
                let period = m.period;
                put(&mut self.metered, m.zone, *m);
                if self.metered.iter().all(|m| m.as_ref().is_some_and(|m| m.period == period)) {
                    out.send(out.now, Phase::Decide, 0, Message::Centre(CentreTimer::Verify));
                }
            }
            Letter::Trade(trade) => {
                if let TradeLetter::Accept { period, buyer, wants, blocks } = *trade {
                    if self.asks.is_empty() {
                        out.send(
                            out.now,
                            Phase::Dispatch,
                            0,
                            Message::Centre(CentreTimer::ClearTrades),
                        );
                    }
                    self.asked_for = period;
                    self.asks.push((buyer, wants, blocks));
                }
            }
            Letter::Report(_)
            | Letter::Prices(_)
            | Letter::Target(_)
            | Letter::Planned(_)
            | Letter::Missed(_)
            | Letter::DayOutlook(_)
            | Letter::Profile(_)
            | Letter::Guest(_) => {}
        }
    }

    /// Dispatches what follows the period at hand and sends targets, if it is time.
    ///
    /// Limits that cannot be kept are exceeded at a price and recorded; a dispatch that is not solved
    /// even so leaves the plan in force; the facts say `kept`.
    ///
    /// # Errors
    /// An ill-formed problem.
    pub fn redispatch(
        &mut self,
        k: i64,
        first_period: i64,
        env: &Environment,
        out: &mut Outbox,
    ) -> Result<(), DispatchError> {
        let Some(case) = env.feeder().cloned() else { return Ok(()) };
        if self.asked != Some(k) {
            self.take_effect(k, &case, env);
        }
        if !case.conduct.dispatches || (k - first_period) % case.conduct.every != 0 {
            return Ok(());
        }
        let periods = env.grid.per_day as usize;
        let grid = grid::DispatchGrid { periods, period_h: env.grid.hours().value() };
        // Where a price can still float, the zones are asked once before the dispatch that counts.
        let asks = case.elasticity.control == Control::Price
            && self.asked != Some(k)
            && not_begun(k + 1, env).contains(&true);
        let of_zone = |o: &Option<Outlook>| {
            let mut stays = o.as_ref().map_or_else(Vec::new, |o| o.stays.clone());
            if asks {
                for stay in &mut stays {
                    stay.answer_kwh = None;
                }
            }
            stays
        };
        let stays: Vec<_> = self.outlooks.iter().map(of_zone).collect();
        let kinds = match case.elasticity.control {
            Control::Price => period_kinds(env, k + 1, periods),
            Control::Direct => Vec::new(),
        };
        let evs = case.flexibility(&stays, &kinds, grid)?;
        let same_day = env.grid.start(k + 1).day() == env.grid.start(k).day();
        // The horizon reaches into tomorrow, which pays for its own peak: a peak missed today must
        // not make room for the same peak tomorrow. Our reading: what earlier hours leave behind is
        // their peak, at most the one that was planned for the day.
        let so_far = if same_day {
            DaySoFar {
                import_peak: Kw(self.peak_kw.min(self.planned_peak_kw)),
                above_quota_kg: self.above_quota_kg,
            }
        } else {
            DaySoFar::default()
        };
        let problem = case.problem(Seen::From(k), k + 1, periods, evs, so_far, env);
        let day = env.grid.start(k + 1).day();
        let whole = self.planned_day != Some(day) || case.conduct.every >= env.grid.per_day;
        if asks {
            self.asked = Some(k);
            let steps = self.planned_steps(k + 1, periods, env);
            // A dispatch that is not solved floats no prices; the one that counts says so.
            if let Ok(plan) = dispatch_with_steps(&problem, &steps) {
                Self::send_planned(&plan, &problem, k + 1, env, out);
                return Ok(());
            }
        }
        match self.solve(&problem, whole, k + 1, &case, env) {
            Ok(plan) => self.send_targets(&plan, &problem, k + 1, &case, env, out),
            Err(DispatchError::Infeasible { .. }) => {
                let steps = self.planned_steps(k + 1, periods, env);
                match dispatch_exceeding(&problem, &steps) {
                    Ok((plan, exceeded)) => {
                        Self::note_exceeded(&exceeded, k + 1, env, out);
                        self.send_targets(&plan, &problem, k + 1, &case, env, out);
                    }
                    Err(_) => self.keep_targets(k + 1, env, out),
                }
            }
            Err(
                DispatchError::Gap { .. }
                | DispatchError::Losses { .. }
                | DispatchError::Solver(_)
                | DispatchError::Diverged { .. },
            ) => {
                self.keep_targets(k + 1, env, out);
            }
            // What is ill-formed is a fault of the scenario or of ours, not an outcome.
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Tells each zone what a plan gives its EVs.
    fn send_planned(
        plan: &Dispatch,
        problem: &DispatchProblem<'_>,
        first: i64,
        env: &Environment,
        out: &mut Outbox,
    ) {
        for zone in (1..=env.zones).map(ZoneId) {
            let at = problem.evs.zones.iter().position(|z| z.zone == zone);
            let none = vec![0.0; problem.grid.periods];
            let ev_kw = at.map_or(none, |at| plan.zone_ev_kw[at].clone());
            let planned = Planned { from: first, ev_kw };
            out.write(out.now + env.latency.floor, zone, Letter::Planned(Box::new(planned)));
        }
    }

    /// Limits that no dispatch of the periods from `first` on can keep: how much each has to be
    /// exceeded, and when.
    fn note_exceeded(exceeded: &[Exceeded], first: i64, env: &Environment, out: &mut Outbox) {
        for e in exceeded {
            let fact = limit_fact(FactKind::DispatchInfeasible, e.limit, e.excess, out);
            out.fact(fact.period(env.grid.start(first + e.period as i64)));
        }
    }

    /// Capacitor steps of the day, bank by bank, for the periods from `first` on.
    fn planned_steps(&self, first: i64, periods: usize, env: &Environment) -> Vec<Vec<u32>> {
        let of_bank = |bank: &Vec<u32>| {
            (first..first + periods as i64).map(|t| bank[env.grid.of_day(t)]).collect()
        };
        self.steps.iter().map(of_bank).collect()
    }

    /// A dispatch was not solved: the plan in force goes on, and the facts say so.
    fn keep_targets(&self, k: i64, env: &Environment, out: &mut Outbox) {
        let fact =
            Fact::new(out.now, out.phase, FactKind::DispatchInfeasible, Actor::Dso, 1, ZoneId(0));
        out.fact(fact.period(env.grid.start(k)).detail(Detail::Kept));
        for (zone, target) in (1..=env.zones).map(ZoneId).zip(&self.targets) {
            let fact = Fact::new(out.now, out.phase, FactKind::ZoneTarget, Actor::Dso, 1, zone);
            out.fact(
                fact.period(env.grid.start(k))
                    .power(target.at(k).unwrap_or(f64::NAN))
                    .detail(Detail::Kept),
            );
        }
    }

    /// What the plan in force says of period `k`.
    fn take_effect(&mut self, k: i64, case: &FeederCase, env: &Environment) {
        let of_day = env.grid.of_day(k);
        let j = self.targets.first().and_then(|t| usize::try_from(k - t.from).ok());
        let target = |t: &Target| {
            let (&p_kw, &q_kvar) = j.and_then(|j| t.p_kw.get(j).zip(t.q_kvar.get(j)))?;
            let allowed_kw = t.allowed(k).unwrap_or(p_kw).max(p_kw);
            Some(Held { p_kw, q_kvar, allowed_kw })
        };
        let planned = |set: usize| j.and_then(|j| self.diesel_kw.get(set)?.get(j)).copied();
        self.in_force = InForce {
            targets: self.targets.iter().map(target).collect(),
            steps: self
                .steps
                .iter()
                .map(|bank| if case.conduct.dispatches { bank[of_day] } else { 0 })
                .collect(),
            diesel_kw: case
                .diesels
                .iter()
                .enumerate()
                .map(|(d, set)| planned(d).unwrap_or(set.power.value()))
                .collect(),
        };
    }

    /// Solves; a whole dispatch decides capacitor steps and the allowances between zones for the
    /// day, the others keep them.
    fn solve(
        &mut self,
        problem: &DispatchProblem<'_>,
        whole: bool,
        first: i64,
        case: &FeederCase,
        env: &Environment,
    ) -> Result<Dispatch, DispatchError> {
        let of_day: Vec<usize> =
            (0..problem.grid.periods as i64).map(|t| env.grid.of_day(first + t)).collect();
        if !whole {
            let steps = self.planned_steps(first, problem.grid.periods, env);
            return dispatch_with_steps(problem, &steps);
        }
        let economic = dispatch(problem)?;
        self.planned_day = Some(env.grid.start(first).day());
        self.planned_peak_kw = economic.verified.import_peak.value();
        for (bank, planned) in self.steps.iter_mut().zip(&economic.schedule.capacitor_steps) {
            of_day.iter().zip(planned).for_each(|(&d, &step)| bank[d] = step);
        }
        let ties: Vec<usize> =
            case.partitions.combined.ties(&case.feeder).iter().map(|t| t.0).collect();
        if let Ok(least) = least_interzone_losses(problem, &economic, &ties, &case.interzone) {
            let buses = case.feeder.buses().len();
            let zone_kw = |zone: u16| {
                let mut by_day = vec![0.0; of_day.len()];
                let rows = least.verified.p_kw.chunks(buses);
                of_day
                    .iter()
                    .zip(rows)
                    .for_each(|(&d, row)| by_day[d] = case.zone_sum(ZoneId(zone), row));
                by_day
            };
            self.interzone_kw = (1..=env.zones).map(zone_kw).collect();
        }
        Ok(economic)
    }

    fn send_targets(
        &mut self,
        plan: &Dispatch,
        problem: &DispatchProblem<'_>,
        first: i64,
        case: &FeederCase,
        env: &Environment,
        out: &mut Outbox,
    ) {
        let buses = case.feeder.buses().len();
        self.diesel_kw.clone_from(&plan.schedule.diesel_kw);
        self.targets.clear();
        for zone in (1..=env.zones).map(ZoneId) {
            let sums = |values: &[f64]| {
                values.chunks(buses).map(|row| case.zone_sum(zone, row)).collect::<Vec<f64>>()
            };
            let p_kw = sums(&plan.verified.p_kw);
            let least = self.interzone_kw.get(usize::from(zone.0) - 1);
            let allowed = |(t, &p): (usize, &f64)| {
                least.map_or(p, |l| p.max(l[env.grid.of_day(first + t as i64)]))
            };
            let allowed_p_kw = (0..problem.grid.periods).map(|t| allowed((t, &p_kw[t]))).collect();
            let diesel_kw = (0..problem.grid.periods)
                .map(|t| {
                    let of_zone = case.diesels.iter().zip(&plan.schedule.diesel_kw);
                    of_zone.filter(|(d, _)| case.zone_of(d.bus) == zone).map(|(_, kw)| kw[t]).sum()
                })
                .collect();
            let q_kvar = sums(&plan.verified.q_kvar);
            let target = Target { from: first, q_kvar, allowed_p_kw, p_kw, diesel_kw };
            let fact = Fact::new(out.now, out.phase, FactKind::ZoneTarget, Actor::Dso, 1, zone);
            out.fact(fact.period(env.grid.start(first)).power(target.p_kw[0]));
            if case.conduct.targets {
                out.write(
                    out.now + env.latency.floor,
                    zone,
                    Letter::Target(Box::new(target.clone())),
                );
            }
            self.targets.push(target);
        }
    }
}

/// A fact about a hard limit: the bus or branch in `actor_id`, the excess as its power \[kW, kvar,
/// A\].
fn limit_fact(kind: FactKind, limit: HardLimit, excess: f64, out: &Outbox) -> Fact {
    let (detail, number) = match limit {
        HardLimit::BranchCurrent(branch) => (Detail::Current, branch.0),
        HardLimit::NodeActive(bus) => (Detail::Active, bus.0),
        HardLimit::NodeReactive(bus) => (Detail::Reactive, bus.0),
        HardLimit::Import => (Detail::Import, 0),
        HardLimit::Export => (Detail::Export, 0),
    };
    Fact::new(out.now, out.phase, kind, Actor::Dso, number, ZoneId(0)).detail(detail).power(excess)
}

fn put<T>(slots: &mut [Option<T>], zone: u16, value: T) {
    if let Some(slot) = slots.get_mut(usize::from(zone.saturating_sub(1))) {
        *slot = Some(value);
    }
}
