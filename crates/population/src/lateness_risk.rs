//! The penalty that a person expects for coming late, and how early it makes the person aim.
//!
//! Aiming `e` minutes before the deadline (margin before the start) and delayed by D, a person is
//! late by `D - e` against the deadline: minor when `0 < D - e <= margin + 0.2 T_b`, moderate up to
//! `margin + 0.5 T_b`, severe beyond (P3 section 2.3, with T_b the booking's length). The aim
//! minimises `earliness_cny_per_min x e + unit x sum_g k_g P(grade g | e) + forfeit x P(severe | e)`
//! (our reading), where `unit = scale x alpha x B x reserved energy` is the penalty of P3 eq. 2
//! without k, and `forfeit` what the operator keeps of the prepayment of whoever is not let in any
//! more \[CNY\].

use crate::{BehaviourParams, ResponseMode, ResponseParams};
use serde::{Deserialize, Serialize};

/// Terms of the breach rules that users know.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BreachTerms {
    /// How long before the start a vehicle must be plugged in \[min\] (P3: 15).
    pub margin_min: f64,
    /// Minor up to this share of the length after the start (P3: 0.2).
    pub minor_share: f64,
    /// Moderate up to this share (P3: 0.5).
    pub moderate_share: f64,
    /// k of a minor, moderate, severe breach (our reading: 0.1, 0.3, 0.6).
    pub k: [f64; 3],
}

impl Default for BreachTerms {
    fn default() -> Self {
        Self { margin_min: 15.0, minor_share: 0.2, moderate_share: 0.5, k: [0.1, 0.3, 0.6] }
    }
}

impl BreachTerms {
    /// The terms where nothing is a breach and the booking is lost at its end only.
    pub fn without_breach(self) -> Self {
        Self { minor_share: 1.0, moderate_share: 1.0, ..self }
    }
}

/// What lateness puts at stake \[CNY\].
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AtStake {
    /// `scale x alpha x B x reserved energy` of P3 eq. 2.
    pub unit_cny: f64,
    /// What is kept of the prepayment of whoever is not let in any more, and what is charged for it
    /// whatever was booked.
    pub forfeit_cny: f64,
}

/// The best aim and its cost, tabulated over the penalty unit for each booking length; built once
/// per segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LatenessRisk {
    mode: ResponseMode,
    frozen_earliness_min: f64,
    perceived_failure: f64,
    k_severe: f64,
    min_periods: u32,
    cny_per_min: f64,
    /// Per length.
    rows: Vec<Row>,
}

/// What is known of bookings of one length.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Row {
    /// The best aim where nothing is forfeited, per node of the penalty unit.
    aims: Vec<Aim>,
    /// By minute of earliness: expected k, and the probability of a severe breach.
    expected_k: Vec<f64>,
    severe: Vec<f64>,
}

impl Row {
    /// The best aim; worked out where the table does not reach, that is where something may be
    /// forfeited.
    fn best(&self, cny_per_min: f64, at_stake: AtStake) -> Aim {
        if at_stake.forfeit_cny > 0.0 {
            return best_aim(cny_per_min, self, at_stake);
        }
        let (left, weight) = node_below(at_stake.unit_cny);
        let (a, b) = (self.aims[left], self.aims[left + 1]);
        Aim {
            earliness_min: blend(a.earliness_min, b.earliness_min, weight),
            cost_cny: blend(a.cost_cny, b.cost_cny, weight),
        }
    }
}

/// The expected cost of breaching bookings of one length: what is asked of [`LatenessRisk`] window
/// after window.
#[derive(Clone, Copy, Debug)]
pub struct LengthRisk<'a> {
    row: &'a Row,
    cny_per_min: f64,
    /// Probability of failing altogether, as it is perceived, and its cost per unit.
    perceived_failure: f64,
    failure: f64,
    mode: ResponseMode,
}

impl LengthRisk<'_> {
    /// As [`LatenessRisk::expected_cost_cny`].
    #[inline]
    pub fn expected_cost_cny(&self, at_stake: AtStake) -> f64 {
        match self.mode {
            ResponseMode::None => 0.0,
            ResponseMode::Reactive => {
                self.row.best(self.cny_per_min, at_stake).cost_cny
                    + (self.failure * at_stake.unit_cny
                        + self.perceived_failure * at_stake.forfeit_cny)
            }
        }
    }
}

