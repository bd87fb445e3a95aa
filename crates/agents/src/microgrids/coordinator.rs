//! The coordinator of a group: it solves the upper layer for a day, chooses from the front,
//! publishes prices, sends profiles.

use super::announced::plan_horizon;
use super::case::MicrogridCase;
use super::{Outlook, Profile};
use crate::environment::{Environment, Purpose, stream};
use crate::ev::plan::decision;
use crate::message::{CentreTimer, Letter, Message};
use crate::outbox::Outbox;
use clock::Group;
use domain::{Actor, Fact, FactKind, ParetoRow, Phase, PriceRow, ZoneId};
use group::{DayPlan, DayView, GroupError, Prices, UpperSolver, network_kw, plan_day};
use serde::{Deserialize, Serialize};

/// The coordinator's state; in the tables it acts as the group's `dso`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Coordinator {
    /// By zone: its last outlook.
    outlooks: Vec<Option<Outlook>>,
    /// Solutions logged so far.
    solutions: u32,
}

impl Coordinator {
    /// A coordinator that has heard nothing yet.
    pub fn new(case: &MicrogridCase) -> Self {
        Self { outlooks: vec![None; case.areas()], solutions: 0 }
    }

    /// An aggregator's outlook. When the last one is there the day is planned.
    pub fn on_outlook(&mut self, outlook: Outlook, out: &mut Outbox) {
        let from = outlook.from;
        if let Some(slot) = self.outlooks.get_mut(usize::from(outlook.zone).wrapping_sub(1)) {
            *slot = Some(outlook);
        }
        if self.outlooks.iter().all(|o| o.as_ref().is_some_and(|o| o.from == from)) {
            out.send(out.now, Phase::Dispatch, 0, Message::Centre(CentreTimer::PlanDay));
        }
    }

    /// Plans the day of the outlooks at hand.
    ///
    /// # Errors
    /// Curves or stays of which no plan can be made.
    pub fn plan(&mut self, env: &Environment, out: &mut Outbox) -> Result<(), GroupError> {
        let (Some(case), Some(from)) =
            (env.group().cloned(), self.outlooks.iter().flatten().map(|o| o.from).next())
        else {
            return Ok(());
        };
        let horizon = plan_horizon(from, env);
        let all = |of: fn(&Outlook) -> &Vec<f64>| {
            self.outlooks.iter().flatten().flat_map(|o| of(o).iter().copied()).collect::<Vec<f64>>()
        };
        let (base_kw, settled_kw, unordered_kw) =
            (all(|o| &o.base_kw), all(|o| &o.settled_kw), all(|o| &o.unordered_kw));
        let group_base = network_kw(&base_kw, horizon.periods);
        let unordered = network_kw(&unordered_kw, horizon.periods);
        // L_max: the highest load if all EVs charged on arrival; a fixed number (P4 eq. 9).
        let load_max = group_base
            .iter()
            .zip(&unordered)
            .map(|(base, charging)| base + charging)
            .fold(0.0, f64::max);
        let prices = case.price.over(&horizon, case.areas(), &group_base, load_max)?;
        let stays: Vec<_> =
            self.outlooks.iter().flatten().flat_map(|o| o.stays.iter().copied()).collect();
        let day = DayView {
            base_kw: &base_kw,
            others_kw: &settled_kw,
            prices: &prices,
            exchange_kw_max: &case.exchange_kw_max,
        };
        let mut draws = env.seeds.draws(
            Group::Optimiser,
            stream::DSO,
            Purpose::Front as u16,
            0,
            decision(out.now.day(), 0),
        );
        let plan = plan_day(&horizon, &stays, &day, &case.upper, &mut || draws.uniform())?;
        self.log_front(&plan, case.upper.solver, out);
        let charging = day.charging_kw(plan.schedule());
        let net = day.net_load_kw(plan.schedule());
        self.publish(from, &prices, &charging, &net, &plan, env, out);
        Ok(())
    }

    /// The whole front, each solution once.
    fn log_front(&mut self, plan: &DayPlan, solver: UpperSolver, out: &mut Outbox) {
        if !out.recording {
            return;
        }
        for (place, solution) in plan.front.solutions.iter().enumerate() {
            self.solutions += 1;
            out.rows.pareto.push(ParetoRow {
                t: out.now,
                solution: self.solutions,
                solver: solver.name().to_owned(),
                f1_kw2: solution.objectives[0],
                f2_cny: solution.objectives[1],
                chosen: place == plan.chosen,
            });
        }
    }

    /// Prices of the day, and each zone's profile: one fact a zone and period.
    #[allow(clippy::too_many_arguments)]
    fn publish(
        &self,
        from: i64,
        prices: &Prices,
        charging: &[f64],
        net: &[f64],
        plan: &DayPlan,
        env: &Environment,
        out: &mut Outbox,
    ) {
        let periods = plan.loads.horizon().periods;
        let h = env.grid.hours().value();
        let group_charging = network_kw(charging, periods);
        let published =
            Fact::new(out.now, out.phase, FactKind::PricesPublished, Actor::Dso, 1, ZoneId(0));
        out.fact(published.period(env.grid.start(from)).price(prices.at(0, 0, group_charging[0])));
        for area in 0..self.outlooks.len() {
            let zone = ZoneId(area as u16 + 1);
            let mine = area * periods..(area + 1) * periods;
            let price: Vec<f64> =
                (0..periods).map(|t| prices.at(area, t, group_charging[t])).collect();
            let net_kw = net[mine.clone()].to_vec();
            for (t, (&price, &net)) in price.iter().zip(&net_kw).enumerate() {
                let start = env.grid.start(from + t as i64);
                let fact = Fact::new(out.now, out.phase, FactKind::ZoneTarget, Actor::Dso, 1, zone);
                out.fact(
                    fact.period(start)
                        .power(net)
                        .energy(charging[area * periods + t] * h)
                        .price(price),
                );
                if out.recording && start.day() == out.now.day() {
                    out.rows.prices.push(PriceRow::of_grid(zone, start, out.now, price));
                }
            }
            let profile = Profile {
                from,
                charging_kw: plan.schedule().placed_kw[mine].to_vec(),
                net_kw,
                price,
            };
            out.write(out.now + env.latency.floor, zone, Letter::Profile(Box::new(profile)));
        }
    }
}
