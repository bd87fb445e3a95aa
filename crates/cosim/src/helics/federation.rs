//! Joining a federation and waiting in it: nobody is waited for longer than the time-out, and whoever
//! is missing is named.

use super::error::FederationError;
use super::watch::{FIRST, Watch};
use ::helics::{Asker, CoreType, Federate, Grant, HelicsError, Joining, Library};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// How a federate takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Its name.
    pub name: String,
    /// How it talks.
    pub core: CoreType,
    /// The broker's host and port; none means one on this machine at the usual port.
    pub broker: Option<String>,
    /// How long it waits for anybody.
    pub patience: Duration,
    /// Federates that must take part.
    pub partners: Vec<String>,
}

/// Whether somebody wants to end the wait.
pub type Interrupted = Box<dyn Fn() -> bool + Send + Sync>;
/// Why a wait is in vain, such as a process that has ended.
pub type Vain = Box<dyn FnMut() -> Option<String> + Send + Sync>;

/// One federate in its federation.
pub struct Federation {
    federate: Federate,
    settings: Settings,
    interrupted: Interrupted,
    vain: Vain,
    /// The instant granted last \[us\].
    now_us: i64,
    /// Whether time has begun: from then on nobody may go without a word.
    has_begun: bool,
    /// All federates, this one among them, once they are there.
    everybody: Vec<String>,
}

/// How long an interrupted federate still waits for a meeting at which all stop.
const GRACE: Duration = Duration::from_secs(3);
/// How long one attempt to join lasts \[ms\].
const ATTEMPT_MS: u64 = 5_000;
/// Before what a federate that fails tells the others.
const FAILED: &str = "gridflock failed: ";
/// How long a diagnosis may take.
const DIAGNOSIS: Duration = Duration::from_secs(2);

impl Federation {
    /// Joins. A broker that is not there yet or refuses for want of time is asked again, with longer
    /// and longer breaks, until patience ends.
    ///
    /// # Errors
    /// If there is no HELICS, no broker in time, or the name is taken.
    pub fn join(
        settings: Settings,
        interrupted: Interrupted,
        vain: Vain,
    ) -> Result<Self, FederationError> {
        let library = Library::open()?;
        tracing::info!("HELICS {} from {}", library.version(), library.path());
        let began = Instant::now();
        let mut vain = vain;
        let broker = settings.broker.clone();
        let mut number = 0;
        let federate = loop {
            let left = settings.patience.saturating_sub(began.elapsed());
            let attempt_ms = ATTEMPT_MS.min(left.as_millis() as u64).max(500);
            let joining = Joining {
                name: settings.name.clone(),
                core: settings.core,
                broker: broker.clone(),
                attempt_ms,
            };
            let refused = match joining.attempt(library, number) {
                Ok(federate) => break federate,
                Err(refused) => refused,
            };
            number += 1;
            if !refused.is_of_connection() {
                return Err(refused.into());
            }
            if let Some(why) = vain() {
                return Err(FederationError::Process(why));
            }
            if interrupted() {
                return Err(FederationError::Interrupted("the broker".to_owned()));
            }
            let pause = pause(&settings.name, number);
            if began.elapsed() + pause >= settings.patience {
                let at = broker.unwrap_or_else(|| {
                    format!("port {} of this machine", settings.core.usual_port())
                });
                return Err(FederationError::Waiting {
                    what: format!("a {} broker", settings.core.word()),
                    seconds: settings.patience.as_secs(),
                    missing: format!("there is none at {at} after {number} attempts: {refused}"),
                });
            }
            tracing::info!("attempt {number} to join: {refused}; again in {pause:?}");
            std::thread::sleep(pause);
        };
        Ok(Self {
            federate,
            settings,
            interrupted,
            vain,
            now_us: 0,
            has_begun: false,
            everybody: Vec::new(),
        })
    }

    /// The federate, to register what it says and hears.
    pub fn federate(&self) -> &Federate {
        &self.federate
    }

