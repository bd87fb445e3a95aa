//! The plan of a day, the choice of a window, the request (P3 section 2; the laws are in
//! `population`).

use super::cost::UserCosts;
use super::{Ev, EvCx, Pending, Plan, Recharge};
use crate::environment::{Purpose, RecordedStay};
use crate::message::{Message, Request, ToAggregator, ToUser};
use crate::microgrids::travel::DayPlace;
use crate::outbox::sender;
use domain::{Detail, Direction, FactKind, Phase, Span, StayId, Time, ZoneId, number_of_user};
use market::{AccessMode, Terms, WalkInPrice};
use population::{
    AtStake, AttendanceLaw, BehaviourParams, Choice, ChoiceParams, ChoiceView, DayNeed, DayPlan,
    DepartureLaw, DischargeView, HoardView, Missed, ShortestStay, Strategy, WalkInOffer,
    booking_multiplicity, booking_periods, choose_discharge, choose_window, draw_strategy,
};

/// Numbers of decisions may begin on negative days (warm-up); shifted so that they are positive.
const DAY_SHIFT: i64 = 1 << 20;

/// The number of a user's decision: day and count on that day.
pub fn decision(day: i64, count: u16) -> u64 {
    ((day + DAY_SHIFT) as u64) << 16 | u64::from(count)
}

/// The number of a question about the `booking`-th booking of a day. From the 256th booking on,
/// bits above those of all days tell it apart.
pub fn question(day: i64, booking: u16, asked: u8) -> u64 {
    u64::from(booking >> 8) << 48 | decision(day, booking << 8 | u16::from(asked))
}

impl Ev {
    /// Draws the plan of a day and sets its timers; who parks elsewhere by day has a stay there
    /// before the one at home.
    pub fn make_plan(&mut self, day: i64, cx: &mut EvCx) {
        let replay = std::sync::Arc::clone(&cx.env.replay);
        if !replay.is_empty() {
            let own = replay.get((self.id.0 as usize).wrapping_sub(1));
            for stay in own.into_iter().flatten().filter(|stay| stay.day == day) {
                self.plan_recorded(stay, cx);
            }
            return;
        }
        if let Some(place) = self.day_place {
            self.plan_stay(day, Some(place), cx);
        }
        self.plan_stay(day, None, cx);
    }

    fn plan_stay(&mut self, day: i64, away: Option<DayPlace>, cx: &mut EvCx) {
        let Some(drawn) = self.draw_stay(day, away, cx) else { return };
        let midnight = Time::midnight(day);
        let before = self.upcoming.last().or(self.stay.as_ref().map(|s| &s.plan));
        // Nobody arrives before having left, and half an hour on the road is the least.
        let earliest = before
            .map_or(cx.out.now, |p| p.leaves_at + Span(30 * Span::MINUTE.0))
            .max(cx.out.now + Span(1));
        let wanted = midnight + Span::from_hours(drawn.arrival_h);
        // A stay of more than a day takes the places of the days that it covers: the next arrival
        // is the first one, by the law of arrivals, that comes after it. A shorter one only puts the
        // next arrival off.
        if before.is_some_and(|p| p.leaves_at - p.comes_at > Span::DAY) && wanted < earliest {
            return;
        }
        let arrival = wanted.max(earliest);
        let segment = usize::from(away.map_or(self.segment, |place| place.segment));
        let segment = cx.env.segments[segment].on(cx.env.kind_of_day(day));
        let departure = match segment.departure {
            DepartureLaw::Hour(_) | DepartureLaw::ClockHour(_) => {
                midnight + Span::from_hours(drawn.departure_h)
            }
            // A stay that is put off is as long as it was to be.
            DepartureLaw::Stay(_) => {
                arrival + Span::from_hours(drawn.departure_h - drawn.arrival_h)
            }
        };
        let (departure, shortest) = match segment.shortest_stay {
            ShortestStay::Hours(_) => (departure, Span(30 * Span::MINUTE.0)),
            // Nobody leaves before having had the time to charge, nor after an arrival that the
            // last stay has put off.
            ShortestStay::ChargingTime => {
                let charging =
                    Span::from_hours(drawn.need.charging_time_h(&self.person)).max(Span::MINUTE);
                (departure.max(arrival + charging), charging)
            }
        };
        if departure - arrival < shortest {
            return;
        }
        let (comes_at, leaves_at) = self.as_it_will_be(day, [arrival, departure], earliest, cx.env);
        let away = away.map_or(ZoneId(0), |place| place.zone);
        let hours = [arrival, departure, comes_at, leaves_at];
        self.set_out(day, away, hours, &drawn, cx);
    }

