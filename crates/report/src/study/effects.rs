//! Paired differences and their intervals.

use super::Findings;
use crate::chart::{Axis, Chart, Colour, Mark, Shape};
use crate::{ReportError, Source};
use std::collections::BTreeMap;

/// A paired difference of a figure of whole runs between two points.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Effect {
    /// The factor that is varied, `point`, or the treatment arms.
    pub contrast: String,
    /// Indicator.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// The point compared with, and its words.
    pub baseline: (i64, String),
    /// The point compared, and its words.
    pub level: (i64, String),
    /// Mean at the baseline.
    pub mean_baseline: f64,
    /// Mean at the level.
    pub mean_level: f64,
    /// Mean difference, and its interval.
    pub difference: [f64; 3],
    /// Confidence of the interval.
    pub confidence: f64,
    /// Pairs of runs.
    pub n: f64,
}

impl Effect {
    /// The difference in units of the interval's half-width: above 1 the interval excludes 0.
    pub fn clearness(&self) -> f64 {
        let [low, middle, high] = self.difference;
        let half = (high - low) / 2.0;
        if half > 0.0 && middle.is_finite() { middle.abs() / half } else { 0.0 }
    }
}

pub(super) fn read(source: &Source) -> Result<Vec<Effect>, ReportError> {
    let mut effects = Vec::new();
    let columns = [
        "scope",
        "contrast",
        "name",
        "unit",
        "point_a",
        "point_b",
        "label_a",
        "label_b",
        "mean_a",
        "mean_b",
        "difference",
        "ci_low",
        "ci_high",
        "confidence",
        "n",
    ];
    source.scan("contrasts", &columns, |frame| {
        for row in (0..frame.rows()).filter(|r| frame.word("scope", *r) == "run") {
            let number = |name: &str| frame.numbers(name)[row];
            let word = |name: &str| frame.word(name, row).to_owned();
            effects.push(Effect {
                contrast: word("contrast"),
                name: word("name"),
                unit: word("unit"),
                baseline: (number("point_a") as i64, word("label_a")),
                level: (number("point_b") as i64, word("label_b")),
                mean_baseline: number("mean_a"),
                mean_level: number("mean_b"),
                difference: [number("ci_low"), number("difference"), number("ci_high")],
                confidence: number("confidence"),
                n: number("n"),
            });
        }
    })?;
    Ok(effects)
}

/// More rows than that are not told apart.
const MOST_ROWS: usize = 24;

/// All effects on the primary outcome, in its own unit.
pub(super) fn primary(found: &Findings) -> Chart {
    let of = |e: &&Effect| found.is_primary(&e.name) && e.difference[1].is_finite();
    let shown: Vec<&Effect> = found.effects.iter().filter(of).take(MOST_ROWS).collect();
    let (name, unit) = shown.first().map_or(("", ""), |e| (e.name.as_str(), e.unit.as_str()));
    let (factors, names) = super::names::short(&labels(&shown));
    let rows: Vec<Row> = shown.iter().map(|e| known(e.difference)).collect();
    Chart {
        name: "primary-outcome",
        title: format!("The outcome that was asked for: {name}, differences to the baseline"),
        note: format!(
            "Each difference of {name} with its {:.0} % interval over paired runs; a dot alone has \
             no interval (too few runs differ).",
            percent(&shown)
        ),
        x: Axis::numbers(format!("difference [{unit}]")),
        y: Axis::Names { label: factors, names: names.into_iter().rev().collect() },
        marks: marks(rows),
        sql: format!(
            "SELECT label_b, label_a, difference, ci_low, ci_high, n, p, p_holm FROM \
             'contrasts.parquet' WHERE scope = 'run' AND name = '{name}'"
        ),
        height: height(shown.len()),
    }
}

/// A forest plot of the clearest effects, in per cent of the baseline.
pub(super) fn forest(found: &Findings) -> Chart {
    let per_cent = |e: &Effect| e.difference.map(|d| 100.0 * d / e.mean_baseline.abs());
    // What is far beyond the others would hide them.
    let fits = |e: &&Effect| per_cent(e).iter().all(|end| end.abs() < 200.0);
    let shown: Vec<&Effect> =
        found.clearest(usize::MAX).into_iter().filter(fits).take(16).collect();
    let (factors, levels) = super::names::short(&labels(&shown));
    let names = shown.iter().zip(levels).map(|(e, level)| format!("{}: {level}", e.name)).rev();
    let rows: Vec<Row> = shown.iter().map(|e| per_cent(e)).collect();
    Chart {
        name: "effects",
        title: "What differs: paired differences to the baseline".to_owned(),
        note: format!(
            "The clearest contrast of each indicator, in per cent of the baseline's mean, with its \
             {:.0} % interval over paired runs. Many indicators are looked at together: \
             one in twenty intervals would exclude 0 by chance. Left out: indicators that are 0 at \
             the baseline, and what reaches beyond 200 %.",
            percent(&shown)
        ),
        x: Axis::numbers("difference [% of the baseline]"),
        y: Axis::Names { label: factors, names: names.collect() },
        marks: marks(rows),
        sql: "SELECT label_b, label_a, name, 100 * difference / abs(mean_a) AS per_cent, \
              100 * ci_low / abs(mean_a) AS low, 100 * ci_high / abs(mean_a) AS high\n\
              FROM 'contrasts.parquet' WHERE scope = 'run' AND mean_a <> 0"
            .to_owned(),
        height: height(shown.len()),
    }
}

