//! Laws of behaviour from recorded charging sessions, scored on the part that was held out.
//!
//! - [`read_sessions`]: sessions of a file, cleaned; [`Session`], [`Cleaning`], [`Source`].
//! - [`fit`]: the laws; [`Fitted`], [`KindFit`], [`Candidate`].
//! - [`ScoreCard`]: how they do on sessions that they have not seen.
//! - [`behaviour_toml`]: the laws as keys of a scenario; [`text_report`]: all of it in words;
//!   [`json_summary`]: for programs.

mod candidate;
mod cleaning;
mod fit;
mod johnson;
mod joint_fit;
mod json;
mod kinds;
mod load_curve;
mod ocpi;
mod report;
mod rows;
mod score;
mod summary;
mod toml;
mod uniforms;

pub use candidate::{Candidate, Quantity};
pub use cleaning::{Cleaned, Cleaning, Dropped, Session};
pub use fit::{FitOptions, Fitted, fit};
pub use kinds::{KindFit, Users};
pub use load_curve::Coverage;
pub use report::text_report;
pub use rows::{Source, read_sessions};
pub use score::{QuantityScore, ScoreCard};
pub use summary::json_summary;
pub use toml::behaviour_toml;

/// Why sessions are not read or fitted, with file and line where there are any.
pub type FittingError = String;
