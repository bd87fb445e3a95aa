//! From the figures of all runs to what a study says: estimates, contrasts, sensitivities, whether to stop.

mod contrasts;
mod estimates;
mod figures;
mod sensitivity;
mod stopping;

pub use contrasts::{ContrastRow, contrast_rows};
pub use figures::{Figure, Figures};

pub(crate) use estimates::{Estimate, QUANTILES, estimates};
pub(crate) use sensitivity::sensitivities;
pub(crate) use stopping::is_narrow_enough;
