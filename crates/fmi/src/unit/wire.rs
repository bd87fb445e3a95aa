//! What a unit and the program behind it say to each other: frames of bytes over two pipes.
//!
//! A frame is its length (u32, little-endian) and that many bytes: a number that says what it is,
//! and its fields. Numbers are little-endian, texts and lists begin with their length. A frame has
//! at most [`MOST`] bytes; whatever does not fit its form is an error, never a panic.

use std::io::{self, Read, Write};

/// The most bytes of a frame.
pub const MOST: u32 = 1 << 30;

/// What a variable is to whoever sets or gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// Simulated time \[s\].
    Time = 0,
    /// A whole number that is fixed before the run.
    Number = 1,
    /// A text that is fixed before the run.
    Text = 2,
    /// A real input.
    Input = 3,
    /// A text as input.
    Notice = 4,
    /// A real output.
    Output = 5,
}

impl Kind {
    const ALL: [Self; 6] =
        [Self::Time, Self::Number, Self::Text, Self::Input, Self::Notice, Self::Output];
}

/// Inputs by the number of their variable.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Given {
    /// Numbers.
    pub reals: Vec<(u32, f64)>,
    /// Notices.
    pub texts: Vec<(u32, String)>,
}

/// How a run is started.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Start {
    /// Where it begins \[s since the start of the record\].
    pub from_s: f64,
    /// Where its master will end; a negative one: not said \[s\].
    pub to_s: f64,
    /// The seed; a negative one: the scenario's.
    pub seed: i64,
    /// Directory of the tables; empty: none.
    pub directory: String,
    /// Overrides `key.path=VALUE`, a line or semicolon between them.
    pub overrides: String,
}

/// What the unit asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// Read the scenario in a folder, of which the master holds this token.
    Open { folder: String, token: String },
    /// Start a run.
    Start(Start),
    /// Give inputs at the instant at hand, then go on to another \[s\].
    Step { to_s: f64, given: Given },
    /// The state of the run as bytes.
    Save,
    /// Go on from a state, as these parameters had it.
    Restore { start: Start, state: Vec<u8> },
    /// Close the tables.
    Finish,
    /// Forget the run.
    Reset,
}

/// How much a message matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Good to know.
    Note = 0,
    /// Probably not meant.
    Warning = 1,
}

/// What the program answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The variables, by number.
    Opened(Vec<Kind>),
    /// Where the run is \[s\], whether it is over, its outputs in the order of their numbers.
    At { now_s: f64, over: bool, outputs: Vec<f64>, said: Vec<(Weight, String)> },
    /// A state.
    Saved(Vec<u8>),
    /// Done.
    Done,
    /// Not done: why, and what to do.
    Refused(String),
}

/// Writes a frame.
pub fn send(to: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).ok().filter(|n| *n <= MOST);
    let length = length.ok_or_else(|| wrong("a message is too long"))?;
    to.write_all(&length.to_le_bytes())?;
    to.write_all(bytes)?;
    to.flush()
}

/// Reads a frame; none at the end of the stream.
pub fn receive(from: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let length = u32::from_le_bytes(length);
    if length > MOST {
        return Err(wrong("a message is too long"));
    }
    let mut bytes = Vec::new();
    from.take(u64::from(length)).read_to_end(&mut bytes)?;
    if bytes.len() < length as usize {
        return Err(wrong("a message breaks off"));
    }
    Ok(Some(bytes))
}

