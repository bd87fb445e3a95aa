//! What energy costs by the hour: the plant's purchase and an EV's retail price.

use domain::Tariff;
use keys::Table;

/// The tariffs of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct TariffRules {
    /// What the plant pays for grid energy.
    pub grid: Tariff,
    /// What an EV pays outside of the market: the grid tariff plus a service fee, unless it has
    /// prices of its own.
    pub ev: Tariff,
    /// Where the retail price comes from.
    pub retail: RetailPrice,
    /// Local hours `[from, to)` that count as peak for penalties and for classes of demand.
    pub peak_hours: Vec<(f64, f64)>,
}

/// Where an EV's retail price comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RetailPrice {
    /// It follows what the plant pays: times `scale`, plus a fee.
    OfGrid {
        /// Factor on the grid's price.
        scale: f64,
        /// Added to it (CNY/kWh).
        fee: f64,
    },
    /// It has hours and prices of its own.
    Own,
}

impl TariffRules {
    /// Whether a local hour of the day is a peak hour.
    pub fn is_peak(&self, hour: f64) -> bool {
        self.peak_hours.iter().any(|&(from, to)| (from..to).contains(&hour))
    }
}

pub(crate) fn tariff(
    t: &mut Table<'_>,
    default: &Tariff,
    peak: &[[f64; 2]],
    service_fee: f64,
) -> TariffRules {
    t.table("tariff", "what energy costs by the local hour", |t| {
        let (grid, peak_hours) = t.table("grid", "what the plant pays", |t| {
            let grid = stepped(t, default);
            (grid, peak_hours(t, peak))
        });
        let ev = t.table("ev", "what an EV pays outside of the market; the grid's prices plus the fee unless it has its own", |t| {
            retail(t, &grid, service_fee)
        });
        TariffRules { grid, ev: ev.0, retail: ev.1, peak_hours }
    })
}

/// Prices by the hour.
pub(crate) fn stepped(t: &mut Table<'_>, d: &Tariff) -> Tariff {
    let hours = t.numbers(
        "hours",
        &d.hours,
        1..=96,
        0.0..24.0,
        "h",
        "local hours at which a price begins, rising; before the first the last holds",
    );
    let prices = t.numbers(
        "prices",
        &d.prices,
        1..=96,
        0.0..=1000.0,
        "CNY/kWh",
        "the price from that hour on",
    );
    let scale =
        t.number("scale", d.scale, 0.0..=100.0, "1", "factor on every price, before the fee");
    check_steps(t, &hours, &prices);
    Tariff { hours, prices, service_fee: 0.0, scale }
}

fn check_steps(t: &Table<'_>, hours: &[f64], prices: &[f64]) {
    if hours.len() != prices.len() {
        let message =
            format!("`{}` has {} hours and {} prices", t.path(), hours.len(), prices.len());
        t.refuse("prices", message, "each hour needs its price");
    }
    if hours.windows(2).any(|w| w[0] >= w[1]) {
        t.refuse(
            "hours",
            format!("the hours of `{}` do not rise", t.path()),
            "list them in rising order, each once",
        );
    }
}

fn peak_hours(t: &mut Table<'_>, default: &[[f64; 2]]) -> Vec<(f64, f64)> {
    let default: Vec<Vec<f64>> = default.iter().map(|span| span.to_vec()).collect();
    let doc = "spans [from, to] that count as peak, in rising order";
    let spans: Vec<(f64, f64)> = t
        .rows("peak_hours", &default, 2, 0.0..=24.0, "h", doc)
        .iter()
        .map(|row| (row[0], row[1]))
        .collect();
    let rises = spans.iter().all(|s| s.0 < s.1) && spans.windows(2).all(|w| w[0].1 <= w[1].0);
    if !rises {
        t.refuse(
            "peak_hours",
            "the spans of `peak_hours` overlap or do not rise",
            "write [[7, 11], [17, 22]]; a span over midnight is written as two",
        );
    }
    spans
}

fn retail(t: &mut Table<'_>, grid: &Tariff, service_fee: f64) -> (Tariff, RetailPrice) {
    let fee = t.number("service_fee", service_fee, 0.0..=100.0, "CNY/kWh", "added to every price");
    let scale = t.number(
        "scale",
        1.0,
        0.0..=100.0,
        "1",
        "factor on every price, before the fee, beside the grid's own",
    );
    let hours = t.optional_numbers("hours", 1..=96, 0.0..24.0, "h", "hours of its own prices");
    let prices = t.optional_numbers("prices", 1..=96, 0.0..=1000.0, "CNY/kWh", "its own prices");
    match (hours, prices) {
        (Some(hours), Some(prices)) => {
            check_steps(t, &hours, &prices);
            (Tariff { hours, prices, service_fee: fee, scale }, RetailPrice::Own)
        }
        (None, None) => (
            Tariff {
                service_fee: grid.service_fee + fee,
                scale: grid.scale * scale,
                ..grid.clone()
            },
            RetailPrice::OfGrid { scale, fee },
        ),
        (given, _) => {
            let key = if given.is_some() { "hours" } else { "prices" };
            t.refuse(
                key,
                "`tariff.ev` has hours or prices alone",
                "give both, or none to take the grid's",
            );
            (grid.with_fee(fee), RetailPrice::Own)
        }
    }
}
