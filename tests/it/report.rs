//! Reports and pictures: what stands on the page is what stands in the tables.

use crate::partners::{call, python, skipped};
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
        let listed = page.split("data-indicator=\"").skip(1).map(|text| {
            let (name, rest) = text.split_once('"').expect("a name");
            let value = rest.split_once("data-value=\"").and_then(|r| r.1.split('"').next());
            (name.to_owned(), value.and_then(|v| v.parse::<f64>().ok()).expect("a number"))
        });
        let listed: BTreeMap<String, f64> = listed.collect();
        let same =
            |name: &String, v: &f64| listed[name] == *v || v.is_nan() && listed[name].is_nan();
        assert_eq!(listed.len(), table.len(), "{model}: indicators on the page");
        assert!(table.iter().all(|(name, v)| same(name, v)), "{model}");
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
    for chart in ["effects", "convergence", "settling", "pairs"] {
        assert!(page.contains(&format!("id=\"{chart}\"")), "{chart}");
    }
}

/// The values `data-value="..."` of a table of the page, row by row.
fn rows_of(page: &str, table: &str) -> Vec<Vec<f64>> {
    let start = page.find(&format!("id=\"{table}\"")).unwrap_or_else(|| panic!("no {table}"));
    let body = page[start..].split("</table>").next().unwrap_or_default();
    let value = |text: &str| text.split('"').next().and_then(|t| t.parse().ok());
    let row = |text: &str| text.split("data-value=\"").skip(1).filter_map(value).collect();
    body.split("<tr>").skip(2).map(row).collect()
}

#[test]
fn each_difference_on_the_page_of_a_study_is_the_one_of_the_table() {
    let folder = tempfile::tempdir().unwrap();
    let study = "description = \"Does it pay?\"\n[scenario]\nbase = \"park-small\"\n[[factor]]\nname = \"tickets.enabled\"\nvalues = [false, true]\n[[factor]]\nname = \"penalty.scale\"\nvalues = [0.5, 1.0, 2.0]\n[replications]\nn = 4\n";
    std::fs::write(folder.path().join("s.toml"), study).unwrap();
    let out = gridflock(folder.path(), &["study", "run", "s.toml", "-o", "s", "--report"]);
    assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
    assert!(String::from_utf8_lossy(&out.stdout).contains("report.html"));
    let page = std::fs::read_to_string(folder.path().join("s/report.html")).unwrap();
    let mut table = Vec::new();
    let columns = ["scope", "difference", "ci_low", "ci_high"];
    record::scan_columns(&folder.path().join("s/contrasts.parquet"), &columns, |frame| {
        for row in (0..frame.rows()).filter(|r| frame.word("scope", *r) == "run") {
            table.push(["difference", "ci_low", "ci_high"].map(|c| frame.numbers(c)[row]).to_vec());
        }
    })
    .unwrap();
    let shown = rows_of(&page, "differences");
    assert_eq!(shown.len(), table.len());
    let same =
        |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| a == b || a.is_nan() && b.is_nan());
    assert!(shown.iter().zip(&table).all(|(a, b)| a.len() == 3 && same(a, b)));
    for part in
        ["id=\"effects\"", "id=\"pairs\"", "id=\"tornado\"", "What was held", "Does it pay?"]
    {
        assert!(page.contains(part), "{part}");
    }
    // A part of a study has nothing to show yet, and says so.
    let part = ["study", "run", "s.toml", "-o", "p", "--shard", "1/2", "--report"];
    assert!(expect_code(folder.path(), &part, 0).contains("no report"));
}

/// The page of a study that is run in a folder, as `s`.
fn page_of_study(folder: &Path, study: &str) -> String {
    std::fs::write(folder.join("s.toml"), study).unwrap();
    expect_code(folder, &["study", "run", "s.toml", "-o", "s", "--report"], 0);
    std::fs::read_to_string(folder.join("s/report.html")).unwrap()
}

