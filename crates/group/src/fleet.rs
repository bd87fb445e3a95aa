//! The group's EVs, drawn by the laws of their areas, and who of them takes part (P4 section
//! 1.3-1.4, eq. 3-8).

use crate::{GroupError, Stay};
use domain::EvId;
use population::{DayNeed, FleetSpec, draw_day, draw_person};
use serde::{Deserialize, Serialize};

/// Highest state of charge of P4 Table 1.
pub const HIGHEST_SOC: f64 = 0.95;

/// One EV of the group on its day.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupEv {
    /// Where and how it stays.
    pub stay: Stay,
    /// Whether it charges at a fast pile (the larger of the two vehicle types).
    pub fast: bool,
    /// Eagerness: a uniform number; EVs take part in rising order of it, so that a larger share
    /// contains the smaller one.
    pub rank: f64,
}

/// Uniform numbers that one EV takes: ten for the person, four for the day, one for the rank.
pub const NUMBERS_PER_EV: usize = 15;

/// Draws the fleet: EVs in the order of the segments, numbered from 1; a segment's zone, from 1, is
/// its area. Takes [`NUMBERS_PER_EV`] numbers an EV.
///
/// Start SOC, expected SOC, arrival and departure follow the segment's laws; the departure is never
/// before the arrival plus the charging time, so that every need fits its stay.
///
/// # Errors
/// A fleet without head count, or a segment outside the `areas`.
pub fn draw_fleet(
    spec: &FleetSpec,
    areas: usize,
    u: &mut impl FnMut() -> f64,
) -> Result<Vec<GroupEv>, GroupError> {
    let counts = spec.head_counts()?;
    let mut fleet = Vec::with_capacity(spec.evs as usize);
    for (segment, count) in spec.segments.iter().zip(counts) {
        let area = match segment.zone {
            Some(zone) if (1..=areas).contains(&usize::from(zone)) => usize::from(zone) - 1,
            zone => return Err(GroupError::Segment { segment: segment.name.clone(), zone, areas }),
        };
        for _ in 0..count {
            let person = draw_person(segment, u);
            let day = draw_day(segment, &person, u);
            let missing_kwh = day.need.missing_kwh(&person);
            let soc = match day.need {
                DayNeed::ArrivalSoc(soc) => soc,
                DayNeed::DrivenKwh(_) => {
                    (person.target_soc - missing_kwh / person.vehicle.battery_kwh).max(0.0)
                }
            };
            let stay = Stay {
                ev: EvId(fleet.len() as u32 + 1),
                area,
                arrival_h: day.arrival_h,
                departure_h: day.departure_h,
                soc,
                expected_soc: person.target_soc,
                highest_soc: HIGHEST_SOC.max(person.target_soc),
                capacity_kwh: person.vehicle.battery_kwh,
                power_kw: person.vehicle.charge_kw,
                efficiency: person.vehicle.charge_efficiency,
            };
            fleet.push(GroupEv { stay, fast: person.vehicle_class > 0, rank: u() });
        }
    }
    Ok(fleet)
}

/// Which EVs take part when the share is x = N_participating / N (P4 eq. 8): the `round(x N)` most
/// eager ones. One flag an EV.
///
/// # Errors
/// A share outside 0..1.
pub fn participants(fleet: &[GroupEv], share: f64) -> Result<Vec<bool>, GroupError> {
    most_eager(&fleet.iter().map(|ev| ev.rank).collect::<Vec<_>>(), share)
}

/// One flag a rank: whether it is among the `round(share N)` lowest, of equal ones the first.
///
/// # Errors
/// A share outside 0..1.
///
/// ```
/// assert_eq!(group::most_eager(&[0.7, 0.1, 0.4, 0.9], 0.5).unwrap(), [false, true, true, false]);
/// ```
pub fn most_eager(ranks: &[f64], share: f64) -> Result<Vec<bool>, GroupError> {
    if !(0.0..=1.0).contains(&share) {
        return Err(GroupError::OutOfRange {
            quantity: "participation",
            value: share,
            range: "from 0 to 1",
        });
    }
    let mut order: Vec<usize> = (0..ranks.len()).collect();
    order.sort_by(|&a, &b| ranks[a].total_cmp(&ranks[b]).then(a.cmp(&b)));
    let mut takes_part = vec![false; ranks.len()];
    for &ev in &order[..(share * ranks.len() as f64).round() as usize] {
        takes_part[ev] = true;
    }
    Ok(takes_part)
}

/// Stays of the EVs whose flag equals `wanted`.
pub fn stays_of(fleet: &[GroupEv], takes_part: &[bool], wanted: bool) -> Vec<Stay> {
    fleet
        .iter()
        .zip(takes_part)
        .filter(|&(_, &flag)| flag == wanted)
        .map(|(ev, _)| ev.stay)
        .collect()
}
