//! How full vehicles came, were to be, and left.

use crate::chart::{Axis, Chart, Colour, Mark, Shape};
use crate::{ReportError, Source};

const BINS: usize = 50;

/// States of charge at arrival, wanted, and at departure.
pub(super) fn states_of_charge(source: &Source) -> Result<Chart, ReportError> {
    const KINDS: [(&str, &str, Colour); 3] = [
        ("soc_arrival", "at arrival", Colour::Alarm),
        ("soc_target", "wanted at departure", Colour::Ink),
        ("soc_departure", "at departure", Colour::Charge),
    ];
    let mut counts = [[0.0; BINS]; KINDS.len()];
    source.scan("stays", &KINDS.map(|k| k.0), |frame| {
        for (count, kind) in counts.iter_mut().zip(KINDS) {
            for soc in frame.numbers(kind.0).iter().filter(|s| s.is_finite()) {
                count[((soc * BINS as f64) as usize).min(BINS - 1)] += 1.0;
            }
        }
    })?;
    let mut marks = Vec::new();
    for (count, (_, name, colour)) in counts.iter().zip(KINDS) {
        if count.iter().all(|n| *n == 0.0) {
            continue;
        }
        let at = |i: usize| i as f64 / BINS as f64;
        let stairs = count.iter().enumerate().flat_map(|(i, n)| [[at(i), *n], [at(i + 1), *n]]);
        let line = stairs.collect::<Vec<_>>();
        let shape =
            if name == "wanted at departure" { Shape::Dashes(line) } else { Shape::Line(line) };
        marks.push(Mark::new(name, colour, shape));
    }
    Ok(Chart {
        name: "states-of-charge",
        title: "How full the vehicles came, were to be, and left".to_owned(),
        note: "Stays by state of charge, in steps of 2 %. Stays that have not ended have no \
               departure."
            .to_owned(),
        x: Axis::numbers("state of charge [share of capacity]"),
        y: Axis::numbers("stays"),
        marks,
        sql: "SELECT floor(soc_arrival * 50) / 50 AS soc, count(*) FROM 'stays.parquet' \
              GROUP BY 1 ORDER BY 1 -- likewise soc_target, soc_departure"
            .to_owned(),
        height: 300,
    })
}
