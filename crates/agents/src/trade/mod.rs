//! A zone of a feeder: its target, its outlook for the DSO, and its side of zonal trades (P0
//! section 2.4).
//!
//! Vehicles begin a period with what was forecast for it an hour before. At each gate of the period
//! (`trades.gates_min`; the first is its start) the zone looks at what was metered so far and at
//! what it sees of the rest. Where it would exceed its target it can make up for it by its own
//! means, which cost something: putting off charging to the cheapest price that a stay still has;
//! discharging; or exceeding the target (P0 eq. 22). It asks its neighbours whether they have the
//! energy for less. Each answers with what it can give: what it stays below its own target anyway
//! (curtailed PV, slack: nothing to pay for), charging that it can put off, and discharging. When
//! all have answered the buyer accepts what is cheaper than its own means, the cheapest first, and
//! the DSO clears and admits. A few seconds after the gate each zone moves its vehicles so that it
//! keeps to its target, plus what it bought, less what it sold.
//!
//! The last gate does not see all of what is left. A zone stays below its target by what that risk is
//! worth, and at the last gate it buys such a reserve, too; whoever sells keeps its own.
//!
//! - [`outlook`]: what the DSO is told. - `bids`: what is worth buying. - `reserve`: what is
//!   kept back. - `standing`: where the period stands.

mod bids;
pub mod bus_room;
pub mod elastic;
pub mod outlook;
mod reserve;
mod standing;

use crate::aggregator::follow::{Aim, Filled, Means};
use crate::aggregator::schedule::Load;
use crate::aggregator::{Aggregator, Cx};
use crate::dso::case::FeederCase;
use crate::dso::letters::{Block, Deal, Missed, Outlook, Target, TradeLetter, Want};
use crate::environment::Environment;
use crate::ev::Ev;
use crate::message::{Letter, Message, ZoneEvent};
use crate::outbox::sender;
use crate::policy::Policy;
use bids::wants;
use bus_room::{BusRoom, bus_rooms};
use domain::{Actor, Cny, Fact, FactKind, MicroCny, Phase, Purpose, TradeId, ZoneId};
use elastic::Floated;
use market::{Account, SchedulePolicy};
use outlook::{must_run_kwh, stays};
use reserve::Stake;
use serde::{Deserialize, Serialize};
use standing::Standing;

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
    /// By how much the period's allowance exceeds the target \[kW\].
    allowance_kw: f64,
    /// Power of the zone's diesel sets in the period at hand \[kW\].
    diesel_kw: f64,
    /// What vehicles that are still to come will draw at once in the rest of the period \[kWh\].
    coming_kwh: f64,
    /// What is to be bought at the gate at hand, and answers that are still to come.
    wants: Vec<Want>,
    awaited: usize,
    offered: Vec<Block>,
    /// Energy bought less energy sold in the period at hand \[kWh\], and what was bought and what
    /// was sold since vehicles were moved last.
    bought_kwh: f64,
    fresh_kwh: f64,
    sold_kwh: f64,
    /// Prices that float towards the DSO's plan.
    pub floated: Floated,
}

impl ZonalDesk {
    /// Power of the zone's diesel sets in the period at hand \[kW\].
    pub fn diesel_kw(&self) -> f64 {
        self.diesel_kw
    }

    /// A target from outside takes the place of the DSO's at once: vehicles are moved towards it.
    pub fn on_given_target(&mut self, evs: &[Ev], aggregator: &mut Aggregator, cx: &mut Cx) {
        let k = cx.env.grid.at(cx.out.now);
        // At a period's beginning set points are chosen after this anyway.
        if cx.out.now == cx.env.grid.start(k) {
            return;
        }
        (self.now_kw, self.allowance_kw) = (cx.env.outside.target_p_kw(), 0.0);
        aggregator.target_kw = self.now_kw.unwrap_or(f64::NAN);
        if cx.env.feeder().is_some_and(|case| is_scheduled(case, cx.policy)) {
            self.keep_target(evs, aggregator, cx);
        }
    }

    /// What the zone is held to in period `k`: what is given from outside, or the DSO's target
    /// \[kW\].
    fn target_kw(&self, k: i64, env: &Environment) -> Option<f64> {
        env.outside.target_p_kw().or_else(|| self.target.at(k))
    }

    /// A new target.
    pub fn on_target(&mut self, target: Target) {
        self.target = target;
    }

