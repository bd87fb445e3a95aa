//! The scenario: everything that a run needs to know, checked.

use crate::builtin_series::BuiltinSeries;
use crate::defaults::Defaults;
use crate::fleet::{self, FleetRules};
use crate::market::market_rules;
use crate::microgrids::check_travel;
use crate::model::{Model, ModelKind, model, model_kind};
use crate::plant::{PlantRules, plant};
use crate::recording::{RecordRules, recording};
use crate::schedule::{ScheduleRules, schedule};
use crate::series::{Repeat, SeriesRules, SeriesSource, SeriesSpec, series};
use crate::series_data::TOO_SHORT_HELP;
use crate::start::{Start, start};
use crate::tariff::{TariffRules, tariff};
use crate::timeline::{Frame, TimelineEntry, timeline};
use crate::timing::{Seeds, latency, outages, periods_per_day, seeds};
use domain::{Latency, PileOutage};
use group::{GroupParams, Horizon, PriceParams};
use keys::{Code, Table};
use market::{AccessMode, MarketRules, SchedulingRules};
use std::path::{Path, PathBuf};

/// Everything that a run needs to know.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Its name, in file names and tables.
    pub name: String,
    /// What it is about.
    pub description: String,
    /// What amounts of money are called; nothing is converted.
    pub currency: String,
    /// Which system is simulated, with what only it has.
    pub model: Model,
    /// The local midnight at which the record opens.
    pub start: Start,
    /// Seeds of the groups of draws.
    pub seeds: Seeds,
    /// Recorded days.
    pub days: u32,
    /// Days simulated before the record opens.
    pub warmup_days: u32,
    /// Settlement periods in a day: 96, 48 or 24.
    pub periods_per_day: u32,
    /// Zones. In a park each is a park of its own with this plant, these piles and these series,
    /// all in one price area; the EVs are spread over them in blocks. In a group each microgrid is
    /// one. In a feeder the partition makes them, and this is 1.
    pub zones: u32,
    /// Who drives.
    pub fleet: FleetRules,
    /// The mechanisms of the market.
    pub market: MarketRules,
    /// How plugged-in vehicles are charged.
    pub schedule: ScheduleRules,
    /// What each zone owns.
    pub plant: PlantRules,
    /// What energy costs.
    pub tariff: TariffRules,
    /// What each zone's surroundings do.
    pub series: SeriesRules,
    /// How long messages travel.
    pub latency: Latency,
    /// Piles that fail.
    pub outages: Vec<PileOutage>,
    /// Policy that changes during the run, in the order of the file.
    pub timeline: Vec<TimelineEntry>,
    /// What is recorded.
    pub record: RecordRules,
    /// The folder that relative paths start from.
    pub folder: PathBuf,
    /// SHA-256 over all values in force and the content of the files that they name, hexadecimal;
    /// where they came from does not matter.
    pub hash: String,
}

impl Scenario {
    /// The group of microgrids with its fleet, tariff and horizon; none for the other models.
    pub fn group_params(&self) -> Option<GroupParams> {
        let Model::Group(rules) = &self.model else { return None };
        Some(GroupParams {
            horizon: Horizon::day(self.periods_per_day as usize),
            microgrids: rules.microgrids.clone(),
            fleet: self.fleet.spec.clone(),
            price: PriceParams { form: rules.price, tariffs: rules.tariffs(&self.tariff.ev) },
            participation: rules.participation.share,
            upper: rules.upper,
            lower: rules.lower,
        })
    }

    /// Gates of a period, at which a feeder's zones may change set points: its start, and one every
    /// `trades.gates_min` after it.
    pub fn gates(&self) -> i64 {
        let Model::Feeder(rules) = &self.model else { return 1 };
        i64::from(1440 / self.periods_per_day / rules.gates_min).max(1)
    }

    /// Recorded periods.
    pub fn periods(&self) -> u64 {
        u64::from(self.days) * u64::from(self.periods_per_day)
    }
}

/// Declares every key of a scenario, in the order in which they are shown; relative paths start
/// from `folder`.
pub(crate) fn scenario(t: &mut Table<'_>, folder: &Path) -> Scenario {
    let kind = model_kind(t);
    let d = Defaults::of(kind);
    let name = t.text(
        "name",
        kind.word(),
        "name in file names and tables: letters, digits, `-`, `_`, `.`",
    );
    check_name(t, &name);
    let description = t.text("description", "", "what the scenario is about");
    let currency = currency(t);
    let start = start(t);
    let days = t.count32("days", 1, 1..=3660, "days", "recorded days");
    let warmup_days =
        t.count32("warmup_days", 1, 0..=365, "days", "days simulated before the record opens");
    let periods_per_day = periods_per_day(t, d.periods_per_day);
    let parks = parks(t, kind);
    let seeds = seeds(t);
    let record = recording(t);
    let latency = latency(t);
    let model = model(t, kind, periods_per_day, folder);
    let zones =
        if let Model::Group(group) = &model { group.microgrids.len() as u32 } else { parks };
    let (market, lead) = market_rules(t, &d.market, periods_per_day);
    let common = fleet::common(t, lead);
    let fleet = fleet::fleet(t, &d.fleet, &common);
    let (scheduling, schedule) = schedule(t, SchedulingRules::default(), periods_per_day);
    let market = MarketRules { schedule: scheduling, ..market };
    let plant = plant(t, &d.plant, kind, periods_per_day);
    let tariff = tariff(t, &d.tariff, &d.peak_hours, d.service_fee);
    let series = series(t, &d.series);
    let outages = outages(t, zones);
    let frame = Frame {
        start: &start,
        warmup_days,
        periods_per_day,
        zones: (kind != ModelKind::Feeder).then_some(zones),
        segments: fleet.spec.segments.iter().map(|s| s.name.as_str()).collect(),
    };
    let timeline = timeline(t, &market, &frame);
    let scenario = Scenario {
        name,
        description,
        currency,
        model,
        start,
        seeds,
        days,
        warmup_days,
        periods_per_day,
        zones,
        fleet,
        market,
        schedule,
        plant,
        tariff,
        series,
        latency,
        outages,
        timeline,
        record,
        folder: folder.to_path_buf(),
        hash: String::new(),
    };
    check_together(t, &scenario);
    scenario
}

