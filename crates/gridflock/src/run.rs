//! One run: scenario, directory, world, tables, manifest.

use crate::checkpoint::{self, Checkpoint};
use crate::failure::{Code, Failure};
use crate::sink::RunSink;
use domain::{IndicatorRow, Span, Time};
use indicators::Accumulator;
use record::{
    DirectoryMode, Manifest, Provenance, RunStatus, RunTables, Software, TableFile, TableOptions,
    Writer, names, prepare_directory,
};
use scenario::{Loaded, Scenario};
use simulation::{Prepared, Threads, World};
use std::path::{Path, PathBuf};

/// How a run is started.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// Where the tables go; by default `output/<name>-<seed>`.
    pub directory: Option<PathBuf>,
    /// Overrides `key.path=VALUE`.
    pub sets: Vec<String>,
    /// Threads; 0 takes what the machine has.
    pub threads: usize,
    /// Whether an existing directory may be replaced.
    pub overwrite: bool,
    /// Simulated time between two checkpoints.
    pub checkpoint_every: Option<Span>,
    /// The command line, for the manifest.
    pub argv: Vec<String>,
}

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Simulated time.
    pub now: Time,
    /// Where the run began (negative with warm-up days).
    pub begin: Time,
    /// Where it ends.
    pub end: Time,
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Where the tables are.
    pub directory: PathBuf,
    /// The indicators.
    pub indicators: Vec<IndicatorRow>,
    /// The tables.
    pub tables: Vec<TableFile>,
    /// Whether the run got to its end.
    pub complete: bool,
}

/// A scenario that is ready to run.
pub struct Run {
    loaded: Loaded,
    prepared: Prepared,
    options: RunOptions,
    directory: PathBuf,
    resumed: Option<Checkpoint>,
}

/// A failure's end of the story in the manifest.
enum End {
    Complete,
    Interrupted,
    Failed(Failure),
}

/// A run that failed, with what could be closed of it.
struct Ended {
    failure: Failure,
    closed: Option<Outcome>,
}

impl Run {
    /// Loads and checks a scenario, a file or a built-in name, and reads its data. Nothing is
    /// written yet.
    ///
    /// # Errors
    /// All problems of the scenario.
    pub fn load(scenario: &str, options: &RunOptions) -> Result<Self, Failure> {
        let loaded = Scenario::load(scenario, &options.sets)?;
        let prepared = Prepared::read(&loaded)?;
        let s = &prepared.scenario;
        let directory = options
            .directory
            .clone()
            .unwrap_or_else(|| Path::new("output").join(format!("{}-{}", s.name, s.seeds.seed)));
        Ok(Self { loaded, prepared, options: options.clone(), directory, resumed: None })
    }

    /// Takes up an interrupted run at its last checkpoint.
    ///
    /// # Errors
    /// If there is no checkpoint, or the scenario in the directory was changed.
    pub fn resume(directory: &Path, options: &RunOptions) -> Result<Self, Failure> {
        let manifest = Manifest::read(directory)?;
        if manifest.status == RunStatus::Complete {
            let message = format!("the run in {} is complete", directory.display());
            return Err(Failure::with_help(Code::Failed, message, "there is nothing to resume"));
        }
        let path = directory.join(names::RESOLVED);
        let loaded = Scenario::load(&path.display().to_string(), &[])?;
        let changed = |what: &str| {
            let help =
                "resume takes scenario and data as they were: undo the change, or start a new run";
            let message = match record::changed_input(&manifest.inputs, &loaded.inputs) {
                Some(file) => format!("{file}, has changed since this {what} began"),
                None => format!("{} is not the scenario of this {what}", path.display()),
            };
            Failure::with_help(Code::Scenario, message, help)
        };
        if loaded.scenario.hash != manifest.scenario_hash {
            return Err(changed("run"));
        }
        let resumed = Checkpoint::read(directory)?;
        if loaded.scenario.hash != resumed.scenario_hash {
            return Err(changed("checkpoint"));
        }
        let prepared = Prepared::read(&loaded)?;
        Ok(Self {
            loaded,
            prepared,
            options: options.clone(),
            directory: directory.to_owned(),
            resumed: Some(resumed),
        })
    }

    /// The scenario.
    pub fn scenario(&self) -> &Scenario {
        &self.prepared.scenario
    }

