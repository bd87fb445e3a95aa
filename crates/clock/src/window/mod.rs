//! Conservative parallel execution: zones run side by side inside a window of time and exchange
//! messages at its end.
//!
//! Every partition promises when it will send to another one at the earliest, and what it sends
//! arrives at least `floor` (the least latency between zones) later. So up to
//!
//! ```text
//! end = min(limit, min over partitions of earliest_cross + floor)
//! ```
//!
//! no partition can disturb another: they run independently, in any order and on any number of
//! threads, with the same result. At the end the cross messages are handed over in key order.
//! Windows with nothing in them are skipped: a window begins with the first pending message of all
//! partitions.

mod threads;

#[cfg(test)]
mod tests;

pub use threads::{Threads, ThreadsError};

use crate::Key;
use domain::{Span, Time};

/// A message to another partition, on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outgoing<C> {
    /// Index of the receiving partition in the slice given to [`run_window`].
    pub to: usize,
    /// When it is handled there, and who sent it.
    pub key: Key,
    /// The message.
    pub message: C,
}

/// A part of the world with a queue of its own: a zone, or the centre.
pub trait Partition: Send {
    /// What partitions send each other.
    type Cross: Send;

    /// The time of the next pending message.
    fn next_time(&self) -> Option<Time>;

    /// A promise: unless somebody else sends something, no message handled before this time will
    /// send to another partition. `next_time` (or [`Time::FAR`] without one) is always right; a
    /// later time makes longer windows.
    fn earliest_cross(&self) -> Time;

    /// Handles every message before `bound`; puts what goes to other partitions into `out`.
    fn run_until(&mut self, bound: Time, out: &mut Vec<Outgoing<Self::Cross>>);

    /// Queues a message of another partition. Called in key order at the end of a window.
    fn receive(&mut self, key: Key, message: Self::Cross);
}

/// The stretch of time that was run: from its first message to its end, exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The time of the first message in it.
    pub start: Time,
    /// Every message before this time has been handled.
    pub end: Time,
}

/// A partition broke the rules of the window. The partitions have run and are of no further use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// The least latency between partitions is the look-ahead; without it time can't go on.
    #[error("the least latency between partitions is {floor} us; it must be positive")]
    NoLookAhead {
        /// The refused latency, in microseconds.
        floor: i64,
    },
    /// A message would reach another partition inside the window that both have already run.
    #[error(
        "partition {from} sent the message {key} to partition {to}, before the window's end at {end} us: it promised to send nothing across before {promised} us and to keep the least latency of {floor} us"
    )]
    TooEarly {
        /// Index of the sender's partition.
        from: usize,
        /// Index of the receiver's partition.
        to: usize,
        /// The message's key, with the sender in it.
        key: Key,
        /// The window's end, in microseconds.
        end: i64,
        /// What the sender's `earliest_cross` said before the window, in microseconds.
        promised: i64,
        /// The least latency between partitions, in microseconds.
        floor: i64,
    },
    /// A message goes to a partition that does not exist.
    #[error(
        "partition {from} sent the message {key} to partition {to}, but there are only {count}"
    )]
    Nowhere {
        /// Index of the sender's partition.
        from: usize,
        /// The index that does not exist.
        to: usize,
        /// The message's key, with the sender in it.
        key: Key,
        /// Number of partitions.
        count: usize,
    },
}

/// Runs all partitions through the next window and hands over what they sent each other; `None` if
/// nothing is pending before `limit`.
///
/// `floor` is the least latency between two partitions. A message may arrive exactly at the
/// window's end.
///
/// # Errors
/// [`WindowError`] if `floor` is not positive, or if a partition sends across too early or to
/// nobody.
pub fn run_window<P: Partition>(
    partitions: &mut [P],
    floor: Span,
    limit: Time,
    threads: &Threads,
) -> Result<Option<Window>, WindowError> {
    if floor.0 <= 0 {
        return Err(WindowError::NoLookAhead { floor: floor.0 });
    }
    let Some(window) = next_window(partitions, floor, limit) else { return Ok(None) };
    let promised: Vec<Time> = partitions.iter().map(P::earliest_cross).collect();
    let sent = threads.run(partitions, window.end);
    let mut crossing = Vec::new();
    for (from, out) in sent.into_iter().enumerate() {
        for o in out {
            if o.to >= partitions.len() {
                return Err(WindowError::Nowhere {
                    from,
                    to: o.to,
                    key: o.key,
                    count: partitions.len(),
                });
            }
            if o.key.time() < window.end {
                let (end, promised) = (window.end.0, promised[from].0);
                return Err(WindowError::TooEarly {
                    from,
                    to: o.to,
                    key: o.key,
                    end,
                    promised,
                    floor: floor.0,
                });
            }
            crossing.push(o);
        }
    }
    crossing.sort_by_key(|o| (o.key, o.to));
    for o in crossing {
        partitions[o.to].receive(o.key, o.message);
    }
    Ok(Some(window))
}

/// The next window with something in it.
fn next_window<P: Partition>(partitions: &[P], floor: Span, limit: Time) -> Option<Window> {
    let start = partitions.iter().filter_map(P::next_time).min().filter(|&t| t < limit)?;
    // Nothing is handled, so nothing sent, before `start`, however cautious the promises are.
    let crossing = partitions.iter().map(P::earliest_cross).min().unwrap_or(limit).max(start);
    let end = Time(crossing.0.saturating_add(floor.0)).min(limit);
    Some(Window { start, end })
}
