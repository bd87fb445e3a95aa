//! RO-Crate 1.1 metadata of a study directory: which files there are, what their columns mean, who
//! made them, under which licence.
//!
//! No wall-clock time but the day on which the study began, so that the same study gives the same
//! file.

use super::{contrasts_table, estimates_table, runs_table, sensitivity_table};
use crate::Plan;
use record::{ColumnSpec, Table, TableFile, names};
use serde_json::{Value, json};

/// The JSON-LD graph.
pub(super) fn metadata(plan: &Plan, tables: &[TableFile], replications: u32, begun: &str) -> Value {
    let mut graph = vec![json!({
        "@id": names::RO_CRATE, "@type": "CreativeWork",
        "about": { "@id": "./" },
        "conformsTo": { "@id": "https://w3id.org/ro/crate/1.1" },
    })];
    let texts = [
        (names::STUDY, "application/toml", "The study as it was run"),
        (
            names::RESOLVED,
            "application/toml",
            "Every value of the scenario in force, and where it came from",
        ),
        (names::ODD, "text/markdown", "Description of the model after the ODD protocol"),
        (
            record::MANIFEST,
            "application/json",
            "Version, seeds, command line, times, hosts; rows and SHA-256 of each table",
        ),
    ];
    let parts: Vec<Value> = tables
        .iter()
        .map(|t| id(&t.file))
        .chain(texts.iter().map(|(file, _, _)| id(file)))
        .collect();
    let licence = licence(&plan.study.licence);
    let mut root = json!({
        "@id": "./", "@type": "Dataset",
        "name": plan.study.name,
        "description": description(plan, replications),
        "datePublished": begun,
        "license": { "@id": licence },
        "hasPart": parts,
        "mentions": { "@id": "#runs" },
    });
    if !plan.study.author.is_empty() {
        root["author"] = json!({ "@id": "#author" });
        graph.push(json!({ "@id": "#author", "@type": "Person", "name": plan.study.author }));
    }
    graph.insert(1, root);
    graph.push(json!({ "@id": licence, "@type": "CreativeWork", "name": plan.study.licence }));
    for table in tables {
        push_table(&mut graph, plan, table);
    }
    graph.extend(texts.map(|(file, format, about)| json!({ "@id": file, "@type": "File", "name": about, "encodingFormat": format })));
    graph.push(json!({
        "@id": "#gridflock", "@type": "SoftwareApplication",
        "name": "gridflock", "version": crate::VERSION, "softwareVersion": crate::VERSION,
        "description": "Agent-based discrete-event co-simulation of electric vehicles in distribution networks",
    }));
    graph.push(json!({
        "@id": "#runs", "@type": "CreateAction",
        "name": format!("{} runs of the study", plan.runs(replications)),
        "instrument": { "@id": "#gridflock" },
        "object": [id(names::STUDY), id(names::RESOLVED)],
        "result": tables.iter().map(|t| id(&t.file)).collect::<Vec<_>>(),
    }));
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

/// Percent-encoded but for letters, digits and `-._~`.
fn encoded(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes()
        .map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

/// An SPDX name as its page; anything else as it is.
fn licence(name: &str) -> String {
    if name.contains("://") { name.to_owned() } else { format!("https://spdx.org/licenses/{name}") }
}

fn description(plan: &Plan, replications: u32) -> String {
    let what = if plan.study.description.is_empty() {
        format!("Study of the scenario {}", plan.base.scenario.name)
    } else {
        plan.study.description.clone()
    };
    let (points, runs) = (plan.points.len(), plan.runs(replications));
    format!(
        "{what} ({points} points of a {} design, {replications} replications each, {runs} runs)",
        plan.study.design.word()
    )
}

fn push_table(graph: &mut Vec<Value>, plan: &Plan, table: &TableFile) {
    let columns = columns(plan, &table.table);
    // An identifier is a URI: a factor's name may hold what a URI may not.
    let column_id = |c: &ColumnSpec| format!("#{}.{}", table.table, encoded(&c.name));
    graph.push(json!({
        "@id": table.file, "@type": "File",
        "name": format!("Table {}", table.table),
        "encodingFormat": "application/vnd.apache.parquet",
        "contentSize": table.bytes.to_string(),
        "sha256": table.sha256,
        "variableMeasured": columns.iter().map(|c| json!({ "@id": column_id(c) })).collect::<Vec<_>>(),
    }));
    graph.extend(columns.iter().map(|c| {
        let mut value = json!({ "@id": column_id(c), "@type": "PropertyValue", "name": c.name, "description": c.doc });
        if !c.unit.is_empty() {
            value["unitText"] = json!(c.unit);
        }
        value
    }));
}

fn columns(plan: &Plan, table: &str) -> Vec<ColumnSpec> {
    match (table, Table::from_name(table)) {
        (_, Some(known)) => known.columns().to_vec(),
        ("runs", _) => runs_table::columns(plan),
        ("contrasts", _) => contrasts_table::columns(),
        ("estimates", _) => estimates_table::columns(),
        ("sensitivity", _) => sensitivity_table::columns(),
        _ => Vec::new(),
    }
}
