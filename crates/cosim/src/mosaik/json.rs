//! JSON as Python writes and reads it: with bare `NaN`, `Infinity` and `-Infinity`.

use std::borrow::Cow;
use std::fmt::Write;
use std::sync::Arc;

/// A JSON value. Keys of an object may repeat; the last one counts.
pub type Value<'a> = jiter::JsonValue<'a>;

/// Reads one value; anything after it is a mistake. Nesting is bounded.
///
/// # Errors
/// What is wrong with it, and where.
pub fn parse(bytes: &[u8]) -> Result<Value<'_>, String> {
    Value::parse(bytes, true).map_err(|e| e.description(bytes))
}

/// A value as text. A number that is real is written as one (`1.0`), so that Python reads a float,
/// and read back as the same.
///
/// ```
/// use cosim::mosaik::{parse, text};
/// let list = br#"[1, 1.5, -Infinity, NaN, "a\"b", {"x": null}]"#;
/// let value = parse(list).unwrap();
/// assert_eq!(text(&value), r#"[1,1.5,-Infinity,NaN,"a\"b",{"x":null}]"#);
/// assert!(parse(b"[1,").is_err() && parse(b"").is_err());
/// ```
pub fn text(value: &Value<'_>) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value<'_>, out: &mut String) {
    // Writing to a string does not fail.
    let _ = match value {
        Value::Null => out.write_str("null"),
        Value::Bool(b) => write!(out, "{b}"),
        Value::Int(i) => write!(out, "{i}"),
        Value::Float(x) if x.is_nan() => out.write_str("NaN"),
        Value::Float(x) if x.is_infinite() => {
            out.write_str(if *x > 0.0 { "Infinity" } else { "-Infinity" })
        }
        Value::Float(x) => write!(out, "{x:?}"),
        Value::Str(s) => {
            out.push_str(&serde_json::Value::from(s.as_ref()).to_string());
            Ok(())
        }
        Value::Array(list) => {
            out.push('[');
            for (i, item) in list.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.write_char(']')
        }
        Value::Object(entries) => {
            out.push('{');
            for (i, (key, item)) in entries.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                out.push_str(&serde_json::Value::from(key.as_ref()).to_string());
                out.push(':');
                write(item, out);
            }
            out.write_char('}')
        }
    };
}

/// A text.
pub(super) fn string(s: impl Into<String>) -> Value<'static> {
    Value::Str(Cow::Owned(s.into()))
}

/// A list.
pub(super) fn list(items: impl IntoIterator<Item = Value<'static>>) -> Value<'static> {
    Value::Array(Arc::new(items.into_iter().collect()))
}

/// A list of texts.
pub(super) fn strings<'a>(items: impl IntoIterator<Item = &'a str>) -> Value<'static> {
    list(items.into_iter().map(string))
}

/// An object.
pub(super) fn object<K: Into<String>>(
    entries: impl IntoIterator<Item = (K, Value<'static>)>,
) -> Value<'static> {
    let entries = entries.into_iter().map(|(k, v)| (Cow::Owned(k.into()), v));
    Value::Object(Arc::new(entries.collect()))
}

/// The number that a value is.
pub(super) fn number(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Int(i) => Some(*i as f64),
        Value::Float(x) => Some(*x),
        Value::Bool(b) => Some(f64::from(u8::from(*b))),
        _ => None,
    }
}
