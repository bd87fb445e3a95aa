//! What does not change during a run: rules, tariffs, series, seeds. Agents read it; nobody writes it.

use clock::{Draws, Group, Seeds};
use domain::{PeriodGrid, PlantSpec, Price, Span, Taper, Tariff, TemperatureLimit, Time};
use market::{MarketRules, SchedulePolicy};
use population::{LatenessRisk, SegmentSpec};

/// One series of numbers, one value per period of the scenario's grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Values from local midnight on.
    pub values: Vec<f64>,
    /// Period to which the first value belongs.
    pub first: i64,
}

impl Series {
    /// The same value always.
    pub fn constant(value: f64) -> Self {
        Self { values: vec![value], first: 0 }
    }
    /// The value of a period; the series repeats.
    pub fn at(&self, period: i64) -> f64 {
        self.values[(period - self.first).rem_euclid(self.values.len() as i64) as usize]
    }
}

/// A forecast's error: multiplicative, first-order autoregressive over the periods ahead.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ForecastError {
    /// Standard deviation relative to the value, once it is fully developed (0 = perfect foresight).
    pub sd: f64,
    /// Correlation from one period to the next, 0..1.
    pub correlation: f64,
}

/// What nature and consumers do to a zone.
#[derive(Clone, Debug, PartialEq)]
pub struct ZoneSeries {
    /// Base load [kW].
    pub load_kw: Series,
    /// PV available [kW].
    pub pv_kw: Series,
    /// Wind available [kW].
    pub wind_kw: Series,
    /// Air temperature [degrees C].
    pub temperature_c: Series,
    /// Errors of the forecasts of load, PV and wind.
    pub errors: [ForecastError; 3],
}

/// Piles that fail for a while.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PileOutage {
    /// Zone, 1-based.
    pub zone: u16,
    /// How many piles, from the lowest number on.
    pub piles: u32,
    /// From when.
    pub from: Time,
    /// Until when.
    pub until: Time,
}

/// Delays of messages.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Latency {
    /// Least delay between zones, and of every message inside one: the look-ahead.
    pub floor: Span,
    /// Median of what is added to messages between a user and the aggregator [s]; 0 adds nothing.
    pub user_median_s: f64,
    /// Log-sd of what is added.
    pub user_sigma: f64,
}

impl Default for Latency {
    fn default() -> Self {
        Self { floor: Span::SECOND, user_median_s: 0.0, user_sigma: 0.0 }
    }
}

/// How the aggregator schedules.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScheduleSpec {
    /// Policy.
    pub policy: SchedulePolicy,
    /// Charging power by SOC.
    pub taper: Taper,
    /// Charging power by temperature.
    pub temperature: TemperatureLimit,
    /// Weight gamma of being connected in the priority of P3 eq. 12 [kW].
    pub connected_weight_kw: f64,
    /// Periods that `fast`, `lp` and `mpc` look ahead.
    pub horizon: usize,
    /// Whether vehicles whose owners accept it may be discharged inside a charging booking.
    pub v2g_inside_bookings: bool,
}

/// What the run is about; shared by all zones.
#[derive(Clone, Debug)]
pub struct Environment {
    /// Settlement periods.
    pub grid: PeriodGrid,
    /// Seeds of all random draws.
    pub seeds: Seeds,
    /// Number of zones.
    pub zones: u16,
    /// Mechanisms.
    pub market: MarketRules,
    /// Scheduling.
    pub schedule: ScheduleSpec,
    /// Ageing laws of EV batteries.
    pub ageing: domain::Ageing,
    /// Plant of each zone.
    pub plant: PlantSpec,
    /// What the plant pays for grid energy.
    pub tariff_plant: Tariff,
    /// What an EV pays without a booking: c_grid,EV.
    pub tariff_ev: Tariff,
    /// Peak hours of the penalty's alpha, as local (from, to).
    pub peak_hours: Vec<(f64, f64)>,
    /// Fleet segments.
    pub segments: Vec<SegmentSpec>,
    /// By segment: what lateness is expected to cost.
    pub risks: Vec<LatenessRisk>,
    /// Series by zone (index = zone - 1); a single entry serves all zones.
    pub series: Vec<ZoneSeries>,
    /// Outages of piles.
    pub outages: Vec<PileOutage>,
    /// Message delays.
    pub latency: Latency,
    /// Last instant of the run.
    pub end: Time,
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
}