    /// EV power by period from `k` on that just meets the targets \[kW\], as forecast in period
    /// `now`; without a target what makes the day's net load flat.
    fn room_kw(&self, zone: ZoneId, now: i64, k: i64, env: &Environment) -> Vec<f64> {
        let Some(case) = env.feeder() else { return Vec::new() };
        let horizon = env.grid.per_day;
        let base = |j: i64| {
            let [load, pv, wind] = env.forecast_kw(zone.0, now, j);
            load - pv - wind - self.target.diesel(j).unwrap_or_else(|| case.diesel_kw(zone))
        };
        let bases: Vec<f64> = (k..k + horizon).map(base).collect();
        let highest = bases.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        (k..k + horizon)
            .zip(&bases)
            .map(|(j, base)| self.target_kw(j, env).unwrap_or(highest) - base)
            .collect()
    }

    /// A period begins: set points towards the target, the outlook for the DSO, the gates.
    pub fn begin(
        &mut self,
        k: i64,
        evs: &[Ev],
        aggregator: &mut Aggregator,
        booked: Load,
        cx: &mut Cx,
    ) -> Load {
        let Some(case) = cx.env.feeder().cloned() else { return booked };
        let zone = aggregator.zone;
        let room = self.room_kw(zone, k - 1, k, cx.env);
        self.now_kw = self.target_kw(k, cx.env);
        let allowed = self.target.allowed(k).filter(|_| cx.env.outside.target_p_kw().is_none());
        self.allowance_kw =
            allowed.zip(self.now_kw).map_or(0.0, |(allowed, target)| (allowed - target).max(0.0));
        self.diesel_kw = self.target.diesel(k).unwrap_or_else(|| case.diesel_kw(zone));
        (self.bought_kwh, self.fresh_kwh, self.sold_kwh) = (0.0, 0.0, 0.0);
        aggregator.target_kw = self.now_kw.unwrap_or(f64::NAN);
        for gate in 1..cx.env.gates {
            cx.out.send(
                cx.env.gate(k, gate),
                Phase::Dispatch,
                sender::ZONE,
                Message::Zone(ZoneEvent::Gate),
            );
        }
        let scheduled = is_scheduled(&case, cx.policy);
        let all = if scheduled {
            let booked_kw = booked_power_kw(aggregator);
            self.coming_kwh = must_run_kwh(zone, k, cx.out.now, evs, &case, cx.env);
            let coming_kw = self.coming_kwh / cx.env.grid.hours().value();
            self.floated.answer(k, aggregator, cx);
            let aim = if self.now_kw.is_some() {
                Aim::Target(room[0] - booked_kw - coming_kw)
            } else {
                Aim::Wish
            };
            let buses = Buses::of(&case, evs, zone, cx);
            let own = aggregator.follow(k, aim, &room, &buses, cx);
            log_filled(&own.filled, zone, cx);
            Load {
                charge_kw: own.load.charge_kw + booked_kw.max(0.0),
                discharge_kw: own.load.discharge_kw + (-booked_kw).max(0.0),
            }
        } else {
            aggregator.charge_at_once(k, cx)
        };
        let outlook = Outlook {
            zone: zone.0,
            period: k,
            ev_kw: all.charge_kw - all.discharge_kw,
            stays: stays(zone, k, evs, aggregator, cx.env),
        };
        self.floated.announced(&outlook, cx.env);
        cx.out.write(
            cx.out.now + cx.env.latency.floor,
            ZoneId(0),
            Letter::Outlook(Box::new(outlook)),
        );
        if scheduled {
            self.look(aggregator, cx);
        }
        all
    }

    /// A gate of the period after its start.
    pub fn at_gate(&mut self, evs: &[Ev], aggregator: &mut Aggregator, cx: &mut Cx) {
        let Some(case) = cx.env.feeder().cloned() else { return };
        if !is_scheduled(&case, cx.policy) {
            return;
        }
        let k = cx.env.grid.at(cx.out.now);
        self.coming_kwh = must_run_kwh(aggregator.zone, k, cx.out.now, evs, &case, cx.env);
        self.look(aggregator, cx);
    }

    /// Where the zone will exceed its target it asks its neighbours; soon after it moves its
    /// vehicles.
    fn look(&mut self, aggregator: &mut Aggregator, cx: &mut Cx) {
        let Some(case) = cx.env.feeder().cloned() else { return };
        let k = cx.env.grid.at(cx.out.now);
        self.awaited = 0;
        self.offered.clear();
        self.wants.clear();
        let Some(standing) = Standing::of(self, aggregator, cx) else { return };
        let keep = cx.out.now + cx.env.latency.floor.times(TURNS);
        cx.out.send(keep, Phase::Dispatch, sender::ZONE, Message::Zone(ZoneEvent::KeepTarget));
        if !case.trades.enabled {
            return;
        }
        let means = own_means(&case, k, aggregator, cx);
        let stake = self.stake(&standing, &case, cx);
        self.wants = wants(&standing, &stake, &means);
        let (_, gate) = cx.env.gate_at(cx.out.now);
        // What a later gate can still get is not bought on suspicion.
        if gate + 1 == cx.env.gates {
            let own_kwh = stake.own_kwh(&standing, &means);
            self.wants.extend(stake.wants(&standing, own_kwh, least_cost(&means)));
        }
        if self.wants.iter().map(|w| w.energy_kwh).sum::<f64>() > case.trades.least_kwh {
            self.ask(k, aggregator.zone, cx);
        } else {
            self.wants.clear();
        }
    }