    /// A stay that was recorded: it begins and ends as it did.
    fn plan_recorded(&mut self, stay: &RecordedStay, cx: &mut EvCx) {
        let Some(drawn) = self.draw_stay(stay.day, None, cx) else { return };
        let drawn = DayPlan { need: DayNeed::DrivenKwh(stay.need_kwh), ..drawn };
        let arrival = stay.arrival.max(cx.out.now + Span(1));
        self.set_out(
            stay.day,
            ZoneId(0),
            [arrival, stay.departure, arrival, stay.departure],
            &drawn,
            cx,
        );
    }

    /// Keeps a plan and sets its timers; hours are planned arrival and departure, and those that
    /// will be.
    fn set_out(
        &mut self,
        day: i64,
        away: ZoneId,
        hours: [Time; 4],
        drawn: &DayPlan,
        cx: &mut EvCx,
    ) {
        let [arrival, departure, comes_at, leaves_at] = hours;
        let looks_at = (arrival - Span::from_hours(drawn.lead_h)).max(cx.out.now + Span(1));
        let stay = StayId(number_of_user(self.id, self.stays, cx.env.evs));
        self.stays += 1;
        let plan = Plan {
            stay,
            day,
            away,
            arrival,
            departure,
            need: drawn.need,
            comes_at,
            leaves_at,
            looks_at,
            attempts: 0,
            confirmed: 0,
            excluded: Vec::new(),
            pending: None,
            extra: 0,
            dropped: false,
            walks_in_at: comes_at,
            strategy: Strategy::Honour,
            missed: Missed::default(),
            costs: UserCosts::default(),
        };
        self.upcoming.push(plan);
        let me = sender::FIRST_EV + self.place;
        if cx.policy.booking.enabled && away == ZoneId(0) {
            cx.out.send(looks_at, Phase::Decide, me, Message::User(self.place, ToUser::Plan));
        }
        cx.out.send(comes_at, Phase::Deliver, me, Message::User(self.place, ToUser::Arrive));
        self.tell_aggregator(day, away, cx);
    }

    /// The user looks at prices for the first plan whose time has come.
    pub fn on_plan(&mut self, cx: &mut EvCx) {
        let now = cx.out.now;
        let current = self.stay.as_ref().map(|s| &s.plan);
        let Some(day) = current
            .into_iter()
            .chain(&self.upcoming)
            .find(|p| p.looks_at <= now && p.away == ZoneId(0))
            .map(|p| p.day)
        else {
            return;
        };
        let (need_kwh, available_kwh) = self.expected_need(day);
        let Some(plan) = self.plan_of(day) else { return };
        plan.looks_at = Time::FAR;
        if plan.dropped
            || plan.pending.is_some()
            || cx.board.is_none()
            || !cx.policy.booking.enabled
        {
            return;
        }
        self.look(day, need_kwh, available_kwh, cx);
    }

