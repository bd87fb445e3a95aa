//! What does not change during a run: rules, tariffs, series, seeds. Agents read it; nobody writes
//! it.

use crate::dso::case::FeederCase;
use crate::microgrids::MicrogridCase;
use crate::nowcast::{ExpectedError, Nowcast};
use crate::outside::{Outside, OwnValues};
use crate::policies::PolicySet;
use clock::{Draws, Group, Seeds};
use domain::{
    Latency, PeriodGrid, PileOutage, PlantSpec, Price, Span, Taper, Tariff, TemperatureLimit, Time,
};
use market::{AccessMode, MarketRules};
use population::{KindOfDay, LatenessRisk, SegmentSpec};
use std::sync::Arc;

/// One series of numbers, one value per period of the scenario's grid, whole days.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Values from the midnight of `first` on.
    pub values: Arc<[f64]>,
    /// Period to which the first value belongs.
    pub first: i64,
    /// Periods in a day.
    pub per_day: i64,
}

impl Series {
    /// The same value always.
    pub fn constant(value: f64) -> Self {
        Self { values: [value].into(), first: 0, per_day: 1 }
    }
    /// The value of a period. Beyond its ends the first or the last day repeats, so that horizons
    /// may look past the end of a run.
    ///
    /// ```
    /// let s = agents::Series { values: [1.0, 2.0, 3.0, 4.0].into(), first: -2, per_day: 2 };
    /// assert_eq!([-4, -2, -1, 0, 1, 2, 5].map(|p| s.at(p)), [1.0, 1.0, 2.0, 3.0, 4.0, 3.0, 4.0]);
    /// assert!((-9..9).all(|first| s.from(first).take(12).eq((first..first + 12).map(|p| s.at(p)))));
    /// ```
    pub fn at(&self, period: i64) -> f64 {
        self.values[self.row(period)]
    }
    /// The values of a period and of those after it.
    pub fn from(&self, period: i64) -> impl Iterator<Item = f64> + '_ {
        let (per_day, last_day) =
            (self.per_day as usize, self.values.len() - self.per_day as usize);
        let mut row = self.row(period);
        // So many midnights before the first day is over, since the first day repeats before it.
        let mut early = (-(period - self.first).div_euclid(self.per_day)).max(0);
        std::iter::repeat_with(move || {
            let value = self.values[row];
            row += 1;
            if row.is_multiple_of(per_day) && (early > 0 || row > last_day) {
                row -= per_day;
                early -= 1;
            }
            value
        })
    }
    fn row(&self, period: i64) -> usize {
        let days = self.values.len() as i64 / self.per_day;
        let at = period - self.first;
        (at.div_euclid(self.per_day).clamp(0, days - 1) * self.per_day
            + at.rem_euclid(self.per_day)) as usize
    }
}

/// A forecast's error: a relative day-ahead error per hour (drawn once for the run) and how much of
/// it is left as time comes near.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ForecastError {
    /// Relative day-ahead error by hour, from `first_hour` on; empty = perfect foresight.
    pub by_hour: Vec<f64>,
    /// Hour (from the start) of the first value.
    pub first_hour: i64,
    /// Share of the day-ahead error that is left shortly before a period.
    pub intraday_share: f64,
    /// How far off the rest of the period at hand is seen.
    pub nowcast: Nowcast,
}

impl ForecastError {
    /// The factor on the truth of a forecast that is made `lead_h` hours ahead for an hour.
    pub fn factor(&self, hour: i64, lead_h: f64) -> f64 {
        if self.by_hour.is_empty() || lead_h <= 0.0 {
            return 1.0;
        }
        let last = self.by_hour.len() as i64 - 1;
        let error = self.by_hour[(hour - self.first_hour).clamp(0, last) as usize];
        let left = self.intraday_share + (1.0 - self.intraday_share) * (lead_h / 24.0).min(1.0);
        (1.0 + left * error).max(0.0)
    }
}

/// What nature and consumers do to a zone.
#[derive(Clone, Debug, PartialEq)]
pub struct ZoneSeries {
    /// Base load \[kW\].
    pub load_kw: Series,
    /// PV available \[kW\].
    pub pv_kw: Series,
    /// Wind available \[kW\].
    pub wind_kw: Series,
    /// Air temperature [degrees C].
    pub temperature_c: Series,
    /// Errors of the forecasts of load, PV and wind.
    pub errors: [ForecastError; 3],
}

