//! What scenarios accept, refuse and say.

mod bad_scenarios;
mod builtins;
mod overrides;
mod schema;
