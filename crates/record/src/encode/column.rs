//! One column chunk: cut into pages, each page encoded.

use super::bits::{pack, put_packed, put_run, put_varint, width_of};
use super::chunk::{ChunkWriter, PageFacts, Scratch};
use super::delta::put_delta;
use super::dictionary::Dictionary;
use super::number::Number;
use crate::schema::Encoding;
use bytes::Bytes;
use parquet::basic::Encoding as Parquet;
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnDescPtr;
use std::borrow::Cow;
use std::ops::Range;

pub(super) use super::number::Cells;

/// Rows in a page; a multiple of the block of differences.
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
    nullable: bool,
    encoding: Encoding,
}

impl<'z> ColumnEncoder<'z> {
    pub fn new(scratch: &'z mut Scratch, descriptor: ColumnDescPtr, nullable: bool, encoding: Encoding) -> Self {
        Self { chunk: ChunkWriter::new(scratch, descriptor), nullable, encoding }
    }
    /// Encodes numbers.
    pub fn numbers<T: Number>(&mut self, values: &[T]) -> Chunk {
        let (pages, present) = cut(values, self.nullable);
        let ranges = pages.iter().map(|page| T::range(&present[page.values.clone()])).collect::<Vec<_>>();
        let nan = T::nan_count(&present);
        let facts = |i: usize| PageFacts {
            range: ranges[i].map(|(low, high)| (plain(&[low]), plain(&[high]))),
            nan: nan.map(|all| if all == 0 { 0 } else { T::nan_count(&present[pages[i].values.clone()]).unwrap_or(0) }),
        };
        let limit = (present.len() / 4).clamp(FEW_DISTINCT, MOST_DISTINCT);
        let dictionary = if self.encoding == Encoding::Dictionary { Dictionary::of(&present, limit) } else { None };
        if let Some(dictionary) = &dictionary {
            self.chunk.dictionary(&plain(&dictionary.distinct), dictionary.distinct.len())?;
            self.coded_pages(&pages, &dictionary.codes, dictionary.distinct.len(), facts)?;
        } else {
            let encoding = match self.encoding {
                Encoding::Plain => Parquet::PLAIN,
                Encoding::ByteStreamSplit => Parquet::BYTE_STREAM_SPLIT,
                Encoding::Dictionary if nan.is_some() => Parquet::BYTE_STREAM_SPLIT,
                Encoding::Delta | Encoding::Dictionary => Parquet::DELTA_BINARY_PACKED,
            };
            for (i, page) in pages.iter().enumerate() {
                let values = &present[page.values.clone()];
                self.chunk.page(page.rows, page.values.len(), encoding, facts(i), |out| {
                    out.extend_from_slice(&page.levels);
                    put(values, encoding, out);
                })?;
            }
        }
        let bounds = ranges.iter().flatten().flat_map(|(low, high)| [*low, *high]).collect::<Vec<_>>();
        let statistics = T::statistics(T::range(&bounds), (values.len() - present.len()) as u64, nan);
        self.chunk.finish(statistics)
    }
    /// Encodes numbers of texts.
    pub fn texts<T: Cells>(&mut self, values: &[T], texts: &[&str]) -> Chunk {
        let (pages, present) = cut(values, self.nullable);
        let dictionary = Dictionary::of(&present, usize::MAX).expect("invariant: without a limit there is a dictionary");
        let words = dictionary.distinct.iter().map(|code| texts[code.pattern() as usize].as_bytes()).collect::<Vec<_>>();
        let mut bytes = Vec::new();
        for word in &words {
            bytes.extend_from_slice(&(word.len() as u32).to_le_bytes());
            bytes.extend_from_slice(word);
        }
        self.chunk.dictionary(&bytes, words.len())?;
        self.coded_pages(&pages, &dictionary.codes, words.len(), |i| {
            let mut used = vec![false; words.len()];
            dictionary.codes[pages[i].values.clone()].iter().for_each(|code| used[*code as usize] = true);
            let used = || words.iter().zip(&used).filter(|(_, used)| **used).map(|(word, _)| word.to_vec());
            PageFacts { range: used().min().zip(used().max()), nan: None }
        })?;
        let array = |word: Option<&&[u8]>| word.map(|w| ByteArray::from(*w));
        let nulls = (values.len() - present.len()) as u64;
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
    fn coded_pages(
        &mut self,
        pages: &[Page],
        codes: &[u32],
        distinct: usize,
        facts: impl Fn(usize) -> PageFacts,
    ) -> Result<(), ParquetError> {
        let width = width_of(distinct.saturating_sub(1) as u64).max(1);
        for (i, page) in pages.iter().enumerate() {
            let codes = &codes[page.values.clone()];
            self.chunk.page(page.rows, codes.len(), Parquet::RLE_DICTIONARY, facts(i), |out| {
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

/// A page: how many rows, which of them are null (encoded), and where its present values lie.
struct Page {
    rows: usize,
    levels: Vec<u8>,
    values: Range<usize>,
}

/// Cuts a column into pages and leaves out the nulls.
fn cut<T: Cells>(values: &[T], nullable: bool) -> (Vec<Page>, Cow<'_, [T]>) {
    let complete = !nullable || values.iter().all(|v| !v.is_null());
    let mut pages = Vec::with_capacity(values.len().div_ceil(PAGE_ROWS));
    if complete {
        let mut start = 0;
        for page in values.chunks(PAGE_ROWS) {
            let levels = if nullable { uniform_levels(page.len(), true) } else { Vec::new() };
            pages.push(Page { rows: page.len(), levels, values: start..start + page.len() });
            start += page.len();
        }
        return (pages, Cow::Borrowed(values));
    }
    let mut present = Vec::with_capacity(values.len());
    for page in values.chunks(PAGE_ROWS) {
        let start = present.len();
        let levels = leave_out_nulls(page, &mut present);
        pages.push(Page { rows: page.len(), levels, values: start..present.len() });
    }
    (pages, Cow::Owned(present))
}

/// Appends the values that are not null, and returns the definition levels: one bit per row, 0 for null, as a hybrid of packed bits.
fn leave_out_nulls<T: Cells>(page: &[T], present: &mut Vec<T>) -> Vec<u8> {
    let start = present.len();
    let groups = page.len().div_ceil(8);
    let mut levels = Vec::with_capacity(groups + 16);
    levels.extend_from_slice(&[0; LENGTH_BYTES]);
    put_varint((groups as u64) << 1 | 1, &mut levels);
    // Without branches, since nulls cannot be foreseen: a null is written too, and overwritten by the next value.
    present.resize(start + page.len() + 1, page[0]);
    let kept = &mut present[start..];
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
    present.truncate(start + n);
    match n {
        0 => uniform_levels(page.len(), false),
        n if n == page.len() => uniform_levels(page.len(), true),
        _ => with_length(levels),
    }
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
