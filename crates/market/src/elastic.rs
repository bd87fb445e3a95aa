//! Elastic demand of parked vehicles under time-of-use prices (P0 sections 2.7-2.8, eq. 24-26, Fig.
//! 4).
//!
//! Per stay: how the wish to charge shifts between peak, flat and valley periods when the prices
//! float (eq. 25 with the matrix of eq. 26), clipped to what the stay can charge, so that the
//! energy need is met exactly as before; then which periods of each kind it takes, the lowest net
//! load first; stays in the order of Fig. 4, by user type. All energies are metered at the pile.

use domain::UserType;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use thiserror::Error;

/// Kind of a period by its tariff. Arrays over kinds are in this order: peak, flat, valley.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PeriodKind {
    /// The dearest hours (p in eq. 26).
    Peak,
    /// The hours between (o in eq. 26).
    Flat,
    /// The cheapest hours (v in eq. 26).
    Valley,
}

/// One number per kind of period: peak, flat, valley.
pub type PerKind = [f64; 3];

/// What moves the energy of stays from one kind of period to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Control {
    /// Set points: anywhere within the need.
    #[default]
    Direct,
    /// The answer to floated prices; set points move it inside a kind of period only, and accepted
    /// V2G across them.
    Price,
}

/// How demand answers to prices.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ElasticRules {
    /// Relative change of demand in kind i per relative change of price in kind j (eq. 26; the
    /// numbers are our reading).
    pub matrix: [PerKind; 3],
    /// Factor on the matrix. Our reading: 1; eq. 25 prints 1/T, which makes the response
    /// negligible.
    pub scale: f64,
    /// Largest float of a price around its base (P0: 0.5).
    pub float_limit: f64,
    /// What moves energy between kinds of period.
    pub control: Control,
}

impl Default for ElasticRules {
    fn default() -> Self {
        Self {
            matrix: [[-0.21, 0.04, 0.07], [0.02, -0.16, 0.06], [0.01, 0.01, -0.11]],
            scale: 1.0,
            float_limit: 0.5,
            control: Control::Direct,
        }
    }
}

/// Prices per kind of period \[CNY/kWh\].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct KindPrices {
    /// Before the response. P0's zones: 1.09, 0.68, 0.35.
    pub base: PerKind,
    /// The floated prices.
    pub actual: PerKind,
}

/// One parking stay, as far as charging goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stay {
    /// Whole periods during which it is plugged in.
    pub periods: Range<usize>,
    /// Its charging power (kW).
    pub power_kw: f64,
    /// Energy that it needs (kWh).
    pub need_kwh: f64,
    /// Energy per kind that it would charge at the base prices (kWh); see [`on_arrival_kwh`].
    pub before_kwh: PerKind,
}

/// How a stay charges after the response.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ElasticPlan {
    /// Its user type.
    pub user_type: UserType,
    /// Energy per kind of period (kWh).
    pub target_kwh: PerKind,
    /// Charging power in each period of the stay (kW).
    pub power_kw: Vec<f64>,
}

/// Why a response cannot be computed.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ElasticError {
    /// Kinds and net load cover different horizons.
    #[error("{kinds} periods have a kind, {net_load} a net load")]
    Horizon {
        /// Periods with a kind.
        kinds: usize,
        /// Periods with a net load.
        net_load: usize,
    },
    /// A stay reaches beyond the horizon.
    #[error("stay {stay} ends in period {end} of {horizon}")]
    BeyondHorizon {
        /// Place of the stay.
        stay: usize,
        /// Its end.
        end: usize,
        /// Periods of the horizon.
        horizon: usize,
    },
    /// A quantity is negative or not finite.
    #[error("stay {stay} has a {name} of {value}")]
    BadStay {
        /// Place of the stay.
        stay: usize,
        /// Which quantity.
        name: &'static str,
        /// Its value.
        value: f64,
    },
    /// A base price is not positive or a price not finite.
    #[error("prices {base} -> {actual} CNY/kWh have no relative change")]
    BadPrice {
        /// Base price.
        base: f64,
        /// Floated price.
        actual: f64,
    },
}

/// A price that may float by a share of its base at most.
///
/// ```
/// assert_eq!(market::elastic::floated(0.68, 2.0, 0.5), 1.02);
/// ```
pub fn floated(base: f64, wanted: f64, float_limit: f64) -> f64 {
    wanted.clamp(base - base.abs() * float_limit, base + base.abs() * float_limit)
}

