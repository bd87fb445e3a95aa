//! A simulator of a mosaik world (API 3.0), by mosaik's own protocol: over TCP each message is a
//! length of four bytes, most significant first, and so much JSON, `[type, id, content]`, where type
//! is a request (0), a success (1) or a failure (2).
//!
//! The protocol does no I/O; what it is fed and what it answers are bytes.
//!
//! - [`Decoder`], [`frame`]: bytes and messages. - [`Value`]: JSON, with bare `NaN` and `Infinity`.
//! - [`Request`], [`Call`]: what is asked. - [`Session`], [`Answer`]: what is done and said.
//! - [`listen`], [`connect`]: the two ways in which a world and its simulator find each other.
//! - [`Limits`]: how much and how long a partner may take. - [`MosaikError`], [`End`]: how it ends.

mod clock;
mod entity;
mod frame;
mod json;
mod meta;
mod overrides;
mod request;
mod run;
mod server;
mod session;
#[cfg(test)]
mod tests;

pub use frame::{Decoder, TooLong, frame};
pub use json::{Value, parse, text};
pub use request::{Call, Request};
pub use server::{End, Limits, MosaikError, connect, listen};
pub use session::{Answer, Next, Session};
