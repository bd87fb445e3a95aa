//! The group of microgrids: base loads, participation, the price law, upper and lower layer.

use crate::reader::{SHARE, Table};

/// The group of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupRules {
    /// The microgrids; the k-th is zone k + 1.
    pub microgrids: Vec<Microgrid>,
    /// Share of EVs that follow their aggregator; a larger share contains the smaller (P4 eq. 8).
    pub participation: f64,
    /// How the price follows the load.
    pub price: PriceLaw,
    /// The upper layer.
    pub upper: UpperRules,
    /// The lower layer.
    pub lower: LowerRules,
}

/// A microgrid.
#[derive(Clone, Debug, PartialEq)]
pub struct Microgrid {
    /// Its name.
    pub name: String,
    /// What it draws besides EVs over a day.
    pub base: BaseLoad,
    /// Most exchange with the network [kW] (P4 eq. 17), if limited.
    pub exchange_limit_kw: Option<f64>,
}

/// What a microgrid draws besides EVs: values of a day of equal steps, 24 for hours.
#[derive(Clone, Debug, PartialEq)]
pub enum BaseLoad {
    /// Load minus PV and wind [kW].
    Net(Vec<f64>),
    /// Load, PV and wind apart [kW].
    Apart {
        /// Load [kW].
        load: Vec<f64>,
        /// PV available [kW]; empty for none.
        pv: Vec<f64>,
        /// Wind power available [kW]; empty for none.
        wind: Vec<f64>,
    },
}

impl BaseLoad {
    /// Load minus PV and wind at each step [kW].
    pub fn net_kw(&self) -> Vec<f64> {
        match self {
            Self::Net(net) => net.clone(),
            Self::Apart { load, pv, wind } => {
                let at = |list: &[f64], k: usize| list.get(k).copied().unwrap_or(0.0);
                load.iter().enumerate().map(|(k, load)| load - at(pv, k) - at(wind, k)).collect()
            }
        }
    }
}

/// How the price of charging follows the load (P4 eq. 9-10, our reading).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PriceLaw {
    /// The formula.
    pub form: PriceForm,
    /// Constant C_s [CNY/kWh].
    pub constant_cny_per_kwh: f64,
    /// Factor C_0 of the forms with a fee [CNY/kWh].
    pub fee_cny_per_kwh: f64,
}

/// Formulas of the price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceForm {
    /// `C_TOU(t) L(t) / L_max + C_s`.
    TouTimesLoad,
    /// `C_TOU(t) + C_0 L(t) / L_max`.
    FeeTimesLoad,
    /// `C_TOU(t) L(t) / L_max + C_s`, with the constant left out in the valley.
    ValleyFreeFee,
}

/// The upper layer: schedules that weigh flatness against cost (P4 eq. 11-17).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UpperRules {
    /// How the front is found.
    pub solver: UpperSolver,
    /// NSGA-II: size of the population.
    pub population: u32,
    /// NSGA-II: generations.
    pub generations: u32,
    /// NSGA-II: members of the first population that follow theta x normalised price.
    pub seeded: u32,
    /// NSGA-II: probability of crossover.
    pub crossover: f64,
    /// NSGA-II: distribution index of simulated binary crossover.
    pub crossover_index: f64,
    /// NSGA-II: standard deviation of the Gaussian mutation, in genes of 0..1.
    pub mutation_sd: f64,
    /// Price that a gene of 1 adds to its area and hour [kW].
    pub gene_kw: f64,
    /// Exact: number of weighted sums.
    pub weights: u32,
    /// How one solution of the front is chosen.
    pub compromise: Compromise,
}

/// Solvers of the upper layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpperSolver {
    /// NSGA-II over virtual prices, decoded by water-filling.
    Nsga2,
    /// Weighted sums of the two convex objectives.
    Exact,
}

/// How one solution of a front is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compromise {
    /// Nearest to the ideal and farthest from the nadir, equal weights.
    Topsis,
    /// The knee: farthest from the line between the ends.
    Knee,
    /// The cheapest.
    Cheapest,
    /// The flattest.
    Flattest,
}

/// The lower layer: an area's power shared among its EVs (P4 eq. 18-20).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LowerRules {
    /// How it is solved.
    pub solver: LowerSolver,
    /// PSO: particles.
    pub particles: u32,
    /// PSO: iterations.
    pub iterations: u32,
    /// PSO: inertia w.
    pub inertia: f64,
    /// PSO: pull c1 towards the particle's own best.
    pub own_pull: f64,
    /// PSO: pull c2 towards the swarm's best.
    pub common_pull: f64,
    /// PSO: most speed as a share of the power limit.
    pub speed_share: f64,
}

