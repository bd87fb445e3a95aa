//! What was declared while a document was read: every key with its meaning, its limits, the value
//! in force and its origin.

use crate::limits::Limits;
use std::fmt::{self, Write};

/// Where a value in force came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The declaration's default.
    Default,
    /// A line of the file.
    File {
        /// The line, from 1.
        line: usize,
    },
    /// A line of a file that the document names for some of its keys.
    Included {
        /// The file.
        name: String,
        /// The line, from 1.
        line: usize,
    },
    /// An override, `key.path=VALUE`.
    Set {
        /// The override's text.
        text: String,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => write!(f, "default"),
            Self::File { line } => write!(f, "file, line {line}"),
            Self::Included { name, line } => write!(f, "{name}, line {line}"),
            Self::Set { text } => write!(f, "--set {text}"),
        }
    }
}

/// What a key holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// `true` or `false`.
    Flag,
    /// A real number.
    Number(Limits),
    /// A whole number.
    Count(Limits),
    /// Any text.
    Text,
    /// One of these words, each with its meaning.
    Word(Vec<(String, String)>),
    /// Some of these words.
    Words(Vec<String>),
    /// A list of numbers; how many there are at least and at most.
    Numbers(Limits, usize, usize),
    /// A list of whole numbers; how many there are at least and at most.
    Counts(Limits, usize, usize),
    /// A list of lists of numbers, rows by columns if fixed.
    Rows(Limits, Option<usize>),
    /// What something is called: a text or a whole number.
    Label,
    /// A point in time, RFC 3339.
    Moment,
    /// A value that the caller checks.
    Any,
    /// A table; its keys are entries of their own.
    Table,
    /// A table written on one line.
    Inline,
    /// A list of tables written on one line; the keys of an element are entries of their own.
    InlineTables,
    /// A list of tables, `[[...]]`; the keys of an element are entries of their own.
    Tables,
}

/// One declared key.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its path, `penalty.scale`; elements of a list of tables are numbered from 0,
    /// `fleet.segment[0].share`, or stand for all elements, `fleet.segment[].share`, when a sheet
    /// describes what may be written.
    pub path: String,
    /// What it holds.
    pub kind: Kind,
    /// Unit; empty where there is none.
    pub unit: &'static str,
    /// Meaning, one sentence.
    pub doc: String,
    /// The default as TOML; none if the key is required or is absent by default.
    pub default: Option<String>,
    /// Whether it must be given.
    pub required: bool,
    /// The value in force as TOML; none if absent.
    pub value: Option<String>,
    /// Where the value came from.
    pub origin: Origin,
    /// The key that selects this one and its word (empty: whatever it holds), for keys that exist
    /// only with some choice.
    pub when: Option<(String, String)>,
}

/// All declared keys in the order of their declaration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sheet {
    /// The keys.
    pub entries: Vec<Entry>,
}

impl Sheet {
    /// The values alone as TOML, without comments: two documents that mean the same give the same
    /// text.
    pub fn plain_toml(&self) -> String {
        self.toml(|_| String::new())
    }

    /// A TOML document with every key at its value and a comment for each; tables carry their
    /// meaning.
    pub fn toml(&self, comment: impl Fn(&Entry) -> String) -> String {
        let mut text = String::new();
        // Keys of the top table come first: after a header they would belong to it.
        for entry in self.entries.iter().filter(|e| e.is_leaf() && !e.path.contains('.')) {
            line(&mut text, entry, &comment);
        }
        for header in
            self.entries.iter().filter(|e| matches!(e.kind, Kind::Table) || e.is_element())
        {
            self.section(&mut text, header, &comment);
        }
        text
    }

    fn section(&self, text: &mut String, header: &Entry, comment: &impl Fn(&Entry) -> String) {
        let prefix = format!("{}.", header.path);
        let own = self.entries.iter().filter(|e| {
            e.is_leaf() && e.path.strip_prefix(&prefix).is_some_and(|rest| !rest.contains('.'))
        });
        let mut body = String::new();
        for entry in own {
            line(&mut body, entry, comment);
        }
        if body.is_empty() && !header.is_element() {
            return;
        }
        let about = comment(header);
        if !text.is_empty() {
            text.push('\n');
        }
        if !about.is_empty() {
            let _ = writeln!(text, "# {about}");
        }
        let name = without_numbers(&header.path);
        let _ = if header.is_element() {
            writeln!(text, "[[{name}]]")
        } else {
            writeln!(text, "[{name}]")
        };
        text.push_str(&body);
    }
}

impl Entry {
    /// Whether the entry holds a value rather than further keys.
    fn is_leaf(&self) -> bool {
        !matches!(self.kind, Kind::Table | Kind::Tables)
    }

    /// Whether the entry is one element of a list of tables.
    fn is_element(&self) -> bool {
        matches!(self.kind, Kind::Tables) && self.path.ends_with(']')
    }

    /// The last part of the path.
    pub fn key(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or(&self.path)
    }
}

fn line(text: &mut String, entry: &Entry, comment: &impl Fn(&Entry) -> String) {
    let about = comment(entry);
    let about = if about.is_empty() { about } else { format!("  # {about}") };
    let _ = match &entry.value {
        Some(value) => writeln!(text, "{} = {value}{about}", crate::write::key(entry.key())),
        None if about.is_empty() => Ok(()),
        None => writeln!(text, "# {} ={about}", entry.key()),
    };
}

fn without_numbers(path: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in path.chars() {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out
}
