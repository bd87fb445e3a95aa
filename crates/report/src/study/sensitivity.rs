//! Which factors matter: Sobol' indices or Morris measures.

use crate::chart::{Axis, Chart, Colour, Mark, Shape};
use crate::{ReportError, Source};

/// One row of the table: factor, measure, value, half-width.
type Row = (String, String, f64, f64);

/// The indicator whose measures are drawn: the wanted one, if the table has it, or its first.
pub(super) fn indicator(
    source: &Source,
    wanted: Option<&str>,
) -> Result<Option<String>, ReportError> {
    let (mut first, mut found) = (None, false);
    source.scan("sensitivity", &["name"], |frame| {
        if first.is_none() && frame.rows() > 0 {
            first = Some(frame.word("name", 0).to_owned());
        }
        found |= (0..frame.rows()).any(|row| Some(frame.word("name", row)) == wanted);
    })?;
    Ok(if found { wanted.map(str::to_owned) } else { first })
}

/// Bars of an indicator's measures by factor.
pub(super) fn bars(source: &Source, indicator: &str) -> Result<Option<Chart>, ReportError> {
    let mut rows: Vec<Row> = Vec::new();
    let columns = ["name", "factor", "factor_b", "measure", "value", "half_width"];
    source.scan("sensitivity", &columns, |frame| {
        let (value, half) = (frame.numbers("value"), frame.numbers("half_width"));
        for row in 0..frame.rows() {
            let (name, measure) = (frame.word("name", row), frame.word("measure", row));
            let wanted = ["first_order", "total", "mu_star"].contains(&measure);
            if name == indicator && wanted && value[row].is_finite() {
                let factor = frame.word("factor", row).to_owned();
                rows.push((factor, measure.to_owned(), value[row], half[row]));
            }
        }
    })?;
    Ok((!rows.is_empty()).then(|| chart(indicator, &rows)))
}

fn chart(indicator: &str, rows: &[Row]) -> Chart {
    let main = if rows.iter().any(|r| r.1 == "mu_star") { "mu_star" } else { "total" };
    let mut order: Vec<&Row> = rows.iter().filter(|r| r.1 == main).collect();
    order.sort_by(|a, b| a.2.total_cmp(&b.2));
    let place = |factor: &str| order.iter().position(|r| r.0 == factor).map(|y| y as f64);
    let boxes = |measure: &str, low: f64, high: f64| {
        let of = rows.iter().filter(|r| r.1 == measure);
        let bar = |r: &Row| place(&r.0).map(|y| [0.0f64.min(r.2), r.2.max(0.0), y + low, y + high]);
        Shape::Boxes(of.filter_map(bar).collect())
    };
    let intervals = rows.iter().filter(|r| r.1 == main && r.3.is_finite());
    let intervals = intervals
        .filter_map(|r| place(&r.0).map(|y| ([r.2 - r.3, r.2, r.2 + r.3], y + 0.18)))
        .collect();
    let mut marks = vec![Mark::new(main.replace('_', " "), Colour::Grid, boxes(main, 0.0, 0.36))];
    if main == "total" {
        marks.push(Mark::new("first order", Colour::Wind, boxes("first_order", -0.36, 0.0)));
    }
    marks.push(Mark::new("bootstrap interval", Colour::Alarm, Shape::Intervals(intervals)));
    Chart {
        name: "sensitivity",
        title: format!("Which factors matter for {indicator}"),
        note: if main == "total" {
            "The share of variance that a factor explains alone (first order) and with all its \
             interactions (total), after Sobol'."
        } else {
            "The mean size of a factor's elementary effects, after Morris."
        }
        .to_owned(),
        x: Axis::numbers(if main == "total" {
            "share of variance"
        } else {
            "mean absolute effect"
        }),
        y: Axis::Names { label: String::new(), names: order.iter().map(|r| r.0.clone()).collect() },
        marks,
        sql: format!(
            "SELECT factor, measure, value, half_width FROM 'sensitivity.parquet' WHERE name = \
             '{indicator}' ORDER BY ALL"
        ),
        height: 110 + 34 * order.len().max(2) as u32,
    }
}
