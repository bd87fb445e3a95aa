//! A table being read: sub-tables, lists of tables, alternatives, unknown keys. The methods for
//! single values are in `values.rs`.

use crate::document::Pass;
use crate::problem::Code;
use crate::sheet::{Entry, Kind, Origin};
use crate::source::Place;
use crate::tree::{Branch, Node, Value};
use crate::write;

/// A table being read. Every method that takes a key declares it; keys that no method declared are
/// reported when the table is done.
pub struct Table<'d> {
    pub(super) pass: &'d Pass<'d>,
    branch: Option<&'d Branch>,
    place: Place,
    path: String,
    declared: Vec<String>,
    pub(super) when: Option<(String, String)>,
    inherits: bool,
    /// Keys that exclude each other: none of them is required by itself.
    alternatives: Vec<String>,
    only: Option<Only>,
    /// Keys that were asked for and may not be given here.
    barred: Vec<String>,
}

/// Some of the keys that a declaration knows: see [`Table::only`].
#[derive(Clone, Copy)]
struct Only {
    /// Length of the path in front of theirs.
    prefix: usize,
    paths: &'static [&'static str],
    why: &'static str,
}

impl Only {
    fn allows(self, path: &str) -> bool {
        let path = path.get(self.prefix..).unwrap_or_default();
        let below = |p: &&str| p.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'));
        path.is_empty() || self.paths.iter().any(|p| *p == path || below(p))
    }
}

impl<'d> Table<'d> {
    pub(super) fn top(pass: &'d Pass<'d>, branch: &'d Branch, place: Place) -> Self {
        Self {
            pass,
            branch: Some(branch),
            place,
            path: String::new(),
            declared: Vec::new(),
            when: None,
            inherits: false,
            alternatives: Vec::new(),
            only: None,
            barred: Vec::new(),
        }
    }

    /// Path of the table, empty at the top.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether the document holds this table.
    pub fn is_given(&self) -> bool {
        self.branch.is_some()
    }

    /// Whether the document holds a key of this table. Does not declare it.
    pub fn has(&self, key: &str) -> bool {
        self.raw(key).is_some()
    }

    /// Whether every key and alternative is being declared, whatever the document holds.
    pub fn is_describing(&self) -> bool {
        self.pass.describing
    }

