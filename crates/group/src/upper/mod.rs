//! The upper layer: schedules between least load variance and least charging cost (P4 eq. 11-17).
//!
//! A solution is a set of individual schedules, so that every candidate is feasible for every EV.
//! Two solvers find the front: [`exact_front`] by weighted sums (both objectives are convex under a
//! common tariff), and [`nsga2_front`], the paper's method.

mod day_view;
mod exact;
mod front;
mod genes;
mod params;

pub use day_view::DayView;
pub use exact::exact_front;
pub use front::{Front, Solution};
pub use genes::nsga2_front;
pub use params::{Nsga2Layer, UpperParams, UpperSolver};
