//! Set points of a microgrid's zone: participants follow the plan of their stay, the others charge
//! on arrival at full power (P4).
//!
//! At the beginning of a day the aggregator tells the coordinator what it forecasts and which stays
//! it can schedule ([`Aggregator::outlook`]), and shares the profile that comes back among them
//! ([`Aggregator::on_profile`], the lower layer). A set point is then what the plan lacks by the
//! end of the period: who came late or emptier catches up, as far as the stay allows. Import above
//! the exchange limit (eq. 17) is avoided by lower set points, of participants first.

use super::bounds::ChargingBounds;
use super::schedule::Load;
use super::{Aggregator, Cx, PeriodUse, Session};
use crate::environment::{Environment, Purpose, stream};
use crate::ev::plan::decision;
use crate::message::SessionRef;
use crate::microgrids::{
    Announced, MicrogridCase, OthersKnown, Outlook, Profile, midnight_of, plan_horizon,
};
use clock::Group;
use domain::{FactKind, Kwh, MicroCny, Price, SharingRow, Time};
use group::{GroupError, Loads, LowerSolver, Sharing, share_exactly, share_profile, unordered_kw};
use serde::{Deserialize, Serialize};

/// Difference of a state of charge that is a solver's rounding.
const ROUNDING: f64 = 1e-4;

/// The charging of one stay as planned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct ChargingPlan {
    /// Departure as announced; names the stay.
    departure: Time,
    /// First period of the array.
    first: i64,
    /// Metered energy from the arrival to the end of each period \[kWh\].
    until_kwh: Vec<f64>,
    /// Energy in the battery at departure \[kWh\].
    end_kwh: f64,
}

impl ChargingPlan {
    /// Metered energy from the arrival to the end of a period \[kWh\].
    fn until(&self, period: i64) -> f64 {
        let last = self.until_kwh.len() as i64 - 1;
        if period < self.first || last < 0 {
            0.0
        } else {
            self.until_kwh[(period - self.first).min(last) as usize]
        }
    }
    /// Mean power of a period \[kW\].
    fn power_kw(&self, period: i64, h: f64) -> f64 {
        (self.until(period) - self.until(period - 1)) / h
    }
}

/// What the aggregator of a microgrid has been told of stays, and what it has planned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// Stays of days to come.
    announced: Vec<Announced>,
    /// Stays that began or begin today, until their departure.
    known: Vec<Announced>,
    /// Participants' stays that were reported and wait for the coordinator's profile.
    reported: Vec<Announced>,
    /// By place of the EV: the plans of its stays.
    plans: Vec<Vec<ChargingPlan>>,
    /// The profile in force.
    profile: Profile,
}

impl Planned {
    /// An EV announces a stay.
    pub fn on_announced(&mut self, stay: Announced) {
        self.announced.push(stay);
    }
    /// Planned net load of a period \[kW\]; NaN without a plan.
    pub fn net_kw(&self, period: i64) -> f64 {
        self.profile.net_at(period).unwrap_or(f64::NAN)
    }
    /// What charging costs outside of bookings in a period \[CNY/kWh\]: the coordinator's price,
    /// the tariff before there is one.
    pub fn price(&self, period: i64, env: &Environment) -> f64 {
        self.profile.price_at(period).unwrap_or_else(|| env.retail(period).value())
    }
    fn plan_of(&self, session: &Session) -> Option<&ChargingPlan> {
        self.plans
            .get(session.declared.place as usize)?
            .iter()
            .find(|p| p.departure == session.declared.departure)
    }
}

impl Aggregator {
    /// What a guest owes when it leaves, the period at hand included.
    pub(crate) fn take_bill(&mut self, place: usize, env: &Environment, now: Time) -> MicroCny {
        let price = Price(self.planned.price(env.grid.at(now), env));
        let place = place as u32;
        let mine = |u: &&PeriodUse| u.place == place && u.booked.is_none();
        let open: MicroCny = self
            .uses
            .iter()
            .filter(mine)
            .map(|u| MicroCny::from_cny(Kwh(u.charged_kwh) * price))
            .sum();
        self.bill_of(place).map_or(MicroCny::ZERO, |bill| std::mem::replace(bill, -open) + open)
    }

