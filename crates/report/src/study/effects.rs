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

/// A forest plot of the clearest effects, in per cent of the baseline.
pub(super) fn forest(found: &Findings) -> Chart {
    let shown = found.clearest(16);
    let per_cent = |e: &Effect| e.difference.map(|d| 100.0 * d / e.mean_baseline.abs());
    // An interval wider than the sheet would hide all others.
    let fits = |e: &&Effect| {
        let [low, _, high] = per_cent(e);
        high - low < 200.0
    };
    let shown = shown.into_iter().filter(fits).rev().collect::<Vec<_>>();
    let clear = |e: &&(usize, &&Effect)| e.1.clearness() > 1.0;
    let rows = shown.iter().enumerate().collect::<Vec<_>>();
    let (sure, unsure): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| clear(&row));
    let intervals = |rows: &[(usize, &&Effect)]| {
        Shape::Intervals(rows.iter().map(|(y, e)| (per_cent(e), *y as f64)).collect())
    };
    let mut marks = Vec::new();
    if !shown.is_empty() {
        let top = shown.len() as f64 - 0.4;
        marks.push(Mark::new(
            "no difference",
            Colour::Ink,
            Shape::Dashes(vec![[0.0, -0.6], [0.0, top]]),
        ));
        marks.push(Mark::new("interval excludes 0", Colour::Alarm, intervals(&sure)));
        marks.push(Mark::new("interval holds 0", Colour::Muted, intervals(&unsure)));
    }
    let confidence = shown.first().map_or(95.0, |e| 100.0 * e.confidence);
    Chart {
        name: "effects",
        title: "What differs: paired differences to the baseline".to_owned(),
        note: format!(
            "The clearest contrast of each indicator, in per cent of the baseline's mean, with its \
             {confidence:.0} % interval over paired runs. Many indicators are looked at together: \
             one in twenty intervals would exclude 0 by \
             chance. Left out: indicators that are 0 at the baseline, intervals wider than 200 %."
        ),
        x: Axis::numbers("difference [% of the baseline]"),
        y: Axis::Names {
            label: String::new(),
            names: shown.iter().map(|e| format!("{}, {}", e.name, e.level.1)).collect(),
        },
        marks,
        sql: "SELECT label_b, label_a, name, 100 * difference / abs(mean_a) AS per_cent, \
              100 * ci_low / abs(mean_a) AS low, 100 * ci_high / abs(mean_a) AS high\n\
              FROM 'contrasts.parquet' WHERE scope = 'run' AND mean_a <> 0"
            .to_owned(),
        height: 100 + 26 * shown.len().max(3) as u32,
    }
}

/// A tornado: how far each factor moves the clearest indicator, over all of its levels.
pub(super) fn tornado(found: &Findings) -> Chart {
    let clearest = found.clearest(1);
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
