//! A member of other people's co-simulations: one run, stepped and fed by a partner (mosaik, HELICS).
//!
//! - [`member`]: what all members share: names of inputs and outputs, steps, readings.
//! - [`helics`]: a run, or some of its zones, as a federate of HELICS.
//! - [`mosaik`]: mosaik's own protocol over TCP.

pub mod helics;
pub mod member;
pub mod mosaik;