    /// The day that period `k` begins, for the coordinator.
    pub fn outlook(&mut self, k: i64, env: &Environment) -> Option<Outlook> {
        let case = env.group()?;
        let horizon = plan_horizon(k, env);
        let (now, midnight) = (env.grid.start(k), midnight_of(k, env));
        let tomorrow = Time::midnight(now.day() + 1);
        let planned = &mut self.planned;
        planned.known.retain(|s| s.departure > now);
        planned.plans.iter_mut().for_each(|plans| plans.retain(|p| p.departure > now));
        let (today, later): (Vec<_>, Vec<_>) =
            planned.announced.drain(..).partition(|s| s.arrival < tomorrow);
        planned.announced = later;
        planned.known.extend(&today);
        planned.reported =
            today.into_iter().filter(|s| s.participates && s.departure > now).collect();
        let stays_of = |list: &[Announced], wanted: fn(&Announced) -> bool| {
            list.iter().filter(|s| wanted(s)).map(|s| s.stay_from(midnight, 0)).collect::<Vec<_>>()
        };
        let (mut settled_kw, unordered_kw) = match &case.others {
            OthersKnown::Announced => (
                unordered_kw(&horizon, 1, &stays_of(&planned.known, |s| !s.participates)),
                unordered_kw(&horizon, 1, &stays_of(&planned.known, |_| true)),
            ),
            OthersKnown::Expected { all_kw, others_kw } => {
                let n = env.grid.per_day as usize;
                let mine = |by_zone: &[f64]| -> Vec<f64> {
                    let first = (usize::from(self.zone.0) - 1) * n;
                    (k..k + horizon.periods as i64)
                        .map(|period| by_zone[first + env.grid.of_day(period)])
                        .collect()
                };
                (mine(others_kw), mine(all_kw))
            }
        };
        let h = env.grid.hours().value();
        for plan in planned.plans.iter().flatten() {
            for (period, kw) in (k..).zip(&mut settled_kw) {
                *kw += plan.power_kw(period, h);
            }
        }
        let area = usize::from(self.zone.0) - 1;
        let base = |period: i64| {
            let [load, pv, wind] = env.forecast_kw(self.zone.0, k, period);
            load - pv - wind
        };
        Some(Outlook {
            zone: self.zone.0,
            from: k,
            base_kw: (k..k + horizon.periods as i64).map(base).collect(),
            settled_kw,
            unordered_kw,
            stays: planned.reported.iter().map(|s| s.stay_from(midnight, area)).collect(),
        })
    }

