//! Whole days by chance, against a written state machine of a booking.
//!
//! ```text
//! requested -> confirmed -> cancelled_* (end)
//!                        -> curtailed (end)
//!                        -> plugged -> left early or late -> settled row by row -> end
//!                        -> severe breach -> settled row by row -> end
//! ```
//!
//! What a booking's prepayment is must be revenue + refund + return + forfeit, and nothing is said
//! of it after its end.

use super::bench::{Bench, prices, segment};
use super::lines::{lines, name};
use crate::environment::Environment;
use crate::message::{BookingRef, Due, Letter, Message, ToAggregator, ToUser};
use crate::outbox::Outbox;
use domain::{Detail, Fact, FactKind, LedgerRow, PileOutage, Purpose, ReservationStatus, Time};
use market::{Account, TicketAudience, TicketOrder};
use population::{BehaviourModel, Law};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Confirmed,
    Plugged,
    Left,
    Breached,
    Ended(ReservationStatus),
}

#[derive(Clone, Debug)]
struct Life {
    stage: Stage,
    reminders: u32,
    graded: bool,
    rows_settled: usize,
    /// Whether a vehicle is plugged in for it, also beyond its end.
    plugged: bool,
}

/// Lives of bookings by number, and money by booked period.
#[derive(Default)]
struct Machine {
    /// Whether staying away is called a breach.
    graded: bool,
    lives: BTreeMap<i64, Life>,
    booking_of: BTreeMap<i64, i64>,
    prepaid: BTreeMap<i64, i64>,
    divided: BTreeMap<i64, i64>,
}

impl Machine {
    fn take(&mut self, out: &Outbox) -> Result<(), String> {
        for fact in out.rows.facts.iter().filter(|f| f.booking.0 != 0) {
            self.fact(fact).map_err(|what| format!("{what}: {fact:?}"))?;
        }
        for row in &out.rows.reservations {
            self.booking_of.insert(row.reservation.0, row.booking.0);
            let life = self.lives.get_mut(&row.booking.0).ok_or("a row of an unknown booking")?;
            let allowed = match (life.stage, row.status) {
                (Stage::Ended(status), now) => status == now,
                (Stage::Confirmed, ReservationStatus::Curtailed) => true,
                (Stage::Plugged | Stage::Left, status) => {
                    matches!(status, ReservationStatus::Fulfilled | ReservationStatus::Curtailed)
                }
                (Stage::Breached, status) => status == ReservationStatus::Defaulted,
                (Stage::Confirmed, _) => false,
            };
            if !allowed {
                return Err(format!("{:?} ends as {:?}", life, row.status));
            }
            life.stage = Stage::Ended(row.status);
        }
        out.rows.ledger.iter().for_each(|row| self.money(row));
        Ok(())
    }

    fn fact(&mut self, f: &Fact) -> Result<(), String> {
        use FactKind as K;
        let id = f.booking.0;
        if f.kind == K::ReservationConfirmed {
            let life = Life {
                stage: Stage::Confirmed,
                reminders: 0,
                graded: false,
                rows_settled: 0,
                plugged: false,
            };
            return match self.lives.insert(id, life) {
                None => Ok(()),
                Some(_) => Err("confirmed twice".into()),
            };
        }
        let life = self.lives.get_mut(&id).ok_or("an unknown booking")?;
        let severe = f.detail == Detail::Severe;
        if !self.graded
            && life.stage == Stage::Confirmed
            && matches!(f.kind, K::Settled | K::TurnedAwayLate)
        {
            // Nobody came, and nobody calls it a breach.
            life.stage = Stage::Breached;
        }
        let next = match (life.stage, f.kind) {
            (Stage::Confirmed, K::ReminderSent) if life.reminders == 0 => {
                life.reminders = 1;
                Stage::Confirmed
            }
            (Stage::Confirmed, K::Cancelled) => Stage::Ended(match f.detail {
                Detail::Free => ReservationStatus::CancelledFree,
                Detail::Early => ReservationStatus::CancelledEarly,
                _ => ReservationStatus::CancelledLate,
            }),
            (Stage::Confirmed, K::PluggedIn) => {
                life.plugged = true;
                Stage::Plugged
            }
            (Stage::Confirmed, K::Breach) if severe => Stage::Breached,
            (Stage::Breached, K::TurnedAwayLate) => Stage::Breached,
            // Who was on the way hears at home that it is over.
            (Stage::Ended(ReservationStatus::Defaulted), K::TurnedAwayLate) => life.stage,
            (Stage::Plugged, K::Breach) if !severe && !life.graded => {
                life.graded = true;
                Stage::Plugged
            }
            (stage, K::Unplugged) if std::mem::take(&mut life.plugged) => match stage {
                Stage::Plugged => Stage::Left,
                other => other,
            },
            (stage @ (Stage::Plugged | Stage::Left | Stage::Breached), K::Settled) => {
                life.rows_settled += 1;
                stage
            }
            (stage @ (Stage::Plugged | Stage::Left | Stage::Breached), K::Penalty)
                if life.rows_settled > 0 =>
            {
                stage
            }
            (stage, K::SetPoint) if life.plugged || stage == Stage::Left => stage,
            // Of the ticket that the booking's rest has become, or that it was won by.
            (stage, K::TicketOffered | K::TicketExpired | K::TicketAwarded) => stage,
            (stage, kind) => return Err(format!("{kind:?} in {stage:?}")),
        };
        life.stage = next;
        Ok(())
    }

