//! Each broken scenario is refused at the right place with the right words.

use scenario::{Problems, Scenario, load_series};
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/it/bad_scenarios")
}

/// What loading and reading of series say.
fn problems(file: &str) -> Option<Problems> {
    let path = folder().join(file);
    match Scenario::load(&path.display().to_string(), &[]) {
        Err(problems) => Some(problems),
        Ok(loaded) => load_series(&loaded).err(),
    }
}

#[test]
fn the_base_is_right() {
    assert_eq!(problems("base.toml"), None);
}

#[test]
fn every_broken_scenario_names_place_and_remedy() {
    let table =
        std::fs::read_to_string(folder().join("expected.csv")).expect("expected.csv is there");
    let mut failures = Vec::new();
    let mut count = 0;
    for row in table.lines().skip(1) {
        let mut cells = row.splitn(5, ',');
        let [file, _exit, code, line, words] =
            std::array::from_fn(|_| cells.next().expect("five columns"));
        count += 1;
        let Some(found) = problems(file) else {
            failures.push(format!("{file}: accepted"));
            continue;
        };
        let line: usize = line.parse().expect("a line number");
        if !found.list.iter().any(|p| p.code.word() == code && p.line == line) {
            failures.push(format!("{file}: no {code} in line {line}:\n{found}"));
        }
        let text = found.to_string();
        for word in words.trim_matches('"').split('|').filter(|word| !text.contains(word)) {
            failures.push(format!("{file}: `{word}` is not in:\n{text}"));
        }
        if found
            .list
            .iter()
            .any(|p| p.help.is_empty() && p.code.word() != "syntax" && p.code.word() != "bad_data")
        {
            failures.push(format!("{file}: no remedy:\n{text}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(count >= 25, "only {count} broken scenarios");
}

#[test]
fn one_defect_gives_one_problem() {
    for file in [
        "misspelt_key.toml",
        "negative_spread.toml",
        "nan.toml",
        "shares_do_not_sum.toml",
        "unknown_law.toml",
        "empty_fleet.toml",
    ] {
        let found = problems(file).expect("refused");
        assert_eq!(found.list.len(), 1, "{file}:\n{found}");
    }
}

#[test]
fn several_defects_are_told_at_once() {
    assert_eq!(problems("several.toml").expect("refused").list.len(), 3);
}
