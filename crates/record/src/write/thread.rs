//! The writer thread: loads of rows go in over a bounded channel and come back empty for reuse.

use super::{RunTables, WriterState};
use crate::files::TableFile;
use crate::{RecordError, Rows};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::thread::JoinHandle;

/// How many loads may wait for the writer.
const WAITING_LOADS: usize = 3;
/// Rows that travel together: waking the writer's thread costs as much as making some hundred.
const LOAD: usize = 4096;

/// Batches of rows, each with its run.
type Batches = Vec<(i64, Rows)>;

enum Order {
    Append(Batches),
    Save(Sender<WriterState>),
    Close,
    Suspend,
}

/// Writes tables on a thread of its own.
///
/// An error on that thread stops it; it comes back from the next call, whichever that is.
pub struct Writer {
    orders: Sender<Order>,
    emptied: Receiver<Batches>,
    /// What waits to be sent, and how many rows that are.
    load: Batches,
    rows: usize,
    /// Empty batches, for reuse.
    spare: Batches,
    thread: Option<JoinHandle<Result<Vec<TableFile>, RecordError>>>,
}

impl Writer {
    /// Hands the tables to a new thread.
    ///
    /// # Errors
    /// [`RecordError::Io`] if there can be no new thread.
    pub fn spawn(tables: RunTables) -> Result<Self, RecordError> {
        let (orders, incoming) = bounded(WAITING_LOADS);
        let (outgoing, emptied) = bounded(WAITING_LOADS + 2);
        let thread = std::thread::Builder::new()
            .name("record".to_owned())
            .spawn(move || serve(tables, &incoming, &outgoing))
            .map_err(RecordError::io("start", std::path::Path::new("writer thread")))?;
        Ok(Self {
            orders,
            emptied,
            load: Vec::new(),
            rows: 0,
            spare: Vec::new(),
            thread: Some(thread),
        })
    }
    /// Sends rows of run `run_id`, at the latest with the rows that make a load full, and returns
    /// an empty batch to fill next, with the memory of one that has come back. Waits while the
    /// writer is behind.
    ///
    /// # Errors
    /// What stopped the writer, or [`RecordError::Stopped`] if that has been told already.
    pub fn send(&mut self, run_id: i64, rows: Rows) -> Result<Rows, RecordError> {
        if self.thread.is_none() {
            return Err(RecordError::Stopped);
        }
        self.rows += rows.count();
        self.load.push((run_id, rows));
        if self.rows >= LOAD {
            self.send_load()?;
        }
        Ok(self.spare.pop().map(|(_, rows)| rows).unwrap_or_default())
    }
    fn send_load(&mut self) -> Result<(), RecordError> {
        self.rows = 0;
        let mut next = Vec::new();
        for mut load in self.emptied.try_iter() {
            self.spare.append(&mut load);
            next = load;
        }
        if self.orders.send(Order::Append(std::mem::replace(&mut self.load, next))).is_err() {
            return Err(self.why_stopped());
        }
        Ok(())
    }
    /// The state of the tables after everything that was sent, for a checkpoint.
    ///
    /// # Errors
    /// As for [`Writer::send`].
    pub fn state(&mut self) -> Result<WriterState, RecordError> {
        self.send_load()?;
        let (reply, state) = bounded(1);
        if self.orders.send(Order::Save(reply)).is_err() {
            return Err(self.why_stopped());
        }
        state.recv().map_err(|_| self.why_stopped())
    }
    /// Writes what is left and closes the files.
    ///
    /// # Errors
    /// As for [`Writer::send`]; then the files keep their temporary names.
    pub fn close(mut self) -> Result<Vec<TableFile>, RecordError> {
        self.end(Order::Close)
    }
    /// Closes the files of a run that ends early and leaves what its last checkpoint needs.
    ///
    /// # Errors
    /// As for [`Writer::close`].
    pub fn suspend(mut self) -> Result<Vec<TableFile>, RecordError> {
        self.end(Order::Suspend)
    }
    fn end(&mut self, how: Order) -> Result<Vec<TableFile>, RecordError> {
        self.send_load()?;
        // A failed send means that the writer has stopped; joining it tells why.
        let _ = self.orders.send(how);
        self.join()
    }
    fn why_stopped(&mut self) -> RecordError {
        self.join().err().unwrap_or(RecordError::Stopped)
    }
    fn join(&mut self) -> Result<Vec<TableFile>, RecordError> {
        self.thread
            .take()
            .map_or(Err(RecordError::Stopped), |t| t.join().unwrap_or(Err(RecordError::Stopped)))
    }
}

impl Drop for Writer {
    /// Without [`Writer::close`] the files keep their temporary names.
    fn drop(&mut self) {
        // Replacing the only sender by a dangling one ends the thread's loop.
        self.orders = bounded(0).0;
        let _ = self.join();
    }
}

fn serve(
    mut tables: RunTables,
    orders: &Receiver<Order>,
    emptied: &Sender<Batches>,
) -> Result<Vec<TableFile>, RecordError> {
    for order in orders {
        match order {
            Order::Append(mut batches) => {
                for (run_id, rows) in &mut batches {
                    tables.append(*run_id, rows)?;
                    rows.clear();
                }
                // If nobody takes them back they are simply dropped.
                let _ = emptied.try_send(batches);
            }
            Order::Save(reply) => {
                let _ = reply.send(tables.state());
            }
            Order::Close => return tables.close(),
            Order::Suspend => return tables.suspend(),
        }
    }
    Err(RecordError::Stopped)
}
