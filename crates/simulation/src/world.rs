//! The world: all partitions, stepped through windows of time by any number of threads.

use crate::cell::{Cell, Role, Shared};
use crate::centre::{Centre, Director};
use crate::merge::collect;
use crate::parts::{Own, Parts, Turn};
use agents::{Broken, FeederReading, Input, Log, Notice, Pricing, Zone};
use clock::{Key, Partition, Threads, WindowError, run_window};
use domain::{Phase, Rows, Span, Time, ZoneId};
use market::pricing::Steering;
use scenario::TimelineEntry;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Sender number of the first kind of input: after all agents of a zone.
const FIRST_INPUT: u32 = 0xffff_0000;

/// A batch is handed on when it has so many rows: few enough to be in the cache still, enough to be
/// worth a look at all its tables.
const BATCH: usize = 256;

/// Who takes the rows of a run, batch by batch. It may swap the batch for an empty one to keep its
/// memory.
pub(crate) trait Sink {
    /// Takes a batch; leaves an empty one.
    ///
    /// # Errors
    /// What the sink says; the run ends with it.
    fn take(&mut self, rows: &mut Rows) -> Result<(), String>;

    /// Whether [`Sink::see`] wants the rows of each window as soon as they are there.
    fn watches(&self) -> bool {
        false
    }

    /// Sees the rows of a window before they wait in a batch.
    fn see(&mut self, _rows: &Rows) {}

    /// Whether it does anything with batches.
    fn keeps(&self) -> bool {
        true
    }
}

/// Why a run ended before its end.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RunError {
    /// An invariant does not hold.
    #[error("an invariant broke at {} us in zone {}: {}", .0.t.0, .0.zone, .0.what)]
    Broken(Broken),
    /// The sink refused a batch.
    #[error("{0}")]
    Sink(String),
    /// Another part of the run is missing, or is not understood.
    #[error("{0}")]
    Parts(String),
    /// An agent could not decide.
    #[error("{0}")]
    Agent(String),
    /// The partitions broke the rules of time.
    #[error(transparent)]
    Window(#[from] WindowError),
    /// A snapshot cannot be read.
    #[error("this snapshot cannot be read: {0}")]
    Snapshot(String),
}

/// The world at an instant. Cloning it costs a copy of its state; what never changes is shared.
#[derive(Clone, Debug)]
pub struct World {
    shared: Arc<Shared>,
    cells: Vec<Cell>,
    /// Everything before this instant has happened.
    now: Time,
    /// Where the window ends that was begun and not finished; none between windows. A window that
    /// was cut short goes on to its own end, so that neither the order of rows nor their batches
    /// depend on where a run was interrupted.
    window_end: Option<Time>,
    /// Rows that wait for a batch to be full.
    batch: Rows,
    /// Room for the rows of a window; empty between windows.
    fresh: Rows,
    /// Inputs taken so far, by zone and name: their order among those of one instant.
    calls: BTreeMap<(u16, u32), u64>,
    closed: bool,
    /// Piles of each zone, those in other parts of the run included.
    piles: Vec<u32>,
}

/// What a snapshot holds besides the cells.
#[derive(Serialize, Deserialize)]
struct Saved {
    fingerprint: String,
    now: Time,
    window_end: Option<Time>,
    batch: Rows,
    calls: BTreeMap<(u16, u32), u64>,
    closed: bool,
    cells: Vec<Cell>,
}

impl World {
    /// A world at its beginning, with the zones that it has itself and the piles of all.
    pub(crate) fn new(shared: Shared, zones: Vec<Zone>, piles: Vec<u32>, own: &Own) -> Self {
        let shared = Arc::new(shared);
        let elsewhere = |zone: u16| Cell::elsewhere(ZoneId(zone), &shared);
        let mut cells: Vec<Cell> = (0..=shared.env.zones).map(elsewhere).collect();
        if own.holds(ZoneId(0)) {
            cells[0] = Cell::centre(&shared);
        }
        for zone in zones {
            let place = usize::from(zone.id.0);
            cells[place] = Cell::of_zone(zone, &shared);
        }
        let now = shared.env.grid.start(shared.first_period);
        Self {
            shared,
            cells,
            now,
            window_end: None,
            batch: Rows::default(),
            fresh: Rows::default(),
            calls: BTreeMap::new(),
            closed: false,
            piles,
        }
    }

