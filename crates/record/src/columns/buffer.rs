//! One column's values until their page is full.
//!
//! Rows are turned into columns as they come, while they are still in the processor's cache; a page
//! is encoded in one go when it is full, so the file does not depend on how the rows were cut into
//! batches.

use super::column::Column;
use crate::schema::{ColumnSpec, Kind};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Values of one column. Null is `MIN` of whole numbers and instants, NaN of reals, `MAX` of codes,
/// where the column is nullable; it is said in a bit and not kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Buffer {
    Int64(Column<i64>),
    Int32(Column<i32>),
    Float64(Column<f64>),
    Bool(Vec<bool>),
    /// Numbers of words or names.
    Code(Column<u16>),
    Text(TextBuffer),
}

/// Any text, each distinct value kept once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TextBuffer {
    /// Per row, the number of its text; `u32::MAX` is null.
    pub codes: Column<u32>,
    /// The texts in the order of their first use in the row group.
    pub texts: Vec<String>,
    #[serde(skip)]
    numbers: HashMap<String, u32>,
}

impl PartialEq for TextBuffer {
    fn eq(&self, other: &Self) -> bool {
        self.codes == other.codes && self.texts == other.texts
    }
}

impl TextBuffer {
    fn new(nullable: bool) -> Self {
        Self { codes: Column::new(nullable), texts: Vec::new(), numbers: HashMap::new() }
    }
    /// Appends a text, or null.
    pub fn push(&mut self, text: Option<&str>) {
        let code = text.map_or(u32::MAX, |t| self.number(t));
        self.codes.push(code);
    }
    /// The texts in the order of their numbers.
    pub fn words(&self) -> Vec<&str> {
        self.texts.iter().map(String::as_str).collect()
    }
    fn number(&mut self, text: &str) -> u32 {
        if self.numbers.len() != self.texts.len() {
            self.numbers = self.texts.iter().cloned().zip(0..).collect();
        }
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        let number = self.texts.len() as u32;
        self.texts.push(text.to_owned());
        self.numbers.insert(text.to_owned(), number);
        number
    }
}

/// Empty buffers for some columns.
pub(crate) fn new_buffers(columns: &[ColumnSpec]) -> Vec<Buffer> {
    columns.iter().map(|c| Buffer::new(c.kind, c.nullable)).collect()
}

const MISFIT: &str = "invariant: a column's buffer has the column's type";

impl Buffer {
    /// An empty buffer for a kind of column.
    pub fn new(kind: Kind, nullable: bool) -> Self {
        match kind {
            Kind::Int64 | Kind::Timestamp => Self::Int64(Column::new(nullable)),
            Kind::Int32 => Self::Int32(Column::new(nullable)),
            Kind::Float64 => Self::Float64(Column::new(nullable)),
            Kind::Bool => Self::Bool(Vec::new()),
            Kind::Word(_) | Kind::Name(_) => Self::Code(Column::new(nullable)),
            Kind::Text => Self::Text(TextBuffer::new(nullable)),
        }
    }
    /// Whether this buffer can hold a column.
    pub fn fits(&self, column: &ColumnSpec) -> bool {
        let nullable = match self {
            Self::Int64(v) => v.is_nullable(),
            Self::Int32(v) => v.is_nullable(),
            Self::Float64(v) => v.is_nullable(),
            Self::Bool(_) => false,
            Self::Code(v) => v.is_nullable(),
            Self::Text(t) => t.codes.is_nullable(),
        };
        std::mem::discriminant(self)
            == std::mem::discriminant(&Self::new(column.kind, column.nullable))
            && nullable == column.nullable
    }
    pub fn len(&self) -> usize {
        match self {
            Self::Int64(v) => v.len(),
            Self::Int32(v) => v.len(),
            Self::Float64(v) => v.len(),
            Self::Bool(v) => v.len(),
            Self::Code(v) => v.len(),
            Self::Text(t) => t.codes.len(),
        }
    }
    /// Forgets the rows of a page and keeps their memory.
    pub fn clear(&mut self) {
        match self {
            Self::Int64(v) => v.clear(),
            Self::Int32(v) => v.clear(),
            Self::Float64(v) => v.clear(),
            Self::Bool(v) => v.clear(),
            Self::Code(v) => v.clear(),
            Self::Text(t) => t.codes.clear(),
        }
    }
    /// The row group is over: texts are collected anew.
    pub fn forget_texts(&mut self) {
        if let Self::Text(t) = self {
            t.texts.clear();
            t.numbers.clear();
        }
    }
    /// Appends a value of each row; so does every `extend`.
    pub fn extend_i64<R>(&mut self, rows: &[R], value: impl Fn(&R) -> i64) {
        let Self::Int64(v) = self else { unreachable!("{MISFIT}") };
        v.extend(rows, value);
    }
    /// Appends the same value `n` times.
    pub fn push_same_i64(&mut self, value: i64, n: usize) {
        let Self::Int64(v) = self else { unreachable!("{MISFIT}") };
        v.extend_present(std::iter::repeat_n(value, n));
    }
    /// Appends `n` numbers from `first` on.
    pub fn count_i64(&mut self, first: i64, n: usize) {
        let Self::Int64(v) = self else { unreachable!("{MISFIT}") };
        v.extend_present((0..n).map(|i| first + i as i64));
    }
    pub fn extend_i32<R>(&mut self, rows: &[R], value: impl Fn(&R) -> i32) {
        let Self::Int32(v) = self else { unreachable!("{MISFIT}") };
        v.extend(rows, value);
    }
    pub fn extend_f64<R>(&mut self, rows: &[R], value: impl Fn(&R) -> f64) {
        let Self::Float64(v) = self else { unreachable!("{MISFIT}") };
        v.extend(rows, value);
    }
    pub fn extend_bool<R>(&mut self, rows: &[R], value: impl Fn(&R) -> bool) {
        let Self::Bool(v) = self else { unreachable!("{MISFIT}") };
        v.extend(rows.iter().map(value));
    }
    pub fn extend_code<R>(&mut self, rows: &[R], value: impl Fn(&R) -> u16) {
        let Self::Code(v) = self else { unreachable!("{MISFIT}") };
        v.extend(rows, value);
    }
    pub fn extend_text<'a, R: 'a>(&mut self, rows: &'a [R], value: impl Fn(&'a R) -> &'a str) {
        let Self::Text(t) = self else { unreachable!("{MISFIT}") };
        for row in rows {
            t.push(Some(value(row)));
        }
    }
}
