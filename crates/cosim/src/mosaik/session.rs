//! What is done with the requests of one world, from `init` to `stop`.

use super::clock::Clock;
use super::entity::{Entity, bus_name, feeder_created, zone_created, zone_name};
use super::frame::frame;
use super::json::{Value, list, object, string, text};
use super::meta::{EVENTS, meta};
use super::request::{Call, Create, Inputs, Request};
use super::run::{Run, Signals, Stepped};
use crate::member::{
    Ending, Given, Host, Member, Reading, Wanted, bus_figure, feeder_figure, input, joined,
};
use domain::{Time, ZoneId};
use simulation::{FeederReading, Input};
use std::collections::{BTreeMap, BTreeSet};

/// What is said to a message, and what follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The frame to send.
    pub bytes: Vec<u8>,
    /// What follows.
    pub next: Next,
}

/// What follows an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// The next message.
    Listen,
    /// Nothing: the world has said `stop`.
    Stop,
    /// Nothing: the partner does not speak the protocol.
    Leave(String),
    /// Nothing: the user wants to end it.
    Interrupted,
}

/// One world's session.
pub struct Session {
    clock: Clock,
    step_size: Option<i64>,
    began: bool,
    stepping: bool,
    runs: Vec<Run>,
    entities: BTreeMap<String, Entity>,
    /// Events that were told last, by entity and attribute.
    told: BTreeMap<(String, &'static str), f64>,
    /// Inputs of which a source had no value, and what else was said once.
    said: BTreeSet<String>,
    /// Why the last request was refused.
    refused: Option<String>,
    interrupted: bool,
    now: Time,
}

impl Default for Session {
    fn default() -> Self {
        Self {
            clock: Clock { seconds: 1.0 },
            step_size: None,
            began: false,
            stepping: false,
            runs: Vec::new(),
            entities: BTreeMap::new(),
            told: BTreeMap::new(),
            said: BTreeSet::new(),
            refused: None,
            interrupted: false,
            now: Time::START,
        }
    }
}

impl Session {
    /// Handles one message.
    pub fn handle(&mut self, message: &[u8], host: &mut dyn Host) -> Answer {
        let request = match Request::read(message) {
            Ok(request) => request,
            Err(why) => {
                let bytes = failure(0, &why);
                return Answer { bytes, next: Next::Leave(why) };
            }
        };
        let stop = request.call == Ok(Call::Stop);
        let goes_on = matches!(request.call, Ok(Call::Create { .. } | Call::Step { .. }));
        match request.call.and_then(|call| self.call(call, host)) {
            Ok(value) => {
                if goes_on {
                    self.refused = None;
                }
                let message = list([Value::Int(1), Value::Int(request.id), value]);
                let next = if stop { Next::Stop } else { Next::Listen };
                Answer { bytes: frame(text(&message).as_bytes()), next }
            }
            Err(why) => {
                tracing::error!("a request was refused: {why}");
                let bytes = failure(request.id, &why);
                self.refused = Some(why);
                let next = if self.interrupted { Next::Interrupted } else { Next::Listen };
                Answer { bytes, next }
            }
        }
    }

    /// Ends the session: every run that is still open is closed where it is, or taken to its end
    /// where the world has done all its steps. Returns how many came to their end, and how many did
    /// not.
    ///
    /// # Errors
    /// Why tables cannot be closed.
    pub fn end(mut self, host: &mut dyn Host) -> Result<(usize, usize), String> {
        let refused = self.refused.take();
        let steps = self.clock.steps_to(self.now);
        let mut trouble = None;
        for run in &mut self.runs {
            if run.member().is_none() {
                continue;
            }
            let over = self.stepping && run.next_own(steps) >= run.end;
            let done = match (&refused, over && !self.interrupted) {
                (None, true) => run.complete(host, Signals::Left).map(|_| ()),
                (None, false) => run.end(Ending::AsItIs, host),
                (Some(why), _) => run.end(Ending::Refused(why.clone()), host),
            };
            if let Err(why) = done {
                trouble.get_or_insert(why);
            }
        }
        trouble.or(refused).map_or(Ok(()), Err)?;
        let whole = self.runs.iter().filter(|run| run.is_complete()).count();
        Ok((whole, self.runs.len() - whole))
    }

    fn call(&mut self, call: Call, host: &mut dyn Host) -> Result<Value<'static>, String> {
        if !self.began && !matches!(call, Call::Init { .. } | Call::Stop) {
            return Err("the first call is `init`".to_owned());
        }
        match call {
            Call::Init { .. } if self.began => Err("`init` was called already".to_owned()),
            Call::Init { sid, time_resolution, step_size } => {
                tracing::info!("simulator {sid} of a world with steps of {time_resolution} s");
                (self.clock, self.step_size) = (Clock { seconds: time_resolution }, step_size);
                self.began = true;
                Ok(meta())
            }
            Call::Create { num, model, wanted } => self.create(num, &model, wanted, host),
            Call::Step { time, inputs, max_advance } => self.step(time, &inputs, max_advance, host),
            Call::GetData(wanted) => self.get_data(&wanted),
            Call::SetupDone | Call::Stop => Ok(Value::Null),
        }
    }

