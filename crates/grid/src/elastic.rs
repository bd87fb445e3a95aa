//! How charging demand answers to prices, and who is scheduled first (P0 section 2.7-2.8, eq. 24-26 and 35, Fig. 4).
//!
//! `dE_k / E_k = scale x sum_j e_kj dP_j / P_j` over the kinds of period peak, flat and valley. Our reading: the paper's `1/T` would
//! make the answer negligible (-0.6 % for +50 % with 24 periods), so that the scale is 1 by default. The energy need is always met:
//! what clipping leaves over goes to the cheapest kind with room, what is too much is taken from the dearest.
//!
//! Energies are metered at the pile.

use domain::Price;
use serde::Deserialize;

/// Kinds of period by price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PeriodKind {
    /// Dearest.
    Peak,
    /// Between.
    Flat,
    /// Cheapest.
    Valley,
}

impl PeriodKind {
    /// All kinds, in the order of the matrix.
    pub const ALL: [Self; 3] = [Self::Peak, Self::Flat, Self::Valley];
}

/// One number for each kind of period: peak, flat, valley.
pub type ByKind<T> = [T; 3];

/// Price elasticity of charging demand.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Elasticity {
    /// `e_kj`: relative change of demand in kind k per relative change of price in kind j (P0 eq. 35).
    pub matrix: [[f64; 3]; 3],
    /// Factor on all of it; P0 eq. 25 prints `1/T`.
    pub scale: f64,
}

impl Default for Elasticity {
    fn default() -> Self {
        Self { matrix: [[-0.21, 0.04, 0.07], [0.02, -0.16, 0.06], [0.01, 0.01, -0.11]], scale: 1.0 }
    }
}

impl Elasticity {
    /// Relative change of demand in each kind when prices move from `base` to `now` (P0 eq. 25-26). A base price of zero counts as
    /// unchanged.
    ///
    /// ```
    /// use domain::Price;
    /// let base = [1.09, 0.68, 0.35].map(Price);
    /// let dearer_peak = [1.635, 0.68, 0.35].map(Price);
    /// let change = grid::Elasticity::default().relative_change(base, dearer_peak);
    /// // Half as much again in the peak: -0.21 x 0.5, 0.02 x 0.5, 0.01 x 0.5.
    /// assert!(change.iter().zip([-0.105, 0.01, 0.005]).all(|(a, b)| (a - b).abs() < 1e-12));
    /// ```
    pub fn relative_change(&self, base: ByKind<Price>, now: ByKind<Price>) -> ByKind<f64> {
        let moved = |j: usize| if base[j] > Price::ZERO { (now[j] - base[j]) / base[j] } else { 0.0 };
        self.matrix.map(|row| self.scale * row.iter().enumerate().map(|(j, e)| e * moved(j)).sum::<f64>())
    }
}

/// Energy to be charged in each kind of period [kWh]: the elastic answer, clipped to what the stay can charge, with the need kept.
///
/// `usual_kwh` is what would be charged at base prices, `most_kwh` what full power gives; the need is the sum of the first, lowered to
/// the sum of the second.
///
/// ```
/// use domain::Price;
/// let base = [1.09, 0.68, 0.35].map(Price);
/// let now = [1.635, 0.68, 0.175].map(Price);
/// let kwh = grid::elastic_energy([6.0, 2.0, 0.0], [14.0, 7.0, 21.0], base, now, &grid::Elasticity::default());
/// // Peak 6 x (1 - 0.105 - 0.035) = 5.16, flat 2 x (1 + 0.01 - 0.03) = 1.96, the rest of 8 kWh in the valley.
/// assert!(kwh.iter().zip([5.16, 1.96, 0.88]).all(|(a, b)| (a - b).abs() < 1e-12));
/// ```
pub fn elastic_energy(
    usual_kwh: ByKind<f64>,
    most_kwh: ByKind<f64>,
    base: ByKind<Price>,
    now: ByKind<Price>,
    elasticity: &Elasticity,
) -> ByKind<f64> {
    let change = elasticity.relative_change(base, now);
    let need = usual_kwh.iter().sum::<f64>().min(most_kwh.iter().sum());
    let mut energy = [0.0; 3];
    for k in 0..3 {
        energy[k] = (usual_kwh[k] * (1.0 + change[k])).clamp(0.0, most_kwh[k]);
    }
    let mut left = need - energy.iter().sum::<f64>();
    for k in cheapest_first(now) {
        if left > 0.0 {
            let more = left.min(most_kwh[k] - energy[k]);
            energy[k] += more;
            left -= more;
        }
    }
    for k in cheapest_first(now).into_iter().rev() {
        if left < 0.0 {
            let less = (-left).min(energy[k]);
            energy[k] -= less;
            left += less;
        }
    }
    energy
}

