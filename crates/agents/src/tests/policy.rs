//! Policy changes while a zone is at work: what open bookings are charged, who aims anew, who is
//! reminded.

use super::bench::{Bench, segment};
use super::check::check;
use super::lines::lines;
use super::state::{changes, state};
use crate::environment::Environment;
use crate::message::{Due, Message, ToAggregator, ToUser, ZoneEvent};
use crate::outbox::Outbox;
use crate::outside::{Input, Notice};
use domain::{Detail, Direction, Phase, Time};
use market::{Applies, Change, MarketRules, PolicyKey, Setting};
use std::sync::Arc;

/// A change of some keys to what `set` makes of the rules.
fn change(
    keys: &[PolicyKey],
    applies: Applies,
    segment: Option<&str>,
    set: impl FnOnce(&mut MarketRules),
) -> Change {
    let mut rules = MarketRules::default();
    set(&mut rules);
    let setting = |key: &PolicyKey| Setting { key: *key, value: String::new() };
    let settings = keys.iter().map(setting).collect();
    Change::new(settings, rules, applies, segment.map(str::to_owned)).expect("a change")
}

fn penalty_scale(scale: f64, applies: Applies) -> Change {
    change(&[PolicyKey::PenaltyScale], applies, None, |rules| rules.penalty.scale = scale)
}

impl Bench {
    /// The rules change at an hour; the users have not heard of it yet.
    fn amend(&mut self, hour: f64, change: &Change) -> Outbox {
        let (now, recording) = (Time::from_hours(hour), self.zone.recording);
        let mut out = Outbox { now, phase: Phase::Exogenous, recording, ..Outbox::default() };
        let input = Input::Notice(Notice::Policy(Arc::new(change.clone())));
        assert_eq!(self.zone.on_input(&input, &self.env, &mut out), None);
        self.queue_all(&out);
        out
    }
    /// The same, and a second later they have heard of it; what follows from hearing it.
    fn amend_and_tell(&mut self, hour: f64, change: &Change) -> Outbox {
        self.amend(hour, change);
        self.handle(hour + 1.0 / 3600.0, Message::Zone(ZoneEvent::PolicyTold))
    }
    /// What a message leads to.
    fn follows(&mut self, hour: f64, message: Message) -> Vec<String> {
        let before = state(self);
        let mut found = lines(&self.handle(hour, message));
        found.extend(changes(&before, &state(self)));
        found
    }
}

/// People who aim early for high penalties.
fn fearful(env: &mut Environment) {
    env.segments = vec![segment()];
    env.segments[0].behaviour.response.delay = population::Law::lognormal_median(20.0, 0.7);
}

#[test]
fn a_change_is_written_down_and_told_a_second_later() {
    let (mut bench, _) = Bench::booked(&[0], |_| {});
    let out = bench.amend(9.0, &penalty_scale(3.0, Applies::New));
    assert_eq!(lines(&out), ["fact policy_changed penalty.scale", "send 09:00:01 PolicyTold"]);
    let (policy, told) = (&bench.zone.policy, &bench.zone.told);
    assert_eq!((policy.terms(0).penalty.scale, told.terms(0).penalty.scale), (3.0, 1.0));
    bench.handle(9.0 + 1.0 / 3600.0, Message::Zone(ZoneEvent::PolicyTold));
    assert_eq!(bench.zone.told.terms(0).penalty.scale, 3.0);
}

