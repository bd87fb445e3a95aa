//! A scenario made ready for many episodes: warm worlds to start from, the layout of observations.

use crate::action::{self, Lever, orders};
use crate::error::EnvironmentError;
use crate::figures::Meaning;
use crate::observation::{Feature, Observer};
use crate::spec::{Agents, Spec};
use agents::Input;
use domain::{PeriodGrid, Time, ZoneId};
use scenario::Scenario;
use simulation::{Opening, Prepared, Recording, Simulation, Steering};
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex};

/// Whose view it is: of all zones, or of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All zones.
    Area,
    /// One zone.
    Zone(ZoneId),
}

impl Scope {
    /// The zones, of so many.
    pub fn zones(self, of: u16) -> RangeInclusive<u16> {
        match self {
            Self::Area => 1..=of,
            Self::Zone(zone) => zone.0..=zone.0,
        }
    }

    /// Whether a zone belongs to it.
    pub fn has(self, zone: ZoneId) -> bool {
        self == Self::Area || self == Self::Zone(zone)
    }

    /// Its first zone.
    pub fn first(self) -> ZoneId {
        match self {
            Self::Area => ZoneId(1),
            Self::Zone(zone) => zone,
        }
    }

    /// The zone by which prices are steered: 0 is all.
    pub fn steered(self) -> ZoneId {
        match self {
            Self::Area => ZoneId(0),
            Self::Zone(zone) => zone,
        }
    }
}

/// A scenario made ready for many episodes. Cheap to share between threads.
pub struct Course {
    spec: Spec,
    prepared: Arc<Prepared>,
    /// Worlds at the record's opening, made when they are needed first.
    warm: Vec<Mutex<Option<Simulation>>>,
    pub(crate) observers: Vec<Observer>,
    pub(crate) meaning: Arc<Meaning>,
    grid: PeriodGrid,
    periods: i64,
    zones: u16,
}

impl Course {
    /// Reads the scenario and warms up a first world.
    ///
    /// # Errors
    /// If the scenario is wrong or cannot be run, or nothing is to be set, seen or started from.
    pub fn new(spec: Spec) -> Result<Self, EnvironmentError> {
        check(&spec)?;
        let loaded = Scenario::load(&spec.scenario, &spec.sets)?;
        let prepared =
            Arc::new(Prepared::read(&loaded).map_err(simulation::SimulationError::from)?);
        let first = warm_up(&prepared, spec.first_replication)?;
        let s = &prepared.scenario;
        let env = &first.world().shared().env;
        let (grid, zones) = (env.grid, env.zones);
        if let Some(why) = spec.levers.iter().find_map(|lever| lever.idle(env)) {
            return Err(EnvironmentError::Spec(why.to_owned()));
        }
        let periods = i64::from(s.days) * grid.per_day;
        let scopes: Vec<Scope> = match spec.agents {
            Agents::One => vec![Scope::Area],
            Agents::PerZone => (1..=zones).map(|z| Scope::Zone(ZoneId(z))).collect(),
        };
        let observer = |&scope: &Scope| Observer::new(&first, scope, &spec, periods);
        let observers = scopes.iter().map(observer).collect();
        let meaning = Arc::new(Meaning {
            tariff_ev: s.tariff.ev.clone(),
            period_h: grid.hours().value(),
            scopes,
        });
        let mut warm: Vec<Mutex<Option<Simulation>>> = vec![Mutex::new(Some(first))];
        warm.resize_with(spec.warm_worlds as usize, Mutex::default);
        Ok(Self { spec, prepared, warm, observers, meaning, grid, periods, zones })
    }

    /// What it is made of.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// The scenario with its data.
    pub fn prepared(&self) -> &Arc<Prepared> {
        &self.prepared
    }

    /// Settlement periods.
    pub fn grid(&self) -> PeriodGrid {
        self.grid
    }

    /// Steps of an episode.
    pub fn steps(&self) -> i64 {
        self.periods
    }

    /// How many zones there are.
    pub fn zones(&self) -> u16 {
        self.zones
    }

    /// How many agents act.
    pub fn agents(&self) -> usize {
        self.observers.len()
    }

    fn zones_of_an_agent(&self) -> usize {
        match self.spec.agents {
            Agents::One => usize::from(self.zones),
            Agents::PerZone => 1,
        }
    }

    /// Numbers of an action of one agent.
    pub fn action_len(&self) -> usize {
        let zones = self.zones_of_an_agent();
        self.spec.levers.iter().map(|l| l.numbers(self.spec.action_horizon, zones)).sum()
    }

    /// Numbers of an observation of one agent.
    pub fn observation_len(&self) -> usize {
        self.observers.first().map_or(0, Observer::len)
    }

