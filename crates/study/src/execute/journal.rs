//! Receipts of finished runs: an append-only file per block. Each receipt stands between its length
//! and a checksum, so that what a killed process left half-written is recognised and dropped.

use crate::{PersonRow, StudyError};
use domain::{IndicatorRow, Rows};
use record::write_atomically;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// What is kept of a finished run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Receipt {
    pub run_id: u64,
    /// Why it failed; none if it succeeded.
    pub error: Option<String>,
    /// Wall-clock time of the run \[s\].
    pub wall_s: f64,
    pub indicators: Vec<IndicatorRow>,
    /// Rows of the kept tables.
    pub rows: Rows,
    /// What became of each person, if it is kept.
    pub persons: Vec<PersonRow>,
}

/// The receipts of one block.
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    /// Runs and where their receipts begin.
    places: Vec<(u64, u64)>,
    end: u64,
}

/// Bytes before a receipt: its length and a checksum.
const HEAD: usize = 16;

impl Journal {
    /// Opens the journal of a path, new or as it was left; gives the receipts in it to `seen`.
    pub fn open(path: &Path, mut seen: impl FnMut(&Receipt)) -> Result<Self, StudyError> {
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(path)
            .map_err(StudyError::io("open", path))?;
        let length = file.metadata().map_err(StudyError::io("read", path))?.len();
        let mut journal = Self {
            path: path.to_owned(),
            file: file.try_clone().map_err(StudyError::io("open", path))?,
            places: Vec::new(),
            end: 0,
        };
        file.seek(SeekFrom::Start(0)).map_err(StudyError::io("read", path))?;
        let mut reader = std::io::BufReader::new(file);
        while let Some((receipt, bytes)) = read_frame(&mut reader, length - journal.end) {
            seen(&receipt);
            journal.places.push((receipt.run_id, journal.end));
            journal.end += bytes;
        }
        if journal.end < length {
            journal.file.set_len(journal.end).map_err(StudyError::io("write", path))?;
        }
        Ok(journal)
    }

    /// The receipts in a journal that another process may be writing; nothing is changed.
    pub fn peek(path: &Path, mut seen: impl FnMut(&Receipt)) -> Result<(), StudyError> {
        let file = File::open(path).map_err(StudyError::io("read", path))?;
        let mut reader = std::io::BufReader::new(file);
        while let Some((receipt, _)) = read_frame(&mut reader, u64::MAX) {
            seen(&receipt);
        }
        Ok(())
    }

    /// Drops the receipts of failed runs.
    pub fn drop_failed(path: &Path) -> Result<(), StudyError> {
        let mut kept = Vec::new();
        let mut problem = None;
        Self::peek(path, |receipt| {
            if receipt.error.is_none() {
                match frame(receipt) {
                    Ok(bytes) => kept.extend(bytes),
                    Err(error) => problem = Some(error),
                }
            }
        })?;
        problem.map_or(Ok(()), Err)?;
        Ok(write_atomically(path, &kept)?)
    }

    /// Appends a receipt in one write.
    pub fn append(&mut self, receipt: &Receipt) -> Result<(), StudyError> {
        let frame = frame(receipt)?;
        self.file.seek(SeekFrom::Start(self.end)).map_err(StudyError::io("write", &self.path))?;
        self.file.write_all(&frame).map_err(StudyError::io("write", &self.path))?;
        self.places.push((receipt.run_id, self.end));
        self.end += frame.len() as u64;
        Ok(())
    }

    /// How many runs have a receipt.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// The receipts in the order of runs, one in memory at a time.
    pub fn in_order(
        &mut self,
        mut take: impl FnMut(Receipt) -> Result<(), StudyError>,
    ) -> Result<(), StudyError> {
        self.places.sort_unstable();
        for &(_, place) in &self.places {
            self.file.seek(SeekFrom::Start(place)).map_err(StudyError::io("read", &self.path))?;
            let frame = read_frame(&mut self.file, u64::MAX);
            let (receipt, _) = frame.ok_or_else(|| {
                StudyError::failed(
                    format!("{} is damaged", self.path.display()),
                    "start the study anew",
                )
            })?;
            take(receipt)?;
        }
        Ok(())
    }

