//! The queue against a sorted list, under every operation, with saves and clones in between.

use super::*;
use domain::{Phase, ZoneId};
use proptest::prelude::*;

fn key(time: i64, phase: Phase, zone: u16, sender: u32, seq: u64) -> Key {
    Key::new(Time(time), phase, ZoneId(zone), sender, seq)
}

fn at(time: i64, seq: u64) -> Key {
    key(time, Phase::Deliver, 1, 1, seq)
}

fn drain<M: Copy>(queue: &mut Queue<M>) -> Vec<(Key, M)> {
    std::iter::from_fn(|| queue.pop()).collect()
}

fn saved_and_restored(queue: &Queue<u64>) -> Queue<u64> {
    let bytes = postcard::to_allocvec(queue).expect("plain data");
    let back: Queue<u64> = postcard::from_bytes(&bytes).expect("just saved");
    assert_eq!(
        postcard::to_allocvec(&back).expect("plain data"),
        bytes,
        "saving again gives the same bytes"
    );
    back
}

#[test]
fn an_entry_with_eight_bytes_of_message_takes_32() {
    assert_eq!(size_of::<Entry<u64>>(), 32);
}

#[test]
fn each_part_of_the_key_decides_before_the_next() {
    let sorted = [
        key(-5, Phase::Dispatch, 9, 9, 9),
        key(0, Phase::Settle, 9, 9, 9),
        key(0, Phase::Exogenous, 9, 9, 9),
        key(0, Phase::Deliver, 1, 9, 9),
        key(0, Phase::Deliver, 2, 1, 9),
        key(0, Phase::Deliver, 2, 2, 1),
        key(0, Phase::Deliver, 2, 2, 2),
        key(0, Phase::Deliver, 2, 2, 1 << 32),
        key(0, Phase::Decide, 0, 0, 0),
        key(0, Phase::Dispatch, 0, 0, 0),
        key(1, Phase::Settle, 0, 0, 0),
    ];
    for turn in 0..sorted.len() {
        let mut queue = Queue::new();
        queue.extend(
            (0..sorted.len()).map(|i| (i * 7 + turn) % sorted.len()).map(|i| (sorted[i], i)),
        );
        let popped: Vec<Key> = drain(&mut queue).into_iter().map(|(k, _)| k).collect();
        assert_eq!(popped, sorted);
    }
}

#[test]
fn a_later_phase_of_the_running_instant_comes_before_the_next_instant() {
    let mut queue = Queue::new();
    queue.push(key(900, Phase::Settle, 1, 1, 0), "settle");
    queue.push(key(901, Phase::Settle, 1, 1, 1), "next");
    assert_eq!(queue.pop().map(|p| p.1), Some("settle"));
    queue.push(key(900, Phase::Dispatch, 1, 1, 2), "dispatch");
    queue.push(key(900, Phase::Decide, 1, 1, 3), "decide");
    assert_eq!(
        drain(&mut queue).into_iter().map(|p| p.1).collect::<Vec<_>>(),
        ["decide", "dispatch", "next"]
    );
}

#[test]
fn the_ends_of_time_are_ordinary_times() {
    let times = [i64::MIN, i64::MIN + 1, -1, 0, 1, Time::FAR.0, i64::MAX - 1, i64::MAX];
    for turn in 0..times.len() {
        let mut queue = Queue::new();
        for i in 0..times.len() {
            let i = (i * 3 + turn) % times.len();
            queue.push(at(times[i], i as u64), ());
        }
        assert_eq!(drain(&mut queue).iter().map(|p| p.0.time().0).collect::<Vec<_>>(), times);
    }
}

#[test]
fn a_bound_is_exclusive() {
    let mut queue = Queue::new();
    queue.push(at(10, 0), ());
    assert_eq!(queue.pop_before(Time(10)), None);
    assert_eq!(queue.pop_before(Time(11)), Some((at(10, 0), ())));
    assert_eq!(queue.pop_before(Time::FAR), None);
}

#[test]
fn a_stale_handle_cancels_nobody() {
    let mut queue = Queue::new();
    let first = queue.push_cancellable(at(1, 0), "first");
    assert!(queue.is_pending(first));
    assert!(queue.cancel(first));
    assert!(!queue.cancel(first), "cancelled before");
    let tenant = queue.push_cancellable(at(2, 1), "second");
    assert_ne!(first, tenant, "the slot is used again under another generation");
    assert!(!queue.cancel(first));
    assert_eq!(queue.pop(), Some((at(2, 1), "second")));
    assert!(!queue.cancel(tenant), "delivered before");
    assert!(!queue.is_pending(tenant));
}

