//! Croissant 1.0: a dataset as machine learning tools load it.

use super::citation::About;
use super::{Described, column_words};
use crate::Format;
use arrow_schema::DataType;
use serde_json::{Value, json};

/// The words of the vocabulary, as the specification's context gives them.
fn context() -> Value {
    json!({
        "@language": "en",
        "@vocab": "https://schema.org/",
        "citeAs": "cr:citeAs",
        "column": "cr:column",
        "conformsTo": "dct:conformsTo",
        "cr": "http://mlcommons.org/croissant/",
        "data": { "@id": "cr:data", "@type": "@json" },
        "dataType": { "@id": "cr:dataType", "@type": "@vocab" },
        "dct": "http://purl.org/dc/terms/",
        "equivalentProperty": "cr:equivalentProperty",
        "examples": { "@id": "cr:examples", "@type": "@json" },
        "extract": "cr:extract",
        "field": "cr:field",
        "fileObject": "cr:fileObject",
        "fileProperty": "cr:fileProperty",
        "fileSet": "cr:fileSet",
        "format": "cr:format",
        "includes": "cr:includes",
        "isLiveDataset": "cr:isLiveDataset",
        "jsonPath": "cr:jsonPath",
        "key": "cr:key",
        "md5": "cr:md5",
        "parentField": "cr:parentField",
        "path": "cr:path",
        "rai": "http://mlcommons.org/croissant/RAI/",
        "recordSet": "cr:recordSet",
        "references": "cr:references",
        "regex": "cr:regex",
        "repeated": "cr:repeated",
        "replace": "cr:replace",
        "samplingRate": "cr:samplingRate",
        "sc": "https://schema.org/",
        "separator": "cr:separator",
        "source": "cr:source",
        "subField": "cr:subField",
        "transform": "cr:transform"
    })
}

/// The JSON-LD of `croissant.json`.
pub fn metadata(about: &About, tables: &[Described], format: Format) -> Value {
    let files: Vec<Value> = tables
        .iter()
        .flat_map(|t| &t.files)
        .map(|file| {
            json!({
                "@type": "cr:FileObject",
                "@id": file.path,
                "name": file.path,
                "contentUrl": file.path,
                "contentSize": format!("{} B", file.bytes),
                "encodingFormat": format.media_type(),
                "sha256": file.sha256,
            })
        })
        .collect();
    // A table that is cut into folders has a record set for each of its files.
    let sets: Vec<Value> = tables
        .iter()
        .flat_map(|t| t.files.iter().map(move |file| (t, file.path.as_str(), t.files.len())))
        .map(|(table, file, of)| record_set(table, file, of))
        .collect();
    json!({
        "@context": context(),
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": about.name,
        "description": about.description,
        "version": version(&about.version),
        "license": about.licence_page(),
        "url": format!("https://spdx.org/licenses/{}", about.licence),
        "creator": { "@type": "sc:Organization", "name": about.author },
        "datePublished": about.day,
        "citeAs": about.cite(),
        "distribution": files,
        "recordSet": sets,
    })
}

/// A version of three numbers.
fn version(text: &str) -> String {
    let whole = text.split(['-', '+']).next().unwrap_or(text);
    whole.to_owned()
}

fn record_set(table: &Described, file: &str, of: usize) -> Value {
    let name = if of == 1 { table.name.clone() } else { file.replace(['/', '='], "-") };
    let fields: Vec<Value> = table
        .schema
        .fields()
        .iter()
        .enumerate()
        .filter(|(_, f)| Some(f.name().as_str()) != table.partition)
        .map(|(i, field)| {
            let (unit, doc) = column_words(&table.schema, i);
            let about =
                if unit.is_empty() { doc.to_owned() } else { format!("{doc} Unit: {unit}.") };
            json!({
                "@type": "cr:Field",
                "@id": format!("{name}/{}", field.name()),
                "name": field.name(),
                "description": about,
                "dataType": data_type(field.data_type()),
                "source": {
                    "fileObject": { "@id": file },
                    "extract": { "column": field.name() },
                },
            })
        })
        .collect();
    json!({
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": format!("One row per {}", table.row_doc),
        "field": fields,
    })
}

fn data_type(kind: &DataType) -> &'static str {
    match kind {
        DataType::Int32 | DataType::Int64 => "sc:Integer",
        DataType::Float64 => "sc:Float",
        DataType::Boolean => "sc:Boolean",
        DataType::Timestamp(_, _) => "sc:DateTime",
        _ => "sc:Text",
    }
}