/// Solvers of the lower layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LowerSolver {
    /// Quadratic programme.
    Exact,
    /// The paper's particle swarm.
    Pso,
}

/// Base net loads of the three areas [kW], made so that the no-EV differences are exactly the published 1638, 1478, 1488 and 3679 kW.
pub const AREAS: [(&str, [f64; 24]); 3] = [
    (
        "residential",
        [
            746.0, 634.0, 350.0, 100.0, 100.0, 350.0, 672.0, 983.0, 1182.0, 1200.0, 969.0, 787.0, 690.0, 692.0, 711.0, 756.0, 864.0,
            1076.0, 1380.0, 1654.0, 1738.0, 1573.0, 1260.0, 956.0,
        ],
    ),
    (
        "office",
        [
            234.0, 100.0, 216.0, 220.0, 256.0, 323.0, 504.0, 854.0, 1204.0, 1469.0, 1484.0, 1350.0, 1252.0, 1315.0, 1519.0, 1578.0, 1387.0,
            1037.0, 687.0, 441.0, 310.0, 257.0, 239.0, 234.0,
        ],
    ),
    (
        "commercial",
        [
            398.0, 348.0, 100.0, 101.0, 325.0, 367.0, 431.0, 731.0, 1081.0, 1431.0, 1531.0, 1588.0, 1395.0, 1147.0, 1130.0, 1127.0, 1194.0,
            1337.0, 1474.0, 1474.0, 1283.0, 976.0, 687.0, 494.0,
        ],
    ),
];

/// `[[microgrid]]`, `[participation]`, `[price]`, `[upper]`, `[lower]`.
pub(crate) fn group(t: &mut Table<'_>) -> GroupRules {
    let microgrids = t.tables_or("microgrid", &AREAS, "a microgrid; the first is zone 1", microgrid);
    check_microgrids(t, &microgrids);
    GroupRules {
        microgrids,
        participation: t.table("participation", "which EVs follow their aggregator's set points; the others charge on arrival", |t| {
            t.number("share", 0.2, SHARE, "1", "share of EVs; a larger share contains the smaller")
        }),
        price: t.table("price", "how the price of charging follows the load", price),
        upper: t.table("upper", "schedules that weigh flatness against cost", upper),
        lower: t.table("lower", "an area's power shared among its EVs", lower),
    }
}

fn check_microgrids(t: &Table<'_>, microgrids: &[Microgrid]) {
    if microgrids.is_empty() {
        t.refuse("microgrid", "a group needs at least one microgrid", "write [[microgrid]] with its name and net_load_kw");
    }
    for (k, grid) in microgrids.iter().enumerate() {
        if microgrids[..k].iter().any(|other| other.name == grid.name) {
            t.refuse(
                &format!("microgrid[{k}].name"),
                format!("two microgrids are called \"{}\"", grid.name),
                "give each a name of its own",
            );
        }
    }
}

const KW: std::ops::RangeInclusive<f64> = -1e7..=1e7;
const DAY_STEPS: std::ops::RangeInclusive<usize> = 24..=96;

fn microgrid(t: &mut Table<'_>, d: Option<&(&str, [f64; 24])>) -> Microgrid {
    let name = match d {
        Some((name, _)) => t.text("name", name, "its name"),
        None => t.required_text("name", "its name").unwrap_or_default(),
    };
    Microgrid {
        name,
        base: base_load(t, d.map_or(&[], |d| &d.1)),
        exchange_limit_kw: t.optional_number("exchange_limit_kw", 0.0..=1e7, "kW", "most exchange with the network"),
    }
}

fn base_load(t: &mut Table<'_>, default: &[f64]) -> BaseLoad {
    let chosen = t.one_of(&["load_kw", "net_load_kw"], "net_load_kw");
    let describing = t.is_describing();
    if chosen == "load_kw" || describing {
        let load = t.numbers("load_kw", &[0.0; 24], DAY_STEPS, 0.0..=1e7, "kW", "load over a day of equal steps, with PV and wind apart");
        let pv = t.optional_numbers("pv_kw", DAY_STEPS, 0.0..=1e7, "kW", "PV available").unwrap_or_default();
        let wind = t.optional_numbers("wind_kw", DAY_STEPS, 0.0..=1e7, "kW", "wind power available").unwrap_or_default();
        for (key, list) in [("load_kw", &load), ("pv_kw", &pv), ("wind_kw", &wind)] {
            check_steps(t, key, list, load.len());
        }
        if !describing {
            return BaseLoad::Apart { load, pv, wind };
        }
    }
    if default.is_empty() && !t.has("net_load_kw") {
        t.refuse("net_load_kw", format!("`{}` has no load", t.path()), "give net_load_kw (24 numbers), or load_kw with pv_kw and wind_kw");
    }
    let zero = [0.0; 24];
    let net = t.numbers(
        "net_load_kw",
        if default.is_empty() { &zero } else { default },
        DAY_STEPS,
        KW,
        "kW",
        "load minus PV and wind over a day of equal steps",
    );
    check_steps(t, "net_load_kw", &net, net.len());
    BaseLoad::Net(net)
}

