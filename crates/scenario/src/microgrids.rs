//! The group of microgrids: base loads, participation, the price law, upper and lower layer.

use crate::microgrid_plant::{DAY_STEPS, has_day_steps, pv, wind};
use crate::series_data::resample;
use crate::tariff::stepped;
use domain::Tariff;
use group::{
    COMMERCIAL_KW, LowerParams, LowerSolver, Microgrid, Nsga2Layer, OFFICE_KW, PriceForm,
    RESIDENTIAL_KW, UpperParams, UpperSolver, group_tou,
};
use keys::{SHARE, Table};
use optim::front::Compromise;
use optim::nsga2::Mutation;
use population::SegmentSpec;

/// What only a group of microgrids has; [`crate::Scenario::group_params`] joins it with fleet,
/// tariff and horizon.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupRules {
    /// The microgrids; the k-th is zone k + 1.
    pub microgrids: Vec<Microgrid>,
    /// Their own tariffs, where they have one.
    pub tariffs: Vec<Option<Tariff>>,
    /// Who follows set points.
    pub participation: ParticipationRules,
    /// Who parks in another area by day (ours; nobody by default).
    pub travel: Vec<TravelRule>,
    /// How the price follows the load (P4 eq. 9-10).
    pub price: PriceForm,
    /// Schedules that weigh flatness against cost (P4 eq. 11-17).
    pub upper: UpperParams,
    /// An area's power shared among its EVs (P4 eq. 18-20).
    pub lower: LowerParams,
}

/// Who follows the set points of its aggregator; the others charge on arrival.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParticipationRules {
    /// Share of EVs; a larger share contains the smaller (P4 eq. 8).
    pub share: f64,
    /// How the charging of the others is known in advance.
    pub others: OthersRule,
    /// Standard deviations of arrivals and departures from what was announced (h).
    pub error_h: [f64; 2],
}

/// EVs of a segment that park in another area by day.
#[derive(Clone, Debug, PartialEq)]
pub struct TravelRule {
    /// Share of the EVs of `segment`.
    pub share: f64,
    /// The segment that travels.
    pub segment: String,
    /// The segment like whose people they come and go by day, in that segment's zone.
    pub by_day: String,
}

/// How the charging of those who follow no set points is known in advance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OthersRule {
    /// They announce their stays.
    Announced,
    /// A usual day is expected.
    Expected,
}

impl GroupRules {
    /// Tariffs of the microgrids, with `common` where one has none of its own; a single one if none
    /// has.
    pub fn tariffs(&self, common: &Tariff) -> Vec<Tariff> {
        if self.tariffs.iter().all(Option::is_none) {
            return vec![common.clone()];
        }
        self.tariffs.iter().map(|own| own.as_ref().unwrap_or(common).clone()).collect()
    }
}

/// The published areas.
const AREAS: [(&str, &[f64]); 3] =
    [("residential", &RESIDENTIAL_KW), ("office", &OFFICE_KW), ("commercial", &COMMERCIAL_KW)];

/// `[[microgrid]]`, `[participation]`, `[price]`, `[upper]`, `[lower]`.
pub(crate) fn microgrid_group(t: &mut Table<'_>, periods_per_day: u32) -> GroupRules {
    let read = |t: &mut Table<'_>, d: Option<&(&str, &[f64])>| {
        microgrid(t, d.copied(), periods_per_day as usize)
    };
    let (microgrids, tariffs): (Vec<_>, Vec<_>) = t
        .tables_or("microgrid", &AREAS, "a microgrid; the first is zone 1", read)
        .into_iter()
        .unzip();
    check_microgrids(t, &microgrids);
    GroupRules {
        microgrids,
        tariffs,
        participation: t.table(
            "participation",
            "which EVs follow their aggregator's set points; the others charge on arrival",
            participation,
        ),
        travel: t.tables_or(
            "travel",
            &[],
            "EVs of a segment that park in another area by day",
            |t, _: Option<&()>| travel(t),
        ),
        price: t.table("price", "how the price of charging follows the load", price),
        upper: t.table("upper", "schedules that weigh flatness against cost", upper),
        lower: t.table("lower", "an area's power shared among its EVs", lower),
    }
}

