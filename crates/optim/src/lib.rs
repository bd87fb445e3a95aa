//! Optimisation and probability over plain `f64`: the mathematics that the rest of the workspace
//! asks for.
//!
//! No word of the application is known here. Every algorithm is a pure function of its arguments;
//! randomness enters only as a generator of uniform numbers in `[0, 1)` that the caller passes in,
//! so that equal inputs give equal bits.
//!
//! | module | what it computes |
//! |---|---|
//! | [`normal`] | the standard normal law: density, distribution, survival, quantile |
//! | [`laws`] | normal, lognormal, truncated and wrapped normal laws by inversion of one uniform number |
//! | [`gmm`] | Gaussian mixtures: density, responsibilities, survival, moments, sampling, EM fitting, number of components |
//! | [`interval`] | the interval on which a decreasing function meets two targets |
//! | [`pso`] | particle swarm minimisation over a box |
//! | [`conic`] | a sparse convex programme for the interior-point solver |
//! | [`program`] | linear, quadratic and second-order cone programmes |
//! | [`front`] | fronts of two objectives: filter, hypervolume, compromise |
//! | [`nsga2`] | NSGA-II for two objectives |

pub mod conic;
pub mod front;
pub mod gmm;
pub mod interval;
pub mod laws;
pub mod normal;
pub mod nsga2;
pub mod program;
pub mod pso;

#[cfg(test)]
mod uniforms;
