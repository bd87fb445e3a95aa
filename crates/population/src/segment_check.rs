//! What is wrong with a segment, all at once.

use crate::law::LawError;
use crate::{DepartureLaw, Law, NeedLaw, SegmentSpec, ShortestStay};
use thiserror::Error;

/// One thing that is wrong with a segment.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("{field}: {message}")]
pub struct SegmentProblem {
    /// The field, by its name in [`SegmentSpec`].
    pub field: &'static str,
    /// What is wrong with it.
    pub message: String,
}

impl SegmentSpec {
    /// Everything that keeps people or days of the segment from being drawn; empty if nothing does.
    ///
    /// ```
    /// let mut segment = population::SegmentSpec::workers();
    /// segment.v2g_share = 72.0;
    /// segment.arrival = population::Law::normal(8.2, -1.0);
    /// let problems: Vec<String> = segment.problems().iter().map(ToString::to_string).collect();
    /// assert_eq!(problems, ["v2g_share: 72 must lie in 0..1", "arrival: normal: sd = -1 must be positive"]);
    /// ```
    pub fn problems(&self) -> Vec<SegmentProblem> {
        let mut found = Vec::new();
        let mut note = |field, message: Option<String>| {
            found.extend(message.map(|message| SegmentProblem { field, message }));
        };
        note("vehicle", self.vehicle.check().err().map(|e| e.to_string()));
        note("v2g_share", outside(self.v2g_share, 0.0, 1.0));
        note("arrival", bad_law(&self.arrival));
        let (DepartureLaw::Hour(departure)
        | DepartureLaw::ClockHour(departure)
        | DepartureLaw::Stay(departure)) = &self.departure;
        note("departure", bad_law(departure));
        if let ShortestStay::Hours(hours) = self.shortest_stay {
            note("shortest_stay", outside(hours, 0.0, 240.0));
        }
        match &self.need {
            NeedLaw::EnergyKwh(law) | NeedLaw::StartSoc(law) => note("need", bad_law(law)),
            NeedLaw::DistanceKm { law, kwh_per_km: positive }
            | NeedLaw::DistanceOfRange { law, range_km: positive } => {
                note("need", bad_law(law));
                note("need", not_positive(*positive));
            }
        }
        note("joint", self.joint.as_ref().and_then(|joint| joint.check().err()));
        note("trip_probability", outside(self.trip_probability, 0.0, 1.0));
        let weekend = self.weekend.as_ref().and_then(|w| w.problems().into_iter().next());
        note("weekend", weekend.map(|p| p.to_string()));
        note("need_stay_share", outside(self.need_stay_share, 0.0, 1.0));
        note("target_soc", bad_law(&self.target_soc));
        note("floor_soc", outside(self.floor_soc, 0.0, 1.0));
        note("lead", bad_law(&self.lead));
        note("hassle", bad_law(&self.hassle));
        note("owner_wear_cny_per_kwh", outside(self.owner_wear_cny_per_kwh, 0.0, 1000.0));
        if let Some(scale) = self.treatments.penalty_scale {
            note("treatments", outside(scale, 0.0, 1e6));
        }
        if let Some(credence) = self.treatments.credence {
            note("treatments", outside(credence, 0.0, 1.0));
        }
        note("behaviour", self.behaviour.classes.check().err().map(|e: LawError| e.to_string()));
        note("behaviour", bad_law(&self.behaviour.response.keeping_cost));
        note("behaviour", bad_law(&self.behaviour.response.delay));
        note("behaviour", self.behaviour.departure.as_ref().and_then(bad_law));
        found
    }
}

fn bad_law(law: &Law) -> Option<String> {
    law.check().err().map(|e| e.to_string())
}

fn outside(value: f64, low: f64, high: f64) -> Option<String> {
    (!(low..=high).contains(&value)).then(|| format!("{value} must lie in {low}..{high}"))
}

fn not_positive(value: f64) -> Option<String> {
    (!(value > 0.0 && value.is_finite())).then(|| format!("{value} must be positive"))
}
