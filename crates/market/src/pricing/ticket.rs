//! Price of a ticket (our reading of `q = alpha E[P]` in P3 eq. 21, which has no unit).

/// `q = E R + alpha (c - E R) min(1, expected count / piles)`, `q = c` where `E R >= c`: between
/// the real price and the reservation price, the nearer to the latter the more vehicles compete for
/// the piles. `alpha` is P3's ticket-buying price coefficient.
///
/// It is the one formula for tickets. The swarm of [`IomPso`](crate::PricingPolicy::IomPso) chooses
/// q by choosing alpha in `[0, tickets.alpha]` period by period; under all other policies alpha is
/// `tickets.alpha`.
///
/// ```
/// use market::pricing::ticket_price;
/// // 24 vehicles for 48 piles: half way from 0.66 to 1.00.
/// assert!((ticket_price(1.0, 0.66, 1.0, 24.0, 48) - 0.83).abs() < 1e-12);
/// assert_eq!(ticket_price(1.0, 0.66, 1.0, 200.0, 48), 1.0);
/// assert_eq!(ticket_price(1.0, 1.2, 1.0, 24.0, 48), 1.0);
/// ```
pub fn ticket_price(
    reservation: f64,
    expected_real: f64,
    alpha: f64,
    expected_count: f64,
    piles: u32,
) -> f64 {
    if expected_real >= reservation {
        return reservation;
    }
    let scarcity = (expected_count / f64::from(piles.max(1))).clamp(0.0, 1.0);
    expected_real + alpha.clamp(0.0, 1.0) * (reservation - expected_real) * scarcity
}
