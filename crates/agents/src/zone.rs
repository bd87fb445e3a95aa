//! A zone: one aggregator, its users, the generation agent of its plant. Messages are handed to
//! whom they are for.
//!
//! The zone is where physics happens without a message: a vehicle that comes to a pile is plugged
//! in at once.

use crate::aggregator::booking::Applicant;
use crate::aggregator::follow::stay_type;
use crate::aggregator::plugging::AtThePile;
use crate::aggregator::schedule::Scratch;
use crate::aggregator::{Aftermath, Aggregator, Cx, Release};
use crate::environment::Environment;
use crate::ev::come::Walk;
use crate::ev::{Ev, EvCx};
use crate::generation::Generation;
use crate::message::{BookingRef, Message, Publication, TicketRef, ToUser, ZoneEvent};
use crate::meter::Meter;
use crate::microgrids::travel::{Guest, GuestLetter};
use crate::outbox::{Outbox, sender};
use crate::policy::Policy;
use crate::trade::ZonalDesk;
use crate::users::{Audience, Readiness, Users};
use domain::{Detail, EvRow, Phase, Time, UserType, ZoneId};
use market::{AccessMode, Ledger, PenaltyBase};
use population::{PeriodQuote, PriceView};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::Arc;

/// A zone's state.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Zone {
    /// Its number.
    pub id: ZoneId,
    /// Its users.
    pub evs: Users,
    /// Its aggregator.
    pub aggregator: Aggregator,
    /// Its plant.
    pub generation: Generation,
    /// Its money.
    pub ledger: Ledger,
    /// Prices as its users see them.
    pub board: Option<PriceView>,
    /// The rules in force.
    pub policy: Arc<Policy>,
    /// The rules as its users were told them last.
    pub told: Arc<Policy>,
    /// What they are being told.
    pub(crate) telling: VecDeque<Arc<Policy>>,
    /// What it knows as a zone of a feeder.
    pub desk: ZonalDesk,
    /// EVs of other zones that park here by day; their places follow those of `evs`.
    pub guests: Vec<Guest>,
    /// Whether the record has begun.
    pub recording: bool,
    /// What has flowed so far.
    pub meter: Meter,
    /// Whether any plan has been made.
    begun: bool,
    #[serde(skip)]
    pub(crate) scratch: Scratch,
}

/// Those who act in a zone, each for itself, and what its handlers work with.
pub(crate) struct Parts<'a> {
    pub desk: &'a mut ZonalDesk,
    pub aggregator: &'a mut Aggregator,
    pub evs: &'a mut Users,
    pub cx: Cx<'a>,
}

impl Zone {
    /// A zone before anything has happened.
    pub fn new(id: ZoneId, evs: Vec<Ev>, first_pile: u32, piles: u32, env: &Environment) -> Self {
        let ids = evs.iter().map(|e| e.id).collect();
        let policy = Arc::new(Policy::at_start(env));
        Self {
            id,
            aggregator: Aggregator::new(id, evs.len(), first_pile, piles, env),
            generation: Generation::new(id, env),
            ledger: Ledger::new(id, ids),
            evs: Users::new(evs),
            board: None,
            told: policy.clone(),
            policy,
            telling: VecDeque::new(),
            desk: ZonalDesk::default(),
            guests: Vec::new(),
            recording: false,
            meter: Meter::default(),
            begun: false,
            scratch: Scratch::default(),
        }
    }

    /// Sets the zone's timers for a run from `start` on.
    pub fn begin(&self, start: Time, env: &Environment, out: &mut Outbox) {
        (out.now, out.phase) = (Time(start.0 - 1), Phase::Dispatch);
        out.send(start, Phase::Exogenous, sender::ZONE, Message::Zone(ZoneEvent::DayBegins));
        out.send(start, Phase::Dispatch, sender::ZONE, Message::Zone(ZoneEvent::PeriodBegins));
        out.send(
            Time::START,
            Phase::Exogenous,
            sender::ZONE,
            Message::Zone(ZoneEvent::RecordOpens),
        );
        for (index, o) in env.outages.iter().enumerate().filter(|(_, o)| o.zone == self.id.0) {
            out.send(
                o.from,
                Phase::Deliver,
                sender::ZONE,
                Message::Zone(ZoneEvent::Outage { index: index as u16, begins: true }),
            );
            out.send(
                o.until,
                Phase::Deliver,
                sender::ZONE,
                Message::Zone(ZoneEvent::Outage { index: index as u16, begins: false }),
            );
        }
    }

