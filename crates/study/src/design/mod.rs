//! Designs: which points of the factors' space are run. All of them are functions of their numbers
//! and a seed.
//!
//! - [`Design`]: the kinds of design; [`Design::points`] gives the points of some factors.
//! - [`SobolSequence`], [`saltelli`], [`latin_hypercube`], [`morris_trajectories`]: samples of the
//!   unit cube. [`Copula`], [`Correlation`]: factors that go together.

mod copula;
mod cross;
mod factorial;
mod kind;
mod latin_hypercube;
mod morris;
mod saltelli;
mod sequence;
mod table;

pub use copula::{Copula, Correlation};
pub(crate) use cross::cross;
pub use kind::{Design, DesignError};
pub use latin_hypercube::latin_hypercube;
pub use morris::morris_trajectories;
pub use saltelli::saltelli;
pub use sequence::SobolSequence;
pub use table::DesignTable;

/// The "kind of agent" under which designs and resampling draw random numbers: no agent of a
/// simulation has this number.
pub(crate) const DRAWS: u16 = 0xD0E5;

/// What a random number of this crate is for.
#[derive(Clone, Copy, Debug)]
#[repr(u16)]
pub(crate) enum Purpose {
    LatinHypercube = 1,
    Scramble = 2,
    Morris = 3,
    Bootstrap = 4,
    Days = 5,
    Futures = 6,
    Search = 7,
}

/// A random order of 0, 1, ..., n - 1 (Fisher and Yates).
pub(crate) fn shuffled(n: usize, uniform: &mut impl FnMut() -> f64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    for i in (1..n).rev() {
        order.swap(i, ((uniform() * (i + 1) as f64) as usize).min(i));
    }
    order
}
