//! Double-entry accounts in whole micro-CNY.
//!
//! Every transfer takes from one account what it gives to another, so the sum over all accounts
//! never changes.

use domain::{
    AccountId, AccountKind, AccountRow, EvId, LedgerRow, MicroCny, Phase, Purpose, ReservationId,
    TicketId, Time, TradeId, ZoneId,
};
use serde::{Deserialize, Serialize};

/// Whose account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Account {
    /// A user's, by the EV's place in its zone.
    Ev(u32),
    /// Prepayments that are not settled.
    Escrow,
    /// Who runs the piles.
    Operator,
    /// The zone's aggregator (zonal trades).
    Aggregator,
    /// Seller of grid energy.
    Grid,
    /// The DSO.
    Dso,
    /// Owner of the plant.
    Plant,
    /// Seller of fuel.
    Fuel,
    /// Wear of batteries.
    Wear,
    /// Carbon market.
    Carbon,
}

/// Kinds of account that a zone has once, in the order of their numbers.
const FIXED: [(Account, AccountKind); 9] = [
    (Account::Escrow, AccountKind::Escrow),
    (Account::Operator, AccountKind::Operator),
    (Account::Aggregator, AccountKind::Aggregator),
    (Account::Grid, AccountKind::Grid),
    (Account::Dso, AccountKind::Dso),
    (Account::Plant, AccountKind::Plant),
    (Account::Fuel, AccountKind::Fuel),
    (Account::Wear, AccountKind::Wear),
    (Account::Carbon, AccountKind::Carbon),
];

/// Accounts before the first EV's: room for the fixed accounts of `ZoneId` zones.
const PER_ZONE: i64 = 10;

/// The accounts of one zone. Account ids are the same for any number of threads: `10 zone + k` for
/// the zone's own, and `1,000,000 + ev_id` for the EVs'.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ledger {
    zone: ZoneId,
    ev_ids: Vec<EvId>,
    opening: Vec<i64>,
    balance: Vec<i64>,
}

/// The accounts of EVs begin behind this number.
pub const EV_ACCOUNTS: i64 = 1_000_000;

/// The zone whose account a number is; 0 for an EV's.
///
/// ```
/// use domain::{AccountId, ZoneId};
/// assert_eq!(market::ledger::zone_of(AccountId(23)), ZoneId(2));
/// assert_eq!(market::ledger::zone_of(AccountId(1_000_007)), ZoneId(0));
/// ```
pub fn zone_of(account: AccountId) -> ZoneId {
    if account.0 > EV_ACCOUNTS { ZoneId(0) } else { ZoneId((account.0 / PER_ZONE) as u16) }
}

impl Ledger {
    /// Opens the accounts of a zone and its EVs, all empty.
    pub fn new(zone: ZoneId, ev_ids: Vec<EvId>) -> Self {
        let n = FIXED.len() + ev_ids.len();
        Self { zone, ev_ids, opening: vec![0; n], balance: vec![0; n] }
    }
    fn index(account: Account) -> usize {
        match account {
            Account::Ev(place) => FIXED.len() + place as usize,
            Account::Escrow => 0,
            Account::Operator => 1,
            Account::Aggregator => 2,
            Account::Grid => 3,
            Account::Dso => 4,
            Account::Plant => 5,
            Account::Fuel => 6,
            Account::Wear => 7,
            Account::Carbon => 8,
        }
    }
    /// An account's number in the tables.
    #[inline]
    pub fn id(&self, account: Account) -> AccountId {
        match account {
            Account::Ev(place) => AccountId(EV_ACCOUNTS + i64::from(self.ev_ids[place as usize].0)),
            other => AccountId(PER_ZONE * i64::from(self.zone.0) + Self::index(other) as i64),
        }
    }
    /// What lies in an account.
    #[inline]
    pub fn balance(&self, account: Account) -> MicroCny {
        MicroCny(self.balance[Self::index(account)])
    }
    /// What an account has gained since the record began.
    #[inline]
    pub fn gain(&self, account: Account) -> MicroCny {
        let i = Self::index(account);
        MicroCny(self.balance[i] - self.opening[i])
    }
    /// Moves money and returns the row, or `None` if there is nothing to move. A negative amount
    /// moves it the other way.
    #[inline]
    pub fn transfer(
        &mut self,
        t: Time,
        phase: Phase,
        from: Account,
        to: Account,
        purpose: Purpose,
        amount: MicroCny,
    ) -> Option<LedgerRow> {
        let (from, to, amount) =
            if amount.0 < 0 { (to, from, -amount) } else { (from, to, amount) };
        if amount.0 == 0 {
            return None;
        }
        self.balance[Self::index(from)] -= amount.0;
        self.balance[Self::index(to)] += amount.0;
        Some(LedgerRow {
            t,
            phase,
            debit: self.id(from),
            credit: self.id(to),
            purpose,
            amount,
            reservation: ReservationId(0),
            ticket: TicketId(0),
            trade: TradeId(0),
        })
    }
    /// What now lies in the accounts becomes their opening: the record begins here.
    pub fn open(&mut self) {
        self.opening.clone_from(&self.balance);
    }
    /// Sum over all accounts minus what there was at the start: zero, always.
    pub fn imbalance(&self) -> i64 {
        self.balance.iter().sum::<i64>()
    }
    /// The rows of table `accounts`.
    pub fn rows(&self) -> impl Iterator<Item = AccountRow> + '_ {
        let fixed = FIXED.iter().map(|&(account, kind)| (account, kind, u32::from(self.zone.0)));
        let evs = self
            .ev_ids
            .iter()
            .enumerate()
            .map(|(place, ev)| (Account::Ev(place as u32), AccountKind::Ev, ev.0));
        fixed.chain(evs).map(|(account, kind, owner)| {
            let i = Self::index(account);
            AccountRow {
                account: self.id(account),
                kind,
                owner,
                opening: MicroCny(self.opening[i]),
                closing: MicroCny(self.balance[i]),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transfer_keeps_the_sum_and_a_negative_one_runs_backwards() {
        let mut l = Ledger::new(ZoneId(1), vec![EvId(7)]);
        let row = l.transfer(
            Time::START,
            Phase::Settle,
            Account::Ev(0),
            Account::Escrow,
            Purpose::Prepayment,
            MicroCny(500),
        );
        assert_eq!(row.map(|r| (r.debit.0, r.credit.0)), Some((1_000_007, 10)));
        let back = l.transfer(
            Time::START,
            Phase::Settle,
            Account::Ev(0),
            Account::Escrow,
            Purpose::Return,
            MicroCny(-200),
        );
        assert_eq!(back.map(|r| (r.debit.0, r.credit.0, r.amount.0)), Some((10, 1_000_007, 200)));
        assert_eq!(l.balance(Account::Ev(0)), MicroCny(-300));
        assert_eq!(l.imbalance(), 0);
    }
}