    /// The instant granted last \[us\].
    pub fn now_us(&self) -> i64 {
        self.now_us
    }

    /// Waits until all federates have registered what they say and hear.
    ///
    /// # Errors
    /// If somebody does not come in time.
    pub fn initialize(
        &mut self,
        expected: &dyn Fn(&Self) -> Vec<String>,
    ) -> Result<(), FederationError> {
        self.federate.initialize()?;
        self.wait("the federation to begin", expected).map(|_| ())
    }

    /// Waits until time begins.
    ///
    /// # Errors
    /// If somebody does not come in time.
    pub fn execute(&mut self) -> Result<(), FederationError> {
        self.federate.execute()?;
        self.wait("time to begin", &|f| f.not_answering())?;
        self.has_begun = true;
        Ok(())
    }

    /// Waits for an instant \[us\], which must come after the last one.
    ///
    /// # Errors
    /// If somebody does not come in time, or a federate has failed.
    pub fn request(&mut self, us: i64) -> Result<(), FederationError> {
        let time = us as f64 / 1e6;
        self.federate.request(time)?;
        let grant = self.wait(&format!("{time} s"), &|f| f.not_answering())?;
        match grant {
            Grant::Time(granted) if (granted - time).abs() < 5e-7 => {
                self.now_us = us;
                Ok(())
            }
            other => {
                // A federation that falls apart grants the end of time; why is heard a little later.
                let until = Instant::now() + DIAGNOSIS;
                while Instant::now() < until {
                    if let Some(why) = self.failure() {
                        return Err(why.into());
                    }
                    std::thread::sleep(Duration::from_millis(10));
                }
                Err(FederationError::Helics(HelicsError {
                    code: 0,
                    message: format!("{time} s was asked for, and {other:?} was granted"),
                }))
            }
        }
    }

    /// The failure behind a call that came at the wrong time, where the federation knows one.
    pub fn explain(&mut self, e: HelicsError) -> HelicsError {
        if !e.is_aftermath() {
            return e;
        }
        if let Some(told) = self.failure() {
            return told;
        }
        let again = if self.has_begun { self.request(self.now_us + 1) } else { self.execute() };
        match again {
            Err(FederationError::Helics(behind)) if !behind.is_aftermath() => behind,
            _ => HelicsError::told(&format!(
                "the federation has failed; another federate knows why ({})",
                e.message
            )),
        }
    }

    /// Leaves; what was said is delivered first.
    ///
    /// # Errors
    /// If it does not get away in time.
    pub fn leave(&mut self) -> Result<(), FederationError> {
        self.federate.disconnect()?;
        self.wait("the broker to let go", &|_| Vec::new()).map(|_| ())
    }

    /// Tells all federates that this one cannot go on, and why.
    pub fn fail(&self, why: &str) {
        let text = format!("{}: {why}", self.settings.name);
        // HELICS tells an error to those alone that are below the same broker as the federate.
        for other in self.everybody.iter().filter(|name| **name != self.settings.name) {
            let _ = self.federate.tell(other, &format!("{FAILED}{text}"));
        }
        if let Err(e) = self.federate.fail(1, &text) {
            tracing::debug!("the others could not be told: {e}");
        }
        // The words need a moment to get away.
        std::thread::sleep(Duration::from_millis(300));
    }