    /// Those who act in the zone, and what they work with.
    pub(crate) fn parts<'a>(
        &'a mut self,
        env: &'a Environment,
        out: &'a mut Outbox,
        after: &'a mut Aftermath,
    ) -> Parts<'a> {
        Parts {
            desk: &mut self.desk,
            aggregator: &mut self.aggregator,
            evs: &mut self.evs,
            cx: Cx { env, out, policy: &self.policy, ledger: &mut self.ledger, after },
        }
    }

    pub(crate) fn with_ev(
        &mut self,
        ev: u32,
        env: &Environment,
        out: &mut Outbox,
        f: impl FnOnce(&mut Ev, &mut EvCx),
    ) {
        let mut cx =
            EvCx { env, zone: self.id, board: self.board.as_ref(), policy: &self.told, out };
        f(&mut self.evs[ev as usize], &mut cx);
    }

    /// Who asks for a window that begins at `start`.
    pub(crate) fn applicant(&self, ev: u32, start: Time, env: &Environment) -> Applicant {
        let e = &self.evs[ev as usize];
        let scale = env.segments[usize::from(e.segment)].treatments.penalty_scale.unwrap_or(1.0);
        Applicant {
            place: ev,
            ev: e.id,
            stay: e.stay_at(start),
            stable: e.stable,
            segment: e.segment,
            penalty_scale: scale,
        }
    }

    /// Tells users that their vehicles were unplugged.
    pub(crate) fn tell_released(
        &mut self,
        released: &[Release],
        env: &Environment,
        out: &mut Outbox,
    ) {
        for r in released {
            if let Some(guest) = (r.place as usize)
                .checked_sub(self.evs.len())
                .and_then(|at| self.guests.get_mut(at))
            {
                guest.visit.energy_kwh = r.energy_kwh;
                guest.visit.charged_kwh += r.charged_kwh;
                guest.visit.discharged_kwh += r.discharged_kwh;
                continue;
            }
            let mut cx =
                EvCx { env, zone: self.id, board: self.board.as_ref(), policy: &self.told, out };
            self.evs[r.place as usize].on_released(r, &mut cx);
        }
        for place in std::mem::take(&mut self.aggregator.admitted) {
            if place as usize >= self.evs.len() {
                continue;
            }
            let cx =
                EvCx { env, zone: self.id, board: self.board.as_ref(), policy: &self.told, out };
            let e = &mut self.evs[place as usize];
            e.bear_walking_in(&cx);
            (e.plugged, e.queued) = (self.aggregator.plugged[place as usize].is_some(), false);
        }
    }

    pub(crate) fn day_begins(&mut self, env: &Environment, out: &mut Outbox) {
        self.write_strategies(env, out);
        let day = out.now.day();
        let first = if self.begun { day + 1 } else { day };
        self.begun = true;
        for i in 0..self.evs.len() {
            let mut cx =
                EvCx { env, zone: self.id, board: self.board.as_ref(), policy: &self.told, out };
            for d in first..=day + 1 {
                self.evs[i].make_plan(d, &mut cx);
            }
        }
        out.send(
            Time::midnight(day + 1),
            Phase::Exogenous,
            sender::ZONE,
            Message::Zone(ZoneEvent::DayBegins),
        );
    }

    /// What users who learn have learnt by the end of a day.
    fn write_strategies(&self, env: &Environment, out: &mut Outbox) {
        if !out.recording {
            return;
        }
        for e in self.evs.iter() {
            if env.segments[usize::from(e.segment)].behaviour.model.learns() {
                out.rows.strategies.push(e.strategy_row(out.now, self.id));
            }
        }
    }

    pub(crate) fn record_opens(&mut self, env: &Environment, out: &mut Outbox) {
        self.recording = true;
        out.recording = true;
        self.ledger.open();
        for e in self.evs.iter() {
            out.rows.evs.push(ev_row(e, self.id, env));
        }
    }

    pub(crate) fn is_gone(&self, booking: BookingRef) -> bool {
        self.aggregator.bookings.get(booking).is_none()
    }

    pub(crate) fn confirmed(
        &mut self,
        ev: u32,
        booking: BookingRef,
        env: &Environment,
        out: &mut Outbox,
    ) {
        let Some(b) = self.aggregator.bookings.get(booking) else { return };
        let promise = b.promise(booking);
        self.with_ev(ev, env, out, |e, cx| e.on_confirmed(&promise, cx));
    }

    pub(crate) fn come(
        &mut self,
        ev: u32,
        booking: BookingRef,
        env: &Environment,
        out: &mut Outbox,
        after: &mut Aftermath,
    ) {
        let Walk::ToThePile(booking) = self.evs[ev as usize].on_come(booking, out.now) else {
            return;
        };
        let declared = self.evs[ev as usize].declare();
        let Parts { aggregator, mut cx, .. } = self.parts(env, out, after);
        aggregator.leave_queue(ev, cx.out.now);
        let what = aggregator.on_come(booking, declared, &mut cx);
        let told = std::mem::take(&mut after.released);
        self.tell_released(&told, env, out);
        let mut cx =
            EvCx { env, zone: self.id, board: self.board.as_ref(), policy: &self.told, out };
        let e = &mut self.evs[ev as usize];
        e.queued = false;
        match what {
            AtThePile::PluggedIn(session) => e.on_plugged(
                booking,
                session,
                env.market.access.mode == AccessMode::PerStay,
                &mut cx,
            ),
            AtThePile::Wait(until) => cx.out.send(
                until,
                Phase::Deliver,
                sender::FIRST_EV + ev,
                Message::User(ev, ToUser::Come { booking }),
            ),
            AtThePile::Void | AtThePile::KeptOut => e.on_booking_lost(booking, &mut cx),
        }
    }

    pub(crate) fn depart(
        &mut self,
        ev: u32,
        env: &Environment,
        out: &mut Outbox,
        after: &mut Aftermath,
    ) {
        let now = out.now;
        let away = self.evs[ev as usize].away();
        if away != ZoneId(0) {
            return GuestLetter::Leaves(self.evs[ev as usize].id).write(away, env, out);
        }
        let Parts { aggregator, evs, mut cx, .. } = self.parts(env, out, after);
        aggregator.leave_queue(ev, now);
        for held in &evs[ev as usize].held {
            aggregator.on_gone(held.booking, &mut cx);
        }
        if let Some(session) = aggregator.plugged[ev as usize] {
            aggregator.unplug(session, Detail::Stay, &mut cx);
            aggregator.serve_queue(&mut cx);
        }
        let waited = std::mem::take(&mut aggregator.waited_min[ev as usize]);
        let told = std::mem::take(&mut after.released);
        self.tell_released(&told, env, out);
        let user_type = self.user_type(ev, env);
        self.with_ev(ev, env, out, |e, cx| e.on_departed(waited, user_type, cx));
    }

    fn user_type(&self, ev: u32, env: &Environment) -> UserType {
        user_type_of(&self.evs[ev as usize], env)
    }

    /// One notice for all users of the zone, handled in one loop.
    pub(crate) fn offered(&mut self, key: TicketRef, env: &Environment, out: &mut Outbox) {
        let Some(ticket) = self.aggregator.ticket(key).cloned() else { return };
        let audience = Audience::of(self.policy.tickets.audience);
        let told = |segment: usize| {
            if self.policy.tells_of_tickets(segment as u16) { audience } else { Audience::NOBODY }
        };
        let told: Vec<Audience> = (0..env.segments.len()).map(told).collect();
        let hears = |ready: &Readiness| ready.belongs_to(told[usize::from(ready.segment)]);
        let (evs, readiness) = self.evs.with_readiness(env.grid);
        let notices = readiness.iter().filter(|ready| hears(ready)).count() as u32;
        let mut cx =
            EvCx { env, zone: self.id, board: self.board.as_ref(), policy: &self.told, out };
        let offer = ticket.offer(&cx);
        let able = readiness
            .iter()
            .zip(evs)
            .filter(|(ready, _)| ready.could_use(ticket.start) && hears(ready));
        able.for_each(|(_, e)| e.on_offered(key, ticket.id, &offer, &mut cx));
        self.aggregator.note_notices(key, notices);
    }

    /// The run ends: what is open stays open; accounts close.
    pub fn close(&mut self, env: &Environment, out: &mut Outbox) {
        out.recording = self.recording;
        let mut after = Aftermath::default();
        let mut cx =
            Cx { env, out, policy: &self.policy, ledger: &mut self.ledger, after: &mut after };
        self.aggregator.close(&mut cx);
        for (i, e) in self.evs.all_mut().enumerate() {
            if let Some(session) =
                self.aggregator.plugged[i].and_then(|s| self.aggregator.sessions.get(s))
            {
                e.energy_kwh = session.energy_kwh;
                if let Some(stay) = &mut e.stay {
                    stay.charged_kwh += session.charged_kwh;
                    stay.discharged_kwh += session.discharged_kwh;
                }
            }
            if let Some(stay) = &e.stay {
                let mut cx = EvCx {
                    env,
                    zone: self.id,
                    board: self.board.as_ref(),
                    policy: &self.told,
                    out,
                };
                e.write_stay(
                    stay,
                    Time::NONE,
                    self.aggregator.waited_min[i],
                    user_type_of(e, env),
                    &mut cx,
                );
            }
        }
        if out.recording {
            out.rows.accounts.extend(self.ledger.rows());
        }
    }
}