    /// Everything before this instant has happened.
    pub fn now(&self) -> Time {
        self.now
    }

    /// The last instant of the run.
    pub fn end(&self) -> Time {
        self.shared.env.end
    }

    /// Whether the run is over and its open ends are written.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// What never changes.
    pub fn shared(&self) -> &Shared {
        &self.shared
    }

    /// The states of the zones, but for those that other parts of the run have.
    pub fn zones(&self) -> impl Iterator<Item = &Zone> {
        self.cells
            .iter()
            .filter_map(|c| if let Role::Zone(z) = &c.role { Some(&**z) } else { None })
    }

    /// Piles of each zone, zone 1 first.
    pub fn piles(&self) -> Vec<u32> {
        self.piles.clone()
    }

    /// The pricing agent, unless another part of the run has it.
    pub fn pricing(&self) -> Option<&Pricing> {
        match self.cells.first().map(|c| &c.role) {
            Some(Role::Centre(centre)) => Some(&centre.pricing),
            _ => None,
        }
    }

    /// From now on somebody outside steers prices (see [`Pricing::steer`]).
    pub(crate) fn steer(&mut self, zone: ZoneId, steering: Steering) {
        if let Some(Role::Centre(centre)) = self.cells.first_mut().map(|c| &mut c.role) {
            centre.pricing.steer(zone, steering);
        }
    }

    /// Rows that were written in the window at hand: whoever watches has not seen them yet. One
    /// batch for each partition, in order.
    pub fn uncollected(&self) -> impl Iterator<Item = &Rows> + Clone {
        self.cells.iter().map(|c| &c.rows)
    }

    /// Goes on with another part that is shared.
    pub(crate) fn share(&mut self, shared: Shared) {
        self.shared = Arc::new(shared);
        for cell in &mut self.cells {
            cell.connect(&self.shared);
        }
    }

    /// From now on these rows are written.
    pub(crate) fn write(&mut self, log: Log) {
        if self.shared.env.log != log {
            let mut shared = (*self.shared).clone();
            shared.env.log = log;
            self.share(shared);
        }
    }

    /// Runs until `until` (exclusive, the settlement of the run's last period included) or until
    /// `goes_on` says no; it is asked after each window. Returns whether it got there.
    ///
    /// # Errors
    /// A broken invariant (after its rows went to the sink), a refusing sink, an agent that cannot
    /// decide.
    pub(crate) fn run(
        &mut self,
        until: Time,
        threads: &Threads,
        parts: &mut Parts,
        sink: &mut dyn Sink,
        goes_on: &mut dyn FnMut(Time) -> bool,
    ) -> Result<bool, RunError> {
        let result = self.run_windows(until, threads, parts, sink, goes_on);
        // Every part knows of a broken invariant and of an agent that cannot decide: it was told.
        if let Err(RunError::Sink(_) | RunError::Window(_)) = &result {
            parts.lose();
        }
        result
    }

    fn run_windows(
        &mut self,
        until: Time,
        threads: &Threads,
        parts: &mut Parts,
        sink: &mut dyn Sink,
        goes_on: &mut dyn FnMut(Time) -> bool,
    ) -> Result<bool, RunError> {
        // The last period settles at the end itself.
        // On a feeder the DSO verifies it after that and tells the zones what they delivered.
        let letters = if self.shared.env.feeder().is_some() {
            self.shared.env.latency.floor.times(2)
        } else {
            Span(0)
        };
        let limit = if until >= self.end() { Time((self.end() + letters).0 + 1) } else { until };
        let floor = self.shared.env.latency.floor;
        if parts.meet(&mut self.cells)? == Turn::Stop {
            return Ok(false);
        }
        while let Some(natural) = self.window_end.or_else(|| self.next_window_end(floor, limit)) {
            let window = run_window(&mut self.cells, floor, limit.min(natural), threads)?;
            self.now = self.now.max(window.map_or(self.now, |w| w.end));
            let turn = parts.meet(&mut self.cells)?;
            let broken =
                self.cells.iter().filter_map(|c| c.broken.clone()).min_by_key(|b| (b.t, b.zone));
            let failed = self.cells.iter().find_map(|c| c.failed.clone());
            let whole = natural <= limit;
            self.window_end = (!whole).then_some(natural);
            if whole || broken.is_some() {
                self.collect(sink);
            }
            if self.batch.count() >= BATCH {
                sink.take(&mut self.batch).map_err(RunError::Sink)?;
            }
            if let Some(broken) = broken {
                return Err(RunError::Broken(broken));
            }
            if let Some(failed) = failed {
                return Err(RunError::Agent(failed));
            }
            if turn == Turn::Stop || (!goes_on(self.now) && parts.stop() == Turn::Stop) {
                return Ok(false);
            }
            if !whole {
                break;
            }
        }
        self.now = self.now.max(until.min(self.end()));
        Ok(true)
    }

