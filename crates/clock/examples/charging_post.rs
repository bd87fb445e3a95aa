//! Agents of your own on the clock: drivers, and a charging post with a waiting line.
//!
//! ```text
//!              arrive (each draws its own time)            plug in
//!   24 drivers ---------------------------------> [line] ----------> post, one at a time
//!        ^  |                                        ^                |
//!        |  | lose patience (cancellable, 40 min)    |  next, please  | full (25-55 min)
//!        |  +----------------------------------------+<---------------+
//!        +-- leave
//!                        every 4 h: the post reports (recurring)
//! ```
//!
//! An agent is a plain struct; a message is a small `Copy` enum; handling one is a `match`.
//! Everything random is drawn from (seed, kind, purpose, driver), so more drivers or another order
//! of code change nobody's arrival.
//!
//! `cargo run -p clock --example charging_post`

use clock::{Group, Handle, Key, Queue, Seeds, Sender};
use domain::{Phase, Span, Time, ZoneId};
use std::collections::VecDeque;

#[derive(Clone, Copy)]
enum Message {
    Arrive { driver: u32 },
    LosePatience { driver: u32 },
    Full { driver: u32 },
    Report,
}

/// What the draws are for; with the driver's number they name a random stream.
const DRIVER: u16 = 1;
const ARRIVAL: u16 = 1;
const CHARGING: u16 = 2;

/// The post's whole state. It could be cloned or saved at any moment, together with the queue.
struct Post {
    sender: Sender,
    charging: Option<u32>,
    line: VecDeque<(u32, Handle)>,
    served: u32,
    lost: u32,
}

impl Post {
    fn handle(&mut self, key: Key, message: Message, queue: &mut Queue<Message>, seeds: &Seeds) {
        let now = key.time();
        match message {
            Message::Arrive { driver } => {
                let impatience = self.sender.key(now + Span::MINUTE.times(40), Phase::Deliver);
                let handle = queue.push_cancellable(impatience, Message::LosePatience { driver });
                self.line.push_back((driver, handle));
                println!(
                    "{} driver {driver:>2} arrives, {} in the line",
                    clock_face(now),
                    self.line.len()
                );
            }
            Message::LosePatience { driver } => {
                self.line.retain(|&(waiting, _)| waiting != driver);
                self.lost += 1;
                println!("{} driver {driver:>2} has waited long enough", clock_face(now));
            }
            Message::Full { driver } => {
                self.charging = None;
                self.served += 1;
                println!("{} driver {driver:>2} leaves with a full battery", clock_face(now));
            }
            Message::Report => println!(
                "{} the post has served {} and lost {}",
                clock_face(now),
                self.served,
                self.lost
            ),
        }
        if self.charging.is_none() {
            self.next_please(now, queue, seeds);
        }
    }

    /// The first of the line plugs in: its impatience is taken back.
    fn next_please(&mut self, now: Time, queue: &mut Queue<Message>, seeds: &Seeds) {
        let Some((driver, impatience)) = self.line.pop_front() else { return };
        queue.cancel(impatience);
        let u = seeds.draws(Group::Behaviour, DRIVER, CHARGING, u64::from(driver), 0).uniform();
        let full = self.sender.key(now + Span::from_minutes(25.0 + 30.0 * u), Phase::Deliver);
        queue.push(full, Message::Full { driver });
        self.charging = Some(driver);
        println!("{} driver {driver:>2} plugs in", clock_face(now));
    }
}

fn clock_face(t: Time) -> String {
    let minute = t.0 / Span::MINUTE.0;
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

fn main() -> Result<(), clock::QueueError> {
    let seeds = Seeds::new(2024);
    let mut queue = Queue::new();
    for driver in 0..24 {
        let u = seeds.draws(Group::Behaviour, DRIVER, ARRIVAL, u64::from(driver), 0).uniform();
        let key = Sender::new(ZoneId(1), 1 + driver)
            .key(Time::from_hours(7.0 + 12.0 * u), Phase::Deliver);
        queue.push(key, Message::Arrive { driver });
    }
    let mut post = Post {
        sender: Sender::new(ZoneId(1), 0),
        charging: None,
        line: VecDeque::new(),
        served: 0,
        lost: 0,
    };
    let first_report = post.sender.key(Time::from_hours(8.0), Phase::Dispatch);
    queue.push_recurring(first_report, Message::Report, Span::HOUR.times(4))?;
    while let Some((key, message)) = queue.pop_before(Time::midnight(1)) {
        post.handle(key, message, &mut queue, &seeds);
    }
    Ok(())
}
