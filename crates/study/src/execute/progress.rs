//! How far a study has come.

use std::time::Duration;

/// How far a study has come, told after every run and several times a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Runs to do here, as far as is known: a stopping rule may add some.
    pub runs: u64,
    /// Runs finished, failed ones and those of before a resume included.
    pub finished: u64,
    /// Runs that failed.
    pub failed: u64,
    /// Runs finished since this process began.
    pub finished_now: u64,
    /// Wall-clock time since this process began.
    pub elapsed: Duration,
}

impl Progress {
    /// Wall-clock time that the rest will take at the pace so far; none before the first run has
    /// finished.
    ///
    /// ```
    /// use std::time::Duration;
    /// let p = study::Progress { runs: 100, finished: 60, failed: 0, finished_now: 20, elapsed: Duration::from_secs(10) };
    /// assert_eq!(p.remaining(), Some(Duration::from_secs(20))); // 40 runs at 2 a second
    /// ```
    pub fn remaining(&self) -> Option<Duration> {
        let left = self.runs.saturating_sub(self.finished) as f64;
        (self.finished_now > 0).then(|| self.elapsed.mul_f64(left / self.finished_now as f64))
    }
}
