//! One EV-day: when a person comes and goes, what was driven, when the person plans.

use crate::{DepartureLaw, NeedLaw, Person, SegmentSpec, ShortestStay};
use serde::{Deserialize, Serialize};

/// Energy used before an arrival.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum DayNeed {
    /// Driven out of the battery \[kWh\].
    DrivenKwh(f64),
    /// The state of charge on arrival, 0..1.
    ArrivalSoc(f64),
}

/// A day's plan. Hours count from the local midnight of the arrival's day.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DayPlan {
    /// Planned arrival \[h\].
    pub arrival_h: f64,
    /// Planned departure \[h\], later than the arrival; above 24 for the next day.
    pub departure_h: f64,
    /// Energy used before the arrival.
    pub need: DayNeed,
    /// How long before the arrival the person plans \[h\].
    pub lead_h: f64,
}

/// Parts of the plan that a person keeps every day, as a table of people gives them; `None` is
/// drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UsualDay {
    /// Arrival \[h\].
    pub arrival_h: Option<f64>,
    /// Departure, counted from the midnight of the arrival's day \[h\].
    pub departure_h: Option<f64>,
    /// Energy used before the arrival.
    pub need: Option<DayNeed>,
}

/// Draws a day. Four uniform numbers: arrival, departure, need, lead.
///
/// The departure is the law's draw, but never before the arrival plus the segment's shortest stay
/// ([`ShortestStay`]). The energy driven is at most what lies between target and floor of the
/// battery, and at most `need_stay_share` of what charging over the whole stay at full power would
/// store.
///
/// ```
/// use population::{DayNeed, SegmentSpec, draw_day, draw_person};
/// let segment = SegmentSpec::residents();
/// let person = draw_person(&segment, &mut || 0.5);
/// let day = draw_day(&segment, &person, &mut || 0.5);
/// assert!((day.arrival_h - 17.6).abs() < 1e-9 && (day.departure_h - 31.5).abs() < 1e-9);
/// assert_eq!(day.lead_h, 6.5);
/// assert!(matches!(day.need, DayNeed::DrivenKwh(kwh) if (kwh - 21.1799).abs() < 1e-4)); // median 24 exp(-0.125)
/// ```
pub fn draw_day(segment: &SegmentSpec, person: &Person, u: &mut impl FnMut() -> f64) -> DayPlan {
    draw_day_of(segment, person, &UsualDay::default(), u)
}

/// Draws a day of a person who keeps parts of the plan every day. Takes the same four uniform
/// numbers as [`draw_day`]; what is drawn obeys the same bounds, what is given is kept: a stay is
/// not lengthened and a need is not cut to what the stay allows.
pub fn draw_day_of(
    segment: &SegmentSpec,
    person: &Person,
    usual: &UsualDay,
    u: &mut impl FnMut() -> f64,
) -> DayPlan {
    let [arrival_u, departure_u, need_u, lead_u] = std::array::from_fn(|_| u());
    let joint = segment.joint.as_ref().map(|law| law.draw([arrival_u, departure_u, need_u]));
    let arrival_h = usual.arrival_h.unwrap_or_else(|| match joint {
        Some([arrival_h, ..]) => arrival_h,
        None => segment.arrival.quantile(arrival_u),
    });
    let need = || match joint {
        Some([.., kwh]) => DayNeed::DrivenKwh(kwh),
        None => need_at(&segment.need, person, need_u),
    };
    let wanted = limit_to_battery(usual.need.unwrap_or_else(need), person);
    let lead_h = segment.lead.quantile(lead_u).max(0.0);
    let drawn_h = || match &segment.departure {
        _ if joint.is_some() => arrival_h + joint.map_or(0.0, |[_, stay_h, _]| stay_h),
        DepartureLaw::Hour(law) => law.quantile(departure_u),
        DepartureLaw::ClockHour(law) => next_clock_hour(arrival_h, law.quantile(departure_u)),
        DepartureLaw::Stay(law) => arrival_h + law.quantile(departure_u),
    };
    let departure_h = match usual.departure_h {
        Some(given) if given > arrival_h => given,
        Some(given) => next_clock_hour(arrival_h, given),
        None => drawn_h().max(arrival_h + shortest_stay_h(segment.shortest_stay, wanted, person)),
    };
    let need = match usual.need {
        Some(_) => wanted,
        None => limit_to_stay(wanted, departure_h - arrival_h, segment.need_stay_share, person),
    };
    DayPlan { arrival_h, departure_h, need, lead_h }
}

