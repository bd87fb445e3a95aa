//! A scenario as a functional mock-up unit (FMI 2.0 and 3.0): for masters that step units of many
//! makers side by side.
//!
//! - [`export`]: writes a unit; [`Standard`]: of which version; [`Exported`]: what came of it.
//! - [`serve`]: the program's part of a unit at work: the library inside the unit starts it and
//!   speaks with it over two pipes.
//! - [`ExportError`]: why there is no unit.

mod description;
mod export;
mod serve;
mod session;
#[cfg(test)]
mod unit;
mod variables;
#[allow(dead_code, reason = "the library inside a unit uses the other half")]
#[cfg_attr(test, allow(clippy::duplicate_mod, reason = "tests see that library, too"))]
#[path = "unit/wire.rs"]
mod wire;

pub use export::{ExportError, Exported, Standard, export};
pub use serve::serve;