#[test]
fn the_first_key_is_never_that_of_a_cancelled_message() {
    let mut queue = Queue::new();
    let handles: Vec<Handle> =
        (0..10).map(|i| queue.push_cancellable(at(i, i as u64), i)).collect();
    for &h in &handles[1..5] {
        queue.cancel(h);
    }
    assert_eq!((queue.peek_key(), queue.len()), (Some(at(0, 0)), 6));
    queue.cancel(handles[0]);
    assert_eq!((queue.peek_key(), queue.len()), (Some(at(5, 5)), 5));
    queue.pop();
    queue.cancel(handles[6]);
    assert_eq!(queue.peek_key(), Some(at(7, 7)));
}

#[test]
fn more_dead_than_alive_are_swept_out() {
    let mut queue = Queue::new();
    let handles: Vec<Handle> =
        (0..1000).map(|i| queue.push_cancellable(at(i, i as u64), i)).collect();
    for h in &handles[100..602] {
        assert!(queue.entries.len() == 1000 || h == &handles[601], "swept too early");
        queue.cancel(*h);
    }
    assert!(queue.entries.len() < 500);
    assert_eq!(
        drain(&mut queue).into_iter().map(|p| p.1).collect::<Vec<_>>(),
        (0..100).chain(602..1000).collect::<Vec<_>>()
    );
}

#[test]
fn a_recurring_message_comes_at_every_span_until_cancelled() {
    let mut queue = Queue::new();
    let tick = queue.push_recurring(at(0, 0), "tick", Span(900)).expect("positive");
    assert_eq!(
        queue.push_recurring(at(0, 1), "stuck", Span(0)),
        Err(QueueError::NotRecurring { key: at(0, 1), every: 0 })
    );
    for n in 0..5 {
        assert_eq!(queue.pop(), Some((at(900 * n, 0), "tick")));
    }
    assert!(queue.cancel(tick));
    assert_eq!((queue.pop(), queue.len()), (None, 0));
}

#[test]
fn nothing_recurs_after_the_end_of_time() {
    let mut queue = Queue::new();
    let last = queue.push_recurring(at(i64::MAX - 5, 0), (), Span(10)).expect("positive");
    assert!(queue.pop().is_some());
    assert!(queue.is_empty() && !queue.is_pending(last));
}

#[test]
fn a_damaged_save_is_refused() {
    let mut queue = Queue::new();
    let handle = queue.push_cancellable(at(1, 0), 5u64);
    let good = postcard::to_allocvec(&queue).expect("plain data");
    let entries = vec![(at(1, 0), handle.slot(), 5u64), (at(2, 1), handle.slot(), 6u64)];
    let bad = postcard::to_allocvec(&(entries, queue.slots.clone())).expect("plain data");
    assert!(postcard::from_bytes::<Queue<u64>>(&good).is_ok());
    assert!(postcard::from_bytes::<Queue<u64>>(&bad).is_err(), "two entries in one slot");
}

/// One step of a random program.
#[derive(Clone, Debug)]
enum Step {
    Push { ahead: i64 },
    PushCancellable { ahead: i64 },
    PushRecurring { ahead: i64, every: i64 },
    Pop { count: usize },
    PopBefore { ahead: i64 },
    Cancel { which: usize },
    Save,
    Clone,
}

/// Spans from the same instant to years, so that every level of the buckets is used.
fn ahead() -> impl Strategy<Value = i64> {
    prop_oneof![
        0i64..3,
        0i64..1000,
        0i64..2_000_000,
        0i64..5_000_000_000,
        0i64..100_000_000_000_000
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => ahead().prop_map(|ahead| Step::Push { ahead }),
        4 => ahead().prop_map(|ahead| Step::PushCancellable { ahead }),
        1 => (ahead(), 1i64..10_000_000).prop_map(|(ahead, every)| Step::PushRecurring { ahead, every }),
        6 => (1usize..4).prop_map(|count| Step::Pop { count }),
        2 => ahead().prop_map(|ahead| Step::PopBefore { ahead }),
        4 => any::<usize>().prop_map(|which| Step::Cancel { which }),
        1 => Just(Step::Save),
        1 => Just(Step::Clone),
    ]
}

/// What the queue should do, done with a sorted list.
#[derive(Default)]
struct Reference {
    pending: Vec<(Key, u64, i64)>,
}

impl Reference {
    fn push(&mut self, key: Key, message: u64, every: i64) {
        self.pending.push((key, message, every));
        self.pending.sort_unstable_by_key(|p| std::cmp::Reverse(p.0));
    }

    fn pop_before(&mut self, bound: Option<Time>) -> Option<(Key, u64)> {
        let due = self.pending.last().is_some_and(|p| bound.is_none_or(|b| p.0.time() < b));
        let (key, message, every) = if due { self.pending.pop()? } else { return None };
        if every > 0 {
            self.push(key.at(Time(key.time().0 + every)), message, every);
        }
        Some((key, message))
    }

