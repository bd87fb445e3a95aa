//! Threads, shards, resumes and failures leave the same bytes.

use super::toy::{TWO_BY_TWENTY, Toy, plan};
use crate::{
    ErrorClass, ExecuteOptions, Outcome, Plan, Progress, RunCount, Shard, StudyError, execute,
    merge, reopen, status,
};
use record::{RunStatus, Software};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tables::DataTable;

const TABLES: [&str; 4] =
    ["runs.parquet", "indicators.parquet", "contrasts.parquet", "estimates.parquet"];

/// Runs a plan into a directory.
fn run(
    plan: &Plan,
    toy: &Toy,
    directory: &Path,
    options: &ExecuteOptions,
) -> Result<Outcome, StudyError> {
    execute(plan, toy, directory, options, &mut |_| true)
}

fn options(threads: usize, shard: &str) -> ExecuteOptions {
    ExecuteOptions {
        threads,
        shard: Shard::parse(shard).expect("a shard"),
        ..ExecuteOptions::default()
    }
}

/// The bytes of all files but the manifest and the shard's memory.
fn bytes(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries =
        std::fs::read_dir(directory).expect("a directory").map(|e| e.expect("an entry").path());
    let file =
        |path: PathBuf| Some((path.file_name()?.to_str()?.to_owned(), std::fs::read(&path).ok()?));
    entries.filter_map(file).filter(|(name, _)| name != "manifest.json").collect()
}

#[test]
fn threads_shards_and_kills_leave_the_same_bytes_and_repeat_nothing() {
    let temp = tempfile::tempdir().expect("a directory");
    let plan = plan(TWO_BY_TWENTY);
    let whole = temp.path().join("whole");
    run(&plan, &Toy::default(), &whole, &options(1, "1/1")).expect("runs");
    let expected = bytes(&whole);
    assert!(TABLES.iter().all(|t| expected.contains_key(*t)), "{:?}", expected.keys());
    assert!(
        ["ODD.md", "ro-crate-metadata.json", "scenario.resolved.toml", "study.toml"]
            .iter()
            .all(|t| expected.contains_key(*t))
    );

    let threads = temp.path().join("threads");
    run(&plan, &Toy::default(), &threads, &options(3, "1/1")).expect("runs");
    assert!(bytes(&threads) == expected, "threads");

    let parts: Vec<PathBuf> = (1..=3).map(|i| temp.path().join(format!("part{i}"))).collect();
    for (i, part) in (1..).zip(&parts) {
        let toy = Toy::default();
        let outcome = run(&plan, &toy, part, &options(2, &format!("{i}/3"))).expect("runs");
        assert_eq!(outcome.runs.succeeded as usize, toy.asked.lock().expect("no panic").len());
    }
    let merged = temp.path().join("merged");
    std::fs::create_dir(&merged).expect("creates");
    merge(&parts, &merged, &[], &Software::default(), || Ok(())).expect("merges");
    assert!(bytes(&merged) == expected, "shards");

    let killed = temp.path().join("killed");
    let first = Toy::default();
    let stop_at = |limit: u64| move |p: &Progress| p.finished < limit;
    let outcome =
        execute(&plan, &first, &killed, &options(1, "1/1"), &mut stop_at(13)).expect("runs");
    assert!(!outcome.complete && outcome.runs.pending > 0);
    // As if the process had been killed in the middle of a write.
    let journal = std::fs::read_dir(killed.join("parts"))
        .expect("parts")
        .filter_map(|e| Some(e.ok()?.path()))
        .find(|p| p.extension().is_some_and(|x| x == "journal"));
    if let Some(journal) = journal {
        let mut torn = std::fs::read(&journal).expect("reads");
        torn.extend([1, 0, 0, 0, 0, 0, 0, 0, 9]);
        std::fs::write(&journal, torn).expect("writes");
    }
    let (again, shard) = reopen(&killed).expect("reopens");
    let second = Toy::default();
    let resumed = execute(
        &again,
        &second,
        &killed,
        &ExecuteOptions { resume: true, threads: 2, shard, ..ExecuteOptions::default() },
        &mut |_| true,
    );
    assert!(resumed.expect("resumes").complete);
    assert!(bytes(&killed) == expected, "resume");
    let mut asked = first.asked.into_inner().expect("no panic");
    asked.extend(second.asked.into_inner().expect("no panic"));
    asked.sort_unstable();
    // A run under way when it was stopped may be asked for twice; none that was finished is.
    asked.dedup();
    assert_eq!(asked, (0..40).collect::<Vec<_>>());
    assert_eq!(outcome.runs.pending as usize + outcome.runs.succeeded as usize, 40);
    assert!(reopen(&killed).is_ok(), "a complete study can be read");
    let nothing = run(
        &again,
        &Toy::default(),
        &killed,
        &ExecuteOptions { resume: true, ..ExecuteOptions::default() },
    );
    assert_eq!(nothing.expect_err("complete").class(), ErrorClass::Failed);
}

