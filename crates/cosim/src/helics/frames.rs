//! What a federate says at a meeting, cut into messages of bounded size, and put together again.
//!
//! A frame: number of the meeting (8 bytes), number of the piece, count of pieces (4 bytes each),
//! the piece.

use std::collections::BTreeMap;

/// Bytes before it.
const HEAD: usize = 16;
/// Pieces at the most: 1 GB of the smallest.
const PIECES: u32 = 1 << 22;

/// Several words as one: their lengths (8 bytes each), then the words.
pub fn bundle(words: &[Vec<u8>]) -> Vec<u8> {
    let lengths = words.iter().flat_map(|word| (word.len() as u64).to_be_bytes());
    lengths.chain(words.iter().flatten().copied()).collect()
}

/// So many words out of one.
///
/// # Errors
/// If it is another number of words, or some are cut off.
pub fn unbundle(bytes: &[u8], count: usize) -> Result<Vec<Vec<u8>>, String> {
    let strange = || format!("{} bytes are not {count} words", bytes.len());
    let (lengths, mut rest) = bytes.split_at_checked(8 * count).ok_or_else(strange)?;
    let mut words = Vec::with_capacity(count);
    for length in lengths.chunks_exact(8) {
        let length = length.iter().fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
        let length = usize::try_from(length).map_err(|_| strange())?;
        let (word, after) = rest.split_at_checked(length).ok_or_else(strange)?;
        words.push(word.to_vec());
        rest = after;
    }
    if rest.is_empty() { Ok(words) } else { Err(strange()) }
}

/// Cuts a word into frames with pieces of so many bytes.
pub fn cut(meeting: u64, word: &[u8], room: usize) -> Vec<Vec<u8>> {
    let count = word.len().div_ceil(room).max(1) as u32;
    let piece = |i: u32| {
        let from = (i as usize * room).min(word.len());
        let piece = &word[from..(from + room).min(word.len())];
        let mut frame = Vec::with_capacity(HEAD + piece.len());
        frame.extend(meeting.to_be_bytes());
        frame.extend(i.to_be_bytes());
        frame.extend(count.to_be_bytes());
        frame.extend(piece);
        frame
    };
    (0..count).map(piece).collect()
}

/// Frames of one sender on their way to become words.
#[derive(Debug, Default)]
pub struct Pieces {
    waiting: BTreeMap<u64, (u32, BTreeMap<u32, Vec<u8>>)>,
}

impl Pieces {
    /// Takes a frame of the meeting at hand or the next one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn take(&mut self, meeting: u64, frame: &[u8]) -> Result<(), String> {
        let number = |from: usize| -> Option<u32> {
            Some(u32::from_be_bytes(frame.get(from..from + 4)?.try_into().ok()?))
        };
        let head = || Some((number(0)?, number(4)?, number(8)?, number(12)?));
        let Some((high, low, at, count)) = head() else {
            return Err(format!("{} bytes are no frame", frame.len()));
        };
        let of = u64::from(high) << 32 | u64::from(low);
        if of < meeting || of > meeting + 1 {
            return Err(format!("a frame of meeting {of} comes at meeting {meeting}"));
        }
        if count == 0 || count > PIECES || at >= count {
            return Err(format!("piece {at} of {count}"));
        }
        let (known, pieces) = self.waiting.entry(of).or_insert((count, BTreeMap::new()));
        if *known != count || pieces.insert(at, frame[HEAD..].to_vec()).is_some() {
            return Err(format!("piece {at} of {count} comes twice, or is of another word"));
        }
        Ok(())
    }

    /// The whole word of a meeting, once all of its pieces are there.
    pub fn word(&mut self, meeting: u64) -> Option<Vec<u8>> {
        let (count, pieces) = self.waiting.get(&meeting)?;
        if pieces.len() < *count as usize {
            return None;
        }
        let (_, pieces) = self.waiting.remove(&meeting)?;
        Some(pieces.into_values().flatten().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIECE: usize = 1 << 10;

    #[test]
    fn words_come_out_of_a_bundle_as_they_went_in_and_cut_ones_are_refused() {
        let words = vec![vec![], vec![1, 2, 3], vec![255; 300]];
        let whole = bundle(&words);
        assert_eq!(unbundle(&whole, 3), Ok(words));
        for cut in 0..whole.len() {
            assert!(unbundle(&whole[..cut], 3).is_err(), "{cut}");
        }
        assert!(unbundle(&whole, 2).is_err() && unbundle(&[255; 24], 3).is_err());
    }

    #[test]
    fn a_word_comes_out_as_it_went_in_whatever_the_order_of_its_pieces() {
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 7] {
            let word: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
            let mut frames = cut(5, &word, PIECE);
            frames.reverse();
            let mut pieces = Pieces::default();
            for (i, frame) in frames.iter().enumerate() {
                assert_eq!(pieces.word(5).is_some(), i == frames.len());
                pieces.take(5, frame).unwrap();
            }
            assert_eq!(pieces.word(5), Some(word));
            assert_eq!(pieces.word(5), None);
        }
    }

    #[test]
    fn strange_frames_are_refused_and_a_word_of_the_next_meeting_waits() {
        let mut pieces = Pieces::default();
        for bad in [vec![], vec![0; 15], vec![0; 16], [vec![0; 8], vec![255; 8]].concat()] {
            assert!(pieces.take(0, &bad).is_err(), "{bad:?}");
        }
        let frame = &cut(1, b"x", PIECE)[0];
        assert!(pieces.take(3, frame).is_err(), "the past");
        pieces.take(0, frame).unwrap();
        assert!(pieces.take(0, frame).is_err(), "twice");
        assert_eq!((pieces.word(0), pieces.word(1)), (None, Some(b"x".to_vec())));
    }
}
