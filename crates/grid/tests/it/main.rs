//! The `grid` crate against reference values and invariants, one module per subject.

mod power_flow; // published feeder, peers' solutions, invariants of the flow
