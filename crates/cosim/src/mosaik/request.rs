//! What mosaik asks: `[0, id, [method, [arguments], {named arguments}]]`.

use super::json::{Value, number, parse, text};
use crate::member::Given;
use std::collections::BTreeMap;

/// A request with its number.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Its number, which the answer repeats.
    pub id: i64,
    /// What is asked; why it makes no sense, if it does not: then the answer is a failure.
    pub call: Result<Call, String>,
}

/// What sources say: by entity, attribute and source. A source that has no value yet says nothing.
pub type Inputs = BTreeMap<String, BTreeMap<String, BTreeMap<String, Option<Given>>>>;

/// A call of the API.
#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    /// `init(sid, time_resolution, **params)`.
    Init {
        /// The simulator's name in the world.
        sid: String,
        /// Seconds in a step of mosaik's time.
        time_resolution: f64,
        /// Steps of mosaik's time between two steps of ours; none takes settlement periods.
        step_size: Option<i64>,
    },
    /// `create(num, model, **params)`.
    Create {
        /// How many entities.
        num: usize,
        /// Of which model.
        model: String,
        /// Which run they belong to.
        wanted: Create,
    },
    /// `setup_done()`.
    SetupDone,
    /// `step(time, inputs, max_advance)`.
    Step {
        /// When, in steps of mosaik's time.
        time: i64,
        /// What came from other simulators.
        inputs: Inputs,
        /// Up to when nothing else comes.
        max_advance: i64,
    },
    /// `get_data(outputs)`.
    GetData(Vec<(String, Vec<String>)>),
    /// `stop()`.
    Stop,
}

/// Parameters with which an entity is created.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Create {
    /// A scenario file or a built-in name.
    pub scenario: String,
    /// The zone, by number.
    pub zone: Option<u16>,
    /// Overrides `key.path=VALUE`, the seed among them.
    pub sets: Vec<String>,
}

impl Request {
    /// Reads a message.
    ///
    /// # Errors
    /// If it is no request at all: then nothing can be answered.
    pub fn read(message: &[u8]) -> Result<Self, String> {
        let value = parse(message)?;
        let Value::Array(parts) = &value else {
            return Err("a message is a list [type, id, content]".to_owned());
        };
        match &parts[..] {
            [Value::Int(0), Value::Int(id), content] => {
                Ok(Self { id: *id, call: call(content).map_err(|e| format!("{e}; {HELP}")) })
            }
            [Value::Int(1 | 2), _, _] => {
                Err("an answer came, where nothing had been asked".to_owned())
            }
            _ => Err("a message is a list [type, id, content], a request has type 0".to_owned()),
        }
    }
}

/// Where the calls are described.
const HELP: &str = "the calls are those of mosaik's API 3";

/// Arguments by place and by name.
struct Arguments<'a> {
    method: &'a str,
    placed: &'a [Value<'a>],
    named: &'a [(std::borrow::Cow<'a, str>, Value<'a>)],
}

impl<'a> Arguments<'a> {
    fn get(&self, place: usize, name: &str) -> Option<&'a Value<'a>> {
        self.placed.get(place).or_else(|| self.named(name))
    }
    fn named(&self, name: &str) -> Option<&'a Value<'a>> {
        let last = self.named.iter().rev().find(|(key, _)| key == name);
        last.map(|(_, value)| value).filter(|value| **value != Value::Null)
    }
    fn needed(&self, place: usize, name: &str) -> Result<&'a Value<'a>, String> {
        self.get(place, name).ok_or_else(|| format!("`{}` lacks `{name}`", self.method))
    }
    fn only(&self, names: &[&str]) -> Result<(), String> {
        match self.named.iter().find(|(key, _)| !names.contains(&key.as_ref())) {
            None => Ok(()),
            Some((key, _)) => {
                let known = names.join(", ");
                Err(format!("`{}` takes no `{key}`; there are {known}", self.method))
            }
        }
    }
    fn whole(&self, place: usize, name: &str) -> Result<i64, String> {
        let value = self.needed(place, name)?;
        let Value::Int(i) = value else {
            return Err(format!("`{name}` is a whole number, not {}", shortened(value)));
        };
        Ok(*i)
    }
}

fn call(content: &Value<'_>) -> Result<Call, String> {
    let Value::Array(parts) = content else {
        return Err("a request is a list [method, [arguments], {named arguments}]".to_owned());
    };
    let (method, placed, named) = match &parts[..] {
        [Value::Str(method), Value::Array(placed), Value::Object(named)] => {
            (method, &placed[..], &named[..])
        }
        [Value::Str(method), Value::Array(placed)] => (method, &placed[..], &[][..]),
        _ => return Err("a request is a list [method, [arguments], {named arguments}]".to_owned()),
    };
    let a = Arguments { method, placed, named };
    match method.as_ref() {
        "init" => init(&a),
        "create" => create(&a),
        "setup_done" => Ok(Call::SetupDone),
        "step" => {
            let inputs = inputs(a.needed(1, "inputs")?)?;
            let (time, max_advance) = (a.whole(0, "time")?, a.whole(2, "max_advance")?);
            Ok(Call::Step { time, inputs, max_advance })
        }
        "get_data" => outputs(a.needed(0, "outputs")?).map(Call::GetData),
        "stop" => Ok(Call::Stop),
        other => Err(format!("there is no method `{}`", shortened_text(other))),
    }
}

