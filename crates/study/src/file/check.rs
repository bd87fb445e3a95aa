//! What concerns study and scenario together: keys that do not exist, values that a key does not
//! take.

use super::base::caused_by;
use super::design::SHARE_TREATED;
use super::{Contrast, StopTarget, StudyFile, contrasts, ratios, searches};
use crate::analysis::LEAST;
use crate::plan::contrasts_of;
use crate::{Factor, Levels, Setting};
use keys::{Code, Problem, Table};

/// Values of a factor that are tried on the scenario; of longer lists the first and the last ones.
const TRIED: usize = 64;

/// Reports what is wrong in the study; gives the problems of the scenario, which have places of
/// their own.
pub(super) fn check(t: &Table<'_>, study: &StudyFile) -> Vec<Problem> {
    check_names(t, &study.factors);
    let base = match study.scenario(&[]) {
        Ok(base) => base,
        Err(problems) => {
            // Overrides are told where they stand in the study; the rest in the scenario's own
            // file.
            let (ours, theirs): (Vec<Problem>, Vec<Problem>) =
                problems.list.into_iter().partition(|p| p.file.starts_with("--set "));
            for problem in ours {
                t.refuse_as(problem.code, "scenario.overrides", problem.message, problem.help);
            }
            return theirs;
        }
    };
    for (k, factor) in study.factors.iter().enumerate() {
        check_factor(t, study, k, factor);
    }
    let segments: Vec<String> =
        base.scenario.fleet.spec.segments.iter().map(|s| s.name.clone()).collect();
    let points =
        study.design.points(&study.factors, &study.copula).map_or(0, |points| points.len());
    contrasts::check(t, study, &segments, points);
    ratios::check(t, study);
    check_stop(t, study, points);
    searches::check(t, study);
    Vec::new()
}

/// A stopping rule needs something to look at.
fn check_stop(t: &Table<'_>, study: &StudyFile, points: usize) {
    let Some(stop) = &study.stop else { return };
    let name = &stop.indicator;
    if !study.output.has(name) {
        let message = format!("`{name}` is not among `output.indicators`: nobody would see it");
        t.refuse("stop.indicator", message, "add it there");
    }
    let between_points = contrasts_of(study)
        .iter()
        .any(|contrast| !matches!(contrast, Contrast::Segments { .. }) && points > 1);
    if stop.target == StopTarget::Contrast && !between_points {
        t.refuse(
            "stop.of",
            "there is no contrast between points to look at",
            "give a [[factor]] with role \"lever\" or a [[contrast]], or of = \"mean\"",
        );
    }
    let least = if study.replications.antithetic { 2 * LEAST } else { LEAST };
    if (stop.max as usize) < least {
        let message = format!("an interval is not trusted before {least} replications");
        t.refuse("stop.max", message, format!("raise `stop.max` to at least {least}"));
    }
}

fn check_names(t: &Table<'_>, factors: &[Factor]) {
    for (k, factor) in factors.iter().enumerate() {
        let key = format!("factor[{k}].name");
        if factors[..k].iter().any(|other| other.name == factor.name) {
            t.refuse(
                &key,
                format!("two factors are called `{}`", factor.name),
                "give each key once",
            );
        }
        let first = factor.name.split('.').next().unwrap_or_default();
        if matches!(first, "seed" | "seeds") && !matches!(factor.levels, Levels::Options(_)) {
            let message =
                format!("`{}` is no factor: chance is varied by replications", factor.name);
            t.refuse(
                &key,
                message,
                "use [replications] n, seed, population, behaviour, exogenous, optimiser",
            );
        }
        if COLUMNS.contains(&factor.name.as_str()) {
            t.refuse(
                &key,
                format!("`{}` is a column of runs.parquet already", factor.name),
                "choose another name",
            );
        }
    }
}

/// Columns of `runs.parquet` that are not factors.
const COLUMNS: [&str; 12] = [
    "run_id",
    "point_id",
    "replication",
    "antithetic",
    "day_drawn",
    "seed_replication",
    "seed_population",
    "seed_behaviour",
    "seed_exogenous",
    "seed_optimiser",
    "status",
    "error",
];

/// Tries a factor's values on the scenario, with the other factors at their first values.
fn check_factor(t: &Table<'_>, study: &StudyFile, k: usize, factor: &Factor) {
    let others: Vec<String> = study
        .factors
        .iter()
        .enumerate()
        .filter(|(i, _)| *i != k)
        .flat_map(|(_, f)| f.sets(&f.at(0.0)))
        .collect();
    // Problems that the others have among themselves are told at their own keys.
    let context = if study.scenario(&others).is_ok() { others } else { Vec::new() };
    for value in tried(factor) {
        let sets = factor.sets(&value);
        let Err(problems) = study.scenario(&[&context[..], &sets[..]].concat()) else { continue };
        let mut named = false;
        for set in &sets {
            if let Some(problem) = caused_by(&problems, set) {
                let unknown = matches!(problem.code, Code::UnknownKey | Code::BadOverride);
                t.refuse_as(
                    problem.code,
                    &place(k, factor, &value, unknown),
                    problem.message.clone(),
                    problem.help.clone(),
                );
                named = true;
                if unknown {
                    return;
                }
            }
        }
        // A value that is fine by itself may contradict another key of the scenario.
        if let Some(problem) = problems.list.first().filter(|_| !named) {
            let message = format!("with {} = {value}: {}", factor.name, problem.message);
            t.refuse_as(
                problem.code,
                &place(k, factor, &value, false),
                message,
                problem.help.clone(),
            );
        }
    }
}

/// Where a factor's problem is shown. The columns of a table have no place of their own.
fn place(k: usize, factor: &Factor, value: &Setting, unknown: bool) -> String {
    match &factor.levels {
        Levels::Options(_) if factor.name == SHARE_TREATED => "design.treatment".to_owned(),
        Levels::Options(options) => {
            let name = value.to_string();
            let which = options.iter().position(|option| option.name == name);
            which.map_or_else(
                || format!("factor[{k}].option"),
                |i| format!("factor[{k}].option[{i}].set"),
            )
        }
        _ if unknown => format!("factor[{k}].name"),
        Levels::Values(_) => format!("factor[{k}].values"),
        Levels::Range { .. } => format!("factor[{k}].range"),
        Levels::Law { .. } => format!("factor[{k}].distribution"),
    }
}

fn tried(factor: &Factor) -> Vec<Setting> {
    if let Levels::Range { .. } | Levels::Law { .. } = &factor.levels {
        return vec![factor.at(0.0), factor.at(1.0)];
    }
    let list = factor.list();
    let ends = list.len().min(TRIED);
    let last = list.len().saturating_sub(TRIED).max(ends);
    [&list[..ends], &list[last..]].concat()
}
