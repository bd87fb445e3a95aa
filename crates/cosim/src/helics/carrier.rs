//! Meetings of the federates that hold one run between them.
//!
//! They meet as a star: each sends what it has to say to the one in the middle, who keeps the record,
//! and gets from it what all the others say. So a meeting of n federates is 2 (n - 1) words and two
//! ticks of the federation's clock. A tick is a microsecond of HELICS' time; the simulated time
//! between two meetings is a window, as long as the least latency between zones allows, and has
//! nothing to do with the tick.
//!
//! Words are messages, which HELICS delivers before the next tick only where it knows that one
//! federate depends on the other. It knows that of values: see [`Ties`].

use super::error::FederationError;
use super::federation::Federation;
use super::frames::{Pieces, bundle, cut, unbundle};
use super::roster::{Roster, Zones};
use ::helics::{CoreType, Endpoint, Federate, Publication, Subscription};
use domain::ZoneId;
use simulation::Carrier;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Values that nobody ever publishes: they make HELICS keep the federates of a run in step. Every
/// federate announces its first zone; all listen to those that may be in the middle (whoever has
/// the centre, else whoever has zone 1), and these listen to all.
#[derive(Debug)]
pub struct Ties {
    _announced: Publication,
    _heard: Vec<Subscription>,
}

impl Ties {
    /// Registers them for a federate with these zones of a run with so many.
    ///
    /// # Errors
    /// If another federate has announced the same zone.
    pub fn register(
        federate: &Federate,
        run: &str,
        zones: &Zones,
        of: u16,
    ) -> Result<Self, FederationError> {
        let key = |zone: u16| format!("part/{run}/{zone}");
        let first = zones.iter().next().map_or(0, |zone| zone.0);
        let middle = zones.holds(ZoneId(0)) || zones.holds(ZoneId(1));
        let last = if middle { of } else { 1 };
        let others = (0..=last).filter(|zone| !zones.holds(ZoneId(*zone)));
        Ok(Self {
            _announced: federate.publication(&key(first), "")?,
            _heard: others
                .map(|zone| federate.subscription(&key(zone), ""))
                .collect::<Result<_, _>>()?,
        })
    }
}

/// Federation, and who meets in it.
pub struct Meeting {
    federation: Arc<Mutex<Federation>>,
    endpoint: Endpoint,
    /// The endpoints of all parts, in their order.
    endpoints: Vec<String>,
    me: usize,
    /// Who is in the middle.
    middle: usize,
    /// Bytes of a message at the most.
    room: usize,
    number: u64,
    pieces: BTreeMap<usize, Pieces>,
    /// What went wrong, for whoever can say more than a text.
    failure: Arc<Mutex<Option<FederationError>>>,
}

impl Meeting {
    /// The meetings of a roster's federates, of which this is number `me`.
    pub fn new(
        federation: Arc<Mutex<Federation>>,
        endpoint: Endpoint,
        endpoints: Vec<String>,
        (me, middle): (usize, usize),
        core: CoreType,
        failure: Arc<Mutex<Option<FederationError>>>,
    ) -> Self {
        // A message names both endpoints twice, beside what HELICS says itself.
        let names = endpoints.iter().map(String::len).max().unwrap_or(0);
        let room = core.message_bytes().saturating_sub(4 * names + 512).max(256);
        let pieces = BTreeMap::new();
        Self { federation, endpoint, endpoints, me, middle, room, number: 0, pieces, failure }
    }

    /// As the simulation uses it.
    pub fn carrier(mut self) -> Carrier {
        // A mutex makes it shareable; nobody else has it.
        let kept = self.failure.clone();
        let meeting = Mutex::new(move |words: Vec<Vec<u8>>| self.meet(words));
        Box::new(move |words| {
            let mut meet = meeting.lock().unwrap_or_else(PoisonError::into_inner);
            meet(words).map_err(|e| {
                let text = e.to_string();
                *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(e);
                text
            })
        })
    }

    fn meet(&mut self, words: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>, FederationError> {
        let federation = self.federation.clone();
        let mut federation = federation.lock().unwrap_or_else(PoisonError::into_inner);
        let tick = federation.now_us();
        let count = self.endpoints.len();
        let heard = if self.me == self.middle {
            federation.request(tick + 1)?;
            let mut said = vec![Vec::new(); count];
            said[self.me] = words;
            let me = self.me;
            for from in (0..count).filter(|from| *from != me) {
                said[from] = self.take(from)?;
            }
            let mut to_all = (0..count).map(|to| {
                said.iter_mut().map(|words| std::mem::take(&mut words[to])).collect::<Vec<_>>()
            });
            let mut heard = Vec::new();
            for to in 0..count {
                let words = to_all.next().unwrap_or_default();
                if to == self.me {
                    heard = words;
                } else {
                    self.send(to, &bundle(&words))?;
                }
            }
            federation.request(tick + 2)?;
            heard
        } else {
            self.send(self.middle, &bundle(&words))?;
            federation.request(tick + 2)?;
            self.take(self.middle)?
        };
        self.number += 1;
        Ok(heard)
    }

    fn send(&self, to: usize, word: &[u8]) -> Result<(), FederationError> {
        for frame in cut(self.number, word, self.room) {
            self.endpoint.send(&self.endpoints[to], &frame)?;
        }
        Ok(())
    }

    /// What a federate says at this meeting: a word for, or from, every federate.
    fn take(&mut self, from: usize) -> Result<Vec<Vec<u8>>, FederationError> {
        while let Some(message) = self.endpoint.receive() {
            let said = |why: String| FederationError::Said { from: message.source.clone(), why };
            let from = self.endpoints.iter().position(|e| *e == message.source);
            let from = from.ok_or_else(|| said("it has no part in this run".to_owned()))?;
            let pieces = self.pieces.entry(from).or_default();
            pieces.take(self.number, &message.data).map_err(said)?;
        }
        let said = |why: String| FederationError::Said { from: self.endpoints[from].clone(), why };
        let whole = self.pieces.entry(from).or_default().word(self.number);
        let whole = whole.ok_or_else(|| said(format!("nothing at meeting {}", self.number)))?;
        unbundle(&whole, self.endpoints.len()).map_err(said)
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
