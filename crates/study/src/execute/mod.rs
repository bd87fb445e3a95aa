//! Running a plan: threads, receipts, blocks, shards, resume.

mod blocks;
mod finish;
mod journal;
mod pool;
mod progress;
mod stored;
mod study;

pub use finish::{Outcome, merge};
pub use progress::Progress;
pub use stored::{RunCount, StudyStatus, status};
pub use study::{ExecuteOptions, execute, is_of, reopen};

pub(crate) use blocks::table_options;
pub(crate) use study::threads;
