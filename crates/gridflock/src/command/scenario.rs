//! `gridflock validate`, `schema`, `scenario`.

use super::table;
use crate::cli::{Global, ScenarioAction, SchemaOf};
use gridflock::{Code, Failure, Run, RunOptions};
use record::names;
use scenario::{BUILTINS, Problems};
use std::path::{Path, PathBuf};
use study::{BuiltinStudy, Plan, StudyFile};

/// Checks scenarios and studies, all of them, and says how big they are.
pub fn validate(scenarios: &[String], global: &Global) -> Result<(), Failure> {
    let mut all = Problems::default();
    let mut other = None;
    for name in scenarios {
        if is_study(name) {
            match StudyFile::load(name, &[]).and_then(Plan::new).map_err(super::study::failure) {
                Ok(plan) if global.json => {
                    let (points, runs) = (plan.points.len(), plan.runs(plan.first_replications()));
                    println!(
                        "{}",
                        serde_json::json!({ "study": name, "valid": true, "points": points, "runs": runs })
                    );
                }
                Ok(plan) => println!(
                    "{name}: valid; {} points, {} runs",
                    plan.points.len(),
                    plan.runs(plan.first_replications())
                ),
                Err(Failure::Problems(problems)) => all.list.extend(problems.list),
                Err(failure) => other = Some(failure),
            }
            continue;
        }
        match Run::load(name, &RunOptions::default()) {
            Ok(run) => {
                let (evs, zones, periods) = run.size();
                if global.json {
                    println!(
                        "{}",
                        serde_json::json!({ "scenario": name, "valid": true, "evs": evs, "zones": zones, "periods": periods })
                    );
                } else {
                    println!(
                        "{name}: valid; {evs} EVs, {zones} zone{}, {periods} periods",
                        if zones == 1 { "" } else { "s" }
                    );
                }
            }
            Err(Failure::Problems(mut problems)) => {
                for unknown in
                    problems.list.iter_mut().filter(|p| p.code == scenario::Code::UnknownScenario)
                {
                    unknown.help.push_str("; `gridflock study list` lists the built-in studies");
                }
                all.list.extend(problems.list);
            }
            Err(failure) => other = Some(failure),
        }
    }
    match (all.is_empty(), other) {
        (false, _) => Err(Failure::Problems(all)),
        (true, Some(failure)) => Err(failure),
        (true, None) => Ok(()),
    }
}

/// Whether a file or name is a study: only studies have a table `[scenario]`.
fn is_study(name: &str) -> bool {
    let path = Path::new(name);
    let path =
        if path.join(names::STUDY).is_file() { path.join(names::STUDY) } else { path.to_owned() };
    match std::fs::read_to_string(path) {
        Ok(text) => text.lines().any(|line| line.trim_start().starts_with("[scenario]")),
        Err(_) => BuiltinStudy::named(name).is_some(),
    }
}

/// Prints a schema.
pub fn schema(what: SchemaOf) -> Result<(), Failure> {
    let text = match what {
        SchemaOf::Scenario => serde_json::to_string_pretty(&scenario::schema_json()),
        SchemaOf::Study => serde_json::to_string_pretty(&study::study_schema_json()),
        SchemaOf::Tables => {
            let indicators: Vec<_> = indicators::DEFINITIONS
                .iter()
                .map(|d| serde_json::json!({ "name": d.name, "unit": d.unit, "doc": d.doc }))
                .collect();
            serde_json::to_string_pretty(
                &serde_json::json!({ "tables": record::tables_json(), "indicators": indicators }),
            )
        }
    };
    println!("{}", text.map_err(|e| Failure::new(Code::Failed, e.to_string()))?);
    Ok(())
}

/// Lists, shows or copies built-in scenarios.
pub fn scenario(action: &ScenarioAction, global: &Global) -> Result<(), Failure> {
    match action {
        ScenarioAction::List => {
            let described: Vec<(&str, String)> =
                BUILTINS.iter().map(|b| (b.name, description(b.name))).collect();
            if global.json {
                let list: Vec<_> = described
                    .iter()
                    .map(|(n, d)| serde_json::json!({ "name": n, "description": d }))
                    .collect();
                println!("{}", serde_json::json!(list));
            } else {
                let mut out = table(&["scenario", "what it is about"], &[]);
                for (name, about) in described {
                    out.add_row([name, &about]);
                }
                println!("{out}");
            }
            Ok(())
        }
        ScenarioAction::Show { name } => {
            print!("{}", scenario::show(name)?);
            Ok(())
        }
        ScenarioAction::Init { name, dir } => {
            let dir = dir.clone().unwrap_or_else(|| PathBuf::from(name));
            let files = scenario::init(name, &dir).map_err(init_failure)?;
            for file in files {
                println!("{}", file.display());
            }
            Ok(())
        }
    }
}

fn description(name: &str) -> String {
    scenario::Scenario::load(name, &[]).map(|l| l.scenario.description).unwrap_or_default()
}

fn init_failure(e: scenario::InitError) -> Failure {
    match e {
        scenario::InitError::Unknown(problems) => Failure::Problems(problems),
        other => Failure::new(Code::Failed, other.to_string()),
    }
}
