//! What a zone that will exceed its target would rather buy.

use super::TRIFLE_KWH;
use super::reserve::Stake;
use super::standing::Standing;
use crate::aggregator::follow::Means;
use crate::dso::letters::{Otherwise, Want};

/// What a zone would rather buy: what it exceeds its target by, worth what its own means to make up
/// for it cost, the cheapest first, and only those below the price of an excess; what they do not
/// reach, as far as it is more than the allowance lets pass, worth that price.
pub(super) fn wants(standing: &Standing, stake: &Stake, means: &Means) -> Vec<Want> {
    let most = stake.excess_cny_per_kwh;
    let want =
        |energy_kwh: f64, worth: f64, otherwise: Otherwise| Want { energy_kwh, worth, otherwise };
    let mut left_kwh = standing.excess_kw.max(0.0) * standing.left_h;
    let mut all = Vec::new();
    for m in means.less.iter().filter(|m| m.cost < most) {
        let energy_kwh = (m.power_kw * standing.left_h).min(left_kwh);
        left_kwh -= energy_kwh;
        all.push(want(energy_kwh, m.cost, Otherwise::OwnMeans));
    }
    all.push(want(left_kwh - stake.allowance_kwh, most, Otherwise::Exceed));
    all.retain(|w| w.energy_kwh > TRIFLE_KWH);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregator::follow::Margin;

    const CHEAP: Margin = Margin { cost: 0.35, power_kw: 20.0 };
    const DEAR: Margin = Margin { cost: 0.9, power_kw: 20.0 };

    /// Energies and worths of a zone that exceeds its target by so much in the last `left_h` hours.
    fn of(
        excess_kw: f64,
        left_h: f64,
        allowance_kwh: f64,
        excess_cny_per_kwh: f64,
        means: &[Margin],
    ) -> Vec<(f64, f64)> {
        let standing = Standing { left_h, excess_kw, unseen_kwh: 0.0 };
        let stake = Stake { unseen_kwh: 0.0, allowance_kwh, excess_cny_per_kwh };
        let means = Means { less: means.to_vec(), waiting: 0.0 };
        wants(&standing, &stake, &means).iter().map(|w| (w.energy_kwh, w.worth)).collect()
    }

    #[test]
    fn own_means_come_first_and_only_below_the_price_of_an_excess() {
        // 50 kW too much in the last half hour: 20 kW of each means, 10 kW are beyond them.
        let all = of(50.0, 0.5, 0.0, 1.0, &[CHEAP, DEAR]);
        assert_eq!(all, [(10.0, 0.35), (10.0, 0.9), (5.0, 1.0)]);
        // Where an excess costs less than the dear means, it is preferred to them.
        let all = of(50.0, 0.5, 0.0, 0.8, &[CHEAP, DEAR]);
        assert_eq!(all, [(10.0, 0.35), (15.0, 0.8)]);
    }

    #[test]
    fn what_the_allowance_lets_pass_is_not_bought() {
        assert!(of(12.0, 1.0, 12.0, 1.255, &[]).is_empty());
        assert_eq!(of(12.0, 1.0, 5.0, 1.255, &[])[0].0, 7.0);
        assert!(of(-12.0, 1.0, 5.0, 1.255, &[CHEAP]).is_empty());
        // An allowance is energy of the whole period, however little of it is left.
        assert!(of(40.0, 0.25, 10.0, 1.255, &[]).is_empty());
    }
}
