//! Pages into a column chunk: compression, page heads, indexes, totals.

use super::ZSTD_LEVEL;
use super::dictionary::Dictionary;
use bytes::Bytes;
use parquet::basic::{BoundaryOrder, Compression, Encoding, PageType, ZstdLevel};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::{
    ColumnChunkMetaData, ColumnIndexBuilder, OffsetIndexBuilder, PageEncodingStats,
};
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use serde::{Deserialize, Serialize};
use zstd::bulk::Compressor;

/// What the index says about a page's values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct PageFacts {
    /// Smallest and largest value, as their bytes; none if all are null or NaN.
    pub range: Option<(Vec<u8>, Vec<u8>)>,
    /// How many NaN there are, in a column of reals.
    pub nan: Option<u64>,
}

/// What pages use one after the other.
pub(super) struct Scratch {
    pub zstd: Compressor<'static>,
    /// The page being encoded.
    pub page: Vec<u8>,
    /// The same, compressed.
    pub compressed: Vec<u8>,
    /// Memory for the next closed chunk.
    pub chunk: Vec<u8>,
    /// Numbers into a dictionary.
    pub codes: Vec<u32>,
}

/// A data page of a chunk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Entry {
    /// Its head and its compressed content.
    bytes: Vec<u8>,
    /// Bytes of both before compression.
    uncompressed: u64,
    rows: u64,
    present: u64,
    /// Whether its values are numbers into the dictionary.
    coded: bool,
    facts: PageFacts,
}

/// A column chunk under way: its data pages. Plain data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct OpenChunk {
    pages: Vec<Entry>,
    pub dictionary: Dictionary,
    /// The values have turned out to be too many for the dictionary.
    pub too_many: bool,
    /// Smallest and largest value of each page that has one, as patterns.
    pub bounds: Vec<u64>,
}

