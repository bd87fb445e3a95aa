//! `--set key.path=VALUE`: one key of the document replaced before it is checked.
//!
//! VALUE is TOML; what is not TOML is taken as a text, so that words need no quotes. Elements of a
//! list of tables are addressed by their `name` or their number from 0:
//! `fleet.segment.workers.share=0.4`.

use crate::problem::{Code, Problem};
use crate::source::{Place, Source, SourceKind};
use crate::tree::{self, Branch, Leaf, Node, Value};

/// Deepest path: no document is deeper, and a text of dots must not become a tower of tables.
const DEEPEST: usize = 16;

const FORM: &str = "write --set key.path=VALUE, for example --set penalty.scale=3";

/// The source of an override's text.
pub(super) fn source(text: &str) -> Source {
    Source { name: "--set".into(), text: text.to_owned(), kind: SourceKind::Override }
}

/// Put one override into the document; `number` is its source's.
pub(super) fn apply(root: &mut Node, source: &Source, number: usize) -> Result<(), Box<Problem>> {
    let refuse = |place, message: &str, help: &str| {
        Box::new(Problem::at(Code::BadOverride, source, place, "", message.into(), help.into()))
    };
    let whole = Place { source: number, start: 0, end: source.text.len() };
    let Some((path, value)) = source.text.split_once('=') else {
        return Err(refuse(whole, "an override without a value", FORM));
    };
    let key_place = Place { source: number, start: 0, end: path.len() };
    let keys: Vec<&str> = path.trim().split('.').map(str::trim).collect();
    if keys.iter().any(|key| key.is_empty()) {
        return Err(refuse(
            key_place,
            "an override without a key, or with an empty part in its path",
            FORM,
        ));
    }
    if keys.len() > DEEPEST {
        return Err(refuse(key_place, "an override of a path that no document has", FORM));
    }
    let value_place = Place { source: number, start: path.len() + 1, end: source.text.len() };
    let value = shifted(parse_value(value.trim()), value_place);
    put(root, &keys, value, key_place).map_err(|at| {
        let message = format!("`{at}` has no such element, or holds a value and no further keys");
        refuse(
            key_place,
            &message,
            "elements of a list of tables are addressed by their name or their number from 0",
        )
    })
}

/// The value as TOML, or as a text if it is none.
fn parse_value(text: &str) -> Value {
    let as_document =
        Source { name: String::new(), text: format!("v = {text}"), kind: SourceKind::Override };
    let mut problems = Vec::new();
    let node = tree::parse(&as_document, 0, &mut problems);
    match node.value {
        Value::Table(mut branch) if problems.is_empty() && branch.entries.len() == 1 => branch
            .entries
            .remove("v")
            .map_or_else(|| Value::Text(text.to_owned()), |leaf| leaf.node.value),
        _ => Value::Text(text.to_owned()),
    }
}

/// Everything inside an override's value is shown at the value.
fn shifted(value: Value, place: Place) -> Node {
    let value = match value {
        Value::List(items) => {
            Value::List(items.into_iter().map(|n| shifted(n.value, place)).collect())
        }
        Value::Table(branch) => {
            let entries = branch.entries.into_iter();
            Value::Table(Branch {
                entries: entries
                    .map(|(k, e)| {
                        (k, Leaf { key_place: place, node: shifted(e.node.value, place) })
                    })
                    .collect(),
            })
        }
        other => other,
    };
    Node { value, place }
}

/// Put a value at a path, making tables on the way; the refused part of the path if a part is not a
/// table or not there.
fn put(node: &mut Node, keys: &[&str], value: Node, key_place: Place) -> Result<(), String> {
    let Some((key, rest)) = keys.split_first() else {
        *node = value;
        return Ok(());
    };
    match &mut node.value {
        Value::Table(branch) => {
            let leaf = branch.entries.entry((*key).to_owned()).or_insert_with(|| Leaf {
                key_place,
                node: Node { value: Value::Table(Branch::default()), place: key_place },
            });
            if rest.is_empty() {
                leaf.key_place = key_place;
            }
            put(&mut leaf.node, rest, value, key_place)
        }
        Value::List(items) => {
            let at = items.iter().position(|item| is_named(item, key)).or_else(|| key.parse().ok());
            let item = at.and_then(|k| items.get_mut(k)).ok_or_else(|| (*key).to_owned())?;
            put(item, rest, value, key_place)
        }
        _ => Err((*key).to_owned()),
    }
}

fn is_named(item: &Node, name: &str) -> bool {
    let Value::Table(branch) = &item.value else { return false };
    matches!(branch.entries.get("name").map(|leaf| &leaf.node.value), Some(Value::Text(text)) if text == name)
}
