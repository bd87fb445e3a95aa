//! The network, and what stands at its buses.

use super::network::{Network, network};
use super::{DsoRules, FeederRules, HomeRule, RenewablePlant};
use domain::{BusId, Kvar, Kw};
use grid::{
    CapacitorBank, CarbonRule, ClusterParams, Diesel, DieselMode, DispatchPrices, Feeder,
    InterZoneParams, NodeLimit, PartitionParams, RenewableKind, published,
};
use keys::{ABOVE_ZERO, Code, Table};
use market::clearing::TradeRules;
use market::elastic::ElasticRules;
use std::path::Path;

const KW: std::ops::RangeInclusive<f64> = 0.0..=1e7;

/// `[feeder]`: everything but the tables beside it, which have their defaults.
pub(super) fn network_and_plant(t: &mut Table<'_>, folder: &Path) -> FeederRules {
    let network = network(t);
    let feeder = load(t, &network, folder);
    let feeder = feeder.as_ref();
    let published = Published::beside(&network);
    let load_level = t.number(
        "load_level",
        published.load_level,
        0.0..=100.0,
        "1",
        "base load relative to the network's nominal load",
    );
    let homes = [
        ("by_load", HomeRule::ByLoad, "in proportion to nominal load"),
        ("even", HomeRule::Even, "the same number at each bus with load"),
    ];
    let homes = t.word("homes", HomeRule::ByLoad, &homes, "at which buses EVs live");
    let import_limit = t
        .optional_number(
            "import_limit_kw",
            KW,
            "kW",
            "most import, if limited; there is never any export",
        )
        .map(Kw);
    let mut renewables =
        renewables(t, feeder, "pv", RenewableKind::Pv, &published.pv_kw, "a PV plant");
    renewables.extend(self::renewables(
        t,
        feeder,
        "wind",
        RenewableKind::Wind,
        &published.wind_kw,
        "a wind turbine",
    ));
    FeederRules {
        load_level,
        renewables,
        diesels: t
            .tables_or("diesel", &published.diesels, "a diesel set", |t, d| diesel(t, feeder, d)),
        capacitors: t.tables_or(
            "capacitor",
            &published.capacitors,
            "switched capacitors (ours: none are published)",
            |t, d| capacitor(t, feeder, d),
        ),
        node_limits: t.tables("node_limit", "bounds on the net consumption of a bus", |t| {
            node_limit(t, feeder)
        }),
        import_limit,
        homes,
        network,
        partition: PartitionParams::default(),
        prices: DispatchPrices::default(),
        dso: DsoRules::default(),
        clusters: ClusterParams::default(),
        interzone: InterZoneParams::default(),
        carbon: CarbonRule::default(),
        elasticity: ElasticRules::default(),
        trades: TradeRules::default(),
        gates_min: 15,
    }
}

/// What stands at the published feeder where a scenario says nothing. A network of the user's own
/// brings no plant of a paper.
struct Published {
    load_level: f64,
    pv_kw: Vec<(u32, f64)>,
    wind_kw: Vec<(u32, f64)>,
    diesels: Vec<Diesel>,
    capacitors: Vec<CapacitorBank>,
}

impl Published {
    fn beside(network: &Network) -> Self {
        match network {
            Network::Ieee33 => Self {
                load_level: published::LOAD_LEVEL,
                pv_kw: published::PV_KW.to_vec(),
                wind_kw: vec![published::WIND_KW],
                diesels: vec![published::diesel()],
                capacitors: published::capacitors(),
            },
            Network::Tables { .. } | Network::File { .. } => Self {
                load_level: 1.0,
                pv_kw: Vec::new(),
                wind_kw: Vec::new(),
                diesels: Vec::new(),
                capacitors: Vec::new(),
            },
        }
    }
}

