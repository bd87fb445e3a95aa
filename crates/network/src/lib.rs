//! Networks of other tools, as a feeder of ours: MATPOWER, pandapower, OpenDSS, CIM.
//!
//! Files are read by the crates `powerio-tx` and `powerio-dist`; here stands what becomes of their
//! networks: switches are applied, unbalanced circuits become positive-sequence equivalents, what
//! is joined without impedance becomes one bus, what cannot be evaluated is refused, and what is
//! lost on the way is said.
//!
//! - [`read`]: a file as a [`ReadNetwork`]; [`Format`]: which files are read.
//! - [`includes`]: the files that a file takes in, for whoever has to know when one has changed.
//! - [`export()`]: a feeder in another tool's format; [`ExportFormat`].

mod balanced;
mod export;
mod file;
mod includes;
mod multiconductor;
mod pandapower;
mod parallel;
mod radial;
mod sequence;
mod sketch;

pub use export::{ExportFormat, Exported, export};
pub use file::{Format, ReadNetwork, read};
pub use includes::{Included, includes};