    /// Metered energy that a day's stay will need, and the battery energy above the floor on
    /// arrival, as the user expects them \[kWh\]. A stay before it is expected to end at the
    /// target.
    fn expected_need(&self, day: i64) -> (f64, f64) {
        let v = self.person.vehicle;
        if self.stay.as_ref().is_some_and(|s| s.plan.day == day && s.plan.away == ZoneId(0)) {
            return (self.need_kwh(), self.person.above_floor_kwh(self.soc()));
        }
        let Some(soc) = self.expected_soc(day, ZoneId(0)) else { return (0.0, 0.0) };
        (
            v.metered_need_kwh(soc, self.target_kwh() / v.battery_kwh),
            self.person.above_floor_kwh(soc),
        )
    }

    /// State of charge on arrival for a stay to come, as the user expects it.
    pub(super) fn expected_soc(&self, day: i64, away: ZoneId) -> Option<f64> {
        let v = self.person.vehicle;
        let first = self.stay.is_none()
            && self.upcoming.first().is_some_and(|p| p.day == day && p.away == away);
        let soc_before = if first { self.soc() } else { self.target_kwh() / v.battery_kwh };
        let plan = self.upcoming.iter().find(|p| p.day == day && p.away == away)?;
        Some(
            soc_before
                - plan.need.driven_kwh(soc_before, v.battery_kwh, self.person.floor_soc)
                    / v.battery_kwh,
        )
    }

