//! The distribution feeder: network, plant at buses, partition, dispatch, carbon, elasticity, zonal trades.

use crate::plant::share;
use crate::reader::{ABOVE_ZERO, Code, SHARE, Table};
use domain::{BusId, Kvar, Kw};
use grid::{
    CapacitorBank, CarbonBasis, CarbonRule, ClusterParams, Diesel, DieselMode, DispatchPrices, Feeder, FeederSpec, HorizonEnd,
    InterZoneParams, NodeLimit, PartitionParams, PurchaseRule, RenewableKind, published,
};
use market::clearing::{ClearingPolicy, TradeRules};
use market::elastic::ElasticRules;
use std::path::{Path, PathBuf};

/// The feeder of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct FeederRules {
    /// The network.
    pub network: Network,
    /// Base load relative to the network's nominal load; the load series is a share of it.
    pub load_level: f64,
    /// PV plants and wind turbines.
    pub renewables: Vec<RenewablePlant>,
    /// Diesel sets.
    pub diesels: Vec<Diesel>,
    /// Switched capacitors.
    pub capacitors: Vec<CapacitorBank>,
    /// Bounds on buses.
    pub node_limits: Vec<NodeLimit>,
    /// Most import, if limited.
    pub import_limit: Option<Kw>,
    /// Where EVs live.
    pub homes: HomeRule,
    /// How zones are made.
    pub partition: PartitionParams,
    /// What the dispatch minimises.
    pub prices: DispatchPrices,
    /// How the DSO acts.
    pub dso: DsoRules,
    /// How EVs are gathered for the dispatch.
    pub clusters: ClusterParams,
    /// The solution of least losses between zones.
    pub interzone: InterZoneParams,
    /// Carbon cost.
    pub carbon: CarbonRule,
    /// How demand answers to prices.
    pub elasticity: ElasticRules,
    /// Trades between zones.
    pub trades: TradeRules,
}

/// Where the network comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Network {
    /// The IEEE 33-bus feeder.
    Ieee33,
    /// Two files of comma-separated values, relative to the scenario's folder.
    Csv {
        /// Buses.
        buses: PathBuf,
        /// Branches.
        branches: PathBuf,
        /// The bus at the substation.
        slack: BusId,
    },
}

/// A PV plant or wind turbine; its series is a share of its power.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RenewablePlant {
    /// Where it feeds in.
    pub bus: BusId,
    /// PV or wind.
    pub kind: RenewableKind,
    /// Installed power [kW].
    pub power_kw: f64,
}

/// Where EVs live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HomeRule {
    /// In proportion to nominal load.
    ByLoad,
    /// The same number at each bus with load.
    Even,
}

/// How the DSO agent acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DsoRules {
    /// Whether it dispatches at all; without it EVs charge on arrival and surplus is curtailed pro rata ("before").
    pub enabled: bool,
    /// Periods between two dispatches of the rest of the day.
    pub redispatch_every: u32,
    /// Whether zones are held to targets.
    pub targets: bool,
}

impl Network {
    /// The checked network.
    ///
    /// # Errors
    /// What is wrong with its files, one text per problem.
    pub fn load(&self, folder: &Path) -> Result<Feeder, Vec<String>> {
        let Self::Csv { buses, branches, slack } = self else { return Ok(grid::ieee33()) };
        let read = |path: &Path| {
            let path = folder.join(path);
            std::fs::read_to_string(&path).map_err(|error| vec![format!("cannot read {}: {error}", path.display())])
        };
        let spec = FeederSpec::from_csv(&read(buses)?, &read(branches)?, *slack).map_err(|error| vec![error.to_string()])?;
        Feeder::new(&spec).map_err(|problems| problems.0.iter().map(ToString::to_string).collect())
    }
}

const KW: std::ops::RangeInclusive<f64> = 0.0..=1e7;