    fn cancel(&mut self, message: u64) -> bool {
        let before = self.pending.len();
        self.pending.retain(|p| p.1 != message);
        self.pending.len() < before
    }
}

fn check_program(steps: Vec<Step>, fill: u64) -> Result<(), TestCaseError> {
    let (mut queue, mut reference) = (Queue::new(), Reference::default());
    let mut handles = Vec::new();
    let mut now = Time(-1000);
    let mut seq = 0;
    let mut next_key = |now: Time, ahead: i64| {
        seq += 1;
        (key(now.0 + ahead, Phase::Deliver, (seq % 3) as u16, (seq % 7) as u32, seq), seq)
    };
    for i in 0..fill {
        let (k, n) = next_key(now, (i * i) as i64 % 10_007);
        queue.push(k, n);
        reference.pending.push((k, n, 0));
    }
    reference.pending.sort_unstable_by_key(|p| std::cmp::Reverse(p.0));
    for step in steps {
        match step {
            Step::Push { ahead } => {
                let (k, n) = next_key(now, ahead);
                queue.push(k, n);
                reference.push(k, n, 0);
            }
            Step::PushCancellable { ahead } => {
                let (k, n) = next_key(now, ahead);
                handles.push((queue.push_cancellable(k, n), n));
                reference.push(k, n, 0);
            }
            Step::PushRecurring { ahead, every } => {
                let (k, n) = next_key(now, ahead);
                handles.push((queue.push_recurring(k, n, Span(every)).expect("positive"), n));
                reference.push(k, n, every);
            }
            Step::Pop { count } => {
                for _ in 0..count {
                    let popped = queue.pop();
                    prop_assert_eq!(popped, reference.pop_before(None));
                    now = popped.map_or(now, |p| p.0.time());
                }
            }
            Step::PopBefore { ahead } => {
                let popped = queue.pop_before(Time(now.0 + ahead));
                prop_assert_eq!(popped, reference.pop_before(Some(Time(now.0 + ahead))));
                now = popped.map_or(now, |p| p.0.time());
            }
            Step::Cancel { which } if !handles.is_empty() => {
                let (handle, message) = handles[which % handles.len()];
                prop_assert_eq!(
                    queue.is_pending(handle),
                    reference.pending.iter().any(|p| p.1 == message)
                );
                prop_assert_eq!(queue.cancel(handle), reference.cancel(message));
            }
            Step::Cancel { .. } => {}
            Step::Save => queue = saved_and_restored(&queue),
            Step::Clone => queue = queue.clone(),
        }
        prop_assert_eq!(queue.len(), reference.pending.len());
        prop_assert_eq!(queue.peek_key(), reference.pending.last().map(|p| p.0));
    }
    for _ in 0..reference.pending.len() {
        let popped = queue.pop();
        prop_assert_eq!(popped, reference.pop_before(None));
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_program_does_what_a_sorted_list_does(steps in prop::collection::vec(step(), 0..300)) {
        check_program(steps, 0)?;
    }

    #[test]
    fn a_queue_that_was_filled_first_does_too(steps in prop::collection::vec(step(), 0..200), fill in 0u64..3000) {
        check_program(steps, fill)?;
    }
}

/// A run of many thousand messages whose rate changes by a factor of ten thousand and back, so that
/// the width follows; at every tenth part the queue is saved, restored and cloned, and the copies
/// go on like the original.
#[test]
fn copies_go_on_like_the_original_while_the_width_adapts() {
    let mut queue = Queue::new();
    for i in 0..3000u64 {
        queue.push(at((i * 7919 % 3000) as i64 * 1000, i), i);
    }
    let mut reference: std::collections::BTreeMap<Key, u64> = std::collections::BTreeMap::new();
    reference.extend(drain(&mut queue.clone()));
    let mut state = 1u64;
    for n in 0..100_000u64 {
        if n % 10_000 == 0 {
            let mut copy = saved_and_restored(&queue);
            assert_eq!(drain(&mut copy), drain(&mut queue.clone()));
            queue = if n % 20_000 == 0 { saved_and_restored(&queue) } else { queue };
        }
        let (k, m) = queue.pop().expect("as many pushed as popped");
        assert_eq!(reference.pop_first(), Some((k, m)));
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mean = if (30_000..60_000).contains(&n) { 300 } else { 3_000_000 };
        let next = at(k.time().0 + (state >> 33) as i64 % (2 * mean), 3000 + n);
        queue.push(next, m);
        reference.insert(next, m);
    }
}
