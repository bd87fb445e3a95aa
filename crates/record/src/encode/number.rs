//! Numbers, as the encodings see them.

use crate::columns::Cell;
use parquet::file::statistics::Statistics;

/// A number: something that can be a Parquet value by itself.
pub(super) trait Number: Cell + PartialOrd {
    /// Bytes of a value.
    const WIDTH: usize;
    /// Appends the value's bytes, lowest first.
    fn put(self, out: &mut Vec<u8>);
    /// The value as a whole number.
    fn whole(self) -> i64;
    /// The difference to an earlier value, wrapping around in the type's width.
    fn minus(self, earlier: Self) -> i64;
    /// The difference of two differences, from the smaller one, in the type's width.
    fn spread(difference: i64, least: i64) -> u64;
    /// The range of no values: its ends are the wrong way round.
    const NO_RANGE: (Self, Self);
    /// Smallest and largest value, without NaN; none if there is none.
    fn range(values: &[Self]) -> Option<(Self, Self)>;
    /// A range that was [widened](widen) from none.
    fn closed(range: (Self, Self)) -> Option<(Self, Self)> {
        (range.0 <= range.1).then_some(range)
    }
    /// How many NaN there are, if the type has any.
    fn nan_count(values: &[Self]) -> Option<u64>;
    /// The statistics of a column chunk.
    fn statistics(range: Option<(Self, Self)>, nulls: u64, nan: Option<u64>) -> Statistics;
}

/// Takes a value into a range, unless it is NaN.
#[inline]
pub(super) fn widen<T: Number>(range: &mut (T, T), x: T) {
    range.0 = if x < range.0 { x } else { range.0 };
    range.1 = if x > range.1 { x } else { range.1 };
}

/// Smallest and largest in one pass, in four lanes, so that comparisons need not wait for each
/// other.
fn whole_range<T: Copy + Ord>(values: &[T]) -> Option<(T, T)> {
    let first = *values.first()?;
    let (mut lows, mut highs) = ([first; 4], [first; 4]);
    let (fours, rest) = values.as_chunks::<4>();
    for four in fours {
        for (lane, x) in four.iter().enumerate() {
            lows[lane] = lows[lane].min(*x);
            highs[lane] = highs[lane].max(*x);
        }
    }
    let low = rest.iter().chain(&lows).copied().min()?;
    let high = rest.iter().chain(&highs).copied().max()?;
    Some((low, high))
}

impl Number for i32 {
    const WIDTH: usize = 4;
    const NO_RANGE: (Self, Self) = (Self::MAX, Self::MIN);
    fn put(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }
    fn whole(self) -> i64 {
        i64::from(self)
    }
    fn minus(self, earlier: Self) -> i64 {
        i64::from(self.wrapping_sub(earlier))
    }
    fn spread(difference: i64, least: i64) -> u64 {
        u64::from((difference - least) as u32)
    }
    fn range(values: &[Self]) -> Option<(Self, Self)> {
        whole_range(values)
    }
    fn nan_count(_: &[Self]) -> Option<u64> {
        None
    }
    fn statistics(range: Option<(Self, Self)>, nulls: u64, _: Option<u64>) -> Statistics {
        Statistics::int32(range.map(|r| r.0), range.map(|r| r.1), None, Some(nulls), false)
    }
}

impl Number for i64 {
    const WIDTH: usize = 8;
    const NO_RANGE: (Self, Self) = (Self::MAX, Self::MIN);
    fn put(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }
    fn whole(self) -> i64 {
        self
    }
    fn minus(self, earlier: Self) -> i64 {
        self.wrapping_sub(earlier)
    }
    fn spread(difference: i64, least: i64) -> u64 {
        difference.wrapping_sub(least) as u64
    }
    fn range(values: &[Self]) -> Option<(Self, Self)> {
        whole_range(values)
    }
    fn nan_count(_: &[Self]) -> Option<u64> {
        None
    }
    fn statistics(range: Option<(Self, Self)>, nulls: u64, _: Option<u64>) -> Statistics {
        Statistics::int64(range.map(|r| r.0), range.map(|r| r.1), None, Some(nulls), false)
    }
}

impl Number for f64 {
    const WIDTH: usize = 8;
    const NO_RANGE: (Self, Self) = (Self::INFINITY, Self::NEG_INFINITY);
    fn put(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }
    fn whole(self) -> i64 {
        unreachable!("invariant: reals are not encoded as differences")
    }
    fn minus(self, _: Self) -> i64 {
        unreachable!("invariant: reals are not encoded as differences")
    }
    fn spread(_: i64, _: i64) -> u64 {
        unreachable!("invariant: reals are not encoded as differences")
    }
    fn range(values: &[Self]) -> Option<(Self, Self)> {
        // Eight lanes, so that comparisons need not wait for each other.
        let (mut lows, mut highs) = ([Self::INFINITY; 8], [Self::NEG_INFINITY; 8]);
        let mut take = |lane: usize, x: Self| {
            lows[lane] = if x < lows[lane] { x } else { lows[lane] };
            highs[lane] = if x > highs[lane] { x } else { highs[lane] };
        };
        let (eights, rest) = values.as_chunks::<8>();
        for eight in eights {
            for (lane, x) in eight.iter().enumerate() {
                take(lane, *x);
            }
        }
        for x in rest {
            take(0, *x);
        }
        let low = lows.into_iter().fold(Self::INFINITY, Self::min);
        let high = highs.into_iter().fold(Self::NEG_INFINITY, Self::max);
        Self::closed((low, high))
    }
    fn closed((low, high): (Self, Self)) -> Option<(Self, Self)> {
        // The two zeros are equal for readers that compare values and different for readers that
        // compare signs.
        (low <= high)
            .then_some((if low == 0.0 { -0.0 } else { low }, if high == 0.0 { 0.0 } else { high }))
    }
    fn nan_count(values: &[Self]) -> Option<u64> {
        Some(values.iter().map(|x| u64::from(x.is_nan())).sum())
    }
    fn statistics(range: Option<(Self, Self)>, nulls: u64, nan: Option<u64>) -> Statistics {
        match Statistics::double(range.map(|r| r.0), range.map(|r| r.1), None, Some(nulls), false) {
            Statistics::Double(s) => Statistics::Double(s.with_nan_count(nan)),
            other => other,
        }
    }
}
