//! Holds a run back: pause, step, pace. The run asks after each window of its own and waits here,
//! never on whoever looks.

use crate::Pace;
use domain::{Span, Time};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a wait goes on before it is looked whether the user wants to end the run.
const NAP: Duration = Duration::from_millis(50);

/// A run that is so far behind its pace does not hurry to catch up.
const LATE: Duration = Duration::from_millis(500);

/// Whether a run goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Mode {
    /// It goes.
    Going,
    /// It waits.
    Paused,
    /// It goes until an instant and waits there.
    Until(Time),
}

/// What whoever looks wants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Wish {
    Pause,
    Go,
    /// Go on for so long and wait.
    Step(Span),
    Pace(Pace),
}

/// Holds a run back.
#[derive(Debug)]
pub(crate) struct Governor {
    state: Mutex<State>,
    told: Condvar,
}

#[derive(Clone, Copy, Debug)]
struct State {
    mode: Mode,
    pace: Pace,
    /// When simulated time went so, and where it was then; none until it goes.
    anchor: Option<(Instant, Time)>,
    /// The instants at which the run asked last and before that.
    asked: [Time; 2],
}

/// What the clock on the page says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Reading {
    pub now: Time,
    pub mode: Mode,
    pub pace: Pace,
}

impl Governor {
    pub fn new(mode: Mode, pace: Pace) -> Self {
        let state = State { mode, pace, anchor: None, asked: [Time(i64::MIN / 2); 2] };
        Self { state: Mutex::new(state), told: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a wish.
    pub fn take(&self, wish: Wish) {
        let mut state = self.lock();
        match wish {
            Wish::Pause => state.mode = Mode::Paused,
            Wish::Go => state.mode = Mode::Going,
            Wish::Step(span) => state.mode = Mode::Until(state.asked[0] + span),
            Wish::Pace(pace) => state.pace = pace,
        }
        state.anchor = None;
        self.told.notify_all();
    }

    /// Called by the run where it has come to `now`: comes back when it may go on, or when
    /// `interrupted` says that it is to end. Warm-up, before the record begins, goes at full speed.
    pub fn hold(&self, now: Time, interrupted: &dyn Fn() -> bool) {
        let mut state = self.lock();
        state.asked = [now, state.asked[0]];
        while !interrupted() {
            if let Mode::Until(until) = state.mode
                && now >= until
            {
                state.mode = Mode::Paused;
            }
            let wait = match (state.mode, state.pace) {
                (Mode::Paused, _) => NAP,
                (Mode::Going, Pace::Times(times)) if now > Time::START => {
                    let (began, from) = *state.anchor.get_or_insert((Instant::now(), now));
                    let due = Duration::try_from_secs_f64((now - from).seconds() / times);
                    let due = due.unwrap_or(Duration::MAX);
                    let since = began.elapsed();
                    if since >= due {
                        if since.saturating_sub(due) > LATE {
                            state.anchor = None;
                        }
                        return;
                    }
                    due.saturating_sub(since).min(NAP)
                }
                _ => return,
            };
            state = self.told.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// What the clock says: while the run waits for its pace, time goes on between the instants at
    /// which it asked.
    pub fn reading(&self) -> Reading {
        let state = *self.lock();
        let [last, before] = state.asked;
        let now = match (state.mode, state.pace, state.anchor) {
            (Mode::Going, Pace::Times(times), Some((began, from))) => {
                let gone = Span::from_seconds(began.elapsed().as_secs_f64() * times);
                (from + gone).clamp(before.min(last), last)
            }
            _ => last,
        };
        Reading { now, mode: state.mode, pace: state.pace }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    const MINUTE: Time = Time(60_000_000);

    #[test]
    fn a_pace_takes_its_time_and_warm_up_takes_none() {
        let governor = Governor::new(Mode::Going, Pace::Times(600.0));
        let clock = Instant::now();
        for minute in -500..=0 {
            governor.hold(Time(minute * MINUTE.0), &|| false);
        }
        assert!(clock.elapsed() < Duration::from_millis(50), "{:?}", clock.elapsed());
        for minute in 1..=4 {
            governor.hold(Time(minute * MINUTE.0), &|| false);
        }
        // Three minutes after the first one, 600 times as fast.
        assert!(clock.elapsed() >= Duration::from_millis(300), "{:?}", clock.elapsed());
    }

    #[test]
    fn a_step_ends_where_it_should_and_the_run_waits_until_it_is_told() {
        let governor = Arc::new(Governor::new(Mode::Until(Time::START), Pace::Full));
        let run = governor.clone();
        let thread = std::thread::spawn(move || {
            (0..10).for_each(|minute| run.hold(Time(minute * MINUTE.0), &|| false));
        });
        let waits_at = |minute: i64| {
            let clock = Instant::now();
            while governor.reading().mode != Mode::Paused {
                assert!(clock.elapsed() < Duration::from_secs(5), "it does not pause");
                std::thread::sleep(Duration::from_millis(1));
            }
            assert_eq!(governor.reading().now, Time(minute * MINUTE.0));
        };
        waits_at(0);
        governor.take(Wish::Step(Span::from_minutes(2.0)));
        waits_at(2);
        governor.take(Wish::Step(Span::from_minutes(0.5)));
        waits_at(3);
        governor.take(Wish::Go);
        thread.join().expect("it ends");
    }

    #[test]
    fn whoever_is_interrupted_waits_no_longer() {
        let governor = Governor::new(Mode::Paused, Pace::Full);
        let clock = Instant::now();
        governor.hold(MINUTE, &|| clock.elapsed() > Duration::from_millis(20));
        assert!(clock.elapsed() < Duration::from_secs(2));
    }
}
