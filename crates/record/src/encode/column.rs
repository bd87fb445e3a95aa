//! One column of a page, encoded.

use super::bits::{pack, put_packed, put_run, width_of};
use super::chunk::{OpenChunk, PageFacts, Scratch};
use super::delta::put_delta;
use super::levels::put_levels;
use super::number::{Number, widen};
use crate::columns::{Cell, Column, Page};
use crate::schema::Encoding;
use bytes::Bytes;
use parquet::basic::Encoding as Parquet;
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnDescPtr;

/// More distinct numbers than this in a row group are not quantised: from there on the column falls
/// back from the dictionary to differences or byte-stream split.
const MOST_DISTINCT: usize = 32_768;
/// So many distinct numbers are always worth a dictionary, however few the rows.
const FEW_DISTINCT: usize = 256;

/// A column chunk under way and what its pages use.
pub(super) struct ColumnEncoder<'a> {
    pub chunk: &'a mut OpenChunk,
    pub scratch: &'a mut Scratch,
    pub encoding: Encoding,
}

impl ColumnEncoder<'_> {
    /// Appends a page of numbers, the last of `rows` rows of the row group.
    pub fn numbers<T: Number>(
        &mut self,
        values: &Column<T>,
        rows: usize,
    ) -> Result<(), ParquetError> {
        let page = values.page();
        if self.encoding == Encoding::Dictionary && !self.chunk.too_many {
            let limit = (rows / 4).clamp(FEW_DISTINCT, MOST_DISTINCT);
            let mut range = T::NO_RANGE;
            if self
                .chunk
                .dictionary
                .number(page.values, limit, &mut self.scratch.codes, |x| widen(&mut range, x))
            {
                let facts = self.facts(&page, T::closed(range));
                return self.coded(&page, facts);
            }
            self.chunk.too_many = true;
        }
        let facts = self.facts(&page, T::range(page.values));
        let encoding = without_dictionary::<T>(self.encoding);
        self.chunk.page(self.scratch, [page.rows, page.values.len()], encoding, facts, |out| {
            put_levels(&page, out);
            put(page.values, encoding, out);
        })
    }
    /// What the index says about a page with this range; the chunk takes note of it.
    fn facts<T: Number>(&mut self, page: &Page<'_, T>, range: Option<(T, T)>) -> PageFacts {
        self.chunk
            .bounds
            .extend(range.into_iter().flat_map(|(low, high)| [low.pattern(), high.pattern()]));
        PageFacts {
            range: range.map(|(low, high)| (plain(&[low]), plain(&[high]))),
            nan: T::nan_count(page.values),
        }
    }
    /// Appends a page of texts' numbers.
    pub fn texts<T: Cell>(
        &mut self,
        values: &Column<T>,
        texts: &[&str],
    ) -> Result<(), ParquetError> {
        let page = values.page();
        let coded =
            self.chunk.dictionary.number(page.values, usize::MAX, &mut self.scratch.codes, |_| ());
        assert!(coded, "invariant: without a limit everything fits");
        let words = self.words::<T>(texts);
        let facts = PageFacts { range: range_of_words(&self.scratch.codes, &words), nan: None };
        self.coded(&page, facts)
    }
    /// Appends a page of yes and no; there is no null.
    pub fn flags(&mut self, page: &[bool]) -> Result<(), ParquetError> {
        let range = page.iter().min().copied().zip(page.iter().max().copied());
        self.chunk
            .bounds
            .extend(range.into_iter().flat_map(|(low, high)| [u64::from(low), u64::from(high)]));
        let facts = PageFacts {
            range: range.map(|(low, high)| (vec![u8::from(low)], vec![u8::from(high)])),
            nan: None,
        };
        self.chunk
            .page(self.scratch, [page.len(); 2], Parquet::PLAIN, facts, |out| pack(page, 1, out))
    }
    /// Appends the page whose codes lie in the scratch memory.
    fn coded<T>(&mut self, page: &Page<'_, T>, facts: PageFacts) -> Result<(), ParquetError> {
        let width = width_of(self.chunk.dictionary.len().saturating_sub(1) as u64).max(1);
        let codes = std::mem::take(&mut self.scratch.codes);
        let done = self.chunk.page(
            self.scratch,
            [page.rows, codes.len()],
            Parquet::RLE_DICTIONARY,
            facts,
            |out| {
                put_levels(page, out);
                out.push(width as u8);
                match codes.first() {
                    Some(first) if codes.iter().all(|c| c == first) => {
                        put_run(u64::from(*first), codes.len(), width, out);
                    }
                    _ => put_packed(&codes, width, out),
                }
            },
        );
        self.scratch.codes = codes;
        done
    }
    fn words<'t, T: Cell>(&self, texts: &[&'t str]) -> Vec<&'t [u8]> {
        self.chunk
            .dictionary
            .values::<T>()
            .into_iter()
            .map(|code| texts[code.pattern() as usize].as_bytes())
            .collect()
    }

    /// Closes a chunk of numbers.
    pub fn close_numbers<T: Number>(
        &mut self,
        descriptor: &ColumnDescPtr,
    ) -> Result<(Bytes, ColumnCloseResult), ParquetError> {
        let distinct = plain(&self.chunk.dictionary.values::<T>());
        let bounds =
            self.chunk.bounds.iter().map(|pattern| T::of_pattern(*pattern)).collect::<Vec<_>>();
        let statistics = T::statistics(T::range(&bounds), self.chunk.nulls(), self.chunk.nan());
        let dictionary = (&distinct[..], self.chunk.dictionary.len());
        self.chunk.close(
            self.scratch,
            descriptor,
            dictionary,
            without_dictionary::<T>(self.encoding),
            statistics,
        )
    }
    /// Closes a chunk of texts.
    pub fn close_texts<T: Cell>(
        &mut self,
        descriptor: &ColumnDescPtr,
        texts: &[&str],
    ) -> Result<(Bytes, ColumnCloseResult), ParquetError> {
        let words = self.words::<T>(texts);
        let mut content = Vec::new();
        for word in &words {
            content.extend_from_slice(&(word.len() as u32).to_le_bytes());
            content.extend_from_slice(word);
        }
        let array = |word: Option<&&[u8]>| word.map(|w| ByteArray::from(*w));
        let nulls = Some(self.chunk.nulls());
        let statistics = Statistics::byte_array(
            array(words.iter().min()),
            array(words.iter().max()),
            None,
            nulls,
            false,
        );
        self.chunk.close(
            self.scratch,
            descriptor,
            (&content, words.len()),
            Parquet::PLAIN,
            statistics,
        )
    }
    /// Closes a chunk of yes and no.
    pub fn close_flags(
        &mut self,
        descriptor: &ColumnDescPtr,
    ) -> Result<(Bytes, ColumnCloseResult), ParquetError> {
        let low = self.chunk.bounds.iter().min().map(|x| *x != 0);
        let high = self.chunk.bounds.iter().max().map(|x| *x != 0);
        self.chunk.close(
            self.scratch,
            descriptor,
            (&[], 0),
            Parquet::PLAIN,
            Statistics::boolean(low, high, None, Some(0), false),
        )
    }
}

