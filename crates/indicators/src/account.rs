//! Whose account a number is: `10 zone + k` for the accounts that a zone has once, `1,000,000 +
//! ev_id` for the EVs'.

use domain::{AccountId, AccountKind, EvId, ZoneId};

/// Accounts of EVs begin behind this number.
const FIRST_EV: i64 = 1_000_000;
/// Numbers that a zone has for its own accounts.
const PER_ZONE: i64 = 10;
/// What `k` means.
const OF_A_ZONE: [AccountKind; 9] = [
    AccountKind::Escrow,
    AccountKind::Operator,
    AccountKind::Aggregator,
    AccountKind::Grid,
    AccountKind::Dso,
    AccountKind::Plant,
    AccountKind::Fuel,
    AccountKind::Wear,
    AccountKind::Carbon,
];

/// The owner of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Party {
    Ev(EvId),
    Zone(ZoneId, AccountKind),
}

impl Party {
    pub fn of(account: AccountId) -> Option<Self> {
        if account.0 > FIRST_EV {
            return Some(Self::Ev(EvId((account.0 - FIRST_EV) as u32)));
        }
        let kind = OF_A_ZONE.get(usize::try_from(account.0 % PER_ZONE).ok()?)?;
        Some(Self::Zone(ZoneId((account.0 / PER_ZONE) as u16), *kind))
    }
    /// Whether money that arrives there has left the area: energy bought, fuel, wear, carbon, dues.
    pub fn is_outside(self) -> bool {
        use AccountKind::{Carbon, Fuel, Grid, Plant, Wear};
        matches!(self, Self::Zone(_, Grid | Plant | Fuel | Wear | Carbon))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_name_zone_kind_or_ev() {
        assert_eq!(Party::of(AccountId(23)), Some(Party::Zone(ZoneId(2), AccountKind::Grid)));
        assert_eq!(Party::of(AccountId(1_000_007)), Some(Party::Ev(EvId(7))));
        assert_eq!(Party::of(AccountId(19)), None);
    }
}
