//! Statistics over runs: plain functions of slices, no files, no randomness but what is passed in.

mod interval;
mod morris;
mod paired;
mod quantile;
mod sobol;
mod summary;

pub use indicators::{Mser, mser5};
pub use interval::{half_width, normal_quantile, student_quantile};
pub use morris::{MorrisMeasures, morris_measures};
pub use paired::{PairedDifference, paired_difference, runs_needed};
pub use quantile::{cvar, quantile};
pub use sobol::{Bootstrap, Index, SobolIndices, sobol_indices};
pub use summary::{Summary, mean, summary, variance};
