//! PHOLD, the standard load of discrete-event kernels, on three of them in one run.
//!
//! ```text
//!   LP i handles a message at t  ->  draws an LP j (uniform) and a delay d (exponential, mean 1 s)  ->  sends to j for t + d
//! ```
//!
//! So the number of messages stays what it was and the kernel does nearly all the work. Contenders:
//!
//! - `heap (time, lp)`: a bare loop over `std::collections::BinaryHeap` whose 16-byte entries know
//!   no order but time;
//! - `heap (key)`: the same with the total order (time, phase, zone, sender, seq) that results need
//!   to be reproducible;
//! - `clock::Queue`: ours, with that order;
//! - `nexosim 1.0`: the peer, one model per LP on one thread, each message scheduled straight at
//!   its receiver.
//!
//! All see the same draws, made from (LP, number of the message) in two ways: a mixing function of
//! a few instructions, which leaves the kernel alone, and the `ChaCha8` block of [`clock::Seeds`],
//! which a simulation would use. All must handle the very same messages: a checksum over (time, LP,
//! number) is compared. Printed: CPU time of the process (not wall time) per message, median of the
//! repeats, which alternate between the contenders.
//!
//! `cargo bench -p clock --bench phold`; with `-- --quick` less of everything; with `-- --no-peer`
//! without nexosim.

use clock::{Group, Key, Queue, Seeds};
use cpu_time::ProcessTime;
use domain::{Phase, Time, ZoneId};
use nexosim::model::{BuildContext, Context, Model, ProtoModel};
use nexosim::ports::EventSource;
use nexosim::simulation::{EventId, Mailbox, Scheduler, SimInit};
use nexosim::time::MonotonicTime;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// A load: how many LPs, how many messages each at the start, how long to run [simulated s].
#[derive(Clone, Copy)]
struct Load {
    lps: u32,
    each: u32,
    warm_up: f64,
    measured: f64,
}

/// Where the random numbers come from.
#[derive(Clone, Copy, PartialEq)]
enum Source {
    Mixed,
    ChaCha8,
}

/// The LPs: how many messages each has handled, and the sum over all of them.
#[derive(Clone)]
struct Lps {
    source: Source,
    seeds: Seeds,
    handled: Vec<u32>,
    checksum: u64,
}

impl Lps {
    fn new(load: Load, source: Source) -> Self {
        Self { source, seeds: Seeds::new(1), handled: vec![0; load.lps as usize], checksum: 0 }
    }

    /// Handles a message at `time` [us] on `lp`: the receiver and the time of the next one, and its
    /// number.
    #[inline]
    fn handle(&mut self, time: i64, lp: u32) -> (i64, u32, u32) {
        let number = self.handled[lp as usize];
        self.handled[lp as usize] += 1;
        self.checksum =
            self.checksum.wrapping_add(mixed(time as u64 ^ u64::from(lp) << 40, u64::from(number)));
        let (delay, to) = draw(self.source, &self.seeds, lp, number, self.handled.len() as u32);
        (time + delay, to, number)
    }

    /// The messages at the start: (time, receiver, sender, number).
    fn first_messages(&mut self, load: Load) -> Vec<(i64, u32, u32, u32)> {
        let mut all = Vec::new();
        for lp in 0..load.lps {
            for _ in 0..load.each {
                let (time, to, number) = self.handle(0, lp);
                all.push((time, to, lp, number));
            }
        }
        all
    }
}

/// Delay [us] and receiver of message `number` of `lp`.
#[inline]
fn draw(source: Source, seeds: &Seeds, lp: u32, number: u32, lps: u32) -> (i64, u32) {
    let (u, word) = match source {
        Source::Mixed => {
            let z = mixed(u64::from(lp), u64::from(number));
            (((z >> 32) as f64 + 0.5) / 4_294_967_296.0, z as u32)
        }
        Source::ChaCha8 => {
            let mut draws = seeds.draws(Group::Behaviour, 1, 1, u64::from(lp), u64::from(number));
            (draws.uniform(), draws.word())
        }
    };
    (1 + (-1e6 * u.ln()) as i64, ((u64::from(word) * u64::from(lps)) >> 32) as u32)
}

