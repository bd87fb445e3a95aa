//! Dispatch instances that were solved with another formulation and another solver
//! (`tests/golden/grid/make_dispatch.py`).

use domain::{BusId, Kvar, Kw, ZoneId};
use grid::{
    CapacitorBank, CarbonBasis, CarbonRule, DaySoFar, Diesel, DieselMode, DispatchGrid,
    DispatchPrices, DispatchProblem, EvFlexibility, Feeder, PurchaseRule, Renewable, RenewableKind,
    Store, V2g, ZoneShares,
};
use serde_json::Value;

/// One solved instance.
pub struct Reference {
    json: Value,
}

impl Reference {
    /// `evening`, `surplus` or `tou`.
    pub fn named(name: &str) -> Self {
        let text = match name {
            "evening" => include_str!("../../../../tests/golden/grid/dispatch_evening.json"),
            "surplus" => include_str!("../../../../tests/golden/grid/dispatch_surplus.json"),
            _ => include_str!("../../../../tests/golden/grid/dispatch_tou.json"),
        };
        Self { json: serde_json::from_str(text).expect("the golden file is JSON") }
    }

    /// The other solver's figure.
    pub fn result(&self, key: &str) -> f64 {
        number(&self.json["result"][key])
    }

    /// The other solver's import in each period [kW].
    pub fn import_kw(&self) -> Vec<f64> {
        numbers(&self.json["result"]["import_kw"])
    }

    /// The instance as a problem, and the capacitor steps that it fixes.
    pub fn problem<'a>(&self, feeder: &'a Feeder) -> (DispatchProblem<'a>, Vec<Vec<u32>>) {
        let json = &self.json;
        let grid = DispatchGrid {
            periods: number(&json["periods"]) as usize,
            period_h: number(&json["period_h"]),
        };
        let load = |nominal: &[f64]| {
            numbers(&json["load_factor"])
                .iter()
                .flat_map(|k| nominal.iter().map(move |n| n * k))
                .collect()
        };
        let banks = list(&json["capacitors"]);
        let steps = banks
            .iter()
            .map(|b| numbers(&b["steps"]).iter().map(|&k| k as u32).collect())
            .collect();
        let problem = DispatchProblem {
            feeder,
            grid,
            load_kw: load(&feeder.nominal_p_kw()),
            load_kvar: load(&feeder.nominal_q_kvar()),
            renewables: list(&json["renewables"]).iter().map(renewable).collect(),
            diesels: vec![diesel(&json["diesel"])],
            evs: EvFlexibility {
                step_periods: 1,
                zones: list(&json["zones"]).iter().map(zone).collect(),
                stores: list(&json["stores"]).iter().map(store).collect(),
            },
            capacitors: banks.iter().map(bank).collect(),
            node_limits: Vec::new(),
            import_limit: None,
            tou_cny_per_kwh: numbers(&json["tou"]),
            prices: DispatchPrices {
                purchase: if json["purchase"] == "tou" {
                    PurchaseRule::Tou
                } else {
                    PurchaseRule::Capacity
                },
                ..DispatchPrices::default()
            },
            carbon: CarbonRule {
                basis: if json["carbon_basis"] == "day" {
                    CarbonBasis::Day
                } else {
                    CarbonBasis::Period
                },
                ..CarbonRule::default()
            },
            so_far: DaySoFar::default(),
        };
        (problem, steps)
    }
}

fn number(json: &Value) -> f64 {
    json.as_f64().expect("a number")
}

fn list(json: &Value) -> &Vec<Value> {
    json.as_array().expect("a list")
}

fn numbers(json: &Value) -> Vec<f64> {
    list(json).iter().map(number).collect()
}

fn bus(json: &Value) -> BusId {
    BusId(number(json) as u32)
}

fn renewable(json: &Value) -> Renewable {
    let kind = if json["kind"] == "pv" { RenewableKind::Pv } else { RenewableKind::Wind };
    Renewable { bus: bus(&json["bus"]), kind, available_kw: numbers(&json["available_kw"]) }
}

fn diesel(json: &Value) -> Diesel {
    let mode = if json["mode"] == "free" { DieselMode::Free } else { DieselMode::MustRun };
    Diesel {
        bus: bus(&json["bus"]),
        power: Kw(number(&json["power_kw"])),
        cost_cny_per_kwh: number(&json["cost"]),
        mode,
    }
}

fn bank(json: &Value) -> CapacitorBank {
    CapacitorBank { bus: bus(&json["bus"]), step: Kvar(number(&json["step_kvar"])), steps: 7 }
}

fn zone(json: &Value) -> ZoneShares {
    let shares =
        list(&json["shares"]).iter().map(|pair| (bus(&pair[0]), number(&pair[1]))).collect();
    ZoneShares { zone: ZoneId(number(&json["zone"]) as u16), shares }
}

fn store(json: &Value) -> Store {
    Store {
        split: list(&json["split"])
            .iter()
            .map(|pair| (ZoneId(number(&pair[0]) as u16), number(&pair[1])))
            .collect(),
        first: number(&json["first"]) as usize,
        power_kw: numbers(&json["power_kw"]),
        v2g: if json["v2g"] == true { V2g::Accepted } else { V2g::Declined },
        start_kwh: number(&json["start_kwh"]),
        target_kwh: number(&json["target_kwh"]),
        floor_kwh: number(&json["floor_kwh"]),
        capacity_kwh: number(&json["capacity_kwh"]),
        bounds_kwh: Vec::new(),
        stays: 1,
    }
}