/// What a booking costs whose user comes half an hour after its start, moderate: 0.3 x 0.5 x 0.6
/// CNY/kWh x 5 kWh a period = 0.225 CNY at scale 1; the real price is that of the grid, 1.2, as
/// wind covers the load and nothing else: 0.3 x 0.5 x 1.2 x 5 = 0.9.
fn penalty_of(applies: Applies) -> f64 {
    let (mut bench, booked) = Bench::booked(&[0], |_| {});
    bench.amend_and_tell(9.0, &penalty_scale(3.0, applies));
    let booking = booked[0];
    bench.handle(10.4, Message::User(0, ToUser::Come { booking }));
    bench.handle(10.5, Message::Zone(ZoneEvent::PeriodBegins));
    bench.handle(10.75, Message::Zone(ZoneEvent::PeriodEnds));
    bench.handle(11.0, Message::User(0, ToUser::Leave { session: bench.session(0) }));
    let out = bench.handle(11.0, Message::Zone(ZoneEvent::PeriodEnds));
    let penalties = out.rows.facts.iter().filter(|f| f.kind == domain::FactKind::Penalty);
    penalties.map(|f| f.amount).sum()
}

#[test]
fn open_bookings_keep_their_penalty_unless_the_change_applies_to_all() {
    let [kept, raised] = [Applies::New, Applies::All].map(penalty_of);
    assert!(kept > 0.0 && (raised - 3.0 * kept).abs() < 1e-6, "{kept} {raised}");
}

#[test]
fn a_booking_confirmed_after_the_change_has_the_new_terms() {
    let (mut bench, booked) = Bench::booked(&[0], |_| {});
    bench.amend_and_tell(8.5, &penalty_scale(3.0, Applies::New));
    let later = bench.book(8.6, 1, 12.0, 4, 20.0);
    let held = |ev: usize, booking| bench.zone.evs[ev].held(booking).expect("held").terms;
    assert_eq!((held(0, booked[0]), held(1, later)), (0, 1));
    let b = |booking| bench.zone.aggregator.bookings.get(booking).expect("open").terms;
    assert_eq!((b(booked[0]), b(later)), (0, 1));
    // Late fees: k 0.1 x 0.5 x 0.6 CNY/kWh x 20 kWh = 0.6 CNY, and three times that.
    let cancel = |ev, booking| {
        Message::Aggregator(ev, ToAggregator::Cancel { booking, reason: Detail::PlanChanged })
    };
    let fee = |lines: Vec<String>| lines.into_iter().find(|l| l.starts_with("cancellation_fee"));
    let old = fee(bench.follows(9.5, cancel(0, booked[0])));
    let new = fee(bench.follows(11.5, cancel(1, later)));
    assert_eq!(old.as_deref(), Some("cancellation_fee 0.6 ev1 -> operator"));
    assert_eq!(new.as_deref(), Some("cancellation_fee 1.8 ev2 -> operator"));
}

#[test]
fn what_an_early_cancellation_costs_and_whether_there_is_one_are_terms_too() {
    let fees = change(&[PolicyKey::EarlyFeeShare], Applies::All, None, |rules| {
        rules.cancellation.early_fee_share = 0.5;
    });
    let (mut bench, booked) = Bench::booked(&[0], |_| {});
    bench.amend_and_tell(7.0, &fees);
    let cancel = Message::Aggregator(
        0,
        ToAggregator::Cancel { booking: booked[0], reason: Detail::PlanChanged },
    );
    let found = bench.follows(8.0, cancel);
    assert!(found.contains(&"cancellation_fee 10 ev1 -> operator".to_owned()), "{found:?}");
    let none = change(&[PolicyKey::CancellationEnabled], Applies::All, None, |rules| {
        rules.cancellation.enabled = false;
    });
    let (mut bench, booked) = Bench::booked(&[0], |_| {});
    bench.amend_and_tell(7.0, &none);
    let cancel = Message::Aggregator(
        0,
        ToAggregator::Cancel { booking: booked[0], reason: Detail::PlanChanged },
    );
    check("nothing is given back", bench, 8.0, cancel, &[]);
}

