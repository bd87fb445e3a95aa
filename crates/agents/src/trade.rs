//! A zone of a feeder: its target, its outlook for the DSO, and its side of zonal trades (P0 section 2.4).
//!
//! A zone that will consume more than its target asks its neighbours; each answers with what it can give: what it stays below its
//! own target anyway (nothing to pay for), charging that it can put off, and discharging. When all have answered the buyer accepts,
//! the cheapest first, and the DSO clears and admits. The seller then consumes less for the rest of the period.

use crate::aggregator::schedule::Load;
use crate::aggregator::{Aggregator, Cx};
use crate::dso::case::StayOutlook;
use crate::dso::letters::{Block, Deal, Metered, Outlook, Target, TradeLetter};
use crate::environment::Environment;
use crate::ev::Ev;
use crate::message::Letter;
use domain::{Actor, Cny, Fact, FactKind, MicroCny, Purpose, Time, TradeId, ZoneId};
use market::{Account, SchedulePolicy};
use serde::{Deserialize, Serialize};

/// What the zone knows as a zone of a feeder.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ZonalDesk {
    target: Target,
    /// The target of the period at hand, which stays when a new one comes during the period [kW].
    now_kw: Option<f64>,
    /// Base load less own generation in the period at hand [kW].
    base_kw: f64,
    /// Energy above the target that is to be bought in the period at hand, and answers that are still to come.
    need_kwh: f64,
    awaited: usize,
    offered: Vec<Block>,
    /// Energy sold and bought in the period at hand [kWh].
    sold_kwh: f64,
    bought_kwh: f64,
}

impl ZonalDesk {
    /// A new target.
    pub fn on_target(&mut self, target: Target) {
        self.target = target;
    }

    /// EV power by period from `k` on that just meets the targets [kW]; without a target what makes the day's net load flat.
    fn room_kw(&self, zone: ZoneId, k: i64, env: &Environment) -> Vec<f64> {
        let Some(case) = env.feeder.as_ref() else { return Vec::new() };
        let horizon = env.grid.per_day;
        let base = |j: i64| {
            let [load, pv, wind] = env.forecast_kw(zone.0, k, j);
            load - pv - wind - case.diesel_kw(zone)
        };
        let bases: Vec<f64> = (k..k + horizon).map(base).collect();
        let highest = bases.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        (k..k + horizon).zip(&bases).map(|(j, base)| self.target.at(j).unwrap_or(highest) - base).collect()
    }

    /// A period begins: set points towards the target, the outlook for the DSO, requests to neighbours.
    pub fn begin(&mut self, k: i64, evs: &[Ev], aggregator: &mut Aggregator, booked: Load, cx: &mut Cx) -> Load {
        let Some(case) = cx.env.feeder.clone() else { return booked };
        let zone = aggregator.zone;
        let h = cx.env.grid.hours().value();
        let room = self.room_kw(zone, k, cx.env);
        self.now_kw = self.target.at(k);
        let [load, pv, wind] = cx.env.forecast_kw(zone.0, k, k);
        self.base_kw = load - pv - wind - case.diesel_kw(zone);
        (self.need_kwh, self.awaited, self.sold_kwh, self.bought_kwh) = (0.0, 0, 0.0, 0.0);
        self.offered.clear();
        aggregator.target_kw = self.now_kw.unwrap_or(f64::NAN);
        let scheduled = case.conduct.dispatches && cx.env.schedule.policy != SchedulePolicy::Uncontrolled;
        let all = if scheduled {
            let booked_kw = booked_power_kw(aggregator);
            let own = aggregator.follow(k, self.now_kw.map(|_| room[0] - booked_kw), &room, cx);
            Load { charge_kw: own.charge_kw + booked_kw.max(0.0), discharge_kw: own.discharge_kw + (-booked_kw).max(0.0) }
        } else {
            booked
        };
        let ev_kw = all.charge_kw - all.discharge_kw;
        let outlook = Outlook { zone: zone.0, period: k, ev_kw, stays: stays(zone, k, evs, aggregator, cx.env) };
        cx.out.write(cx.out.now + cx.env.latency.floor, ZoneId(0), Letter::Outlook(Box::new(outlook)));
        if let (true, true, Some(target)) = (scheduled, case.trades.enabled, self.now_kw) {
            let allowed = self.target.allowed(k).unwrap_or(target).max(target);
            let need = (self.base_kw + ev_kw - allowed) * h;
            if need > case.trades.least_kwh {
                self.ask(need, k, zone, cx);
            }
        }
        all
    }

