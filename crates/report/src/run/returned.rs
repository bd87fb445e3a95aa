//! What came back and what was lost, by hour of the day.

use super::money::Transfers;
use crate::Source;
use crate::chart::{Axis, Chart, Colour, Mark, Shape};

/// Refunds, penalties, fees and tickets by hour.
pub(super) fn returned(source: &Source, transfers: &Transfers) -> Chart {
    const KINDS: [(&str, &str, Colour); 6] = [
        ("refund", "refund of the surplus", Colour::Charge),
        ("return", "returned, not delivered", Colour::Wind),
        ("penalty", "penalty", Colour::Alarm),
        ("cancellation_fee", "cancellation fee", Colour::Fuel),
        ("forfeit", "forfeited", Colour::Muted),
        ("ticket", "ticket", Colour::Battery),
    ];
    let mut marks = Vec::new();
    let wide = 0.9 / KINDS.len() as f64;
    for (k, (purpose, name, colour)) in KINDS.iter().enumerate() {
        let Some(sums) = transfers.hours.get(*purpose) else { continue };
        let bar = |(hour, sum): (usize, &f64)| {
            let left = hour as f64 + 0.05 + k as f64 * wide;
            [left, left + wide, 0.0, *sum]
        };
        let bars: Vec<_> =
            sums.iter().enumerate().filter(|(_, sum)| **sum > 0.0).map(bar).collect();
        marks.push(Mark::new(*name, *colour, Shape::Boxes(bars)));
    }
    Chart {
        name: "refunds",
        title: "Refunds, penalties and fees, by hour of the day".to_owned(),
        note: "Sums by local hour of the transfer over all recorded days.".to_owned(),
        x: Axis::numbers("hour of the day, local"),
        y: Axis::numbers(format!("amount [{}]", source.currency())),
        marks,
        sql: format!(
            "SELECT {} AS local_hour, purpose, sum(amount_ucny) / 1e6 AS cny FROM \
              'ledger.parquet'\nWHERE purpose IN ('refund', 'return', 'penalty', \
              'cancellation_fee', 'forfeit', 'ticket') GROUP BY ALL ORDER BY ALL",
            source.hour_in_sql("t")
        ),
        height: 300,
    }
}
