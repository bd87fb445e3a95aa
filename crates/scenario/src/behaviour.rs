//! How people value, choose and respond; which behaviour model is in force.

use crate::law::law;
use crate::reader::{SHARE, Table};
use population::{
    AttendanceLaw, BehaviourClass, BehaviourGmm, BehaviourModel, BehaviourParams, ChoiceParams, ExogenousDefault, Habit, Hoarding,
    LearningRule, LogitCoefficients, MixedLogit, Norms, ProspectLaw, ReminderEffect, ResponseMode, ResponseParams, Valuation,
};

const CNY: std::ops::RangeInclusive<f64> = 0.0..=10_000.0;
const ANY: std::ops::RangeInclusive<f64> = -1000.0..=1000.0;

/// The keys of `[behaviour]` or of a segment's own.
pub(crate) fn behaviour(t: &mut Table<'_>, d: &BehaviourParams) -> BehaviourParams {
    BehaviourParams {
        response: response(t, &d.response),
        model: model(t, &d.model),
        choice: t.table("choice", "choice of a window by discrete-choice utility", |t| choice(t, &d.choice)),
        classes: classes(t, &d.classes),
    }
}

fn classes(t: &mut Table<'_>, d: &BehaviourGmm) -> BehaviourGmm {
    let doc = "classes of tastes, a Gaussian mixture over count, price and time; weights are scaled to sum to 1";
    let read = |t: &mut Table<'_>, d: Option<&BehaviourClass>| BehaviourClass {
        weight: t.number_or_required("weight", d.map(|d| d.weight), SHARE, "1", "weight"),
        count_mean: t.number_or_required("count_mean", d.map(|d| d.count_mean), 0.001..=1e6, "EVs", "mean number of EVs charging at once"),
        count_variance: t.number_or_required("count_variance", d.map(|d| d.count_variance), 0.0001..=1e9, "EVs^2", "its variance"),
        price_mean: t.number_or_required("price_mean", d.map(|d| d.price_mean), 0.0..=1000.0, "CNY/kWh", "mean price"),
        price_variance: t.number_or_required("price_variance", d.map(|d| d.price_variance), 1e-6..=1e6, "(CNY/kWh)^2", "its variance"),
        slot_mean: t.number_or_required("slot_mean", d.map(|d| d.slot_mean), -12.0..=24.0, "slots", "mean 2-hour slot of the day, from 1"),
        slot_variance: t.number_or_required("slot_variance", d.map(|d| d.slot_variance), 0.0001..=1e4, "slots^2", "its variance"),
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
        shift_cny_per_h: t.number("shift_cny_per_h", d.shift_cny_per_h, CNY, "CNY/h", "cost of charging away from the preferred hour"),
        crowding_cny_per_ev: t.number(
            "crowding_cny_per_ev",
            d.crowding_cny_per_ev,
            CNY,
            "CNY/EV",
            "cost of each expected EV above the tolerated number",
        ),
        unmet_cny_per_kwh: t.number("unmet_cny_per_kwh", d.unmet_cny_per_kwh, CNY, "CNY/kWh", "cost of energy that is needed and not had"),
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
        valuation: t.table("loss_aversion", "how the expected refund and the breach risk are felt", |t| valuation(t, d.valuation)),
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
        loss_aversion: t.number("lambda", loss_aversion, 0.1..=100.0, "1", "weight of a loss against a gain"),
        curvature: t.number("curvature", curvature, 0.05..=2.0, "1", "exponent of gains and losses"),
        unit_cny: t.number("unit_cny", unit_cny, 0.01..=10_000.0, "CNY", "amount that is worth itself as a gain"),
    }
}