/// Kinds by price; among equals the valley comes first.
fn cheapest_first(prices: ByKind<Price>) -> [usize; 3] {
    let mut order = [2, 1, 0];
    order.sort_by(|&a, &b| prices[a].value().total_cmp(&prices[b].value()));
    order
}

/// The paper's four types of user (P0 section 2.8), made total.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UserType {
    /// Parked in one kind of period only.
    One,
    /// Parked in peak and flat periods.
    Two,
    /// Parked in valley periods, and either never in peak periods or able to do without them.
    Three,
    /// Parked in valley and peak periods, and unable to do without the peak.
    Four,
}

impl UserType {
    /// The order in which types are scheduled (P0 Fig. 4): the least free first, save that one-kind users come second.
    pub const SCHEDULING_ORDER: [Self; 4] = [Self::Four, Self::One, Self::Two, Self::Three];

    /// Type of a stay that can charge so much in each kind of period and needs so much in all [kWh].
    ///
    /// ```
    /// use grid::UserType;
    /// assert_eq!(UserType::of([0.0, 0.0, 50.0], 9.0), UserType::One);
    /// assert_eq!(UserType::of([20.0, 15.0, 0.0], 9.0), UserType::Two);
    /// assert_eq!(UserType::of([20.0, 5.0, 15.0], 9.0), UserType::Three);
    /// assert_eq!(UserType::of([20.0, 5.0, 3.0], 9.0), UserType::Four);
    /// ```
    pub fn of(most_kwh: ByKind<f64>, need_kwh: f64) -> Self {
        let [peak, flat, valley] = most_kwh.map(|kwh| kwh > 0.0);
        let covers = most_kwh[1] + most_kwh[2] >= need_kwh;
        match (peak, flat, valley) {
            (true, true, false) => Self::Two,
            (true, _, true) if !covers => Self::Four,
            (true, _, true) | (false, true, true) => Self::Three,
            _ => Self::One,
        }
    }

    /// The paper's number.
    pub fn number(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Three => 3,
            Self::Four => 4,
        }
    }
}

/// A stay whose charging can be shifted.
#[derive(Clone, Debug, PartialEq)]
pub struct ElasticStay {
    /// Place of its zone in the list of net loads.
    pub zone: usize,
    /// First period.
    pub first: usize,
    /// Largest charging power in each period of the stay [kW], presence counted pro rata.
    pub power_kw: Vec<f64>,
    /// Power that would be charged at base prices in each period of the stay [kW], within `power_kw`.
    pub usual_kw: Vec<f64>,
}

/// What a stay charges.
#[derive(Clone, Debug, PartialEq)]
pub struct ElasticCharge {
    /// Its user's type.
    pub user: UserType,
    /// Energy in each kind of period [kWh].
    pub energy_kwh: ByKind<f64>,
    /// Power in each period of the stay [kW].
    pub charge_kw: Vec<f64>,
}

/// Prices by kind of period, and the kind of each period.
#[derive(Clone, Debug, PartialEq)]
pub struct ElasticPrices {
    /// Kind of each period of the horizon.
    pub kinds: Vec<PeriodKind>,
    /// Length of a period [h].
    pub period_h: f64,
    /// Prices that users are used to.
    pub base: ByKind<Price>,
    /// Prices that are announced.
    pub now: ByKind<Price>,
}

/// Schedules stays in the order of Fig. 4, types 4, 1, 2, 3 and within a type as given: each takes its elastic energies and fills,
/// inside each kind of period, its zone's lowest net load first. `net_kw` holds a row of periods per zone and is raised as stays are
/// placed; stays that reach past the horizon go on at its beginning.
pub fn schedule_elastic(
    stays: &[ElasticStay],
    prices: &ElasticPrices,
    elasticity: &Elasticity,
    net_kw: &mut [Vec<f64>],
) -> Vec<ElasticCharge> {
    let mut charges: Vec<ElasticCharge> = stays.iter().map(|stay| wanted(stay, prices, elasticity)).collect();
    for user in UserType::SCHEDULING_ORDER {
        for (stay, charge) in stays.iter().zip(&mut charges).filter(|(_, charge)| charge.user == user) {
            place(stay, charge, prices, &mut net_kw[stay.zone]);
        }
    }
    charges
}

