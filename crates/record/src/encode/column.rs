//! One column chunk: cut into pages, each page encoded.

use super::bits::{pack, put_packed, put_run, width_of};
use super::chunk::{ChunkWriter, PageFacts, Scratch};
use super::delta::put_delta;
use super::dictionary::Dictionary;
use super::levels::levels;
use super::number::Number;
use crate::columns::{Cell, Column, Page};
use crate::schema::Encoding;
use bytes::Bytes;
use parquet::basic::Encoding as Parquet;
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnDescPtr;
use std::ops::Range;

/// Rows in a page; a multiple of the block of differences. Eight bytes a row stay in a processor's second cache.
const PAGE_ROWS: usize = 32_768;
/// More distinct numbers than this in a row group are not quantised: the column falls back from the dictionary to differences or
/// byte-stream split.
const MOST_DISTINCT: usize = 32_768;
/// So many distinct numbers are always worth a dictionary, however few the rows.
const FEW_DISTINCT: usize = 256;

type Chunk = Result<(Bytes, ColumnCloseResult), ParquetError>;

/// Encodes one column of one row group.
pub(super) struct ColumnEncoder<'z> {
    chunk: ChunkWriter<'z>,
    encoding: Encoding,
}

/// A page whose values are numbers into a dictionary.
struct CodedPage {
    rows: usize,
    levels: Vec<u8>,
    /// Where its codes lie.
    codes: Range<usize>,
}

/// What the footer says about a column of numbers, gathered page by page.
struct Summary<T> {
    bounds: Vec<T>,
    nulls: u64,
    nan: Option<u64>,
}

impl<T: Number> Summary<T> {
    fn new() -> Self {
        Self { bounds: Vec::new(), nulls: 0, nan: T::nan_count(&[]) }
    }
    /// Takes in a page and says what its index entry says.
    fn page(&mut self, page: &Page<'_, T>) -> PageFacts {
        let (rows, present) = (page.rows, page.values);
        let range = T::range(present);
        let nan = T::nan_count(present);
        self.bounds.extend(range.into_iter().flat_map(|(low, high)| [low, high]));
        self.nulls += (rows - present.len()) as u64;
        self.nan = self.nan.zip(nan).map(|(all, page)| all + page);
        PageFacts { range: range.map(|(low, high)| (plain(&[low]), plain(&[high]))), nan }
    }
    fn statistics(&self) -> Statistics {
        T::statistics(T::range(&self.bounds), self.nulls, self.nan)
    }
}

