//! What a stay costs its user besides money: hassle, coming early, hours that do not suit, a crowd,
//! a booking kept although the plan has changed, a trip that is not made (the terms that the laws of
//! choice weigh, as they come about; no noise of choice and no weights of loss).

use super::{Ev, EvCx, Held, Plan};
use domain::{Span, Time};
use serde::{Deserialize, Serialize};

/// Costs of one stay \[CNY\]. Single precision: it is kept for every plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UserCosts {
    /// Making requests, grabbing tickets, cancelling.
    pub hassle: f32,
    /// Coming earlier than the deadline asks.
    pub earliness: f32,
    /// Charging away from the preferred hour.
    pub shift: f32,
    /// More vehicles charging than are tolerated.
    pub crowding: f32,
    /// Keeping a booking although the plan has changed.
    pub keeping: f32,
    /// Trips that are not made.
    pub trips: f32,
}

impl Ev {
    /// Books a cost of the stay of a day, if there is a plan of it.
    pub(super) fn bear(&mut self, day: i64, cost: impl FnOnce(&mut UserCosts)) {
        if let Some(plan) = self.plan_of(day) {
            cost(&mut plan.costs);
        }
    }

    /// Hassle of a request: retries and sales are other than first attempts.
    pub(super) fn bear_request(&mut self, day: i64, factor: f64) {
        let hassle = (self.person.hassle_cny * factor) as f32;
        self.bear(day, |c| c.hassle += hassle);
    }

    /// Hassle of grabbing a ticket, in the stay that it is wanted for: that of a retry.
    pub(crate) fn bear_grab(&mut self, factor: f64) {
        let hassle = (self.person.hassle_cny * factor) as f32;
        let next = self.upcoming.first_mut();
        if let Some(plan) = self.stay.as_mut().map(|s| &mut s.plan).or(next) {
            plan.costs.hassle += hassle;
        }
    }

    /// What coming for a booking costs: aiming early, the hour, the crowd, a changed plan.
    pub(super) fn bear_coming(&mut self, h: &Held, cx: &EvCx) {
        let response = &cx.segment(self).behaviour.response;
        let earliness = cx.env.risks[usize::from(self.segment)]
            .earliness_min((h.end - h.start) as u32, self.at_stake(h, cx))
            * response.earliness_cny_per_min;
        let keeping =
            if h.fate.plan_changed(h.made_at, cx.out.now) { h.fate.keeping_cost_cny } else { 0.0 };
        let (from, to) = (cx.env.grid.start(h.start), cx.env.grid.start(h.end));
        let (shift, crowding) = self.felt_hours(from, to, cx);
        self.bear(h.day, |c| {
            c.earliness += earliness as f32;
            c.keeping += keeping as f32;
            c.shift += shift;
            c.crowding += crowding;
        });
    }

    /// What charging without a booking costs: the hour and the crowd, from now on at full power.
    pub(crate) fn bear_walking_in(&mut self, cx: &EvCx) {
        let power_kw = self.person.vehicle.charge_kw.min(cx.env.market.access.pile_kw);
        let now = cx.out.now;
        let to = now + Span::from_hours(self.need_kwh() / power_kw.max(1e-9));
        let Some(day) = self.stay.as_ref().map(|s| s.plan.day) else { return };
        let (shift, crowding) = self.felt_hours(now, to, cx);
        self.bear(day, |c| {
            c.shift += shift;
            c.crowding += crowding;
        });
    }

    /// Shift and crowd of charging between two instants \[CNY\]; no crowd where none is published.
    fn felt_hours(&self, from: Time, to: Time, cx: &EvCx) -> (f32, f32) {
        let choice = &cx.segment(self).behaviour.choice;
        let middle = from + (to - from).share(0.5);
        let away_h =
            population::clock_distance_h(middle.hour_of_day(), self.person.preferred_time_h);
        let (first, last) =
            (cx.env.grid.at(from), cx.env.grid.at(to).max(cx.env.grid.at(from) + 1));
        let n = (last - first) as u32;
        let crowd = cx
            .board
            .filter(|board| board.window(first, n).is_some())
            .map_or(0.0, |board| board.mean_crowd(first, n) - self.person.tolerated_crowding);
        (
            (choice.shift_cny_per_h * away_h) as f32,
            (choice.crowding_cny_per_ev * crowd.max(0.0)) as f32,
        )
    }
}

impl Plan {
    /// A trip of this plan is not made.
    pub(super) fn forgo_trip(&mut self, value_cny: f64) {
        self.costs.trips += value_cny as f32;
    }
}
