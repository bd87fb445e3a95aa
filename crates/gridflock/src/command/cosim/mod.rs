//! `gridflock cosim`: a scenario as a member of other people's co-simulations, a file for each way.

mod fmu;
mod helics;
mod mosaik;

use crate::cli::{Global, MosaikArgs};
use clap::Subcommand;
use gridflock::Failure;

/// `gridflock cosim`.
#[derive(Clone, Debug, Subcommand)]
pub enum CosimAction {
    /// A simulator of a mosaik world: models Zone and Feeder.
    Mosaik(MosaikArgs),
    /// A federate of a HELICS federation: a scenario, or some of its zones.
    Helics(Box<helics::HelicsArgs>),
    /// Write a scenario as a functional mock-up unit (FMI).
    Fmu(fmu::FmuArgs),
    /// What a unit starts: speaks with the library inside it over stdin and stdout.
    #[command(hide = true)]
    FmuServer,
}

/// Does it.
///
/// # Errors
/// What went wrong, with its exit code.
pub fn cosim(action: &CosimAction, global: &Global) -> Result<(), Failure> {
    match action {
        CosimAction::Mosaik(args) => mosaik::mosaik(args, global),
        CosimAction::Helics(args) => helics::helics(args, global),
        CosimAction::Fmu(args) => fmu::fmu(args, global),
        CosimAction::FmuServer => fmu::serve(),
    }
}