/// The first time after `after_h` at which the clock shows `clock_h`.
fn next_clock_hour(after_h: f64, clock_h: f64) -> f64 {
    clock_h + 24.0 * ((after_h - clock_h) / 24.0).floor() + 24.0
}

fn need_at(law: &NeedLaw, person: &Person, u: f64) -> DayNeed {
    match law {
        NeedLaw::EnergyKwh(law) => DayNeed::DrivenKwh(law.quantile(u)),
        NeedLaw::DistanceKm { law, kwh_per_km } => DayNeed::DrivenKwh(law.quantile(u) * kwh_per_km),
        NeedLaw::DistanceOfRange { law, range_km } => {
            DayNeed::ArrivalSoc((1.0 - law.quantile(u) / range_km).max(person.floor_soc))
        }
        NeedLaw::StartSoc(law) => DayNeed::ArrivalSoc(law.quantile(u)),
    }
}

/// Nobody drives more than lies between target and floor.
fn limit_to_battery(need: DayNeed, person: &Person) -> DayNeed {
    let room_kwh = (person.target_soc - person.floor_soc).max(0.0) * person.vehicle.battery_kwh;
    match need {
        DayNeed::DrivenKwh(kwh) => DayNeed::DrivenKwh(kwh.clamp(0.0, room_kwh)),
        DayNeed::ArrivalSoc(soc) => DayNeed::ArrivalSoc(soc.clamp(0.0, 1.0)),
    }
}

impl DayNeed {
    /// Battery energy missing to the target on arrival, if the last day ended at the target
    /// \[kWh\].
    pub fn missing_kwh(self, person: &Person) -> f64 {
        match self {
            Self::DrivenKwh(kwh) => kwh,
            Self::ArrivalSoc(soc) => {
                ((person.target_soc - soc) * person.vehicle.battery_kwh).max(0.0)
            }
        }
    }

    /// Time that charging what is missing takes at full power \[h\] (P4 eq. 4).
    pub fn charging_time_h(self, person: &Person) -> f64 {
        self.missing_kwh(person) / (person.vehicle.charge_efficiency * person.vehicle.charge_kw)
    }

    /// Energy taken out of the battery by driving since it stood at `previous_soc` \[kWh\]. Nobody
    /// drives below `floor_soc`: what is missing was charged elsewhere and is not seen here (our
    /// reading).
    ///
    /// ```
    /// use population::DayNeed;
    /// assert!((DayNeed::DrivenKwh(24.0).driven_kwh(0.9, 50.0, 0.2) - 24.0).abs() < 1e-9);
    /// assert!((DayNeed::DrivenKwh(24.0).driven_kwh(0.5, 50.0, 0.2) - 15.0).abs() < 1e-9); // (0.5 - 0.2) x 50
    /// assert!((DayNeed::ArrivalSoc(0.4).driven_kwh(0.9, 50.0, 0.2) - 25.0).abs() < 1e-9);
    /// ```
    pub fn driven_kwh(self, previous_soc: f64, battery_kwh: f64, floor_soc: f64) -> f64 {
        match self {
            Self::DrivenKwh(kwh) => kwh.min((previous_soc - floor_soc).max(0.0) * battery_kwh),
            Self::ArrivalSoc(soc) => (previous_soc - soc).max(0.0) * battery_kwh,
        }
    }
}

fn shortest_stay_h(rule: ShortestStay, need: DayNeed, person: &Person) -> f64 {
    // A moment at least, so that a departure is always later than its arrival.
    const MOMENT_H: f64 = 1.0 / 60.0;
    match rule {
        ShortestStay::Hours(hours) => hours.max(MOMENT_H),
        ShortestStay::ChargingTime => need.charging_time_h(person).max(MOMENT_H),
    }
}