/// `[feeder]`, `[partition]`, `[dispatch]`, `[carbon]`, `[elasticity]`, `[trades]`.
pub(crate) fn feeder(t: &mut Table<'_>, folder: &Path) -> FeederRules {
    let base = t.table("feeder", "the distribution feeder", |t| network_and_plant(t, folder));
    let partition = t.table("partition", "how zones are made", partition);
    let dispatch = t.table("dispatch", "what the distribution network operator minimises", dispatch);
    FeederRules {
        partition,
        prices: dispatch.0,
        dso: dispatch.1,
        clusters: dispatch.2,
        interzone: dispatch.3,
        carbon: t.table("carbon", "stepwise cost of carbon", carbon),
        elasticity: t.table("elasticity", "how demand answers to prices", elasticity),
        trades: t.table("trades", "trades between zones", trades),
        ..base
    }
}

fn network_and_plant(t: &mut Table<'_>, folder: &Path) -> FeederRules {
    let network = network(t);
    let load_level = t.number("load_level", published::LOAD_LEVEL, 0.0..=100.0, "1", "base load relative to the network's nominal load");
    let homes =
        [("by_load", HomeRule::ByLoad, "in proportion to nominal load"), ("even", HomeRule::Even, "the same number at each bus with load")];
    let homes = t.word("homes", HomeRule::ByLoad, &homes, "at which buses EVs live");
    let import_limit = t.optional_number("import_limit_kw", KW, "kW", "most import, if limited; there is never any export").map(Kw);
    let mut renewables = renewables(t, "pv", RenewableKind::Pv, &published::PV_KW, "a PV plant");
    renewables.extend(self::renewables(t, "wind", RenewableKind::Wind, &[published::WIND_KW], "a wind turbine"));
    let rules = FeederRules {
        load_level,
        renewables,
        diesels: t.tables_or("diesel", &[published::diesel()], "a diesel set", diesel),
        capacitors: t.tables_or("capacitor", &published::capacitors(), "switched capacitors (ours: none are published)", capacitor),
        node_limits: t.tables("node_limit", "bounds on the net consumption of a bus", node_limit),
        import_limit,
        homes,
        network,
        partition: PartitionParams::default(),
        prices: DispatchPrices::default(),
        dso: DsoRules { enabled: true, redispatch_every: 1, targets: true },
        clusters: ClusterParams::default(),
        interzone: InterZoneParams::default(),
        carbon: CarbonRule::default(),
        elasticity: ElasticRules::default(),
        trades: TradeRules::default(),
    };
    if !t.is_describing() {
        check_network(t, &rules, folder);
    }
    rules
}

fn network(t: &mut Table<'_>) -> Network {
    let chosen = t.one_of(&["buses", "network"], "network");
    let describing = t.is_describing();
    if chosen == "buses" || describing {
        let buses = t.required_text("buses", "a file of buses: bus, p_kw, q_kvar, base_kv, vmin_pu, vmax_pu").unwrap_or_default();
        let branches =
            t.required_text("branches", "a file of branches: branch, from, to, r_ohm, x_ohm, rating_a, status").unwrap_or_default();
        let slack = BusId(t.count32("slack", 1, 1..=u32::MAX, "bus", "the bus at the substation"));
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
                t.refuse_as(Code::BadData, key, problem, "correct the network's files; paths are relative to the scenario's folder");
            }
            return;
        }
    };
    let known = |bus: BusId| feeder.buses().iter().any(|b| b.id == bus);
    let refuse = |list: &str, k: usize, bus: BusId| {
        if !known(bus) {
            let message = format!("bus {bus} is not a bus of the network");
            t.refuse(&format!("{list}[{k}].bus"), message, format!("the network has {} buses", feeder.buses().len()));
        }
    };
    for (list, kind) in [("pv", RenewableKind::Pv), ("wind", RenewableKind::Wind)] {
        rules.renewables.iter().filter(|r| r.kind == kind).enumerate().for_each(|(k, r)| refuse(list, k, r.bus));
    }
    rules.diesels.iter().enumerate().for_each(|(k, d)| refuse("diesel", k, d.bus));
    rules.capacitors.iter().enumerate().for_each(|(k, c)| refuse("capacitor", k, c.bus));
    rules.node_limits.iter().enumerate().for_each(|(k, n)| refuse("node_limit", k, n.bus));
}

fn bus(t: &mut Table<'_>, default: Option<BusId>) -> BusId {
    let given = t.number_or_required("bus", default.map(|b| f64::from(b.0)), 1.0..=f64::from(u32::MAX), "bus", "where");
    if given.fract() != 0.0 {
        t.refuse_as(Code::WrongType, "bus", format!("`bus` = {given} is no bus number"), "buses have whole numbers");
    }
    BusId(given as u32)
}

