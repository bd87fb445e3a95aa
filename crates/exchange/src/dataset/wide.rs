//! One row a run: its figures as columns, beside what was varied; and a split of the runs.

use super::{Described, describe_file};
use crate::formats::TableWriter;
use crate::source::write_text;
use crate::{ExchangeError, Format, Source};
use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

/// Writes table `wide`: `run_id`, the columns of `runs` where there are some, then a column for each
/// figure of scope `run`.
pub fn write(source: &Source, format: Format, to: &Path) -> Result<Described, ExchangeError> {
    let path = source.needed("indicators")?;
    let mut figures: BTreeMap<i64, BTreeMap<String, f64>> = BTreeMap::new();
    let (mut names, mut units) = (Vec::<String>::new(), BTreeMap::new());
    record::scan_columns(&path, &["run_id", "name", "unit", "value", "scope"], |f| {
        for row in (0..f.rows()).filter(|row| f.word("scope", *row) == "run") {
            let (run, name) = (f.numbers("run_id")[row] as i64, f.word("name", row));
            if !units.contains_key(name) {
                units.insert(name.to_owned(), f.word("unit", row).to_owned());
                names.push(name.to_owned());
            }
            figures.entry(run).or_default().insert(name.to_owned(), f.numbers("value")[row]);
        }
    })?;
    let runs: Vec<i64> = figures.keys().copied().collect();
    let (mut fields, mut columns) = run_columns(source, &runs)?;
    for name in &names {
        let doc = format!("Figure {name} of the run.");
        let unit = units.get(name).cloned().unwrap_or_default();
        let metadata: HashMap<String, String> =
            [("unit".to_owned(), unit), ("doc".to_owned(), doc)].into();
        fields.push(Field::new(name, DataType::Float64, true).with_metadata(metadata));
        let value = |run: &i64| figures[run].get(name).copied().filter(|x| !x.is_nan());
        let column: Float64Array = runs.iter().map(value).collect();
        columns.push(Arc::new(column));
    }
    let schema: SchemaRef = Arc::new(Schema::new(fields));
    let file = format!("wide.{}", format.word());
    let path = to.join(&file);
    let batch =
        RecordBatch::try_new(schema.clone(), columns).map_err(ExchangeError::format(&path))?;
    let mut writer = TableWriter::create(&path, &schema, format)?;
    writer.write(&batch, &path)?;
    writer.close(&path)?;
    let rows = runs.len() as u64;
    let files = vec![describe_file(to, file)?];
    let row_doc = "run, its figures as columns".to_owned();
    Ok(Described { name: "wide".to_owned(), row_doc, schema, files, partition: None, rows })
}

/// `run_id` and the columns of table `runs`, in the order of `wanted`.
fn run_columns(
    source: &Source,
    wanted: &[i64],
) -> Result<(Vec<Field>, Vec<ArrayRef>), ExchangeError> {
    let doc: HashMap<String, String> =
        [("doc".to_owned(), "Run within the study; 0 in a single run.".to_owned())].into();
    let id = Field::new("run_id", DataType::Int64, false).with_metadata(doc);
    let ids: ArrayRef = Arc::new(Int64Array::from(wanted.to_vec()));
    let Some(path) = source.table("runs") else { return Ok((vec![id], vec![ids])) };
    let (schema, batches) = record::read_file(&path)?;
    let (mut fields, mut columns) = (vec![id], vec![ids]);
    let Ok(all) = arrow_select::concat::concat_batches(&schema, &batches) else {
        return Ok((fields, columns));
    };
    let mut places = BTreeMap::new();
    record::scan_columns(&path, &["run_id"], |f| {
        for run in f.numbers("run_id") {
            places.insert(*run as i64, places.len() as u64);
        }
    })?;
    let at: Vec<u64> = wanted.iter().filter_map(|run| places.get(run).copied()).collect();
    if at.len() != wanted.len() {
        return Ok((fields, columns));
    }
    let order = arrow_array::UInt64Array::from(at);
    let plain = crate::formats::plain_schema(&schema);
    let all = crate::formats::plain_batch(&all, &plain, &path)?;
    for (field, column) in plain.fields().iter().zip(all.columns()) {
        if field.name() != "run_id" {
            let taken = arrow_select::take::take(column, &order, None)
                .map_err(ExchangeError::format(&path))?;
            fields.push(field.as_ref().clone());
            columns.push(taken);
        }
    }
    Ok((fields, columns))
}

/// How many runs a study needs for a split to be of use.
const FEWEST: usize = 10;

/// Writes `splits.csv`: run, replication and split (70 % train, 15 % validation, 15 % test, by
/// replication, so that runs which share their people stay together). Says whether it did.
pub fn splits(source: &Source, to: &Path) -> Result<bool, ExchangeError> {
    let mut rows = Vec::new();
    source.scan("runs", &["run_id", "replication"], |f| {
        let pairs = f.numbers("run_id").iter().zip(f.numbers("replication"));
        rows.extend(pairs.map(|(run, replication)| (*run as i64, *replication as i64)));
    })?;
    let replications: std::collections::BTreeSet<i64> = rows.iter().map(|(_, r)| *r).collect();
    if replications.len() < FEWEST {
        return Ok(false);
    }
    let mut text = "run_id,replication,split\n".to_owned();
    for (run, replication) in rows {
        // A fixed share of the replications, spread evenly and the same wherever it is computed.
        let split = match (replication * 7).rem_euclid(20) {
            0..14 => "train",
            14..17 => "validation",
            _ => "test",
        };
        let _ = writeln!(text, "{run},{replication},{split}");
    }
    write_text(&to.join("splits.csv"), &text)?;
    Ok(true)
}
