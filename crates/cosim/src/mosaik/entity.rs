//! Entities of the world: zones, feeders and their buses.

use super::json::{Value, list, object, string, strings};
use super::meta::{FEEDER_INPUTS, FEEDER_OUTPUTS};
use crate::member::{BUS_OUTPUTS, INPUTS, OUTPUTS};
use domain::{BusId, ZoneId};
use simulation::FeederCase;

/// What an entity is, with the number of its run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entity {
    /// A zone.
    Zone(usize, ZoneId),
    /// A feeder.
    Feeder(usize),
    /// A bus of a feeder, by its position.
    Bus(usize, usize),
}

impl Entity {
    /// The number of its run.
    pub fn run(self) -> usize {
        let (Self::Zone(run, _) | Self::Feeder(run) | Self::Bus(run, _)) = self;
        run
    }

    /// The zone to which its inputs go; 0 stands for all.
    pub fn zone(self) -> ZoneId {
        if let Self::Zone(_, zone) = self { zone } else { ZoneId(0) }
    }

    /// Names of its inputs.
    pub fn inputs(self) -> Vec<&'static str> {
        match self {
            Self::Zone(..) => INPUTS.iter().map(|named| named.name).collect(),
            Self::Feeder(_) => FEEDER_INPUTS.to_vec(),
            Self::Bus(..) => Vec::new(),
        }
    }

    /// Names of its outputs.
    pub fn outputs(self) -> Vec<&'static str> {
        match self {
            Self::Zone(..) => OUTPUTS.iter().map(|named| named.name).collect(),
            Self::Feeder(_) => FEEDER_OUTPUTS.to_vec(),
            Self::Bus(..) => BUS_OUTPUTS.iter().map(|named| named.name).collect(),
        }
    }
}

/// The name of a zone's entity; that of the first run's needs no prefix.
pub(super) fn zone_name(prefix: &str, zone: ZoneId) -> String {
    format!("{prefix}zone_{}", zone.0)
}

/// The name of a bus' entity.
pub(super) fn bus_name(prefix: &str, bus: BusId) -> String {
    format!("{prefix}bus_{}", bus.0)
}

/// A zone as the answer to `create` tells it.
pub(super) fn zone_created(name: &str) -> Value<'static> {
    object([("eid", string(name)), ("type", string("Zone"))])
}

/// A feeder with its buses: which are neighbours, and in which zone each lies.
pub(super) fn feeder_created(prefix: &str, case: &FeederCase) -> Value<'static> {
    let buses = case.feeder.buses();
    let children = buses.iter().enumerate().map(|(at, bus)| {
        let branches = case.feeder.branches().iter();
        let neighbours = branches.filter_map(|b| match (b.from, b.to) {
            (from, to) if from == at => Some(to),
            (from, to) if to == at => Some(from),
            _ => None,
        });
        // mosaik wants to know the other end already.
        let earlier = neighbours.filter(|&other| other < at);
        let related: Vec<String> = earlier.map(|other| bus_name(prefix, buses[other].id)).collect();
        let zone = i64::from(case.zones_by_bus()[at].0);
        object([
            ("eid", string(bus_name(prefix, bus.id))),
            ("type", string("Bus")),
            ("rel", strings(related.iter().map(String::as_str))),
            (
                "extra_info",
                object([
                    ("bus_id", Value::Int(i64::from(bus.id.0))),
                    ("zone_id", Value::Int(zone)),
                ]),
            ),
        ])
    });
    object([
        ("eid", string(format!("{prefix}feeder"))),
        ("type", string("Feeder")),
        ("children", list(children)),
    ])
}
