//! Clearing of zonal trades: who sells how much to which neighbour at what price (P0 section 2.4,
//! eq. 11).
//!
//! A zone that misses its target in a period asks its neighbours; P0 gives the price cap and no
//! mechanism. Both mechanisms here are our reading: a double auction, and bilateral bargaining.
//!
//! | P0 | here |
//! |---|---|
//! | `P_B` | [`Trade::energy`], [`Need::energy`] |
//! | `omega_Z` | [`Trade::price`] |
//! | `omega_grid` | `grid_price` |
//! | `G (V_a² + V_b² - 2 V_a V_b)` | [`Tie::loss`], as r I² |

use domain::{Kwh, Price, ZoneId};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How trades are cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClearingPolicy {
    /// All needs and offers of a period at once: the largest gains are matched first, at one price
    /// for all of them.
    DoubleAuction,
    /// Each buyer turns to its cheapest neighbour, each seller serves its best buyer, the two split
    /// the gain; again, until none is left.
    Bilateral,
}

/// Parameters of zonal trades.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TradeRules {
    /// Whether zones trade at all.
    pub enabled: bool,
    /// How trades are cleared.
    pub policy: ClearingPolicy,
    /// Where the price lies between the seller's floor (0) and the buyer's limit (1); our reading:
    /// 0.5.
    pub split: f64,
    /// Least energy of a trade (kWh); our reading: 0.1.
    pub least_kwh: f64,
}
impl Default for TradeRules {
    fn default() -> Self {
        Self { enabled: true, policy: ClearingPolicy::DoubleAuction, split: 0.5, least_kwh: 0.1 }
    }
}

/// Energy that a zone lacks in the period.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Need {
    /// Who lacks it.
    pub buyer: ZoneId,
    /// How much.
    pub energy: Kwh,
    /// What it is worth to the buyer: what missing the target would cost. Infinite if only eq. 11
    /// is to bind.
    pub worth: Price,
}

/// Energy that a zone can give in the period; a zone may offer several blocks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    /// Who offers it.
    pub seller: ZoneId,
    /// How much.
    pub energy: Kwh,
    /// Its marginal cost, the lowest price (curtailed PV: 0; V2G: recharging and wear).
    pub floor: Price,
}

/// Two zones that are neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tie {
    /// The zones, in either order.
    pub zones: [ZoneId; 2],
    /// Loss of a trade across the tie per squared energy \[1/kWh\]; see [`loss_per_kwh`].
    pub loss_per_kwh: f64,
}

/// An agreed trade, before the network operator admits or refuses it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trade {
    /// Who buys.
    pub buyer: ZoneId,
    /// Who sells.
    pub seller: ZoneId,
    /// Energy delivered to the buyer.
    pub energy: Kwh,
    /// Energy lost on the tie.
    pub loss: Kwh,
    /// Price per kWh delivered.
    pub price: Price,
}

/// All that is known when a period is cleared.
#[derive(Clone, Copy, Debug)]
pub struct ClearingView<'a> {
    /// What is lacking.
    pub needs: &'a [Need],
    /// What can be had.
    pub offers: &'a [Offer],
    /// Who is next to whom.
    pub ties: &'a [Tie],
    /// Price of energy from the grid in the period.
    pub grid_price: Price,
}

/// Why a period cannot be cleared.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ClearingError {
    /// An energy is negative or not finite.
    #[error("zone {zone} asks or offers {energy}")]
    BadEnergy {
        /// Whose.
        zone: ZoneId,
        /// How much.
        energy: Kwh,
    },
    /// A price is not a number, or a floor or the grid price not finite.
    #[error("zone {zone} (0: the grid) trades at {price}")]
    BadPrice {
        /// Whose.
        zone: ZoneId,
        /// How much.
        price: Price,
    },
    /// A tie with a negative loss, a loss that is not finite, or of a zone with itself.
    #[error("the tie between zones {} and {} has a loss of {loss_per_kwh} per kWh", zones[0], zones[1])]
    BadTie {
        /// Between which zones.
        zones: [ZoneId; 2],
        /// Its loss.
        loss_per_kwh: f64,
    },
}

/// Loss of a tie per squared energy \[1/kWh\]: r I² of a balanced three-phase line at nominal
/// voltage, `r / (1000 U² dt)` with r in ohm, U in kV between phases, dt in h.
///
/// ```
/// // 0.5 ohm at 12.66 kV: 500 kWh in an hour lose 0.5 x 500² / (1000 x 12.66²) = 0.78 kWh.
/// assert!((market::clearing::loss_per_kwh(0.5, 12.66, 1.0) * 500.0 * 500.0 - 0.78).abs() < 1e-3);
/// ```
pub fn loss_per_kwh(resistance_ohm: f64, voltage_kv: f64, dt_h: f64) -> f64 {
    resistance_ohm / (1000.0 * voltage_kv * voltage_kv * dt_h)
}

