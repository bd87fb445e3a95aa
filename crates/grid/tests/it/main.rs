//! The `grid` crate against reference values and invariants, one module per subject.

mod case; // the published feeder with a synthetic fleet
mod dispatch; // network dispatch of that case
mod partition; // zones of IEEE 33 against the published way of making them
mod power_flow; // published feeder, peers' solutions, invariants of the flow
mod reference; // dispatch instances solved with another tool
mod trade; // admission of zonal trades
