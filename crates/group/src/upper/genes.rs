//! NSGA-II over virtual loads (our reading of the paper's upper layer).
//!
//! A gene in 0..1 for each area and hour of the day is a virtual load that the exact placement of
//! the EVs avoids. Few genes steer many EVs, and every candidate is feasible for every EV;
//! cumulative energy curves of an area would be necessary, but not sufficient.

use super::{DayView, Front, Nsga2Layer, Solution};
use crate::{GroupError, Loads, Schedule, Stop};
use optim::nsga2;

const HOURS: usize = 24;

/// The front that NSGA-II finds.
///
/// # Errors
/// Curves that do not fit the loads, or settings that NSGA-II refuses.
pub fn nsga2_front(
    day: &DayView,
    loads: &Loads,
    layer: &Nsga2Layer,
    u: impl FnMut() -> f64,
) -> Result<Front, GroupError> {
    day.check(loads)?;
    let base_kw = day.without_participants_kw();
    let mut decoder = Decoder {
        day,
        loads,
        layer,
        base_kw: &base_kw,
        virtual_kw: vec![0.0; base_kw.len()],
        schedule: Schedule::idle(loads),
    };
    // What can be wrong is found here, so that no evaluation fails.
    decoder.day.filling(loads, &base_kw, &decoder.virtual_kw, [1.0, 0.0]).check()?;
    let genes = loads.areas() * HOURS;
    let flat = decoder.decode(&vec![0.0; genes])?.clone();
    let starts = seeds(day, loads, &flat, layer.seeded);
    let evaluate = |genes: &[f64]| {
        decoder.decode(genes).map_or([f64::INFINITY; 2], |schedule| day.objectives(loads, schedule))
    };
    let found =
        nsga2::minimise(&layer.search, &vec![0.0; genes], &vec![1.0; genes], &starts, evaluate, u)?;
    let mut solutions = Vec::with_capacity(found.len());
    for individual in found {
        solutions.push(Solution {
            objectives: individual.objectives,
            schedule: decoder.decode(&individual.genes)?.clone(),
        });
    }
    Ok(Front { solutions })
}

/// Individuals that avoid dear hours, from not at all to as much as genes can: the marginal cost of
/// charging in the flattest schedule, brought to 0..1 and scaled. A weighted sum of the objectives
/// has its minimum at a virtual load of this shape.
fn seeds(day: &DayView, loads: &Loads, flat: &Schedule, count: usize) -> Vec<Vec<f64>> {
    let periods = loads.horizon().periods;
    let charging_kw = crate::network_kw(&day.charging_kw(flat), periods);
    let (mut sums, mut counts) =
        (vec![0.0; loads.areas() * HOURS], vec![0.0_f64; loads.areas() * HOURS]);
    for (place, price) in day.prices.curves().iter().enumerate() {
        let gene = gene_of(loads, place / periods, place % periods);
        sums[gene] += price.level + 2.0 * price.slope * charging_kw[place % periods];
        counts[gene] += 1.0;
    }
    // Hours outside the horizon steer nothing.
    let mean: Vec<f64> =
        sums.iter().zip(&counts).map(|(sum, count)| sum / count.max(1.0)).collect();
    let seen =
        || mean.iter().zip(&counts).filter(|(_, count)| **count > 0.0).map(|(mean, _)| *mean);
    let (low, high) =
        (seen().fold(f64::INFINITY, f64::min), seen().fold(f64::NEG_INFINITY, f64::max));
    let height =
        |mean: &f64| if high > low { ((mean - low) / (high - low)).clamp(0.0, 1.0) } else { 0.0 };
    let of_share = |theta: f64| mean.iter().map(|mean| theta * height(mean)).collect();
    (0..count)
        .map(|number| of_share(number as f64 / count.saturating_sub(1).max(1) as f64))
        .collect()
}

fn gene_of(loads: &Loads, area: usize, period: usize) -> usize {
    area * HOURS + loads.horizon().middle_hour(period) as usize % HOURS
}

struct Decoder<'a> {
    day: &'a DayView<'a>,
    loads: &'a Loads,
    layer: &'a Nsga2Layer,
    base_kw: &'a [f64],
    virtual_kw: Vec<f64>,
    schedule: Schedule,
}

impl Decoder<'_> {
    /// The schedule of some genes: a few sweeps of placement for least squares over load and
    /// virtual load.
    fn decode(&mut self, genes: &[f64]) -> Result<&Schedule, GroupError> {
        let periods = self.loads.horizon().periods;
        for (place, value) in self.virtual_kw.iter_mut().enumerate() {
            *value =
                self.layer.gene_kw * genes[gene_of(self.loads, place / periods, place % periods)];
        }
        self.schedule.power_kw.fill(0.0);
        self.schedule.placed_kw.fill(0.0);
        let filling = self.day.filling(self.loads, self.base_kw, &self.virtual_kw, [1.0, 0.0]);
        filling
            .improve(&mut self.schedule, Stop { sweeps_max: self.layer.sweeps, change_kw: 0.0 })?;
        Ok(&self.schedule)
    }
}
