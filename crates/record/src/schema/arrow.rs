//! The Arrow schema of a table: types, and each column's unit and meaning as field metadata.

use super::{ColumnSpec, Kind};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use std::collections::HashMap;

/// The Arrow schema of some columns. Field metadata: `unit` (where there is one) and `doc`, money in
/// `currency`.
pub(crate) fn arrow_schema(columns: &[ColumnSpec], currency: &str) -> Schema {
    Schema::new(columns.iter().map(|column| field(column, currency)).collect::<Vec<_>>())
}

fn field(column: &ColumnSpec, currency: &str) -> Field {
    let of_money = |text: &str| text.replace("CNY", currency);
    let unit = (!column.unit.is_empty()).then(|| ("unit".to_owned(), of_money(&column.unit)));
    let metadata = unit.into_iter().chain([("doc".to_owned(), of_money(&column.doc))]);
    Field::new(column.name.as_ref(), data_type(column.kind), column.nullable)
        .with_metadata(metadata.collect::<HashMap<_, _>>())
}

fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Int32 => DataType::Int32,
        Kind::Int64 => DataType::Int64,
        Kind::Float64 => DataType::Float64,
        Kind::Bool => DataType::Boolean,
        Kind::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        Kind::Word(_) | Kind::Name(_) | Kind::Text => {
            DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
        }
    }
}
