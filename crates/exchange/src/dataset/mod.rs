//! All tables of a run or study as a documented dataset.

mod citation;
mod crate_metadata;
mod croissant;
mod data_package;
mod partition;
mod wide;

use crate::formats::{TableWriter, plain_batch, plain_schema};
use crate::source::{new_directory, write_text};
use crate::{ExchangeError, Format, Source, Written};
use arrow_schema::{Schema, SchemaRef};
pub use partition::Partition;
use std::path::Path;

/// How a dataset is laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetOptions {
    /// Format of the tables.
    pub format: Format,
    /// Whether a table with one row a run (its figures as columns) is added.
    pub wide: bool,
    /// Whether tables are cut into folders by a value.
    pub partition: Option<Partition>,
    /// SPDX name of the licence.
    pub licence: String,
    /// Who publishes it.
    pub author: String,
}

impl Default for DatasetOptions {
    fn default() -> Self {
        Self {
            format: Format::default(),
            wide: false,
            partition: None,
            licence: "CC-BY-4.0".to_owned(),
            author: "The users of gridflock".to_owned(),
        }
    }
}

/// A table of the dataset, as its descriptions see it.
pub struct Described {
    /// Name.
    pub name: String,
    /// What one row is about.
    pub row_doc: String,
    /// Columns with their metadata.
    pub schema: SchemaRef,
    /// Its files, from the dataset's directory: one, or one a partition.
    pub files: Vec<DescribedFile>,
    /// The column by which it is cut into folders.
    pub partition: Option<&'static str>,
    /// Rows.
    pub rows: u64,
}

/// A file of a table.
pub struct DescribedFile {
    /// From the dataset's directory, with `/`.
    pub path: String,
    /// Size.
    pub bytes: u64,
    /// SHA-256, hexadecimal.
    pub sha256: String,
}

/// Unit and meaning of a column.
pub fn column_words(schema: &Schema, index: usize) -> (&str, &str) {
    let metadata = schema.field(index).metadata();
    let word = |key: &str| metadata.get(key).map_or("", String::as_str);
    (word("unit"), word("doc"))
}

/// Writes a dataset of all tables of a directory into a new one.
///
/// # Errors
/// [`ExchangeError::Exists`], [`ExchangeError::Io`], [`ExchangeError::Record`];
/// [`ExchangeError::Asked`] for a partition that no table has a column for.
pub fn write_dataset(
    source: &Source,
    options: &DatasetOptions,
    to: &Path,
) -> Result<Vec<Written>, ExchangeError> {
    new_directory(to)?;
    let mut described = Vec::new();
    for table in source.tables() {
        let from = source.directory.join(&table.file);
        described.push(match options.partition {
            Some(p) => partition::write(&from, &table.table, p, options.format, to)?,
            None => whole(&from, &table.table, options.format, to)?,
        });
    }
    if options.partition.is_some() && described.iter().all(|d| d.partition.is_none()) {
        let message = "no table has a column for this partition".to_owned();
        return Err(ExchangeError::Asked(message));
    }
    if options.wide {
        described.push(wide::write(source, options.format, to)?);
    }
    copy_beside(source, to)?;
    let splits = wide::splits(source, to)?;
    let about = citation::About::of(source, options);
    write_text(&to.join("README.md"), &citation::readme(&about, &described, splits))?;
    write_text(&to.join("CITATION.cff"), &citation::cff(&about))?;
    let croissant = croissant::metadata(&about, &described, options.format);
    write_text(&to.join("croissant.json"), &format!("{croissant:#}\n"))?;
    let package = data_package::metadata(&about, &described, options.format);
    write_text(&to.join("datapackage.json"), &format!("{package:#}\n"))?;
    let graph = crate_metadata::metadata(&about, source, &described, options.format);
    write_text(&to.join("ro-crate-metadata.json"), &format!("{graph:#}\n"))?;
    Ok(described
        .iter()
        .map(|d| {
            let file = match d.files.as_slice() {
                [one] => one.path.clone(),
                many => format!("{}/ ({} files)", d.name, many.len()),
            };
            Written { file, rows: d.rows }
        })
        .collect())
}

/// A table in one file. Parquet is copied as it is, byte for byte.
fn whole(from: &Path, name: &str, format: Format, to: &Path) -> Result<Described, ExchangeError> {
    let head = record::read_head(from)?;
    let schema = head.schema;
    let file = format!("{name}.{}", format.word());
    let path = to.join(&file);
    if format == Format::Parquet {
        std::fs::copy(from, &path).map_err(ExchangeError::io(&path))?;
    } else {
        let plain = plain_schema(&schema);
        let mut writer = TableWriter::create(&path, &plain, format)?;
        for batch in record::read_batches(from)? {
            writer.write(&plain_batch(&batch?, &plain, &path)?, &path)?;
        }
        writer.close(&path)?;
    }
    let files = vec![describe_file(to, file)?];
    let row_doc = row_doc(name, &schema);
    Ok(Described {
        name: name.to_owned(),
        row_doc,
        schema,
        files,
        partition: None,
        rows: head.rows,
    })
}

fn row_doc(name: &str, schema: &Schema) -> String {
    let known = record::Table::from_name(name).map(|t| t.row_doc().to_owned());
    let said = schema.metadata().get("gridflock.row").cloned();
    known.or(said).unwrap_or_else(|| format!("rows of table {name}"))
}

fn describe_file(to: &Path, file: String) -> Result<DescribedFile, ExchangeError> {
    let path = to.join(&file);
    let bytes = std::fs::read(&path).map_err(ExchangeError::io(&path))?;
    let sha256 = record::sha256(&bytes);
    Ok(DescribedFile { path: file, bytes: bytes.len() as u64, sha256 })
}

/// What stands beside the tables goes along: the resolved scenario, the study, the model's
/// description.
fn copy_beside(source: &Source, to: &Path) -> Result<(), ExchangeError> {
    for name in [record::MANIFEST, "scenario.resolved.toml", "study.toml", "ODD.md"] {
        let from = source.directory.join(name);
        if from.is_file() {
            let path = to.join(name);
            std::fs::copy(&from, &path).map_err(ExchangeError::io(&path))?;
        }
    }
    Ok(())
}
