//! Meetings of the federates that hold one run between them: each sends the others what it has to
//! say, and the federation's clock ticks once so that it arrives.
//!
//! A tick is a microsecond of HELICS' time. The simulated time between two meetings is a window, as
//! long as the least latency between zones allows; it has nothing to do with the tick.

use super::error::FederationError;
use super::federation::Federation;
use super::frames::{Pieces, cut};
use super::roster::Roster;
use ::helics::Endpoint;
use simulation::Carrier;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Federation, and who meets in it.
pub struct Meeting {
    federation: Arc<Mutex<Federation>>,
    endpoint: Endpoint,
    /// The endpoints of all parts, in their order.
    endpoints: Vec<String>,
    me: usize,
    number: u64,
    pieces: BTreeMap<usize, Pieces>,
    /// What went wrong, for whoever can say more than a text.
    failure: Arc<Mutex<Option<FederationError>>>,
}

impl Meeting {
    /// The meetings of a roster's federates.
    pub fn new(
        federation: Arc<Mutex<Federation>>,
        endpoint: Endpoint,
        endpoints: Vec<String>,
        me: usize,
        failure: Arc<Mutex<Option<FederationError>>>,
    ) -> Self {
        Self { federation, endpoint, endpoints, me, number: 0, pieces: BTreeMap::new(), failure }
    }

    /// As the simulation uses it.
    pub fn carrier(mut self) -> Carrier {
        // A mutex makes it shareable; nobody else has it.
        let kept = self.failure.clone();
        let meeting = Mutex::new(move |words: Vec<Vec<u8>>| self.meet(&words));
        Box::new(move |words| {
            let mut meet = meeting.lock().unwrap_or_else(PoisonError::into_inner);
            meet(words).map_err(|e| {
                let text = e.to_string();
                *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(e);
                text
            })
        })
    }

    fn meet(&mut self, words: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, FederationError> {
        let mut federation = self.federation.lock().unwrap_or_else(PoisonError::into_inner);
        for (to, word) in words.iter().enumerate().filter(|(to, _)| *to != self.me) {
            for frame in cut(self.number, word) {
                self.endpoint.send(&self.endpoints[to], &frame)?;
            }
        }
        let tick = federation.now_us() + 1;
        federation.request(tick)?;
        while let Some(message) = self.endpoint.receive() {
            let said = |why: String| FederationError::Said { from: message.source.clone(), why };
            let from = self.endpoints.iter().position(|e| *e == message.source);
            let from = from.ok_or_else(|| said("it has no part in this run".to_owned()))?;
            let pieces = self.pieces.entry(from).or_default();
            pieces.take(self.number, &message.data).map_err(said)?;
        }
        let mut heard = vec![Vec::new(); self.endpoints.len()];
        for (from, word) in heard.iter_mut().enumerate().filter(|(from, _)| *from != self.me) {
            let whole = self.pieces.entry(from).or_default().word(self.number);
            *word = whole.ok_or_else(|| FederationError::Said {
                from: self.endpoints[from].clone(),
                why: format!("nothing at meeting {}", self.number),
            })?;
        }
        self.number += 1;
        Ok(heard)
    }
}

/// The endpoints of a roster's federates, in its order.
pub fn endpoints(roster: &Roster, all: &[String], run: &str) -> Vec<String> {
    let of = |name: &str| {
        let prefix = super::roster::prefix(name, run);
        all.iter().find(|endpoint| endpoint.starts_with(&prefix)).cloned().unwrap_or_default()
    };
    roster.names().map(of).collect()
}
