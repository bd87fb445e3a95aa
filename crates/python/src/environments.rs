//! Learning environments: courses, single episodes, batches of them. Numbers cross as bytes of
//! `float32` and `float64`, in which NumPy lays its arrays without a copy.

use crate::error::{raise, raise_simulation};
use crate::simulation::{Held, Simulation, locked};
use environments::{
    Agents, Autoreset, Batch, Course, Delivery, EnvironmentError, Figure, Lever, Sights, Spec,
    Terminal,
};
use gridflock::Failure;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::{PyByteArray, PyBytes};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What an environment says as an exception.
fn raise_environment(py: Python<'_>, error: EnvironmentError) -> PyErr {
    match error {
        EnvironmentError::Problems(problems) => raise(py, Failure::Problems(problems)),
        EnvironmentError::Simulation(e) => raise_simulation(py, e),
        EnvironmentError::Spec(_)
        | EnvironmentError::ActionLength { .. }
        | EnvironmentError::ActionNumber(_) => PyValueError::new_err(error.to_string()),
        EnvironmentError::Over | EnvironmentError::NotReset | EnvironmentError::Threads { .. } => {
            PyRuntimeError::new_err(error.to_string())
        }
    }
}

fn unknown(what: &str, name: &str, known: &[&str]) -> PyErr {
    PyValueError::new_err(format!("there is no {what} `{name}`; there are {}", known.join(", ")))
}

/// Writes numbers as bytes.
fn write_bytes<T: Copy, const N: usize>(values: &[T], to: impl Fn(T) -> [u8; N], out: &mut [u8]) {
    out.chunks_exact_mut(N).zip(values).for_each(|(out, x)| out.copy_from_slice(&to(*x)));
}

/// Numbers as bytes.
fn bytes_of<T: Copy, const N: usize>(values: &[T], to: impl Fn(T) -> [u8; N]) -> Vec<u8> {
    let mut out = vec![0; N * values.len()];
    write_bytes(values, to, &mut out);
    out
}

/// `float32` numbers from bytes.
fn floats(bytes: &[u8]) -> Vec<f32> {
    let number = |b: &[u8]| f32::from_ne_bytes([b[0], b[1], b[2], b[3]]);
    bytes.chunks_exact(4).map(number).collect()
}

/// A scenario made ready for many episodes.
#[pyclass(frozen, name = "Course", module = "gridflock")]
pub struct PyCourse {
    course: Arc<Course>,
    resolved: String,
    opening: (String, Vec<String>),
}

#[pymethods]
impl PyCourse {
    #[new]
    fn new(
        py: Python<'_>,
        scenario: String,
        sets: Vec<String>,
        per_zone: bool,
        actions: Vec<String>,
        action_horizon: usize,
        hours: usize,
        weights: Vec<(String, f64)>,
        terminal: bool,
        warm_worlds: u32,
        first_replication: u32,
    ) -> PyResult<Self> {
        let lever = |name: &String| {
            let known = Lever::ALL.map(Lever::name);
            Lever::named(name).ok_or_else(|| unknown("action", name, &known))
        };
        let mut spec = Spec {
            scenario,
            sets,
            agents: if per_zone { Agents::PerZone } else { Agents::One },
            levers: actions.iter().map(lever).collect::<PyResult<_>>()?,
            action_horizon,
            hours,
            weights: [0.0; Figure::COUNT],
            terminal: if terminal { Terminal::Expected } else { Terminal::Nothing },
            warm_worlds,
            first_replication,
        };
        for (name, weight) in weights {
            let known = Figure::ALL.map(Figure::name);
            let figure = Figure::named(&name).ok_or_else(|| unknown("figure", &name, &known))?;
            spec.weights[figure as usize] = weight;
        }
        let made = py.detach(|| {
            let loaded = ::scenario::Scenario::load(&spec.scenario, &spec.sets)?;
            let resolved = ::scenario::resolved_toml(&loaded);
            let opening = (spec.scenario.clone(), spec.sets.clone());
            Ok(Self { course: Arc::new(Course::new(spec)?), resolved, opening })
        });
        made.map_err(|e| raise_environment(py, e))
    }

