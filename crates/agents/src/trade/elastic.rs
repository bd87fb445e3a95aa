//! Demand that answers to prices (P0 eq. 24-26): a zone floats the prices of peak, flat and valley
//! periods towards the DSO's plan, publishes them, its stays answer, and the DSO dispatches once
//! more with the answers.
//!
//! A price floats before its day and, while no period of its kind has begun, at each dispatch of
//! the day. A stay answers once, when it is first asked; what it will take in each kind of period
//! is held to from then on, and what V2G takes out may be charged again in any.

use crate::aggregator::follow::period_kinds;
use crate::aggregator::{Aggregator, Cx, Session};
use crate::dso::case::StayOutlook;
use crate::dso::letters::{Outlook, Planned};
use crate::environment::Environment;
use crate::message::{Letter, Message, ZoneEvent};
use crate::outbox::sender;
use domain::{Actor, Fact, FactKind, Phase, PriceRow, Time, ZoneId};
use market::elastic::{
    Control, ElasticRules, KindPrices, PerKind, PeriodKind, Stay, floats, on_arrival_kwh,
    target_kwh,
};
use serde::{Deserialize, Serialize};

/// What a stay will still take.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Energy in peak, flat and valley periods \[kWh at the pile\].
    pub left_kwh: PerKind,
    /// Charged by the plug-in when it was last counted, and the kind of the periods since then.
    counted_kwh: f64,
    kind: PeriodKind,
}

impl Answer {
    /// Counts what the plug-in has charged since, and goes on in a period of this kind.
    pub fn count(&mut self, charged_kwh: f64, kind: PeriodKind) {
        let left = &mut self.left_kwh[self.kind as usize];
        *left = (*left - (charged_kwh - self.counted_kwh)).max(0.0);
        (self.counted_kwh, self.kind) = (charged_kwh, kind);
    }
}

/// The floated prices of a zone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Floated {
    /// The day that they are for.
    day: i64,
    /// Floats of peak, flat and valley prices, as shares of their base.
    floats: PerKind,
    /// The outlook of the period at hand.
    outlook: Outlook,
}

impl Floated {
    /// What a kWh costs an EV without a booking in a period \[CNY/kWh\].
    pub fn price(&self, period: i64, env: &Environment) -> f64 {
        let base = env.retail(period).value();
        if rules(env).is_none() {
            return base;
        }
        let kind = period_kinds(env, period, 1)[0];
        base * (1.0 + self.floats[kind as usize])
    }

    /// The DSO has been told what the zone expects.
    pub fn announced(&mut self, outlook: &Outlook, env: &Environment) {
        if rules(env).is_some() {
            self.outlook = outlook.clone();
        }
    }

    /// The DSO's plan: prices of kinds of which no period has begun float towards it.
    pub fn on_planned(&mut self, planned: &Planned, zone: ZoneId, cx: &mut Cx) {
        let Some(rules) = rules(cx.env) else { return };
        let (from, grid) = (planned.from, cx.env.grid);
        let h = grid.hours().value();
        let kinds = period_kinds(cx.env, from, planned.ev_kw.len());
        let mut planned_kwh = [0.0; 3];
        for (&kind, kw) in kinds.iter().zip(&planned.ev_kw) {
            planned_kwh[kind as usize] += kw.max(0.0) * h;
        }
        let mut wanted_kwh = [0.0; 3];
        for stay in &self.outlook.stays {
            let stay = whole_periods(stay, &kinds, h, cx.env);
            (0..3).for_each(|i| wanted_kwh[i] += stay.before_kwh[i]);
        }
        let fresh = floats(wanted_kwh, planned_kwh, rules.float_limit);
        let day = grid.start(from).day();
        let open = not_begun(from, cx.env);
        if day != self.day {
            (self.day, self.floats) = (day, [0.0; 3]);
        }
        for kind in 0..3 {
            if open[kind] {
                self.floats[kind] = fresh[kind];
            }
        }
        self.publish(from, open, zone, cx);
        cx.out.send(
            cx.out.now,
            Phase::Dispatch,
            sender::AGGREGATOR,
            Message::Zone(ZoneEvent::Floated),
        );
    }