#[test]
fn a_finished_run_is_never_asked_for_again() {
    let temp = tempfile::tempdir().expect("a directory");
    let plan = plan(TWO_BY_TWENTY);
    let mut asked = Vec::new();
    for limit in [5, 17, 30, 100] {
        let toy = Toy::default();
        let options = ExecuteOptions { threads: 1, resume: limit > 5, ..ExecuteOptions::default() };
        let before = if limit > 5 {
            status(temp.path()).expect("a study").runs
        } else {
            RunCount::default()
        };
        let outcome =
            execute(&plan, &toy, temp.path(), &options, &mut |p| p.finished < limit).expect("runs");
        let new = toy.asked.into_inner().expect("no panic");
        assert_eq!(new.len() as u64, outcome.runs.succeeded - before.succeeded);
        asked.extend(new);
    }
    asked.sort_unstable();
    assert_eq!(asked, (0..40).collect::<Vec<_>>());
}

#[test]
fn a_failed_or_panicking_run_is_a_row_with_its_reason() {
    let temp = tempfile::tempdir().expect("a directory");
    let plan = plan(TWO_BY_TWENTY);
    let toy = Toy { fails: Some(7), panics: Some(11), ..Toy::default() };
    let outcome =
        run(&plan, &toy, temp.path(), &options(2, "1/1")).expect("the study itself goes well");
    assert_eq!(outcome.runs, RunCount { succeeded: 38, failed: 2, pending: 0 });
    assert_eq!(outcome.first_failure, Some((7, "nobody came".to_owned())));
    let runs = DataTable::read(&temp.path().join("runs.parquet")).expect("a table");
    let (status, error) =
        (runs.texts("status").expect("there"), runs.texts("error").expect("there"));
    assert_eq!((status[6].as_str(), error[6].as_str()), ("succeeded", ""));
    assert_eq!((status[7].as_str(), error[7].as_str()), ("failed", "nobody came"));
    assert!(error[11].contains("the toy broke"), "{}", error[11]);
    // Replications 3 (run 7) and 5 (run 11) of point 1 are missing: 18 pairs are left.
    let contrast =
        outcome.contrasts.iter().find(|c| c.figure.name == "no_show_rate").expect("there");
    assert_eq!(contrast.difference.n, 18);
}

#[test]
fn a_resume_of_a_study_with_failed_runs_does_them_alone_and_leaves_what_a_whole_one_leaves() {
    let (whole, mended) = (tempfile::tempdir().expect("one"), tempfile::tempdir().expect("two"));
    let plan = plan(&format!("{TWO_BY_TWENTY}[output]\ntables = ['facts']\n"));
    run(&plan, &Toy::default(), whole.path(), &options(2, "1/1")).expect("runs");
    let toy = Toy { fails: Some(7), panics: Some(11), ..Toy::default() };
    run(&plan, &toy, mended.path(), &options(2, "1/1")).expect("runs");
    let again = ExecuteOptions { resume: true, ..options(2, "1/1") };
    let toy = Toy::default();
    let outcome = execute(&plan, &toy, mended.path(), &again, &mut |_| true).expect("runs");
    assert_eq!(outcome.runs, RunCount { succeeded: 40, failed: 0, pending: 0 });
    let mut asked = toy.asked.into_inner().expect("no panic");
    asked.sort_unstable();
    assert!(asked.iter().all(|run| [7, 11].contains(run)), "{asked:?}");
    for table in ["runs", "facts", "indicators", "contrasts", "estimates"] {
        let read = |at: &std::path::Path| {
            std::fs::read(at.join(format!("{table}.parquet"))).expect("a table")
        };
        assert_eq!(read(whole.path()), read(mended.path()), "{table}");
    }
    assert!(!mended.path().join("parts").exists());
    let done = execute(&plan, &Toy::default(), mended.path(), &again, &mut |_| true);
    assert!(done.expect_err("nothing is left").to_string().contains("complete"));
}

