//! How people value, choose and respond; which behaviour model is in force.

mod models;
mod response;

use crate::law::law;
use keys::{SHARE, Table};
use models::model;
use population::{BehaviourClass, BehaviourGmm, BehaviourParams, ChoiceParams, Law, Valuation};
use response::response;

const CNY: std::ops::RangeInclusive<f64> = 0.0..=10_000.0;
const ANY: std::ops::RangeInclusive<f64> = -1000.0..=1000.0;

/// The keys of `[behaviour]` or of a segment's own.
pub(crate) fn behaviour(t: &mut Table<'_>, d: &BehaviourParams) -> BehaviourParams {
    BehaviourParams {
        response: response(t, &d.response),
        model: model(t, &d.model),
        choice: t.table("choice", "choice of a window by discrete-choice utility", |t| {
            choice(t, &d.choice)
        }),
        classes: classes(t, &d.classes),
        departure: departure(t, d.departure.as_ref()),
    }
}

/// `departure`: how people differ from the departure that they plan.
fn departure(t: &mut Table<'_>, default: Option<&Law>) -> Option<Law> {
    if !t.has("departure") && !t.is_describing() {
        return default.cloned();
    }
    let doc = "actual minus planned departure: negative leaves early, positive stays over";
    let fallback = default.cloned().unwrap_or_else(|| Law::fixed(0.0));
    Some(law(t, "departure", &fallback, -48.0..=48.0, "h", doc))
}

fn classes(t: &mut Table<'_>, d: &BehaviourGmm) -> BehaviourGmm {
    let doc = "classes of tastes, a Gaussian mixture over count, price and time; weights are scaled to sum to 1";
    let read = |t: &mut Table<'_>, d: Option<&BehaviourClass>| BehaviourClass {
        weight: t.number_or_required("weight", d.map(|d| d.weight), SHARE, "1", "weight"),
        count_mean: t.number_or_required(
            "count_mean",
            d.map(|d| d.count_mean),
            0.001..=1e6,
            "EVs",
            "mean number of EVs charging at once",
        ),
        count_variance: t.number_or_required(
            "count_variance",
            d.map(|d| d.count_variance),
            0.0001..=1e9,
            "EVs^2",
            "its variance",
        ),
        price_mean: t.number_or_required(
            "price_mean",
            d.map(|d| d.price_mean),
            0.0..=1000.0,
            "CNY/kWh",
            "mean price",
        ),
        price_variance: t.number_or_required(
            "price_variance",
            d.map(|d| d.price_variance),
            1e-6..=1e6,
            "(CNY/kWh)^2",
            "its variance",
        ),
        slot_mean: t.number_or_required(
            "slot_mean",
            d.map(|d| d.slot_mean),
            -12.0..=24.0,
            "slots",
            "mean 2-hour slot of the day, from 1",
        ),
        slot_variance: t.number_or_required(
            "slot_variance",
            d.map(|d| d.slot_variance),
            0.0001..=1e4,
            "slots^2",
            "its variance",
        ),
    };
    let given = t.has("classes");
    let gmm = BehaviourGmm { classes: t.inline_tables("classes", &d.classes, doc, read) };
    if given && gmm.check().is_err() {
        let message = gmm.check().map_or_else(|error| error.to_string(), |()| String::new());
        t.refuse("classes", message, "weights must be positive shares");
        return d.clone();
    }
    gmm
}

fn choice(t: &mut Table<'_>, d: &ChoiceParams) -> ChoiceParams {
    ChoiceParams {
        shift_cny_per_h: t.number(
            "shift_cny_per_h",
            d.shift_cny_per_h,
            CNY,
            "CNY/h",
            "cost of charging away from the preferred hour",
        ),
        crowding_cny_per_ev: t.number(
            "crowding_cny_per_ev",
            d.crowding_cny_per_ev,
            CNY,
            "CNY/EV",
            "cost of each expected EV above the tolerated number",
        ),
        unmet_cny_per_kwh: t.number(
            "unmet_cny_per_kwh",
            d.unmet_cny_per_kwh,
            CNY,
            "CNY/kWh",
            "cost of energy that is needed and not had",
        ),
        window_noise_cny: t.number(
            "window_noise_cny",
            d.window_noise_cny,
            CNY,
            "CNY",
            "scale of the noise between windows; 0: the best one",
        ),
        booking_noise_cny: t.number(
            "booking_noise_cny",
            d.booking_noise_cny,
            CNY,
            "CNY",
            "scale of the noise between booking and walking in",
        ),
        valuation: t.table(
            "loss_aversion",
            "how the expected refund and the breach risk are felt",
            |t| valuation(t, d.valuation),
        ),
    }
}

fn valuation(t: &mut Table<'_>, d: Valuation) -> Valuation {
    let (by_default, numbers) = match d {
        Valuation::Linear => (false, Valuation::TVERSKY_KAHNEMAN),
        prospect @ Valuation::Prospect { .. } => (true, prospect),
    };
    let enabled = t.flag("enabled", by_default, "whether losses weigh more than gains");
    let prospect = prospect(t, numbers);
    if enabled { prospect } else { Valuation::Linear }
}

fn prospect(t: &mut Table<'_>, d: Valuation) -> Valuation {
    let Valuation::Prospect { loss_aversion, curvature, unit_cny } = d else { return d };
    Valuation::Prospect {
        loss_aversion: t.number(
            "lambda",
            loss_aversion,
            0.1..=100.0,
            "1",
            "weight of a loss against a gain",
        ),
        curvature: t.number(
            "curvature",
            curvature,
            0.05..=2.0,
            "1",
            "exponent of gains and losses",
        ),
        unit_cny: t.number(
            "unit_cny",
            unit_cny,
            0.01..=10_000.0,
            "CNY",
            "amount that is worth itself as a gain",
        ),
    }
}
