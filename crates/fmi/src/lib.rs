//! Functional mock-up units: a scenario as one, and others' as sources.