/// The network with which the plant's buses are found; none after a report.
fn load(t: &Table<'_>, network: &Network, folder: &Path) -> Option<Feeder> {
    if t.is_describing() {
        return None;
    }
    let found = network.load(folder).map_err(|problems| {
        let help = "correct the network's files; paths are relative to the scenario's folder";
        for problem in problems {
            t.refuse_as(Code::BadData, network.key(), problem, help);
        }
    });
    found.ok().map(|read| read.feeder)
}

/// A bus by name or number.
fn bus(t: &mut Table<'_>, feeder: Option<&Feeder>, default: Option<BusId>) -> BusId {
    let shown = default.map(|b| b.to_string());
    let doc = "where: a bus of the network, by name or number";
    let Some(text) = t.label("bus", shown.as_deref(), true, doc) else { return BusId(0) };
    let Some(feeder) = feeder else { return BusId(0) };
    feeder.find(&text).unwrap_or_else(|| {
        let help = format!("the network has {} buses", feeder.buses().len());
        t.refuse("bus", format!("bus {text} is not a bus of the network"), help);
        BusId(0)
    })
}

fn renewables(
    t: &mut Table<'_>,
    feeder: Option<&Feeder>,
    key: &str,
    kind: RenewableKind,
    default: &[(u32, f64)],
    doc: &str,
) -> Vec<RenewablePlant> {
    t.tables_or(key, default, doc, |t, d| RenewablePlant {
        bus: bus(t, feeder, d.map(|d| BusId(d.0))),
        kind,
        power_kw: t.number_or_required(
            "power_kw",
            d.map(|d| d.1),
            KW,
            "kW",
            "installed power; the series is a share of it",
        ),
    })
}

fn diesel(t: &mut Table<'_>, feeder: Option<&Feeder>, d: Option<&Diesel>) -> Diesel {
    let known = published::diesel();
    Diesel {
        bus: bus(t, feeder, d.map(|d| d.bus)),
        power: Kw(t.number_or_required(
            "power_kw",
            d.map(|d| d.power.value()),
            KW,
            "kW",
            "full power",
        )),
        cost_cny_per_kwh: t.number(
            "cost_cny_per_kwh",
            d.map_or(known.cost_cny_per_kwh, |d| d.cost_cny_per_kwh),
            0.0..=100.0,
            "CNY/kWh",
            "fuel cost",
        ),
        mode: if t.flag(
            "must_run",
            d.is_none_or(|d| d.mode == DieselMode::MustRun),
            "whether it runs at full power all day",
        ) {
            DieselMode::MustRun
        } else {
            DieselMode::Free
        },
    }
}

fn capacitor(
    t: &mut Table<'_>,
    feeder: Option<&Feeder>,
    d: Option<&CapacitorBank>,
) -> CapacitorBank {
    CapacitorBank {
        bus: bus(t, feeder, d.map(|d| d.bus)),
        step: Kvar(t.number(
            "step_kvar",
            d.map_or(150.0, |d| d.step.value()),
            ABOVE_ZERO,
            "kvar",
            "reactive power of a step",
        )),
        steps: t.count32("steps", d.map_or(1, |d| d.steps), 0..=1000, "steps", "number of steps"),
    }
}

fn node_limit(t: &mut Table<'_>, feeder: Option<&Feeder>) -> NodeLimit {
    let bus = bus(t, feeder, None);
    let pair = |t: &mut Table<'_>, key: &str, unit: &'static str, doc: &str| {
        let bounds = t.optional_numbers(key, 2..=2, -1e7..=1e7, unit, doc)?;
        if bounds[0] > bounds[1] {
            t.refuse(
                key,
                format!("`{key}` = [{}, {}] falls", bounds[0], bounds[1]),
                "the lower bound comes first",
            );
        }
        Some((bounds[0], bounds[1]))
    };
    NodeLimit {
        bus,
        active: pair(
            t,
            "active_kw",
            "kW",
            "least and most active net consumption, feed-in negative",
        )
        .map(|(a, b)| (Kw(a), Kw(b))),
        reactive: pair(t, "reactive_kvar", "kvar", "least and most reactive net consumption")
            .map(|(a, b)| (Kvar(a), Kvar(b))),
    }
}
