//! What an input from outside does to a zone at its instant; what it does to the periods after it
//! follows from [`Environment::outside`](crate::Environment).

use crate::aggregator::{Aftermath, Broken, Cx};
use crate::environment::Environment;
use crate::outbox::Outbox;
use crate::outside::{Input, Notice};
use crate::zone::Zone;
use domain::{BusId, Time, VoltageRow};
use std::borrow::Cow;

impl Zone {
    /// An input at its instant; `env.outside` knows it already.
    pub fn on_input(
        &mut self,
        input: &Input,
        env: &Environment,
        out: &mut Outbox,
    ) -> Option<Broken> {
        out.recording = self.recording;
        match input {
            Input::VmPu(_) => {
                let cx = Cx {
                    env,
                    out,
                    policy: &self.policy,
                    ledger: &mut self.ledger,
                    after: &mut Aftermath::default(),
                };
                self.aggregator.keep_to_voltage(&cx);
                None
            }
            Input::TargetPKw(_) if env.feeder().is_none() => {
                self.plan_again(env, out);
                None
            }
            Input::TargetPKw(_) => {
                let mut after = Aftermath::default();
                let mut cx = Cx {
                    env,
                    out,
                    policy: &self.policy,
                    ledger: &mut self.ledger,
                    after: &mut after,
                };
                self.desk.on_given_target(&self.evs, &mut self.aggregator, &mut cx);
                after.broken
            }
            Input::Notice(Notice::Outage { piles, until }) => {
                let (piles, until) = (*piles, *until);
                self.outage(piles, true, until, env, out)
            }
            Input::Notice(Notice::Policy(change)) => self.on_change(change, env, out),
            Input::Notice(Notice::Restored { piles }) => {
                self.outage(*piles, false, out.now, env, out)
            }
            _ => None,
        }
    }

    pub(crate) fn outage(
        &mut self,
        piles: u32,
        begins: bool,
        until: Time,
        env: &Environment,
        out: &mut Outbox,
    ) -> Option<Broken> {
        let mut after = Aftermath::default();
        let mut cx =
            Cx { env, out, policy: &self.policy, ledger: &mut self.ledger, after: &mut after };
        let evs = &self.evs;
        let stable = |place: u32| evs.get(place as usize).map_or(0, |e| e.stable);
        self.aggregator.on_outage(piles, begins, until, stable, &mut cx);
        self.tell_released(&after.released, env, out);
        after.broken
    }

    /// What is to be absorbed by vehicles, by period from the one at hand on: the surplus, and what
    /// a target from outside allows on top of it \[kW\].
    pub(crate) fn wanted_kw<'a>(
        &mut self,
        surplus_kw: &'a [f64],
        env: &Environment,
    ) -> Cow<'a, [f64]> {
        if env.feeder().is_some() {
            return surplus_kw.into();
        }
        let target = env.outside.target_p_kw();
        self.aggregator.target_kw = target.unwrap_or(f64::NAN);
        match target {
            Some(target) => surplus_kw.iter().map(|kw| kw + target).collect(),
            None => surplus_kw.into(),
        }
    }

    /// Chooses the set points of the rest of the period anew.
    pub(crate) fn plan_again(&mut self, env: &Environment, out: &mut Outbox) {
        let k = env.grid.at(out.now);
        // At a period's beginning they are chosen after this anyway.
        if out.now == env.grid.start(k) {
            return;
        }
        let horizon = env.market.pricing.published.max(env.plant.horizon) as usize;
        let surplus = env.forecast_surplus_kw(self.id.0, k, horizon);
        let celsius = env.temperature_c(self.id.0, k);
        let wanted = self.wanted_kw(&surplus, env);
        let cx = Cx {
            env,
            out,
            policy: &self.policy,
            ledger: &mut self.ledger,
            after: &mut Aftermath::default(),
        };
        self.aggregator.close_period(&cx);
        let load = self.aggregator.schedule(k, &wanted, celsius, &mut self.scratch, &cx);
        self.aggregator.follow_plans(k, load, &cx);
    }

    /// The voltage of a period that was given from outside: one row, so that violations count.
    pub(crate) fn write_voltage(&self, k: i64, env: &Environment, out: &mut Outbox) {
        let Some([_, mean]) = env.outside.vm_pu(k, env.grid).filter(|_| out.recording) else {
            return;
        };
        out.rows.voltages.push(VoltageRow {
            bus: BusId(0),
            zone: self.id,
            period_start: env.grid.start(k),
            v_pu: mean,
            angle_rad: f64::NAN,
            p_kw: f64::NAN,
            q_kvar: f64::NAN,
        });
    }
}
