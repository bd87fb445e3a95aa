//! Behaviour models: how the holder of a booking decides to come.

use super::{ANY, CNY, prospect};
use keys::{SHARE, Table};
use population::{
    AttendanceLaw, BehaviourModel, ExogenousDefault, Habit, Hoarding, LearningRule,
    LogitCoefficients, MixedLogit, Norms, ProspectLaw, ReminderEffect,
};

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

/// `model` names a ready behaviour model; the tables of its parts change their numbers. A part can
/// be added to any model.
pub(super) fn model(t: &mut Table<'_>, d: &BehaviourModel) -> BehaviourModel {
    let current = BehaviourModel::WORDS[usize::from(d.number()).min(7)];
    let word = t.word(
        "model",
        current,
        &MODELS,
        "the behaviour model: how holders of a booking decide to come",
    );
    // The same model again keeps the numbers that are in force.
    let base =
        if word == current { d.clone() } else { BehaviourModel::named(word).unwrap_or_default() };
    let attendance = attendance(t, &base.attendance);
    let credence_rate = t.number(
        "credence_rate",
        base.credence_rate,
        SHARE,
        "1",
        "how fast the expected share of the refund follows what was refunded, per booking",
    );
    let hoarding =
        t.table("hoarding", "overlapping bookings for one need", |t| hoarding(t, base.hoarding));
    let reminder = t.table(
        "reminder_effect",
        "what a received reminder does to the odds, beside bringing back what was forgotten",
        |t| effect(t, base.reminder),
    );
    BehaviourModel { attendance, hoarding, reminder, credence_rate }
}

/// Only the law in force has its numbers shown; when describing, all of them are.
fn attendance(t: &mut Table<'_>, d: &AttendanceLaw) -> AttendanceLaw {
    let all = t.is_describing();
    if all || matches!(d, AttendanceLaw::Exogenous(_)) {
        let base =
            if let AttendanceLaw::Exogenous(law) = d { *law } else { ExogenousDefault::default() };
        let law = t.table("exogenous", "fixed probabilities, with model = \"exogenous\"", |t| {
            exogenous(t, base)
        });
        if !all {
            return AttendanceLaw::Exogenous(law);
        }
    }
    if all || matches!(d, AttendanceLaw::Logit(_)) {
        let base =
            if let AttendanceLaw::Logit(law) = d { law.clone() } else { MixedLogit::default() };
        let law = t.table(
            "logit",
            "coefficients, with model = \"logit\"; one entry per behaviour class, or one for all",
            |t| MixedLogit {
                classes: t.inline_tables(
                    "classes",
                    &base.classes,
                    "coefficients by behaviour class; further classes take the last entry",
                    logit,
                ),
            },
        );
        if !all {
            return AttendanceLaw::Logit(law);
        }
    }
    if all || matches!(d, AttendanceLaw::Prospect(_)) {
        let base = if let AttendanceLaw::Prospect(law) = d { *law } else { ProspectLaw::default() };
        let law = t.table("prospect", "loss aversion, with model = \"prospect\"", |t| {
            ProspectLaw { valuation: prospect(t, base.valuation) }
        });
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
        let law =
            t.table("learning", "habits over days, with model = \"learning\"", |t| habit(t, base));
        if !all {
            return AttendanceLaw::Habit(law);
        }
    }
    d.clone()
}

fn exogenous(t: &mut Table<'_>, d: ExogenousDefault) -> ExogenousDefault {
    let law = ExogenousDefault {
        cancel_early: t.number(
            "cancel_early",
            d.cancel_early,
            SHARE,
            "1",
            "probability of a cancellation in good time",
        ),
        cancel_late: t.number(
            "cancel_late",
            d.cancel_late,
            SHARE,
            "1",
            "probability of a late cancellation",
        ),
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
        cancel_constant: t.number(
            "cancel_constant",
            d.cancel_constant,
            ANY,
            "1",
            "constant of cancelling",
        ),
        stay_constant: t.number(
            "stay_constant",
            d.stay_constant,
            ANY,
            "1",
            "constant of staying away",
        ),
        stay_sd: t.number(
            "stay_sd",
            d.stay_sd,
            0.0..=100.0,
            "1",
            "standard deviation over people of that constant; 0: a plain logit",
        ),
        fee: t.number("fee", d.fee, ANY, "1/CNY", "cancellation fee, on cancelling"),
        penalty: t.number(
            "penalty",
            d.penalty,
            ANY,
            "1/CNY",
            "severe penalty and forfeit, on staying away",
        ),
        price: t.number("price", d.price, ANY, "kWh/CNY", "booking price, on both"),
        need: t.number("need", d.need, ANY, "1/kWh", "energy needed, on both"),
        lead: t.number("lead", d.lead, ANY, "1/h", "time between booking and start, on both"),
        past_defaults: t.number(
            "past_defaults",
            d.past_defaults,
            ANY,
            "1",
            "share of past bookings defaulted, on staying away",
        ),
        plan_changed: t.number(
            "plan_changed",
            d.plan_changed,
            ANY,
            "1",
            "when the plan has changed, on both",
        ),
    }
}

