//! Every value and every null of every table comes back.
//!
//! What is expected is taken from the columns before they are encoded, so that the encoders, the
//! Parquet reader and the Arrow schema are checked against each other; the facts are also compared
//! as rows.

use super::sample::{self, START_UTC_US};
use crate::columns::{Buffer, Cell, Column, new_buffers};
use crate::schema::{Batch, Kind, Ranks};
use crate::{NameList, RunTables, Table, TableOptions, read_facts, read_table};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use domain::{Names, Phase, Rows, Time};

/// A cell as text; null is `-`.
fn expected(buffer: &Buffer, kind: Kind, names: &Names) -> Vec<String> {
    fn show<T: Cell>(column: &Column<T>, text: impl Fn(T) -> String) -> Vec<String> {
        column.cells().into_iter().map(|cell| cell.map_or_else(|| "-".to_owned(), &text)).collect()
    }
    match (buffer, kind) {
        (Buffer::Int64(v), _) => show(v, |x| x.to_string()),
        (Buffer::Int32(v), _) => show(v, |x| x.to_string()),
        (Buffer::Float64(v), _) => show(v, |x| format!("{:x}", x.to_bits())),
        (Buffer::Bool(v), _) => v.iter().map(ToString::to_string).collect(),
        (Buffer::Code(v), Kind::Word(list)) => show(v, |c| list()[usize::from(c)].to_owned()),
        (Buffer::Code(v), Kind::Name(list)) => show(v, |c| list.of(names)[usize::from(c)].clone()),
        (Buffer::Text(t), _) => show(&t.codes, |c| t.texts[c as usize].clone()),
        _ => unreachable!(),
    }
}

fn found(array: &dyn Array, kind: Kind) -> Vec<String> {
    let show = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    match kind {
        Kind::Int64 => array
            .as_primitive::<Int64Type>()
            .iter()
            .map(|x| show(x.map(|x| x.to_string())))
            .collect(),
        Kind::Timestamp => array
            .as_primitive::<TimestampMicrosecondType>()
            .iter()
            .map(|x| show(x.map(|x| x.to_string())))
            .collect(),
        Kind::Int32 => array
            .as_primitive::<Int32Type>()
            .iter()
            .map(|x| show(x.map(|x| x.to_string())))
            .collect(),
        Kind::Float64 => array
            .as_primitive::<Float64Type>()
            .iter()
            .map(|x| show(x.map(|x| format!("{:x}", x.to_bits()))))
            .collect(),
        Kind::Bool => array.as_boolean().iter().map(|x| show(x.map(|x| x.to_string()))).collect(),
        Kind::Word(_) | Kind::Name(_) | Kind::Text => {
            let d = array.as_dictionary::<Int32Type>();
            let texts = d.values().as_string::<i32>();
            d.keys().iter().map(|k| show(k.map(|k| texts.value(k as usize).to_owned()))).collect()
        }
    }
}

fn column(batches: &[RecordBatch], i: usize, kind: Kind) -> Vec<String> {
    batches.iter().flat_map(|b| found(b.column(i).as_ref(), kind)).collect()
}

fn check(rows: &Rows, options: &TableOptions) {
    let dir = tempfile::tempdir().unwrap();
    let mut run = RunTables::create(dir.path(), options).unwrap();
    run.append(3, rows).unwrap();
    run.close().unwrap();
    for &table in Table::ALL {
        let spec = table.spec();
        let mut buffers = new_buffers(spec.columns);
        let n = (spec.len)(rows);
        (spec.fill)(
            &Batch {
                run_id: 3,
                rows,
                range: 0..n,
                ranks: Ranks::From(0),
                start_utc_us: START_UTC_US,
            },
            &mut buffers,
        );
        let batches = read_table(dir.path(), table).unwrap();
        assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), n, "{}", table.name());
        for (i, (c, buffer)) in spec.columns.iter().zip(&buffers).enumerate() {
            let wanted = expected(buffer, c.kind, &options.provenance.names);
            assert!(column(&batches, i, c.kind) == wanted, "{}.{}", table.name(), c.name);
        }
    }
}

#[test]
fn every_cell_of_every_table_comes_back() {
    let options = TableOptions::new(sample::provenance());
    check(&sample::rows(1, 1), &options);
    check(&sample::rows(1000, 2), &options);
}

#[test]
fn large_row_groups_with_several_pages_come_back() {
    check(&sample::rows(70_000, 3), &TableOptions::new(sample::provenance()));
}

