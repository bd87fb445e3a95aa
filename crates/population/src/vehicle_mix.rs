//! Which vehicles a segment drives: power classes and capacity classes (P3 Table 1).

use crate::Law;
use crate::law::LawError;
use domain::Vehicle;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Vehicles of one power.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PowerClass {
    /// Name in the tables.
    pub name: String,
    /// Share of the vehicles, 0..1.
    pub share: f64,
    /// Largest charging power \[kW\].
    pub charge_kw: f64,
    /// Largest discharging power \[kW\], 0 or more.
    pub discharge_kw: f64,
}

/// Vehicles of one range of capacities.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CapacityClass {
    /// Share of the vehicles, 0..1.
    pub share: f64,
    /// Nominal capacity \[kWh\].
    pub capacity_kwh: Law,
}

/// How power and capacity go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pairing {
    /// The larger the battery, the larger the power (our reading of Table 1: 100 kW on 20 kWh would
    /// be 5C).
    Rank,
    /// Independent draws.
    Independent,
}

/// The vehicles of a segment. Both lists go from small to large.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VehicleMix {
    /// Power classes, rising.
    pub powers: Vec<PowerClass>,
    /// Capacity classes, rising.
    pub capacities: Vec<CapacityClass>,
    /// How they are paired.
    pub pairing: Pairing,
    /// Energy stored per energy metered while charging, 0..1 (0.95).
    pub charge_efficiency: f64,
    /// Energy metered per energy taken from the battery, 0..1 (0.95).
    pub discharge_efficiency: f64,
}

/// Why a mix of vehicles cannot be drawn from.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum VehicleMixError {
    /// A list is empty.
    #[error("{list} has no entry")]
    Empty {
        /// Which list.
        list: &'static str,
    },
    /// Shares that do not sum to 1.
    #[error("the shares of {list} sum to {sum}, not to 1")]
    ShareSum {
        /// Which list.
        list: &'static str,
        /// Their sum.
        sum: f64,
    },
    /// A number outside its range.
    #[error("{field} = {value} must lie in {range}")]
    OutOfRange {
        /// Which field.
        field: &'static str,
        /// Its value.
        value: f64,
        /// Its range.
        range: &'static str,
    },
    /// Classes that do not rise, which pairing by rank needs.
    #[error(
        "{list} must go from small to large to be paired by rank; number {index} is smaller than the one before it"
    )]
    NotRising {
        /// Which list.
        list: &'static str,
        /// Which entry, from 1.
        index: usize,
    },
    /// A capacity law that is none, or that reaches 0.
    #[error("capacity class {index}: {source}")]
    Capacity {
        /// Which class, from 1.
        index: usize,
        /// What is wrong.
        source: LawError,
    },
}

impl VehicleMix {
    /// P3 Table 1: 56 % +40/-6.6 kW, 31 % +60/-12, 13 % +100/-40; 9 % 20 kWh, 23 % U(20, 30), 32 %
    /// U(30, 50), 19 % U(50, 70), 17 % U(80, 120).
    pub fn park() -> Self {
        let power = |share, charge_kw: f64, discharge_kw: f64| PowerClass {
            name: format!("+{charge_kw}/-{discharge_kw}"),
            share,
            charge_kw,
            discharge_kw,
        };
        let capacity =
            |share, low, high| CapacityClass { share, capacity_kwh: Law::uniform(low, high) };
        Self {
            powers: vec![power(0.56, 40.0, 6.6), power(0.31, 60.0, 12.0), power(0.13, 100.0, 40.0)],
            capacities: vec![
                CapacityClass { share: 0.09, capacity_kwh: Law::fixed(20.0) },
                capacity(0.23, 20.0, 30.0),
                capacity(0.32, 30.0, 50.0),
                capacity(0.19, 50.0, 70.0),
                capacity(0.17, 80.0, 120.0),
            ],
            pairing: Pairing::Rank,
            charge_efficiency: 0.95,
            discharge_efficiency: 0.95,
        }
    }

