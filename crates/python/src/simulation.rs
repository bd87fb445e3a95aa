//! One run driven by hand from Python.

use crate::error::raise;
use crate::policies::{self, PyPolicies};
use crate::run::{Outcome, simulated, tables};
use crate::signal::Listener;
use domain::Time;
use gridflock::{Applies, Failure, Opening, Prepared, Recording};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

/// A run that several may hold; none once it is finished.
pub type Held = Arc<Mutex<Option<gridflock::Simulation>>>;

/// A run, held for a while.
pub fn locked(run: &Held) -> MutexGuard<'_, Option<gridflock::Simulation>> {
    // A panic while it was held would have been an error of ours: the run is as it was.
    run.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One run, driven by hand: `advance`, look, `save`, `fork`, `finish`.
///
/// Instants are microseconds from the scenario's start (a local midnight); the package turns them
/// into `datetime`.
#[pyclass(frozen, module = "gridflock")]
pub struct Simulation {
    run: Held,
    prepared: Arc<Prepared>,
    resolved: String,
    recording: Recording,
    tables: BTreeSet<record::Table>,
    policies: Option<Arc<PyPolicies>>,
}

impl Simulation {
    fn lock(&self) -> MutexGuard<'_, Option<gridflock::Simulation>> {
        locked(&self.run)
    }

    /// A run that somebody else holds too, and of which nothing is recorded.
    pub fn without_record(run: Held, prepared: Arc<Prepared>, resolved: String) -> Self {
        let recording = Recording::Nothing;
        Self { run, prepared, resolved, recording, tables: BTreeSet::new(), policies: None }
    }

    /// Refuses to let a policy wait for the run that asks it.
    ///
    /// # Errors
    /// If it would.
    fn refuse_to_wait(&self) -> PyResult<()> {
        match self.run.try_lock() {
            Err(TryLockError::WouldBlock) if policies::is_asked() => Err(PyRuntimeError::new_err(
                "a policy cannot use the simulation that asks it: all it may know is its view",
            )),
            _ => Ok(()),
        }
    }

    /// Does something with the run, if it is not finished. Whoever holds the run may be waiting for
    /// the interpreter (a policy, progress, Ctrl-C): it is let go before the run is waited for.
    fn with<T: Send>(
        &self,
        py: Python<'_>,
        f: impl FnOnce(&mut gridflock::Simulation) -> T + Send,
    ) -> PyResult<T> {
        self.refuse_to_wait()?;
        py.detach(|| self.lock().as_mut().map(f)).ok_or_else(finished)
    }
}

fn hold(run: gridflock::Simulation) -> Held {
    Arc::new(Mutex::new(Some(run)))
}

fn finished() -> PyErr {
    PyValueError::new_err("the simulation is finished: open another one, or fork before `finish`")
}

#[pymethods]
impl Simulation {
    /// A run at its beginning (of the warm-up, where there is one).
    #[new]
    #[pyo3(signature = (scenario, sets, tables=None, threads=1, policies=None))]
    fn new(
        py: Python<'_>,
        scenario: &str,
        sets: Vec<String>,
        tables: Option<Vec<String>>,
        threads: usize,
        policies: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let policies = policies.map(|d| PyPolicies::new(py, d)).transpose()?.flatten();
        let own = PyPolicies::own(policies.as_ref());
        let tables = self::tables(tables)?;
        let recording = match tables.len() {
            0 => Recording::Indicators,
            _ => Recording::Memory(tables.clone()),
        };
        let opened = py.detach(|| -> Result<_, Failure> {
            let loaded = ::scenario::Scenario::load(scenario, &sets)?;
            let prepared = Arc::new(Prepared::read(&loaded)?);
            let opening = Opening { threads, recording: recording.clone(), ..Opening::default() };
            let mut run = gridflock::Simulation::open(prepared.clone(), &opening)?;
            run.decide_by(own);
            Ok((prepared, run, ::scenario::resolved_toml(&loaded)))
        });
        let (prepared, run, resolved) = opened.map_err(|failure| raise(py, failure))?;
        Ok(Self { run: hold(run), prepared, resolved, recording, tables, policies })
    }

    /// The instant to which it was driven last [us].
    #[getter]
    fn now_us(&self, py: Python<'_>) -> PyResult<i64> {
        self.with(py, |run| run.now().0)
    }

    /// Where it began [us]: negative with warm-up days.
    #[getter]
    fn begin_us(&self, py: Python<'_>) -> PyResult<i64> {
        self.with(py, |run| run.begin().0)
    }

    /// Where it ends [us].
    #[getter]
    fn end_us(&self, py: Python<'_>) -> PyResult<i64> {
        self.with(py, |run| run.end().0)
    }

    /// The scenario's start [us since 1970 UTC].
    #[getter]
    fn start_utc_us(&self) -> i64 {
        self.prepared.scenario.start.unix_us
    }

    /// The scenario's offset from UTC [s].
    #[getter]
    fn utc_offset_s(&self) -> i32 {
        self.prepared.scenario.start.offset_s
    }

    /// Length of a settlement period [us].
    #[getter]
    fn period_us(&self) -> i64 {
        domain::Span::DAY.0 / i64::from(self.prepared.scenario.periods_per_day)
    }