fn renewables(t: &mut Table<'_>, key: &str, kind: RenewableKind, default: &[(u32, f64)], doc: &str) -> Vec<RenewablePlant> {
    t.tables_or(key, default, doc, |t, d| RenewablePlant {
        bus: bus(t, d.map(|d| BusId(d.0))),
        kind,
        power_kw: t.number_or_required("power_kw", d.map(|d| d.1), KW, "kW", "installed power; the series is a share of it"),
    })
}

fn diesel(t: &mut Table<'_>, d: Option<&Diesel>) -> Diesel {
    let known = published::diesel();
    Diesel {
        bus: bus(t, d.map(|d| d.bus)),
        power: Kw(t.number_or_required("power_kw", d.map(|d| d.power.value()), KW, "kW", "full power")),
        cost_cny_per_kwh: t.number(
            "cost_cny_per_kwh",
            d.map_or(known.cost_cny_per_kwh, |d| d.cost_cny_per_kwh),
            0.0..=100.0,
            "CNY/kWh",
            "fuel cost",
        ),
        mode: if t.flag("must_run", d.is_none_or(|d| d.mode == DieselMode::MustRun), "whether it runs at full power all day") {
            DieselMode::MustRun
        } else {
            DieselMode::Free
        },
    }
}

fn capacitor(t: &mut Table<'_>, d: Option<&CapacitorBank>) -> CapacitorBank {
    CapacitorBank {
        bus: bus(t, d.map(|d| d.bus)),
        step: Kvar(t.number("step_kvar", d.map_or(150.0, |d| d.step.value()), ABOVE_ZERO, "kvar", "reactive power of a step")),
        steps: t.count32("steps", d.map_or(1, |d| d.steps), 0..=1000, "steps", "number of steps"),
    }
}

fn node_limit(t: &mut Table<'_>) -> NodeLimit {
    let bus = bus(t, None);
    let pair = |t: &mut Table<'_>, key: &str, unit: &'static str, doc: &str| {
        let bounds = t.optional_numbers(key, 2..=2, -1e7..=1e7, unit, doc)?;
        if bounds[0] > bounds[1] {
            t.refuse(key, format!("`{key}` = [{}, {}] falls", bounds[0], bounds[1]), "the lower bound comes first");
        }
        Some((bounds[0], bounds[1]))
    };
    NodeLimit {
        bus,
        active: pair(t, "active_kw", "kW", "least and most active net consumption, feed-in negative").map(|(a, b)| (Kw(a), Kw(b))),
        reactive: pair(t, "reactive_kvar", "kvar", "least and most reactive net consumption").map(|(a, b)| (Kvar(a), Kvar(b))),
    }
}

fn partition(t: &mut Table<'_>) -> PartitionParams {
    let d = PartitionParams::default();
    let params = PartitionParams {
        modularity_weight: t.number("modularity_weight", d.modularity_weight, 0.0..=100.0, "1", "weight of the electrical distance"),
        dispatchable_weight: t.number(
            "dispatchable_weight",
            d.dispatchable_weight,
            0.0..=100.0,
            "1",
            "weight of the EVs' dispatchable potential",
        ),
        balance_weight: t.number("balance_weight", d.balance_weight, 0.0..=100.0, "1", "weight of the power balance"),
        regulation_ratio: t.number("regulation_ratio", d.regulation_ratio, 0.0..=10.0, "1", "desired regulation ratio gamma"),
        fewest_buses: t.count32("fewest_buses", d.fewest_buses as u32, 1..=10_000, "buses", "fewest buses of a zone") as usize,
        most_buses: t.count32("most_buses", d.most_buses as u32, 1..=10_000, "buses", "most buses of a zone") as usize,
        enumerate_up_to: t.count(
            "enumerate_up_to",
            d.enumerate_up_to,
            0..=10_000_000,
            "cut sets",
            "up to so many cut sets all are compared",
        ),
    };
    if params.fewest_buses > params.most_buses {
        let message = format!("`partition.fewest_buses` = {} is more than `most_buses` = {}", params.fewest_buses, params.most_buses);
        t.refuse("fewest_buses", message, "fewest_buses must not exceed most_buses");
    }
    params
}

