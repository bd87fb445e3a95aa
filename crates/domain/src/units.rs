//! Physical and monetary quantities as newtypes over `f64`, and money as integer micro-CNY.
//!
//! One line per conversion rule, at the foot of this file; a product that is not listed there has
//! no meaning here. Bulk arrays inside solvers stay plain `f64` with the unit last in the name
//! (`power_kw_max`).

use crate::nearest::nearest;
use serde::{Deserialize, Serialize};
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub, SubAssign};

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident, $unit:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub f64);

        impl $name {
            /// Nothing of it.
            pub const ZERO: Self = Self(0.0);
            /// The unit's symbol.
            pub const UNIT: &str = $unit;
            /// The plain number.
            pub const fn value(self) -> f64 { self.0 }
            /// The smaller of two.
            pub fn min(self, other: Self) -> Self { Self(self.0.min(other.0)) }
            /// The larger of two.
            pub fn max(self, other: Self) -> Self { Self(self.0.max(other.0)) }
            /// Held between two bounds.
            pub fn clamp(self, low: Self, high: Self) -> Self { Self(self.0.clamp(low.0, high.0)) }
            /// Without its sign.
            pub fn abs(self) -> Self { Self(self.0.abs()) }
        }
        impl Add for $name { type Output = Self; fn add(self, o: Self) -> Self { Self(self.0 + o.0) } }
        impl Sub for $name { type Output = Self; fn sub(self, o: Self) -> Self { Self(self.0 - o.0) } }
        impl Neg for $name { type Output = Self; fn neg(self) -> Self { Self(-self.0) } }
        impl AddAssign for $name { fn add_assign(&mut self, o: Self) { self.0 += o.0; } }
        impl SubAssign for $name { fn sub_assign(&mut self, o: Self) { self.0 -= o.0; } }
        impl Mul<f64> for $name { type Output = Self; fn mul(self, k: f64) -> Self { Self(self.0 * k) } }
        impl Mul<$name> for f64 { type Output = $name; fn mul(self, q: $name) -> $name { $name(self * q.0) } }
        impl Div<f64> for $name { type Output = Self; fn div(self, k: f64) -> Self { Self(self.0 / k) } }
        impl Div for $name { type Output = f64; fn div(self, o: Self) -> f64 { self.0 / o.0 } }
        impl Sum for $name { fn sum<I: Iterator<Item = Self>>(it: I) -> Self { it.fold(Self::ZERO, Add::add) } }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { write!(f, "{} {}", self.0, $unit) }
        }
    };
}

quantity!(/// Active power \[kW\].
    Kw, "kW");
quantity!(/// Reactive power \[kvar\].
    Kvar, "kvar");
quantity!(/// Energy \[kWh\].
    Kwh, "kWh");
quantity!(/// A duration in hours \[h\], for products with power; instants and deadlines are [`crate::Time`].
    Hours, "h");
quantity!(/// A price of energy \[CNY/kWh\].
    Price, "CNY/kWh");
quantity!(/// An amount of money as a real number \[CNY\]: for expectations and utilities, never for a ledger.
    Cny, "CNY");
quantity!(/// Mass of carbon dioxide \[kg\].
    KgCo2, "kg");
quantity!(/// Voltage magnitude relative to nominal \[p.u.\].
    PerUnit, "p.u.");

/// Money in the ledger: a whole number of micro-CNY, so that sums are exact.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct MicroCny(pub i64);

impl MicroCny {
    /// No money.
    pub const ZERO: Self = Self(0);
    /// Rounded to the nearest micro-CNY, halves away from zero.
    ///
    /// ```
    /// assert_eq!(domain::MicroCny::from_cny(domain::Cny(1.25)).0, 1_250_000);
    /// ```
    pub fn from_cny(c: Cny) -> Self {
        Self(nearest(c.0 * 1e6))
    }
    /// As a real number of CNY.
    pub fn cny(self) -> Cny {
        Cny(self.0 as f64 / 1e6)
    }
    /// A share of the amount, rounded to the nearest micro-CNY.
    pub fn share(self, k: f64) -> Self {
        Self(nearest(self.0 as f64 * k))
    }
    /// The smaller of two.
    pub fn min(self, o: Self) -> Self {
        Self(self.0.min(o.0))
    }
    /// The larger of two.
    pub fn max(self, o: Self) -> Self {
        Self(self.0.max(o.0))
    }
}
impl Add for MicroCny {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        Self(self.0 + o.0)
    }
}
impl Sub for MicroCny {
    type Output = Self;
    fn sub(self, o: Self) -> Self {
        Self(self.0 - o.0)
    }
}
impl Neg for MicroCny {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}
impl AddAssign for MicroCny {
    fn add_assign(&mut self, o: Self) {
        self.0 += o.0;
    }
}
impl SubAssign for MicroCny {
    fn sub_assign(&mut self, o: Self) {
        self.0 -= o.0;
    }
}
impl Sum for MicroCny {
    fn sum<I: Iterator<Item = Self>>(it: I) -> Self {
        it.fold(Self::ZERO, Add::add)
    }
}

// The conversion rules.
impl Mul<Hours> for Kw {
    type Output = Kwh;
    fn mul(self, h: Hours) -> Kwh {
        Kwh(self.0 * h.0)
    }
}
impl Div<Hours> for Kwh {
    type Output = Kw;
    fn div(self, h: Hours) -> Kw {
        Kw(self.0 / h.0)
    }
}
impl Div<Kw> for Kwh {
    type Output = Hours;
    fn div(self, p: Kw) -> Hours {
        Hours(self.0 / p.0)
    }
}
impl Mul<Price> for Kwh {
    type Output = Cny;
    fn mul(self, p: Price) -> Cny {
        Cny(self.0 * p.0)
    }
}
impl Mul<Kwh> for Price {
    type Output = Cny;
    fn mul(self, e: Kwh) -> Cny {
        Cny(self.0 * e.0)
    }
}
impl Div<Kwh> for Cny {
    type Output = Price;
    fn div(self, e: Kwh) -> Price {
        Price(self.0 / e.0)
    }
}
