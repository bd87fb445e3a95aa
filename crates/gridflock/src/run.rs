//! One run: scenario, directory, world, tables, manifest.

use crate::checkpoint;
use crate::failure::{Code, Failure};
use crate::journal::Journal;
use crate::room::check_room;
use domain::{IndicatorRow, Span, Time};
use record::{
    Claim, DirectoryMode, InputFile, Manifest, RunStatus, Software, TableFile, claim_directory,
    names,
};
use scenario::{Loaded, Problem, Scenario};
use simulation::{
    InputRow, Needs, Opening, Part, PolicySet, Prepared, Progress, Recording, Simulation, Watcher,
};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// How a run is started.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// Where the tables go; by default `output/<name>-<seed>`, or the next free name.
    pub directory: Option<PathBuf>,
    /// Overrides `key.path=VALUE`.
    pub sets: Vec<String>,
    /// Threads; 0 takes what the machine has.
    pub threads: usize,
    /// Whether an existing directory may be replaced.
    pub overwrite: bool,
    /// Simulated time between two checkpoints.
    pub checkpoint_every: Option<Span>,
    /// Values from outside that the run is given.
    pub inputs: Option<PathBuf>,
    /// Whether a partner gives it values on the way.
    pub fed: bool,
    /// The command line, for the manifest.
    pub argv: Vec<String>,
    /// Policies of the caller's, in the place of the built-in ones.
    pub own: PolicySet,
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

/// Somebody who looks at a run while it goes. The tables are the same with and without.
pub struct Viewer {
    /// Sees the rows of each window as they come.
    pub rows: Watcher,
    /// Sees the run where it begins, and at the start of each settlement period.
    pub look: Look,
}

/// Somebody who sees a run between its periods.
pub type Look = Box<dyn FnMut(&Simulation) + Send>;

/// A scenario that is ready to run.
pub struct Run {
    loaded: Loaded,
    prepared: Arc<Prepared>,
    options: RunOptions,
    /// Where the tables are to go.
    wanted: PathBuf,
    /// Where they go, and the hold on it, once that is settled.
    claim: OnceLock<Claim>,
    inputs: Option<Inputs>,
    /// The state from which it goes on.
    resumed: Option<Vec<u8>>,
    viewer: Option<Viewer>,
    /// Which part of the run this is, where others have the rest.
    part: Option<Part>,
}

/// The end of the story, as the manifest tells it.
enum End {
    Complete,
    Interrupted,
    Failed(String),
}

/// A run that has begun, beside its simulation: it keeps directory and manifest.
pub struct Begun {
    run: Run,
    manifest: Manifest,
    clock: std::time::Instant,
    /// What a partner gave it, as long as it can be resumed.
    journal: Option<Journal>,
}

impl Run {
    /// Loads and checks a scenario, a file or a built-in name, and reads its data. Nothing is
    /// written yet.
    ///
    /// # Errors
    /// All problems of the scenario.
    pub fn load(scenario: &str, options: &RunOptions) -> Result<Self, Failure> {
        let loaded = Scenario::load(scenario, &options.sets)?;
        let s = &loaded.scenario;
        let directory = options
            .directory
            .clone()
            .unwrap_or_else(|| Path::new("output").join(format!("{}-{}", s.name, s.seeds.seed)));
        check_room(&loaded, &directory)?;
        let prepared = Arc::new(Prepared::read(&loaded)?);
        let inputs = Inputs::read(options, &prepared)?;
        Ok(Self {
            loaded,
            prepared,
            options: options.clone(),
            wanted: directory,
            claim: OnceLock::new(),
            resumed: None,
            viewer: None,
            part: None,
            inputs,
        })
    }

    /// Takes up an interrupted run at its last checkpoint.
    ///
    /// # Errors
    /// If there is no checkpoint, or the scenario in the directory was changed.
    pub fn resume(directory: &Path, options: &RunOptions) -> Result<Self, Failure> {
        let manifest = Manifest::read(directory)?;
        let claim = Claim::resume(directory)?;
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
        let resumed = checkpoint::read(directory)?;
        let prepared = Arc::new(Prepared::read(&loaded)?);
        let inputs = Inputs::read(options, &prepared)?;
        // What a partner gave is compared with the checkpoint.
        if !manifest.fed {
            Inputs::check_the_same(&manifest, inputs.as_ref())?;
        }
        Ok(Self {
            loaded,
            prepared,
            inputs,
            options: RunOptions { fed: manifest.fed, ..options.clone() },
            wanted: directory.to_owned(),
            claim: OnceLock::from(claim),
            resumed: Some(resumed),
            viewer: None,
            part: None,
        })
    }

    /// The scenario.
    pub fn scenario(&self) -> &Scenario {
        &self.prepared.scenario
    }

