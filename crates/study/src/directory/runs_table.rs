//! `runs.parquet`: every run with its point, seeds and end.

use super::own_table;
use crate::{Factor, Levels, Plan, Setting, Shard, StudyError};
use record::{ColumnSpec, Kind, TableFile, Value};
use std::path::Path;

/// How a run ended: not yet (`None`), well (`Some(None)`) or with an error.
pub(crate) type End = Option<Option<String>>;

/// The columns of `runs.parquet`: the fixed ones and one per factor.
pub(crate) fn columns(plan: &Plan) -> Vec<ColumnSpec> {
    let whole = |name: &'static str, doc: &'static str| {
        ColumnSpec::new(name, Kind::Int64, "", doc).required()
    };
    let mut columns = vec![
        whole("run_id", "Run: replication x points + point."),
        ColumnSpec::new("point_id", Kind::Int32, "", "Point of the design.").required(),
        ColumnSpec::new("replication", Kind::Int32, "", "Replication of the point.").required(),
        ColumnSpec::new(
            "seed_replication",
            Kind::Int32,
            "",
            "Number of the replication that enters every draw.",
        )
        .required(),
        whole("seed_population", "Seed of who the users are."),
        whole("seed_behaviour", "Seed of what they do."),
        whole("seed_exogenous", "Seed of weather, forecast errors, latencies."),
        whole("seed_optimiser", "Seed of randomised solvers."),
        ColumnSpec::new(
            "antithetic",
            Kind::Bool,
            "",
            "Whether the run mirrors the draws of the one before.",
        )
        .required(),
    ];
    columns.push(ColumnSpec::new(
        "day_drawn",
        Kind::Int32,
        "d",
        "First recorded day in the scenario's series, counted from 0; null unless days are drawn.",
    ));
    columns.extend(plan.study.factors.iter().map(|f| {
        let doc = if matches!(f.levels, Levels::Options(_)) {
            "Option of a factor of the study.".to_owned()
        } else {
            format!("Value of the scenario's key `{}`.", f.name)
        };
        ColumnSpec::new(f.name.clone(), kind(f, plan), "", doc).required()
    }));
    columns.push(
        ColumnSpec::new("status", Kind::Text, "", "pending, succeeded, failed or aborted.")
            .required(),
    );
    columns.push(ColumnSpec::new(
        "error",
        Kind::Text,
        "",
        "Why the run failed; null if it did not.",
    ));
    columns
}

/// The type that holds all values of a factor.
pub(super) fn kind(factor: &Factor, plan: &Plan) -> Kind {
    let k = plan.study.factors.iter().position(|f| f.name == factor.name).unwrap_or(0);
    let all = |test: fn(&Setting) -> bool| plan.points.iter().all(|p| test(&p.settings[k]));
    if all(|x| matches!(x, Setting::Flag(_))) {
        Kind::Bool
    } else if all(|x| matches!(x, Setting::Whole(_))) {
        Kind::Int64
    } else if all(|x| matches!(x, Setting::Whole(_) | Setting::Real(_))) {
        Kind::Float64
    } else {
        Kind::Text
    }
}

/// Writes the runs of a shard with their ends, by run.
pub(crate) fn write_runs(
    plan: &Plan,
    directory: &Path,
    ends: &[End],
    shard: Shard,
) -> Result<TableFile, StudyError> {
    let columns = columns(plan);
    let kinds: Vec<Kind> = columns.iter().map(|c| c.kind).collect();
    let mut table = own_table(plan, "runs", "run", columns, &["run_id"])?;
    for (run, end) in (0_u64..).zip(ends).filter(|(run, _)| shard.holds(plan.block_of(*run))) {
        let point = plan.point_of(run);
        let replication = plan.replication_of(run);
        let seeds = plan.seeds(run);
        let texts: Vec<String> = point.settings.iter().map(ToString::to_string).collect();
        let mut row = vec![
            Value::Int(run as i64),
            Value::Int(i64::from(point.id)),
            Value::Int(i64::from(replication)),
            Value::Int(i64::from(seeds.replication)),
            Value::Int(seeds.population as i64),
            Value::Int(seeds.behaviour as i64),
            Value::Int(seeds.exogenous as i64),
            Value::Int(seeds.optimiser as i64),
            Value::Flag(seeds.antithetic),
            plan.day_drawn(run).map_or(Value::Null, |day| Value::Int(i64::from(day))),
        ];
        let fixed = row.len();
        row.extend(
            point
                .settings
                .iter()
                .zip(&texts)
                .enumerate()
                .map(|(k, (x, text))| cell(kinds[fixed + k], x, text)),
        );
        let (status, error) = match end {
            None => ("pending", Value::Null),
            Some(None) => ("succeeded", Value::Null),
            Some(Some(reason)) => ("failed", Value::Text(reason)),
        };
        row.extend([Value::Text(status), error]);
        table.push(&row)?;
    }
    Ok(table.write(&directory.join(record::names::RUNS))?)
}

pub(super) fn cell<'a>(kind: Kind, setting: &Setting, text: &'a str) -> Value<'a> {
    match (kind, setting) {
        (Kind::Bool, Setting::Flag(x)) => Value::Flag(*x),
        (Kind::Int64, Setting::Whole(x)) => Value::Int(*x),
        (Kind::Float64, x) => Value::Real(x.number().unwrap_or(f64::NAN)),
        _ => Value::Text(text),
    }
}