    fn look(&mut self, day: i64, need_kwh: f64, available_kwh: f64, cx: &mut EvCx) {
        let Some(board) = cx.board else { return };
        let env = cx.env;
        let (terms, policy) = (*cx.policy.terms(self.segment), cx.policy);
        let segment = &env.segments[usize::from(self.segment)];
        let behaviour = &segment.behaviour;
        let held_starts: Vec<i64> =
            self.held.iter().filter(|h| h.day == day).map(|h| h.start).collect();
        let (person, experience, place, stable) =
            (self.person, self.experience, self.place, self.stable);
        let here = self.stay.is_some();
        let Some(plan) = self.plan_of(day) else { return };
        let attempt = plan.attempts;
        plan.attempts += 1;
        let mut draws = env.user_draws(stable, Purpose::Choice, decision(day, attempt));
        let mut u = || draws.uniform();
        let strategy = match &behaviour.model.attendance {
            AttendanceLaw::Habit(habit) if attempt == 0 => {
                Some(draw_strategy(habit, &experience, &mut u))
            }
            _ => None,
        };
        let power_kw = person.vehicle.charge_kw.min(env.market.access.pile_kw);
        if let Some(strategy) = strategy {
            self.experience.strategy = strategy;
            let plan = self.plan_of(day).expect("invariant: looked up above");
            plan.strategy = strategy;
            if strategy == Strategy::WaitForTickets {
                // Whoever waits for a ticket walks in when twice the charging time is left.
                plan.walks_in_at = (plan.departure - Span::from_hours(2.0 * need_kwh / power_kw))
                    .max(plan.arrival);
            }
        }
        let plan = self.plan_of(day).expect("invariant: looked up above");
        let arrival = if here && plan.arrival < cx.out.now { cx.out.now } else { plan.arrival };
        let setup = env.market.booking.setup;
        let grid = env.grid;
        let periods = match env.market.access.mode {
            AccessMode::PerBooking => booking_periods(
                need_kwh,
                power_kw,
                grid.hours().value(),
                env.market.booking.min_periods,
                env.market.booking.max_periods,
            ),
            AccessMode::PerStay => {
                let first = grid.ceil(arrival + setup).max(board.first());
                (grid.at(plan.departure).min(board.end()) - first).max(1) as u32
            }
        };
        let retry = if attempt == 0 { 1.0 } else { env.market.booking.retry_hassle };
        let penalty_scale = if terms.penalty.enabled && env.market.breach.enabled {
            terms.penalty.scale * segment.treatments.penalty_scale.unwrap_or(1.0)
        } else {
            0.0
        };
        let walk_in = match (policy.walk_in.enabled, policy.walk_in.price) {
            (false, _) => WalkInOffer::None,
            (true, WalkInPrice::Tariff) => WalkInOffer::AtTariff,
            (true, WalkInPrice::Real) => WalkInOffer::AtReal,
        };
        let mut excluded = plan.excluded.clone();
        excluded.extend(held_starts);
        let view = ChoiceView {
            prices: board,
            arrival,
            departure: plan.departure,
            setup,
            periods,
            need_kwh,
            power_kw,
            willingness_to_pay: person.willingness_to_pay,
            preferred_time_h: person.preferred_time_h,
            tolerated_crowding: person.tolerated_crowding,
            hassle_cny: person.hassle_cny * retry,
            credence: terms.refund.paid_share() * f64::from(experience.credence),
            penalty_scale,
            forfeit_share: terms.refund.forfeit_share,
            no_show_cny: terms.penalty.no_show_fee_cny(&env.market.breach),
            risk: &env.risks[usize::from(self.segment)],
            experience_cny: if behaviour.answers() {
                f64::from(experience.surprise_cny)
            } else {
                0.0
            },
            walk_in,
            excluded: &excluded,
        };
        if strategy == Some(Strategy::WaitForTickets) {
            let missed = missed(&view, behaviour, &terms);
            self.plan_of(day).expect("invariant: looked up above").missed = missed;
            return;
        }
        let Choice::Book { start_period, periods, utility_cny, alternative_cny } =
            choose_window(&view, &behaviour.choice, &mut u)
        else {
            return;
        };
        if attempt == 0 {
            let hoard = HoardView {
                hassle_cny: person.hassle_cny,
                cancel_fee_cny: if behaviour.answers() {
                    fee_of_dropping(&view, start_period, &terms, env.market.breach.margin)
                } else {
                    0.0
                },
                experience: &self.experience,
            };
            let wanted = booking_multiplicity(&hoard, &behaviour.model, &mut u);
            self.plan_of(day).expect("invariant: looked up above").extra = wanted - 1;
        }
        let most = power_kw * grid.hours().value() * f64::from(periods);
        let saving = utility_cny - alternative_cny + view.hassle_cny;
        let energy_kwh = need_kwh.min(most);
        let charge = Pending {
            start: start_period,
            periods: periods as u16,
            direction: Direction::Charge,
            energy_kwh,
            saving_cny: saving,
            then: None,
        };
        let sells = policy.discharge.enabled
            && person.v2g
            && attempt == 0
            && env.market.access.mode == AccessMode::PerBooking;
        let offer = if sells {
            choose_discharge(
                &DischargeView {
                    prices: board,
                    arrival,
                    setup,
                    end_by: grid.start(start_period),
                    departure: view.departure,
                    lengths: &env.market.discharge.lengths,
                    discharge_kw: person.vehicle.discharge_kw.min(env.market.access.pile_kw),
                    available_kwh,
                    rechargeable_kwh: (most - energy_kwh).max(0.0),
                    charge_efficiency: person.vehicle.charge_efficiency,
                    discharge_efficiency: person.vehicle.discharge_efficiency,
                    owner_wear_cny_per_kwh: person.owner_wear_cny_per_kwh,
                    hassle_cny: person.hassle_cny * env.market.discharge.hassle,
                    credence: view.credence,
                },
                &behaviour.choice,
                &mut u,
            )
        } else {
            None
        };
        let pending = match offer {
            Some(o) => Pending {
                start: o.start_period,
                periods: o.periods as u16,
                direction: Direction::Discharge,
                energy_kwh: o.energy_kwh,
                saving_cny: o.utility_cny,
                then: Some(Recharge {
                    start: start_period,
                    periods: periods as u16,
                    energy_kwh,
                    more_kwh: o.recharge_kwh,
                    saving_cny: saving,
                }),
            },
            None => charge,
        };
        debug_assert_eq!(place, self.place);
        self.ask(day, pending, cx);
    }

