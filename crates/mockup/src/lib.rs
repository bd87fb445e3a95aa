//! Others' functional mock-up units (FMI 2.0 and 3.0, co-simulation) as sources of numbers: one of
//! their outputs, sampled at even steps.
//!
//! - [`sample`]: steps a unit and reads an output; [`Ask`]: which; [`Sampled`]: what came of it.
//! - [`Quantity`]: what its numbers are, as the unit itself says.
//! - [`UnitError`]: why there are none.
//!
//! A unit is a program: it is loaded into this process and does whatever its maker wants.

mod error;
mod quantity;
mod sample;
mod three;
mod two;
mod unzip;

pub use error::UnitError;
pub use quantity::Quantity;
pub use sample::{Ask, Sampled, sample};
