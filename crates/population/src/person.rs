//! One person and vehicle, drawn once for a whole run.

use crate::SegmentSpec;
use domain::Vehicle;
use optim::normal;
use serde::{Deserialize, Serialize};

/// Lasting properties of one EV and its user.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// What the vehicle can do.
    pub vehicle: Vehicle,
    /// Number of its power class in the segment's mix.
    pub vehicle_class: u16,
    /// Whether discharging is accepted.
    pub v2g: bool,
    /// Number of the behaviour class in the segment's mixture.
    pub behaviour_class: u16,
    /// Highest reservation price that is considered \[CNY/kWh\].
    pub willingness_to_pay: f64,
    /// Preferred hour of charging, `[0, 24)`.
    pub preferred_time_h: f64,
    /// EVs charging at once that are not yet felt as a crowd.
    pub tolerated_crowding: f64,
    /// Hassle of making a reservation \[CNY\].
    pub hassle_cny: f64,
    /// Wear cost of discharging \[CNY/kWh\].
    pub owner_wear_cny_per_kwh: f64,
    /// State of charge wanted at departure, 0..1.
    pub target_soc: f64,
    /// State of charge below which nobody discharges or drives, 0..1.
    pub floor_soc: f64,
    /// Standard-normal taste by which random coefficients (mixed logit, norms) differ between
    /// people.
    pub taste: f64,
}

/// Draws a person of a segment. Ten uniform numbers: battery rank, power, V2G, behaviour class,
/// willingness to pay, preferred time, crowding, hassle, target SOC, taste. V2G is accepted by
/// those whose number lies below the share, so a larger share contains the smaller one.
///
/// ```
/// let person = population::draw_person(&population::SegmentSpec::workers(), &mut || 0.5);
/// assert_eq!(person.vehicle.charge_kw, 40.0);
/// assert!(person.v2g && (person.hassle_cny - 12.0).abs() < 1e-9);
/// ```
pub fn draw_person(segment: &SegmentSpec, u: &mut impl FnMut() -> f64) -> Person {
    let (vehicle, vehicle_class) = segment.vehicle.draw(u);
    let v2g = u() < segment.v2g_share;
    let tastes = segment.behaviour.classes.draw_tastes(u);
    let hassle_cny = segment.hassle.sample(u).max(0.0);
    let target_soc = segment.target_soc.sample(u).clamp(segment.floor_soc, 1.0);
    let taste = normal::quantile(u());
    Person {
        vehicle,
        vehicle_class,
        v2g,
        behaviour_class: tastes.behaviour_class,
        willingness_to_pay: tastes.willingness_to_pay,
        preferred_time_h: tastes.preferred_time_h,
        tolerated_crowding: tastes.tolerated_crowding,
        hassle_cny,
        owner_wear_cny_per_kwh: segment.owner_wear_cny_per_kwh,
        target_soc,
        floor_soc: segment.floor_soc,
        taste,
    }
}

impl Person {
    /// Energy that must be metered at the pile to reach the target from a state of charge \[kWh\].
    pub fn need_kwh(&self, soc: f64) -> f64 {
        self.vehicle.metered_need_kwh(soc, self.target_soc)
    }
    /// Battery energy above the floor at a state of charge \[kWh\].
    pub fn above_floor_kwh(&self, soc: f64) -> f64 {
        ((soc - self.floor_soc) * self.vehicle.battery_kwh).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row of uniform numbers that gives the third one a set value.
    fn drawn(segment: &SegmentSpec, third: f64) -> Person {
        let mut count = 0;
        draw_person(segment, &mut || {
            count += 1;
            if count == 3 { third } else { 0.37 }
        })
    }

    #[test]
    fn a_larger_v2g_share_contains_the_smaller() {
        let mut few = SegmentSpec::workers();
        few.v2g_share = 0.3;
        let mut many = SegmentSpec::workers();
        many.v2g_share = 0.6;
        for k in 0..100 {
            let u = (f64::from(k) + 0.5) / 100.0;
            assert!(!drawn(&few, u).v2g || drawn(&many, u).v2g);
            // Nothing else about the person depends on the share.
            assert_eq!(
                Person { v2g: true, ..drawn(&few, u) },
                Person { v2g: true, ..drawn(&many, u) }
            );
        }
    }

    #[test]
    fn ten_uniform_numbers_make_a_person() {
        let mut count = 0;
        draw_person(&SegmentSpec::residents(), &mut || {
            count += 1;
            0.5
        });
        assert_eq!(count, 10);
    }

    #[test]
    fn need_is_metered_at_the_pile() {
        let mut p = draw_person(&SegmentSpec::workers(), &mut || 0.5);
        p.vehicle.battery_kwh = 50.0;
        // (0.9 - 0.42) x 50 / 0.95 = 25.263
        assert!((p.need_kwh(0.42) - 25.263_157_894).abs() < 1e-6);
        assert!((p.above_floor_kwh(0.42) - 11.0).abs() < 1e-9); // (0.42 - 0.2) x 50
    }
}
