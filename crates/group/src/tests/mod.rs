//! Tests that need a drawn fleet, a planned day, or several parts at once.

mod fleet;
mod lower;
mod placement;
mod prices;
mod relations;
mod samples;
mod upper;