/// Lower end, mean, upper end of an interval.
type Row = [f64; 3];

/// An interval whose ends are not known is a dot.
fn known([low, mean, high]: Row) -> Row {
    if low.is_finite() && high.is_finite() { [low, mean, high] } else { [mean; 3] }
}

fn labels(shown: &[&Effect]) -> Vec<String> {
    shown.iter().map(|e| e.level.1.clone()).collect()
}

fn percent(shown: &[&Effect]) -> f64 {
    shown.first().map_or(95.0, |e| 100.0 * e.confidence)
}

fn height(rows: usize) -> u32 {
    100 + 26 * rows.max(3) as u32
}

/// Intervals from above to below, told apart by whether they exclude no difference.
fn marks(rows: Vec<Row>) -> Vec<Mark> {
    if rows.is_empty() {
        return Vec::new();
    }
    let top = rows.len() as f64 - 0.5;
    let rows = rows.into_iter().rev().enumerate().map(|(y, row)| (row, y as f64));
    let excludes = |([low, _, high], _): &(Row, f64)| low < high && (*low > 0.0 || *high < 0.0);
    let (sure, unsure): (Vec<_>, Vec<_>) = rows.partition(excludes);
    let zero = Shape::Dashes(vec![[0.0, -0.5], [0.0, top]]);
    vec![
        Mark::new("no difference", Colour::Ink, zero),
        Mark::new("interval excludes 0", Colour::Alarm, Shape::Intervals(sure)),
        Mark::new("interval holds 0, or there is none", Colour::Muted, Shape::Intervals(unsure)),
    ]
}

/// A tornado: how far each factor moves the indicator that answers, over all of its levels.
pub(super) fn tornado(found: &Findings) -> Chart {
    let clearest = found.leading(1);
    let name = clearest.first().map_or("", |e| e.name.as_str());
    let mut reach: BTreeMap<&str, [f64; 2]> = BTreeMap::new();
    for e in found.effects.iter().filter(|e| e.name == name && e.difference[1].is_finite()) {
        let ends = reach.entry(&e.contrast).or_default();
        *ends = [ends[0].min(e.difference[1]), ends[1].max(e.difference[1])];
    }
    let mut rows: Vec<_> = reach.into_iter().collect();
    rows.sort_by(|a, b| (a.1[1] - a.1[0]).total_cmp(&(b.1[1] - b.1[0])));
    let boxes = |from: usize| {
        let side = |(y, (_, ends)): (usize, &(&str, [f64; 2]))| {
            let (a, b) = if from == 0 { (ends[0], 0.0) } else { (0.0, ends[1]) };
            (b > a).then_some([a, b, y as f64 - 0.38, y as f64 + 0.38])
        };
        Shape::Boxes(rows.iter().enumerate().filter_map(side).collect())
    };
    // A single bar is no comparison of factors: the forest shows it.
    let marks = if rows.len() < 2 {
        Vec::new()
    } else {
        vec![Mark::new("down", Colour::Grid, boxes(0)), Mark::new("up", Colour::Alarm, boxes(1))]
    };
    let unit = clearest.first().map_or("", |e| e.unit.as_str());
    Chart {
        name: "tornado",
        title: format!("How far each factor moves {name}"),
        note:
            "From the largest fall to the largest rise against the baseline, over all levels of a \
               factor; the longest bar on top. Mean differences: their intervals are in the forest \
               and in the table."
                .to_owned(),
        x: Axis::numbers(format!("difference [{unit}]")),
        y: Axis::Names {
            label: String::new(),
            names: rows.iter().map(|r| r.0.to_owned()).collect(),
        },
        marks,
        sql: format!(
            "SELECT contrast, min(difference), max(difference) FROM 'contrasts.parquet' WHERE scope \
             = 'run' AND name = '{name}' GROUP BY contrast"
        ),
        height: 110 + 34 * rows.len().max(2) as u32,
    }
}
