//! What comes to a zone is handed to whom it is for: its users, its aggregator, its desk on a feeder.

use crate::aggregator::{Aftermath, Broken};
use crate::environment::Environment;
use crate::ev::{Ev, EvCx};
use crate::message::{Due, Letter, Message, ToAggregator, ToUser, ZoneEvent};
use crate::microgrids::travel::GuestLetter;
use crate::outbox::Outbox;
use crate::trade::ZonalDesk;
use crate::zone::{Parts, Zone, board};
use domain::{Detail, ZoneId};

impl Zone {
    /// Handles one message at the outbox's instant.
    pub fn handle(
        &mut self,
        message: Message,
        env: &Environment,
        out: &mut Outbox,
    ) -> Option<Broken> {
        out.recording = self.recording;
        let mut after = Aftermath::default();
        match message {
            Message::Zone(event) => self.on_event(event, env, out, &mut after),
            Message::User(ev, word) => self.tell(ev, word, env, out, &mut after),
            Message::Aggregator(ev, word) => self.hear(ev, word, env, out, &mut after),
            Message::Due(due) => self.on_due(due, env, out, &mut after),
            Message::Centre(_) => {}
        }
        if !after.released.is_empty() || !self.aggregator.admitted.is_empty() {
            self.tell_released(&after.released, env, out);
        }
        after.broken
    }

    /// What happens to the zone as a whole.
    fn on_event(
        &mut self,
        event: ZoneEvent,
        env: &Environment,
        out: &mut Outbox,
        after: &mut Aftermath,
    ) {
        match event {
            ZoneEvent::DayBegins => self.day_begins(env, out),
            ZoneEvent::RecordOpens => self.record_opens(env, out),
            ZoneEvent::PeriodEnds => self.period_ends(env, out, after),
            ZoneEvent::PeriodBegins => self.period_begins(env, out, after),
            ZoneEvent::KeepTarget => {
                let Parts { desk, aggregator, evs, mut cx } = self.parts(env, out, after);
                desk.keep_target(evs, aggregator, &mut cx);
            }
            ZoneEvent::Floated => {
                let Parts { desk, aggregator, mut cx, .. } = self.parts(env, out, after);
                desk.floated.answered(aggregator, &mut cx);
            }
            ZoneEvent::Gate => {
                let Parts { desk, aggregator, evs, mut cx } = self.parts(env, out, after);
                desk.at_gate(evs, aggregator, &mut cx);
            }
            ZoneEvent::Outage { index, begins } => {
                let o = env.outages[usize::from(index)];
                after.broken = self.outage(o.piles, begins, o.until, env, out);
            }
            ZoneEvent::PolicyTold => self.told_policy(env, out),
            ZoneEvent::Offered { ticket } => self.offered(ticket, env, out),
        }
    }

    /// What an EV hears or has set itself to do.
    fn tell(
        &mut self,
        ev: u32,
        word: ToUser,
        env: &Environment,
        out: &mut Outbox,
        after: &mut Aftermath,
    ) {
        match word {
            // Physics: what a vehicle does at a pile.
            ToUser::Arrive => {
                self.with_ev(ev, env, out, Ev::on_arrive);
                let away = self.evs[ev as usize].away();
                if away != ZoneId(0) {
                    GuestLetter::Arrived(self.id, self.evs[ev as usize].declare())
                        .write(away, env, out);
                }
            }
            ToUser::Depart => self.depart(ev, env, out, after),
            ToUser::Come { booking } => self.come(ev, booking, env, out, after),
            ToUser::WalkIn => {
                if self.evs[ev as usize].wants_to_walk_in() {
                    let declared = self.evs[ev as usize].declare();
                    let Parts { aggregator, evs, mut cx, .. } = self.parts(env, out, after);
                    evs[ev as usize].queued = cx.policy.walk_in.enabled;
                    aggregator.on_queue(declared, &mut cx);
                }
            }
            ToUser::Leave { session } => {
                let Parts { aggregator, mut cx, .. } = self.parts(env, out, after);
                aggregator.on_leave(session, &mut cx);
            }
            // A booking can be gone again before the user hears of it.
            ToUser::Confirmed { booking } if self.is_gone(booking) => {
                self.with_ev(ev, env, out, |e, cx| e.on_rejected(Detail::Curtailed, cx));
            }
            ToUser::Confirmed { booking } | ToUser::Won { booking } => {
                self.confirmed(ev, booking, env, out);
            }
            _ => self.with_ev(ev, env, out, |e, cx| e.hear(word, cx)),
        }
    }

