//! From the figures of all runs to what a study says: estimates, contrasts, sensitivities, whether
//! to stop.

mod contrasts;
mod estimates;
mod figures;
mod futures;
mod inference;
mod opposite_days;
mod ratios;
mod saturation;
mod sensitivity;
mod stopping;

pub use contrasts::{ContrastPair, ContrastRow, contrast_rows};
pub use estimates::{Estimate, QUANTILES, Tail, overview};
pub use figures::{Figure, Figures};
pub use futures::{FlipRow, RegretRow};
pub use inference::{Family, Inference, MarginTest, is_other_reading};
pub use opposite_days::OppositeDays;
pub use ratios::RatioRow;
pub use sensitivity::SensitivityRow;

pub(crate) use estimates::estimates;
pub(crate) use futures::{flips, regrets};
pub(crate) use opposite_days::opposite_days;
pub(crate) use ratios::ratio_rows;
pub(crate) use sensitivity::sensitivities;
pub(crate) use stopping::{LEAST, is_narrow_enough};