/// Highest price of a trade by P0 eq. 11: `omega_Z P_B <= omega_grid (P_B + loss)`, so `omega_grid
/// (1 + loss / P_B)`.
///
/// ```
/// # use domain::{Kwh, Price};
/// assert_eq!(market::clearing::price_cap(Price(1.0), Kwh(200.0), Kwh(1.0)), Price(1.005));
/// ```
pub fn price_cap(grid_price: Price, energy: Kwh, loss: Kwh) -> Price {
    grid_price * (1.0 + if energy > Kwh::ZERO { loss / energy } else { 0.0 })
}

/// Price that two parties agree on: `floor + split (limit - floor)`; split 0.5 halves the gain
/// (Nash bargaining of equals).
pub fn bargained_price(floor: Price, limit: Price, split: f64) -> Price {
    (floor + (limit - floor) * split).clamp(floor, limit)
}

impl Tie {
    /// Energy lost when so much crosses the tie.
    pub fn loss(&self, energy: Kwh) -> Kwh {
        Kwh(self.loss_per_kwh * energy.value() * energy.value())
    }
    fn joins(&self, a: ZoneId, b: ZoneId) -> bool {
        self.zones == [a, b] || self.zones == [b, a]
    }
}

/// Clears one period. Trades come sorted by buyer and seller; equal inputs, in whatever order, give
/// equal trades.
///
/// # Errors
/// When an energy, a price or a tie is malformed.
///
/// ```
/// use domain::{Kwh, Price, ZoneId};
/// use market::clearing::*;
/// let view = ClearingView {
///     needs: &[Need { buyer: ZoneId(1), energy: Kwh(100.0), worth: Price(f64::INFINITY) }],
///     offers: &[Offer { seller: ZoneId(2), energy: Kwh(60.0), floor: Price(0.44) }],
///     ties: &[Tie { zones: [ZoneId(1), ZoneId(2)], loss_per_kwh: 0.0 }],
///     grid_price: Price(1.09),
/// };
/// let trades = clear(&TradeRules::default(), &view)?;
/// assert_eq!(trades[0].energy, Kwh(60.0));
/// assert!((trades[0].price.value() - 0.765).abs() < 1e-12); // half way from 0.44 to 1.09
/// # Ok::<(), ClearingError>(())
/// ```
pub fn clear(rules: &TradeRules, view: &ClearingView) -> Result<Vec<Trade>, ClearingError> {
    view.check()?;
    if !rules.enabled {
        return Ok(Vec::new());
    }
    let mut book = Book::new(view, Kwh(rules.least_kwh.max(1e-9)));
    let mut trades = match rules.policy {
        ClearingPolicy::DoubleAuction => book.auction(rules.split),
        ClearingPolicy::Bilateral => book.bargain(rules.split),
    };
    trades.sort_by(|a, b| {
        (a.buyer, a.seller)
            .cmp(&(b.buyer, b.seller))
            .then(a.price.value().total_cmp(&b.price.value()))
    });
    Ok(trades)
}

impl ClearingView<'_> {
    fn check(&self) -> Result<(), ClearingError> {
        let energies = self
            .needs
            .iter()
            .map(|n| (n.buyer, n.energy))
            .chain(self.offers.iter().map(|o| (o.seller, o.energy)));
        for (zone, energy) in energies {
            if !(energy.value().is_finite() && energy >= Kwh::ZERO) {
                return Err(ClearingError::BadEnergy { zone, energy });
            }
        }
        let floors =
            self.offers.iter().map(|o| (o.seller, o.floor)).chain([(ZoneId(0), self.grid_price)]);
        let unusable = floors
            .filter(|(_, p)| !p.value().is_finite())
            .chain(self.worths().filter(|(_, p)| p.value().is_nan()))
            .next();
        if let Some((zone, price)) = unusable {
            return Err(ClearingError::BadPrice { zone, price });
        }
        match self.ties.iter().find(|t| {
            !(t.loss_per_kwh.is_finite() && t.loss_per_kwh >= 0.0) || t.zones[0] == t.zones[1]
        }) {
            Some(tie) => {
                Err(ClearingError::BadTie { zones: tie.zones, loss_per_kwh: tie.loss_per_kwh })
            }
            None => Ok(()),
        }
    }
    fn worths(&self) -> impl Iterator<Item = (ZoneId, Price)> + '_ {
        self.needs.iter().map(|n| (n.buyer, n.worth))
    }
}

/// A trade that could be made now: places of need and offer, what would be traded, and the buyer's
/// limit.
#[derive(Clone, Copy)]
struct Match {
    need: usize,
    offer: usize,
    energy: Kwh,
    loss: Kwh,
    floor: Price,
    limit: Price,
}

impl Match {
    fn gain(&self) -> Price {
        self.limit - self.floor
    }
}

/// Needs and offers of which parts are traded away.
struct Book {
    needs: Vec<Need>,
    offers: Vec<Offer>,
    /// Adjacent pairs (need, offer, tie), by buyer, then floor, then seller.
    pairs: Vec<(usize, usize, Tie)>,
    grid_price: Price,
    least: Kwh,
}

