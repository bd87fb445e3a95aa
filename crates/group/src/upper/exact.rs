//! The exact front by weighted sums (P4 eq. 11-17; both objectives are convex).

use super::{DayView, Front, Solution};
use crate::{GroupError, Loads, Schedule, Stop};
use optim::front::sum_weights;

/// Curvature of f1 beside that of f2 at the cheap end: so little that the cost is the least to 5 digits, and enough to make the
/// sharing among areas, which the cost leaves open, unique.
const TIE_BREAK: f64 = 1e-3;

/// `points` solutions from the least f1 to the least f2: minima of `theta f1 / range 1 + (1 - theta) f2 / range 2`, each started
/// from its neighbour. Without participants, or when both ends coincide, the front has one point.
///
/// The placement is exact to 10 W a cell. With tariffs that differ between areas the cost is no longer convex in theory; the sweeps
/// then end in a point from which no single EV can improve.
///
/// # Errors
/// Curves that do not fit the loads, or fewer than two points.
pub fn exact_front(day: &DayView, loads: &Loads, points: usize) -> Result<Front, GroupError> {
    if points < 2 {
        return Err(GroupError::OutOfRange { quantity: "exact_points", value: points as f64, range: "at least 2" });
    }
    day.check(loads)?;
    let base_kw = day.without_participants_kw();
    let nothing = vec![0.0; base_kw.len()];
    let solve = |schedule: &Schedule, weights: [f64; 2]| -> Result<Solution, GroupError> {
        let mut schedule = schedule.clone();
        day.filling(loads, &base_kw, &nothing, weights).improve(&mut schedule, Stop::default())?;
        Ok(Solution { objectives: day.objectives(loads, &schedule), schedule })
    };
    let curves = day.prices.curves();
    let mean_slope = curves.iter().map(|price| price.slope).sum::<f64>() / curves.len() as f64;
    let flat = solve(&Schedule::idle(loads), [1.0, 0.0])?;
    let cheap = solve(&flat.schedule, [TIE_BREAK * mean_slope.max(1e-9), 1.0])?;
    let range = [cheap.objectives[0] - flat.objectives[0], flat.objectives[1] - cheap.objectives[1]];
    if range[0] <= 0.0 || range[1] <= 0.0 {
        return Ok(Front::of(vec![flat, cheap]));
    }
    let mut found = vec![flat];
    let mut weights = sum_weights(points - 1);
    weights.reverse();
    for (step, weights) in weights[1..points - 1].iter().enumerate() {
        let next = solve(&found[step].schedule, [weights[0] / range[0], weights[1] / range[1]])?;
        found.push(next);
    }
    found.push(cheap);
    Ok(Front::of(found))
}
