//! Indicators: the figures of a run, folded from its rows as they are written, so that the tables
//! alone give them again.
//!
//! - [`Accumulator`]: takes batches of rows and ends in rows of table `indicators`.
//! - [`mser5`], [`Mser`]: where a series has settled.
//! - [`Context`], [`PriceEnds`]: the little that the tables do not hold.
//! - [`Definition`], [`DEFINITIONS`]: name, unit, scopes, formula and source of every figure, in
//!   one table; [`groups`]: what they are about; [`Better`]: which way a figure is better.
//!
//! Rules that hold for all figures:
//! - A figure of the run is the formula applied to the area as a whole: powers are added over the
//!   zones period by period first, so an import or a surplus of one zone and a deficit of another
//!   cancel. A figure of a zone takes that zone's rows, a figure of a segment the rows of its EVs.
//! - A ratio over nothing has no value: NaN here, null in the table.
//! - Money of bookings counts when the booking is closed (any status but `open`), with all its
//!   periods; other money when it moves.
//! - Sums run in the order of the rows, so a figure does not depend on how the rows were cut into
//!   batches.

mod account;
mod accumulator;
mod bookings;
mod clairvoyant;
mod definitions;
mod direction;
mod energy;
mod fleet;
mod money;
mod mser;
mod network;
mod prices;
mod scopes;
mod spread;
mod stays;
mod tickets;
mod totals;

#[cfg(test)]
mod tests;

pub use accumulator::{Accumulator, Context};
pub use definitions::{DEFINITIONS, Definition, definitions_markdown, groups};
pub use direction::Better;
pub use mser::{Mser, mser5};
pub use prices::PriceEnds;
