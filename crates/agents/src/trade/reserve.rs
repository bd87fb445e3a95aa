//! What a zone stays below its target on purpose: nobody can make up for what the last look at a
//! period does not see.
//!
//! A kWh kept back is worth the price of an excess times the probability that it is needed; kept
//! back is what costs less than that (the newsvendor's rule). A zone keeps back charging that it can
//! put off, buys what its neighbours have for less, and sells its own reserve for no less.

use super::standing::Standing;
use crate::aggregator::follow::Means;
use crate::dso::letters::{Otherwise, Want};
use optim::normal::{survival, survival_quantile};

/// A reserve is divided into steps of half a standard deviation, and ends at so many of them.
const STEPS: usize = 5;

/// What is at stake when a period's last gate has passed.
#[allow(clippy::struct_field_names, reason = "they end with their units")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stake {
    /// Standard deviation of what the last gate does not see \[kWh\].
    pub unseen_kwh: f64,
    /// What may exceed the target without a penalty \[kWh\].
    pub allowance_kwh: f64,
    /// Price of an excess \[CNY/kWh\].
    pub excess_cny_per_kwh: f64,
}

impl Stake {
    /// What a further kWh is worth to a zone that expects to stay so far below its target
    /// \[CNY/kWh\].
    fn worth(&self, below_kwh: f64) -> f64 {
        if self.unseen_kwh <= 0.0 {
            return 0.0;
        }
        self.excess_cny_per_kwh * survival((below_kwh + self.allowance_kwh) / self.unseen_kwh)
    }

    /// How far to stay below the target where a kWh costs so much \[kWh\].
    fn depth_kwh(&self, cost: f64) -> f64 {
        let share = (cost / self.excess_cny_per_kwh).clamp(0.0, 1.0);
        if self.unseen_kwh <= 0.0 || share >= 1.0 {
            return 0.0;
        }
        let z = survival_quantile(share).min(STEPS as f64 / 2.0);
        (z * self.unseen_kwh - self.allowance_kwh).max(0.0)
    }

    /// What a zone keeps back by its own means: what it would have to charge more to reach its
    /// target, and then charging that it puts off beyond what its excess asks for \[kWh\].
    pub fn own_kwh(&self, standing: &Standing, means: &Means) -> f64 {
        let excess_kwh = standing.excess_kw * standing.left_h;
        let mut asked_kwh = excess_kwh.max(0.0);
        let mut kept_kwh = self.depth_kwh(means.waiting).min((-excess_kwh).max(0.0));
        for m in &means.less {
            let energy_kwh = m.power_kw * standing.left_h;
            let left_kwh = (energy_kwh - asked_kwh).max(0.0);
            asked_kwh = (asked_kwh - energy_kwh).max(0.0);
            kept_kwh += (self.depth_kwh(m.cost) - kept_kwh).clamp(0.0, left_kwh);
        }
        kept_kwh
    }

    /// What would rather be bought than kept back by own means or done without, when there is no
    /// further gate: the own reserve of `own_kwh`, as far as it is charging that is put off at
    /// `own_cost`, and steps beyond.
    pub fn wants(&self, standing: &Standing, own_kwh: f64, own_cost: f64) -> Vec<Want> {
        let below_kwh = (-standing.excess_kw * standing.left_h).max(0.0);
        let step_kwh = self.unseen_kwh / 2.0;
        let mut all = Vec::new();
        if own_kwh > below_kwh {
            let energy_kwh = own_kwh - below_kwh;
            all.push(Want { energy_kwh, worth: own_cost, otherwise: Otherwise::OwnMeans });
        }
        let from_kwh = below_kwh.max(own_kwh);
        let steps = (0..STEPS).map(|i| from_kwh + (i as f64 + 0.5) * step_kwh);
        let steps = steps.take_while(|middle| *middle < STEPS as f64 * step_kwh);
        all.extend(steps.map(|middle| Want {
            energy_kwh: step_kwh,
            worth: self.worth(middle),
            otherwise: Otherwise::Risk,
        }));
        all
    }

