//! The period that has ended: AC power flow of its mean powers, balance of every zone, costs.
//!
//! Every zone's identity holds with `grid` as what flows in over the branches (net of trades):
//! consumption + losses of the branches that feed its buses = own generation + grid + traded. The
//! zones' `grid` add up to the import at the substation, `traded` to zero.

use super::Dso;
use super::case::{FeederCase, Seen};
use super::letters::{Deal, Missed, TradeLetter};
use crate::environment::Environment;
use crate::message::Letter;
use crate::outbox::Outbox;
use domain::{
    Actor, BalanceRow, BranchRow, BusId, Cny, Detail, Fact, FactKind, KgCo2, Kw, MicroCny, Price,
    Purpose, Time, TradeId, TradeRow, TradeStatus, VoltageRow, ZoneId,
};
use grid::{
    Assessment, CarbonBasis, DaySoFar, DispatchError, DispatchProblem, EvFlexibility, HardLimit,
    PurchaseRule, RenewableKind, Schedule, TradeAdmission, assess, curtail_surplus, idle_schedule,
    net_consumption,
};
use market::Account;
use std::sync::Arc;

/// Excess over a hard limit that is none \[kW, kvar, A\].
const SLIGHT_EXCESS: f64 = 0.1;
/// Net consumption beyond the allowance that is no miss \[kW\].
pub const MISS_KW: f64 = 5.0;

impl Dso {
    /// Verifies period `k` and writes everything that follows from it.
    ///
    /// # Errors
    /// A period without power flow.
    pub fn verify(
        &mut self,
        k: i64,
        env: &Environment,
        out: &mut Outbox,
    ) -> Result<(), DispatchError> {
        let Some(case) = env.feeder().cloned() else { return Ok(()) };
        // The substation's voltage may have changed since.
        let mean_pu = env.outside.vm_pu(k, env.grid).map(|[_, mean]| mean);
        let case = mean_pu.map_or(case.clone(), |pu| Arc::new(case.with_substation(pu)));
        let h = env.grid.hours().value();
        let problem =
            case.problem(Seen::Metered, k, 1, EvFlexibility::none(), DaySoFar::default(), env);
        let mut ev_kw = vec![0.0; case.feeder.buses().len()];
        for &(at, charged, discharged) in self.metered.iter().flatten().flat_map(|m| &m.at) {
            ev_kw[at] += (charged - discharged) / h;
        }
        let (schedule, verified) = self.state_of(k, &case, &problem, ev_kw, env)?;
        let start = env.grid.start(k);
        Self::write_network(start, &verified, env, out);
        self.write_plant(k, env, out);
        let deals = self.deliver(k, &verified, env, out)?;
        Self::note_limits(k, &case, &problem, &verified, env, out);
        // What stands at the substation itself belongs to no zone: row 0.
        let first = u16::from(!case.stands_at_substation());
        for zone in first..=env.zones {
            let row =
                self.balance(ZoneId(zone), start, &problem, &schedule, &verified, &deals, env);
            if !out.recording {
                continue;
            }
            let excess_kwh = (row.delivered_p_kw - row.allowed_p_kw) * h;
            if self.held(zone, k, env).is_some() && excess_kwh > 0.0 {
                let missed = Missed { period: k, excess_kwh };
                out.write(out.now + env.latency.floor, ZoneId(zone), Letter::Missed(missed));
            }
            out.rows.balance.push(row);
        }
        self.pay(k, &verified, env, out);
        Ok(())
    }

    /// The state of a period, or an instant in it, with this power of EVs at the buses: what runs
    /// and is curtailed, and the power flow.
    pub(super) fn state_of(
        &self,
        k: i64,
        case: &FeederCase,
        problem: &DispatchProblem<'_>,
        ev_kw: Vec<f64>,
        env: &Environment,
    ) -> Result<(Schedule, Assessment), DispatchError> {
        let mut schedule = idle_schedule(problem);
        schedule.ev_kw = ev_kw;
        for (set, &kw) in schedule.diesel_kw.iter_mut().zip(&self.in_force.diesel_kw) {
            set[0] = kw;
        }
        for (bank, &steps) in schedule.capacitor_steps.iter_mut().zip(&self.in_force.steps) {
            bank[0] = steps;
        }
        self.curtail(k, case, problem, &mut schedule, env)?;
        let verified = assess(problem, &schedule)?;
        Ok((schedule, verified))
    }

    /// What a zone is held to in a period: what is given from outside, or what was dispatched.
    fn held(&self, zone: u16, k: i64, env: &Environment) -> Option<super::Held> {
        let own = self.in_force.targets.get(usize::from(zone).wrapping_sub(1)).copied().flatten();
        match env.outside.zone_target_kw(zone, k, env.grid) {
            Some(p_kw) => {
                let q_kvar = own.map_or(0.0, |held| held.q_kvar);
                Some(super::Held { p_kw, q_kvar, allowed_kw: p_kw })
            }
            None => own,
        }
    }

