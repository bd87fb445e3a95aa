//! NSGA-II for two objectives over a box (Deb, Pratap, Agarwal, Meyarivan 2002), real-coded.
//!
//! Each generation: parents by binary tournament (rank, then crowding distance), simulated binary
//! crossover (Deb and Agrawal 1995) with per-coordinate probability one half, mutation, duplicates
//! discarded; then the best of parents and children by fronts, the last front cut by crowding. With
//! two objectives the fronts come from one sweep of the lexicographically sorted points in `O(n log
//! n)`.

mod problem_check;
mod search;
mod sort;
mod variation;

#[cfg(test)]
mod zdt;

pub use problem_check::Nsga2Error;
pub use search::{Individual, Nsga2, minimise};
pub use sort::{crowding_distances, front_ranks};
pub use variation::{Mutation, Params};