    /// What a zone that stays below its target can give, the cheapest first: energy \[kWh\] and
    /// least price, what it is worth as a reserve but no more than keeping back charging costs.
    pub fn slack(&self, standing: &Standing, own_cost: f64) -> Vec<(f64, f64)> {
        let below_kwh = (-standing.excess_kw * standing.left_h).max(0.0);
        let step_kwh = self.unseen_kwh / 2.0;
        let deepest_kwh = STEPS as f64 * step_kwh;
        let far_kwh = (below_kwh - deepest_kwh).max(0.0);
        let steps = (0..STEPS).rev().map(|i| {
            let low_kwh = i as f64 * step_kwh;
            let energy_kwh = (below_kwh - low_kwh).clamp(0.0, step_kwh);
            (energy_kwh, self.worth(low_kwh + step_kwh / 2.0).min(own_cost))
        });
        std::iter::once((far_kwh, 0.0)).chain(steps).filter(|b| b.0 > 0.0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregator::follow::Margin;

    /// 10 kWh unseen, an excess costs 1 CNY/kWh.
    const STAKE: Stake = Stake { unseen_kwh: 10.0, allowance_kwh: 0.0, excess_cny_per_kwh: 1.0 };

    fn expecting(excess_kw: f64) -> Standing {
        Standing { left_h: 0.25, excess_kw, unseen_kwh: 10.0 }
    }

    fn putting_off(cost: f64, power_kw: f64) -> Means {
        Means { less: vec![Margin { cost, power_kw }], waiting: cost }
    }

    #[test]
    fn a_reserve_is_as_deep_as_the_price_of_an_excess_asks() {
        // P(e > z sd) = 0.3085 at half a standard deviation.
        let cost = survival(0.5);
        assert!((STAKE.depth_kwh(cost) - 5.0).abs() < 1e-9);
        assert!((STAKE.worth(5.0) - cost).abs() < 1e-12);
        // What is as likely needed as not is not kept back at more than half the price.
        assert_eq!([0.5, 0.8, 1.0, f64::INFINITY].map(|c| STAKE.depth_kwh(c)), [0.0; 4]);
        // What the allowance lets pass needs no reserve; nor does what is seen.
        let allowed = Stake { allowance_kwh: 4.0, ..STAKE };
        assert!((allowed.depth_kwh(cost) - 1.0).abs() < 1e-9);
        assert_eq!(Stake { unseen_kwh: 0.0, ..STAKE }.depth_kwh(0.1), 0.0);
    }

    #[test]
    fn a_zone_keeps_back_what_it_can_put_off_beyond_its_excess() {
        let means = putting_off(survival(0.5), 100.0);
        // 25 kWh can be put off: 5 are kept back; where 22 are asked for, 3 are left.
        assert!((STAKE.own_kwh(&expecting(0.0), &means) - 5.0).abs() < 1e-9);
        assert!((STAKE.own_kwh(&expecting(88.0), &means) - 3.0).abs() < 1e-9);
        assert_eq!(STAKE.own_kwh(&expecting(200.0), &means), 0.0);
        // Who is below the target by 2 kWh and has nothing to put off leaves it at that.
        let nothing = Means { less: Vec::new(), waiting: survival(0.5) };
        assert!((STAKE.own_kwh(&expecting(-8.0), &nothing) - 2.0).abs() < 1e-9);
        assert!((STAKE.own_kwh(&expecting(-80.0), &nothing) - 5.0).abs() < 1e-9);
    }

    #[test]
    fn a_buyer_insures_as_long_as_it_is_worth_it_and_a_seller_keeps_what_is() {
        let wants = STAKE.wants(&expecting(0.0), 0.0, f64::INFINITY);
        assert_eq!(wants.len(), STEPS);
        assert!(wants.windows(2).all(|w| w[0].worth > w[1].worth));
        assert!((wants[0].worth - survival(0.25)).abs() < 1e-12 && wants[0].energy_kwh == 5.0);
        // Its own reserve is worth what that costs.
        let wants = STAKE.wants(&expecting(0.0), 5.0, 0.3);
        assert_eq!((wants[0].energy_kwh, wants[0].worth), (5.0, 0.3));
        assert!(STAKE.wants(&expecting(-200.0), 0.0, 0.3).is_empty());
        // 40 kWh below: 15 are given for nothing, the rest for what it is worth.
        let slack = STAKE.slack(&expecting(-160.0), f64::INFINITY);
        assert_eq!(slack[0], (15.0, 0.0));
        assert!((slack.iter().map(|b| b.0).sum::<f64>() - 40.0).abs() < 1e-9);
        assert!(slack.windows(2).all(|w| w[0].1 < w[1].1), "{slack:?}");
        assert!((slack[5].1 - survival(0.25)).abs() < 1e-12);
        // Whoever can put off charging for 0.1 asks no more.
        assert!(STAKE.slack(&expecting(-160.0), 0.1).iter().all(|b| b.1 <= 0.1));
        assert!(STAKE.slack(&expecting(3.0), 0.1).is_empty());
    }
}