    /// The scenario with its data read.
    pub fn prepared(&self) -> &Arc<Prepared> {
        &self.prepared
    }

    /// What is allowed but probably not meant, or was assumed of files that do not say it.
    pub fn warnings(&self) -> &[Problem] {
        &self.prepared.warnings
    }

    /// How files were understood.
    pub fn notes(&self) -> &[String] {
        &self.prepared.notes
    }

    /// What the run will take: rows, disk and memory.
    pub fn needs(&self) -> Needs {
        self.prepared.needs()
    }

    /// The part of the run with the centre, which keeps the record; others have the other zones.
    #[must_use]
    pub fn in_part(mut self, part: Part) -> Self {
        self.part = Some(part);
        self
    }

    /// EVs, zones, recorded periods.
    pub fn size(&self) -> (u32, u32, u64) {
        (self.prepared.evs(), self.prepared.zones(), self.scenario().periods())
    }

    /// Where the tables go.
    pub fn directory(&self) -> &Path {
        self.claim.get().map_or(&self.wanted, |claim| &claim.directory)
    }

    /// Lets somebody look at the run while it goes.
    pub fn show(&mut self, viewer: Viewer) {
        self.viewer = Some(viewer);
    }

    /// Makes the directory ready and holds it until the run is over; says what was there.
    ///
    /// # Errors
    /// If it must not be touched, cannot be made, or another process writes there.
    pub fn prepare(&self) -> Result<record::Prepared, Failure> {
        if let Some(claim) = self.claim.get() {
            return Ok(claim.prepared);
        }
        let mode = DirectoryMode::of(self.options.directory.is_some(), self.options.overwrite);
        let claim = claim_directory(&self.wanted, mode)?;
        Ok(self.claim.get_or_init(|| claim).prepared)
    }

    /// Runs to the end, or until `watch` says no; tables are closed in any case. The directory is
    /// [prepared](Run::prepare) if it is not yet.
    ///
    /// # Errors
    /// What ended the run; the manifest says the same.
    pub fn execute(self, watch: &mut dyn FnMut(Progress) -> bool) -> Result<Outcome, Failure> {
        let (mut begun, mut simulation) = self.begin()?;
        let failure = begun.advance(&mut simulation, watch).err();
        begun.end(simulation, failure)
    }

    /// Begins the run: its directory, its manifest and its tables are there, and whoever asked for
    /// it drives the simulation and [ends](Begun::end) it.
    ///
    /// # Errors
    /// Why it cannot begin; the manifest says the same, where there is one.
    pub fn begin(mut self) -> Result<(Begun, Simulation), Failure> {
        self.prepare()?;
        let directory = self.directory().to_owned();
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
        manifest.inputs.extend(self.inputs.as_ref().map(|inputs| inputs.file.clone()));
        manifest.fed = self.options.fed;
        manifest.argv.clone_from(&self.options.argv);
        let fresh = self.resumed.is_none();
        let run = self.open();
        manifest.threads = run.as_ref().map_or(1, Simulation::threads);
        manifest.started_at = Some(started.to_string());
        if fresh {
            let text = scenario::resolved_toml(&self.loaded);
            record::write_atomically(&directory.join(names::RESOLVED), text.as_bytes())?;
        }
        manifest.write(&directory)?;
        let resumable = self.options.fed && self.options.checkpoint_every.is_some() && fresh;
        let journal = resumable.then(|| Journal::new(&directory));
        let mut begun = Begun { run: self, manifest, clock, journal };
        match run {
            Ok(simulation) => Ok((begun, simulation)),
            Err(failure) => {
                let _ = begun.note(&End::Failed(failure.to_string()), &[]);
                Err(failure)
            }
        }
    }

    /// Opens the run, new or where a checkpoint left it.
    fn open(&mut self) -> Result<Simulation, Failure> {
        let threads = self.options.threads;
        if let Some(state) = self.resumed.take() {
            let directory = self.directory().to_owned();
            let mut run = checkpoint::restore(self.prepared.clone(), &directory, &state, threads)?;
            if self.options.fed {
                Inputs::feed_the_rest(self.inputs.as_ref(), &mut run, &directory)?;
            }
            return Ok(run);
        }
        let recording = Recording::Directory {
            path: self.directory().to_owned(),
            resumable: self.options.checkpoint_every.is_some(),
        };
        let opening = Opening { threads, recording, ..Opening::default() };
        let mut run = match self.part.take() {
            None => Simulation::open(self.prepared.clone(), &opening)?,
            Some(part) => Simulation::open_part(self.prepared.clone(), &opening, part)?,
        };
        run.decide_by(self.options.own.clone());
        run.inject_all(self.inputs.as_ref().map_or(&[], |inputs| &inputs.rows))?;
        Ok(run)
    }