/// An aim and what it costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Aim {
    earliness_min: f64,
    cost_cny: f64,
}

/// Nodes over the penalty unit: so many fine steps from 0, then so many coarse ones; reached by a
/// multiplication, without logarithms.
const FINE_STEPS: usize = 128;
const FINE_CNY: f64 = 0.5;
const FINE_END_CNY: f64 = FINE_CNY * FINE_STEPS as f64;
const COARSE_STEPS: usize = 62;
const COARSE_CNY: f64 = 32.0;

impl LatenessRisk {
    /// Tabulates bookings of `min_periods..=max_periods` periods of `dt_h` hours.
    pub fn new(
        response: &ResponseParams,
        terms: &BreachTerms,
        dt_h: f64,
        min_periods: u32,
        max_periods: u32,
    ) -> Self {
        let delays = DelayTable::new(response);
        let cny_per_min = response.earliness_cny_per_min;
        let rows = (min_periods..=max_periods.max(min_periods))
            .map(|n| {
                let length_min = f64::from(n) * dt_h * 60.0;
                let [expected_k, severe] = by_minute(response, terms, &delays, length_min);
                let mut row = Row { aims: Vec::new(), expected_k, severe };
                let at = |node| AtStake { unit_cny: unit_at(node), forfeit_cny: 0.0 };
                row.aims = (0..=FINE_STEPS + COARSE_STEPS)
                    .map(|node| best_aim(cny_per_min, &row, at(node)))
                    .collect();
                row
            })
            .collect();
        Self {
            mode: response.mode,
            frozen_earliness_min: response.frozen_earliness_min,
            perceived_failure: response.perceived_failure,
            k_severe: terms.k[2],
            min_periods,
            cny_per_min,
            rows,
        }
    }

    /// The same of people who may not answer to penalties at all.
    pub fn of(
        behaviour: &BehaviourParams,
        terms: &BreachTerms,
        dt_h: f64,
        min_periods: u32,
        max_periods: u32,
    ) -> Self {
        let mode = if behaviour.answers() { ResponseMode::Reactive } else { ResponseMode::None };
        Self { mode, ..Self::new(&behaviour.response, terms, dt_h, min_periods, max_periods) }
    }

    /// How early a person aims for a booking of `n` periods \[min\].
    pub fn earliness_min(&self, n: u32, at_stake: AtStake) -> f64 {
        match self.mode {
            ResponseMode::None => self.frozen_earliness_min,
            ResponseMode::Reactive => self.row(n).best(self.cny_per_min, at_stake).earliness_min,
        }
    }

    /// What breaching is expected to cost a person who books `n` periods \[CNY\]: the cost of
    /// aiming early, the penalties that remain, and the severe penalty and the forfeit times the
    /// perceived probability of failing altogether. 0 when people do not respond.
    pub fn expected_cost_cny(&self, n: u32, at_stake: AtStake) -> f64 {
        self.of_length(n).expected_cost_cny(at_stake)
    }

    /// The risk of bookings of `n` periods.
    pub fn of_length(&self, n: u32) -> LengthRisk<'_> {
        LengthRisk {
            row: self.row(n),
            cny_per_min: self.cny_per_min,
            perceived_failure: self.perceived_failure,
            failure: self.perceived_failure * self.k_severe,
            mode: self.mode,
        }
    }

    fn row(&self, n: u32) -> &Row {
        &self.rows[(n.saturating_sub(self.min_periods) as usize).min(self.rows.len() - 1)]
    }
}

/// Between two values, the second one with the given weight.
fn blend(a: f64, b: f64, weight: f64) -> f64 {
    a + weight * (b - a)
}

/// The penalty unit of a node: 0, 0.5, ..., 64, 96, ..., 2048 CNY.
fn unit_at(node: usize) -> f64 {
    let coarse = node.saturating_sub(FINE_STEPS);
    FINE_CNY * (node - coarse) as f64 + COARSE_CNY * coarse as f64
}

/// The node at or below a unit and the weight of the next one; units above the last node count as
/// the last.
fn node_below(unit_cny: f64) -> (usize, f64) {
    let position = if unit_cny < FINE_END_CNY {
        unit_cny.max(0.0) / FINE_CNY
    } else {
        FINE_STEPS as f64 + ((unit_cny - FINE_END_CNY) / COARSE_CNY).min(COARSE_STEPS as f64)
    };
    let left = (position as usize).min(FINE_STEPS + COARSE_STEPS - 1);
    (left, position - left as f64)
}