fn response(t: &mut Table<'_>, d: &ResponseParams) -> ResponseParams {
    let modes = [
        ("full", ResponseMode::Reactive, "people regret, change plans, forget, aim and stay by the laws below"),
        ("none", ResponseMode::None, "nothing responds: penalties and reminders move money alone"),
    ];
    let mode = t.word("response", d.mode, &modes, "whether people respond to penalties, fees and reminders");
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
        keeping_cost: law(t, "keeping_cost", &d.keeping_cost, 0.0..=10_000.0, "CNY", "cost of keeping a booking although the plan changed"),
        forget_probability: t.number("forget_probability", d.forget_probability, SHARE, "1", "probability of forgetting a booking"),
        reminder_restores: t.number(
            "reminder_restores",
            d.reminder_restores,
            SHARE,
            "1",
            "probability that a reminder brings a forgotten booking back",
        ),
        decision_scale_cny: t.number(
            "decision_scale_cny",
            d.decision_scale_cny,
            0.001..=10_000.0,
            "CNY",
            "scale of the logit between honouring, cancelling and staying away",
        ),
        cancel_hassle_cny: t.number("cancel_hassle_cny", d.cancel_hassle_cny, CNY, "CNY", "hassle of cancelling"),
        trip_value_cny: t.number("trip_value_cny", d.trip_value_cny, CNY, "CNY", "value of the trip"),
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
        delay: law(t, "delay", &d.delay, -1440.0..=1440.0, "min", "delay on the way against the aimed time"),
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
        overstay_mean_min: t.number("overstay_mean_min", d.overstay_mean_min, 0.0..=1440.0, "min", "mean overstay of those who overstay"),
        ..punctual.clone()
    });
    ResponseParams { mode, ..response }
}

const MODELS: [(&str, &str, &str); 8] = [
    ("none", "none", "the response laws of the park model alone"),
    ("exogenous", "exogenous", "fixed probabilities"),
    ("logit", "logit", "mixed logit of price, penalty, need, lead time, past defaults"),
    ("prospect", "prospect", "prospect theory with the prepaid price as reference"),
    ("norms", "norms", "norms and their crowding out by fines"),
    ("learning", "learning", "habits learnt over days"),
    ("hoarding", "hoarding", "overlapping bookings"),
    ("reminder", "reminder", "the reminder as a treatment of its own"),
];

/// `model` names a ready behaviour model; the tables of its parts change their numbers. A part can be added to any model.
fn model(t: &mut Table<'_>, d: &BehaviourModel) -> BehaviourModel {
    let current = BehaviourModel::WORDS[usize::from(d.number()).min(7)];
    let word = t.word("model", current, &MODELS, "the behaviour model: how holders of a booking decide to come");
    // The same model again keeps the numbers that are in force.
    let base = if word == current { d.clone() } else { BehaviourModel::named(word).unwrap_or_default() };
    let attendance = attendance(t, &base.attendance);
    let credence_rate = t.number(
        "credence_rate",
        base.credence_rate,
        SHARE,
        "1",
        "how fast the expected share of the refund follows what was refunded, per booking",
    );
    let hoarding = t.table("hoarding", "overlapping bookings for one need", |t| hoarding(t, base.hoarding));
    let reminder = t.table("reminder_effect", "what a received reminder does to the odds, beside bringing back what was forgotten", |t| {
        effect(t, base.reminder)
    });
    BehaviourModel { attendance, hoarding, reminder, credence_rate }
}

/// Only the law in force has its numbers shown; when describing, all of them are.
fn attendance(t: &mut Table<'_>, d: &AttendanceLaw) -> AttendanceLaw {
    let all = t.is_describing();
    if all || matches!(d, AttendanceLaw::Exogenous(_)) {
        let base = if let AttendanceLaw::Exogenous(law) = d { *law } else { ExogenousDefault::default() };
        let law = t.table("exogenous", "fixed probabilities, with model = \"exogenous\"", |t| exogenous(t, base));
        if !all {
            return AttendanceLaw::Exogenous(law);
        }
    }
    if all || matches!(d, AttendanceLaw::Logit(_)) {
        let base = if let AttendanceLaw::Logit(law) = d { law.clone() } else { MixedLogit::default() };
        let law = t.table("logit", "coefficients, with model = \"logit\"; one entry per behaviour class, or one for all", |t| MixedLogit {
            classes: t.inline_tables(
                "classes",
                &base.classes,
                "coefficients by behaviour class; further classes take the last entry",
                logit,
            ),
        });
        if !all {
            return AttendanceLaw::Logit(law);
        }
    }
    if all || matches!(d, AttendanceLaw::Prospect(_)) {
        let base = if let AttendanceLaw::Prospect(law) = d { *law } else { ProspectLaw::default() };
        let law =
            t.table("prospect", "loss aversion, with model = \"prospect\"", |t| ProspectLaw { valuation: prospect(t, base.valuation) });
        if !all {
            return AttendanceLaw::Prospect(law);
        }
    }
    if all || matches!(d, AttendanceLaw::Norms(_)) {
        let base = if let AttendanceLaw::Norms(law) = d { *law } else { Norms::default() };
        let law = t.table("norms", "norms and fines, with model = \"norms\"", |t| norms(t, base));
        if !all {
            return AttendanceLaw::Norms(law);
        }
    }
    if all || matches!(d, AttendanceLaw::Habit(_)) {
        let base = if let AttendanceLaw::Habit(law) = d { *law } else { Habit::default() };
        let law = t.table("learning", "habits over days, with model = \"learning\"", |t| habit(t, base));
        if !all {
            return AttendanceLaw::Habit(law);
        }
    }
    d.clone()
}

