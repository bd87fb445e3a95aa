//! RO-Crate 1.1 after the profile Process Run Crate 0.5: which program made which files of which.

use super::citation::About;
use super::{Described, column_words};
use crate::{Format, Source};
use record::RunStatus;
use serde_json::{Value, json};

const PROFILE: &str = "https://w3id.org/ro/wfrun/process/0.5";

/// The JSON-LD graph of `ro-crate-metadata.json`.
pub fn metadata(about: &About, source: &Source, tables: &[Described], format: Format) -> Value {
    let files: Vec<&str> =
        tables.iter().flat_map(|t| t.files.iter().map(|f| f.path.as_str())).collect();
    let beside: Vec<(&str, &str, &str)> = [
        (record::MANIFEST, "application/json", "Version, seeds, command line, times, hashes"),
        ("scenario.resolved.toml", "application/toml", "Every value in force and its origin"),
        ("study.toml", "application/toml", "The study as it was run"),
        ("ODD.md", "text/markdown", "The model after the ODD protocol"),
    ]
    .into_iter()
    .filter(|(name, _, _)| source.directory.join(name).is_file())
    .collect();
    let parts: Vec<Value> =
        files.iter().copied().chain(beside.iter().map(|b| b.0)).map(id).collect();
    let mut graph = vec![
        json!({
            "@id": "ro-crate-metadata.json", "@type": "CreativeWork",
            "about": { "@id": "./" },
            "conformsTo": { "@id": "https://w3id.org/ro/crate/1.1" },
        }),
        json!({
            "@id": "./", "@type": "Dataset",
            "conformsTo": { "@id": PROFILE },
            "name": about.name,
            "description": about.description,
            "datePublished": about.day,
            "license": { "@id": about.licence_page() },
            "author": { "@id": "#author" },
            "hasPart": parts,
            "mentions": { "@id": "#run" },
        }),
        json!({
            "@id": PROFILE, "@type": "CreativeWork",
            "name": "Process Run Crate", "version": "0.5",
        }),
        json!({
            "@id": about.licence_page(), "@type": "CreativeWork", "name": about.licence,
        }),
        json!({ "@id": "#author", "@type": "Organization", "name": about.author }),
        json!({
            "@id": "#gridflock", "@type": "SoftwareApplication",
            "name": "gridflock", "version": about.version, "softwareVersion": about.version,
        }),
        action(about, source, &files, &beside),
    ];
    graph.extend(beside.iter().map(|(file, kind, name)| {
        json!({ "@id": file, "@type": "File", "name": name, "encodingFormat": kind })
    }));
    for table in tables {
        push_table(&mut graph, table, format);
    }
    // The context of 1.1 is older than schema.org's `sha256`; what it does not define is not allowed.
    let context = json!([
        "https://w3id.org/ro/crate/1.1/context",
        { "sha256": "http://schema.org/sha256" },
    ]);
    json!({ "@context": context, "@graph": graph })
}

fn id(file: &str) -> Value {
    json!({ "@id": file })
}

/// The run or study; one that failed says so with its error.
fn action(about: &About, source: &Source, files: &[&str], beside: &[(&str, &str, &str)]) -> Value {
    let m = &source.manifest;
    let inputs = beside.iter().filter(|b| b.1 == "application/toml").map(|b| id(b.0));
    let mut action = json!({
        "@id": "#run", "@type": "CreateAction",
        "name": format!("A {} of scenario {}", m.kind, m.scenario),
        "description": format!("Seeds: {}", about.seeds),
        "instrument": { "@id": "#gridflock" },
        "agent": { "@id": "#author" },
        "object": inputs.collect::<Vec<_>>(),
        "result": files.iter().map(|f| id(f)).collect::<Vec<_>>(),
    });
    for (key, value) in [("startTime", &m.started_at), ("endTime", &m.ended_at)] {
        if let Some(value) = value {
            action[key] = json!(value);
        }
    }
    if m.status == RunStatus::Complete {
        action["actionStatus"] = json!("http://schema.org/CompletedActionStatus");
    } else {
        action["actionStatus"] = json!("http://schema.org/FailedActionStatus");
        action["error"] = json!(m.error.as_deref().unwrap_or("it was interrupted"));
    }
    action
}

fn push_table(graph: &mut Vec<Value>, table: &Described, format: Format) {
    let column = |name: &str| format!("#{}.{name}", table.name);
    for file in &table.files {
        graph.push(json!({
            "@id": file.path, "@type": "File",
            "name": format!("Table {}", table.name),
            "description": format!("One row per {}", table.row_doc),
            "encodingFormat": format.media_type(),
            "contentSize": file.bytes.to_string(),
            "sha256": file.sha256,
            "variableMeasured": table.schema.fields().iter()
                .map(|f| json!({ "@id": column(f.name()) })).collect::<Vec<_>>(),
        }));
    }
    for (i, field) in table.schema.fields().iter().enumerate() {
        let (unit, doc) = column_words(&table.schema, i);
        let mut value = json!({
            "@id": column(field.name()), "@type": "PropertyValue",
            "name": field.name(), "description": doc,
        });
        if !unit.is_empty() {
            value["unitText"] = json!(unit);
        }
        graph.push(value);
    }
}