    /// Puts an input about a zone into its queue and, where it concerns the centre, into that one's.
    /// Its instant must not have been handled yet. Returns its number among those of its zone and
    /// name.
    pub(crate) fn inject(&mut self, at: Time, zone: ZoneId, input: &Input, first_call: u64) -> u64 {
        let name = input.number() as u32;
        let calls = self.calls.entry((zone.0, name)).or_default();
        let call = first_call + *calls;
        *calls += 1;
        // Two senders a name: what follows from a notice comes after it, a change of policy in all
        // zones before.
        let key = Key::new(at, Phase::Exogenous, zone, FIRST_INPUT + 2 * name, call);
        let on_a_feeder = self.shared.env.feeder().is_some();
        let centre = input.concerns_the_centre(on_a_feeder).then_some(0);
        let own = usize::from(zone.0);
        for cell in centre.into_iter().filter(|centre| *centre != own).chain([own]) {
            if let Some(cell) = self.cells.get_mut(cell) {
                cell.inject(key, input.clone());
            }
        }
        call
    }

    /// Whether a zone is here and not in another part of the run.
    pub(crate) fn holds(&self, zone: ZoneId) -> bool {
        let cell = self.cells.get(usize::from(zone.0));
        cell.is_some_and(|cell| !matches!(cell.role, Role::Elsewhere(_)))
    }

    /// Puts the changes of a scenario's timeline into the queues, before anything has happened. All
    /// parts of a run do the same, each for the zones that it has.
    pub(crate) fn follow(&mut self, timeline: &[TimelineEntry]) {
        let end = self.end();
        for entry in timeline.iter().filter(|entry| entry.at <= end) {
            let notice = Notice::Policy(Arc::new(entry.change.clone()));
            let zone = ZoneId(entry.zone.unwrap_or(0));
            self.amend(entry.at, zone, &Input::Notice(notice), 0);
        }
        let elsewhere = |cell: &&mut Cell| matches!(cell.role, Role::Elsewhere(_));
        self.cells.iter_mut().filter(elsewhere).for_each(|cell| drop(cell.take_outgoing()));
    }

    /// Puts a change of policy into the queue of a zone, or (number 0) into those of all zones,
    /// before what concerns single ones. The agents of the centre serve all zones: they hear of
    /// what holds in all. Returns its number among those of its zone.
    pub(crate) fn amend(&mut self, at: Time, zone: ZoneId, input: &Input, first_call: u64) -> u64 {
        let everywhere = zone.0 == 0 || self.shared.env.zones == 1;
        if !everywhere {
            return self.inject(at, zone, input, first_call);
        }
        let name = 2 * input.number() as u32 - 1;
        let call = {
            let calls = self.calls.entry((0, name)).or_default();
            *calls += 1;
            first_call + *calls - 1
        };
        let key = Key::new(at, Phase::Exogenous, ZoneId(0), FIRST_INPUT + name, call);
        self.cells.iter_mut().for_each(|cell| cell.inject(key, input.clone()));
        call
    }

    /// What can be read off a zone after everything before `now`.
    pub(crate) fn snapshot_of(&self, zone: ZoneId, now: Time) -> Option<agents::Snapshot> {
        let cell = self.cells.get(usize::from(zone.0))?;
        let Role::Zone(state) = &cell.role else { return None };
        Some(state.snapshot(now, &cell.shared()?.env))
    }

    /// A feeder after everything before `now`; none in other models.
    pub(crate) fn feeder_at(&self, now: Time) -> Option<Result<FeederReading, String>> {
        let centre = self.cells.first()?;
        let env = &centre.shared()?.env;
        let case = env.feeder()?;
        let Role::Centre(Centre { director: Director::Dso(dso), .. }) = &centre.role else {
            return None;
        };
        let mut ev_kw = vec![0.0; case.feeder.buses().len()];
        self.zones().for_each(|zone| zone.add_ev_kw(case, &mut ev_kw));
        let seen = dso.reading(env.grid.at(now), ev_kw, env);
        Some(seen.map_err(|e| e.to_string()))
    }