fn dispatch(t: &mut Table<'_>) -> (DispatchPrices, DsoRules, ClusterParams, InterZoneParams) {
    let dso = DsoRules {
        enabled: t.flag(
            "enabled",
            true,
            "whether the operator dispatches; without it EVs charge on arrival and surplus is curtailed pro rata",
        ),
        redispatch_every: t.count32("redispatch_every", 1, 1..=96, "periods", "periods between two dispatches of the rest of the day"),
        targets: t.flag("targets", true, "whether zones are held to targets"),
    };
    let prices = dispatch_prices(t);
    let c = ClusterParams::default();
    let clusters = t.table("clusters", "how EVs are gathered into stores", |t| ClusterParams {
        window_h: t.number("window_h", c.window_h, 0.25..=24.0, "h", "arrivals and departures within the same window share a store"),
        fewest_stays: t.count32(
            "fewest_stays",
            c.fewest_stays as u32,
            1..=1_000_000,
            "stays",
            "smaller clusters join those of the same hours in other zones",
        ) as usize,
        step_h: t.number("step_h", c.step_h, 0.25..=24.0, "h", "stores hold their power over so many hours"),
        end: HorizonEnd::Wrap,
        efficiency: prices.ev_efficiency,
    });
    let i = InterZoneParams::default();
    let interzone = t.table("interzone", "the solution of least losses between zones", |t| InterZoneParams {
        allowance: t.number("allowance", i.allowance, 0.0..=10.0, "1", "how much dearer than the economic solution it may be"),
        inner_weight: t.number("inner_weight", i.inner_weight, 0.0..=1.0, "1", "weight of losses inside zones"),
    });
    (prices, dso, clusters, interzone)
}

fn dispatch_prices(t: &mut Table<'_>) -> DispatchPrices {
    let d = DispatchPrices::default();
    let purchases = [
        ("capacity", PurchaseRule::Capacity, "a charge on the day's import peak"),
        ("tou", PurchaseRule::Tou, "energy at time-of-use prices"),
    ];
    let prices = DispatchPrices {
        purchase: t.word("purchase", d.purchase, &purchases, "which purchase cost is minimised; both are reported"),
        demand_cny_per_kva_month: t.number(
            "demand_cny_per_kva_month",
            d.demand_cny_per_kva_month,
            0.0..=10_000.0,
            "CNY/(kVA month)",
            "capacity charge",
        ),
        power_factor: t.number("power_factor", d.power_factor, 0.1..=1.0, "1", "turns the import peak into kVA"),
        curtailment_cny_per_kwh: t.number(
            "curtailment_cny_per_kwh",
            d.curtailment_cny_per_kwh,
            0.0..=100.0,
            "CNY/kWh",
            "cost of curtailed energy",
        ),
        wear_cny_per_kwh: t.number("wear_cny_per_kwh", d.wear_cny_per_kwh, 0.0..=100.0, "CNY/kWh", "battery wear per energy discharged"),
        loss_cny_per_kwh: t.number(
            "loss_cny_per_kwh",
            d.loss_cny_per_kwh,
            0.0..=100.0,
            "CNY/kWh",
            "price on losses in the objective, not in the reported cost",
        ),
        voltage_cny_per_pu2_h: t.number(
            "voltage_cny_per_pu2_h",
            d.voltage_cny_per_pu2_h,
            0.0..=1e9,
            "CNY/(p.u.^2 h)",
            "price of leaving the voltage band in the objective",
        ),
        vmin_pu: t.number("vmin_pu", d.vmin_pu, 0.5..=1.0, "p.u.", "lowest voltage that costs nothing"),
        vmax_pu: t.number("vmax_pu", d.vmax_pu, 1.0..=1.5, "p.u.", "highest voltage that costs nothing"),
        ev_efficiency: t.number("ev_efficiency", d.ev_efficiency, 0.1..=1.0, "1", "EVs' energy stored per energy metered"),
        days_per_month: t.number("days_per_month", d.days_per_month, 1.0..=31.0, "days", "by which a month's charge is divided"),
    };
    if prices.loss_cny_per_kwh <= prices.curtailment_cny_per_kwh {
        let message = format!("`dispatch.loss_cny_per_kwh` = {} does not exceed the price of curtailment", prices.loss_cny_per_kwh);
        t.refuse(
            "loss_cny_per_kwh",
            message,
            "below curtailment price + carbon credit the relaxation burns surplus in branches; 0.35 is safe",
        );
    }
    prices
}

