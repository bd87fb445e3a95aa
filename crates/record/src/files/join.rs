//! A Parquet file made by joining encoded row groups: column chunks are copied byte by byte, only
//! their offsets change.
//!
//! Plain runs, checkpointed runs, shards and studies all write their files through here, so the
//! bytes do not depend on which it was.

use super::Layout;
use crate::RecordError;
use crate::encode::{Encoder, OpenGroup};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::{
    PageIndexPolicy, ParquetMetaData, ParquetMetaDataOptions, ParquetMetaDataReader,
};
use parquet::file::reader::ChunkReader;
use parquet::file::writer::SerializedFileWriter;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A table's file, closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableFile {
    /// Table name.
    pub table: String,
    /// File name in its directory.
    pub file: String,
    /// Rows in it.
    pub rows: u64,
    /// Bytes in it.
    pub bytes: u64,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
}

/// A file under way: `<path>.tmp` until it is closed.
pub(crate) struct JoinFile {
    path: PathBuf,
    temporary: PathBuf,
    writer: SerializedFileWriter<BufWriter<HashingFile>>,
    table: String,
    rows: u64,
}

impl JoinFile {
    /// Starts `path` as `<path>.tmp`.
    pub fn create(path: &Path, layout: &Layout) -> Result<Self, RecordError> {
        let temporary = with_suffix(path, ".tmp");
        let file = File::create(&temporary).map_err(RecordError::io("create", &temporary))?;
        let sink =
            BufWriter::with_capacity(1 << 16, HashingFile { file, hash: Sha256::new(), bytes: 0 });
        let writer =
            SerializedFileWriter::new(sink, layout.schema.clone(), layout.properties.clone())
                .map_err(RecordError::parquet("write", &temporary))?;
        Ok(Self { path: path.to_owned(), temporary, writer, table: layout.name.clone(), rows: 0 })
    }
    /// Appends the row groups of an encoded part, in memory (`Bytes`) or in a file; `from` names it
    /// in errors.
    pub fn append<R: ChunkReader>(&mut self, part: &R, from: &Path) -> Result<(), RecordError> {
        // Otherwise what is said of the pages' encodings would not be copied.
        let whole = ParquetMetaDataOptions::new().with_encoding_stats_as_mask(false);
        let metadata = ParquetMetaDataReader::new()
            .with_metadata_options(Some(whole))
            .with_page_index_policy(PageIndexPolicy::Required)
            .parse_and_finish(part)
            .map_err(RecordError::parquet("read", from))?;
        append_row_groups(&mut self.writer, part, &metadata)
            .map_err(RecordError::parquet("write", &self.temporary))?;
        self.rows += metadata.file_metadata().num_rows() as u64;
        Ok(())
    }
    /// Appends a row group, which is empty then.
    pub fn encode(
        &mut self,
        encoder: &mut Encoder,
        layout: &Layout,
        group: &mut OpenGroup,
    ) -> Result<(), RecordError> {
        let rows = group.rows();
        encoder.write(layout, group, &mut self.writer, &self.temporary)?;
        self.rows += rows as u64;
        Ok(())
    }
    /// Writes the footer; the file keeps its temporary name until it is
    /// [published](FinishedFile::publish).
    pub fn finish(self) -> Result<FinishedFile, RecordError> {
        let Self { path, temporary, writer, table, rows } = self;
        let sink = writer.into_inner().map_err(RecordError::parquet("write", &temporary))?;
        let sink =
            sink.into_inner().map_err(|e| RecordError::io("write", &temporary)(e.into_error()))?;
        let HashingFile { file, hash, bytes } = sink;
        drop(file);
        let file = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let closed = TableFile { table, file, rows, bytes, sha256: hexadecimal(&hash.finalize()) };
        Ok(FinishedFile { path, temporary, closed })
    }
}

/// A complete file that still has its temporary name.
pub(crate) struct FinishedFile {
    path: PathBuf,
    temporary: PathBuf,
    closed: TableFile,
}

impl FinishedFile {
    /// Gives the file its final name.
    pub fn publish(self) -> Result<TableFile, RecordError> {
        std::fs::rename(&self.temporary, &self.path)
            .map_err(RecordError::io("rename", &self.temporary))?;
        Ok(self.closed)
    }
}

fn append_row_groups<W: Write + Send, R: ChunkReader>(
    writer: &mut SerializedFileWriter<W>,
    part: &R,
    metadata: &ParquetMetaData,
) -> Result<(), ParquetError> {
    for (i, group) in metadata.row_groups().iter().enumerate() {
        let index = metadata.page_index_for_row_group(i);
        let mut out = writer.next_row_group()?;
        for (j, column) in group.columns().iter().enumerate() {
            let close = ColumnCloseResult {
                bytes_written: column.compressed_size() as u64,
                rows_written: group.num_rows() as u64,
                metadata: column.clone(),
                bloom_filter: None,
                column_index: index.column_index(j).cloned(),
                offset_index: index.offset_index(j).cloned(),
            };
            out.append_column(part, close)?;
        }
        out.close()?;
    }
    Ok(())
}

/// A file that hashes what goes into it.
struct HashingFile {
    file: File,
    hash: Sha256,
    bytes: u64,
}

impl Write for HashingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.file.write(bytes)?;
        self.hash.update(&bytes[..n]);
        self.bytes += n as u64;
        Ok(n)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, b| {
        let _ = write!(text, "{b:02x}");
        text
    })
}
