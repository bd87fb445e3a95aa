//! Pages into a column chunk: compression, page heads, indexes, totals.

use super::ZSTD_LEVEL;
use bytes::Bytes;
use parquet::basic::{BoundaryOrder, Compression, Encoding, PageType, ZstdLevel};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, ColumnIndexBuilder, OffsetIndexBuilder, PageEncodingStats};
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use zstd::bulk::Compressor;

/// What the index says about a page's values.
pub(super) struct PageFacts {
    /// Smallest and largest value, as their bytes; none if all are null or NaN.
    pub range: Option<(Vec<u8>, Vec<u8>)>,
    /// How many NaN there are, in a column of reals.
    pub nan: Option<u64>,
}

/// What chunks use one after the other.
pub(super) struct Scratch {
    pub zstd: Compressor<'static>,
    /// The page being encoded.
    pub page: Vec<u8>,
    /// The same, compressed.
    pub compressed: Vec<u8>,
    /// Memory for the next chunk.
    pub chunk: Vec<u8>,
    /// Numbers into a dictionary.
    pub codes: Vec<u32>,
}

pub(super) struct ChunkWriter<'z> {
    scratch: &'z mut Scratch,
    descriptor: ColumnDescPtr,
    sink: TrackedWrite<Vec<u8>>,
    column_index: ColumnIndexBuilder,
    offset_index: OffsetIndexBuilder,
    has_dictionary: bool,
    data_offset: u64,
    data_pages: i32,
    rows: u64,
    uncompressed: usize,
    encoding: Encoding,
}

impl<'z> ChunkWriter<'z> {
    pub fn new(scratch: &'z mut Scratch, descriptor: ColumnDescPtr) -> Self {
        let column_index = ColumnIndexBuilder::new(descriptor.physical_type());
        let sink = TrackedWrite::new(std::mem::take(&mut scratch.chunk));
        Self {
            scratch,
            descriptor,
            sink,
            column_index,
            offset_index: OffsetIndexBuilder::new(),
            has_dictionary: false,
            data_offset: 0,
            data_pages: 0,
            rows: 0,
            uncompressed: 0,
            encoding: Encoding::PLAIN,
        }
    }
    /// Memory for numbers into a dictionary, to be given back.
    pub fn take_codes(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.scratch.codes)
    }
    /// Gives memory back.
    pub fn give_back_codes(&mut self, codes: Vec<u32>) {
        self.scratch.codes = codes;
    }
    /// Writes the page of distinct values, before all others.
    pub fn dictionary(&mut self, plain: &[u8], distinct: usize) -> Result<(), ParquetError> {
        let buf = self.compress(plain)?;
        self.write(Page::DictionaryPage { buf, num_values: distinct as u32, encoding: Encoding::PLAIN, is_sorted: false }, plain.len())?;
        self.has_dictionary = true;
        self.data_offset = self.sink.bytes_written() as u64;
        Ok(())
    }
    /// Writes a page of `rows` rows of which `present` are not null; `put` appends levels and values.
    pub fn page(
        &mut self,
        rows: usize,
        present: usize,
        encoding: Encoding,
        facts: PageFacts,
        put: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), ParquetError> {
        let mut page = std::mem::take(&mut self.scratch.page);
        page.clear();
        put(&mut page);
        let buf = self.compress(&page)?;
        let head = Page::DataPage {
            buf,
            num_values: rows as u32,
            encoding,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        let (offset, size) = self.write(head, page.len())?;
        self.scratch.page = page;
        self.offset_index.append_row_count(rows as i64);
        self.offset_index.append_offset_and_size(offset as i64, size as i32);
        if facts.range.is_none() && present > 0 {
            // Nothing but NaN: such a page has no smallest value, and the format knows no page without one.
            self.column_index.to_invalid();
        }
        let (low, high) = facts.range.unwrap_or_default();
        self.column_index.append(present == 0, low, high, (rows - present) as i64, facts.nan.map(|n| n as i64));
        self.encoding = encoding;
        self.data_pages += 1;
        self.rows += rows as u64;
        Ok(())
    }
    fn compress(&mut self, page: &[u8]) -> Result<Bytes, ParquetError> {
        self.scratch.compressed.clear();
        self.scratch.compressed.reserve(zstd::zstd_safe::compress_bound(page.len()));
        self.scratch.zstd.compress_to_buffer(page, &mut self.scratch.compressed)?;
        Ok(Bytes::copy_from_slice(&self.scratch.compressed))
    }
    fn write(&mut self, page: Page, uncompressed: usize) -> Result<(u64, usize), ParquetError> {
        let spec = SerializedPageWriter::new(&mut self.sink).write_page(CompressedPage::new(page, uncompressed))?;
        self.uncompressed += spec.uncompressed_size;
        Ok((spec.offset, spec.compressed_size))
    }
    /// The chunk's bytes and what the footer says about them. The writer is used up.
    pub fn finish(&mut self, statistics: Statistics) -> Result<(Bytes, ColumnCloseResult), ParquetError> {
        let sink = std::mem::replace(&mut self.sink, TrackedWrite::new(Vec::new()));
        let bytes = Bytes::from(sink.into_inner()?);
        let metadata = ColumnChunkMetaData::builder(self.descriptor.clone())
            .set_encodings(self.encodings())
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
            .set_num_values(self.rows as i64)
            .set_total_compressed_size(bytes.len() as i64)
            .set_total_uncompressed_size(self.uncompressed as i64)
            .set_data_page_offset(self.data_offset as i64)
            .set_dictionary_page_offset(self.has_dictionary.then_some(0))
            .set_statistics(statistics)
            .set_page_encoding_stats(self.page_encodings())
            .build()?;
        let mut column_index = std::mem::replace(&mut self.column_index, ColumnIndexBuilder::new(self.descriptor.physical_type()));
        column_index.set_boundary_order(BoundaryOrder::UNORDERED);
        let column_index = if column_index.valid() { Some(column_index.build()?) } else { None };
        let offset_index = Some(std::mem::take(&mut self.offset_index).build());
        let close = ColumnCloseResult {
            bytes_written: bytes.len() as u64,
            rows_written: self.rows,
            metadata,
            bloom_filter: None,
            column_index,
            offset_index,
        };
        Ok((bytes, close))
    }
    fn encodings(&self) -> Vec<Encoding> {
        if self.has_dictionary { vec![Encoding::PLAIN, Encoding::RLE, self.encoding] } else { vec![Encoding::RLE, self.encoding] }
    }
    fn page_encodings(&self) -> Vec<PageEncodingStats> {
        let data = PageEncodingStats { page_type: PageType::DATA_PAGE, encoding: self.encoding, count: self.data_pages };
        let dictionary = PageEncodingStats { page_type: PageType::DICTIONARY_PAGE, encoding: Encoding::PLAIN, count: 1 };
        if self.has_dictionary { vec![dictionary, data] } else { vec![data] }
    }
}
