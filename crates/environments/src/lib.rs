//! Worlds that a learning agent steps period by period: actions, observations, rewards. It knows
//! nothing of Python.
//!
//! - [`Spec`]: a scenario, who acts ([`Agents`]), what is set ([`Lever`]), what counts ([`Figure`],
//!   [`Terminal`]).
//! - [`Course`]: the same made ready for many episodes; it starts, steps and observes simulations.
//! - [`Step`], [`Delivery`]: what a step brings, and what an episode remembers.
//! - [`Feature`]: a number of an observation.
//! - [`Batch`], [`Sights`], [`Autoreset`]: many episodes side by side.
//! - [`EnvironmentError`]: why it does not do what it is asked for.
//!
//! One step is one settlement period. At its beginning, before prices are published, the agent sees
//! what the pricing agent has been told and sets prices; they are published then.

mod action;
mod batch;
mod course;
mod episode;
mod error;
mod figures;
mod observation;
mod spec;
#[cfg(test)]
mod tests;

pub use action::Lever;
pub use batch::{Autoreset, Batch, Sights};
pub use course::Course;
pub use episode::{Delivery, Step};
pub use error::EnvironmentError;
pub use figures::{Figure, Figures};
pub use observation::Feature;
pub use spec::{Agents, Spec, Terminal};