/// `SplitMix64`'s finaliser over two numbers.
#[inline]
fn mixed(a: u64, b: u64) -> u64 {
    let z = (a << 32 ^ b).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

/// What one repeat found: CPU time per message [ns], and the sum over the messages that were
/// handled.
struct Found {
    nanoseconds: f64,
    checksum: u64,
}

/// Runs to the end of the warm-up, then measures to the end of the load. `run_until(bound)` handles
/// all messages before `bound` [us] and returns how many there have been so far, and their
/// checksum.
fn measure(load: Load, mut run_until: impl FnMut(i64) -> (u64, u64)) -> Found {
    let (before, _) = run_until((load.warm_up * 1e6) as i64);
    let start = ProcessTime::now();
    let (after, checksum) = run_until(((load.warm_up + load.measured) * 1e6) as i64);
    let elapsed = start.elapsed();
    Found {
        nanoseconds: elapsed.as_nanos() as f64 / (after - before) as f64,
        checksum: black_box(checksum),
    }
}

fn on_heap_by_time(load: Load, source: Source) -> Found {
    let mut lps = Lps::new(load, source);
    let mut heap: BinaryHeap<Reverse<(i64, u32)>> =
        lps.first_messages(load).iter().map(|m| Reverse((m.0, m.1))).collect();
    let mut count = 0;
    measure(load, move |bound| {
        while let Some(&Reverse((time, lp))) = heap.peek() {
            if time >= bound {
                break;
            }
            heap.pop();
            let (next, to, _) = lps.handle(time, lp);
            heap.push(Reverse((next, to)));
            count += 1;
        }
        (count, lps.checksum)
    })
}

fn key(time: i64, sender: u32, number: u32) -> Key {
    Key::new(Time(time), Phase::Deliver, ZoneId(1), sender, u64::from(number))
}

fn on_heap_by_key(load: Load, source: Source) -> Found {
    let mut lps = Lps::new(load, source);
    let mut heap: BinaryHeap<Reverse<(Key, u64)>> = lps
        .first_messages(load)
        .iter()
        .map(|&(time, to, from, n)| Reverse((key(time, from, n), u64::from(to))))
        .collect();
    let mut count = 0;
    measure(load, move |bound| {
        while let Some(&Reverse((k, lp))) = heap.peek() {
            if k.time() >= Time(bound) {
                break;
            }
            heap.pop();
            let (next, to, number) = lps.handle(k.time().0, lp as u32);
            heap.push(Reverse((key(next, lp as u32, number), u64::from(to))));
            count += 1;
        }
        (count, lps.checksum)
    })
}

fn on_our_queue(load: Load, source: Source) -> Found {
    let mut lps = Lps::new(load, source);
    let mut queue = Queue::new();
    queue.extend(
        lps.first_messages(load)
            .iter()
            .map(|&(time, to, from, n)| (key(time, from, n), u64::from(to))),
    );
    let mut count = 0;
    measure(load, move |bound| {
        while let Some((k, lp)) = queue.pop_before(Time(bound)) {
            let (next, to, number) = lps.handle(k.time().0, lp as u32);
            queue.push(key(next, lp as u32, number), u64::from(to));
            count += 1;
        }
        (count, lps.checksum)
    })
}

/// One LP as a model of the peer.
#[derive(Serialize, Deserialize)]
struct PeerLp {
    lp: u32,
    handled: u32,
}

/// What the models share outside the simulation's state.
struct Shared {
    source: Source,
    seeds: Seeds,
    inputs: Vec<EventId<()>>,
    scheduler: OnceLock<Scheduler>,
    count: AtomicU64,
    checksum: AtomicU64,
}

#[Model(type Env = Arc<OnceLock<Shared>>)]
impl PeerLp {
    fn receive(&mut self, (): (), cx: &Context<Self>, shared: &mut Arc<OnceLock<Shared>>) {
        let shared = shared.get().expect("set before the start");
        let since = cx.time().duration_since(MonotonicTime::EPOCH);
        let sum =
            mixed(since.as_micros() as u64 ^ u64::from(self.lp) << 40, u64::from(self.handled));
        let (delay, to) =
            draw(shared.source, &shared.seeds, self.lp, self.handled, shared.inputs.len() as u32);
        self.handled += 1;
        shared.count.fetch_add(1, Ordering::Relaxed);
        shared.checksum.fetch_add(sum, Ordering::Relaxed);
        let scheduler = shared.scheduler.get().expect("set before the start");
        scheduler
            .schedule_event(Duration::from_micros(delay as u64), &shared.inputs[to as usize], ())
            .expect("in the future");
    }
}

struct PeerLpPrototype(PeerLp, Arc<OnceLock<Shared>>);

impl ProtoModel for PeerLpPrototype {
    type Model = PeerLp;
    fn build(self, _: &mut BuildContext<Self>) -> (PeerLp, Arc<OnceLock<Shared>>) {
        (self.0, self.1)
    }
}

fn on_the_peer(load: Load, source: Source) -> Found {
    let mut lps = Lps::new(load, source);
    let first = lps.first_messages(load);
    let shared = Arc::new(OnceLock::new());
    let mut bench = SimInit::with_num_threads(1);
    let mut inputs = Vec::new();
    for (lp, &handled) in (0..).zip(&lps.handled) {
        let mailbox = Mailbox::new();
        inputs.push(EventSource::new().connect(PeerLp::receive, &mailbox).register(&mut bench));
        bench = bench.add_model(
            PeerLpPrototype(PeerLp { lp, handled }, Arc::clone(&shared)),
            mailbox,
            "lp",
        );
    }
    let mut simulation = bench.init(MonotonicTime::EPOCH).expect("a bench without loops");
    let scheduler = simulation.scheduler();
    for (time, to, _, _) in first {
        scheduler
            .schedule_event(Duration::from_micros(time as u64), &inputs[to as usize], ())
            .expect("in the future");
    }
    let (count, checksum) = (AtomicU64::new(0), AtomicU64::new(lps.checksum));
    let state =
        Shared { source, seeds: lps.seeds, inputs, scheduler: scheduler.into(), count, checksum };
    assert!(shared.set(state).is_ok(), "set once");
    let shared = shared.get().expect("just set");
    measure(load, |bound| {
        // Ours stops before the bound, the peer after it.
        simulation
            .step_until(MonotonicTime::EPOCH + Duration::from_micros(bound as u64 - 1))
            .expect("no model fails");
        (shared.count.load(Ordering::Relaxed), shared.checksum.load(Ordering::Relaxed))
    })
}

type Contender = (&'static str, fn(Load, Source) -> Found);

fn main() {
    let has = |flag: &str| std::env::args().any(|a| a == flag);
    let (repeats, share) = if has("--quick") { (3, 0.25) } else { (5, 0.5) };
    let mut contenders: Vec<Contender> = vec![
        ("heap (time, lp)", on_heap_by_time),
        ("heap (key)", on_heap_by_key),
        ("clock::Queue", on_our_queue),
    ];
    if !has("--no-peer") {
        contenders.push(("nexosim 1.0", on_the_peer));
    }
    let small = Load { lps: 1_000, each: 1, warm_up: 100.0, measured: 1_000.0 * share };
    let large = Load { lps: 100_000, each: 8, warm_up: 2.0, measured: 2.0 * share };
    println!(
        "PHOLD, CPU ns per message, median (lowest - highest) of {repeats}; x: in units of heap (key)\n"
    );
    println!("{:<18}{:<10}{:>12} x 1{:>24} x 8", "kernel", "draws", "1,000 LPs", "100,000 LPs");
    for source in [Source::Mixed, Source::ChaCha8] {
        let columns = [small, large].map(|load| race(&contenders, load, source, repeats));
        for (i, (name, _)) in contenders.iter().enumerate() {
            let draws = if source == Source::Mixed { "mixed" } else { "ChaCha8" };
            let [s, l] = columns.each_ref().map(|c| cell(&c[i], &c[1]));
            println!("{name:<18}{draws:<10}{s}{l}");
        }
    }
}

/// Sorted CPU times per message of each contender.
fn race(contenders: &[Contender], load: Load, source: Source, repeats: usize) -> Vec<Vec<f64>> {
    let mut times = vec![Vec::new(); contenders.len()];
    let mut checksum = None;
    for _ in 0..repeats {
        for ((name, run), times) in contenders.iter().zip(&mut times) {
            let found = run(load, source);
            assert_eq!(
                *checksum.get_or_insert(found.checksum),
                found.checksum,
                "{name} handled other messages"
            );
            times.push(found.nanoseconds);
        }
    }
    for t in &mut times {
        t.sort_unstable_by(f64::total_cmp);
    }
    times
}

fn cell(times: &[f64], unit: &[f64]) -> String {
    let median = times[times.len() / 2];
    format!(
        "{median:>8.0} ({:.0}-{:.0}) {:.2}x   ",
        times[0],
        times[times.len() - 1],
        median / unit[unit.len() / 2]
    )
}