/// The type of a user's stay at hand (P0 section 2.8); none outside a feeder.
fn user_type_of(e: &Ev, env: &Environment) -> UserType {
    let Some(stay) = e.stay.as_ref().filter(|_| env.feeder().is_some()) else {
        return UserType::None;
    };
    let kw = e.person.vehicle.charge_kw.min(env.market.access.pile_kw);
    stay_type(env, stay.arrival, stay.plan.departure, kw, stay.needed_kwh)
}

/// What users are told, as they look at it.
pub(crate) fn board(p: &Publication, retail: impl Fn(i64) -> f64, env: &Environment) -> PriceView {
    let quotes = (0..p.reservation.len())
        .map(|j| {
            let period = p.from + j as i64;
            let base = match env.market.penalty.base {
                PenaltyBase::RealPrice => p.expected_real[j],
                PenaltyBase::ReservationPrice => p.reservation[j],
            };
            let wanted = !p.discharge[j].is_nan();
            PeriodQuote {
                reservation: p.reservation[j],
                real: p.expected_real[j],
                tariff: retail(period),
                crowd: p.expected_count[j],
                penalty_base: env.market.penalty.alpha(env.is_peak(period)) * base,
                discharge: if wanted { p.discharge[j] } else { 0.0 },
                deficit: wanted,
            }
        })
        .collect();
    PriceView::new(env.grid, p.from, quotes)
}

fn ev_row(e: &Ev, zone: ZoneId, env: &Environment) -> EvRow {
    let (p, v) = (&e.person, e.person.vehicle);
    EvRow {
        ev: e.id,
        name: env.names.get(e.id.0 as usize - 1).cloned().unwrap_or_default(),
        zone,
        home_bus: e.home_bus,
        segment: e.segment,
        vehicle_class: env.class_numbers[usize::from(e.segment)][usize::from(p.vehicle_class)],
        battery_kwh: v.battery_kwh,
        charge_kw: v.charge_kw,
        discharge_kw: v.discharge_kw,
        charge_efficiency: v.charge_efficiency,
        discharge_efficiency: v.discharge_efficiency,
        v2g: p.v2g,
        participates: e.participates,
        behaviour_class: p.behaviour_class,
        willingness_to_pay: p.willingness_to_pay,
        preferred_time_h: p.preferred_time_h,
        behaviour: env.segments[usize::from(e.segment)].behaviour.model.number(),
    }
}
