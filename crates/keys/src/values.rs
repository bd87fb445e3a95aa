//! Declaring keys that hold a single value or a list.

use crate::limits::Limits;
use crate::nearest::nearest;
use crate::problem::Code;
use crate::sheet::{Entry, Kind, Origin};
use crate::table::Table;
use crate::tree::{Node, Value};
use crate::write;
use std::ops::{RangeBounds, RangeInclusive};

/// A key as it is declared.
struct Key<'k> {
    name: &'k str,
    kind: Kind,
    unit: &'static str,
    doc: &'k str,
    /// Whether it must be given if it has no default.
    required: bool,
}

/// Longer lists of words are not shown beside the nearest one: nobody reads them.
const READABLE: usize = 20;

impl<'k> Key<'k> {
    fn new(name: &'k str, kind: Kind, unit: &'static str, doc: &'k str) -> Self {
        Self { name, kind, unit, doc, required: false }
    }
}

impl<'d> Table<'d> {
    /// A switch.
    pub fn flag(&mut self, key: &str, default: bool, doc: &str) -> bool {
        let read = |t: &Self, node: &Node| match node.value {
            Value::Boolean(b) => Some(b),
            _ => t.wrong_type(key, node, "true or false", "write true or false without quotes"),
        };
        self.value(Key::new(key, Kind::Flag, "", doc), Some(default), bool::to_string, read)
            .unwrap_or(default)
    }

    /// A switch that may be absent.
    pub fn optional_flag(&mut self, key: &str, doc: &str) -> Option<bool> {
        let read = |t: &Self, node: &Node| match node.value {
            Value::Boolean(b) => Some(b),
            _ => t.wrong_type(key, node, "true or false", "write true or false without quotes"),
        };
        self.value(Key::new(key, Kind::Flag, "", doc), None, bool::to_string, read)
    }

    /// A real number within a range.
    pub fn number(
        &mut self,
        key: &str,
        default: f64,
        range: impl RangeBounds<f64>,
        unit: &'static str,
        doc: &str,
    ) -> f64 {
        self.real(key, Some(default), Limits::of(&range), unit, doc, false).unwrap_or(default)
    }

    /// A real number that may be absent.
    pub fn optional_number(
        &mut self,
        key: &str,
        range: impl RangeBounds<f64>,
        unit: &'static str,
        doc: &str,
    ) -> Option<f64> {
        self.real(key, None, Limits::of(&range), unit, doc, false)
    }

    /// A real number that must be given; `None` after a report.
    pub fn required_number(
        &mut self,
        key: &str,
        range: impl RangeBounds<f64>,
        unit: &'static str,
        doc: &str,
    ) -> Option<f64> {
        self.real(key, None, Limits::of(&range), unit, doc, true)
    }

    /// A real number that must be given unless `default` holds one; 0 after a report.
    pub fn number_or_required(
        &mut self,
        key: &str,
        default: Option<f64>,
        range: impl RangeBounds<f64>,
        unit: &'static str,
        doc: &str,
    ) -> f64 {
        self.real(key, default, Limits::of(&range), unit, doc, true).or(default).unwrap_or(0.0)
    }

    fn real(
        &mut self,
        key: &str,
        default: Option<f64>,
        limits: Limits,
        unit: &'static str,
        doc: &str,
        required: bool,
    ) -> Option<f64> {
        let read = |t: &Self, node: &Node| t.read_real(key, node, limits, unit);
        self.value(
            Key { required, ..Key::new(key, Kind::Number(limits), unit, doc) },
            default,
            |x| write::number(*x),
            read,
        )
    }

    /// A whole number within a range.
    pub fn count(
        &mut self,
        key: &str,
        default: u64,
        range: RangeInclusive<u64>,
        unit: &'static str,
        doc: &str,
    ) -> u64 {
        self.whole(key, Some(default), range, unit, doc).unwrap_or(default)
    }

    /// A whole number of 32 bits within a range.
    pub fn count32(
        &mut self,
        key: &str,
        default: u32,
        range: RangeInclusive<u32>,
        unit: &'static str,
        doc: &str,
    ) -> u32 {
        self.count(
            key,
            u64::from(default),
            u64::from(*range.start())..=u64::from(*range.end()),
            unit,
            doc,
        ) as u32
    }

    /// A whole number that may be absent.
    pub fn optional_count(
        &mut self,
        key: &str,
        range: RangeInclusive<u64>,
        unit: &'static str,
        doc: &str,
    ) -> Option<u64> {
        self.whole(key, None, range, unit, doc)
    }

