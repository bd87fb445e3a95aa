//! Stepwise carbon cost (P0 eq. 2-5).
//!
//! | paper | here |
//! |---|---|
//! | `R_gc` (eq. 2) | [`CarbonRule::diesel_kg_per_kwh`], [`CarbonRule::thermal_kg_per_kwh`] |
//! | `epsilon_cq` (eq. 3) | [`CarbonRule::quota_kg_per_kwh`] |
//! | `c_t^c`, `s_t^c`, `d_c`, `k_c` (eq. 4) | price, income, step, growth |
//!
//! Read literally, only the diesel sets emit and the quota is that of the whole day, so that the
//! cost could never be positive. Our reading: emissions are those of diesel and of the thermal
//! share of the purchase; the quota is earned by diesel, PV and wind used in the same period (or
//! day); being under quota earns nothing by default. The last tier counts from two steps above the
//! quota (printed with one step, the cost would jump there).

use domain::{Cny, KgCo2, Kwh};
use serde::Deserialize;

/// Over what emissions and quota are summed before the tiers apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CarbonBasis {
    /// Each period on its own.
    #[default]
    Period,
    /// The whole day at once.
    Day,
}

/// Prices and factors of carbon.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CarbonRule {
    /// Price of the first step above the quota \[CNY/kg\] (P0 section 3.1: 200 CNY/t).
    pub price_cny_per_kg: f64,
    /// Income for being under the quota \[CNY/kg\], at most the price.
    pub income_cny_per_kg: f64,
    /// Growth of the price from step to step (P0 section 3.1: 25 %).
    pub growth: f64,
    /// Length of a step per hour of the basis \[kg/h\]. Our reading: 50 t a month.
    pub step_kg_per_h: f64,
    /// Quota earned per energy generated on the feeder \[kg/kWh\] (P0 section 3.1: 0.7).
    pub quota_kg_per_kwh: f64,
    /// Share of thermal power in the purchase (P0 section 3.1: 47.6 %).
    pub thermal_share: f64,
    /// Emissions of thermal power \[kg/kWh\]. Fitted to the published costs.
    pub thermal_kg_per_kwh: f64,
    /// Emissions of diesel sets \[kg/kWh\]. Fitted to the published costs.
    pub diesel_kg_per_kwh: f64,
    /// Period or day.
    pub basis: CarbonBasis,
}

impl Default for CarbonRule {
    fn default() -> Self {
        Self {
            price_cny_per_kg: 0.2,
            income_cny_per_kg: 0.0,
            growth: 0.25,
            step_kg_per_h: 50_000.0 / 720.0,
            quota_kg_per_kwh: 0.7,
            thermal_share: 0.476,
            thermal_kg_per_kwh: 0.55,
            diesel_kg_per_kwh: 0.49,
            basis: CarbonBasis::Period,
        }
    }
}

impl CarbonRule {
    /// Emissions of a feeder (P0 eq. 2 and 5, with the thermal share of the purchase).
    ///
    /// ```
    /// # use domain::Kwh;
    /// let rule = grid::CarbonRule::default();
    /// // 200 x 0.49 + 1000 x 0.476 x 0.55
    /// assert!((rule.emissions(Kwh(200.0), Kwh(1000.0)).value() - 359.8).abs() < 1e-9);
    /// ```
    pub fn emissions(&self, diesel: Kwh, import: Kwh) -> KgCo2 {
        KgCo2(
            self.diesel_kg_per_kwh * diesel.value()
                + self.thermal_kg_per_kwh * self.thermal_share * import.value(),
        )
    }

    /// Free quota of a feeder (P0 eq. 3).
    pub fn quota(&self, diesel: Kwh, renewables: Kwh) -> KgCo2 {
        KgCo2(self.quota_kg_per_kwh * (diesel + renewables).value())
    }