    fn money(&mut self, row: &LedgerRow) {
        let purse = match row.purpose {
            Purpose::Prepayment | Purpose::Ticket => &mut self.prepaid,
            Purpose::Refund | Purpose::Return | Purpose::Forfeit | Purpose::Revenue => {
                &mut self.divided
            }
            _ => return,
        };
        *purse.entry(row.reservation.0).or_default() += row.amount.0;
    }

    /// Everything has ended and is paid.
    fn ended(&self) -> Result<(), String> {
        if let Some(open) = self.lives.iter().find(|(_, l)| !matches!(l.stage, Stage::Ended(_))) {
            return Err(format!("booking {open:?} never ends"));
        }
        let by_booking = |purse: &BTreeMap<i64, i64>| {
            let mut sums: BTreeMap<i64, i64> = BTreeMap::new();
            for (row, amount) in purse {
                *sums.entry(self.booking_of[row]).or_default() += amount;
            }
            sums
        };
        let [prepaid, divided] = [&self.prepaid, &self.divided].map(by_booking);
        if prepaid == divided { Ok(()) } else { Err(format!("{prepaid:?} became {divided:?}")) }
    }
}

/// The booking that a message is about.
fn booking_of(m: &Message) -> Option<(Option<u32>, BookingRef)> {
    match *m {
        Message::User(
            ev,
            ToUser::Regret { booking }
            | ToUser::Reconsider { booking, .. }
            | ToUser::Come { booking }
            | ToUser::Reminded { booking }
            | ToUser::Settled { booking, .. },
        )
        | Message::Aggregator(ev, ToAggregator::Cancel { booking, .. }) => {
            Some((Some(ev), booking))
        }
        Message::Due(
            Due::RemindAt { booking }
            | Due::ClearPile { booking }
            | Due::BreachDeadline { booking },
        ) => Some((None, booking)),
        _ => None,
    }
}

/// Runs a day and the night after it and checks every step.
fn walk(mut bench: Bench) -> Result<Machine, String> {
    let mut out = Outbox::default();
    bench.zone.begin(Time::START, &bench.env, &mut out);
    bench.queue_all(&out);
    let mut machine = Machine { graded: bench.env.market.breach.enabled, ..Machine::default() };
    loop {
        let Some(&next) = bench.queued().next().map(|(_, m)| m) else { break };
        let silent = booking_of(&next).is_some_and(|(ev, booking)| {
            let held = ev.is_some_and(|ev| bench.zone.evs[ev as usize].held(booking).is_some());
            !held && bench.zone.aggregator.bookings.get(booking).is_none()
        });
        let Some((message, out)) = bench.step(27.0) else { break };
        if silent && !lines(&out).is_empty() {
            let what = lines(&out);
            return Err(format!("{} of a booking that has ended: {what:?}", name(&message)));
        }
        machine
            .take(&out)
            .map_err(|what| format!("{} at {:?}: {what}", name(&message), out.now))?;
    }
    let zone = &bench.zone;
    machine.ended()?;
    let escrow = zone.ledger.balance(Account::Escrow).0;
    if escrow != 0 {
        return Err(format!("{escrow} micro-CNY stay in escrow"));
    }
    for e in zone.evs.iter() {
        let pending =
            e.stay.iter().map(|s| &s.plan).chain(&e.upcoming).any(|p| p.pending.is_some());
        if !e.held.is_empty() || pending {
            return Err(format!("EV {} still holds {:?} or waits", e.id, e.held));
        }
    }
    let open = (zone.aggregator.sessions.iter().count(), zone.aggregator.tickets.iter().count());
    if open == (0, 0) { Ok(machine) } else { Err(format!("{open:?} plug-ins, tickets stay")) }
}

