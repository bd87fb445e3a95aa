//! What a handler of the aggregator works with and leaves behind: messages, facts and rows, money,
//! vehicles that were unplugged.

use super::Release;
use crate::environment::Environment;
use crate::outbox::Outbox;
use crate::policy::Policy;
use domain::{LedgerRow, MicroCny, Purpose, ReservationId, TicketId, Time, TradeId, ZoneId};
use market::{Account, Ledger};
use serde::{Deserialize, Serialize};

/// What a handler works with besides its own state.
pub struct Cx<'a> {
    /// What never changes.
    pub env: &'a Environment,
    /// What follows.
    pub out: &'a mut Outbox,
    /// The zone's money.
    pub ledger: &'a mut Ledger,
    /// The rules in force.
    pub policy: &'a Policy,
    /// What the zone does after it.
    pub after: &'a mut Aftermath,
}

/// What handling a message leaves for the zone to do.
#[derive(Debug, Default)]
pub struct Aftermath {
    /// Vehicles that were unplugged; the zone tells their users.
    pub released: Vec<Release>,
    /// The first broken invariant, if any.
    pub broken: Option<Broken>,
}

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Broken {
    /// When.
    pub t: Time,
    /// Where.
    pub zone: ZoneId,
    /// What, with ids and numbers.
    pub what: String,
}

impl Cx<'_> {
    /// Moves money and writes it down; what it is about is said of the payment.
    pub fn pay(
        &mut self,
        from: Account,
        to: Account,
        purpose: Purpose,
        amount: MicroCny,
    ) -> Payment<'_> {
        let (now, phase) = (self.out.now, self.out.phase);
        let row = self.ledger.transfer(now, phase, from, to, purpose, amount);
        Payment(self.out.transfer(row))
    }
    /// Notes a broken invariant; the first one ends the run.
    pub fn break_invariant(&mut self, zone: ZoneId, what: String) {
        if self.after.broken.is_none() {
            self.after.broken = Some(Broken { t: self.out.now, zone, what });
        }
    }
}

/// A payment as it was written down; nothing where nothing was paid or nothing is recorded.
pub struct Payment<'a>(Option<&'a mut LedgerRow>);

impl Payment<'_> {
    /// ... about a booked period.
    pub fn about(self, reservation: ReservationId) -> Self {
        self.with(|row| row.reservation = reservation)
    }
    /// ... of a booking that was won by a ticket.
    pub fn by_ticket(self, ticket: TicketId) -> Self {
        self.with(|row| row.ticket = ticket)
    }
    /// ... for a zonal trade.
    pub fn for_trade(self, trade: TradeId) -> Self {
        self.with(|row| row.trade = trade)
    }
    fn with(mut self, change: impl FnOnce(&mut LedgerRow)) -> Self {
        if let Some(row) = self.0.as_deref_mut() {
            change(row);
        }
        self
    }
}
