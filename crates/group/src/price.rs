//! What a kWh of charging costs: a time-of-use tariff scaled or topped up by the load of the group
//! (P4 eq. 9-10).
//!
//! All forms are affine in the charging power of all EVs, hence the cost of charging is convex
//! under a common tariff. Equation 9 is hardly readable; the forms are our readings of it, and are
//! chosen by name.

use crate::{GroupError, Horizon};
use domain::Tariff;
use serde::{Deserialize, Serialize};

/// Price of a period as a function of the placed power `Y` of all areas: `level + slope Y`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AffinePrice {
    /// Price at no placed power \[money/kWh\].
    pub level: f64,
    /// Change per kW placed \[money/kWh/kW\].
    pub slope: f64,
}

impl AffinePrice {
    /// `C(t) = tariff L(t) / load_max + service` (P4 eq. 9 as read) with `L = base_kw + Y`.
    ///
    /// ```
    /// use group::AffinePrice;
    /// let price = AffinePrice::of_load(0.7, 3000.0, 4000.0, 1.12);
    /// assert!((price.level - 1.645).abs() < 1e-12); // 0.7 x 3/4 + 1.12
    /// assert!((price.slope - 0.000175).abs() < 1e-12);
    /// ```
    pub fn of_load(tariff: f64, base_kw: f64, load_max_kw: f64, service: f64) -> AffinePrice {
        AffinePrice { level: tariff * base_kw / load_max_kw + service, slope: tariff / load_max_kw }
    }
}

/// How the load of the group enters the price. L is the net load of all areas with all EVs, L_max
/// its highest value on a day on which all EVs charge unordered: a fixed number, so that the cost
/// stays convex in the schedule (our reading).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceForm {
    /// `C = C_TOU L / L_max + C_s` (our reading, the default).
    TouTimesLoad {
        /// Service fee C_s \[CNY/kWh\].
        service_cny_per_kwh: f64,
    },
    /// `C = C_TOU + C_0 L / L_max`.
    FeeTimesLoad {
        /// Fee at the highest load, C_0 \[CNY/kWh\].
        fee_cny_per_kwh: f64,
    },
    /// `C = C_TOU L / L_max + C_s`, without `C_s` in the hours of the tariff's lowest price.
    ValleyFreeFee {
        /// Service fee C_s outside the valley \[CNY/kWh\].
        service_cny_per_kwh: f64,
    },
}

/// The tariff in a period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TariffPrice {
    /// Price C_TOU of the period \[CNY/kWh\].
    pub now: f64,
    /// Lowest price of the day \[CNY/kWh\]: where `now` equals it, it is valley.
    pub lowest: f64,
}

impl PriceForm {
    /// The default form with the service fee that fits the published costs, 1.12 CNY/kWh.
    pub const TOU_TIMES_LOAD: Self = Self::TouTimesLoad { service_cny_per_kwh: 1.12 };
    /// The fee form with C_0 = 0.8 CNY/kWh.
    pub const FEE_TIMES_LOAD: Self = Self::FeeTimesLoad { fee_cny_per_kwh: 0.8 };
    /// The valley-free form with 1.12 CNY/kWh.
    pub const VALLEY_FREE_FEE: Self = Self::ValleyFreeFee { service_cny_per_kwh: 1.12 };

    /// The form of a name, with its default fee.
    ///
    /// ```
    /// assert_eq!(group::PriceForm::named("fee_times_load"), Some(group::PriceForm::FEE_TIMES_LOAD));
    /// assert_eq!(group::PriceForm::named("free"), None);
    /// ```
    pub fn named(name: &str) -> Option<Self> {
        [Self::TOU_TIMES_LOAD, Self::FEE_TIMES_LOAD, Self::VALLEY_FREE_FEE]
            .into_iter()
            .find(|form| form.name() == name)
    }

