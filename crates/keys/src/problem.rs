//! What is wrong with a document: cause, place, remedy; written for people or as JSON.

use crate::source::{Place, Source, SourceKind};
use serde_json::json;
use std::fmt;

/// Kinds of problems, stable words for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// Not TOML.
    Syntax,
    /// A key that nothing reads.
    UnknownKey,
    /// A value of another type than the key's.
    WrongType,
    /// A number outside its range, or too many or too few of them.
    OutOfRange,
    /// NaN or infinity.
    NotFinite,
    /// A word that is none of the allowed ones.
    UnknownWord,
    /// A required key is not there.
    MissingKey,
    /// Values that contradict each other.
    Inconsistent,
    /// A file that is named but not there or not readable.
    MissingFile,
    /// A file that is there but does not hold what is needed.
    BadData,
    /// Neither a file nor a built-in scenario.
    UnknownScenario,
    /// An override that is not `key.path=VALUE`.
    BadOverride,
}

impl Code {
    /// The word in JSON output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::UnknownKey => "unknown_key",
            Self::WrongType => "wrong_type",
            Self::OutOfRange => "out_of_range",
            Self::NotFinite => "not_finite",
            Self::UnknownWord => "unknown_word",
            Self::MissingKey => "missing_key",
            Self::Inconsistent => "inconsistent",
            Self::MissingFile => "missing_file",
            Self::BadData => "bad_data",
            Self::UnknownScenario => "unknown_scenario",
            Self::BadOverride => "bad_override",
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its kind.
    pub code: Code,
    /// What is wrong, one sentence.
    pub message: String,
    /// The file, as the user named it; the whole option for an override.
    pub file: String,
    /// Line, from 1; 0 if the file as a whole is meant, or there is none.
    pub line: usize,
    /// Column in characters, from 1; 0 likewise.
    pub column: usize,
    /// Path of the key concerned, empty if none.
    pub key: String,
    /// What is allowed, or how to mend it; empty if the message says it all.
    pub help: String,
    /// The line of the source, shown under the message.
    excerpt: String,
    /// Characters of the excerpt that are meant.
    width: usize,
}

impl Problem {
    /// A problem that concerns a file as a whole, or no file at all.
    pub fn whole_file(
        code: Code,
        file: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            code,
            message: message.into(),
            file: file.to_owned(),
            line: 0,
            column: 0,
            key: String::new(),
            help: help.into(),
            excerpt: String::new(),
            width: 0,
        }
    }

    /// A problem at a place of a source.
    pub(super) fn at(
        code: Code,
        source: &Source,
        place: Place,
        key: &str,
        message: String,
        help: String,
    ) -> Self {
        let spot = source.spot(place);
        let file = match source.kind {
            SourceKind::File | SourceKind::Included => source.name.clone(),
            SourceKind::Override => format!("--set {}", source.text),
        };
        Self {
            code,
            message,
            file,
            line: spot.line,
            column: spot.column,
            key: key.to_owned(),
            help,
            excerpt: spot.excerpt,
            width: spot.width,
        }
    }

    /// The problem as `{severity, code, message, file, line, column, key, help}`; line and column are null
    /// for a file as a whole.
    pub fn json(&self) -> serde_json::Value {
        let place = |n: usize| (n > 0).then_some(n);
        json!({
            "severity": "error", "code": self.code.word(), "message": self.message, "file": self.file,
            "line": place(self.line), "column": place(self.column), "key": self.key, "help": self.help,
        })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.column) {
            (0, _) => writeln!(f, "{}: {}", self.file, self.message)?,
            (line, 0) => writeln!(f, "{}:{line}: {}", self.file, self.message)?,
            (line, column) => writeln!(f, "{}:{line}:{column}: {}", self.file, self.message)?,
        }
        if !self.excerpt.trim().is_empty() {
            let margin = self.line.to_string().len();
            let indent: String = self
                .excerpt
                .chars()
                .take(self.column - 1)
                .map(|c| if c == '\t' { '\t' } else { ' ' })
                .collect();
            writeln!(f, "{:margin$} |", "")?;
            writeln!(f, "{} | {}", self.line, self.excerpt)?;
            writeln!(f, "{:margin$} | {indent}{}", "", "^".repeat(self.width))?;
        }
        if !self.help.is_empty() {
            writeln!(f, "  help: {}", self.help)?;
        }
        Ok(())
    }
}

/// Problems that are shown; the rest is counted.
const MOST_SHOWN: usize = 20;

/// All that is wrong with a document, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    /// The problems.
    pub list: Vec<Problem>,
}

impl Problems {
    /// A single problem.
    pub fn one(problem: Problem) -> Self {
        Self { list: vec![problem] }
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Sorted by place, each problem once.
    pub(super) fn in_order(mut list: Vec<Problem>) -> Self {
        let rank = |p: &Problem| (p.file.starts_with("--set "), p.line, p.column, p.code);
        list.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.key.cmp(&b.key)));
        list.dedup();
        Self { list }
    }

    /// The problems as a JSON array.
    pub fn json(&self) -> serde_json::Value {
        self.list.iter().map(Problem::json).collect()
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self::one(problem)
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (k, problem) in self.list.iter().take(MOST_SHOWN).enumerate() {
            if k > 0 {
                writeln!(f)?;
            }
            write!(f, "{problem}")?;
        }
        match self.list.len().saturating_sub(MOST_SHOWN) {
            0 => Ok(()),
            more => writeln!(f, "\nand {more} more, {} problems in all", self.list.len()),
        }
    }
}

impl std::error::Error for Problems {}
