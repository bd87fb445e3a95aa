//! Simulated time and the order of messages in it.
//!
//! - [`Key`]: when and by whom; the total order of everything that happens. [`Sender`] issues keys.
//! - [`Queue`]: the pending messages, popped in key order; one-off, cancellable and recurring ones.
//! - [`Handle`]: names a pending message, to cancel it.
//! - [`Seeds`], [`Group`], [`Draws`]: random numbers computed from (seed, who, what for, which
//!   time), without any stored state.
//! - [`Partition`], [`run_window`], [`Threads`]: zones that run side by side inside a window and
//!   meet at its end.
//!
//! Nothing here knows electric vehicles, grids, files or the wall clock. All state is plain data: a
//! queue is cloned, saved and restored with every tie-break, and pops the same sequence afterwards.

mod chacha;
mod draws;
mod key;
mod queue;
mod seeds;
mod window;

pub use chacha::block;
pub use draws::Draws;
pub use key::{InvalidKey, Key, Sender};
pub use queue::{Handle, Queue, QueueError};
pub use seeds::{Group, Seeds};
pub use window::{Outgoing, Partition, Threads, ThreadsError, Window, WindowError, run_window};