impl<'z> ColumnEncoder<'z> {
    pub fn new(scratch: &'z mut Scratch, descriptor: ColumnDescPtr, encoding: Encoding) -> Self {
        Self { chunk: ChunkWriter::new(scratch, descriptor), encoding }
    }
    /// Encodes numbers.
    pub fn numbers<T: Number>(&mut self, values: &Column<T>) -> Chunk {
        let statistics = match self.coded_numbers(values)? {
            Some(statistics) => statistics,
            None => self.plain_numbers(values)?,
        };
        self.chunk.finish(statistics)
    }
    /// Encodes numbers by dictionary, if the column wants one and the numbers are quantised.
    fn coded_numbers<T: Number>(&mut self, values: &Column<T>) -> Result<Option<Statistics>, ParquetError> {
        if self.encoding != Encoding::Dictionary {
            return Ok(None);
        }
        let limit = (values.len() / 4).clamp(FEW_DISTINCT, MOST_DISTINCT);
        let mut dictionary = Dictionary::new(self.chunk.take_codes());
        let (mut summary, mut facts) = (Summary::new(), Vec::new());
        let pages = code(values, &mut dictionary, limit, |page| facts.push(summary.page(page)));
        let Dictionary { distinct, codes, .. } = dictionary;
        if let Some(pages) = &pages {
            self.chunk.dictionary(&plain(&distinct), distinct.len())?;
            self.coded_pages(pages, &codes, distinct.len(), facts)?;
        }
        self.chunk.give_back_codes(codes);
        Ok(pages.map(|_| summary.statistics()))
    }
    fn plain_numbers<T: Number>(&mut self, values: &Column<T>) -> Result<Statistics, ParquetError> {
        let mut summary = Summary::new();
        let encoding = match self.encoding {
            Encoding::Plain => Parquet::PLAIN,
            Encoding::ByteStreamSplit => Parquet::BYTE_STREAM_SPLIT,
            Encoding::Dictionary if summary.nan.is_some() => Parquet::BYTE_STREAM_SPLIT,
            Encoding::Delta | Encoding::Dictionary => Parquet::DELTA_BINARY_PACKED,
        };
        for page in values.pages(PAGE_ROWS) {
            let facts = summary.page(&page);
            self.chunk.page(page.rows, page.values.len(), encoding, facts, |out| {
                out.extend_from_slice(&levels(&page));
                put(page.values, encoding, out);
            })?;
        }
        Ok(summary.statistics())
    }
    /// Encodes numbers of texts.
    pub fn texts<T: Cell>(&mut self, values: &Column<T>, texts: &[&str]) -> Chunk {
        let mut dictionary = Dictionary::new(self.chunk.take_codes());
        let pages = code(values, &mut dictionary, usize::MAX, |_| {});
        let pages = pages.expect("invariant: without a limit there is a dictionary");
        let Dictionary { distinct, codes, .. } = dictionary;
        let words = distinct.iter().map(|code| texts[code.pattern() as usize].as_bytes()).collect::<Vec<_>>();
        let mut bytes = Vec::new();
        for word in &words {
            bytes.extend_from_slice(&(word.len() as u32).to_le_bytes());
            bytes.extend_from_slice(word);
        }
        let facts = pages.iter().map(|page| PageFacts { range: range_of_words(&codes[page.codes.clone()], &words), nan: None }).collect();
        self.chunk.dictionary(&bytes, words.len())?;
        self.coded_pages(&pages, &codes, words.len(), facts)?;
        let array = |word: Option<&&[u8]>| word.map(|w| ByteArray::from(*w));
        let nulls = (values.len() - codes.len()) as u64;
        self.chunk.give_back_codes(codes);
        self.chunk.finish(Statistics::byte_array(array(words.iter().min()), array(words.iter().max()), None, Some(nulls), false))
    }
    /// Encodes yes and no; there is no null.
    pub fn flags(&mut self, values: &[bool]) -> Chunk {
        let range = |values: &[bool]| Some((*values.iter().min()?, *values.iter().max()?));
        for page in values.chunks(PAGE_ROWS) {
            let facts = PageFacts { range: range(page).map(|(low, high)| (vec![u8::from(low)], vec![u8::from(high)])), nan: None };
            self.chunk.page(page.len(), page.len(), Parquet::PLAIN, facts, |out| pack(page.iter().map(|x| u64::from(*x)), 1, out))?;
        }
        let (low, high) = range(values).unzip();
        self.chunk.finish(Statistics::boolean(low, high, None, Some(0), false))
    }
    fn coded_pages(&mut self, pages: &[CodedPage], codes: &[u32], distinct: usize, facts: Vec<PageFacts>) -> Result<(), ParquetError> {
        let width = width_of(distinct.saturating_sub(1) as u64).max(1);
        for (page, facts) in pages.iter().zip(facts) {
            let codes = &codes[page.codes.clone()];
            self.chunk.page(page.rows, codes.len(), Parquet::RLE_DICTIONARY, facts, |out| {
                out.extend_from_slice(&page.levels);
                out.push(width as u8);
                match codes.first() {
                    Some(first) if codes.iter().all(|c| c == first) => put_run(u64::from(*first), codes.len(), width, out),
                    _ => put_packed(codes, width, out),
                }
            })?;
        }
        Ok(())
    }
}

/// Turns a column into numbers into a dictionary, page by page; `look` sees each page. None if there are
/// more than `limit` distinct values.
fn code<T: Cell>(
    values: &Column<T>,
    dictionary: &mut Dictionary<T>,
    limit: usize,
    mut look: impl FnMut(&Page<'_, T>),
) -> Option<Vec<CodedPage>> {
    let mut pages = Vec::with_capacity(values.len().div_ceil(PAGE_ROWS));
    for page in values.pages(PAGE_ROWS) {
        let start = dictionary.codes.len();
        dictionary.extend(page.values, limit)?;
        look(&page);
        pages.push(CodedPage { rows: page.rows, levels: levels(&page), codes: start..dictionary.codes.len() });
    }
    Some(pages)
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
    let start = out.len();
    out.resize(start + values.len() * T::WIDTH, 0);
    for (k, stream) in out[start..].chunks_exact_mut(values.len().max(1)).enumerate() {
        for (byte, value) in stream.iter_mut().zip(values) {
            *byte = (value.pattern() >> (8 * k)) as u8;
        }
    }
}