    /// The prices of the rest of the day that have floated, to everybody.
    fn publish(&self, from: i64, open: [bool; 3], zone: ZoneId, cx: &mut Cx) {
        let grid = cx.env.grid;
        let midnight = grid.at(Time::midnight(self.day + 1));
        let kinds = period_kinds(cx.env, from, (midnight - from).max(0) as usize);
        for (period, _) in (from..).zip(kinds).filter(|(_, kind)| open[*kind as usize]) {
            let price = self.price(period, cx.env);
            let start = grid.start(period);
            let fact = Fact::new(
                cx.out.now,
                cx.out.phase,
                FactKind::PricesPublished,
                Actor::Aggregator,
                u32::from(zone.0),
                zone,
            );
            cx.out.fact(fact.period(start).price(price));
            if cx.out.recording {
                cx.out.rows.prices.push(PriceRow {
                    ev_price: price,
                    ..PriceRow::of_grid(zone, start, cx.out.now, f64::NAN)
                });
            }
        }
    }

    /// The prices are published: stays answer, and the DSO hears of it.
    pub fn answered(&mut self, aggregator: &mut Aggregator, cx: &mut Cx) {
        let Some(rules) = rules(cx.env) else { return };
        let k = self.outlook.period;
        self.answer(k, aggregator, cx);
        let h = cx.env.grid.hours().value();
        let kinds = period_kinds(cx.env, k + 1, 2 * cx.env.grid.per_day as usize);
        let prices = self.prices(k + 1, cx.env);
        let mut outlook = std::mem::take(&mut self.outlook);
        for stay in &mut outlook.stays {
            if stay.answer_kwh.is_none() {
                let whole = whole_periods(stay, &kinds, h, cx.env);
                stay.answer_kwh = Some(response(&rules, &whole, &kinds, &prices, h));
            }
        }
        cx.out.write(
            cx.out.now + cx.env.latency.floor,
            ZoneId(0),
            Letter::Answered(Box::new(outlook)),
        );
    }

    /// Plugged-in stays without an answer give one; what the others have taken since is counted.
    pub fn answer(&self, k: i64, aggregator: &mut Aggregator, cx: &mut Cx) {
        let Some(rules) = rules(cx.env) else { return };
        let h = cx.env.grid.hours().value();
        let kinds = period_kinds(cx.env, k, 2 * cx.env.grid.per_day as usize);
        let prices = self.prices(k, cx.env);
        aggregator.close_period(cx);
        let zone = aggregator.zone;
        for place in 0..aggregator.plugged.len() {
            let session = aggregator.plugged[place].and_then(|s| aggregator.sessions.get_mut(s));
            let Some(s) = session.filter(|s| s.booking.is_none()) else { continue };
            if let Some(answer) = &mut s.answer {
                answer.count(s.charged_kwh, kinds[0]);
                continue;
            }
            let stay = plugged(s, k, &kinds, h, cx);
            let after_kwh = response(&rules, &stay, &kinds, &prices, h);
            let moved: f64 =
                after_kwh.iter().zip(stay.before_kwh).map(|(a, b)| (a - b).abs()).sum();
            let bill = |kwh: PerKind, price: PerKind| -> f64 {
                kwh.iter().zip(price).map(|(kwh, price)| kwh * price).sum()
            };
            let change = bill(after_kwh, prices.actual) - bill(stay.before_kwh, prices.base);
            let fact = Fact::new(
                cx.out.now,
                cx.out.phase,
                FactKind::DemandAnswered,
                Actor::Ev,
                s.declared.ev.0,
                zone,
            );
            let fact = fact.ev(s.declared.ev).period(cx.env.grid.start(k));
            cx.out.fact(fact.energy(moved / 2.0).amount(change));
            s.answer =
                Some(Answer { left_kwh: after_kwh, counted_kwh: s.charged_kwh, kind: kinds[0] });
        }
    }

