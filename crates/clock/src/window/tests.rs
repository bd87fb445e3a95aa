//! Random partitions that work for themselves and report to each other: the same history on any
//! number of threads.

use super::*;
use crate::{Group, Queue, Seeds, Sender, WindowError};
use domain::{Phase, ZoneId};
use proptest::prelude::*;

/// The toy's least latency between partitions.
const FLOOR: Span = Span(50);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Toy {
    /// Causes a little more work here, now and then.
    Work(u32),
    /// Sends work to another partition; comes again after a span.
    Report,
}

/// How a partition words its promise; any wording must give the same history.
#[derive(Clone, Copy, Debug)]
enum Promise {
    NextMessage,
    NextReport,
    Lie,
}

#[derive(Clone)]
struct Zone {
    queue: Queue<Toy>,
    me: Sender,
    others: usize,
    next_report: Time,
    every: Span,
    promise: Promise,
    seeds: Seeds,
    history: Vec<(Key, Toy)>,
}

impl Zone {
    fn new(index: usize, others: usize, promise: Promise, seed: u64) -> Self {
        let seeds = Seeds::new(seed);
        let mut me = Sender::new(ZoneId(index as u16), 0);
        let mut draws = seeds.draws(Group::Exogenous, 0, 0, index as u64, 0);
        let (first, every) =
            (Time(i64::from(draws.word() % 300)), Span(1 + i64::from(draws.word() % 400)));
        let mut queue = Queue::new();
        queue.push_recurring(me.key(first, Phase::Dispatch), Toy::Report, every).expect("positive");
        queue.push(me.key(Time(0), Phase::Deliver), Toy::Work(draws.word() % 20));
        Self { queue, me, others, next_report: first, every, promise, seeds, history: Vec::new() }
    }

    fn handle(&mut self, key: Key, message: Toy, out: &mut Vec<Outgoing<Toy>>) {
        self.history.push((key, message));
        let mut draws = self.seeds.draws(
            Group::Behaviour,
            0,
            0,
            u64::from(self.me.zone.0),
            self.history.len() as u64,
        );
        match message {
            Toy::Work(0) => {}
            Toy::Work(more) => {
                for _ in 0..draws.word() % 3 {
                    let later = Time(key.time().0 + i64::from(draws.word() % 40));
                    let phase = if later == key.time() && key.phase() < Phase::Decide {
                        Phase::Decide
                    } else {
                        Phase::Deliver
                    };
                    let later = if phase == Phase::Deliver { later + Span(1) } else { later };
                    self.queue.push(self.me.key(later, phase), Toy::Work(more - 1));
                }
            }
            Toy::Report => {
                self.next_report = key.time() + self.every;
                let latency = Span(FLOOR.0 + i64::from(draws.word() % 3));
                let to = draws.word() as usize % self.others;
                let key = self.me.key(key.time() + latency, Phase::Deliver);
                out.push(Outgoing { to, key, message: Toy::Work(draws.word() % 6) });
            }
        }
    }
}

impl Partition for Zone {
    type Cross = Toy;

    fn next_time(&self) -> Option<Time> {
        self.queue.peek_key().map(Key::time)
    }

    fn earliest_cross(&self) -> Time {
        match self.promise {
            Promise::NextMessage => self.next_time().unwrap_or(Time::FAR),
            Promise::NextReport => self.next_report,
            Promise::Lie => self.next_report + Span(10_000),
        }
    }

    fn run_until(&mut self, bound: Time, out: &mut Vec<Outgoing<Toy>>) {
        while let Some((key, message)) = self.queue.pop_before(bound) {
            self.handle(key, message, out);
        }
    }

    fn receive(&mut self, key: Key, message: Toy) {
        self.queue.push(key, message);
    }
}

fn zones(count: usize, promise: Promise, seed: u64) -> Vec<Zone> {
    (0..count).map(|i| Zone::new(i, count, promise, seed)).collect()
}

