//! From the figures of all runs to what a study says: estimates, contrasts, sensitivities, whether
//! to stop.

mod contrasts;
mod estimates;
mod figures;
mod sensitivity;
mod stopping;

pub use contrasts::{ContrastPair, ContrastRow, contrast_rows};
pub use estimates::{Estimate, QUANTILES, overview};
pub use figures::{Figure, Figures};
pub use sensitivity::SensitivityRow;

pub(crate) use estimates::estimates;
pub(crate) use sensitivity::sensitivities;
pub(crate) use stopping::is_narrow_enough;
