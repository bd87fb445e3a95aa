//! Statistics over runs: plain functions of slices, no files, no randomness but what is passed in.

mod interval;
mod linear;
mod mean_interval;
mod morris;
mod multiple;
mod paired;
mod prim;
mod quantile;
mod regression;
mod sobol;
mod summary;
mod tests_of_means;

pub use indicators::{Mser, mser5};
pub use interval::{half_width, normal_cdf, normal_quantile, student_quantile};
pub use linear::cholesky;
pub(crate) use linear::{forward_factored, solve_factored};
pub use mean_interval::{IntervalKind, MeanInterval, mean_interval};
pub use morris::{MorrisMeasures, morris_measures};
pub use multiple::{false_discovery, holm};
pub use paired::{PairedDifference, paired_difference, runs_needed};
pub use prim::{PrimBox, PrimRule, prim};
pub use quantile::{cvar, cvar_interval, cvar_lower, quantile, quantile_interval};
pub use regression::{Association, Regression, ranks, regression};
pub use sobol::{Bootstrap, Index, SobolIndices, sobol_indices};
pub use summary::{Summary, mean, summary, variance};
pub use tests_of_means::{detectable, p_equivalent, p_not_inferior, p_value, pairs_to_detect};
