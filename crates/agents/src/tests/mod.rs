//! Agents tested as agents: a zone of three users at two piles is put into a state, gets one
//! message, and what it says, writes down, pays and has become is compared line by line.
//!
//! - [`bench`]: the zone and its world. - [`lines`]: what followed, as lines. - [`state`]: what has
//!   changed. - [`check`]: one case.
//! - One file of cases for each part of an agent; [`coverage`] demands a case of every message.
//! - [`protocol`]: whole days by chance, against a written state machine of a booking.

#![allow(clippy::format_push_string, reason = "lines are put together from few parts")]

mod bench;
mod check;
mod lines;
mod state;

mod bookings;
mod comes;
mod controls;
mod coverage;
mod details;
mod experience;
mod feeder;
mod forgetting;
mod group;
mod outages;
mod periods;
mod plant;
mod policy;
mod protocol;
mod schedules;
mod selling;
mod stakes;
mod stays;
mod tickets;
mod user_attends;
mod user_plans;
