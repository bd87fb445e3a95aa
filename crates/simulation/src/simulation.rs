//! One run of a scenario, driven by hand: the only run loop there is.
//!
//! What a run leaves depends on scenario and seeds alone: not on the steps in which it is driven,
//! on the number of threads, or on whether it was saved and restored on the way.

use crate::assemble::Prepared;
use crate::error::SimulationError;
use crate::recording::{Finished, Recorder, Recording, Saved, Watcher};
use crate::world::{RunError, World};
use clock::{Seeds, Threads};
use domain::{IndicatorRow, Span, Time};
use indicators::Accumulator;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How a simulation is opened.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Seeds; without them the scenario's.
    pub seeds: Option<Seeds>,
    /// Threads on which zones run side by side; 0 takes what the machine has. Never more than there
    /// are zones.
    pub threads: usize,
    /// What is kept.
    pub recording: Recording,
}

impl Default for Opening {
    /// The scenario's seeds, the caller's thread, indicators.
    fn default() -> Self {
        Self { seeds: None, threads: 1, recording: Recording::default() }
    }
}

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Simulated time.
    pub now: Time,
    /// Where the run began (negative with warm-up days).
    pub begin: Time,
    /// Where it ends.
    pub end: Time,
}

/// One run of a scenario.
///
/// ```no_run
/// use simulation::{Opening, Prepared, Recording, Simulation};
/// use std::sync::Arc;
/// let loaded = scenario::Scenario::load("park", &[]).unwrap();
/// let prepared = Arc::new(Prepared::read(&loaded).unwrap());
/// let opening = Opening { recording: Recording::all_in_memory(), ..Opening::default() };
/// let mut run = Simulation::open(prepared, &opening).unwrap();
/// while run.now() < run.end() {
///     run.advance(run.now() + domain::Span::from_hours(1.0)).unwrap();
/// }
/// println!("{} facts", run.finish().unwrap().rows.facts.len());
/// ```
pub struct Simulation {
    prepared: Arc<Prepared>,
    seeds: Seeds,
    threads: Arc<Threads>,
    world: World,
    recorder: Recorder,
    begin: Time,
    /// The instant up to which, or through which, the caller has driven it.
    now: Time,
    /// Why it cannot go on.
    failed: Option<String>,
    /// Whether rows could not be taken: then nothing can be closed.
    unwritten: bool,
}

/// The whole state of a run as it is saved. The version stands first, so that it can be told
/// whatever follows.
#[derive(Serialize, Deserialize)]
struct State {
    version: String,
    scenario_hash: String,
    seeds: [u64; 4],
    replication: u32,
    antithetic: bool,
    now: Time,
    world: Vec<u8>,
    recorder: Saved,
}

impl Simulation {
    /// A run at its beginning (of the warm-up, where there is one).
    ///
    /// # Errors
    /// If the scenario makes no world, or tables or threads cannot be made.
    pub fn open(prepared: Arc<Prepared>, opening: &Opening) -> Result<Self, SimulationError> {
        let seeds = opening.seeds.unwrap_or_else(|| prepared.seeds(0, false));
        let world = prepared.world(seeds)?;
        let indicators = Accumulator::new(&prepared.names(), &prepared.indicator_context(&world));
        let recorder = Recorder::open(&opening.recording, &prepared, indicators)?;
        let threads = Arc::new(threads(opening.threads, &world)?);
        let begin = world.now();
        Ok(Self {
            prepared,
            seeds,
            threads,
            world,
            recorder,
            begin,
            now: begin,
            failed: None,
            unwritten: false,
        })
    }

    /// The scenario with its data.
    pub fn prepared(&self) -> &Arc<Prepared> {
        &self.prepared
    }

    /// The seeds of this run.
    pub fn seeds(&self) -> Seeds {
        self.seeds
    }

    /// How many threads it uses.
    pub fn threads(&self) -> usize {
        self.threads.count()
    }

    /// Where the run began: negative with warm-up days.
    pub fn begin(&self) -> Time {
        self.begin
    }

    /// The instant to which it was driven last.
    pub fn now(&self) -> Time {
        self.now
    }

    /// The last instant of the run.
    pub fn end(&self) -> Time {
        self.world.end()
    }

    /// How many zones there are; they are numbered from 1.
    pub fn zones(&self) -> u16 {
        self.world.shared().env.zones
    }

    /// The state of all agents: to look at, for tests and reports.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Handles everything before `until`; at the end of the run the settlement of its last period
    /// too. An instant beyond the end is the end.
    ///
    /// # Errors
    /// If time would go back, or the run cannot go on.
    pub fn advance(&mut self, until: Time) -> Result<(), SimulationError> {
        self.advance_while(until, &mut |_| true).map(|_| ())
    }

    /// Handles everything before `t` and all phases of `t` itself.
    ///
    /// # Errors
    /// As for [`Simulation::advance`].
    pub fn advance_through(&mut self, t: Time) -> Result<(), SimulationError> {
        let t = t.min(self.end());
        if t < self.now {
            return Err(SimulationError::Past { until: t.0, now: self.now.0 });
        }
        self.advance(t + RESOLUTION)?;
        self.now = t;
        Ok(())
    }