impl ElasticRules {
    /// Relative change of demand per kind (eq. 25): `scale x E dP/P`, prices floated within the
    /// limit.
    ///
    /// ```
    /// use market::elastic::{ElasticRules, KindPrices};
    /// // Peak +50 %, valley -50 %: peak demand changes by -0.21 x 0.5 + 0.07 x -0.5 = -14 %, valley by 0.01 x 0.5 + 0.11 x 0.5 = +6 %.
    /// let change = ElasticRules::default().change(&KindPrices { base: [1.0; 3], actual: [1.5, 1.0, 0.5] });
    /// assert!((change[0] + 0.14).abs() < 1e-12 && (change[2] - 0.06).abs() < 1e-12);
    /// ```
    pub fn change(&self, prices: &KindPrices) -> PerKind {
        let relative: PerKind = std::array::from_fn(|j| {
            let (base, actual) =
                (prices.base[j], floated(prices.base[j], prices.actual[j], self.float_limit));
            (actual - base) / base
        });
        self.matrix
            .map(|row| self.scale * row.iter().zip(relative).map(|(e, dp)| e * dp).sum::<f64>())
    }
}

/// Floats of the prices of peak, flat and valley periods, as shares of their base: in a kind of
/// period in which vehicles would take more on their own than the plan gives them the price rises,
/// by the limit if the plan gives nothing, and the other way round (our reading).
///
/// ```
/// // Twice as much is wanted at the peak as is planned; nothing is wanted in the valley.
/// let f = market::elastic::floats([20.0, 5.0, 0.0], [10.0, 5.0, 30.0], 0.5);
/// assert_eq!(f, [0.25, 0.0, -0.5]);
/// ```
pub fn floats(wanted_kwh: PerKind, planned_kwh: PerKind, limit: f64) -> PerKind {
    std::array::from_fn(|i| {
        let larger = wanted_kwh[i].max(planned_kwh[i]);
        if larger > 0.0 { limit * (wanted_kwh[i] - planned_kwh[i]) / larger } else { 0.0 }
    })
}

impl Stay {
    /// Number of its periods of each kind.
    pub fn periods_of(&self, kinds: &[PeriodKind]) -> [usize; 3] {
        let mut count = [0; 3];
        for j in self.periods.clone() {
            count[kinds[j] as usize] += 1;
        }
        count
    }
    /// Energy that it could charge in the periods of each kind (kWh).
    pub fn room_kwh(&self, kinds: &[PeriodKind], dt_h: f64) -> PerKind {
        self.periods_of(kinds).map(|n| n as f64 * self.power_kw * dt_h)
    }
}

/// Energy per kind of charging at full power from arrival on (kWh): the demand at base prices of
/// whoever does not look at prices.
pub fn on_arrival_kwh(
    periods: Range<usize>,
    power_kw: f64,
    need_kwh: f64,
    kinds: &[PeriodKind],
    dt_h: f64,
) -> PerKind {
    let (mut energy, mut left) = ([0.0; 3], need_kwh);
    for j in periods {
        let step = left.min(power_kw * dt_h);
        energy[kinds[j] as usize] += step;
        left -= step;
    }
    energy
}

/// The type of a stay. P0's wording leaves many stays without one; our reading is total: 1 one kind
/// of period only; 2 peak and flat; 3 touches valley among others, and valley and flat together
/// cover the need, or there is no peak; 4 touches valley and peak, and valley and flat do not cover
/// the need. A stay without periods has none.
///
/// ```
/// use domain::UserType;
/// use market::elastic::user_type;
/// // Peak, flat and valley for 4, 2, 2 periods of 7 kWh: 28 kWh can be had outside the peak.
/// assert_eq!(user_type([4, 2, 2], [28.0, 14.0, 14.0], 20.0), UserType::Three);
/// assert_eq!(user_type([4, 2, 2], [28.0, 14.0, 14.0], 30.0), UserType::Four);
/// ```
pub fn user_type(periods: [usize; 3], room_kwh: PerKind, need_kwh: f64) -> UserType {
    let [_, flat_kwh, valley_kwh] = room_kwh;
    match periods.map(|n| n > 0) {
        [false, false, false] => UserType::None,
        [true, false, false] | [false, true, false] | [false, false, true] => UserType::One,
        [true, true, false] => UserType::Two,
        [false, true, true] => UserType::Three,
        [true, _, true] if flat_kwh + valley_kwh >= need_kwh => UserType::Three,
        [true, _, true] => UserType::Four,
    }
}

/// Energy per kind after the response (kWh). `before (1 + change)`, held between 0 and the room;
/// what is then missing of the need goes to the cheapest kind with room, what is too much is taken
/// from the dearest: the sum is `min(need, sum of room)`, always.
pub fn target_kwh(
    before_kwh: PerKind,
    change: PerKind,
    room_kwh: PerKind,
    need_kwh: f64,
    price: PerKind,
) -> PerKind {
    let mut target: PerKind =
        std::array::from_fn(|k| (before_kwh[k] * (1.0 + change[k])).clamp(0.0, room_kwh[k]));
    let reachable = need_kwh.min(room_kwh.iter().sum());
    // Cheapest first; at equal prices valley before flat before peak.
    let mut cheapest = [2, 1, 0];
    cheapest.sort_by(|&a, &b| price[a].total_cmp(&price[b]));
    let mut missing = reachable - target.iter().sum::<f64>();
    for &k in &cheapest {
        let step = missing.clamp(0.0, room_kwh[k] - target[k]);
        target[k] += step;
        missing -= step;
    }
    for &k in cheapest.iter().rev() {
        let step = (-missing).clamp(0.0, target[k]);
        target[k] -= step;
        missing += step;
    }
    target
}

