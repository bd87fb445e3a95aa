//! The lower layer: a given profile of an area is shared among its EVs so that all leave as full as
//! they expect (P4 eq. 18-20).
//!
//! min `sum_i (S_end,i - S_expect,i)^2` with `0 <= p_i(t) <= P_max,i`, `S_end,i <= S_max,i` and
//! `sum_i p_i(t) = P_k(t)`: all of the profile is used; of many solutions the one of least `sum
//! p^2`. [`share_exactly`] solves the quadratic programme, [`share_by_swarm`] is the paper's
//! particle swarm.

mod qp;
mod sharing;
mod swarm;

pub use qp::share_exactly;
pub use sharing::Sharing;
pub use swarm::{LowerParams, LowerSolver, share_by_swarm, share_profile};