    /// Number of zones; they are numbered from 1.
    #[getter]
    fn zones(&self, py: Python<'_>) -> PyResult<u16> {
        self.with(py, |run| run.zones())
    }

    /// Handles everything before an instant [us], or all phases of it too.
    #[pyo3(signature = (until_us, through=false, progress=None))]
    fn advance(
        &self,
        py: Python<'_>,
        until_us: i64,
        through: bool,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<()> {
        let mut listener = Listener::new(progress);
        self.refuse_to_wait()?;
        let advanced = py.detach(|| {
            let mut run = self.lock();
            let Some(run) = run.as_mut() else { return None };
            let until = Time(until_us);
            Some(if through {
                run.advance_through(until)
            } else {
                run.advance_while(until, &mut |p| listener.in_run(p)).map(drop)
            })
        });
        listener.raised()?;
        PyPolicies::raise(self.policies.as_ref())?;
        simulated(py, advanced.ok_or_else(finished)?)
    }

    /// Gives a value from outside at an instant [us]; zone 0 is every zone. Values are text as in
    /// table `inputs`: numbers with spaces between them, or a notice.
    fn inject(
        &self,
        py: Python<'_>,
        at_us: i64,
        zone: u16,
        name: &str,
        value: &str,
    ) -> PyResult<()> {
        let at = Time(at_us);
        let input = simulated(py, ::simulation::parse_input(name, value, at))?;
        let given = self.with(py, |run| run.inject(at, domain::ZoneId(zone), input))?;
        simulated(py, given)
    }

    /// Changes policy at an instant [us] by overrides `key.path=VALUE`; zone 0 is every zone.
    /// `open_too`: terms of open bookings change too.
    #[pyo3(signature = (at_us, zone, sets, open_too=false, segment=None))]
    fn amend(
        &self,
        py: Python<'_>,
        at_us: Option<i64>,
        zone: u16,
        sets: Vec<String>,
        open_too: bool,
        segment: Option<String>,
    ) -> PyResult<()> {
        let applies = if open_too { Applies::All } else { Applies::New };
        let change = ::scenario::change(&sets, applies, segment);
        let change = change.map_err(|problems| raise(py, Failure::Problems(problems)))?;
        let amended = self.with(py, |run| {
            let at = at_us.map_or_else(|| run.next_instant(), Time);
            run.amend(at, domain::ZoneId(zone), change)
        })?;
        simulated(py, amended)
    }

    /// What can be read off a zone, by name.
    fn read<'py>(&self, py: Python<'py>, zone: u16) -> PyResult<Bound<'py, PyDict>> {
        let read = self.with(py, |run| {
            let one = |output: ::simulation::Output| {
                run.read(domain::ZoneId(zone), output).map(|value| (output.name(), value))
            };
            ::simulation::Output::ALL.into_iter().map(one).collect::<Result<Vec<_>, _>>()
        })?;
        let d = PyDict::new(py);
        for (name, value) in simulated(py, read)? {
            d.set_item(name, value)?;
        }
        Ok(d)
    }

    /// The figures so far by name; undefined ones are NaN.
    fn indicators<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let d = PyDict::new(py);
        let figures = self.with(py, |run| run.indicators())?;
        for i in figures.unwrap_or_default().iter().filter(|i| i.scope == domain::Scope::Run) {
            d.set_item(&i.name, i.value)?;
        }
        Ok(d)
    }

    /// The whole state as bytes.
    fn save<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let saved = self.with(py, gridflock::Simulation::save)?;
        let bytes = simulated(py, saved)?;
        Ok(PyBytes::new(py, &bytes.unwrap_or_default()))
    }

    /// Puts a saved state in the place of this one's.
    fn restore(&self, py: Python<'_>, state: &[u8], threads: usize) -> PyResult<()> {
        self.refuse_to_wait()?;
        let own = PyPolicies::own(self.policies.as_ref());
        let restored = py.detach(|| -> Result<_, ::simulation::SimulationError> {
            let prepared = self.prepared.clone();
            let mut run =
                gridflock::Simulation::restore(prepared, state, &self.recording, threads)?;
            run.decide_by(own);
            let before = self.lock().replace(run);
            Ok(before)
        });
        simulated(py, restored).map(drop)
    }

    /// A second run that is where this one is and takes nothing from it.
    #[pyo3(signature = (policies=None))]
    fn fork(&self, py: Python<'_>, policies: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let policies = policies.map(|d| PyPolicies::new(py, d)).transpose()?.flatten();
        let forked = self.with(py, |run| run.fork())?;
        let mut run = simulated(py, forked)?;
        run.decide_by(PyPolicies::own(policies.as_ref()));
        Ok(Self {
            policies,
            run: hold(run),
            prepared: self.prepared.clone(),
            resolved: self.resolved.clone(),
            recording: self.recording.clone(),
            tables: self.tables.clone(),
        })
    }

    /// Ends the run where it is: open bookings and accounts are closed.
    fn finish(&self, py: Python<'_>) -> PyResult<Outcome> {
        self.refuse_to_wait()?;
        let ended = py.detach(|| self.lock().take().map(gridflock::Simulation::finish));
        let ended = simulated(py, ended.ok_or_else(finished)?)?;
        let outcome = Outcome::of(ended, &self.prepared, self.tables.clone());
        Ok(outcome.with_scenario(self.resolved.clone()))
    }
}
