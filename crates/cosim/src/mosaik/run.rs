//! One run of a session, and what was read off it last.

use super::clock::Clock;
use super::entity::Entity;
use crate::member::{Ending, Host, Member, OUTPUTS, Reached, Reading, Wanted};
use domain::{Time, ZoneId};
use simulation::{FeederReading, SimulationError};
use std::collections::BTreeMap;

/// A run of a session.
pub(super) struct Run {
    /// Its number for the host.
    pub number: usize,
    /// What was asked for.
    pub wanted: Wanted,
    /// What the names of its entities begin with.
    pub prefix: String,
    /// Steps of mosaik's time between two steps of ours.
    pub step: i64,
    /// The first step of mosaik's time that is not before its end.
    pub end: i64,
    /// The zones that have entities.
    pub zones: Vec<ZoneId>,
    /// How many zones it has.
    pub zones_there: u16,
    state: State,
}

enum State {
    /// It goes on.
    Open(Box<Member>),
    /// Its tables are closed; this was read off it last.
    Closed(Seen),
}

/// What was read off a run before it was closed.
#[derive(Default)]
struct Seen {
    zones: BTreeMap<u16, Vec<Reading>>,
    feeder: FeederReading,
    indicators: Vec<(String, f64)>,
    failure: Option<String>,
    complete: bool,
}

/// What becomes of the user's wish to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signals {
    /// It is heeded.
    Heeded,
    /// It is left aside: the world has stopped, and mosaik ends its programs by a signal.
    Left,
}

/// How a step ends.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stepped {
    /// It goes on.
    On,
    /// The run is complete, its tables are closed.
    Complete,
    /// The user wants to end it.
    Interrupted,
}

impl Run {
    /// A run that has just been opened.
    ///
    /// # Errors
    /// If its period is no whole number of mosaik's steps, and no other step was asked for.
    #[expect(clippy::result_large_err, reason = "the member comes back whole, to be closed")]
    pub fn new(
        number: usize,
        wanted: Wanted,
        prefix: String,
        member: Member,
        clock: Clock,
        step_size: Option<i64>,
    ) -> Result<Self, (Member, String)> {
        let period = member.period();
        let at_period = clock.steps_to(Time::START + period);
        let whole = clock.instant(at_period) == Some(Time::START + period);
        let step = match step_size {
            Some(step) => step,
            None if whole => at_period,
            None => {
                let why = format!(
                    "a settlement period of {} s is no whole number of steps of {} s; start the \
                     simulator with step_size",
                    period.0 as f64 / 1e6,
                    clock.seconds
                );
                return Err((member, why));
            }
        };
        let (end, zones_there) =
            (clock.steps_to(member.simulation().end()), member.simulation().zones());
        let (zones, state) = (Vec::new(), State::Open(Box::new(member)));
        Ok(Self { number, wanted, prefix, step, end, zones, zones_there, state })
    }

    /// The member, as long as it is open.
    pub fn member(&self) -> Option<&Member> {
        if let State::Open(member) = &self.state { Some(member) } else { None }
    }

    /// The same, to be given values.
    pub fn member_mut(&mut self) -> Option<&mut Member> {
        if let State::Open(member) = &mut self.state { Some(member) } else { None }
    }

    /// Why it failed, if it did.
    pub fn failure(&self) -> Option<&str> {
        if let State::Closed(seen) = &self.state { seen.failure.as_deref() } else { None }
    }

    /// Whether it came to its end.
    pub fn is_complete(&self) -> bool {
        matches!(&self.state, State::Closed(seen) if seen.complete)
    }

    /// Our own step after a time.
    pub fn next_own(&self, time: i64) -> i64 {
        (time.div_euclid(self.step) + 1).saturating_mul(self.step)
    }

    /// When it wants to be stepped after a time, if anything is left to do.
    pub fn next_step(&self, time: i64) -> Option<i64> {
        self.member()?;
        let own = self.next_own(time);
        if own < self.end {
            return Some(own);
        }
        // What may still be triggered is waited for; the last step of all closes the run.
        (time < self.end - 1).then_some(self.end - 1)
    }

