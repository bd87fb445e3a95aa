//! The fleets of the three models, as segments. Numbers are our reading where the papers are
//! silent.

use crate::{
    BehaviourParams, DepartureLaw, FleetSpec, Law, NeedLaw, SegmentSize, SegmentSpec, ShortestStay,
    Treatments, VehicleMix,
};

impl SegmentSpec {
    /// Half of the park (our reading): workers, arrive N(8.2, 0.9), leave N(17.6, 1.2).
    pub fn workers() -> Self {
        Self {
            name: "workers".to_owned(),
            size: SegmentSize::Share(0.5),
            zone: None,
            vehicle: VehicleMix::park(),
            v2g_share: 0.72,
            arrival: Law::normal(8.2, 0.9),
            departure: DepartureLaw::Hour(Law::normal(17.6, 1.2)),
            shortest_stay: ShortestStay::Hours(0.5),
            need: NeedLaw::EnergyKwh(Law::lognormal_mean(24.0, 0.5)),
            joint: None,
            trip_probability: 1.0,
            weekend: None,
            need_stay_share: 0.98,
            target_soc: Law::fixed(0.9),
            floor_soc: 0.2,
            lead: Law::uniform(1.0, 12.0),
            hassle: Law::lognormal_median(12.0, 0.6),
            owner_wear_cny_per_kwh: 0.3,
            treatments: Treatments::default(),
            behaviour: BehaviourParams::default(),
        }
    }

    /// The other half of the park (our reading): residents, arrive N(17.6, 1.6), leave N(31.5,
    /// 1.0), i.e. at 7:30 the next day.
    pub fn residents() -> Self {
        Self {
            name: "residents".to_owned(),
            arrival: Law::normal(17.6, 1.6),
            departure: DepartureLaw::Hour(Law::normal(31.5, 1.0)),
            ..Self::workers()
        }
    }

    fn of_feeder(name: &str, share: f64, arrival: Law, departure: DepartureLaw) -> Self {
        Self {
            name: name.to_owned(),
            size: SegmentSize::Share(share),
            vehicle: VehicleMix::feeder(),
            v2g_share: 0.5,
            arrival,
            departure,
            need: NeedLaw::EnergyKwh(Law::lognormal_mean(9.0, 0.7)),
            owner_wear_cny_per_kwh: 0.05,
            ..Self::workers()
        }
    }

    fn of_group(name: &str, evs: u32, zone: u16, arrival: Law, departure: DepartureLaw) -> Self {
        Self {
            name: name.to_owned(),
            size: SegmentSize::Evs(evs),
            zone: Some(zone),
            vehicle: VehicleMix::group(),
            v2g_share: 0.0,
            arrival,
            departure,
            shortest_stay: ShortestStay::ChargingTime,
            need: NeedLaw::StartSoc(Law::TruncatedNormal {
                mean: 0.372,
                sd: 0.10,
                low: 0.2,
                high: 0.6,
            }),
            need_stay_share: 1.0,
            target_soc: Law::TruncatedNormal { mean: 0.887, sd: 0.04, low: 0.80, high: 0.95 },
            floor_soc: 0.1,
            ..Self::workers()
        }
    }
}

impl FleetSpec {
    /// The park of P3: 318 EVs, half workers, half residents (our reading).
    pub fn park() -> Self {
        Self { evs: 318, segments: vec![SegmentSpec::workers(), SegmentSpec::residents()] }
    }

    /// The feeder of P0: 3,000 EVs, 70 % at home, 20 % at work, 10 % in public (our reading).
    pub fn feeder() -> Self {
        let hour = |mean, sd| DepartureLaw::Hour(Law::normal(mean, sd));
        let public = Law::TruncatedNormal { mean: 14.5, sd: 3.5, low: 6.0, high: 22.0 };
        Self {
            evs: 3000,
            segments: vec![
                SegmentSpec::of_feeder("home", 0.7, Law::normal(18.0, 2.0), hour(31.5, 1.0)),
                SegmentSpec::of_feeder("work", 0.2, Law::normal(8.7, 0.8), hour(17.8, 1.2)),
                SegmentSpec::of_feeder(
                    "public",
                    0.1,
                    public,
                    DepartureLaw::Stay(Law::lognormal_median(2.0, 0.5)),
                ),
            ],
        }
    }

    /// The microgrid group of P4: 225 residential, 167 office, 108 commercial EVs; 35 % of the
    /// latter two park there overnight (our reading). Arrival and departure are wrapped normal (P4
    /// eq. 6-7).
    ///
    /// ```
    /// let fleet = population::FleetSpec::group();
    /// assert_eq!(fleet.head_counts().unwrap(), [225, 109, 58, 70, 38]);
    /// ```
    pub fn group() -> Self {
        let at = Law::wrapped_normal;
        let by_day = |mean, sd| DepartureLaw::Hour(Law::wrapped_normal(mean, sd));
        let next = |mean, sd| DepartureLaw::ClockHour(Law::wrapped_normal(mean, sd));
        Self {
            evs: 500,
            segments: vec![
                SegmentSpec::of_group("residential", 225, 1, at(17.6, 3.4), next(8.92, 3.24)),
                SegmentSpec::of_group("office", 109, 2, at(9.0, 2.5), by_day(17.6, 2.5)),
                SegmentSpec::of_group("office overnight", 58, 2, at(18.5, 2.5), next(8.0, 1.5)),
                SegmentSpec::of_group("commercial", 70, 3, at(14.5, 3.2), by_day(20.5, 2.5)),
                SegmentSpec::of_group("commercial overnight", 38, 3, at(18.5, 2.5), next(8.0, 1.5)),
            ],
        }
    }
}

impl Default for FleetSpec {
    fn default() -> Self {
        Self::park()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_sound() {
        for fleet in [FleetSpec::park(), FleetSpec::feeder(), FleetSpec::group()] {
            assert_eq!(fleet.head_counts().expect("sizes fit").iter().sum::<u32>(), fleet.evs);
            for segment in &fleet.segments {
                assert_eq!(segment.problems(), [], "{}", segment.name);
            }
        }
    }

    #[test]
    fn fleets_survive_a_checkpoint() {
        let fleet = FleetSpec::group();
        let bytes = postcard::to_allocvec(&fleet).expect("plain data");
        assert_eq!(postcard::from_bytes::<FleetSpec>(&bytes).expect("the same layout"), fleet);
    }
}
