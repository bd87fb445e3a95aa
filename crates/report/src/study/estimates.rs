//! Distributions of figures by point of the design.

use super::Findings;
use crate::chart::{Axis, Chart, Colour, Mark, Shape};
use crate::{ReportError, Source};
use std::collections::BTreeMap;

/// A figure of whole runs at a point.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Estimate {
    /// The point; none for all points of a sample together.
    pub point: Option<i64>,
    /// Indicator.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// Mean and its interval.
    pub mean: [f64; 3],
    /// Quantiles: 5, 25, 50, 75, 95 %.
    pub quantiles: [f64; 5],
    /// Confidence of the interval.
    pub confidence: f64,
}

pub(super) fn read(source: &Source) -> Result<Vec<Estimate>, ReportError> {
    let mut estimates = Vec::new();
    let columns = [
        "scope",
        "point_id",
        "name",
        "unit",
        "mean",
        "ci_low",
        "ci_high",
        "p05",
        "p25",
        "p50",
        "p75",
        "p95",
        "confidence",
    ];
    source.scan("estimates", &columns, |frame| {
        for row in (0..frame.rows()).filter(|r| frame.word("scope", *r) == "run") {
            let number = |name: &str| frame.numbers(name)[row];
            estimates.push(Estimate {
                point: Some(number("point_id")).filter(|p| p.is_finite()).map(|p| p as i64),
                name: frame.word("name", row).to_owned(),
                unit: frame.word("unit", row).to_owned(),
                mean: ["ci_low", "mean", "ci_high"].map(number),
                quantiles: ["p05", "p25", "p50", "p75", "p95"].map(number),
                confidence: number("confidence"),
            });
        }
    })?;
    Ok(estimates)
}

/// Names of charts must be known before the run: at most three indicators are shown.
const NAMES: [&str; 3] = ["distribution-1", "distribution-2", "distribution-3"];
/// More points than that are not told apart.
const MOST_POINTS: usize = 40;

/// One chart for each of some indicators: what runs of each point came to.
pub(super) fn levels(found: &Findings, names: &[String]) -> Vec<Chart> {
    let mut labels: BTreeMap<i64, &str> = BTreeMap::new();
    for e in &found.effects {
        labels.insert(e.baseline.0, &e.baseline.1);
        labels.insert(e.level.0, &e.level.1);
    }
    NAMES
        .iter()
        .zip(names)
        .map(|(chart, name)| {
            // A sample's points have no names: it is shown as a whole.
            let whole = |e: &&Estimate| !found.is_sampled() || e.point.is_none();
            let rows = found.estimates.iter().filter(|e| e.name == *name).filter(whole);
            let rows = rows.take(MOST_POINTS).collect::<Vec<_>>();
            let rows = rows.into_iter().rev().collect::<Vec<_>>();
            distribution(chart, name, &rows, &labels)
        })
        .collect()
}

fn distribution(
    chart: &'static str,
    name: &str,
    rows: &[&Estimate],
    labels: &BTreeMap<i64, &str>,
) -> Chart {
    let unit = rows.first().map_or("", |e| e.unit.as_str());
    let at = |f: &dyn Fn(&Estimate, f64) -> [f64; 4]| {
        rows.iter().enumerate().map(|(y, e)| f(e, y as f64)).collect::<Vec<_>>()
    };
    let wide = at(&|e, y| [e.quantiles[0], e.quantiles[4], y - 0.08, y + 0.08]);
    let half = at(&|e, y| [e.quantiles[1], e.quantiles[3], y - 0.3, y + 0.3]);
    let means = rows.iter().enumerate().map(|(y, e)| (e.mean, y as f64)).collect();
    let label = |e: &&Estimate| {
        let Some(point) = e.point else { return "all points".to_owned() };
        let known = labels.get(&point).map(|l| (*l).to_owned());
        let only = rows.len() == 1;
        known.unwrap_or_else(|| if only { "all runs".to_owned() } else { format!("point {point}") })
    };
    let (factors, names) = super::names::short(&rows.iter().map(label).collect::<Vec<_>>());
    let marks = if rows.is_empty() {
        Vec::new()
    } else {
        vec![
            Mark::new("5 to 95 % of runs", Colour::Muted, Shape::Boxes(wide)),
            Mark::new("middle half of runs", Colour::Wind, Shape::Boxes(half)),
            Mark::new("mean with its interval", Colour::Alarm, Shape::Intervals(means)),
        ]
    };
    Chart {
        name: chart,
        title: if rows.len() == 1 {
            format!("{name}, over all runs")
        } else {
            format!("{name}, by point of the design")
        },
        note: "How the runs of each point are spread, and how well their mean is known.".to_owned(),
        x: Axis::numbers(format!("{name} [{unit}]")),
        y: Axis::Names { label: factors, names },
        marks,
        sql: format!(
            "SELECT point_id, mean, ci_low, ci_high, p05, p25, p50, p75, p95 FROM \
             'estimates.parquet' WHERE scope = 'run' AND name = '{name}'{} ORDER BY point_id",
            if rows.iter().any(|e| e.point.is_none()) { " AND point_id IS NULL" } else { "" }
        ),
        height: 110 + 30 * rows.len().max(2) as u32,
    }
}
