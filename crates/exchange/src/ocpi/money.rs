//! Whose transfer of the ledger is whose: of a booking, or of a plug-in without one.

use super::tables::{Session, Tables, whole};
use crate::{ExchangeError, Source};
use std::collections::BTreeMap;

/// What a transfer belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// A booking.
    Booking(i64),
    /// A plug-in without a booking.
    Session(i64),
}

/// The transfers of one booking or plug-in \[millionths of the currency\].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// What its user paid: from users and their prepayments to anybody else, less the way back.
    pub paid: i64,
    /// Sums by purpose, as the ledger has them.
    pub by_purpose: BTreeMap<String, i64>,
    /// By instant, what was paid for energy outside of bookings, less what was paid for energy fed
    /// back.
    pub energy_at: BTreeMap<i64, i64>,
    /// Vehicle and zone, and the first and last transfer \[us UTC\].
    pub who: Who,
}

/// Who a transfer was between.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Who {
    /// Vehicle.
    pub ev: Option<i64>,
    /// Zone.
    pub zone: Option<i64>,
    /// The first transfer.
    pub first: i64,
    /// The last one.
    pub last: i64,
}

impl Account {
    /// The sum of a purpose.
    pub fn of(&self, purpose: &str) -> i64 {
        self.by_purpose.get(purpose).copied().unwrap_or(0)
    }

    /// What was paid for the booking itself and not for energy: penalties, fees, forfeits.
    pub fn for_booking(&self) -> i64 {
        ["penalty", "cancellation_fee", "forfeit"].map(|p| self.of(p)).iter().sum()
    }
}

/// All transfers that touch users.
#[derive(Debug, Default)]
pub struct Money {
    /// By what they belong to.
    pub accounts: BTreeMap<Owner, Account>,
    /// Paid by users in all.
    pub paid: i64,
}

impl Money {
    /// Reads the ledger of one run.
    pub fn read(source: &Source, run: i64, tables: &mut Tables) -> Result<Self, ExchangeError> {
        let mut kinds: BTreeMap<i64, Holder> = BTreeMap::new();
        let columns = ["run_id", "account_id", "kind", "owner_id"];
        source.scan("accounts", &columns, |f| {
            for row in 0..f.rows() {
                let Some(id) = whole(f, "account_id", row) else { continue };
                if whole(f, "run_id", row) != Some(run) {
                    continue;
                }
                let kind = f.word("kind", row);
                let owner = whole(f, "owner_id", row);
                let (ev, zone) = if kind == "ev" { (owner, None) } else { (None, owner) };
                kinds.insert(id, Holder { user: kind == "ev" || kind == "escrow", ev, zone });
            }
        })?;
        let by_ev = by_ev(tables);
        let mut all = Self::default();
        let mut last = tables.last;
        let columns = [
            "run_id",
            "t",
            "debit_account",
            "credit_account",
            "purpose",
            "amount_ucny",
            "reservation_id",
        ];
        source.scan("ledger", &columns, |f| {
            for row in 0..f.rows() {
                if whole(f, "run_id", row) != Some(run) {
                    continue;
                }
                let int = |name: &str| whole(f, name, row).unwrap_or(0);
                let side = |name: &str| kinds.get(&int(name)).copied().unwrap_or_default();
                let (from, to) = (side("debit_account"), side("credit_account"));
                if !from.user && !to.user {
                    continue;
                }
                let (ev, zone) = (from.ev.or(to.ev), from.zone.or(to.zone));
                let (t, amount) = (int("t"), int("amount_ucny"));
                last = last.max(t);
                let sign = i64::from(from.user) - i64::from(to.user);
                all.paid += sign * amount;
                let booked = whole(f, "reservation_id", row)
                    .and_then(|r| tables.booking_of.get(&r))
                    .map(|b| Owner::Booking(*b));
                let plugged = || {
                    let sessions = by_ev.get(&ev?)?;
                    session_at(sessions, &tables.sessions, t)
                };
                // What belongs to nothing that the tables show is missing from the CDRs' sum.
                let Some(owner) = booked.or_else(plugged) else { continue };
                let account = all.accounts.entry(owner).or_default();
                account.paid += sign * amount;
                let first = if account.by_purpose.is_empty() { t } else { account.who.first };
                account.who = Who {
                    ev: account.who.ev.or(ev),
                    zone: account.who.zone.or(zone),
                    first,
                    last: t,
                };
                let purpose = f.word("purpose", row);
                *account.by_purpose.entry(purpose.to_owned()).or_default() += amount;
                if matches!(purpose, "walk_in" | "v2g_payment") {
                    *account.energy_at.entry(t).or_default() += sign * amount;
                }
            }
        })?;
        tables.last = last;
        Ok(all)
    }
}

/// Whose an account is.
#[derive(Clone, Copy, Default)]
struct Holder {
    user: bool,
    ev: Option<i64>,
    zone: Option<i64>,
}

/// Plug-ins of each vehicle in the order of their beginnings.
fn by_ev(tables: &Tables) -> BTreeMap<i64, Vec<(i64, i64)>> {
    let mut all: BTreeMap<i64, Vec<(i64, i64)>> = BTreeMap::new();
    for (id, s) in &tables.sessions {
        all.entry(s.ev).or_default().push((s.arrival, *id));
    }
    all.values_mut().for_each(|list| list.sort_unstable());
    all
}

/// The plug-in for which a transfer without a booking was: the last that had begun by then, those
/// without a booking first.
fn session_at(of_ev: &[(i64, i64)], sessions: &BTreeMap<i64, Session>, t: i64) -> Option<Owner> {
    let begun = || of_ev.iter().rev().filter(|(arrival, _)| *arrival < t);
    let free = |(_, id): &&(i64, i64)| sessions.get(id).is_some_and(|s| s.booking.is_none());
    let (_, id) = begun().find(free).or_else(|| begun().next())?;
    Some(match sessions.get(id)?.booking {
        Some(booking) => Owner::Booking(booking),
        None => Owner::Session(*id),
    })
}
