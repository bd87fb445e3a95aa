//! What a federate publishes, hears and says of its zones.

use super::error::FederationError;
use super::messages;
use super::roster::Zones;
use crate::member::{InForce, OUTPUTS};
use ::helics::{Endpoint, Federate, Message, Publication, Subscription};
use domain::{Time, ZoneId};
use simulation::{Input, Output, Simulation, SimulationError};

/// Endpoints that are told every step's figures, where they exist.
const LISTENERS: [&str; 2] = ["pricing/ep", "dso/ep"];

/// What a zone publishes and hears.
#[derive(Debug)]
struct Line {
    zone: ZoneId,
    p_mw: Publication,
    q_mvar: Publication,
    vm_pu: Subscription,
}

/// A federate's ties to its partners.
#[derive(Debug)]
pub struct Partners {
    name: String,
    lines: Vec<Line>,
    endpoint: Endpoint,
    listeners: Vec<String>,
    /// Messages of the instant at hand: whether they come before or after its grant is chance, so they
    /// are heard at the next one.
    early: Vec<Message>,
    given: InForce,
}

impl Partners {
    /// Registers everything: for each zone its powers at a bus, and the voltage there as `grid`
    /// publishes it. The bus has the zone's number unless `bus` says otherwise.
    ///
    /// # Errors
    /// If a name is taken.
    pub fn register(
        federate: &Federate,
        zones: &Zones,
        bus: Option<u32>,
        grid: &str,
    ) -> Result<Self, FederationError> {
        let name = federate.name();
        let unit = |figure: &str| {
            let known = OUTPUTS.iter().find(|output| output.name == figure);
            known.map_or("", |output| output.unit)
        };
        let line = |zone: ZoneId| {
            let bus = bus.unwrap_or(u32::from(zone.0));
            Ok(Line {
                zone,
                p_mw: federate.publication(&format!("{name}/p_mw[{bus}]"), unit("p_mw"))?,
                q_mvar: federate.publication(&format!("{name}/q_mvar[{bus}]"), unit("q_mvar"))?,
                vm_pu: federate.subscription(&format!("{grid}/vm_pu[{bus}]"), "")?,
            })
        };
        let lines = zones.iter().filter(|zone| zone.0 > 0).map(line);
        Ok(Self {
            name: name.to_owned(),
            lines: lines.collect::<Result<_, FederationError>>()?,
            endpoint: federate.endpoint(&format!("{name}/ep"))?,
            listeners: Vec::new(),
            early: Vec::new(),
            given: InForce::default(),
        })
    }

    /// Looks who is there, once all have registered; voltages that nobody publishes.
    pub fn look(&mut self, endpoints: &[String]) -> Vec<String> {
        let there = LISTENERS.iter().filter(|l| endpoints.iter().any(|e| e == *l));
        self.listeners = there.map(|l| (*l).to_owned()).collect();
        let unheard = self.lines.iter().filter(|line| !line.vm_pu.is_heard());
        unheard.map(|line| line.vm_pu.key().to_owned()).collect()
    }

    /// Gives the run what was said before the instant `t`, which was granted as `now` \[s\].
    ///
    /// # Errors
    /// If it cannot be understood, or the run does not take it.
    pub fn hear(
        &mut self,
        simulation: &mut Simulation,
        t: Time,
        now: f64,
    ) -> Result<(), FederationError> {
        for line in &self.lines {
            if let Some(value) = line.vm_pu.news()? {
                let from = line.vm_pu.key();
                give(&mut self.given, simulation, t, line.zone, &Input::VmPu(value), from)?;
            }
        }
        let mut messages = std::mem::take(&mut self.early);
        messages.extend(std::iter::from_fn(|| self.endpoint.receive()));
        // A nanosecond is HELICS' resolution.
        let (mut messages, early): (Vec<_>, Vec<_>) =
            messages.into_iter().partition(|m| m.time < now - 0.5e-9);
        self.early = early;
        // The same order whatever the order of arrival.
        messages.sort_by(|a, b| a.time.total_cmp(&b.time).then_with(|| a.source.cmp(&b.source)));
        for message in messages {
            let said = |why: String| FederationError::Said { from: message.source.clone(), why };
            let (zone, inputs) = messages::read(&message.data, t).map_err(said)?;
            let zones: Vec<ZoneId> = match zone {
                Some(zone) => vec![zone],
                None if self.lines.is_empty() => vec![ZoneId(0)],
                None => self.lines.iter().map(|line| line.zone).collect(),
            };
            for input in inputs {
                for zone in &zones {
                    let from = &message.source;
                    give(&mut self.given, simulation, t, *zone, &input, from)?;
                }
            }
        }
        Ok(())
    }

    /// Publishes and tells the figures of all zones after the step at `t`.
    ///
    /// # Errors
    /// If the federation has failed.
    pub fn say(&self, simulation: &Simulation, t: Time) -> Result<(), FederationError> {
        for line in &self.lines {
            line.p_mw.publish(simulation.read(line.zone, Output::PMw)?)?;
            line.q_mvar.publish(simulation.read(line.zone, Output::QMvar)?)?;
            for listener in &self.listeners {
                let report = messages::report(&self.name, line.zone, t, simulation)?;
                self.endpoint.send(listener, report.as_bytes())?;
            }
        }
        Ok(())
    }
}

/// Gives a value that is not in force already.
fn give(
    given: &mut InForce,
    simulation: &mut Simulation,
    t: Time,
    zone: ZoneId,
    input: &Input,
    from: &str,
) -> Result<(), FederationError> {
    let said =
        |e: SimulationError| FederationError::Said { from: from.to_owned(), why: e.to_string() };
    given.give(simulation, t, zone, input).map_err(said)?;
    Ok(())
}
