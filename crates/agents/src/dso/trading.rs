//! Clearing and admission of a period's zonal trades (P0 section 2.4, eq. 11).

use super::case::Seen;
use super::letters::{Deal, Otherwise, TradeLetter, Want};
use super::{Ask, Dso};
use crate::environment::Environment;
use crate::message::Letter;
use crate::outbox::Outbox;
use domain::{
    Actor, BusId, Detail, Fact, FactKind, Kw, Kwh, Price, TradeId, TradeRow, TradeStatus, ZoneId,
};
use grid::{
    Admission, BrokenLimit, DaySoFar, EvFlexibility, NetworkLimits, TradeAdmission, assess,
    idle_schedule,
};
use market::clearing::{ClearingView, Need, Offer, Tie, Trade, clear};

impl Dso {
    /// Clears what was accepted, admits what the network carries and tells both sides.
    ///
    /// # Errors
    /// Offers that cannot be cleared, or a network without power flow.
    pub fn clear_trades(&mut self, env: &Environment, out: &mut Outbox) -> Result<(), String> {
        let Some(case) = env.feeder().cloned() else { return Ok(()) };
        let k = self.asked_for;
        let mut asks = std::mem::take(&mut self.asks);
        asks.sort_by_key(|a| a.0);
        let grid_price = env.wholesale(k);
        let (now, elapsed) = env.elapsed(out.now);
        let left_h = (env.grid.end(now) - out.now).hours().value();
        // The same energy in less time loses more.
        let shorter = env.grid.hours().value() / left_h;
        let ties: Vec<Tie> = case
            .ties
            .iter()
            .map(|tie| Tie { loss_per_kwh: tie.loss_per_kwh * shorter, ..*tie })
            .collect();
        let need = |buyer: u16, w: &Want| Need {
            buyer: ZoneId(buyer),
            energy: Kwh(w.energy_kwh),
            worth: Price(w.worth),
        };
        let needs: Vec<Need> =
            asks.iter().flat_map(|a| a.1.iter().map(move |w| need(a.0, w))).collect();
        let offers = offers(asks.iter().flat_map(|a| a.2.iter().copied()));
        let view = ClearingView { needs: &needs, offers: &offers, ties: &ties, grid_price };
        let trades = clear(&case.trades, &view).map_err(|e| e.to_string())?;
        if trades.is_empty() {
            return Ok(());
        }
        let mut admission = self.network_now(k, elapsed, left_h, &asks, env)?;
        for trade in trades {
            let number = self.next_trade;
            self.next_trade += 1;
            let power_kw = trade.energy.value() / left_h;
            let request = case.trade_request(trade.buyer.0, trade.seller.0, power_kw);
            match admission.admit(&request).map_err(|e| e.to_string())? {
                Admission::Admitted { .. } => self.admit(k, number, &trade, env, out),
                Admission::Refused(limit) => refuse(k, number, &trade, limit, grid_price, env, out),
            }
        }
        Ok(())
    }

