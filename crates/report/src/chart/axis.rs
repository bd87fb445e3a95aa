//! Axes: numbers, the clock, or names.

/// What is laid off along an edge.
#[derive(Clone, Debug, PartialEq)]
pub enum Axis {
    /// A quantity with its unit.
    Numbers {
        /// What and in which unit, `power [kW]`.
        label: String,
    },
    /// Local time, in hours since the local midnight at which the record begins.
    Clock,
    /// Names at 0, 1, 2, ...
    Names {
        /// What the names are of.
        label: String,
        /// The names.
        names: Vec<String>,
    },
    /// Nothing: a drawing, not a diagram.
    None,
}

impl Axis {
    /// A quantity with its unit.
    pub fn numbers(label: impl Into<String>) -> Self {
        Self::Numbers { label: label.into() }
    }

    /// The axis' title.
    pub fn label(&self) -> &str {
        match self {
            Self::Numbers { label } | Self::Names { label, .. } => label,
            Self::Clock => "local time [day hh:mm]",
            Self::None => "",
        }
    }

    /// Where the axis has ticks between two values.
    pub(super) fn ticks(&self, low: f64, high: f64) -> Vec<f64> {
        match self {
            Self::None => Vec::new(),
            Self::Names { names, .. } => (0..names.len()).map(|i| i as f64).collect(),
            Self::Numbers { .. } => multiples(step(high - low), low, high),
            Self::Clock => {
                let wide = (high - low) / 9.0;
                let hours = [0.25, 0.5, 1.0, 2.0, 3.0, 6.0, 12.0, 24.0, 48.0, 168.0, 720.0, 8760.0];
                let step = hours.into_iter().find(|h| *h >= wide).unwrap_or(8760.0);
                multiples(step, low, high)
            }
        }
    }

    /// What stands at a tick.
    pub(super) fn text(&self, at: f64) -> String {
        match self {
            Self::None => String::new(),
            Self::Names { names, .. } => names.get(at as usize).cloned().unwrap_or_default(),
            Self::Numbers { .. } => number(at),
            Self::Clock => {
                let minutes = (at * 60.0).round() as i64;
                let (day, minutes) = (minutes.div_euclid(1440), minutes.rem_euclid(1440));
                format!("{} {:02}:{:02}", day + 1, minutes / 60, minutes % 60)
            }
        }
    }
}

/// A round step that divides a width into about six.
fn step(width: f64) -> f64 {
    if !(width.is_finite() && width > 0.0) {
        return 1.0;
    }
    let rough = width / 6.0;
    let power = 10f64.powf(rough.log10().floor());
    let digit = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(|d| d * power >= rough);
    digit.unwrap_or(10.0) * power
}

fn multiples(step: f64, low: f64, high: f64) -> Vec<f64> {
    let first = (low / step - 1e-9).ceil() as i64;
    let last = (high / step + 1e-9).floor() as i64;
    (first..=last).map(|k| k as f64 * step).collect()
}

fn number(x: f64) -> String {
    let a = x.abs();
    if a != 0.0 && !(1e-3..1e6).contains(&a) {
        return format!("{x:.1e}");
    }
    let text = format!("{x:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_ticked_every_three_hours_and_days_are_counted_from_one() {
        assert_eq!(Axis::Clock.ticks(0.0, 24.0).len(), 9);
        assert_eq!(Axis::Clock.text(25.5), "2 01:30");
    }

    #[test]
    fn numbers_are_ticked_at_round_values() {
        let axis = Axis::numbers("power [kW]");
        assert_eq!(axis.ticks(-3.0, 11.0), vec![-2.5, 0.0, 2.5, 5.0, 7.5, 10.0]);
        assert_eq!(axis.text(0.25), "0.25");
        assert_eq!(axis.text(-0.0), "0");
    }
}
