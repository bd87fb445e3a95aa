//! The papers' tables and figures beside ours, every published feature marked by its interval over
//! seeds.
//!
//! | noun | what it is |
//! |---|---|
//! | [`Paper`], [`Request`], [`reproduce`] | which paper, with how many seeds, and its runs |
//! | [`Reproduction`], [`Section`], [`Grid`], [`Cell`] | what came of it: tables, features, reasons |
//! | [`Feature`], [`Verdict`] | a published feature, and whether our figures show it |
//! | [`OverSeeds`] | a figure of every seed, with its mean and its 95 % interval |
//! | [`Watch`], [`ReproduceError`] | progress and interruption; why there is no reproduction |
//!
//! Nothing is printed here, and nothing is tuned to the published figures: what a scenario chooses
//! where its paper is silent is listed in the scenario's README and holds for all variants alike.

mod error;
mod feature;
mod feeder;
mod foresight;
mod group;
mod over_seeds;
mod park;
mod reproduction;
mod runs;

pub use error::ReproduceError;
pub use feature::{Feature, Verdict};
pub use over_seeds::{OverSeeds, figure};
pub use reproduction::{Cell, Grid, Reproduction, Section};
pub use runs::Watch;

/// The papers whose tables can be reproduced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paper {
    /// The industrial park with a reservation market (P3).
    Park,
    /// The distribution feeder in zones (P0).
    Feeder,
    /// The microgrid group under time-of-use prices (P4).
    Group,
}

impl Paper {
    /// Seeds over which means are taken unless told: few of the large models, many of the group,
    /// whose single fleets scatter most.
    pub const fn usual_seeds(self) -> u32 {
        match self {
            Self::Park | Self::Feeder => 5,
            Self::Group => 12,
        }
    }
}

/// How a paper is reproduced.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Seeds 1, 2, ... over which means are taken, at least one.
    pub seeds: u32,
    /// Threads; 0 takes what the machine has.
    pub threads: usize,
    /// Progress and interruption.
    pub watch: &'a Watch<'a>,
}

/// Runs what a paper's tables need. The result depends on the paper and the number of seeds alone.
///
/// # Errors
/// A run that failed, or that the watch ended.
pub fn reproduce(paper: Paper, request: &Request<'_>) -> Result<Reproduction, ReproduceError> {
    match paper {
        Paper::Park => park::reproduce(request),
        Paper::Feeder => feeder::reproduce(request),
        Paper::Group => group::reproduce(request),
    }
}