    /// Runs another replication in memory, on this thread; the figures of the run.
    ///
    /// # Errors
    /// What ended the run.
    pub fn figures(&self, seed: u64) -> Result<Vec<IndicatorRow>, Failure> {
        let opening = Opening { seeds: Some(self.prepared.seeds_of(seed)), ..Opening::default() };
        let mut run = Simulation::open(self.prepared.clone(), &opening)?;
        run.advance(run.end())?;
        Ok(run.finish()?.indicators)
    }
}

impl Begun {
    /// Where its tables go.
    pub fn directory(&self) -> &Path {
        self.run.directory()
    }

    /// Runs to the end with a checkpoint every so often, or until `watch` says no. A
    /// [viewer](Run::show) looks at the start of every period.
    ///
    /// # Errors
    /// Why it cannot go on.
    pub fn advance(
        &mut self,
        simulation: &mut Simulation,
        watch: &mut dyn FnMut(Progress) -> bool,
    ) -> Result<(), Failure> {
        let end = simulation.end();
        let mut look = self.begin_to_look(simulation);
        let grid = simulation.world().shared().env.grid;
        loop {
            let now = simulation.now();
            let save = self.next_checkpoint(now).map_or(end, |next| next.min(end));
            let period = look.as_ref().map_or(end, |_| grid.end(grid.at(now)));
            let next = save.min(period);
            if !simulation.advance_while(next, watch)? || next >= end {
                return Ok(());
            }
            if let Some(look) = &mut look {
                look(simulation);
            }
            if next >= save {
                self.checkpoint(simulation)?;
            }
        }
    }

    /// Shows the run to its viewer, if it has one, where it begins; how to go on looking.
    fn begin_to_look(&mut self, simulation: &mut Simulation) -> Option<Look> {
        let Viewer { rows, mut look } = self.run.viewer.take()?;
        look(simulation);
        simulation.watch(Some(rows));
        Some(look)
    }

    /// The instant of the next checkpoint after an instant, if there are any.
    pub fn next_checkpoint(&self, now: Time) -> Option<Time> {
        let every = self.run.options.checkpoint_every?;
        Some(Time((now.0.div_euclid(every.0) + 1) * every.0))
    }

    /// Keeps what a partner gave it so far, for a resumed run.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn keep_inputs(&mut self, simulation: &Simulation) -> Result<(), Failure> {
        self.journal.as_mut().map_or(Ok(()), |journal| journal.keep(simulation))
    }

    /// Writes the whole state beside the tables.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn checkpoint(&mut self, simulation: &mut Simulation) -> Result<(), Failure> {
        if let Some(state) = simulation.save()? {
            checkpoint::write(self.run.directory(), &state)?;
        }
        Ok(())
    }

    /// Ends the run where it is. Whatever happened, what was recorded so far is closed properly,
    /// unless writing itself is what failed.
    ///
    /// # Errors
    /// The failure that ended it, or why tables cannot be closed; the manifest says the same.
    pub fn end(
        mut self,
        simulation: Simulation,
        failure: Option<Failure>,
    ) -> Result<Outcome, Failure> {
        let directory = self.run.directory().to_owned();
        let closed = simulation.finish().map(|finished| Outcome {
            directory: directory.clone(),
            indicators: finished.indicators,
            tables: finished.tables,
            complete: finished.complete,
        });
        let (failure, outcome) = match (failure, closed) {
            (Some(failure), closed) => (Some(failure), closed.ok()),
            (None, Err(failure)) => (Some(failure.into()), None),
            (None, Ok(outcome)) if outcome.complete => {
                // What a finished run could be resumed from has no use any more.
                let _ = std::fs::remove_file(checkpoint::path(&directory));
                let _ = std::fs::remove_file(directory.join(names::INPUTS_SO_FAR));
                (missing_table(&outcome), Some(outcome))
            }
            (None, Ok(outcome)) => (None, Some(outcome)),
        };
        let end = match (&failure, &outcome) {
            (Some(failure), _) => End::Failed(failure.to_string()),
            (None, Some(outcome)) if outcome.complete => End::Complete,
            (None, _) => End::Interrupted,
        };
        let tables = outcome.as_ref().map_or(&[][..], |o| &o.tables);
        let written = self.note(&end, tables);
        match (failure, outcome) {
            (Some(failure), _) => Err(failure),
            (None, Some(outcome)) => written.map(|()| outcome),
            (None, None) => Err(Failure::new(Code::Failed, "the run left nothing")),
        }
    }

    /// Writes the end of the story into the manifest.
    fn note(&mut self, end: &End, tables: &[TableFile]) -> Result<(), Failure> {
        let manifest = &mut self.manifest;
        manifest.ended_at = Some(jiff::Timestamp::now().to_string());
        manifest.wall_s = Some(self.clock.elapsed().as_secs_f64());
        manifest.tables = tables.to_vec();
        manifest.status = match end {
            End::Complete => RunStatus::Complete,
            End::Interrupted => RunStatus::Interrupted,
            End::Failed(why) => {
                manifest.error = Some(why.clone());
                RunStatus::Failed
            }
        };
        Ok(manifest.write(self.run.directory())?)
    }
}