    /// What an EV tells its aggregator.
    fn hear(
        &mut self,
        ev: u32,
        word: ToAggregator,
        env: &Environment,
        out: &mut Outbox,
        after: &mut Aftermath,
    ) {
        match word {
            ToAggregator::Request(request) => {
                let who = self.applicant(ev, env.grid.start(request.start), env);
                let Parts { aggregator, mut cx, .. } = self.parts(env, out, after);
                aggregator.on_request(who, request, &mut cx);
            }
            ToAggregator::Cancel { booking, .. } => {
                let today = out.now.day();
                let Parts { aggregator, evs, mut cx, .. } = self.parts(env, out, after);
                let user = &mut evs[ev as usize];
                if aggregator.on_cancel(booking, user.free_used_on != today, &mut cx) {
                    user.free_used_on = today;
                }
            }
            ToAggregator::Grab { ticket, id } => {
                let cx = EvCx {
                    env,
                    zone: self.id,
                    board: self.board.as_ref(),
                    policy: &self.told,
                    out,
                };
                let user = &mut self.evs[ev as usize];
                if let Some(grab) = user.grab(&cx) {
                    user.bear_grab(env.market.booking.retry_hassle);
                    let Parts { aggregator, mut cx, .. } = self.parts(env, out, after);
                    aggregator.on_grab(ticket, id, grab, &mut cx);
                }
            }
            ToAggregator::Announce { day, zone } => {
                match self.evs[ev as usize].announced(day, zone, env) {
                    Some(stay) if zone == ZoneId(0) => self.aggregator.planned.on_announced(stay),
                    Some(stay) => GuestLetter::Announced(self.id, stay).write(zone, env, out),
                    None => {}
                }
            }
        }
    }

    /// What has become due at the aggregator.
    fn on_due(&mut self, due: Due, env: &Environment, out: &mut Outbox, after: &mut Aftermath) {
        let Parts { aggregator, evs, mut cx, .. } = self.parts(env, out, after);
        match due {
            Due::RemindAt { booking } => {
                aggregator.on_remind_at(booking, |place| evs[place as usize].stable, &mut cx);
            }
            Due::ClearPile { booking } => aggregator.on_clear_pile(booking, &mut cx),
            Due::BreachDeadline { booking } => aggregator.on_breach_deadline(booking, &mut cx),
            Due::DrawTicket { ticket } => aggregator.on_draw_ticket(ticket, &mut cx),
            Due::TicketEnds { ticket } => aggregator.on_ticket_ends(ticket, &mut cx),
        }
    }

    /// A letter from another zone or the centre.
    pub fn receive(
        &mut self,
        letter: Letter,
        env: &Environment,
        out: &mut Outbox,
    ) -> Option<Broken> {
        out.recording = self.recording;
        let mut after = Aftermath::default();
        let id = self.id;
        match letter {
            // One that was overtaken on its way is out of date.
            Letter::Prices(p) if self.board.is_some() && p.from < self.aggregator.prices.from => {}
            Letter::Prices(p) => {
                self.board =
                    Some(board(&p, |period| self.aggregator.planned.price(period, env), env));
                self.aggregator.prices = p;
            }
            Letter::Target(target) => self.desk.on_target(*target),
            Letter::Planned(planned) => {
                let Parts { desk, mut cx, .. } = self.parts(env, out, &mut after);
                desk.floated.on_planned(&planned, id, &mut cx);
            }
            Letter::Missed(missed) => {
                ZonalDesk::on_missed(missed, id, &mut self.parts(env, out, &mut after).cx);
            }
            Letter::Trade(trade) => {
                let Parts { desk, aggregator, mut cx, .. } = self.parts(env, out, &mut after);
                desk.on_trade(*trade, aggregator, &mut cx);
            }
            Letter::Profile(profile) => {
                let Parts { aggregator, mut cx, .. } = self.parts(env, out, &mut after);
                if let Err(error) = aggregator.on_profile(*profile, &mut cx) {
                    let what = format!("the profile of the day cannot be shared: {error}");
                    cx.break_invariant(id, what);
                }
            }
            Letter::Guest(letter) => return self.on_guest_letter(&letter, env, out),
            Letter::Report(_)
            | Letter::Outlook(_)
            | Letter::Answered(_)
            | Letter::Metered(_)
            | Letter::DayOutlook(_) => {}
        }
        after.broken
    }
}
