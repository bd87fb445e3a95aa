//! A zone of a feeder: its target, its outlook for the DSO, and its side of zonal trades (P0
//! section 2.4).
//!
//! Vehicles begin a period with what was forecast for it an hour before. Then the zone sees what
//! its load and its plant really are. What exceeds its target it can make up for by its own means,
//! which cost something: putting off charging to the cheapest price that a stay still has;
//! discharging; or, where there are none left, exceeding the target (P0 eq. 22). It asks its
//! neighbours whether they have the energy for less. Each answers with what it can give: what it
//! stays below its own target anyway (curtailed PV, slack: nothing to pay for), charging that it
//! can put off, and discharging. When all have answered the buyer accepts what is cheaper than its
//! own means, the cheapest first, and the DSO clears and admits. A few seconds after the period has
//! begun each zone moves its vehicles so that it keeps to its target, plus what it bought, less
//! what it sold.

use crate::aggregator::follow::{Filled, Margin, mean_power_kw};
use crate::aggregator::schedule::Load;
use crate::aggregator::{Aggregator, Cx};
use crate::dso::case::StayOutlook;
use crate::dso::letters::{Block, Deal, Metered, Otherwise, Outlook, Target, TradeLetter, Want};
use crate::environment::Environment;
use crate::ev::Ev;
use crate::message::{Letter, Message};
use crate::outbox::sender;
use domain::{Actor, Cny, Fact, FactKind, MicroCny, Phase, Purpose, Time, TradeId, ZoneId};
use market::{Account, SchedulePolicy};
use serde::{Deserialize, Serialize};

/// Energy that is not worth a word \[kWh\].
const TRIFLE_KWH: f64 = 1e-3;
/// Letters that a trade takes, one after the other (request, offer, acceptance, admission), and one
/// more. The outlook that the DSO gets before is off by what vehicles are moved then.
const TURNS: i64 = 5;

/// What the zone knows as a zone of a feeder.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ZonalDesk {
    target: Target,
    /// The target of the period at hand, which stays when a new one comes during the period \[kW\].
    now_kw: Option<f64>,
    /// Base load less own generation in the period at hand \[kW\].
    base_kw: f64,
    /// What is to be bought for the period at hand, and answers that are still to come.
    wants: Vec<Want>,
    awaited: usize,
    offered: Vec<Block>,
    /// Energy bought less energy sold in the period at hand \[kWh\].
    bought_kwh: f64,
}

impl ZonalDesk {
    /// A new target.
    pub fn on_target(&mut self, target: Target) {
        self.target = target;
    }

    /// EV power by period from `k` on that just meets the targets \[kW\], as forecast in period
    /// `now`; without a target what makes the day's net load flat.
    fn room_kw(&self, zone: ZoneId, now: i64, k: i64, env: &Environment) -> Vec<f64> {
        let Some(case) = env.feeder.as_ref() else { return Vec::new() };
        let horizon = env.grid.per_day;
        let base = |j: i64| {
            let [load, pv, wind] = env.forecast_kw(zone.0, now, j);
            load - pv - wind - case.diesel_kw(zone)
        };
        let bases: Vec<f64> = (k..k + horizon).map(base).collect();
        let highest = bases.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        (k..k + horizon)
            .zip(&bases)
            .map(|(j, base)| self.target.at(j).unwrap_or(highest) - base)
            .collect()
    }

