//! Nulls apart: which rows of a page have a value, and the values.

use super::bits::{put_run, put_varint};
use super::number::Cells;

/// The definition levels of a page and its values without nulls; `kept` is memory to use.
///
/// A page of a column without nulls has no levels.
pub(super) fn leave_out_nulls<'a, T: Cells>(page: &'a [T], nullable: bool, kept: &'a mut Vec<T>) -> (Vec<u8>, &'a [T]) {
    if !nullable {
        return (Vec::new(), page);
    }
    if page.iter().all(|value| !value.is_null()) {
        return (uniform_levels(page.len(), true), page);
    }
    let levels = separate(page, kept);
    if kept.is_empty() { (uniform_levels(page.len(), false), kept) } else { (levels, kept) }
}

/// Keeps the values that are not null, and returns the definition levels: one bit per row, 0 for null, as a hybrid of packed bits.
fn separate<T: Cells>(page: &[T], kept: &mut Vec<T>) -> Vec<u8> {
    let groups = page.len().div_ceil(8);
    let mut levels = Vec::with_capacity(groups + 16);
    levels.extend_from_slice(&[0; LENGTH_BYTES]);
    put_varint((groups as u64) << 1 | 1, &mut levels);
    // Without branches, since nulls cannot be foreseen: a null is written too, and overwritten by the next value.
    kept.resize(page.len() + 1, page[0]);
    let mut n = 0;
    for eight in page.chunks(8) {
        let mut byte = 0;
        for (i, value) in eight.iter().enumerate() {
            let keep = !value.is_null();
            kept[n] = *value;
            n += usize::from(keep);
            byte |= u8::from(keep) << i;
        }
        levels.push(byte);
    }
    kept.truncate(n);
    with_length(levels)
}

/// The definition levels of a page without nulls, or of nulls only.
fn uniform_levels(rows: usize, present: bool) -> Vec<u8> {
    let mut levels = vec![0; LENGTH_BYTES];
    put_run(u64::from(present), rows, 1, &mut levels);
    with_length(levels)
}

/// Levels have their length before them, in so many bytes.
const LENGTH_BYTES: usize = 4;

fn with_length(mut levels: Vec<u8>) -> Vec<u8> {
    let length = (levels.len() - LENGTH_BYTES) as u32;
    levels[..LENGTH_BYTES].copy_from_slice(&length.to_le_bytes());
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(page: &[i32], nullable: bool, levels: &[u8], values: &[i32]) {
        let mut kept = vec![5; 3];
        assert_eq!(leave_out_nulls(page, nullable, &mut kept), (levels.to_vec(), values));
    }

    #[test]
    fn levels_are_runs_or_bits() {
        const NULL: i32 = i32::MIN;
        check(&[NULL, 7], false, &[], &[NULL, 7]);
        // Two bytes: a run of 3 ones (3 << 1), then the level.
        check(&[1, 2, 3], true, &[2, 0, 0, 0, 6, 1], &[1, 2, 3]);
        check(&[NULL, NULL], true, &[2, 0, 0, 0, 4, 0], &[]);
        // One group of eight bits (1 << 1 | 1): rows 1 and 3 have values.
        check(&[NULL, 7, NULL, 9], true, &[2, 0, 0, 0, 3, 0b1010], &[7, 9]);
    }
}