fn exogenous(t: &mut Table<'_>, d: ExogenousDefault) -> ExogenousDefault {
    let law = ExogenousDefault {
        cancel_early: t.number("cancel_early", d.cancel_early, SHARE, "1", "probability of a cancellation in good time"),
        cancel_late: t.number("cancel_late", d.cancel_late, SHARE, "1", "probability of a late cancellation"),
        no_show: t.number("no_show", d.no_show, SHARE, "1", "probability of never coming"),
    };
    let sum = law.cancel_early + law.cancel_late + law.no_show;
    if sum > 1.0 {
        t.refuse(
            "no_show",
            format!("the probabilities of `{}` sum to {sum}", t.path()),
            "they exclude each other and must sum to at most 1",
        );
    }
    law
}

fn logit(t: &mut Table<'_>, d: Option<&LogitCoefficients>) -> LogitCoefficients {
    let d = d.copied().unwrap_or_default();
    LogitCoefficients {
        cancel_constant: t.number("cancel_constant", d.cancel_constant, ANY, "1", "constant of cancelling"),
        stay_constant: t.number("stay_constant", d.stay_constant, ANY, "1", "constant of staying away"),
        stay_sd: t.number("stay_sd", d.stay_sd, 0.0..=100.0, "1", "standard deviation over people of that constant; 0: a plain logit"),
        fee: t.number("fee", d.fee, ANY, "1/CNY", "cancellation fee, on cancelling"),
        penalty: t.number("penalty", d.penalty, ANY, "1/CNY", "severe penalty and forfeit, on staying away"),
        price: t.number("price", d.price, ANY, "kWh/CNY", "booking price, on both"),
        need: t.number("need", d.need, ANY, "1/kWh", "energy needed, on both"),
        lead: t.number("lead", d.lead, ANY, "1/h", "time between booking and start, on both"),
        past_defaults: t.number("past_defaults", d.past_defaults, ANY, "1", "share of past bookings defaulted, on staying away"),
        plan_changed: t.number("plan_changed", d.plan_changed, ANY, "1", "when the plan has changed, on both"),
    }
}

fn norms(t: &mut Table<'_>, d: Norms) -> Norms {
    Norms {
        base_cny: t.number("base_cny", d.base_cny, ANY, "CNY", "worth of honouring without any norm or fine"),
        guilt_cny: t.number("guilt_cny", d.guilt_cny, CNY, "CNY", "guilt of staying away under the full norm"),
        guilt_sd_cny: t.number("guilt_sd_cny", d.guilt_sd_cny, CNY, "CNY", "standard deviation over people of the guilt"),
        crowding: t.number("crowding", d.crowding, SHARE, "1", "share of the norm that a fine can crowd out"),
        salience_cny: t.number("salience_cny", d.salience_cny, 0.001..=10_000.0, "CNY", "fine at which 63 % of that is gone"),
        fine_weight: t.number("fine_weight", d.fine_weight, 0.0..=100.0, "1", "weight of a CNY of fine in the decision"),
        scale_cny: t.number("scale_cny", d.scale_cny, 0.001..=10_000.0, "CNY", "scale of the logit"),
        cancel: t.number("cancel", d.cancel, SHARE, "1", "probability of cancelling among those who would not stay away"),
        erosion: t.number(
            "erosion",
            d.erosion,
            SHARE,
            "1",
            "share of the way to the crowded-out norm that memory goes per booking under a fine",
        ),
        recovery: t.number("recovery", d.recovery, SHARE, "1", "share of the lost norm that returns per booking without a fine"),
    }
}

