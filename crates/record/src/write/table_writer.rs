//! One table: rows into columns, full row groups into the file or into part files.

use crate::encode::{Encoder, OpenGroup};
use crate::files::{FinishedFile, JoinFile, Layout, with_suffix};
use crate::schema::{Batch, Ranks, Table, TableSpec};
use crate::{RecordError, names};
use domain::{FactKind, Rows};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A closed row group in a file of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartFile {
    /// File name in the directory of parts.
    pub file: String,
    /// Its size, to recognise it again.
    pub bytes: u64,
}

/// A table's state in a checkpoint: open rows, counters, and the row groups that are already on
/// disk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableState {
    table: Table,
    group: OpenGroup,
    counter: RankCounter,
    parts: Vec<PartFile>,
}

/// Counts the rows of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct RankCounter {
    run: Option<i64>,
    next: i64,
}

impl RankCounter {
    /// The first of `n` ranks in run `run`.
    fn take(&mut self, run: i64, n: usize) -> Result<i64, RecordError> {
        if let Some(last) = self.run.filter(|last| *last > run) {
            return Err(RecordError::RunOrder { last, got: run });
        }
        if self.run != Some(run) {
            *self = Self { run: Some(run), next: 0 };
        }
        self.next += n as i64;
        Ok(self.next - n as i64)
    }
}

/// Where full row groups go.
pub(crate) enum Sink {
    /// Straight into the table's file.
    File(Box<JoinFile>),
    /// Each into a part file, joined into the table's file at the end.
    Parts { directory: PathBuf, path: PathBuf, parts: Vec<PartFile> },
}

/// The kinds of fact that are written, one bit each.
#[derive(Clone, Copy)]
pub(crate) struct KindMask(u64);

impl KindMask {
    pub fn new(kinds: impl IntoIterator<Item = FactKind>) -> Self {
        Self(kinds.into_iter().fold(0, |mask, k| mask | 1 << k as u64))
    }
    fn has(self, kind: FactKind) -> bool {
        self.0 >> (kind as u64) & 1 == 1
    }
}

/// Rows that are turned into columns at a time: so few that they stay in the processor's first
/// cache from column to column.
const BLOCK: usize = 128;

pub(crate) struct TableWriter {
    spec: &'static TableSpec,
    layout: Layout,
    row_group: usize,
    kinds: KindMask,
    sink: Sink,
    group: OpenGroup,
    counter: RankCounter,
    /// The facts that pass the filter, and their ranks; reused from batch to batch.
    passed: (Rows, Vec<i64>),
}

