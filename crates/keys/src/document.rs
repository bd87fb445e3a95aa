//! A document: its sources, its tree, and the pass that reads it.

use crate::lookup;
use crate::nearest::nearest;
use crate::overrides;
use crate::problem::{Code, Problem, Problems};
use crate::sheet::{Entry, Origin, Sheet};
use crate::source::{Place, Source, SourceKind};
use crate::table::Table;
use crate::tree::{self, Branch, Node, Value};
use std::cell::RefCell;

/// A parsed file with overrides applied. Making one never fails: what is wrong is told by
/// [`Document::read`].
#[derive(Clone, Debug)]
pub struct Document {
    pub(super) sources: Vec<Source>,
    pub(super) root: Node,
    problems: Vec<Problem>,
}

/// What a pass over a document gives: the value, everything declared, and everything wrong.
#[derive(Clone, Debug)]
pub struct Reading<T> {
    /// What the declarations made of the document; where something was wrong the default stands in.
    pub value: T,
    /// All declared keys with values and origins.
    pub sheet: Sheet,
    /// What is wrong; empty if the document is good.
    pub problems: Problems,
}

/// What a pass collects while tables borrow the document.
pub(super) struct Pass<'d> {
    document: &'d Document,
    /// Lists of tables are visited once and every alternative is declared.
    pub describing: bool,
    pub entries: RefCell<Vec<Entry>>,
    problems: RefCell<Vec<Problem>>,
    strangers: RefCell<Vec<Stranger>>,
}

/// A key that nothing read.
struct Stranger {
    path: String,
    place: Place,
    siblings: Vec<String>,
}

impl Document {
    /// Parse a text; `name` is how messages call it. Later overrides win.
    pub fn new(name: &str, text: &str, sets: &[String]) -> Self {
        let file = Source { name: name.to_owned(), text: text.to_owned(), kind: SourceKind::File };
        let mut problems = Vec::new();
        let mut root = tree::parse(&file, 0, &mut problems);
        let mut sources = vec![file];
        for set in sets {
            let source = overrides::source(set);
            if let Err(problem) = overrides::apply(&mut root, &source, sources.len()) {
                problems.push(*problem);
            }
            sources.push(source);
        }
        Self { sources, root, problems }
    }

    /// The same document where the table at `key` of each element of a list of tables may also hold
    /// quoted paths: `set = { "penalty.scale" = 2.0 }`.
    #[must_use]
    pub fn with_paths_in(mut self, list: &str, key: &str) -> Self {
        let Value::Table(root) = &mut self.root.value else { return self };
        let Some(Value::List(items)) = root.entries.get_mut(list).map(|leaf| &mut leaf.node.value)
        else {
            return self;
        };
        for item in items {
            if let Value::Table(element) = &mut item.value
                && let Some(leaf) = element.entries.get_mut(key)
                && let Value::Table(branch) = &mut leaf.node.value
            {
                tree::unfold(branch);
            }
        }
        self
    }

    /// Adds what another file says to what the document leaves open: keys that are given already
    /// stay as they are, lists among them. Paths of keys that both give are returned.
    pub fn include(&mut self, name: &str, text: &str) -> Vec<String> {
        let source =
            Source { name: name.to_owned(), text: text.to_owned(), kind: SourceKind::Included };
        let root = tree::parse(&source, self.sources.len(), &mut self.problems);
        self.sources.push(source);
        let mut both = Vec::new();
        if let (Value::Table(own), Value::Table(other)) = (&mut self.root.value, root.value) {
            own.complete(other, "", &mut both);
        }
        both
    }

