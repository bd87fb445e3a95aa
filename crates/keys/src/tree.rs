//! A parsed document with the place of every key and value.

use crate::problem::{Code, Problem};
use crate::source::{Place, Source};
use std::collections::BTreeMap;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Its place.
    pub place: Place,
}

/// A value of any type.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A real number, NaN and infinities included.
    Float(f64),
    /// A text.
    Text(String),
    /// A date or time, as TOML writes it.
    Moment(String),
    /// A list.
    List(Vec<Node>),
    /// A table.
    Table(Branch),
    /// A number that does not fit; already reported.
    Unreadable(String),
}

impl Value {
    /// The type's name in messages.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Boolean(_) => "true or false",
            Self::Integer(_) => "a whole number",
            Self::Float(_) => "a decimal number",
            Self::Text(_) => "a text",
            Self::Moment(_) => "a date",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
            Self::Unreadable(_) => "an unreadable number",
        }
    }
}

/// The entries of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Branch {
    /// By key.
    pub entries: BTreeMap<String, Leaf>,
}

impl Branch {
    /// Takes over the entries of another table that this one does not have.
    pub(super) fn complete(&mut self, other: Self, path: &str, both: &mut Vec<String>) {
        for (key, leaf) in other.entries {
            let whole = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            match self.entries.get_mut(&key).map(|own| &mut own.node.value) {
                None => {
                    self.entries.insert(key, leaf);
                }
                Some(Value::Table(own)) if matches!(leaf.node.value, Value::Table(_)) => {
                    if let Value::Table(other) = leaf.node.value {
                        own.complete(other, &whole, both);
                    }
                }
                Some(_) => both.push(whole),
            }
        }
    }
}

/// One entry of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaf {
    /// Where the key stands.
    pub key_place: Place,
    /// What it holds.
    pub node: Node,
}

/// Puts a key that is written as a quoted path, `"penalty.scale"`, where the path leads.
pub(super) fn unfold(branch: &mut Branch) {
    let paths: Vec<String> = branch.entries.keys().filter(|k| k.contains('.')).cloned().collect();
    for path in paths {
        let Some(leaf) = branch.entries.remove(&path) else { continue };
        let (around, key) = path.rsplit_once('.').unwrap_or(("", &path));
        match around.split('.').try_fold(&mut *branch, |b, part| b.table_at(part, &leaf)) {
            Some(inner) if !inner.entries.contains_key(key) => {
                inner.entries.insert(key.to_owned(), leaf);
            }
            // What cannot be put there stays a key that nobody knows.
            _ => drop(branch.entries.insert(path, leaf)),
        }
    }
}

impl Branch {
    /// The table of a key, made where there is none; none if the key holds something else.
    fn table_at(&mut self, key: &str, like: &Leaf) -> Option<&mut Self> {
        let place = like.key_place;
        let fresh = || Leaf {
            key_place: place,
            node: Node { value: Value::Table(Self::default()), place },
        };
        match &mut self.entries.entry(key.to_owned()).or_insert_with(fresh).node.value {
            Value::Table(branch) => Some(branch),
            _ => None,
        }
    }
}

/// Parse a source. What can be read in spite of syntax errors is kept; nothing panics.
pub(super) fn parse(source: &Source, number: usize, problems: &mut Vec<Problem>) -> Node {
    let (table, errors) = DeTable::parse_recoverable(&source.text);
    let mut known: Vec<Problem> = Vec::new();
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        let place = place(number, &span);
        let problem =
            Problem::at(Code::Syntax, source, place, "", sentence(error.message()), String::new());
        // One mistake often upsets the parser several times on its line: the first report says it.
        if !known.iter().any(|p| p.line == problem.line) {
            known.push(problem);
        }
    }
    let span = table.span();
    let mut convert = Convert { source, number, problems: known };
    let branch = convert.table(table.into_inner());
    problems.append(&mut convert.problems);
    Node { value: Value::Table(branch), place: place(number, &(span.start..span.start)) }
}

fn sentence(message: &str) -> String {
    format!("not valid TOML: {}", message.trim().replace('\n', ", "))
}

fn place(source: usize, span: &Range<usize>) -> Place {
    Place { source, start: span.start, end: span.end }
}

struct Convert<'s> {
    source: &'s Source,
    number: usize,
    problems: Vec<Problem>,
}

impl Convert<'_> {
    fn table(&mut self, table: DeTable<'_>) -> Branch {
        let mut branch = Branch::default();
        for (key, value) in table {
            let key_place = place(self.number, &key.span());
            let node = self.value(value);
            branch.entries.insert(key.into_inner().into_owned(), Leaf { key_place, node });
        }
        branch
    }

    fn value(&mut self, value: Spanned<DeValue<'_>>) -> Node {
        let place = place(self.number, &value.span());
        let value = match value.into_inner() {
            DeValue::String(s) => Value::Text(s.into_owned()),
            DeValue::Integer(i) => self.integer(&i, place),
            DeValue::Float(x) => match x.as_str().parse() {
                Ok(x) => Value::Float(x),
                Err(_) => self.unreadable(x.as_str(), place),
            },
            DeValue::Boolean(b) => Value::Boolean(b),
            DeValue::Datetime(d) => Value::Moment(d.to_string()),
            DeValue::Array(items) => {
                Value::List(items.into_iter().map(|item| self.value(item)).collect())
            }
            DeValue::Table(table) => Value::Table(self.table(table)),
        };
        Node { value, place }
    }

    fn integer(&mut self, integer: &DeInteger<'_>, place: Place) -> Value {
        match i64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(i) => Value::Integer(i),
            Err(_) => self.unreadable(integer.as_str(), place),
        }
    }

    fn unreadable(&mut self, text: &str, place: Place) -> Value {
        let message = format!("{text} is not a number that a computer holds");
        let help = "whole numbers have at most 63 bits, about 9.2e18".to_owned();
        self.problems.push(Problem::at(Code::OutOfRange, self.source, place, "", message, help));
        Value::Unreadable(text.to_owned())
    }
}
