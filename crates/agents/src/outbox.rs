//! Where a handler puts what follows from a message: further messages, letters, facts and rows.

use crate::environment::Log;
use crate::message::{Addressed, Letter, Message};
use domain::{Fact, FactKind, LedgerRow, Phase, Rows, Span, Time, ZoneId};

/// A message to be queued.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sent {
    /// When it is handled.
    pub at: Time,
    /// In which phase.
    pub phase: Phase,
    /// Whose message it is, by place in the zone (see [`sender`]).
    pub sender: u32,
    /// The message.
    pub message: Message,
}

/// Sender numbers inside a zone.
pub mod sender {
    /// The zone's timers.
    pub const ZONE: u32 = 0;
    /// The aggregator.
    pub const AGGREGATOR: u32 = 1;
    /// The first EV.
    pub const FIRST_EV: u32 = 16;
}

/// What follows from the message at hand.
#[derive(Clone, Debug)]
pub struct Outbox {
    /// The instant at hand.
    pub now: Time,
    /// Its phase.
    pub phase: Phase,
    /// Whether facts and rows are kept (not during warm-up).
    pub recording: bool,
    /// Which of them.
    pub log: Log,
    /// Messages sent.
    pub sent: Vec<Sent>,
    /// Letters sent, with their time of arrival (phase 3).
    pub letters: Vec<(Time, Addressed)>,
    /// Facts and rows.
    pub rows: Rows,
    /// Why the run cannot go on, if a policy of its user's failed.
    pub failed: Option<String>,
}

impl Default for Outbox {
    fn default() -> Self {
        Self {
            now: Time::START,
            phase: Phase::Settle,
            recording: false,
            log: Log::Full,
            sent: Vec::new(),
            letters: Vec::new(),
            rows: Rows::default(),
            failed: None,
        }
    }
}

impl Outbox {
    /// Sends a message for a later time or a later phase. What is asked for a time that has passed
    /// is handled a microsecond from now.
    pub fn send(&mut self, at: Time, phase: Phase, sender: u32, message: Message) {
        let at = if (at, phase) > (self.now, self.phase) { at } else { self.now + Span(1) };
        self.sent.push(Sent { at, phase, sender, message });
    }
    /// Sends a letter that arrives at `at`.
    pub fn write(&mut self, at: Time, to: ZoneId, letter: Letter) {
        self.letters.push((at, (to, letter)));
    }
    /// Writes a fact down.
    pub fn fact(&mut self, fact: Fact) {
        let wanted = self.log == Log::Full || fact.kind == FactKind::TurnedAwayLate;
        if self.recording && wanted {
            self.rows.facts.push(fact);
        }
    }
    /// A policy's answer; its failure ends the run after this message.
    pub fn answer<T>(&mut self, answer: Result<T, String>) -> Option<T> {
        answer.map_err(|why| self.failed.get_or_insert(why)).ok()
    }
    /// Writes a transfer down; the row, if there is one.
    pub fn transfer(&mut self, row: Option<LedgerRow>) -> Option<&mut LedgerRow> {
        let (true, Some(row)) = (self.recording, row) else { return None };
        self.rows.ledger.push(row);
        self.rows.ledger.last_mut()
    }
}
