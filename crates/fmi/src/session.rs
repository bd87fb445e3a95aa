//! One run behind a unit: started, stepped, saved and closed as the unit asks.

use crate::description::token;
use crate::export::SCENARIO;
use crate::variables::{BusOutput, Role, Variable, variables};
use crate::wire::{Answer, Given, Kind, Start, Weight};
use domain::Time;
use record::{
    Claim, DirectoryMode, Manifest, RunStatus, Software, TableFile, claim_directory, names,
};
use scenario::{Loaded, Scenario};
use simulation::{Opening, Prepared, Recording, Simulation, parse_input};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A scenario that was opened, and its run.
pub struct Session {
    folder: PathBuf,
    software: Software,
    variables: Vec<Variable>,
    /// What was told when the unit was exported.
    known: Vec<String>,
    run: Option<Simulation>,
    tables: Option<Tables>,
}

/// The directory of a run.
struct Tables {
    claim: Claim,
    manifest: Manifest,
    began: std::time::Instant,
}

/// Why something is not done, and what to do.
type Refusal = String;

fn text(e: impl std::fmt::Display) -> Refusal {
    e.to_string()
}

impl Session {
    /// Reads the scenario among the resources of a unit.
    pub fn open(folder: &str, wanted: &str, software: &Software) -> Result<Self, Refusal> {
        let folder = PathBuf::from(folder);
        let (_, prepared) = load(&folder, &[])?;
        if token(&prepared.scenario) != wanted {
            return Err(format!(
                "the token {wanted} is not that of the unit, {}: its description or its resources \
                 were changed; export it anew",
                token(&prepared.scenario)
            ));
        }
        let variables = variables(&prepared);
        let known = prepared.warnings.iter().map(text).collect();
        let software = software.clone();
        Ok(Self { folder, software, variables, known, run: None, tables: None })
    }

    /// The kinds of variables, by number.
    pub fn kinds(&self) -> Vec<Kind> {
        self.variables.iter().map(Variable::kind).collect()
    }

    /// Starts a run and simulates the warm-up.
    pub fn start(&mut self, start: &Start) -> Result<Answer, Refusal> {
        self.forget();
        let (loaded, prepared) = self.load(start)?;
        let recording = self.claim(start, &loaded, &prepared)?;
        let opening = Opening { threads: 0, recording, ..Opening::default() };
        let mut run = Simulation::open(prepared.clone(), &opening).map_err(text)?;
        let from = instant(start.from_s, "the start")?;
        if from < run.begin() || from > run.end() {
            let (begin, end) = (seconds(run.begin()), seconds(run.end()));
            return Err(format!(
                "the run cannot start at {} s: the scenario lasts from {begin} s (with its warm-up) \
                 to {end} s; 0 is the start of its record",
                start.from_s
            ));
        }
        if start.to_s > seconds(run.end()) {
            return Err(format!(
                "the run is to end at {} s, but the scenario ends at {} s; set `overrides` to \
                 \"days={}\" or end earlier",
                start.to_s,
                seconds(run.end()),
                (start.to_s / 86_400.0).ceil()
            ));
        }
        // Powers are those of the instant: no step has been done yet.
        let advanced = run.advance_while(from, &mut |_| true).map_err(text);
        self.run = Some(run);
        advanced.map_err(|e| self.failed(e))?;
        let said = self.said(&prepared);
        self.at(said)
    }

    /// Gives inputs and goes on.
    pub fn step(&mut self, to_s: f64, given: &Given) -> Result<Answer, Refusal> {
        let to = instant(to_s, "the end of the step")?;
        let reals = given.reals.iter().map(|(number, x)| (*number, x.to_string()));
        let texts = given.texts.iter().map(|(number, x)| (*number, x.clone()));
        for (number, value) in reals.chain(texts) {
            self.inject(number, &value)?;
        }
        let run = self.run.as_mut().ok_or(NO_RUN)?;
        let advanced = run.advance(to).map_err(text);
        advanced.map_err(|e| self.failed(e))?;
        self.at(Vec::new())
    }

    fn inject(&mut self, number: u32, value: &str) -> Result<(), Refusal> {
        let variable = self.variables.get(number as usize);
        let Some(Variable { role: Role::Input(zone, input), name, .. }) = variable else {
            return Err(format!("variable {number} is no input"));
        };
        let run = self.run.as_mut().ok_or(NO_RUN)?;
        let given =
            parse_input(input, value, run.now()).and_then(|i| run.inject(run.now(), *zone, i));
        given.map_err(|e| format!("{name} at {} s: {e}", seconds(run.now())))
    }

