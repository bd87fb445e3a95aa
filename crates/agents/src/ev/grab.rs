//! Tickets, as a user sees them: is it worth grabbing, and how fast?

use super::{Ev, EvCx, Plan};
use crate::aggregator::{Grab, Ticket};
use crate::environment::Purpose;
use crate::message::{Message, TicketRef, ToAggregator};
use crate::outbox::sender;
use domain::{Direction, Phase, TicketId, Time, ZoneId};
use population::{TicketOffer, TicketView, WithoutTicket, latency, wants_ticket};

impl Ticket {
    /// What a notice says of it.
    pub fn offer(&self, cx: &EvCx) -> TicketOffer {
        let start = cx.env.grid.start(self.start);
        let length = cx.env.grid.start(self.end) - start;
        TicketOffer {
            start,
            length,
            price: self.price,
            real: cx.expected_real(self.start, self.end),
            energy_kwh: self.energy_kwh,
        }
    }
}

impl Ev {
    /// A ticket is offered; whoever wants it grabs it after the delays of the notice and of the
    /// user.
    pub fn on_offered(&self, key: TicketRef, id: TicketId, offer: &TicketOffer, cx: &mut EvCx) {
        let Some(view) = self.ticket_view(offer, cx) else { return };
        if !wants_ticket(&view, &cx.segment(self).behaviour.choice) {
            return;
        }
        let rules = &cx.env.market.tickets;
        let mut draws = cx.env.user_draws(self.stable, Purpose::Ticket, id.0 as u64);
        let notice = latency(rules.notice_median_min, rules.notice_sigma, draws.uniform());
        let reaction = latency(rules.reaction_median_min, rules.reaction_sigma, draws.uniform());
        cx.out.send(
            cx.out.now + notice + reaction,
            Phase::Deliver,
            sender::FIRST_EV + self.place,
            Message::Aggregator(self.place, ToAggregator::Grab { ticket: key, id }),
        );
    }

    /// The plan and the metered need that a ticket could serve; `None` if the user is plugged in,
    /// waits for an answer or needs nothing.
    fn open_need(&self) -> Option<(&Plan, f64)> {
        let (plan, need_kwh) = match &self.stay {
            Some(_) if self.plugged => return None,
            Some(stay) => (&stay.plan, self.need_kwh()),
            None => {
                let plan = self.upcoming.first().filter(|p| p.away == ZoneId(0))?;
                let v = self.person.vehicle;
                let soc = self.soc()
                    - plan.need.driven_kwh(self.soc(), v.battery_kwh, self.person.floor_soc)
                        / v.battery_kwh;
                (plan, v.metered_need_kwh(soc, self.person.target_soc))
            }
        };
        (!plan.dropped && plan.pending.is_none() && need_kwh > 1e-6).then_some((plan, need_kwh))
    }

    /// From when and until when a ticket may begin that the user could use: whoever is not there
    /// yet must come before it begins.
    pub fn ticket_starts(&self) -> Option<(Time, Time)> {
        let (plan, _) = self.open_need()?;
        Some((if self.stay.is_some() { Time::NONE } else { plan.arrival }, plan.departure))
    }

    /// What the user knows of a ticket; `None` if it could not use it or finds it too dear.
    pub(super) fn ticket_view(&self, offer: &TicketOffer, cx: &EvCx) -> Option<TicketView> {
        let grid = cx.env.grid;
        let (plan, need_kwh) = self.open_need()?;
        let comes_too_late = self.stay.is_none() && plan.arrival > offer.start;
        if comes_too_late
            || plan.departure <= offer.start
            || offer.price > self.person.willingness_to_pay
        {
            return None;
        }
        let board = cx.board?;
        let power_kw = self.person.vehicle.charge_kw.min(cx.env.market.access.pile_kw);
        let own = self
            .held
            .iter()
            .find(|h| h.day == plan.day && h.direction == Direction::Charge && h.is_open());
        let otherwise = match own {
            Some(h) if grid.start(h.start) <= cx.out.now => return None,
            Some(h) => {
                let half = grid.length().times((h.end - h.start) / 2);
                WithoutTicket::Booking {
                    price: h.price,
                    real: cx.expected_real(h.start, h.end),
                    middle: grid.start(h.start) + half,
                    cancel_fee_cny: if cx.segment(self).behaviour.answers() {
                        self.cancel_fee_cny(h, cx)
                    } else {
                        0.0
                    },
                }
            }
            None if cx.policy.walk_in.enabled => {
                let from = plan.walks_in_at.max(cx.out.now);
                let until = from + domain::Span::from_hours(need_kwh / power_kw);
                WithoutTicket::WalkIn {
                    price: board.mean_tariff(from, until),
                    middle: from + (until - from).share(0.5),
                }
            }
            None => WithoutTicket::Nothing,
        };
        Some(TicketView {
            offer: *offer,
            otherwise,
            arrival: plan.arrival,
            departure: plan.departure,
            need_kwh,
            power_kw,
            willingness_to_pay: self.person.willingness_to_pay,
            preferred_time_h: self.person.preferred_time_h,
            hassle_cny: self.person.hassle_cny * cx.env.market.booking.retry_hassle,
            credence: cx.policy.terms(self.segment).refund.paid_share()
                * f64::from(self.experience.credence),
        })
    }

    /// The user presses the button: what it asks for, if it still wants anything.
    pub fn grab(&self, cx: &EvCx) -> Option<Grab> {
        let (stay, need_kwh) = match (&self.stay, self.plugged) {
            (_, true) => return None,
            (Some(stay), _) if !stay.plan.dropped && stay.plan.away == ZoneId(0) => {
                (stay.id(), self.need_kwh())
            }
            (Some(_), _) => return None,
            (None, _) => {
                let plan = self.upcoming.first().filter(|p| p.away == ZoneId(0))?;
                let v = self.person.vehicle;
                let soc = self.soc()
                    - plan.need.driven_kwh(self.soc(), v.battery_kwh, self.person.floor_soc)
                        / v.battery_kwh;
                (plan.stay, v.metered_need_kwh(soc, self.person.target_soc))
            }
        };
        let used_one = self.held.iter().any(|h| h.by_ticket && h.is_open());
        (need_kwh > 1e-6 && !used_one).then(|| Grab {
            place: self.place,
            ev: self.id,
            stay,
            segment: self.segment,
            need_kwh,
            charge_kw: self.person.vehicle.charge_kw,
            bid: self.person.willingness_to_pay,
            penalty_scale: cx.segment(self).treatments.penalty_scale.unwrap_or(1.0),
            at: cx.out.now,
        })
    }

    /// The ticket is gone: whoever has nothing else looks at prices again.
    pub fn on_lost(&mut self, cx: &mut EvCx) {
        let retries = cx.env.market.booking.retries;
        let current = self.stay.as_ref().map(|s| &s.plan);
        let Some(plan) = current.into_iter().chain(&self.upcoming).next() else { return };
        let open = !plan.dropped
            && plan.pending.is_none()
            && plan.looks_at >= Time::FAR
            && u32::from(plan.attempts) <= retries;
        let day = plan.day;
        if open
            && cx.policy.booking.enabled
            && !self.plugged
            && !self.queued
            && !self.has_booking(day)
        {
            self.look_again(day, cx);
        }
    }
}