    /// The coordinator's profile: it is shared among the stays that were reported, and vehicles
    /// that came meanwhile get set points.
    ///
    /// # Errors
    /// A profile that cannot be shared.
    pub fn on_profile(&mut self, profile: Profile, cx: &mut Cx) -> Result<(), GroupError> {
        let Some(case) = cx.env.group().cloned() else { return Ok(()) };
        let from = profile.from;
        let midnight = midnight_of(from, cx.env);
        let reported = std::mem::take(&mut self.planned.reported);
        let stays: Vec<_> = reported.iter().map(|s| s.stay_from(midnight, 0)).collect();
        let loads = Loads::new(&plan_horizon(from, cx.env), 1, &stays)?;
        let zone = u64::from(self.zone.0);
        let mut draws = cx.env.seeds.draws(
            Group::Optimiser,
            stream::AGGREGATOR,
            Purpose::Sharing as u16,
            zone,
            decision(cx.out.now.day(), 0),
        );
        let shared = share_profile(&profile.charging_kw, &loads, &case.lower, || draws.uniform())?;
        self.log_sharing(&profile, &loads, &shared, case.lower.solver, cx)?;
        self.planned.plans.resize(self.plugged.len(), Vec::new());
        let h = cx.env.grid.hours().value();
        for (i, announced) in reported.iter().enumerate() {
            let mut points = shared.schedule.set_points(&loads, i).peekable();
            let first = from + points.peek().map_or(0, |p| p.0 as i64);
            let mut sum = 0.0;
            let until_kwh: Vec<f64> = points
                .map(|(_, kw)| {
                    sum += kw * h;
                    sum
                })
                .collect();
            let fact = self.fact(cx.out, FactKind::ChargePlanned);
            let fact = fact.ev(announced.stay.ev).stay(announced.id);
            cx.out.fact(fact.period(cx.env.grid.start(first)).energy(sum));
            // Rounding of the solver is no shortage.
            let (end, expected) = (shared.end_soc[i], announced.stay.expected_soc);
            let end_kwh = if (end - expected).abs() < ROUNDING { expected } else { end }
                * announced.stay.capacity_kwh;
            let plan = ChargingPlan { departure: announced.departure, first, until_kwh, end_kwh };
            self.planned.plans[announced.place as usize].push(plan);
        }
        self.planned.profile = profile;
        let k = cx.env.grid.at(cx.out.now);
        for announced in &reported {
            if let Some(session) = self.plugged[announced.place as usize] {
                self.count(session, cx.out.now, cx);
                self.set_on_plug_in(session, &case, k, cx);
            }
        }
        Ok(())
    }

    /// What the lower layer has come to, beside the exact programme.
    fn log_sharing(
        &self,
        profile: &Profile,
        loads: &Loads,
        shared: &Sharing,
        solver: LowerSolver,
        cx: &mut Cx,
    ) -> Result<(), GroupError> {
        if !cx.out.recording {
            return Ok(());
        }
        let exact_squared_error = match solver {
            LowerSolver::Exact => shared.squared_error,
            LowerSolver::Swarm => share_exactly(&profile.charging_kw, loads)?.squared_error,
        };
        let h = cx.env.grid.hours().value();
        cx.out.rows.sharings.push(SharingRow {
            t: cx.out.now,
            zone: self.zone,
            solver: solver.name().to_owned(),
            stays: loads.len() as u32,
            profile_kwh: profile.charging_kw.iter().sum::<f64>() * h,
            remainder_kwh: shared.remainder_kw.iter().sum::<f64>() * h,
            squared_error: shared.squared_error,
            exact_squared_error,
        });
        Ok(())
    }

    /// Set points of all vehicles without a booking for period `k`; `booked` is what the others
    /// take. What all take together.
    pub fn follow_plans(&mut self, k: i64, booked: Load, cx: &Cx) -> Load {
        let Some(case) = cx.env.group().cloned() else { return booked };
        for pile in 0..self.piles.len() {
            if let Some(session) = self.piles[pile].occupant {
                let wish = self
                    .sessions
                    .get(session)
                    .filter(|s| s.booking.is_none())
                    .map(|s| self.wish_kw(s, &case, k, cx));
                if let (Some(kw), Some(s)) = (wish, self.sessions.get_mut(session)) {
                    s.power_kw = kw;
                }
            }
        }
        self.keep_exchange_limit(&case, k, cx);
        let mut load = Load::default();
        for (_, s) in self.sessions.iter() {
            load.charge_kw += s.power_kw.max(0.0);
            load.discharge_kw += (-s.power_kw).max(0.0);
        }
        load
    }

    /// The set point of a vehicle for what is left of period `k` from now on.
    pub(super) fn set_on_plug_in(
        &mut self,
        session: SessionRef,
        case: &MicrogridCase,
        k: i64,
        cx: &Cx,
    ) {
        let Some(wish) = self
            .sessions
            .get(session)
            .filter(|s| s.booking.is_none())
            .map(|s| self.wish_kw(s, case, k, cx))
        else {
            return;
        };
        if let Some(s) = self.sessions.get_mut(session) {
            s.power_kw = 0.0;
        }
        let room = self.room_kw(case, k, cx);
        if let Some(s) = self.sessions.get_mut(session) {
            s.power_kw = wish.min(room.max(0.0));
        }
    }