    /// Cost of emissions above (or, negative, under) the quota over a span of `hours` (P0 eq. 4).
    ///
    /// ```
    /// # use domain::KgCo2;
    /// let rule = grid::CarbonRule { step_kg_per_h: 100.0, ..grid::CarbonRule::default() };
    /// // 100 x 0.2 + 100 x 0.25 + 50 x 0.3
    /// assert!((rule.cost(KgCo2(250.0), 1.0).value() - 60.0).abs() < 1e-12);
    /// assert_eq!(rule.cost(KgCo2(-250.0), 1.0).value(), 0.0);
    /// ```
    pub fn cost(&self, above_quota: KgCo2, hours: f64) -> Cny {
        let above = above_quota.value();
        let lines = self.lines(hours);
        Cny(lines
            .iter()
            .map(|line| line.slope * above - line.offset)
            .fold(f64::NEG_INFINITY, f64::max))
    }

    /// The convex cost as the largest of straight lines, in CNY over kg.
    pub(crate) fn lines(&self, hours: f64) -> [CostLine; 4] {
        let (c, k, d) = (self.price_cny_per_kg, self.growth, self.step_kg_per_h * hours);
        [
            CostLine { slope: self.income_cny_per_kg, offset: 0.0 },
            CostLine { slope: c, offset: 0.0 },
            CostLine { slope: (1.0 + k) * c, offset: k * c * d },
            CostLine { slope: (1.0 + 2.0 * k) * c, offset: 3.0 * k * c * d },
        ]
    }
}

/// `slope x kg - offset` \[CNY\].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct CostLine {
    pub slope: f64,
    pub offset: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(income: f64) -> CarbonRule {
        CarbonRule { income_cny_per_kg: income, step_kg_per_h: 100.0, ..CarbonRule::default() }
    }

    #[test]
    fn each_tier_costs_its_own_price() {
        // Price 0.2, growth 0.25, step 100 kg an hour.
        let cases = [
            (-40.0, 1.0, 0.0, 0.0),                      // under quota, nothing earned
            (-40.0, 1.0, 0.1, -4.0),                     // under quota, sold at 0.1
            (0.0, 1.0, 0.1, 0.0),                        // at the quota
            (100.0, 1.0, 0.0, 20.0),                     // one whole step
            (150.0, 1.0, 0.0, 20.0 + 50.0 * 0.25),       // half of the second
            (200.0, 1.0, 0.0, 45.0),                     // (2 + k) c d
            (300.0, 1.0, 0.0, 45.0 + 100.0 * 0.3),       // in the last tier
            (150.0, 2.0, 0.0, 30.0),                     // steps of 200 kg in two hours
            (50.0, 0.25, 0.0, 25.0 * 0.2 + 25.0 * 0.25), // steps of 25 kg in a quarter of an hour
        ];
        for (above, hours, income, cost) in cases {
            let found = rule(income).cost(KgCo2(above), hours).value();
            assert!(
                (found - cost).abs() < 1e-12,
                "{above} kg in {hours} h: {found}, expected {cost}"
            );
        }
    }

    #[test]
    fn cost_is_continuous_at_the_steps() {
        for step in [0.0, 100.0, 200.0] {
            let at = |kg: f64| rule(0.05).cost(KgCo2(kg), 1.0).value();
            assert!((at(step + 1e-9) - at(step - 1e-9)).abs() < 1e-9, "at {step} kg");
        }
    }

    #[test]
    fn an_hour_of_the_published_feeder() {
        // 200 kWh diesel, 900 kWh import, 300 kWh renewables: 98 + 235.62 - 350 = -16.38 kg, no
        // cost; without renewables 333.62 - 140 = 193.62 kg: 69.44 x 0.2 + 69.44 x 0.25 + 54.73 x
        // 0.3 = 13.889 + 17.361 + 16.419 = 47.669.
        let rule = CarbonRule::default();
        let above = |renewables: f64| {
            rule.emissions(Kwh(200.0), Kwh(900.0)) - rule.quota(Kwh(200.0), Kwh(renewables))
        };
        assert!((above(300.0).value() + 16.38).abs() < 1e-9);
        assert_eq!(rule.cost(above(300.0), 1.0), Cny(0.0));
        assert!((rule.cost(above(0.0), 1.0).value() - 47.669).abs() < 1e-3);
    }
}
