//! Announcing a stay to the aggregator of a microgrid (P4 section 1: declared arrival, departure
//! and needs).

use super::plan::decision;
use super::{Ev, EvCx};
use crate::environment::{Environment, Purpose};
use crate::message::{Message, ToAggregator};
use crate::microgrids::travel::DayPlace;
use crate::microgrids::{Announced, OthersKnown};
use crate::outbox::sender;
use domain::{FactKind, Phase, Span, Time, ZoneId};
use group::{HIGHEST_SOC, Stay};
use population::{DayNeed, DayPlan, UsualDay, draw_day_of};

impl Ev {
    /// Draws a stay of a day. Who parks in two zones comes and goes by day like the people there,
    /// and drives half of the way before each stay (our reading).
    /// None on a day without a trip.
    pub(super) fn draw_stay(&self, day: i64, away: Option<DayPlace>, cx: &EvCx) -> Option<DayPlan> {
        let purpose = if away.is_some() { Purpose::DayPlace } else { Purpose::Day };
        let mut draws = cx.env.user_draws(self.stable, purpose, decision(day, 0));
        let kind = cx.env.kind_of_day(day);
        let own = cx.segment(self).on(kind);
        let Some(travels) = self.day_place else {
            let plan = draw_day_of(own, &self.person, &self.usual, &mut || draws.uniform());
            return (own.trip_probability >= 1.0 || draws.uniform() < own.trip_probability)
                .then_some(plan);
        };
        let there = cx.env.segments[usize::from(travels.segment)].on(kind);
        let mut drawn = match away {
            Some(_) => {
                draw_day_of(there, &self.person, &UsualDay::default(), &mut || draws.uniform())
            }
            None => draw_day_of(own, &self.person, &self.usual, &mut || draws.uniform()),
        };
        drawn.need = match drawn.need {
            DayNeed::DrivenKwh(kwh) => DayNeed::DrivenKwh(0.5 * kwh),
            DayNeed::ArrivalSoc(soc) => {
                DayNeed::ArrivalSoc(f64::midpoint(soc, self.person.target_soc.max(soc)))
            }
        };
        Some(drawn)
    }

    /// Tells the aggregator of the stay of a day, if it is one that is asked for it.
    pub(super) fn tell_aggregator(&self, day: i64, zone: ZoneId, cx: &mut EvCx) {
        let Some(case) = cx.env.group() else { return };
        if !self.participates && case.others != OthersKnown::Announced {
            return;
        }
        let Some(told) = self.announced(day, zone, cx.env) else { return };
        let mut fact = cx
            .fact(self, FactKind::StayAnnounced)
            .stay(told.id)
            .period(cx.env.grid.start(cx.env.grid.at(told.arrival)));
        if zone != ZoneId(0) {
            fact.zone = zone;
        }
        cx.out.fact(fact.energy(told.stay.need_kwh()));
        cx.out.send(
            cx.out.now,
            Phase::Deliver,
            sender::FIRST_EV + self.place,
            Message::Aggregator(self.place, ToAggregator::Announce { day, zone }),
        );
    }

    /// When the EV will come and leave, who means to come and leave at `planned`: normal errors
    /// where a group has them, the law of departures where the segment has one, else as planned;
    /// never before `earliest`, and never sooner than half an hour after coming (our reading).
    pub(super) fn as_it_will_be(
        &self,
        day: i64,
        planned: [Time; 2],
        earliest: Time,
        env: &Environment,
    ) -> (Time, Time) {
        let [arrival, departure] = planned;
        let mut draws = env.user_draws(self.stable, Purpose::Deviation, decision(day, 0));
        let Some(case) = env.group().filter(|c| c.error_h != [0.0, 0.0]) else {
            let behaviour = &env.segments[usize::from(self.segment)].behaviour;
            let Some(law) = &behaviour.departure else { return (arrival, departure) };
            let late = Span::from_hours(law.quantile(draws.uniform()));
            let least = Span(30 * Span::MINUTE.0).min(departure - arrival);
            return (arrival, (departure + late).max(arrival + least));
        };
        let error =
            case.error_h.map(|sd| Span::from_hours(sd * optim::normal::quantile(draws.uniform())));
        let comes_at = (arrival + error[0]).max(earliest);
        (comes_at, (departure + error[1]).max(comes_at + Span(30 * Span::MINUTE.0)))
    }

    /// The stay of a day in a zone (0: at home) as its user expects it.
    pub fn announced(&self, day: i64, zone: ZoneId, env: &Environment) -> Option<Announced> {
        let plan = self.upcoming.iter().find(|p| p.day == day && p.away == zone)?;
        let v = self.person.vehicle;
        let expected_soc = self.target_kwh() / v.battery_kwh;
        let stay = Stay {
            ev: self.id,
            area: 0,
            arrival_h: 0.0,
            departure_h: (plan.departure - plan.arrival).hours().value(),
            soc: self.expected_soc(day, zone)?.clamp(0.0, 1.0),
            expected_soc,
            highest_soc: HIGHEST_SOC.min(self.ceiling_kwh() / v.battery_kwh).max(expected_soc),
            capacity_kwh: v.battery_kwh,
            power_kw: v.charge_kw.min(env.market.access.pile_kw),
            efficiency: v.charge_efficiency,
        };
        Some(Announced {
            place: self.place,
            id: plan.stay,
            participates: self.participates,
            arrival: plan.arrival,
            departure: plan.departure,
            stay,
        })
    }
}