/// Rules, chances and people of a world.
#[derive(Clone, Debug)]
struct World {
    seed: u64,
    piles: u32,
    /// Forgetting, restoring, regret, early unplugging, overstaying.
    shares: [f64; 5],
    plan_change_per_h: f64,
    delay_min: f64,
    rules: [bool; 8],
    penalty: f64,
    forfeit: f64,
    order: u8,
    model: usize,
    delays_s: f64,
    outage: Option<(f64, f64, u32)>,
}

fn worlds() -> impl Strategy<Value = World> {
    let outage = proptest::option::weighted(0.3, (7.0..15.0, 0.5..4.0, 1_u32..3));
    let chances = (proptest::array::uniform5(0.0..0.6), 0.0..0.2, 5.0..60.0);
    let rules = (proptest::array::uniform8(proptest::bool::weighted(0.7)), 0.0..10.0, 0.0..1.0);
    let words = (0_u8..9, 0..BehaviourModel::WORDS.len(), prop_oneof![Just(0.0), 1.0..60.0]);
    (0_u64..1 << 32, 1_u32..4, chances, rules, words, outage).prop_map(
        |(seed, piles, chances, rules, words, outage)| World {
            seed,
            piles,
            shares: chances.0,
            plan_change_per_h: chances.1,
            delay_min: chances.2,
            rules: rules.0,
            penalty: rules.1,
            forfeit: rules.2,
            order: words.0,
            model: words.1,
            delays_s: words.2,
            outage,
        },
    )
}

impl World {
    fn bench(&self) -> Bench {
        let mut bench = Bench::with(|env| self.change(env));
        let mut p = prices();
        p.discharge[36..46].fill(1.9);
        bench.receive(0.0, Letter::Prices(Arc::new(p)));
        bench
    }
    fn change(&self, env: &mut Environment) {
        env.seeds = clock::Seeds::new(self.seed);
        let mut people = segment();
        people.arrival = Law::normal(8.0, 1.0);
        people.behaviour.choice = population::ChoiceParams::default();
        let r = &mut people.behaviour.response;
        [
            r.forget_probability,
            r.reminder_restores,
            r.regret_probability,
            r.early_unplug_probability,
            r.overstay_probability,
        ] = self.shares;
        r.plan_change_per_h = self.plan_change_per_h;
        r.delay = Law::lognormal_median(self.delay_min, 0.7);
        let word = BehaviourModel::WORDS[self.model];
        people.behaviour.model = BehaviourModel::named(word).expect("a ready model");
        env.segments = vec![people];
        let m = &mut env.market;
        m.access.piles = self.piles;
        [
            m.cancellation.enabled,
            m.reminder.enabled,
            m.breach.enabled,
            m.penalty.enabled,
            m.refund.enabled,
            m.walk_in.enabled,
            m.tickets.enabled,
            m.discharge.enabled,
        ] = self.rules;
        (m.penalty.scale, m.refund.forfeit_share) = (self.penalty, self.forfeit);
        let orders = [TicketOrder::FirstCome, TicketOrder::Lottery, TicketOrder::Price];
        let told = [TicketAudience::Zone, TicketAudience::Present, TicketAudience::Waiting];
        m.tickets.order = orders[usize::from(self.order % 3)];
        m.tickets.audience = told[usize::from(self.order / 3)];
        (env.latency.booking.median_s, env.latency.booking.sigma) = (self.delays_s, 1.0);
        env.series[0].wind_kw = crate::environment::Series::constant(130.0);
        if let Some((from, length, piles)) = self.outage {
            let [from, until] = [from, from + length].map(Time::from_hours);
            env.outages = vec![PileOutage { zone: 1, piles, from, until }];
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_booking_goes_its_way_and_its_money_adds_up(world in worlds()) {
        let walked = walk(world.bench());
        prop_assert!(walked.is_ok(), "{}", walked.err().unwrap_or_default());
    }
}

#[test]
fn walks_meet_every_ending() {
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..60 {
        let world = World {
            seed,
            piles: 1 + seed as u32 % 2,
            shares: [0.2, 0.5, 0.2, 0.2, 0.2],
            plan_change_per_h: 0.1,
            delay_min: 40.0,
            rules: [true; 8],
            penalty: 1.0,
            forfeit: 0.5,
            order: 0,
            model: 0,
            delays_s: 0.0,
            outage: (seed % 4 == 0).then_some((9.0, 3.0, 2)),
        };
        let machine = walk(world.bench()).expect("a walk by the rules");
        seen.extend(machine.lives.values().map(|l| format!("{:?}", l.stage)));
    }
    let all = ["CancelledEarly", "CancelledFree", "CancelledLate", "Curtailed", "Defaulted"];
    for ending in all.into_iter().chain(["Fulfilled"]) {
        assert!(seen.contains(&format!("Ended({ending})")), "{ending} is missing: {seen:?}");
    }
}