    /// A period begins: set points towards the target, the outlook for the DSO, requests to
    /// neighbours.
    pub fn begin(
        &mut self,
        k: i64,
        evs: &[Ev],
        aggregator: &mut Aggregator,
        booked: Load,
        cx: &mut Cx,
    ) -> Load {
        let Some(case) = cx.env.feeder.clone() else { return booked };
        let zone = aggregator.zone;
        let room = self.room_kw(zone, k - 1, k, cx.env);
        self.now_kw = self.target.at(k);
        let [load, pv, wind] = cx.env.forecast_kw(zone.0, k, k);
        self.base_kw = load - pv - wind - case.diesel_kw(zone);
        (self.awaited, self.bought_kwh) = (0, 0.0);
        self.offered.clear();
        self.wants.clear();
        aggregator.target_kw = self.now_kw.unwrap_or(f64::NAN);
        let scheduled =
            case.conduct.dispatches && cx.env.schedule.policy != SchedulePolicy::Uncontrolled;
        let mut discharging = Vec::new();
        let all = if scheduled {
            let booked_kw = booked_power_kw(aggregator);
            let own = aggregator.follow(k, self.now_kw.map(|_| room[0] - booked_kw), &room, cx);
            log_filled(&own.filled, zone, cx);
            discharging = own.discharging;
            let keep = cx.out.now + cx.env.latency.floor.times(TURNS);
            cx.out.send(keep, Phase::Dispatch, sender::ZONE, Message::KeepTarget);
            Load {
                charge_kw: own.load.charge_kw + booked_kw.max(0.0),
                discharge_kw: own.load.discharge_kw + (-booked_kw).max(0.0),
            }
        } else {
            aggregator.charge_at_once(k, cx)
        };
        let ev_kw = all.charge_kw - all.discharge_kw;
        let outlook = Outlook {
            zone: zone.0,
            period: k,
            ev_kw,
            stays: stays(zone, k, evs, aggregator, cx.env),
        };
        cx.out.write(
            cx.out.now + cx.env.latency.floor,
            ZoneId(0),
            Letter::Outlook(Box::new(outlook)),
        );
        if let (true, true, Some(target)) = (scheduled, case.trades.enabled, self.now_kw) {
            let excess_kw = self.base_kw + ev_kw - target;
            let allowed_kw =
                self.target.allowed(k).map_or(0.0, |allowed| (allowed - target).max(0.0));
            self.wants =
                wants(excess_kw, allowed_kw, &aggregator.reducible(k, cx), &discharging, cx.env);
            if self.wants.iter().map(|w| w.energy_kwh).sum::<f64>() > case.trades.least_kwh {
                self.ask(k, zone, cx);
            } else {
                self.wants.clear();
            }
        }
        all
    }

    fn ask(&mut self, k: i64, zone: ZoneId, cx: &mut Cx) {
        let Some(case) = cx.env.feeder.as_ref() else { return };
        let neighbours = &case.neighbours[usize::from(zone.0) - 1];
        let energy_kwh = self.wants.iter().map(|w| w.energy_kwh).sum();
        let worth = self.wants.iter().map(|w| w.worth).fold(0.0, f64::max);
        self.awaited = neighbours.len();
        for &to in neighbours {
            let request = TradeLetter::Request { buyer: zone.0, period: k, energy_kwh, worth };
            cx.out.write(cx.out.now + cx.env.latency.floor, to, Letter::Trade(Box::new(request)));
        }
        let fact = Fact::new(
            cx.out.now,
            cx.out.phase,
            FactKind::TradeRequested,
            Actor::Aggregator,
            u32::from(zone.0),
            zone,
        );
        cx.out.fact(fact.period(cx.env.grid.start(k)).energy(energy_kwh).price(worth));
    }

    /// A letter of the negotiation.
    pub fn on_trade(&mut self, letter: TradeLetter, aggregator: &mut Aggregator, cx: &mut Cx) {
        match letter {
            TradeLetter::Request { buyer, period, energy_kwh, worth } => {
                self.answer(buyer, period, energy_kwh, worth, aggregator, cx)
            }
            TradeLetter::Offer { period, blocks, .. } => {
                self.on_offer(period, blocks, aggregator.zone, cx)
            }
            TradeLetter::Admitted(deal) => self.bought_kwh += deal.bought_kwh(aggregator.zone.0),
            TradeLetter::Delivered(deal) => settle(&deal, aggregator.zone, cx),
            TradeLetter::Accept { .. } => {}
        }
    }

    /// Offers what costs less than it is worth to the buyer, and at least as much as the zone
    /// itself would give for it.
    fn answer(
        &mut self,
        buyer: u16,
        k: i64,
        wanted_kwh: f64,
        worth: f64,
        aggregator: &mut Aggregator,
        cx: &mut Cx,
    ) {
        let zone = aggregator.zone;
        let left_h = (cx.env.grid.end(k) - cx.out.now).hours().value();
        let own_worth = self.wants.iter().map(|w| w.worth).fold(0.0, f64::max);
        let mut blocks = Vec::new();
        if let Some(target) = self.now_kw {
            let ev_kw: f64 = aggregator.sessions.iter().map(|(_, s)| mean_power_kw(s, k, cx)).sum();
            let below = Margin {
                cost: 0.0,
                power_kw: (target - self.base_kw - ev_kw + self.bought_kwh / left_h).max(0.0),
            };
            let mut left = wanted_kwh;
            for source in std::iter::once(below)
                .chain(aggregator.reducible(k, cx))
                .filter(|m| own_worth <= m.cost && m.cost < worth)
            {
                let energy_kwh = (source.power_kw * left_h).clamp(0.0, left);
                left -= energy_kwh;
                if energy_kwh > TRIFLE_KWH {
                    blocks.push(Block { seller: zone.0, energy_kwh, floor: source.cost });
                }
            }
        }
        for b in &blocks {
            let fact = Fact::new(
                cx.out.now,
                cx.out.phase,
                FactKind::TradeOffered,
                Actor::Aggregator,
                u32::from(zone.0),
                zone,
            );
            cx.out.fact(fact.period(cx.env.grid.start(k)).energy(b.energy_kwh).price(b.floor));
        }
        let offer = TradeLetter::Offer { period: k, seller: zone.0, blocks };
        cx.out.write(
            cx.out.now + cx.env.latency.floor,
            ZoneId(buyer),
            Letter::Trade(Box::new(offer)),
        );
    }

