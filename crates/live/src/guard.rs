//! Who may look: whoever knows the token, under the address that was printed.

use crate::LiveError;
use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue};
use std::net::{IpAddr, SocketAddr};

/// Refuses requests that come from elsewhere: other pages in the same browser can send requests to
/// the loopback, and names of other sites can be made to lead there.
#[derive(Debug)]
pub(crate) struct Guard {
    token: String,
    address: SocketAddr,
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Host,
    Origin,
    Token,
}

impl Refusal {
    /// What whoever asked is told.
    pub fn words(self) -> &'static str {
        match self {
            Self::Host => "refused: this page answers under the address that was printed only\n",
            Self::Origin => "refused: the request comes from another page\n",
            Self::Token => "refused: open the address that was printed, token included\n",
        }
    }
}

impl Guard {
    /// A guard with a new token for an address that is listened on.
    pub fn new(address: SocketAddr) -> Result<Self, LiveError> {
        let mut bytes = [0_u8; 16];
        getrandom::fill(&mut bytes).map_err(|e| LiveError::Start(e.to_string()))?;
        let token = bytes.iter().map(|b| format!("{b:02x}")).collect();
        Ok(Self { token, address })
    }

    /// Where the page is.
    pub fn url(&self) -> String {
        let mut shown = self.address;
        if shown.ip().is_unspecified() {
            // Nobody can go to "anywhere"; whoever sits here goes to the loopback.
            let here = if shown.is_ipv4() { [127, 0, 0, 1].into() } else { IpAddr::V6(1.into()) };
            shown.set_ip(here);
        }
        format!("http://{shown}/{}/", self.token)
    }

    /// Whether a request is let in.
    pub fn check(&self, headers: &HeaderMap, path: &str) -> Result<(), Refusal> {
        let mut hosts = headers.get_all(HOST).iter();
        let host = hosts.next().and_then(|h| h.to_str().ok()).ok_or(Refusal::Host)?;
        if hosts.next().is_some() || !self.is_own(host) {
            return Err(Refusal::Host);
        }
        let own = |origin: &HeaderValue| {
            origin.to_str().is_ok_and(|o| o.strip_prefix("http://").is_some_and(|o| o == host))
        };
        if !headers.get_all(ORIGIN).iter().all(own) {
            return Err(Refusal::Origin);
        }
        let given = path.split('/').nth(1).unwrap_or_default();
        if same(given.as_bytes(), self.token.as_bytes()) { Ok(()) } else { Err(Refusal::Token) }
    }

    /// Whether a host is an address of ours: no name but `localhost` is, since others decide where
    /// names lead.
    fn is_own(&self, host: &str) -> bool {
        let Ok(host) = host.parse::<Authority>() else { return false };
        if host.as_str().contains('@') || host.port_u16().unwrap_or(80) != self.address.port() {
            return false;
        }
        let name = host.host();
        if name.eq_ignore_ascii_case("localhost") {
            return true;
        }
        let name = name.strip_prefix('[').and_then(|n| n.strip_suffix(']')).unwrap_or(name);
        let Ok(ip) = name.parse::<IpAddr>() else { return false };
        self.address.ip().is_unspecified() || ip.to_canonical() == self.address.ip().to_canonical()
    }
}

/// Compares without telling by its time how much is right.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(address: &str) -> Guard {
        Guard::new(address.parse().expect("an address")).expect("random numbers")
    }

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(k, v)| (k.parse().expect("a name"), HeaderValue::from_static(v)))
            .collect()
    }

    #[test]
    fn a_name_that_others_can_lead_here_is_refused() {
        let guard = guard("127.0.0.1:8080");
        let path = format!("/{}/", guard.token);
        for host in ["127.0.0.1:8080", "localhost:8080", "LOCALHOST:8080"] {
            assert_eq!(guard.check(&headers(&[("host", host)]), &path), Ok(()), "{host}");
        }
        for host in [
            "evil.example:8080",
            "127.0.0.1:8081",
            "127.0.0.1",
            "127.0.0.1.evil.example:8080",
            "a@127.0.0.1:8080",
            "192.168.1.1:8080",
            "",
        ] {
            let refused = guard.check(&headers(&[("host", host)]), &path);
            assert_eq!(refused, Err(Refusal::Host), "{host}");
        }
        assert_eq!(guard.check(&headers(&[]), &path), Err(Refusal::Host));
    }

    #[test]
    fn another_pages_origin_is_refused_and_so_is_a_wrong_token() {
        let guard = guard("127.0.0.1:8080");
        let path = format!("/{}/control", guard.token);
        let from = |origin: &'static str| {
            guard.check(&headers(&[("host", "127.0.0.1:8080"), ("origin", origin)]), &path)
        };
        assert_eq!(from("http://127.0.0.1:8080"), Ok(()));
        for origin in
            ["null", "https://127.0.0.1:8080", "http://evil.example", "http://localhost:8080"]
        {
            assert_eq!(from(origin), Err(Refusal::Origin), "{origin}");
        }
        let host = headers(&[("host", "127.0.0.1:8080")]);
        for path in ["/", "", "//", "/0123456789abcdef0123456789abcdef/"] {
            assert_eq!(guard.check(&host, path), Err(Refusal::Token), "{path}");
        }
        assert_ne!(guard.token, super::tests::guard("127.0.0.1:8080").token);
    }

    #[test]
    fn an_open_address_takes_any_address_of_the_machine_but_no_name() {
        let guard = guard("0.0.0.0:9");
        let path = format!("/{}/", guard.token);
        assert_eq!(guard.check(&headers(&[("host", "10.1.2.3:9")]), &path), Ok(()));
        assert_eq!(guard.check(&headers(&[("host", "evil.example:9")]), &path), Err(Refusal::Host));
        assert!(guard.url().starts_with("http://127.0.0.1:9/"));
    }
}