#[test]
fn whoever_has_more_at_stake_aims_anew_once_it_is_told() {
    let open = |applies| {
        let (mut bench, booked) = Bench::booked(&[0], fearful);
        let before = *bench.zone.evs[0].held(booked[0]).expect("held");
        bench.amend(8.5, &penalty_scale(20.0, applies));
        let untold = *bench.zone.evs[0].held(booked[0]).expect("held");
        assert_eq!(before, untold, "nobody has heard of it");
        let out = bench.handle(8.5 + 1.0 / 3600.0, Message::Zone(ZoneEvent::PolicyTold));
        let after = *bench.zone.evs[0].held(booked[0]).expect("held");
        (bench, booked[0], before, after, out)
    };
    let (_, _, before, after, out) = open(Applies::New);
    assert_eq!(before, after);
    assert!(out.sent.is_empty(), "{:?}", out.sent);
    let (mut bench, booking, before, after, out) = open(Applies::All);
    assert!(after.comes_at < before.comes_at && after.last_word_at < before.last_word_at);
    let come = Message::User(0, ToUser::Come { booking });
    assert!(out.sent.iter().any(|s| s.at == after.comes_at && s.message == come), "{:?}", out.sent);
    // A walk to the pile that was meant for an earlier time is none any more.
    bench.amend_and_tell(8.6, &penalty_scale(0.0, Applies::All));
    let late = bench.zone.evs[0].held(booking).expect("held").comes_at;
    assert!(late > after.comes_at);
    check("too early by now", bench, after.comes_at.hours(), come, &[]);
}

#[test]
fn whoever_is_not_reminded_yet_is_reminded_by_the_new_rules() {
    let lead = |minutes: f64| {
        change(&[PolicyKey::ReminderLead], Applies::New, None, |rules| {
            rules.reminder.lead = domain::Span::from_minutes(minutes);
        })
    };
    // Booked for 10, reminded at 9; from half past 8 on two hours ahead, so at once.
    let (mut bench, booked) = Bench::booked(&[0], |_| {});
    let out = bench.amend(8.5, &lead(120.0));
    assert!(lines(&out).contains(&"send 08:30 RemindAt".to_owned()), "{:?}", lines(&out));
    let remind = Message::Due(Due::RemindAt { booking: booked[0] });
    let sent = bench.follows(8.5, remind);
    assert_eq!(sent[0], "fact reminder_sent ev1 at 10:00");
    // The old timer comes at 9 and finds it done.
    assert!(bench.follows(9.0, remind).is_empty());
    // Half an hour ahead: the old timer is too early.
    let (mut bench, booked) = Bench::booked(&[0], |_| {});
    let out = bench.amend(8.5, &lead(30.0));
    assert!(lines(&out).contains(&"send 09:30 RemindAt".to_owned()), "{:?}", lines(&out));
    let remind = Message::Due(Due::RemindAt { booking: booked[0] });
    assert!(bench.follows(9.0, remind).is_empty());
    assert_eq!(bench.follows(9.5, remind)[0], "fact reminder_sent ev1 at 10:00");
}

#[test]
fn reminders_stop_and_begin_at_once_and_for_a_segment_alone() {
    let switch = |on: bool, segment: Option<&'static str>| {
        change(&[PolicyKey::ReminderEnabled], Applies::New, segment, move |rules| {
            rules.reminder.enabled = on;
        })
    };
    let (mut bench, booked) = Bench::booked(&[0], |_| {});
    let remind = Message::Due(Due::RemindAt { booking: booked[0] });
    bench.amend(8.5, &switch(false, None));
    assert!(bench.follows(9.0, remind).is_empty());
    // Switched on at half past 9: it is time already.
    let out = bench.amend(9.5, &switch(true, None));
    assert!(out.sent.iter().any(|s| s.message == remind && s.at == Time::from_hours(9.5)));
    assert_eq!(bench.follows(9.5, remind)[0], "fact reminder_sent ev1 at 10:00");
    let name = segment().name;
    let (mut bench, booked) = Bench::booked(&[0], |_| {});
    let other = Change::new(
        vec![Setting { key: PolicyKey::ReminderEnabled, value: String::new() }],
        MarketRules {
            reminder: market::ReminderRules { enabled: false, ..Default::default() },
            ..MarketRules::default()
        },
        Applies::New,
        Some(name),
    );
    bench.amend(8.5, &other.expect("a change"));
    let remind = Message::Due(Due::RemindAt { booking: booked[0] });
    assert!(bench.follows(9.0, remind).is_empty());
    // What the segment is treated with outlasts a change for all.
    bench.amend(9.1, &switch(true, None));
    assert!(bench.follows(9.2, remind).is_empty());
}