    /// Where the next window ends of itself, if something happens before `limit`.
    fn next_window_end(&self, floor: Span, limit: Time) -> Option<Time> {
        let start = self.cells.iter().filter_map(Partition::next_time).min();
        let start = start.filter(|&t| t < limit)?;
        let crossing = self.cells.iter().map(Partition::earliest_cross).min().unwrap_or(start);
        Some(Time(crossing.max(start).0.saturating_add(floor.0)))
    }

    /// Moves the rows of the cells behind those that wait.
    fn collect(&mut self, sink: &mut dyn Sink) {
        let keeps = sink.keeps();
        if keeps && !sink.watches() {
            return collect(&mut self.cells, &mut self.batch);
        }
        collect(&mut self.cells, &mut self.fresh);
        sink.see(&self.fresh);
        if keeps {
            self.batch.append(&mut self.fresh);
        }
        self.fresh.clear();
    }

    /// Rows that were written and wait for a batch to be full.
    pub(crate) fn waiting(&self) -> &Rows {
        &self.batch
    }

    /// Ends the run: collects what waits, writes open bookings, stays and the accounts.
    ///
    /// # Errors
    /// A refusing sink; a part that does not come: then what is here is closed all the same.
    pub(crate) fn close(&mut self, parts: &mut Parts, sink: &mut dyn Sink) -> Result<(), RunError> {
        self.collect(sink);
        let mut met = Ok(Turn::GoOn);
        if !self.closed {
            self.closed = true;
            let mut visits: Vec<_> = self.zones().flat_map(Zone::open_visits).collect();
            visits.iter().for_each(|(home, visit)| parts.send_visit(*home, *visit));
            met = parts.meet(&mut self.cells);
            visits.extend(parts.visits());
            for (home, visit) in visits {
                if let Some(Role::Zone(zone)) =
                    self.cells.get_mut(usize::from(home.0)).map(|c| &mut c.role)
                {
                    zone.note_visit(&visit);
                }
            }
            for cell in &mut self.cells {
                cell.close();
            }
            met = met.and(parts.meet(&mut self.cells));
            self.collect(sink);
        }
        sink.take(&mut self.batch).map_err(RunError::Sink)?;
        met.map(|_| ())
    }

    /// The whole state as bytes: every queue with its tie-breaks, every agent, every row that
    /// waits. `fingerprint` names the scenario; only a world of the same scenario takes it back.
    ///
    /// # Errors
    /// If the state cannot be written (out of memory).
    pub(crate) fn snapshot(&self, fingerprint: &str) -> Result<Vec<u8>, RunError> {
        let saved = SavedRef {
            fingerprint,
            now: self.now,
            window_end: self.window_end,
            batch: &self.batch,
            calls: &self.calls,
            closed: self.closed,
            cells: &self.cells,
        };
        postcard::to_stdvec(&saved).map_err(|e| RunError::Snapshot(e.to_string()))
    }

    /// Puts a snapshot's state in the place of this world's; the scenario must be the same.
    ///
    /// # Errors
    /// If the bytes are damaged or of another scenario.
    pub(crate) fn restore(&mut self, bytes: &[u8], fingerprint: &str) -> Result<(), RunError> {
        let saved: Saved =
            postcard::from_bytes(bytes).map_err(|e| RunError::Snapshot(e.to_string()))?;
        if saved.fingerprint != fingerprint {
            return Err(RunError::Snapshot("it was taken from another scenario".to_owned()));
        }
        self.cells = saved.cells;
        (self.now, self.window_end) = (saved.now, saved.window_end);
        (self.batch, self.closed, self.calls) = (saved.batch, saved.closed, saved.calls);
        for cell in &mut self.cells {
            cell.connect(&self.shared);
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct SavedRef<'a> {
    fingerprint: &'a str,
    now: Time,
    window_end: Option<Time>,
    batch: &'a Rows,
    calls: &'a BTreeMap<(u16, u32), u64>,
    closed: bool,
    cells: &'a [Cell],
}
