//! A group's front: what the coordinator could choose from.

use crate::chart::{Axis, Chart, Colour, Mark, Shape};
use crate::{ReportError, Source};

/// Load variance against cost, with the solution that the run went on with.
pub(super) fn front(source: &Source) -> Result<Chart, ReportError> {
    let (mut all, mut chosen) = (Vec::new(), Vec::new());
    source.scan("pareto", &["f1_kw2", "f2_cny", "chosen"], |frame| {
        let (f1, f2) = (frame.numbers("f1_kw2"), frame.numbers("f2_cny"));
        for (row, c) in frame.numbers("chosen").iter().enumerate() {
            let point = [f2[row], f1[row]];
            if *c == 1.0 { chosen.push(point) } else { all.push(point) }
        }
    })?;
    let marks = if all.is_empty() && chosen.is_empty() {
        Vec::new()
    } else {
        vec![
            Mark::new("solution", Colour::Wind, Shape::Dots(all)),
            Mark::new("chosen", Colour::Alarm, Shape::Dots(chosen)),
        ]
    };
    Ok(Chart {
        name: "front",
        title: "What the coordinator could choose from: level loads or cheap charging".to_owned(),
        note: "Each dot is a plan of a day that no other beats in both objectives.".to_owned(),
        x: Axis::numbers(format!("cost of planned charging [{}]", source.currency())),
        y: Axis::numbers("squared deviation of loads [kW\u{b2}]"),
        marks,
        sql: "SELECT t, f2_cny, f1_kw2, solver, chosen FROM 'pareto.parquet' ORDER BY ALL"
            .to_owned(),
        height: 340,
    })
}