    /// Names of the figures, in the order in which steps report them.
    #[staticmethod]
    fn figures() -> Vec<&'static str> {
        Figure::ALL.map(Figure::name).to_vec()
    }

    /// The scenario and its overrides.
    #[getter]
    fn opening(&self) -> (String, Vec<String>) {
        self.opening.clone()
    }

    /// Steps of an episode.
    #[getter]
    fn steps(&self) -> i64 {
        self.course.steps()
    }

    /// How many zones there are.
    #[getter]
    fn zones(&self) -> u16 {
        self.course.zones()
    }

    /// How many agents act.
    #[getter]
    fn agents(&self) -> usize {
        self.course.agents()
    }

    /// Numbers of an agent's action.
    #[getter]
    fn action_len(&self) -> usize {
        self.course.action_len()
    }

    /// Name, scale and least value of each number that an agent sees.
    fn features(&self, agent: usize) -> Vec<(String, f64, f32)> {
        self.course.features(agent).into_iter().map(|f| (f.name, f.scale, f.low)).collect()
    }
}

/// A step as Python gets it: observations, rewards by agent, whether the episode is over, figures by
/// agent.
type Told<'py> = (Bound<'py, PyByteArray>, Vec<f64>, bool, Vec<Vec<f64>>);

/// One episode after the other.
#[pyclass(frozen, module = "gridflock")]
pub struct Episode {
    course: Arc<Course>,
    resolved: String,
    state: Mutex<State>,
}

struct State {
    sim: Option<Held>,
    delivery: Delivery,
    seen: Vec<f32>,
}

impl Episode {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of(course: &PyCourse, sim: Option<Held>, delivery: Delivery) -> Self {
        let seen = vec![0.0; course.course.observation_len() * course.course.agents()];
        Self {
            course: course.course.clone(),
            resolved: course.resolved.clone(),
            state: Mutex::new(State { sim, delivery, seen }),
        }
    }
}

#[pymethods]
impl Episode {
    #[new]
    fn new(course: &PyCourse) -> Self {
        Self::of(course, None, Delivery::default())
    }

