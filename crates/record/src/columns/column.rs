//! The values of one column, those that are null left out.
//!
//! Half of the cells of a wide table are null. So only the values that are there are kept, and one
//! bit per row says which rows have one: that is also how a Parquet page says it.

use super::cell::Cell;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A column under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "T: Cell")]
pub(crate) struct Column<T> {
    /// The values that are not null.
    #[serde(serialize_with = "save", deserialize_with = "restore")]
    values: Vec<T>,
    rows: Rows,
}

/// Which rows have a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Rows {
    /// All: the column has no null.
    All,
    /// Those whose bit is set, the lowest bit of the first byte first; bits behind the last row are
    /// not.
    Some { bits: Vec<u8>, count: usize },
}

/// The rows of one page.
pub(crate) struct Page<'a, T> {
    /// How many there are.
    pub rows: usize,
    /// The bits that say which have a value; none in a column without nulls.
    pub bits: Option<&'a [u8]>,
    /// The values that are not null.
    pub values: &'a [T],
}

impl<T: Cell> Column<T> {
    /// An empty column.
    pub fn new(nullable: bool) -> Self {
        let rows = if nullable { Rows::Some { bits: Vec::new(), count: 0 } } else { Rows::All };
        Self { values: Vec::new(), rows }
    }
    /// How many rows there are.
    pub fn len(&self) -> usize {
        match &self.rows {
            Rows::All => self.values.len(),
            Rows::Some { count, .. } => *count,
        }
    }
    /// The values that are not null.
    pub fn values(&self) -> &[T] {
        &self.values
    }
    /// Whether it may hold nulls.
    pub fn is_nullable(&self) -> bool {
        self.rows != Rows::All
    }
    /// Forgets the rows and keeps their memory.
    pub fn clear(&mut self) {
        self.values.clear();
        if let Rows::Some { bits, count } = &mut self.rows {
            bits.clear();
            *count = 0;
        }
    }
    /// Appends one row.
    pub fn push(&mut self, value: T) {
        self.extend(&[value], |value| *value);
    }
    /// Appends rows to a column without nulls.
    pub fn extend_present(&mut self, values: impl Iterator<Item = T>) {
        match self.rows {
            Rows::All => self.values.extend(values),
            Rows::Some { .. } => {
                unreachable!("invariant: only columns without nulls are filled like this")
            }
        }
    }
    /// Appends rows, each with its value or null.
    pub fn extend<R>(&mut self, rows: &[R], value: impl Fn(&R) -> T) {
        let Rows::Some { bits, count } = &mut self.rows else {
            return self.values.extend(rows.iter().map(value));
        };
        let mut end = self.values.len();
        self.values.resize(end + rows.len() + 1, T::NULL);
        for rows in rows.chunks(MOST_BITS) {
            let (eights, rest) = rows.as_chunks::<8>();
            let (mut mask, mut place) = (0, 0);
            for eight in eights {
                let cells: [T; 8] = std::array::from_fn(|i| value(&eight[i]));
                let present = (0..8).fold(0, |bits, i| bits | u64::from(!cells[i].is_null()) << i);
                // Like follows like: mostly all of them have a value, or none.
                match present {
                    0 => {}
                    0xff => {
                        self.values[end..][..8].copy_from_slice(&cells);
                        end += 8;
                    }
                    _ => cells.into_iter().for_each(|cell| keep(&mut self.values, &mut end, cell)),
                }
                mask |= present << place;
                place += 8;
            }
            for row in rest {
                let cell = value(row);
                mask |= u64::from(!cell.is_null()) << place;
                keep(&mut self.values, &mut end, cell);
                place += 1;
            }
            append_bits(bits, *count, mask, rows.len());
            *count += rows.len();
        }
        self.values.truncate(end);
    }
    /// All rows, as a page shows them.
    pub fn page(&self) -> Page<'_, T> {
        let bits = match &self.rows {
            Rows::All => None,
            Rows::Some { bits, .. } => Some(&bits[..]),
        };
        Page { rows: self.len(), bits, values: &self.values }
    }
    /// Every row, null or not.
    #[cfg(test)]
    pub fn cells(&self) -> Vec<Option<T>> {
        let mut values = self.values.iter();
        let has_value = |row: usize| match &self.rows {
            Rows::All => true,
            Rows::Some { bits, .. } => bits[row / 8] >> (row % 8) & 1 == 1,
        };
        (0..self.len())
            .map(|row| {
                has_value(row).then(|| *values.next().expect("invariant: a value per set bit"))
            })
            .collect()
    }
}

