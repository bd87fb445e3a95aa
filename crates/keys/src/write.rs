//! Values as TOML text.

use crate::tree::{Node, Value};
use std::fmt::Write;

/// A text in TOML's quotes.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A key, quoted if it must be.
pub(super) fn key(text: &str) -> String {
    let bare =
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if bare { text.to_owned() } else { quoted(text) }
}

/// A number; the shortest text that reads back as the same number.
pub(super) fn number(x: f64) -> String {
    if x.is_nan() {
        "nan".into()
    } else if x.is_infinite() {
        if x > 0.0 { "inf".into() } else { "-inf".into() }
    } else {
        format!("{x:?}")
    }
}

/// Items between brackets.
pub(super) fn list(items: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", items.into_iter().collect::<Vec<_>>().join(", "))
}

/// A raw value.
pub(super) fn node(node: &Node) -> String {
    match &node.value {
        Value::Boolean(b) => b.to_string(),
        Value::Integer(i) => i.to_string(),
        Value::Float(x) => number(*x),
        Value::Text(s) | Value::Unreadable(s) => quoted(s),
        Value::Moment(s) => s.clone(),
        Value::List(items) => list(items.iter().map(self::node)),
        Value::Table(branch) => {
            let pairs: Vec<String> = branch
                .entries
                .iter()
                .map(|(k, e)| format!("{} = {}", key(k), self::node(&e.node)))
                .collect();
            if pairs.is_empty() { "{}".into() } else { format!("{{ {} }}", pairs.join(", ")) }
        }
    }
}