    fn ask(&mut self, need_kwh: f64, k: i64, zone: ZoneId, cx: &mut Cx) {
        let Some(case) = cx.env.feeder.as_ref() else { return };
        let neighbours = &case.neighbours[usize::from(zone.0) - 1];
        (self.need_kwh, self.awaited) = (need_kwh, neighbours.len());
        for &to in neighbours {
            let request = TradeLetter::Request { buyer: zone.0, period: k, energy_kwh: need_kwh };
            cx.out.write(cx.out.now + cx.env.latency.floor, to, Letter::Trade(Box::new(request)));
        }
        let fact = Fact::new(cx.out.now, cx.out.phase, FactKind::TradeRequested, Actor::Aggregator, u32::from(zone.0), zone);
        cx.out.fact(fact.period(cx.env.grid.start(k)).energy(need_kwh));
    }

    /// A letter of the negotiation.
    pub fn on_trade(&mut self, letter: TradeLetter, aggregator: &mut Aggregator, cx: &mut Cx) {
        match letter {
            TradeLetter::Request { buyer, period, energy_kwh } => self.answer(buyer, period, energy_kwh, aggregator, cx),
            TradeLetter::Offer { period, blocks, .. } => self.on_offer(period, blocks, aggregator.zone, cx),
            TradeLetter::Admitted(deal) if deal.seller == aggregator.zone.0 => self.sell(&deal, aggregator, cx),
            TradeLetter::Admitted(deal) => self.bought_kwh += deal.energy_kwh,
            TradeLetter::Delivered(deal) => settle(&deal, aggregator.zone, cx),
            TradeLetter::Accept { .. } => {}
        }
    }

    fn answer(&mut self, buyer: u16, k: i64, wanted_kwh: f64, aggregator: &mut Aggregator, cx: &mut Cx) {
        let zone = aggregator.zone;
        let left_h = (cx.env.grid.end(k) - cx.out.now).hours().value();
        let mut blocks = Vec::new();
        if let Some(target) = self.now_kw.filter(|_| self.need_kwh <= 0.0) {
            let r = aggregator.reducible(k, cx);
            let ev_kw: f64 = aggregator.sessions.iter().map(|(_, s)| s.power_kw).sum();
            let below_kwh = (target - self.base_kw - ev_kw).max(0.0) * left_h - self.sold_kwh;
            let sources = [(below_kwh, 0.0), (r.postponed_kw * left_h, r.postponed_floor), (r.v2g_kw * left_h, r.v2g_floor)];
            let mut left = wanted_kwh;
            for (energy, floor) in sources {
                let energy_kwh = energy.clamp(0.0, left);
                left -= energy_kwh;
                if energy_kwh > 1e-3 {
                    blocks.push(Block { seller: zone.0, energy_kwh, floor });
                }
            }
        }
        for b in &blocks {
            let fact = Fact::new(cx.out.now, cx.out.phase, FactKind::TradeOffered, Actor::Aggregator, u32::from(zone.0), zone);
            cx.out.fact(fact.period(cx.env.grid.start(k)).energy(b.energy_kwh).price(b.floor));
        }
        let offer = TradeLetter::Offer { period: k, seller: zone.0, blocks };
        cx.out.write(cx.out.now + cx.env.latency.floor, ZoneId(buyer), Letter::Trade(Box::new(offer)));
    }

    fn on_offer(&mut self, k: i64, blocks: Vec<Block>, zone: ZoneId, cx: &mut Cx) {
        self.offered.extend(blocks);
        self.awaited = self.awaited.saturating_sub(1);
        if self.awaited > 0 || self.offered.is_empty() {
            return;
        }
        let mut blocks = std::mem::take(&mut self.offered);
        blocks.sort_by(|a, b| a.floor.total_cmp(&b.floor).then(a.seller.cmp(&b.seller)));
        let mut left = self.need_kwh;
        blocks.retain_mut(|b| {
            b.energy_kwh = b.energy_kwh.min(left);
            left -= b.energy_kwh;
            b.energy_kwh > 1e-3
        });
        for b in &blocks {
            let fact = Fact::new(cx.out.now, cx.out.phase, FactKind::TradeAccepted, Actor::Aggregator, u32::from(zone.0), zone);
            cx.out.fact(fact.period(cx.env.grid.start(k)).energy(b.energy_kwh).price(b.floor));
        }
        let accept = TradeLetter::Accept { period: k, buyer: zone.0, need_kwh: self.need_kwh, blocks };
        cx.out.write(cx.out.now + cx.env.latency.floor, ZoneId(0), Letter::Trade(Box::new(accept)));
    }

    /// The zone consumes less for the rest of the period by what it sold.
    fn sell(&mut self, deal: &Deal, aggregator: &mut Aggregator, cx: &mut Cx) {
        self.sold_kwh += deal.energy_kwh;
        let k = deal.period;
        let Some(target) = self.now_kw.filter(|_| cx.env.grid.at(cx.out.now) == k) else { return };
        let left_h = (cx.env.grid.end(k) - cx.out.now).hours().value();
        let booked_kw = booked_power_kw(aggregator);
        let own_kw: f64 = aggregator.sessions.iter().filter(|(_, s)| s.booking.is_none()).map(|(_, s)| s.power_kw).sum();
        // Over the whole period it is to stay below its target by what it sold.
        let most_kw = target - self.base_kw - booked_kw - self.sold_kwh / left_h;
        if own_kw > most_kw {
            let room = self.room_kw(aggregator.zone, k, cx.env);
            aggregator.follow(k, Some(most_kw), &room, cx);
        }
    }
}

