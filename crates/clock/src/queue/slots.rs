//! What is known of cancellable and recurring messages: one slot each, named by a handle that goes
//! stale when the slot is freed.

use domain::Span;
use serde::{Deserialize, Serialize};

/// Names one cancellable or recurring message. A handle of a message that was delivered or
/// cancelled is stale for ever: the slot's generation has moved on, so it can't hit the slot's next
/// tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Handle {
    slot: u32,
    generation: u32,
}

/// What a slot stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum State {
    Free,
    /// Pending, delivered once.
    Once,
    /// Pending, delivered again after each span.
    Every(Span),
    /// Cancelled, its entry still lies in the queue.
    Dead,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Slot {
    generation: u32,
    state: State,
}

/// The slots of one queue.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Slots {
    table: Vec<Slot>,
    free: Vec<u32>,
    dead: usize,
}

impl Handle {
    /// The number of the slot, as entries carry it.
    pub(super) fn slot(self) -> u32 {
        self.slot
    }
}

impl Slots {
    /// Cancelled messages whose entries still lie in the queue.
    pub(super) fn dead(&self) -> usize {
        self.dead
    }

    pub(super) fn state(&self, slot: u32) -> State {
        self.table[slot as usize].state
    }

    /// Takes a slot for a pending message.
    pub(super) fn occupy(&mut self, state: State) -> Handle {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.table.push(Slot { generation: 0, state: State::Free });
            (self.table.len() - 1) as u32
        });
        let s = &mut self.table[slot as usize];
        s.state = state;
        Handle { slot, generation: s.generation }
    }

    /// Whether the message is still to be delivered.
    pub(super) fn is_pending(&self, handle: Handle) -> bool {
        self.table.get(handle.slot as usize).is_some_and(|s| {
            s.generation == handle.generation && !matches!(s.state, State::Free | State::Dead)
        })
    }

    /// Marks a pending message dead; false if the handle is stale.
    pub(super) fn kill(&mut self, handle: Handle) -> bool {
        let pending = self.is_pending(handle);
        if pending {
            self.table[handle.slot as usize].state = State::Dead;
            self.dead += 1;
        }
        pending
    }

    /// Frees the slot of an entry that left the queue.
    pub(super) fn release(&mut self, slot: u32) {
        let s = &mut self.table[slot as usize];
        self.dead -= usize::from(s.state == State::Dead);
        s.state = State::Free;
        s.generation = s.generation.wrapping_add(1);
        self.free.push(slot);
    }

    /// Frees all dead slots, in the order of their numbers.
    pub(super) fn release_dead(&mut self) {
        for slot in 0..self.table.len() as u32 {
            if self.state(slot) == State::Dead {
                self.release(slot);
            }
        }
    }

    /// Whether a restored table is consistent: free slots listed once each, dead ones counted, and
    /// `used` the sorted slot numbers of the entries.
    pub(super) fn agrees_with(&self, used: &[u32]) -> bool {
        let of = |wanted: fn(State) -> bool| -> Vec<u32> {
            (0..self.table.len() as u32).filter(|&slot| wanted(self.state(slot))).collect()
        };
        let mut free = self.free.clone();
        free.sort_unstable();
        free == of(|s| s == State::Free)
            && used == of(|s| s != State::Free)
            && self.dead == of(|s| s == State::Dead).len()
    }
}