    /// Run the declarations over the document.
    pub fn read<T>(&self, declare: impl FnOnce(&mut Table<'_>) -> T) -> Reading<T> {
        self.pass(false, declare)
    }

    /// Every key that the declarations know, with all alternatives, whatever the document holds.
    pub fn describe<T>(declare: impl FnOnce(&mut Table<'_>) -> T) -> Sheet {
        Self::new("", "", &[]).pass(true, declare).sheet
    }

    /// A problem at the value of a path, or at the nearest table around it: for what is found after
    /// reading.
    pub fn problem_at(&self, path: &str, code: Code, message: String, help: String) -> Problem {
        let (node, _) = lookup::deepest(&self.root, path);
        Problem::at(code, &self.sources[node.place.source], node.place, path, message, help)
    }

    /// The text that the document holds at a path, if it is one.
    pub fn text_at(&self, path: &str) -> Option<&str> {
        match lookup::deepest(&self.root, path) {
            (Node { value: Value::Text(text), .. }, true) => Some(text),
            _ => None,
        }
    }

    fn pass<T>(&self, describing: bool, declare: impl FnOnce(&mut Table<'_>) -> T) -> Reading<T> {
        let pass = Pass {
            document: self,
            describing,
            entries: RefCell::default(),
            problems: RefCell::default(),
            strangers: RefCell::default(),
        };
        let empty = Branch::default();
        let branch = if let Value::Table(branch) = &self.root.value { branch } else { &empty };
        let mut top = Table::top(&pass, branch, self.root.place);
        let value = declare(&mut top);
        top.finish();
        pass.report_strangers();
        let broken = self.problems.iter().any(|p| p.code == Code::Syntax);
        let found = pass.problems.into_inner().into_iter();
        // A key on a line that could not be parsed is not missing, and what was made of that line
        // means nothing.
        let unread = |p: &Problem| {
            self.problems
                .iter()
                .any(|s| s.code == Code::Syntax && (&s.file, s.line) == (&p.file, p.line))
        };
        let found = found.filter(|p| {
            !broken || !(unread(p) || matches!(p.code, Code::MissingKey | Code::Inconsistent))
        });
        let list = self.problems.iter().cloned().chain(found).collect();
        Reading {
            value,
            sheet: Sheet { entries: pass.entries.into_inner() },
            problems: Problems::in_order(list),
        }
    }
}

impl Pass<'_> {
    pub fn report(&self, code: Code, place: Place, key: &str, message: String, help: String) {
        let source = &self.document.sources[place.source];
        self.problems.borrow_mut().push(Problem::at(code, source, place, key, message, help));
    }

    /// A problem at the value of a path, or at the nearest table around it.
    pub fn report_path(&self, code: Code, path: &str, message: String, help: String) {
        let problem = self.document.problem_at(path, code, message, help);
        self.problems.borrow_mut().push(problem);
    }

    pub fn stranger(&self, path: String, place: Place, siblings: Vec<String>) {
        self.strangers.borrow_mut().push(Stranger { path, place, siblings });
    }

    pub fn problem_count(&self) -> usize {
        self.problems.borrow().len()
    }

    pub fn origin(&self, place: Place) -> Origin {
        let source = &self.document.sources[place.source];
        match source.kind {
            SourceKind::File => Origin::File { line: source.spot(place).line },
            SourceKind::Included => {
                Origin::Included { name: source.name.clone(), line: source.spot(place).line }
            }
            SourceKind::Override => Origin::Set { text: source.text.clone() },
        }
    }

    /// Unknown keys are judged at the end, when all known keys have been declared.
    fn report_strangers(&self) {
        let entries = self.entries.borrow();
        for stranger in self.strangers.borrow().iter() {
            let key = stranger.path.rsplit('.').next().unwrap_or(&stranger.path);
            let near =
                nearest(key, stranger.siblings.iter().map(String::as_str)).map(
                    |near| match stranger.path.rsplit_once('.') {
                        Some((table, _)) => format!("{table}.{near}"),
                        None => near.to_owned(),
                    },
                );
            let elsewhere = || entries.iter().find(|e| e.key() == key).map(|e| e.path.clone());
            let known = || {
                let mut names = stranger.siblings.clone();
                names.sort();
                format!("known keys here: {}", names.join(", "))
            };
            let help = match near.or_else(elsewhere) {
                Some(near) => format!("the nearest known key is `{near}`"),
                None => known(),
            };
            self.report(
                Code::UnknownKey,
                stranger.place,
                &stranger.path,
                format!("unknown key `{}`", stranger.path),
                help,
            );
        }
    }
}
