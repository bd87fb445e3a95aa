//! What a change of policy does to a zone: to its aggregator at once, to its users when they are
//! told.

use crate::aggregator::{Aftermath, Broken, Cx};
use crate::environment::Environment;
use crate::ev::EvCx;
use crate::message::{Message, ZoneEvent};
use crate::outbox::{Outbox, sender};
use crate::zone::Zone;
use domain::{Detail, FactKind, Phase};
use market::{Change, PolicyKey};
use std::sync::Arc;

impl Zone {
    /// The rules change now.
    pub(crate) fn on_change(
        &mut self,
        change: &Change,
        env: &Environment,
        out: &mut Outbox,
    ) -> Option<Broken> {
        Arc::make_mut(&mut self.policy).take(change, &env.segments);
        for setting in change.settings() {
            let detail = Detail::from_word(setting.key.path()).unwrap_or_default();
            out.fact(self.aggregator.fact(out, FactKind::PolicyChanged).detail(detail));
        }
        // One entry for all users of the zone.
        self.telling.push_back(self.policy.clone());
        let heard = out.now + env.latency.floor;
        out.send(heard, Phase::Deliver, sender::AGGREGATOR, Message::Zone(ZoneEvent::PolicyTold));
        let mut after = Aftermath::default();
        let mut cx =
            Cx { env, out, policy: &self.policy, ledger: &mut self.ledger, after: &mut after };
        if [PolicyKey::ReminderEnabled, PolicyKey::ReminderLead].iter().any(|k| change.sets(*k)) {
            self.aggregator.remind_anew(&mut cx);
        }
        if change.sets(PolicyKey::WalkInEnabled) {
            self.aggregator.serve_queue(&mut cx);
        }
        if !after.released.is_empty() || !self.aggregator.admitted.is_empty() {
            self.tell_released(&after.released, env, out);
        }
        let scheduling = [PolicyKey::SchedulePolicy, PolicyKey::ThroughputWeight];
        if scheduling.iter().any(|k| change.sets(*k)) && env.feeder().is_none() {
            self.plan_again(env, out);
        }
        after.broken
    }

    /// The users hear of it, all at once.
    pub(crate) fn told_policy(&mut self, env: &Environment, out: &mut Outbox) {
        let Some(policy) = self.telling.pop_front() else { return };
        let before = std::mem::replace(&mut self.told, policy);
        for e in self.evs.all_mut() {
            let board = self.board.as_ref();
            let mut cx = EvCx { env, zone: self.id, board, policy: &self.told, out };
            e.on_told(&before, &mut cx);
        }
    }
}