    /// What a vehicle takes in the rest of period `k` if nothing but its own stay limits it \[kW\].
    fn wish_kw(&self, s: &Session, case: &MicrogridCase, k: i64, cx: &Cx) -> f64 {
        let (now, grid) = (cx.out.now, cx.env.grid);
        let until = grid.end(k);
        let departure = s.declared.departure;
        let counted_on =
            if case.error_h[1] > 0.0 { grid.start(grid.at(departure)) } else { departure };
        let leaves = if counted_on > now { counted_on } else { until };
        let plan = self.planned.plan_of(s);
        let goal_kwh = plan.map_or(s.goal_kwh, |p| p.end_kwh);
        let bounds =
            ChargingBounds::of(s, goal_kwh, leaves, now, until, cx.env.market.access.pile_kw);
        match plan {
            Some(plan) => {
                let kw = ((plan.until(k) - s.charged_kwh) / bounds.here_h)
                    .clamp(bounds.low_kw, bounds.high_kw);
                // A watt is left to the next period.
                if kw < 1e-3 && bounds.low_kw == 0.0 { 0.0 } else { kw }
            }
            None => bounds.high_kw,
        }
    }

    /// Charging that the exchange limit leaves beside what is plugged in now \[kW\].
    fn room_kw(&self, case: &MicrogridCase, k: i64, cx: &Cx) -> f64 {
        let [load, pv, wind] = cx.env.powers_kw(self.zone.0, k);
        let taken: f64 = self.sessions.iter().map(|(_, s)| s.power_kw).sum();
        case.exchange_limit(self.zone) - (load - pv - wind) - taken
    }

    /// Lowers set points in proportion until the import keeps to its limit: of participants, then
    /// of the others, then of bookings.
    fn keep_exchange_limit(&mut self, case: &MicrogridCase, k: i64, cx: &Cx) {
        let mut missing = -self.room_kw(case, k, cx);
        for rank in 0..3 {
            if missing <= 0.0 {
                return;
            }
            let mine: Vec<SessionRef> = self
                .piles
                .iter()
                .filter_map(|p| p.occupant)
                .filter(|key| self.rank_of(*key) == rank)
                .collect();
            let power = |a: &Self, key: &SessionRef| {
                a.sessions.get(*key).map_or(0.0, |s| s.power_kw.max(0.0))
            };
            let sum: f64 = mine.iter().map(|key| power(self, key)).sum();
            let cut = missing.min(sum);
            for key in &mine {
                if let Some(s) = self.sessions.get_mut(*key).filter(|s| s.power_kw > 0.0) {
                    s.power_kw *= 1.0 - cut / sum;
                }
            }
            missing -= cut;
        }
    }

    /// Whose set point is lowered first: 0 a participant's, 1 one without a plan, 2 a booking's.
    fn rank_of(&self, session: SessionRef) -> u8 {
        match self.sessions.get(session) {
            Some(s) if s.booking.is_some() => 2,
            Some(s) if self.planned.plan_of(s).is_some() => 0,
            _ => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_counts_from_the_arrival_and_stays_full_after_its_last_period() {
        let plan = ChargingPlan {
            departure: Time::from_hours(8.0),
            first: 21,
            until_kwh: vec![1.5, 5.0, 5.0, 7.0],
            end_kwh: 26.0,
        };
        assert_eq!([20, 21, 22, 23, 24, 30].map(|k| plan.until(k)), [0.0, 1.5, 5.0, 5.0, 7.0, 7.0]);
        // Half-hour periods: 1.5, 3.5, 0 and 2 kWh.
        assert_eq!(
            [20, 21, 22, 23, 24, 25].map(|k| plan.power_kw(k, 0.5)),
            [0.0, 3.0, 7.0, 0.0, 4.0, 0.0]
        );
        let never = ChargingPlan { until_kwh: Vec::new(), ..plan };
        assert_eq!(never.until(40), 0.0);
    }
}
