//! Which random numbers an agent sees: a pure function of (seed, replication, group, kind, purpose,
//! id, decision).
//!
//! The words of the `ChaCha8` input, each identity in its own place so that no two decisions share
//! a block:
//!
//! | word | content |
//! |---|---|
//! | key 0, 1 | the group's seed |
//! | key 2 | replication |
//! | key 3 | group |
//! | key 4 | agent kind (upper 16 bits), purpose (lower 16 bits) |
//! | key 5 | 0 |
//! | key 6, 7 | number of the decision |
//! | stream | stable id of the agent |
//! | block number | 0; counts up if one decision needs more than 16 words |
//!
//! So the draws of a decision are the start of `rand_chacha`'s stream `id` under that key, bit for
//! bit. Adding agents, zones or threads changes nobody else's numbers, and two policies under one
//! seed see the same people, weather and delays.

use crate::Draws;
use serde::{Deserialize, Serialize};

/// Groups of draws with seeds of their own: one can be varied while the others stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Group {
    /// Who the users are: tastes, vehicles, habits.
    Population = 1,
    /// What they do each day: plans, punctuality, choices, reaction times.
    Behaviour = 2,
    /// Weather, series, forecast errors, link latencies.
    Exogenous = 3,
    /// Randomised solvers.
    Optimiser = 4,
}

/// The seeds of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seeds {
    /// Seed of [`Group::Population`].
    pub population: u64,
    /// Seed of [`Group::Behaviour`].
    pub behaviour: u64,
    /// Seed of [`Group::Exogenous`].
    pub exogenous: u64,
    /// Seed of [`Group::Optimiser`].
    pub optimiser: u64,
    /// Number of the replication; enters every draw.
    pub replication: u32,
    /// Draw 1 - u in the place of u, in every group.
    pub antithetic: bool,
}

impl Seeds {
    /// One seed for all groups, replication 0. The groups still draw differently.
    pub fn new(seed: u64) -> Self {
        Self {
            population: seed,
            behaviour: seed,
            exogenous: seed,
            optimiser: seed,
            replication: 0,
            antithetic: false,
        }
    }

    /// The seed of a group.
    pub fn of(&self, group: Group) -> u64 {
        match group {
            Group::Population => self.population,
            Group::Behaviour => self.behaviour,
            Group::Exogenous => self.exogenous,
            Group::Optimiser => self.optimiser,
        }
    }

    /// The random numbers of decision `n` that the agent `id` of kind `kind` takes for `purpose`.
    ///
    /// `kind` and `purpose` are the caller's numbers (an enum cast to `u16`), `id` must not depend
    /// on how many other agents there are, and `n` counts the agent's decisions for that purpose (a
    /// day, a period, a booking).
    ///
    /// ```
    /// use clock::{Group, Seeds};
    /// let seeds = Seeds::new(7);
    /// let (ev, punctuality, day) = (1, 3, 0);
    /// let mut draws = seeds.draws(Group::Behaviour, ev, punctuality, 42, day);
    /// let mut again = seeds.draws(Group::Behaviour, ev, punctuality, 42, day);
    /// let mut mirrored = Seeds { antithetic: true, ..seeds }.draws(Group::Behaviour, ev, punctuality, 42, day);
    /// let u = draws.uniform();
    /// assert_eq!(u, again.uniform());
    /// assert_eq!(1.0 - u, mirrored.uniform());
    /// ```
    #[inline]
    pub fn draws(&self, group: Group, kind: u16, purpose: u16, id: u64, n: u64) -> Draws {
        let seed = self.of(group);
        let what = u32::from(kind) << 16 | u32::from(purpose);
        let key = [
            seed as u32,
            (seed >> 32) as u32,
            self.replication,
            group as u32,
            what,
            0,
            n as u32,
            (n >> 32) as u32,
        ];
        Draws::new(key, id, self.antithetic)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_part_of_the_identity_changes_the_draw() {
        let s = Seeds::new(1);
        let other = [
            s.draws(Group::Behaviour, 1, 1, 1, 1),
            s.draws(Group::Exogenous, 1, 1, 1, 1),
            s.draws(Group::Behaviour, 2, 1, 1, 1),
            s.draws(Group::Behaviour, 1, 2, 1, 1),
            s.draws(Group::Behaviour, 1, 1, 2, 1),
            s.draws(Group::Behaviour, 1, 1, 1, 2),
            s.draws(Group::Behaviour, 1, 1, 1 + (1 << 32), 1),
            s.draws(Group::Behaviour, 1, 1, 1, 1 + (1 << 32)),
            Seeds { replication: 1, ..s }.draws(Group::Behaviour, 1, 1, 1, 1),
            Seeds { behaviour: 2, ..s }.draws(Group::Behaviour, 1, 1, 1, 1),
            Seeds { behaviour: 1 + (1 << 32), ..s }.draws(Group::Behaviour, 1, 1, 1, 1),
        ];
        let seen: BTreeSet<u64> = other.map(|mut d| d.word64()).into();
        assert_eq!(seen.len(), 11);
    }

    #[test]
    fn another_groups_seed_changes_nothing() {
        let s = Seeds::new(1);
        let t = Seeds { exogenous: 9, optimiser: 8, population: 7, ..s };
        let first = |s: Seeds| s.draws(Group::Behaviour, 3, 4, 5, 6).word64();
        assert_eq!(first(s), first(t));
    }
}
