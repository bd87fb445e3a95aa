//! What a learning environment is made of.

use crate::action::Lever;
use crate::figures::{Figure, Figures};

/// Who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agents {
    /// One agent sets the prices of all zones.
    One,
    /// An agent for each zone sets the prices there.
    PerZone,
}

/// How what is unsettled at the end of an episode counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terminal {
    /// As it can be expected to be settled ([`Figure::Terminal`]).
    Expected,
    /// Not at all.
    Nothing,
}

/// A learning environment: a scenario, what is set, what is seen, what counts.
#[derive(Clone, Debug)]
pub struct Spec {
    /// A built-in name or a path.
    pub scenario: String,
    /// Overrides `key.path=VALUE`.
    pub sets: Vec<String>,
    /// Who acts.
    pub agents: Agents,
    /// What an agent sets, each once; the built-in policy decides the rest.
    pub levers: Vec<Lever>,
    /// Numbers for each price, spread over the published periods; 1 is the same for all.
    pub action_horizon: usize,
    /// Hours of forecasts and bookings that are seen.
    pub hours: usize,
    /// What a unit of each figure counts in the reward.
    pub weights: Figures,
    /// How what is unsettled at the end counts.
    pub terminal: Terminal,
    /// How many worlds are warmed up, each with people and a history of its own.
    pub warm_worlds: u32,
    /// The replication of the first of them: other ones have other people.
    pub first_replication: u32,
}

impl Spec {
    /// One agent that sets the reservation, discharge and ticket price of a scenario and is paid what
    /// the operator gains.
    pub fn of(scenario: &str) -> Self {
        let mut weights = [0.0; Figure::COUNT];
        weights[Figure::OperatorNet as usize] = 1.0;
        Self {
            scenario: scenario.to_owned(),
            sets: Vec::new(),
            agents: Agents::One,
            levers: Lever::PRICES.to_vec(),
            action_horizon: 1,
            hours: 24,
            weights,
            terminal: Terminal::Expected,
            warm_worlds: 16,
            first_replication: 0,
        }
    }
}
