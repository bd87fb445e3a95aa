//! Data Package 2.0: `datapackage.json`.

use super::citation::{About, type_word};
use super::{Described, column_words};
use crate::Format;
use arrow_schema::DataType;
use serde_json::{Value, json};

/// The descriptor.
pub fn metadata(about: &About, tables: &[Described], format: Format) -> Value {
    json!({
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": about.name.to_lowercase(),
        "title": about.name,
        "description": about.description,
        "version": about.version,
        "created": format!("{}T00:00:00Z", about.day),
        "licenses": [{ "name": about.licence, "path": about.licence_page() }],
        "contributors": [{ "title": about.author, "roles": ["creator"] }],
        "resources": tables.iter().map(|t| resource(t, format)).collect::<Vec<_>>(),
    })
}

fn resource(table: &Described, format: Format) -> Value {
    let fields: Vec<Value> = table
        .schema
        .fields()
        .iter()
        .enumerate()
        .filter(|(_, f)| Some(f.name().as_str()) != table.partition)
        .map(|(i, field)| {
            let (unit, doc) = column_words(&table.schema, i);
            let mut value = json!({
                "name": field.name(),
                "type": type_word(field.data_type()),
                "description": doc,
            });
            if !unit.is_empty() {
                value["unit"] = json!(unit);
            }
            // An empty word is a missing value to readers of text.
            let word = matches!(field.data_type(), DataType::Utf8 | DataType::Dictionary(..));
            if !field.is_nullable() && !word {
                value["constraints"] = json!({ "required": true });
            }
            value
        })
        .collect();
    let media_type = match format {
        Format::Parquet => "application/vnd.apache.parquet",
        other => other.media_type(),
    };
    let mut value = json!({
        "name": table.name.replace('_', "-"),
        "type": "table",
        "description": format!("One row per {}", table.row_doc),
        "format": format.word(),
        "mediatype": media_type,
        "schema": { "fields": fields },
    });
    match table.files.as_slice() {
        [one] => {
            value["path"] = json!(one.path);
            value["hash"] = json!(format!("sha256:{}", one.sha256));
        }
        many => value["path"] = many.iter().map(|f| f.path.clone()).collect(),
    }
    value
}