#[test]
fn pairs_share_their_noise_and_arms_are_compared_inside_runs() {
    let temp = tempfile::tempdir().expect("a directory");
    let outcome =
        run(&plan(TWO_BY_TWENTY), &Toy::default(), temp.path(), &options(1, "1/1")).expect("runs");
    let of = |contrast: &str, name: &str| {
        outcome
            .contrasts
            .iter()
            .find(|c| c.pair.contrast == contrast && c.figure.name == name)
            .expect("there")
    };
    let penalty = of("penalty.scale", "no_show_rate");
    assert!((penalty.difference.difference - 0.2).abs() < 0.05 && penalty.difference.ci_low > 0.0);
    // var(noise) = 1/12, var(own) = 1/1200: (2 x 1/12 + ...) / (2 x 1/1200) is about 100.
    assert!(
        penalty.difference.variance_reduction > 20.0,
        "{}",
        penalty.difference.variance_reduction
    );
    assert_eq!(
        (penalty.pair.label_a.as_str(), penalty.pair.label_b.as_str()),
        ("penalty.scale = 0", "penalty.scale = 2")
    );
    let arms = of("residents against workers", "refund_cost_cny_per_ev");
    assert!((arms.difference.difference - 1.0).abs() < 1e-12);
}

#[test]
fn kept_tables_are_joined_in_run_order() {
    let temp = tempfile::tempdir().expect("a directory");
    let text =
        format!("{TWO_BY_TWENTY}\n[output]\ntables = ['facts']\nindicators = ['no_show_rate']");
    let outcome =
        run(&plan(&text), &Toy::default(), temp.path(), &options(2, "1/1")).expect("runs");
    let facts = outcome.tables.iter().find(|t| t.table == "facts").expect("kept");
    assert_eq!(facts.rows, 120);
    let table = DataTable::read(&temp.path().join("facts.parquet")).expect("a table");
    let runs = table.numbers("run_id").expect("there");
    assert!(runs.is_sorted() && runs[119] == 39.0);
}

#[test]
fn a_stopping_rule_goes_on_batch_by_batch_until_the_interval_is_narrow() {
    let study = |half_width: f64, max: u32| {
        format!(
            "[scenario]\nbase = 'park-small'\n[[factor]]\nname = 'penalty.scale'\nvalues = [0.0, 2.0]\n[replications]\nn = 4\n[stop]\nindicator = 'no_show_rate'\nhalf_width = {half_width}\nof = 'contrast'\nbatch = 3\nmax = {max}"
        )
    };
    let finish = |half_width, max, threads| {
        let temp = tempfile::tempdir().expect("a directory");
        let outcome = run(
            &plan(&study(half_width, max)),
            &Toy::default(),
            temp.path(),
            &options(threads, "1/1"),
        )
        .expect("runs");
        (outcome.replications, outcome.runs.succeeded, bytes(temp.path()))
    };
    let (replications, runs, files) = finish(0.02, 1000, 1);
    assert!(
        replications > 4
            && (replications - 4).is_multiple_of(3)
            && runs == 2 * u64::from(replications),
        "{replications}"
    );
    let again = finish(0.02, 1000, 3);
    assert!(again == (replications, runs, files), "threads do not matter");
    assert_eq!(finish(1.0, 1000, 1).0, 10, "an interval of fewer pairs is not trusted");
    assert_eq!(finish(1e-6, 11, 1).0, 11, "the most there may be");
    let temp = tempfile::tempdir().expect("a directory");
    let refused = run(&plan(&study(1.0, 10)), &Toy::default(), temp.path(), &options(1, "1/3"))
        .expect_err("shards");
    assert_eq!(refused.class(), ErrorClass::Usage);
}

