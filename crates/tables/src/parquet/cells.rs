//! Arrow arrays into cells.

use crate::Cell;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type,
    Decimal256Type, DecimalType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit};

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// The cells of an array, or none if its type is not read.
pub(super) fn cells(array: &ArrayRef) -> Option<Vec<Cell>> {
    Some(match array.data_type() {
        DataType::Null => vec![Cell::Empty; array.len()],
        DataType::Int8 => each::<Int8Type>(array, |x| Cell::Whole(i64::from(x))),
        DataType::Int16 => each::<Int16Type>(array, |x| Cell::Whole(i64::from(x))),
        DataType::Int32 => each::<Int32Type>(array, |x| Cell::Whole(i64::from(x))),
        DataType::Int64 => each::<Int64Type>(array, Cell::Whole),
        DataType::UInt8 => each::<UInt8Type>(array, |x| Cell::Whole(i64::from(x))),
        DataType::UInt16 => each::<UInt16Type>(array, |x| Cell::Whole(i64::from(x))),
        DataType::UInt32 => each::<UInt32Type>(array, |x| Cell::Whole(i64::from(x))),
        DataType::UInt64 => each::<UInt64Type>(array, |x| {
            i64::try_from(x).map_or(Cell::Number(x as f64), Cell::Whole)
        }),
        DataType::Float16 => each::<Float16Type>(array, |x| Cell::Number(f64::from(x))),
        DataType::Float32 => each::<Float32Type>(array, |x| Cell::Number(f64::from(x))),
        DataType::Float64 => each::<Float64Type>(array, Cell::Number),
        DataType::Decimal32(_, scale) => decimals::<Decimal32Type>(array, *scale),
        DataType::Decimal64(_, scale) => decimals::<Decimal64Type>(array, *scale),
        DataType::Decimal128(_, scale) => decimals::<Decimal128Type>(array, *scale),
        DataType::Decimal256(_, scale) => decimals::<Decimal256Type>(array, *scale),
        DataType::Boolean => {
            array.as_boolean().iter().map(|x| x.map_or(Cell::Empty, Cell::Flag)).collect()
        }
        DataType::Utf8 => texts(array.as_string::<i32>().iter()),
        DataType::LargeUtf8 => texts(array.as_string::<i64>().iter()),
        DataType::Utf8View => texts(array.as_string_view().iter()),
        DataType::Binary => bytes(array.as_binary::<i32>().iter())?,
        DataType::LargeBinary => bytes(array.as_binary::<i64>().iter())?,
        DataType::BinaryView => bytes(array.as_binary_view().iter())?,
        DataType::Date32 => each::<Date32Type>(array, Cell::Date),
        DataType::Date64 => each::<Date64Type>(array, |ms| {
            i32::try_from(ms.div_euclid(DAY_MS)).map_or(Cell::Empty, Cell::Date)
        }),
        DataType::Timestamp(unit, zone) => instants(array, *unit, zone.is_some()),
        DataType::Dictionary(_, _) => dictionary(array)?,
        _ => return None,
    })
}

fn each<T: ArrowPrimitiveType>(array: &ArrayRef, cell: impl Fn(T::Native) -> Cell) -> Vec<Cell> {
    array.as_primitive::<T>().iter().map(|x| x.map_or(Cell::Empty, &cell)).collect()
}

/// A decimal is the number that its digits say: 0.1 is 0.1 and not 1 times 0.1.
fn decimals<T: DecimalType>(array: &ArrayRef, scale: i8) -> Vec<Cell> {
    each::<T>(array, |x| {
        let shown = T::format_decimal(x, T::MAX_PRECISION, scale);
        shown.parse().map_or(Cell::Text(shown), Cell::Number)
    })
}

fn texts<'a>(values: impl Iterator<Item = Option<&'a str>>) -> Vec<Cell> {
    values
        .map(|x| match x.map(str::trim) {
            None | Some("") => Cell::Empty,
            Some(text) => Cell::Text(text.to_owned()),
        })
        .collect()
}

/// Bytes that are text, as some writers store it.
fn bytes<'a>(values: impl Iterator<Item = Option<&'a [u8]>>) -> Option<Vec<Cell>> {
    let values: Option<Vec<Option<&str>>> = values
        .map(|x| match x {
            None => Some(None),
            Some(bytes) => std::str::from_utf8(bytes).ok().map(Some),
        })
        .collect();
    values.map(|v| texts(v.into_iter()))
}

fn instants(array: &ArrayRef, unit: TimeUnit, utc: bool) -> Vec<Cell> {
    let cell = |us: Option<i64>| us.map_or(Cell::Empty, |us| Cell::Instant { us, utc });
    match unit {
        TimeUnit::Second => each::<TimestampSecondType>(array, |x| cell(x.checked_mul(1_000_000))),
        TimeUnit::Millisecond => {
            each::<TimestampMillisecondType>(array, |x| cell(x.checked_mul(1000)))
        }
        TimeUnit::Microsecond => each::<TimestampMicrosecondType>(array, |x| cell(Some(x))),
        TimeUnit::Nanosecond => {
            each::<TimestampNanosecondType>(array, |x| cell(Some(x.div_euclid(1000))))
        }
    }
}

fn dictionary(array: &ArrayRef) -> Option<Vec<Cell>> {
    let dictionary = array.as_any_dictionary();
    let values = cells(dictionary.values())?;
    if values.is_empty() {
        return Some(vec![Cell::Empty; array.len()]);
    }
    let keys = dictionary.normalized_keys();
    Some(
        (0..array.len())
            .map(|i| match values.get(keys[i]) {
                Some(value) if !array.is_null(i) => value.clone(),
                _ => Cell::Empty,
            })
            .collect(),
    )
}
