//! JSON that goes between `NAME/ep` and the endpoints of partners.
//!
//! To a federate: an object of inputs by name, such as `{"reservation_price": [1.2, 1.4], "zone": 2}`;
//! without `zone` it is about all zones of the federate. From a federate, after every step:
//! `{"federate": "z1", "zone": 1, "t": 900.0, "p_mw": ...}` with every figure of the zone; `null`
//! where one is not defined.

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
        inputs.push(input(name, value, at)?);
    }
    inputs.sort_by_key(Input::number);
    Ok((zone, inputs))
}

fn input(name: &str, value: &Value, at: Time) -> Result<Input, String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(_) => value.to_string(),
        Value::Array(list) if list.iter().all(Value::is_number) => {
            list.iter().map(Value::to_string).collect::<Vec<_>>().join(" ")
        }
        other => return Err(format!("`{name}` is {other}; write a number, a list or a text")),
    };
    simulation::parse_input(name, &text, at).map_err(|e| e.to_string())
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
        let outage = read(br#"{"notice": "outage piles=1 hours=2"}"#, Time::START).unwrap();
        assert!(matches!(outage.1[..], [Input::Notice(_)]));
    }

    #[test]
    fn strange_messages_are_refused_with_what_is_possible() {
        let cases: [(&[u8], &str); 7] = [
            (b"\xff", "no JSON"),
            (b"[1]", "no object"),
            (br#"{"prize": 1}"#, "reservation_price"),
            (br#"{"price": NaN}"#, "no JSON"),
            (br#"{"price": []}"#, "price"),
            (br#"{"load_kw": {"a": 1}}"#, "load_kw"),
            (br#"{"zone": -1, "price": 1}"#, "no zone"),
        ];
        for (bytes, said) in cases {
            let why = read(bytes, Time::START).unwrap_err();
            assert!(why.contains(said), "{}: {why}", String::from_utf8_lossy(bytes));
        }
    }
}