#[test]
fn shards_of_different_plans_or_with_gaps_are_not_merged() {
    let temp = tempfile::tempdir().expect("a directory");
    let [one, other, out] = ["one", "other", "out"].map(|name| temp.path().join(name));
    std::fs::create_dir(&out).expect("creates");
    run(&plan(TWO_BY_TWENTY), &Toy::default(), &one, &options(1, "1/2")).expect("runs");
    run(
        &plan(&TWO_BY_TWENTY.replace("n = 20", "n = 19")),
        &Toy::default(),
        &other,
        &options(1, "2/2"),
    )
    .expect("runs");
    let different = merge(&[one.clone(), other], &out, &[], &Software::default(), || Ok(()))
        .expect_err("different");
    assert!(
        different.class() == ErrorClass::Invalid
            && different.to_string().contains("different plans"),
        "{different}"
    );
    let gap = merge(std::slice::from_ref(&one), &out, &[], &Software::default(), || Ok(()))
        .expect_err("a gap");
    assert!(
        gap.class() == ErrorClass::Failed && gap.help().contains("shard 2/2"),
        "{gap} {}",
        gap.help()
    );
    let nothing = merge(&[temp.path().to_owned()], &out, &[], &Software::default(), || Ok(()))
        .expect_err("no study");
    assert_eq!(nothing.class(), ErrorClass::Invalid);
}

#[test]
fn two_processes_do_not_write_one_directory_and_status_disturbs_nobody() {
    let temp = tempfile::tempdir().expect("a directory");
    let plan = plan(TWO_BY_TWENTY);
    let mut told = None;
    let first = execute(&plan, &Toy::default(), temp.path(), &options(1, "1/1"), &mut |p| {
        if p.finished >= 10 && told.is_none() {
            let second = run(
                &plan,
                &Toy::default(),
                temp.path(),
                &ExecuteOptions { resume: true, ..ExecuteOptions::default() },
            );
            told = Some((
                second.expect_err("locked").to_string(),
                status(temp.path()).expect("a study").runs,
            ));
        }
        true
    });
    let (message, runs) = told.expect("asked");
    assert!(message.contains("another process"), "{message}");
    assert!(runs.succeeded >= 10 && runs.succeeded + runs.pending == 40, "{runs:?}");
    assert!(first.expect("runs").complete);
}

#[test]
fn a_study_whose_files_changed_is_not_resumed() {
    let temp = tempfile::tempdir().expect("a directory");
    let file = temp.path().join("study.toml");
    let scenario = temp.path().join("mine.toml");
    let load = temp.path().join("load.csv");
    std::fs::write(&load, "load_kw\n100\n90\n").expect("writes");
    let park = scenario::Builtin::named("park-small").expect("built in").toml;
    std::fs::write(&scenario, park.replace("[series.load]", "[series.load]\ncsv = \"load.csv\""))
        .expect("writes");
    std::fs::write(&file, TWO_BY_TWENTY.replace("park-small", "mine.toml")).expect("writes");
    let study = crate::StudyFile::load(&file.display().to_string(), &[]).expect("a good study");
    let out = temp.path().join("out");
    let plan = Plan::new(study).expect("a plan");
    execute(&plan, &Toy::default(), &out, &options(1, "1/1"), &mut |p| p.finished < 10)
        .expect("runs");
    assert!(reopen(&out).is_ok());
    let state = status(&out).expect("a study");
    assert!(
        state.runs.succeeded >= 10 && state.status == RunStatus::Interrupted && !state.complete,
        "{state:?}"
    );
    for (path, text) in [(&scenario, "# changed"), (&file, "# changed"), (&load, "80")] {
        let before = std::fs::read_to_string(path).expect("reads");
        std::fs::write(path, format!("{before}\n{text}")).expect("writes");
        let error = reopen(&out).expect_err("changed");
        assert!(
            error.class() == ErrorClass::Invalid && error.to_string().contains("changed"),
            "{error}"
        );
        std::fs::write(path, before).expect("writes");
    }
    std::fs::remove_file(&file).expect("removes");
    assert!(reopen(&out).is_ok(), "the directory remembers the study");
}

#[test]
fn antithetic_pairs_count_once() {
    let temp = tempfile::tempdir().expect("a directory");
    let text = TWO_BY_TWENTY.replace("n = 20", "n = 20\nantithetic = true");
    let outcome =
        run(&plan(&text), &Toy::default(), temp.path(), &options(1, "1/1")).expect("runs");
    let penalty =
        outcome.contrasts.iter().find(|c| c.figure.name == "no_show_rate").expect("there");
    assert_eq!(penalty.difference.n, 10);
    // u and 1 - u: the mean of a pair is 0.5 (noise) + 0.05 (own) exactly.
    assert!((penalty.difference.mean_a - 0.55).abs() < 1e-12 && penalty.difference.sd < 1e-12);
}