    /// P4 Table 1: half slow (30.0 kWh, 7 kW), half fast (52.5 kWh, 50 kW); no discharge.
    pub fn group() -> Self {
        let power = |name: &str, charge_kw| PowerClass {
            name: name.to_owned(),
            share: 0.5,
            charge_kw,
            discharge_kw: 0.0,
        };
        let capacity = |kwh| CapacityClass { share: 0.5, capacity_kwh: Law::fixed(kwh) };
        Self {
            powers: vec![power("slow", 7.0), power("fast", 50.0)],
            capacities: vec![capacity(30.0), capacity(52.5)],
            ..Self::park()
        }
    }

    /// The feeder's only vehicle: 50 kWh, 7 kW either way (P0 as read).
    pub fn feeder() -> Self {
        Self {
            powers: vec![PowerClass {
                name: "7 kW".to_owned(),
                share: 1.0,
                charge_kw: 7.0,
                discharge_kw: 7.0,
            }],
            capacities: vec![CapacityClass { share: 1.0, capacity_kwh: Law::fixed(50.0) }],
            ..Self::park()
        }
    }

    /// A vehicle and the number of its power class, from two uniform numbers: the first is the
    /// battery's rank among all batteries; the second decides the power where it is independent of
    /// the battery.
    ///
    /// ```
    /// let mix = population::VehicleMix::park();
    /// let mut rank = [0.96, 0.5].into_iter();
    /// let (vehicle, class) = mix.draw(&mut || rank.next().unwrap());
    /// assert_eq!(class, 2); // rank 0.96 lies above 0.56 + 0.31: 100 kW
    /// assert!((vehicle.battery_kwh - 110.588_235).abs() < 1e-6); // 80 + 40 x (0.96 - 0.83) / 0.17
    /// ```
    pub fn draw(&self, u: &mut impl FnMut() -> f64) -> (Vehicle, u16) {
        let (rank, second) = (u(), u());
        let (size, within) = pick(self.capacities.iter().map(|c| c.share), rank);
        let power_rank = match self.pairing {
            Pairing::Rank => rank,
            Pairing::Independent => second,
        };
        let (class, _) = pick(self.powers.iter().map(|p| p.share), power_rank);
        let power = &self.powers[class];
        let vehicle = Vehicle {
            battery_kwh: self.capacities[size].capacity_kwh.quantile(within),
            charge_kw: power.charge_kw,
            discharge_kw: power.discharge_kw,
            charge_efficiency: self.charge_efficiency,
            discharge_efficiency: self.discharge_efficiency,
        };
        (vehicle, class as u16)
    }

    /// Whether vehicles can be drawn.
    ///
    /// # Errors
    /// The first thing that is wrong, with its number.
    pub fn check(&self) -> Result<(), VehicleMixError> {
        check_shares("vehicle.powers", self.powers.iter().map(|p| p.share))?;
        check_shares("vehicle.capacities", self.capacities.iter().map(|c| c.share))?;
        for (field, value) in [
            ("charge_efficiency", self.charge_efficiency),
            ("discharge_efficiency", self.discharge_efficiency),
        ] {
            within(field, value, value > 0.0 && value <= 1.0, "(0, 1]")?;
        }
        for p in &self.powers {
            within(
                "charge_kw",
                p.charge_kw,
                p.charge_kw > 0.0 && p.charge_kw.is_finite(),
                "(0, inf)",
            )?;
            within(
                "discharge_kw",
                p.discharge_kw,
                p.discharge_kw >= 0.0 && p.discharge_kw.is_finite(),
                "[0, inf)",
            )?;
        }
        for (i, c) in self.capacities.iter().enumerate() {
            c.capacity_kwh
                .check()
                .map_err(|source| VehicleMixError::Capacity { index: i + 1, source })?;
            let least = c.capacity_kwh.quantile(1e-9);
            within("capacity_kwh", least, least > 0.0, "(0, inf)")?;
        }
        if self.pairing == Pairing::Rank {
            rising("vehicle.powers", self.powers.iter().map(|p| p.charge_kw))?;
            rising("vehicle.capacities", self.capacities.iter().map(|c| c.capacity_kwh.mean()))?;
        }
        Ok(())
    }

