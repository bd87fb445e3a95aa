//! One run of a scenario, driven by hand: the only run loop there is.
//!
//! What a run leaves depends on scenario and seeds alone: not on the steps in which it is driven,
//! on the number of threads, or on whether it was saved and restored on the way.

use crate::assemble::Prepared;
use crate::error::SimulationError;
use crate::inputs::{self, InputRow};
use crate::outputs::Output;
use crate::parts::{Own, Part, Parts};
use crate::recording::{Finished, Recorder, Recording, Saved, Watcher};
use crate::world::{RunError, World};
use agents::{FeederReading, Input, Notice, PolicySet, Snapshot};
use clock::{Seeds, Threads};
use domain::{IndicatorRow, Span, Time, ZoneId};
use grid::RenewableKind;
use indicators::Accumulator;
use market::Change;
use market::pricing::Steering;
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
    /// Seeds of behaviour and of what comes from outside, where they were changed on the way.
    redrawn: Option<[u64; 2]>,
    threads: Arc<Threads>,
    world: World,
    parts: Parts,
    recorder: Recorder,
    begin: Time,
    /// The instant up to which, or through which, the caller has driven it.
    now: Time,
    /// Inputs that were accepted.
    inputs: Vec<InputRow>,
    /// Where the last step by [`Simulation::advance`] began, and the meters of the zones then.
    step: Option<(Time, Vec<f64>)>,
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
    redrawn: Option<[u64; 2]>,
    now: Time,
    step: Option<(Time, Vec<f64>)>,
    inputs: Vec<InputRow>,
    world: Vec<u8>,
    recorder: Saved,
}

impl Simulation {
    /// A run at its beginning (of the warm-up, where there is one).
    ///
    /// # Errors
    /// If the scenario makes no world, or tables or threads cannot be made.
    pub fn open(prepared: Arc<Prepared>, opening: &Opening) -> Result<Self, SimulationError> {
        Self::open_own(prepared, opening, &Own::All, |_| Ok(Parts::Whole))
    }

    /// One of several parts of a run at its beginning. All parts are driven in the same steps; the
    /// one with the centre records, the others are opened with [`Recording::Nothing`]. A part can
    /// neither be saved nor forked.
    ///
    /// # Errors
    /// As for [`Simulation::open`]; if a zone is in no part, or in two.
    pub fn open_part(
        prepared: Arc<Prepared>,
        opening: &Opening,
        part: Part,
    ) -> Result<Self, SimulationError> {
        let own = part.own();
        Self::open_own(prepared, opening, &own, |zones| {
            Parts::of(part, zones).map_err(SimulationError::NotThere)
        })
    }

