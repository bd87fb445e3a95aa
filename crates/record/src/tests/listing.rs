//! The listings say what the schema says.

use crate::{Table, tables_json, tables_markdown};
use indicators::definitions_markdown;

#[test]
fn the_page_of_columns_and_indicators_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../output/README.md");
    let page = std::fs::read_to_string(path).unwrap();
    let (head, _) = page.split_once("\n### ").expect("the page lists tables");
    let tables = tables_markdown();
    let wanted = format!(
        "{head}\n{}\n## Indicators\n\n{}",
        tables.trim_start_matches('\n'),
        definitions_markdown()
    );
    if std::env::var_os("UPDATE_TABLES_PAGE").is_some() {
        std::fs::write(path, &wanted).unwrap();
    }
    assert!(
        page == wanted,
        "output/README.md is out of date; run the tests with UPDATE_TABLES_PAGE=1 and look at the difference"
    );
}

#[test]
fn every_column_has_a_meaning_and_units_stand_in_names() {
    for table in Table::ALL {
        assert_eq!(table.columns()[0].name, "run_id");
        for column in table.columns() {
            assert!(column.doc.ends_with('.'), "{}.{}", table.name(), column.name);
            let suffixes: &[&str] = match column.unit.as_ref() {
                "kWh" => &["_kwh"],
                "kW" => &["_kw"],
                "kvar" => &["_kvar"],
                "CNY" => &["_cny"],
                "CNY/kWh" => &["_cny_per_kwh"],
                "uCNY" => &["_ucny"],
                "p.u." => &["_pu"],
                "rad" => &["_rad"],
                "A" => &["_a"],
                "kg" => &["_kg"],
                "h" => &["_h"],
                "min" => &["_min"],
                "s" => &["_s"],
                "kW2" => &["_kw2"],
                "1" => &[
                    "_efficiency",
                    "soc_arrival",
                    "soc_target",
                    "soc_departure",
                    "soh_loss",
                    "squared_error",
                    "norm",
                    "credence",
                ],
                "" => continue,
                other => panic!("unit {other}"),
            };
            assert!(
                suffixes.iter().any(|s| column.name.ends_with(s)),
                "{}.{} [{}]",
                table.name(),
                column.name,
                column.unit
            );
        }
    }
}

#[test]
fn the_json_listing_names_words() {
    let listing = tables_json();
    assert_eq!(listing["tables"].as_array().unwrap().len(), 17);
    let facts = &listing["tables"][0];
    assert_eq!(
        (facts["name"].as_str(), facts["file"].as_str()),
        (Some("facts"), Some("facts.parquet"))
    );
    let kind = facts["columns"].as_array().unwrap().iter().find(|c| c["name"] == "kind").unwrap();
    assert_eq!(kind["words"].as_array().unwrap().len(), domain::FactKind::ALL.len());
}