/// Places of the stays in the order of Fig. 4: types 4, 1, 2, 3; stays of one type as they came,
/// those without a type last.
pub fn filling_order(types: &[UserType]) -> Vec<usize> {
    let rank = |t: UserType| match t {
        UserType::Four => 0,
        UserType::One => 1,
        UserType::Two => 2,
        UserType::Three => 3,
        UserType::None => 4,
    };
    let mut order: Vec<usize> = (0..types.len()).collect();
    order.sort_by_key(|&i| rank(types[i]));
    order
}

/// The stays of one zone respond to the prices of a horizon. `kinds` and `net_load_kw` (the zone's
/// load less its wind and PV) run over its periods; the stays' charging is added to `net_load_kw`,
/// so a second call continues where the first ended. Plans come in the order of the stays.
///
/// # Errors
/// When the horizon, a stay or a price is malformed; then `net_load_kw` is as it was.
pub fn respond(
    rules: &ElasticRules,
    stays: &[Stay],
    kinds: &[PeriodKind],
    prices: &KindPrices,
    dt_h: f64,
    net_load_kw: &mut [f64],
) -> Result<Vec<ElasticPlan>, ElasticError> {
    check(stays, kinds.len(), prices, net_load_kw.len())?;
    let change = rules.change(prices);
    let price: PerKind =
        std::array::from_fn(|k| floated(prices.base[k], prices.actual[k], rules.float_limit));
    let mut plans: Vec<ElasticPlan> = stays
        .iter()
        .map(|stay| {
            let room = stay.room_kwh(kinds, dt_h);
            ElasticPlan {
                user_type: user_type(stay.periods_of(kinds), room, stay.need_kwh),
                target_kwh: target_kwh(stay.before_kwh, change, room, stay.need_kwh, price),
                power_kw: vec![0.0; stay.periods.len()],
            }
        })
        .collect();
    let types: Vec<UserType> = plans.iter().map(|p| p.user_type).collect();
    let mut places = Vec::new();
    for i in filling_order(&types) {
        for kind in [PeriodKind::Peak, PeriodKind::Flat, PeriodKind::Valley] {
            places.clear();
            places.extend(stays[i].periods.clone().filter(|&j| kinds[j] == kind));
            fill_lowest(
                &stays[i],
                plans[i].target_kwh[kind as usize],
                dt_h,
                &mut places,
                net_load_kw,
                &mut plans[i].power_kw,
            );
        }
    }
    Ok(plans)
}

/// Charges an energy at full power in the given periods, the lowest net load first (the earlier one
/// of equals); the last period takes what remains.
fn fill_lowest(
    stay: &Stay,
    energy_kwh: f64,
    dt_h: f64,
    places: &mut [usize],
    net_load_kw: &mut [f64],
    power_kw: &mut [f64],
) {
    places.sort_by(|&a, &b| net_load_kw[a].total_cmp(&net_load_kw[b]).then(a.cmp(&b)));
    let mut left_kw = energy_kwh / dt_h;
    for &j in places.iter() {
        if left_kw <= 0.0 {
            break;
        }
        let step = left_kw.min(stay.power_kw);
        power_kw[j - stay.periods.start] = step;
        net_load_kw[j] += step;
        left_kw -= step;
    }
}

fn check(
    stays: &[Stay],
    kinds: usize,
    prices: &KindPrices,
    net_load: usize,
) -> Result<(), ElasticError> {
    if kinds != net_load {
        return Err(ElasticError::Horizon { kinds, net_load });
    }
    for (&base, &actual) in prices.base.iter().zip(&prices.actual) {
        if !(base.is_finite() && base > 0.0 && actual.is_finite()) {
            return Err(ElasticError::BadPrice { base, actual });
        }
    }
    for (place, stay) in stays.iter().enumerate() {
        if stay.periods.end > kinds {
            return Err(ElasticError::BeyondHorizon {
                stay: place,
                end: stay.periods.end,
                horizon: kinds,
            });
        }
        let [peak, flat, valley] = stay.before_kwh;
        let quantities = [
            ("power", stay.power_kw),
            ("need", stay.need_kwh),
            ("peak demand", peak),
            ("flat demand", flat),
            ("valley demand", valley),
        ];
        if let Some(&(name, value)) = quantities.iter().find(|(_, v)| !(v.is_finite() && *v >= 0.0))
        {
            return Err(ElasticError::BadStay { stay: place, name, value });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
