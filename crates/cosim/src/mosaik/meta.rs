//! What mosaik is told about the models.

use super::json::{Value, list, object, string, strings};
use crate::member::{BUS_OUTPUTS, INPUTS, OUTPUTS};

/// Parameters with which a zone is created.
pub(super) const ZONE_PARAMS: [&str; 4] = ["scenario", "zone", "seed", "overrides"];
/// Parameters with which a feeder is created.
const FEEDER_PARAMS: [&str; 3] = ["scenario", "seed", "overrides"];
/// Inputs whose arrival makes the simulator step.
const TRIGGER: [&str; 2] = ["notice", "target_p_kw"];
/// Outputs that are events: given only when they have changed.
pub(super) const EVENTS: [&str; 2] = ["breaches", "tickets_awarded"];
/// What a feeder is given.
pub(super) const FEEDER_INPUTS: [&str; 3] = ["price", "vm_pu", "temperature_c"];
/// What is read off a feeder.
pub(super) const FEEDER_OUTPUTS: [&str; 3] = ["p_mw", "q_mvar", "indicators"];

/// The answer to `init`. Inputs that trigger and outputs that are events are named; mosaik takes all
/// others for measurements and persistent ones.
pub(super) fn meta() -> Value<'static> {
    let all = INPUTS.iter().chain(OUTPUTS.iter()).map(|named| named.name);
    let mut attrs: Vec<&str> = Vec::new();
    for name in all {
        if !attrs.contains(&name) {
            attrs.push(name);
        }
    }
    let none = || list([]);
    let zone = object([
        ("public", Value::Bool(true)),
        ("params", strings(ZONE_PARAMS)),
        ("attrs", strings(attrs)),
        ("trigger", strings(TRIGGER)),
        ("non-persistent", strings(EVENTS)),
    ]);
    let feeder = object([
        ("public", Value::Bool(true)),
        ("params", strings(FEEDER_PARAMS)),
        ("attrs", strings(FEEDER_INPUTS.into_iter().chain(FEEDER_OUTPUTS))),
        ("trigger", none()),
        ("non-persistent", none()),
    ]);
    let bus = object([
        ("public", Value::Bool(false)),
        ("params", none()),
        ("attrs", strings(BUS_OUTPUTS.iter().map(|named| named.name))),
        ("trigger", none()),
        ("non-persistent", none()),
    ]);
    object([
        ("api_version", string("3.0")),
        ("type", string("hybrid")),
        ("models", object([("Zone", zone), ("Feeder", feeder), ("Bus", bus)])),
        ("extra_methods", none()),
    ])
}
