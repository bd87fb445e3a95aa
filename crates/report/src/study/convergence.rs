//! How the clearest difference settled as runs came in.

use super::Findings;
use crate::chart::{Axis, Chart, Colour, Mark, Shape, thinned};
use crate::{ReportError, Source};
use std::collections::{BTreeMap, HashMap};

/// Mean paired difference after 2, 3, ... pairs with one standard error to each side.
pub(super) fn convergence(source: &Source, found: &Findings) -> Result<Chart, ReportError> {
    let clearest = found.clearest(1);
    let Some(effect) = clearest.first() else { return Ok(chart("", "", &[], 0.0)) };
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
            if frame.word("scope", row) != "run" || frame.word("name", row) != effect.name {
                continue;
            }
            let Some((point, replication)) = runs.get(&(*id as i64)) else { continue };
            let pair = pairs.entry(*replication).or_insert([f64::NAN; 2]);
            if *point == effect.baseline.0 {
                pair[0] = value[row];
            }
            if *point == effect.level.0 {
                pair[1] = value[row];
            }
        }
    })?;
    let differences = pairs.values().map(|p| p[1] - p[0]).filter(|d| d.is_finite());
    let (mut n, mut mean, mut squares) = (0.0, 0.0, 0.0);
    let mut steps = Vec::new();
    for d in differences {
        n += 1.0;
        let before: f64 = d - mean;
        mean += before / n;
        squares += before * (d - mean);
        if n >= 2.0 {
            steps.push((n, mean, (squares / (n - 1.0) / n).sqrt()));
        }
    }
    let title = format!("{}, {}", effect.name, effect.level.1);
    Ok(chart(&title, &effect.unit, &steps, effect.difference[1]))
}

fn chart(title: &str, unit: &str, steps: &[(f64, f64, f64)], end: f64) -> Chart {
    let line = |f: &dyn Fn(&(f64, f64, f64)) -> f64| {
        thinned(&steps.iter().map(|s| [s.0, f(s)]).collect::<Vec<_>>(), 1000)
    };
    let marks = match steps.last() {
        None => Vec::new(),
        Some(last) => vec![
            Mark::new("at the end", Colour::Muted, Shape::Dashes(vec![[2.0, end], [last.0, end]])),
            Mark::new("mean", Colour::Alarm, Shape::Line(line(&|s| s.1))),
            Mark::new("one standard error", Colour::Wind, Shape::Line(line(&|s| s.1 - s.2))),
            Mark::new("", Colour::Wind, Shape::Line(line(&|s| s.1 + s.2))),
        ],
    };
    Chart {
        name: "convergence",
        title: format!("How the clearest difference settled: {title}"),
        note: "The mean of the paired differences after so many pairs of runs.".to_owned(),
        x: Axis::numbers("pairs of runs"),
        y: Axis::numbers(format!("difference [{unit}]")),
        marks,
        sql: "SELECT r.point_id, r.replication, i.value FROM 'runs.parquet' r JOIN \
              'indicators.parquet' i USING (run_id) WHERE i.scope = 'run' ORDER BY ALL"
            .to_owned(),
        height: 300,
    }
}