    /// The scenario with its data read.
    pub fn prepared(&self) -> &Prepared {
        &self.prepared
    }

    /// EVs, zones, recorded periods.
    pub fn size(&self) -> (u32, u32, u64) {
        (self.prepared.evs(), self.prepared.zones(), self.scenario().periods())
    }

    /// Where the tables go.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Makes the directory ready; says what was there.
    ///
    /// # Errors
    /// If it must not be touched or cannot be made.
    pub fn prepare(&self) -> Result<record::Prepared, Failure> {
        if self.resumed.is_some() {
            return Ok(record::Prepared::Shared);
        }
        let mode = DirectoryMode::of(self.options.directory.is_some(), self.options.overwrite);
        Ok(prepare_directory(&self.directory, mode)?)
    }

    /// Runs to the end, or until `watch` says no; tables are closed in any case. The directory must
    /// be [prepared](Run::prepare).
    ///
    /// # Errors
    /// What ended the run; the manifest says the same.
    pub fn execute(mut self, watch: &mut dyn FnMut(Progress) -> bool) -> Result<Outcome, Failure> {
        let started = jiff::Timestamp::now();
        let clock = std::time::Instant::now();
        let s = &self.prepared.scenario;
        let mut manifest = Manifest::new("run", &s.name, &s.hash, software());
        let seeds = self.prepared.seeds(0, false);
        manifest.seeds = [
            ("main", s.seeds.seed),
            ("population", seeds.population),
            ("behaviour", seeds.behaviour),
            ("exogenous", seeds.exogenous),
            ("optimiser", seeds.optimiser),
        ]
        .map(|(k, v)| (k.to_owned(), v))
        .into();
        manifest.inputs.clone_from(&self.loaded.inputs);
        manifest.argv.clone_from(&self.options.argv);
        let threads = self.threads()?;
        manifest.threads = threads.count();
        manifest.started_at = Some(started.to_string());
        if self.resumed.is_none() {
            let text = scenario::resolved_toml(&self.loaded);
            record::write_atomically(&self.directory.join(names::RESOLVED), text.as_bytes())?;
        }
        manifest.write(&self.directory)?;
        let result = self.go(&threads, watch);
        let (end, outcome) = match result {
            Ok(outcome) if outcome.complete => (End::Complete, Some(outcome)),
            Ok(outcome) => (End::Interrupted, Some(outcome)),
            Err(ended) => (End::Failed(ended.failure), ended.closed),
        };
        manifest.ended_at = Some(jiff::Timestamp::now().to_string());
        manifest.wall_s = Some(clock.elapsed().as_secs_f64());
        manifest.tables = outcome.as_ref().map_or_else(Vec::new, |o| o.tables.clone());
        manifest.status = match &end {
            End::Complete => RunStatus::Complete,
            End::Interrupted => RunStatus::Interrupted,
            End::Failed(failure) => {
                manifest.error = Some(failure.to_string());
                RunStatus::Failed
            }
        };
        let written = manifest.write(&self.directory);
        match (end, outcome) {
            (End::Failed(failure), _) => Err(failure),
            (_, Some(outcome)) => written.map(|()| outcome).map_err(Failure::from),
            (_, None) => Err(Failure::new(Code::Failed, "the run left nothing")),
        }
    }

