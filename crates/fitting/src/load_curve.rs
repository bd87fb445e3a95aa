//! The load of held-out days against the band in which simulated days lie.
//!
//! A session charges on arrival at its power until its energy is in. A simulated day has as many
//! sessions as the recorded one; the band of an hour is the middle 80 % of simulated days. Where many
//! simulated days charge nothing, part of zero lies inside the band: the recorded value stands for
//! all ranks that it may have among the simulated ones, and counts by the share of them that lie in
//! the middle. Hours in which less than half of the simulated days charge are not counted.
//!
//! Hours of a day are alike, so that the share is known from the days: its interval is that of a
//! ratio over days as clusters.

use crate::kinds::KindFit;
use crate::uniforms::Uniforms;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// Hours of a day's curve: its sessions may charge into the next day.
const HOURS: usize = 48;
/// Simulated days behind a band.
const DAYS: usize = 100;
/// Held-out days that are looked at, evenly taken.
const MOST_DAYS: usize = 120;
/// Standard powers \[kW\].
const POWERS_KW: [f64; 8] = [3.7, 7.4, 11.0, 22.0, 50.0, 100.0, 150.0, 350.0];

/// How often a band held.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Coverage {
    /// Days looked at.
    pub days: usize,
    /// Hours counted.
    pub hours: usize,
    /// Of them inside the band.
    pub inside: f64,
    /// Half of the 95 % interval of the share, over days; not a number for fewer than two.
    pub half_width: f64,
}

impl Coverage {
    /// Share of the hours inside, 0..1; not a number without hours.
    pub fn share(self) -> f64 {
        self.inside / self.hours as f64
    }
}

/// The least standard power that delivers an energy in a stay \[kW\].
pub(crate) fn standard_kw(energy_kwh: f64, stay_h: f64) -> f64 {
    let needed = energy_kwh / stay_h;
    POWERS_KW.into_iter().find(|kw| *kw >= needed).unwrap_or(needed)
}

/// Adds a session to a curve of energies by hour \[kWh\].
fn add(curve: &mut [f64; HOURS], arrival_h: f64, energy_kwh: f64, kw: f64) {
    let end = arrival_h + energy_kwh / kw;
    let first = arrival_h.max(0.0) as usize;
    for (hour, sum) in
        curve.iter_mut().enumerate().skip(first).take_while(|(h, _)| (*h as f64) < end)
    {
        let (from, to) = (arrival_h.max(hour as f64), end.min(hour as f64 + 1.0));
        *sum += kw * (to - from).max(0.0);
    }
}

/// The coverage of the held-out days of one kind. Sessions by day: arrival, stay, energy.
pub(crate) fn coverage(kind: &KindFit, days: &[Vec<[f64; 3]>]) -> Coverage {
    let mut by_day: Vec<(f64, f64)> = Vec::new();
    let mut u = Uniforms::seeded(8080);
    let step = days.len().div_ceil(MOST_DAYS).max(1);
    for day in days.iter().step_by(step) {
        let mut recorded = [0.0; HOURS];
        for [arrival, stay, energy] in day {
            add(&mut recorded, *arrival, *energy, standard_kw(*energy, *stay));
        }
        let mut simulated = vec![[0.0; HOURS]; DAYS];
        for curve in &mut simulated {
            for _ in 0..day.len() {
                let [arrival, stay, energy] = kind.joint.law.draw([u.draw(), u.draw(), u.draw()]);
                // What does not fit into the stay at the highest power is not charged.
                let energy = energy.min(POWERS_KW[7] * stay);
                add(curve, arrival, energy, standard_kw(energy, stay));
            }
        }
        let (mut hours, mut inside) = (0.0, 0.0);
        for (hour, value) in recorded.iter().enumerate() {
            let values: Vec<f64> = simulated.iter().map(|c| c[hour]).collect();
            if values.iter().filter(|x| **x > 0.0).count() * 2 >= DAYS {
                hours += 1.0;
                inside += in_the_middle(&values, *value);
            }
        }
        by_day.push((hours, inside));
    }
    share_over_days(&by_day)
}

/// The share of the ranks which a value may have among others that lie in their middle 80 %.
fn in_the_middle(values: &[f64], value: f64) -> f64 {
    let ranks = values.len() as f64 + 1.0;
    let low = values.iter().filter(|x| **x < value).count() as f64 / ranks;
    let high = (values.iter().filter(|x| **x <= value).count() as f64 + 1.0) / ranks;
    (high.min(0.9) - low.max(0.1)).max(0.0) / (high - low)
}

/// The 97.5 % quantile of Student's t.
fn student_quantile(degrees: f64) -> f64 {
    StudentsT::new(0.0, 1.0, degrees).map_or(f64::NAN, |law| law.inverse_cdf(0.975))
}

/// Hours and those inside, day by day, as a share with its interval.
fn share_over_days(by_day: &[(f64, f64)]) -> Coverage {
    let days: Vec<(f64, f64)> = by_day.iter().copied().filter(|(hours, _)| *hours > 0.0).collect();
    let (hours, inside) = days.iter().fold((0.0, 0.0), |(h, i), d| (h + d.0, i + d.1));
    let n = days.len() as f64;
    let share = inside / hours;
    let squares: f64 = days.iter().map(|(h, i)| (i - share * h).powi(2)).sum();
    let half_width = if days.len() < 2 {
        f64::NAN
    } else {
        student_quantile(n - 1.0) * (n / (n - 1.0) * squares).sqrt() / hours
    };
    Coverage { days: days.len(), hours: hours as usize, inside, half_width }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn energy_is_kept_and_put_where_it_is_charged() {
        let mut curve = [0.0; HOURS];
        add(&mut curve, 8.5, 11.0, 11.0);
        assert_eq!((curve[8], curve[9], curve.iter().sum::<f64>()), (5.5, 5.5, 11.0));
        assert_eq!([standard_kw(10.0, 2.0), standard_kw(3.0, 1.0)], [7.4, 3.7]);
    }

    #[test]
    fn a_value_counts_by_the_ranks_that_it_may_have() {
        let values: Vec<f64> = (0..99).map(f64::from).collect();
        // Ranks 10 to 89 of 100 are the middle; without ties a value has one rank.
        for (value, share) in [(8.5, 0.0), (9.5, 1.0), (50.5, 1.0), (89.5, 0.0)] {
            assert!((in_the_middle(&values, value) - share).abs() < 1e-9, "{value}");
        }
        // 59 of 99 are zero: zero has ranks 0 to 59 of 100, of which 10 to 59 are in the middle.
        let many: Vec<f64> = (0..99).map(|k| f64::from((k - 58).max(0))).collect();
        assert!((in_the_middle(&many, 0.0) - 50.0 / 60.0).abs() < 1e-9);
    }

    #[test]
    fn the_interval_of_the_share_is_that_of_days() {
        // Two days that agree leave no doubt, two that do not leave all of it.
        let sure = share_over_days(&[(10.0, 8.0), (10.0, 8.0), (0.0, 0.0)]);
        assert_eq!((sure.days, sure.hours, sure.half_width), (2, 20, 0.0));
        let open = share_over_days(&[(10.0, 10.0), (10.0, 6.0)]);
        // t of one degree of freedom is 12.706; (2 x (4 + 4))^(1/2) / 20 = 0.2.
        assert!((open.share() - 0.8).abs() < 1e-12 && (open.half_width - 2.541).abs() < 1e-3);
        assert!(share_over_days(&[(10.0, 10.0)]).half_width.is_nan());
    }
}
