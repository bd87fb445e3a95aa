//! The little language in which the tables are written down: one line per column gives its type,
//! name, unit, encoding, meaning, and where in the row its value stands.

/// The [`Kind`](super::Kind) and nullability of a column's keyword.
macro_rules! kind {
    (run) => {
        (Kind::Int64, false)
    };
    (rank) => {
        (Kind::Int64, false)
    };
    (key32) => {
        (Kind::Int32, false)
    };
    (key64) => {
        (Kind::Int64, false)
    };
    (id32) => {
        (Kind::Int32, true)
    };
    (id64) => {
        (Kind::Int64, true)
    };
    (time) => {
        (Kind::Timestamp, false)
    };
    (maybe_time) => {
        (Kind::Timestamp, true)
    };
    (real) => {
        (Kind::Float64, false)
    };
    (maybe_real) => {
        (Kind::Float64, true)
    };
    (money) => {
        (Kind::Float64, false)
    };
    (flag) => {
        (Kind::Bool, false)
    };
    (word $list:ident) => {
        (Kind::Word(|| domain::$list::ALL.iter().map(|w| w.word()).collect()), false)
    };
    (maybe_word $list:ident) => {
        (Kind::Word(|| domain::$list::ALL.iter().map(|w| w.word()).collect()), true)
    };
    (optional_word $list:ident) => {
        (Kind::Word(|| domain::$list::ALL.iter().map(|w| w.word()).collect()), true)
    };
    (name $list:ident) => {
        (Kind::Name(NameList::$list), false)
    };
    (maybe_name $list:ident) => {
        (Kind::Name(NameList::$list), true)
    };
    (text) => {
        (Kind::Text, false)
    };
    (scope) => {
        (Kind::Int32, true)
    };
}

/// Appends a column's values of a batch of rows to its buffer.
macro_rules! fill {
    (run, $out:expr, $batch:ident, $rows:ident, $r:ident, $value:expr) => {
        $out.push_same_i64($batch.run_id, $rows.len())
    };
    (rank, $out:expr, $batch:ident, $rows:ident, $r:ident, $value:expr) => {
        $batch.ranks.fill($out, $rows.len())
    };
    (key32, $out:expr, $batch:ident, $rows:ident, $r:ident, $value:expr) => {
        $out.extend_i32($rows, |$r| ($value) as i32)
    };
    (key64, $out:expr, $batch:ident, $rows:ident, $r:ident, $value:expr) => {
        $out.extend_i64($rows, |$r| $value)
    };
    (id32, $out:expr, $batch:ident, $rows:ident, $r:ident, $value:expr) => {
        $out.extend_i32($rows, |$r| match ($value) as i32 {
            0 => i32::MIN,
            id => id,
        })
    };
    (id64, $out:expr, $batch:ident, $rows:ident, $r:ident, $value:expr) => {
        $out.extend_i64($rows, |$r| match $value {
            0 => i64::MIN,
            id => id,
        })
    };
    (time, $out:expr, $batch:ident, $rows:ident, $r:ident, $value:expr) => {
        $out.extend_i64($rows, |$r| $batch.utc($value))
    };
    (maybe_time, $out:expr, $batch:ident, $rows:ident, $r:ident, $value:expr) => {
        $out.extend_i64($rows, |$r| $batch.utc($value))
    };
    (real, $out:expr, $batch:ident, $rows:ident, $r:ident, $value:expr) => {
        $out.extend_f64($rows, |$r| $value)
    };
    (maybe_real, $out:expr, $batch:ident, $rows:ident, $r:ident, $value:expr) => {
        $out.extend_f64($rows, |$r| $value)
    };
    (money, $out:expr, $batch:ident, $rows:ident, $r:ident, $value:expr) => {
        $out.extend_f64($rows, |$r| $value.cny().value())
    };
    (flag, $out:expr, $batch:ident, $rows:ident, $r:ident, $value:expr) => {
        $out.extend_bool($rows, |$r| $value)
    };
    (word, $out:expr, $batch:ident, $rows:ident, $r:ident, $value:expr) => {
        $out.extend_code($rows, |$r| ($value) as u16)
    };
    (maybe_word, $out:expr, $batch:ident, $rows:ident, $r:ident, $value:expr) => {
        // Code 0 is the empty word.
        $out.extend_code($rows, |$r| match ($value) as u16 {
            0 => u16::MAX,
            code => code,
        })
    };
    (optional_word, $out:expr, $batch:ident, $rows:ident, $r:ident, $value:expr) => {
        $out.extend_code($rows, |$r| $value.map_or(u16::MAX, |w| w as u16))
    };
    (name, $out:expr, $batch:ident, $rows:ident, $r:ident, $value:expr) => {
        $out.extend_code($rows, |$r| $value)
    };
    (maybe_name, $out:expr, $batch:ident, $rows:ident, $r:ident, $value:expr) => {
        // The largest number is no name.
        $out.extend_code($rows, |$r| $value)
    };
    (text, $out:expr, $batch:ident, $rows:ident, $r:ident, $value:expr) => {
        $out.extend_text($rows, |$r| $value.as_str())
    };
    (scope, $out:expr, $batch:ident, $rows:ident, $r:ident, $value:expr) => {
        // Segments count from 0, so only a figure about the whole run has no number.
        $out.extend_i32($rows, |$r| {
            if $value.scope == domain::Scope::Run { i32::MIN } else { $value.scope_id as i32 }
        })
    };
}

/// A table: `table!(NAME: Variant, field of Rows, "doc", sorted by [..], r { kind [list] "name"
/// ["unit"] Encoding "doc" = value; ... })`.
macro_rules! table {
    ($spec:ident: $variant:ident, $rows_field:ident, $doc:literal, sorted [$($sorted:literal),*], $r:ident {
        $($kind:ident $(($list:ident))? $name:literal [$unit:literal] $encoding:ident $column_doc:literal $(= $value:expr)?;)*
    }) => {
        pub(crate) static $spec: TableSpec = TableSpec {
            table: Table::$variant,
            doc: $doc,
            sorted_by: &[$($sorted),*],
            columns: &[$({
                let (kind, nullable) = kind!($kind $($list)?);
                ColumnSpec {
                    name: Cow::Borrowed($name), kind, unit: Cow::Borrowed($unit), doc: Cow::Borrowed($column_doc), nullable,
                    encoding: Encoding::$encoding,
                }
            }),*],
            len: |rows| rows.$rows_field.len(),
            fill: |batch, out| {
                let rows = &batch.rows.$rows_field[batch.range.clone()];
                let mut columns = out.iter_mut();
                $(
                    let column = columns.next().expect("invariant: one buffer per column");
                    fill!($kind, column, batch, rows, $r, ($($value)?));
                )*
            },
        };
    };
}

pub(super) use {fill, kind, table};
