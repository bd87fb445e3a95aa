//! Reports and pictures: what stands on the page is what stands in the tables.

use crate::tool::{expect_code, gridflock};
use std::collections::BTreeMap;
use std::path::Path;

/// The attributes `name="..." data-value="..."` of the page, by name.
fn shown(page: &str) -> BTreeMap<String, f64> {
    let figures = page.split("data-figure=\"").skip(1);
    let figure = |text: &str| {
        let (name, rest) = text.split_once('"')?;
        let value = rest.split_once("data-value=\"")?.1.split('"').next()?.parse().ok()?;
        Some((name.to_owned(), value))
    };
    figures.filter_map(figure).collect()
}

/// The run's indicators, from their table.
fn indicators(directory: &Path) -> BTreeMap<String, f64> {
    let mut all = BTreeMap::new();
    let table = directory.join("indicators.parquet");
    record::scan_columns(&table, &["name", "value", "scope"], |frame| {
        for (row, value) in frame.numbers("value").iter().enumerate() {
            if frame.word("scope", row) == "run" {
                all.insert(frame.word("name", row).to_owned(), *value);
            }
        }
    })
    .expect("indicators can be read");
    all
}

#[test]
fn each_figure_on_the_page_of_a_run_is_the_one_of_the_table() {
    let folder = tempfile::tempdir().unwrap();
    for model in ["park-small", "feeder-small", "group-small"] {
        expect_code(folder.path(), &["run", model, "-o", model, "--report"], 0);
        let directory = folder.path().join(model);
        let page = std::fs::read_to_string(directory.join("report.html")).unwrap();
        let (shown, table) = (shown(&page), indicators(&directory));
        assert_eq!(shown.len(), 5, "{model}: {shown:?}");
        for (name, value) in shown {
            assert_eq!(value, table[&name], "{model}: {name}");
        }
        let requests =
            page.matches("http").count() - page.matches("http://www.w3.org/2000/svg").count();
        assert_eq!(requests, 0, "{model}: the page speaks of another address");
        assert!(page.matches("<figure").count() >= 5, "{model}");
    }
}

#[test]
fn every_listed_picture_is_drawn_as_svg_and_png() {
    let folder = tempfile::tempdir().unwrap();
    expect_code(folder.path(), &["run", "feeder-small", "-o", "run"], 0);
    let list = gridflock(folder.path(), &["plot", "run", "--json"]);
    let list: Vec<BTreeMap<String, String>> = serde_json::from_slice(&list.stdout).unwrap();
    assert!(list.iter().any(|c| c["name"] == "network"), "{list:?}");
    for name in list.iter().map(|c| c["name"].as_str()) {
        for (file, begin) in [("x.svg", &b"<svg"[..]), ("x.png", &b"\x89PNG"[..])] {
            expect_code(folder.path(), &["plot", "run", name, "-o", file], 0);
            let bytes = std::fs::read(folder.path().join(file)).unwrap();
            assert!(bytes.starts_with(begin) && bytes.len() > 2000, "{name} as {file}");
        }
    }
    let error = expect_code(folder.path(), &["plot", "run", "netwrok"], 2);
    assert!(error.contains("network"), "{error}");
    expect_code(folder.path(), &["plot", "run", "network", "-o", "x.gif"], 2);
}

#[test]
fn the_page_of_a_comparison_shows_effects_with_their_intervals() {
    let folder = tempfile::tempdir().unwrap();
    let compare = "compare park-small --a tickets.enabled=false --b tickets.enabled=true -n 4 -o c";
    expect_code(folder.path(), &compare.split(' ').collect::<Vec<_>>(), 0);
    expect_code(folder.path(), &["report", "c"], 0);
    let page = std::fs::read_to_string(folder.path().join("c/report.html")).unwrap();
    assert!(page.contains("95 % interval"));
    assert!(page.contains("id=\"effects\"") && page.contains("id=\"convergence\""));
}