impl OpenChunk {
    /// How many rows are null.
    pub fn nulls(&self) -> u64 {
        self.pages.iter().map(|p| p.rows - p.present).sum()
    }
    /// How many values are NaN; none if the type has none.
    pub fn nan(&self) -> Option<u64> {
        self.pages.iter().map(|p| p.facts.nan).sum()
    }
    /// Appends a page of `rows` rows of which `present` are not null; `put` appends levels and
    /// values.
    pub fn page(
        &mut self,
        scratch: &mut Scratch,
        [rows, present]: [usize; 2],
        encoding: Encoding,
        facts: PageFacts,
        put: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), ParquetError> {
        scratch.page.clear();
        put(&mut scratch.page);
        let content = compress(&mut scratch.zstd, &scratch.page, &mut scratch.compressed)?;
        let mut bytes = Vec::with_capacity(content.len() + USUAL_HEAD);
        let page = Page::DataPage {
            buf: content.clone(),
            num_values: rows as u32,
            encoding,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        let uncompressed = write(page, scratch.page.len(), &mut bytes)?;
        scratch.compressed = emptied(content);
        let coded = encoding == Encoding::RLE_DICTIONARY;
        self.pages.push(Entry {
            bytes,
            uncompressed,
            rows: rows as u64,
            present: present as u64,
            coded,
            facts,
        });
        Ok(())
    }
    /// Closes the chunk: its bytes, a dictionary page of `words` distinct values in front, and what
    /// footer and indexes say about them. `plain` is the encoding of pages without a dictionary.
    /// The chunk is empty then.
    pub fn close(
        &mut self,
        scratch: &mut Scratch,
        descriptor: &ColumnDescPtr,
        dictionary: (&[u8], usize),
        plain: Encoding,
        statistics: Statistics,
    ) -> Result<(Bytes, ColumnCloseResult), ParquetError> {
        let mut chunk = std::mem::take(&mut scratch.chunk);
        let coded = self.pages.iter().filter(|p| p.coded).count() as i32;
        let mut uncompressed = self.pages.iter().map(|p| p.uncompressed).sum::<u64>();
        if coded > 0 {
            let (content, words) = dictionary;
            let buf = compress(&mut scratch.zstd, content, &mut scratch.compressed)?;
            let page = Page::DictionaryPage {
                buf: buf.clone(),
                num_values: words as u32,
                encoding: Encoding::PLAIN,
                is_sorted: false,
            };
            uncompressed += write(page, content.len(), &mut chunk)?;
            scratch.compressed = emptied(buf);
        }
        let data_offset = chunk.len() as u64;
        chunk.reserve(self.pages.iter().map(|p| p.bytes.len()).sum());
        self.pages.iter().for_each(|p| chunk.extend_from_slice(&p.bytes));
        let bytes = Bytes::from(chunk);
        let rows = self.pages.iter().map(|p| p.rows).sum::<u64>();
        let metadata = ColumnChunkMetaData::builder(descriptor.clone())
            .set_encodings(encodings(coded, self.pages.len() as i32 - coded, plain))
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
            .set_num_values(rows as i64)
            .set_total_compressed_size(bytes.len() as i64)
            .set_total_uncompressed_size(uncompressed as i64)
            .set_data_page_offset(data_offset as i64)
            .set_dictionary_page_offset((coded > 0).then_some(0))
            .set_statistics(statistics)
            .set_page_encoding_stats(page_encodings(coded, self.pages.len() as i32 - coded, plain))
            .build()?;
        let (mut column_index, mut offset_index) =
            (ColumnIndexBuilder::new(descriptor.physical_type()), OffsetIndexBuilder::new());
        column_index.set_boundary_order(BoundaryOrder::UNORDERED);
        let mut offset = data_offset;
        for p in self.pages.drain(..) {
            offset_index.append_row_count(p.rows as i64);
            offset_index.append_offset_and_size(offset as i64, p.bytes.len() as i32);
            offset += p.bytes.len() as u64;
            if p.facts.range.is_none() && p.present > 0 {
                // Nothing but NaN: such a page has no smallest value, and the format knows no page
                // without one.
                column_index.to_invalid();
            }
            let (low, high) = p.facts.range.unwrap_or_default();
            column_index.append(
                p.present == 0,
                low,
                high,
                (p.rows - p.present) as i64,
                p.facts.nan.map(|n| n as i64),
            );
        }
        self.dictionary.clear();
        self.bounds.clear();
        self.too_many = false;
        let close = ColumnCloseResult {
            bytes_written: bytes.len() as u64,
            rows_written: rows,
            metadata,
            bloom_filter: None,
            column_index: if column_index.valid() { Some(column_index.build()?) } else { None },
            offset_index: Some(offset_index.build()),
        };
        Ok((bytes, close))
    }
}

/// The content of a page, compressed; in the memory of `into`, which is left without any.
fn compress(
    zstd: &mut Compressor<'static>,
    content: &[u8],
    into: &mut Vec<u8>,
) -> Result<Bytes, ParquetError> {
    into.clear();
    into.reserve(zstd::zstd_safe::compress_bound(content.len()));
    zstd.compress_to_buffer(content, into)?;
    Ok(Bytes::from(std::mem::take(into)))
}

/// The memory of bytes that nobody else has.
pub(super) fn emptied(bytes: Bytes) -> Vec<u8> {
    let mut memory = Vec::from(bytes);
    memory.clear();
    memory
}

/// So many bytes hold most page heads.
const USUAL_HEAD: usize = 32;

/// Appends a page with its head; returns the size of both without compression.
fn write(page: Page, uncompressed: usize, into: &mut Vec<u8>) -> Result<u64, ParquetError> {
    let mut sink = TrackedWrite::new(std::mem::take(into));
    let spec =
        SerializedPageWriter::new(&mut sink).write_page(CompressedPage::new(page, uncompressed))?;
    *into = sink.into_inner()?;
    Ok(spec.uncompressed_size as u64)
}

fn encodings(coded: i32, other: i32, plain: Encoding) -> Vec<Encoding> {
    let dictionary = if coded > 0 { &[Encoding::PLAIN, Encoding::RLE_DICTIONARY][..] } else { &[] };
    let mut all = dictionary.to_vec();
    all.push(Encoding::RLE);
    if other > 0 && !all.contains(&plain) {
        all.push(plain);
    }
    all
}

fn page_encodings(coded: i32, other: i32, plain: Encoding) -> Vec<PageEncodingStats> {
    let of = |page_type, encoding, count| PageEncodingStats { page_type, encoding, count };
    let all = [
        of(PageType::DICTIONARY_PAGE, Encoding::PLAIN, i32::from(coded > 0)),
        of(PageType::DATA_PAGE, Encoding::RLE_DICTIONARY, coded),
        of(PageType::DATA_PAGE, plain, other),
    ];
    all.into_iter().filter(|stats| stats.count > 0).collect()
}