/// Probability of being delayed by more than d, on a grid of minutes: any law, evaluated once.
struct DelayTable {
    step_min: f64,
    exceeds: Vec<f64>,
}

impl DelayTable {
    fn new(response: &ResponseParams) -> Self {
        // Twelve hours hold the latest deadline (margin + half of a four-hour booking) after the
        // earliest aim.
        let step_min = 0.5;
        let exceeds =
            (0..=1440).map(|i| 1.0 - response.delay.cdf(step_min * f64::from(i))).collect();
        Self { step_min, exceeds }
    }
    fn exceeds(&self, delay_min: f64) -> f64 {
        let position = (delay_min / self.step_min).clamp(0.0, (self.exceeds.len() - 1) as f64);
        let below = (position as usize).min(self.exceeds.len() - 2);
        self.exceeds[below]
            + (position - below as f64) * (self.exceeds[below + 1] - self.exceeds[below])
    }
}

/// Expected penalty per unit when aiming `e` minutes early: `sum_g k_g P(g)` written with tail
/// probabilities.
fn expected_k(terms: &BreachTerms, delays: &DelayTable, length_min: f64, e: f64) -> f64 {
    let [minor, moderate, severe] = terms.k;
    let to_moderate = e + terms.margin_min + terms.minor_share * length_min;
    let to_severe = e + terms.margin_min + terms.moderate_share * length_min;
    minor * delays.exceeds(e)
        + (moderate - minor) * delays.exceeds(to_moderate)
        + (severe - moderate) * delays.exceeds(to_severe)
}

/// [`expected_k`] and the probability of a severe breach for every whole minute of earliness, at
/// most as far as the table of delays reaches.
fn by_minute(
    response: &ResponseParams,
    terms: &BreachTerms,
    delays: &DelayTable,
    length_min: f64,
) -> [Vec<f64>; 2] {
    let latest = response.earliness_max_min.clamp(0.0, 480.0) as u32;
    let minutes = || (0..=latest).map(f64::from);
    let too_late = |e: f64| e + terms.margin_min + terms.moderate_share * length_min;
    [
        minutes().map(|e| expected_k(terms, delays, length_min, e)).collect(),
        minutes().map(|e| delays.exceeds(too_late(e))).collect(),
    ]
}