    /// What is at stake in the rest of the period.
    fn stake(&self, standing: &Standing, case: &FeederCase, cx: &Cx) -> Stake {
        Stake {
            unseen_kwh: standing.unseen_kwh,
            allowance_kwh: self.allowance_kw * cx.env.grid.hours().value(),
            excess_cny_per_kwh: case.conduct.excess_cny_per_kwh,
        }
    }

    fn ask(&mut self, k: i64, zone: ZoneId, cx: &mut Cx) {
        let Some(case) = cx.env.feeder() else { return };
        let neighbours = &case.neighbours[usize::from(zone.0) - 1];
        let energy_kwh = self.wants.iter().map(|w| w.energy_kwh).sum();
        let worth = self.wants.iter().map(|w| w.worth).fold(0.0, f64::max);
        self.awaited = neighbours.len();
        for &to in neighbours {
            let request = TradeLetter::Request { buyer: zone.0, period: k, energy_kwh, worth };
            cx.out.write(cx.out.now + cx.env.latency.floor, to, Letter::Trade(Box::new(request)));
        }
        let fact = fact(FactKind::TradeRequested, zone, k, cx);
        cx.out.fact(fact.energy(energy_kwh).price(worth));
    }

    /// A letter of the negotiation.
    pub fn on_trade(&mut self, letter: TradeLetter, aggregator: &mut Aggregator, cx: &mut Cx) {
        match letter {
            TradeLetter::Request { buyer, period, energy_kwh, worth } => {
                self.answer(buyer, period, energy_kwh, worth, aggregator, cx);
            }
            TradeLetter::Offer { period, blocks, .. } => {
                self.on_offer(period, blocks, aggregator.zone, cx);
            }
            TradeLetter::Admitted(deal) => {
                let bought_kwh = deal.bought_kwh(aggregator.zone.0);
                self.bought_kwh += bought_kwh;
                self.fresh_kwh += bought_kwh.max(0.0);
                self.sold_kwh += (-bought_kwh).max(0.0);
            }
            TradeLetter::Delivered(deal) => settle(&deal, aggregator.zone, cx),
            TradeLetter::Accept { .. } => {}
        }
    }

    /// Offers what costs less than it is worth to the buyer, and at least as much as the zone
    /// itself would give for it: what it stays below its target, but for the reserve that it keeps,
    /// and its means to consume less.
    fn answer(
        &mut self,
        buyer: u16,
        k: i64,
        wanted_kwh: f64,
        worth: f64,
        aggregator: &mut Aggregator,
        cx: &mut Cx,
    ) {
        let Some(case) = cx.env.feeder().cloned() else { return };
        let zone = aggregator.zone;
        let own_worth = self.wants.iter().map(|w| w.worth).fold(0.0, f64::max);
        let mut blocks = Vec::new();
        if let Some(standing) = Standing::of(self, aggregator, cx) {
            let means = aggregator.reducible(k, cx);
            let own_cost =
                if case.conduct.own_correction { least_cost(&means) } else { f64::INFINITY };
            let mut sources = self.stake(&standing, &case, cx).slack(&standing, own_cost);
            sources.extend(means.less.iter().map(|m| (m.power_kw * standing.left_h, m.cost)));
            let mut left = wanted_kwh;
            for (energy_kwh, floor) in
                sources.into_iter().filter(|s| own_worth <= s.1 && s.1 < worth)
            {
                let energy_kwh = energy_kwh.clamp(0.0, left);
                left -= energy_kwh;
                if energy_kwh > TRIFLE_KWH {
                    blocks.push(Block { seller: zone.0, energy_kwh, floor });
                }
            }
        }
        for b in &blocks {
            let fact = fact(FactKind::TradeOffered, zone, k, cx);
            cx.out.fact(fact.energy(b.energy_kwh).price(b.floor));
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
            let fact = fact(FactKind::TradeAccepted, zone, k, cx);
            cx.out.fact(fact.energy(b.energy_kwh).price(b.floor));
        }
        let accept =
            TradeLetter::Accept { period: k, buyer: zone.0, wants: self.wants.clone(), blocks };
        cx.out.write(cx.out.now + cx.env.latency.floor, ZoneId(0), Letter::Trade(Box::new(accept)));
    }

