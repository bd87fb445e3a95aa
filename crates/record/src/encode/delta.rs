//! DELTA_BINARY_PACKED: differences of neighbours, less the smallest of their block, bit-packed.
//!
//! Blocks of 128 values in 4 miniblocks of 32 (Parquet format, Encodings.md).

use super::bits::{pack, put_varint, put_zigzag, width_of};
use super::number::Number;

const BLOCK: usize = 128;
const MINIBLOCK: usize = 32;

/// Appends whole numbers.
pub(super) fn put_delta<T: Number>(values: &[T], out: &mut Vec<u8>) {
    put_varint(BLOCK as u64, out);
    put_varint((BLOCK / MINIBLOCK) as u64, out);
    put_varint(values.len() as u64, out);
    let Some((first, rest)) = values.split_first() else { return put_zigzag(0, out) };
    put_zigzag(first.whole(), out);
    let mut last = *first;
    for block in rest.chunks(BLOCK) {
        let mut differences = [0; BLOCK];
        for (difference, value) in differences.iter_mut().zip(block) {
            *difference = value.minus(last);
            last = *value;
        }
        put_block::<T>(&differences[..block.len()], out);
    }
}

fn put_block<T: Number>(differences: &[i64], out: &mut Vec<u8>) {
    let least = differences.iter().copied().min().unwrap_or(0);
    put_zigzag(least, out);
    let widths = out.len();
    out.extend_from_slice(&[0; BLOCK / MINIBLOCK]);
    for (i, miniblock) in differences.chunks(MINIBLOCK).enumerate() {
        // A short miniblock is filled up with zeros.
        let mut spreads = [0; MINIBLOCK];
        spreads.iter_mut().zip(miniblock).for_each(|(s, d)| *s = T::spread(*d, least));
        let width = width_of(spreads.iter().fold(0, |all, s| all | s));
        out[widths + i] = width as u8;
        if width > 0 {
            pack(&spreads, width, out);
        }
    }
}
