//! What is in force where a scenario says nothing, for each of the three systems. Unpublished values are our reading.

use crate::fleet::FleetDefault;
use crate::model::ModelKind;
use crate::series::{ForecastError, SeriesDefault, SeriesScale};
use domain::Tariff;
use market::{AccessMode, MarketRules, PricingPolicy};
use population::{DepartureLaw, FleetSpec, Law, NeedLaw, SegmentSize, SegmentSpec, ShortestStay, VehicleMix};

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
    /// Whether zones own a battery and a turbine, and how much PV and wind [kW].
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
const NO_PLANT: PlantDefault = PlantDefault { battery: false, turbine: false, pv_kw: 0.0, wind_kw: 0.0 };

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
    let spec = FleetSpec::default();
    let perfect = |builtin, scale| SeriesDefault { builtin, scale, forecast: ForecastError::NONE };
    Defaults {
        periods_per_day: 96,
        fleet: FleetDefault { evs: spec.evs, segments: spec.segments },
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

fn feeder() -> Defaults {
    let error = |common_sd, zone_sd| ForecastError { common_sd, zone_sd, ..ForecastError::NONE };
    let shape = |builtin, forecast| SeriesDefault { builtin, scale: SeriesScale::Factor(1.0), forecast };
    Defaults {
        periods_per_day: 24,
        fleet: FleetDefault { evs: 3000, segments: feeder_segments() },
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

/// 70 % at home, 20 % at work, 10 % in public places.
fn feeder_segments() -> Vec<SegmentSpec> {
    let base = SegmentSpec {
        vehicle: VehicleMix::feeder(),
        v2g_share: 0.5,
        need: NeedLaw::EnergyKwh(Law::lognormal_mean(9.0, 0.7)),
        owner_wear_cny_per_kwh: 0.05,
        ..SegmentSpec::workers()
    };
    let segment = |name: &str, share, arrival, departure| SegmentSpec {
        name: name.to_owned(),
        size: SegmentSize::Share(share),
        arrival,
        departure,
        ..base.clone()
    };
    vec![
        segment("home", 0.7, Law::normal(18.0, 2.0), DepartureLaw::Hour(Law::normal(31.5, 1.0))),
        segment("work", 0.2, Law::normal(8.7, 0.8), DepartureLaw::Hour(Law::normal(17.8, 1.2))),
        segment(
            "public",
            0.1,
            Law::TruncatedNormal { mean: 14.5, sd: 3.5, low: 6.0, high: 22.0 },
            DepartureLaw::Stay(Law::lognormal_median(2.0, 0.5)),
        ),
    ]
}

fn group() -> Defaults {
    let none = |builtin| SeriesDefault { builtin, scale: SeriesScale::Factor(0.0), forecast: ForecastError::NONE };
    Defaults {
        periods_per_day: 24,
        fleet: FleetDefault { evs: 500, segments: group_segments() },
        market: without_booking(),
        tariff: Tariff {
            hours: vec![6.0, 8.0, 11.0, 18.0, 21.0, 22.0],
            prices: vec![0.70, 1.12, 0.70, 1.12, 0.70, 0.35],
            service_fee: 0.0,
            scale: 1.0,
        },
        peak_hours: [[8.0, 11.0], [18.0, 21.0]],
        service_fee: 0.0,
        series: [
            none("park_load"),
            none("park_pv"),
            none("park_wind"),
            SeriesDefault { builtin: "park_temperature", scale: SeriesScale::Factor(1.0), forecast: ForecastError::NONE },
        ],
        plant: NO_PLANT,
    }
}

/// 225 residential, 167 office, 108 commercial; 35 % of the last two park there overnight.
fn group_segments() -> Vec<SegmentSpec> {
    let base = SegmentSpec {
        vehicle: VehicleMix::group(),
        v2g_share: 0.0,
        need: NeedLaw::StartSoc(Law::TruncatedNormal { mean: 0.372, sd: 0.10, low: 0.2, high: 0.6 }),
        need_stay_share: 1.0,
        target_soc: Law::TruncatedNormal { mean: 0.887, sd: 0.04, low: 0.80, high: 0.95 },
        floor_soc: 0.1,
        shortest_stay: ShortestStay::ChargingTime,
        ..SegmentSpec::workers()
    };
    let segment = |name: &str, evs: f64, zone, arrival: (f64, f64), departure: (f64, f64)| SegmentSpec {
        name: name.to_owned(),
        size: SegmentSize::Share(evs / 500.0),
        zone: Some(zone),
        arrival: Law::wrapped_normal(arrival.0, arrival.1),
        departure: DepartureLaw::ClockHour(Law::wrapped_normal(departure.0, departure.1)),
        ..base.clone()
    };
    vec![
        segment("residential", 225.0, 1, (17.6, 3.4), (8.92, 3.24)),
        segment("office", 109.0, 2, (9.0, 2.5), (17.6, 2.5)),
        segment("office-overnight", 58.0, 2, (18.5, 2.5), (8.0, 1.5)),
        segment("commercial", 70.0, 3, (14.5, 3.2), (20.5, 2.5)),
        segment("commercial-overnight", 38.0, 3, (18.5, 2.5), (8.0, 1.5)),
    ]
}