/// Keeps a value unless it is null; without a branch, where that cannot be foreseen: a null is
/// written too, and overwritten next.
#[inline]
fn keep<T: Cell>(values: &mut [T], end: &mut usize, cell: T) {
    values[*end] = cell;
    *end += usize::from(!cell.is_null());
}

/// Bits that are appended at a time: with the rest of a begun byte they fit into a word.
const MOST_BITS: usize = 56;

/// Appends `n` bits, at most [`MOST_BITS`], to `count` others.
fn append_bits(bits: &mut Vec<u8>, count: usize, mask: u64, n: usize) {
    let begun = count % 8;
    let word = mask << begun | if begun == 0 { 0 } else { u64::from(bits.pop().unwrap_or(0)) };
    bits.extend_from_slice(&word.to_le_bytes()[..(begun + n).div_ceil(8)]);
}

impl<T: Cell> PartialEq for Column<T> {
    fn eq(&self, other: &Self) -> bool {
        let patterns = |c: &Self| c.values.iter().map(|v| v.pattern()).collect::<Vec<_>>();
        self.rows == other.rows && patterns(self) == patterns(other)
    }
}

/// Values are saved by their patterns, so that NaN survives every format.
fn save<T: Cell, S: Serializer>(values: &[T], s: S) -> Result<S::Ok, S::Error> {
    values.iter().map(|v| v.pattern()).collect::<Vec<_>>().serialize(s)
}

fn restore<'de, T: Cell, D: Deserializer<'de>>(d: D) -> Result<Vec<T>, D::Error> {
    Ok(Vec::<u64>::deserialize(d)?.into_iter().map(T::of_pattern).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_come_back_however_they_are_cut(
            runs in prop::collection::vec((prop::option::of(-5i64..5), 1usize..20), 0..60), cuts in prop::collection::vec(1usize..150, 1..20),
        ) {
            // Of values alike, so that whole eights are null or have a value.
            let cells: Vec<Option<i64>> = runs.into_iter().flat_map(|(cell, n)| std::iter::repeat_n(cell, n)).collect();
            let mut column = Column::new(true);
            let (mut left, mut cuts) = (&cells[..], cuts.into_iter().cycle());
            while !left.is_empty() {
                let (now, later) = left.split_at(cuts.next().unwrap_or(1).min(left.len()));
                column.extend(now, |c| c.unwrap_or(i64::NULL));
                left = later;
            }
            prop_assert_eq!(column.cells(), cells.clone());
            prop_assert_eq!(column.page().rows, cells.len());
            prop_assert_eq!(column.page().values, cells.iter().flatten().copied().collect::<Vec<_>>());
            let saved = postcard::to_allocvec(&column).expect("plain numbers");
            prop_assert_eq!(postcard::from_bytes::<Column<i64>>(&saved).expect("just saved"), column);
        }
    }

    #[test]
    fn a_column_without_nulls_keeps_every_value() {
        let mut column = Column::new(false);
        column.extend(&[1.0, f64::NAN], |x| *x);
        column.extend_present([2.0, 2.0].into_iter());
        assert_eq!((column.len(), column.values().len()), (4, 4));
        assert!(column.page().bits.is_none() && column.page().rows == 4);
    }
}