fn limit_to_stay(need: DayNeed, stay_h: f64, share: f64, person: &Person) -> DayNeed {
    let storable_kwh = share * stay_h * person.vehicle.charge_kw * person.vehicle.charge_efficiency;
    match need {
        DayNeed::DrivenKwh(kwh) => DayNeed::DrivenKwh(kwh.min(storable_kwh)),
        DayNeed::ArrivalSoc(soc) => DayNeed::ArrivalSoc(
            soc.max(person.target_soc - storable_kwh / person.vehicle.battery_kwh),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Law, draw_person};
    use proptest::prelude::*;

    fn person(segment: &SegmentSpec) -> Person {
        draw_person(segment, &mut || 0.5)
    }

    #[test]
    fn clock_hours_are_the_next_ones_after_the_arrival() {
        for (after, clock, expected) in [
            (17.6, 8.9, 32.9),
            (9.0, 17.6, 17.6),
            (0.5, 0.4, 24.4),
            (23.0, 23.0, 47.0),
            (-1.0, 8.0, 8.0),
        ] {
            assert!((next_clock_hour(after, clock) - expected).abs() < 1e-9, "{after} -> {clock}");
        }
    }

    #[test]
    fn need_never_exceeds_battery_or_stay() {
        let mut segment = SegmentSpec::workers();
        segment.need = NeedLaw::EnergyKwh(Law::fixed(200.0));
        let mut p = person(&segment);
        p.vehicle.battery_kwh = 50.0;
        // (0.9 - 0.2) x 50 = 35
        assert_eq!(draw_day(&segment, &p, &mut || 0.5).need, DayNeed::DrivenKwh(35.0));
        segment.departure = DepartureLaw::Stay(Law::fixed(1.0));
        p.vehicle.charge_kw = 7.0;
        // 0.98 x 1 h x 7 kW x 0.95 = 6.517
        assert!(
            matches!(draw_day(&segment, &p, &mut || 0.5).need, DayNeed::DrivenKwh(k) if (k - 6.517).abs() < 1e-9)
        );
    }

    #[test]
    fn charging_time_bounds_the_stay_as_in_p4() {
        let mut segment = SegmentSpec::workers();
        segment.need = NeedLaw::StartSoc(Law::fixed(0.372));
        segment.target_soc = Law::fixed(0.887);
        segment.departure = DepartureLaw::Stay(Law::fixed(0.1));
        segment.shortest_stay = ShortestStay::ChargingTime;
        segment.need_stay_share = 1.0;
        let mut p = person(&segment);
        p.vehicle.battery_kwh = 30.0;
        p.vehicle.charge_kw = 7.0;
        // P4 eq. 4: (0.887 - 0.372) x 30 / (7 x 0.95) = 2.3233 h
        let day = draw_day(&segment, &p, &mut || 0.5);
        assert!((day.departure_h - day.arrival_h - 2.323_308).abs() < 1e-5);
        assert!(matches!(day.need, DayNeed::ArrivalSoc(s) if (s - 0.372).abs() < 1e-9));
    }

    proptest! {
        #[test]
        fn departure_is_always_after_arrival(a in 0.0001_f64..0.9999, d in 0.0001_f64..0.9999, n in 0.0001_f64..0.9999) {
            let mut wrapped = SegmentSpec::workers();
            wrapped.arrival = Law::wrapped_normal(17.6, 3.4);
            wrapped.departure = DepartureLaw::ClockHour(Law::wrapped_normal(8.92, 3.24));
            for segment in [SegmentSpec::workers(), SegmentSpec::residents(), wrapped] {
                let mut row = [a, d, n, 0.5].into_iter();
                let day = draw_day(&segment, &person(&segment), &mut || row.next().expect("four uniform numbers make a day"));
                prop_assert!(day.departure_h > day.arrival_h);
            }
        }
    }
}