    /// Mean nominal capacity \[kWh\].
    pub fn mean_capacity_kwh(&self) -> f64 {
        self.capacities.iter().map(|c| c.share * c.capacity_kwh.mean()).sum()
    }
}

/// The class into which `u` falls, and where inside of it, in (0, 1).
fn pick(shares: impl Iterator<Item = f64>, u: f64) -> (usize, f64) {
    let mut below = 0.0;
    let mut last = (0, 0.5);
    for (i, share) in shares.enumerate() {
        if share <= 0.0 {
            continue;
        }
        if u < below + share {
            return (i, ((u - below) / share).clamp(0.0, 1.0));
        }
        // Shares that sum to a little less than 1 leave the very last u here.
        last = (i, 1.0 - f64::EPSILON);
        below += share;
    }
    last
}

fn check_shares(
    list: &'static str,
    shares: impl Iterator<Item = f64>,
) -> Result<(), VehicleMixError> {
    let (mut sum, mut count) = (0.0, 0);
    for share in shares {
        within("share", share, (0.0..=1.0).contains(&share), "[0, 1]")?;
        sum += share;
        count += 1;
    }
    if count == 0 {
        return Err(VehicleMixError::Empty { list });
    }
    if (sum - 1.0).abs() > 1e-6 { Err(VehicleMixError::ShareSum { list, sum }) } else { Ok(()) }
}

fn within(
    field: &'static str,
    value: f64,
    inside: bool,
    range: &'static str,
) -> Result<(), VehicleMixError> {
    if inside { Ok(()) } else { Err(VehicleMixError::OutOfRange { field, value, range }) }
}

fn rising(list: &'static str, values: impl Iterator<Item = f64>) -> Result<(), VehicleMixError> {
    let mut before = f64::NEG_INFINITY;
    for (i, value) in values.enumerate() {
        if value < before {
            return Err(VehicleMixError::NotRising { list, index: i + 1 });
        }
        before = value;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_1_holds_over_the_ranks() {
        let mix = VehicleMix::park();
        mix.check().expect("the published mix is whole");
        let n = 10_000;
        let drawn: Vec<_> =
            (0..n).map(|k| mix.draw(&mut || (f64::from(k) + 0.5) / f64::from(n))).collect();
        let share = |class| drawn.iter().filter(|d| d.1 == class).count() as f64 / f64::from(n);
        assert!(
            (share(0) - 0.56).abs() < 1e-3
                && (share(1) - 0.31).abs() < 1e-3
                && (share(2) - 0.13).abs() < 1e-3
        );
        // 0.09 x 20 + 0.23 x 25 + 0.32 x 40 + 0.19 x 60 + 0.17 x 100 = 48.75
        let mean = drawn.iter().map(|d| d.0.battery_kwh).sum::<f64>() / f64::from(n);
        assert!((mean - 48.75).abs() < 0.01 && (mix.mean_capacity_kwh() - 48.75).abs() < 1e-9);
        assert!(
            drawn.windows(2).all(|d| d[0].0.battery_kwh <= d[1].0.battery_kwh && d[0].1 <= d[1].1),
            "paired by rank"
        );
        // The worst rate of charge by rank: 100 kW on at least 80 kWh.
        assert!(drawn.iter().all(|d| d.1 < 2 || d.0.battery_kwh >= 80.0));
    }

    #[test]
    fn bad_mixes_are_named() {
        let mut mix = VehicleMix::park();
        mix.powers[0].share = 0.5;
        assert!(
            mix.check()
                .unwrap_err()
                .to_string()
                .starts_with("the shares of vehicle.powers sum to 0.94")
        );
        let mut mix = VehicleMix::park();
        mix.powers.reverse();
        assert_eq!(
            mix.check(),
            Err(VehicleMixError::NotRising { list: "vehicle.powers", index: 2 })
        );
        mix.pairing = Pairing::Independent;
        assert!(mix.check().is_ok());
        mix.capacities[1].capacity_kwh = Law::uniform(-5.0, 30.0);
        assert!(mix.check().unwrap_err().to_string().contains("capacity_kwh = -4.99"));
    }
}
