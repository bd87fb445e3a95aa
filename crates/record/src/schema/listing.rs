//! The tables for readers: a JSON listing for programs and a Markdown page for people, both made
//! from the schema.

use super::{ColumnSpec, Table};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Every table with its columns, as JSON: `{"tables": [{"name", "row", "file", "sorted_by",
/// "columns": [{"name", "type", "unit", "nullable", "doc", "words"}]}]}`.
pub fn tables_json() -> Value {
    json!({ "tables": Table::ALL.iter().map(|t| table_json(*t)).collect::<Vec<_>>() })
}

fn table_json(table: Table) -> Value {
    let spec = table.spec();
    json!({
        "name": table.name(),
        "row": spec.doc,
        "file": table.file_name(),
        "sorted_by": spec.sorted_by,
        "columns": spec.columns.iter().map(column_json).collect::<Vec<_>>(),
    })
}

fn column_json(column: &ColumnSpec) -> Value {
    let mut object = json!({
        "name": column.name,
        "type": column.type_name(),
        "unit": if column.unit.is_empty() { Value::Null } else { json!(column.unit) },
        "nullable": column.nullable,
        "doc": column.doc,
    });
    let words = column.words();
    if !words.is_empty() {
        object["words"] = json!(words);
    }
    object
}

/// The same as a Markdown page: a heading and a table of columns for each table.
pub fn tables_markdown() -> String {
    let mut page = String::new();
    for table in Table::ALL {
        let spec = table.spec();
        let _ = write!(page, "\n### {}\n\nOne row per {}.\n\n", table.name(), spec.doc);
        page.push_str("| column | type | unit | meaning |\n|---|---|---|---|\n");
        for column in spec.columns {
            let _ = writeln!(page, "{}", markdown_row(column));
        }
    }
    page
}

fn markdown_row(column: &ColumnSpec) -> String {
    let null = if column.nullable { ", null" } else { "" };
    let words = column.words();
    let list =
        if words.is_empty() { String::new() } else { format!(" One of: {}.", words.join(", ")) };
    format!(
        "| {} | {}{null} | {} | {}{list} |",
        column.name,
        column.type_name(),
        column.unit,
        column.doc
    )
}
