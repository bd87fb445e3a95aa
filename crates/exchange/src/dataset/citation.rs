//! What a dataset is, who made it, how to read and cite it.

use super::{DatasetOptions, Described, column_words};
use crate::Source;
use arrow_schema::DataType;
use record::RunStatus;
use std::fmt::Write;

/// What all descriptions say of the dataset.
pub struct About {
    /// Name: letters, digits, `-`, `_`, `.`.
    pub name: String,
    /// One sentence.
    pub description: String,
    /// Version of the program.
    pub version: String,
    /// SPDX name of the licence.
    pub licence: String,
    /// Who publishes it.
    pub author: String,
    /// The day on which the run began.
    pub day: String,
    /// Hash of the scenario.
    pub scenario_hash: String,
    /// Seeds, by group of draws.
    pub seeds: String,
}

impl About {
    /// Of a run or study.
    pub fn of(source: &Source, options: &DatasetOptions) -> Self {
        let m = &source.manifest;
        let state = match m.status {
            RunStatus::Complete => "",
            _ => ", which did not end as planned (see manifest.json)",
        };
        let begun = m.started_at.as_deref().unwrap_or("1970-01-01");
        let seeds: Vec<String> = m.seeds.iter().map(|(k, v)| format!("{k} {v}")).collect();
        Self {
            name: format!("gridflock-{}", m.scenario),
            description: format!(
                "Tables of a simulated {} of scenario {} by gridflock {}{state}",
                m.kind, m.scenario, m.software.version
            ),
            version: m.software.version.clone(),
            licence: options.licence.clone(),
            author: options.author.clone(),
            day: begun.get(..10).unwrap_or("1970-01-01").to_owned(),
            scenario_hash: m.scenario_hash.clone(),
            seeds: seeds.join(", "),
        }
    }

    /// Page of the licence.
    pub fn licence_page(&self) -> String {
        if self.licence.contains("://") {
            self.licence.clone()
        } else {
            format!("https://spdx.org/licenses/{}", self.licence)
        }
    }

    /// How to cite it, in a sentence.
    pub fn cite(&self) -> String {
        format!(
            "{} ({}): {}. gridflock {}, scenario {}.",
            self.author,
            self.day.get(..4).unwrap_or_default(),
            self.name,
            self.version,
            self.scenario_hash.get(..12).unwrap_or_default()
        )
    }
}

/// The dataset's README.
pub fn readme(about: &About, tables: &[Described], splits: bool) -> String {
    let mut text = format!(
        "# {}\n\n{}.\n\n- Scenario hash: `{}`; seeds: {}. The same scenario and seeds give the same \
         bytes.\n- Licence: [{}]({}). Input series of the scenario have licences of their own; \
         `manifest.json` names the files.\n- Cite: {}\n\nInstants are UTC. Null means \"not \
         applicable\" or \"not yet\". Units stand in the columns' names. `croissant.json`, \
         `datapackage.json` and `ro-crate-metadata.json` say the same for machines.\n",
        about.name,
        about.description,
        about.scenario_hash,
        about.seeds,
        about.licence,
        about.licence_page(),
        about.cite()
    );
    if splits {
        text.push_str(
            "\n`splits.csv` splits the runs by replication (70 % train, 15 % validation, 15 % test): \
             runs that share their people and weather are never in two splits.\n",
        );
    }
    for table in tables {
        let files = match table.files.as_slice() {
            [one] => format!("`{}`", one.path),
            many => format!("{} files in `{}/`", many.len(), table.name),
        };
        let _ = write!(
            text,
            "\n## {}\n\nOne row per {}. {} rows, {files}.\n\n| column | type | unit | meaning \
             |\n|---|---|---|---|\n",
            table.name,
            table.row_doc.trim_end_matches('.').to_lowercase(),
            table.rows
        );
        for (i, field) in table.schema.fields().iter().enumerate() {
            let (unit, doc) = column_words(&table.schema, i);
            let kind = type_word(field.data_type());
            let doc = doc.replace('|', "\\|");
            let _ = writeln!(text, "| {} | {kind} | {unit} | {doc} |", field.name());
        }
    }
    text
}

/// A column's type in plain words.
pub fn type_word(kind: &DataType) -> &'static str {
    match kind {
        DataType::Int32 | DataType::Int64 => "integer",
        DataType::Float64 => "number",
        DataType::Boolean => "boolean",
        DataType::Timestamp(_, _) => "datetime",
        _ => "string",
    }
}

/// The dataset's CITATION.cff.
pub fn cff(about: &About) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    format!(
        "cff-version: 1.2.0\nmessage: \"If you use this dataset, please cite it as below.\"\ntype: \
         dataset\ntitle: {}\nversion: {}\nlicense: {}\ndate-released: {}\nauthors:\n  - name: {}\n",
        quoted(&about.name),
        quoted(&about.version),
        quoted(&about.licence),
        about.day,
        quoted(&about.author)
    )
}