impl Book {
    fn new(view: &ClearingView, least: Kwh) -> Self {
        let (mut needs, mut offers) = (view.needs.to_vec(), view.offers.to_vec());
        needs.sort_by(|a, b| {
            a.buyer
                .cmp(&b.buyer)
                .then(a.worth.value().total_cmp(&b.worth.value()))
                .then(a.energy.value().total_cmp(&b.energy.value()))
        });
        offers.sort_by(|a, b| {
            a.floor
                .value()
                .total_cmp(&b.floor.value())
                .then(a.seller.cmp(&b.seller))
                .then(a.energy.value().total_cmp(&b.energy.value()))
        });
        let mut pairs = Vec::new();
        for (i, need) in needs.iter().enumerate() {
            for (k, offer) in offers.iter().enumerate() {
                // Parallel ties: the one that loses least.
                let ties = view.ties.iter().filter(|t| t.joins(need.buyer, offer.seller));
                if let Some(tie) = ties.min_by(|a, b| a.loss_per_kwh.total_cmp(&b.loss_per_kwh)) {
                    pairs.push((i, k, *tie));
                }
            }
        }
        Self { needs, offers, pairs, grid_price: view.grid_price, least }
    }

    /// What this pair could trade now, if anything.
    fn possible(&self, &(need, offer, tie): &(usize, usize, Tie)) -> Option<Match> {
        let energy = self.needs[need].energy.min(self.offers[offer].energy);
        if energy < self.least {
            return None;
        }
        let (loss, floor) = (tie.loss(energy), self.offers[offer].floor);
        let limit = self.needs[need].worth.min(price_cap(self.grid_price, energy, loss));
        (limit >= floor).then_some(Match { need, offer, energy, loss, floor, limit })
    }

    fn take(&mut self, agreed: &Match) {
        self.needs[agreed.need].energy -= agreed.energy;
        self.offers[agreed.offer].energy -= agreed.energy;
    }

    fn trade(&self, agreed: &Match, price: Price) -> Trade {
        let (buyer, seller) = (self.needs[agreed.need].buyer, self.offers[agreed.offer].seller);
        Trade { buyer, seller, energy: agreed.energy, loss: agreed.loss, price }
    }

    /// The largest gain first. One price, between the dearest floor and the lowest limit of all
    /// matches; a match whose own floor and limit exclude it (neighbourhoods can split the market)
    /// takes the nearest price that they allow.
    fn auction(&mut self, split: f64) -> Vec<Trade> {
        let mut order: Vec<(Price, usize)> = (0..self.pairs.len())
            .filter_map(|p| self.possible(&self.pairs[p]).map(|m| (m.gain(), p)))
            .collect();
        order.sort_by(|a, b| b.0.value().total_cmp(&a.0.value()).then(a.1.cmp(&b.1)));
        let mut agreed = Vec::new();
        for (_, p) in order {
            // What earlier matches left over may be less than the pair could trade at first.
            if let Some(found) = self.possible(&self.pairs[p]) {
                self.take(&found);
                agreed.push(found);
            }
        }
        let dearest = agreed.iter().map(|m| m.floor).fold(Price(f64::NEG_INFINITY), Price::max);
        let lowest = agreed.iter().map(|m| m.limit).fold(Price(f64::INFINITY), Price::min);
        let common = dearest + (lowest - dearest) * split;
        agreed.iter().map(|m| self.trade(m, common.clamp(m.floor, m.limit))).collect()
    }

    /// Rounds of request and acceptance: each buyer asks for its cheapest match, each seller serves
    /// requests by price.
    fn bargain(&mut self, split: f64) -> Vec<Trade> {
        let mut trades = Vec::new();
        loop {
            let mut requests: Vec<(Price, usize)> =
                (0..self.needs.len()).filter_map(|i| self.cheapest(i, split)).collect();
            if requests.is_empty() {
                return trades;
            }
            // Stable: equal prices stay in the order of the buyers.
            requests.sort_by(|a, b| b.0.value().total_cmp(&a.0.value()));
            for (_, p) in requests {
                if let Some(found) = self.possible(&self.pairs[p]) {
                    self.take(&found);
                    trades
                        .push(self.trade(&found, bargained_price(found.floor, found.limit, split)));
                }
            }
        }
    }

    /// The match at the lowest price for a need, with that price.
    fn cheapest(&self, need: usize, split: f64) -> Option<(Price, usize)> {
        let candidates = (0..self.pairs.len()).filter(|&p| self.pairs[p].0 == need);
        let priced = candidates.filter_map(|p| {
            self.possible(&self.pairs[p]).map(|m| (bargained_price(m.floor, m.limit, split), p))
        });
        priced.min_by(|a, b| a.0.value().total_cmp(&b.0.value()))
    }
}

#[cfg(test)]
mod tests;