    /// Curtails surplus where it is left over: in zones that stay below their targets even so, by
    /// as much; then everywhere pro rata.
    pub(super) fn curtail(
        &self,
        k: i64,
        case: &FeederCase,
        problem: &DispatchProblem<'_>,
        schedule: &mut Schedule,
        env: &Environment,
    ) -> Result<(), DispatchError> {
        let zone_of = |r: &grid::Renewable| usize::from(case.zone_of(r.bus).0).wrapping_sub(1);
        let p_kw = net_consumption(problem, schedule).0;
        let mut available = vec![0.0; self.in_force.targets.len()];
        problem.renewables.iter().for_each(|r| {
            if let Some(kw) = available.get_mut(zone_of(r)) {
                *kw += r.available_kw[0];
            }
        });
        // Of each zone's renewables the share by which it stays below its target.
        let share = |zone: usize| {
            let target = self.held(zone as u16 + 1, k, env)?.p_kw;
            let bought: f64 = self.deals.iter().map(|d| d.bought_kwh(zone as u16 + 1)).sum::<f64>()
                / problem.grid.period_h;
            let below = target + bought - case.zone_sum(ZoneId(zone as u16 + 1), &p_kw);
            Some((below / available[zone]).clamp(0.0, 1.0)).filter(|s| s.is_finite())
        };
        let spare =
            |r: &grid::Renewable| vec![share(zone_of(r)).unwrap_or(0.0) * r.available_kw[0]];
        let spare_kw: Vec<Vec<f64>> = problem.renewables.iter().map(spare).collect();
        curtail_surplus(problem, schedule, &spare_kw)
    }

    /// Hard limits that the period exceeded, as it was: import, export, bounds on buses, rated
    /// currents.
    fn note_limits(
        k: i64,
        case: &FeederCase,
        problem: &DispatchProblem<'_>,
        verified: &Assessment,
        env: &Environment,
        out: &mut Outbox,
    ) {
        let state = &verified.states[0];
        let import = state.import.value();
        let mut found = vec![(HardLimit::Export, -import)];
        found.extend(case.import_limit.map(|most| (HardLimit::Import, import - most.value())));
        for limit in &problem.node_limits {
            let Some(at) = case.feeder.position(limit.bus) else { continue };
            let beyond = |x: f64, low: f64, high: f64| (low - x).max(x - high);
            let (p, q) = (verified.p_kw[at], verified.q_kvar[at]);
            found.extend(limit.active.map(|(low, high)| {
                (HardLimit::NodeActive(limit.bus), beyond(p, low.value(), high.value()))
            }));
            found.extend(limit.reactive.map(|(low, high)| {
                (HardLimit::NodeReactive(limit.bus), beyond(q, low.value(), high.value()))
            }));
        }
        for (branch, flow) in case.feeder.branches().iter().zip(&state.branches) {
            let excess = branch.rating_a.map(|most| flow.current_a - most);
            found.extend(excess.map(|excess| (HardLimit::BranchCurrent(branch.id), excess)));
        }
        for (limit, excess) in found.into_iter().filter(|(_, excess)| *excess > SLIGHT_EXCESS) {
            let fact = super::limit_fact(FactKind::LimitExceeded, limit, excess, out);
            out.fact(fact.period(env.grid.start(k)));
        }
    }

    fn write_network(start: Time, verified: &Assessment, env: &Environment, out: &mut Outbox) {
        let Some(case) = env.feeder().filter(|_| out.recording) else { return };
        let state = &verified.states[0];
        for (at, bus) in case.feeder.buses().iter().enumerate() {
            out.rows.voltages.push(VoltageRow {
                bus: bus.id,
                zone: case.zones_by_bus()[at],
                period_start: start,
                v_pu: state.vm_pu(at),
                angle_rad: state.va_degree(at).to_radians(),
                p_kw: verified.p_kw[at],
                q_kvar: verified.q_kvar[at],
            });
        }
        for (branch, flow) in case.feeder.branches().iter().zip(&state.branches) {
            out.rows.branches.push(BranchRow {
                from: case.feeder.buses()[branch.from].id,
                to: case.feeder.buses()[branch.to].id,
                period_start: start,
                p_kw: flow.p_from_kw,
                q_kvar: flow.q_from_kvar,
                current_a: flow.current_a,
                loss_kw: flow.loss_kw,
            });
        }
    }

