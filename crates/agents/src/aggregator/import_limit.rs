//! Charging yields to the import limit of the zone's connection: vehicles whose owners sell give
//! energy, then charging that has time waits, then all charging is lowered in proportion.

use super::schedule::Scratch;
use super::{Aggregator, Cx};
use crate::message::SessionRef;
use schedule::stores::rule;

impl Aggregator {
    /// Lowers the set points of the period that begins by so much in all \[kW\], as far as there is
    /// charging to lower or energy to give.
    pub fn yield_to_limit(&mut self, above_kw: f64, scratch: &Scratch, cx: &Cx) {
        let h = cx.env.grid.hours().value();
        let booked = || scratch.plugged(h);
        let giving: Vec<_> = booked()
            .filter(|(_, bounds)| bounds.low_kw < 0.0)
            .map(|(key, bounds)| (key, bounds.low_kw))
            .collect();
        let waiting: Vec<_> = booked().map(|(key, bounds)| (key, bounds.low_kw.max(0.0))).collect();
        let all: Vec<_> =
            self.piles.iter().filter_map(|pile| pile.occupant).map(|key| (key, 0.0)).collect();
        let mut left_kw = above_kw;
        for floors in [giving, waiting, all] {
            left_kw -= self.lower(&floors, left_kw);
        }
    }

    /// Lowers set points in proportion to what lies above their floors \[kW\]; by how much in all.
    fn lower(&mut self, floors: &[(SessionRef, f64)], wanted_kw: f64) -> f64 {
        let room = |a: &Self, (key, floor_kw): &(SessionRef, f64)| {
            a.sessions.get(*key).map_or(0.0, |s| (s.power_kw - floor_kw).max(0.0))
        };
        let sum: f64 = floors.iter().map(|floor| room(self, floor)).sum();
        let lowered = wanted_kw.min(sum);
        if lowered <= 0.0 {
            return 0.0;
        }
        for floor in floors {
            let cut = room(self, floor) * lowered / sum;
            if let Some(s) = self.sessions.get_mut(floor.0) {
                s.power_kw -= cut;
            }
        }
        lowered
    }
}

impl Scratch {
    /// The booked chargers that were scheduled, with the bounds of their set points.
    fn plugged(&self, h: f64) -> impl Iterator<Item = (SessionRef, rule::Bounds)> + '_ {
        self.keys.iter().zip(&self.stores).enumerate().map(move |(i, (&key, store))| {
            let gives = store.discharge_kw_max > 0.0
                && store.discharge.contains(0)
                && self.permits[i * self.horizon];
            (key, rule::bounds(store, gives, h))
        })
    }
}
