//! JSON that goes between `NAME/ep` and the endpoints of partners.
//!
//! To a federate: an object of inputs by name, such as `{"reservation_price": [1.2, 1.4], "zone": 2}`;
//! without `zone` it is about all zones of the federate. From a federate, after every step:
//! `{"federate": "z1", "zone": 1, "t": 900.0, "p_mw": ...}` with every figure of the zone; `null`
//! where one is not defined.

use crate::member::{self, Given};
use domain::{Time, ZoneId};
use serde_json::{Map, Value, json};
use simulation::{Input, Output, Simulation, SimulationError};

/// Words of a message that are no inputs.
const ADDRESS: [&str; 4] = ["zone", "t", "from", "federate"];

/// What a message says: inputs in the order of their names, and the zone they are for.
///
/// # Errors
/// What cannot be understood, and what is possible.
pub fn read(data: &[u8], at: Time) -> Result<(Option<ZoneId>, Vec<Input>), String> {
    let value: Value = serde_json::from_slice(data).map_err(|e| format!("no JSON: {e}"))?;
    let Value::Object(object) = value else {
        return Err("no object of inputs by name, such as {\"price\": 0.8}".to_owned());
    };
    let zone = match object.get("zone") {
        None => None,
        Some(zone) => {
            let number = zone.as_u64().and_then(|z| u16::try_from(z).ok());
            Some(ZoneId(number.ok_or_else(|| format!("{zone} is no zone"))?))
        }
    };
    let mut inputs = Vec::new();
    for (name, value) in object.iter().filter(|(name, _)| !ADDRESS.contains(&name.as_str())) {
        // `null` says nothing.
        if let Some(given) = given(name, value)? {
            inputs.push(member::input(name, &given, at).map_err(|e| e.to_string())?);
        }
    }
    inputs.sort_by_key(Input::number);
    Ok((zone, inputs))
}

fn given(name: &str, value: &Value) -> Result<Option<Given>, String> {
    let given = match value {
        Value::Null => return Ok(None),
        Value::String(text) => Some(Given::Text(text.clone())),
        Value::Array(list) => {
            list.iter().map(Value::as_f64).collect::<Option<_>>().map(Given::List)
        }
        other => other.as_f64().map(Given::Number),
    };
    let unusable = || format!("`{name}` is {value}; write a number, a list of numbers or a text");
    given.ok_or_else(unusable).map(Some)
}

/// What a federate says of a zone after the step at `t`.
///
/// # Errors
/// If the zone is not here.
pub fn report(
    federate: &str,
    zone: ZoneId,
    t: Time,
    simulation: &Simulation,
) -> Result<String, SimulationError> {
    let mut object = Map::new();
    object.insert("federate".to_owned(), json!(federate));
    object.insert("zone".to_owned(), json!(zone.0));
    object.insert("t".to_owned(), json!(t.0 as f64 / 1e6));
    for output in Output::ALL {
        let value = simulation.read(zone, output)?;
        object.insert(output.name().to_owned(), json!(value));
    }
    Ok(Value::Object(object).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_as_inputs_in_the_order_of_their_names() {
        let text = br#"{"load_kw": 3, "from": "x", "price": [0.5, 1], "zone": 2}"#;
        let (zone, inputs) = read(text, Time::START).unwrap();
        assert_eq!(zone, Some(ZoneId(2)));
        assert_eq!(inputs, [Input::Price(vec![0.5, 1.0]), Input::LoadKw(3.0)]);
        let nothing = read(br#"{"price": null}"#, Time::START).unwrap();
        assert_eq!(nothing, (None, Vec::new()));
        let outage = read(br#"{"notice": "outage piles=1 hours=2"}"#, Time::START).unwrap();
        assert!(matches!(outage.1[..], [Input::Notice(_)]));
    }

    #[test]
    fn strange_messages_are_refused_with_what_is_possible() {
        let cases: [(&[u8], &str); 9] = [
            (b"\xff", "no JSON"),
            (b"[1]", "no object"),
            (br#"{"prize": 1}"#, "reservation_price"),
            (br#"{"price": NaN}"#, "no JSON"),
            (br#"{"price": []}"#, "price"),
            (br#"{"price": [1, "2"]}"#, "list of numbers"),
            (br#"{"price": "0.8"}"#, "takes a number"),
            (br#"{"load_kw": {"a": 1}}"#, "load_kw"),
            (br#"{"zone": -1, "price": 1}"#, "no zone"),
        ];
        for (bytes, said) in cases {
            let why = read(bytes, Time::START).unwrap_err();
            assert!(why.contains(said), "{}: {why}", String::from_utf8_lossy(bytes));
        }
    }
}
