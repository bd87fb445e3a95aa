//! What each zone owns besides piles.

use crate::defaults::PlantDefault;
use crate::lengths::{DAY_MIN, In, Keys};
use domain::{GasTurbine, PlantPolicy, PlantSpec, StationaryBattery};
use keys::{SHARE, Table};

/// The plant of each zone.
#[derive(Clone, Debug, PartialEq)]
pub struct PlantRules {
    /// Battery, turbine, dispatch.
    pub spec: PlantSpec,
    /// Installed PV (kW); the PV series is a share of it.
    pub pv_kw: f64,
    /// Installed wind power (kW); the wind series is a share of it.
    pub wind_kw: f64,
    /// A diesel set, if there is one.
    pub diesel: Option<Diesel>,
}

/// A diesel set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Diesel {
    /// Power, running cost, start cost, minimum times.
    pub unit: GasTurbine,
    /// Whether it runs at full power all day (P0's published cost is 200 kW for 24 h).
    pub must_run: bool,
}

const KW: std::ops::RangeInclusive<f64> = 0.0..=1e7;

pub(crate) fn plant(t: &mut Table<'_>, d: &PlantDefault, periods_per_day: u32) -> PlantRules {
    t.table("plant", "what each zone owns besides piles", |t| PlantRules {
        spec: dispatch(t, d.battery, d.turbine, periods_per_day),
        pv_kw: t.table("pv", "photovoltaics", |t| {
            t.number(
                "power_kw",
                d.pv_kw,
                KW,
                "kW",
                "installed power; the PV series is a share of it",
            )
        }),
        wind_kw: t.table("wind", "wind power", |t| {
            t.number(
                "power_kw",
                d.wind_kw,
                KW,
                "kW",
                "installed power; the wind series is a share of it",
            )
        }),
        diesel: t.table("diesel", "a diesel set", |t| diesel(t, false, periods_per_day)),
    })
}

fn dispatch(
    t: &mut Table<'_>,
    battery_by_default: bool,
    turbine_by_default: bool,
    periods_per_day: u32,
) -> PlantSpec {
    let d = PlantSpec::default();
    let policies = [
        ("dp", PlantPolicy::Dp, "rolling dynamic programme"),
        (
            "rule",
            PlantPolicy::Rule,
            "battery, then grid; the turbine is off unless an import limit binds",
        ),
    ];
    PlantSpec {
        policy: t.word("policy", d.policy, &policies, "how the plant is dispatched"),
        levels: t.count32(
            "levels",
            d.levels,
            2..=10_001,
            "levels",
            "levels of stored energy in the dynamic programme",
        ),
        horizon: Keys {
            key: "horizon_h",
            unit: In::Hours,
            old: "horizon",
            doc: "how far the dynamic programme looks ahead",
        }
        .periods(t, periods_per_day, 6.0, 240.0, 1..=960),
        terminal_cny_per_kwh: t.number(
            "terminal_cny_per_kwh",
            d.terminal_cny_per_kwh,
            0.0..=100.0,
            "CNY/kWh",
            "value of energy left in the battery at the horizon",
        ),
        renewable_cny_per_kwh: t.number(
            "renewable_cny_per_kwh",
            d.renewable_cny_per_kwh,
            0.0..=100.0,
            "CNY/kWh",
            "unit cost of wind and PV energy, a part of the real price",
        ),
        import_limit_kw: t.optional_number(
            "import_limit_kw",
            KW,
            "kW",
            "largest import, if limited",
        ),
        grid_kg_per_kwh: t.number(
            "grid_kg_per_kwh",
            d.grid_kg_per_kwh,
            0.0..=10.0,
            "kg/kWh",
            "CO2 of grid energy",
        ),
        battery: t.table(
            "battery",
            "stationary battery; same charge at each midnight as at the start",
            |t| battery(t, battery_by_default),
        ),
        turbine: t
            .table("turbine", "gas turbine", |t| turbine(t, turbine_by_default, periods_per_day)),
    }
}

