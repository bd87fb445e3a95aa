//! Checks on a search before it starts.

use thiserror::Error;

use super::variation::{Mutation, Params};

/// Why a search cannot start.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Nsga2Error {
    /// A population needs pairs.
    #[error("the population must be an even number of at least 4, not {population}")]
    BadPopulation {
        /// Individuals asked for.
        population: usize,
    },
    /// A parameter is outside its range.
    #[error("the parameter {name} is {value}, but must be {requirement}")]
    BadParameter {
        /// Which parameter.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it must be.
        requirement: &'static str,
    },
    /// Ends of the box have different lengths, or there is no coordinate.
    #[error("the box has {lower} lower and {upper} upper ends; both must be equal and above 0")]
    BoxShape {
        /// Number of lower ends.
        lower: usize,
        /// Number of upper ends.
        upper: usize,
    },
    /// One coordinate's range is empty or not finite.
    #[error("coordinate {index} ranges from {lower} to {upper}")]
    BoxRange {
        /// Coordinate number.
        index: usize,
        /// Lower end.
        lower: f64,
        /// Upper end.
        upper: f64,
    },
    /// A start individual has the wrong length.
    #[error("start individual {index} has {found} genes instead of {expected}")]
    StartShape {
        /// Number of the start individual.
        index: usize,
        /// Its genes.
        found: usize,
        /// Genes of the box.
        expected: usize,
    },
}

pub(super) fn check(
    params: &Params,
    lower: &[f64],
    upper: &[f64],
    starts: &[Vec<f64>],
) -> Result<(), Nsga2Error> {
    if params.population < 4 || !params.population.is_multiple_of(2) {
        return Err(Nsga2Error::BadPopulation { population: params.population });
    }
    share("crossover_probability", params.crossover_probability)?;
    positive("crossover_eta", params.crossover_eta)?;
    match params.mutation {
        Mutation::Polynomial { eta, probability } => {
            positive("mutation eta", eta)?;
            share("mutation probability", probability.unwrap_or(0.0))?;
        }
        Mutation::Gaussian { sigma, probability } => {
            positive("mutation sigma", sigma)?;
            share("mutation probability", probability.unwrap_or(0.0))?;
        }
    }
    if lower.is_empty() || lower.len() != upper.len() {
        return Err(Nsga2Error::BoxShape { lower: lower.len(), upper: upper.len() });
    }
    for (index, (&lower, &upper)) in lower.iter().zip(upper).enumerate() {
        if !lower.is_finite() || !upper.is_finite() || lower > upper {
            return Err(Nsga2Error::BoxRange { index, lower, upper });
        }
    }
    match starts.iter().position(|s| s.len() != lower.len()) {
        Some(index) => {
            Err(Nsga2Error::StartShape { index, found: starts[index].len(), expected: lower.len() })
        }
        None => Ok(()),
    }
}

fn share(name: &'static str, value: f64) -> Result<(), Nsga2Error> {
    if (0.0..=1.0).contains(&value) {
        Ok(())
    } else {
        Err(Nsga2Error::BadParameter { name, value, requirement: "between 0 and 1" })
    }
}

fn positive(name: &'static str, value: f64) -> Result<(), Nsga2Error> {
    if value.is_finite() && value > 0.0 {
        Ok(())
    } else {
        Err(Nsga2Error::BadParameter { name, value, requirement: "positive" })
    }
}
