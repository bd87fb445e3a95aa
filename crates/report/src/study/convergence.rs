//! How the clearest difference settled as runs came in.

use super::{Findings, pairs};
use crate::chart::{Axis, Chart, Colour, Mark, Shape, thinned};
use crate::{ReportError, Source};

/// Mean paired difference after 2, 3, ... pairs with one standard error to each side.
pub(super) fn convergence(source: &Source, found: &Findings) -> Result<Chart, ReportError> {
    let clearest = found.clearest(1);
    let Some(effect) = clearest.first() else { return Ok(chart("", "", &[], 0.0)) };
    let pairs = pairs::of(source, effect)?;
    let differences = pairs.iter().map(|p| p[1] - p[0]).filter(|d| d.is_finite());
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
