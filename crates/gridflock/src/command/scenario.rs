//! `gridflock validate`, `schema`, `scenario`.

use super::table;
use crate::cli::{Global, ScenarioAction, SchemaOf};
use crate::output::{note, say, warn, warnings_json};
use gridflock::{Code, Failure, Needs, Run, RunOptions};
use record::names;
use scenario::{BUILTINS, Problem, Problems};
use std::path::{Path, PathBuf};
use study::{BuiltinStudy, Plan, StudyFile};

/// Checks scenarios and studies, all of them, and says how big they are; with `strict` warnings
/// count as errors.
pub fn validate(names: &[String], strict: bool, global: &Global) -> Result<(), Failure> {
    let mut all = Problems::default();
    let mut other = None;
    for name in names {
        tracing::info!("reading {name}");
        let checked = if is_study(name) { check_study(name) } else { check_scenario(name) };
        let checked = checked.and_then(|checked| {
            warn(&checked.warnings, strict)?;
            Ok(checked)
        });
        match checked {
            Ok(checked) => checked.print(name, global),
            Err(Failure::Problems(problems)) => all.list.extend(problems.list),
            Err(failure) => other = Some(failure),
        }
    }
    match (all.is_empty(), other) {
        (false, _) => Err(Failure::Problems(all)),
        (true, Some(failure)) => Err(failure),
        (true, None) => Ok(()),
    }
}

/// What is valid.
struct Checked {
    /// `scenario` or `study`.
    what: &'static str,
    /// How big it is: the number, what it counts, and one of them.
    sizes: Vec<(u64, &'static str, &'static str)>,
    /// What a run of it takes.
    needs: Option<Needs>,
    warnings: Vec<Problem>,
}

impl Checked {
    fn print(&self, name: &str, global: &Global) {
        if global.json {
            let mut object = serde_json::json!({ self.what: name, "valid": true });
            for (n, key, _) in &self.sizes {
                object[key.to_lowercase()] = serde_json::json!(n);
            }
            if let Some(needs) = &self.needs {
                object["rows"] = serde_json::json!(needs.rows);
                object["disk_bytes"] = serde_json::json!(needs.disk_bytes);
                object["memory_bytes"] = serde_json::json!(needs.memory_bytes);
            }
            object["warnings"] = warnings_json(&self.warnings);
            say!("{object}");
            return;
        }
        let size = |(n, many, one): &(u64, &str, &str)| {
            format!("{n} {}", if *n == 1 { one } else { many })
        };
        let sizes: Vec<String> = self.sizes.iter().map(size).collect();
        say!("{name}: valid; {}", sizes.join(", "));
    }
}

fn check_study(name: &str) -> Result<Checked, Failure> {
    let plan = StudyFile::load(name, &[]).and_then(Plan::new).map_err(super::study::failure)?;
    let (points, runs) = (plan.points.len() as u64, plan.runs(plan.first_replications()));
    let sizes = vec![(points, "points", "point"), (runs, "runs", "run")];
    Ok(Checked { what: "study", sizes, needs: None, warnings: plan.warnings })
}

fn check_scenario(name: &str) -> Result<Checked, Failure> {
    let run = Run::load(name, &RunOptions::default()).map_err(|failure| match failure {
        Failure::Problems(mut problems) => {
            let unknown =
                problems.list.iter_mut().filter(|p| p.code == scenario::Code::UnknownScenario);
            for problem in unknown {
                problem.help.push_str("; `gridflock study list` lists the built-in studies");
            }
            Failure::Problems(problems)
        }
        other @ Failure::Plain { .. } => other,
    })?;
    run.notes().iter().for_each(|text| note!("note: {text}"));
    let needs = run.needs();
    note!("note: {name} takes about {} rows, {}", needs.rows, gridflock::in_words(&needs));
    let (evs, zones, periods) = run.size();
    let sizes = vec![
        (u64::from(evs), "EVs", "EV"),
        (u64::from(zones), "zones", "zone"),
        (periods, "periods", "period"),
    ];
    Ok(Checked { what: "scenario", sizes, needs: Some(needs), warnings: run.warnings().to_vec() })
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
        SchemaOf::People => serde_json::to_string_pretty(&people_json()),
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
    say!("{}", text.map_err(|e| Failure::new(Code::Failed, e.to_string()))?);
    Ok(())
}

/// The columns of a table of people, and a sample of one.
fn people_json() -> serde_json::Value {
    let columns: Vec<_> = population::PEOPLE_COLUMNS
        .iter()
        .map(|c| {
            let allowed = c.allowed.to_string();
            serde_json::json!({ "name": c.name, "unit": c.unit, "allowed": allowed, "doc": c.doc })
        })
        .collect();
    serde_json::json!({
        "about": "One row per person. Every column may be left out and every cell may be empty: \
                  what is not given is drawn from the laws of the person's segment. CSV (commas, \
                  semicolons or tabs) or Parquet, named by [fleet] table.",
        "columns": columns,
        "sample": population::PEOPLE_SAMPLE,
    })
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
                say!("{}", serde_json::json!(list));
            } else {
                let mut out = table(&["scenario", "what it is about"], &[]);
                for (name, about) in described {
                    out.add_row([name, &about]);
                }
                say!("{out}");
            }
            Ok(())
        }
        ScenarioAction::Show { name } => {
            let text = scenario::show(name)?;
            super::print_text(name, &text, global);
            Ok(())
        }
        ScenarioAction::Init { name, blank, dir } => {
            let dir = dir.clone().unwrap_or_else(|| PathBuf::from(name));
            let made =
                if *blank { scenario::init_blank(name, &dir) } else { scenario::init(name, &dir) };
            let files = made.map_err(init_failure)?;
            if global.json {
                say!("{}", serde_json::json!({ "directory": dir, "files": files }));
            } else {
                for file in files {
                    say!("{}", file.display());
                }
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
        e @ scenario::InitError::NoBlank(..) => Failure::new(Code::Scenario, e.to_string()),
        other => Failure::new(Code::Failed, other.to_string()),
    }
}