fn habit(t: &mut Table<'_>, d: Habit) -> Habit {
    let word = if matches!(d.rule, LearningRule::RothErev { .. }) { "roth_erev" } else { "ewa" };
    let rules = [("ewa", "experience-weighted attraction"), ("roth_erev", "Roth-Erev reinforcement")];
    let rule = t.variants("rule", word, &rules, "how attractions follow payoffs", |t, word| {
        let same = |other: LearningRule| if std::mem::discriminant(&d.rule) == std::mem::discriminant(&other) { d.rule } else { other };
        if word == "roth_erev" { roth_erev(t, same(Habit::roth_erev().rule)) } else { ewa(t, same(Habit::default().rule)) }
    });
    Habit {
        rule,
        initial: t.numbers_exactly(
            "initial",
            d.initial,
            ANY,
            "CNY",
            "attractions at first: honour, cancel early, cancel late, no-show, hoard, wait for tickets",
        ),
        hoarding_hassle: t.number(
            "hoarding_hassle",
            d.hoarding_hassle,
            0.0..=10.0,
            "1",
            "hassle of a hoarder's additional bookings relative to the first",
        ),
    }
}

fn ewa(t: &mut Table<'_>, d: LearningRule) -> LearningRule {
    let LearningRule::Ewa { decay, foregone, growth, scale_cny } = d else { return d };
    LearningRule::Ewa {
        decay: t.number("decay", decay, SHARE, "1", "decay of attractions (phi)"),
        foregone: t.number("foregone", foregone, SHARE, "1", "weight of payoffs not received (delta)"),
        growth: t.number("growth", growth, SHARE, "1", "0 averages, 1 sums (kappa)"),
        scale_cny: t.number("scale_cny", scale_cny, 0.001..=10_000.0, "CNY", "scale of the logit"),
    }
}

fn roth_erev(t: &mut Table<'_>, d: LearningRule) -> LearningRule {
    let LearningRule::RothErev { forgetting, experimentation, offset_cny } = d else { return d };
    LearningRule::RothErev {
        forgetting: t.number("forgetting", forgetting, SHARE, "1", "forgetting (phi)"),
        experimentation: t.number(
            "experimentation",
            experimentation,
            SHARE,
            "1",
            "share of a payoff that goes to the other strategies (epsilon)",
        ),
        offset_cny: t.number("offset_cny", offset_cny, CNY, "CNY", "added to payoffs, since propensities must stay positive"),
    }
}

fn hoarding(t: &mut Table<'_>, d: Hoarding) -> Hoarding {
    let on = matches!(d, Hoarding::Overlapping { .. });
    let enabled = t.flag("enabled", on, "whether people hold several bookings for one need");
    let Hoarding::Overlapping { max_bookings, flexibility_cny, extra_hassle, scale_cny } = (if on { d } else { Hoarding::overlapping() })
    else {
        return d;
    };
    let overlapping = Hoarding::Overlapping {
        max_bookings: t.count32("max_bookings", max_bookings, 1..=100, "bookings", "most bookings for one need"),
        flexibility_cny: t.number("flexibility_cny", flexibility_cny, ANY, "CNY", "worth of keeping another window open"),
        extra_hassle: t.number("extra_hassle", extra_hassle, 0.0..=10.0, "1", "hassle of a further booking relative to the first"),
        scale_cny: t.number("scale_cny", scale_cny, 0.001..=10_000.0, "CNY", "scale of the logit"),
    };
    if enabled { overlapping } else { Hoarding::None }
}

fn effect(t: &mut Table<'_>, d: ReminderEffect) -> ReminderEffect {
    let on = matches!(d, ReminderEffect::OddsRatio { .. });
    let enabled = t.flag("enabled", on, "whether it does anything else");
    let ReminderEffect::OddsRatio { no_show, cancel } = (if on { d } else { ReminderEffect::measured() }) else { return d };
    let ratios = ReminderEffect::OddsRatio {
        no_show: t.number("no_show", no_show, 0.0..=100.0, "1", "odds ratio of staying away"),
        cancel: t.number("cancel", cancel, 0.0..=100.0, "1", "odds ratio of cancelling"),
    };
    if enabled { ratios } else { ReminderEffect::None }
}