fn carbon(t: &mut Table<'_>) -> CarbonRule {
    let d = CarbonRule::default();
    let bases = [("period", CarbonBasis::Period, "each period on its own"), ("day", CarbonBasis::Day, "the whole day at once")];
    let rule = CarbonRule {
        price_cny_per_kg: t.number(
            "price_cny_per_kg",
            d.price_cny_per_kg,
            0.0..=100.0,
            "CNY/kg",
            "price of the first step above the quota",
        ),
        income_cny_per_kg: t.number("income_cny_per_kg", d.income_cny_per_kg, 0.0..=100.0, "CNY/kg", "income for being under the quota"),
        growth: t.number("growth", d.growth, 0.0..=10.0, "1", "growth of the price from step to step"),
        step_kg_per_h: t.number("step_kg_per_h", d.step_kg_per_h, ABOVE_ZERO, "kg/h", "length of a step per hour of the basis"),
        quota_kg_per_kwh: t.number("quota_kg_per_kwh", d.quota_kg_per_kwh, 0.0..=10.0, "kg/kWh", "quota earned per energy generated"),
        thermal_share: t.number("thermal_share", d.thermal_share, SHARE, "1", "share of thermal power in the purchase"),
        thermal_kg_per_kwh: t.number("thermal_kg_per_kwh", d.thermal_kg_per_kwh, 0.0..=10.0, "kg/kWh", "emissions of thermal power"),
        diesel_kg_per_kwh: t.number("diesel_kg_per_kwh", d.diesel_kg_per_kwh, 0.0..=10.0, "kg/kWh", "emissions of diesel sets"),
        basis: t.word("basis", d.basis, &bases, "over what emissions and quota are summed"),
    };
    if rule.income_cny_per_kg > rule.price_cny_per_kg {
        t.refuse(
            "income_cny_per_kg",
            "the income for being under the quota exceeds the price above it",
            "income_cny_per_kg must not exceed price_cny_per_kg",
        );
    }
    rule
}

fn elasticity(t: &mut Table<'_>) -> ElasticRules {
    let d = ElasticRules::default();
    let rows: Vec<Vec<f64>> = d.matrix.iter().map(|row| row.to_vec()).collect();
    let doc = "relative change of demand in peak, flat, valley (rows) per relative change of price in peak, flat, valley (columns)";
    let rows = t.rows("matrix", &rows, 3, -10.0..=10.0, "1", doc);
    if rows.len() != 3 {
        t.refuse("matrix", format!("`elasticity.matrix` has {} rows", rows.len()), "it has 3 rows of 3 numbers: peak, flat, valley");
    }
    let matrix =
        std::array::from_fn(|i| std::array::from_fn(|j| rows.get(i).and_then(|row| row.get(j)).copied().unwrap_or(d.matrix[i][j])));
    ElasticRules {
        matrix,
        scale: t.number("scale", d.scale, 0.0..=100.0, "1", "factor on the matrix"),
        float_limit: t.number("float_limit", d.float_limit, 0.0..=10.0, "1", "largest float of a price around its base"),
    }
}

fn trades(t: &mut Table<'_>) -> TradeRules {
    let d = TradeRules::default();
    let policies = [
        ("double_auction", ClearingPolicy::DoubleAuction, "all needs and offers of a period at one price"),
        ("bilateral", ClearingPolicy::Bilateral, "each buyer bargains with its cheapest neighbour"),
    ];
    TradeRules {
        enabled: t.flag("enabled", d.enabled, "whether zones trade at all"),
        policy: t.word("policy", d.policy, &policies, "how trades are cleared"),
        split: share(t, "split", d.split, "where the price lies between the seller's floor (0) and the buyer's limit (1)"),
        least_kwh: t.number("least_kwh", d.least_kwh, 0.0..=1e6, "kWh", "least energy of a trade"),
    }
}
