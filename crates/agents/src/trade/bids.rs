//! What a zone that will exceed its target would rather buy.

use super::TRIFLE_KWH;
use crate::aggregator::follow::Margin;
use crate::dso::letters::{Otherwise, Want};

/// What a zone would rather buy: what it exceeds its target by, worth what its own means to make up
/// for it cost, the cheapest first, and only those below the price of an excess \[CNY/kWh\]; what
/// they do not reach, as far as it is more than the allowance lets pass, worth that price.
pub(super) fn wants(
    excess_kw: f64,
    allowance_kw: f64,
    means: &[Margin],
    excess_cny_per_kwh: f64,
    left_h: f64,
) -> Vec<Want> {
    let want = |power_kw: f64, worth: f64, otherwise: Otherwise| Want {
        energy_kwh: power_kw * left_h,
        worth,
        otherwise,
    };
    let mut left_kw = excess_kw.max(0.0);
    let mut all = Vec::new();
    for m in means.iter().filter(|m| m.cost < excess_cny_per_kwh) {
        let power_kw = m.power_kw.min(left_kw);
        left_kw -= power_kw;
        all.push(want(power_kw, m.cost, Otherwise::OwnMeans));
    }
    all.push(want(left_kw - allowance_kw, excess_cny_per_kwh, Otherwise::Exceed));
    all.retain(|w| w.energy_kwh > TRIFLE_KWH);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Margin = Margin { cost: 0.35, power_kw: 20.0 };
    const DEAR: Margin = Margin { cost: 0.9, power_kw: 20.0 };

    #[test]
    fn own_means_come_first_and_only_below_the_price_of_an_excess() {
        // 50 kW too much in the last half hour: 20 kW of each means, 10 kW are beyond them.
        let all = wants(50.0, 0.0, &[CHEAP, DEAR], 1.0, 0.5);
        let energies: Vec<(f64, f64)> = all.iter().map(|w| (w.energy_kwh, w.worth)).collect();
        assert_eq!(energies, [(10.0, 0.35), (10.0, 0.9), (5.0, 1.0)]);
        // Where an excess costs less than the dear means, it is preferred to them.
        let all = wants(50.0, 0.0, &[CHEAP, DEAR], 0.8, 0.5);
        let energies: Vec<(f64, f64)> = all.iter().map(|w| (w.energy_kwh, w.worth)).collect();
        assert_eq!(energies, [(10.0, 0.35), (15.0, 0.8)]);
    }

    #[test]
    fn what_the_allowance_lets_pass_is_not_bought() {
        assert!(wants(12.0, 12.0, &[], 1.255, 1.0).is_empty());
        assert_eq!(wants(12.0, 5.0, &[], 1.255, 1.0)[0].energy_kwh, 7.0);
        assert!(wants(-12.0, 5.0, &[CHEAP], 1.255, 1.0).is_empty());
    }
}
