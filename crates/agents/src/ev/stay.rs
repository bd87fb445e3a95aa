//! Arriving, departing, and what was learnt.

use super::{Ev, EvCx, Held, Stay};
use crate::aggregator::Release;
use crate::message::{BookingRef, Message, ToUser};
use crate::outbox::sender;
use domain::{
    Borne, DayStrategy, FactKind, Phase, ReservationStatus, StayRow, StrategyRow, Time, UserType,
    ZoneId,
};
use population::{Ending, Outcome, ResponseMode, Strategy, learn};

impl Ev {
    /// The EV comes to the zone.
    pub fn on_arrive(&mut self, cx: &mut EvCx) {
        if self.stay.is_some() || self.upcoming.is_empty() {
            return;
        }
        let plan = self.upcoming.remove(0);
        let v = self.person.vehicle;
        let driven_kwh = plan.need.driven_kwh(self.soc(), v.battery_kwh, self.person.floor_soc);
        self.energy_kwh -= driven_kwh;
        let me = sender::FIRST_EV + self.place;
        cx.out.send(plan.leaves_at, Phase::Deliver, me, Message::User(self.place, ToUser::Depart));
        self.stay = Some(Stay {
            arrival: cx.out.now,
            soc_arrival: self.soc(),
            driven_kwh,
            needed_kwh: self.need_kwh(),
            charged_kwh: 0.0,
            discharged_kwh: 0.0,
            soh_loss_arrival: self.soh_loss,
            plan,
        });
        let fact = cx.fact(self, FactKind::Arrived).energy(self.need_kwh());
        cx.out.fact(fact);
        self.walk_in_if_due(cx);
    }

    /// Whoever is there, needs energy and has no booking ahead walks in, now or at the time that
    /// the plan says. Who does it now is at the pile before this instant's set points are made.
    pub fn walk_in_if_due(&mut self, cx: &mut EvCx) {
        let Some(stay) = &self.stay else { return };
        if self.wants_to_walk_in() {
            let at = stay.plan.walks_in_at.max(cx.out.now);
            // After all that comes and goes at this instant, and before set points are chosen.
            cx.out.send(
                at,
                Phase::Decide,
                sender::FIRST_EV + self.place,
                Message::User(self.place, ToUser::WalkIn),
            );
        }
    }

    /// Whether the user would walk in at this moment.
    pub fn wants_to_walk_in(&self) -> bool {
        let Some(stay) = &self.stay else { return false };
        stay.plan.away == ZoneId(0)
            && self.is_idle()
            && !stay.plan.dropped
            && stay.plan.pending.is_none()
            && !self.has_booking(stay.plan.day)
            && self.need_kwh() > 1e-6
    }

    /// The vehicle was unplugged.
    pub fn on_released(&mut self, r: &Release, cx: &mut EvCx) {
        self.plugged = false;
        self.queued = r.queued;
        self.energy_kwh = r.energy_kwh;
        self.throughput_kwh += r.charged_kwh + r.discharged_kwh;
        if let Some(stay) = &mut self.stay {
            stay.charged_kwh += r.charged_kwh;
            stay.discharged_kwh += r.discharged_kwh;
            let short = self.need_kwh()
                > cx.env.market.booking.top_up_share
                    * self.stay.as_ref().map_or(0.0, |s| s.needed_kwh);
            if r.booking.is_some() && short {
                self.walk_in_if_due(cx);
            }
        }
    }

    /// The EV leaves the zone; it is not plugged in any more.
    pub fn on_departed(&mut self, waited_min: f64, user_type: UserType, cx: &mut EvCx) {
        let facts = [FactKind::Departed, FactKind::EnergyShort].map(|kind| cx.fact(self, kind));
        let Some(stay) = self.stay.take() else { return };
        self.queued = false;
        self.age(&stay, cx);
        let unmet_kwh = self.need_kwh();
        cx.out.fact(facts[0].energy(unmet_kwh));
        if unmet_kwh > 1e-6 {
            cx.out.fact(facts[1].energy(unmet_kwh));
        }
        self.write_stay(&stay, cx.out.now, waited_min, user_type, cx);
        if stay.plan.strategy == Strategy::WaitForTickets && stay.plan.confirmed == 0 {
            let unmet_cny = cx.segment(self).behaviour.choice.unmet_cny_per_kwh * unmet_kwh;
            let outcome =
                Outcome::ticket_missed(stay.plan.missed, self.person.hassle_cny, unmet_cny);
            self.learn_from(Strategy::WaitForTickets, &outcome, cx);
        }
    }