/// How numbers are encoded that are in no dictionary.
fn without_dictionary<T: Number>(encoding: Encoding) -> Parquet {
    match encoding {
        Encoding::Plain => Parquet::PLAIN,
        Encoding::ByteStreamSplit => Parquet::BYTE_STREAM_SPLIT,
        Encoding::Dictionary if T::nan_count(&[]).is_some() => Parquet::BYTE_STREAM_SPLIT,
        Encoding::Delta | Encoding::Dictionary => Parquet::DELTA_BINARY_PACKED,
    }
}

/// The first and the last in the alphabet of the words that occur.
fn range_of_words(codes: &[u32], words: &[&[u8]]) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut used = vec![false; words.len()];
    for code in codes {
        used[*code as usize] = true;
    }
    let used = || words.iter().zip(&used).filter(|(_, used)| **used).map(|(word, _)| word.to_vec());
    used().min().zip(used().max())
}

/// Appends numbers in one of the encodings without a dictionary.
fn put<T: Number>(values: &[T], encoding: Parquet, out: &mut Vec<u8>) {
    match encoding {
        Parquet::BYTE_STREAM_SPLIT => put_split(values, out),
        Parquet::DELTA_BINARY_PACKED => put_delta(values, out),
        _ => put_plain(values, out),
    }
}

fn plain<T: Number>(values: &[T]) -> Vec<u8> {
    let mut out = Vec::with_capacity(values.len() * T::WIDTH);
    put_plain(values, &mut out);
    out
}

fn put_plain<T: Number>(values: &[T], out: &mut Vec<u8>) {
    for value in values {
        value.put(out);
    }
}

/// BYTE_STREAM_SPLIT: all lowest bytes, then all second bytes, ...
fn put_split<T: Number>(values: &[T], out: &mut Vec<u8>) {
    for k in 0..T::WIDTH {
        out.extend(values.iter().map(|value| (value.pattern() >> (8 * k)) as u8));
    }
}
