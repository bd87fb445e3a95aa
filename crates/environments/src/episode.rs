//! One episode: a simulation that an agent steps period by period.

use crate::course::Course;
use crate::error::EnvironmentError;
use crate::figures::{Figure, Figures, Fold, Reading};
use crate::spec::Terminal;
use domain::Direction;
use simulation::Simulation;
use std::sync::{Arc, Mutex, PoisonError};

/// What an episode remembers beside its simulation: how much of what was reserved was delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Delivery {
    /// Reserved by charging bookings that closed \[kWh\].
    pub reserved_kwh: f64,
    /// Delivered to them \[kWh\].
    pub delivered_kwh: f64,
}

impl Delivery {
    /// The share that was delivered; 1 before anything was reserved.
    fn share(self) -> f64 {
        if self.reserved_kwh > 0.0 { self.delivered_kwh / self.reserved_kwh } else { 1.0 }
    }
}

/// What a step brought to each agent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// By agent: the figures of the step.
    pub figures: Vec<Figures>,
    /// By agent: their weighted sum.
    pub rewards: Vec<f64>,
    /// Whether the episode is over: it was cut off at the end of the scenario's days.
    pub truncated: bool,
}

impl Course {
    /// One period: sets what the agents set, simulates to the end of the period, tells what it
    /// brought. What settles at the period's very end belongs to the next step, and to this one where
    /// it is the last.
    ///
    /// # Errors
    /// If the action is none, the episode is over, or the simulation does not go on.
    pub fn step(
        &self,
        sim: &mut Simulation,
        delivery: &mut Delivery,
        action: &[f32],
    ) -> Result<Step, EnvironmentError> {
        if sim.now() >= sim.end() {
            return Err(EnvironmentError::Over);
        }
        self.act(sim, action)?;
        let until = self.grid().start(self.grid().at(sim.now()) + 1);
        let zones = usize::from(self.zones());
        let (before, mut seen) = (Reading::of(sim), Fold::new(zones));
        seen.take(sim.world().uncollected(), &self.meaning);
        let fold = Arc::new(Mutex::new(Fold::new(zones)));
        let (watching, meaning) = (fold.clone(), self.meaning.clone());
        sim.watch(Some(Box::new(move |rows| {
            let mut fold = watching.lock().unwrap_or_else(PoisonError::into_inner);
            fold.take(std::iter::once(rows), &meaning);
        })));
        let advanced = sim.advance_while(until, &mut |_| true);
        sim.watch(None);
        advanced?;
        let mut fold = fold.lock().unwrap_or_else(PoisonError::into_inner);
        fold.take(sim.world().uncollected(), &self.meaning);
        delivery.reserved_kwh += fold.reserved_kwh - seen.reserved_kwh;
        delivery.delivered_kwh += fold.delivered_kwh - seen.delivered_kwh;
        let mut of_zones = fold.step(&seen, &before, &Reading::of(sim));
        let truncated = sim.now() >= sim.end();
        if truncated && self.spec().terminal == Terminal::Expected {
            add_unsettled(sim, *delivery, &mut of_zones);
        }
        Ok(self.told(&of_zones, truncated))
    }

    fn told(&self, of_zones: &[Figures], truncated: bool) -> Step {
        let of_scope = |scope: &crate::course::Scope| match scope {
            crate::course::Scope::Area => of_zones.last().copied().unwrap_or_default(),
            crate::course::Scope::Zone(zone) => of_zones[usize::from(zone.0) - 1],
        };
        let figures: Vec<Figures> = self.meaning.scopes.iter().map(of_scope).collect();
        let weights = &self.spec().weights;
        let reward = |f: &Figures| {
            // What is still to be settled goes to the operator.
            let terminal = f[Figure::Terminal as usize] * weights[Figure::OperatorNet as usize];
            f.iter().zip(weights).map(|(x, w)| x * w).sum::<f64>() + terminal
        };
        let rewards = figures.iter().map(reward).collect();
        Step { figures, rewards, truncated }
    }
}

/// Values the bookings that are not settled.
fn add_unsettled(sim: &Simulation, delivery: Delivery, of_zones: &mut [Figures]) {
    let (area, at) = (of_zones.len() - 1, Figure::Terminal as usize);
    for (i, zone) in sim.world().zones().enumerate().take(area) {
        let charging = zone.aggregator.bookings.iter().map(|(_, b)| b);
        let worth: f64 = charging
            .filter(|b| b.direction == Direction::Charge)
            .map(|b| b.price * b.reserved_total_kwh() * delivery.share())
            .sum();
        of_zones[i][at] += worth;
        of_zones[area][at] += worth;
    }
}