/// Search over whole minutes; the cost may have several local minima, one per grade. Ties go to the
/// later aim.
fn best_aim(cny_per_min: f64, row: &Row, at_stake: AtStake) -> Aim {
    let mut best = Aim { earliness_min: 0.0, cost_cny: f64::INFINITY };
    for (minute, (k, severe)) in row.expected_k.iter().zip(&row.severe).enumerate() {
        let earliness_min = minute as f64;
        if cny_per_min * earliness_min >= best.cost_cny {
            // Being so early alone costs more.
            break;
        }
        let cost_cny =
            cny_per_min * earliness_min + at_stake.unit_cny * k + at_stake.forfeit_cny * severe;
        if cost_cny < best.cost_cny {
            best = Aim { earliness_min, cost_cny };
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn risk() -> LatenessRisk {
        LatenessRisk::new(&ResponseParams::default(), &BreachTerms::default(), 0.25, 4, 16)
    }

    fn unit(unit_cny: f64) -> AtStake {
        AtStake { unit_cny, forfeit_cny: 0.0 }
    }

    #[test]
    fn what_may_be_forfeited_counts_like_a_severe_penalty() {
        // Only the severe step: a unit of 10 at k = 0.6 is a forfeit of 6 CNY.
        let terms = BreachTerms { k: [0.0, 0.0, 0.6], ..BreachTerms::default() };
        let risk = LatenessRisk::new(&ResponseParams::default(), &terms, 0.25, 4, 16);
        let forfeit = AtStake { unit_cny: 0.0, forfeit_cny: 6.0 };
        assert_eq!(risk.earliness_min(4, forfeit), risk.earliness_min(4, unit(10.0)));
        let costs = [forfeit, unit(10.0)].map(|x| risk.expected_cost_cny(4, x));
        assert!(costs[0] > 0.3 && (costs[0] - costs[1]).abs() < 1e-12, "{costs:?}");
        // Without breach only coming after the end loses anything.
        let lax =
            LatenessRisk::new(&ResponseParams::default(), &terms.without_breach(), 0.25, 4, 16);
        assert!(lax.expected_cost_cny(4, forfeit) < costs[0]);
    }

    #[test]
    fn fixed_probabilities_fear_nothing() {
        let mut people = BehaviourParams::default();
        assert!(people.answers());
        people.model = crate::BehaviourModel::named("exogenous").expect("a ready model");
        let risk = LatenessRisk::of(&people, &BreachTerms::default(), 0.25, 4, 16);
        assert_eq!(risk.earliness_min(4, unit(0.0)), risk.earliness_min(4, unit(1000.0)));
        assert_eq!(risk.expected_cost_cny(4, unit(1000.0)), 0.0);
    }

    #[test]
    fn usual_penalties_make_people_aim_about_35_minutes_early() {
        // 0.6 (alpha) x 0.8 CNY/kWh x 21 kWh = 10 CNY; half and double of it. Small penalties are
        // not worth being early at all.
        let aims = [2.0, 10.0, 20.0].map(|cny| risk().earliness_min(8, unit(cny)));
        assert_eq!(aims[0], 0.0);
        assert!(aims[1] > 28.0 && aims[1] < 40.0 && aims[2] > 38.0 && aims[2] < 55.0, "{aims:?}");
    }

    #[test]
    fn earliness_meets_the_first_order_condition() {
        // With only the minor step: unit k_1 f(e) = 0.015, f the lognormal density. At unit 14.4,
        // k_1 = 0.1: f(e) = 0.010417; e = 38.7: z = ln(38.7 / 20) / 0.7 = 0.943, phi = 0.2557, f =
        // 0.2557 / (0.7 x 38.7) = 0.00944; e = 36.9: z = 0.875, phi = 0.2721, f = 0.01053; so about
        // 37.1.
        let terms = BreachTerms { k: [0.1, 0.1, 0.1], ..BreachTerms::default() };
        let response = ResponseParams::default();
        let [expected_k, severe] = by_minute(&response, &terms, &DelayTable::new(&response), 60.0);
        let row = Row { aims: Vec::new(), expected_k, severe };
        let aim = best_aim(response.earliness_cny_per_min, &row, unit(14.4));
        assert_eq!(aim.earliness_min, 37.0);
    }

    #[test]
    fn more_penalty_means_earlier_and_costlier() {
        let risk = risk();
        let units = [0.0, 1.0, 5.0, 14.4, 43.2, 144.0];
        for pair in units.windows(2) {
            assert!(risk.earliness_min(8, unit(pair[0])) <= risk.earliness_min(8, unit(pair[1])));
            assert!(
                risk.expected_cost_cny(8, unit(pair[0])) < risk.expected_cost_cny(8, unit(pair[1]))
            );
        }
        assert_eq!(risk.earliness_min(8, unit(0.0)), 0.0);
        assert_eq!(risk.expected_cost_cny(8, unit(0.0)), 0.0);
    }

    #[test]
    fn without_response_nothing_depends_on_the_penalty() {
        let response = ResponseParams { mode: ResponseMode::None, ..ResponseParams::default() };
        let risk = LatenessRisk::new(&response, &BreachTerms::default(), 0.25, 4, 16);
        assert_eq!(risk.earliness_min(4, unit(0.0)), risk.earliness_min(16, unit(1000.0)));
        assert_eq!(risk.expected_cost_cny(4, unit(1000.0)), 0.0);
    }

    #[test]
    fn nodes_bracket_every_unit() {
        for unit in [0.0, 0.1, 0.25, 14.4, 63.9, 64.0, 70.0, 2047.0, 1e6] {
            let (left, weight) = node_below(unit);
            assert!(left < FINE_STEPS + COARSE_STEPS && (0.0..=1.0).contains(&weight));
            if unit < 2048.0 {
                assert!(
                    (unit_at(left) + weight * (unit_at(left + 1) - unit_at(left)) - unit).abs()
                        < 1e-9
                );
            }
        }
        assert_eq!(unit_at(FINE_STEPS + COARSE_STEPS), 2048.0);
    }
}
