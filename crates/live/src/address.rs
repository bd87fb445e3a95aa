//! Where the page is offered.

use crate::LiveError;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// An address to listen on; by default a free port of the loopback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address(pub SocketAddr);

impl Default for Address {
    fn default() -> Self {
        Self(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0))
    }
}

impl Address {
    /// Reads `PORT` (on the loopback) or `IP:PORT`; nothing is the default.
    ///
    /// # Errors
    /// [`LiveError::NoAddress`].
    ///
    /// ```
    /// use live::Address;
    /// assert_eq!(Address::parse("8080").unwrap().0.to_string(), "127.0.0.1:8080");
    /// assert!(Address::parse("0.0.0.0:80").unwrap().is_open());
    /// assert!(!Address::parse("[::1]:80").unwrap().is_open());
    /// assert!(Address::parse("example.org:80").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, LiveError> {
        let text = text.trim();
        let default = Self::default();
        if text.is_empty() {
            return Ok(default);
        }
        if let Ok(port) = text.parse::<u16>() {
            return Ok(Self(SocketAddr::new(default.0.ip(), port)));
        }
        text.parse().map(Self).map_err(|_| LiveError::NoAddress(text.to_owned()))
    }

    /// Whether other machines may reach it.
    pub fn is_open(&self) -> bool {
        !self.0.ip().to_canonical().is_loopback()
    }
}