fn wrong(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

impl Request {
    /// As bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut w = Vec::new();
        match self {
            Self::Open { folder, token } => {
                w.push(0);
                put_text(&mut w, folder);
                put_text(&mut w, token);
            }
            Self::Start(start) => {
                w.push(1);
                start.put(&mut w);
            }
            Self::Step { to_s, given } => {
                w.push(2);
                put_real(&mut w, *to_s);
                put_count(&mut w, given.reals.len());
                for (number, value) in &given.reals {
                    w.extend(number.to_le_bytes());
                    put_real(&mut w, *value);
                }
                put_count(&mut w, given.texts.len());
                for (number, text) in &given.texts {
                    w.extend(number.to_le_bytes());
                    put_text(&mut w, text);
                }
            }
            Self::Save => w.push(3),
            Self::Restore { start, state } => {
                w.push(4);
                start.put(&mut w);
                put_bytes(&mut w, state);
            }
            Self::Finish => w.push(5),
            Self::Reset => w.push(6),
        }
        w
    }

    /// From bytes.
    pub fn read(bytes: &[u8]) -> io::Result<Self> {
        let mut r = Reader(bytes);
        let request = match r.byte()? {
            0 => Self::Open { folder: r.text()?, token: r.text()? },
            1 => Self::Start(Start::take(&mut r)?),
            2 => {
                let to_s = r.real()?;
                let reals = r.list(|r| Ok((r.number()?, r.real()?)))?;
                let texts = r.list(|r| Ok((r.number()?, r.text()?)))?;
                Self::Step { to_s, given: Given { reals, texts } }
            }
            3 => Self::Save,
            4 => Self::Restore { start: Start::take(&mut r)?, state: r.bytes()?.to_vec() },
            5 => Self::Finish,
            6 => Self::Reset,
            _ => return Err(wrong("an unknown request")),
        };
        r.end(request)
    }
}

impl Start {
    /// Appends it.
    pub fn put(&self, w: &mut Vec<u8>) {
        put_real(w, self.from_s);
        put_real(w, self.to_s);
        w.extend(self.seed.to_le_bytes());
        put_text(w, &self.directory);
        put_text(w, &self.overrides);
    }

    /// Takes it off the front.
    pub fn take(r: &mut Reader<'_>) -> io::Result<Self> {
        Ok(Self {
            from_s: r.real()?,
            to_s: r.real()?,
            seed: i64::from_le_bytes(r.array()?),
            directory: r.text()?,
            overrides: r.text()?,
        })
    }
}

impl Answer {
    /// As bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut w = Vec::new();
        match self {
            Self::Opened(kinds) => {
                w.push(0);
                let kinds: Vec<u8> = kinds.iter().map(|k| *k as u8).collect();
                put_bytes(&mut w, &kinds);
            }
            Self::At { now_s, over, outputs, said } => {
                w.push(1);
                put_real(&mut w, *now_s);
                w.push(u8::from(*over));
                put_count(&mut w, outputs.len());
                outputs.iter().for_each(|x| put_real(&mut w, *x));
                put_count(&mut w, said.len());
                for (weight, text) in said {
                    w.push(*weight as u8);
                    put_text(&mut w, text);
                }
            }
            Self::Saved(state) => {
                w.push(2);
                put_bytes(&mut w, state);
            }
            Self::Done => w.push(3),
            Self::Refused(why) => {
                w.push(4);
                put_text(&mut w, why);
            }
        }
        w
    }

    /// From bytes.
    pub fn read(bytes: &[u8]) -> io::Result<Self> {
        let mut r = Reader(bytes);
        let answer = match r.byte()? {
            0 => {
                let kind = |b: &u8| Kind::ALL.get(usize::from(*b)).copied();
                let kinds: Option<Vec<Kind>> = r.bytes()?.iter().map(kind).collect();
                Self::Opened(kinds.ok_or_else(|| wrong("an unknown kind of variable"))?)
            }
            1 => Self::At {
                now_s: r.real()?,
                over: r.byte()? != 0,
                outputs: r.list(Reader::real)?,
                said: r.list(|r| {
                    let weight = if r.byte()? == 0 { Weight::Note } else { Weight::Warning };
                    Ok((weight, r.text()?))
                })?,
            },
            2 => Self::Saved(r.bytes()?.to_vec()),
            3 => Self::Done,
            4 => Self::Refused(r.text()?),
            _ => return Err(wrong("an unknown answer")),
        };
        r.end(answer)
    }
}

