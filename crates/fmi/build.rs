//! Compiles the library that lies inside exported units: `src/unit`, with the standard library
//! alone. The program carries its bytes, so that it can export units wherever it is installed.

use std::env;
use std::path::PathBuf;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=src/unit");
    println!("cargo::rerun-if-changed=build.rs");
    let var = |name: &str| env::var(name).unwrap_or_default();
    let out = PathBuf::from(var("OUT_DIR")).join("unit.library");
    let mut rustc = Command::new(var("RUSTC"));
    rustc
        .args(["--edition", "2024", "--crate-type", "cdylib", "--crate-name", "gridflock_unit"])
        .args(["-C", "opt-level=1", "-C", "strip=symbols", "-C", "panic=unwind"])
        .arg("-o")
        .arg(&out)
        .arg("src/unit/mod.rs");
    if var("TARGET") != var("HOST") {
        rustc.args(["--target", &var("TARGET")]);
    }
    if let Ok(linker) = env::var("RUSTC_LINKER") {
        rustc.arg("-C").arg(format!("linker={linker}"));
    }
    let flags = var("CARGO_ENCODED_RUSTFLAGS");
    rustc.args(flags.split('\u{1f}').filter(|flag| !flag.is_empty()));
    match rustc.status() {
        Ok(status) if status.success() => {}
        Ok(status) => panic!("the library of units is not compiled: {status}"),
        Err(error) => panic!("the compiler does not start: {error}"),
    }
}
