//! What a federate says and hears.

use crate::api::{Object, constant};
use crate::error::{HelicsError, c_text, call, text};
use crate::library::Library;

/// A number that a federate publishes.
#[derive(Debug)]
pub struct Publication {
    pub(crate) library: Library,
    pub(crate) object: Object,
}

/// A number that others may publish.
#[derive(Debug)]
pub struct Subscription {
    pub(crate) library: Library,
    pub(crate) object: Object,
    pub(crate) key: String,
}

/// Where a federate sends and receives messages.
#[derive(Debug)]
pub struct Endpoint {
    pub(crate) library: Library,
    pub(crate) object: Object,
    pub(crate) name: String,
}

/// A message as it came.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The endpoint that sent it.
    pub source: String,
    /// When it was sent \[s\].
    pub time: f64,
    /// What it holds.
    pub data: Vec<u8>,
}

// SAFETY: the library locks its objects; these may be used by one thread after another.
unsafe impl Send for Publication {}
unsafe impl Send for Subscription {}
unsafe impl Send for Endpoint {}

impl Publication {
    /// Publishes a value at the instant that was granted last.
    ///
    /// # Errors
    /// If the federation has failed.
    pub fn publish(&self, value: f64) -> Result<(), HelicsError> {
        let publish = self.library.api.publish_double;
        // SAFETY: the object lives as long as its federate's library.
        call(|e| unsafe { publish(self.object, value, e) })
    }
}

impl Subscription {
    /// What it is subscribed to.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Whether somebody publishes it, once all have registered.
    pub fn is_heard(&self) -> bool {
        // SAFETY: the object lives as long as its federate's library.
        let kind = text(unsafe { (self.library.api.input_type)(self.object) });
        !matches!(kind.as_str(), "" | "any" | "def")
    }

    /// A value that has come since it was asked last.
    ///
    /// # Errors
    /// If the value is no number.
    pub fn news(&self) -> Result<Option<f64>, HelicsError> {
        let api = self.library.api;
        // SAFETY: the object lives as long as its federate's library.
        unsafe {
            if (api.input_updated)(self.object) == 0 {
                return Ok(None);
            }
            let value = call(|e| (api.input_double)(self.object, e))?;
            Ok((value != constant::INVALID_DOUBLE).then_some(value))
        }
    }
}

impl Endpoint {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Sends bytes to another endpoint; lost if there is none of this name.
    ///
    /// # Errors
    /// If the federation has failed, or there is more than a message can hold.
    pub fn send(&self, to: &str, data: &[u8]) -> Result<(), HelicsError> {
        let to = c_text(to)?;
        let send = self.library.api.send_bytes;
        let count = i32::try_from(data.len()).map_err(|_| HelicsError {
            code: -18,
            message: format!("{} bytes are more than a message can hold", data.len()),
        })?;
        let from = data.as_ptr().cast();
        // SAFETY: `count` bytes lie at `from` through the call, which copies them.
        call(|e| unsafe { send(self.object, from, count, to.as_ptr(), e) })
    }

    /// The next message that has come.
    pub fn receive(&self) -> Option<Message> {
        let api = self.library.api;
        // SAFETY: the object lives as long as its federate's library; the message is copied before
        // it is let go, and its bytes are as many as it says.
        unsafe {
            if (api.has_message)(self.object) == 0 {
                return None;
            }
            let message = (api.next_message)(self.object);
            let count = usize::try_from((api.message_count)(message)).unwrap_or(0);
            let bytes = (api.message_bytes)(message).cast::<u8>();
            let data = if bytes.is_null() || count == 0 {
                Vec::new()
            } else {
                std::slice::from_raw_parts(bytes, count).to_vec()
            };
            let source = text((api.message_source)(message));
            let time = (api.message_time)(message);
            (api.message_free)(message);
            Some(Message { source, time, data })
        }
    }
}