    /// Begins an episode; what is seen.
    fn reset<'py>(&self, py: Python<'py>, number: u64) -> PyResult<Bound<'py, PyByteArray>> {
        let begun = py.detach(|| {
            let sim = self.course.start(number)?;
            let mut state = self.lock();
            self.course.observe(&sim, &mut state.seen);
            state.delivery = Delivery::default();
            let kept = bytes_of(&state.seen, f32::to_ne_bytes);
            state.sim = Some(Arc::new(Mutex::new(Some(sim))));
            Ok(kept)
        });
        begun.map(|b| PyByteArray::new(py, &b)).map_err(|e| raise_environment(py, e))
    }

    /// What is seen now.
    fn observe<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyByteArray>> {
        let seen = py.detach(|| {
            let mut state = self.lock();
            let State { sim, seen, .. } = &mut *state;
            let sim = sim.as_ref().ok_or(EnvironmentError::NotReset)?;
            let sim = locked(sim);
            let sim = sim.as_ref().ok_or(EnvironmentError::NotReset)?;
            self.course.observe(sim, seen);
            Ok(bytes_of(seen, f32::to_ne_bytes))
        });
        seen.map(|b| PyByteArray::new(py, &b)).map_err(|e| raise_environment(py, e))
    }

    /// One period.
    fn step<'py>(&self, py: Python<'py>, action: &[u8]) -> PyResult<Told<'py>> {
        let action = floats(action);
        let stepped = py.detach(|| {
            let mut state = self.lock();
            let State { sim, delivery, seen } = &mut *state;
            let sim = sim.as_ref().ok_or(EnvironmentError::NotReset)?;
            let mut sim = locked(sim);
            let sim = sim.as_mut().ok_or(EnvironmentError::NotReset)?;
            let step = self.course.step(sim, delivery, &action)?;
            self.course.observe(sim, seen);
            Ok((step, bytes_of(seen, f32::to_ne_bytes)))
        });
        let (step, seen) = stepped.map_err(|e| raise_environment(py, e))?;
        let figures = step.figures.iter().map(|f| f.to_vec()).collect();
        Ok((PyByteArray::new(py, &seen), step.rewards, step.truncated, figures))
    }

    /// The simulation of the episode: the very one that is stepped.
    fn simulation(&self, py: Python<'_>) -> PyResult<Simulation> {
        let sim = py.detach(|| self.lock().sim.clone());
        let sim = sim.ok_or_else(|| raise_environment(py, EnvironmentError::NotReset))?;
        let prepared = self.course.prepared().clone();
        Ok(Simulation::without_record(sim, prepared, self.resolved.clone()))
    }

    /// State of the episode as bytes, and what it remembers beside its simulation.
    fn save<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyBytes>, f64, f64)> {
        let saved = py.detach(|| {
            let state = self.lock();
            let sim = state.sim.as_ref().ok_or(EnvironmentError::NotReset)?;
            let mut sim = locked(sim);
            let sim = sim.as_mut().ok_or(EnvironmentError::NotReset)?;
            Ok((sim.save()?.unwrap_or_default(), state.delivery))
        });
        let (bytes, d) = saved.map_err(|e| raise_environment(py, e))?;
        Ok((PyBytes::new(py, &bytes), d.reserved_kwh, d.delivered_kwh))
    }

    /// Puts a saved state in the place of the episode's.
    fn restore(&self, py: Python<'_>, saved: &[u8], reserved: f64, delivered: f64) -> PyResult<()> {
        let restored = py.detach(|| {
            let (prepared, recording) =
                (self.course.prepared().clone(), ::simulation::Recording::Nothing);
            gridflock::Simulation::restore(prepared, saved, &recording, 1)
        });
        let sim = restored.map_err(|e| raise_simulation(py, e))?;
        let delivery = Delivery { reserved_kwh: reserved, delivered_kwh: delivered };
        py.detach(|| {
            let mut state = self.lock();
            (state.sim, state.delivery) = (Some(Arc::new(Mutex::new(Some(sim)))), delivery);
        });
        Ok(())
    }

    /// A second episode that is where this one is and takes nothing from it.
    fn fork(&self, py: Python<'_>) -> PyResult<Self> {
        let forked = py.detach(|| {
            let state = self.lock();
            let sim = state.sim.as_ref().ok_or(EnvironmentError::NotReset)?;
            let sim = locked(sim);
            let sim = sim.as_ref().ok_or(EnvironmentError::NotReset)?;
            Ok((sim.fork()?, state.delivery, state.seen.clone()))
        });
        let (sim, delivery, seen) = forked.map_err(|e| raise_environment(py, e))?;
        let state = State { sim: Some(Arc::new(Mutex::new(Some(sim)))), delivery, seen };
        let (course, resolved) = (self.course.clone(), self.resolved.clone());
        Ok(Self { course, resolved, state: Mutex::new(state) })
    }

    /// Lets the episode go.
    fn close(&self, py: Python<'_>) {
        py.detach(|| self.lock().sim = None);
    }
}

/// Many episodes side by side.
#[pyclass(frozen, name = "Batch", module = "gridflock")]
pub struct PyBatch {
    batch: Mutex<Batch>,
    /// Arrays that are handed out again and again.
    kept: Mutex<Vec<Py<PyByteArray>>>,
}

/// What a batch shows: observations, rewards, ends, beginnings, figures, final observations.
type Shown<'py> = [Bound<'py, PyByteArray>; 6];

