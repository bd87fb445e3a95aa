//! Where things of a chart lie on the sheet.

use super::Chart;

/// Width of every chart \[px\].
pub(super) const WIDTH: u32 = 960;
/// Height of a line of the legend \[px\].
pub(super) const LEGEND_LINE: i32 = 18;
/// Names at the left are cut after so many letters.
pub(super) const MOST_LETTERS: usize = 48;
const TOP: i32 = 8;
const RIGHT: i32 = 16;

/// The plot's rectangle on the sheet and the values at its edges.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Layout {
    /// Left, right, top and bottom edge of the plot \[px\].
    pub edges: [i32; 4],
    /// Values at the left, right, bottom and top edge.
    pub values: [f64; 4],
}

impl Layout {
    /// The layout of a chart: room for the legend above, ticks and titles at left and below.
    pub fn of(chart: &Chart) -> Self {
        let [left, right, bottom, top] = chart.extent();
        let named = |axis: &super::Axis| matches!(axis, super::Axis::Names { .. });
        let rows = |axis: &super::Axis| match axis {
            super::Axis::Names { names, .. } => names.len() as f64,
            _ => f64::NAN,
        };
        let bare = |axis: &super::Axis| matches!(axis, super::Axis::None);
        let (x_low, x_high) = padded(left, right, if named(&chart.x) { 0.0 } else { 0.01 });
        let (mut y_low, mut y_high) = padded(bottom, top, 0.05);
        if named(&chart.y) {
            // Each name has the same room.
            (y_low, y_high) = (bottom.min(-0.5), top.max(rows(&chart.y) - 0.5));
        } else if !bare(&chart.y) && bottom == 0.0 {
            y_low = 0.0;
        } else if !bare(&chart.y) && bottom > 0.0 && bottom < 0.4 * top {
            // Nearly from zero: then from zero.
            (y_low, y_high) = (0.0, top * 1.05);
        }
        let ticks = chart.y.ticks(y_low, y_high);
        let widest = ticks.iter().map(|t| t.1.chars().count()).max().unwrap_or(0);
        let ticks = if bare(&chart.y) { 0 } else { 15 * widest.min(MOST_LETTERS) as i32 / 2 + 30 };
        let below = if bare(&chart.x) { 8 } else { 46 };
        let above = TOP + LEGEND_LINE * legend_lines(chart).len() as i32 + 6;
        let edges = [ticks.max(12), WIDTH as i32 - RIGHT, above, chart.height as i32 - below];
        Self { edges, values: [x_low, x_high, y_low, y_high] }
    }

    /// The pixel of a point.
    pub fn at(&self, x: f64, y: f64) -> (i32, i32) {
        let [left, right, top, bottom] = self.edges.map(f64::from);
        let [x_low, x_high, y_low, y_high] = self.values;
        let along = |v: f64, low: f64, high: f64| ((v - low) / (high - low)).clamp(-1.0, 2.0);
        let px = left + along(x, x_low, x_high) * (right - left);
        let py = bottom - along(y, y_low, y_high) * (bottom - top);
        (px.round() as i32, py.round() as i32)
    }
}

fn padded(low: f64, high: f64, share: f64) -> (f64, f64) {
    if !(low.is_finite() && high.is_finite()) {
        return (0.0, 1.0);
    }
    if low == high {
        let half = if low == 0.0 { 1.0 } else { low.abs() * 0.1 };
        return (low - half, high + half);
    }
    let pad = share * (high - low);
    (low - pad, high + pad)
}

/// The legend's entries, as marks by number, line by line.
pub(super) fn legend_lines(chart: &Chart) -> Vec<Vec<usize>> {
    let mut lines: Vec<Vec<usize>> = Vec::new();
    let mut used = i32::MAX;
    for (i, mark) in chart.marks.iter().enumerate().filter(|(_, m)| !m.name.is_empty()) {
        let width = entry_width(&mark.name);
        if used.saturating_add(width) > WIDTH as i32 - 40 {
            lines.push(Vec::new());
            used = 0;
        }
        if let Some(line) = lines.last_mut() {
            line.push(i);
            used += width;
        }
    }
    lines
}

/// Room of an entry of the legend \[px\].
pub(super) fn entry_width(name: &str) -> i32 {
    36 + 8 * name.chars().count() as i32
}
