//! The worker threads of a run.

use super::{Outgoing, Partition};
use domain::Time;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// A small pool of threads that lives as long as the run; with one thread the caller's own is used.
#[derive(Debug)]
pub struct Threads {
    pool: Option<ThreadPool>,
}

/// The operating system refused the threads.
#[derive(Debug, thiserror::Error)]
#[error("{count} worker threads could not be started; try fewer")]
pub struct ThreadsError {
    count: usize,
    #[source]
    source: rayon::ThreadPoolBuildError,
}

impl Threads {
    /// Everything on the caller's thread.
    pub fn one() -> Self {
        Self { pool: None }
    }

    /// A pool of `count` threads; 0 counts as 1.
    ///
    /// # Errors
    /// If the operating system refuses them.
    pub fn new(count: usize) -> Result<Self, ThreadsError> {
        if count <= 1 {
            return Ok(Self::one());
        }
        let pool = ThreadPoolBuilder::new()
            .num_threads(count)
            .thread_name(|i| format!("zone-{i}"))
            .build();
        pool.map(|p| Self { pool: Some(p) }).map_err(|source| ThreadsError { count, source })
    }

    /// The number of threads.
    pub fn count(&self) -> usize {
        self.pool.as_ref().map_or(1, ThreadPool::current_num_threads)
    }

    /// Runs the partitions up to `bound`; what each has sent, by partition. Those with nothing to
    /// do are left alone.
    pub(super) fn run<P: Partition>(
        &self,
        partitions: &mut [P],
        bound: Time,
    ) -> Vec<Vec<Outgoing<P::Cross>>> {
        let mut sent: Vec<Vec<_>> = partitions.iter().map(|_| Vec::new()).collect();
        let mut busy: Vec<_> = partitions
            .iter_mut()
            .zip(&mut sent)
            .filter(|(p, _)| p.next_time().is_some_and(|t| t < bound))
            .collect();
        match &self.pool {
            Some(pool) if busy.len() > 1 => {
                pool.install(|| {
                    busy.par_iter_mut()
                        .with_max_len(1)
                        .for_each(|(p, out)| p.run_until(bound, out));
                });
            }
            _ => busy.iter_mut().for_each(|(p, out)| p.run_until(bound, out)),
        }
        drop(busy);
        sent
    }
}

impl Default for Threads {
    fn default() -> Self {
        Self::one()
    }
}