    /// The names that the federation gives for a question about all of it: `federates`,
    /// `endpoints`, `publications`.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn list(&self, question: &str) -> Result<Vec<String>, FederationError> {
        let answer = self.federate.asker().query("root", question)?;
        match refusal(&answer) {
            None => Ok(names(&answer)),
            Some(why) => Err(HelicsError::told(&format!(
                "the root broker does not name the {question}: {why}"
            ))
            .into()),
        }
    }

    /// The same, asked again until there is an answer or patience ends: a broker may be too busy for
    /// one.
    ///
    /// # Errors
    /// Why there is no answer.
    pub fn list_patiently(&self, question: &str) -> Result<Vec<String>, FederationError> {
        let began = Instant::now();
        loop {
            match self.list(question) {
                Err(_) if began.elapsed() < self.settings.patience && !(self.interrupted)() => {
                    if let Some(why) = self.failure() {
                        return Err(why.into());
                    }
                    std::thread::sleep(pause(&self.settings.name, 0));
                }
                found => return found,
            }
        }
    }

    /// Looks who takes part, once all have come.
    ///
    /// # Errors
    /// If nobody says it, or a partner that was named takes no part.
    pub fn look(&mut self) -> Result<(), FederationError> {
        self.everybody = self.list_patiently("federates")?;
        match self.missing_among(&self.everybody) {
            missing if missing.is_empty() => Ok(()),
            missing => Err(FederationError::Roster(format!(
                "{} takes no part: the federation began without",
                missing.join(", ")
            ))),
        }
    }

    /// Partners that were named and are not there.
    pub fn missing_among(&self, there: &[String]) -> Vec<String> {
        self.settings.partners.iter().filter(|p| !there.contains(*p)).cloned().collect()
    }

    /// What a federate that fails has told this one.
    fn failure(&self) -> Option<HelicsError> {
        let words = self.federate.told()?;
        // Other commands are not for this program.
        let why = words.strip_prefix(FAILED)?;
        Some(HelicsError::told(why))
    }

    /// Who asks about the federation.
    pub fn asker(&self) -> Asker {
        self.federate.asker()
    }

    /// Hears everything that partners say before an instant, before it goes past it.
    ///
    /// # Errors
    /// If the federation has failed.
    pub fn depend_on_partners(&self) -> Result<(), FederationError> {
        self.settings.partners.iter().try_for_each(|name| Ok(self.federate.depend_on(name)?))
    }

    /// Waits for the end of what was begun.
    fn wait(
        &mut self,
        what: &str,
        missing: &dyn Fn(&Self) -> Vec<String>,
    ) -> Result<Grant, FederationError> {
        let began = Instant::now();
        let mut pause = Duration::from_micros(5);
        let mut looked = began;
        let mut watch: Option<Watch> = None;
        let mut ask_after = FIRST;
        let mut interrupted: Option<Instant> = None;
        let mut in_vain: Option<(Instant, String)> = None;
        loop {
            match self.federate.granted() {
                Ok(Grant::NotYet) => {}
                Ok(grant) => return Ok(grant),
                // What a federate of ours has told says more than that the connection is lost.
                Err(e) => return Err(self.failure().unwrap_or(e).into()),
            }
            std::thread::sleep(pause);
            pause = (pause * 5 / 4).min(Duration::from_millis(2));
            if looked.elapsed() < Duration::from_millis(50) {
                continue;
            }
            looked = Instant::now();
            if let Some(why) = self.failure() {
                return Err(why.into());
            }
            if (self.interrupted)()
                && interrupted.get_or_insert_with(Instant::now).elapsed() > GRACE
            {
                return Err(FederationError::Interrupted(what.to_owned()));
            }
            // A failed federate's own words are better than the end of its process: they may come
            // a little later.
            if in_vain.is_none() {
                in_vain = (self.vain)().map(|why| (Instant::now(), why));
            }
            if let Some((since, why)) = &in_vain
                && since.elapsed() > Duration::from_secs(1)
            {
                return Err(FederationError::Process(why.clone()));
            }
            if self.has_begun && watch.is_none() && began.elapsed() > ask_after {
                ask_after *= 4;
                watch = Some(Watch::begin(self.federate.asker(), &self.settings.name));
            }
            if let Some(gone) = watch.as_mut().and_then(Watch::found) {
                watch = None;
                if !gone.is_empty() {
                    return Err(FederationError::Gone(gone.join(", ")));
                }
            }
            if began.elapsed() > self.settings.patience {
                let names = missing(self);
                let missing = if names.is_empty() {
                    "nobody says who is missing".to_owned()
                } else {
                    names.join("; ")
                };
                return Err(FederationError::Waiting {
                    what: what.to_owned(),
                    seconds: self.settings.patience.as_secs(),
                    missing,
                });
            }
        }
    }

    /// Federates that do not wait for anything themselves: all others wait for them.
    fn not_answering(&self) -> Vec<String> {
        let others = self.list("federates").unwrap_or_default();
        let others = others.into_iter().filter(|name| *name != self.settings.name);
        let now = self.now_us as f64 / 1e6;
        // Whoever is busy answers no question, so all are asked at once and only for a while.
        let (sender, answers) = std::sync::mpsc::channel();
        let asked: Vec<String> = others.collect();
        for name in asked.clone() {
            let (sender, asker) = (sender.clone(), self.federate.asker());
            std::thread::spawn(move || {
                let answer = asker.query(&name, "current_time").unwrap_or_default();
                let _ = sender.send((name, answer));
            });
        }
        drop(sender);
        let until = Instant::now() + DIAGNOSIS;
        let mut waits = BTreeSet::new();
        while let Ok((name, answer)) =
            answers.recv_timeout(until.saturating_duration_since(Instant::now()))
        {
            if waits_beyond(&answer, now) {
                waits.insert(name);
            }
        }
        let busy: Vec<String> = asked.into_iter().filter(|n| !waits.contains(n)).collect();
        if busy.is_empty() { Vec::new() } else { vec![format!("waiting for {}", busy.join(", "))] }
    }
}

