//! The JSON Schema says what the reader reads.

use scenario::schema_json;

/// The schema of a dotted path; `[]` steps into the elements of a list.
fn at<'v>(schema: &'v serde_json::Value, path: &str) -> &'v serde_json::Value {
    path.split('.').fold(schema, |schema, key| match key.strip_suffix("[]") {
        Some(list) => &schema["properties"][list]["items"],
        None => &schema["properties"][key],
    })
}

#[test]
fn keys_have_type_range_unit_and_default() {
    let schema = schema_json();
    let scale = at(&schema, "penalty.scale");
    assert_eq!(
        (&scale["minimum"], &scale["maximum"], &scale["default"]),
        (&0.0.into(), &100.0.into(), &1.0.into())
    );
    assert_eq!(at(&schema, "access.pile_kw")["x-unit"], "kW");
    assert_eq!(at(&schema, "fleet.segment[].share")["maximum"], 1.0);
    assert_eq!(at(&schema, "tickets.order")["oneOf"][0]["const"], "first_come");
    assert_eq!(schema["required"], serde_json::json!(["model", "start"]));
    assert_eq!(schema["additionalProperties"], false);
}

#[test]
fn every_alternative_is_described() {
    let schema = schema_json();
    for path in [
        "series.load.csv",
        "series.load.parquet",
        "series.load.builtin",
        "fleet.segment[].stay",
        "fleet.segment[].departure_clock",
        "fleet.segment[].arrival.parts[].sd",
        "fleet.segment[].arrival.delta",
        "behaviour.norms.guilt_cny",
        "behaviour.learning.forgetting",
        "fleet.segment[].behaviour.logit.classes[].fee",
        "fleet.vehicle.capacity[].kwh.median",
    ] {
        assert!(at(&schema, path)["description"].is_string(), "{path}");
    }
}
