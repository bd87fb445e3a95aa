//! The rules in force, as one agent knows them: an aggregator's, its users', the pricing agent's.
//!
//! A [`market::Change`] changes them while a run goes on. Each copy is its agent's own: users go by
//! the old rules until they are told.

use crate::environment::Environment;
use market::{Applies, Change, MarketRules, PolicyKey, Terms};
use population::SegmentSpec;
use serde::{Deserialize, Serialize};
use std::ops::Deref;

/// The rules in force, and the terms of open bookings.
///
/// What holds for everybody is read through it as of [`MarketRules`]; terms of bookings and what a
/// segment is treated with have methods of their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    rules: MarketRules,
    segments: Vec<SegmentPolicy>,
}

/// What holds for one fleet segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct SegmentPolicy {
    /// Terms under which bookings were confirmed, by version; the last one is in force.
    terms: Vec<Terms>,
    /// Whether reminders are sent, where the segment is treated on its own.
    reminder: Option<bool>,
    /// Whether ticket notices are sent, likewise.
    tickets: Option<bool>,
}

impl Policy {
    /// The rules at the start of a run.
    pub fn at_start(env: &Environment) -> Self {
        let terms = Terms::of(&env.market);
        let of = |s: &SegmentSpec| SegmentPolicy {
            terms: vec![terms],
            reminder: s.treatments.reminder,
            tickets: s.treatments.tickets,
        };
        Self { rules: env.market.clone(), segments: env.segments.iter().map(of).collect() }
    }

    /// The version of the terms that a booking of a segment gets now.
    pub fn version(&self, segment: u16) -> u32 {
        self.of(segment).terms.len() as u32 - 1
    }

    /// The terms that a booking of a segment gets now.
    pub fn terms(&self, segment: u16) -> &Terms {
        self.terms_of(segment, self.version(segment))
    }

    /// The terms of a booking of a segment that was confirmed under a version.
    pub fn terms_of(&self, segment: u16, version: u32) -> &Terms {
        let all = &self.of(segment).terms;
        &all[(version as usize).min(all.len() - 1)]
    }

    /// Whether users of a segment are reminded.
    pub fn reminds(&self, segment: u16) -> bool {
        self.of(segment).reminder.unwrap_or(self.rules.reminder.enabled)
    }

    /// Whether users of a segment hear of tickets, where any are offered.
    pub fn tells_of_tickets(&self, segment: u16) -> bool {
        self.of(segment).tickets != Some(false)
    }

    fn of(&self, segment: u16) -> &SegmentPolicy {
        &self.segments[usize::from(segment)]
    }

    /// Takes a change in. What a segment is treated with on its own stays, unless the change is for
    /// that segment.
    pub fn take(&mut self, change: &Change, segments: &[SegmentSpec]) {
        if change.segment().is_none() {
            change.write(&mut self.rules);
        }
        let concerned = |s: &SegmentSpec| change.segment().is_none_or(|name| name == s.name);
        let all = self.segments.iter_mut().zip(segments);
        for (policy, _) in all.filter(|(_, s)| concerned(s)) {
            policy.take_terms(change);
            if change.segment().is_some() {
                let mut own = self.rules.clone();
                change.write(&mut own);
                if change.sets(PolicyKey::ReminderEnabled) {
                    policy.reminder = Some(own.reminder.enabled);
                }
                if change.sets(PolicyKey::TicketsEnabled) {
                    policy.tickets = Some(own.tickets.enabled);
                }
            }
        }
    }
}

impl SegmentPolicy {
    fn take_terms(&mut self, change: &Change) {
        match change.applies() {
            Applies::All => self.terms.iter_mut().for_each(|terms| *terms = terms.after(change)),
            Applies::New => {
                let last = self.terms[self.terms.len() - 1];
                let next = last.after(change);
                if next != last {
                    self.terms.push(next);
                }
            }
        }
    }
}

impl Deref for Policy {
    type Target = MarketRules;
    fn deref(&self) -> &MarketRules {
        &self.rules
    }
}
