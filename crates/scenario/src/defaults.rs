//! What is in force where a scenario says nothing, for each of the three systems. Unpublished
//! values are our reading.

use crate::fleet::FleetDefault;
use crate::model::ModelKind;
use crate::series::{ForecastError, SeriesDefault, SeriesScale};
use domain::Tariff;
use market::{AccessMode, MarketRules, PricingPolicy};
use population::FleetSpec;

/// Defaults of a system.
pub(crate) struct Defaults {
    pub periods_per_day: u32,
    pub fleet: FleetDefault,
    pub market: MarketRules,
    pub tariff: Tariff,
    pub peak_hours: [[f64; 2]; 2],
    pub service_fee: f64,
    /// Load, PV, wind, temperature.
    pub series: [SeriesDefault; 4],
    /// Whether zones own a battery and a turbine, and how much PV and wind (kW).
    pub plant: PlantDefault,
}

/// What zones own by default.
pub(crate) struct PlantDefault {
    pub battery: bool,
    pub turbine: bool,
    pub pv_kw: f64,
    pub wind_kw: f64,
}

/// Nothing: plant stands at buses, or inside base loads.
const NO_PLANT: PlantDefault =
    PlantDefault { battery: false, turbine: false, pv_kw: 0.0, wind_kw: 0.0 };

impl Defaults {
    pub fn of(kind: ModelKind) -> Self {
        match kind {
            ModelKind::Park => park(),
            ModelKind::Feeder => feeder(),
            ModelKind::Group => group(),
        }
    }
}

fn park() -> Defaults {
    let perfect = |builtin, scale| SeriesDefault { builtin, scale, forecast: ForecastError::NONE };
    Defaults {
        periods_per_day: 96,
        fleet: FleetDefault::from(FleetSpec::park()),
        market: MarketRules::default(),
        tariff: Tariff::park_plant(),
        peak_hours: [[7.0, 11.0], [17.0, 22.0]],
        service_fee: 0.40,
        series: [
            perfect("park_load", SeriesScale::KwhPerDay(46_793.34)),
            perfect("park_pv", SeriesScale::Factor(1.0)),
            perfect("park_wind", SeriesScale::Factor(1.0)),
            perfect("park_temperature", SeriesScale::Factor(1.0)),
        ],
        plant: PlantDefault { battery: true, turbine: true, pv_kw: 2312.4, wind_kw: 2607.6 },
    }
}

/// No reservations: vehicles are plugged in while they are parked, at the tariff.
fn without_booking() -> MarketRules {
    let mut rules = MarketRules::default();
    rules.access.mode = AccessMode::PerStay;
    rules.booking.enabled = false;
    rules.tickets.enabled = false;
    rules.pricing.policy = PricingPolicy::Tariff;
    rules
}

/// The fast vehicles of P4 Table 1 charge with 50 kW.
fn with_fast_piles(mut rules: MarketRules) -> MarketRules {
    rules.access.pile_kw = 50.0;
    rules
}

fn feeder() -> Defaults {
    let error = |common_sd, zone_sd| ForecastError { common_sd, zone_sd, ..ForecastError::NONE };
    let shape =
        |builtin, forecast| SeriesDefault { builtin, scale: SeriesScale::Factor(1.0), forecast };
    Defaults {
        periods_per_day: 24,
        fleet: FleetDefault::from(FleetSpec::feeder()),
        market: without_booking(),
        tariff: Tariff {
            hours: vec![7.0, 11.0, 16.0, 19.0, 23.0],
            prices: vec![0.68, 1.09, 0.68, 1.09, 0.35],
            service_fee: 0.0,
            scale: 1.0,
        },
        peak_hours: [[11.0, 16.0], [19.0, 23.0]],
        service_fee: 0.0,
        series: [
            shape("feeder_load", error(0.04, 0.0)),
            shape("feeder_pv", error(0.15, 0.10)),
            shape("feeder_wind", error(0.15, 0.0)),
            shape("park_temperature", ForecastError::NONE),
        ],
        plant: NO_PLANT,
    }
}

fn group() -> Defaults {
    let none = |builtin| SeriesDefault {
        builtin,
        scale: SeriesScale::Factor(0.0),
        forecast: ForecastError::NONE,
    };
    Defaults {
        periods_per_day: 24,
        fleet: FleetDefault::from(FleetSpec::group()),
        market: with_fast_piles(without_booking()),
        tariff: group::group_tou(0.70, 1.6, 0.5),
        peak_hours: [[8.0, 11.0], [18.0, 21.0]],
        service_fee: 0.0,
        series: [
            none("park_load"),
            none("park_pv"),
            none("park_wind"),
            SeriesDefault {
                builtin: "park_temperature",
                scale: SeriesScale::Factor(1.0),
                forecast: ForecastError::NONE,
            },
        ],
        plant: NO_PLANT,
    }
}
