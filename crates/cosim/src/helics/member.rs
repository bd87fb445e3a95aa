//! A federate from its joining to its leaving.

use super::carrier::{Meeting, Ties, endpoints};
use super::drive::drive;
use super::error::FederationError;
use super::federation::{Federation, Interrupted, Settings, Vain};
use super::leavers::Leavers;
use super::partners::{Connections, Partners};
use super::roster::{self, Roster, Zones};
use domain::{Span, ZoneId};
use simulation::{Part, Progress, Simulation};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a federate is to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Its zones; 0 is the centre.
    pub zones: Zones,
    /// How many zones the scenario has.
    pub of: u16,
    /// Stands for scenario, seeds and version: federates with the same one hold one run together.
    pub run: String,
    /// At which buses.
    pub connections: Connections,
    /// Who publishes the voltages.
    pub grid: String,
}

/// What a federate has of the run.
pub enum Role {
    /// All of it.
    Whole,
    /// A part with the centre: it keeps the record.
    Recorder(Part),
    /// A part without, and the federate that keeps the record.
    Helper(Part, String),
}

/// A federate that has joined.
pub struct Member {
    federation: Arc<Mutex<Federation>>,
    partners: Partners,
    leavers: Leavers,
    failure: Arc<Mutex<Option<FederationError>>>,
    /// Voltages that nobody publishes.
    pub unheard: Vec<String>,
    _ties: Option<Ties>,
}

impl Member {
    /// Joins the federation and waits until all are there.
    ///
    /// # Errors
    /// If somebody is missing: with the name.
    pub fn join(
        settings: Settings,
        share: &Share,
        interrupted: Interrupted,
        vain: Vain,
    ) -> Result<(Self, Role), FederationError> {
        let name = settings.name.clone();
        let core = settings.core;
        let mut federation = Federation::join(settings, interrupted, vain)?;
        let joined = Self::settle(&mut federation, &name, share);
        let (partners, meets, ties) = joined.map_err(|e| told(&federation, e))?;
        let looked = Self::look(&mut federation, partners, share);
        let (partners, roster, unheard) = looked.map_err(|e| told(&federation, e))?;
        let mut leavers = Leavers::new(federation.asker(), &name);
        let federation = Arc::new(Mutex::new(federation));
        let failure = Arc::new(Mutex::new(None));
        let role = match roster {
            None => Role::Whole,
            Some((roster, all)) => {
                leavers.expect(roster.names());
                let me = roster.place(&name).unwrap_or(0);
                let recorder = roster.recorder().to_owned();
                let middle = roster.place(&recorder).unwrap_or(0);
                let named = endpoints(&roster, &all, &share.run);
                let place = (me, middle);
                let of = federation.clone();
                let meeting = Meeting::new(of, meets, named, place, core, failure.clone());
                let part = Part { zones: roster.zones(), number: me, carrier: meeting.carrier() };
                if me == middle { Role::Recorder(part) } else { Role::Helper(part, recorder) }
            }
        };
        Ok((Self { federation, partners, leavers, failure, unheard, _ties: ties }, role))
    }

    /// Who is there: the roster of the run with all endpoints, unless it is whole here, and voltages
    /// that nobody publishes.
    fn look(
        federation: &mut Federation,
        mut partners: Partners,
        share: &Share,
    ) -> Result<(Partners, Option<(Roster, Vec<String>)>, Vec<String>), FederationError> {
        federation.look()?;
        let all = federation.list_patiently("endpoints")?;
        let alone = Roster::is_alone(&all, &share.run, &share.zones, share.of);
        let unheard = partners.look(&all, alone);
        federation.depend_on_partners()?;
        if alone {
            return Ok((partners, None, unheard));
        }
        let roster = Roster::read(&all, &share.run, share.of).map_err(FederationError::Roster)?;
        Ok((partners, Some((roster, all)), unheard))
    }

    /// Registers what it says and hears, and waits for the others to do so.
    fn settle(
        federation: &mut Federation,
        name: &str,
        share: &Share,
    ) -> Result<(Partners, ::helics::Endpoint, Option<Ties>), FederationError> {
        let zones = &share.zones;
        if zones.last() > share.of || zones.iter().next().is_none() {
            return Err(FederationError::Roster(format!(
                "there are no zones {zones}: this scenario has zones 1 to {}, and 0 for the centre",
                share.of
            )));
        }
        let partners =
            Partners::register(federation.federate(), zones, &share.connections, &share.grid)?;
        let endpoint = roster::endpoint(name, &share.run, zones);
        let endpoint = federation.federate().endpoint(&endpoint)?;
        // Several federates may each have all zones of a scenario: then each is a run of its own.
        let whole = (1..=share.of).all(|zone| zones.holds(ZoneId(zone)));
        let ties = if whole {
            None
        } else {
            Some(Ties::register(federation.federate(), &share.run, zones, share.of)?)
        };
        let share = share.clone();
        federation.initialize(&move |f| who_is_missing(f, &share))?;
        Ok((partners, endpoint, ties))
    }

    /// Waits until time begins, then drives the run to its end, or until `goes_on` says no. Returns
    /// whether it got there.
    ///
    /// # Errors
    /// Why it cannot go on; [`Member::fail`] tells the others.
    pub fn drive(
        &mut self,
        simulation: &mut Simulation,
        every: Span,
        goes_on: &mut dyn FnMut(Progress) -> bool,
    ) -> Result<bool, FederationError> {
        self.federation().execute()?;
        let others = (&mut self.partners, &mut self.leavers);
        let driven = drive(&self.federation, others, simulation, every, goes_on);
        // What ended a meeting is known better than what the run made of it.
        let cause = || self.failure.lock().unwrap_or_else(PoisonError::into_inner).take();
        let explained = |e: FederationError| match cause().unwrap_or(e) {
            FederationError::Helics(e) => FederationError::Helics(self.federation().explain(e)),
            other => other,
        };
        driven.map_err(explained).inspect_err(|e| {
            // All parts know of what broke inside the run, and close together.
            if !e.is_known_to_all_parts() {
                simulation.abandon(&e.to_string());
            }
        })
    }

    /// Tells all other federates that this one cannot go on, and why.
    pub fn fail(&self, why: &str) {
        self.federation().fail(why);
    }

    /// Leaves the federation; what was said is delivered first.
    ///
    /// # Errors
    /// If it does not get away in time.
    pub fn leave(self) -> Result<(), FederationError> {
        self.federation().leave()
    }

    fn federation(&self) -> MutexGuard<'_, Federation> {
        self.federation.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells the others of a failure.
fn told(federation: &Federation, e: FederationError) -> FederationError {
    // What came from the federation, it knows.
    if !matches!(e, FederationError::Helics(_)) {
        federation.fail(&e.to_string());
    }
    e
}

/// Who has not come to a federation that does not begin.
fn who_is_missing(federation: &Federation, share: &Share) -> Vec<String> {
    let mut missing = Vec::new();
    let there = match federation.list("federates") {
        Ok(there) => there,
        Err(why) => return vec![why.to_string()],
    };
    let absent = federation.missing_among(&there);
    if !absent.is_empty() {
        missing.push(format!("{} has not come", absent.join(", ")));
    }
    let endpoints = federation.list("endpoints").unwrap_or_default();
    if let Err(why) = Roster::read(&endpoints, &share.run, share.of)
        && !Roster::is_alone(&endpoints, &share.run, &share.zones, share.of)
    {
        missing.push(why);
    }
    missing.push(format!("there are {}, and the broker waits for more", there.join(", ")));
    missing
}
