//! The indicators of a run, and the five of them that say most.

use crate::{ReportError, Source};

/// An indicator of a whole run.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Its stable name.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// Its value; NaN where it is undefined.
    pub value: f64,
}

/// A run's indicators.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures {
    run: Vec<Figure>,
    zones: usize,
}

impl Figures {
    /// Reads them.
    pub fn read(source: &Source) -> Result<Self, ReportError> {
        let mut figures = Self::default();
        let columns = ["name", "unit", "value", "scope", "scope_id"];
        source.scan("indicators", &columns, |frame| {
            let (value, id) = (frame.numbers("value"), frame.numbers("scope_id"));
            for row in 0..frame.rows() {
                match frame.word("scope", row) {
                    "run" => figures.run.push(Figure {
                        name: frame.word("name", row).to_owned(),
                        unit: frame.word("unit", row).to_owned(),
                        value: value[row],
                    }),
                    "zone" => figures.zones = figures.zones.max(id[row] as usize),
                    _ => {}
                }
            }
        })?;
        Ok(figures)
    }

    /// An indicator of the whole run.
    pub fn run(&self, name: &str) -> Option<f64> {
        self.run.iter().find(|f| f.name == name).map(|f| f.value)
    }

    /// All indicators of the whole run.
    pub fn all(&self) -> &[Figure] {
        &self.run
    }

    /// How many zones have figures.
    pub fn zones(&self) -> usize {
        self.zones
    }

    /// The five figures that answer most, by model, each with its words.
    pub fn headline(&self, model: &str) -> Vec<(Figure, &'static str)> {
        let order: &[&str] = match model {
            "feeder" => &[
                "import_peak_kw",
                "need_met_share",
                "losses_kwh",
                "voltage_violations",
                "zonal_trade_kwh",
            ],
            "group" => {
                &["net_peak_valley_kw", "ev_cost_cny", "need_met_share", "import_peak_kw", "co2_kg"]
            }
            _ => &[
                "need_met_share",
                "total_cost_cny",
                "ev_cost_cny",
                "tracking_rate",
                "no_show_rate",
            ],
        };
        let find = |name: &&str| {
            let figure = self.run.iter().find(|f| f.name == *name)?;
            Some((figure.clone(), words(name)))
        };
        order.iter().filter_map(find).collect()
    }
}

fn words(name: &str) -> &'static str {
    match name {
        "need_met_share" => "of the energy that users needed was in their batteries when they left",
        "total_cost_cny" => "is what plant, discharging and refunds cost together",
        "ev_cost_cny" => "is what users paid for charging, refunds taken off",
        "tracking_rate" => "of the surplus of wind and sun was followed by charging",
        "no_show_rate" => "of bookings were never used",
        "import_peak_kw" => "was the highest import from the grid",
        "losses_kwh" => "were lost in lines",
        "voltage_violations" => "times a bus was outside of its voltage band in a period",
        "zonal_trade_kwh" => "changed hands between zones",
        "net_peak_valley_kw" => "lay between the highest and the lowest net load",
        _ => "were emitted",
    }
}

/// A figure for people: as many digits as carry meaning, with its unit.
pub(crate) fn shown(name: &str, value: f64, unit: &str) -> String {
    if value.is_nan() {
        return "undefined".to_owned();
    }
    if unit == "1" && is_share(name) {
        let per_cent = 100.0 * value;
        let few = per_cent != per_cent.round() && per_cent.abs() >= 0.05;
        let text = if few { minus(format!("{per_cent:.1}")) } else { number(per_cent) };
        return format!("{text} %");
    }
    let unit = if unit == "1" { "" } else { unit };
    format!("{} {unit}", number(value)).trim_end().to_owned()
}

/// Whether a figure of unit 1 is a share of something, by its name: counts, ratios and coefficients
/// are none.
fn is_share(name: &str) -> bool {
    const SHARES: [&str; 7] =
        ["rate", "share", "satisfaction", "utilisation", "occupancy", "discount", "loss"];
    name.split('_').any(|word| SHARES.contains(&word))
}

/// The same with a real minus in front.
fn minus(text: String) -> String {
    text.strip_prefix('-').map(|rest| format!("\u{2212}{rest}")).unwrap_or(text)
}

/// A number for people.
pub(crate) fn number(value: f64) -> String {
    let a = value.abs();
    match a {
        _ if value.is_nan() => "-".to_owned(),
        _ if value == value.round() && a < 1e15 || a >= 1000.0 => grouped(value),
        _ if a >= 10.0 => minus(format!("{value:.1}")),
        _ if a >= 0.001 => minus(format!("{value:.3}")),
        _ => minus(format!("{value:.2e}")),
    }
}

/// A whole number with thin spaces between thousands.
fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    if value < 0.0 { format!("\u{2212}{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_shown_with_as_many_digits_as_carry_meaning() {
        assert_eq!(shown("need_met_share", 0.9714, "1"), "97.1 %");
        assert_eq!(shown("no_show_rate", 0.0, "1"), "0 %");
        assert_eq!(shown("soh_loss_mean", 1.2e-5, "1"), "0.001 %");
        assert_eq!(shown("ev_cost_cny", 26_150.58, "EUR"), "26\u{202f}151 EUR");
        assert_eq!(shown("punctuality_mean_min", -22.31, "min"), "\u{2212}22.3 min");
        assert_eq!(shown("evs", 3.0, "1"), "3");
        assert_eq!(shown("grabs_per_ticket", 0.4118, "1"), "0.412");
        assert_eq!(shown("gini_cost", f64::NAN, "1"), "undefined");
    }
}
