//! `gridflock cosim fmu`: a scenario as a functional mock-up unit.

use crate::cli::Global;
use crate::output::{note, say, warn};
use clap::{Args, ValueEnum};
use fmi::{ExportError, Exported, Standard, export};
use gridflock::{Code, Failure, Prepared};
use scenario::Scenario;
use serde_json::json;
use std::io::{stdin, stdout};
use std::path::PathBuf;

/// `gridflock cosim fmu`.
#[derive(Clone, Debug, Args)]
pub struct FmuArgs {
    /// A scenario file or a built-in name.
    pub scenario: String,
    /// The unit; by default NAME.fmu here.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Version of the standard.
    #[arg(long, value_enum, default_value = "3")]
    pub fmi: Version,
    /// Override a value, e.g. --set penalty.scale=2. May be repeated.
    #[arg(long, value_name = "KEY.PATH=VALUE")]
    pub set: Vec<String>,
    /// Replace an existing file.
    #[arg(long)]
    pub overwrite: bool,
    /// Warnings are errors (exit code 3).
    #[arg(long)]
    pub strict: bool,
}

/// Versions of the standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Version {
    /// FMI 2.0.
    #[value(name = "2", alias = "2.0")]
    Two,
    /// FMI 3.0.
    #[value(name = "3", alias = "3.0")]
    Three,
}

/// Writes a unit.
///
/// # Errors
/// All problems of the scenario; a file that is there already, or cannot be written.
pub fn fmu(args: &FmuArgs, global: &Global) -> Result<(), Failure> {
    let loaded = Scenario::load(&args.scenario, &args.set)?;
    let prepared = Prepared::read(&loaded)?;
    prepared.notes.iter().for_each(|text| note!("{text}"));
    warn(&prepared.warnings, args.strict)?;
    let default = || PathBuf::from(format!("{}.fmu", prepared.scenario.name));
    let to = args.output.clone().unwrap_or_else(default);
    if to.exists() && !(args.overwrite && to.is_file()) {
        let message = format!("{} exists already; nothing was written", to.display());
        let help = "give another name with -o, or --overwrite for a file";
        return Err(Failure::with_help(Code::Failed, message, help));
    }
    let program = std::env::current_exe().map_err(|e| {
        Failure::new(Code::Failed, format!("this program, which a unit carries, is not found: {e}"))
    })?;
    let standard = match args.fmi {
        Version::Two => Standard::Two,
        Version::Three => Standard::Three,
    };
    let made = export(&loaded, &prepared, standard, &program, &to).map_err(failure)?;
    let Exported { inputs, outputs, platform, bytes } = made;
    if global.json {
        let version = if standard == Standard::Two { "2.0" } else { "3.0" };
        say!(
            "{}",
            json!({
                "file": to, "fmi": version, "platform": platform, "inputs": inputs,
                "outputs": outputs, "bytes": bytes,
            })
        );
    } else {
        say!(
            "{}: {inputs} inputs and {outputs} outputs, {} zones, {} days; for {platform}; {:.1} MB",
            to.display(),
            prepared.zones(),
            prepared.scenario.days,
            bytes as f64 / 1e6
        );
    }
    Ok(())
}

fn failure(e: ExportError) -> Failure {
    Failure::new(Code::Failed, e.to_string())
}

/// Serves a unit until it closes its end.
///
/// # Errors
/// If what comes in is no request, or the other end is gone.
pub fn serve() -> Result<(), Failure> {
    let (mut from, mut to) = (stdin().lock(), stdout().lock());
    fmi::serve(&mut from, &mut to, &gridflock::software()).map_err(|e| {
        let help = "units start this command; `gridflock cosim fmu` makes one";
        Failure::with_help(Code::Failed, format!("the unit cannot be understood: {e}"), help)
    })
}
