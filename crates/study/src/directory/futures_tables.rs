//! `regret.parquet` and `flips.parquet` of a cross design.

use super::own_table;
use crate::analysis::{FlipRow, RegretRow};
use crate::{Plan, StudyError};
use record::{ColumnSpec, Kind, TableFile, Value};
use std::path::Path;

fn real(name: &'static str, unit: &'static str, doc: &'static str) -> ColumnSpec {
    ColumnSpec::new(name, Kind::Float64, unit, doc)
}

fn text(name: &'static str, doc: &'static str) -> ColumnSpec {
    ColumnSpec::new(name, Kind::Text, "", doc)
}

fn whole(name: &'static str, doc: &'static str) -> ColumnSpec {
    ColumnSpec::new(name, Kind::Int64, "", doc).required()
}

/// Writes the regrets.
pub(crate) fn write_regret(
    plan: &Plan,
    directory: &Path,
    rows: &[RegretRow],
) -> Result<TableFile, StudyError> {
    let columns = vec![
        whole("policy", "Number of the combination of levers."),
        text("label", "The policy in words.").required(),
        text("name", "Indicator that is better in one direction.").required(),
        text("unit", "Its unit.").required(),
        real("mean", "", "Mean over futures, in `unit`."),
        real(
            "regret",
            "",
            "Mean over futures of what the best policy of each has over this one, in `unit`.",
        ),
        real("ci_low", "", "Lower end of its interval; null if there is none."),
        real("ci_high", "", "Upper end of it."),
        real("regret_p95", "", "95 % quantile of the regret over futures, in `unit`."),
        real("regret_max", "", "Largest regret, in `unit`."),
        real("wins", "1", "Share of futures in which no policy is better."),
        whole("n", "Futures in which all policies have a value."),
    ];
    let mut table = own_table(plan, "regret", "policy and indicator", columns, &[])?;
    for r in rows {
        table.push(&[
            Value::Int(i64::from(r.policy)),
            Value::Text(&r.label),
            Value::Text(&r.figure.name),
            Value::Text(&r.figure.unit),
            Value::Real(r.mean),
            Value::Real(r.regret),
            Value::Real(r.interval.low),
            Value::Real(r.interval.high),
            Value::Real(r.regret_p95),
            Value::Real(r.regret_max),
            Value::Real(r.wins),
            Value::Int(r.n as i64),
        ])?;
    }
    Ok(table.write(&directory.join(record::names::REGRET))?)
}

/// Writes the regions in which differences have the rarer sign: a row for each bounded factor of
/// each box, and one without a factor where no box is found.
pub(crate) fn write_flips(
    plan: &Plan,
    directory: &Path,
    rows: &[FlipRow],
) -> Result<TableFile, StudyError> {
    let columns = vec![
        text("contrast", "The lever.").required(),
        text("label_a", "The policy that is compared with.").required(),
        text("label_b", "The policy that is compared.").required(),
        text("name", "Indicator.").required(),
        real("share_above", "1", "Share of futures in which b is above a."),
        text("region_of", "above or below: the futures that the box describes, the fewer ones.")
            .required(),
        text("factor", "Uncertainty that the box bounds; null where there is no box."),
        real("low", "", "Lower bound, in the factor's unit."),
        real("high", "", "Upper bound, in the factor's unit."),
        real("coverage", "1", "Share of those futures that lie inside."),
        real("density", "1", "Share of the futures inside that are of those."),
        whole("n", "Futures in which both have a value."),
    ];
    let mut table = own_table(plan, "flips", "bound of a box", columns, &[])?;
    for r in rows {
        let bounds: Vec<(Option<&str>, [f64; 2])> = match &r.found {
            Some((names, found)) => names
                .iter()
                .zip(&found.bounds)
                .filter_map(|(name, bound)| Some((Some(name.as_str()), (*bound)?)))
                .collect(),
            None => vec![(None, [f64::NAN; 2])],
        };
        let [coverage, density] =
            r.found.as_ref().map_or([f64::NAN; 2], |(_, b)| [b.coverage, b.density]);
        for (factor, [low, high]) in bounds {
            table.push(&[
                Value::Text(&r.pair.contrast),
                Value::Text(&r.pair.label_a),
                Value::Text(&r.pair.label_b),
                Value::Text(&r.figure.name),
                Value::Real(r.share_above),
                Value::Text(if r.above { "above" } else { "below" }),
                factor.map_or(Value::Null, Value::Text),
                Value::Real(low),
                Value::Real(high),
                Value::Real(coverage),
                Value::Real(density),
                Value::Int(r.n as i64),
            ])?;
        }
    }
    Ok(table.write(&directory.join(record::names::FLIPS))?)
}
