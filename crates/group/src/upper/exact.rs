//! The exact front by weighted sums (P4 eq. 11-17; both objectives are convex).

use super::{DayView, Front, Solution};
use crate::{GroupError, Loads, Schedule, Stop};

/// Curvature of f1 beside that of f2 at the cheap end: so little that the cost is the least to 5
/// digits, and enough to make the sharing among areas, which the cost leaves open, unique.
const TIE_BREAK: f64 = 1e-3;

/// `points` solutions from the least f1 to the least f2, each the minimum of a weighted sum of
/// both. The weights halve the largest gap of the front again and again: they are normal to its
/// chord (Cohon's noninferior set estimation), and the search starts from the mean of the
/// neighbours' schedules, which is feasible and, by convexity, no worse than the chord. Without
/// participants, or when both ends coincide, the front has one point.
///
/// The placement is exact to 10 W a cell. With tariffs that differ between areas the cost is no
/// longer convex in theory; the sweeps then end in a point from which no single EV can improve.
///
/// # Errors
/// Curves that do not fit the loads, or fewer than two points.
pub fn exact_front(day: &DayView, loads: &Loads, points: usize) -> Result<Front, GroupError> {
    if points < 2 {
        return Err(GroupError::OutOfRange {
            quantity: "exact_points",
            value: points as f64,
            range: "at least 2",
        });
    }
    day.check(loads)?;
    let base_kw = day.without_participants_kw();
    let nothing = vec![0.0; base_kw.len()];
    let solve = |mut schedule: Schedule, weights: [f64; 2]| -> Result<Solution, GroupError> {
        day.filling(loads, &base_kw, &nothing, weights).improve(&mut schedule, Stop::default())?;
        Ok(Solution { objectives: day.objectives(loads, &schedule), schedule })
    };
    let flat = solve(Schedule::idle(loads), [1.0, 0.0])?;
    let curves = day.prices.curves();
    let mean_slope = curves.iter().map(|price| price.slope).sum::<f64>() / curves.len() as f64;
    let cheap = solve(flat.schedule.clone(), [TIE_BREAK * mean_slope.max(1e-9), 1.0])?;
    let range =
        [cheap.objectives[0] - flat.objectives[0], flat.objectives[1] - cheap.objectives[1]];
    if range.iter().any(|range| *range <= 0.0) {
        return Ok(Front::of(vec![flat, cheap]));
    }
    let mut found = vec![flat, cheap];
    while found.len() < points {
        let (place, [rise, fall]) = largest_gap(&found, range);
        if rise <= 0.0 || fall <= 0.0 {
            break;
        }
        let between = found[place].schedule.mean_with(&found[place + 1].schedule);
        let next = solve(between, [fall / range[0], rise / range[1]])?;
        found.insert(place + 1, next);
    }
    Ok(Front::of(found))
}

/// The pair of neighbours that lie farthest apart, by the number of the first, and how far f1 rises
/// and f2 falls between them, as shares of the ranges.
fn largest_gap(found: &[Solution], range: [f64; 2]) -> (usize, [f64; 2]) {
    let step = |pair: &[Solution]| {
        let [one, two] = [pair[0].objectives, pair[1].objectives];
        [(two[0] - one[0]) / range[0], (one[1] - two[1]) / range[1]]
    };
    let mut largest = (0, [0.0_f64; 2]);
    for (place, pair) in found.windows(2).enumerate() {
        let [rise, fall] = step(pair);
        if rise > 0.0 && fall > 0.0 && rise.hypot(fall) > largest.1[0].hypot(largest.1[1]) {
            largest = (place, [rise, fall]);
        }
    }
    largest
}