/// How the aggregator schedules, besides the policy in force.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScheduleSpec {
    /// Charging power by SOC.
    pub taper: Taper,
    /// Charging power by temperature.
    pub temperature: TemperatureLimit,
    /// Periods that `fast`, `lp` and `mpc` look ahead.
    pub horizon: usize,
    /// Whether vehicles whose owners accept it may be discharged inside a charging booking.
    pub v2g_inside_bookings: bool,
}

/// What grid energy costs by period, in the place of the tariffs (CNY/kWh).
#[derive(Clone, Debug)]
pub struct GridPrice {
    /// What the plant pays; below zero it is paid.
    pub plant: Series,
    /// What an EV pays outside of the market, where it follows the plant's price.
    pub retail: Option<Series>,
}

/// What the run is about; shared by all zones.
#[derive(Clone, Debug)]
pub struct Environment {
    /// Settlement periods.
    pub grid: PeriodGrid,
    /// Gates of a period, at which set points may change; the first is its start.
    pub gates: i64,
    /// Weekday of day 0; 0 is a Monday.
    pub first_weekday: u8,
    /// Seeds of all random draws.
    pub seeds: Seeds,
    /// Number of zones.
    pub zones: u16,
    /// Number of EVs in all zones.
    pub evs: u32,
    /// Mechanisms as they are at the start. What may change during a run ([`market::PolicyKey`])
    /// agents read from the [`Policy`](crate::Policy) that they know.
    pub market: MarketRules,
    /// Scheduling.
    pub schedule: ScheduleSpec,
    /// Ageing laws of EV batteries.
    pub ageing: domain::Ageing,
    /// Plant of each zone.
    pub plant: PlantSpec,
    /// What the plant pays for grid energy.
    pub tariff_plant: DayTariff,
    /// What an EV pays without a booking: c_grid,EV.
    pub tariff_ev: DayTariff,
    /// Peak hours of the penalty's alpha, as local (from, to).
    pub peak_hours: Vec<(f64, f64)>,
    /// What grid energy costs by period where it is no tariff.
    pub grid_price: Option<GridPrice>,
    /// Fleet segments.
    pub segments: Vec<SegmentSpec>,
    /// By segment: the number of each of its vehicle classes among those of all segments.
    pub class_numbers: Vec<Vec<u16>>,
    /// By segment: what lateness is expected to cost.
    pub risks: Arc<[LatenessRisk]>,
    /// Series by zone (index = zone - 1); a single entry serves all zones.
    pub series: Vec<ZoneSeries>,
    /// Outages of piles.
    pub outages: Vec<PileOutage>,
    /// Message delays.
    pub latency: Latency,
    /// What the zones belong to.
    pub model: ModelCase,
    /// What this partition knows from outside, in the place of the scenario's values.
    pub outside: Outside,
    /// Policies of whoever uses the library.
    pub own: PolicySet,
    /// Which rows are written.
    pub log: Log,
    /// Last instant of the run.
    pub end: Time,
    /// What people are called, by number of the EV from 1; empty where nobody has a name.
    pub names: Arc<Vec<String>>,
    /// Recorded stays of every EV, by its number from 1; empty where days are drawn.
    pub replay: Arc<Vec<Vec<RecordedStay>>>,
}

/// Which rows a run writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Log {
    /// All.
    #[default]
    Full,
    /// What settles: no published prices, and of facts only who was turned away too late to count
    /// as one who never came.
    Settlements,
}

/// A stay as it was recorded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RecordedStay {
    /// The day of its arrival.
    pub day: i64,
    /// Arrival.
    pub arrival: Time,
    /// Departure.
    pub departure: Time,
    /// Energy used before it, out of the battery \[kWh\].
    pub need_kwh: f64,
}

/// What a draw is for; with the agent's id and the decision's number it names the random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Purpose {
    /// Who the user is.
    Person = 1,
    /// Plan of a day.
    Day = 2,
    /// Choice of a window.
    Choice = 3,
    /// What will happen to a booking.
    Response = 4,
    /// Decision to honour, cancel or stay away.
    Attendance = 5,
    /// Notice and reaction to a ticket.
    Ticket = 6,
    /// A lottery among grabs.
    Lottery = 7,
    /// Delay of a message.
    Delay = 8,
    /// A forecast's error.
    Forecast = 9,
    /// A swarm.
    Swarm = 10,
    /// Eagerness to follow set points.
    Eagerness = 11,
    /// The upper layer's front.
    Front = 12,
    /// The lower layer's sharing.
    Sharing = 13,
    /// How a stay differs from what was announced.
    Deviation = 14,
    /// Whether an EV parks elsewhere by day.
    Travel = 15,
    /// Plan of a day's stay elsewhere.
    DayPlace = 16,
    /// A nowcast's error.
    Nowcast = 17,
    /// When a user looks at a booking ahead of it.
    Reaction = 18,
    /// Whether a user is treated in a trial.
    Trial = 19,
    /// Which day of a series comes.
    SeriesDay = 20,
}