    /// Base and floated prices of the kinds, means over the day of a period.
    fn prices(&self, period: i64, env: &Environment) -> KindPrices {
        let first = env.grid.at(Time::midnight(env.grid.start(period).day()));
        let kinds = period_kinds(env, first, env.grid.per_day as usize);
        let (mut sum, mut count) = ([0.0; 3], [0.0; 3]);
        for (j, kind) in (first..).zip(kinds) {
            sum[kind as usize] += env.retail(j).value();
            count[kind as usize] += 1.0;
        }
        let mean = sum.iter().sum::<f64>() / count.iter().sum::<f64>();
        let of = |i: usize| if count[i] > 0.0 { sum[i] / count[i] } else { mean };
        let base: PerKind = std::array::from_fn(|i| of(i).max(1e-6));
        KindPrices { base, actual: std::array::from_fn(|i| base[i] * (1.0 + self.floats[i])) }
    }
}

/// The rules, where demand answers to prices.
fn rules(env: &Environment) -> Option<ElasticRules> {
    let rules = env.feeder()?.elasticity;
    (rules.control == Control::Price).then_some(rules)
}

/// By kind: whether none of its periods on the day of `from` has begun before `from`.
pub fn not_begun(from: i64, env: &Environment) -> [bool; 3] {
    let first = env.grid.at(Time::midnight(env.grid.start(from).day()));
    let mut open = [true; 3];
    let passed = period_kinds(env, first, (from - first).max(0) as usize);
    for kind in passed {
        open[kind as usize] = false;
    }
    open
}

/// Energy per kind after the response (eq. 25).
fn response(
    rules: &ElasticRules,
    stay: &Stay,
    kinds: &[PeriodKind],
    prices: &KindPrices,
    h: f64,
) -> PerKind {
    let room = stay.room_kwh(kinds, h);
    target_kwh(stay.before_kwh, rules.change(prices), room, stay.need_kwh, prices.actual)
}

/// A stay that charges on arrival, over the whole periods of `kinds` that it covers.
fn stay_of(
    periods: std::ops::Range<usize>,
    power_kw: f64,
    need_kwh: f64,
    kinds: &[PeriodKind],
    h: f64,
) -> Stay {
    let last = periods.end.min(kinds.len());
    let periods = periods.start.min(last)..last;
    let before_kwh = on_arrival_kwh(periods.clone(), power_kw, need_kwh, kinds, h);
    Stay { periods, power_kw, need_kwh, before_kwh }
}

/// An announced stay; hours of it count from the start of the first of the periods.
fn whole_periods(s: &StayOutlook, kinds: &[PeriodKind], h: f64, env: &Environment) -> Stay {
    let efficiency = env.feeder().map_or(1.0, |case| case.prices.ev_efficiency);
    let need_kwh = ((s.target_kwh - s.start_kwh) / efficiency).max(0.0);
    let first = (s.arrive_h.max(0.0) / h).ceil() as usize;
    let end = (s.depart_h / h).floor().max(0.0) as usize;
    stay_of(first..end.max(first), s.power_kw, need_kwh, kinds, h)
}

/// A plugged-in stay, from period `k` on.
fn plugged(s: &Session, k: i64, kinds: &[PeriodKind], h: f64, cx: &Cx) -> Stay {
    let (d, v) = (&s.declared, s.declared.vehicle);
    let hours = |t: Time| (t - cx.env.grid.start(k)).hours().value();
    let need_kwh = ((s.goal_kwh - s.energy_kwh) / v.charge_efficiency).max(0.0);
    let first = (hours(cx.out.now).max(0.0) / h).ceil() as usize;
    let end = (hours(d.departure) / h).floor().max(0.0) as usize;
    let power_kw = v.charge_kw.min(cx.env.market.access.pile_kw);
    stay_of(first..end.max(first), power_kw, need_kwh, kinds, h)
}
