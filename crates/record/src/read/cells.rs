//! Arrow arrays into cells.

use super::Cell;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit};

/// The cells of an array, or none if its type is not read.
pub(super) fn cells(array: &ArrayRef) -> Option<Vec<Cell>> {
    Some(match array.data_type() {
        DataType::Int8 => numbers::<Int8Type>(array, f64::from),
        DataType::Int16 => numbers::<Int16Type>(array, f64::from),
        DataType::Int32 => numbers::<Int32Type>(array, f64::from),
        DataType::Int64 => numbers::<Int64Type>(array, |x| x as f64),
        DataType::UInt8 => numbers::<UInt8Type>(array, f64::from),
        DataType::UInt16 => numbers::<UInt16Type>(array, f64::from),
        DataType::UInt32 => numbers::<UInt32Type>(array, f64::from),
        DataType::UInt64 => numbers::<UInt64Type>(array, |x| x as f64),
        DataType::Float32 => numbers::<Float32Type>(array, f64::from),
        DataType::Float64 => numbers::<Float64Type>(array, |x| x),
        DataType::Boolean => array
            .as_boolean()
            .iter()
            .map(|x| x.map_or(Cell::Empty, |b| Cell::Text(b.to_string())))
            .collect(),
        DataType::Utf8 => texts(array.as_string::<i32>().iter()),
        DataType::LargeUtf8 => texts(array.as_string::<i64>().iter()),
        DataType::Utf8View => texts(array.as_string_view().iter()),
        DataType::Timestamp(unit, zone) => instants(array, *unit, zone.is_some()),
        DataType::Dictionary(_, _) => dictionary(array)?,
        _ => return None,
    })
}

fn numbers<T: ArrowPrimitiveType>(array: &ArrayRef, real: impl Fn(T::Native) -> f64) -> Vec<Cell> {
    array
        .as_primitive::<T>()
        .iter()
        .map(|x| x.map_or(Cell::Empty, |x| Cell::Number(real(x))))
        .collect()
}

fn texts<'a>(values: impl Iterator<Item = Option<&'a str>>) -> Vec<Cell> {
    values.map(|x| x.map_or(Cell::Empty, |t| Cell::Text(t.to_owned()))).collect()
}

fn instants(array: &ArrayRef, unit: TimeUnit, utc: bool) -> Vec<Cell> {
    let cell = |us: Option<i64>| us.map_or(Cell::Empty, |us| Cell::Instant { us, utc });
    match unit {
        TimeUnit::Second => array
            .as_primitive::<TimestampSecondType>()
            .iter()
            .map(|x| cell(x.and_then(|x| x.checked_mul(1_000_000))))
            .collect(),
        TimeUnit::Millisecond => array
            .as_primitive::<TimestampMillisecondType>()
            .iter()
            .map(|x| cell(x.and_then(|x| x.checked_mul(1000))))
            .collect(),
        TimeUnit::Microsecond => {
            array.as_primitive::<TimestampMicrosecondType>().iter().map(cell).collect()
        }
        TimeUnit::Nanosecond => array
            .as_primitive::<TimestampNanosecondType>()
            .iter()
            .map(|x| cell(x.map(|x| x.div_euclid(1000))))
            .collect(),
    }
}

fn dictionary(array: &ArrayRef) -> Option<Vec<Cell>> {
    let dictionary = array.as_any_dictionary();
    let values = cells(dictionary.values())?;
    let keys = dictionary.normalized_keys();
    Some(
        (0..array.len())
            .map(|i| if array.is_null(i) { Cell::Empty } else { values[keys[i]].clone() })
            .collect(),
    )
}