/// `zones`: only a park says how many there are.
fn parks(t: &mut Table<'_>, kind: ModelKind) -> u32 {
    match kind {
        ModelKind::Park => t.count32(
            "zones",
            1,
            1..=65_535,
            "zones",
            "parks with this plant, these piles and these series each; the EVs are spread over them",
        ),
        ModelKind::Feeder => {
            t.reject("zones", "the zones of a feeder are made by its partition", "leave `zones` out; see [partition]");
            1
        }
        ModelKind::Group => {
            t.reject("zones", "each microgrid of a group is a zone", "leave `zones` out; see [[microgrid]]");
            1
        }
    }
}

/// `currency`: three letters.
fn currency(t: &mut Table<'_>) -> String {
    let doc = "what amounts of money are called, three letters; a label, nothing is converted";
    let given = t.text("currency", "CNY", doc);
    if given.len() == 3 && given.chars().all(|c| c.is_ascii_uppercase()) {
        return given;
    }
    let shown: String = given.chars().take(20).collect();
    t.refuse_as(
        Code::OutOfRange,
        "currency",
        format!("`currency` = \"{shown}\" is no currency"),
        "three capital letters, e.g. EUR",
    );
    "CNY".to_owned()
}

fn check_name(t: &Table<'_>, name: &str) {
    let plain = !name.is_empty()
        && name.len() <= 64
        && !name.starts_with('.')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    if !plain {
        let shown: String = name.chars().take(64).collect();
        t.refuse_as(
            Code::OutOfRange,
            "name",
            format!("`name` = \"{shown}\" cannot name a folder"),
            "use letters, digits, `-`, `_`, `.`, at most 64 of them",
        );
    }
}

/// What concerns more than one table.
fn check_together(t: &Table<'_>, s: &Scenario) {
    let evs = s.fleet.spec.evs;
    if s.model.kind() == ModelKind::Park
        && s.market.access.mode == AccessMode::PerStay
        && s.fleet.people.is_none()
        && s.fleet.replay.is_none()
    {
        let piles = u64::from(s.market.access.piles) * u64::from(s.zones);
        if piles < u64::from(evs) {
            let message = format!(
                "`access.mode` = \"per_stay\" needs a pile for every EV, but there are {piles} piles for {evs} EVs"
            );
            t.refuse(
                "access.piles",
                message,
                format!("give at least {} piles per zone", evs.div_ceil(s.zones)),
            );
        }
    }
    let fixed_zones = s.model.kind() != ModelKind::Feeder;
    for (k, segment) in s.fleet.spec.segments.iter().enumerate().filter(|_| fixed_zones) {
        if segment.zone.is_some_and(|zone| u32::from(zone) > s.zones) {
            let message = format!(
                "segment \"{}\" lives in zone {}, but there are {} zones",
                segment.name,
                segment.zone.unwrap_or(0),
                s.zones
            );
            t.refuse(&format!("fleet.segment[{k}].zone"), message, "zones count from 1");
        }
    }
    for (k, outage) in s.outages.iter().enumerate() {
        if outage.piles > s.market.access.piles {
            let message =
                format!("{} piles fail, but a zone has {}", outage.piles, s.market.access.piles);
            t.refuse(&format!("outage[{k}].piles"), message, "at most `access.piles`");
        }
    }
    if let Model::Feeder(rules) = &s.model {
        let (period, gate) = (1440 / s.periods_per_day, rules.gates_min);
        if gate < period && !period.is_multiple_of(gate) {
            let message =
                format!("`trades.gates_min` = {gate} does not divide a period of {period} min");
            t.refuse("trades.gates_min", message, "a divisor of the period, or as long as it or longer: its start is then the only gate");
        }
    }
    if let Model::Group(rules) = &s.model {
        check_travel(t, &rules.travel, &s.fleet.spec.segments);
    }
    check_coverage(t, s);
}

/// Built-in series must be long enough; files are checked when they are read.
fn check_coverage(t: &Table<'_>, s: &Scenario) {
    for spec in s.series.all() {
        let SeriesSource::Builtin(name) = &spec.source else { continue };
        let Some(builtin) = BuiltinSeries::named(name) else { continue };
        let held = builtin.rows() as u64 * u64::from(builtin.step_min()) / 1440;
        let needed = days_needed(spec, s);
        if held < needed {
            let message = format!("series \"{name}\" holds {held} days, {needed} are needed");
            t.refuse(&format!("series.{}.builtin", spec.name), message, TOO_SHORT_HELP);
        }
    }
}

/// Days that a series must hold, counted from its first.
pub(crate) fn days_needed(spec: &SeriesSpec, s: &Scenario) -> u64 {
    u64::from(spec.first_day.unwrap_or(0)) + days_taken(spec.repeat, s)
}

/// Days that are taken from a series.
pub(crate) fn days_taken(repeat: Repeat, s: &Scenario) -> u64 {
    match repeat {
        Repeat::Day | Repeat::Drawn => 1,
        Repeat::Week => 7,
        Repeat::Consecutive => u64::from(s.days) + u64::from(s.warmup_days),
    }
}