    fn open_own(
        prepared: Arc<Prepared>,
        opening: &Opening,
        own: &Own,
        parts: impl FnOnce(u16) -> Result<Parts, SimulationError>,
    ) -> Result<Self, SimulationError> {
        let seeds = opening.seeds.unwrap_or_else(|| prepared.seeds(0, false));
        let mut world = prepared.world_of(seeds, own)?;
        world.write(opening.recording.log());
        let parts = parts(world.shared().env.zones)?;
        let indicators = Accumulator::new(&prepared.names(), &prepared.indicator_context(&world));
        let recorder = Recorder::open(&opening.recording, &prepared, indicators)?;
        let threads = Arc::new(threads(opening.threads, &world)?);
        let begin = world.now();
        Ok(Self {
            prepared,
            seeds,
            redrawn: None,
            threads,
            world,
            parts,
            recorder,
            begin,
            now: begin,
            inputs: Vec::new(),
            step: None,
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
        let step = (self.now, self.meters());
        self.advance_while(until, &mut |_| true)?;
        self.step = Some(step);
        Ok(())
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
        self.advance_while(t + RESOLUTION, &mut |_| true)?;
        (self.now, self.step) = (t, None);
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
        let result =
            self.world.run(until, &self.threads, &mut self.parts, &mut self.recorder, &mut ask);
        let reached = result.inspect_err(|e| {
            self.failed = Some(e.to_string());
            self.unwritten = matches!(e, RunError::Sink(_));
        })?;
        self.now = if reached { until } else { self.world.now().min(until) };
        Ok(reached)
    }

    /// The first instant at which [`Simulation::inject`] and [`Simulation::amend`] may still act.
    pub fn next_instant(&self) -> Time {
        self.world.now()
    }

    /// Changes policy at an instant, in a zone or (number 0) in all: the same as an input `notice`,
    /// and as an entry of the scenario's timeline at that instant. It enters phase 2 of it.
    ///
    /// # Errors
    /// As for [`Simulation::inject`]; and if there is no such segment, or the change cannot be made
    /// for one zone alone.
    pub fn amend(&mut self, at: Time, zone: ZoneId, change: Change) -> Result<(), SimulationError> {
        self.inject(at, zone, Input::Notice(Notice::Policy(Arc::new(change))))
    }

    /// Gives a zone (or, with number 0, every zone) a value from outside. It enters phase 2 of its
    /// instant: before what happens, is decided and is dispatched then, after what is settled. It
    /// holds from then on until the next one; prices begin with the next period.
    ///
    /// Inputs of one instant act in the order of zone, name ([`Input::NAMES`]) and call; a change of
    /// policy in all zones before those of single zones.
    ///
    /// # Errors
    /// If that phase has been handled or lies beyond the end, there is no such zone, or the value
    /// means nothing.
    pub fn inject(&mut self, at: Time, zone: ZoneId, input: Input) -> Result<(), SimulationError> {
        inputs::check_input(&input)?;
        let zones = self.zones();
        if zone.0 > zones {
            return Err(SimulationError::NoZone { zone: zone.0, zones });
        }
        if at < self.world.now() || at > self.end() {
            return Err(SimulationError::TooLate { at: at.0, done: self.world.now().0 });
        }
        self.check_model(zone, &input)?;
        if let Input::Notice(Notice::Policy(change)) = &input {
            self.check_change(change, zone)?;
            let everywhere = zone.0 == 0 || zones == 1;
            let here = !everywhere && self.world.holds(zone);
            let first = if here { 0 } else { self.parts.first_call() };
            let call = self.world.amend(at, zone, &input, first);
            self.parts.accept(InputRow { at, zone, input, call }, &mut self.inputs);
            return Ok(());
        }
        // The voltage of a feeder is its substation's, which belongs to no zone.
        let of_substation = matches!(input, Input::VmPu(_)) && self.is_feeder();
        let all = if zone == ZoneId(0) && !of_substation { 1..=zones } else { zone.0..=zone.0 };
        let copies = std::iter::repeat_n(input, all.len());
        for (zone, input) in all.map(ZoneId).zip(copies) {
            let first = if self.world.holds(zone) { 0 } else { self.parts.first_call() };
            let call = self.world.inject(at, zone, &input, first);
            self.parts.accept(InputRow { at, zone, input, call }, &mut self.inputs);
        }
        Ok(())
    }

    /// From now on somebody outside steers prices in a zone (or, with number 0, in the whole area) in
    /// the pricing agent's place: where each lies between its bounds. They are published at the next
    /// beginning of a period that has not been handled, and hold until they are steered anew; an
    /// empty steering gives them back to the pricing agent. It is part of what is saved, and no
    /// [input](Self::inject).
    ///
    /// # Errors
    /// If there is no such zone, or a position is no number between 0 and 1.
    pub fn steer(&mut self, zone: ZoneId, steering: Steering) -> Result<(), SimulationError> {
        let zones = self.zones();
        if zone.0 > zones {
            return Err(SimulationError::NoZone { zone: zone.0, zones });
        }
        if !steering.is_valid() {
            let why = "positions between a price's bounds are numbers between 0 and 1".to_owned();
            return Err(SimulationError::BadInput(why));
        }
        self.world.steer(zone, steering);
        Ok(())
    }

    /// From now on policies of the caller's decide in the place of the built-in ones. They are no
    /// part of what is saved. A run that they are to decide alike each time uses one thread.
    pub fn decide_by(&mut self, own: PolicySet) {
        let mut shared = self.world.shared().clone();
        shared.env.own = own;
        self.world.share(shared);
    }

    /// From now on users and what comes from outside (errors of forecasts, delays of messages) are
    /// drawn by other seeds; who the users are, what they have planned and what has happened stays.
    pub fn redraw(&mut self, behaviour: u64, exogenous: u64) {
        self.redrawn = Some([behaviour, exogenous]);
        self.world.share(self.prepared.with_draws(self.world.shared(), behaviour, exogenous));
    }

    /// Gives several inputs, such as those of a file.
    ///
    /// # Errors
    /// As for [`Simulation::inject`]; those before the refused one are given.
    pub fn inject_all(&mut self, rows: &[InputRow]) -> Result<(), SimulationError> {
        rows.iter().try_for_each(|row| self.inject(row.at, row.zone, row.input.clone()))
    }

    /// Inputs that were accepted so far.
    pub fn inputs(&self) -> &[InputRow] {
        &self.inputs
    }

    /// Refuses what only a whole run can do.
    fn check_whole(&self, what: &str) -> Result<(), SimulationError> {
        match self.parts {
            Parts::Whole => Ok(()),
            Parts::Part(_) => {
                let why = format!("a part of a run cannot be {what}: the others are elsewhere");
                Err(SimulationError::NotThere(why))
            }
        }
    }

    /// Whether the zones are those of a feeder.
    fn is_feeder(&self) -> bool {
        self.world.shared().env.feeder().is_some()
    }

    /// Refuses changes of policy for whom there is not, or for whom it cannot be.
    fn check_change(&self, change: &Change, zone: ZoneId) -> Result<(), SimulationError> {
        let env = &self.world.shared().env;
        let names = || env.segments.iter().map(|s| s.name.as_str());
        if let Some(segment) = change.segment().filter(|name| !names().any(|n| n == *name)) {
            let all = names().collect::<Vec<_>>().join(", ");
            let why = format!("there is no fleet segment `{segment}`; the segments are {all}");
            return Err(SimulationError::BadInput(why));
        }
        match change.of_the_area() {
            Some(key) if zone.0 > 0 && env.zones > 1 => Err(SimulationError::BadInput(format!(
                "`{}` is the same in all zones; change it without a zone",
                key.path()
            ))),
            _ => Ok(()),
        }
    }

    /// Refuses what a feeder's zones do not take.
    fn check_model(&self, zone: ZoneId, input: &Input) -> Result<(), SimulationError> {
        let Some(case) = self.world.shared().env.feeder() else { return Ok(()) };
        let refuse = |why: String| Err(SimulationError::BadInput(why));
        let kind = match input {
            Input::VmPu(_) if zone != ZoneId(0) => {
                return refuse(
                    "the zones of a feeder take no `vm_pu`: the DSO works out the voltage of their \
                     buses; give zone 0 the voltage of the substation"
                        .to_owned(),
                );
            }
            Input::VmPu(pu) if !(0.5..=1.5).contains(pu) => {
                return refuse(format!("the substation's `vm_pu` is {pu}; it is 0.5 to 1.5"));
            }
            Input::PvKw(_) => RenewableKind::Pv,
            Input::WindKw(_) => RenewableKind::Wind,
            _ => return Ok(()),
        };
        let zones = if zone == ZoneId(0) { 1..=self.zones() } else { zone.0..=zone.0 };
        match zones.map(ZoneId).find(|zone| case.installed_kw(*zone, kind) <= 0.0) {
            None => Ok(()),
            Some(zone) => {
                let name = input.name();
                refuse(format!("zone {} of this feeder has no plant for `{name}`", zone.0))
            }
        }
    }

    /// Everything that can be read off a zone now; it changes nothing.
    ///
    /// # Errors
    /// If there is no such zone.
    pub fn snapshot(&self, zone: ZoneId) -> Result<Snapshot, SimulationError> {
        let zones = self.zones();
        if zone.0 == 0 || zone.0 > zones {
            return Err(SimulationError::NoZone { zone: zone.0, zones });
        }
        let seen = self.world.snapshot_of(zone, self.now);
        seen.ok_or_else(|| {
            SimulationError::NotThere(format!("another part of the run has zone {zone}"))
        })
    }

    /// Reads a figure off a zone: after [`Simulation::advance_through`] at that instant, after
    /// [`Simulation::advance`] powers are means over that step. It changes nothing.
    ///
    /// # Errors
    /// If there is no such zone.
    pub fn read(&self, zone: ZoneId, output: Output) -> Result<f64, SimulationError> {
        let seen = self.snapshot(zone)?;
        let (mut p_kw, mut q_kvar) =
            (seen.p_kw, seen.load_kw * self.prepared.scenario.series.load.tan_phi());
        let power = matches!(output, Output::PMw | Output::PKw | Output::QMvar);
        if power && self.is_feeder() && matches!(self.parts, Parts::Whole) {
            let own = self.feeder()?.buses.into_iter().filter(|bus| bus.zone == zone);
            (p_kw, q_kvar) = own.fold((0.0, 0.0), |(p, q), bus| (p + bus.p_kw, q + bus.q_kvar));
        }
        if let Some((from, meters)) = self.step.as_ref().filter(|(from, _)| *from < self.now) {
            let before = meters.get(usize::from(zone.0) - 1).copied().unwrap_or_default();
            p_kw = (seen.energy_kwh - before) / (self.now - *from).hours().value();
        }
        Ok(output.of(&seen, p_kw, q_kvar))
    }

    /// A feeder now: net consumption at every bus, and the voltages that a power flow of it gives. It
    /// changes nothing.
    ///
    /// # Errors
    /// If this is no feeder, or there is no power flow.
    pub fn feeder(&self) -> Result<FeederReading, SimulationError> {
        self.check_whole("read as a feeder")?;
        let seen = self.world.feeder_at(self.now).ok_or_else(|| {
            SimulationError::NotThere("only a feeder has buses to read".to_owned())
        })?;
        seen.map_err(SimulationError::Failed)
    }

    /// The meters of all zones \[kWh\].
    fn meters(&self) -> Vec<f64> {
        let of_zone = |zone| self.snapshot(ZoneId(zone)).map_or(0.0, |seen| seen.energy_kwh);
        (1..=self.zones()).map(of_zone).collect()
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
        self.check_whole("saved")?;
        let Some(recorder) = self.recorder.save()? else { return Ok(None) };
        let s = self.seeds;
        let hash = &self.prepared.scenario.hash;
        let state = State {
            version: crate::VERSION.to_owned(),
            scenario_hash: hash.clone(),
            seeds: [s.population, s.behaviour, s.exogenous, s.optimiser],
            replication: s.replication,
            antithetic: s.antithetic,
            redrawn: self.redrawn,
            now: self.now,
            step: self.step.clone(),
            inputs: self.inputs.clone(),
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
        if let Some([behaviour, exogenous]) = state.redrawn {
            world.share(prepared.with_draws(world.shared(), behaviour, exogenous));
        }
        world.write(recording.log());
        world.restore(&state.world, hash)?;
        let recorder = Recorder::restore(state.recorder, recording, &prepared)?;
        let threads = Arc::new(threads(threads_wanted, &world)?);
        Ok(Self {
            prepared,
            seeds,
            redrawn: state.redrawn,
            threads,
            world,
            parts: Parts::Whole,
            recorder,
            begin,
            now: state.now,
            inputs: state.inputs,
            step: state.step,
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
        self.check_whole("forked")?;
        Ok(Self {
            prepared: self.prepared.clone(),
            seeds: self.seeds,
            redrawn: self.redrawn,
            threads: self.threads.clone(),
            world: self.world.clone(),
            parts: Parts::Whole,
            recorder: self.recorder.fork(),
            begin: self.begin,
            now: self.now,
            inputs: self.inputs.clone(),
            step: self.step.clone(),
            failed: None,
            unwritten: false,
        })
    }

    /// The run cannot go on, for a reason outside of it: what it has recorded can still be closed.
    /// A part waits for the others no more.
    pub fn abandon(&mut self, why: &str) {
        self.failed.get_or_insert_with(|| why.to_owned());
        self.parts.lose();
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
        let closed = self.world.close(&mut self.parts, &mut self.recorder);
        let lost = match closed {
            Err(RunError::Parts(why)) => Some(why),
            other => other.map(|()| None)?,
        };
        self.inputs.extend(self.parts.heard());
        self.inputs.sort_by_key(InputRow::rank);
        let provenance = self.prepared.table_options().provenance;
        let complete = complete && lost.is_none();
        let finished = self.recorder.finish(complete, self.inputs, &provenance)?;
        // Of a part that failed, that the others are gone is no news.
        match lost.filter(|_| self.failed.is_none()) {
            Some(why) => Err(RunError::Parts(why).into()),
            None => Ok(finished),
        }
    }
}

/// Threads for the zones of a world: more than zones would only wait.
fn threads(wanted: usize, world: &World) -> Result<Threads, SimulationError> {
    let wanted = match wanted {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        n => n,
    };
    let zones = world.zones().count();
    Ok(Threads::new(wanted.min(zones).max(1))?)
}

/// The resolution of time: a microsecond.
const RESOLUTION: Span = Span(1);