    /// Facts of diesel sets, and of capacitors whose steps differ from the period before (power in
    /// kvar).
    fn write_plant(&self, k: i64, env: &Environment, out: &mut Outbox) {
        let Some(case) = env.feeder() else { return };
        let start = env.grid.start(k);
        for (set, &kw) in case.diesels.iter().zip(&self.in_force.diesel_kw) {
            let fact = Fact::new(
                out.now,
                out.phase,
                FactKind::PlantDispatched,
                Actor::Dso,
                1,
                case.zone_of(set.bus),
            );
            out.fact(fact.period(start).power(kw));
        }
        if !case.conduct.dispatches {
            return;
        }
        let before = env.grid.of_day(k - 1);
        for (bank, (&steps, by_day)) in self.in_force.steps.iter().zip(&self.steps).enumerate() {
            if steps != by_day[before] {
                let zone = case.zone_of(case.capacitors[bank].bus);
                let fact = Fact::new(
                    out.now,
                    out.phase,
                    FactKind::CapacitorSwitched,
                    Actor::Dso,
                    case.capacitors[bank].bus.0,
                    zone,
                );
                out.fact(
                    fact.period(start).power(f64::from(steps) * case.capacitors[bank].step.value()),
                );
            }
        }
    }

    /// Trades of the period: paid as admitted, at most at the bound of eq. 11 with the losses that
    /// each has caused in the period as it was; short where its seller did not stay below its
    /// target by what it sold.
    fn deliver(
        &mut self,
        k: i64,
        verified: &Assessment,
        env: &Environment,
        out: &mut Outbox,
    ) -> Result<Vec<Deal>, DispatchError> {
        let Some(case) = env.feeder().cloned() else { return Ok(Vec::new()) };
        let h = env.grid.hours().value();
        let due = std::mem::take(&mut self.deals);
        let network =
            TradeAdmission::of(&case.feeder, &verified.p_kw, &verified.q_kvar, &verified.states[0]);
        let keeps = |seller: u16| {
            let traded: f64 = due.iter().map(|d| d.bought_kwh(seller)).sum();
            let most = self.held(seller, k, env).map_or(f64::INFINITY, |held| held.allowed_kw)
                + traded / h;
            case.zone_sum(ZoneId(seller), &verified.p_kw) <= most + MISS_KW
        };
        let mut settled = Vec::new();
        for deal in &due {
            let request = case.trade_request(deal.buyer, deal.seller, deal.energy_kwh / h);
            let loss_kwh = network.caused_loss(&request)?.value() * h;
            let grid_price = env.wholesale(k).value();
            let cap = grid::price_cap(Price(grid_price), Kw(deal.energy_kwh / h), Kw(loss_kwh / h));
            let paid = Deal { price: deal.price.min(cap.value()), ..*deal };
            let status =
                if keeps(deal.seller) { TradeStatus::Delivered } else { TradeStatus::Short };
            write_trade(&paid, loss_kwh, grid_price, status, env, out);
            for side in [deal.buyer, deal.seller] {
                out.write(
                    out.now + env.latency.floor,
                    ZoneId(side),
                    Letter::Trade(Box::new(TradeLetter::Delivered(paid))),
                );
            }
            settled.push(paid);
        }
        Ok(settled)
    }