fn participation(t: &mut Table<'_>) -> ParticipationRules {
    let others = [
        ("announced", OthersRule::Announced, "they announce their stays as participants do"),
        ("expected", OthersRule::Expected, "aggregators expect a usual day by the fleet's laws"),
    ];
    ParticipationRules {
        share: t.number(
            "share",
            0.2,
            SHARE,
            "1",
            "share of EVs; a larger share contains the smaller",
        ),
        others: t.word(
            "others",
            OthersRule::Announced,
            &others,
            "how the charging of the others is known in advance",
        ),
        error_h: [
            t.number(
                "arrival_error_h",
                0.0,
                0.0..=24.0,
                "h",
                "standard deviation of arrivals from what was announced",
            ),
            t.number(
                "departure_error_h",
                0.0,
                0.0..=24.0,
                "h",
                "standard deviation of departures from what was announced",
            ),
        ],
    }
}

fn travel(t: &mut Table<'_>) -> TravelRule {
    TravelRule {
        share: t.number("share", 0.3, SHARE, "1", "share of the segment's EVs"),
        segment: t.text("segment", "residential", "the segment that travels"),
        by_day: t.text(
            "by_day",
            "office",
            "the segment like whose people they come and go by day, in that segment's zone",
        ),
    }
}

/// Segments of `[[travel]]` must be there and live in different zones.
pub(crate) fn check_travel(t: &Table<'_>, travel: &[TravelRule], segments: &[SegmentSpec]) {
    let zone_of = |name: &str| segments.iter().find(|s| s.name == name).map(|s| s.zone);
    for (k, rule) in travel.iter().enumerate() {
        for (key, name) in [("segment", &rule.segment), ("by_day", &rule.by_day)] {
            let key = format!("travel[{k}].{key}");
            match zone_of(name) {
                None => {
                    let known =
                        segments.iter().map(|s| s.name.as_str()).collect::<Vec<_>>().join(", ");
                    t.refuse(
                        &key,
                        format!("the fleet has no segment \"{name}\""),
                        format!("known: {known}"),
                    );
                }
                Some(None) => t.refuse(
                    &key,
                    format!("the segment \"{name}\" has no zone"),
                    "give it one: fleet.segment.zone",
                ),
                Some(Some(_)) => {}
            }
        }
        if zone_of(&rule.segment) == zone_of(&rule.by_day) {
            let message =
                format!("\"{}\" and \"{}\" live in the same zone", rule.segment, rule.by_day);
            t.refuse(&format!("travel[{k}].by_day"), message, "name a segment of another zone");
        }
        let all: f64 = travel.iter().filter(|r| r.segment == rule.segment).map(|r| r.share).sum();
        if all > 1.0 + 1e-9 {
            t.refuse(
                &format!("travel[{k}].share"),
                format!("{all} of \"{}\" would travel", rule.segment),
                "shares add up to at most 1",
            );
        }
    }
}

