//! One column of a table: name, type, unit, meaning, encoding.

use std::borrow::Cow;

/// What a column holds.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// 32-bit whole number.
    Int32,
    /// 64-bit whole number.
    Int64,
    /// Real number.
    Float64,
    /// Yes or no.
    Bool,
    /// Simulated instant, `timestamp[us, UTC]`.
    Timestamp,
    /// One of a fixed list of words; dictionary-encoded text. The empty word is null.
    Word(fn() -> Vec<&'static str>),
    /// One of the run's [`domain::Names`]; dictionary-encoded text.
    Name(NameList),
    /// Any text; dictionary-encoded.
    Text,
}

/// Which list of [`domain::Names`] a number points into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameList {
    /// Fleet segments.
    Segments,
    /// Vehicle classes.
    VehicleClasses,
    /// Behaviour models.
    Behaviours,
}

impl NameList {
    /// The names.
    pub fn of(self, names: &domain::Names) -> &[String] {
        match self {
            Self::Segments => &names.segments,
            Self::VehicleClasses => &names.vehicle_classes,
            Self::Behaviours => &names.behaviours,
        }
    }
}

/// How a column's values are laid out in Parquet, below zstd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Differences, bit-packed: ranks, and times that hardly repeat.
    Delta,
    /// Numbers into a list of distinct values: ids, words, starts of periods, reals that are
    /// quantised or mostly zero; another encoding follows in a row group where they are too many.
    Dictionary,
    /// First bytes together, second bytes together, ...: continuous floats.
    ByteStreamSplit,
    /// As they are.
    Plain,
}

/// One column of a table.
#[derive(Clone, Debug)]
pub struct ColumnSpec {
    /// Name, unit last.
    pub name: Cow<'static, str>,
    /// Type.
    pub kind: Kind,
    /// Unit symbol; empty where there is none.
    pub unit: Cow<'static, str>,
    /// Meaning, one line.
    pub doc: Cow<'static, str>,
    /// Whether null occurs.
    pub nullable: bool,
    /// Layout.
    pub encoding: Encoding,
}

impl ColumnSpec {
    /// A column of a caller's own table, laid out as suits its type: times as differences, text and
    /// whole numbers by dictionary, real numbers byte-stream split.
    pub fn new(
        name: impl Into<Cow<'static, str>>,
        kind: Kind,
        unit: impl Into<Cow<'static, str>>,
        doc: impl Into<Cow<'static, str>>,
    ) -> Self {
        let encoding = match kind {
            Kind::Timestamp => Encoding::Delta,
            Kind::Float64 => Encoding::ByteStreamSplit,
            Kind::Bool => Encoding::Plain,
            Kind::Int32 | Kind::Int64 | Kind::Word(_) | Kind::Name(_) | Kind::Text => {
                Encoding::Dictionary
            }
        };
        Self {
            name: name.into(),
            kind,
            unit: unit.into(),
            doc: doc.into(),
            nullable: true,
            encoding,
        }
    }
    /// ... in which null does not occur.
    pub fn required(mut self) -> Self {
        self.nullable = false;
        self
    }
    /// The type's name in listings.
    pub fn type_name(&self) -> &'static str {
        match self.kind {
            Kind::Int32 => "int32",
            Kind::Int64 => "int64",
            Kind::Float64 => "double",
            Kind::Bool => "bool",
            Kind::Timestamp => "timestamp[us, UTC]",
            Kind::Word(_) | Kind::Name(_) | Kind::Text => "dictionary<string>",
        }
    }
    /// The words a column may hold; empty where they are not fixed.
    pub fn words(&self) -> Vec<&'static str> {
        match self.kind {
            Kind::Word(list) => list().into_iter().filter(|w| !w.is_empty()).collect(),
            _ => Vec::new(),
        }
    }
}