    /// Sends a request.
    fn ask(&mut self, day: i64, pending: Pending, cx: &mut EvCx) {
        let me = sender::FIRST_EV + self.place;
        let (place, stable) = (self.place, self.stable);
        let Some(plan) = self.plan_of(day) else { return };
        plan.pending = Some(pending);
        let (attempts, stay) = (plan.attempts, plan.stay);
        let n = decision(day, attempts);
        let rules = &cx.env.market;
        self.bear_request(
            day,
            match pending.direction {
                Direction::Discharge => rules.discharge.hassle,
                Direction::Charge if attempts > 1 => rules.booking.retry_hassle,
                Direction::Charge => 1.0,
            },
        );
        let request = Request {
            number: self.requests,
            start: pending.start,
            periods: pending.periods,
            direction: pending.direction,
            energy_kwh: pending.energy_kwh,
        };
        self.requests += 1;
        let fact = cx
            .fact(self, FactKind::ReservationRequested)
            .stay(stay)
            .request(request.id(self.id, cx.env.evs))
            .period(cx.env.grid.start(pending.start))
            .direction(pending.direction);
        cx.out.fact(fact.energy(pending.energy_kwh));
        let at = cx.out.now + cx.env.user_delay(stable, n);
        cx.out.send(
            at,
            Phase::Deliver,
            me,
            Message::Aggregator(place, ToAggregator::Request(request)),
        );
    }

    /// The window is taken: another one, or none.
    pub fn on_rejected(&mut self, _reason: Detail, cx: &mut EvCx) {
        let current = self.stay.as_ref().map(|s| &s.plan);
        let Some((day, pending)) =
            current.into_iter().chain(&self.upcoming).find_map(|p| Some((p.day, p.pending?)))
        else {
            return;
        };
        let Some(plan) = self.plan_of(day) else { return };
        plan.pending = None;
        if let Some(recharge) = pending.then {
            return self.ask(day, recharge.pending(false), cx);
        }
        plan.excluded.push(pending.start);
        let retries = cx.env.market.booking.retries;
        if u32::from(plan.attempts) <= retries {
            self.look_again(day, cx);
        } else {
            self.walk_in_if_due(cx);
        }
    }

    /// Looks at prices again, a moment later.
    pub fn look_again(&mut self, day: i64, cx: &mut EvCx) {
        let (place, me) = (self.place, sender::FIRST_EV + self.place);
        let at = cx.out.now + cx.env.latency.floor;
        if let Some(plan) = self.plan_of(day) {
            plan.looks_at = at;
            cx.out.send(at, Phase::Decide, me, Message::User(place, ToUser::Plan));
        }
    }

    /// Asks for what is to follow a confirmed booking: the charging after a discharge, or a further
    /// window of a hoarder.
    pub(super) fn ask_next(&mut self, day: i64, confirmed: Pending, cx: &mut EvCx) {
        if let Some(recharge) = confirmed.then {
            return self.ask(day, recharge.pending(true), cx);
        }
        if let Some(plan) = self.plan_of(day)
            && plan.extra > 0
        {
            plan.extra -= 1;
            self.look_again(day, cx);
        }
    }
}

/// What the best window would have meant to whoever waits for a ticket.
fn missed(view: &ChoiceView, behaviour: &BehaviourParams, terms: &Terms) -> Missed {
    let sure = ChoiceParams { window_noise_cny: 0.0, booking_noise_cny: 0.0, ..behaviour.choice };
    let Choice::Book { start_period, periods, utility_cny, alternative_cny } =
        choose_window(view, &sure, &mut || 0.5)
    else {
        return Missed::default();
    };
    let base = view.prices.mean_penalty_base(start_period, periods);
    let unit = view.penalty_scale * base * view.need_kwh;
    let late_fee = terms.cancellation.late_costs_minor_breach;
    Missed {
        saving_cny: utility_cny - alternative_cny + view.hassle_cny,
        late_fee_cny: if late_fee { terms.penalty.k[0] * unit } else { 0.0 }
            + terms.cancellation.late_cny,
        severe_penalty_cny: terms.penalty.k[2] * unit + view.no_show_cny,
    }
}