    /// Learns from an outcome of a day on which some strategy was followed.
    fn learn_from(&mut self, strategy: Strategy, outcome: &Outcome, cx: &EvCx) {
        if cx.segment(self).behaviour.response.mode == ResponseMode::None {
            return;
        }
        let today = std::mem::replace(&mut self.experience.strategy, strategy);
        let model = &cx.env.segments[usize::from(self.segment)].behaviour.model;
        learn(&mut self.experience, outcome, model);
        self.experience.strategy = today;
    }

    /// Ageing of the stay: by throughput, and by the time since the start (P3 eq. 5).
    fn age(&mut self, stay: &Stay, cx: &EvCx) {
        let celsius = cx.env.temperature_c(cx.zone.0, cx.env.grid.at(cx.out.now));
        let cycles = |kwh: f64| kwh / (2.0 * self.person.vehicle.battery_kwh);
        let before = self.throughput_kwh - stay.charged_kwh - stay.discharged_kwh;
        let law = &cx.env.ageing;
        // Counted from a battery that has a year and a hundred cycles behind it: the laws are
        // steepest at birth.
        let (used_cycles, used_days) = (100.0, 365.0);
        let cycle = law.cycle.loss(used_cycles + cycles(self.throughput_kwh), celsius)
            - law.cycle.loss(used_cycles + cycles(before.max(0.0)), celsius);
        let day = used_days + (stay.arrival.hours() / 24.0).max(0.0);
        let days = (cx.out.now - stay.arrival).hours().value() / 24.0;
        self.soh_loss += cycle.max(0.0) + law.calendar.loss(day + days, celsius)
            - law.calendar.loss(day, celsius);
    }

    /// Writes the row of a stay; `departure` is null for one that goes on.
    pub fn write_stay(
        &self,
        s: &Stay,
        departure: Time,
        waiting_min: f64,
        user_type: UserType,
        cx: &mut EvCx,
    ) {
        if !cx.out.recording {
            return;
        }
        let (costs, choice) =
            (&s.plan.costs, &cx.env.segments[usize::from(self.segment)].behaviour.choice);
        cx.out.rows.stays.push(StayRow {
            stay: s.id(),
            ev: self.id,
            zone: if s.plan.away == ZoneId(0) { cx.zone } else { s.plan.away },
            bus: self.home_bus,
            segment: self.segment,
            planned_arrival: s.plan.arrival,
            arrival: s.arrival,
            planned_departure: s.plan.departure,
            departure,
            soc_arrival: s.soc_arrival,
            soc_target: self.person.target_soc,
            soc_departure: self.soc(),
            driven_kwh: s.driven_kwh,
            energy_needed_kwh: s.needed_kwh,
            energy_charged_kwh: s.charged_kwh,
            energy_discharged_kwh: s.discharged_kwh,
            unmet_kwh: self.need_kwh(),
            borne: Borne {
                hassle_cny: f64::from(costs.hassle),
                earliness_cny: f64::from(costs.earliness),
                shift_cny: f64::from(costs.shift),
                crowding_cny: f64::from(costs.crowding),
                keeping_cny: f64::from(costs.keeping),
                trip_cny: f64::from(costs.trips),
                unmet_cny: choice.unmet_cny_per_kwh * self.need_kwh(),
                owner_wear_cny: self.person.owner_wear_cny_per_kwh * s.discharged_kwh,
            },
            waiting_min,
            soh_loss: self.soh_loss - s.soh_loss_arrival,
            user_type,
        });
    }