/// The DSO clears: the buyer pays it, it pays the seller.
fn settle(deal: &Deal, zone: ZoneId, cx: &mut Cx) {
    let amount = MicroCny::from_cny(Cny(deal.energy_kwh * deal.price));
    let (from, to) = if deal.buyer == zone.0 { (Account::Aggregator, Account::Dso) } else { (Account::Dso, Account::Aggregator) };
    let row = cx.ledger.transfer(cx.out.now, cx.out.phase, from, to, Purpose::ZonalTrade, amount);
    cx.out.transfer(row.map(|r| domain::LedgerRow { trade: TradeId(deal.trade), ..r }));
}

/// Power of vehicles with a booking, discharging negative [kW].
fn booked_power_kw(aggregator: &Aggregator) -> f64 {
    aggregator.sessions.iter().filter(|(_, s)| s.booking.is_some()).map(|(_, s)| s.power_kw).sum()
}

/// Metered energy of the period that ended by bus; `at_bus` gives the bus position of an EV's place.
pub fn metered(aggregator: &Aggregator, k: i64, buses: usize, at_bus: impl Fn(u32) -> usize) -> Metered {
    let mut charged = vec![0.0; buses];
    let mut discharged = vec![0.0; buses];
    for u in &aggregator.uses {
        let at = at_bus(u.place);
        charged[at] += u.charged_kwh;
        discharged[at] += u.discharged_kwh;
    }
    let at = (0..buses).filter(|&b| charged[b] + discharged[b] > 0.0).map(|b| (b, charged[b], discharged[b])).collect();
    Metered { zone: aggregator.zone.0, period: k, at }
}

/// The stays of the 24 hours after period `k`: vehicles that are there as they declared, others as usual (or, with known plans, as
/// they will be). Hours count from the end of the period.
fn stays(zone: ZoneId, k: i64, evs: &[Ev], aggregator: &Aggregator, env: &Environment) -> Vec<StayOutlook> {
    let Some(case) = env.feeder.as_ref().filter(|c| c.conduct.dispatches) else { return Vec::new() };
    let (begin, end) = (env.grid.start(k), env.grid.end(k));
    let hours = |t: Time| (t - end).hours().value();
    let h = env.grid.hours().value();
    let mut all = Vec::new();
    for (_, s) in aggregator.sessions.iter() {
        let d = &s.declared;
        if d.departure <= end {
            continue;
        }
        let flow = if s.power_kw >= 0.0 { s.power_kw * d.vehicle.charge_efficiency } else { s.power_kw / d.vehicle.discharge_efficiency };
        let start_kwh = s.energy_kwh + flow * h;
        all.push(StayOutlook {
            bus: evs[d.place as usize].home_bus.0,
            arrive_h: 0.0,
            depart_h: hours(d.departure),
            power_kw: d.vehicle.charge_kw.min(env.market.access.pile_kw),
            start_kwh,
            target_kwh: s.goal_kwh.max(start_kwh.min(s.goal_kwh)),
            floor_kwh: d.floor_kwh,
            capacity_kwh: d.ceiling_kwh,
            v2g: d.v2g,
        });
    }
    if case.conduct.plans_known {
        for e in evs {
            let soc_now = e.soc();
            for p in e.upcoming.iter().filter(|p| p.arrival >= begin && hours(p.arrival) < 24.0 && p.departure > end) {
                let v = e.person.vehicle;
                let driven = p.need.driven_kwh(soc_now, v.battery_kwh, e.person.floor_soc);
                all.push(StayOutlook {
                    bus: e.home_bus.0,
                    arrive_h: hours(p.arrival),
                    depart_h: hours(p.departure),
                    power_kw: v.charge_kw.min(env.market.access.pile_kw),
                    start_kwh: (e.target_kwh() - driven).max(0.0),
                    target_kwh: e.target_kwh(),
                    floor_kwh: e.person.floor_soc * v.battery_kwh,
                    capacity_kwh: e.ceiling_kwh(),
                    v2g: e.person.v2g,
                });
            }
        }
        return all;
    }
    let now_h = begin.hour_of_day();
    for usual in &case.expected[usize::from(zone.0) - 1] {
        let until_arrival = (usual.arrive_h - now_h).rem_euclid(24.0);
        let stay = StayOutlook { arrive_h: until_arrival - h, depart_h: until_arrival - h + usual.depart_h - usual.arrive_h, ..*usual };
        if stay.depart_h > 0.0 {
            all.push(stay);
        }
    }
    all
}