    /// The run as bytes.
    pub fn save(&mut self) -> Result<Answer, Refusal> {
        let run = self.run.as_mut().ok_or(NO_RUN)?;
        let state = run.save().map_err(text)?;
        state
            .map(Answer::Saved)
            .ok_or_else(|| "the tables of this run cannot be taken up".to_owned())
    }

    /// Goes on from a saved run. Its tables go on too: in this process, or where the one that had
    /// them has ended.
    pub fn restore(&mut self, start: &Start, state: &[u8]) -> Result<Answer, Refusal> {
        // A run that is written to the same directory gives it up first.
        self.run = None;
        let (loaded, prepared) = self.load(start)?;
        let same = |tables: &Tables| tables.claim.directory == Path::new(&start.directory);
        if !self.tables.as_ref().is_some_and(same) {
            self.tables = None;
        }
        let recording = if start.directory.is_empty() {
            Recording::Indicators
        } else {
            let path = PathBuf::from(&start.directory);
            if self.tables.is_none() {
                let claim = Claim::resume(&path).map_err(text)?;
                self.begin(claim, &loaded, &prepared)?;
            }
            Recording::Directory { path, resumable: true }
        };
        let run = Simulation::restore(prepared, state, &recording, 0);
        self.run = Some(run.map_err(|e| {
            format!("{e}; a state is taken up by the unit that saved it, under the same parameters")
        })?);
        self.at(Vec::new())
    }

    /// Closes the tables.
    pub fn finish(&mut self) -> Result<Answer, Refusal> {
        let Some(run) = self.run.take() else { return Ok(Answer::Done) };
        let finished = run.finish().map_err(text);
        if let Some(tables) = self.tables.take() {
            let end = match &finished {
                Ok(finished) if finished.complete => (RunStatus::Complete, None),
                Ok(_) => (RunStatus::Interrupted, None),
                Err(e) => (RunStatus::Failed, Some(e.clone())),
            };
            let files = finished.as_ref().map_or_else(|_| Vec::new(), |f| f.tables.clone());
            tables.close(end, files)?;
        }
        finished.map(|_| Answer::Done)
    }

    /// Closes what is open, as of a run that was given up.
    pub fn forget(&mut self) {
        if let Err(e) = self.finish() {
            eprintln!("gridflock: the tables of a run that was given up are not closed: {e}");
        }
    }

    /// The scenario under the parameters of a run.
    fn load(&self, start: &Start) -> Result<(Loaded, Arc<Prepared>), Refusal> {
        let mut sets: Vec<String> = start
            .overrides
            .split([';', '\n'])
            .map(str::trim)
            .filter(|set| !set.is_empty())
            .map(str::to_owned)
            .collect();
        if start.seed >= 0 {
            sets.push(format!("seed={}", start.seed));
        } else if start.seed != -1 {
            return Err(format!("a seed of {} is not offered; from 0 on, or -1", start.seed));
        }
        let (loaded, prepared) = load(&self.folder, &sets)?;
        if variables(&prepared) != self.variables {
            return Err(format!(
                "`overrides` = \"{}\" makes other zones, hence other variables; export a unit of \
                 that scenario",
                start.overrides
            ));
        }
        Ok((loaded, prepared))
    }

    /// What is kept of a run.
    fn claim(
        &mut self,
        start: &Start,
        loaded: &Loaded,
        prepared: &Arc<Prepared>,
    ) -> Result<Recording, Refusal> {
        if start.directory.is_empty() {
            return Ok(Recording::Indicators);
        }
        let path = PathBuf::from(&start.directory);
        let claim = claim_directory(&path, DirectoryMode::of(true, false)).map_err(text)?;
        self.begin(claim, loaded, prepared)?;
        Ok(Recording::Directory { path, resumable: true })
    }

