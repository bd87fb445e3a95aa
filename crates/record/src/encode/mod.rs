//! Encoding rows page by page, and row groups into a table's file or as Parquet files of their own
//! in memory.
//!
//! The column chunks are encoded here and not by the Parquet library's column writers, which take
//! longer for tables like these: words are numbers already, ids and quantised reals go through a
//! small hash table of 64-bit patterns, null levels are a bitmap, pages are cut by rows, and one
//! zstd context serves all pages. The library writes page heads, footers and indexes, and reads
//! everything back in the tests.

mod bits;
mod chunk;
mod column;
mod delta;
mod dictionary;
mod levels;
mod number;

use crate::RecordError;
use crate::columns::{Buffer, new_buffers};
use crate::files::Layout;
use crate::schema::{ColumnSpec, Kind};
use bytes::Bytes;
use chunk::{OpenChunk, Scratch, emptied};
use column::ColumnEncoder;
use parquet::errors::ParquetError;
use parquet::file::writer::SerializedFileWriter;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::Path;
use zstd::bulk::Compressor;

/// zstd level of every page. The encodings leave little to find: level 3 makes the park's files 2.5
/// % smaller and takes half as long again.
pub(crate) const ZSTD_LEVEL: i32 = 1;

/// Rows in a page; a multiple of the block of differences. Its columns stay in a processor's cache
/// until they are encoded.
const PAGE_ROWS: usize = 32_768;

/// A row group under way: its pages so far, and the rows behind them. Plain data, so that a
/// checkpoint can keep it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct OpenGroup {
    paged: usize,
    chunks: Vec<OpenChunk>,
    /// The rows behind the last page, one buffer per column.
    pub buffers: Vec<Buffer>,
}

impl OpenGroup {
    /// A row group of no rows yet.
    pub fn new(columns: &[ColumnSpec]) -> Self {
        let chunks = columns.iter().map(|_| OpenChunk::default()).collect();
        Self { paged: 0, chunks, buffers: new_buffers(columns) }
    }
    /// Rows in it.
    pub fn rows(&self) -> usize {
        self.paged + self.buffered()
    }
    fn buffered(&self) -> usize {
        self.buffers[0].len()
    }
    /// Rows that it takes until it has `most`, or until its page is full.
    pub fn room(&self, most: usize) -> usize {
        (most - self.rows()).min(PAGE_ROWS - self.buffered())
    }
    /// Whether it can be one of a table with such columns.
    pub fn fits(&self, columns: &[ColumnSpec]) -> bool {
        let buffers = self.buffers.len() == columns.len()
            && self.buffers.iter().zip(columns).all(|(b, c)| b.fits(c));
        buffers && self.chunks.len() == columns.len()
    }
}

/// Encodes pages and row groups; keeps the memory from one to the next.
pub(crate) struct Encoder {
    scratch: Scratch,
    /// Memory for the next row group.
    file: Vec<u8>,
}

