//! Bit packing, variable-length numbers and Parquet's hybrid of runs and packed bits.

/// Bits needed for numbers up to `largest`.
pub(super) fn width_of(largest: u64) -> u32 {
    64 - largest.leading_zeros()
}

/// Appends a number in base 128, lowest digits first.
pub(super) fn put_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a signed number as 0, -1, 1, -2, 2, ... in base 128.
pub(super) fn put_zigzag(value: i64, out: &mut Vec<u8>) {
    put_varint(((value << 1) ^ (value >> 63)) as u64, out);
}

/// Appends numbers of `width` bits each, lowest bits first, and fills the last byte with zeros.
pub(super) fn pack<T: Copy + Into<u64>>(values: &[T], width: u32, out: &mut Vec<u8>) {
    let (eights, rest) = if width <= 16 { values.as_chunks::<8>() } else { (&[][..], values) };
    for eight in eights {
        // Eight numbers fill whole bytes: four at a time, for which there is room in a word.
        let four = |from: usize| {
            (0..4).fold(0_u64, |word, i| word | eight[from + i].into() << (i as u32 * width))
        };
        let bits = u128::from(four(0)) | u128::from(four(4)) << (4 * width);
        let end = out.len() + width as usize;
        out.extend_from_slice(&bits.to_le_bytes());
        out.truncate(end);
    }
    let (mut waiting, mut bits) = (0u128, 0);
    for value in rest {
        waiting |= u128::from((*value).into()) << bits;
        bits += width;
        if bits >= 64 {
            out.extend_from_slice(&(waiting as u64).to_le_bytes());
            waiting >>= 64;
            bits -= 64;
        }
    }
    out.extend_from_slice(&waiting.to_le_bytes()[..bits.div_ceil(8) as usize]);
}

/// Appends a hybrid of one run: `n` times the same number of `width` bits.
pub(super) fn put_run(value: u64, n: usize, width: u32, out: &mut Vec<u8>) {
    put_varint((n as u64) << 1, out);
    out.extend_from_slice(&value.to_le_bytes()[..width.div_ceil(8) as usize]);
}

/// Appends a hybrid of packed bits only: numbers of `width` bits, filled up with zeros to a
/// multiple of eight.
pub(super) fn put_packed(values: &[u32], width: u32, out: &mut Vec<u8>) {
    let groups = values.len().div_ceil(8);
    put_varint((groups as u64) << 1 | 1, out);
    let end = out.len() + groups * width as usize;
    pack(values, width, out);
    out.resize(end, 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_packed_lowest_bits_first() {
        // The format's own example: 0..=7 in 3 bits are 10001000 11000110 11111010.
        let mut out = Vec::new();
        pack(&[0_u32, 1, 2, 3, 4, 5, 6, 7], 3, &mut out);
        assert_eq!(out, [0b1000_1000, 0b1100_0110, 0b1111_1010]);
    }

    #[test]
    fn wide_numbers_keep_all_bits() {
        let mut out = Vec::new();
        pack(&[u64::MAX, 1], 64, &mut out);
        assert_eq!(out, [[0xff; 8], [1, 0, 0, 0, 0, 0, 0, 0]].concat());
        out.clear();
        // 33 bits: 1, then 2 begins at bit 33 of the stream, so bit 34 = bit 2 of the fifth byte.
        pack(&[1_u64, 2], 33, &mut out);
        assert_eq!(out, [1, 0, 0, 0, 4, 0, 0, 0, 0]);
    }

    #[test]
    fn eights_and_what_is_left_lie_behind_each_other() {
        for width in 1..=40 {
            let values: Vec<u64> =
                (0..21).map(|i| (i * 0x9E37_79B9_7F4A) & ((1 << width) - 1)).collect();
            let mut out = Vec::new();
            pack(&values, width, &mut out);
            let bit = |i: usize| u64::from(out[i / 8] >> (i % 8) & 1);
            let back = |k: usize| {
                (0..width as usize).fold(0, |value, i| value | bit(k * width as usize + i) << i)
            };
            assert_eq!((0..21).map(back).collect::<Vec<_>>(), values, "{width} bits");
            assert_eq!(out.len(), (21 * width as usize).div_ceil(8));
        }
    }

    #[test]
    fn variable_length_numbers_follow_the_format() {
        let mut out = Vec::new();
        put_varint(300, &mut out);
        put_zigzag(-2, &mut out);
        put_zigzag(i64::MAX, &mut out);
        assert_eq!(out[..3], [0xac, 0x02, 3]);
        assert_eq!(out[3..], [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]);
    }
}
