//! Names of vehicle classes over all segments: each segment numbers its own, tables number them all.

use crate::SegmentSpec;

/// The names of the vehicle classes of all segments, each once, and by segment the number that each
/// of its classes has among them.
///
/// ```
/// use population::{SegmentSpec, class_names};
/// let (mut vans, cars) = (SegmentSpec::residents(), SegmentSpec::residents());
/// vans.vehicle.powers[0].name = "van".into();
/// let (names, numbers) = class_names(&[cars.clone(), vans, cars.clone()]);
/// assert_eq!(names.len(), cars.vehicle.powers.len() + 1);
/// assert_eq!((numbers[0][0], numbers[1][0], numbers[2][0]), (0, names.len() as u16 - 1, 0));
/// ```
pub fn class_names(segments: &[SegmentSpec]) -> (Vec<String>, Vec<Vec<u16>>) {
    let mut names: Vec<String> = Vec::new();
    let mut number = |name: &String| {
        let known = names.iter().position(|n| n == name);
        known.unwrap_or_else(|| {
            names.push(name.clone());
            names.len() - 1
        }) as u16
    };
    let numbers = segments
        .iter()
        .map(|s| s.vehicle.powers.iter().map(|p| number(&p.name)).collect())
        .collect();
    (names, numbers)
}