    /// The form's name in scenario files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TouTimesLoad { .. } => "tou_times_load",
            Self::FeeTimesLoad { .. } => "fee_times_load",
            Self::ValleyFreeFee { .. } => "valley_free_fee",
        }
    }

    /// The price as an affine function of all charging power, in a period with the tariff `tou`,
    /// the group's load without any EV `base_kw` \[kW\] and L_max \[kW\].
    ///
    /// ```
    /// use group::{PriceForm, TariffPrice};
    /// let price = PriceForm::TOU_TIMES_LOAD.affine(TariffPrice { now: 0.7, lowest: 0.35 }, 3000.0, 5000.0);
    /// // With 1,000 kW of charging: 0.7 x 4000 / 5000 + 1.12.
    /// assert!((price.level + 1000.0 * price.slope - 1.68).abs() < 1e-12);
    /// ```
    pub fn affine(self, tou: TariffPrice, base_kw: f64, load_max_kw: f64) -> AffinePrice {
        match self {
            Self::TouTimesLoad { service_cny_per_kwh } => {
                AffinePrice::of_load(tou.now, base_kw, load_max_kw, service_cny_per_kwh)
            }
            Self::FeeTimesLoad { fee_cny_per_kwh } => {
                AffinePrice::of_load(fee_cny_per_kwh, base_kw, load_max_kw, tou.now)
            }
            Self::ValleyFreeFee { service_cny_per_kwh } => {
                let service = if tou.now > tou.lowest { service_cny_per_kwh } else { 0.0 };
                AffinePrice::of_load(tou.now, base_kw, load_max_kw, service)
            }
        }
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
        Self { form: PriceForm::TOU_TIMES_LOAD, tariffs: vec![group_tou(0.70, 1.6, 0.5)] }
    }
}

/// The group's time-of-use tariff (our reading): `flat` CNY/kWh, `peak` times that at 8-11 and
/// 18-21 h, `valley` times that at 22-6 h. Defaults 0.70, 1.6, 0.5; in summer and winter 1.8 and
/// 0.4.
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
    /// Prices over a horizon for the group's load without any EV \[kW\] and the highest load L_max
    /// \[kW\] of unordered charging.
    ///
    /// # Errors
    /// A wrong number of tariffs or values, or an L_max that is not positive.
    pub fn over(
        &self,
        horizon: &Horizon,
        areas: usize,
        group_base_kw: &[f64],
        load_max_kw: f64,
    ) -> Result<Prices, GroupError> {
        crate::error::check_curve("group_base_kw", group_base_kw, horizon.periods)?;
        if self.tariffs.len() != 1 && self.tariffs.len() != areas {
            return Err(GroupError::Tariffs { found: self.tariffs.len(), areas });
        }
        if !(load_max_kw > 0.0 && load_max_kw.is_finite()) {
            return Err(GroupError::OutOfRange {
                quantity: "L_max [kW]",
                value: load_max_kw,
                range: "positive and finite",
            });
        }
        let mut curves = Vec::with_capacity(areas * horizon.periods);
        for area in 0..areas {
            let tariff = &self.tariffs[if self.tariffs.len() == 1 { 0 } else { area }];
            let tou = |hour: f64| tariff.at_hour(hour).value();
            let lowest = tariff.hours.iter().map(|&hour| tou(hour)).fold(f64::INFINITY, f64::min);
            for (period, &base_kw) in group_base_kw.iter().enumerate() {
                let now = tou(horizon.middle_hour(period));
                curves.push(self.form.affine(TariffPrice { now, lowest }, base_kw, load_max_kw));
            }
        }
        Prices::new(horizon.periods, curves)
    }
}

impl Prices {
    /// Prices given one by one, area after area.
    ///
    /// # Errors
    /// Values that are not finite, or no multiple of the periods.
    pub fn new(periods: usize, curves: Vec<AffinePrice>) -> Result<Self, GroupError> {
        if periods == 0 || !curves.len().is_multiple_of(periods) {
            return Err(GroupError::CurveLength {
                curve: "prices",
                found: curves.len(),
                expected: periods,
            });
        }
        match curves.iter().position(|price| !(price.level.is_finite() && price.slope.is_finite()))
        {
            Some(place) => {
                Err(GroupError::NotFinite { curve: "prices", place, value: curves[place].level })
            }
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

    /// Cost of charging in each area \[CNY\] (P4 eq. 13) for charging powers \[kW\], area after
    /// area, of all EVs.
    pub fn cost_by_area(&self, ev_kw: &[f64], period_h: f64) -> Vec<f64> {
        let areas = ev_kw.len() / self.periods;
        let mut costs = vec![0.0; areas];
        for period in 0..self.periods {
            let all: f64 = ev_kw.iter().skip(period).step_by(self.periods).sum();
            for (area, cost) in costs.iter_mut().enumerate() {
                *cost +=
                    period_h * ev_kw[area * self.periods + period] * self.at(area, period, all);
            }
        }
        costs
    }
}