    fn whole(
        &mut self,
        key: &str,
        default: Option<u64>,
        range: RangeInclusive<u64>,
        unit: &'static str,
        doc: &str,
    ) -> Option<u64> {
        let limits = Limits::of(&(*range.start() as f64..=*range.end() as f64));
        let read = |t: &Self, node: &Node| t.read_whole(key, node, &range, unit);
        self.value(Key::new(key, Kind::Count(limits), unit, doc), default, u64::to_string, read)
    }

    /// Any text.
    pub fn text(&mut self, key: &str, default: &str, doc: &str) -> String {
        self.any_text(key, Some(default.to_owned()), doc, false).unwrap_or_default()
    }

    /// A text that may be absent.
    pub fn optional_text(&mut self, key: &str, doc: &str) -> Option<String> {
        self.any_text(key, None, doc, false)
    }

    /// A text that must be given; `None` after a report.
    pub fn required_text(&mut self, key: &str, doc: &str) -> Option<String> {
        self.any_text(key, None, doc, true)
    }

    fn any_text(
        &mut self,
        key: &str,
        default: Option<String>,
        doc: &str,
        required: bool,
    ) -> Option<String> {
        let read = |t: &Self, node: &Node| match &node.value {
            Value::Text(s) => Some(s.clone()),
            _ => t.wrong_type(key, node, "a text", "write it in quotes"),
        };
        self.value(
            Key { required, ..Key::new(key, Kind::Text, "", doc) },
            default,
            |s| write::quoted(s),
            read,
        )
    }

    /// What something is called: a text, or a whole number without quotes. `None` where it is
    /// absent, after a report if it must be given.
    pub fn label(
        &mut self,
        key: &str,
        default: Option<&str>,
        required: bool,
        doc: &str,
    ) -> Option<String> {
        let read = |t: &Self, node: &Node| match &node.value {
            Value::Text(s) => Some(s.clone()),
            Value::Integer(i) => Some(i.to_string()),
            Value::Float(x) if x.fract() == 0.0 => Some(format!("{x:.0}")),
            _ => t.wrong_type(key, node, "a name or a whole number", "write names in quotes"),
        };
        let shown = |s: &String| match s.parse::<u64>() {
            Ok(number) => number.to_string(),
            Err(_) => write::quoted(s),
        };
        let key = Key { required, ..Key::new(key, Kind::Label, "", doc) };
        self.value(key, default.map(str::to_owned), shown, read)
    }

    /// A point in time, as a TOML date or a text; not interpreted here.
    pub fn required_moment(&mut self, key: &str, doc: &str) -> Option<String> {
        let read = |t: &Self, node: &Node| match &node.value {
            Value::Text(s) | Value::Moment(s) => Some(s.clone()),
            _ => {
                t.wrong_type(key, node, "a point in time", "write it as 2016-05-28T00:00:00+08:00")
            }
        };
        self.value(
            Key { required: true, ..Key::new(key, Kind::Moment, "", doc) },
            None,
            |s| write::quoted(s),
            read,
        )
    }

    /// One of some words, each `(word, value, meaning)`.
    pub fn word<T: Clone + PartialEq>(
        &mut self,
        key: &str,
        default: T,
        words: &[(&str, T, &str)],
        doc: &str,
    ) -> T {
        self.one_word(key, Some(default.clone()), words, doc).unwrap_or(default)
    }

    /// One of some words; it must be given. `None` after a report.
    pub fn required_word<T: Clone + PartialEq>(
        &mut self,
        key: &str,
        words: &[(&str, T, &str)],
        doc: &str,
    ) -> Option<T> {
        self.one_word(key, None, words, doc)
    }

    fn one_word<T: Clone + PartialEq>(
        &mut self,
        key: &str,
        default: Option<T>,
        words: &[(&str, T, &str)],
        doc: &str,
    ) -> Option<T> {
        let kind =
            Kind::Word(words.iter().map(|(w, _, d)| ((*w).to_owned(), (*d).to_owned())).collect());
        let text_of = |value: &T| {
            words
                .iter()
                .find(|(_, v, _)| v == value)
                .map_or_else(String::new, |(w, _, _)| write::quoted(w))
        };
        let required = default.is_none();
        let read = |t: &Self, node: &Node| {
            let names = || words.iter().map(|(w, _, _)| *w);
            let Value::Text(text) = &node.value else {
                return t.wrong_type(key, node, "a word", &format!("one of {}", listed(names())));
            };
            let found = words.iter().find(|(w, _, _)| w == text).map(|(_, value, _)| value.clone());
            if found.is_none() {
                t.unknown_word(key, node, text, names());
            }
            found
        };
        self.value(Key { required, ..Key::new(key, kind, "", doc) }, default, text_of, read)
    }

