//! Tables `ledger` and `accounts`: what the plant costs, what EVs pay outside of bookings, what is
//! left.

use crate::account::Party;
use crate::fleet::Fleet;
use crate::scopes::Scopes;
use domain::{AccountKind, AccountRow, LedgerRow, MicroCny, Purpose, ZoneId};
use serde::{Deserialize, Serialize};

/// Flows of money, positive in their usual direction.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Money {
    /// Bought from outside, by purpose.
    bought: [MicroCny; Purpose::ALL.len()],
    pub walk_in: MicroCny,
    pub service_fee: MicroCny,
    pub cancellation_fee: MicroCny,
    /// Paid to EVs.
    pub v2g: MicroCny,
    /// What the accounts of operator, aggregator and DSO have gained.
    pub operator_gain: MicroCny,
    pub aggregator_gain: MicroCny,
    pub dso_gain: MicroCny,
}

impl Money {
    pub fn bought(&self, purpose: Purpose) -> MicroCny {
        self.bought[purpose as usize]
    }
    /// Grid energy, capacity, fuel, starts, wear of stationary batteries, carbon, curtailment.
    pub fn plant_cost(&self) -> MicroCny {
        use Purpose::{CapacityCharge, Carbon, Curtailment, Fuel, GridPurchase, Start, Wear};
        [GridPurchase, CapacityCharge, Fuel, Start, Wear, Carbon, Curtailment]
            .map(|p| self.bought(p))
            .into_iter()
            .sum()
    }
}

/// Adds a transfer. Money of bookings is taken from table `reservations` instead.
pub(super) fn add_transfer(l: &LedgerRow, fleet: &mut Fleet, totals: &mut Scopes<Money>) {
    match l.purpose {
        Purpose::WalkIn | Purpose::ServiceFee | Purpose::CancellationFee | Purpose::V2gPayment => {
            add_of_ev(l, fleet, totals);
        }
        Purpose::GridPurchase
        | Purpose::CapacityCharge
        | Purpose::Fuel
        | Purpose::Start
        | Purpose::Wear
        | Purpose::Carbon
        | Purpose::Curtailment => {
            let (Some(payer), Some(payee)) = (Party::of(l.debit), Party::of(l.credit)) else {
                return;
            };
            let backwards = payer.is_outside() && !payee.is_outside();
            let (buyer, amount) = if backwards { (payee, -l.amount) } else { (payer, l.amount) };
            let zone = if let Party::Zone(zone, _) = buyer { zone } else { ZoneId(0) };
            totals.run_and_zone(zone, |m| m.bought[l.purpose as usize] += amount);
        }
        Purpose::Prepayment
        | Purpose::Revenue
        | Purpose::Refund
        | Purpose::Return
        | Purpose::Forfeit
        | Purpose::Penalty
        | Purpose::Ticket
        | Purpose::ZonalTrade
        | Purpose::TargetPenalty => {}
    }
}

fn add_of_ev(l: &LedgerRow, fleet: &mut Fleet, totals: &mut Scopes<Money>) {
    let (ev, paid) = match (Party::of(l.debit), Party::of(l.credit)) {
        (Some(Party::Ev(ev)), _) => (ev, l.amount),
        (_, Some(Party::Ev(ev))) => (ev, -l.amount),
        _ => return,
    };
    let note = fleet.note(ev);
    if l.purpose != Purpose::V2gPayment {
        note.paid += paid;
    }
    totals.each(note.zone, note.segment, |m| match l.purpose {
        Purpose::WalkIn => m.walk_in += paid,
        Purpose::ServiceFee => m.service_fee += paid,
        Purpose::CancellationFee => m.cancellation_fee += paid,
        _ => m.v2g += -paid,
    });
}

/// Adds what an account has gained.
pub(super) fn add_account(a: &AccountRow, totals: &mut Scopes<Money>) {
    let gain = a.closing - a.opening;
    let zone = ZoneId(a.owner as u16);
    match a.kind {
        AccountKind::Operator => totals.run_and_zone(zone, |m| m.operator_gain += gain),
        AccountKind::Aggregator => totals.run_and_zone(zone, |m| m.aggregator_gain += gain),
        AccountKind::Dso => totals.run_and_zone(zone, |m| m.dso_gain += gain),
        _ => {}
    }
}
