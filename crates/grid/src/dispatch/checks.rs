//! What can be checked of a dispatch problem before anything is solved.

use crate::dispatch::error::DispatchError;
use crate::dispatch::problem::DispatchProblem;
use crate::dispatch::store::{Store, V2g};
use domain::{BusId, Kwh};

impl DispatchProblem<'_> {
    /// Checks everything that can be checked before solving.
    pub(crate) fn check(&self) -> Result<(), DispatchError> {
        let (buses, periods) = (self.feeder.buses().len(), self.grid.periods);
        expect_length("load_kw", self.load_kw.len(), buses * periods)?;
        expect_length("load_kvar", self.load_kvar.len(), buses * periods)?;
        expect_length("tou_cny_per_kwh", self.tou_cny_per_kwh.len(), periods)?;
        self.check_prices()?;
        self.check_plant()?;
        self.check_flexibility()
    }

    fn check_prices(&self) -> Result<(), DispatchError> {
        let p = &self.prices;
        let positive = [
            ("period_h", self.grid.period_h),
            ("power_factor", p.power_factor),
            ("days_per_month", p.days_per_month),
        ];
        let not_negative = [
            ("demand_cny_per_kva_month", p.demand_cny_per_kva_month),
            ("curtailment_cny_per_kwh", p.curtailment_cny_per_kwh),
            ("wear_cny_per_kwh", p.wear_cny_per_kwh),
            ("loss_cny_per_kwh", p.loss_cny_per_kwh),
            ("voltage_cny_per_pu2_h", p.voltage_cny_per_pu2_h),
            ("carbon price_cny_per_kg", self.carbon.price_cny_per_kg),
            ("carbon growth", self.carbon.growth),
            ("carbon step_kg_per_h", self.carbon.step_kg_per_h),
        ];
        let bad = |quantity, value, rule| {
            Err(DispatchError::BadValue { what: "dispatch", index: 0, quantity, value, rule })
        };
        if let Some(&(quantity, value)) =
            positive.iter().find(|(_, v)| !(v.is_finite() && *v > 0.0))
        {
            return bad(quantity, value, "above zero");
        }
        if let Some(&(quantity, value)) =
            not_negative.iter().find(|(_, v)| !(v.is_finite() && *v >= 0.0))
        {
            return bad(quantity, value, "not negative");
        }
        if !(p.ev_efficiency > 0.0 && p.ev_efficiency <= 1.0) {
            return bad("ev_efficiency", p.ev_efficiency, "above 0, at most 1");
        }
        if !(p.vmin_pu > 0.0 && p.vmin_pu < p.vmax_pu) {
            return bad("vmin_pu", p.vmin_pu, "above zero and below vmax_pu");
        }
        if self.carbon.income_cny_per_kg > self.carbon.price_cny_per_kg {
            return bad(
                "carbon income_cny_per_kg",
                self.carbon.income_cny_per_kg,
                "at most the price, or selling pays for buying",
            );
        }
        Ok(())
    }

    fn check_plant(&self) -> Result<(), DispatchError> {
        for (index, source) in self.renewables.iter().enumerate() {
            self.position("renewable", index, source.bus)?;
            expect_length("available_kw", source.available_kw.len(), self.grid.periods)?;
            not_negative("renewable", index, "available_kw", source.available_kw.iter().copied())?;
        }
        for (index, set) in self.diesels.iter().enumerate() {
            self.position("diesel", index, set.bus)?;
            not_negative("diesel", index, "power", [set.power.value()])?;
        }
        for (index, bank) in self.capacitors.iter().enumerate() {
            self.position("capacitor", index, bank.bus)?;
            not_negative("capacitor", index, "step", [bank.step.value()])?;
        }
        for (index, limit) in self.node_limits.iter().enumerate() {
            self.position("node limit", index, limit.bus)?;
        }
        Ok(())
    }

    fn check_flexibility(&self) -> Result<(), DispatchError> {
        if self.evs.step_periods == 0 {
            let (what, quantity, rule) = ("EVs", "step_periods", "at least 1");
            return Err(DispatchError::BadValue { what, index: 0, quantity, value: 0.0, rule });
        }
        for (index, zone) in self.evs.zones.iter().enumerate() {
            for &(bus, _) in &zone.shares {
                self.position("zone", index, bus)?;
            }
            let whole: f64 = zone.shares.iter().map(|s| s.1).sum();
            if (whole - 1.0).abs() > 1e-9 {
                let (what, quantity, rule) = ("zone", "sum of shares", "1");
                return Err(DispatchError::BadValue { what, index, quantity, value: whole, rule });
            }
        }
        self.evs
            .stores
            .iter()
            .enumerate()
            .try_for_each(|(index, store)| self.check_store(index, store))
    }

    fn check_store(&self, index: usize, store: &Store) -> Result<(), DispatchError> {
        let bad = |quantity, value, rule| {
            Err(DispatchError::BadValue { what: "store", index, quantity, value, rule })
        };
        not_negative("store", index, "power_kw", store.power_kw.iter().copied())?;
        if let Some(&(zone, _)) =
            store.split.iter().find(|(zone, _)| self.zone_index(*zone).is_none())
        {
            return Err(DispatchError::UnknownZone { store: index, zone });
        }
        let whole: f64 = store.split.iter().map(|s| s.1).sum();
        if (whole - 1.0).abs() > 1e-9 {
            return bad("sum of split", whole, "1");
        }
        let steps = self.grid.steps(self.evs.step_periods);
        if store.first >= steps {
            return bad("first", store.first as f64, "a step of the horizon");
        }
        if store.power_kw.is_empty() || store.power_kw.len() > steps {
            return bad("window", store.power_kw.len() as f64, "between one step and the horizon");
        }
        let needed = store.target_kwh - store.start_kwh;
        if store.v2g == V2g::Declined && needed < -1e-9 {
            return bad("target_kwh", store.target_kwh, "at least start_kwh without V2G");
        }
        let energy = store
            .power_kw
            .iter()
            .zip(store.step_hours(self.grid, self.evs.step_periods))
            .map(|(power, hours)| power * hours);
        let possible = energy.sum::<f64>() * self.prices.ev_efficiency;
        if needed > possible + 1e-6 {
            let (needed, possible) = (Kwh(needed), Kwh(possible));
            return Err(DispatchError::UnreachableTarget {
                store: index,
                needed,
                possible,
                first: store.first,
            });
        }
        if store.v2g == V2g::Accepted {
            for (quantity, value) in
                [("start_kwh", store.start_kwh), ("target_kwh", store.target_kwh)]
            {
                if value < store.floor_kwh - 1e-9 || value > store.capacity_kwh + 1e-9 {
                    return bad(quantity, value, "between floor_kwh and capacity_kwh");
                }
            }
        }
        Ok(())
    }

    fn position(
        &self,
        what: &'static str,
        index: usize,
        bus: BusId,
    ) -> Result<usize, DispatchError> {
        self.feeder.position(bus).ok_or(DispatchError::UnknownBus { what, index, bus })
    }
}

pub(crate) fn expect_length(
    quantity: &'static str,
    found: usize,
    expected: usize,
) -> Result<(), DispatchError> {
    if found == expected {
        Ok(())
    } else {
        Err(DispatchError::Length { quantity, found, expected })
    }
}

fn not_negative(
    what: &'static str,
    index: usize,
    quantity: &'static str,
    values: impl IntoIterator<Item = f64>,
) -> Result<(), DispatchError> {
    match values.into_iter().find(|v| !(v.is_finite() && *v >= 0.0)) {
        Some(value) => Err(DispatchError::BadValue {
            what,
            index,
            quantity,
            value,
            rule: "finite and not negative",
        }),
        None => Ok(()),
    }
}
