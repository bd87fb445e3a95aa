//! Definition levels: which rows of a page have a value.

use super::bits::{put_run, put_varint};
use crate::columns::Page;

/// Appends the definition levels of a page: one bit per row, 0 for null, as a hybrid of packed
/// bits, or of one run where all are the same.
///
/// A page of a column without nulls has no levels.
pub(super) fn put_levels<T>(page: &Page<'_, T>, out: &mut Vec<u8>) {
    let Some(bits) = page.bits else { return };
    let start = out.len();
    out.extend_from_slice(&[0; LENGTH_BYTES]);
    if page.values.is_empty() || page.values.len() == page.rows {
        put_run(u64::from(!page.values.is_empty()), page.rows, 1, out);
    } else {
        put_varint((bits.len() as u64) << 1 | 1, out);
        out.extend_from_slice(bits);
    }
    let length = (out.len() - start - LENGTH_BYTES) as u32;
    out[start..start + LENGTH_BYTES].copy_from_slice(&length.to_le_bytes());
}

/// Levels have their length before them, in so many bytes.
const LENGTH_BYTES: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::Column;

    fn check(cells: &[i32], nullable: bool, wanted: &[u8]) {
        let mut column = Column::new(nullable);
        column.extend(cells, |cell| *cell);
        let mut levels = Vec::new();
        put_levels(&column.page(), &mut levels);
        assert_eq!(levels, wanted);
    }

    #[test]
    fn levels_are_runs_or_bits() {
        const NULL: i32 = i32::MIN;
        check(&[NULL, 7], false, &[]);
        // Two bytes: a run of 3 ones (3 << 1), then the level.
        check(&[1, 2, 3], true, &[2, 0, 0, 0, 6, 1]);
        check(&[NULL, NULL], true, &[2, 0, 0, 0, 4, 0]);
        // One group of eight bits (1 << 1 | 1): rows 1 and 3 have values.
        check(&[NULL, 7, NULL, 9], true, &[2, 0, 0, 0, 3, 0b1010]);
    }
}