impl Encoder {
    pub fn new() -> Result<Self, RecordError> {
        let zstd =
            Compressor::new(ZSTD_LEVEL).map_err(RecordError::io("start", Path::new("zstd")))?;
        let scratch = Scratch {
            zstd,
            page: Vec::new(),
            compressed: Vec::new(),
            chunk: Vec::new(),
            codes: Vec::new(),
        };
        Ok(Self { scratch, file: Vec::new() })
    }
    /// Takes the memory of a row group back, to be used for the next one.
    pub fn give_back(&mut self, row_group: Bytes) {
        self.file = emptied(row_group);
    }
    /// Encodes the rows behind the last page if they make another one.
    pub fn page_if_full(
        &mut self,
        layout: &Layout,
        group: &mut OpenGroup,
    ) -> Result<(), RecordError> {
        if group.buffered() < PAGE_ROWS { Ok(()) } else { self.page(layout, group) }
    }
    fn page(&mut self, layout: &Layout, group: &mut OpenGroup) -> Result<(), RecordError> {
        let fail = |e: ParquetError| RecordError::parquet("encode", Path::new(&layout.name))(e);
        group.paged = group.rows();
        for ((column, buffer), chunk) in
            layout.columns.iter().zip(&mut group.buffers).zip(&mut group.chunks)
        {
            check_names(layout, column, buffer)?;
            let mut encoder =
                ColumnEncoder { chunk, scratch: &mut self.scratch, encoding: column.encoding };
            match &*buffer {
                Buffer::Int64(v) => encoder.numbers(v, group.paged),
                Buffer::Int32(v) => encoder.numbers(v, group.paged),
                Buffer::Float64(v) => encoder.numbers(v, group.paged),
                Buffer::Bool(v) => encoder.flags(v),
                Buffer::Code(v) => encoder.texts(v, &words(layout, column)),
                Buffer::Text(t) => encoder.texts(&t.codes, &t.words()),
            }
            .map_err(fail)?;
            buffer.clear();
        }
        Ok(())
    }
    /// A row group as a Parquet file that holds nothing else. The group is empty then.
    pub fn row_group(
        &mut self,
        layout: &Layout,
        group: &mut OpenGroup,
    ) -> Result<Bytes, RecordError> {
        let path = Path::new(&layout.name);
        let fail = |e: ParquetError| RecordError::parquet("encode", path)(e);
        let mut file = SerializedFileWriter::new(
            std::mem::take(&mut self.file),
            layout.schema.clone(),
            layout.properties.clone(),
        )
        .map_err(fail)?;
        self.write(layout, group, &mut file, path)?;
        file.into_inner().map(Bytes::from).map_err(fail)
    }
    /// Writes a row group into a Parquet file, which `path` names in errors. The group is empty
    /// then.
    pub fn write<W: Write + Send>(
        &mut self,
        layout: &Layout,
        group: &mut OpenGroup,
        file: &mut SerializedFileWriter<W>,
        path: &Path,
    ) -> Result<(), RecordError> {
        if group.buffered() > 0 {
            self.page(layout, group)?;
        }
        let fail = |e: ParquetError| RecordError::parquet("write", path)(e);
        let descriptors = file.schema_descr().columns().to_vec();
        let mut out = file.next_row_group().map_err(fail)?;
        for (((column, buffer), chunk), descriptor) in
            layout.columns.iter().zip(&mut group.buffers).zip(&mut group.chunks).zip(&descriptors)
        {
            let mut encoder =
                ColumnEncoder { chunk, scratch: &mut self.scratch, encoding: column.encoding };
            let (bytes, close) = match &*buffer {
                Buffer::Int64(_) => encoder.close_numbers::<i64>(descriptor),
                Buffer::Int32(_) => encoder.close_numbers::<i32>(descriptor),
                Buffer::Float64(_) => encoder.close_numbers::<f64>(descriptor),
                Buffer::Bool(_) => encoder.close_flags(descriptor),
                Buffer::Code(_) => encoder.close_texts::<u16>(descriptor, &words(layout, column)),
                Buffer::Text(t) => encoder.close_texts::<u32>(descriptor, &t.words()),
            }
            .map_err(fail)?;
            out.append_column(&bytes, close).map_err(fail)?;
            self.scratch.chunk = emptied(bytes);
            buffer.forget_texts();
        }
        out.close().map_err(fail)?;
        group.paged = 0;
        Ok(())
    }
}

/// The texts that a column's codes stand for.
fn words<'a>(layout: &'a Layout, column: &ColumnSpec) -> Vec<&'a str> {
    match column.kind {
        Kind::Word(list) => list(),
        Kind::Name(list) => list.of(&layout.names).iter().map(String::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Numbers of names come from the caller: each must have its name.
fn check_names(layout: &Layout, column: &ColumnSpec, buffer: &Buffer) -> Result<(), RecordError> {
    let (Kind::Name(list), Buffer::Code(codes)) = (column.kind, buffer) else { return Ok(()) };
    let known = list.of(&layout.names).len();
    match codes.values().iter().find(|code| usize::from(**code) >= known) {
        None => Ok(()),
        Some(&number) => Err(RecordError::UnknownName {
            table: layout.name.clone(),
            column: column.name.to_string(),
            number,
            known,
        }),
    }
}