    /// Some of the words of a vocabulary, or `"all"`, which stands for all of them. `None` if
    /// absent.
    pub fn words(
        &mut self,
        key: &str,
        vocabulary: &[&str],
        default: &[&str],
        doc: &str,
    ) -> Vec<String> {
        let owned = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<String>>();
        let kind = Kind::Words(owned(vocabulary));
        let text_of = |words: &Vec<String>| {
            if words.len() == vocabulary.len() {
                write::quoted("all")
            } else {
                write::list(words.iter().map(|w| write::quoted(w)))
            }
        };
        let read = |t: &Self, node: &Node| match &node.value {
            Value::Text(text) if text == "all" => Some(owned(vocabulary)),
            Value::List(items) => {
                let mut chosen = Vec::new();
                for item in items {
                    match &item.value {
                        Value::Text(text) if vocabulary.contains(&text.as_str()) => {
                            chosen.push(text.clone());
                        }
                        Value::Text(text) => {
                            t.unknown_word(key, item, text, vocabulary.iter().copied());
                        }
                        _ => {
                            return t.wrong_type(
                                key,
                                item,
                                "a word",
                                &format!("any of {}", listed(vocabulary.iter().copied())),
                            );
                        }
                    }
                }
                // The order of the vocabulary, each word once: the choice, not the spelling, is
                // what counts.
                Some(
                    vocabulary
                        .iter()
                        .filter(|w| chosen.iter().any(|c| c == *w))
                        .map(|w| (*w).to_owned())
                        .collect(),
                )
            }
            Value::Text(text) => {
                t.unknown_word(key, node, text, ["all"].into_iter());
                None
            }
            _ => t.wrong_type(
                key,
                node,
                "\"all\" or a list of words",
                &format!("any of {}", listed(vocabulary.iter().copied())),
            ),
        };
        self.value(Key::new(key, kind, "", doc), Some(owned(default)), text_of, read)
            .unwrap_or_default()
    }

    /// A list of real numbers, `how_many` of them.
    pub fn numbers(
        &mut self,
        key: &str,
        default: &[f64],
        how_many: RangeInclusive<usize>,
        range: impl RangeBounds<f64>,
        unit: &'static str,
        doc: &str,
    ) -> Vec<f64> {
        self.real_list(key, Some(default.to_vec()), how_many, Limits::of(&range), unit, doc)
            .unwrap_or_else(|| default.to_vec())
    }

    /// A list of real numbers that may be absent.
    pub fn optional_numbers(
        &mut self,
        key: &str,
        how_many: RangeInclusive<usize>,
        range: impl RangeBounds<f64>,
        unit: &'static str,
        doc: &str,
    ) -> Option<Vec<f64>> {
        self.real_list(key, None, how_many, Limits::of(&range), unit, doc)
    }

    /// Exactly `N` real numbers.
    pub fn numbers_exactly<const N: usize>(
        &mut self,
        key: &str,
        default: [f64; N],
        range: impl RangeBounds<f64>,
        unit: &'static str,
        doc: &str,
    ) -> [f64; N] {
        let list = self.numbers(key, &default, N..=N, range, unit, doc);
        list.try_into().unwrap_or(default)
    }

    fn real_list(
        &mut self,
        key: &str,
        default: Option<Vec<f64>>,
        how_many: RangeInclusive<usize>,
        limits: Limits,
        unit: &'static str,
        doc: &str,
    ) -> Option<Vec<f64>> {
        let kind = Kind::Numbers(limits, *how_many.start(), *how_many.end());
        let read = |t: &Self, node: &Node| {
            let items = t.read_list(key, node, &how_many)?;
            items.iter().map(|item| t.read_real(key, item, limits, unit)).collect()
        };
        self.value(
            Key::new(key, kind, unit, doc),
            default,
            |list: &Vec<f64>| write::list(list.iter().map(|x| write::number(*x))),
            read,
        )
    }

    /// A list of whole numbers, `how_many` of them.
    pub fn counts(
        &mut self,
        key: &str,
        default: &[u32],
        how_many: RangeInclusive<usize>,
        range: RangeInclusive<u32>,
        unit: &'static str,
        doc: &str,
    ) -> Vec<u32> {
        self.whole_list(key, Some(default.to_vec()), how_many, range, unit, doc)
            .unwrap_or_else(|| default.to_vec())
    }