#[test]
fn small_row_groups_come_back() {
    check(
        &sample::rows(1000, 4),
        &TableOptions { row_group: 129, ..TableOptions::new(sample::provenance()) },
    );
}

#[test]
fn a_table_without_rows_is_a_file_with_its_columns() {
    let dir = tempfile::tempdir().unwrap();
    let files = RunTables::create(dir.path(), &TableOptions::new(sample::provenance()))
        .unwrap()
        .close()
        .unwrap();
    assert_eq!(files.len(), Table::ALL.len());
    for &table in Table::ALL {
        assert!(read_table(dir.path(), table).unwrap().is_empty());
        let names = tables::DataTable::read(&dir.path().join(table.file_name())).unwrap();
        assert_eq!(names.rows(), 0);
    }
}

#[test]
fn facts_come_back_as_facts() {
    let dir = tempfile::tempdir().unwrap();
    let rows = sample::rows(500, 5);
    let mut run = RunTables::create(dir.path(), &TableOptions::new(sample::provenance())).unwrap();
    run.append(0, &rows).unwrap();
    run.close().unwrap();
    let back = read_facts(dir.path(), |_| true).unwrap();
    assert_eq!(back.len(), 500);
    for (i, (back, fact)) in back.iter().zip(&rows.facts).enumerate() {
        assert_eq!((back.run_id, back.seq, back.fact.phase), (0, i as i64, Phase::Deliver));
        // NaN differs from NaN, so facts are compared as text.
        assert_eq!(format!("{:?}", back.fact), format!("{fact:?}"));
    }
    let of_one_ev = read_facts(dir.path(), |f| f.fact.ev == rows.facts[7].ev).unwrap();
    assert!(of_one_ev.iter().any(|f| f.seq == 7) && of_one_ev.len() < 500);
}

#[test]
fn filtered_facts_keep_their_rank() {
    let dir = tempfile::tempdir().unwrap();
    let rows = sample::rows(400, 6);
    let mut options = TableOptions { row_group: 32, ..TableOptions::new(sample::provenance()) };
    let kept = [domain::FactKind::Cancelled, domain::FactKind::Breach];
    options.selection.kinds = kept.into_iter().collect();
    let mut run = RunTables::create(dir.path(), &options).unwrap();
    run.append(0, &rows).unwrap();
    run.append(1, &rows).unwrap();
    run.close().unwrap();
    let ranks = rows
        .facts
        .iter()
        .zip(0_i64..)
        .filter(|(f, _)| kept.contains(&f.kind))
        .map(|(_, rank)| rank)
        .collect::<Vec<_>>();
    let back = read_facts(dir.path(), |_| true).unwrap();
    let wanted =
        [0, 1].iter().flat_map(|run| ranks.iter().map(move |r| (*run, *r))).collect::<Vec<_>>();
    assert_eq!(back.iter().map(|f| (f.run_id, f.seq)).collect::<Vec<_>>(), wanted);
}

#[test]
fn instants_count_in_utc() {
    let dir = tempfile::tempdir().unwrap();
    let mut rows = sample::rows(1, 7);
    rows.facts[0].t = Time::from_hours(8.5);
    let mut run = RunTables::create(dir.path(), &TableOptions::new(sample::provenance())).unwrap();
    run.append(0, &rows).unwrap();
    run.close().unwrap();
    let facts = read_table(dir.path(), Table::Facts).unwrap();
    // 08:30 at +08:00 is 00:30 UTC.
    assert_eq!(
        facts[0].column(1).as_primitive::<TimestampMicrosecondType>().value(0),
        1_772_294_400_000_000 + 30_600_000_000
    );
    let schema = facts[0].schema();
    assert_eq!(schema.metadata()["gridflock.start"], "2026-03-01T00:00:00+08:00");
    assert_eq!(schema.metadata()["gridflock.seed"], "7");
    let energy = schema.field_with_name("energy_kwh").unwrap();
    assert_eq!((energy.metadata()["unit"].as_str(), energy.is_nullable()), ("kWh", true));
}

#[test]
fn name_lists_are_the_provenances() {
    let names = sample::provenance().names;
    assert_eq!(NameList::Segments.of(&names)[1], "residents");
    assert_eq!(NameList::VehicleClasses.of(&names).len(), 3);
    assert_eq!(NameList::Behaviours.of(&names), ["none"]);
}