/// Appends a real number.
pub fn put_real(w: &mut Vec<u8>, x: f64) {
    w.extend(x.to_le_bytes());
}

/// Appends the length of a list.
pub fn put_count(w: &mut Vec<u8>, n: usize) {
    w.extend((n as u32).to_le_bytes());
}

/// Appends bytes with their length.
pub fn put_bytes(w: &mut Vec<u8>, bytes: &[u8]) {
    put_count(w, bytes.len());
    w.extend(bytes);
}

/// Appends a text.
pub fn put_text(w: &mut Vec<u8>, text: &str) {
    put_bytes(w, text.as_bytes());
}

/// What is left to be read.
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    /// The next `n` bytes.
    fn take(&mut self, n: usize) -> io::Result<&'a [u8]> {
        let (head, rest) =
            self.0.split_at_checked(n).ok_or_else(|| wrong("a message breaks off"))?;
        self.0 = rest;
        Ok(head)
    }

    /// The next bytes as an array.
    pub fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut out = [0; N];
        out.copy_from_slice(self.take(N)?);
        Ok(out)
    }

    /// A byte.
    pub fn byte(&mut self) -> io::Result<u8> {
        Ok(self.array::<1>()?[0])
    }

    /// A whole number.
    pub fn number(&mut self) -> io::Result<u32> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// A real number.
    pub fn real(&mut self) -> io::Result<f64> {
        Ok(f64::from_le_bytes(self.array()?))
    }

    /// Bytes with their length in front.
    pub fn bytes(&mut self) -> io::Result<&'a [u8]> {
        let n = self.number()?;
        self.take(n as usize)
    }

    /// A text.
    pub fn text(&mut self) -> io::Result<String> {
        let text = std::str::from_utf8(self.bytes()?).map_err(|_| wrong("a text is not UTF-8"))?;
        Ok(text.to_owned())
    }

    /// A list; its elements are read one by one, so that a wrong length takes no memory.
    pub fn list<T>(&mut self, one: impl Fn(&mut Self) -> io::Result<T>) -> io::Result<Vec<T>> {
        let n = self.number()?;
        (0..n).map(|_| one(self)).collect()
    }

    /// The result, if nothing is left.
    pub fn end<T>(self, result: T) -> io::Result<T> {
        if self.0.is_empty() { Ok(result) } else { Err(wrong("a message is too long")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_said_is_understood_and_every_piece_of_it_is_refused() {
        let start = Start { from_s: -1.5, to_s: 9.0, seed: -1, ..Start::default() };
        let given = Given { reals: vec![(7, 0.5)], texts: vec![(9, "outage".to_owned())] };
        let requests = [
            Request::Open { folder: "a".to_owned(), token: "b".to_owned() },
            Request::Start(start.clone()),
            Request::Step { to_s: 900.0, given },
            Request::Restore { start, state: vec![1, 2, 3] },
        ];
        for request in requests {
            let bytes = request.bytes();
            assert_eq!(Request::read(&bytes).expect("is understood"), request);
            assert!((0..bytes.len()).all(|n| Request::read(&bytes[..n]).is_err()));
        }
        let said = vec![(Weight::Warning, "late".to_owned())];
        let at = Answer::At { now_s: 1.0, over: true, outputs: vec![1.0, f64::MAX], said };
        for answer in [at, Answer::Opened(vec![Kind::Time, Kind::Output]), Answer::Done] {
            let bytes = answer.bytes();
            assert_eq!(Answer::read(&bytes).expect("is understood"), answer);
            assert!((0..bytes.len()).all(|n| Answer::read(&bytes[..n]).is_err()));
        }
    }

    #[test]
    fn a_frame_longer_than_allowed_or_than_its_stream_is_refused_without_its_memory() {
        assert!(receive(&mut &[255, 255, 255, 255, 0][..]).is_err());
        assert!(receive(&mut &[9, 0, 0, 0, 0][..]).is_err());
        assert!(receive(&mut &[0, 0][..]).expect("the end").is_none());
    }
}