    fn threads(&self) -> Result<Threads, Failure> {
        let wanted = match self.options.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            n => n,
        };
        // More threads than zones would only wait.
        Threads::new(wanted.min(self.prepared.zones() as usize).max(1))
            .map_err(|e| Failure::new(Code::Failed, e.to_string()))
    }

    /// The run itself. A failure comes with what could be closed.
    fn go(
        &mut self,
        threads: &Threads,
        watch: &mut dyn FnMut(Progress) -> bool,
    ) -> Result<Outcome, Box<Ended>> {
        let plain = |failure: Failure| Box::new(Ended { failure, closed: None });
        let mut world =
            self.prepared.world(self.prepared.seeds(0, false)).map_err(|e| plain(e.into()))?;
        let begin = world.now();
        let mut sink = self.open(&mut world).map_err(plain)?;
        let end = world.end();
        let mut goes_on = |now: Time| watch(Progress { now, begin, end });
        let result = self.advance(&mut world, threads, &mut sink, &mut goes_on);
        let interrupted = matches!(result, Ok(false));
        // Whatever happened, what was recorded so far is closed properly, unless writing itself is
        // what failed.
        let closing = match &result {
            Err(e) if e.code() == Code::Failed => Err(Failure::new(Code::Failed, e.to_string())),
            _ => world.close(&mut sink).map_err(Failure::from),
        };
        if let Err(failure) = closing {
            return Err(plain(result.err().unwrap_or(failure)));
        }
        let ended = if matches!(result, Ok(true)) { sink.close() } else { sink.suspend() };
        let (indicators, tables) = ended.map_err(|e| plain(e.into()))?;
        let outcome = Outcome {
            directory: self.directory.clone(),
            indicators,
            tables,
            complete: !interrupted,
        };
        match result {
            Err(failure) => Err(Box::new(Ended { failure, closed: Some(outcome) })),
            Ok(finished) => {
                if finished {
                    // A checkpoint of a finished run has no use any more.
                    let _ = std::fs::remove_file(checkpoint::path(&self.directory));
                }
                Ok(outcome)
            }
        }
    }

    /// Opens the tables, new or where a checkpoint left them.
    fn open(&mut self, world: &mut World) -> Result<RunSink, Failure> {
        let options = self.table_options();
        let (tables, indicators) = match self.resumed.take() {
            Some(c) => {
                world.restore(&c.world, &c.scenario_hash)?;
                (RunTables::resume(&self.directory, &options, c.writer)?, c.indicators)
            }
            None if self.options.checkpoint_every.is_some() => {
                (RunTables::create_resumable(&self.directory, &options)?, self.accumulator(world))
            }
            None => (RunTables::create(&self.directory, &options)?, self.accumulator(world)),
        };
        Ok(RunSink::new(Some(Writer::spawn(tables)?), indicators))
    }

    /// Runs to the end with a checkpoint every so often.
    fn advance(
        &self,
        world: &mut World,
        threads: &Threads,
        sink: &mut RunSink,
        goes_on: &mut dyn FnMut(Time) -> bool,
    ) -> Result<bool, Failure> {
        let Some(every) = self.options.checkpoint_every else {
            return Ok(world.run(world.end(), threads, sink, goes_on)?);
        };
        loop {
            let next = Time((world.now().0.div_euclid(every.0) + 1) * every.0).min(world.end());
            if !world.run(next, threads, sink, goes_on)? {
                return Ok(false);
            }
            if next >= world.end() {
                return Ok(true);
            }
            let hash = &self.prepared.scenario.hash;
            let Some(writer) = sink.writer_state()? else { continue };
            let checkpoint = Checkpoint {
                version: crate::VERSION.to_owned(),
                scenario_hash: hash.clone(),
                world: world.snapshot(hash)?,
                writer,
                indicators: sink.indicators().clone(),
            };
            checkpoint.write(&self.directory)?;
        }
    }

    fn table_options(&self) -> TableOptions {
        let s = &self.prepared.scenario;
        TableOptions {
            provenance: Provenance {
                scenario: s.name.clone(),
                seed: s.seeds.seed,
                version: crate::VERSION.to_owned(),
                utc_offset_min: s.start.offset_s / 60,
                start_utc_us: s.start.unix_us,
                names: self.prepared.names(),
            },
            selection: s.record.selection.clone(),
            row_group: s.record.row_group,
        }
    }

    /// Runs another replication in memory, on this thread; the figures of the run.
    ///
    /// # Errors
    /// What ended the run.
    pub fn figures(&self, seed: u64) -> Result<Vec<IndicatorRow>, Failure> {
        let seeds = clock::Seeds {
            population: seed,
            behaviour: seed,
            exogenous: seed,
            optimiser: seed,
            ..self.prepared.seeds(0, false)
        };
        let mut world = self.prepared.world(seeds)?;
        let mut sink = RunSink::new(None, self.accumulator(&world));
        let end = world.end();
        world.run(end, &Threads::one(), &mut sink, &mut |_| true)?;
        world.close(&mut sink)?;
        Ok(sink.close()?.0)
    }

    fn accumulator(&self, world: &World) -> Accumulator {
        Accumulator::new(&self.prepared.names(), &self.prepared.indicator_context(world))
    }
}

/// This program, for manifests.
pub fn software() -> Software {
    Software {
        version: crate::VERSION.to_owned(),
        git_commit: option_env!("GRIDFLOCK_COMMIT").map(str::to_owned),
        git_dirty: None,
    }
}