fn init(a: &Arguments<'_>) -> Result<Call, String> {
    a.only(&["time_resolution", "step_size"])?;
    let sid = match a.needed(0, "sid")? {
        Value::Str(sid) => sid.to_string(),
        other => return Err(format!("`sid` is a text, not {}", shortened(other))),
    };
    let time_resolution = match a.named("time_resolution") {
        None => 1.0,
        Some(value) => number(value)
            .filter(|s| s.is_finite() && *s >= 1e-6 && *s <= 86_400.0)
            .ok_or_else(|| {
                format!(
                    "`time_resolution` is {}; a step of mosaik's time is 1e-6 to 86400 seconds",
                    shortened(value)
                )
            })?,
    };
    let step_size = match a.named("step_size") {
        None => None,
        Some(Value::Int(steps)) if *steps > 0 => Some(*steps),
        Some(other) => {
            let other = shortened(other);
            return Err(format!("`step_size` is a whole number of steps above 0, not {other}"));
        }
    };
    Ok(Call::Init { sid, time_resolution, step_size })
}

fn create(a: &Arguments<'_>) -> Result<Call, String> {
    a.only(&super::meta::ZONE_PARAMS)?;
    let num = usize::try_from(a.whole(0, "num")?).ok().filter(|n| (1..=65_535).contains(n));
    let num = num.ok_or("`num` is from 1 to 65535")?;
    let Value::Str(model) = a.needed(1, "model")? else {
        return Err("`model` is a text".to_owned());
    };
    let Some(Value::Str(scenario)) = a.named("scenario") else {
        return Err("`scenario` is needed: a scenario file, or a built-in name".to_owned());
    };
    let zone = match a.named("zone") {
        None => None,
        Some(Value::Int(zone)) => Some(
            u16::try_from(*zone)
                .ok()
                .filter(|zone| *zone > 0)
                .ok_or_else(|| format!("there is no zone {zone}; they are numbered from 1"))?,
        ),
        Some(other) => return Err(format!("`zone` is a number, not {}", shortened(other))),
    };
    let mut sets = a.named("overrides").map_or(Ok(Vec::new()), super::overrides::read)?;
    match a.named("seed") {
        None => {}
        Some(Value::Int(seed)) => sets.push(format!("seed={seed}")),
        Some(other) => return Err(format!("`seed` is a whole number, not {}", shortened(other))),
    }
    let wanted = Create { scenario: scenario.to_string(), zone, sets };
    Ok(Call::Create { num, model: model.to_string(), wanted })
}

fn inputs(value: &Value<'_>) -> Result<Inputs, String> {
    let shape = "`inputs` are {entity: {attribute: {source: value}}}";
    let mut all = Inputs::new();
    let Value::Object(entities) = value else { return Err(shape.to_owned()) };
    for (entity, attributes) in entities.iter() {
        let Value::Object(attributes) = attributes else { return Err(shape.to_owned()) };
        for (attribute, sources) in attributes.iter() {
            let Value::Object(sources) = sources else { return Err(shape.to_owned()) };
            for (source, value) in sources.iter() {
                let value = given(value)
                    .map_err(|e| format!("`{attribute}` of {entity}, from {source}: {e}"))?;
                let of_entity = all.entry(entity.to_string()).or_default();
                let of_attribute = of_entity.entry(attribute.to_string()).or_default();
                of_attribute.insert(source.to_string(), value);
            }
        }
    }
    Ok(all)
}

fn given(value: &Value<'_>) -> Result<Option<Given>, String> {
    Ok(Some(match value {
        Value::Null => return Ok(None),
        Value::Str(text) => Given::Text(text.to_string()),
        Value::Array(items) => {
            let numbers: Option<Vec<f64>> = items.iter().map(number).collect();
            Given::List(numbers.ok_or("a list is of numbers")?)
        }
        other => match number(other) {
            Some(x) => Given::Number(x),
            None => return Err("a value is a number, a list of numbers or a text".to_owned()),
        },
    }))
}

fn outputs(value: &Value<'_>) -> Result<Vec<(String, Vec<String>)>, String> {
    let shape = "`outputs` are {entity: [attribute, ...]}";
    let Value::Object(entities) = value else { return Err(shape.to_owned()) };
    let of_entity = |(entity, names): &(std::borrow::Cow<'_, str>, Value<'_>)| {
        let Value::Array(names) = names else { return Err(shape.to_owned()) };
        let name = |name: &Value<'_>| match name {
            Value::Str(name) => Ok(name.to_string()),
            _ => Err(shape.to_owned()),
        };
        Ok((entity.to_string(), names.iter().map(name).collect::<Result<Vec<_>, _>>()?))
    };
    entities.iter().map(of_entity).collect()
}

/// A value in a message: long ones are cut.
pub(super) fn shortened(value: &Value<'_>) -> String {
    shortened_text(&text(value))
}

fn shortened_text(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
