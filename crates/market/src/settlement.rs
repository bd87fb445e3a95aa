//! What becomes of a prepayment (P3 eq. 1).

use crate::RefundRules;
use domain::{Kwh, MicroCny, Price};

/// The refund of one booked period: `max(0, c - R) x delivered` (P3 eq. 1; nothing is charged on
/// top when R exceeds c).
///
/// ```
/// # use domain::{Kwh, Price};
/// let r = market::settlement::refund(&market::RefundRules::default(), Price(1.2), Price(0.9), Kwh(5.0));
/// assert_eq!(r.0, 1_500_000);
/// let half = market::RefundRules { share: 0.5, ..Default::default() };
/// assert_eq!(market::settlement::refund(&half, Price(1.2), Price(0.9), Kwh(5.0)).0, 750_000);
/// ```
pub fn refund(rules: &RefundRules, reservation: Price, real: Price, delivered: Kwh) -> MicroCny {
    if !rules.enabled {
        return MicroCny::ZERO;
    }
    let surplus = (reservation - real).max(Price::ZERO);
    MicroCny::from_cny(delivered * Price(surplus.value() * rules.share))
}

/// How the prepayment of a whole booking is divided. `prepaid = refund + returned + forfeited +
/// revenue` by construction: the revenue is the residual, so rounding never breaks the sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Division {
    /// Back to the user because the real price was lower.
    pub refund: MicroCny,
    /// Back to the user because the energy was not delivered.
    pub returned: MicroCny,
    /// Kept although the energy was not delivered, because the user caused it.
    pub forfeited: MicroCny,
    /// The operator's.
    pub revenue: MicroCny,
}

/// Divides the prepayment of a booking: `refunds` have been given, undelivered energy is paid back
/// at the booking's price, less the forfeited share if the user caused it.
///
/// ```
/// # use domain::{Kwh, MicroCny, Price};
/// let d = market::settlement::divide(&market::RefundRules::default(), Price(1.0), MicroCny(10_000_000), Kwh(10.0), Kwh(7.0), MicroCny(500_000), true);
/// assert_eq!((d.returned.0, d.refund.0, d.forfeited.0, d.revenue.0), (3_000_000, 500_000, 0, 6_500_000));
/// ```
pub fn divide(
    rules: &RefundRules,
    price: Price,
    prepaid: MicroCny,
    reserved: Kwh,
    delivered: Kwh,
    refunds: MicroCny,
    caused_by_user: bool,
) -> Division {
    let missing = (reserved - delivered).max(Kwh::ZERO);
    let undelivered =
        MicroCny::from_cny(missing * price).min(prepaid - refunds).max(MicroCny::ZERO);
    let forfeited =
        if caused_by_user { undelivered.share(rules.forfeit_share) } else { MicroCny::ZERO };
    Division {
        refund: refunds,
        returned: undelivered - forfeited,
        forfeited,
        revenue: prepaid - undelivered - refunds,
    }
}
