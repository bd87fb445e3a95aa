//! Ctrl-C while Python waits, and whoever wants to see progress.

use pyo3::prelude::*;
use simulation::Progress;
use std::time::{Duration, Instant};

/// How often Python is asked whether the user wants to end.
const OFTEN: Duration = Duration::from_millis(50);

/// Asks Python, now and then, whether to go on; keeps the exception that says no.
pub struct Listener {
    progress: Option<Py<PyAny>>,
    asked: Instant,
    raised: Option<PyErr>,
}

impl Listener {
    /// A listener that hands the share done (0 to 1) to a callable, if there is one.
    pub fn new(progress: Option<Py<PyAny>>) -> Self {
        Self { progress, asked: Instant::now(), raised: None }
    }

    /// Whether to go on, after so large a share of the work.
    pub fn goes_on(&mut self, share: f64) -> bool {
        if self.raised.is_some() {
            return false;
        }
        if self.asked.elapsed() < OFTEN && share < 1.0 {
            return true;
        }
        self.asked = Instant::now();
        let asked = Python::attach(|py| {
            py.check_signals()?;
            if let Some(progress) = &self.progress {
                progress.call1(py, (share,))?;
            }
            Ok(())
        });
        self.raised = asked.err();
        self.raised.is_none()
    }

    /// Whether to go on, as a run asks.
    pub fn in_run(&mut self, p: Progress) -> bool {
        let whole = (p.end - p.begin).0.max(1) as f64;
        self.goes_on((p.now - p.begin).0 as f64 / whole)
    }

    /// The exception that ended the work, if one did.
    ///
    /// # Errors
    /// That exception.
    pub fn raised(self) -> PyResult<()> {
        self.raised.map_or(Ok(()), Err)
    }
}