    /// Everything up to the instant happens; where nothing more can come before the end, the run
    /// goes on to its end, after what can be read was read.
    ///
    /// # Errors
    /// Why it cannot go on; it is closed then.
    pub fn step(
        &mut self,
        time: i64,
        at: Time,
        max_advance: i64,
        host: &mut dyn Host,
    ) -> Result<Stepped, String> {
        let number = self.number;
        let Some(member) = self.member_mut() else { return Ok(Stepped::Complete) };
        match member.step(at, &mut || !host.interrupted()) {
            Ok(Reached::Instant) => {}
            Ok(Reached::Interrupted) => return Ok(Stepped::Interrupted),
            Err(e) => return Err(self.fail(e, host)),
        }
        let nothing_comes = max_advance.saturating_add(1) >= self.end || time >= self.end - 1;
        if self.next_own(time) >= self.end && nothing_comes {
            return self.complete(host, Signals::Heeded);
        }
        let Some(member) = self.member_mut() else { return Ok(Stepped::Complete) };
        host.stepped(number, member.simulation_mut())?;
        Ok(Stepped::On)
    }

    /// Goes on to the end and closes the tables.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn complete(&mut self, host: &mut dyn Host, signals: Signals) -> Result<Stepped, String> {
        let seen = Seen { complete: true, ..self.see() };
        let Some(member) = self.member_mut() else { return Ok(Stepped::Complete) };
        let mut goes_on = || signals == Signals::Left || !host.interrupted();
        match member.complete(&mut goes_on) {
            Ok(Reached::Instant) => {}
            Ok(Reached::Interrupted) => return Ok(Stepped::Interrupted),
            Err(e) => return Err(self.fail(e, host)),
        }
        self.close(seen, Ending::AsItIs, host)?;
        Ok(Stepped::Complete)
    }

    /// Closes the tables where it is.
    ///
    /// # Errors
    /// Why they cannot be closed.
    pub fn end(&mut self, ending: Ending, host: &mut dyn Host) -> Result<(), String> {
        let seen = self.see();
        self.close(seen, ending, host)
    }

    fn fail(&mut self, error: SimulationError, host: &mut dyn Host) -> String {
        let why = error.to_string();
        let mut seen = self.see();
        seen.failure = Some(why.clone());
        match self.close(seen, Ending::Failed(error), host) {
            Err(e) if e != why => format!("{why}; {e}"),
            _ => why,
        }
    }

    fn close(&mut self, seen: Seen, ending: Ending, host: &mut dyn Host) -> Result<(), String> {
        if let State::Open(member) = std::mem::replace(&mut self.state, State::Closed(seen)) {
            host.close(self.number, member.into_simulation(), ending)?;
        }
        Ok(())
    }

    /// Everything that entities can be asked for.
    fn see(&self) -> Seen {
        let Some(member) = self.member() else { return Seen::default() };
        let of_zone = |zone: &ZoneId| {
            let read = |name| member.read(*zone, name).unwrap_or(Reading::Number(f64::NAN));
            (zone.0, OUTPUTS.iter().map(|named| read(named.name)).collect())
        };
        let indicators = match member.read(ZoneId(1), "indicators") {
            Ok(Reading::Figures(figures)) => figures,
            _ => Vec::new(),
        };
        Seen {
            zones: self.zones.iter().map(of_zone).collect(),
            feeder: member.simulation().feeder().unwrap_or_default(),
            indicators,
            failure: None,
            complete: false,
        }
    }

    /// The feeder, as it is now or was last.
    ///
    /// # Errors
    /// If there is no power flow.
    pub fn feeder(&self) -> Result<FeederReading, String> {
        match &self.state {
            State::Open(member) => member.simulation().feeder().map_err(|e| e.to_string()),
            State::Closed(seen) => Ok(seen.feeder.clone()),
        }
    }

    /// A figure of a zone or of the run, now or as it was last.
    ///
    /// # Errors
    /// If there is no such figure.
    pub fn read(&self, entity: Entity, name: &str) -> Result<Reading, String> {
        let zone = ZoneId(entity.zone().0.max(1));
        match &self.state {
            State::Open(member) => member.read(zone, name).map_err(|e| e.to_string()),
            State::Closed(seen) if name == "indicators" => {
                Ok(Reading::Figures(seen.indicators.clone()))
            }
            State::Closed(seen) => {
                let at = OUTPUTS.iter().position(|named| named.name == name);
                let of_zone = seen.zones.get(&zone.0);
                let found = at.and_then(|at| of_zone?.get(at));
                found.cloned().ok_or_else(|| format!("there is no figure `{name}`"))
            }
        }
    }
}
