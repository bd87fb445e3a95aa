//! HELICS, opened at run time: the few calls a federate needs, safe to use.
//!
//! - [`Library`]: libhelics where it is found: nothing is needed to build.
//! - [`Broker`]: a broker inside this process.
//! - [`Federate`], [`Joining`]: a member of a federation, and how it joins.
//! - [`Asker`]: questions about a federation.
//! - [`Publication`], [`Subscription`], [`Endpoint`], [`Message`]: what it says and hears.
//! - [`HelicsError`], [`OpenError`]: what HELICS says when it refuses, and where it was looked for.
//!
//! Waiting calls come in two halves: one that begins, and [`Federate::granted`], which says whether
//! the wait is over. So whoever waits keeps its own clock and can give up.

mod api;
mod broker;
mod error;
mod exchange;
mod federate;
mod joining;
mod library;

pub use broker::Broker;
pub use error::{HelicsError, OpenError};
pub use exchange::{Endpoint, Message, Publication, Subscription};
pub use federate::{Asker, Federate, Grant};
pub use joining::{CoreType, Joining};
pub use library::Library;

/// Ends the process at once, without the tidying of C++ objects that may still wait for a partner
/// that has gone. What is to be kept must be on disk by then.
pub fn leave(code: i32) -> ! {
    unsafe extern "C" {
        fn _exit(code: std::ffi::c_int) -> !;
    }
    // SAFETY: the C library's `_exit` takes any number and does not return.
    unsafe { _exit(code) }
}
