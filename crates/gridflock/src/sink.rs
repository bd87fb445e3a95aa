//! Where the rows of a run go: through the indicators to the writer.

use domain::{IndicatorRow, Rows};
use indicators::Accumulator;
use record::{RecordError, TableFile, Writer, WriterState};
use simulation::Sink;

/// Takes the rows of one run.
pub struct RunSink {
    writer: Option<Writer>,
    indicators: Accumulator,
    rows: u64,
}

impl RunSink {
    /// A sink; without a writer the rows are only counted into indicators.
    pub fn new(writer: Option<Writer>, indicators: Accumulator) -> Self {
        Self { writer, indicators, rows: 0 }
    }
    /// The indicators so far, to be kept in a checkpoint.
    pub fn indicators(&self) -> &Accumulator {
        &self.indicators
    }
    /// Rows taken so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }
    /// The writer's state, to be kept in a checkpoint.
    ///
    /// # Errors
    /// If the writer has failed.
    pub fn writer_state(&mut self) -> Result<Option<WriterState>, RecordError> {
        self.writer.as_mut().map(Writer::state).transpose()
    }
    /// Writes the indicators as the last table and closes all of them.
    ///
    /// # Errors
    /// If a table cannot be written.
    pub fn close(self) -> Result<(Vec<IndicatorRow>, Vec<TableFile>), RecordError> {
        self.end(Writer::close)
    }
    /// The same for a run that ends early: what its last checkpoint needs stays.
    ///
    /// # Errors
    /// If a table cannot be written.
    pub fn suspend(self) -> Result<(Vec<IndicatorRow>, Vec<TableFile>), RecordError> {
        self.end(Writer::suspend)
    }
    fn end(
        mut self,
        how: fn(Writer) -> Result<Vec<TableFile>, RecordError>,
    ) -> Result<(Vec<IndicatorRow>, Vec<TableFile>), RecordError> {
        let figures = self.indicators.finish();
        let Some(mut writer) = self.writer.take() else { return Ok((figures, Vec::new())) };
        writer.send(0, Rows { indicators: figures.clone(), ..Rows::default() })?;
        Ok((figures, how(writer)?))
    }
}

impl Sink for RunSink {
    fn take(&mut self, rows: &mut Rows) -> Result<(), String> {
        if rows.count() == 0 {
            return Ok(());
        }
        self.rows += rows.count() as u64;
        self.indicators.absorb(rows);
        let Some(writer) = &mut self.writer else {
            rows.clear();
            return Ok(());
        };
        *rows = writer.send(0, std::mem::take(rows)).map_err(|e| e.to_string())?;
        Ok(())
    }
}
