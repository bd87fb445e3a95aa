//! What a zone does at the ends and beginnings of settlement periods.

use crate::aggregator::settle::PeriodPrices;
use crate::aggregator::{Aftermath, Broken, Cx};
use crate::environment::Environment;
use crate::generation;
use crate::message::{Letter, Message, ZoneEvent};
use crate::outbox::{Outbox, sender};
use crate::trade;
use crate::zone::Zone;
use domain::{Actor, Fact, FactKind, Phase, Time, ZoneId};

impl Zone {
    /// What the period at hand came to: energy, balance, money.
    pub(crate) fn period_ends(
        &mut self,
        env: &Environment,
        out: &mut Outbox,
        after: &mut Aftermath,
    ) {
        let k = env.grid.at(out.now) - 1;
        let mut cx = Cx { env, out, policy: &self.policy, ledger: &mut self.ledger, after };
        let energy = self.aggregator.close_period(&cx);
        if let Some(case) = env.feeder() {
            let position = |place: u32| {
                case.feeder
                    .position(self.evs[place as usize].home_bus)
                    .unwrap_or(case.feeder.slack())
            };
            let metered =
                trade::outlook::metered(&self.aggregator, k, case.feeder.buses().len(), position);
            cx.out.write(
                cx.out.now + env.latency.floor,
                ZoneId(0),
                Letter::Metered(Box::new(metered)),
            );
            let retail = self.desk.floated.price(k, env);
            let [load, pv, wind] = env.powers_kw(self.id.0, k);
            let own_kwh = (load - pv - wind - self.desk.diesel_kw()) * env.grid.hours().value();
            let taken_kwh = own_kwh + energy.charged_kwh - energy.discharged_kwh;
            self.meter.add(taken_kwh, retail, energy);
            self.aggregator.settle(
                k,
                PeriodPrices { real: retail, avoided: retail, walk_in: retail },
                &mut cx,
            );
            return self.check_accounts(out.now, &mut after.broken);
        }
        let target_kw = if env.group().is_some() {
            self.aggregator.planned.net_kw(k)
        } else {
            self.aggregator.target_kw
        };
        let mut settled = self.generation.settle(k, energy, target_kw, &mut cx);
        settled.prices.walk_in = self.aggregator.planned.price(k, env);
        let b = &settled.balance;
        let sources = b.pv_used_kw
            + b.wind_used_kw
            + b.turbine_kw
            + b.diesel_kw
            + b.grid_kw
            + b.traded_kw
            + b.unserved_kw;
        let off =
            b.load_kw + b.ev_charge_kw - b.ev_discharge_kw + b.battery_kw + b.losses_kw - sources;
        if off.abs() * env.grid.hours().value() > 1e-6 {
            cx.break_invariant(
                self.id,
                format!("period {k} does not balance: {off} kW are missing in {b:?}"),
            );
        }
        if env.plant.import_limit_kw.is_some_and(|limit| b.grid_kw > limit + 1e-6) {
            cx.break_invariant(
                self.id,
                format!("period {k} imports more than the limit allows: {b:?}"),
            );
        }
        if let Some(case) = env.group() {
            let above = b.grid_kw - b.battery_kw.max(0.0) - case.exchange_limit(self.id);
            if above > 1e-6 {
                cx.break_invariant(
                    self.id,
                    format!(
                        "period {k} imports {above} kW more than the exchange limit allows: {b:?}"
                    ),
                );
            }
        }
        self.aggregator.settle(k, settled.prices, &mut cx);
        let kwh = settled.balance.grid_kw * env.grid.hours().value();
        self.meter.add(kwh, settled.prices.real, energy);
        self.write_voltage(k, env, out);
        self.check_accounts(out.now, &mut after.broken);
    }

    fn check_accounts(&self, t: Time, broken: &mut Option<Broken>) {
        let imbalance = self.ledger.imbalance();
        if imbalance != 0 && broken.is_none() {
            *broken = Some(Broken {
                t,
                zone: self.id,
                what: format!("the accounts sum to {imbalance} micro-CNY instead of 0"),
            });
        }
    }

    /// Set points, plant and report of the period that begins.
    pub(crate) fn period_begins(
        &mut self,
        env: &Environment,
        out: &mut Outbox,
        after: &mut Aftermath,
    ) {
        let k = env.grid.at(out.now);
        let horizon = env.market.pricing.published.max(env.plant.horizon) as usize;
        let surplus = env.forecast_surplus_kw(self.id.0, k, horizon);
        let celsius = env.temperature_c(self.id.0, k);
        let wanted = self.wanted_kw(&surplus, env);
        let mut cx = Cx { env, out, policy: &self.policy, ledger: &mut self.ledger, after };
        let load = self.aggregator.schedule(k, &wanted, celsius, &mut self.scratch, &cx);
        let load = if env.feeder().is_some() {
            self.desk.begin(k, &self.evs, &mut self.aggregator, load, &mut cx)
        } else {
            load
        };
        let load = self.aggregator.follow_plans(k, load, &cx);
        self.aggregator.keep_to_voltage(&cx);
        if env.grid.of_day(k) == 0
            && let Some(outlook) = self.aggregator.outlook(k, env)
        {
            cx.out.write(
                cx.out.now + env.latency.floor,
                ZoneId(0),
                Letter::DayOutlook(Box::new(outlook)),
            );
        }
        let mut report = self.aggregator.report(k, horizon, &surplus, &cx);
        report.ended = self.meter.report(&self.aggregator.counters);
        let residual = generation::residual_kw(&surplus, &report.booked_kw, load);
        let above_kw = self.generation.dispatch(k, &residual, load, &mut cx);
        if above_kw > 0.0 {
            self.aggregator.yield_to_limit(above_kw, &self.scratch, &cx);
        }
        let now = out.now;
        let fact = Fact::new(
            now,
            out.phase,
            FactKind::ZoneReport,
            Actor::Aggregator,
            u32::from(self.id.0),
            self.id,
        );
        out.fact(
            fact.period(env.grid.start(k))
                .energy(report.absorbable_kwh)
                .power(report.booked_kw[0])
                .detail(self.scratch.decided),
        );
        let delay = env.report_delay(self.id.0, k);
        out.write(now + delay, ZoneId(0), Letter::Report(Box::new(report)));
        let next = env.grid.start(k + 1);
        out.send(next, Phase::Settle, sender::ZONE, Message::Zone(ZoneEvent::PeriodEnds));
        if next < env.end {
            out.send(next, Phase::Dispatch, sender::ZONE, Message::Zone(ZoneEvent::PeriodBegins));
        }
    }
}
