//! However the rows come to a file, its bytes are the same.

use super::sample;
use crate::{
    PartWriter, Rows, RunTables, Selection, Table, TableFile, TableOptions, Writer, WriterState,
    join_table,
};
use proptest::prelude::*;
use std::path::{Path, PathBuf};

fn options() -> TableOptions {
    TableOptions { row_group: 100, ..TableOptions::new(sample::provenance()) }
}

fn whole(dir: &Path, rows: &Rows) -> Vec<TableFile> {
    let mut run = RunTables::create(dir, &options()).unwrap();
    run.append(0, rows).unwrap();
    run.close().unwrap()
}

/// The rows cut into batches of these sizes, the same for each table.
fn cut(mut rows: Rows, sizes: &[usize]) -> Vec<Rows> {
    let mut batches = Vec::new();
    for &size in sizes {
        let mut batch = Rows::default();
        macro_rules! take { ($($field:ident),*) => { $( let n = size.min(rows.$field.len()); batch.$field.extend(rows.$field.drain(..n)); )* } }
        take!(
            facts,
            evs,
            stays,
            sessions,
            reservations,
            tickets,
            ledger,
            accounts,
            prices,
            balance,
            trades,
            voltages,
            branches,
            indicators,
            pareto,
            sharings,
            strategies
        );
        batches.push(batch);
    }
    batches.push(rows);
    batches
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn batches_leave_no_trace(sizes in prop::collection::vec(0_usize..180, 0..6)) {
        let dir = tempfile::tempdir().unwrap();
        let rows = sample::rows(450, 11);
        let wanted = whole(dir.path(), &rows);
        let mut writer = Writer::spawn(RunTables::create(dir.path(), &options()).unwrap()).unwrap();
        for batch in cut(rows, &sizes) {
            writer.send(0, batch).unwrap();
        }
        prop_assert_eq!(writer.close().unwrap(), wanted);
    }

    #[test]
    fn checkpoints_leave_no_trace(sizes in prop::collection::vec(0_usize..180, 1..5), at in 0_usize..5) {
        let dir = tempfile::tempdir().unwrap();
        let rows = sample::rows(450, 12);
        let wanted = whole(dir.path(), &rows);
        let resumed = tempfile::tempdir().unwrap();
        let batches = cut(rows, &sizes);
        let at = at.min(batches.len());
        let mut writer = Writer::spawn(RunTables::create_resumable(resumed.path(), &options()).unwrap()).unwrap();
        for batch in &batches[..at] {
            writer.send(0, batch.clone()).unwrap();
        }
        let saved = postcard::to_allocvec(&writer.state().unwrap()).unwrap();
        // What is written after the checkpoint is lost with the process.
        writer.send(0, sample::rows(250, 13)).unwrap();
        drop(writer);
        let state: WriterState = postcard::from_bytes(&saved).unwrap();
        let mut run = RunTables::resume(resumed.path(), &options(), state).unwrap();
        for batch in &batches[at..] {
            run.append(0, batch).unwrap();
        }
        prop_assert_eq!(run.close().unwrap(), wanted);
        prop_assert!(!resumed.path().join("parts").exists());
    }
}

#[test]
fn shards_leave_no_trace() {
    let runs = (0..6).map(|run| sample::rows(130, 20 + run)).collect::<Vec<_>>();
    let options =
        TableOptions { selection: Selection::of(&[Table::Facts, Table::Indicators]), ..options() };
    let study = |blocks_of_shards: &[&[u64]]| {
        let dir = tempfile::tempdir().unwrap();
        let mut parts: Vec<(u64, PathBuf)> = Vec::new();
        for (shard, blocks) in blocks_of_shards.iter().enumerate() {
            let shard = dir.path().join(shard.to_string());
            std::fs::create_dir(&shard).unwrap();
            for &block in *blocks {
                let mut part = PartWriter::create(&shard, block, &options).unwrap();
                for run in [2 * block, 2 * block + 1] {
                    part.append(run as i64, &runs[run as usize]).unwrap();
                }
                part.close().unwrap();
                parts.push((block, shard.clone()));
            }
        }
        parts.sort();
        [Table::Facts, Table::Indicators].map(|table| {
            let parts = parts
                .iter()
                .map(|(block, shard)| shard.join(PartWriter::file_name(table, *block)))
                .collect::<Vec<_>>();
            join_table(table, &options.provenance, &parts, &dir.path().join(table.file_name()))
                .unwrap()
        })
    };
    let unsharded = study(&[&[0, 1, 2]]);
    assert_eq!(unsharded[0].rows, 6 * 130);
    assert_eq!(unsharded, study(&[&[2], &[1, 0]]));
}

#[test]
fn page_indexes_survive_joining() {
    use parquet::file::metadata::{PageIndexPolicy, ParquetMetaDataReader};
    let dir = tempfile::tempdir().unwrap();
    whole(dir.path(), &sample::rows(450, 14));
    let file = std::fs::File::open(dir.path().join("facts.parquet")).unwrap();
    let metadata = ParquetMetaDataReader::new()
        .with_page_index_policy(PageIndexPolicy::Required)
        .parse_and_finish(&file)
        .unwrap();
    assert_eq!(metadata.num_row_groups(), 5);
    for i in 0..5 {
        let index = metadata.page_index_for_row_group(i);
        let group = metadata.row_group(i);
        assert_eq!(
            group.sorting_columns().unwrap().iter().map(|s| s.column_idx).collect::<Vec<_>>(),
            [0, 2]
        );
        for (j, column) in group.columns().iter().enumerate() {
            assert!(
                index.column_index(j).is_some() && column.statistics().is_some(),
                "{}",
                column.column_path()
            );
            let first = column
                .dictionary_page_offset()
                .map_or(column.data_page_offset(), |d| d.min(column.data_page_offset()));
            assert!(
                index.offset_index(j).unwrap().page_locations().iter().all(|p| p.offset >= first)
            );
        }
    }
}
