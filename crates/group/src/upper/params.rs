//! Settings of the upper layer.

use optim::front::Compromise;
use optim::nsga2::{Mutation, Params as Nsga2Params};
use serde::{Deserialize, Serialize};

/// Which front is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UpperSolver {
    /// Weighted sums, each solved exactly.
    Exact,
    /// NSGA-II, the paper's method.
    Nsga2,
}

impl UpperSolver {
    /// The solver's name in scenario files and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Nsga2 => "nsga2",
        }
    }
}

/// NSGA-II and its encoding (our reading): a gene an area and hour of the day is a virtual load
/// that the exact placement avoids.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Nsga2Layer {
    /// Population, generations, variation.
    pub search: Nsga2Params,
    /// Individuals of the first population that follow the price, from not at all to fully.
    pub seeded: usize,
    /// Virtual load of a gene of 1 \[kW\]. 3,000 is two thirds of the published case's highest
    /// load; half as much misses the cheap end of the front when most EVs take part.
    pub gene_kw: f64,
    /// Sweeps of exact placement by which genes become schedules.
    pub sweeps: usize,
}

impl Default for Nsga2Layer {
    /// 100 individuals, 20 of them seeded, 100 generations, crossover 0.9 with index 15, Gaussian
    /// mutation of 0.1, 3,000 kW, two sweeps.
    fn default() -> Self {
        let search = Nsga2Params {
            population: 100,
            generations: 100,
            mutation: Mutation::Gaussian { sigma: 0.1, probability: None },
            ..Nsga2Params::default()
        };
        Self { search, seeded: 20, gene_kw: 3000.0, sweeps: 2 }
    }
}

/// Settings of the upper layer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct UpperParams {
    /// Which front is searched.
    pub solver: UpperSolver,
    /// Points of the exact front, at least 2.
    pub exact_points: usize,
    /// NSGA-II.
    pub nsga2: Nsga2Layer,
    /// Rule that picks the schedule of the day (our reading: TOPSIS with equal weights; the paper
    /// says only "compromise").
    pub compromise: Compromise,
}

impl Default for UpperParams {
    /// The exact front in 20 points, TOPSIS with equal weights.
    fn default() -> Self {
        Self {
            solver: UpperSolver::Exact,
            exact_points: 20,
            nsga2: Nsga2Layer::default(),
            compromise: Compromise::Topsis { weights: [0.5, 0.5] },
        }
    }
}