    /// The trades of the gate are made: over the whole period a seller is to stay below its target
    /// by what it sold, and a buyer may exceed it by what it bought. Both stay below that by their
    /// reserve. A zone that does not correct itself gives up what it sold, and no more.
    pub fn keep_target(&mut self, evs: &[Ev], aggregator: &mut Aggregator, cx: &mut Cx) {
        let Some(case) = cx.env.feeder().cloned() else { return };
        let Some(standing) = Standing::of(self, aggregator, cx) else { return };
        let (zone, k) = (aggregator.zone, cx.env.grid.at(cx.out.now));
        let sold_kw = std::mem::take(&mut self.sold_kwh) / standing.left_h;
        let fresh_kwh = std::mem::take(&mut self.fresh_kwh);
        let change_kw = if case.conduct.own_correction {
            let means = aggregator.reducible(k, cx);
            let own_kwh = self.stake(&standing, &case, cx).own_kwh(&standing, &means);
            // What was bought as a reserve is not charged.
            let bought_kwh = (-standing.excess_kw * standing.left_h).clamp(0.0, fresh_kwh);
            -standing.excess_kw - own_kwh.max(bought_kwh) / standing.left_h
        } else {
            -sold_kw
        };
        if change_kw != 0.0 {
            self.floated.answer(k, aggregator, cx);
            let room = self.room_kw(zone, k, k, cx.env);
            let buses = Buses::of(&case, evs, zone, cx);
            aggregator.follow(k, Aim::Correction(change_kw), &room, &buses, cx);
        }
    }

    /// The DSO has verified the period that ended: what exceeded the allowance is penalised (P0 eq.
    /// 22).
    pub fn on_missed(missed: Missed, zone: ZoneId, cx: &mut Cx) {
        let Some(case) = cx.env.feeder() else { return };
        let price = case.conduct.excess_cny_per_kwh;
        let amount = MicroCny::from_cny(Cny(missed.excess_kwh * price));
        let fact = fact(FactKind::TargetMissed, zone, missed.period, cx);
        cx.out.fact(fact.energy(missed.excess_kwh).price(price).amount(amount.cny().value()));
        cx.pay(Account::Aggregator, Account::Dso, Purpose::TargetPenalty, amount);
    }
}

/// Buses of a zone whose net consumption is bounded, and who is there.
pub struct Buses<'a> {
    /// What they bear.
    pub rooms: Vec<BusRoom>,
    evs: &'a [Ev],
}

impl<'a> Buses<'a> {
    fn of(case: &FeederCase, evs: &'a [Ev], zone: ZoneId, cx: &Cx) -> Self {
        let (k, elapsed) = cx.env.elapsed(cx.out.now);
        Self { rooms: bus_rooms(case, zone, k, elapsed, cx.env), evs }
    }

    /// Which of the rooms an EV's bus is, by its place.
    pub fn room_of(&self, place: u32) -> Option<usize> {
        let bus = self.evs.get(place as usize)?.home_bus;
        self.rooms.iter().position(|room| room.bus == bus)
    }
}

/// What a zone can do itself to consume less, if it corrects itself.
fn own_means(case: &FeederCase, k: i64, aggregator: &mut Aggregator, cx: &Cx) -> Means {
    if case.conduct.own_correction {
        aggregator.reducible(k, cx)
    } else {
        Means { less: Vec::new(), waiting: f64::INFINITY }
    }
}

/// What its cheapest means costs \[CNY/kWh\].
fn least_cost(means: &Means) -> f64 {
    means.less.first().map_or(means.waiting, |m| m.cost.min(means.waiting))
}

/// Whether somebody chooses the set points of vehicles without a booking.
fn is_scheduled(case: &FeederCase, policy: &Policy) -> bool {
    case.conduct.dispatches && policy.schedule.policy != SchedulePolicy::Uncontrolled
}

/// A fact of a zone's aggregator about a period.
fn fact(kind: FactKind, zone: ZoneId, period: i64, cx: &Cx) -> Fact {
    Fact::new(cx.out.now, cx.out.phase, kind, Actor::Aggregator, u32::from(zone.0), zone)
        .period(cx.env.grid.start(period))
}

/// Who takes how much from which period by the elastic response, type by type; the power is the net
/// load above the target that the type found, the price the tariff's.
fn log_filled(filled: &[Filled], zone: ZoneId, cx: &mut Cx) {
    for f in filled {
        let fact = fact(FactKind::DemandFilled, zone, f.period, cx)
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
    cx.pay(from, to, Purpose::ZonalTrade, amount).for_trade(TradeId(deal.trade));
}

/// Power of vehicles with a booking, discharging negative \[kW\].
fn booked_power_kw(aggregator: &Aggregator) -> f64 {
    aggregator.sessions.iter().filter(|(_, s)| s.booking.is_some()).map(|(_, s)| s.power_kw).sum()
}
