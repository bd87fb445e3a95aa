//! What a kWh of charging costs: a time-of-use tariff scaled or topped up by the load of the group (P4 eq. 9-10).
//!
//! All forms are affine in the charging power of all EVs, hence the cost of charging is convex under a common tariff. Equation
//! 9 is hardly readable; the forms are our readings of it, and are chosen by name.

use crate::{GroupError, Horizon};
use domain::Tariff;
use optim::stores::valley::AffinePrice;
use serde::{Deserialize, Serialize};

/// How the load of the group enters the price. L is the net load of all areas with all EVs, L_max and L_min the ends of the
/// [`LoadRange`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceForm {
    /// `C = C_TOU L / L_max + C_s` (our reading, the default).
    TariffTimesLoad {
        /// Service fee C_s \[CNY/kWh\].
        service_cny_per_kwh: f64,
    },
    /// `C = C_TOU + C_0 L / L_max`.
    FeeTimesLoad {
        /// Fee at the highest load, C_0 \[CNY/kWh\].
        fee_cny_per_kwh: f64,
    },
    /// `C = C_TOU + C_0 (L - L_min) / (L_max - L_min)`: the fee vanishes in the valley.
    ValleyFreeFee {
        /// Fee at the highest load, C_0 \[CNY/kWh\].
        fee_cny_per_kwh: f64,
    },
}

impl PriceForm {
    /// The default form with the service fee that fits the published costs, 1.12 CNY/kWh.
    pub const TARIFF_TIMES_LOAD: Self = Self::TariffTimesLoad { service_cny_per_kwh: 1.12 };
    /// The fee form with C_0 = 0.8 CNY/kWh.
    pub const FEE_TIMES_LOAD: Self = Self::FeeTimesLoad { fee_cny_per_kwh: 0.8 };
    /// The valley-free form with C_0 = 0.8 CNY/kWh.
    pub const VALLEY_FREE_FEE: Self = Self::ValleyFreeFee { fee_cny_per_kwh: 0.8 };

    /// The form of a name, with its default fee.
    ///
    /// ```
    /// assert_eq!(group::PriceForm::named("fee_times_load"), Some(group::PriceForm::FEE_TIMES_LOAD));
    /// assert_eq!(group::PriceForm::named("free"), None);
    /// ```
    pub fn named(name: &str) -> Option<Self> {
        [Self::TARIFF_TIMES_LOAD, Self::FEE_TIMES_LOAD, Self::VALLEY_FREE_FEE].into_iter().find(|form| form.name() == name)
    }

    /// The form's name in scenario files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TariffTimesLoad { .. } => "tariff_times_load",
            Self::FeeTimesLoad { .. } => "fee_times_load",
            Self::ValleyFreeFee { .. } => "valley_free_fee",
        }
    }

    /// The price as an affine function of all charging power, in a period with the tariff `tou` \[CNY/kWh\] and the group's load
    /// without any EV `base_kw` \[kW\].
    ///
    /// ```
    /// use group::{LoadRange, PriceForm};
    /// let range = LoadRange { max_kw: 5000.0, min_kw: 1000.0 };
    /// let price = PriceForm::TARIFF_TIMES_LOAD.affine(0.7, 3000.0, range);
    /// // With 1,000 kW of charging: 0.7 x 4000 / 5000 + 1.12.
    /// assert!((price.level + 1000.0 * price.slope - 1.68).abs() < 1e-12);
    /// ```
    pub fn affine(self, tou: f64, base_kw: f64, range: LoadRange) -> AffinePrice {
        match self {
            Self::TariffTimesLoad { service_cny_per_kwh } => AffinePrice::of_load(tou, base_kw, range.max_kw, service_cny_per_kwh),
            Self::FeeTimesLoad { fee_cny_per_kwh } => AffinePrice::of_load(fee_cny_per_kwh, base_kw, range.max_kw, tou),
            Self::ValleyFreeFee { fee_cny_per_kwh } => {
                let height_kw = range.max_kw - range.min_kw;
                AffinePrice::of_load(fee_cny_per_kwh, base_kw - range.min_kw, height_kw, tou)
            }
        }
    }
}

/// Ends of the group's net load on a day on which all EVs charge unordered: fixed numbers in the price, so that the cost stays
/// convex in the schedule (our reading).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoadRange {
    /// Highest load L_max \[kW\].
    pub max_kw: f64,
    /// Lowest load L_min \[kW\].
    pub min_kw: f64,
}

impl LoadRange {
    /// Ends of a curve \[kW\].
    pub fn of(load_kw: &[f64]) -> Self {
        let fold = |from: f64, pick: fn(f64, f64) -> f64| load_kw.iter().copied().fold(from, pick);
        Self { max_kw: fold(f64::NEG_INFINITY, f64::max), min_kw: fold(f64::INFINITY, f64::min) }
    }
}

