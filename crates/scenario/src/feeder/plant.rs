//! The network, and what stands at its buses.

use super::{DsoRules, FeederRules, HomeRule, Network, RenewablePlant};
use domain::{BusId, Kvar, Kw};
use grid::{
    CapacitorBank, CarbonRule, ClusterParams, Diesel, DieselMode, DispatchPrices, InterZoneParams,
    NodeLimit, PartitionParams, RenewableKind, published,
};
use keys::{ABOVE_ZERO, Code, Table};
use market::clearing::TradeRules;
use market::elastic::ElasticRules;
use std::path::Path;

const KW: std::ops::RangeInclusive<f64> = 0.0..=1e7;

/// `[feeder]`: everything but the tables beside it, which have their defaults.
pub(super) fn network_and_plant(t: &mut Table<'_>, folder: &Path) -> FeederRules {
    let network = network(t);
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
    let mut renewables = renewables(t, "pv", RenewableKind::Pv, &published.pv_kw, "a PV plant");
    renewables.extend(self::renewables(
        t,
        "wind",
        RenewableKind::Wind,
        &published.wind_kw,
        "a wind turbine",
    ));
    let rules = FeederRules {
        load_level,
        renewables,
        diesels: t.tables_or("diesel", &published.diesels, "a diesel set", diesel),
        capacitors: t.tables_or(
            "capacitor",
            &published.capacitors,
            "switched capacitors (ours: none are published)",
            capacitor,
        ),
        node_limits: t.tables("node_limit", "bounds on the net consumption of a bus", node_limit),
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
    };
    if !t.is_describing() {
        check_network(t, &rules, folder);
    }
    rules
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
            Network::Csv { .. } => Self {
                load_level: 1.0,
                pv_kw: Vec::new(),
                wind_kw: Vec::new(),
                diesels: Vec::new(),
                capacitors: Vec::new(),
            },
        }
    }
}

fn network(t: &mut Table<'_>) -> Network {
    let chosen = t.one_of(&["buses", "network"], "network");
    let describing = t.is_describing();
    if chosen == "buses" || describing {
        let buses = t
            .required_text("buses", "a file of buses: bus, p_kw, q_kvar, base_kv, vmin_pu, vmax_pu")
            .unwrap_or_default();
        let (branches, slack) = t.beside("buses", |t| {
            let branches = t
                .required_text(
                    "branches",
                    "a file of branches: branch, from, to, r_ohm, x_ohm, rating_a, status",
                )
                .unwrap_or_default();
            let doc = "the bus at the substation; by default that of the lowest number";
            let slack = t.optional_count("slack", 0..=u64::from(u32::MAX), "bus", doc);
            (branches, slack.map(|bus| BusId(bus as u32)))
        });
        if !describing {
            return Network::Csv { buses: buses.into(), branches: branches.into(), slack };
        }
    }
    t.word(
        "network",
        Network::Ieee33,
        &[("ieee33", Network::Ieee33, "the IEEE 33-bus radial feeder, 12.66 kV")],
        "a network that is part of the program",
    )
}

/// The network must be radial, and everything must stand at one of its buses.
fn check_network(t: &Table<'_>, rules: &FeederRules, folder: &Path) {
    let key = if matches!(rules.network, Network::Ieee33) { "network" } else { "buses" };
    let feeder = match rules.network.load(folder) {
        Ok(feeder) => feeder,
        Err(problems) => {
            for problem in problems {
                t.refuse_as(
                    Code::BadData,
                    key,
                    problem,
                    "correct the network's files; paths are relative to the scenario's folder",
                );
            }
            return;
        }
    };
    let known = |bus: BusId| feeder.buses().iter().any(|b| b.id == bus);
    let refuse = |list: &str, k: usize, bus: BusId| {
        if !known(bus) {
            let message = format!("bus {bus} is not a bus of the network");
            t.refuse(
                &format!("{list}[{k}].bus"),
                message,
                format!("the network has {} buses", feeder.buses().len()),
            );
        }
    };
    for (list, kind) in [("pv", RenewableKind::Pv), ("wind", RenewableKind::Wind)] {
        rules
            .renewables
            .iter()
            .filter(|r| r.kind == kind)
            .enumerate()
            .for_each(|(k, r)| refuse(list, k, r.bus));
    }
    rules.diesels.iter().enumerate().for_each(|(k, d)| refuse("diesel", k, d.bus));
    rules.capacitors.iter().enumerate().for_each(|(k, c)| refuse("capacitor", k, c.bus));
    rules.node_limits.iter().enumerate().for_each(|(k, n)| refuse("node_limit", k, n.bus));
}

fn bus(t: &mut Table<'_>, default: Option<BusId>) -> BusId {
    let given = t.number_or_required(
        "bus",
        default.map(|b| f64::from(b.0)),
        0.0..=f64::from(u32::MAX),
        "bus",
        "where",
    );
    if given.fract() != 0.0 {
        t.refuse_as(
            Code::WrongType,
            "bus",
            format!("`bus` = {given} is no bus number"),
            "buses have whole numbers",
        );
    }
    BusId(given as u32)
}

fn renewables(
    t: &mut Table<'_>,
    key: &str,
    kind: RenewableKind,
    default: &[(u32, f64)],
    doc: &str,
) -> Vec<RenewablePlant> {
    t.tables_or(key, default, doc, |t, d| RenewablePlant {
        bus: bus(t, d.map(|d| BusId(d.0))),
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

fn diesel(t: &mut Table<'_>, d: Option<&Diesel>) -> Diesel {
    let known = published::diesel();
    Diesel {
        bus: bus(t, d.map(|d| d.bus)),
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

fn capacitor(t: &mut Table<'_>, d: Option<&CapacitorBank>) -> CapacitorBank {
    CapacitorBank {
        bus: bus(t, d.map(|d| d.bus)),
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

fn node_limit(t: &mut Table<'_>) -> NodeLimit {
    let bus = bus(t, None);
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
