//! The pending messages of one partition, popped in the total order of their keys.

mod bits;
mod buckets;
mod entry;
mod row;
mod saved;
mod slots;

#[cfg(test)]
mod tests;

pub use slots::Handle;

use crate::Key;
use buckets::Buckets;
use domain::{Span, Time};
use entry::{Entry, NO_SLOT};
use slots::{Slots, State};

/// Below this many entries dead ones are not worth a compaction.
const SMALL: usize = 64;

/// Pending messages in the order of their keys.
///
/// `M` is small and `Copy`: a closed enum of ids and numbers, not a box. What comes out next
/// depends on the keys alone. A clone, or a queue that was saved and restored, pops the same
/// sequence and hands out the same handles as the original.
///
/// Keys must be unique; a message pushed with a key before the last popped one comes out next
/// (senders look ahead, see [`domain::Phase`]).
///
/// ```
/// use clock::{Key, Queue};
/// use domain::{Phase, Span, Time, ZoneId};
/// let key = |t, seq| Key::new(Time(t), Phase::Deliver, ZoneId(1), 0, seq);
/// let mut queue = Queue::new();
/// queue.push(key(30, 0), "arrive");
/// let reminder = queue.push_cancellable(key(20, 1), "remind");
/// let tick = queue.push_recurring(key(15, 2), "tick", Span(10)).unwrap();
/// assert!(queue.cancel(reminder));
/// let popped: Vec<_> = std::iter::from_fn(|| queue.pop_before(Time(40))).map(|(k, m)| (k.time().0, m)).collect();
/// assert_eq!(popped, [(15, "tick"), (25, "tick"), (30, "arrive"), (35, "tick")]);
/// assert_eq!(queue.peek_key(), Some(key(45, 2)));
/// assert!(queue.cancel(tick) && queue.is_empty());
/// ```
#[derive(Clone, Debug)]
pub struct Queue<M> {
    entries: Buckets<M>,
    slots: Slots,
}

/// A message can't be queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueueError {
    /// It would recur without time going on.
    #[error("the message {key} is to recur every {every} us; the span must be positive")]
    NotRecurring {
        /// The key of the first delivery.
        key: Key,
        /// The refused span, in microseconds.
        every: i64,
    },
}

impl<M: Copy> Queue<M> {
    /// A queue with nothing pending.
    pub fn new() -> Self {
        Self { entries: Buckets::new(), slots: Slots::default() }
    }

    /// The number of pending messages, a recurring one counted once.
    #[inline]
    pub fn len(&self) -> usize {
        self.entries.len() - self.slots.dead()
    }

    /// Whether nothing is pending.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a message that will certainly be delivered.
    #[inline]
    pub fn push(&mut self, key: Key, message: M) {
        self.entries.push(key, NO_SLOT, message);
    }

    /// Adds a message that can be taken back with [`Queue::cancel`].
    pub fn push_cancellable(&mut self, key: Key, message: M) -> Handle {
        self.push_in_slot(key, message, State::Once)
    }

    /// Adds a message that is delivered at the key's time and again after each span `every`, until
    /// it is cancelled.
    ///
    /// It is re-queued when it is popped, with the same phase, zone, sender and sequence number at
    /// the later time: no other message of the sender has that number, so the key stays unique.
    ///
    /// # Errors
    /// If `every` is not positive.
    pub fn push_recurring(
        &mut self,
        key: Key,
        message: M,
        every: Span,
    ) -> Result<Handle, QueueError> {
        if every.0 <= 0 {
            return Err(QueueError::NotRecurring { key, every: every.0 });
        }
        Ok(self.push_in_slot(key, message, State::Every(every)))
    }

    /// Takes a message back, or ends a recurring one. False if the handle is stale: delivered for
    /// good, or cancelled before.
    pub fn cancel(&mut self, handle: Handle) -> bool {
        let cancelled = self.slots.kill(handle);
        if cancelled {
            self.clean();
        }
        cancelled
    }

    /// Whether the handle's message is still to be delivered.
    pub fn is_pending(&self, handle: Handle) -> bool {
        self.slots.is_pending(handle)
    }

    /// The key of the next message.
    #[inline]
    pub fn peek_key(&self) -> Option<Key> {
        self.entries.first().map(Entry::key)
    }

    /// The next message with its key.
    #[inline]
    pub fn first(&self) -> Option<(Key, &M)> {
        self.entries.first().map(|e| (e.key(), &e.message))
    }

    /// Takes out the next message.
    #[inline]
    pub fn pop(&mut self) -> Option<(Key, M)> {
        let first = self.first().map(|(key, message)| (key, *message))?;
        self.drop_first();
        Some(first)
    }

    /// Takes out the next message, if there is one, unseen. A loop that looks at [`Queue::first`]
    /// and then drops it copies the message once, from where it lies.
    #[inline]
    pub fn drop_first(&mut self) {
        let Some(e) = self.entries.first() else { return };
        let recurring = (e.slot != NO_SLOT).then_some(*e);
        self.entries.drop_first();
        if let Some(e) = recurring {
            self.after_delivery(e);
        }
        if self.slots.dead() > 0 {
            self.clean();
        }
    }

    /// Takes out the next message if it is due before `bound`.
    #[inline]
    pub fn pop_before(&mut self, bound: Time) -> Option<(Key, M)> {
        if self.entries.first()?.time < bound.0 { self.pop() } else { None }
    }

    fn push_in_slot(&mut self, key: Key, message: M, state: State) -> Handle {
        let handle = self.slots.occupy(state);
        self.entries.push(key, handle.slot(), message);
        handle
    }

    /// Frees the slot of a message that was delivered, or queues the next delivery. After the end
    /// of time nothing recurs.
    fn after_delivery(&mut self, e: Entry<M>) {
        match self.slots.state(e.slot) {
            State::Every(span) if e.time.checked_add(span.0).is_some() => {
                self.entries.push(e.key().at(Time(e.time + span.0)), e.slot, e.message);
            }
            _ => self.slots.release(e.slot),
        }
    }

    /// Keeps the first entry alive, so that peeking is a look; drops all dead entries when they are
    /// more than half.
    fn clean(&mut self) {
        if self.entries.len() > SMALL && self.slots.dead() > self.entries.len() / 2 {
            let slots = &self.slots;
            self.entries.retain(|e| !is_dead(slots, e));
            self.slots.release_dead();
        }
        while let Some(e) = self.entries.first().copied().filter(|e| is_dead(&self.slots, e)) {
            self.entries.drop_first();
            self.slots.release(e.slot);
        }
    }
}

fn is_dead<M>(slots: &Slots, e: &Entry<M>) -> bool {
    e.slot != NO_SLOT && slots.state(e.slot) == State::Dead
}

impl<M: Copy> Default for Queue<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M: Copy> Extend<(Key, M)> for Queue<M> {
    fn extend<I: IntoIterator<Item = (Key, M)>>(&mut self, messages: I) {
        for (key, message) in messages {
            self.push(key, message);
        }
    }
}
