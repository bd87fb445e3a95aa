//! Federations of HELICS in which the program takes part, with real partners: what is claimed is
//! written in `helics_partners.py`, function by function.

use crate::partners::{call, python, skipped};
use std::path::Path;
use tempfile::tempdir;

fn claim(name: &str, more: &[&str]) {
    let mut python = match python(None) {
        Ok(python) => python,
        Err(why) => return skipped(why),
    };
    let folder = tempdir().expect("a folder");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/it/helics_partners.py");
    python.arg(script).arg(name).arg(env!("CARGO_BIN_EXE_gridflock")).arg(folder.path()).args(more);
    if let Err(why) = call(&mut python) {
        panic!("{why}");
    }
}

#[test]
#[ignore = "slow: HELICS hands every grant on between many processes, longer where other programs keep the machine busy"]
fn four_zones_with_pandapower_and_prices_leave_the_tables_of_one_process() {
    claim("four_zones", &[]);
}

#[test]
fn a_feeder_has_the_voltages_of_pandapower_and_opendss_at_every_step_of_one_federation() {
    claim("ieee33", &[]);
}

#[test]
fn a_partner_that_leaves_early_is_named_and_the_run_goes_on() {
    claim("leaves", &[]);
}

#[test]
fn a_failure_anywhere_ends_every_federate_with_its_reason() {
    claim("faults", &[]);
}

#[test]
#[ignore = "slow: HELICS hands every grant on between many processes, longer where other programs keep the machine busy"]
fn a_partner_that_does_not_come_or_halts_is_named_when_patience_ends() {
    claim("missing", &[]);
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "slow: HELICS hands every grant on between many processes, longer where other programs keep the machine busy"]
fn all_zones_in_processes_leave_the_tables_of_one_and_nothing_is_left_running() {
    claim("all_zones", &[]);
}

#[test]
#[ignore = "slow: HELICS hands every grant on between many processes, longer where other programs keep the machine busy"]
fn sixteen_federates_that_start_at_once_all_get_in() {
    claim("many", &["16"]);
}