fn check_steps(t: &Table<'_>, key: &str, list: &[f64], like: usize) {
    if !list.is_empty() && (![24, 48, 96].contains(&list.len()) || list.len() != like) {
        t.refuse(key, format!("`{}.{key}` holds {} values", t.path(), list.len()), "24, 48 or 96 values, as many as load_kw");
    }
}

fn price(t: &mut Table<'_>) -> PriceLaw {
    let forms = [
        ("tou_times_load", PriceForm::TouTimesLoad, "C_TOU L / L_max + C_s"),
        ("fee_times_load", PriceForm::FeeTimesLoad, "C_TOU + C_0 L / L_max"),
        ("valley_free_fee", PriceForm::ValleyFreeFee, "C_TOU L / L_max + C_s, without C_s in the valley"),
    ];
    PriceLaw {
        form: t.word("form", PriceForm::TouTimesLoad, &forms, "the formula"),
        constant_cny_per_kwh: t.number("constant_cny_per_kwh", 1.12, 0.0..=100.0, "CNY/kWh", "C_s"),
        fee_cny_per_kwh: t.number("fee_cny_per_kwh", 0.8, 0.0..=100.0, "CNY/kWh", "C_0"),
    }
}

fn upper(t: &mut Table<'_>) -> UpperRules {
    let solvers = [
        ("nsga2", UpperSolver::Nsga2, "NSGA-II over virtual prices, decoded by water-filling"),
        ("exact", UpperSolver::Exact, "weighted sums of the two convex objectives"),
    ];
    let compromises = [
        ("topsis", Compromise::Topsis, "nearest to the ideal and farthest from the nadir"),
        ("knee", Compromise::Knee, "farthest from the line between the ends"),
        ("cheapest", Compromise::Cheapest, "the least cost"),
        ("flattest", Compromise::Flattest, "the least variance"),
    ];
    let rules = UpperRules {
        solver: t.word("solver", UpperSolver::Nsga2, &solvers, "how the front is found"),
        population: t.count32("population", 100, 4..=100_000, "members", "size of the population"),
        generations: t.count32("generations", 100, 1..=1_000_000, "generations", "generations"),
        seeded: t.count32("seeded", 20, 0..=100_000, "members", "members of the first population that follow theta x normalised price"),
        crossover: t.number("crossover", 0.9, SHARE, "1", "probability of crossover"),
        crossover_index: t.number("crossover_index", 15.0, 0.0..=1000.0, "1", "distribution index of the crossover"),
        mutation_sd: t.number("mutation_sd", 0.1, 0.0..=1.0, "1", "standard deviation of the mutation, in genes of 0 to 1"),
        gene_kw: t.number("gene_kw", 1500.0, 0.001..=1e7, "kW", "virtual load that a gene of 1 adds to its area and hour"),
        weights: t.count32("weights", 20, 2..=10_000, "sums", "number of weighted sums of the exact solver"),
        compromise: t.word("compromise", Compromise::Topsis, &compromises, "how one solution of the front is chosen"),
    };
    if rules.seeded > rules.population {
        t.refuse(
            "seeded",
            format!("`upper.seeded` = {} is more than the population of {}", rules.seeded, rules.population),
            "at most `upper.population`",
        );
    }
    rules
}

fn lower(t: &mut Table<'_>) -> LowerRules {
    let solvers = [("exact", LowerSolver::Exact, "quadratic programme"), ("pso", LowerSolver::Pso, "the paper's particle swarm")];
    LowerRules {
        solver: t.word("solver", LowerSolver::Exact, &solvers, "how it is solved"),
        particles: t.count32("particles", 100, 1..=100_000, "particles", "particles of the swarm"),
        iterations: t.count32("iterations", 1000, 1..=1_000_000, "iterations", "iterations of the swarm"),
        inertia: t.number("inertia", 0.7, 0.0..=2.0, "1", "w"),
        own_pull: t.number("own_pull", 1.5, 0.0..=10.0, "1", "c1"),
        common_pull: t.number("common_pull", 1.5, 0.0..=10.0, "1", "c2"),
        speed_share: t.number("speed_share", 0.3, 0.001..=10.0, "1", "most speed as a share of the power limit"),
    }
}