#[test]
fn a_sampled_design_shows_ranks_and_the_region_of_the_factors_that_matter() {
    let folder = tempfile::tempdir().unwrap();
    let study = "[scenario]\nbase = \"park-small\"\n[[factor]]\nname = \"penalty.scale\"\nrange = [0.5, 3.0]\n[[factor]]\nname = \"tickets.alpha\"\nrange = [0.1, 0.9]\n[design]\nkind = \"latin_hypercube\"\nn = 16\n[replications]\nn = 2\n";
    let page = page_of_study(folder.path(), study);
    let place = |chart: &str| page.find(&format!("<figure id=\"{chart}\""));
    let (ranks, region) = (place("ranks").expect("ranks"), place("region").expect("a region"));
    let spread = place("distribution-1").expect("a distribution");
    assert!(ranks < spread && region < spread, "what the sample was drawn for comes first");
    assert!(!page.contains("point 3<"), "points of a sample have no names");
}

#[test]
fn the_page_of_a_feeder_and_of_a_park_has_every_picture_of_its_model() {
    let folder = tempfile::tempdir().unwrap();
    let of_all = ["power-balance", "occupancy", "prices", "states-of-charge", "money"];
    let of_park = ["bookings", "breaches", "refunds"];
    let of_feeder = ["targets", "zone-targets", "network", "voltages", "branch-loading"];
    for (model, own) in [("park-small", &of_park[..]), ("feeder-small", &of_feeder)] {
        expect_code(folder.path(), &["run", model, "-o", model, "--report"], 0);
        let page = std::fs::read_to_string(folder.path().join(model).join("report.html")).unwrap();
        for name in of_all.iter().chain(own) {
            assert!(page.contains(&format!("<figure id=\"{name}\"")), "{model}: {name}");
        }
        assert_eq!(page.matches("data-copy=").count(), page.matches("<figure").count(), "{model}");
    }
}

/// The figures of a chart's table on the page, by their names.
fn flows_of(page: &str, chart: &str) -> BTreeMap<String, f64> {
    let start = page.find(&format!("<figure id=\"{chart}\"")).expect("the chart is there");
    let body = page[start..].split("</figure>").next().unwrap_or_default();
    let row = |text: &str| {
        let name = text.split_once("<td class=\"n\">")?.1.split('<').next()?.to_owned();
        let value = text.split_once("data-value=\"")?.1.split('"').next()?.parse().ok()?;
        Some((name, value))
    };
    body.split("<tr>").skip(1).filter_map(row).collect()
}

#[test]
fn the_life_of_bookings_on_the_page_adds_up_and_is_that_of_the_tables() {
    let folder = tempfile::tempdir().unwrap();
    expect_code(folder.path(), &["run", "park", "-o", "r", "--report"], 0);
    let run = folder.path().join("r");
    let page = std::fs::read_to_string(run.join("report.html")).unwrap();
    let (flows, figures) = (flows_of(&page, "bookings"), indicators(&run));
    let from = |stop: &str| -> f64 {
        let of = flows.iter().filter(|(name, _)| name.starts_with(&format!("{stop} to ")));
        of.map(|(_, n)| n).sum()
    };
    let into = |stop: &str| -> f64 {
        let of = flows.iter().filter(|(name, _)| name.ends_with(&format!(" to {stop}")));
        of.map(|(_, n)| n).sum()
    };
    assert_eq!(from("asked for"), figures["requests"], "{flows:?}");
    assert_eq!(into("rejected"), figures["rejections"]);
    assert_eq!(into("booked"), figures["bookings"]);
    assert_eq!(from("won by ticket"), figures["bookings_by_ticket"]);
    let cancelled = ["cancelled_free", "cancelled_early", "cancelled_late"].map(|n| figures[n]);
    assert_eq!(into("cancelled"), cancelled.iter().sum::<f64>());
    assert_eq!(into("severe breach"), figures["severe_breaches"]);
    assert_eq!(into("moderate breach"), figures["moderate_breaches"]);
    for stop in ["booked", "came"] {
        assert_eq!(into(stop), from(stop), "what comes to `{stop}` leaves it");
    }
    assert!(from("booked") > 100.0, "{flows:?}");
}

