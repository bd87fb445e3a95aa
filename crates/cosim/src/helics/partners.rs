//! What a federate publishes, hears and says of its zones, or of the buses of its feeder.

use super::error::FederationError;
use super::messages;
use super::roster::Zones;
use crate::member::{self, BUS_OUTPUTS, Given, InForce, OUTPUTS, bus_figure, feeder_figure};
use ::helics::{Endpoint, Federate, Message, Publication, Subscription};
use domain::{BusId, Time, ZoneId};
use simulation::{Input, Output, Simulation, SimulationError};

/// Endpoints that are told every step's figures, where they exist.
const LISTENERS: [&str; 2] = ["pricing/ep", "dso/ep"];

/// At which buses a federate's powers are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Connections {
    /// Each zone at a bus of its own, with the zone's number; or the only zone at this one.
    Zones(Option<u32>),
    /// The zones are those of a whole feeder, with these buses, in its order.
    Feeder {
        /// Its buses.
        buses: Vec<BusId>,
        /// The one whose voltage is held.
        substation: BusId,
    },
}

/// What is published of a zone or a bus.
#[derive(Debug)]
struct Line<T> {
    of: T,
    p_mw: Publication,
    q_mvar: Publication,
}

/// What is published of a feeder.
#[derive(Debug)]
struct FeederLines {
    /// What the substation delivers.
    import: Line<()>,
    buses: Vec<(Line<BusId>, Publication)>,
}

/// A federate's ties to its partners.
#[derive(Debug)]
pub struct Partners {
    name: String,
    /// Its zones, without the centre.
    zones: Vec<ZoneId>,
    lines: Vec<Line<ZoneId>>,
    feeder: Option<FeederLines>,
    /// Voltages, and the zones that they are for; 0 is a feeder's substation.
    voltages: Vec<(ZoneId, Subscription)>,
    endpoint: Endpoint,
    listeners: Vec<String>,
    /// Messages of the instant at hand: whether they come before or after its grant is chance, so they
    /// are heard at the next one.
    early: Vec<Message>,
    given: InForce,
}

/// The unit of a figure of a zone or a bus.
fn unit(figure: &str) -> &'static str {
    let known = OUTPUTS.iter().chain(&BUS_OUTPUTS).find(|output| output.name == figure);
    known.map_or("", |output| output.unit)
}

/// Registers the powers of something, `[bus]` or nothing behind their names.
fn line<T>(federate: &Federate, of: T, at: &str) -> Result<Line<T>, FederationError> {
    let name = federate.name();
    let power = |figure| federate.publication(&format!("{name}/{figure}{at}"), unit(figure));
    Ok(Line { of, p_mw: power("p_mw")?, q_mvar: power("q_mvar")? })
}

impl FeederLines {
    fn register(federate: &Federate, buses: &[BusId]) -> Result<Self, FederationError> {
        let name = federate.name();
        let bus = |bus: &BusId| {
            let at = format!("[{bus}]");
            let voltage = federate.publication(&format!("{name}/vm_pu{at}"), unit("vm_pu"))?;
            Ok((line(federate, *bus, &at)?, voltage))
        };
        let buses = buses.iter().map(bus).collect::<Result<_, FederationError>>()?;
        Ok(Self { import: line(federate, (), "")?, buses })
    }

    fn say(&self, simulation: &Simulation) -> Result<(), FederationError> {
        let seen = simulation.feeder()?;
        self.import.p_mw.publish(feeder_figure(&seen, "p_mw"))?;
        self.import.q_mvar.publish(feeder_figure(&seen, "q_mvar"))?;
        for ((line, voltage), bus) in self.buses.iter().zip(&seen.buses) {
            debug_assert_eq!(line.of, bus.bus, "the feeder's order");
            line.p_mw.publish(bus_figure(bus, "p_mw"))?;
            line.q_mvar.publish(bus_figure(bus, "q_mvar"))?;
            voltage.publish(bus_figure(bus, "vm_pu"))?;
        }
        Ok(())
    }
}

impl Partners {
    /// Registers everything: for each zone or bus its powers, and the voltage there as `grid`
    /// publishes it; of a whole feeder the substation's is heard, those of the other buses are said.
    ///
    /// # Errors
    /// If a name is taken.
    pub fn register(
        federate: &Federate,
        zones: &Zones,
        connections: &Connections,
        grid: &str,
    ) -> Result<Self, FederationError> {
        let name = federate.name();
        let heard = |zone, bus: &str| {
            let voltage = federate.subscription(&format!("{grid}/vm_pu[{bus}]"), "")?;
            Ok::<_, FederationError>((zone, voltage))
        };
        let zones: Vec<ZoneId> = zones.iter().filter(|zone| zone.0 > 0).collect();
        let (mut lines, mut feeder, mut voltages) = (Vec::new(), None, Vec::new());
        match connections {
            Connections::Feeder { buses, substation } => {
                feeder = Some(FeederLines::register(federate, buses)?);
                voltages.push(heard(ZoneId(0), &substation.to_string())?);
            }
            Connections::Zones(bus) => {
                for &zone in &zones {
                    let bus = bus.unwrap_or(u32::from(zone.0)).to_string();
                    lines.push(line(federate, zone, &format!("[{bus}]"))?);
                    voltages.push(heard(zone, &bus)?);
                }
            }
        }
        Ok(Self {
            name: name.to_owned(),
            zones,
            lines,
            feeder,
            voltages,
            endpoint: federate.endpoint(&format!("{name}/ep"))?,
            listeners: Vec::new(),
            early: Vec::new(),
            given: InForce::default(),
        })
    }

    /// Looks who is there, once all have registered; voltages that nobody publishes. A feeder that is
    /// not whole here, since another federate has its centre, has no buses to say.
    pub fn look(&mut self, endpoints: &[String], alone: bool) -> Vec<String> {
        let there = LISTENERS.iter().filter(|l| endpoints.iter().any(|e| e == *l));
        self.listeners = there.map(|l| (*l).to_owned()).collect();
        if !alone && self.feeder.take().is_some() {
            let name = &self.name;
            tracing::warn!(
                "{name} publishes no buses: another federate has the centre of the feeder; give \
                 {name} zone 0, too"
            );
        }
        let unheard = self.voltages.iter().filter(|(_, voltage)| !voltage.is_heard());
        unheard.map(|(_, voltage)| voltage.key().to_owned()).collect()
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
        for (zone, voltage) in &self.voltages {
            if let Some(value) = voltage.news()? {
                let from = voltage.key();
                let said = |e: SimulationError| FederationError::Said {
                    from: from.to_owned(),
                    why: e.to_string(),
                };
                let input = member::input("vm_pu", &Given::Number(value), t).map_err(said)?;
                give(&mut self.given, simulation, t, *zone, &input, from)?;
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
                None if self.zones.is_empty() => vec![ZoneId(0)],
                None => self.zones.clone(),
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

    /// Publishes and tells the figures of all zones and buses after the step at `t`.
    ///
    /// # Errors
    /// If the federation has failed.
    pub fn say(&self, simulation: &Simulation, t: Time) -> Result<(), FederationError> {
        for line in &self.lines {
            line.p_mw.publish(simulation.read(line.of, Output::PMw)?)?;
            line.q_mvar.publish(simulation.read(line.of, Output::QMvar)?)?;
        }
        if let Some(feeder) = &self.feeder {
            feeder.say(simulation)?;
        }
        for &zone in &self.zones {
            for listener in &self.listeners {
                let report = messages::report(&self.name, zone, t, simulation)?;
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