impl PyBatch {
    /// Does something with the batch, and hands out what it shows then.
    fn act<'py>(
        &self,
        py: Python<'py>,
        copy: bool,
        act: impl FnOnce(&mut Batch) -> Result<(), EnvironmentError> + Send,
    ) -> PyResult<Option<Shown<'py>>> {
        let mut batch = self.batch.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner);
        let batch = &mut *batch;
        py.detach(|| act(batch)).map_err(|e| raise_environment(py, e))?;
        if copy {
            return Ok(Some(shown(py, &batch.sights)));
        }
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        for (array, part) in kept.iter().zip(parts(&batch.sights)) {
            let array = array.bind(py);
            if array.len() == part.bytes() {
                // SAFETY: the interpreter is held and nothing runs Python in between, so nobody
                // resizes the array; whoever reads it through NumPy was told that it changes.
                part.write(unsafe { array.as_bytes_mut() });
            }
        }
        Ok(None)
    }
}

/// A part of what a batch shows.
#[derive(Clone, Copy)]
enum Part<'a> {
    Floats(&'a [f32]),
    Doubles(&'a [f64]),
    Flags(&'a [u8]),
}

impl Part<'_> {
    fn bytes(self) -> usize {
        match self {
            Part::Floats(x) => size_of_val(x),
            Part::Doubles(x) => size_of_val(x),
            Part::Flags(x) => x.len(),
        }
    }

    fn write(self, out: &mut [u8]) {
        match self {
            Part::Floats(x) => write_bytes(x, f32::to_ne_bytes, out),
            Part::Doubles(x) => write_bytes(x, f64::to_ne_bytes, out),
            Part::Flags(x) => out.copy_from_slice(x),
        }
    }
}

fn parts(s: &Sights) -> [Part<'_>; 6] {
    [
        Part::Floats(&s.observations),
        Part::Doubles(&s.rewards),
        Part::Flags(&s.truncated),
        Part::Flags(&s.began),
        Part::Doubles(&s.figures),
        Part::Floats(&s.final_observations),
    ]
}

/// New arrays with what a batch shows.
fn shown<'py>(py: Python<'py>, sights: &Sights) -> Shown<'py> {
    parts(sights).map(|part| {
        let mut bytes = vec![0; part.bytes()];
        part.write(&mut bytes);
        PyByteArray::new(py, &bytes)
    })
}

#[pymethods]
impl PyBatch {
    #[new]
    fn new(
        py: Python<'_>,
        course: &PyCourse,
        worlds: usize,
        threads: usize,
        autoreset: &str,
    ) -> PyResult<Self> {
        let autoreset = match autoreset {
            "NextStep" => Autoreset::NextStep,
            "SameStep" => Autoreset::SameStep,
            "Disabled" => Autoreset::Disabled,
            other => {
                return Err(unknown(
                    "autoreset mode",
                    other,
                    &["NextStep", "SameStep", "Disabled"],
                ));
            }
        };
        let batch = Batch::new(course.course.clone(), worlds, threads, autoreset);
        let batch = batch.map_err(|e| raise_environment(py, e))?;
        Ok(Self { batch: Mutex::new(batch), kept: Mutex::default() })
    }

    /// The arrays that `reset` and `step` without copies overwrite.
    fn shared<'py>(&self, py: Python<'py>) -> Shown<'py> {
        let batch = self.batch.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner);
        let made = shown(py, &batch.sights);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = made.iter().map(|a| a.clone().unbind()).collect();
        made
    }

    /// Begins an episode in each world that has a number.
    fn reset<'py>(
        &self,
        py: Python<'py>,
        numbers: Vec<Option<u64>>,
        copy: bool,
    ) -> PyResult<Option<Shown<'py>>> {
        self.act(py, copy, |batch| batch.reset(&numbers))
    }

    /// One period in each world; `numbers` are those of the episodes that come next.
    fn step<'py>(
        &self,
        py: Python<'py>,
        actions: &[u8],
        numbers: Vec<u64>,
        copy: bool,
    ) -> PyResult<Option<Shown<'py>>> {
        self.act(py, copy, |batch| batch.step(&floats(actions), &numbers))
    }
}
