//! What people do between booking and unplugging besides what they planned.

use super::CNY;
use crate::law::law;
use keys::{SHARE, Table};
use population::{ResponseMode, ResponseParams};

pub(super) fn response(t: &mut Table<'_>, d: &ResponseParams) -> ResponseParams {
    let modes = [
        (
            "full",
            ResponseMode::Reactive,
            "people regret, change plans, forget, aim and stay by the laws below",
        ),
        ("none", ResponseMode::None, "nothing responds: penalties and reminders move money alone"),
    ];
    let mode = t.word(
        "response",
        d.mode,
        &modes,
        "whether people respond to penalties, fees and reminders",
    );
    let planning = t.table("plans", "regret, changes of plan, forgetting", |t| ResponseParams {
        regret_probability: t.number(
            "regret_probability",
            d.regret_probability,
            SHARE,
            "1",
            "probability of regretting a booking soon after it",
        ),
        regret_window_min: t.number(
            "regret_window_min",
            d.regret_window_min,
            0.0..=1440.0,
            "min",
            "regret falls uniformly into so many minutes after booking",
        ),
        plan_change_per_h: t.number(
            "plan_change_per_h",
            d.plan_change_per_h,
            0.0..=100.0,
            "1/h",
            "hazard of a change of plan until the start",
        ),
        keeping_cost: law(
            t,
            "keeping_cost",
            &d.keeping_cost,
            0.0..=10_000.0,
            "CNY",
            "cost of keeping a booking although the plan changed",
        ),
        forget_probability: t.number(
            "forget_probability",
            d.forget_probability,
            SHARE,
            "1",
            "probability of forgetting a booking",
        ),
        reminder_restores: t.number(
            "reminder_restores",
            d.reminder_restores,
            SHARE,
            "1",
            "probability that a reminder brings a forgotten booking back; where the reminder has odds ratios of its own, these say it",
        ),
        decision_scale_cny: t.number(
            "decision_scale_cny",
            d.decision_scale_cny,
            0.001..=10_000.0,
            "CNY",
            "scale of the logit between honouring, cancelling and staying away",
        ),
        cancel_hassle_cny: t.number(
            "cancel_hassle_cny",
            d.cancel_hassle_cny,
            CNY,
            "CNY",
            "hassle of cancelling",
        ),
        trip_value_cny: t.number(
            "trip_value_cny",
            d.trip_value_cny,
            CNY,
            "CNY",
            "value of the trip",
        ),
        perceived_failure: t.number(
            "perceived_failure",
            d.perceived_failure,
            SHARE,
            "1",
            "probability with which a person expects to fail a booking altogether",
        ),
        ..d.clone()
    });
    let punctual = t.table("punctuality", "when people plug in", |t| ResponseParams {
        earliness_cny_per_min: t.number(
            "earliness_cny_per_min",
            d.earliness_cny_per_min,
            0.0..=100.0,
            "CNY/min",
            "cost of coming a minute earlier",
        ),
        earliness_max_min: t.number(
            "earliness_max_min",
            d.earliness_max_min,
            0.0..=1440.0,
            "min",
            "earliest that anybody aims before the deadline",
        ),
        frozen_earliness_min: t.number(
            "frozen_earliness_min",
            d.frozen_earliness_min,
            0.0..=1440.0,
            "min",
            "earliness that people aim at when they do not respond",
        ),
        delay: law(
            t,
            "delay",
            &d.delay,
            -1440.0..=1440.0,
            "min",
            "delay on the way against the aimed time",
        ),
        ..planning.clone()
    });
    let response = t.table("unplugging", "leaving the pile early or late", |t| ResponseParams {
        early_unplug_probability: t.number(
            "early_probability",
            d.early_unplug_probability,
            SHARE,
            "1",
            "probability of unplugging before the booking's end",
        ),
        overstay_probability: t.number(
            "overstay_probability",
            d.overstay_probability,
            SHARE,
            "1",
            "probability of staying after the booking's end",
        ),
        overstay_mean_min: t.number(
            "overstay_mean_min",
            d.overstay_mean_min,
            0.0..=1440.0,
            "min",
            "mean overstay of those who overstay",
        ),
        ..punctual.clone()
    });
    ResponseParams { mode, ..response }
}
