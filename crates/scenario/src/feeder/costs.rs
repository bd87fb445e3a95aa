//! How zones are made, what the operator minimises, what carbon costs, how demand answers, how
//! zones trade.

use super::{DsoRules, Foresight};
use crate::plant::share;
use grid::{
    CarbonBasis, CarbonRule, ClusterParams, DispatchPrices, HorizonEnd, InterZoneParams,
    PartitionParams, PurchaseRule,
};
use keys::{ABOVE_ZERO, SHARE, Table};
use market::clearing::{ClearingPolicy, TradeRules};
use market::elastic::{Control, ElasticRules};

pub(super) fn partition(t: &mut Table<'_>) -> PartitionParams {
    let d = PartitionParams::default();
    let params = PartitionParams {
        modularity_weight: t.number(
            "modularity_weight",
            d.modularity_weight,
            0.0..=100.0,
            "1",
            "weight of the electrical distance",
        ),
        dispatchable_weight: t.number(
            "dispatchable_weight",
            d.dispatchable_weight,
            0.0..=100.0,
            "1",
            "weight of the EVs' dispatchable potential",
        ),
        balance_weight: t.number(
            "balance_weight",
            d.balance_weight,
            0.0..=100.0,
            "1",
            "weight of the power balance",
        ),
        regulation_ratio: t.number(
            "regulation_ratio",
            d.regulation_ratio,
            0.0..=10.0,
            "1",
            "desired regulation ratio gamma",
        ),
        fewest_buses: t.count32(
            "fewest_buses",
            d.fewest_buses as u32,
            1..=10_000,
            "buses",
            "fewest buses of a zone",
        ) as usize,
        most_buses: t.count32(
            "most_buses",
            d.most_buses as u32,
            1..=10_000,
            "buses",
            "most buses of a zone",
        ) as usize,
        enumerate_up_to: t.count(
            "enumerate_up_to",
            d.enumerate_up_to,
            0..=10_000_000,
            "cut sets",
            "up to so many cut sets all are compared",
        ),
    };
    if params.fewest_buses > params.most_buses {
        let message = format!(
            "`partition.fewest_buses` = {} is more than `most_buses` = {}",
            params.fewest_buses, params.most_buses
        );
        t.refuse("fewest_buses", message, "fewest_buses must not exceed most_buses");
    }
    params
}

pub(super) fn dispatch(
    t: &mut Table<'_>,
) -> (DispatchPrices, DsoRules, ClusterParams, InterZoneParams) {
    let d = DsoRules::default();
    let dso = DsoRules {
        enabled: t.flag(
            "enabled",
            d.enabled,
            "whether the operator dispatches; without it EVs charge on arrival and surplus is curtailed pro rata",
        ),
        redispatch_every: t.count32(
            "redispatch_every",
            d.redispatch_every,
            1..=96,
            "periods",
            "periods between two dispatches of the rest of the day",
        ),
        targets: t.flag("targets", d.targets, "whether zones are held to targets"),
        excess_cny_per_kwh: t.number(
            "excess_cny_per_kwh",
            d.excess_cny_per_kwh,
            0.0..=1000.0,
            "CNY/kWh",
            "what exceeding its target costs a zone in its own decisions: up to it zones discharge or buy from neighbours",
        ),
        own_correction: t.flag(
            "own_correction",
            d.own_correction,
            "whether zones move their own vehicles inside a period, at each gate, to keep to their targets",
        ),
        foresight: t.word(
            "foresight",
            d.foresight,
            &FORESIGHTS,
            "what aggregators know of users who are still to come; errors of series are in [series]",
        ),
    };
    let prices = dispatch_prices(t);
    let c = ClusterParams::default();
    let clusters = t.table("clusters", "how EVs are gathered into stores", |t| ClusterParams {
        window_h: t.number(
            "window_h",
            c.window_h,
            0.25..=24.0,
            "h",
            "arrivals and departures within the same window share a store",
        ),
        fewest_stays: t.count32(
            "fewest_stays",
            c.fewest_stays as u32,
            1..=1_000_000,
            "stays",
            "smaller clusters join those of the same hours in other zones",
        ) as usize,
        need_ratio: t.number(
            "need_ratio",
            c.need_ratio,
            1.0..=1e6,
            "1",
            "stays share a store if their needs at full power lie between the same powers of this ratio; 1: whatever their needs",
        ),
        step_h: t.number(
            "step_h",
            c.step_h,
            0.25..=24.0,
            "h",
            "stores hold their power over so many hours",
        ),
        end: HorizonEnd::Wrap,
        efficiency: prices.ev_efficiency,
    });
    let i = InterZoneParams::default();
    let interzone =
        t.table("interzone", "the solution of least losses between zones", |t| InterZoneParams {
            allowance: t.number(
                "allowance",
                i.allowance,
                0.0..=10.0,
                "1",
                "how much dearer than the economic solution it may be",
            ),
            inner_weight: t.number(
                "inner_weight",
                i.inner_weight,
                0.0..=1.0,
                "1",
                "weight of losses inside zones",
            ),
        });
    (prices, dso, clusters, interzone)
}

