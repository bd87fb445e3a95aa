//! What the planner knows of a day, besides the stays.

use crate::{Filling, GroupError, Loads, Prices, Schedule, load_variance};

/// Forecasts of a day. Curves hold one value a period, area after area.
#[derive(Clone, Copy, Debug)]
pub struct DayView<'a> {
    /// Net load of each area without any EV \[kW\].
    pub base_kw: &'a [f64],
    /// Charging of the EVs that follow no set points \[kW\].
    pub others_kw: &'a [f64],
    /// Price of every area and period.
    pub prices: &'a Prices,
    /// Highest exchange of each area with the distribution network \[kW\] (P4 eq. 17).
    pub exchange_kw_max: &'a [f64],
}

impl DayView<'_> {
    /// Net load of each area with the charging of the others \[kW\].
    pub fn without_participants_kw(&self) -> Vec<f64> {
        self.base_kw.iter().zip(self.others_kw).map(|(base, others)| base + others).collect()
    }

    /// Charging of all EVs by area and period \[kW\].
    pub fn charging_kw(&self, schedule: &Schedule) -> Vec<f64> {
        self.others_kw
            .iter()
            .zip(&schedule.placed_kw)
            .map(|(others, placed)| others + placed)
            .collect()
    }

    /// Net load of each area with all EVs \[kW\].
    pub fn net_load_kw(&self, schedule: &Schedule) -> Vec<f64> {
        self.base_kw
            .iter()
            .zip(self.charging_kw(schedule))
            .map(|(base, charging)| base + charging)
            .collect()
    }

    /// Both objectives of a schedule: f1 \[kW^2 h\] (P4 eq. 11) and f2 \[CNY\] (eq. 13). The cost
    /// is that of all EVs, since everybody pays the price that the schedule makes.
    pub fn objectives(&self, loads: &Loads, schedule: &Schedule) -> [f64; 2] {
        let horizon = loads.horizon();
        let variance =
            load_variance(&self.net_load_kw(schedule), horizon.periods, horizon.period_h);
        [
            variance,
            self.prices.cost_by_area(&self.charging_kw(schedule), horizon.period_h).iter().sum(),
        ]
    }

    /// Highest exchange above the limit of any area and period \[kW\]; 0 where eq. 17 holds. Power
    /// given back is not counted: it is curtailed ([`crate::Microgrid::balance`]).
    pub fn exchange_violation_kw(&self, loads: &Loads, schedule: &Schedule) -> f64 {
        let periods = loads.horizon().periods;
        let net_kw = self.net_load_kw(schedule);
        net_kw
            .iter()
            .enumerate()
            .map(|(place, net)| net - self.exchange_kw_max[place / periods])
            .fold(0.0, f64::max)
    }

    /// The placement problem of these forecasts with weights for f1 and f2.
    pub(super) fn filling<'b>(
        &'b self,
        loads: &'b Loads,
        base_kw: &'b [f64],
        virtual_kw: &'b [f64],
        weights: [f64; 2],
    ) -> Filling<'b> {
        Filling {
            loads,
            base_kw,
            others_kw: self.others_kw,
            virtual_kw,
            prices: self.prices,
            exchange_kw_max: self.exchange_kw_max,
            square_weight: weights[0],
            price_weight: weights[1],
        }
    }

    /// Refuses curves that do not fit each other.
    pub(super) fn check(&self, loads: &Loads) -> Result<(), GroupError> {
        crate::error::check_curve(
            "base_kw",
            self.base_kw,
            loads.areas() * loads.horizon().periods,
        )?;
        crate::error::check_curve("others_kw", self.others_kw, self.base_kw.len())
    }
}
