//! Reading a TOML document key by key: each key is declared once, where it is read.
//!
//! A declaration such as `t.number("scale", 1.0, 0.0..=100.0, "1", "factor on all penalties")`
//! gives the value in force, reports what is wrong with what the file says (all problems at once,
//! with their places), and records what the key means; the JSON Schema, the commented files of
//! `show` and the resolved file come from those records.
//!
//! ```
//! use keys::Document;
//! let text = "[penalty]\nscale = 200\nbsae = \"real_price\"\n";
//! let reading = Document::new("example.toml", text, &[]).read(|t| {
//!     t.table("penalty", "penalty of a breach", |t| {
//!         let scale = t.number("scale", 1.0, 0.0..=100.0, "1", "factor on all penalties");
//!         (scale, t.word("base", 'c', &[("real_price", 'r', "R"), ("reservation_price", 'c', "c")], "the price that is multiplied"))
//!     })
//! });
//! let said: Vec<String> = reading.problems.list.iter().map(|p| format!("{}: {}; {}", p.line, p.message, p.help)).collect();
//! assert_eq!(said, [
//!     "2: `penalty.scale` is 200, outside of what is allowed; allowed: 0 to 100",
//!     "3: unknown key `penalty.bsae`; the nearest known key is `penalty.base`",
//! ]);
//! assert_eq!(reading.value, (1.0, 'c')); // where something is wrong the default stands in
//! ```
//!
//! - [`Document`]: a parsed file with overrides applied, and [`Document::read`], which runs the
//!   declarations.
//! - [`Table`]: a table being read; its methods declare keys.
//! - [`Problem`], [`Problems`], [`Code`]: what is wrong, where, what is allowed, the nearest known
//!   key.
//! - [`Sheet`], [`Entry`], [`Kind`], [`Origin`]: what was declared, the values in force and where
//!   they came from.
//! - [`Node`], [`Value`]: a raw value with its place, for keys whose shape only the caller knows.
//! - [`Limits`]: the allowed range of a number.
//! - [`json_schema`]: JSON Schema of a sheet.

mod document;
mod limits;
mod lookup;
mod nearest;
mod overrides;
mod problem;
mod schema;
mod sheet;
mod source;
mod table;
mod tree;
mod values;
mod write;

pub use document::{Document, Reading};
pub use limits::{ABOVE_ZERO, Limits, SHARE};
pub use nearest::nearest;
pub use problem::{Code, Problem, Problems};
pub use schema::json_schema;
pub use sheet::{Entry, Kind, Origin, Sheet};
pub use source::{Place, Source};
pub use table::Table;
pub use tree::{Node, Value};
pub use write::quoted;