#[test]
fn booking_stops_and_begins_again() {
    let switch = |on| {
        change(&[PolicyKey::BookingEnabled], Applies::New, None, move |rules| {
            rules.booking.enabled = on;
        })
    };
    let mut bench = Bench::planned();
    bench.amend(5.0, &switch(false));
    let request = super::bench::request(10.0, 4, 20.0, Direction::Charge);
    let found = bench.follows(6.0, Message::Aggregator(0, ToAggregator::Request(request)));
    assert_eq!(found[0], "fact reservation_rejected ev1 at 10:00 too_late 20 kWh");
    // Who has heard of it does not ask.
    bench.handle(6.0, Message::Zone(ZoneEvent::PolicyTold));
    for e in bench.zone.evs.all_mut() {
        e.upcoming.iter_mut().for_each(|p| p.looks_at = Time::from_hours(6.5));
    }
    let out = bench.amend_and_tell(6.2, &switch(true));
    let plans = out.sent.iter().filter(|s| matches!(s.message, Message::User(_, ToUser::Plan)));
    assert!(plans.clone().all(|s| s.at == Time::from_hours(6.5)) && plans.count() >= 3);
    bench.amend_and_tell(6.3, &switch(false));
    assert!(lines(&bench.handle(6.5, Message::User(0, ToUser::Plan))).is_empty());
}

#[test]
fn who_may_walk_in_again_queues_once_it_is_told() {
    let switch = |on| {
        change(&[PolicyKey::WalkInEnabled], Applies::New, None, move |rules| {
            rules.walk_in.enabled = on;
        })
    };
    let mut bench = Bench::here(&[0], |_| {});
    bench.amend_and_tell(8.0, &switch(false));
    let found = bench.follows(8.1, Message::User(0, ToUser::WalkIn));
    assert!(!found.iter().any(|l| l.contains("walk_in")), "{found:?}");
    let out = bench.amend_and_tell(8.5, &switch(true));
    assert!(
        out.sent.iter().any(|s| s.message == Message::User(0, ToUser::WalkIn)),
        "{:?}",
        out.sent
    );
}

#[test]
fn tickets_stop_for_all_or_for_a_segment() {
    let off = |segment: Option<&str>| {
        change(&[PolicyKey::TicketsEnabled], Applies::New, segment, |rules| {
            rules.tickets.enabled = false;
        })
    };
    let cancel = |booking| {
        Message::Aggregator(0, ToAggregator::Cancel { booking, reason: Detail::PlanChanged })
    };
    let (mut bench, booked) = Bench::booked(&[0], |_| {});
    bench.amend_and_tell(8.5, &off(None));
    let found = bench.follows(9.5, cancel(booked[0]));
    assert!(!found.iter().any(|l| l.starts_with("fact ticket_offered")), "{found:?}");
    let (mut bench, booked) = Bench::booked(&[0], |_| {});
    bench.amend_and_tell(8.5, &off(Some(&segment().name)));
    bench.follows(9.5, cancel(booked[0]));
    let ticket = bench.ticket();
    bench.handle(9.5 + 1.0 / 3600.0, Message::Zone(ZoneEvent::Offered { ticket }));
    assert_eq!(bench.zone.aggregator.ticket(ticket).expect("on offer").notices, 0);
}

#[test]
fn every_policy_key_has_a_word_for_its_fact() {
    for key in PolicyKey::ALL {
        assert!(Detail::from_word(key.path()).is_some(), "{}", key.path());
    }
}