    fn on_offer(&mut self, k: i64, blocks: Vec<Block>, zone: ZoneId, cx: &mut Cx) {
        self.offered.extend(blocks);
        self.awaited = self.awaited.saturating_sub(1);
        if self.awaited > 0 || self.offered.is_empty() {
            return;
        }
        let mut blocks = std::mem::take(&mut self.offered);
        blocks.sort_by(|a, b| a.floor.total_cmp(&b.floor).then(a.seller.cmp(&b.seller)));
        blocks.retain_mut(|b| {
            // No more than what is worth more than the block costs; the clearing divides among the
            // blocks.
            let worth_it: f64 =
                self.wants.iter().filter(|w| w.worth > b.floor).map(|w| w.energy_kwh).sum();
            b.energy_kwh = b.energy_kwh.min(worth_it);
            b.energy_kwh > TRIFLE_KWH
        });
        if blocks.is_empty() {
            return;
        }
        for b in &blocks {
            let fact = Fact::new(
                cx.out.now,
                cx.out.phase,
                FactKind::TradeAccepted,
                Actor::Aggregator,
                u32::from(zone.0),
                zone,
            );
            cx.out.fact(fact.period(cx.env.grid.start(k)).energy(b.energy_kwh).price(b.floor));
        }
        let accept =
            TradeLetter::Accept { period: k, buyer: zone.0, wants: self.wants.clone(), blocks };
        cx.out.write(cx.out.now + cx.env.latency.floor, ZoneId(0), Letter::Trade(Box::new(accept)));
    }

    /// The trades of the period are made: over the whole of it a seller is to stay below its target
    /// by what it sold, and a buyer may exceed it by what it bought.
    pub fn keep_target(&mut self, aggregator: &mut Aggregator, cx: &mut Cx) {
        let (zone, k) = (aggregator.zone, cx.env.grid.at(cx.out.now));
        let Some(target) = self.now_kw else { return };
        let left_h = (cx.env.grid.end(k) - cx.out.now).hours().value();
        let most_kw =
            target - self.base_kw - booked_power_kw(aggregator) + self.bought_kwh / left_h;
        let room = self.room_kw(zone, k, k, cx.env);
        aggregator.follow(k, Some(most_kw), &room, cx);
    }
}

/// What a zone would rather buy: what it exceeds its target by, worth what its own means to make up
/// for it cost, the cheapest first; what they do not reach, as far as it is more than is allowed;
/// and what it discharges already.
fn wants(
    excess_kw: f64,
    allowed_kw: f64,
    means: &[Margin],
    discharging: &[Margin],
    env: &Environment,
) -> Vec<Want> {
    let h = env.grid.hours().value();
    let want = |power_kw: f64, worth: f64, otherwise: Otherwise| Want {
        energy_kwh: power_kw * h,
        worth,
        otherwise,
    };
    let mut left_kw = excess_kw.max(0.0);
    let mut all = Vec::new();
    for m in means {
        let power_kw = m.power_kw.min(left_kw);
        left_kw -= power_kw;
        all.push(want(power_kw, m.cost, Otherwise::OwnMeans));
    }
    let worth = env.feeder.as_ref().map_or(0.0, |case| case.conduct.excess_cny_per_kwh);
    all.push(want(left_kw - allowed_kw, worth, Otherwise::Exceed));
    all.extend(discharging.iter().map(|m| want(m.power_kw, m.cost, Otherwise::OwnMeans)));
    all.retain(|w| w.energy_kwh > TRIFLE_KWH);
    all
}

