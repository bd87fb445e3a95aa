//! JSON Schema (2020-12) of what a sheet declares.

use crate::limits::Limits;
use crate::sheet::{Entry, Kind, Sheet};
use serde_json::{Map, Value, json};
use std::ops::Bound;

/// The schema of a document, from a sheet that describes it ([`crate::Document::describe`]).
pub fn json_schema(sheet: &Sheet, title: &str) -> Value {
    let mut schema = object(&sheet.entries, "");
    let map = schema.as_object_mut().expect("invariant: object() gives an object");
    map.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
    map.insert("title".into(), json!(title));
    schema
}

/// The schema of the table at `prefix` ("" or ending in a dot).
fn object(entries: &[Entry], prefix: &str) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for entry in entries
        .iter()
        .filter(|e| e.path.strip_prefix(prefix).is_some_and(|rest| !rest.contains('.')))
    {
        let key = entry.key().to_owned();
        let fresh = property(entries, entry);
        // A key that several alternatives share is described by the widest of them.
        let merged = match properties.remove(&key) {
            Some(old) if old != fresh => merge(old, fresh),
            _ => fresh,
        };
        properties.insert(key.clone(), merged);
        if !required.contains(&key) && is_always_required(entries, prefix, entry) {
            required.push(key);
        }
    }
    json!({ "type": "object", "additionalProperties": false, "properties": properties, "required": required })
}

/// Whether every alternative in which the table at `prefix` is declared requires the key.
fn is_always_required(entries: &[Entry], prefix: &str, entry: &Entry) -> bool {
    let table = prefix.trim_end_matches('.').trim_end_matches("[]");
    let declared = entries.iter().filter(|e| e.path == table).count().max(1);
    entry.when.is_none()
        && entries.iter().filter(|e| e.path == entry.path && e.required && e.when.is_none()).count()
            == declared
}

/// Both meanings of a key that two alternatives share.
fn merge(old: Value, fresh: Value) -> Value {
    let description = |value: &Value| {
        value.get("description").and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let both = format!("{}; or: {}", description(&old), description(&fresh));
    if shape(&old) == shape(&fresh) {
        let mut merged = old;
        merged["description"] = json!(both);
        return merged;
    }
    let mut options = match old.get("anyOf") {
        Some(Value::Array(list)) => list.clone(),
        _ => vec![old],
    };
    options.push(fresh);
    json!({ "anyOf": options, "description": both })
}

/// A schema without its remarks.
fn shape(schema: &Value) -> Value {
    let mut shape = schema.clone();
    if let Some(map) = shape.as_object_mut() {
        for remark in ["description", "default", "x-unit"] {
            map.remove(remark);
        }
    }
    shape
}

fn property(entries: &[Entry], entry: &Entry) -> Value {
    let mut schema = match &entry.kind {
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Number(limits) => number("number", limits),
        Kind::Count(limits) => number("integer", limits),
        Kind::Text => json!({ "type": "string" }),
        Kind::Moment => json!({ "type": "string", "format": "date-time" }),
        Kind::Word(words) => {
            let options: Vec<Value> = words
                .iter()
                .map(|(word, doc)| json!({ "const": word, "description": doc }))
                .collect();
            json!({ "oneOf": options })
        }
        Kind::Words(words) => {
            json!({ "oneOf": [{ "const": "all" }, { "type": "array", "items": { "enum": words } }] })
        }
        Kind::Numbers(limits, least, most) => list(&number("number", limits), *least, *most),
        Kind::Counts(limits, least, most) => list(&number("integer", limits), *least, *most),
        Kind::Rows(limits, columns) => {
            let columns = columns.unwrap_or(1);
            json!({ "type": "array", "items": list(&number("number", limits), columns, columns) })
        }
        Kind::Label => json!({ "type": ["string", "integer"] }),
        Kind::Any => json!({}),
        Kind::Table | Kind::Inline => object(entries, &format!("{}.", entry.path)),
        Kind::Tables | Kind::InlineTables => {
            json!({ "type": "array", "items": object(entries, &format!("{}[].", entry.path)) })
        }
    };
    annotate(&mut schema, entry);
    schema
}

fn annotate(schema: &mut Value, entry: &Entry) {
    let map = schema.as_object_mut().expect("invariant: every property is an object");
    let unit = if entry.unit.is_empty() { String::new() } else { format!(" [{}]", entry.unit) };
    let when = entry.when.as_ref().map_or_else(String::new, |(key, word)| {
        if word.is_empty() {
            format!(" (with {key})")
        } else {
            format!(" (with {key} = \"{word}\")")
        }
    });
    map.insert("description".into(), json!(format!("{}{unit}{when}", entry.doc)));
    if !entry.unit.is_empty() {
        map.insert("x-unit".into(), json!(entry.unit));
    }
    let default = entry
        .default
        .as_deref()
        .and_then(|text| toml::from_str::<toml::Table>(&format!("v = {text}")).ok());
    if let Some(default) =
        default.and_then(|mut table| table.remove("v")).and_then(|v| serde_json::to_value(v).ok())
    {
        map.insert("default".into(), default);
    }
}

fn list(items: &Value, least: usize, most: usize) -> Value {
    json!({ "type": "array", "items": items, "minItems": least, "maxItems": most })
}

fn number(kind: &str, limits: &Limits) -> Value {
    let mut map = Map::new();
    map.insert("type".into(), json!(kind));
    match limits.low {
        Bound::Included(x) => map.insert("minimum".into(), bound(kind, x)),
        Bound::Excluded(x) => map.insert("exclusiveMinimum".into(), bound(kind, x)),
        Bound::Unbounded => None,
    };
    match limits.high {
        Bound::Included(x) => map.insert("maximum".into(), bound(kind, x)),
        Bound::Excluded(x) => map.insert("exclusiveMaximum".into(), bound(kind, x)),
        Bound::Unbounded => None,
    };
    Value::Object(map)
}

fn bound(kind: &str, x: f64) -> Value {
    if kind == "integer" { json!(x as u64) } else { json!(x) }
}