fn battery(t: &mut Table<'_>, by_default: bool) -> Option<StationaryBattery> {
    let d = StationaryBattery::default();
    let enabled = t.flag("enabled", by_default, "whether there is one");
    let capacity_kwh =
        t.number("capacity_kwh", d.capacity_kwh, 0.1..=1e9, "kWh", "usable capacity");
    let battery = StationaryBattery {
        power_kw: t.number("power_kw", d.power_kw, KW, "kW", "largest power in either direction"),
        capacity_kwh,
        start_kwh: t.number(
            "start_kwh",
            d.start_kwh.min(0.5 * capacity_kwh),
            0.0..=1e9,
            "kWh",
            "energy at the start and at each midnight",
        ),
        efficiency: t.number(
            "efficiency",
            d.efficiency,
            0.1..=1.0,
            "1",
            "energy kept per energy moved, each way",
        ),
        wear_cny_per_kwh: t.number(
            "wear_cny_per_kwh",
            d.wear_cny_per_kwh,
            0.0..=100.0,
            "CNY/kWh",
            "wear cost per energy moved, each way",
        ),
    };
    if battery.start_kwh > battery.capacity_kwh {
        let message = format!(
            "`plant.battery.start_kwh` = {} is more than `capacity_kwh` = {}",
            battery.start_kwh, battery.capacity_kwh
        );
        t.refuse("start_kwh", message, "a battery holds at most its capacity");
    }
    enabled.then_some(battery)
}

fn turbine(t: &mut Table<'_>, by_default: bool, periods_per_day: u32) -> Option<GasTurbine> {
    let enabled = t.flag("enabled", by_default, "whether there is one");
    let unit = fuelled(t, &GasTurbine::default(), 60.0, periods_per_day);
    enabled.then_some(unit)
}

fn diesel(t: &mut Table<'_>, by_default: bool, periods_per_day: u32) -> Option<Diesel> {
    let d = GasTurbine {
        power_kw: 200.0,
        min_kw: 0.0,
        cost_cny_per_kwh: 0.685125,
        start_cny: 0.0,
        min_on: 1,
        min_off: 1,
        emissions_kg_per_kwh: 0.49,
    };
    let enabled = t.flag("enabled", by_default, "whether there is one");
    let must_run = t.flag("must_run", true, "whether it runs at full power all day");
    let unit = fuelled(t, &d, 15.0, periods_per_day);
    enabled.then_some(Diesel { unit, must_run })
}

/// A unit that burns fuel; `least_min` is how long it runs and rests at least by default \[min\].
fn fuelled(t: &mut Table<'_>, d: &GasTurbine, least_min: f64, periods_per_day: u32) -> GasTurbine {
    let unit = GasTurbine {
        power_kw: t.number("power_kw", d.power_kw, KW, "kW", "largest power"),
        min_kw: t.number("min_kw", d.min_kw, KW, "kW", "smallest power while running"),
        cost_cny_per_kwh: t.number(
            "cost_cny_per_kwh",
            d.cost_cny_per_kwh,
            0.0..=100.0,
            "CNY/kWh",
            "running cost",
        ),
        start_cny: t.number("start_cny", d.start_cny, 0.0..=1e6, "CNY", "cost of a start"),
        min_on: Keys {
            key: "min_on_min",
            unit: In::Minutes,
            old: "min_on",
            doc: "how long it runs at least",
        }
        .periods(t, periods_per_day, least_min, DAY_MIN, 0..=96),
        min_off: Keys {
            key: "min_off_min",
            unit: In::Minutes,
            old: "min_off",
            doc: "how long it rests at least",
        }
        .periods(t, periods_per_day, least_min, DAY_MIN, 0..=96),
        emissions_kg_per_kwh: t.number(
            "emissions_kg_per_kwh",
            d.emissions_kg_per_kwh,
            0.0..=10.0,
            "kg/kWh",
            "CO2 of its energy",
        ),
    };
    if unit.min_kw > unit.power_kw {
        let message = format!(
            "`{}.min_kw` = {} is more than `power_kw` = {}",
            t.path(),
            unit.min_kw,
            unit.power_kw
        );
        t.refuse("min_kw", message, "the smallest power must not exceed the largest");
    }
    unit
}

/// A share between 0 and 1 that several tables use.
pub(crate) fn share(t: &mut Table<'_>, key: &str, default: f64, doc: &str) -> f64 {
    t.number(key, default, SHARE, "1", doc)
}