    #[allow(clippy::too_many_arguments)]
    fn balance(
        &self,
        zone: ZoneId,
        start: Time,
        problem: &DispatchProblem<'_>,
        schedule: &Schedule,
        verified: &Assessment,
        deals: &[Deal],
        env: &Environment,
    ) -> BalanceRow {
        let Some(case) = env.feeder() else { return BalanceRow::default() };
        let h = env.grid.hours().value();
        let renewable = |kind: RenewableKind| {
            let own = problem
                .renewables
                .iter()
                .zip(&schedule.used_kw)
                .filter(|(r, _)| r.kind == kind && case.zone_of(r.bus) == zone);
            own.fold((0.0, 0.0), |(available, used), (r, u)| {
                (available + r.available_kw[0], used + u[0])
            })
        };
        let (pv_available_kw, pv_used_kw) = renewable(RenewableKind::Pv);
        let (wind_available_kw, wind_used_kw) = renewable(RenewableKind::Wind);
        let metered = self
            .metered
            .get(usize::from(zone.0).wrapping_sub(1))
            .and_then(Option::as_ref)
            .map_or(&[][..], |m| &m.at);
        let (charged, discharged) = metered.iter().fold((0.0, 0.0), |(c, d), m| (c + m.1, d + m.2));
        let sets = problem
            .diesels
            .iter()
            .zip(&schedule.diesel_kw)
            .filter(|(d, _)| case.zone_of(d.bus) == zone);
        let diesel_kw: f64 = sets.map(|(_, kw)| kw[0]).sum();
        let feeding = (0..case.feeder.buses().len())
            .filter(|&b| case.zones_by_bus()[b] == zone)
            .filter_map(|b| case.feeder.feeding_branch(b));
        let losses_kw: f64 = feeding.map(|b| verified.states[0].branches[b].loss_kw).sum();
        let load_kw = case.zone_sum(zone, &problem.load_kw);
        let traded_kw = deals.iter().map(|d| d.bought_kwh(zone.0)).sum::<f64>() / h;
        let net_kw = load_kw + (charged - discharged) / h - pv_used_kw - wind_used_kw - diesel_kw;
        let grid_kw = net_kw + losses_kw - traded_kw;
        // Without a target there is nothing to miss.
        let (target_p_kw, target_q_kvar, allowed_p_kw) =
            self.held(zone.0, env.grid.at(start), env).map_or((0.0, 0.0, 0.0), |held| {
                (held.p_kw + traded_kw, held.q_kvar, held.allowed_kw + traded_kw)
            });
        BalanceRow {
            zone,
            period_start: start,
            load_kw,
            pv_available_kw,
            wind_available_kw,
            pv_used_kw,
            wind_used_kw,
            ev_charge_kw: charged / h,
            ev_discharge_kw: discharged / h,
            battery_kw: 0.0,
            turbine_kw: 0.0,
            diesel_kw,
            grid_kw,
            traded_kw,
            unserved_kw: 0.0,
            losses_kw,
            curtailed_kw: pv_available_kw - pv_used_kw + wind_available_kw - wind_used_kw,
            surplus_kw: pv_available_kw + wind_available_kw - load_kw,
            battery_kwh: 0.0,
            target_p_kw,
            target_q_kvar,
            allowed_p_kw,
            delivered_p_kw: net_kw,
            // The thermal share of what flows in; over all zones that of the import.
            emissions_kg: case
                .carbon
                .emissions(domain::Kwh(diesel_kw * h), domain::Kwh((grid_kw + traded_kw) * h))
                .value(),
        }
    }

    /// What the period, and at its end the day, costs the DSO.
    fn pay(&mut self, k: i64, verified: &Assessment, env: &Environment, out: &mut Outbox) {
        let Some(case) = env.feeder().cloned() else { return };
        self.peak_kw = self.peak_kw.max(verified.import_peak.value());
        self.above_quota_kg += verified.above_quota.value();
        let ends_day = env.grid.of_day(k + 1) == 0;
        let by_day = case.carbon.basis == CarbonBasis::Day;
        let carbon = match (by_day, ends_day) {
            (false, _) => verified.cost.carbon,
            (true, true) => case.carbon.cost(KgCo2(self.above_quota_kg), 24.0),
            (true, false) => Cny(0.0),
        };
        let (grid_purchase, capacity) = match case.prices.purchase {
            PurchaseRule::Tou => (verified.cost.purchase_tou, Cny(0.0)),
            PurchaseRule::Capacity if ends_day => {
                (Cny(0.0), Cny(case.prices.capacity_cny_per_kw() * self.peak_kw))
            }
            PurchaseRule::Capacity => (Cny(0.0), Cny(0.0)),
        };
        let items = [
            (Account::Grid, Purpose::GridPurchase, grid_purchase),
            (Account::Grid, Purpose::CapacityCharge, capacity),
            (Account::Fuel, Purpose::Fuel, verified.cost.diesel),
            (Account::Carbon, Purpose::Carbon, carbon),
            (Account::Plant, Purpose::Curtailment, verified.cost.curtailment),
        ];
        for (to, purpose, amount) in items {
            let row = self.ledger.transfer(
                out.now,
                out.phase,
                Account::Dso,
                to,
                purpose,
                MicroCny::from_cny(amount),
            );
            out.transfer(row);
        }
        if ends_day {
            (self.peak_kw, self.above_quota_kg) = (0.0, 0.0);
        }
    }
}

/// A trade that was delivered, as a row and a fact.
fn write_trade(
    deal: &Deal,
    loss_kwh: f64,
    grid_price: f64,
    status: TradeStatus,
    env: &Environment,
    out: &mut Outbox,
) {
    let (trade, seller) = (TradeId(deal.trade), ZoneId(deal.seller));
    let start = env.grid.start(deal.period);
    if out.recording {
        out.rows.trades.push(TradeRow {
            trade,
            period_start: start,
            buyer: ZoneId(deal.buyer),
            seller,
            energy_kwh: deal.energy_kwh,
            loss_kwh,
            price: deal.price,
            grid_price,
            status,
            refused_by: Detail::None,
            limit_bus: BusId::default(),
        });
    }
    let fact = Fact::new(out.now, out.phase, FactKind::TradeDelivered, Actor::Dso, 1, seller)
        .trade(trade)
        .period(start)
        .energy(deal.energy_kwh)
        .price(deal.price);
    out.fact(fact);
}
