//! What Python sees of gridflock: module `gridflock._gridflock`, wrapped by the package beside it.
//!
//! - [`Table`](table::Table): a table that shares its memory. - [`run`](run::run): one run.
//! - [`Simulation`](simulation::Simulation): one run driven by hand.
//! - [`fork`]: one day, several futures.
//! - [`scenario`]: scenarios checked and resolved. - [`study`]: comparisons and studies.
//! - [`environments`](mod@environments): learning environments. - [`error`](mod@error): exceptions.
//! - [`fit`](mod@fit): laws from recorded sessions.
//!
//! Without the feature `module` the crate is empty: nothing else needs Python to be built.
#![cfg(feature = "module")]

mod environments;
mod error;
mod fit;
mod fork;
mod policies;
mod run;
mod scenario;
mod signal;
mod simulation;
mod study;
mod table;

use pyo3::prelude::*;

/// Worlds are many small pieces of memory: the same allocator as the program's.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The native half of the package `gridflock`.
#[pymodule]
fn _gridflock(m: &Bound<'_, PyModule>) -> PyResult<()> {
    error::add(m)?;
    m.add("POLICIES", policies::NAMES.to_vec())?;
    m.add("__version__", gridflock::VERSION)?;
    m.add_class::<table::Table>()?;
    m.add_class::<run::Outcome>()?;
    m.add_class::<simulation::Simulation>()?;
    m.add_class::<environments::PyCourse>()?;
    m.add_class::<environments::Episode>()?;
    m.add_class::<environments::PyBatch>()?;
    m.add_function(wrap_pyfunction!(fit::fit_sessions, m)?)?;
    m.add_function(wrap_pyfunction!(run::run, m)?)?;
    m.add_function(wrap_pyfunction!(run::read, m)?)?;
    m.add_function(wrap_pyfunction!(scenario::resolve, m)?)?;
    m.add_function(wrap_pyfunction!(scenario::toml_to_json, m)?)?;
    m.add_function(wrap_pyfunction!(scenario::built_in, m)?)?;
    m.add_function(wrap_pyfunction!(scenario::schema, m)?)?;
    m.add("FORK_IDENTIFIED", fork::IDENTIFIED)?;
    m.add_function(wrap_pyfunction!(fork::fork, m)?)?;
    m.add_function(wrap_pyfunction!(study::compare, m)?)?;
    m.add_function(wrap_pyfunction!(study::run_study, m)?)?;
    m.add_function(wrap_pyfunction!(study::merge_study, m)?)?;
    m.add_function(wrap_pyfunction!(study::cost, m)?)?;
    Ok(())
}
