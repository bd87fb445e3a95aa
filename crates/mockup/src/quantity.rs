//! What the numbers of an output are, by the unit that its description declares.

use fmi_rs::model_description::{BaseUnit, Unit};

/// What numbers are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// The description does not say it.
    Unsaid,
    /// Power \[W\].
    Watt,
    /// Temperature [degrees C].
    Celsius,
    /// A plain number.
    Share,
    /// A price per kWh.
    PerKilowattHour,
    /// A price per MWh.
    PerMegawattHour,
    /// Something else, by the name of its unit.
    Other(String),
}

/// What becomes of a value: value x factor + offset.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Conversion {
    pub factor: f64,
    pub offset: f64,
}

const AS_IT_IS: Conversion = Conversion { factor: 1.0, offset: 0.0 };
/// 0 degrees C \[K\].
const ZERO_CELSIUS: f64 = 273.15;

/// What the numbers of a variable of this unit are, and how they become W, degrees C or 1.
pub(crate) fn quantity(name: Option<&str>, units: &[Unit]) -> (Quantity, Conversion) {
    let Some(name) = name else { return (Quantity::Unsaid, AS_IT_IS) };
    let base = units.iter().find(|unit| unit.name == name).and_then(|unit| unit.baseUnit.as_ref());
    match base {
        Some(base) => of_base(name, base),
        None => of_name(name),
    }
}

/// By its SI units (FMI 3.0.2, section 2.4.3.1): base = factor x value + offset.
fn of_base(name: &str, base: &BaseUnit) -> (Quantity, Conversion) {
    let exponents = [base.kg, base.m, base.s, base.A, base.K, base.mol, base.cd, base.rad];
    let si = Conversion { factor: base.factor, offset: base.offset };
    match exponents {
        [1, 2, -3, 0, 0, 0, 0, 0] => (Quantity::Watt, si),
        [0, 0, 0, 0, 1, 0, 0, 0] => {
            (Quantity::Celsius, Conversion { offset: si.offset - ZERO_CELSIUS, ..si })
        }
        [0, 0, 0, 0, 0, 0, 0, 0] => (Quantity::Share, si),
        _ => (Quantity::Other(name.to_owned()), AS_IT_IS),
    }
}

/// By its name alone.
fn of_name(name: &str) -> (Quantity, Conversion) {
    let times = |factor| Conversion { factor, offset: 0.0 };
    match name {
        "W" => (Quantity::Watt, AS_IT_IS),
        "kW" => (Quantity::Watt, times(1e3)),
        "MW" => (Quantity::Watt, times(1e6)),
        "degC" | "°C" | "Celsius" => (Quantity::Celsius, AS_IT_IS),
        "K" => (Quantity::Celsius, Conversion { factor: 1.0, offset: -ZERO_CELSIUS }),
        "1" | "p.u." => (Quantity::Share, AS_IT_IS),
        "%" => (Quantity::Share, times(0.01)),
        "" => (Quantity::Unsaid, AS_IT_IS),
        price if price.ends_with("/kWh") => (Quantity::PerKilowattHour, AS_IT_IS),
        price if price.ends_with("/MWh") => (Quantity::PerMegawattHour, AS_IT_IS),
        other => (Quantity::Other(other.to_owned()), AS_IT_IS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(name: &str, kg: i32, m: i32, s: i32, kelvin: i32, factor: f64, offset: f64) -> Unit {
        let base = BaseUnit {
            kg,
            m,
            s,
            A: 0,
            K: kelvin,
            mol: 0,
            cd: 0,
            rad: 0,
            factor,
            offset,
            range: 0..0,
        };
        Unit { name: name.to_owned(), baseUnit: Some(base), displayUnits: Vec::new(), range: 0..0 }
    }

    #[test]
    fn numbers_are_understood_by_their_si_units_and_else_by_the_name_of_the_unit() {
        let units = [
            unit("hp", 1, 2, -3, 0, 735.5, 0.0),
            unit("degF", 0, 0, 0, 1, 5.0 / 9.0, 459.67 * 5.0 / 9.0),
            unit("kWh", 1, 2, -2, 0, 3.6e6, 0.0),
        ];
        let of = |name: &str, x: f64| {
            let (quantity, c) = quantity(Some(name), &units);
            (quantity, (x * c.factor + c.offset).round())
        };
        assert_eq!(of("hp", 2.0), (Quantity::Watt, 1471.0));
        assert_eq!(of("degF", 212.0), (Quantity::Celsius, 100.0));
        assert_eq!(of("K", 273.15), (Quantity::Celsius, 0.0));
        assert_eq!(of("MW", 3.0), (Quantity::Watt, 3e6));
        assert_eq!(of("EUR/MWh", 40.0), (Quantity::PerMegawattHour, 40.0));
        assert_eq!(of("kWh", 1.0), (Quantity::Other("kWh".to_owned()), 1.0));
        assert_eq!(quantity(None, &units).0, Quantity::Unsaid);
    }
}