fn check_microgrids(t: &Table<'_>, microgrids: &[Microgrid]) {
    if microgrids.is_empty() {
        t.refuse(
            "microgrid",
            "a group needs at least one microgrid",
            "write [[microgrid]] with its name and net_load_kw",
        );
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
const AVAILABLE_KW: std::ops::RangeInclusive<f64> = 0.0..=1e7;

fn microgrid(
    t: &mut Table<'_>,
    d: Option<(&str, &[f64])>,
    periods: usize,
) -> (Microgrid, Option<Tariff>) {
    let name = match d {
        Some((name, _)) => t.text("name", name, "its name"),
        None => t.required_text("name", "its name").unwrap_or_default(),
    };
    let (load, pv, wind) = base_load(t, d.map_or(&[], |d| d.1));
    let per_period = |list: &[f64]| {
        if list.is_empty() { vec![0.0; periods] } else { resample(list, list.len(), periods) }
    };
    let doc = "most exchange with the network, either way";
    let grid = Microgrid {
        name,
        load_kw: per_period(&load),
        pv_kw: per_period(&pv),
        wind_kw: per_period(&wind),
        exchange_kw_max: t.number(
            "exchange_kw_max",
            Microgrid::EXCHANGE_KW_MAX,
            0.001..=1e9,
            "kW",
            doc,
        ),
    };
    let peak = grid.net_load_kw().into_iter().fold(f64::NEG_INFINITY, f64::max);
    if peak > grid.exchange_kw_max {
        let message = format!(
            "`{}` takes {peak} kW without any EV, but exchanges {} kW at most",
            t.path(),
            grid.exchange_kw_max
        );
        t.refuse("exchange_kw_max", message, "raise the limit, or lower the load");
    }
    let own = t.has("tariff") || t.is_describing();
    let tariff = own.then(|| {
        t.table("tariff", "its own time-of-use tariff, in the place of tariff.ev", |t| {
            stepped(t, &group_tou(0.70, 1.6, 0.5))
        })
    });
    (grid, tariff)
}

/// Load, PV and wind over a day; a net load stands for itself, without the two.
fn base_load(t: &mut Table<'_>, default: &[f64]) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let chosen = t.one_of(&["load_kw", "net_load_kw"], "net_load_kw");
    let describing = t.is_describing();
    if chosen == "load_kw" || describing {
        let load = t.numbers(
            "load_kw",
            &[0.0; 24],
            DAY_STEPS,
            AVAILABLE_KW,
            "kW",
            "load over a day of 24, 48 or 96 equal steps, with PV and wind apart",
        );
        let pv = available(t, ["pv_kw", "pv"], "PV available", pv);
        let wind = available(t, ["wind_kw", "wind"], "wind power available", wind);
        if !describing {
            let good = [("load_kw", &load), ("pv_kw", &pv), ("wind_kw", &wind)]
                .map(|(key, list)| has_day_steps(t, key, list));
            return if good == [true; 3] {
                (load, pv, wind)
            } else {
                (vec![0.0; 24], Vec::new(), Vec::new())
            };
        }
    }
    if default.is_empty() && !t.has("net_load_kw") {
        t.refuse(
            "net_load_kw",
            format!("`{}` has no load", t.path()),
            "give net_load_kw (24 numbers), or load_kw with pv_kw and wind_kw",
        );
    }
    let default = if default.is_empty() { &[0.0; 24] } else { default };
    let net = t.numbers(
        "net_load_kw",
        default,
        DAY_STEPS,
        KW,
        "kW",
        "load minus PV and wind over a day of 24, 48 or 96 equal steps",
    );
    if has_day_steps(t, "net_load_kw", &net) {
        (net, Vec::new(), Vec::new())
    } else {
        (default.to_vec(), Vec::new(), Vec::new())
    }
}

/// Power available over a day: as a list, or of a plant by weather; empty for none.
fn available<'d>(
    t: &mut Table<'d>,
    keys: [&str; 2],
    doc: &str,
    by_weather: fn(&mut Table<'d>) -> Vec<f64>,
) -> Vec<f64> {
    let chosen = t.one_of(&keys, keys[0]);
    let list = if chosen == keys[0] || t.is_describing() {
        t.optional_numbers(keys[0], DAY_STEPS, AVAILABLE_KW, "kW", doc).unwrap_or_default()
    } else {
        Vec::new()
    };
    if chosen == keys[1] || t.is_describing() { by_weather(t) } else { list }
}

fn price(t: &mut Table<'_>) -> PriceForm {
    let forms = [
        ("tou_times_load", "C_TOU L / L_max + C_s"),
        ("fee_times_load", "C_TOU + C_0 L / L_max"),
        ("valley_free_fee", "C_TOU L / L_max + C_s, without C_s in the valley"),
    ];
    t.variants("form", "tou_times_load", &forms, "the formula", |t, form| {
        const FEE: std::ops::RangeInclusive<f64> = 0.0..=100.0;
        let service =
            |t: &mut Table<'_>| t.number("service_cny_per_kwh", 1.12, FEE, "CNY/kWh", "C_s");
        match form {
            "fee_times_load" => PriceForm::FeeTimesLoad {
                fee_cny_per_kwh: t.number("fee_cny_per_kwh", 0.8, FEE, "CNY/kWh", "C_0"),
            },
            "valley_free_fee" => PriceForm::ValleyFreeFee { service_cny_per_kwh: service(t) },
            _ => PriceForm::TouTimesLoad { service_cny_per_kwh: service(t) },
        }
    })
}

fn upper(t: &mut Table<'_>) -> UpperParams {
    let d = UpperParams::default();
    let solvers = [
        ("exact", UpperSolver::Exact, "weighted sums of the two convex objectives"),
        ("nsga2", UpperSolver::Nsga2, "NSGA-II over virtual loads, decoded by exact placement"),
    ];
    let params = UpperParams {
        solver: t.word("solver", d.solver, &solvers, "how the front is found"),
        exact_points: t.count32(
            "exact_points",
            d.exact_points as u32,
            2..=10_000,
            "points",
            "points of the exact front",
        ) as usize,
        nsga2: t.table("nsga2", "NSGA-II, with solver = \"nsga2\"", |t| nsga2(t, d.nsga2)),
        compromise: compromise(t),
    };
    if params.nsga2.seeded > params.nsga2.search.population {
        let message = format!(
            "`upper.nsga2.seeded` = {} is more than the population of {}",
            params.nsga2.seeded, params.nsga2.search.population
        );
        t.refuse("nsga2.seeded", message, "at most `upper.nsga2.population`");
    }
    params
}

fn nsga2(t: &mut Table<'_>, d: Nsga2Layer) -> Nsga2Layer {
    let mut search = d.search;
    search.population = t.count32(
        "population",
        search.population as u32,
        4..=100_000,
        "individuals",
        "size of the population, even",
    ) as usize;
    if search.population % 2 == 1 {
        t.refuse(
            "population",
            format!("`{}.population` = {} is odd", t.path(), search.population),
            "individuals are crossed in pairs",
        );
    }
    search.generations = t.count32(
        "generations",
        search.generations as u32,
        1..=1_000_000,
        "generations",
        "generations",
    ) as usize;
    search.crossover_probability = t.number(
        "crossover_probability",
        search.crossover_probability,
        SHARE,
        "1",
        "probability that a pair is crossed",
    );
    search.crossover_eta = t.number(
        "crossover_eta",
        search.crossover_eta,
        0.0..=1000.0,
        "1",
        "distribution index of the crossover",
    );
    let sigma = if let Mutation::Gaussian { sigma, .. } = search.mutation { sigma } else { 0.1 };
    search.mutation = Mutation::Gaussian {
        sigma: t.number(
            "mutation_sigma",
            sigma,
            0.0..=1.0,
            "1",
            "standard deviation of the mutation, as a share of a gene's range",
        ),
        probability: None,
    };
    Nsga2Layer {
        search,
        seeded: t.count32(
            "seeded",
            d.seeded as u32,
            0..=100_000,
            "individuals",
            "individuals of the first population that follow the price",
        ) as usize,
        gene_kw: t.number("gene_kw", d.gene_kw, 0.001..=1e7, "kW", "virtual load of a gene of 1"),
        sweeps: t.count32(
            "sweeps",
            d.sweeps as u32,
            1..=100,
            "sweeps",
            "sweeps of exact placement by which genes become schedules",
        ) as usize,
    }
}

/// The objectives are 0, the variance of load, and 1, the cost.
fn compromise(t: &mut Table<'_>) -> Compromise {
    let rules = [
        ("topsis", "nearest to the best and farthest from the worst, by weight"),
        ("nearest_ideal", "nearest to the ideal point, objectives scaled to the front's range"),
        ("flattest", "the least variance of load"),
        ("cheapest", "the least cost"),
    ];
    t.table("compromise", "how one solution of the front is chosen", |t| {
        t.variants("rule", "topsis", &rules, "the rule", |t, rule| match rule {
            "nearest_ideal" => Compromise::NearestIdeal,
            "flattest" => Compromise::Least { objective: 0 },
            "cheapest" => Compromise::Least { objective: 1 },
            _ => Compromise::Topsis {
                weights: t.numbers_exactly(
                    "weights",
                    [0.5, 0.5],
                    0.0..=1e6,
                    "1",
                    "weights of variance and cost",
                ),
            },
        })
    })
}

fn lower(t: &mut Table<'_>) -> LowerParams {
    let d = LowerParams::default();
    let solvers = [
        ("exact", LowerSolver::Exact, "quadratic programme"),
        ("pso", LowerSolver::Swarm, "the paper's particle swarm"),
    ];
    let solver = t.word("solver", d.solver, &solvers, "how the profile is shared");
    let swarm =
        t.table("pso", "the particle swarm, with solver = \"pso\"", |t| optim::pso::Params {
            particles: t.count32(
                "particles",
                d.swarm.particles as u32,
                1..=100_000,
                "particles",
                "particles",
            ) as usize,
            iterations: t.count32(
                "iterations",
                d.swarm.iterations as u32,
                1..=1_000_000,
                "iterations",
                "iterations",
            ) as usize,
            inertia: t.number("inertia", d.swarm.inertia, 0.0..=2.0, "1", "w"),
            cognitive: t.number(
                "cognitive",
                d.swarm.cognitive,
                0.0..=10.0,
                "1",
                "c1, pull towards the particle's own best",
            ),
            social: t.number(
                "social",
                d.swarm.social,
                0.0..=10.0,
                "1",
                "c2, pull towards the swarm's best",
            ),
            speed_limit: t.number(
                "speed_limit",
                d.swarm.speed_limit,
                0.001..=10.0,
                "1",
                "most speed as a share of the range",
            ),
        });
    LowerParams { solver, swarm }
}
