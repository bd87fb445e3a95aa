//! Paths such as `fleet.segment[2].share` inside a parsed document.

use crate::tree::{Node, Value};

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step<'p> {
    /// A key of a table.
    Key(&'p str),
    /// An element of a list, from 0.
    Element(usize),
}

/// The steps of a path as the reader writes them.
pub(super) fn steps(path: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    for part in path.split('.').filter(|part| !part.is_empty()) {
        let (key, rest) = part.split_at(part.find('[').unwrap_or(part.len()));
        if !key.is_empty() {
            steps.push(Step::Key(key));
        }
        for number in rest.split(['[', ']']).filter(|n| !n.is_empty()) {
            if let Ok(number) = number.parse() {
                steps.push(Step::Element(number));
            }
        }
    }
    steps
}

/// The deepest node on the way to a path that is there, and whether it is the path's own.
pub(super) fn deepest<'n>(root: &'n Node, path: &str) -> (&'n Node, bool) {
    let mut node = root;
    for step in steps(path) {
        let next = match (&node.value, step) {
            (Value::Table(branch), Step::Key(key)) => {
                branch.entries.get(key).map(|leaf| &leaf.node)
            }
            (Value::List(items), Step::Element(k)) => items.get(k),
            _ => None,
        };
        match next {
            Some(next) => node = next,
            None => return (node, false),
        }
    }
    (node, true)
}
