//! The agents of a group of microgrids under time-of-use prices (P4): who tells whom what, and who
//! decides.
//!
//! At each local midnight a day goes like this (latency between zones is `floor`). EVs have
//! announced their stays to the aggregator of their zone. It writes an [`Outlook`] to the
//! [`Coordinator`]: forecast net load, charging that nobody can move, and the stays of its
//! participants. `floor` later the coordinator solves the upper layer, picks one solution of the
//! front by the named rule, publishes the price of each period and writes each aggregator its
//! [`Profile`]. `floor` later the aggregator shares the profile among its participants (the lower
//! layer) and from then on sends set points period by period; what happens otherwise than announced
//! it makes good within each stay.
//!
//! A stay is planned once, on the day of its arrival, over that day and the next one, so that a
//! night is planned whole (our reading: the published one-day curves would have to wrap around
//! midnight). Charging planned earlier counts as load.
//!
//! - [`travel`]: EVs that park in another zone by day.
//! - [`MicrogridCase`]: what is known of the group. - [`Outlook`], [`Profile`]: what is written. -
//!   [`Announced`]: what an EV tells.

mod announced;
mod case;
mod coordinator;
mod letters;
pub mod travel;

pub use announced::{Announced, midnight_of, plan_horizon};
pub use case::{MicrogridCase, OthersKnown};
pub use coordinator::Coordinator;
pub use letters::{Outlook, Profile};