    /// The numbers of an agent's observation.
    pub fn features(&self, agent: usize) -> Vec<Feature> {
        self.observers.get(agent).map_or_else(Vec::new, Observer::features)
    }

    /// A simulation at the beginning of an episode. The number says which warm world it starts from
    /// (people, history) and which draws of behaviour and weather it meets: the same number, the same
    /// episode.
    ///
    /// # Errors
    /// If a world cannot be warmed up.
    pub fn start(&self, number: u64) -> Result<Simulation, EnvironmentError> {
        let world = (number % self.warm.len() as u64) as u32;
        let slot = &self.warm[world as usize];
        let mut slot = slot.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let warm = match &mut *slot {
            Some(warm) => warm,
            empty => empty
                .insert(warm_up(&self.prepared, self.spec.first_replication.wrapping_add(world))?),
        };
        let mut sim = warm.fork()?;
        drop(slot);
        sim.redraw(number, number);
        Ok(sim)
    }

    /// What all agents see now, one observation after the other.
    pub fn observe(&self, sim: &Simulation, out: &mut [f32]) {
        let k = self.grid.ceil(sim.now());
        for (observer, out) in self.observers.iter().zip(out.chunks_mut(self.observation_len())) {
            observer.fill(sim, k, out);
        }
    }

    /// Sets what the agents set, from the period at hand on; without numbers the built-in policy
    /// decides everything.
    pub(crate) fn act(&self, sim: &mut Simulation, action: &[f32]) -> Result<(), EnvironmentError> {
        if action.is_empty() {
            return self.give_back(sim);
        }
        let wanted = self.action_len() * self.agents();
        if action.len() != wanted {
            return Err(EnvironmentError::ActionLength { wanted, given: action.len() });
        }
        if let Some(number) = action.iter().find(|x| !x.is_finite()) {
            return Err(EnvironmentError::ActionNumber(*number));
        }
        let (knots, zones) = (self.spec.action_horizon, self.zones_of_an_agent());
        for (&scope, action) in self.meaning.scopes.iter().zip(action.chunks(self.action_len())) {
            let orders = orders(&self.spec.levers, knots, zones, action);
            sim.steer(scope.steered(), orders.steering)?;
            action::amend(sim, scope, orders.penalty_scale, orders.reminder_lead)?;
            if !orders.targets.is_empty() {
                action::hold(sim, scope, &orders.targets)?;
            }
        }
        Ok(())
    }

    /// From the period at hand on prices and rules are the scenario's own again.
    fn give_back(&self, sim: &mut Simulation) -> Result<(), EnvironmentError> {
        if sim.inputs().iter().any(|row| matches!(row.input, Input::TargetPKw(_))) {
            let why = "zone targets hold to the end of an episode: reset it before the built-in \
                       policy decides";
            return Err(EnvironmentError::Spec(why.to_owned()));
        }
        let own = &self.prepared.scenario.market;
        let sets = |lever: Lever| self.spec.levers.contains(&lever);
        let scale = sets(Lever::PenaltyScale).then_some(own.penalty.scale);
        let lead = sets(Lever::ReminderLead).then_some(own.reminder.lead);
        for &scope in &self.meaning.scopes {
            sim.steer(scope.steered(), Steering::default())?;
            action::amend(sim, scope, scale, lead)?;
        }
        Ok(())
    }
}

/// A world at the opening of its record.
fn warm_up(prepared: &Arc<Prepared>, replication: u32) -> Result<Simulation, EnvironmentError> {
    let seeds = Some(prepared.seeds(replication, false));
    let opening = Opening { seeds, threads: 1, recording: Recording::Settlements };
    let mut sim = Simulation::open(prepared.clone(), &opening)?;
    sim.advance_while(Time::START, &mut |_| true)?;
    Ok(sim)
}

fn check(spec: &Spec) -> Result<(), EnvironmentError> {
    let refuse = |why: &str| Err(EnvironmentError::Spec(why.to_owned()));
    let twice = |i: usize| spec.levers[..i].contains(&spec.levers[i]);
    if spec.levers.is_empty() {
        return refuse("nothing is set: name at least one action");
    }
    if (1..spec.levers.len()).any(twice) {
        return refuse("an action is named twice");
    }
    if !(1..=1000).contains(&spec.action_horizon) {
        return refuse("`action_horizon` is between 1 and 1000");
    }
    if !(1..=168).contains(&spec.hours) {
        return refuse("the hours that are seen are between 1 and 168");
    }
    if !(1..=10_000).contains(&spec.warm_worlds) {
        return refuse("`warm_worlds` is between 1 and 10000");
    }
    if !spec.weights.iter().all(|w| w.is_finite()) {
        return refuse("the weights of the reward are finite numbers");
    }
    Ok(())
}