#[test]
fn money_is_in_the_currency_of_the_scenario() {
    let folder = tempfile::tempdir().unwrap();
    for model in ["park-small", "group-small"] {
        let run = ["run", model, "-o", model, "--set", "currency=EUR", "--report"];
        expect_code(folder.path(), &run, 0);
        let source = report::Source::open(&folder.path().join(model)).unwrap();
        let charts = report::charts(&source).unwrap();
        let of_money =
            charts.iter().filter(|c| [&c.x, &c.y].iter().any(|axis| axis.label().contains("EUR")));
        assert!(of_money.count() >= 2, "{model}: prices and money");
        for c in &charts {
            let text = format!("{} {} {} {}", c.title, c.note, c.x.label(), c.y.label());
            assert!(!text.contains("CNY"), "{model}: {text}");
        }
    }
    let out = gridflock(folder.path(), &["trace", "park-small", "--ev", "1"]);
    let story = String::from_utf8_lossy(&out.stdout);
    assert!(story.contains(" EUR") && !story.contains("CNY"), "{story}");
    assert!(story.starts_with("day 1 "), "the first day is day 1 as on the page: {story}");
}

#[test]
fn words_of_users_stand_on_the_page_as_they_were_written() {
    let folder = tempfile::tempdir().unwrap();
    let study = "description = 'Say \"hi\" <script>alert(1)</script>, \u{4f60}'\n[scenario]\nbase = \"park-small\"\n[[factor]]\nname = \"who\"\n[[factor.option]]\nname = \"a <script>alert(2)</script>\"\nset = { \"penalty.scale\" = 0.5 }\n[[factor.option]]\nname = \"../b '&'\"\nset = { \"penalty.scale\" = 2.0 }\n[replications]\nn = 2\n";
    let page = page_of_study(folder.path(), study);
    let asked = "Say &quot;hi&quot; &lt;script&gt;alert(1)&lt;/script&gt;, \u{4f60}.";
    assert!(page.contains(asked), "the description is whole");
    assert_eq!(page.matches("<script").count(), 1, "the page's own");
}

#[test]
fn charging_on_arrival_peaks_where_the_indicator_says() {
    let folder = tempfile::tempdir().unwrap();
    expect_code(folder.path(), &["run", "group-small", "-o", "r"], 0);
    let run = folder.path().join("r");
    let source = report::Source::open(&run).unwrap();
    let charts = report::charts(&source).unwrap();
    let chart = charts.iter().find(|c| c.name == "before-after").expect("areas are drawn");
    let mut total = BTreeMap::new();
    for mark in chart.marks.iter().filter(|m| m.name.ends_with("on arrival")) {
        let report::chart::Shape::Dashes(line) = &mark.shape else { panic!("{mark:?}") };
        // A step of a period is its left and its right end.
        for step in line.chunks(2) {
            *total.entry((step[0][0] * 60.0).round() as i64).or_insert(0.0) += step[0][1];
        }
    }
    let peak = total.values().copied().fold(0.0, f64::max);
    let told = indicators(&run)["uncontrolled_peak_kw"];
    assert!((peak - told).abs() <= 1e-6 * told, "{peak} against {told}");
}

#[test]
fn the_sql_of_every_chart_runs_and_gives_the_charts_figures() {
    let folder = tempfile::tempdir().unwrap();
    let mut check = match python(None) {
        Ok(python) => python,
        Err(why) => return skipped(why),
    };
    for model in ["park-small", "feeder-small", "group-small"] {
        expect_code(folder.path(), &["run", model, "-o", model, "--report"], 0);
    }
    let study = "compare park-small --a penalty.scale=1 --b penalty.scale=3 -n 4 -o c";
    expect_code(folder.path(), &study.split(' ').collect::<Vec<_>>(), 0);
    let directories = ["park-small", "feeder-small", "group-small", "c"];
    for directory in directories {
        let listed = gridflock(folder.path(), &["plot", directory, "--json"]);
        std::fs::write(folder.path().join(directory).join("charts.json"), listed.stdout).unwrap();
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/python/check_charts.py");
    if let Err(said) = call(check.arg(script).args(directories).current_dir(folder.path())) {
        panic!("{said}");
    }
}
