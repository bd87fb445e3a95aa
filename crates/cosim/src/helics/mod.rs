//! A run, or some of its zones, as a federate of a HELICS federation.
//!
//! A federate publishes `NAME/p_mw[bus]` and `NAME/q_mvar[bus]` for each of its zones, or each bus of a
//! feeder that it has whole, hears `GRID/vm_pu[bus]`, and talks JSON at `NAME/ep`. It asks for fixed instants: at each, values enter,
//! everything up to and with that instant happens, and figures are published. HELICS' time 0 is where
//! the record begins; a warm-up happens before it.
//!
//! Several federates of one scenario hold its zones between them and meet after every window of
//! time (`simulation::Part`); one of them holds the centre and the record.
//!
//! - [`Member`], [`Settings`], [`Share`], [`Connections`], [`Role`]: a federate from its joining to its leaving.
//! - [`Zones`], [`Roster`]: which federate has which zones.
//! - [`Crew`], [`CrewSettings`]: the processes of a run on one machine. [`host_commands`],
//!   [`HostPlan`]: the commands for several.
//! - [`FederationError`]: why it ended early.

mod carrier;
mod crew;
mod drive;
mod error;
mod federation;
mod frames;
mod hosts;
mod leavers;
mod member;
mod messages;
mod partners;
mod roster;
mod watch;

pub use crew::{Crew, CrewSettings};
pub use error::FederationError;
pub use federation::{Interrupted, Settings, Vain};
pub use hosts::{HostPlan, host_commands};
pub use member::{Member, Role, Share};
pub use partners::Connections;
pub use roster::{Roster, Zones};

pub use ::helics::{Broker, CoreType, Library, leave};
