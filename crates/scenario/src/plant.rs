//! What each zone owns besides piles.

use crate::defaults::PlantDefault;
use crate::lengths::{DAY_MIN, In, Keys};
use crate::model::ModelKind;
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
}

const KW: std::ops::RangeInclusive<f64> = 0.0..=1e7;

/// `[plant]`, with the keys that have a meaning in this kind of system.
pub(crate) fn plant(
    t: &mut Table<'_>,
    d: &PlantDefault,
    kind: ModelKind,
    periods_per_day: u32,
) -> PlantRules {
    t.table("plant", "what each zone owns besides piles", |t| {
        refuse_foreign(t, kind);
        PlantRules {
            spec: dispatch(t, d, kind, periods_per_day),
            pv_kw: installed(t, kind, ["pv", "photovoltaics", "PV"], d.pv_kw),
            wind_kw: installed(t, kind, ["wind", "wind power", "wind"], d.wind_kw),
        }
    })
}

/// Plant that stands elsewhere in this kind of system, or nowhere.
fn refuse_foreign(t: &mut Table<'_>, kind: ModelKind) {
    let sets = "a second unit is [plant.turbine]; the sets of a feeder are [[feeder.diesel]]";
    t.reject("diesel", "the plant of a zone has no diesel set", sets);
    let at_buses = "in a feeder plant stands at buses";
    let in_microgrids = "in a group PV and wind are series of each microgrid";
    match kind {
        ModelKind::Park => {}
        ModelKind::Feeder => {
            t.reject("pv", at_buses, "see [[feeder.pv]]");
            t.reject("wind", at_buses, "see [[feeder.wind]]");
            t.reject("battery", at_buses, "a feeder has no stationary battery");
            t.reject("turbine", at_buses, "see [[feeder.diesel]]");
            t.reject("import_limit_kw", at_buses, "see `feeder.import_limit_kw`");
        }
        ModelKind::Group => {
            t.reject("pv", in_microgrids, "see `microgrid.pv_kw` and [microgrid.pv]");
            t.reject("wind", in_microgrids, "see `microgrid.wind_kw` and [microgrid.wind]");
        }
    }
}

/// Installed power of a park's PV or wind \[kW\]; `words` are key, meaning, and the series' name.
fn installed(t: &mut Table<'_>, kind: ModelKind, words: [&str; 3], default: f64) -> f64 {
    if kind != ModelKind::Park {
        return default;
    }
    let [key, about, series] = words;
    let doc = format!("installed power; the {series} series is a share of it");
    t.table(key, about, |t| t.number("power_kw", default, KW, "kW", &doc))
}

fn dispatch(
    t: &mut Table<'_>,
    default: &PlantDefault,
    kind: ModelKind,
    periods_per_day: u32,
) -> PlantSpec {
    let own = kind != ModelKind::Feeder;
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
            "least number of levels of stored energy in the dynamic programme; a period of full charging covers two at least",
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
        import_limit_kw: if own {
            t.optional_number(
                "import_limit_kw",
                KW,
                "kW",
                "largest import, if limited: battery, turbine, vehicles whose owners sell, charging and then load yield to it",
            )
        } else {
            None
        },
        grid_kg_per_kwh: t.number(
            "grid_kg_per_kwh",
            d.grid_kg_per_kwh,
            0.0..=10.0,
            "kg/kWh",
            "CO2 of grid energy",
        ),
        battery: own
            .then(|| {
                let doc = "stationary battery; same charge at each midnight as at the start";
                t.table("battery", doc, |t| battery(t, default.battery))
            })
            .flatten(),
        turbine: own
            .then(|| {
                t.table("turbine", "gas turbine", |t| turbine(t, default.turbine, periods_per_day))
            })
            .flatten(),
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