/// The tariff and the form of the price.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PriceParams {
    /// How the load enters.
    pub form: PriceForm,
    /// Time-of-use tariffs C_TOU: one for all areas, or one each.
    pub tariffs: Vec<Tariff>,
}

impl Default for PriceParams {
    /// The default form under [`group_tou`].
    fn default() -> Self {
        Self { form: PriceForm::TARIFF_TIMES_LOAD, tariffs: vec![group_tou(0.70, 1.6, 0.5)] }
    }
}

/// The group's time-of-use tariff (our reading): `flat` CNY/kWh, `peak` times that at 8-11 and 18-21 h, `valley` times that at
/// 22-6 h. Defaults 0.70, 1.6, 0.5; in summer and winter 1.8 and 0.4.
///
/// ```
/// let tou = group::group_tou(0.70, 1.6, 0.5);
/// assert_eq!([3.0, 7.0, 8.0, 12.0, 20.0, 21.0, 22.0].map(|h| (tou.at_hour(h).value() * 100.0).round()), [35., 70., 112., 70., 112., 70., 35.]);
/// ```
pub fn group_tou(flat: f64, peak: f64, valley: f64) -> Tariff {
    Tariff {
        hours: vec![6.0, 8.0, 11.0, 18.0, 21.0, 22.0],
        prices: [1.0, peak, 1.0, peak, 1.0, valley].iter().map(|factor| flat * factor).collect(),
        service_fee: 0.0,
        scale: 1.0,
    }
}

/// The price of every area and period, area after area.
#[derive(Clone, Debug, PartialEq)]
pub struct Prices {
    periods: usize,
    curves: Vec<AffinePrice>,
}

impl PriceParams {
    /// Prices over a horizon for the group's load without any EV \[kW\].
    ///
    /// # Errors
    /// A wrong number of tariffs or values, or a load range without height or positive maximum.
    pub fn over(&self, horizon: &Horizon, areas: usize, group_base_kw: &[f64], range: LoadRange) -> Result<Prices, GroupError> {
        crate::error::check_curve("group_base_kw", group_base_kw, horizon.periods)?;
        if self.tariffs.len() != 1 && self.tariffs.len() != areas {
            return Err(GroupError::Tariffs { found: self.tariffs.len(), areas });
        }
        if !(range.max_kw > 0.0 && range.max_kw > range.min_kw && range.min_kw.is_finite()) {
            return Err(GroupError::OutOfRange { quantity: "L_max [kW]", value: range.max_kw, range: "positive and above L_min" });
        }
        let of_area = |area: usize| &self.tariffs[if self.tariffs.len() == 1 { 0 } else { area }];
        let price = |area: usize, period: usize| {
            let tou = of_area(area).at_hour(horizon.middle_hour(period)).value();
            self.form.affine(tou, group_base_kw[period], range)
        };
        let curves = (0..areas).flat_map(|area| (0..horizon.periods).map(move |period| price(area, period))).collect();
        Ok(Prices { periods: horizon.periods, curves })
    }
}

impl Prices {
    /// Prices given one by one, area after area.
    ///
    /// # Errors
    /// Values that are not finite, or no multiple of the periods.
    pub fn new(periods: usize, curves: Vec<AffinePrice>) -> Result<Self, GroupError> {
        if periods == 0 || !curves.len().is_multiple_of(periods) {
            return Err(GroupError::CurveLength { curve: "prices", found: curves.len(), expected: periods });
        }
        match curves.iter().position(|price| !(price.level.is_finite() && price.slope.is_finite())) {
            Some(place) => Err(GroupError::NotFinite { curve: "prices", place, value: curves[place].level }),
            None => Ok(Self { periods, curves }),
        }
    }

    /// Affine prices of all areas and periods, area after area.
    pub fn curves(&self) -> &[AffinePrice] {
        &self.curves
    }

    /// Price \[CNY/kWh\] of an area in a period in which all EVs together take `ev_kw`.
    pub fn at(&self, area: usize, period: usize, ev_kw: f64) -> f64 {
        let price = self.curves[area * self.periods + period];
        price.level + price.slope * ev_kw
    }

    /// Cost of charging in each area \[CNY\] (P4 eq. 13) for charging powers \[kW\], area after area, of all EVs.
    pub fn cost_by_area(&self, ev_kw: &[f64], period_h: f64) -> Vec<f64> {
        let areas = ev_kw.len() / self.periods;
        let mut costs = vec![0.0; areas];
        for period in 0..self.periods {
            let all: f64 = ev_kw.iter().skip(period).step_by(self.periods).sum();
            for (area, cost) in costs.iter_mut().enumerate() {
                *cost += period_h * ev_kw[area * self.periods + period] * self.at(area, period, all);
            }
        }
        costs
    }
}
