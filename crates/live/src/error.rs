//! Why there is no page.

use std::net::SocketAddr;

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// Not of the form of an address.
    #[error("`{0}` is no address: write a port, or an IP address and a port, e.g. 127.0.0.1:8080")]
    NoAddress(String),
    /// Not of the form of a pace.
    #[error("`{0}` is no pace: write how many times faster than real time, e.g. 60x")]
    NoPace(String),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        reason: std::io::Error,
    },
    /// The system gives no thread or no random numbers.
    #[error("the live page cannot be started: {0}")]
    Start(String),
}
