//! A member of a federation.

use crate::api::{Object, constant};
use crate::error::{HelicsError, c_text, call, text};
use crate::exchange::{Endpoint, Publication, Subscription};
use crate::library::Library;

/// A member of a federation. It goes where it is dropped, without waiting for others.
#[derive(Debug)]
pub struct Federate {
    library: Library,
    name: String,
    federate: Object,
    core: Object,
    waiting: Waiting,
}

/// What a federate waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    Nothing,
    Initializing,
    Executing,
    Time,
    Disconnected,
}

/// The end of a wait.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Grant {
    /// It is not over.
    NotYet,
    /// All have come so far.
    Entered,
    /// The instant that was asked for, or a later one \[s\].
    Time(f64),
}

// SAFETY: the library locks its objects; a federate may be used by one thread after another.
unsafe impl Send for Federate {}

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Library({})", self.path())
    }
}

impl Federate {
    pub(crate) fn of(library: Library, name: &str, federate: Object, core: Object) -> Self {
        Self { library, name: name.to_owned(), federate, core, waiting: Waiting::Nothing }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Registers a number that it publishes under `key`, in a unit.
    ///
    /// # Errors
    /// If the key is taken.
    pub fn publication(&self, key: &str, unit: &str) -> Result<Publication, HelicsError> {
        let (key, unit) = (c_text(key)?, c_text(unit)?);
        let (register, double) = (self.library.api.publication, constant::DATA_TYPE_DOUBLE);
        // SAFETY: the federate is alive, as are both texts.
        let object =
            call(|e| unsafe { register(self.federate, key.as_ptr(), double, unit.as_ptr(), e) })?;
        Ok(Publication { library: self.library, object })
    }

    /// Subscribes to a number that somebody may publish under `key`.
    ///
    /// # Errors
    /// If the library refuses it.
    pub fn subscription(&self, key: &str, unit: &str) -> Result<Subscription, HelicsError> {
        let (text, unit) = (c_text(key)?, c_text(unit)?);
        let api = self.library.api;
        let optional = constant::HANDLE_OPTION_CONNECTION_OPTIONAL;
        // SAFETY: the federate is alive, as are both texts.
        let object = call(|e| unsafe {
            (api.subscription)(self.federate, text.as_ptr(), unit.as_ptr(), e)
        })?;
        // SAFETY: the input was just made.
        call(|e| unsafe { (api.input_option)(object, optional, 1, e) })?;
        call(|e| unsafe { (api.input_default)(object, constant::INVALID_DOUBLE, e) })?;
        Ok(Subscription { library: self.library, object, key: key.to_owned() })
    }

    /// Registers an endpoint, at which it sends and receives messages.
    ///
    /// # Errors
    /// If the name is taken.
    pub fn endpoint(&self, name: &str) -> Result<Endpoint, HelicsError> {
        let text = c_text(name)?;
        let none = c"";
        let register = self.library.api.endpoint;
        // SAFETY: the federate is alive, as are both texts.
        let object = call(|e| unsafe { register(self.federate, text.as_ptr(), none.as_ptr(), e) })?;
        Ok(Endpoint { library: self.library, object, name: name.to_owned() })
    }

    /// Never goes past an instant at which a federate may still speak. Values that are subscribed to
    /// bring this with them; messages do not where brokers lie between the two.
    ///
    /// # Errors
    /// If there is no federate of this name.
    pub fn depend_on(&self, name: &str) -> Result<(), HelicsError> {
        let name = c_text(name)?;
        let depend = self.library.api.depend_on;
        // SAFETY: the federate and the text are alive.
        call(|e| unsafe { depend(self.federate, name.as_ptr(), e) })
    }

    /// Begins to wait until all federates have registered what they publish.
    ///
    /// # Errors
    /// If the federation has failed, or the federate waits already.
    pub fn initialize(&mut self) -> Result<(), HelicsError> {
        let begin = self.library.api.initializing_async;
        // SAFETY: the federate is alive.
        call(|e| unsafe { begin(self.federate, e) })?;
        self.waiting = Waiting::Initializing;
        Ok(())
    }

    /// Begins to wait until time begins.
    ///
    /// # Errors
    /// As for [`Federate::initialize`].
    pub fn execute(&mut self) -> Result<(), HelicsError> {
        let begin = self.library.api.executing_async;
        // SAFETY: the federate is alive.
        call(|e| unsafe { begin(self.federate, e) })?;
        self.waiting = Waiting::Executing;
        Ok(())
    }

    /// Begins to wait for an instant \[s\].
    ///
    /// # Errors
    /// As for [`Federate::initialize`].
    pub fn request(&mut self, time: f64) -> Result<(), HelicsError> {
        let begin = self.library.api.time_async;
        // SAFETY: the federate is alive.
        call(|e| unsafe { begin(self.federate, time, e) })?;
        self.waiting = Waiting::Time;
        Ok(())
    }

    /// Begins to leave the federation; what was said is still delivered.
    ///
    /// # Errors
    /// As for [`Federate::initialize`].
    pub fn disconnect(&mut self) -> Result<(), HelicsError> {
        let begin = self.library.api.disconnect_async;
        // SAFETY: the federate is alive.
        call(|e| unsafe { begin(self.federate, e) })?;
        self.waiting = Waiting::Disconnected;
        Ok(())
    }

    /// Whether the wait is over; does not wait.
    ///
    /// # Errors
    /// If the federation has failed: with what the failed federate said.
    pub fn granted(&mut self) -> Result<Grant, HelicsError> {
        let api = self.library.api;
        // SAFETY: the federate is alive; each call ends the wait that was begun.
        unsafe {
            if self.waiting != Waiting::Nothing
                && call(|e| (api.is_complete)(self.federate, e))? == 0
            {
                return Ok(Grant::NotYet);
            }
            match std::mem::replace(&mut self.waiting, Waiting::Nothing) {
                Waiting::Nothing => {}
                Waiting::Initializing => call(|e| (api.initializing_complete)(self.federate, e))?,
                Waiting::Executing => call(|e| (api.executing_complete)(self.federate, e))?,
                Waiting::Disconnected => call(|e| (api.disconnect_complete)(self.federate, e))?,
                Waiting::Time => {
                    let time = call(|e| (api.time_complete)(self.federate, e))?;
                    return Ok(Grant::Time(time));
                }
            }
        }
        Ok(Grant::Entered)
    }

    /// Tells another federate something outside of the federation's time, also while either waits.
    ///
    /// # Errors
    /// If the federation has failed.
    pub fn tell(&self, name: &str, words: &str) -> Result<(), HelicsError> {
        let (name, words) = (c_text(name)?, c_text(&words.replace('\0', " "))?);
        let send = self.library.api.send_command;
        // SAFETY: the federate and both texts are alive.
        call(|e| unsafe { send(self.federate, name.as_ptr(), words.as_ptr(), e) })
    }

    /// What somebody told it with [`Federate::tell`], once each; does not wait.
    pub fn told(&self) -> Option<String> {
        let get = self.library.api.get_command;
        // SAFETY: the federate is alive; the text is copied before its next call.
        let words = call(|e| text(unsafe { get(self.federate, e) })).ok()?;
        (!words.is_empty()).then_some(words)
    }

    /// Who asks questions for it, also while it waits, and on another thread.
    pub fn asker(&self) -> Asker {
        Asker { library: self.library, core: self.core }
    }

    /// Tells all federates that this one has failed; their next call fails with these words.
    ///
    /// # Errors
    /// If nobody can be told any more.
    pub fn fail(&self, code: i32, why: &str) -> Result<(), HelicsError> {
        let why = c_text(&why.replace('\0', " "))?;
        let global_error = self.library.api.global_error;
        // The federate's own call would wait for what the federate waits for; its core does not.
        // SAFETY: the core is alive.
        call(|e| unsafe { global_error(self.core, code, why.as_ptr(), e) })
    }
}

/// Asks about a federation.
#[derive(Clone, Copy, Debug)]
pub struct Asker {
    library: Library,
    core: Object,
}

// SAFETY: the library locks its objects, and checks whether a core is still there.
unsafe impl Send for Asker {}

impl Asker {
    /// Asks a federate, core or broker (`root`) something; JSON or a word. A federate that is busy
    /// with its own affairs may take many seconds.
    ///
    /// # Errors
    /// If nobody can be asked any more.
    pub fn query(&self, target: &str, question: &str) -> Result<String, HelicsError> {
        let (target, question) = (c_text(target)?, c_text(question)?);
        let api = self.library.api;
        // SAFETY: the texts live through the calls; the answer is copied before the query is let go.
        unsafe {
            let query = (api.create_query)(target.as_ptr(), question.as_ptr());
            let answer = call(|e| text((api.query_core)(query, self.core, e)));
            (api.query_free)(query);
            answer
        }
    }
}