/// Agent kinds of the random streams.
pub mod stream {
    /// EVs and their users.
    pub const EV: u16 = 1;
    /// Aggregators.
    pub const AGGREGATOR: u16 = 2;
    /// Pricing agents.
    pub const PRICING: u16 = 3;
    /// Sources outside.
    pub const EXOGENOUS: u16 = 5;
}

/// The stable identity of an EV in the random streams: its segment and its number in the segment.
pub fn stable_id(segment: u16, index: u32) -> u64 {
    u64::from(segment) << 32 | u64::from(index)
}

impl Environment {
    /// The series of a zone.
    pub fn series(&self, zone: u16) -> &ZoneSeries {
        let i = usize::from(zone.saturating_sub(1)).min(self.series.len() - 1);
        &self.series[i]
    }
    /// A user's random numbers for one decision.
    pub fn user_draws(&self, stable: u64, purpose: Purpose, n: u64) -> Draws {
        self.seeds.draws(Group::Behaviour, stream::EV, purpose as u16, stable, n)
    }
    /// Whether a period lies in peak hours.
    pub fn is_peak(&self, period: i64) -> bool {
        let hour = self.grid.start(period).hour_of_day();
        self.peak_hours.iter().any(|&(from, to)| from <= hour && hour < to)
    }
    /// c_grid,EV of a period.
    pub fn retail(&self, period: i64) -> Price {
        self.tariff_ev.at(self.grid.start(period))
    }
    /// c_grid,plant of a period.
    pub fn wholesale(&self, period: i64) -> Price {
        self.tariff_plant.at(self.grid.start(period))
    }
    /// Renewables less load (P3 eq. 4), as it will be [kW].
    pub fn surplus_kw(&self, zone: u16, period: i64) -> f64 {
        let s = self.series(zone);
        s.pv_kw.at(period) + s.wind_kw.at(period) - s.load_kw.at(period)
    }
    /// Renewables less load as forecast at period `now` for period `period`: each part is the truth times an error that grows from
    /// nothing with the distance and is the same for everybody who asks [kW].
    pub fn forecast_surplus_kw(&self, zone: u16, now: i64, horizon: usize) -> Vec<f64> {
        let s = self.series(zone);
        let mut factors = [0.0; 3];
        let mut out = Vec::with_capacity(horizon);
        for j in 0..horizon {
            let period = now + j as i64;
            if j > 0 && s.errors.iter().any(|e| e.sd > 0.0) {
                let mut u = self.seeds.draws(
                    Group::Exogenous,
                    stream::EXOGENOUS,
                    Purpose::Forecast as u16,
                    u64::from(zone),
                    period.rem_euclid(1 << 40) as u64,
                );
                for (k, e) in s.errors.iter().enumerate() {
                    let z = optim::normal::quantile(u.uniform());
                    factors[k] = e.correlation * factors[k] + (1.0 - e.correlation * e.correlation).sqrt() * e.sd * z;
                }
            }
            let [load, pv, wind] = factors.map(|f| (1.0_f64 + f).max(0.0));
            out.push(s.pv_kw.at(period) * pv + s.wind_kw.at(period) * wind - s.load_kw.at(period) * load);
        }
        out
    }
    /// The delay of a message between a user and the aggregator.
    pub fn user_delay(&self, stable: u64, n: u64) -> Span {
        if self.latency.user_median_s <= 0.0 {
            return self.latency.floor;
        }
        let mut u = self.seeds.draws(Group::Exogenous, stream::EV, Purpose::Delay as u16, stable, n);
        let z = optim::normal::quantile(u.uniform());
        self.latency.floor + Span::from_seconds(self.latency.user_median_s * (self.latency.user_sigma * z).exp())
    }
    /// How many periods a span covers, rounded up.
    pub fn periods_of(&self, span: Span) -> i64 {
        (span.0 + self.grid.length().0 - 1) / self.grid.length().0
    }
}