const FORESIGHTS: [(&str, Foresight, &str); 2] = [
    ("usual", Foresight::Usual, "the stays of a usual day: other people by the same laws"),
    ("perfect", Foresight::Perfect, "their plans"),
];

fn dispatch_prices(t: &mut Table<'_>) -> DispatchPrices {
    let d = DispatchPrices::default();
    let purchases = [
        ("capacity", PurchaseRule::Capacity, "a charge on the day's import peak"),
        ("tou", PurchaseRule::Tou, "energy at time-of-use prices"),
    ];
    let prices = DispatchPrices {
        purchase: t.word(
            "purchase",
            d.purchase,
            &purchases,
            "which purchase cost is minimised; both are reported",
        ),
        demand_cny_per_kva_month: t.number(
            "demand_cny_per_kva_month",
            d.demand_cny_per_kva_month,
            0.0..=10_000.0,
            "CNY/(kVA month)",
            "capacity charge",
        ),
        power_factor: t.number(
            "power_factor",
            d.power_factor,
            0.1..=1.0,
            "1",
            "turns the import peak into kVA",
        ),
        curtailment_cny_per_kwh: t.number(
            "curtailment_cny_per_kwh",
            d.curtailment_cny_per_kwh,
            0.0..=100.0,
            "CNY/kWh",
            "cost of curtailed energy",
        ),
        wear_cny_per_kwh: t.number(
            "wear_cny_per_kwh",
            d.wear_cny_per_kwh,
            0.0..=100.0,
            "CNY/kWh",
            "battery wear per energy discharged",
        ),
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
        vmin_pu: t.number(
            "vmin_pu",
            d.vmin_pu,
            0.5..=1.0,
            "p.u.",
            "lowest voltage that costs nothing",
        ),
        vmax_pu: t.number(
            "vmax_pu",
            d.vmax_pu,
            1.0..=1.5,
            "p.u.",
            "highest voltage that costs nothing",
        ),
        ev_efficiency: t.number(
            "ev_efficiency",
            d.ev_efficiency,
            0.1..=1.0,
            "1",
            "EVs' energy stored per energy metered",
        ),
        days_per_month: t.number(
            "days_per_month",
            d.days_per_month,
            1.0..=31.0,
            "days",
            "by which a month's charge is divided",
        ),
    };
    if prices.loss_cny_per_kwh <= prices.curtailment_cny_per_kwh {
        let message = format!(
            "`dispatch.loss_cny_per_kwh` = {} does not exceed the price of curtailment",
            prices.loss_cny_per_kwh
        );
        t.refuse(
            "loss_cny_per_kwh",
            message,
            "below curtailment price + carbon credit the relaxation burns surplus in branches; 0.35 is safe",
        );
    }
    prices
}