/// What a hoarder expects to pay for a further window that is not used \[CNY\]. Windows are given
/// back when the vehicle is plugged in for one of them; the next best window lies beside it (our
/// reading), so that giving it back is late if that is within the late window of its start.
/// Without cancellation it is a no-show.
fn fee_of_dropping(view: &ChoiceView<'_>, start: i64, terms: &Terms, margin: Span) -> f64 {
    let energy_kwh =
        view.need_kwh.min(f64::from(view.periods) * view.prices.dt_h() * view.power_kw);
    let unit_cny =
        view.penalty_scale * view.prices.mean_penalty_base(start, view.periods) * energy_kwh;
    let price = view.prices.mean_reservation(start, view.periods);
    let forfeit_cny = view.forfeit_share * price * energy_kwh + view.no_show_cny;
    if !terms.cancellation.enabled {
        return terms.penalty.k[2] * unit_cny + forfeit_cny;
    }
    let at_stake = AtStake { unit_cny, forfeit_cny };
    let earliness_min = view.risk.earliness_min(view.periods, at_stake);
    let ahead = margin + Span::from_minutes(earliness_min);
    if ahead < terms.cancellation.late_window {
        let minor = if terms.cancellation.late_costs_minor_breach {
            terms.penalty.k[0] * unit_cny
        } else {
            0.0
        };
        return minor + terms.cancellation.late_cny;
    }
    terms.cancellation.early_fee_share * price * energy_kwh
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::PeriodGrid;
    use market::MarketRules;
    use population::{BreachTerms, LatenessRisk, PeriodQuote, PriceView, ResponseParams};

    #[test]
    fn a_hoarder_expects_the_fee_that_dropping_a_window_will_cost() {
        let quote = PeriodQuote {
            reservation: 1.0,
            tariff: 1.6,
            penalty_base: 0.5,
            ..PeriodQuote::default()
        };
        let prices = PriceView::new(PeriodGrid { per_day: 96 }, 0, vec![quote; 96]);
        let terms = BreachTerms::default();
        let risk = LatenessRisk::new(&ResponseParams::default(), &terms, 0.25, 4, 16);
        let view = ChoiceView {
            prices: &prices,
            arrival: Time::from_hours(8.0),
            departure: Time::from_hours(18.0),
            setup: Span::from_minutes(15.0),
            periods: 4,
            need_kwh: 20.0,
            power_kw: 40.0,
            willingness_to_pay: 2.0,
            preferred_time_h: 12.0,
            tolerated_crowding: 4.0,
            hassle_cny: 12.0,
            credence: 0.5,
            penalty_scale: 1.0,
            forfeit_share: 0.0,
            no_show_cny: 0.0,
            risk: &risk,
            experience_cny: 0.0,
            walk_in: WalkInOffer::AtTariff,
            excluded: &[],
        };
        let margin = MarketRules::default().breach.margin;
        let fee = |view: &ChoiceView<'_>, market: &MarketRules| {
            fee_of_dropping(view, 48, &Terms::of(market), margin)
        };
        let market = MarketRules::default();
        // Late: k 0.1 x 0.5 CNY/kWh x 20 kWh; three times that at threefold penalties, if coming
        // earlier does not make it early.
        assert!((fee(&view, &market) - 1.0).abs() < 1e-9);
        let mut free = market.clone();
        free.cancellation.late_costs_minor_breach = false;
        assert_eq!(fee(&view, &free), 0.0);
        // A late window of half an hour is over before the vehicle comes: early, 0.2 x 20 CNY.
        let mut early = market.clone();
        early.cancellation.late_window = Span::from_minutes(30.0);
        early.cancellation.early_fee_share = 0.2;
        assert!((fee(&view, &early) - 4.0).abs() < 1e-9);
        let mut never = market.clone();
        never.cancellation.enabled = false;
        assert!((fee(&view, &never) - 6.0).abs() < 1e-9); // k 0.6
    }
}
