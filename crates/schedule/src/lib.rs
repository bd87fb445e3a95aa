//! What charges when, and which plant runs: schedules of energy stores and dispatch of plant, as
//! pure functions of plain numbers (P3 sections 3.1 and 3.2).
//!
//! | module | what it decides |
//! |---|---|
//! | [`stores`] | the power of many energy stores with deadlines, along a curve of surplus |
//! | [`plant`] | a storage and a unit with minimum on and off times, by dynamic programming |

pub mod plant;
pub mod stores;

#[cfg(test)]
mod uniforms;