    /// Writes what stands in a directory from the beginning on.
    fn begin(
        &mut self,
        claim: Claim,
        loaded: &Loaded,
        prepared: &Arc<Prepared>,
    ) -> Result<(), Refusal> {
        let s = &prepared.scenario;
        let mut manifest = Manifest::new("run", &s.name, &s.hash, self.software.clone());
        let seeds = prepared.seeds(0, false);
        manifest.seeds = [
            ("main", s.seeds.seed),
            ("population", seeds.population),
            ("behaviour", seeds.behaviour),
            ("exogenous", seeds.exogenous),
            ("optimiser", seeds.optimiser),
        ]
        .map(|(name, seed)| (name.to_owned(), seed))
        .into();
        manifest.inputs.clone_from(&loaded.inputs);
        manifest.argv = std::env::args_os().map(|a| a.to_string_lossy().into_owned()).collect();
        manifest.started_at = Some(jiff::Timestamp::now().to_string());
        let resolved = scenario::resolved_toml(loaded);
        let path = claim.directory.join(names::RESOLVED);
        record::write_atomically(&path, resolved.as_bytes()).map_err(text)?;
        manifest.write(&claim.directory).map_err(text)?;
        self.tables = Some(Tables { claim, manifest, began: std::time::Instant::now() });
        Ok(())
    }

    /// A run that failed: its tables are closed, the manifest says why.
    fn failed(&mut self, why: Refusal) -> Refusal {
        let files = self.run.take().and_then(|run| run.finish().ok()).map(|f| f.tables);
        if let Some(tables) = self.tables.take()
            && let Err(e) =
                tables.close((RunStatus::Failed, Some(why.clone())), files.unwrap_or_default())
        {
            return format!("{why}; nor is its directory closed: {e}");
        }
        why
    }

    /// What a master is told of a scenario at its start: warnings that overrides bring, and how
    /// files were understood.
    fn said(&self, prepared: &Prepared) -> Vec<(Weight, String)> {
        let warnings = prepared.warnings.iter().map(text).filter(|w| !self.known.contains(w));
        let warnings = warnings.map(|w| (Weight::Warning, w));
        warnings.chain(prepared.notes.iter().map(|n| (Weight::Note, n.clone()))).collect()
    }

    /// Where the run is.
    fn at(&self, said: Vec<(Weight, String)>) -> Result<Answer, Refusal> {
        let run = self.run.as_ref().ok_or(NO_RUN)?;
        let has_buses = self.variables.iter().any(|v| matches!(v.role, Role::Bus(..)));
        let buses = if has_buses { run.feeder().map_err(text)?.buses } else { Vec::new() };
        let mut outputs = Vec::new();
        for variable in &self.variables {
            match variable.role {
                Role::Output(zone, output) => outputs.push(run.read(zone, output).map_err(text)?),
                Role::Bus(bus, output) => {
                    let seen = buses.iter().find(|seen| seen.bus == bus);
                    outputs.push(seen.map_or(f64::NAN, |seen| match output {
                        BusOutput::PMw => seen.p_kw / 1000.0,
                        BusOutput::QMvar => seen.q_kvar / 1000.0,
                        BusOutput::VmPu => seen.vm_pu,
                    }));
                }
                _ => {}
            }
        }
        let (now_s, over) = (seconds(run.now()), run.now() >= run.end());
        Ok(Answer::At { now_s, over, outputs, said })
    }
}

impl Tables {
    /// Writes how it ended.
    fn close(
        mut self,
        (status, error): (RunStatus, Option<String>),
        files: Vec<TableFile>,
    ) -> Result<(), Refusal> {
        let manifest = &mut self.manifest;
        (manifest.status, manifest.error, manifest.tables) = (status, error, files);
        manifest.ended_at = Some(jiff::Timestamp::now().to_string());
        manifest.wall_s = Some(self.began.elapsed().as_secs_f64());
        manifest.write(&self.claim.directory).map_err(text)
    }
}

const NO_RUN: &str =
    "there is no run: it has failed or was closed; reset the instance, or set a saved state";

/// The scenario of a folder with its data.
fn load(folder: &Path, sets: &[String]) -> Result<(Loaded, Arc<Prepared>), Refusal> {
    let path = folder.join(SCENARIO);
    let loaded = Scenario::load(&path.display().to_string(), sets).map_err(text)?;
    let prepared = Prepared::read(&loaded).map_err(text)?;
    Ok((loaded, Arc::new(prepared)))
}

/// An instant of the run; masters speak of seconds.
fn instant(s: f64, what: &str) -> Result<Time, Refusal> {
    // Centuries of microseconds.
    if s.is_finite() && s.abs() < 1e12 {
        Ok(Time((s * 1e6).round() as i64))
    } else {
        Err(format!("{what} is {s} s, which is no time"))
    }
}

fn seconds(t: Time) -> f64 {
    t.0 as f64 / 1e6
}
