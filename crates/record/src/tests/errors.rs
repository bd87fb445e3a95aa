//! What goes wrong comes back as an error and leaves no file that looks complete.

use super::sample;
use crate::{
    ColumnSpec, Kind, OwnTable, RecordError, RunTables, Selection, Table, TableOptions, Value,
    Writer, WriterState, outlive_file_size_limit,
};
use std::path::Path;

fn options() -> TableOptions {
    TableOptions { row_group: 50, ..TableOptions::new(sample::provenance()) }
}

fn complete_files(dir: &Path) -> usize {
    std::fs::read_dir(dir)
        .unwrap()
        .filter(|e| e.as_ref().unwrap().path().extension().is_some_and(|e| e == "parquet"))
        .count()
}

#[test]
fn a_missing_directory_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let gone = dir.path().join("gone");
    let Err(error) = RunTables::create(&gone, &options()) else { panic!("it should fail") };
    assert!(error.to_string().contains("gone/facts.parquet.tmp"), "{error}");
}

#[test]
fn files_removed_under_way_leave_nothing_that_looks_complete() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::spawn(RunTables::create(dir.path(), &options()).unwrap()).unwrap();
    writer.send(0, sample::rows(120, 1)).unwrap();
    std::fs::remove_file(dir.path().join("ledger.parquet.tmp")).unwrap();
    let error = writer.close().unwrap_err();
    assert!(
        matches!(error, RecordError::Io { .. }) && error.to_string().contains("ledger.parquet.tmp"),
        "{error}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_comes_back_to_the_sender() {
    let dir = tempfile::tempdir().unwrap();
    // A device that is always full stands in for the file of a table.
    std::os::unix::fs::symlink("/dev/full", dir.path().join("facts.parquet.tmp")).unwrap();
    let mut writer = Writer::spawn(RunTables::create(dir.path(), &options()).unwrap()).unwrap();
    let error = (0..10_000)
        .find_map(|i| writer.send(0, sample::rows(500, i)).err())
        .expect("the disk is full");
    assert!(error.to_string().contains("free some space"), "{error}");
    assert!(matches!(writer.send(0, sample::rows(1, 1)), Err(RecordError::Stopped)));
    drop(writer);
    assert_eq!(complete_files(dir.path()), 0);
}

#[test]
fn a_writer_that_is_dropped_leaves_temporary_files_only() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::spawn(RunTables::create(dir.path(), &options()).unwrap()).unwrap();
    writer.send(0, sample::rows(120, 1)).unwrap();
    drop(writer);
    assert_eq!(complete_files(dir.path()), 0);
}

#[test]
fn runs_must_ascend_and_names_be_known() {
    let dir = tempfile::tempdir().unwrap();
    let mut run = RunTables::create(dir.path(), &options()).unwrap();
    run.append(4, &sample::rows(1, 1)).unwrap();
    assert!(matches!(
        run.append(3, &sample::rows(1, 1)),
        Err(RecordError::RunOrder { last: 4, got: 3 })
    ));
    let mut run = RunTables::create(dir.path(), &options()).unwrap();
    let mut rows = sample::rows(50, 1);
    rows.evs[9].vehicle_class = 17;
    let error = run.append(0, &rows).unwrap_err().to_string();
    assert_eq!(error, "table evs, column vehicle_class: number 17, but only 3 names are known");
}

#[test]
fn a_checkpoint_fits_only_its_own_tables_and_parts() {
    let dir = tempfile::tempdir().unwrap();
    let mut run = RunTables::create_resumable(dir.path(), &options()).unwrap();
    run.append(0, &sample::rows(120, 1)).unwrap();
    let state: WriterState = run.state();
    let others = TableOptions { selection: Selection::of(&[Table::Evs]), ..options() };
    let resume = |options: &TableOptions| {
        RunTables::resume(dir.path(), options, state.clone()).err().map(|e| e.to_string())
    };
    assert!(resume(&others).unwrap().contains("record settings"));
    assert!(
        resume(&TableOptions { row_group: 51, ..options() }).unwrap().contains("record settings")
    );
    assert_eq!(resume(&options()), None);
    std::fs::write(dir.path().join("parts/facts.000001.part"), "short").unwrap();
    assert!(resume(&options()).unwrap().contains("facts.000001.part has 5 bytes"));
}

#[test]
fn rows_of_own_tables_must_fit() {
    let columns = vec![
        ColumnSpec::new("run_id", Kind::Int64, "", "Run.").required(),
        ColumnSpec::new("error", Kind::Text, "", "Why it failed."),
        ColumnSpec::new("x", Kind::Float64, "kW", "A figure."),
        ColumnSpec::new("at", Kind::Timestamp, "", "An instant."),
    ];
    let dir = tempfile::tempdir().unwrap();
    let mut runs =
        OwnTable::new("runs", "run", columns.clone(), &["run_id"], &sample::provenance()).unwrap();
    runs.push(&[Value::Int(0), Value::Null, Value::Real(1.5), Value::Instant(9)]).unwrap();
    runs.push(&[Value::Int(1), Value::Text("no\nluck"), Value::Null, Value::Null]).unwrap();
    for (row, part) in [
        (
            &[Value::Null, Value::Null, Value::Null, Value::Null][..],
            "`run_id`: Null does not fit int64",
        ),
        (&[Value::Int(1), Value::Int(2), Value::Null, Value::Null], "`error`: Int(2) does not fit"),
        (&[Value::Int(1)], "1 values for 4 columns"),
    ] {
        let error = runs.push(row).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
    let path = dir.path().join("runs.parquet");
    let file = runs.write(&path).unwrap();
    assert_eq!((file.rows, file.table.as_str(), file.file.as_str()), (2, "runs", "runs.parquet"));
    let back = tables::DataTable::read(&path).unwrap();
    assert_eq!(back.texts("error").unwrap(), ["", "no\nluck"]);
    assert_eq!(back.optional_numbers("x").unwrap(), [Some(1.5), None]);
    let twice = [columns[0].clone(), columns[0].clone()].to_vec();
    assert!(OwnTable::new("runs", "run", twice, &[], &sample::provenance()).is_err());
}

/// Runs only in the process that the next test starts under a file size limit.
#[cfg(unix)]
#[test]
#[ignore = "started by a_file_size_limit_is_an_error_and_no_signal"]
fn under_a_file_size_limit() {
    outlive_file_size_limit().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut run = RunTables::create(dir.path(), &options()).unwrap();
    let error = (0..10_000)
        .find_map(|i| run.append(0, &sample::rows(500, i)).err())
        .expect("the limit is reached");
    assert!(error.to_string().contains("ulimit -f"), "{error}");
    assert_eq!(complete_files(dir.path()), 0);
    println!("outlived the limit");
}

#[cfg(unix)]
#[test]
fn a_file_size_limit_is_an_error_and_no_signal() {
    let program = std::env::current_exe().unwrap();
    let arguments = "--exact tests::errors::under_a_file_size_limit --ignored --nocapture";
    let command = format!("ulimit -f 64; exec '{}' {arguments}", program.display());
    let output = std::process::Command::new("sh").arg("-c").arg(command).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("outlived the limit"),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