/// Agent kinds of the random streams.
pub mod stream {
    /// EVs and their users.
    pub const EV: u16 = 1;
    /// Aggregators.
    pub const AGGREGATOR: u16 = 2;
    /// Pricing agents.
    pub const PRICING: u16 = 3;
    /// DSO agents and coordinators.
    pub const DSO: u16 = 4;
    /// Sources outside.
    pub const EXOGENOUS: u16 = 5;
}

/// The stable identity of an EV in the random streams: its segment and its number in the segment.
pub fn stable_id(segment: u16, index: u32) -> u64 {
    u64::from(segment) << 32 | u64::from(index)
}

/// A tariff by settlement period of the day: prices are looked up for whole horizons at every period.
#[derive(Clone, Debug)]
pub struct DayTariff {
    by_period: Arc<[Price]>,
}

impl DayTariff {
    /// The prices at the beginnings of the periods of a day.
    pub fn new(tariff: &Tariff, grid: PeriodGrid) -> Self {
        Self { by_period: (0..grid.per_day).map(|k| tariff.at(grid.start(k))).collect() }
    }
    /// The price of a period.
    pub fn of(&self, period: i64) -> Price {
        self.by_period[period.rem_euclid(self.by_period.len() as i64) as usize]
    }
}

/// The kind of model: what the zones belong to.
#[derive(Clone, Debug, Default)]
pub enum ModelCase {
    /// An industrial park: zones of their own (P3).
    #[default]
    Park,
    /// A distribution feeder, whose aggregation zones they are (P0).
    Feeder(Arc<FeederCase>),
    /// A group of microgrids, which they are (P4).
    Group(Arc<MicrogridCase>),
}