impl TableWriter {
    pub fn new(
        table: Table,
        layout: Layout,
        row_group: usize,
        kinds: KindMask,
        sink: Sink,
    ) -> Self {
        let spec = table.spec();
        let group = OpenGroup::new(spec.columns);
        let (counter, passed) = Default::default();
        Self { spec, layout, row_group: row_group.max(1), kinds, sink, group, counter, passed }
    }
    /// Goes on from a checkpoint.
    pub fn restore(&mut self, state: TableState) -> Result<(), RecordError> {
        if state.table != self.spec.table || !state.group.fits(self.spec.columns) {
            return Err(RecordError::Resume(format!(
                "the saved rows of {} have other columns",
                self.spec.table.name()
            )));
        }
        if let Sink::Parts { directory, parts, .. } = &mut self.sink {
            state.parts.iter().try_for_each(|part| part.check(directory))?;
            *parts = state.parts;
        }
        self.group = state.group;
        self.counter = state.counter;
        Ok(())
    }
    /// The state for a checkpoint.
    pub fn state(&self) -> TableState {
        let parts = match &self.sink {
            Sink::File(_) => Vec::new(),
            Sink::Parts { parts, .. } => parts.clone(),
        };
        TableState {
            table: self.spec.table,
            group: self.group.clone(),
            counter: self.counter,
            parts,
        }
    }
    /// Appends a batch's rows of this table.
    pub fn append(
        &mut self,
        run_id: i64,
        rows: &Rows,
        encoder: &mut Encoder,
    ) -> Result<(), RecordError> {
        let n = (self.spec.len)(rows);
        if n == 0 {
            return Ok(());
        }
        let first = self.counter.take(run_id, n)?;
        if self.spec.table == Table::Facts && !rows.facts.iter().all(|f| self.kinds.has(f.kind)) {
            return self.append_filtered(run_id, rows, first, encoder);
        }
        self.fill(run_id, rows, n, encoder, |range| Ranks::From(first + range.start as i64))
    }
    fn append_filtered(
        &mut self,
        run_id: i64,
        rows: &Rows,
        first: i64,
        encoder: &mut Encoder,
    ) -> Result<(), RecordError> {
        let (mut passed, mut ranks) = std::mem::take(&mut self.passed);
        passed.facts.clear();
        ranks.clear();
        for (rank, fact) in (first..).zip(&rows.facts).filter(|(_, f)| self.kinds.has(f.kind)) {
            passed.facts.push(*fact);
            ranks.push(rank);
        }
        let result =
            self.fill(run_id, &passed, ranks.len(), encoder, |range| Ranks::Each(&ranks[range]));
        self.passed = (passed, ranks);
        result
    }
    fn fill<'a>(
        &mut self,
        run_id: i64,
        rows: &Rows,
        n: usize,
        encoder: &mut Encoder,
        ranks: impl Fn(Range<usize>) -> Ranks<'a>,
    ) -> Result<(), RecordError> {
        let mut start = 0;
        while start < n {
            let end = n.min(start + BLOCK.min(self.group.room(self.row_group)));
            let batch = Batch {
                run_id,
                rows,
                range: start..end,
                ranks: ranks(start..end),
                start_utc_us: self.layout.start_utc_us,
            };
            (self.spec.fill)(&batch, &mut self.group.buffers);
            if self.group.rows() == self.row_group {
                self.flush(encoder)?;
            } else {
                encoder.page_if_full(&self.layout, &mut self.group)?;
            }
            start = end;
        }
        Ok(())
    }
    fn flush(&mut self, encoder: &mut Encoder) -> Result<(), RecordError> {
        match &mut self.sink {
            Sink::File(file) => file.encode(encoder, &self.layout, &mut self.group),
            Sink::Parts { directory, parts, .. } => {
                let part = encoder.row_group(&self.layout, &mut self.group)?;
                let name = names::row_group(&self.layout.name, parts.len());
                parts.push(PartFile::write(directory, name, &part)?);
                encoder.give_back(part);
                Ok(())
            }
        }
    }
    /// Writes the open rows and the footer.
    pub fn finish(mut self, encoder: &mut Encoder) -> Result<FinishedFile, RecordError> {
        if self.group.rows() > 0 {
            self.flush(encoder)?;
        }
        match self.sink {
            Sink::File(file) => file.finish(),
            Sink::Parts { directory, path, parts } => {
                let mut file = JoinFile::create(&path, &self.layout)?;
                for part in &parts {
                    part.check(&directory)?;
                    let path = directory.join(&part.file);
                    let part = File::open(&path).map_err(RecordError::io("read", &path))?;
                    file.append(&part, &path)?;
                }
                file.finish()
            }
        }
    }
}

impl PartFile {
    fn write(directory: &Path, file: String, content: &[u8]) -> Result<Self, RecordError> {
        let path = directory.join(&file);
        let temporary = with_suffix(&path, ".tmp");
        std::fs::write(&temporary, content).map_err(RecordError::io("write", &temporary))?;
        std::fs::rename(&temporary, &path).map_err(RecordError::io("rename", &temporary))?;
        Ok(Self { file, bytes: content.len() as u64 })
    }
    fn check(&self, directory: &Path) -> Result<(), RecordError> {
        let path = directory.join(&self.file);
        let found = std::fs::metadata(&path).map_err(RecordError::io("read", &path))?.len();
        if found == self.bytes {
            return Ok(());
        }
        Err(RecordError::Resume(format!(
            "{} has {found} bytes, {} were written",
            path.display(),
            self.bytes
        )))
    }
}