    /// What the user has learnt so far.
    pub fn strategy_row(&self, t: Time, zone: ZoneId) -> StrategyRow {
        let x = &self.experience;
        let number = Strategy::ALL.iter().position(|s| *s == x.strategy).unwrap_or(0);
        StrategyRow {
            t,
            ev: self.id,
            zone,
            segment: self.segment,
            strategy: DayStrategy::ALL[number],
            attraction_cny: x.attraction.map(f64::from),
            norm: f64::from(x.norm),
            credence: f64::from(x.credence),
            surprise_cny: f64::from(x.surprise_cny),
            bookings: u32::from(x.bookings),
            defaults: u32::from(x.defaults),
        }
    }

    /// All of a booking is paid: the user learns, if it learns, and forgets the booking.
    pub fn on_settled(&mut self, booking: BookingRef, account: &Account, cx: &mut EvCx) {
        let Some(i) = self.held.iter().position(|h| h.booking == booking) else { return };
        let h = self.held.remove(i);
        // Whoever meant to come and hears on the way that it is over has come too late, and so has
        // whoever arrived after the time to set out.
        let on_the_way = h.comes_at > cx.out.now
            || self.stay.as_ref().is_none_or(|stay| stay.arrival > h.comes_at);
        if account.status == ReservationStatus::Defaulted
            && h.is_open()
            && !h.is_forgotten()
            && on_the_way
        {
            let fact = cx
                .fact(self, FactKind::TurnedAwayLate)
                .stay(h.stay)
                .request(h.request)
                .booking(h.id)
                .period(cx.env.grid.start(h.start));
            cx.out.fact(fact);
        }
        let model = &cx.segment(self).behaviour.model;
        let Some(ending) = account.ending(&h) else { return };
        if !model.learns() {
            return;
        }
        let (delivered_kwh, refund_cny) = (account.delivered_kwh, account.refund_cny);
        let n = (h.end - h.start) as u32;
        let terms = cx.terms(self, &h);
        let full = cx.board.filter(|b| b.window(h.start, n).is_some()).map_or(refund_cny, |b| {
            terms.refund.share * b.mean_refund(h.start, n, h.price) * delivered_kwh
        });
        let (penalty, at_stake) = (terms.penalty, self.at_stake(&h, cx));
        let outcome = Outcome {
            ending,
            saving_cny: h.saving_cny,
            refund_cny,
            full_refund_cny: if delivered_kwh > 0.0 { full.max(refund_cny) } else { 0.0 },
            paid_cny: account.paid_cny,
            late_fee_cny: self.late_fee_cny(&h, cx),
            severe_penalty_cny: penalty.k[2] * at_stake.unit_cny
                + penalty.no_show_fee_cny(&cx.env.market.breach),
            hassle_cny: self.person.hassle_cny,
            ticket_gain_cny: if h.by_ticket { h.saving_cny } else { 0.0 },
            penalties_in_force: penalty.enabled
                && penalty.scale > 0.0
                && cx.env.market.breach.enabled,
        };
        self.learn_from(h.strategy, &outcome, cx);
    }
}

/// What a user is told when all that belongs to a booking is paid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Account {
    /// How it ended.
    pub status: ReservationStatus,
    /// Energy delivered \[kWh at the pile\].
    pub delivered_kwh: f64,
    /// Refunds \[CNY\].
    pub refund_cny: f64,
    /// Penalties and fees \[CNY\].
    pub paid_cny: f64,
}

impl Account {
    /// The ending as its user sees it.
    fn ending(&self, h: &Held) -> Option<Ending> {
        Some(match self.status {
            ReservationStatus::Open => return None,
            ReservationStatus::Curtailed => Ending::Curtailed,
            ReservationStatus::CancelledFree | ReservationStatus::CancelledEarly => {
                Ending::CancelledEarly
            }
            ReservationStatus::CancelledLate => Ending::CancelledLate,
            ReservationStatus::Defaulted => Ending::NoShow,
            ReservationStatus::Fulfilled if h.by_ticket => Ending::TicketWon,
            ReservationStatus::Fulfilled if self.paid_cny > 0.0 => Ending::Late,
            ReservationStatus::Fulfilled => Ending::Honoured,
        })
    }
}