impl Environment {
    /// The feeder whose zones these are, if they are zones of one.
    pub const fn feeder(&self) -> Option<&Arc<FeederCase>> {
        match &self.model {
            ModelCase::Feeder(case) => Some(case),
            ModelCase::Park | ModelCase::Group(_) => None,
        }
    }
    /// The group of microgrids that the zones are, if they are one.
    pub const fn group(&self) -> Option<&Arc<MicrogridCase>> {
        match &self.model {
            ModelCase::Group(case) => Some(case),
            ModelCase::Park | ModelCase::Feeder(_) => None,
        }
    }
    /// A partition takes over what it knows from outside. The centre of a feeder goes on with the
    /// voltage that it is told of its substation.
    pub fn know(&mut self, outside: &Outside) {
        self.outside = outside.clone();
        if let (Some(case), Some(pu)) = (self.feeder(), outside.vm_now_pu()) {
            self.model = ModelCase::Feeder(Arc::new(case.with_substation(pu)));
        }
    }
    /// The series of a zone.
    pub fn series(&self, zone: u16) -> &ZoneSeries {
        let i = usize::from(zone.saturating_sub(1)).min(self.series.len() - 1);
        &self.series[i]
    }
    /// A user's random numbers for one decision.
    pub fn user_draws(&self, stable: u64, purpose: Purpose, n: u64) -> Draws {
        self.seeds.draws(Group::Behaviour, stream::EV, purpose as u16, stable, n)
    }
    /// Whether a day is a workday or of the weekend.
    pub fn kind_of_day(&self, day: i64) -> KindOfDay {
        KindOfDay::of(day, self.first_weekday)
    }
    /// Whether a period lies in peak hours.
    pub fn is_peak(&self, period: i64) -> bool {
        let hour = self.grid.start(period).hour_of_day();
        self.peak_hours.iter().any(|&(from, to)| from <= hour && hour < to)
    }
    /// c_grid,EV of a period: a grid price from outside moves it by as much as c_grid,plant.
    pub fn retail(&self, period: i64) -> Price {
        let own = self.own_retail(period);
        if !self.outside.gives_prices() {
            return own;
        }
        own + (self.wholesale(period) - self.own_wholesale(period))
    }
    /// c_grid,plant of a period.
    pub fn wholesale(&self, period: i64) -> Price {
        let own = self.own_wholesale(period);
        if !self.outside.gives_prices() {
            return own;
        }
        Price(self.outside.grid_price(period, own.value()))
    }
    fn own_retail(&self, period: i64) -> Price {
        match self.grid_price.as_ref().and_then(|p| p.retail.as_ref()) {
            Some(retail) => Price(retail.at(period)),
            None => self.tariff_ev.of(period),
        }
    }
    fn own_wholesale(&self, period: i64) -> Price {
        match &self.grid_price {
            Some(price) => Price(price.plant.at(period)),
            None => self.tariff_plant.of(period),
        }
    }
    /// Load, PV and wind of a period, as they are \[kW\]: for what happens by itself, such as a
    /// limiter at the connection, and for settlement; agents that decide see [`Self::nowcast_kw`].
    pub fn powers_kw(&self, zone: u16, period: i64) -> [f64; 3] {
        let own = self.own_powers_kw(zone, period);
        let given = self.outside.powers_kw(period, self.grid);
        std::array::from_fn(|i| given[i].unwrap_or(own[i]))
    }
    /// Air temperature in a zone in a period [degrees C].
    pub fn temperature_c(&self, zone: u16, period: i64) -> f64 {
        let given = self.outside.temperature_c(period, self.grid);
        given.unwrap_or_else(|| self.series(zone).temperature_c.at(period))
    }
    /// The share of their power with which vehicles may charge at the voltage now, if one is given
    /// from outside.
    pub fn voltage_share(&self, period: i64) -> f64 {
        let given = self.outside.vm_pu(period, self.grid);
        given.map_or(1.0, |[now, _]| self.market.access.voltage.share(now))
    }
    /// The scenario's own values of a zone in a period.
    pub fn own_values(&self, zone: u16, period: i64) -> OwnValues {
        OwnValues {
            powers_kw: self.own_powers_kw(zone, period),
            temperature_c: self.series(zone).temperature_c.at(period),
            vm_pu: self.feeder().map_or(1.0, |case| case.feeder.slack_voltage().value()),
        }
    }
    fn own_powers_kw(&self, zone: u16, period: i64) -> [f64; 3] {
        let s = self.series(zone);
        [&s.load_kw, &s.pv_kw, &s.wind_kw].map(|series| series.at(period))
    }
    /// Load, PV and wind as forecast at period `now` for a period \[kW\].
    pub fn forecast_kw(&self, zone: u16, now: i64, period: i64) -> [f64; 3] {
        self.forecasts_kw(zone, now, period).next().unwrap_or_default()
    }
    /// The same for a period and those after it, without end.
    pub fn forecasts_kw(
        &self,
        zone: u16,
        now: i64,
        from: i64,
    ) -> impl Iterator<Item = [f64; 3]> + '_ {
        let s = self.series(zone);
        let truth = s.load_kw.from(from).zip(s.pv_kw.from(from)).zip(s.wind_kw.from(from));
        // What comes from outside is known for the present; forecasts stay the scenario's.
        let given = self.outside.powers_kw(now, self.grid);
        truth.zip(from..).map(move |(((load, pv), wind), period)| {
            let [load, pv, wind] = if period == now {
                let [g_load, g_pv, g_wind] = given;
                [g_load.unwrap_or(load), g_pv.unwrap_or(pv), g_wind.unwrap_or(wind)]
            } else {
                [load, pv, wind]
            };
            let factor = |kind: usize| self.factor_of(&s.errors[kind], now, period);
            [load * factor(0), pv * factor(1), wind * factor(2)]
        })
    }
    /// The factor on the truth of a zone's forecast of load (0), PV (1) or wind (2), made at the
    /// beginning of period `now` for a period; for `now` itself it is the nowcast's.
    pub fn forecast_factor(&self, zone: u16, kind: usize, now: i64, period: i64) -> f64 {
        self.factor_of(&self.series(zone).errors[kind], now, period)
    }
    fn factor_of(&self, error: &ForecastError, now: i64, period: i64) -> f64 {
        if period <= now {
            return error.nowcast.factor(period, 0.0);
        }
        if error.by_hour.is_empty() {
            return 1.0;
        }
        let hour = self.grid.start(period).0.div_euclid(Span::HOUR.0);
        error.factor(hour, (period - now) as f64 * self.grid.hours().value())
    }
    /// The factor on the truth of load (0), PV (1) or wind (2) of the period at hand, when this
    /// share of it has passed.
    pub fn nowcast_factor(&self, zone: u16, kind: usize, period: i64, elapsed: f64) -> f64 {
        self.series(zone).errors[kind].nowcast.factor(period, elapsed)
    }
    /// The period that an instant belongs to, and the share of it that has passed.
    pub fn elapsed(&self, t: Time) -> (i64, f64) {
        let k = self.grid.at(t);
        (k, (t - self.grid.start(k)).hours().value() / self.grid.hours().value())
    }
    /// The period that an instant belongs to, and its last gate that is not later.
    pub fn gate_at(&self, t: Time) -> (i64, i64) {
        let k = self.grid.at(t);
        let since = t - self.grid.start(k);
        (k, (since.0 * self.gates / self.grid.length().0).min(self.gates - 1))
    }
    /// When a gate of a period is; the last one is followed by the next period's first.
    pub fn gate(&self, period: i64, gate: i64) -> Time {
        self.grid.start(period) + Span(self.grid.length().0 * gate / self.gates)
    }
    /// Mean load, PV and wind of the period at hand as an agent sees them when this share of it has
    /// passed \[kW\] (see [`Nowcast`]).
    pub fn nowcast_kw(&self, zone: u16, period: i64, elapsed: f64) -> [f64; 3] {
        let errors = &self.series(zone).errors;
        let truth = self.powers_kw(zone, period);
        std::array::from_fn(|kind| truth[kind] * errors[kind].nowcast.factor(period, elapsed))
    }
    /// Mean load, PV and wind of the rest of the period at hand, each with its standard deviation
    /// \[kW\], as a zone expects them that has compared its last nowcast of the period before with
    /// the meter.
    pub fn rest_kw(&self, zone: u16, period: i64, elapsed: f64) -> [ExpectedError; 3] {
        let errors = &self.series(zone).errors;
        let (metered, seen) =
            (self.powers_kw(zone, period), self.nowcast_kw(zone, period, elapsed));
        let last_look = (self.gates - 1) as f64 / self.gates as f64;
        std::array::from_fn(|kind| {
            let rest_kw = (seen[kind] - elapsed * metered[kind]) / (1.0 - elapsed).max(1e-9);
            let e = errors[kind].nowcast.expected(period, elapsed, last_look);
            let mean = rest_kw / (1.0 + e.mean).max(0.1);
            ExpectedError { mean, sd: mean.abs() * e.sd }
        })
    }
    /// Renewables less load (P3 eq. 4) as seen at the beginning of period `now`, from that period
    /// on \[kW\].
    pub fn forecast_surplus_kw(&self, zone: u16, now: i64, horizon: usize) -> Vec<f64> {
        self.forecasts_kw(zone, now, now)
            .take(horizon)
            .map(|[load, pv, wind]| pv + wind - load)
            .collect()
    }
    /// The delay of a message between a user and the aggregator.
    pub fn user_delay(&self, stable: u64, n: u64) -> Span {
        self.latency.booking.delay(|| self.delay_draw(stream::EV, stable, n))
    }
    /// How long the publication of period `k` travels to a zone.
    pub fn price_delay(&self, zone: u16, k: i64) -> Span {
        let draw = || self.delay_draw(stream::PRICING, u64::from(zone), k as u64);
        self.latency.price.delay(draw).max(self.latency.floor)
    }
    /// How long a zone's report of period `k` travels to the pricing agent.
    pub fn report_delay(&self, zone: u16, k: i64) -> Span {
        let draw = || self.delay_draw(stream::AGGREGATOR, u64::from(zone), k as u64);
        self.latency.report.delay(draw).max(self.latency.floor)
    }
    fn delay_draw(&self, agent: u16, id: u64, n: u64) -> f64 {
        let mut u = self.seeds.draws(Group::Exogenous, agent, Purpose::Delay as u16, id, n);
        optim::normal::quantile(u.uniform())
    }
    /// Whether vehicles stay plugged in from arrival to departure, each at a pile of its own.
    pub fn pile_for_each(&self) -> bool {
        self.market.access.mode == AccessMode::PerStay && !matches!(self.model, ModelCase::Park)
    }
    /// How many periods a span covers, rounded up.
    pub fn periods_of(&self, span: Span) -> i64 {
        (span.0 + self.grid.length().0 - 1) / self.grid.length().0
    }
}
