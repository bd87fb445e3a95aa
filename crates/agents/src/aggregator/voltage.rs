//! What an undervoltage does to charging: a linear reduction between two voltages (our reading of
//! what chargers do; constant power by default). Discharging is left alone.

use super::{Aggregator, Cx};

impl Aggregator {
    /// Lowers the set points of vehicles that charge with more than the voltage leaves them, from
    /// this instant on.
    pub fn keep_to_voltage(&mut self, cx: &Cx) {
        let share = cx.env.voltage_share(cx.env.grid.at(cx.out.now));
        if share >= 1.0 {
            return;
        }
        for pile in 0..self.piles.len() {
            let Some(key) = self.piles[pile].occupant else { continue };
            let Some(s) = self.sessions.get(key) else { continue };
            let limit = s.declared.vehicle.charge_kw.min(cx.env.market.access.pile_kw) * share;
            if s.power_kw <= limit {
                continue;
            }
            self.count(key, cx.out.now, cx);
            if let Some(s) = self.sessions.get_mut(key) {
                s.power_kw = limit;
            }
        }
    }
}
