//! The value that a run gives to a key.

use keys::{Node, Value, quoted};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A value of a factor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Setting {
    /// `true` or `false`.
    Flag(bool),
    /// A whole number.
    Whole(i64),
    /// A real number.
    Real(f64),
    /// A word or text.
    Text(String),
    /// A law, list or another value, as TOML.
    Toml(String),
}

impl Setting {
    /// A value of a study file. None for numbers that cannot be read (which the reader has
    /// reported).
    pub fn of(node: &Node) -> Option<Self> {
        Some(match &node.value {
            Value::Boolean(x) => Self::Flag(*x),
            Value::Integer(x) => Self::Whole(*x),
            Value::Float(x) => Self::Real(*x),
            Value::Text(x) => Self::Text(x.clone()),
            Value::Unreadable(_) => return None,
            Value::Moment(_) | Value::List(_) | Value::Table(_) => Self::Toml(toml(node)),
        })
    }

    /// A cell of a table: as `--set` would read it, but `True` and `TRUE` are yes and `1.0` is one,
    /// as pandas, R and Excel write them.
    ///
    /// ```
    /// use study::Setting;
    /// assert_eq!(Setting::parse("0.5"), Setting::Real(0.5));
    /// assert_eq!(Setting::parse("True"), Setting::Flag(true));
    /// assert_eq!(Setting::parse("4.0"), Setting::Whole(4));
    /// assert_eq!(Setting::parse("first_come"), Setting::Text("first_come".into()));
    /// ```
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") {
            return Self::Flag(text.eq_ignore_ascii_case("true"));
        }
        if let Ok(whole) = text.parse() {
            return Self::Whole(whole);
        }
        match text.parse::<f64>() {
            // Beyond 2^53 not every whole number is a real one.
            Ok(real) if real.fract() == 0.0 && real.abs() < 9.0e15 => Self::Whole(real as i64),
            Ok(real) if real.is_finite() => Self::Real(real),
            _ if text.starts_with(['{', '[']) => Self::Toml(text.to_owned()),
            _ => Self::Text(text.to_owned()),
        }
    }

    /// The value in TOML.
    pub fn toml(&self) -> String {
        match self {
            Self::Flag(x) => x.to_string(),
            Self::Whole(x) => x.to_string(),
            // The shortest text that reads back as the same number.
            Self::Real(x) => format!("{x:?}"),
            Self::Text(x) => quoted(x),
            Self::Toml(x) => x.clone(),
        }
    }

    /// The override `key=VALUE` of a scenario.
    pub fn set(&self, key: &str) -> String {
        format!("{key}={}", self.toml())
    }

    /// The value as a number; none for words and laws. A switch is 0 or 1.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Flag(x) => Some(f64::from(u8::from(*x))),
            Self::Whole(x) => Some(*x as f64),
            Self::Real(x) => Some(*x),
            Self::Text(_) | Self::Toml(_) => None,
        }
    }

    /// Whether two values mean the same: 2 and 2.0 do.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Whole(_) | Self::Real(_), Self::Whole(_) | Self::Real(_)) => {
                self.number() == other.number()
            }
            _ => self == other,
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(x) | Self::Toml(x) => f.write_str(x),
            Self::Real(x) => write!(f, "{x}"),
            other => f.write_str(&other.toml()),
        }
    }
}

fn toml(node: &Node) -> String {
    match &node.value {
        Value::Boolean(x) => x.to_string(),
        Value::Integer(x) => x.to_string(),
        Value::Float(x) => format!("{x:?}"),
        Value::Text(x) => quoted(x),
        Value::Moment(x) | Value::Unreadable(x) => x.clone(),
        Value::List(items) => {
            format!("[{}]", items.iter().map(toml).collect::<Vec<_>>().join(", "))
        }
        Value::Table(branch) => {
            let pairs: Vec<String> = branch
                .entries
                .iter()
                .map(|(key, leaf)| format!("{} = {}", key_toml(key), toml(&leaf.node)))
                .collect();
            if pairs.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", pairs.join(", ")) }
        }
    }
}

fn key_toml(key: &str) -> String {
    let bare =
        !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if bare { key.to_owned() } else { quoted(key) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keys::Document;

    /// The settings of a list in a document.
    fn read(list: &str) -> Vec<Setting> {
        let document = Document::new("t", &format!("v = {list}"), &[]);
        let node = document.read(|t| t.any("v", "")).value.expect("given");
        match &node.value {
            Value::List(items) => items.iter().filter_map(Setting::of).collect(),
            _ => panic!("a list"),
        }
    }

    #[test]
    fn values_come_back_as_toml() {
        let settings = read(r#"[true, 3, 0.1, "a b", { law = "normal", mean = 1.5 }, [1, 2]]"#);
        let toml: Vec<String> = settings.iter().map(Setting::toml).collect();
        assert_eq!(
            toml,
            ["true", "3", "0.1", "\"a b\"", "{ law = \"normal\", mean = 1.5 }", "[1, 2]"]
        );
    }

    #[test]
    fn numbers_are_the_same_however_they_are_written() {
        assert!(Setting::Whole(2).is_same(&Setting::Real(2.0)));
        assert!(!Setting::Text("2".into()).is_same(&Setting::Whole(2)));
        assert_eq!(Setting::Real(1e-9).set("a.b"), "a.b=1e-9");
    }
}