/// Values from outside, and the file that they were read from.
struct Inputs {
    rows: Vec<InputRow>,
    file: InputFile,
}

impl Inputs {
    /// What names the file in manifests.
    const KEY: &str = "--inputs";

    fn read(options: &RunOptions, prepared: &Prepared) -> Result<Option<Self>, Failure> {
        let Some(path) = &options.inputs else { return Ok(None) };
        let wrong = |e: String| {
            let help = "inputs have columns t, zone_id, name, value, as table `inputs` of a run";
            Failure::with_help(Code::Scenario, e, help)
        };
        let unread = |e: std::io::Error| wrong(format!("{} cannot be read: {e}", path.display()));
        let bytes = std::fs::read(path).map_err(unread)?;
        let provenance = prepared.table_options().provenance;
        let rows = simulation::read_inputs(path, &provenance).map_err(|e| wrong(e.to_string()))?;
        let file = InputFile {
            key: Self::KEY.to_owned(),
            path: std::path::absolute(path).unwrap_or_else(|_| path.clone()),
            sha256: record::sha256(&bytes),
        };
        Ok(Some(Self { rows, file }))
    }

    /// A run that a partner fed goes on with a file of what it was given: up to the checkpoint it
    /// must be the same, what comes after that is given now.
    fn feed_the_rest(
        now: Option<&Self>,
        run: &mut Simulation,
        directory: &Path,
    ) -> Result<(), Failure> {
        let done = run.world().now();
        let mut before: Vec<InputRow> = run.inputs().to_vec();
        before.sort_by_key(InputRow::rank);
        let refuse = |message: String| {
            let journal = directory.join(names::INPUTS_SO_FAR);
            let help = format!(
                "resume it with --inputs and what it was given: {} if it is there, or a table \
                 `inputs`",
                journal.display()
            );
            Err(Failure::with_help(Code::Scenario, message, help))
        };
        let Some(now) = now else {
            if before.is_empty() {
                return Ok(());
            }
            return refuse("this run was given values from outside".to_owned());
        };
        let mut rows = now.rows.clone();
        rows.sort_by_key(|row| (row.at, row.zone, row.input.number()));
        let (early, late): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.at < done);
        let same =
            |(a, b): (&InputRow, &InputRow)| (a.at, a.zone, &a.input) == (b.at, b.zone, &b.input);
        if early.len() != before.len() || !early.iter().zip(&before).all(same) {
            let file = now.file.path.display();
            return refuse(format!("{file} is not what this run was given until its checkpoint"));
        }
        Ok(run.inject_all(&late)?)
    }

    /// A run that was given values from outside goes on with the same file only.
    fn check_the_same(manifest: &Manifest, now: Option<&Self>) -> Result<(), Failure> {
        let before = manifest.inputs.iter().find(|file| file.key == Self::KEY);
        let (message, help) = match (before, now) {
            (None, None) => return Ok(()),
            (Some(before), Some(now)) if before.sha256 == now.file.sha256 => return Ok(()),
            (Some(before), None) => (
                "this run was given values from outside".to_owned(),
                format!("resume it with --inputs {}", before.path.display()),
            ),
            (Some(before), Some(now)) => (
                format!("{} is not the file that this run was given", now.file.path.display()),
                format!("resume it with {} as it was", before.path.display()),
            ),
            (None, Some(_)) => (
                "this run was given no values from outside".to_owned(),
                "resume it without --inputs".to_owned(),
            ),
        };
        Err(Failure::with_help(Code::Scenario, message, help))
    }
}

/// A manifest says `complete` only over tables that are there as they were written.
fn missing_table(outcome: &Outcome) -> Option<Failure> {
    let gone = outcome.tables.iter().find(|table| {
        let path = outcome.directory.join(&table.file);
        std::fs::metadata(path).map_or(true, |found| found.len() != table.bytes)
    })?;
    let path = outcome.directory.join(&gone.file);
    let message = format!("{} is not there as it was written", path.display());
    Some(Failure::with_help(Code::Failed, message, "run again into a directory of its own"))
}

/// This program, for manifests.
pub fn software() -> Software {
    Software {
        version: crate::VERSION.to_owned(),
        git_commit: option_env!("GRIDFLOCK_COMMIT").map(str::to_owned),
        git_dirty: None,
    }
}