/// Type and energies of a stay, not yet placed.
fn wanted(stay: &ElasticStay, prices: &ElasticPrices, elasticity: &Elasticity) -> ElasticCharge {
    let by_kind = |power: &[f64]| {
        let mut kwh = [0.0; 3];
        for (k, kw) in power.iter().enumerate() {
            kwh[prices.kinds[(stay.first + k) % prices.kinds.len()] as usize] += kw * prices.period_h;
        }
        kwh
    };
    let (usual, most) = (by_kind(&stay.usual_kw), by_kind(&stay.power_kw));
    ElasticCharge {
        user: UserType::of(most, usual.iter().sum()),
        energy_kwh: elastic_energy(usual, most, prices.base, prices.now, elasticity),
        charge_kw: vec![0.0; stay.power_kw.len()],
    }
}

fn place(stay: &ElasticStay, charge: &mut ElasticCharge, prices: &ElasticPrices, net_kw: &mut [f64]) {
    let period = |k: usize| (stay.first + k) % prices.kinds.len();
    for kind in PeriodKind::ALL {
        let steps: Vec<usize> = (0..stay.power_kw.len()).filter(|&k| prices.kinds[period(k)] == kind).collect();
        let net: Vec<f64> = steps.iter().map(|&k| net_kw[period(k)]).collect();
        let most: Vec<f64> = steps.iter().map(|&k| stay.power_kw[k]).collect();
        let filled = fill_lowest(&net, &most, charge.energy_kwh[kind as usize] / prices.period_h);
        for (&k, kw) in steps.iter().zip(filled) {
            charge.charge_kw[k] = kw;
            net_kw[period(k)] += kw;
        }
    }
}

