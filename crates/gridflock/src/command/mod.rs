//! One module per command: reads its arguments, calls the library, prints what came of it.

pub mod cosim;
pub mod export;
pub mod export_network;
mod findings;
pub mod fit;
pub mod fork;
mod live;
pub mod look;
pub mod ocpi;
pub mod reproduce;
pub mod run;
pub mod scenario;
pub mod search;
pub mod study;
pub mod trace;

pub use ::reproduce::figure;

use crate::cli::{Cli, Global};
use crate::output::{say, write_result};
use comfy_table::{CellAlignment, Table, presets};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::{SIGINT, SIGTERM};

/// The signal that arrived, or 0.
fn signal() -> &'static Arc<AtomicUsize> {
    static SIGNAL: OnceLock<Arc<AtomicUsize>> = OnceLock::new();
    SIGNAL.get_or_init(Arc::default)
}

/// Notes Ctrl-C and SIGTERM; the running command ends at its next step and closes its tables.
pub fn watch_signals() {
    for number in [SIGINT, SIGTERM] {
        if let Err(e) = signal_hook::flag::register_usize(number, signal().clone(), number as usize)
        {
            tracing::warn!("signal {number} cannot be caught: {e}");
        }
    }
}

/// Whether the user wants to end the command.
pub fn interrupted() -> bool {
    signal().load(Ordering::Relaxed) != 0
}

/// The failure that says how the user ended the command.
pub fn interruption(what: &str) -> gridflock::Failure {
    let code = if signal().load(Ordering::Relaxed) == SIGTERM as usize {
        gridflock::Code::Terminated
    } else {
        gridflock::Code::Interrupted
    };
    gridflock::Failure::new(code, what)
}

/// A plain table; columns in `right` are numbers.
pub fn table(head: &[&str], right: &[usize]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY).set_header(head.iter().copied());
    for &i in right {
        if let Some(column) = table.column_mut(i) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}
/// The command line for manifests; what is no text in it is shown as well as can be.
pub fn argv() -> Vec<String> {
    std::env::args_os().map(|a| a.to_string_lossy().into_owned()).collect()
}

/// A built-in file as it is, or as one JSON object.
pub fn print_text(name: &str, text: &str, global: &Global) {
    if global.json {
        say!("{}", serde_json::json!({ "name": name, "toml": text }));
    } else {
        write_result(format_args!("{text}"));
    }
}

/// `gridflock completions`: a script for a shell.
pub fn completions(shell: clap_complete::Shell, global: &Global) {
    let mut script = Vec::new();
    let mut command = <Cli as clap::CommandFactory>::command();
    clap_complete::generate(shell, &mut command, "gridflock", &mut script);
    let script = String::from_utf8_lossy(&script);
    if global.json {
        say!("{}", serde_json::json!({ "shell": shell.to_string(), "script": script }));
    } else {
        write_result(format_args!("{script}"));
    }
}
