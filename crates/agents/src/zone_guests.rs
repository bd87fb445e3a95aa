//! A zone as host and as home of EVs that park elsewhere by day ([`crate::microgrids::travel`]).
//! Guests have places behind the zone's own EVs.

use crate::aggregator::{Aftermath, Broken, Cx};
use crate::environment::Environment;
use crate::ev::{Ev, EvCx};
use crate::microgrids::Announced;
use crate::microgrids::travel::{Guest, GuestLetter, Visit};
use crate::outbox::Outbox;
use crate::zone::Zone;
use domain::{Detail, EvId, Purpose, UserType, ZoneId};
use market::Account;

impl Zone {
    /// A letter about a guest, or about one of the zone's own EVs that is a guest elsewhere.
    pub(crate) fn on_guest_letter(
        &mut self,
        letter: &GuestLetter,
        env: &Environment,
        out: &mut Outbox,
    ) -> Option<Broken> {
        let mut after = Aftermath::default();
        match *letter {
            GuestLetter::Announced(home, announced) => {
                let place = self.guest_place(announced.stay.ev, home, announced.place);
                // It is plugged in and unplugged a letter later than it comes and leaves.
                let (arrival, departure) = (
                    announced.arrival + env.latency.floor,
                    announced.departure + env.latency.floor,
                );
                self.aggregator.planned.on_announced(Announced {
                    place,
                    arrival,
                    departure,
                    ..announced
                });
            }
            GuestLetter::Arrived(home, mut declared) => {
                let (home_place, energy_kwh) = (declared.place, declared.energy_kwh);
                let place = self.guest_place(declared.ev, home, home_place);
                self.guests[place as usize - self.evs.len()].visit =
                    Visit { home_place, stay: declared.stay, energy_kwh, ..Visit::default() };
                declared.place = place;
                declared.departure += env.latency.floor;
                let mut cx = Cx {
                    env,
                    out,
                    policy: &self.policy,
                    ledger: &mut self.ledger,
                    after: &mut after,
                };
                self.aggregator.on_queue(declared, &mut cx);
                self.tell_released(&after.released, env, out);
            }
            GuestLetter::Leaves(ev) => self.guest_leaves(ev, env, out, &mut after),
            GuestLetter::Left(visit) => self.returns(visit, env, out),
        }
        after.broken
    }

    /// The place of a guest, given when it is first heard of.
    fn guest_place(&mut self, ev: EvId, home: ZoneId, home_place: u32) -> u32 {
        let known = self.guests.iter().position(|g| g.ev == ev);
        let at = known.unwrap_or_else(|| {
            self.guests.push(Guest { ev, home, visit: Visit { home_place, ..Visit::default() } });
            self.aggregator.plugged.push(None);
            self.aggregator.waited_min.push(0.0);
            self.aggregator.bills.push(domain::MicroCny::ZERO);
            self.guests.len() - 1
        });
        (self.evs.len() + at) as u32
    }

    fn guest_leaves(
        &mut self,
        ev: EvId,
        env: &Environment,
        out: &mut Outbox,
        after: &mut Aftermath,
    ) {
        let Some(at) = self.guests.iter().position(|g| g.ev == ev) else { return };
        let place = self.evs.len() + at;
        let mut cx = Cx { env, out, policy: &self.policy, ledger: &mut self.ledger, after };
        self.aggregator.leave_queue(place as u32, cx.out.now);
        if let Some(session) = self.aggregator.plugged[place] {
            self.aggregator.unplug(session, Detail::Stay, &mut cx);
        }
        self.tell_released(&after.released, env, out);
        let guest = &mut self.guests[at];
        guest.visit.waited_min = std::mem::take(&mut self.aggregator.waited_min[place]);
        guest.visit.bill = self.aggregator.take_bill(place, env, out.now);
        GuestLetter::Left(guest.visit).write(guest.home, env, out);
    }

    /// One of the zone's own EVs has left its place of the day: what it took is its own, what it
    /// owes is paid.
    fn returns(&mut self, visit: Visit, env: &Environment, out: &mut Outbox) {
        let place = visit.home_place;
        let row = self.ledger.transfer(
            out.now,
            out.phase,
            Account::Ev(place),
            Account::Operator,
            Purpose::WalkIn,
            visit.bill,
        );
        out.transfer(row);
        let mut cx =
            EvCx { env, zone: self.id, board: self.board.as_ref(), policy: &self.told, out };
        let ev = &mut self.evs[place as usize];
        ev.has_visited(&visit);
        ev.on_departed(visit.waited_min, UserType::None, &mut cx);
    }

    /// Visits that the end of the run interrupts, with their home zones: bookkeeping, nobody's
    /// knowledge.
    pub fn open_visits(&self) -> impl Iterator<Item = (ZoneId, Visit)> + '_ {
        self.guests.iter().enumerate().map(|(at, guest)| {
            let open = self.aggregator.plugged[self.evs.len() + at]
                .and_then(|s| self.aggregator.sessions.get(s));
            let mut visit = guest.visit;
            if let Some(session) = open {
                visit.energy_kwh = session.energy_kwh;
                visit.charged_kwh += session.charged_kwh;
                visit.discharged_kwh += session.discharged_kwh;
            }
            (guest.home, visit)
        })
    }

    /// Notes what one of the zone's own EVs has taken elsewhere when the run ends.
    pub fn note_visit(&mut self, visit: &Visit) {
        let ev = &mut self.evs[visit.home_place as usize];
        if ev.stay.as_ref().is_some_and(|s| s.id() == visit.stay && s.plan.away != ZoneId(0)) {
            ev.has_visited(visit);
        }
    }
}

impl Ev {
    fn has_visited(&mut self, visit: &Visit) {
        self.energy_kwh = visit.energy_kwh;
        self.throughput_kwh += visit.charged_kwh + visit.discharged_kwh;
        if let Some(stay) = &mut self.stay {
            stay.charged_kwh += visit.charged_kwh;
            stay.discharged_kwh += visit.discharged_kwh;
        }
    }
}
