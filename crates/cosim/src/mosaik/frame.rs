//! Frames: a length of four bytes, most significant first, and so many bytes.

/// A frame that says it is longer than is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message of {said} bytes was announced; at most {most} are taken")]
pub struct TooLong {
    /// Its length by its own word (bytes).
    pub said: usize,
    /// What is taken (bytes).
    pub most: usize,
}

/// Cuts a stream of bytes into frames. It holds no more than one frame and what came with it, and
/// memory for bytes that have come, not for bytes that were announced.
///
/// ```
/// use cosim::mosaik::{Decoder, frame};
/// let mut decoder = Decoder::new(100);
/// let bytes = frame(b"[0, 1, []]");
/// decoder.push(&bytes[..7]);
/// assert_eq!(decoder.next_frame(), Ok(None));
/// decoder.push(&bytes[7..]);
/// assert_eq!(decoder.next_frame(), Ok(Some(b"[0, 1, []]".to_vec())));
/// decoder.push(&[0x80, 0, 0, 0]);
/// assert!(decoder.next_frame().is_err());
/// ```
#[derive(Clone, Debug)]
pub struct Decoder {
    bytes: Vec<u8>,
    most: usize,
}

/// Bytes of the length.
const HEAD: usize = 4;

impl Decoder {
    /// A decoder of frames of at most so many bytes.
    pub fn new(most: usize) -> Self {
        Self { bytes: Vec::new(), most }
    }

    /// Takes frames of at most so many bytes from now on.
    pub fn allow(&mut self, most: usize) {
        self.most = most;
    }

    /// Bytes that have come.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Whether a frame has begun and not ended.
    pub fn is_within(&self) -> bool {
        !self.bytes.is_empty()
    }

    /// The next frame, if it is whole.
    ///
    /// # Errors
    /// If it is too long. Nothing that follows can be understood then.
    pub fn next_frame(&mut self) -> Result<Option<Vec<u8>>, TooLong> {
        let Some(head) = self.bytes.first_chunk::<HEAD>() else { return Ok(None) };
        let said = u32::from_be_bytes(*head) as usize;
        if said > self.most {
            return Err(TooLong { said, most: self.most });
        }
        if self.bytes.len() < HEAD + said {
            return Ok(None);
        }
        let rest = self.bytes.split_off(HEAD + said);
        let mut whole = std::mem::replace(&mut self.bytes, rest);
        whole.drain(..HEAD);
        Ok(Some(whole))
    }
}

/// A message as a frame. One that its length cannot tell is cut; none of ours is that long.
pub fn frame(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    let mut bytes = length.to_be_bytes().to_vec();
    bytes.extend_from_slice(&message[..length as usize]);
    bytes
}
