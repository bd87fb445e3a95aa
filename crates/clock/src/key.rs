//! The total order of messages: (time, phase, zone, sender, sender's sequence number).
//!
//! Nothing in it depends on threads or on the order of insertion, so two runs that send the same
//! messages handle them in the same order. The five parts are packed into 24 bytes that compare as
//! one number:
//!
//! | word | bits | part |
//! |---|---|---|
//! | `time` | 64 | microseconds from the scenario's start |
//! | `rank` | 8, 16, 32, 8 | phase, zone, sender, upper part of the sequence number |
//! | `tail` | 32 | lower part of the sequence number |

use domain::{Phase, Time, ZoneId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// When a message is handled and by whom it was sent; unique per message.
///
/// ```
/// use clock::Key;
/// use domain::{Phase, Time, ZoneId};
/// let settle = Key::new(Time(900), Phase::Settle, ZoneId(7), 40, 12);
/// let plug_in = Key::new(Time(900), Phase::Deliver, ZoneId(1), 3, 0);
/// assert!(settle < plug_in, "the phase counts before the zone");
/// assert_eq!((settle.time(), settle.sender(), settle.seq()), (Time(900), 40, 12));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "Parts", try_from = "Parts")]
pub struct Key {
    pub(crate) time: i64,
    pub(crate) rank: u64,
    pub(crate) tail: u32,
}

impl Key {
    /// The largest sequence number plus one: 2^40 messages of one sender.
    pub const SEQ_LIMIT: u64 = 1 << 40;

    /// The key of the `seq`-th message of `sender`, who belongs to `zone`, for `phase` of the
    /// instant `time`.
    ///
    /// # Panics
    /// If `seq` reaches [`Key::SEQ_LIMIT`] (a sender with a million messages a second would need
    /// twelve days).
    #[inline]
    pub fn new(time: Time, phase: Phase, zone: ZoneId, sender: u32, seq: u64) -> Self {
        assert!(
            seq < Self::SEQ_LIMIT,
            "sequence number {seq} of sender {sender} in zone {zone} is beyond 2^40"
        );
        let rank =
            (phase as u64) << 56 | u64::from(zone.0) << 40 | u64::from(sender) << 8 | seq >> 32;
        Self { time: time.0, rank, tail: seq as u32 }
    }

    /// The instant at which the message is handled.
    #[inline]
    pub fn time(self) -> Time {
        Time(self.time)
    }

    /// The phase of that instant.
    #[inline]
    pub fn phase(self) -> Phase {
        phase_of((self.rank >> 56) as u8).expect("invariant: a key is made from a phase")
    }

    /// The sender's zone; 0 is the centre.
    #[inline]
    pub fn zone(self) -> ZoneId {
        ZoneId((self.rank >> 40) as u16)
    }

    /// The sender's number within its zone.
    #[inline]
    pub fn sender(self) -> u32 {
        (self.rank >> 8) as u32
    }

    /// The sender's own sequence number.
    #[inline]
    pub fn seq(self) -> u64 {
        (self.rank & 0xff) << 32 | u64::from(self.tail)
    }

    /// The same message at another instant: phase, zone, sender and sequence number stay.
    #[inline]
    #[must_use]
    pub fn at(self, time: Time) -> Self {
        Self { time: time.0, ..self }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} us {:?} zone {} sender {} seq {}",
            self.time,
            self.phase(),
            self.zone(),
            self.sender(),
            self.seq()
        )
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Who sends, and how many messages it has sent: issues the keys of one sender.
///
/// Part of the sender's state, so a checkpoint keeps it.
///
/// ```
/// use clock::Sender;
/// use domain::{Phase, Time, ZoneId};
/// let mut post = Sender::new(ZoneId(1), 4);
/// assert_eq!(post.key(Time(10), Phase::Deliver).seq(), 0);
/// assert_eq!(post.key(Time(10), Phase::Deliver).seq(), 1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// The sender's zone; 0 is the centre.
    pub zone: ZoneId,
    /// The sender's number within its zone.
    pub id: u32,
    /// The sequence number of its next message.
    pub next: u64,
}

impl Sender {
    /// A sender that has sent nothing yet.
    pub fn new(zone: ZoneId, id: u32) -> Self {
        Self { zone, id, next: 0 }
    }

    /// The key of the sender's next message.
    #[inline]
    pub fn key(&mut self, time: Time, phase: Phase) -> Key {
        let key = Key::new(time, phase, self.zone, self.id, self.next);
        self.next += 1;
        key
    }
}

/// A saved key has a phase or a sequence number that no key can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a saved key is damaged: phase {phase} of 1 to 5, sequence number {seq} of at most 2^40 - 1"
)]
pub struct InvalidKey {
    phase: u8,
    seq: u64,
}

/// The saved form: (time, phase, zone, sender, seq).
#[derive(Serialize, Deserialize)]
struct Parts(i64, u8, u16, u32, u64);

impl From<Key> for Parts {
    fn from(k: Key) -> Self {
        Self(k.time, k.phase() as u8, k.zone().0, k.sender(), k.seq())
    }
}

impl TryFrom<Parts> for Key {
    type Error = InvalidKey;
    fn try_from(Parts(time, phase, zone, sender, seq): Parts) -> Result<Self, InvalidKey> {
        match phase_of(phase) {
            Some(p) if seq < Self::SEQ_LIMIT => {
                Ok(Self::new(Time(time), p, ZoneId(zone), sender, seq))
            }
            _ => Err(InvalidKey { phase, seq }),
        }
    }
}

fn phase_of(number: u8) -> Option<Phase> {
    Some(match number {
        1 => Phase::Settle,
        2 => Phase::Exogenous,
        3 => Phase::Deliver,
        4 => Phase::Decide,
        5 => Phase::Dispatch,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PHASES: [Phase; 5] =
        [Phase::Settle, Phase::Exogenous, Phase::Deliver, Phase::Decide, Phase::Dispatch];

    type Tuple = (i64, usize, u16, u32, u64);

    fn key((time, phase, zone, sender, seq): Tuple) -> Key {
        Key::new(Time(time), PHASES[phase], ZoneId(zone), sender, seq)
    }

    fn tuple() -> impl Strategy<Value = Tuple> {
        (
            prop_oneof![any::<i64>(), -2i64..2],
            0usize..5,
            any::<u16>(),
            any::<u32>(),
            0..Key::SEQ_LIMIT,
        )
    }

    #[test]
    fn a_key_takes_24_bytes() {
        assert_eq!(size_of::<Key>(), 24);
    }

    #[test]
    fn a_saved_key_with_a_sixth_phase_is_refused() {
        let bytes = postcard::to_allocvec(&(0i64, 6u8, 0u16, 0u32, 0u64)).expect("plain numbers");
        assert!(postcard::from_bytes::<Key>(&bytes).is_err());
    }

    proptest! {
        #[test]
        fn keys_compare_as_the_tuple_of_their_parts(a in tuple(), b in tuple()) {
            prop_assert_eq!(key(a).cmp(&key(b)), a.cmp(&b));
        }

        #[test]
        fn parts_and_saved_form_come_back(a in tuple()) {
            let k = key(a);
            prop_assert_eq!((k.time().0, k.phase() as usize - 1, k.zone().0, k.sender(), k.seq()), a);
            let bytes = postcard::to_allocvec(&k).expect("plain numbers");
            prop_assert_eq!(postcard::from_bytes::<Key>(&bytes).expect("just saved"), k);
        }
    }
}