/// The history of each zone up to `limit`, and the windows it took.
fn run(
    mut zones: Vec<Zone>,
    floor: Span,
    limit: Time,
    threads: &Threads,
) -> (Vec<Vec<(Key, Toy)>>, Vec<Window>) {
    let mut windows = Vec::new();
    while let Some(w) = run_window(&mut zones, floor, limit, threads).expect("promises are kept") {
        windows.push(w);
    }
    (zones.into_iter().map(|z| z.history).collect(), windows)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn any_number_of_threads_and_any_window_give_the_same_history(count in 1usize..9, seed: u64) {
        let limit = Time(3000);
        let finest = run(zones(count, Promise::NextMessage, seed), Span(1), limit, &Threads::one()).0;
        for promise in [Promise::NextMessage, Promise::NextReport] {
            let alone = run(zones(count, promise, seed), FLOOR, limit, &Threads::one());
            prop_assert_eq!(&finest, &alone.0);
            for n in [2, 3] {
                let threads = Threads::new(n).expect("a few threads");
                prop_assert_eq!(&alone, &run(zones(count, promise, seed), FLOOR, limit, &threads));
            }
        }
    }

    #[test]
    fn stopping_in_between_changes_nothing(count in 1usize..5, seed: u64, stop in 0i64..2000) {
        let mut halves = zones(count, Promise::NextReport, seed);
        for limit in [Time(stop), Time(2000)] {
            while run_window(&mut halves, FLOOR, limit, &Threads::one()).expect("promises are kept").is_some() {}
            halves = halves.clone();
        }
        let whole = run(zones(count, Promise::NextReport, seed), FLOOR, Time(2000), &Threads::one()).0;
        prop_assert_eq!(whole, halves.into_iter().map(|z| z.history).collect::<Vec<_>>());
    }
}

#[test]
fn empty_windows_are_skipped_and_better_promises_make_longer_ones() {
    let limit = Time(3000);
    let by_message = run(zones(3, Promise::NextMessage, 7), FLOOR, limit, &Threads::one()).1;
    let by_report = run(zones(3, Promise::NextReport, 7), FLOOR, limit, &Threads::one()).1;
    for windows in [&by_message, &by_report] {
        assert!(windows.iter().all(|w| w.start < w.end && w.end <= limit));
        assert!(windows.windows(2).all(|w| w[0].end <= w[1].start));
    }
    assert!(
        by_report.len() < by_message.len(),
        "{} windows against {}",
        by_report.len(),
        by_message.len()
    );
}

#[test]
fn a_broken_promise_is_an_error_that_names_the_sender() {
    let mut liars = zones(2, Promise::Lie, 7);
    let error = run_window(&mut liars, FLOOR, Time(3000), &Threads::one())
        .expect_err("a report inside the window");
    let WindowError::TooEarly { from, key, end, promised, .. } = error else {
        panic!("another error: {error}")
    };
    assert_eq!(key.zone(), ZoneId(from as u16));
    assert!(key.time() < Time(end) && promised > 10_000);
    assert!(error.to_string().contains(&format!("partition {from} sent the message")), "{error}");
}

#[test]
fn no_look_ahead_and_no_receiver_are_errors() {
    let mut one = zones(1, Promise::NextReport, 7);
    assert_eq!(
        run_window(&mut one, Span(0), Time(1), &Threads::one()),
        Err(WindowError::NoLookAhead { floor: 0 })
    );
    one[0].others = 1000;
    let error = run(one.clone(), FLOOR, Time(0), &Threads::one()).1;
    assert_eq!(error, [], "nothing is before the limit");
    let error =
        std::iter::from_fn(|| Some(run_window(&mut one, FLOOR, Time(3000), &Threads::one())))
            .find_map(Result::err);
    assert!(matches!(error, Some(WindowError::Nowhere { from: 0, count: 1, .. })), "{error:?}");
}
