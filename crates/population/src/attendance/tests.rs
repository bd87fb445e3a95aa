//! What each law does to the odds, on one typical booking.

use super::*;
use crate::{Ending, Missed, Strategy};

fn view(experience: &Experience) -> AttendanceView<'_> {
    AttendanceView {
        moment: Moment::BeforePlug,
        price: 1.0,
        need_kwh: 24.0,
        lead_h: 6.0,
        saving_cny: 6.0,
        refund_cny: 3.0,
        cancel_fee_cny: 1.4,
        severe_penalty_cny: 8.6,
        forfeit_cny: 0.0,
        plan_changed: false,
        keeping_cost_cny: 25.0,
        reminded: false,
        behaviour_class: 1,
        taste: 0.0,
        experience,
    }
}

fn odds(model: &BehaviourModel, change: impl FnOnce(&mut AttendanceView<'_>)) -> Odds {
    let experience = model.fresh_experience(0.5);
    let mut v = view(&experience);
    change(&mut v);
    attendance_odds(&v, model, &ResponseParams::default())
}

fn model(word: &str) -> BehaviourModel {
    BehaviourModel::named(word).expect("a ready model")
}

fn outcome(ending: Ending) -> Outcome {
    Outcome {
        ending,
        saving_cny: 6.0,
        refund_cny: 3.0,
        full_refund_cny: 4.0,
        paid_cny: 0.0,
        late_fee_cny: 1.4,
        severe_penalty_cny: 8.6,
        hassle_cny: 2.0,
        ticket_gain_cny: 0.0,
        penalties_in_force: true,
    }
}

/// Probability of a no-show over a booking's life, with a reminder or without.
fn no_show(model: &BehaviourModel, penalty: f64, reminded: bool) -> f64 {
    let at = |moment| {
        odds(model, |v| {
            v.moment = moment;
            v.reminded = reminded;
            v.severe_penalty_cny = penalty;
            v.plan_changed = true;
        })
    };
    assert_eq!(at(Moment::Ahead).stay_away, 0.0);
    at(Moment::Ahead).honour() * at(Moment::BeforePlug).stay_away
}

#[test]
fn under_the_control_only_a_changed_plan_matters() {
    let none = model("none");
    assert_eq!(odds(&none, |_| {}), Odds::HONOUR);
    assert_eq!(
        odds(&none, |v| {
            v.moment = Moment::Booking;
            v.plan_changed = true;
        }),
        Odds::HONOUR
    );
    // Honour 6 + 3 + 20 - 25 = 4, cancel -1.4 - 1 = -2.4, stay -8.6; weights at scale 2: 1, e^-3.2,
    // e^-6.3.
    let changed = odds(&none, |v| v.plan_changed = true);
    assert!(
        (changed.cancel - 0.0391).abs() < 1e-3 && (changed.stay_away - 0.00176).abs() < 1e-4,
        "{changed:?}"
    );
}

#[test]
fn without_response_everybody_honours_but_exogenous_defaulters() {
    let frozen = ResponseParams { mode: ResponseMode::None, ..ResponseParams::default() };
    let experience = Experience::fresh(0.5);
    let v = AttendanceView { plan_changed: true, ..view(&experience) };
    for word in BehaviourModel::WORDS.into_iter().filter(|w| *w != "exogenous") {
        assert_eq!(attendance_odds(&v, &model(word), &frozen), Odds::HONOUR, "{word}");
    }
    // 0.10 and 0.02 of all bookings are 0.105 and 0.021 of the 95 % that were not cancelled early.
    let fixed = attendance_odds(&v, &model("exogenous"), &frozen);
    assert!(
        (fixed.stay_away - 0.10 / 0.95).abs() < 1e-12 && (fixed.cancel - 0.02 / 0.95).abs() < 1e-12
    );
}

#[test]
fn more_penalty_means_fewer_no_shows_under_choice_and_more_under_crowding_out() {
    for word in ["none", "logit", "prospect"] {
        let m = model(word);
        let shares = [0.0, 8.6, 25.8].map(|p| no_show(&m, p, true));
        assert!(shares[0] > shares[1] && shares[1] > shares[2], "{word}: {shares:?}");
    }
    let norms = model("norms");
    let [free, usual, triple, tenfold] = [0.0, 8.6, 25.8, 86.0].map(|p| no_show(&norms, p, true));
    // Without a fine 1 / (1 + e^2.94) = 0.050; a fine of 8.6: worth 9.4 + 20 x 0.25 + 4.3 = 18.7,
    // 0.134.
    assert!(
        free > 0.045 && free < 0.06 && usual > 1.8 * free && triple > free && tenfold < free,
        "{free} {usual} {triple} {tenfold}"
    );
}

#[test]
fn a_reminder_does_to_the_odds_what_its_effect_says_and_nothing_else() {
    let none = ReminderEffect::OddsRatio { no_show: 1.0, cancel: 1.0 };
    for word in ["none", "logit", "norms", "prospect", "learning"] {
        for moment in [Moment::Ahead, Moment::BeforePlug] {
            let at = |effect: ReminderEffect, reminded: bool| {
                let treated = BehaviourModel { reminder: effect, ..model(word) };
                odds(&treated, |v| {
                    v.moment = moment;
                    v.plan_changed = true;
                    v.reminded = reminded;
                })
            };
            for effect in [ReminderEffect::None, none] {
                let [with, without] = [true, false].map(|reminded| at(effect, reminded));
                let near = (with.cancel - without.cancel).abs() < 1e-12
                    && (with.stay_away - without.stay_away).abs() < 1e-12;
                assert!(near, "{word} at {moment:?}: {with:?} {without:?}");
            }
        }
    }
    let treated = model("reminder");
    assert!(no_show(&treated, 2.0, true) < no_show(&treated, 2.0, false));
    // Over a booking's whole life: who cancels does so ahead, the others may stay away.
    let life = |reminded| {
        let [ahead, last] = [Moment::Ahead, Moment::BeforePlug].map(|moment| {
            odds(&treated, |v| {
                v.moment = moment;
                v.plan_changed = true;
                v.severe_penalty_cny = 0.0;
                v.reminded = reminded;
            })
        });
        let stay_away = (1.0 - ahead.cancel) * last.stay_away;
        [ahead.cancel, stay_away].map(|p| p / (1.0 - ahead.cancel - stay_away))
    };
    let (with, without) = (life(true), life(false));
    let ReminderEffect::OddsRatio { no_show, cancel } = ReminderEffect::measured() else {
        panic!("the measured effect is a pair of ratios")
    };
    assert!((with[0] / without[0] - cancel).abs() < 1e-9, "{with:?} {without:?}");
    assert!((with[1] / without[1] - no_show).abs() < 1e-9, "{with:?} {without:?}");
}

#[test]
fn logit_moves_with_lead_time_price_need_fee_and_past() {
    let m = model("logit");
    let base = no_show(&m, 8.6, true);
    let experience = Experience { bookings: 4, defaults: 2, ..Experience::fresh(0.5) };
    let worse = attendance_odds(
        &AttendanceView { reminded: true, ..view(&experience) },
        &m,
        &ResponseParams::default(),
    );
    let plain = odds(&m, |v| v.reminded = true);
    assert!(worse.stay_away > plain.stay_away && base > plain.stay_away);
    assert!(odds(&m, |v| v.lead_h = 24.0).stay_away > odds(&m, |_| {}).stay_away);
    assert!(odds(&m, |v| v.price = 2.0).stay_away > odds(&m, |_| {}).stay_away);
    assert!(odds(&m, |v| v.need_kwh = 60.0).stay_away < odds(&m, |_| {}).stay_away);
    let cancels = |fee: f64| {
        odds(&m, |v| {
            v.moment = Moment::Ahead;
            v.cancel_fee_cny = fee;
        })
        .cancel
    };
    assert!(cancels(20.0) < cancels(1.4));
    assert!(odds(&m, |v| v.taste = 2.0).stay_away > odds(&m, |_| {}).stay_away);
}

#[test]
fn norms_stay_low_after_the_fine_has_gone() {
    let m = model("norms");
    let mut e = m.fresh_experience(0.5);
    for _ in 0..10 {
        learn(&mut e, &outcome(Ending::Honoured), &m);
    }
    let fine_left = f64::from(e.norm);
    assert!((fine_left - 0.25).abs() < 0.01, "{fine_left}"); // 1 - 0.75 (1 - e^-8.6)
    learn(&mut e, &Outcome { penalties_in_force: false, ..outcome(Ending::Honoured) }, &m);
    assert!((f64::from(e.norm) - (fine_left + 0.02 * (1.0 - fine_left))).abs() < 1e-6);
    let after = attendance_odds(
        &AttendanceView { severe_penalty_cny: 0.0, reminded: true, ..view(&e) },
        &m,
        &ResponseParams::default(),
    );
    let before = odds(&m, |v| {
        v.severe_penalty_cny = 0.0;
        v.reminded = true;
    });
    assert!(after.stay_away > 2.0 * before.stay_away);
}

#[test]
fn habits_follow_payoffs() {
    for habit in [Habit::default(), Habit::roth_erev()] {
        let m =
            BehaviourModel { attendance: AttendanceLaw::Habit(habit), ..BehaviourModel::default() };
        let mut e = m.fresh_experience(0.5);
        let start = habit.probabilities(&e);
        // No-shows that cost nothing and gain nothing, against honouring that saves 6 CNY for 2 CNY
        // of hassle.
        for _ in 0..30 {
            e.strategy = Strategy::NoShow;
            learn(&mut e, &Outcome { paid_cny: 8.6, ..outcome(Ending::NoShow) }, &m);
            e.strategy = Strategy::Honour;
            learn(&mut e, &outcome(Ending::Honoured), &m);
        }
        let end = habit.probabilities(&e);
        assert!(
            (start.iter().sum::<f64>() - 1.0).abs() < 1e-12
                && (end.iter().sum::<f64>() - 1.0).abs() < 1e-9
        );
        assert!(end[0] > end[3] && end[0] > 0.3, "{:?}: {end:?}", habit.rule);
        assert_eq!(e.default_share(), 0.5);
    }
}

#[test]
fn ewa_with_full_decay_is_the_weighted_mean_of_payoffs() {
    // decay 1, growth 0, delta 0: N 1 -> 2, honour: (1 x 10 + 1 x (6 - 2)) / 2 = 7; no-show: (1 x 1
    // + 0) / 2 = 0.5.
    let rule = LearningRule::Ewa { decay: 1.0, foregone: 0.0, growth: 0.0, scale_cny: 3.0 };
    let m = BehaviourModel {
        attendance: AttendanceLaw::Habit(Habit { rule, ..Habit::default() }),
        ..BehaviourModel::default()
    };
    let mut e = m.fresh_experience(0.5);
    learn(&mut e, &outcome(Ending::Honoured), &m);
    assert!(
        (e.attraction[0] - 7.0).abs() < 1e-6 && (e.attraction[3] - 0.5).abs() < 1e-6,
        "{:?}",
        e.attraction
    );
}

#[test]
fn strategies_are_followed_through() {
    let m = model("learning");
    for (strategy, moment, answer) in [
        (Strategy::CancelEarly, Moment::Booking, Odds::CANCEL),
        (Strategy::CancelLate, Moment::Booking, Odds::HONOUR),
        (Strategy::CancelLate, Moment::Ahead, Odds::CANCEL),
        (Strategy::NoShow, Moment::Ahead, Odds::HONOUR),
        (Strategy::NoShow, Moment::BeforePlug, Odds::STAY_AWAY),
        (Strategy::Honour, Moment::BeforePlug, Odds::HONOUR),
    ] {
        let e = Experience { strategy, ..m.fresh_experience(0.5) };
        let v = AttendanceView { moment, ..view(&e) };
        assert_eq!(
            attendance_odds(&v, &m, &ResponseParams::default()),
            answer,
            "{strategy:?} at {moment:?}"
        );
    }
    let e = Experience { strategy: Strategy::Hoard, ..m.fresh_experience(0.5) };
    assert_eq!(
        booking_multiplicity(
            &HoardView { hassle_cny: 12.0, cancel_fee_cny: 0.0, experience: &e },
            &m,
            &mut || 0.9
        ),
        2
    );
}

#[test]
fn cancelling_dearly_ends_hoarding() {
    let m = model("hoarding");
    let e = Experience::fresh(0.5);
    let share = |fee: f64| {
        let view = HoardView { hassle_cny: 5.0, cancel_fee_cny: fee, experience: &e };
        (0..1000)
            .filter(|k| booking_multiplicity(&view, &m, &mut || (f64::from(*k) + 0.5) / 1000.0) > 1)
            .count()
    };
    assert!(share(0.0) > 700 && share(10.0) < 50, "{} {}", share(0.0), share(10.0));
}

#[test]
fn credence_follows_refunds() {
    let m = BehaviourModel { credence_rate: 0.2, ..BehaviourModel::default() };
    let mut e = m.fresh_experience(0.5);
    learn(&mut e, &outcome(Ending::Honoured), &m);
    assert!((e.credence - 0.55).abs() < 1e-6); // 0.5 + 0.2 (3 / 4 - 0.5)
    learn(&mut e, &Outcome { full_refund_cny: 0.0, ..outcome(Ending::NoShow) }, &m);
    assert!((e.credence - 0.55).abs() < 1e-6);
}

#[test]
fn one_number_decides_and_low_numbers_stay_away() {
    let o = Odds { cancel: 0.2, stay_away: 0.1 };
    assert_eq!(
        [0.05, 0.2, 0.5].map(|u| o.pick(u)),
        [Attendance::StayAway, Attendance::CancelNow, Attendance::Honour]
    );
}

#[test]
fn bookings_that_disappoint_are_remembered() {
    let m = BehaviourModel { credence_rate: 0.2, ..BehaviourModel::default() };
    let mut e = m.fresh_experience(0.5);
    learn(&mut e, &outcome(Ending::Honoured), &m);
    assert_eq!(e.surprise_cny, 0.0);
    // 6 - 2 were expected, -2 came: 0.2 x (-6) = -1.2.
    learn(&mut e, &outcome(Ending::Curtailed), &m);
    assert!((e.surprise_cny + 1.2).abs() < 1e-6 && e.default_share() == 0.0, "{e:?}");
    learn(&mut e, &Outcome { paid_cny: 1.4, ..outcome(Ending::Late) }, &m);
    assert!((e.surprise_cny + 1.24).abs() < 1e-6, "{e:?}"); // -1.2 + 0.2 (-1.4 + 1.2)
    let still = BehaviourModel::default();
    let mut e = still.fresh_experience(0.5);
    learn(&mut e, &outcome(Ending::NoShow), &still);
    assert_eq!(e.surprise_cny, 0.0);
}

#[test]
fn a_ticket_missed_teaches_what_a_booking_would_have_saved() {
    let m = model("learning");
    let mut e = Experience { strategy: Strategy::WaitForTickets, ..m.fresh_experience(0.5) };
    let before = e.attraction;
    let missed = Missed { saving_cny: 30.0, late_fee_cny: 1.0, severe_penalty_cny: 6.0 };
    learn(&mut e, &Outcome::ticket_missed(missed, 2.0, 8.0), &m);
    // Honouring would have brought 28: (0.9 x 10 + 0.5 x 28) / 1.9 = 12.1; waiting cost 8: (0.9 x 2
    // - 8) / 1.9 = -3.3.
    assert!((e.attraction[0] - 12.105_264).abs() < 1e-4, "{:?}", e.attraction);
    assert!((e.attraction[5] + 3.263_158).abs() < 1e-4 && before[5] == 2.0, "{:?}", e.attraction);
    assert_eq!((e.bookings, e.surprise_cny), (0, 0.0));
}
