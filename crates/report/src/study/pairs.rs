//! The pairs of runs behind a difference: the same people, weather and delays on both sides.

use super::{Effect, Findings};
use crate::chart::{Axis, Chart, Colour, Mark, Shape};
use crate::{ReportError, Source};
use std::collections::{BTreeMap, HashMap};

/// By replication: the values at the baseline and at the level; NaN where a run has none.
pub(super) fn of(source: &Source, effect: &Effect) -> Result<Vec<[f64; 2]>, ReportError> {
    values(source, &effect.name, [effect.baseline.0, effect.level.0])
}

/// By replication: an indicator's values at two points; NaN where a run has none.
pub(super) fn values(
    source: &Source,
    indicator: &str,
    points: [i64; 2],
) -> Result<Vec<[f64; 2]>, ReportError> {
    let mut runs: HashMap<i64, (i64, i64)> = HashMap::new();
    source.scan("runs", &["run_id", "point_id", "replication"], |frame| {
        let (point, replication) = (frame.numbers("point_id"), frame.numbers("replication"));
        for (row, id) in frame.numbers("run_id").iter().enumerate() {
            runs.insert(*id as i64, (point[row] as i64, replication[row] as i64));
        }
    })?;
    let mut pairs: BTreeMap<i64, [f64; 2]> = BTreeMap::new();
    source.scan("indicators", &["run_id", "name", "value", "scope"], |frame| {
        let value = frame.numbers("value");
        for (row, id) in frame.numbers("run_id").iter().enumerate() {
            if frame.word("scope", row) != "run" || frame.word("name", row) != indicator {
                continue;
            }
            let Some((point, replication)) = runs.get(&(*id as i64)) else { continue };
            let pair = pairs.entry(*replication).or_insert([f64::NAN; 2]);
            for (side, of) in pair.iter_mut().zip(points) {
                if *point == of {
                    *side = value[row];
                }
            }
        }
    })?;
    Ok(pairs.into_values().collect())
}

/// All pairs of the difference that answers as dots.
pub(super) fn dots(source: &Source, found: &Findings) -> Result<Chart, ReportError> {
    const MOST: usize = 2000;
    let leading = found.leading(1);
    let mut pairs = match leading.first() {
        Some(effect) => of(source, effect)?,
        None => Vec::new(),
    };
    pairs.retain(|p| p.iter().all(|v| v.is_finite()));
    let all = pairs.len();
    pairs.truncate(MOST);
    let ends = pairs
        .iter()
        .flatten()
        .fold([f64::INFINITY, f64::NEG_INFINITY], |[a, b], v| [a.min(*v), b.max(*v)]);
    let marks = if pairs.is_empty() {
        Vec::new()
    } else {
        vec![
            Mark::new(
                "no difference",
                Colour::Ink,
                Shape::Dashes(vec![[ends[0]; 2], [ends[1]; 2]]),
            ),
            Mark::new("a pair of runs", Colour::Grid, Shape::Dots(pairs)),
        ]
    };
    let (name, unit, a, b) =
        leading.first().map_or(("", "", "", ""), |e| (&e.name, &e.unit, &e.baseline.1, &e.level.1));
    let cut = if all > MOST { format!(" The first {MOST} of {all}.") } else { String::new() };
    Ok(Chart {
        name: "pairs",
        title: format!("All pairs of runs: {name}"),
        note: format!(
            "Each dot is a pair of runs with the same draws; above the broken line {b} is higher \
             than {a}.{cut}"
        ),
        x: Axis::numbers(format!("{a} [{unit}]")),
        y: Axis::numbers(format!("{b} [{unit}]")),
        marks,
        sql: format!(
            "SELECT r.replication, r.point_id, i.value FROM 'runs.parquet' r JOIN \
             'indicators.parquet' i USING (run_id) WHERE i.scope = 'run' AND i.name = '{name}' \
             ORDER BY ALL"
        ),
        height: 420,
    })
}
