//! Controls: where people do not answer, money moves and behaviour stays; and a reminder that does
//! nothing changes nothing.

use super::bench::{Bench, prices, segment};
use crate::environment::Environment;
use crate::message::Letter;
use domain::{Fact, FactKind, Rows};
use population::{BehaviourModel, Law, ReminderEffect, ResponseMode};
use std::sync::Arc;

/// A day with everything that can happen to a booking.
fn day(word: &str, seed: u64, change: &dyn Fn(&mut Environment)) -> Rows {
    let mut bench = Bench::with(|env| {
        let mut people = segment();
        people.arrival = Law::normal(8.0, 1.0);
        people.behaviour.choice = population::ChoiceParams::default();
        let r = &mut people.behaviour.response;
        (r.forget_probability, r.reminder_restores, r.regret_probability) = (0.3, 0.8, 0.2);
        (r.plan_change_per_h, r.delay) = (0.2, Law::lognormal_median(20.0, 0.7));
        people.behaviour.model = BehaviourModel::named(word).expect("a ready model");
        env.segments = vec![people];
        env.seeds = clock::Seeds::new(seed);
        env.market.cancellation.early_fee_share = 0.05;
        change(env);
    });
    let mut p = prices();
    p.discharge[36..46].fill(1.9);
    bench.receive(0.0, Letter::Prices(Arc::new(p)));
    bench.run(47.0)
}

/// Who did what when; what was paid is left out.
fn behaviour(rows: &Rows) -> Vec<String> {
    let moved = |f: &&Fact| !matches!(f.kind, FactKind::ReminderSent | FactKind::Penalty);
    let line = |f: &Fact| {
        let (id, at) = (f.booking.0, f.period_start);
        format!(
            "{:?} {:?} ev{} booking {id} {at:?} {:?} {}",
            f.t, f.kind, f.ev.0, f.detail, f.energy
        )
    };
    rows.facts.iter().filter(moved).map(line).collect()
}

fn assert_same(word: &str, a: &dyn Fn(&mut Environment), b: &dyn Fn(&mut Environment)) {
    for seed in 0..6 {
        let [a, b] = [a, b].map(|change| behaviour(&day(word, seed, change)));
        let first = a.iter().zip(&b).find(|(a, b)| a != b);
        assert!(a.len() > 20, "{a:?}");
        assert!(a == b, "{word}, seed {seed}: {first:?}, {} and {} facts", a.len(), b.len());
    }
}

fn harsh(env: &mut Environment) {
    env.market.penalty.scale = 10.0;
    env.market.cancellation.early_fee_share = 0.9;
    env.market.refund.forfeit_share = 1.0;
    env.market.reminder.enabled = false;
}

#[test]
fn without_response_money_moves_and_behaviour_stays_under_every_model() {
    let frozen = |env: &mut Environment| {
        env.segments[0].behaviour.response.mode = ResponseMode::None;
    };
    for word in BehaviourModel::WORDS {
        assert_same(word, &frozen, &|env| {
            frozen(env);
            harsh(env);
        });
    }
}

#[test]
fn fixed_probabilities_answer_to_nothing() {
    assert_same("exogenous", &|_| {}, &harsh);
    let hoards = |env: &mut Environment| {
        env.segments[0].behaviour.model.hoarding = population::Hoarding::overlapping();
        env.segments[0].behaviour.model.credence_rate = 0.2;
    };
    assert_same("exogenous", &hoards, &|env| {
        hoards(env);
        harsh(env);
    });
}

#[test]
fn others_answer() {
    for word in ["none", "logit", "norms"] {
        let [calm, dear] = [behaviour(&day(word, 1, &|_| {})), behaviour(&day(word, 1, &harsh))];
        assert_ne!(calm, dear, "{word}");
    }
}

#[test]
fn a_reminder_that_does_nothing_changes_no_fact_but_its_own() {
    let idle = |env: &mut Environment| {
        env.segments[0].behaviour.response.reminder_restores = 0.0;
        env.segments[0].behaviour.model.reminder =
            ReminderEffect::OddsRatio { no_show: 1.0, cancel: 1.0 };
    };
    for word in BehaviourModel::WORDS {
        assert_same(word, &idle, &|env| {
            idle(env);
            env.market.reminder.enabled = false;
        });
    }
}