fn norms(t: &mut Table<'_>, d: Norms) -> Norms {
    Norms {
        base_cny: t.number(
            "base_cny",
            d.base_cny,
            ANY,
            "CNY",
            "worth of honouring without any norm or fine",
        ),
        guilt_cny: t.number(
            "guilt_cny",
            d.guilt_cny,
            CNY,
            "CNY",
            "guilt of staying away under the full norm",
        ),
        guilt_sd_cny: t.number(
            "guilt_sd_cny",
            d.guilt_sd_cny,
            CNY,
            "CNY",
            "standard deviation over people of the guilt",
        ),
        crowding: t.number(
            "crowding",
            d.crowding,
            SHARE,
            "1",
            "share of the norm that a fine can crowd out",
        ),
        salience_cny: t.number(
            "salience_cny",
            d.salience_cny,
            0.001..=10_000.0,
            "CNY",
            "fine at which 63 % of that is gone",
        ),
        fine_weight: t.number(
            "fine_weight",
            d.fine_weight,
            0.0..=100.0,
            "1",
            "weight of a CNY of fine in the decision",
        ),
        scale_cny: t.number(
            "scale_cny",
            d.scale_cny,
            0.001..=10_000.0,
            "CNY",
            "scale of the logit",
        ),
        cancel: t.number(
            "cancel",
            d.cancel,
            SHARE,
            "1",
            "probability of cancelling among those who would not stay away",
        ),
        erosion: t.number(
            "erosion",
            d.erosion,
            SHARE,
            "1",
            "share of the way to the crowded-out norm that memory goes per booking under a fine",
        ),
        recovery: t.number(
            "recovery",
            d.recovery,
            SHARE,
            "1",
            "share of the lost norm that returns per booking without a fine",
        ),
    }
}

fn habit(t: &mut Table<'_>, d: Habit) -> Habit {
    let word = if matches!(d.rule, LearningRule::RothErev { .. }) { "roth_erev" } else { "ewa" };
    let rules =
        [("ewa", "experience-weighted attraction"), ("roth_erev", "Roth-Erev reinforcement")];
    let rule = t.variants("rule", word, &rules, "how attractions follow payoffs", |t, word| {
        let same = |other: LearningRule| {
            if std::mem::discriminant(&d.rule) == std::mem::discriminant(&other) {
                d.rule
            } else {
                other
            }
        };
        if word == "roth_erev" {
            roth_erev(t, same(Habit::roth_erev().rule))
        } else {
            ewa(t, same(Habit::default().rule))
        }
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
        foregone: t.number(
            "foregone",
            foregone,
            SHARE,
            "1",
            "weight of payoffs not received (delta)",
        ),
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
        offset_cny: t.number(
            "offset_cny",
            offset_cny,
            CNY,
            "CNY",
            "added to payoffs, since propensities must stay positive",
        ),
    }
}

fn hoarding(t: &mut Table<'_>, d: Hoarding) -> Hoarding {
    let on = matches!(d, Hoarding::Overlapping { .. });
    let enabled = t.flag("enabled", on, "whether people hold several bookings for one need");
    let Hoarding::Overlapping { max_bookings, flexibility_cny, extra_hassle, scale_cny } =
        (if on { d } else { Hoarding::overlapping() })
    else {
        return d;
    };
    let overlapping = Hoarding::Overlapping {
        max_bookings: t.count32(
            "max_bookings",
            max_bookings,
            1..=100,
            "bookings",
            "most bookings for one need",
        ),
        flexibility_cny: t.number(
            "flexibility_cny",
            flexibility_cny,
            ANY,
            "CNY",
            "worth of keeping another window open",
        ),
        extra_hassle: t.number(
            "extra_hassle",
            extra_hassle,
            0.0..=10.0,
            "1",
            "hassle of a further booking relative to the first",
        ),
        scale_cny: t.number("scale_cny", scale_cny, 0.001..=10_000.0, "CNY", "scale of the logit"),
    };
    if enabled { overlapping } else { Hoarding::None }
}

fn effect(t: &mut Table<'_>, d: ReminderEffect) -> ReminderEffect {
    let on = matches!(d, ReminderEffect::OddsRatio { .. });
    let enabled = t.flag("enabled", on, "whether it does anything else");
    let ReminderEffect::OddsRatio { no_show, cancel } =
        (if on { d } else { ReminderEffect::measured() })
    else {
        return d;
    };
    let ratios = ReminderEffect::OddsRatio {
        no_show: t.number("no_show", no_show, 0.0..=100.0, "1", "odds ratio of staying away"),
        cancel: t.number("cancel", cancel, 0.0..=100.0, "1", "odds ratio of cancelling"),
    };
    if enabled { ratios } else { ReminderEffect::None }
}
