//! Where an aggregator is: all it takes to write down what happens there.

use crate::outbox::Outbox;
use domain::{Actor, Fact, FactKind, PileId, ZoneId};

/// A zone and its piles' numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Site {
    pub(super) zone: ZoneId,
    first_pile: u32,
}

impl Site {
    pub fn new(zone: ZoneId, first_pile: u32) -> Self {
        Self { zone, first_pile }
    }
    /// A pile's number in the tables.
    pub fn pile_id(self, pile: u32) -> PileId {
        PileId(self.first_pile + pile)
    }
    /// A fact of the aggregator.
    pub fn fact(self, out: &Outbox, kind: FactKind) -> Fact {
        Fact::new(out.now, out.phase, kind, Actor::Aggregator, u32::from(self.zone.0), self.zone)
    }
}
