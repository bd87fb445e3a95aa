//! Table `balance` summed over zones, period by period, or in wider steps where there are many.

use crate::{ReportError, Source};
use std::collections::BTreeMap;

/// At most so many steps are drawn.
const MOST: usize = 480;

/// Steps of time for a picture of cells: whole periods, at most `most` of them.
pub(super) struct Steps {
    /// Where the first one begins \[h\].
    first: f64,
    /// How long each is \[h\].
    pub length: f64,
}

impl Steps {
    /// Steps over the hours at which periods begin.
    pub fn of(hours: impl Iterator<Item = f64>, most: f64) -> Self {
        let mut hours: Vec<f64> = hours.collect();
        hours.sort_by(f64::total_cmp);
        let periods = hours.windows(2).map(|w| w[1] - w[0]).filter(|gap| *gap > 1e-6);
        let period = periods.fold(f64::INFINITY, f64::min);
        let period = if period.is_finite() { period } else { 0.25 };
        let first = hours.first().copied().unwrap_or(0.0);
        let span = hours.last().copied().unwrap_or(0.0) - first + period;
        Self { first, length: period * (span / period / most).ceil().max(1.0) }
    }

    /// The step of an hour.
    pub fn at(&self, hour: f64) -> i64 {
        ((hour - self.first) / self.length + 1e-9).floor() as i64
    }

    /// The left edge of a step \[h\].
    pub fn left(&self, step: i64) -> f64 {
        self.first + step as f64 * self.length
    }
}

/// Columns of `balance` that charts use.
pub(super) const COLUMNS: [&str; 15] = [
    "load_kw",
    "pv_available_kw",
    "wind_available_kw",
    "pv_used_kw",
    "wind_used_kw",
    "ev_charge_kw",
    "ev_discharge_kw",
    "battery_kw",
    "turbine_kw",
    "diesel_kw",
    "grid_kw",
    "curtailed_kw",
    "target_p_kw",
    "delivered_p_kw",
    "losses_kw",
];

/// Mean powers by step of time, one zone's or summed over all.
#[derive(Clone, Debug, Default)]
pub(super) struct Periods {
    /// Where each step begins \[h\], and where the last one ends.
    pub edges: Vec<f64>,
    /// By step: the columns, in the order of [`COLUMNS`]. Null counts as 0.
    pub means: Vec<[f64; COLUMNS.len()]>,
}

impl Periods {
    /// The sums over all zones.
    pub fn of_run(source: &Source) -> Result<Self, ReportError> {
        let zones = Self::read(source, |_| 0)?;
        Ok(zones.into_values().next().unwrap_or_default())
    }

    /// Each zone by itself.
    pub fn of_zones(source: &Source) -> Result<BTreeMap<i64, Self>, ReportError> {
        Self::read(source, |zone| zone)
    }

    fn read(source: &Source, key: impl Fn(i64) -> i64) -> Result<BTreeMap<i64, Self>, ReportError> {
        let mut sums: BTreeMap<i64, BTreeMap<i64, [f64; COLUMNS.len()]>> = BTreeMap::new();
        let wanted = [&["zone_id", "period_start"], &COLUMNS[..]].concat();
        source.scan("balance", &wanted, |frame| {
            let (zone, start) = (frame.numbers("zone_id"), frame.numbers("period_start"));
            let columns = COLUMNS.map(|name| frame.numbers(name));
            for row in 0..frame.rows() {
                let zone = key(if zone[row].is_nan() { 0 } else { zone[row] as i64 });
                let sum = sums.entry(zone).or_default().entry(start[row] as i64).or_default();
                for (sum, column) in sum.iter_mut().zip(columns) {
                    *sum += if column[row].is_nan() { 0.0 } else { column[row] };
                }
            }
        })?;
        Ok(sums.into_iter().map(|(zone, rows)| (zone, Self::steps(source, &rows))).collect())
    }

    fn steps(source: &Source, rows: &BTreeMap<i64, [f64; COLUMNS.len()]>) -> Self {
        let rows =
            rows.iter().map(|(us, sums)| (source.hour(*us as f64), sums)).collect::<Vec<_>>();
        let length = rows.windows(2).map(|w| w[1].0 - w[0].0).fold(f64::INFINITY, f64::min);
        let length = if length.is_finite() { length } else { 0.25 };
        let each = rows.len().div_ceil(MOST).max(1);
        let mut periods = Self::default();
        for step in rows.chunks(each) {
            periods.edges.push(step[0].0);
            let mut mean = [0.0; COLUMNS.len()];
            for (_, sums) in step {
                mean.iter_mut().zip(*sums).for_each(|(m, s)| *m += s / step.len() as f64);
            }
            periods.means.push(mean);
        }
        if let Some((last, _)) = rows.last() {
            periods.edges.push(last + length);
        }
        periods
    }

    /// A column's means.
    pub fn column(&self, name: &str) -> Vec<f64> {
        let at = COLUMNS.iter().position(|c| *c == name);
        at.map_or_else(Vec::new, |at| self.means.iter().map(|m| m[at]).collect())
    }

    /// Values by step as a line with steps.
    pub fn stairs(&self, values: &[f64]) -> Vec<[f64; 2]> {
        let step = |(i, v): (usize, &f64)| [[self.edges[i], *v], [self.edges[i + 1], *v]];
        values.iter().enumerate().flat_map(step).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_as_long_as_periods_or_as_several_where_there_are_many() {
        let day = Steps::of((0..24).map(f64::from), 192.0);
        assert_eq!((day.length, day.at(23.0), day.left(23)), (1.0, 23, 23.0));
        let month = Steps::of((0..2880).map(|k| f64::from(k) * 0.25), 192.0);
        assert_eq!((month.length, month.at(719.75)), (3.75, 191));
    }
}
