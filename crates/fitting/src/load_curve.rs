//! The load of held-out days against the band in which simulated days lie.
//!
//! A session charges on arrival at its power until its energy is in. A simulated day has as many
//! sessions as the recorded one; the band of an hour is the middle 80 % of simulated days. Hours in
//! which simulated days hardly ever charge are not counted: zero inside [0, 0] says nothing.

use crate::kinds::KindFit;
use crate::uniforms::Uniforms;

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
    /// Hours counted.
    pub hours: usize,
    /// Of them inside the band.
    pub inside: usize,
}

impl Coverage {
    /// Share of the hours inside, 0..1; not a number without hours.
    pub fn share(self) -> f64 {
        self.inside as f64 / self.hours as f64
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
    let mut total = Coverage::default();
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
        for hour in 0..HOURS {
            let mut values: Vec<f64> = simulated.iter().map(|c| c[hour]).collect();
            values.sort_by(f64::total_cmp);
            let (low, high) = (values[DAYS / 10], values[DAYS - 1 - DAYS / 10]);
            if low > 0.0 {
                total.hours += 1;
                total.inside += usize::from((low..=high).contains(&recorded[hour]));
            }
        }
    }
    total
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
}