pub(super) fn carbon(t: &mut Table<'_>) -> CarbonRule {
    let d = CarbonRule::default();
    let bases = [
        ("period", CarbonBasis::Period, "each period on its own"),
        ("day", CarbonBasis::Day, "the whole day at once"),
    ];
    let rule = CarbonRule {
        price_cny_per_kg: t.number(
            "price_cny_per_kg",
            d.price_cny_per_kg,
            0.0..=100.0,
            "CNY/kg",
            "price of the first step above the quota",
        ),
        income_cny_per_kg: t.number(
            "income_cny_per_kg",
            d.income_cny_per_kg,
            0.0..=100.0,
            "CNY/kg",
            "income for being under the quota",
        ),
        growth: t.number(
            "growth",
            d.growth,
            0.0..=10.0,
            "1",
            "growth of the price from step to step",
        ),
        step_kg_per_h: t.number(
            "step_kg_per_h",
            d.step_kg_per_h,
            ABOVE_ZERO,
            "kg/h",
            "length of a step per hour of the basis",
        ),
        quota_kg_per_kwh: t.number(
            "quota_kg_per_kwh",
            d.quota_kg_per_kwh,
            0.0..=10.0,
            "kg/kWh",
            "quota earned per energy generated",
        ),
        thermal_share: t.number(
            "thermal_share",
            d.thermal_share,
            SHARE,
            "1",
            "share of thermal power in the purchase",
        ),
        thermal_kg_per_kwh: t.number(
            "thermal_kg_per_kwh",
            d.thermal_kg_per_kwh,
            0.0..=10.0,
            "kg/kWh",
            "emissions of thermal power",
        ),
        diesel_kg_per_kwh: t.number(
            "diesel_kg_per_kwh",
            d.diesel_kg_per_kwh,
            0.0..=10.0,
            "kg/kWh",
            "emissions of diesel sets",
        ),
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

pub(super) fn elasticity(t: &mut Table<'_>) -> ElasticRules {
    let d = ElasticRules::default();
    let rows: Vec<Vec<f64>> = d.matrix.iter().map(|row| row.to_vec()).collect();
    let doc = "relative change of demand in peak, flat, valley (rows) per relative change of price in peak, flat, valley (columns)";
    let rows = t.rows("matrix", &rows, 3, -10.0..=10.0, "1", doc);
    if rows.len() != 3 {
        t.refuse(
            "matrix",
            format!("`elasticity.matrix` has {} rows", rows.len()),
            "it has 3 rows of 3 numbers: peak, flat, valley",
        );
    }
    let matrix = std::array::from_fn(|i| {
        std::array::from_fn(|j| {
            rows.get(i).and_then(|row| row.get(j)).copied().unwrap_or(d.matrix[i][j])
        })
    });
    ElasticRules {
        matrix,
        scale: t.number("scale", d.scale, 0.0..=100.0, "1", "factor on the matrix"),
        float_limit: t.number(
            "float_limit",
            d.float_limit,
            0.0..=10.0,
            "1",
            "largest float of a price around its base",
        ),
        control: t.word(
            "control",
            d.control,
            &CONTROLS,
            "what moves the energy of stays between peak, flat and valley periods",
        ),
    }
}

const CONTROLS: [(&str, Control, &str); 2] = [
    ("direct", Control::Direct, "set points, anywhere within the need"),
    (
        "price",
        Control::Price,
        "the answer to floated prices, which are published and billed; set points move energy inside a kind of period",
    ),
];

/// The rules, and the minutes between two gates.
pub(super) fn trades(t: &mut Table<'_>) -> (TradeRules, u32) {
    let d = TradeRules::default();
    let policies = [
        (
            "double_auction",
            ClearingPolicy::DoubleAuction,
            "all needs and offers of a period at one price",
        ),
        ("bilateral", ClearingPolicy::Bilateral, "each buyer bargains with its cheapest neighbour"),
    ];
    let rules = TradeRules {
        enabled: t.flag("enabled", d.enabled, "whether zones trade at all"),
        policy: t.word("policy", d.policy, &policies, "how trades are cleared"),
        split: share(
            t,
            "split",
            d.split,
            "where the price lies between the seller's floor (0) and the buyer's limit (1)",
        ),
        least_kwh: t.number("least_kwh", d.least_kwh, 0.0..=1e6, "kWh", "least energy of a trade"),
    };
    let gates_min = t.count32(
        "gates_min",
        15,
        1..=1440,
        "min",
        "time between two gates of a period, at which zones correct and trade; as long as a period or longer: only at its start",
    );
    (rules, gates_min)
}