    fn create(
        &mut self,
        num: usize,
        model: &str,
        wanted: Create,
        host: &mut dyn Host,
    ) -> Result<Value<'static>, String> {
        if self.stepping {
            return Err("entities are created before the first step".to_owned());
        }
        match model {
            "Zone" => {
                let zone = wanted.zone;
                let run = self.run_of(wanted, host)?;
                self.create_zones(run, num, zone).map(list)
            }
            "Feeder" if num != 1 => Err("a scenario has one feeder: `num` is 1".to_owned()),
            "Feeder" if wanted.zone.is_some() => Err("a feeder takes no `zone`".to_owned()),
            "Feeder" => {
                let run = self.run_of(wanted, host)?;
                self.create_feeder(run).map(|feeder| list([feeder]))
            }
            "Bus" => Err("buses come with their feeder".to_owned()),
            other => Err(format!("there is no model `{other}`; there are Zone and Feeder")),
        }
    }

    /// The run that is asked for: entities that ask for the same share it.
    fn run_of(&mut self, wanted: Create, host: &mut dyn Host) -> Result<usize, String> {
        let wanted = Wanted { scenario: wanted.scenario, sets: wanted.sets };
        if let Some(at) = self.runs.iter().position(|run| run.wanted == wanted) {
            return Ok(at);
        }
        let number = self.runs.len();
        let (name, simulation) = host.open(number, &wanted)?;
        let prefix = if number == 0 { String::new() } else { format!("{name}/") };
        let member = Member::new(simulation);
        match Run::new(number, wanted, prefix, member, self.clock, self.step_size) {
            Ok(run) => {
                self.runs.push(run);
                Ok(number)
            }
            Err((member, why)) => {
                let ending = Ending::Refused(why.clone());
                host.close(number, member.into_simulation(), ending)?;
                Err(why)
            }
        }
    }

    fn create_zones(
        &mut self,
        at: usize,
        num: usize,
        zone: Option<u16>,
    ) -> Result<Vec<Value<'static>>, String> {
        let run = &mut self.runs[at];
        let there = run.zones_there;
        let free = |run: &Run| (1..=there).map(ZoneId).find(|z| !run.zones.contains(z));
        if zone.is_some() && num != 1 {
            return Err("`num` is 1 where a zone is named".to_owned());
        }
        if zone.is_some_and(|zone| zone > there) {
            let zone = zone.unwrap_or_default();
            return Err(format!("there is no zone {zone}; the zones are 1 to {there}"));
        }
        let left = usize::from(there) - run.zones.len();
        if zone.is_none() && num > left {
            return Err(format!("{num} zones were asked for; {left} of {there} are left"));
        }
        let mut created = Vec::new();
        for _ in 0..num {
            let zone = zone.map(ZoneId).or_else(|| free(run)).unwrap_or(ZoneId(1));
            if run.zones.contains(&zone) {
                return Err(format!("zone {} has an entity already", zone.0));
            }
            run.zones.push(zone);
            let name = zone_name(&run.prefix, zone);
            created.push(zone_created(&name));
            self.entities.insert(name, Entity::Zone(at, zone));
        }
        Ok(created)
    }

    fn create_feeder(&mut self, at: usize) -> Result<Value<'static>, String> {
        let run = &self.runs[at];
        let env = run.member().map(|member| &member.simulation().world().shared().env);
        let Some(case) = env.and_then(|env| env.feeder().cloned()) else {
            let scenario = &run.wanted.scenario;
            return Err(format!("`{scenario}` is no feeder: create a Zone"));
        };
        let name = format!("{}feeder", run.prefix);
        if self.entities.contains_key(&name) {
            return Err("this feeder has an entity already".to_owned());
        }
        let created = feeder_created(&run.prefix, &case);
        for (position, bus) in case.feeder.buses().iter().enumerate() {
            let name = bus_name(&run.prefix, bus.id);
            self.entities.insert(name, Entity::Bus(at, position));
        }
        self.entities.insert(name, Entity::Feeder(at));
        Ok(created)
    }

    fn step(
        &mut self,
        time: i64,
        inputs: &Inputs,
        max_advance: i64,
        host: &mut dyn Host,
    ) -> Result<Value<'static>, String> {
        let at = self.clock.instant(time).filter(|at| *at >= Time::START);
        let Some(at) = at else { return Err(format!("{time} is no time of a run")) };
        if at < self.now {
            let now = self.clock.steps_to(self.now);
            return Err(format!("time goes back: {time} after {now}"));
        }
        if let Some(why) = self.runs.iter().find_map(Run::failure) {
            return Err(why.to_owned());
        }
        // What is wrong is refused before anything of it acts.
        let given = self.understand(inputs, at)?;
        self.stepping = true;
        for (entity, input) in given {
            self.give(entity, input, at)?;
        }
        self.now = at;
        for run in &mut self.runs {
            if run.step(time, at, max_advance, host)? == Stepped::Interrupted {
                self.interrupted = true;
                return Err("interrupted by its user".to_owned());
            }
        }
        let next = self.runs.iter().filter_map(|run| run.next_step(time)).min();
        Ok(next.map_or(Value::Null, Value::Int))
    }

    /// What came from other simulators, as inputs in the order of entities and attributes.
    fn understand(&mut self, inputs: &Inputs, at: Time) -> Result<Vec<(Entity, Input)>, String> {
        let mut all = Vec::new();
        for (name, attributes) in inputs {
            let entity = self.entity(name)?;
            for (attribute, sources) in attributes {
                let known = entity.inputs();
                if !known.contains(&attribute.as_str()) {
                    let known = known.join(", ");
                    return Err(format!("{name} has no input `{attribute}`; there are {known}"));
                }
                let mut said: BTreeMap<String, Given> = BTreeMap::new();
                for (source, value) in sources {
                    match value {
                        Some(value) => _ = said.insert(source.clone(), value.clone()),
                        None => self.say(format!("{source} gives {name} no `{attribute}` yet")),
                    }
                }
                let from: Vec<&str> = said.keys().map(String::as_str).collect();
                let from = from.join(", ");
                let Some(value) = joined(attribute, said) else { continue };
                let input = input(attribute, &value, at)
                    .and_then(|input| simulation::check_input(&input).map(|()| input))
                    .map_err(|e| format!("{name}: {e} (from {from})"))?;
                all.push((entity, input));
            }
        }
        Ok(all)
    }

    fn give(&mut self, entity: Entity, input: Input, at: Time) -> Result<(), String> {
        let run = &mut self.runs[entity.run()];
        let Some(member) = run.member_mut() else {
            self.say("the run is over: what comes now is left out".to_owned());
            return Ok(());
        };
        member.give(at, entity.zone(), &input).map_err(|e| e.to_string())
    }

    fn get_data(&mut self, wanted: &[(String, Vec<String>)]) -> Result<Value<'static>, String> {
        let mut all = Vec::new();
        let mut feeders = BTreeMap::new();
        for (name, attributes) in wanted {
            let entity = self.entity(name)?;
            let mut values = Vec::new();
            for attribute in attributes {
                if !entity.outputs().contains(&attribute.as_str()) {
                    let known = entity.outputs().join(", ");
                    return Err(format!("{name} has no output `{attribute}`; there are {known}"));
                }
                let run = &self.runs[entity.run()];
                let value = match entity {
                    Entity::Zone(..) => json_of(run.read(entity, attribute)?),
                    Entity::Feeder(_) if attribute == "indicators" => {
                        json_of(run.read(entity, attribute)?)
                    }
                    Entity::Feeder(at) | Entity::Bus(at, _) => {
                        if let std::collections::btree_map::Entry::Vacant(e) = feeders.entry(at) {
                            e.insert(run.feeder()?);
                        }
                        let feeder: &FeederReading = &feeders[&at];
                        Value::Float(match entity {
                            Entity::Bus(_, at) => bus_figure(&feeder.buses[at], attribute),
                            _ => feeder_figure(feeder, attribute),
                        })
                    }
                };
                if let Some(value) = self.news(name, attribute, value) {
                    values.push((attribute.clone(), value));
                }
            }
            all.push((name.clone(), object(values)));
        }
        Ok(object(all))
    }

    /// A value, unless it is an event that has not happened since it was told.
    fn news(
        &mut self,
        name: &str,
        attribute: &str,
        value: Value<'static>,
    ) -> Option<Value<'static>> {
        let Some(event) = EVENTS.into_iter().find(|event| *event == attribute) else {
            return Some(value);
        };
        let Value::Float(count) = value else { return Some(value) };
        let before = self.told.insert((name.to_owned(), event), count).unwrap_or(0.0);
        (count != before).then_some(value)
    }

    fn entity(&self, name: &str) -> Result<Entity, String> {
        let found = self.entities.get(name).copied();
        found.ok_or_else(|| {
            let known: Vec<&str> = self.entities.keys().take(8).map(String::as_str).collect();
            let known = known.join(", ");
            format!("there is no entity `{name}`; there are {known}")
        })
    }

    /// A warning that is given once.
    fn say(&mut self, what: String) {
        if self.said.len() < 1000 && !self.said.contains(&what) {
            tracing::warn!("{what}");
            self.said.insert(what);
        }
    }
}

fn json_of(reading: Reading) -> Value<'static> {
    match reading {
        Reading::Number(x) => Value::Float(x),
        Reading::Figures(all) => object(all.into_iter().map(|(k, x)| (k, Value::Float(x)))),
    }
}

/// A failure: its kind, what happened, and where to look.
fn failure(id: i64, why: &str) -> Vec<u8> {
    let content = list([string("GridflockError"), string(why), string("gridflock: see its log\n")]);
    frame(text(&list([Value::Int(2), Value::Int(id), content])).as_bytes())
}