    /// The raw value of a key. Does not declare it.
    pub(super) fn raw(&self, key: &str) -> Option<&'d Node> {
        let allowed = self.only.is_none_or(|only| only.allows(&self.path_of(key)));
        let branch = self.branch.filter(|_| allowed);
        branch.and_then(|b| b.entries.get(key)).map(|leaf| &leaf.node)
    }

    pub(super) fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Declare a key and give its raw value.
    pub(super) fn take(&mut self, key: &str) -> Option<&'d Node> {
        match self.only {
            Some(only) if !only.allows(&self.path_of(key)) => self.barred.push(key.to_owned()),
            _ => self.declared.push(key.to_owned()),
        }
        self.raw(key)
    }

    pub(super) fn enter(&self, mut entry: Entry) {
        entry.when.clone_from(&self.when);
        if self.alternatives.iter().any(|key| key == entry.key()) {
            entry.required = false;
        }
        if (self.inherits || self.only.is_some()) && entry.origin == Origin::Default {
            (entry.value, entry.default) = (None, None);
        }
        // Of keys that may be given here only those that are given are told.
        let told = |only: Only| {
            let header = matches!(entry.kind, Kind::Table | Kind::Tables);
            let given = header || entry.origin != Origin::Default || self.pass.describing;
            given && only.allows(&entry.path)
        };
        if !self.only.is_none_or(told) {
            return;
        }
        self.pass.entries.borrow_mut().push(entry);
    }

    pub(super) fn report(
        &self,
        code: Code,
        place: Place,
        key: &str,
        message: String,
        help: String,
    ) {
        self.pass.report(code, place, &self.path_of(key), message, help);
    }

    /// How many problems have been reported so far: a check of several values means nothing when
    /// one of them is wrong already.
    pub fn problem_count(&self) -> usize {
        self.pass.problem_count()
    }

    /// Where the table's header stands.
    pub(super) fn place(&self) -> Place {
        self.place
    }

    /// Report something wrong with a key that was read, in the words of the caller. `key` may be a
    /// path below this table (`segment[1].share`); if the document does not hold it, the nearest
    /// table around it is shown.
    pub fn refuse(&self, key: &str, message: impl Into<String>, help: impl Into<String>) {
        self.refuse_as(Code::Inconsistent, key, message, help);
    }

    /// Like [`Table::refuse`] with a code of its own.
    pub fn refuse_as(
        &self,
        code: Code,
        key: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        if !self.pass.describing {
            self.pass.report_path(code, &self.path_of(key), message.into(), help.into());
        }
    }

    /// Read a sub-table; if it is absent its keys have their defaults.
    pub fn table<R>(&mut self, key: &str, doc: &str, read: impl FnOnce(&mut Table<'d>) -> R) -> R {
        self.enter_header(key, Kind::Table, doc);
        self.sub_table(key, read)
    }

    /// Read a sub-table that is written on one line, such as a law.
    pub fn inline<R>(
        &mut self,
        key: &str,
        unit: &'static str,
        doc: &str,
        read: impl FnOnce(&mut Table<'d>) -> R,
    ) -> R {
        let path = self.path_of(key);
        let path_length = path.len();
        let before = self.pass.entries.borrow().len();
        let value = self.sub_table(key, read);
        let parts: Vec<Entry> = self.pass.entries.borrow_mut().drain(before..).collect();
        let mut entry = Entry::header(path, Kind::Inline, doc);
        entry.unit = unit;
        let own = || {
            parts.iter().filter(|p| {
                !p.path[path_length + 1..].contains('.') && in_force_by_default(p, &parts)
            })
        };
        entry.value =
            Some(one_line(own().filter_map(|p| p.value.as_ref().map(|v| (p.key(), v.as_str())))));
        entry.default =
            Some(one_line(own().filter_map(|p| p.default.as_ref().map(|v| (p.key(), v.as_str())))));
        entry.origin = strongest(&parts);
        self.enter(entry);
        if self.pass.describing {
            self.pass.entries.borrow_mut().extend(parts);
        }
        value
    }

    fn sub_table<R>(&mut self, key: &str, read: impl FnOnce(&mut Table<'d>) -> R) -> R {
        let node = self.take(key);
        let branch = node.and_then(|node| self.branch_of(key, node));
        let mut table = self.below(self.path_of(key), branch, node);
        let value = read(&mut table);
        table.finish();
        value
    }

    /// Read a list of tables, `[[key]]`; none by default.
    pub fn tables<R>(
        &mut self,
        key: &str,
        doc: &str,
        mut read: impl FnMut(&mut Table<'d>) -> R,
    ) -> Vec<R> {
        self.tables_or(key, &[] as &[()], doc, |table, _| read(table))
    }

    /// Read a list of tables, `[[key]]`. If it is absent, `read` is called for each default element
    /// with an absent table; if it is there, for each of its elements without a default.
    pub fn tables_or<D, R>(
        &mut self,
        key: &str,
        defaults: &[D],
        doc: &str,
        read: impl FnMut(&mut Table<'d>, Option<&D>) -> R,
    ) -> Vec<R> {
        self.enter_header(key, Kind::Tables, doc);
        self.elements(key, defaults, Some(doc), read)
    }

    /// Read a list of small tables that is written on one line, such as the parts of a mixture;
    /// defaults as for [`Table::tables_or`].
    pub fn inline_tables<D, R>(
        &mut self,
        key: &str,
        defaults: &[D],
        doc: &str,
        read: impl FnMut(&mut Table<'d>, Option<&D>) -> R,
    ) -> Vec<R> {
        let path = self.path_of(key);
        let before = self.pass.entries.borrow().len();
        let values = self.elements(key, defaults, None, read);
        let parts: Vec<Entry> = self.pass.entries.borrow_mut().drain(before..).collect();
        let given = self.raw(key).map(|node| self.pass.origin(node.place));
        let element = |k: usize, value: fn(&Entry) -> Option<&String>| {
            let prefix = format!("{path}[{k}].");
            let own = parts.iter().filter(|p| p.path.starts_with(&prefix));
            one_line(own.filter_map(|p| value(p).map(|v| (p.key(), v.as_str()))))
        };
        let whole = |value: fn(&Entry) -> Option<&String>| {
            write::list((0..values.len()).map(|k| element(k, value)))
        };
        let mut entry = Entry::header(path.clone(), Kind::InlineTables, doc);
        entry.value = Some(whole(|p| p.value.as_ref()));
        entry.default =
            (given.is_none() && !self.pass.describing).then(|| whole(|p| p.default.as_ref()));
        entry.origin = given.unwrap_or_else(|| strongest(&parts));
        self.enter(entry);
        if self.pass.describing {
            self.pass.entries.borrow_mut().extend(parts);
        }
        values
    }

    fn elements<D, R>(
        &mut self,
        key: &str,
        defaults: &[D],
        header: Option<&str>,
        mut read: impl FnMut(&mut Table<'d>, Option<&D>) -> R,
    ) -> Vec<R> {
        let path = self.path_of(key);
        let node = self.take(key);
        if self.pass.describing {
            return vec![read(&mut self.below(format!("{path}[]"), None, None), None)];
        }
        let items: &'d [Node] = match node.map(|node| &node.value) {
            Some(Value::List(items)) => items,
            Some(other) => {
                let message =
                    format!("`{path}` must be a list of tables, not {}", other.type_name());
                let place = node.map_or(self.place, |n| n.place);
                self.report(
                    Code::WrongType,
                    place,
                    key,
                    message,
                    format!("write [[{path}]] before each element"),
                );
                &[]
            }
            None => &[],
        };
        let count = if node.is_some() { items.len() } else { defaults.len() };
        if let (Some(node), 0, Some(doc)) = (node, count, header) {
            // Without a line of its own an empty list would read back as the default.
            let mut entry = Entry::header(path.clone(), Kind::InlineTables, doc);
            entry.value = Some("[]".into());
            entry.origin = self.pass.origin(node.place);
            self.enter(entry);
        }
        let mut values = Vec::with_capacity(count);
        for k in 0..count {
            if let Some(doc) = header {
                self.enter_header(&format!("{key}[{k}]"), Kind::Tables, doc);
            }
            let item = items.get(k);
            let branch = item.and_then(|item| self.branch_of(key, item));
            let mut table = self.below(format!("{path}[{k}]"), branch, item);
            values.push(read(&mut table, if node.is_some() { None } else { defaults.get(k) }));
            table.finish();
        }
        values
    }

    /// Read a table whose further keys depend on a word: `read` is given the word in force. When
    /// describing, it is called for every word and the value for the first is returned.
    pub fn variants<R>(
        &mut self,
        key: &str,
        default: &str,
        words: &[(&str, &str)],
        doc: &str,
        mut read: impl FnMut(&mut Self, &str) -> R,
    ) -> R {
        if !self.pass.describing {
            let word = self
                .word(
                    key,
                    default,
                    &words.iter().map(|(w, d)| (*w, *w, *d)).collect::<Vec<_>>(),
                    doc,
                )
                .to_owned();
            return read(self, &word);
        }
        let _ = self.word(
            key,
            default,
            &words.iter().map(|(w, d)| (*w, *w, *d)).collect::<Vec<_>>(),
            doc,
        );
        let mut first = None;
        for (word, _) in words {
            self.when = Some((key.to_owned(), (*word).to_owned()));
            let value = read(self, word);
            first.get_or_insert(value);
        }
        self.when = None;
        match first {
            Some(value) => value,
            None => read(self, default),
        }
    }

    /// Read keys that mean something only beside another key, which is given.
    pub fn beside<R>(&mut self, key: &str, read: impl FnOnce(&mut Self) -> R) -> R {
        self.when = self.pass.describing.then(|| (key.to_owned(), String::new()));
        let value = read(self);
        self.when = None;
        value
    }

    /// Read keys whose defaults stand elsewhere in the document: where they are not given they
    /// count as absent, so that a copy of the values in force still follows the place that they are
    /// inherited from.
    pub fn inheriting<R>(&mut self, read: impl FnOnce(&mut Self) -> R) -> R {
        self.inherits = true;
        let value = read(self);
        self.inherits = false;
        value
    }

    /// Read keys by declarations that know more of them: only those at these paths (from this table
    /// on) may be given, and of the others the message says `why` not. Keys that are not given are
    /// absent, so that a copy of the values in force holds no others. It holds until the table is
    /// done.
    pub fn only<R>(
        &mut self,
        paths: &'static [&'static str],
        why: &'static str,
        read: impl FnOnce(&mut Self) -> R,
    ) -> R {
        let prefix = if self.path.is_empty() { 0 } else { self.path.len() + 1 };
        self.only = Some(Only { prefix, paths, why });
        read(self)
    }

    /// The keys below this table that were read and are given: their paths from it on, and their
    /// values as TOML.
    pub fn given_below(&self) -> Vec<(String, String)> {
        let prefix = if self.path.is_empty() { String::new() } else { format!("{}.", self.path) };
        let entries = self.pass.entries.borrow();
        let given = entries.iter().filter(|e| e.origin != Origin::Default);
        let pair =
            |e: &Entry| Some((e.path.strip_prefix(&prefix)?.to_owned(), e.value.as_ref()?.clone()));
        given.filter_map(pair).collect()
    }

    /// A key that makes no sense beside others that were read: reported if the document gives it.
    pub fn reject(&mut self, key: &str, message: &str, help: &str) {
        if let Some(leaf) = self.branch.and_then(|b| b.entries.get(key)) {
            self.declared.push(key.to_owned());
            self.report(Code::UnknownKey, leaf.key_place, key, message.to_owned(), help.to_owned());
        }
    }

    /// The key among `keys` that the document gives, or `default`: for alternatives that exclude
    /// each other. A second one is reported. Declares only those that are not chosen; read the
    /// chosen one next (when describing, read all of them).
    pub fn one_of<'k>(&mut self, keys: &[&'k str], default: &'k str) -> &'k str {
        let chosen = keys.iter().copied().find(|key| self.has(key)).unwrap_or(default);
        self.alternatives.extend(keys.iter().map(|key| (*key).to_owned()));
        for key in keys.iter().filter(|key| **key != chosen) {
            if let Some(node) = self.take(key) {
                let message = format!(
                    "`{}` and `{}` exclude each other",
                    self.path_of(chosen),
                    self.path_of(key)
                );
                self.report(
                    Code::Inconsistent,
                    node.place,
                    key,
                    message,
                    "give one of them".into(),
                );
            }
        }
        chosen
    }

    fn below(&self, path: String, branch: Option<&'d Branch>, node: Option<&Node>) -> Table<'d> {
        let place = node.map_or(self.place, |n| n.place);
        Table {
            pass: self.pass,
            branch,
            place,
            path,
            declared: Vec::new(),
            when: None,
            inherits: false,
            alternatives: Vec::new(),
            only: self.only,
            barred: Vec::new(),
        }
    }

    fn branch_of(&self, key: &str, node: &'d Node) -> Option<&'d Branch> {
        if let Value::Table(branch) = &node.value {
            return Some(branch);
        }
        let message =
            format!("`{}` must be a table, not {}", self.path_of(key), node.value.type_name());
        self.report(
            Code::WrongType,
            node.place,
            key,
            message,
            format!("write its keys under [{}]", self.path_of(key)),
        );
        None
    }

    fn enter_header(&self, key: &str, kind: Kind, doc: &str) {
        self.enter(Entry::header(self.path_of(key), kind, doc));
    }

    /// Keys of the document that nothing has declared yet.
    pub(super) fn undeclared(&self) -> Vec<String> {
        let keys = self.branch.into_iter().flat_map(|b| b.entries.keys());
        keys.filter(|key| !self.declared.contains(key)).cloned().collect()
    }

    /// Report the keys that nothing declared.
    pub(super) fn finish(&mut self) {
        let Some(branch) = self.branch else { return };
        for (key, leaf) in &branch.entries {
            if let (Some(only), true) = (self.only, self.barred.contains(key)) {
                let message = format!("`{}` {}", self.path_of(key), only.why);
                let help = format!("keys that may stand here: {}", only.paths.join(", "));
                self.report(Code::UnknownKey, leaf.key_place, key, message, help);
            } else if !self.declared.contains(key) {
                self.pass.stranger(self.path_of(key), leaf.key_place, self.declared.clone());
            }
        }
    }
}

impl Entry {
    fn header(path: String, kind: Kind, doc: &str) -> Self {
        Self {
            path,
            kind,
            unit: "",
            doc: doc.to_owned(),
            default: None,
            required: false,
            value: None,
            origin: Origin::Default,
            when: None,
        }
    }
}

fn one_line<'e>(pairs: impl Iterator<Item = (&'e str, &'e str)>) -> String {
    let pairs: Vec<String> = pairs.map(|(k, v)| format!("{k} = {v}")).collect();
    if pairs.is_empty() { "{}".into() } else { format!("{{ {} }}", pairs.join(", ")) }
}

/// Whether an entry exists under the default choice; only when describing are there others.
fn in_force_by_default(entry: &Entry, all: &[Entry]) -> bool {
    let Some((key, word)) = &entry.when else { return true };
    if word.is_empty() {
        return false;
    }
    all.iter().any(|e| e.key() == key && e.default.as_deref() == Some(write::quoted(word).as_str()))
}

fn strongest(parts: &[Entry]) -> Origin {
    parts
        .iter()
        .map(|p| &p.origin)
        .max_by_key(|o| origin_rank(o))
        .cloned()
        .unwrap_or(Origin::Default)
}

fn origin_rank(origin: &Origin) -> (u8, usize) {
    match origin {
        Origin::Default => (0, 0),
        Origin::File { line } | Origin::Included { line, .. } => (1, *line),
        Origin::Set { .. } => (2, 0),
    }
}
