//! The library inside a unit: the functions of FMI 2.0 and 3.0 under their own names.
//!
//! It holds no simulation: it starts the program that lies beside it among the resources of the
//! unit, one process for each instance, and speaks with it over two pipes. A fault there ends that
//! process and is told to the master; it never ends the master. The build script compiles it, with
//! the standard library alone.

#![allow(
    dead_code,
    non_snake_case,
    unsafe_op_in_unsafe_fn,
    clippy::missing_safety_doc,
    clippy::multiple_unsafe_ops_per_block
)]

mod border;
mod engine;
mod fmi2;
mod fmi3;
mod instance;
mod log;
mod wire;

use instance::Instance;
use log::{Level, Log};
use std::ffi::CString;

/// A new instance; why there is none is told to the master.
fn make(
    log: Log,
    co_simulation: bool,
    token: Option<CString>,
    resources: Option<CString>,
) -> Option<Instance> {
    if !co_simulation {
        log.say(Level::Error, "the unit is for co-simulation; instantiate it so");
        return None;
    }
    let Some(resources) = resources.filter(|r| !r.is_empty()) else {
        log.say(Level::Error, "the place of the resources is missing; unzip the unit and give it");
        return None;
    };
    let token = token.unwrap_or_default();
    let made = Instance::new(log, &resources.to_string_lossy(), &token.to_string_lossy());
    made.inspect_err(|(log, why)| log.say(Level::Error, why)).ok()
}