/// Whether a federate's answer to `current_time` says that it has asked for an instant after `now`.
fn waits_beyond(answer: &str, now: f64) -> bool {
    let value: Value = serde_json::from_str(answer).unwrap_or(Value::Null);
    let requested = value.get("requested_time").and_then(Value::as_f64);
    requested.is_some_and(|t| t > now)
}

/// Why a question was not answered, where the answer says that.
fn refusal(answer: &str) -> Option<String> {
    let value: Value = serde_json::from_str(answer).ok()?;
    let error = value.get("error")?;
    Some(
        error
            .get("message")
            .and_then(Value::as_str)
            .map_or_else(|| error.to_string(), str::to_owned),
    )
}

/// A list of names as HELICS gives it: JSON, or words between brackets.
pub fn names(answer: &str) -> Vec<String> {
    if let Ok(list) = serde_json::from_str::<Vec<String>>(answer) {
        return list;
    }
    let inside = answer.trim().trim_start_matches('[').trim_end_matches(']');
    let all = inside.split([';', ',']).map(|name| name.trim().trim_matches('"').to_owned());
    all.filter(|name| !name.is_empty() && !name.starts_with('#')).collect()
}

/// The break after an attempt: longer every time, and not the same for all who were refused at once.
fn pause(name: &str, attempt: u32) -> Duration {
    let spread = name.bytes().fold(0_u64, |a, b| (a * 31 + u64::from(b)) % 97) * 5;
    let longer = 100_u64 << attempt.min(4);
    Duration::from_millis(longer + spread)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_in_both_of_the_forms_that_helics_has() {
        assert_eq!(names(r#"["a","b/ep"]"#), ["a", "b/ep"]);
        assert_eq!(names("[a;b/ep]"), ["a", "b/ep"]);
        assert!(names("[]").is_empty() && names("#invalid").is_empty());
    }

    #[test]
    fn an_answer_that_is_an_error_is_no_list() {
        let late = r#"{"error": {"code": 504, "message": "query timeout"}}"#;
        assert_eq!(refusal(late).as_deref(), Some("query timeout"));
        assert_eq!(refusal(r#"["error"]"#), None);
        assert_eq!(refusal("[error;b]"), None);
    }

    #[test]
    fn whoever_has_asked_for_a_later_instant_is_waited_for_by_nobody() {
        assert!(waits_beyond(r#"{"granted_time": 3, "requested_time": 10}"#, 3.0));
        assert!(!waits_beyond(r#"{"granted_time": 3, "requested_time": 3}"#, 3.0));
        assert!(!waits_beyond(r#"{"error": {"code": 504, "message": "query timeout"}}"#, 3.0));
    }
}