    /// The network of the rest of the period as the zones reported it, buyers without what they
    /// would take beyond their targets, with the trades of earlier gates.
    fn network_now<'a>(
        &self,
        k: i64,
        elapsed: f64,
        left_h: f64,
        asks: &[Ask],
        env: &'a Environment,
    ) -> Result<TradeAdmission<'a>, String> {
        let case = env.feeder().ok_or("there is no feeder")?;
        let problem = case.problem(
            Seen::AtGate(elapsed),
            k,
            1,
            EvFlexibility::none(),
            DaySoFar::default(),
            env,
        );
        let mut schedule = idle_schedule(&problem);
        for outlook in self.outlooks.iter().flatten() {
            let wants = asks.iter().filter(|a| a.0 == outlook.zone).flat_map(|a| &a.1);
            let excess: f64 =
                wants.filter(|w| w.otherwise == Otherwise::Exceed).map(|w| w.energy_kwh).sum();
            let bought: f64 = self.deals.iter().map(|d| d.bought_kwh(outlook.zone)).sum();
            for &(at, share) in &case.homes[usize::from(outlook.zone) - 1] {
                schedule.ev_kw[at] += share * (outlook.ev_kw + (bought - excess) / left_h);
            }
        }
        for (set, &kw) in schedule.diesel_kw.iter_mut().zip(&self.in_force.diesel_kw) {
            set[0] = kw;
        }
        for (bank, &steps) in schedule.capacitor_steps.iter_mut().zip(&self.in_force.steps) {
            bank[0] = steps;
        }
        self.curtail(k, case, &problem, &mut schedule, env).map_err(|e| e.to_string())?;
        let now = assess(&problem, &schedule).map_err(|e| e.to_string())?;
        let limits = NetworkLimits {
            vmin: domain::PerUnit(case.prices.vmin_pu),
            vmax: domain::PerUnit(case.prices.vmax_pu),
            // What curtailing more absorbs is no export.
            curtailable: Kw(schedule.used_kw.iter().map(|used| used[0]).sum()),
        };
        TradeAdmission::new(&case.feeder, now.p_kw, now.q_kvar, limits).map_err(|e| e.to_string())
    }

    fn admit(&mut self, k: i64, number: i64, trade: &Trade, env: &Environment, out: &mut Outbox) {
        let deal = Deal {
            trade: number,
            period: k,
            buyer: trade.buyer.0,
            seller: trade.seller.0,
            energy_kwh: trade.energy.value(),
            price: trade.price.value(),
        };
        self.deals.push(deal);
        let fact =
            Fact::new(out.now, out.phase, FactKind::TradeAdmitted, Actor::Dso, 1, trade.buyer);
        out.fact(
            fact.trade(TradeId(number))
                .period(env.grid.start(k))
                .energy(deal.energy_kwh)
                .price(deal.price),
        );
        for side in [trade.buyer, trade.seller] {
            out.write(
                out.now + env.latency.floor,
                side,
                Letter::Trade(Box::new(TradeLetter::Admitted(deal))),
            );
        }
    }
}

/// Every seller's blocks once, though it may have offered them to several buyers; the largest
/// quantity that it named at a price.
fn offers(blocks: impl Iterator<Item = super::Block>) -> Vec<Offer> {
    let mut all: Vec<Offer> = Vec::new();
    for b in blocks {
        let known = all
            .iter_mut()
            .find(|o| o.seller.0 == b.seller && (o.floor.value() - b.floor).abs() < 1e-12);
        match known {
            Some(offer) => offer.energy = offer.energy.max(Kwh(b.energy_kwh)),
            None => all.push(Offer {
                seller: ZoneId(b.seller),
                energy: Kwh(b.energy_kwh),
                floor: Price(b.floor),
            }),
        }
    }
    all
}

/// A trade that the network does not carry, with the limit that it would break.
fn refuse(
    k: i64,
    number: i64,
    trade: &Trade,
    limit: BrokenLimit,
    grid_price: Price,
    env: &Environment,
    out: &mut Outbox,
) {
    let to_bus = |id| {
        env.feeder().and_then(|case| {
            case.feeder.branches().iter().find(|b| b.id == id).map(|b| case.feeder.buses()[b.to].id)
        })
    };
    let (refused_by, limit_bus) = match limit {
        BrokenLimit::VoltageLow { bus, .. } | BrokenLimit::VoltageHigh { bus, .. } => {
            (Detail::Voltage, bus)
        }
        BrokenLimit::NoPowerFlow(_) => (Detail::Voltage, BusId::default()),
        BrokenLimit::BranchCurrent { branch, .. } => {
            (Detail::Current, to_bus(branch).unwrap_or_default())
        }
        BrokenLimit::Export { .. } => (Detail::Export, BusId::default()),
    };
    let fact = Fact::new(out.now, out.phase, FactKind::TradeRefused, Actor::Dso, 1, trade.buyer);
    out.fact(
        fact.trade(TradeId(number))
            .period(env.grid.start(k))
            .energy(trade.energy.value())
            .price(trade.price.value())
            .detail(refused_by),
    );
    if out.recording {
        out.rows.trades.push(TradeRow {
            trade: TradeId(number),
            period_start: env.grid.start(k),
            buyer: trade.buyer,
            seller: trade.seller,
            energy_kwh: trade.energy.value(),
            loss_kwh: trade.loss.value(),
            price: trade.price.value(),
            grid_price: grid_price.value(),
            status: TradeStatus::Refused,
            refused_by,
            limit_bus,
        });
    }
}