/// Spreads a sum of power over periods so that the lowest net load is filled first: `clamp(level - net, 0, most)` with the level at
/// which the parts add up to `sum_kw`, or everything where that is less.
///
/// ```
/// // Level 3: the second period takes 2, the third is capped at 1, the first stays above.
/// assert_eq!(grid::fill_lowest(&[5.0, 1.0, 0.0], &[7.0, 7.0, 1.0], 3.0), [0.0, 2.0, 1.0]);
/// ```
pub fn fill_lowest(net_kw: &[f64], most_kw: &[f64], sum_kw: f64) -> Vec<f64> {
    let at_level = |level: f64| net_kw.iter().zip(most_kw).map(move |(net, most)| (level - net).clamp(0.0, *most));
    let mut levels: Vec<f64> = net_kw.iter().copied().chain(net_kw.iter().zip(most_kw).map(|(net, most)| net + most)).collect();
    levels.sort_by(f64::total_cmp);
    // Between two neighbouring levels the filled sum is a straight line.
    let Some(above) = levels.iter().position(|&level| at_level(level).sum::<f64>() >= sum_kw) else {
        return most_kw.to_vec();
    };
    if above == 0 {
        return vec![0.0; net_kw.len()];
    }
    let (low, high) = (levels[above - 1], levels[above]);
    let (filled_low, filled_high) = (at_level(low).sum::<f64>(), at_level(high).sum::<f64>());
    let level = low + (high - low) * (sum_kw - filled_low) / (filled_high - filled_low);
    at_level(level).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BASE: ByKind<Price> = [Price(1.09), Price(0.68), Price(0.35)];

    #[test]
    fn every_stay_has_a_type() {
        // Chargeable in peak, flat, valley; need; type.
        let cases = [
            ([10.0, 0.0, 0.0], 5.0, 1),
            ([0.0, 10.0, 0.0], 50.0, 1),
            ([0.0, 0.0, 0.0], 0.0, 1),
            ([10.0, 10.0, 0.0], 15.0, 2),
            ([0.0, 5.0, 5.0], 8.0, 3),
            ([0.0, 5.0, 5.0], 12.0, 3), // valley and flat fall short, and there is no peak
            ([10.0, 5.0, 5.0], 10.0, 3),
            ([10.0, 5.0, 5.0], 10.1, 4),
            ([10.0, 0.0, 5.0], 4.0, 3),
            ([10.0, 0.0, 5.0], 6.0, 4),
        ];
        for (most, need, number) in cases {
            assert_eq!(UserType::of(most, need).number(), number, "{most:?} for {need}");
        }
    }

    #[test]
    fn a_dearer_peak_moves_energy_to_cheaper_kinds() {
        let now = [Price(1.635), Price(0.68), Price(0.35)];
        // 10 kWh in the peak fall to 8.95; the 1.05 go to the valley, and when that is full to flat periods.
        for (valley, expected) in [(9.0, [8.95, 0.0, 1.05]), (0.5, [8.95, 0.55, 0.5])] {
            let kwh = elastic_energy([10.0, 0.0, 0.0], [20.0, 20.0, valley], BASE, now, &Elasticity::default());
            assert!(kwh.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{kwh:?}");
        }
    }

    #[test]
    fn a_cheaper_valley_takes_its_gain_from_the_dearest_kind() {
        let now = [Price(1.09), Price(0.68), Price(0.175)];
        // Valley 5 x 1.055, flat 2 x 0.97, peak 3 x 0.965: 10.11 of 10 kWh, 0.11 less in the peak.
        let kwh = elastic_energy([3.0, 2.0, 5.0], [9.0; 3], BASE, now, &Elasticity::default());
        assert!(kwh.iter().zip([2.785, 1.94, 5.275]).all(|(a, b)| (a - b).abs() < 1e-12), "{kwh:?}");
    }

    #[test]
    fn types_are_placed_in_the_order_of_figure_4() {
        // Two hours of valley, one of peak. A one-kind user (type 1) comes before a type 3 user listed first.
        let prices =
            ElasticPrices { kinds: vec![PeriodKind::Valley, PeriodKind::Valley, PeriodKind::Peak], period_h: 1.0, base: BASE, now: BASE };
        let three = ElasticStay { zone: 0, first: 0, power_kw: vec![7.0; 3], usual_kw: vec![4.0, 0.0, 0.0] };
        let one = ElasticStay { zone: 0, first: 0, power_kw: vec![7.0], usual_kw: vec![4.0] };
        let mut net = vec![vec![0.0, 2.0, 0.0]];
        let charges = schedule_elastic(&[three, one], &prices, &Elasticity::default(), &mut net);
        assert_eq!((charges[0].user, charges[1].user), (UserType::Three, UserType::One));
        assert_eq!(charges[1].charge_kw, [4.0]);
        // Then net loads are 4 and 2: level 5.
        assert_eq!(charges[0].charge_kw, [1.0, 3.0, 0.0]);
        assert_eq!(net, [[5.0, 5.0, 0.0]]);
    }

    proptest! {
        /// Whatever the prices: each kind within what the stay can charge, the need met.
        #[test]
        fn energy_is_preserved(
            usual in prop::array::uniform3(0.0..20.0_f64),
            room in prop::array::uniform3(0.0..20.0_f64),
            floats in prop::array::uniform3(0.5..1.5_f64),
            scale in prop::sample::select(vec![1.0, 1.0 / 3.0, 1.0 / 24.0]),
        ) {
            let most = [usual[0] + room[0], usual[1] + room[1], usual[2] + room[2]];
            let now = [BASE[0] * floats[0], BASE[1] * floats[1], BASE[2] * floats[2]];
            let kwh = elastic_energy(usual, most, BASE, now, &Elasticity { scale, ..Elasticity::default() });
            prop_assert!((kwh.iter().sum::<f64>() - usual.iter().sum::<f64>()).abs() < 1e-9);
            prop_assert!(kwh.iter().zip(most).all(|(k, m)| *k >= 0.0 && *k <= m + 1e-12));
        }

        /// A filled sum is the one asked for, within bounds, and no period with room lies below a filled one.
        #[test]
        fn filling_is_exact_and_lowest_first(
            periods in prop::collection::vec((-50.0..50.0_f64, 0.0..10.0_f64), 1..12),
            share in 0.0..1.0_f64,
        ) {
            let (net, most): (Vec<f64>, Vec<f64>) = periods.into_iter().unzip();
            let sum = share * most.iter().sum::<f64>();
            let filled = fill_lowest(&net, &most, sum);
            prop_assert!((filled.iter().sum::<f64>() - sum).abs() < 1e-9);
            for a in 0..net.len() {
                for b in 0..net.len() {
                    let (room, used) = (filled[a] < most[a] - 1e-9, filled[b] > 1e-9);
                    prop_assert!(!(room && used) || net[a] + filled[a] >= net[b] + filled[b] - 1e-6);
                }
            }
        }
    }
}
