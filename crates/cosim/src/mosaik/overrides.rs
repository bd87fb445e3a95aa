//! Overrides of a scenario as a partner writes them: `{"fleet.evs": 100}` or `["fleet.evs=100"]`.

use super::json::{Value, text};

/// Overrides as `key.path=VALUE`.
pub(super) fn read(value: &Value<'_>) -> Result<Vec<String>, String> {
    match value {
        Value::Object(entries) => {
            entries.iter().map(|(key, value)| Ok(format!("{key}={}", toml(value)?))).collect()
        }
        Value::Array(items) => items
            .iter()
            .map(|item| match item {
                Value::Str(set) => Ok(set.to_string()),
                _ => Err(SHAPE.to_owned()),
            })
            .collect(),
        _ => Err(SHAPE.to_owned()),
    }
}

const SHAPE: &str = "`overrides` are {\"key.path\": value} or [\"key.path=VALUE\"]";

/// A value as TOML.
fn toml(value: &Value<'_>) -> Result<String, String> {
    Ok(match value {
        Value::Float(x) if x.is_nan() => "nan".to_owned(),
        Value::Float(x) if x.is_infinite() => if *x > 0.0 { "inf" } else { "-inf" }.to_owned(),
        Value::Array(items) => {
            let items: Result<Vec<String>, String> = items.iter().map(toml).collect();
            format!("[{}]", items?.join(", "))
        }
        Value::Object(entries) => {
            let pair = |(key, value): &(std::borrow::Cow<'_, str>, Value<'_>)| {
                let key = serde_json::Value::from(key.as_ref());
                Ok(format!("{key} = {}", toml(value)?))
            };
            let pairs: Result<Vec<String>, String> = entries.iter().map(pair).collect();
            format!("{{ {} }}", pairs?.join(", "))
        }
        Value::Null => return Err(SHAPE.to_owned()),
        plain => text(plain),
    })
}