    fn whole_list(
        &mut self,
        key: &str,
        default: Option<Vec<u32>>,
        how_many: RangeInclusive<usize>,
        range: RangeInclusive<u32>,
        unit: &'static str,
        doc: &str,
    ) -> Option<Vec<u32>> {
        let limits = Limits::of(&(f64::from(*range.start())..=f64::from(*range.end())));
        let kind = Kind::Counts(limits, *how_many.start(), *how_many.end());
        let wide = u64::from(*range.start())..=u64::from(*range.end());
        let read = |t: &Self, node: &Node| {
            let items = t.read_list(key, node, &how_many)?;
            items
                .iter()
                .map(|item| t.read_whole(key, item, &wide, unit).map(|n| n as u32))
                .collect()
        };
        let text_of = |list: &Vec<u32>| write::list(list.iter().map(u32::to_string));
        self.value(Key::new(key, kind, unit, doc), default, text_of, read)
    }

    /// A list of whole numbers that may be absent.
    pub fn optional_counts(
        &mut self,
        key: &str,
        how_many: RangeInclusive<usize>,
        range: RangeInclusive<u32>,
        unit: &'static str,
        doc: &str,
    ) -> Option<Vec<u32>> {
        self.whole_list(key, None, how_many, range, unit, doc)
    }

    /// A list of rows of numbers, each of `columns` numbers.
    pub fn rows(
        &mut self,
        key: &str,
        default: &[Vec<f64>],
        columns: usize,
        range: impl RangeBounds<f64>,
        unit: &'static str,
        doc: &str,
    ) -> Vec<Vec<f64>> {
        let limits = Limits::of(&range);
        let read = |t: &Self, node: &Node| {
            let rows = t.read_list(key, node, &(0..=100_000))?;
            let row = |row: &Node| {
                t.read_list(key, row, &(columns..=columns))?
                    .iter()
                    .map(|x| t.read_real(key, x, limits, unit))
                    .collect()
            };
            rows.iter().map(row).collect::<Option<Vec<Vec<f64>>>>()
        };
        let text_of = |rows: &Vec<Vec<f64>>| {
            write::list(rows.iter().map(|r| write::list(r.iter().map(|x| write::number(*x)))))
        };
        let kind = Kind::Rows(limits, Some(columns));
        self.value(Key::new(key, kind, unit, doc), Some(default.to_vec()), text_of, read)
            .unwrap_or_else(|| default.to_vec())
    }

    /// A value whose shape only the caller knows; reported by the caller with [`Table::refuse`].
    pub fn any(&mut self, key: &str, doc: &str) -> Option<Node> {
        self.value(Key::new(key, Kind::Any, "", doc), None, write::node, |_, node| {
            Some(node.clone())
        })
    }

    /// All keys of this table that no method has declared, with their raw values: for tables with
    /// keys of the user's making.
    pub fn free_keys(&mut self, doc: &str) -> Vec<(String, Node)> {
        let keys = self.undeclared();
        keys.into_iter().filter_map(|key| self.any(&key, doc).map(|node| (key, node))).collect()
    }

    /// Declare a key: every method above comes down to this.
    fn value<T>(
        &mut self,
        key: Key<'_>,
        default: Option<T>,
        text_of: impl Fn(&T) -> String,
        read: impl Fn(&Self, &Node) -> Option<T>,
    ) -> Option<T> {
        let Key { name, kind, unit, doc, required } = key;
        let node: Option<&'d Node> = self.take(name);
        let required = required && default.is_none();
        if node.is_none() && required && !self.pass.describing {
            let help = if unit.is_empty() { doc.to_owned() } else { format!("{doc} [{unit}]") };
            self.report(
                Code::MissingKey,
                self.place(),
                name,
                format!("`{}` must be given", self.path_of(name)),
                help,
            );
        }
        let given = node.and_then(|node| read(self, node));
        let origin = node.map_or(Origin::Default, |node| self.pass.origin(node.place));
        let default_text = default.as_ref().map(&text_of);
        let value = given.or(default);
        self.enter(Entry {
            path: self.path_of(name),
            kind,
            unit,
            doc: doc.to_owned(),
            default: default_text,
            required,
            value: value.as_ref().map(text_of),
            origin,
            when: None,
        });
        value
    }