    /// Like [`Simulation::advance`], as long as `goes_on` says so: it is asked often (a few times a
    /// settlement period at least). Returns whether it got there; it can go on after that.
    ///
    /// # Errors
    /// As for [`Simulation::advance`].
    pub fn advance_while(
        &mut self,
        until: Time,
        goes_on: &mut dyn FnMut(Progress) -> bool,
    ) -> Result<bool, SimulationError> {
        if let Some(why) = &self.failed {
            return Err(SimulationError::Failed(why.clone()));
        }
        let (begin, end) = (self.begin, self.end());
        let until = until.min(end);
        if until < self.now {
            return Err(SimulationError::Past { until: until.0, now: self.now.0 });
        }
        let mut ask = |now: Time| goes_on(Progress { now: now.min(end), begin, end });
        let result = self.world.run(until, &self.threads, &mut self.recorder, &mut ask);
        let reached = result.inspect_err(|e| {
            self.failed = Some(e.to_string());
            self.unwritten = matches!(e, RunError::Sink(_));
        })?;
        self.now = if reached { until } else { self.world.now().min(until) };
        Ok(reached)
    }

    /// Shows the rows of each window to somebody as they come, besides whoever keeps them. It
    /// changes nothing in the record.
    pub fn watch(&mut self, watcher: Option<Watcher>) {
        self.recorder.watch(watcher);
    }

    /// The indicators so far; none if nothing is recorded.
    pub fn indicators(&self) -> Option<Vec<IndicatorRow>> {
        self.recorder.figures(self.world.waiting())
    }

    /// World, tables and indicators as bytes, from which [`Simulation::restore`] goes on, also in
    /// another process; none if the tables on disk are not resumable.
    ///
    /// # Errors
    /// If the writer has failed.
    pub fn save(&mut self) -> Result<Option<Vec<u8>>, SimulationError> {
        let Some(recorder) = self.recorder.save()? else { return Ok(None) };
        let s = self.seeds;
        let hash = &self.prepared.scenario.hash;
        let state = State {
            version: crate::VERSION.to_owned(),
            scenario_hash: hash.clone(),
            seeds: [s.population, s.behaviour, s.exogenous, s.optimiser],
            replication: s.replication,
            antithetic: s.antithetic,
            now: self.now,
            world: self.world.snapshot(hash)?,
            recorder,
        };
        let bytes = postcard::to_stdvec(&state);
        bytes.map(Some).map_err(|e| SimulationError::Damaged(e.to_string()))
    }

    /// A run that goes on where it was saved, under the same scenario and recording.
    ///
    /// # Errors
    /// If the bytes are damaged, of another version, scenario or recording, or the tables on disk
    /// are not as they were.
    pub fn restore(
        prepared: Arc<Prepared>,
        bytes: &[u8],
        recording: &Recording,
        threads_wanted: usize,
    ) -> Result<Self, SimulationError> {
        let damaged = |e: postcard::Error| SimulationError::Damaged(e.to_string());
        let (version, _) = postcard::take_from_bytes::<String>(bytes).map_err(damaged)?;
        if version != crate::VERSION {
            return Err(SimulationError::OtherVersion { saved: version });
        }
        let state: State = postcard::from_bytes(bytes).map_err(damaged)?;
        let hash = &prepared.scenario.hash;
        if state.scenario_hash != *hash {
            return Err(SimulationError::OtherScenario);
        }
        let [population, behaviour, exogenous, optimiser] = state.seeds;
        let (replication, antithetic) = (state.replication, state.antithetic);
        let seeds = Seeds { population, behaviour, exogenous, optimiser, replication, antithetic };
        let mut world = prepared.world(seeds)?;
        let begin = world.now();
        world.restore(&state.world, hash)?;
        let recorder = Recorder::restore(state.recorder, recording, &prepared)?;
        let threads = Arc::new(threads(threads_wanted, &world)?);
        Ok(Self {
            prepared,
            seeds,
            threads,
            world,
            recorder,
            begin,
            now: state.now,
            failed: None,
            unwritten: false,
        })
    }

    /// A second run that is where this one is and takes nothing from it. Rows in memory are shared
    /// until one of them goes on; of tables on disk the fork has none, only indicators.
    ///
    /// # Errors
    /// If the run cannot go on.
    pub fn fork(&self) -> Result<Self, SimulationError> {
        if let Some(why) = &self.failed {
            return Err(SimulationError::Failed(why.clone()));
        }
        Ok(Self {
            prepared: self.prepared.clone(),
            seeds: self.seeds,
            threads: self.threads.clone(),
            world: self.world.clone(),
            recorder: self.recorder.fork(),
            begin: self.begin,
            now: self.now,
            failed: None,
            unwritten: false,
        })
    }

    /// Ends the run where it is: what is open is written as open, accounts and tables are closed.
    /// Of a run that did not come to its end, or has failed, what was recorded until then is
    /// closed in the same way.
    ///
    /// # Errors
    /// If tables cannot be written.
    pub fn finish(mut self) -> Result<Finished, SimulationError> {
        if let (true, Some(why)) = (self.unwritten, &self.failed) {
            return Err(SimulationError::Failed(why.clone()));
        }
        let complete = self.failed.is_none() && self.now >= self.end();
        self.world.close(&mut self.recorder)?;
        Ok(self.recorder.finish(complete)?)
    }
}

/// Threads for the zones of a world: more than zones would only wait.
fn threads(wanted: usize, world: &World) -> Result<Threads, SimulationError> {
    let wanted = match wanted {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        n => n,
    };
    let zones = usize::from(world.shared().env.zones);
    Ok(Threads::new(wanted.min(zones).max(1))?)
}

/// The resolution of time: a microsecond.
const RESOLUTION: Span = Span(1);
