//! How well the answer was known as runs came in.

use super::{Findings, pairs};
use crate::chart::{Axis, Chart, Colour, Mark, Shape, thinned};
use crate::{ReportError, Source};
use statrs::distribution::{ContinuousCDF, StudentsT};

/// More points of a line than that are not drawn.
const MOST: usize = 1000;

/// What settles: the difference that answers, or the figure where nothing is compared.
struct Series {
    title: String,
    unit: String,
    what: &'static str,
    values: Vec<f64>,
    confidence: f64,
    /// The interval of the table.
    reported: [f64; 3],
}

/// After so many values: their mean and the half-width of its interval.
struct Step {
    n: f64,
    mean: f64,
    half: f64,
}

/// The mean with its interval after 2, 3, ... values, and the half-width by itself.
pub(super) fn charts(source: &Source, found: &Findings) -> Result<Vec<Chart>, ReportError> {
    let Some(series) = series(source, found)? else { return Ok(Vec::new()) };
    let steps = steps(&series.values, series.confidence);
    if steps.is_empty() {
        return Ok(Vec::new());
    }
    Ok(vec![half_width(&series, &steps), settling(&series, &steps)])
}

fn series(source: &Source, found: &Findings) -> Result<Option<Series>, ReportError> {
    if let Some(effect) = found.leading(1).first() {
        let pairs = pairs::of(source, effect)?;
        let differences = pairs.iter().map(|p| p[1] - p[0]).filter(|d| d.is_finite());
        return Ok(Some(Series {
            title: format!("{}, {}", effect.name, super::names::difference(effect)),
            unit: effect.unit.clone(),
            what: "pairs of runs",
            values: differences.collect(),
            confidence: effect.confidence,
            reported: effect.difference,
        }));
    }
    // A sample of points has no replications of its own to settle.
    let Some(only) = found.overall(1).first().copied() else { return Ok(None) };
    let Some(point) = only.point else { return Ok(None) };
    let values = pairs::values(source, &only.name, [point, point])?;
    Ok(Some(Series {
        title: only.name.clone(),
        unit: only.unit.clone(),
        what: "runs",
        values: values.iter().map(|v| v[0]).filter(|v| v.is_finite()).collect(),
        confidence: only.confidence,
        reported: only.mean,
    }))
}

fn steps(values: &[f64], confidence: f64) -> Vec<Step> {
    let (mut n, mut mean, mut squares) = (0.0, 0.0, 0.0);
    let mut steps = Vec::new();
    for v in values {
        n += 1.0;
        let before: f64 = v - mean;
        mean += before / n;
        squares += before * (v - mean);
        if let Ok(t) = StudentsT::new(0.0, 1.0, n - 1.0) {
            let error = (squares / (n - 1.0) / n).sqrt();
            steps.push(Step { n, mean, half: t.inverse_cdf(0.5 + confidence / 2.0) * error });
        }
    }
    steps
}

/// The half-width by itself, with the square-root law that it follows.
fn half_width(series: &Series, steps: &[Step]) -> Chart {
    let line = |f: &dyn Fn(&Step) -> f64| {
        // The first few are so wide that they would hide the others.
        let shown = if steps.len() > 12 { &steps[3..] } else { steps };
        thinned(&shown.iter().map(|s| [s.n, f(s)]).collect::<Vec<_>>(), MOST)
    };
    let (last, [low, _, high]) = (&steps[steps.len() - 1], series.reported);
    let law = line(&|s| last.half * (last.n / s.n).sqrt());
    let mut marks = vec![
        Mark::new("one over the root of the number", Colour::Muted, Shape::Dashes(law)),
        Mark::new("half-width", Colour::Alarm, Shape::Line(line(&|s| s.half))),
    ];
    if high > low {
        let dot = vec![[last.n, (high - low) / 2.0]];
        marks.push(Mark::new("of the table, at the end", Colour::Ink, Shape::Dots(dot)));
    }
    let percent = 100.0 * series.confidence;
    Chart {
        name: "convergence",
        title: format!("How well the answer was known as runs came in: {}", series.title),
        note: format!(
            "Half the width of the {percent:.0} % interval (Student's t) after so many {}. Four \
             times the runs halve it. The table's own half-width differs where its interval is a \
             bootstrap's.",
            series.what
        ),
        x: Axis::numbers(series.what),
        y: Axis::numbers(format!("half-width [{}]", series.unit)),
        marks,
        sql: SQL.to_owned(),
        height: 300,
    }
}

/// The mean with its interval.
fn settling(series: &Series, steps: &[Step]) -> Chart {
    let line = |f: &dyn Fn(&Step) -> f64| {
        let shown = if steps.len() > 12 { &steps[3..] } else { steps };
        thinned(&shown.iter().map(|s| [s.n, f(s)]).collect::<Vec<_>>(), MOST)
    };
    let (first, last) = (steps[if steps.len() > 12 { 3 } else { 0 }].n, &steps[steps.len() - 1]);
    let end = vec![[first, last.mean], [last.n, last.mean]];
    let marks = vec![
        Mark::new("at the end", Colour::Muted, Shape::Dashes(end)),
        Mark::new("mean", Colour::Alarm, Shape::Line(line(&|s| s.mean))),
        Mark::new("its interval", Colour::Wind, Shape::Line(line(&|s| s.mean - s.half))),
        Mark::new("", Colour::Wind, Shape::Line(line(&|s| s.mean + s.half))),
    ];
    Chart {
        name: "settling",
        title: format!("How the answer settled: {}", series.title),
        note: format!(
            "The mean after so many {}, and its {:.0} % interval.",
            series.what,
            100.0 * series.confidence
        ),
        x: Axis::numbers(series.what),
        y: Axis::numbers(format!("mean [{}]", series.unit)),
        marks,
        sql: SQL.to_owned(),
        height: 280,
    }
}

const SQL: &str = "SELECT i.name, r.point_id, r.replication, i.value FROM 'runs.parquet' r JOIN \
                   'indicators.parquet' i USING (run_id) WHERE i.scope = 'run' ORDER BY ALL";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_half_width_is_that_of_students_t() {
        // 1, 2, 3, 4: mean 2.5, standard deviation 1.29099, t(3) at 97.5 % 3.18245.
        let steps = steps(&[1.0, 2.0, 3.0, 4.0], 0.95);
        assert_eq!(steps.len(), 3);
        let last = &steps[2];
        assert!((last.mean - 2.5).abs() < 1e-12 && (last.half - 2.0543).abs() < 1e-3);
    }
}