    fn read_real(&self, key: &str, node: &Node, limits: Limits, unit: &'static str) -> Option<f64> {
        let x = match &node.value {
            Value::Float(x) => *x,
            Value::Integer(i) => *i as f64,
            Value::Unreadable(_) => return None,
            Value::Text(text) if starts_like_number(text) => {
                let unit = if unit.is_empty() || unit == "1" {
                    "no unit".to_owned()
                } else {
                    format!("the unit is {unit}")
                };
                return self.wrong_type(
                    key,
                    node,
                    "a number",
                    &format!("write the number alone, without quotes; {unit}"),
                );
            }
            _ => return self.wrong_type(key, node, "a number", &allowed(&limits, unit)),
        };
        if !x.is_finite() {
            let message = format!(
                "`{}` must be a finite number, not {}",
                self.path_of(key),
                write::number(x)
            );
            self.report(Code::NotFinite, node.place, key, message, allowed(&limits, unit));
            return None;
        }
        if !limits.contains(x) {
            let message = format!("`{}` is {x}, outside of what is allowed", self.path_of(key));
            self.report(Code::OutOfRange, node.place, key, message, allowed(&limits, unit));
            return None;
        }
        Some(x)
    }

    fn read_whole(
        &self,
        key: &str,
        node: &Node,
        range: &RangeInclusive<u64>,
        unit: &'static str,
    ) -> Option<u64> {
        // TOML knows no larger number, and a real cannot tell the largest ones apart.
        let limits = format!("{} to {}", range.start(), (*range.end()).min(i64::MAX as u64));
        let help = allowed(&limits, unit);
        let i = match &node.value {
            Value::Integer(i) => *i,
            Value::Unreadable(_) => return None,
            _ => return self.wrong_type(key, node, "a whole number", &help),
        };
        let inside = u64::try_from(i).ok().filter(|n| range.contains(n));
        if inside.is_none() {
            let message = format!("`{}` is {i}, outside of what is allowed", self.path_of(key));
            self.report(Code::OutOfRange, node.place, key, message, help);
        }
        inside
    }

    fn read_list<'n>(
        &self,
        key: &str,
        node: &'n Node,
        how_many: &RangeInclusive<usize>,
    ) -> Option<&'n [Node]> {
        let Value::List(items) = &node.value else {
            return self.wrong_type(key, node, "a list of numbers", "write it as [1, 2, 3]");
        };
        if !how_many.contains(&items.len()) {
            let wanted = if how_many.start() == how_many.end() {
                how_many.start().to_string()
            } else {
                format!("{} to {}", how_many.start(), how_many.end())
            };
            let message = format!("`{}` holds {} values", self.path_of(key), items.len());
            self.report(
                Code::OutOfRange,
                node.place,
                key,
                message,
                format!("it must hold {wanted}"),
            );
            return None;
        }
        Some(items)
    }

    fn wrong_type<T>(&self, key: &str, node: &Node, wanted: &str, help: &str) -> Option<T> {
        if !matches!(node.value, Value::Unreadable(_)) {
            let message =
                format!("`{}` must be {wanted}, not {}", self.path_of(key), node.value.type_name());
            self.report(Code::WrongType, node.place, key, message, help.to_owned());
        }
        None
    }

    fn unknown_word<'w>(
        &self,
        key: &str,
        node: &Node,
        text: &str,
        words: impl Iterator<Item = &'w str> + Clone,
    ) {
        let near = nearest(text, words.clone())
            .map_or_else(String::new, |near| format!("the nearest is \"{near}\"; "));
        let listed = if near.is_empty() || words.clone().count() <= READABLE {
            format!("allowed: {}", listed(words))
        } else {
            String::new()
        };
        let shown: String = text.chars().take(60).collect();
        let message = format!("`{}` cannot be \"{shown}\"", self.path_of(key));
        self.report(
            Code::UnknownWord,
            node.place,
            key,
            message,
            (near + &listed).trim_end_matches("; ").to_owned(),
        );
    }
}

fn allowed(limits: &impl std::fmt::Display, unit: &str) -> String {
    if unit.is_empty() || unit == "1" {
        format!("allowed: {limits}")
    } else {
        format!("allowed: {limits} [{unit}]")
    }
}

fn listed<'w>(words: impl Iterator<Item = &'w str>) -> String {
    words.map(|w| format!("\"{w}\"")).collect::<Vec<_>>().join(", ")
}

fn starts_like_number(text: &str) -> bool {
    text.trim_start().starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+' || c == '.')
}