    /// Removes the file.
    pub fn remove(self) -> Result<(), StudyError> {
        std::fs::remove_file(&self.path).map_err(StudyError::io("remove", &self.path))
    }
}

/// A value between its length and checksum.
pub(crate) fn frame<T: Serialize>(value: &T) -> Result<Vec<u8>, StudyError> {
    let bytes = postcard::to_extend(value, vec![0; HEAD])
        .map_err(|e| StudyError::failed(format!("cannot keep a receipt: {e}"), ""))?;
    let mut framed = bytes;
    let length = (framed.len() - HEAD) as u64;
    let sum = checksum(&framed[HEAD..]);
    framed[..8].copy_from_slice(&length.to_le_bytes());
    framed[8..HEAD].copy_from_slice(&sum.to_le_bytes());
    Ok(framed)
}

/// The next value and the bytes that it took; none at the end, or where the rest is no whole frame.
/// `left` bounds its length.
pub(crate) fn read_frame<T: for<'de> Deserialize<'de>>(
    reader: &mut impl Read,
    left: u64,
) -> Option<(T, u64)> {
    let mut head = [0; HEAD];
    reader.read_exact(&mut head).ok()?;
    let [length, sum] = [0, 8].map(|at| u64::from_le_bytes(std::array::from_fn(|k| head[at + k])));
    if length.checked_add(HEAD as u64)? > left {
        return None;
    }
    let mut bytes = Vec::new();
    reader.take(length).read_to_end(&mut bytes).ok()?;
    if bytes.len() as u64 != length || checksum(&bytes) != sum {
        return None;
    }
    Some((postcard::from_bytes(&bytes).ok()?, length + HEAD as u64))
}

/// FNV-1a over eight bytes at a time: tells a torn write, not an attacker.
fn checksum(bytes: &[u8]) -> u64 {
    let word = |chunk: &[u8]| {
        u64::from_le_bytes(std::array::from_fn(|k| chunk.get(k).copied().unwrap_or(0)))
    };
    bytes.chunks(8).fold(0xcbf2_9ce4_8422_2325 ^ bytes.len() as u64, |sum, chunk| {
        (sum ^ word(chunk)).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(29)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(run_id: u64) -> Receipt {
        Receipt {
            run_id,
            error: (run_id == 2).then(|| "no".to_owned()),
            wall_s: 0.5,
            indicators: Vec::new(),
            rows: Rows::default(),
            persons: Vec::new(),
        }
    }

    /// The runs in a journal file.
    fn runs(path: &Path) -> Vec<u64> {
        let mut runs = Vec::new();
        Journal::open(path, |r| runs.push(r.run_id)).expect("opens");
        runs
    }

    #[test]
    fn receipts_come_back_in_the_order_of_runs() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("block");
        let mut journal = Journal::open(&path, |_| ()).expect("opens");
        for run in [3, 1, 2] {
            journal.append(&receipt(run)).expect("writes");
        }
        let mut seen = Vec::new();
        journal
            .in_order(|r| {
                seen.push(r);
                Ok(())
            })
            .expect("reads");
        assert_eq!(seen, [receipt(1), receipt(2), receipt(3)]);
    }

    #[test]
    fn a_torn_end_is_dropped_wherever_it_was_torn_and_writing_goes_on() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("block");
        let mut journal = Journal::open(&path, |_| ()).expect("opens");
        journal.append(&receipt(1)).expect("writes");
        let whole = std::fs::metadata(&path).expect("there").len();
        journal.append(&receipt(2)).expect("writes");
        let bytes = std::fs::read(&path).expect("reads");
        for cut in whole..bytes.len() as u64 {
            std::fs::write(&path, &bytes[..cut as usize]).expect("writes");
            assert_eq!(runs(&path), [1], "cut at {cut}");
            let mut journal = Journal::open(&path, |_| ()).expect("opens");
            journal.append(&receipt(5)).expect("writes");
            assert_eq!(runs(&path), [1, 5]);
        }
        let mut flipped = bytes.clone();
        flipped[whole as usize + HEAD] ^= 1;
        std::fs::write(&path, &flipped).expect("writes");
        assert_eq!(runs(&path), [1], "a wrong checksum");
    }
}
