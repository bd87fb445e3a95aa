//! Identities. All are plain integers that stay the same for any number of threads.
//!
//! EVs, zones, piles and buses count from 1 in the tables. Things that zones create while the run
//! goes on (bookings, sessions, tickets, ...) take the numbers `zone, zone + Z, zone + 2 Z, ...` of
//! `Z` zones, so that no zone waits for another. What a user plans and asks for (stays, requests)
//! takes `ev, ev + N, ev + 2 N, ...` of `N` EVs: the n-th of a person has the same number whatever
//! others do.

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $int:ty) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $int);
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { write!(f, "{}", self.0) }
        }
    };
}

id!(/// An electric vehicle with its user, 1-based over the fleet.
    EvId, u32);
id!(/// A zone, 1-based; 0 is the centre (pricing, DSO).
    ZoneId, u16);
id!(/// A charging pile, 1-based over all zones.
    PileId, u32);
id!(/// A bus of the feeder, as the network file numbers it.
    BusId, u32);
id!(/// Consecutive slots on one pile by one vehicle.
    BookingId, i64);
id!(/// One booked period of a booking.
    ReservationId, i64);
id!(/// A freed remainder offered to others.
    TicketId, i64);
id!(/// A parking stay, from its plan on; see [`number_of_user`].
    StayId, i64);
id!(/// A request for slots; see [`number_of_user`].
    RequestId, i64);
id!(/// One plug-in.
    SessionId, i64);
id!(/// A zonal trade.
    TradeId, i64);
id!(/// An account of the ledger.
    AccountId, i64);

/// The number of what a user plans or asks for: its `count`-th, from 0, among those of `evs` EVs.
///
/// ```
/// # use domain::{EvId, number_of_user};
/// // The third stay of EV 4 of 10.
/// assert_eq!(number_of_user(EvId(4), 2, 10), 24);
/// ```
pub const fn number_of_user(ev: EvId, count: u32, evs: u32) -> i64 {
    ev.0 as i64 + count as i64 * evs as i64
}