/// Who takes how much from which period by the elastic response, type by type; the power is the net
/// load above the target that the type found, the price the tariff's.
fn log_filled(filled: &[Filled], zone: ZoneId, cx: &mut Cx) {
    for f in filled {
        let fact = Fact::new(
            cx.out.now,
            cx.out.phase,
            FactKind::DemandFilled,
            Actor::Aggregator,
            u32::from(zone.0),
            zone,
        );
        let fact = fact
            .period(cx.env.grid.start(f.period))
            .energy(f.energy_kwh)
            .power(f.net_kw)
            .price(cx.env.retail(f.period).value());
        cx.out.fact(fact.detail(f.user_type.into()));
    }
}

/// The DSO clears: the buyer pays it, it pays the seller.
fn settle(deal: &Deal, zone: ZoneId, cx: &mut Cx) {
    let amount = MicroCny::from_cny(Cny(deal.energy_kwh * deal.price));
    let (from, to) = if deal.buyer == zone.0 {
        (Account::Aggregator, Account::Dso)
    } else {
        (Account::Dso, Account::Aggregator)
    };
    let row = cx.ledger.transfer(cx.out.now, cx.out.phase, from, to, Purpose::ZonalTrade, amount);
    cx.out.transfer(row.map(|r| domain::LedgerRow { trade: TradeId(deal.trade), ..r }));
}

/// Power of vehicles with a booking, discharging negative \[kW\].
fn booked_power_kw(aggregator: &Aggregator) -> f64 {
    aggregator.sessions.iter().filter(|(_, s)| s.booking.is_some()).map(|(_, s)| s.power_kw).sum()
}

/// Metered energy of the period that ended by bus; `at_bus` gives the bus position of an EV's
/// place.
pub fn metered(
    aggregator: &Aggregator,
    k: i64,
    buses: usize,
    at_bus: impl Fn(u32) -> usize,
) -> Metered {
    let mut charged = vec![0.0; buses];
    let mut discharged = vec![0.0; buses];
    for u in &aggregator.uses {
        let at = at_bus(u.place);
        charged[at] += u.charged_kwh;
        discharged[at] += u.discharged_kwh;
    }
    let at = (0..buses)
        .filter(|&b| charged[b] + discharged[b] > 0.0)
        .map(|b| (b, charged[b], discharged[b]))
        .collect();
    Metered { zone: aggregator.zone.0, period: k, at }
}

/// From when a vehicle that comes takes part: from the next period on, or at once if it leaves
/// before.
fn takes_part_h(arrive_h: f64, depart_h: f64, period_h: f64) -> f64 {
    let next_h = (arrive_h / period_h).ceil() * period_h;
    if next_h < depart_h { next_h } else { arrive_h }
}

/// The stays of the 24 hours after period `k`: vehicles that are there as they declared, others as
/// usual (or, with known plans, as they will be). Hours count from the end of the period.
fn stays(
    zone: ZoneId,
    k: i64,
    evs: &[Ev],
    aggregator: &Aggregator,
    env: &Environment,
) -> Vec<StayOutlook> {
    let Some(case) = env.feeder.as_ref().filter(|c| c.conduct.dispatches) else {
        return Vec::new();
    };
    let (begin, end) = (env.grid.start(k), env.grid.end(k));
    let hours = |t: Time| (t - end).hours().value();
    let h = env.grid.hours().value();
    let mut all = Vec::new();
    for (_, s) in aggregator.sessions.iter() {
        let d = &s.declared;
        if d.departure <= end {
            continue;
        }
        let flow = if s.power_kw >= 0.0 {
            s.power_kw * d.vehicle.charge_efficiency
        } else {
            s.power_kw / d.vehicle.discharge_efficiency
        };
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
            for p in e
                .upcoming
                .iter()
                .filter(|p| p.arrival >= begin && hours(p.arrival) < 24.0 && p.departure > end)
            {
                let v = e.person.vehicle;
                let driven = p.need.driven_kwh(soc_now, v.battery_kwh, e.person.floor_soc);
                all.push(StayOutlook {
                    bus: e.home_bus.0,
                    arrive_h: takes_part_h(hours(p.arrival), hours(p.departure), h),
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
        let depart_h = until_arrival - h + usual.depart_h - usual.arrive_h;
        if depart_h > 0.0 {
            all.push(StayOutlook {
                arrive_h: takes_part_h(until_arrival - h, depart_h, h),
                depart_h,
                ..*usual
            });
        }
    }
    all
}
